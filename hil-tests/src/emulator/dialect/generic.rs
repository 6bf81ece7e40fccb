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
    iccid: ("+CCID", "+CCID: "),
    tries: ("+CPINR", Tries::Cpinr),
    unknown: "ERROR",
    refused: &[],
    cnmi: [&[0, 1, 2], &[0, 1, 2, 3], &[0], &[0, 1, 2], &[0, 1]],
    cnmi_ds_refused: &[],
    slots: [20, 50, 10],
    memory: "SM",
    first_index: 1,
    full: None,
    boot: &[],
    sim_busy_ms: 0,
    register_ms: 0,
    chatter: &[],
    chatter_ms: 0,
    chatter_off: None,
    list_break: "\r\n",
    ok_after_cpin: true,
    ring: "RING",
};
