//! What differs between modem models, as data: a dialect is a table row, never a branch in the brain.
//!
//! Each row says where it was seen. It does not hold faults (`fault.rs`): a dialect is how a healthy modem of that make behaves.

mod cinterion;
mod generic;
mod huawei;
mod mute;
mod quectel;
mod sim800;
mod tc35;
mod telit;
mod ublox;
mod wavecom;

use at_commands::text::ussd::Form;

/// How one model speaks.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one habit of a model, independent of the others")]
pub struct Dialect {
    /// The name given to `--dialect`.
    pub name: &'static str,
    /// `+CGMI`.
    pub manufacturer: &'static str,
    /// `+CGMM`.
    pub model: &'static str,
    /// `+CGMR`.
    pub firmware: &'static str,
    /// What is printed when the modem is ready for a PDU.
    pub prompt: &'static str,
    /// From `AT+CMGS` to the prompt.
    pub prompt_ms: u64,
    /// What its serial line carries; 0 where the line is as fast as the modem.
    pub octets_per_s: u32,
    /// The command that tells the ICCID and the prefix of its answer.
    pub iccid: (&'static str, &'static str),
    /// The command that tells how many PIN tries are left, and the shape of its answer.
    pub tries: (&'static str, Tries),
    /// What an unknown command gets.
    pub unknown: &'static str,
    /// Commands this model refuses though the standard has them; a trailing `?` or `=` limits the row to that form.
    pub refused: &'static [&'static str],
    /// Commands of the vendor that are answered with OK and change nothing here; written as in `refused`.
    pub accepted: &'static [&'static str],
    /// `+CSCS=?`.
    pub character_sets: &'static [&'static str],
    /// `+CNMI=?`: what is listed for mode, mt, bm, ds, bfr.
    pub cnmi: [&'static [u8]; 5],
    /// What is listed once `+CSMS=1` is set, where that differs.
    pub cnmi_phase_2plus: Option<[&'static [u8]; 5]>,
    /// Whether `0,1,2` is listed as `0-2`.
    pub cnmi_ranges: bool,
    /// Values of ds that are listed and refused all the same.
    pub cnmi_ds_refused: &'static [u8],
    /// Slots of SM, ME and SR; 0 where the model has no such memory.
    pub slots: [u16; 3],
    /// The memory it receives into after power-on.
    pub memory: &'static str,
    /// The index of the first slot.
    pub first_index: u16,
    /// Printed once when a message finds no room; some models then say no `+CMTI` any more.
    pub full: Option<&'static str>,
    /// Lines after power-on, each at its milliseconds.
    pub boot: &'static [(u64, &'static str)],
    /// How long after power-on the SIM answers "busy".
    pub sim_busy_ms: u64,
    /// The CME and CMS number with which it says so.
    pub sim_busy: u16,
    /// From radio on to registered.
    pub register_ms: u64,
    /// What stands in the place of a phone book name where there is none (27.005 `<alpha>`).
    pub alpha: &'static str,
    /// Lines it prints unasked, in turn.
    pub chatter: &'static [&'static str],
    /// How often it does.
    pub chatter_ms: u64,
    /// Whether it does so from power-on.
    pub chatter_at_start: bool,
    /// The commands that stop it and start it.
    pub chatter_switch: Option<[&'static str; 2]>,
    /// Whether `+CPMS=?` lists the three kinds of memory one after the other, or in one more pair of brackets.
    pub memories_apart: bool,
    /// What stands in front of a header inside `+CMGL`.
    pub list_break: &'static str,
    /// Whether `OK` follows `+CPIN: READY`.
    pub ok_after_cpin: bool,
    /// The maker's own command that resets it, beside `AT+CFUN=1,1`.
    pub reset: &'static [&'static str],
    /// The line that announces a call.
    pub ring: &'static str,
    /// How it wants and gives the strings of USSD: it understands no other form.
    pub ussd: Form,
    /// What it answers to `AT^GETPORTMODE`; empty where it knows no such thing.
    pub port_modes: &'static str,
}

/// How PIN tries are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tries {
    /// `+CPINR: SIM PIN,3,3`.
    Cpinr,
    /// `^CPIN: READY,,10,3,10,3`: PUK, PIN, PUK2, PIN2.
    Huawei,
    /// `+QPINC: "SC",3,10`.
    Qpinc,
    /// `+SPIC: 3,10,3,10`.
    Spic,
    /// `^SPIC: 3`: of what is asked for, or of the facility in the command.
    CaretSpic,
    /// `#PCT: 3`: PIN, or PUK where that is asked for.
    Pct,
    /// `+UPINCNT: 3,3,10,10`: PIN, PIN2, PUK, PUK2.
    Upincnt,
    /// `+CPINC: 3,3,10,10`: PIN, PIN2, PUK, PUK2.
    Cpinc,
}

impl Dialect {
    /// The dialect of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().iter().find(|dialect| dialect.name.eq_ignore_ascii_case(name)).copied()
    }

    /// Every dialect.
    pub const fn all() -> &'static [&'static Self] {
        &[
            &generic::GENERIC,
            &huawei::HUAWEI,
            &sim800::SIM800,
            &quectel::QUECTEL,
            &cinterion::CINTERION,
            &tc35::TC35,
            &telit::TELIT,
            &ublox::UBLOX,
            &wavecom::WAVECOM,
            &mute::MUTE,
        ]
    }
}
