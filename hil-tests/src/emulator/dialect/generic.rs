//! A modem by the letter of 27.005 and 27.007, with nothing of its own.

use super::{Dialect, Tries};

/// The standard itself.
pub(super) const GENERIC: Dialect = Dialect {
    name: "generic",
    manufacturer: "Answerback",
    model: "Emulated modem",
    firmware: "1.0",
    prompt: "\r\n> ",
    prompt_ms: 0,
    octets_per_s: 0,
    iccid: ("+CCID", "+CCID: "),
    tries: ("+CPINR", Tries::Cpinr),
    unknown: "ERROR",
    refused: &[],
    accepted: &[],
    character_sets: &["GSM", "IRA", "UCS2", "HEX"],
    cnmi: [&[0, 1, 2], &[0, 1, 2, 3], &[0, 2], &[0, 1, 2], &[0, 1]],
    cnmi_phase_2plus: None,
    cnmi_ranges: false,
    cnmi_ds_refused: &[],
    slots: [20, 50, 10],
    memory: "SM",
    first_index: 1,
    full: None,
    boot: &[],
    sim_busy_ms: 0,
    register_ms: 0,
    alpha: "",
    chatter: &[],
    chatter_ms: 0,
    chatter_at_start: false,
    chatter_switch: None,
    list_break: "\r\n",
    ok_after_cpin: true,
    ring: "RING",
};
