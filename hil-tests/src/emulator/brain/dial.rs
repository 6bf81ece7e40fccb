//! Calls that go out: `D`, `+CLCC`, `+CEER` (V.250 6.3.1, 27.007 7.18, 6.10). Who was dialed is kept for the judge; what comes of a call
//! is nobody's answer after half a minute, unless a fault says otherwise.

use super::answer::{Answer, End};
use super::syntax::{Command, Op};
use super::{Brain, Later, Mode, Pending};
use crate::emulator::fault::{Fault, Place, RingFate};

/// The call that goes out, and what is known of all of them.
#[derive(Debug, Default)]
pub(super) struct Dialing {
    call: Option<Outgoing>,
    /// Every number that was dialed.
    dialed: Vec<String>,
    /// What `+CEER` says.
    cause: &'static str,
    calls: u64,
}

#[derive(Debug, Clone)]
struct Outgoing {
    number: String,
    /// `<stat>` of `+CLCC`: 0 active, 2 dialing, 3 alerting.
    stat: u8,
    nth: u64,
    /// No command ends it.
    hangs: bool,
    /// `ATD` has not been answered yet.
    held: bool,
}

/// What happens to a call by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Alerts,
    Taken,
    Ends(&'static str, &'static str),
}

const SETUP_MS: u64 = 150;
const ALERTS_MS: u64 = 300;
const TAKEN_MS: u64 = 600;
/// The network gives up.
const UNANSWERED_MS: u64 = 30_000;
const NO_CAUSE: &str = "No cause information available";

impl Brain {
    /// Every number that was dialed, in order.
    pub fn dialed(&self) -> &[String] {
        &self.dialing.dialed
    }

    /// Whether a call that went out is up.
    pub fn is_in_call(&self) -> bool {
        self.dialing.call.is_some()
    }

    /// The answer to a command of this family; `None` for all others.
    pub(super) fn dialing(&mut self, command: &Command) -> Option<Answer> {
        let answer = match (command.name.as_str(), &command.op) {
            ("D", Op::Set(number)) => self.dial(number),
            ("+CLCC", Op::Run(_)) if self.faults.struck(&Fault::NoCallList) => self.unknown(),
            ("+CLCC", Op::Run(_)) => self.call_list(),
            ("+CEER", Op::Run(_)) => {
                Answer::line(format!("+CEER: \"{}\"", if self.dialing.cause.is_empty() { NO_CAUSE } else { self.dialing.cause }))
            }
            _ => return None,
        };
        Some(answer)
    }

    fn dial(&mut self, number: &str) -> Answer {
        let Some(number) = number.strip_suffix(';').map(str::to_owned) else { return Answer::end(End::Verbatim("NO CARRIER")) };
        if self.is_in_call() || !self.air.carries_sms() {
            return Answer::end(End::Verbatim("NO CARRIER"));
        }
        let fate = self.faults.strike(|fault| match fault {
            Fault::Ring { fate } => Some(*fate),
            _ => None,
        });
        if let Some(RingFate::Refused { cme }) = fate {
            return Answer::cme(cme);
        }
        self.dialing.dialed.push(number.clone());
        self.dialing.calls += 1;
        self.dialing.cause = "";
        self.log(format!("dials {number}"));
        if self.vanished(Place::Dialed) {
            return Answer::end(End::Silent);
        }
        let hangs = self.faults.struck(&Fault::CallHangs);
        let held = fate == Some(RingFate::Held);
        let nth = self.dialing.calls;
        self.dialing.call = Some(Outgoing { number, stat: 2, nth, hangs, held });
        self.urc_of_maker("^ORIG:1,0");
        let turn = |ms, turn| (ms, turn);
        let turns = match fate {
            Some(RingFate::Busy) => vec![turn(SETUP_MS, Turn::Ends("BUSY", "User busy"))],
            Some(RingFate::NoCarrier) => vec![turn(SETUP_MS, Turn::Ends("NO CARRIER", NO_CAUSE))],
            Some(RingFate::NoVoice) => vec![turn(SETUP_MS, Turn::Ends("NO CARRIER", "Requested facility not subscribed"))],
            Some(RingFate::Rejected) => {
                vec![turn(ALERTS_MS, Turn::Alerts), turn(TAKEN_MS, Turn::Ends("NO CARRIER", "Call rejected"))]
            }
            Some(RingFate::Answered | RingFate::Held) => vec![turn(ALERTS_MS, Turn::Alerts), turn(TAKEN_MS, Turn::Taken)],
            Some(RingFate::NoAnswer) => vec![turn(ALERTS_MS, Turn::Alerts), turn(TAKEN_MS, Turn::Ends("NO ANSWER", "No answer"))],
            Some(RingFate::Refused { .. }) | None => {
                vec![turn(ALERTS_MS, Turn::Alerts), turn(UNANSWERED_MS, Turn::Ends("NO ANSWER", "No answer"))]
            }
        };
        for (ms, turn) in turns {
            self.later(ms, Later::Call(nth, turn));
        }
        if held {
            self.mode = Mode::Busy(Pending::Answer);
            return Answer::end(End::Later);
        }
        Answer::ok()
    }

    fn call_list(&mut self) -> Answer {
        let mut answer = Answer::ok();
        if let Some(call) = &self.dialing.call {
            answer.lines.push(format!("+CLCC: 1,0,{},0,0,\"{}\",145", call.stat, call.number));
        }
        if let Some(from) = self.inbox.call.as_ref().map(|call| call.from.clone().unwrap_or_default()) {
            answer.lines.push(format!("+CLCC: 2,1,4,0,0,\"{from}\",145"));
        }
        answer
    }

    /// A call goes on by itself, unless it is over.
    pub(super) fn call_turns(&mut self, nth: u64, turn: Turn) {
        let Some(call) = self.dialing.call.as_mut().filter(|call| call.nth == nth) else { return };
        let held = call.held;
        match turn {
            Turn::Alerts => {
                call.stat = 3;
                self.urc_of_maker("^CONF:1");
            }
            Turn::Taken => {
                (call.stat, call.held) = (0, false);
                self.urc_of_maker("^CONN:1,0");
                if held {
                    self.mode = Mode::Command;
                    self.answer(Answer::ok());
                }
            }
            Turn::Ends(word, cause) => {
                self.dialing.call = None;
                self.dialing.cause = cause;
                if held {
                    self.mode = Mode::Command;
                    return self.answer(Answer::end(End::Verbatim(word)));
                }
                if !self.faults.struck(&Fault::CallEndLost) {
                    self.urc(word);
                }
            }
        }
    }

    /// `+CHUP` or `H`; whether nothing is up any more.
    pub(super) fn hang_up_out(&mut self) {
        if self.dialing.call.as_ref().is_some_and(|call| !call.hangs) {
            self.dialing.call = None;
            self.urc_of_maker("^CEND:1,2,29,16");
        }
    }

    /// The radio is off: no call is up.
    pub(super) fn drop_call(&mut self) {
        self.dialing.call = None;
    }

    fn urc_of_maker(&mut self, line: &str) {
        if self.dialect.name == "huawei" {
            self.urc(line);
        }
    }
}
