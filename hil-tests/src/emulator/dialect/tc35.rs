//! Siemens TC35 on a real serial line: 19,200 baud, a slow prompt, one small memory, no packet
//! service.

use super::{Dialect, Form, Tries};

/// TC35 terminal; 19,200 baud is what Kannel's modems.conf drives it with.
pub(super) const TC35: Dialect = Dialect {
    name: "tc35",
    manufacturer: "SIEMENS",
    model: "TC35",
    firmware: "REVISION 04.00",
    prompt: "\r\n> ",
    prompt_ms: 80,
    octets_per_s: 1_920,
    iccid: ("^SCID", "^SCID: "),
    tries: ("^SPIC", Tries::CaretSpic),
    unknown: "ERROR",
    refused: &["+CPINR", "+CCID", "+CGREG", "+CEREG", "+CGATT", "+CSIM"],
    accepted: &[],
    character_sets: &["GSM", "UCS2"],
    cnmi: [&[0, 1, 2, 3], &[0, 1], &[0, 2, 3], &[0, 2], &[1]],
    cnmi_phase_2plus: Some([&[0, 1, 2, 3], &[0, 1, 2, 3], &[0, 2, 3], &[0, 1, 2], &[1]]),
    cnmi_ranges: true,
    cnmi_ds_refused: &[],
    slots: [10, 0, 0],
    memory: "SM",
    first_index: 1,
    full: None,
    boot: &[(20, "^SYSSTART")],
    sim_busy_ms: 60,
    sim_busy: 14,
    register_ms: 80,
    alpha: "",
    chatter: &[],
    chatter_ms: 0,
    chatter_at_start: false,
    chatter_switch: None,
    memories_apart: true,
    list_break: "\r\n",
    ok_after_cpin: true,
    reset: &[],
    ring: "RING",
    ussd: Form::Plain,
};
