//! SIMCom SIM800/SIM900: "Call Ready" and "SMS Ready", a slow prompt, SM only, `+SPIC`.

use super::{Dialect, Tries};

/// SIM800L.
pub(super) const SIM800: Dialect = Dialect {
    name: "sim800",
    manufacturer: "SIMCOM_Ltd",
    model: "SIMCOM_SIM800L",
    firmware: "Revision:1418B05SIM800L24",
    prompt: "\r\n> ",
    prompt_ms: 60,
    octets_per_s: 0,
    iccid: ("+CCID", ""),
    tries: ("+SPIC", Tries::Spic),
    unknown: "ERROR",
    refused: &["+CPINR", "+CEREG", "+CSMS=1"],
    accepted: &[],
    character_sets: &["IRA", "GSM", "UCS2", "HEX"],
    cnmi: [&[0, 1, 2, 3], &[0, 1, 2, 3], &[0, 2], &[0, 1], &[0, 1]],
    cnmi_phase_2plus: None,
    cnmi_ranges: false,
    cnmi_ds_refused: &[],
    slots: [30, 0, 0],
    memory: "SM",
    first_index: 1,
    full: None,
    boot: &[(10, "RDY"), (30, "+CFUN: 1"), (40, "+CPIN: READY"), (80, "Call Ready"), (100, "SMS Ready")],
    sim_busy_ms: 100,
    register_ms: 80,
    alpha: "",
    chatter: &[],
    chatter_ms: 0,
    chatter_at_start: false,
    chatter_switch: None,
    list_break: "\r\n",
    ok_after_cpin: true,
    ring: "RING",
};
