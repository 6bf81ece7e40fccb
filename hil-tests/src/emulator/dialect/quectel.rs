//! Quectel EC2x: RDY and +QIND at boot, ME as the first memory, `+QCCID`, `+QPINC`.

use super::{Dialect, Tries};

/// EC25 with an EU firmware.
pub(super) const QUECTEL: Dialect = Dialect {
    name: "quectel",
    manufacturer: "Quectel",
    model: "EC25",
    firmware: "EC25EFAR06A06M4G",
    prompt: "\r\n> ",
    prompt_ms: 5,
    octets_per_s: 0,
    iccid: ("+QCCID", "+QCCID: "),
    tries: ("+QPINC", Tries::Qpinc),
    unknown: "ERROR",
    refused: &["+CCID", "+CPINR"],
    accepted: &[],
    character_sets: &["GSM", "IRA", "UCS2"],
    cnmi: [&[0, 1, 2], &[0, 1, 2, 3], &[0, 2], &[0, 1, 2], &[0, 1]],
    cnmi_phase_2plus: None,
    cnmi_ranges: false,
    cnmi_ds_refused: &[1],
    slots: [40, 23, 10],
    memory: "ME",
    first_index: 0,
    full: Some("+QIND: \"smsfull\",\"ME\""),
    boot: &[(10, "RDY"), (20, "+CPIN: READY"), (40, "+QUSIM: 1"), (60, "+CFUN: 1"), (90, "+QIND: SMS DONE"), (100, "+QIND: PB DONE")],
    sim_busy_ms: 90,
    register_ms: 60,
    alpha: "",
    chatter: &["+QIND: \"csq\",22,99"],
    chatter_ms: 5_000,
    chatter_at_start: false,
    chatter_switch: Some(["+QINDCFG=\"csq\",0", "+QINDCFG=\"csq\",1"]),
    list_break: "\r\n",
    ok_after_cpin: true,
    ring: "RING",
};
