//! What can go wrong around the box, on demand, each with a count: a fault that never strikes shows nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use super::required::REQUIRED;
use crate::emulator::fault::Fault as Radio;

/// Something that happens to the box or to what stands around it.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// A fault of a modem or of its network.
    Radio {
        /// Which modem.
        modem: usize,
        /// What.
        fault: Radio,
        /// How often it strikes; 0 is until it is cleared.
        times: u32,
        /// It is cleared after this.
        until: Option<Duration>,
    },
    /// TP-MR of the last submission is set, to try the wrap.
    LastReference {
        /// Which modem.
        modem: usize,
        /// TP-MR.
        mr: u8,
    },
    /// The port goes away and the modem loses power; it comes back after a while.
    Unplug {
        /// Which modem.
        modem: usize,
        /// For how long.
        back: Duration,
        /// Under another name.
        renamed: bool,
    },
    /// Two ports go away and their modems lose power; each comes back under the name of the other.
    Swap {
        /// A modem.
        one: usize,
        /// Another one.
        other: usize,
        /// For how long.
        back: Duration,
    },
    /// The next restart of a modem takes its port away for a while.
    TakenAway {
        /// Which modem.
        modem: usize,
        /// For how long.
        back: Duration,
    },
    /// The network does not carry a modem for a while.
    NoNetwork {
        /// Which modem.
        modem: usize,
        /// For how long.
        back: Duration,
    },
    /// The phone is off for a while.
    PhoneOff {
        /// Which person.
        person: usize,
        /// For how long.
        back: Duration,
    },
    /// The process ends at a commit, before it or after it and before its answer.
    CrashAt {
        /// Which commit.
        at: Moment,
        /// The commit is made, its answer is lost.
        after: bool,
        /// From the crash to the next start.
        back: Duration,
    },
    /// The process ends now.
    Crash {
        /// From the crash to the next start.
        back: Duration,
        /// The modems lose their power too.
        power: bool,
    },
    /// The process is told to stop (SIGTERM) and started again.
    Stop {
        /// From its end to the next start.
        back: Duration,
    },
    /// A technician has a modem brought up anew.
    Restart {
        /// Which modem.
        modem: usize,
    },
    /// The disk takes nothing more for a while.
    DiskFull {
        /// For how long.
        back: Duration,
    },
    /// A commit takes this long for a while.
    SlowDisk {
        /// One commit.
        fsync: Duration,
        /// For how long.
        back: Duration,
    },
    /// The wall clock is set, and set right later.
    ClockStep {
        /// By how much.
        by_ms: i64,
        /// For how long.
        back: Duration,
    },
    /// The utility's system treats calls in this way for a while.
    Endpoint {
        /// How.
        manner: Manner,
        /// For how long.
        back: Duration,
    },
    /// The subscriber takes no events for a while.
    ReceiverDown {
        /// For how long.
        back: Duration,
    },
    /// Once a telephone rings, this strikes.
    WhileRinging {
        /// What is lost.
        loss: Loss,
        /// So long after it was dialed.
        after: Duration,
        /// For how long.
        back: Duration,
    },
    /// The last text that reached a modem comes once more.
    SamePduAgain {
        /// Which modem.
        modem: usize,
        /// The process dies in between, and starts again after this.
        restart: Option<Duration>,
    },
}

/// What is lost while a telephone rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The process: `kill -9`. Its modem goes on ringing.
    Process,
    /// The power of everything.
    Power,
    /// The port of the modem that rings.
    Port,
}

impl Loss {
    /// What it is counted as.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Process => "killed while a telephone rings",
            Self::Power => "power cut while a telephone rings",
            Self::Port => "port lost while a telephone rings",
        }
    }
}

/// The commit at which a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The next one of this kind.
    Next(Commit),
    /// The one with this number, counted from the first start.
    Number(u64),
}

/// What a commit is about: where a crash may cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Commit {
    /// A client's message or session (W0).
    Accept,
    /// A claim of the dispatcher.
    Claim,
    /// The attempt row (W1).
    Attempt,
    /// What came of an attempt (W3).
    Outcome,
    /// R0 of a modem.
    Recover,
    /// A text or a report read from a SIM.
    Receive,
    /// A timer, a doubt's end.
    Due,
    /// `calling`, in front of an http step.
    CallStart,
    /// What came of an http step.
    CallEnd,
    /// What came of a delivery to a subscriber.
    Hook,
    /// Telephones are given to modems.
    Ring,
    /// What came of a call that goes out.
    RingEnd,
    /// All else.
    Other,
}

impl Commit {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Accept,
        Self::Claim,
        Self::Attempt,
        Self::Outcome,
        Self::Recover,
        Self::Receive,
        Self::Due,
        Self::CallStart,
        Self::CallEnd,
        Self::Hook,
        Self::Ring,
        Self::RingEnd,
        Self::Other,
    ];
}

/// What a crash at a commit of this kind is counted as.
pub fn crash_name(commit: Commit, after: bool) -> String {
    format!("crash {} {commit:?}", if after { "after" } else { "before" })
}

/// How the utility's system treats a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manner {
    /// It does what is asked.
    Good,
    /// It acts and never answers.
    ActsAndHangs,
    /// It acts and the connection breaks.
    ActsAndBreaks,
    /// It does not act and never answers.
    Hangs,
    /// It says no.
    Refuses,
    /// 500, and it does not act.
    Broken,
    /// Nobody listens.
    Down,
    /// 202; the result comes with the look-up.
    Later,
}

impl Manner {
    /// Every bad one.
    pub const BAD: &'static [Self] =
        &[Self::ActsAndHangs, Self::ActsAndBreaks, Self::Hangs, Self::Refuses, Self::Broken, Self::Down, Self::Later];

    /// What a call that was treated so is counted as.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "endpoint does as asked",
            Self::ActsAndHangs => "endpoint acts and hangs",
            Self::ActsAndBreaks => "endpoint acts and breaks",
            Self::Hangs => "endpoint hangs",
            Self::Refuses => "endpoint refuses",
            Self::Broken => "endpoint is broken",
            Self::Down => "endpoint is down",
            Self::Later => "endpoint answers later",
        }
    }
}

/// How often each fault struck.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    counts: BTreeMap<String, u64>,
}

/// Fewer seeds need not meet every fault.
const SEEDS_ENOUGH: u64 = 1_000;

impl Coverage {
    /// It struck.
    pub fn count(&mut self, what: impl Into<String>) {
        self.add(what, 1);
    }

    /// It struck so often.
    pub fn add(&mut self, what: impl Into<String>, times: u64) {
        *self.counts.entry(what.into()).or_default() += times;
    }

    /// Takes over what another run saw.
    pub fn merge(&mut self, other: &Self) {
        for (what, times) in &other.counts {
            self.add(what.clone(), *times);
        }
    }

    /// How often it struck.
    pub fn of(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or(0)
    }

    /// What has to strike and never did.
    pub fn blind(&self) -> Vec<&'static str> {
        REQUIRED.iter().filter(|name| self.of(name) == 0).copied().collect()
    }

    /// What a run of so many seeds ought to have seen and did not, in words.
    pub fn blindness(&self, seeds: u64) -> Option<String> {
        let blind = self.blind();
        (seeds >= SEEDS_ENOUGH && !blind.is_empty()).then(|| format!("the rig is blind to {}", blind.join("; ")))
    }

    /// Every name with its count.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counts.iter().map(|(what, times)| (what.as_str(), *times))
    }
}
