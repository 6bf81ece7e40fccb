//! One short conversation (question, Y, charge, receipt), cut everywhere: the box dies before and behind every commit, the
//! port goes away behind every octet. Seeds find the rare mixture; this leaves no single cut out.

use std::time::Duration;

use answerback::time::Tick;

use super::fault::{Fault, Moment};
use super::plan::{Act, Plan};
use super::run::play;
use super::{Coverage, Violation};
use crate::emulator::dialect::Dialect;
use crate::emulator::fault::{Fault as Radio, Place};

/// What came of all cuts.
#[derive(Debug)]
pub struct Report {
    dialect: &'static Dialect,
    /// How many runs.
    pub runs: u64,
    /// In how many of them the cut was made.
    pub cut: u64,
    /// The last commit number at which the box was cut.
    pub commits: u64,
    /// The runs in which a promise was not kept.
    pub broken: Vec<(String, Violation)>,
}

/// The question is on its way to the modem.
const BEFORE_QUESTION: Duration = Duration::from_secs(50);
/// It has arrived and is not answered yet: the next submission is the receipt.
const BEFORE_RECEIPT: Duration = Duration::from_secs(64);
/// Octets behind the prompt, SMSC and Ctrl-Z: no PDU of one part is longer.
const PDU_OCTETS_MAX: usize = 176;
/// `\r\n+CMGS: 255\r\n\r\nOK\r\n`.
const ANSWER_OCTETS_MAX: usize = 22;
const BACK: Duration = Duration::from_secs(7);

/// Which cuts are made.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// How the modem speaks.
    pub dialect: &'static Dialect,
    /// The place of the first cut.
    pub first: usize,
    /// Only every so many of them.
    pub stride: usize,
}

impl Share {
    /// All of them.
    pub const fn all(dialect: &'static Dialect) -> Self {
        Self { dialect, first: 0, stride: 1 }
    }
}

/// Cuts before and behind every commit.
pub fn commits(share: Share) -> Report {
    let mut report = Report::of(share.dialect);
    for number in (share.first as u64 + 1..).step_by(share.stride.max(1)) {
        let cut_before = report.cut;
        for after in [false, true] {
            let fault = Fault::CrashAt { at: Moment::Number(number), after, back: BACK };
            report.play(format!("crash {} commit {number}", if after { "after" } else { "before" }), Duration::ZERO, fault, "crash ");
        }
        if report.cut == cut_before {
            break;
        }
        report.commits = number;
    }
    report
}

/// Cuts behind every octet of a submission and of its answer, of the question and of the receipt.
pub fn octets(share: Share) -> Report {
    let mut report = Report::of(share.dialect);
    for at in [BEFORE_QUESTION, BEFORE_RECEIPT] {
        for place in [Place::Prompt, Place::Taken, Place::NotTaken] {
            report.vanish(at, place, 0);
        }
        for octets in (share.first..=ANSWER_OCTETS_MAX).step_by(share.stride.max(1)) {
            report.vanish(at, Place::Answer, octets);
        }
        for octets in (share.first..PDU_OCTETS_MAX).step_by(share.stride.max(1)) {
            let reset = Fault::Radio { modem: 0, fault: Radio::ResetMidPdu { octets }, times: 1, until: None };
            let before = report.cut;
            report.vanish(at, Place::Pdu, octets);
            report.play(format!("reset behind {octets} octets"), at, reset, "reset_mid_pdu");
            // The PDU is shorter than that.
            if report.cut == before {
                break;
            }
        }
    }
    report
}

impl Report {
    fn of(dialect: &'static Dialect) -> Self {
        Self { dialect, runs: 0, cut: 0, commits: 0, broken: Vec::new() }
    }

    fn vanish(&mut self, at: Duration, place: Place, octets: usize) {
        let fault = Radio::Vanish { place, octets, back_ms: Some(BACK.as_millis() as u64) };
        let (name, counted) = (format!("{} {octets} at {at:?}", fault.name()), fault.name());
        self.play(name, at, Fault::Radio { modem: 0, fault, times: 1, until: None }, counted);
    }

    fn play(&mut self, name: String, at: Duration, fault: Fault, counted: &str) {
        let mut plan = Plan::script(self.dialect);
        plan.acts.push((Tick::default().plus(at), Act::Fault(fault)));
        plan.acts.sort_by_key(|(at, _)| *at);
        let outcome = play(&plan, None, false);
        self.runs += 1;
        self.cut += u64::from(struck(&outcome.coverage, counted));
        if let Some(violation) = outcome.violation {
            self.broken.push((format!("{}: {name}", self.dialect.name), violation));
        }
    }

    /// Takes over what other cuts came to.
    pub fn merge(&mut self, other: Self) {
        self.runs += other.runs;
        self.cut += other.cut;
        self.commits = self.commits.max(other.commits);
        self.broken.extend(other.broken);
    }
}

/// Whether a fault with this beginning of its name struck.
fn struck(coverage: &Coverage, name: &str) -> bool {
    coverage.iter().any(|(counted, times)| counted.starts_with(name) && times > 0)
}
