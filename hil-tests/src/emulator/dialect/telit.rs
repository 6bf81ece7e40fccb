//! Telit HE910: `#CCID`, `#PCT`, an empty name in quotes inside lists, ranges in test answers.

use super::{Dialect, Tries};

/// HE910.
pub(super) const TELIT: Dialect = Dialect {
    name: "telit",
    manufacturer: "Telit",
    model: "HE910",
    firmware: "12.00.004",
    prompt: "\r\n> ",
    prompt_ms: 10,
    octets_per_s: 0,
    iccid: ("#CCID", "#CCID: "),
    tries: ("#PCT", Tries::Pct),
    unknown: "ERROR",
    refused: &["+CPINR", "+CCID", "+CEREG"],
    accepted: &["#SELINT=", "#SMSMODE="],
    character_sets: &["GSM", "IRA", "UCS2"],
    cnmi: [&[0, 1, 2, 3], &[0, 1, 2, 3], &[0, 2, 3], &[0, 1, 2], &[0, 1]],
    cnmi_phase_2plus: None,
    cnmi_ranges: true,
    cnmi_ds_refused: &[],
    slots: [20, 30, 0],
    memory: "SM",
    first_index: 1,
    full: None,
    boot: &[],
    sim_busy_ms: 40,
    register_ms: 60,
    alpha: "\"\"",
    chatter: &[],
    chatter_ms: 0,
    chatter_at_start: false,
    chatter_switch: None,
    list_break: "\r\n",
    ok_after_cpin: true,
    ring: "RING",
};
