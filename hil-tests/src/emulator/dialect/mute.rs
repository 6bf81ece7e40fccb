//! A modem that says nothing unasked and refuses what it can: no indications, no reports, no error numbers, one memory.

use super::{Dialect, Tries};

/// No single model: what old terminals lack, put together.
pub(super) const MUTE: Dialect = Dialect {
    name: "mute",
    manufacturer: "ETSI",
    model: "GSM TERMINAL",
    firmware: "1",
    prompt: "\r\n> ",
    prompt_ms: 0,
    octets_per_s: 0,
    iccid: ("+CCID", "+CCID: "),
    tries: ("+CPINR", Tries::Cpinr),
    unknown: "ERROR",
    refused: &["+CMEE", "+CREG=", "+CGREG", "+CEREG", "+CGATT", "+CSMS=1", "+CMMS", "+CLIP", "+CRC", "+CUSD", "+CCLK"],
    accepted: &[],
    character_sets: &["GSM"],
    cnmi: [&[0, 1], &[0], &[0], &[0], &[0]],
    cnmi_phase_2plus: None,
    cnmi_ranges: false,
    cnmi_ds_refused: &[],
    slots: [10, 0, 0],
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
