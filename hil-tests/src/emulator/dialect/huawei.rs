//! Huawei E17xx/E31xx sticks: `^` chatter, `^SMMEMFULL` and then silence, CR CR LF inside lists, reports only with ds=2
//! refused as ds=1 on part of the firmware (modelled here: ds=1 works, as on E173).

use super::{Dialect, Form, Tries};

/// E173 as seen in field logs.
pub(super) const HUAWEI: Dialect = Dialect {
    name: "huawei",
    manufacturer: "huawei",
    model: "E173",
    firmware: "11.126.85.00.209",
    prompt: "\r\n> ",
    prompt_ms: 20,
    octets_per_s: 0,
    iccid: ("^ICCID", "^ICCID: "),
    tries: ("^CPIN", Tries::Huawei),
    unknown: "COMMAND NOT SUPPORT",
    refused: &["+CCID", "+CPINR", "+CEREG"],
    accepted: &["^PORTSEL="],
    character_sets: &["IRA", "UCS2", "GSM"],
    cnmi: [&[0, 1, 2, 3], &[0, 1, 2, 3], &[0, 2], &[0, 1, 2], &[0, 1]],
    cnmi_phase_2plus: None,
    cnmi_ranges: false,
    cnmi_ds_refused: &[],
    slots: [20, 23, 10],
    memory: "SM",
    first_index: 0,
    full: Some("^SMMEMFULL: \"SM\""),
    boot: &[(20, "^SIMST:1"), (60, "^SRVST:2"), (80, "^MODE:5,4")],
    sim_busy_ms: 50,
    sim_busy: 14,
    register_ms: 50,
    alpha: "",
    chatter: &["^RSSI:18", "^DSFLOWRPT:00000010,00000000,00000000,0000000000000000,0000000000000000,00000000,00000000", "^MODE:5,4"],
    chatter_ms: 2_000,
    chatter_at_start: true,
    chatter_switch: Some(["^CURC=0", "^CURC=1"]),
    memories_apart: true,
    list_break: "\r\r\n",
    ok_after_cpin: true,
    reset: &["^RESET"],
    ring: "RING",
    ussd: Form::PackedHex,
};
