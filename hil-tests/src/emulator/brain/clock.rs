//! The modem's clock: what it shows from power-on, and what the network tells it (27.007 sections 8.15, 8.40, 8.41).

use std::time::Duration;

use answerback::time::Timestamp;
use at_commands::Tick;

use super::Brain;
use super::answer::Answer;
use super::syntax::{Command, Op};

/// What the network says of its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkTime {
    /// Now.
    pub now: Timestamp,
    /// Its zone in quarter hours.
    pub quarters: i8,
}

/// The clock of the modem, and the network's.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// What it was set to, when; without that it runs from the maker's default.
    set: Option<(Tick, NetworkTime)>,
    /// What the network tells, since when; `None` of one that says nothing.
    network: Option<(Tick, NetworkTime)>,
    /// It is set by the network.
    follows: bool,
    /// `+CTZR`.
    reports: u8,
    reads: u64,
}

/// Where the clock of a modem begins that never heard the time: 1980-01-06.
const DEFAULT: NetworkTime = NetworkTime { now: Timestamp::from_unix_ms(315_964_800_000), quarters: 0 };

impl Clock {
    pub(super) const fn reads(&self) -> u64 {
        self.reads
    }

    pub(super) fn power_off(&mut self) {
        *self = Self { network: self.network, ..Self::default() };
    }
}

impl NetworkTime {
    fn after(self, time: Duration) -> Self {
        Self { now: self.now.plus(time), ..self }
    }

    fn local(self, format: &str) -> String {
        let zone = jiff::tz::Offset::from_seconds(i32::from(self.quarters) * 900).unwrap_or(jiff::tz::Offset::UTC);
        self.now.civil(&zone.to_time_zone()).strftime(format).to_string()
    }
}

impl Brain {
    /// The answer to a command of this family; `None` for all others.
    pub(super) fn clock(&mut self, command: &Command) -> Option<Answer> {
        let answer = match (command.name.as_str(), &command.op) {
            ("+CCLK", Op::Read) => {
                self.clock.reads += 1;
                let shown = self.shown();
                Answer::line(format!("+CCLK: \"{}{:+03}\"", shown.local("%y/%m/%d,%H:%M:%S"), shown.quarters))
            }
            ("+CCLK", Op::Set(_)) => Answer::ok(),
            ("+CTZU", Op::Set(value)) => self.follow(value, &["0", "1", "3"]),
            ("+CLTS", Op::Set(value)) => self.follow(value, &["0", "1"]),
            ("+CTZR", Op::Set(value)) => match value.parse::<u8>() {
                Ok(reports @ 0..=2) => {
                    self.clock.reports = reports;
                    Answer::ok()
                }
                Ok(_) | Err(_) => Answer::cme(50),
            },
            _ => return None,
        };
        Some(answer)
    }

    fn follow(&mut self, value: &str, known: &[&str]) -> Answer {
        if !known.contains(&value) {
            return Answer::cme(50);
        }
        self.clock.follows = value != "0";
        self.hear_time();
        Answer::ok()
    }

    fn shown(&self) -> NetworkTime {
        let (since, time) = self.clock.set.unwrap_or((Tick::default(), DEFAULT));
        time.after(self.now.since(since))
    }

    /// The network's time from now on; `None` says nothing any more.
    pub(super) fn network_time(&mut self, time: Option<NetworkTime>) {
        self.clock.network = time.map(|time| (self.now, time));
        self.hear_time();
    }

    /// What a network tells whoever registers, and whenever it pleases.
    pub(super) fn hear_time(&mut self) {
        let Some((since, time)) = self.clock.network.filter(|_| self.air.carries_sms()) else { return };
        let time = time.after(self.now.since(since));
        if self.clock.follows {
            self.clock.set = Some((self.now, time));
        }
        match self.clock.reports {
            1 => self.urc(&format!("+CTZV: {:+03}", time.quarters)),
            2 => self.urc(&format!("+CTZE: \"{:+03}\",0,\"{}\"", time.quarters, time.local("%Y/%m/%d,%H:%M:%S"))),
            _ => {}
        }
    }
}
