//! What the terminal can set and what is lost with power, `ATZ` or a silent reset.

use super::storage::Memory;
use crate::emulator::dialect::Dialect;

/// The volatile settings.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of V.250 or 27.007; together they are no state machine")]
pub(super) struct Settings {
    pub(super) echo: bool,
    pub(super) verbose: bool,
    pub(super) quiet: bool,
    pub(super) cmee: u8,
    pub(super) cmgf: u8,
    pub(super) cscs: String,
    pub(super) csms: u8,
    pub(super) cmms: u8,
    /// mode, mt, bm, ds, bfr.
    pub(super) cnmi: [u8; 5],
    /// mem1 (read, delete), mem2 (write, send), mem3 (receive).
    pub(super) memories: [Memory; 3],
    /// n of CREG, CGREG, CEREG.
    pub(super) registration: [u8; 3],
    pub(super) cops_format: u8,
    pub(super) clip: bool,
    pub(super) crc: bool,
    pub(super) cusd: bool,
    pub(super) cfun: u8,
    /// Unasked lines of the dialect.
    pub(super) chatter: bool,
    /// `+CSDH`: text mode shows all fields.
    pub(super) csdh: bool,
}

impl Settings {
    pub(super) fn power_on(dialect: &Dialect) -> Self {
        // Every dialect names one of the three memories; the test of the dialects holds them to it.
        let memory = Memory::named(dialect.memory).unwrap_or(Memory::Sm);
        Self {
            echo: true,
            verbose: true,
            quiet: false,
            cmee: 0,
            cmgf: 0,
            cscs: "GSM".to_owned(),
            csms: 0,
            cmms: 0,
            cnmi: [0; 5],
            memories: [memory; 3],
            registration: [0; 3],
            cops_format: 0,
            clip: false,
            crc: false,
            cusd: false,
            cfun: 1,
            chatter: dialect.chatter_at_start,
            csdh: false,
        }
    }
}
