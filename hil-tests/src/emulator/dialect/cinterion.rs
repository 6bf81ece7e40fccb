//! Cinterion (Siemens, Gemalto, Thales) MC75i: bfr is 1 only, direct delivery and `+CDS` only in phase 2+, reports stored among
//! the texts, `^SYSSTART` at a fixed baud rate.

use super::{Dialect, Form, Tries};

/// MC75i; its `+CNMI=?` is on record in gammu issue 1206, phase 2+ in the EHS6 manual, section 12.12.
pub(super) const CINTERION: Dialect = Dialect {
    name: "cinterion",
    manufacturer: "Cinterion",
    model: "MC75i",
    firmware: "REVISION 04.001",
    prompt: "\r\n> ",
    prompt_ms: 10,
    octets_per_s: 0,
    iccid: ("^SCID", "^SCID: "),
    tries: ("^SPIC", Tries::CaretSpic),
    unknown: "ERROR",
    refused: &["+CPINR", "+CCID", "+CEREG", "+CSIM"],
    accepted: &[],
    character_sets: &["GSM", "UCS2"],
    cnmi: [&[0, 1, 2, 3], &[0, 1], &[0, 2, 3], &[0, 2], &[1]],
    cnmi_phase_2plus: Some([&[0, 1, 2, 3], &[0, 1, 2, 3], &[0, 2, 3], &[0, 1, 2], &[1]]),
    cnmi_ranges: true,
    cnmi_ds_refused: &[],
    slots: [20, 50, 0],
    memory: "SM",
    first_index: 1,
    full: None,
    boot: &[(20, "^SYSSTART")],
    sim_busy_ms: 60,
    sim_busy: 14,
    register_ms: 60,
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
