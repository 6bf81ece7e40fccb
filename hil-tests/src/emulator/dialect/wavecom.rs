//! Wavecom Fastrack: no `OK` behind `+CPIN: READY`, memories in one more pair of brackets, CME and CMS 515 while it starts, `+WIND`
//! lines after power-on, the SIM as its only store.

use super::{Dialect, Form, Tries};

/// Fastrack Supreme; at-domain section 13, Open AT manual (`+WIND`, `+CPMS`, error 515).
pub(super) const WAVECOM: Dialect = Dialect {
    name: "wavecom",
    manufacturer: "WAVECOM",
    model: "MULTIBAND  900E  1800",
    firmware: "657d09gg.Q2406B 1318904 092206 17:48",
    prompt: "\r\n> ",
    prompt_ms: 40,
    octets_per_s: 11_520,
    iccid: ("+CCID", "+CCID: "),
    tries: ("+CPINC", Tries::Cpinc),
    unknown: "ERROR",
    refused: &["+CPINR", "+CEREG", "+C5GREG"],
    accepted: &["+WIND"],
    character_sets: &["GSM", "PCCP437", "CUSTOM", "HEX"],
    cnmi: [&[0, 1, 2], &[0, 1, 2, 3], &[0, 1, 2, 3], &[0, 1, 2], &[0, 1]],
    cnmi_phase_2plus: None,
    cnmi_ranges: false,
    cnmi_ds_refused: &[],
    slots: [20, 0, 0],
    memory: "SM",
    first_index: 1,
    full: None,
    boot: &[(20, "+WIND: 3"), (60, "+WIND: 4")],
    sim_busy_ms: 80,
    sim_busy: 515,
    register_ms: 80,
    alpha: "",
    chatter: &[],
    chatter_ms: 0,
    chatter_at_start: false,
    chatter_switch: None,
    memories_apart: false,
    list_break: "\r\n",
    ok_after_cpin: false,
    reset: &[],
    ring: "RING",
    ussd: Form::Plain,
};
