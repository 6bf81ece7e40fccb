//! One command of a technician between two exchanges: never inside one, never while a telephone is rung. What may be typed at all is
//! `typed`'s business.

use at_commands::Tick;
use at_commands::answer::Final;
use at_commands::chat::{ChatError, Done, Request};
use at_commands::error::{CmeError, CmsError};

use super::driver::{Driver, Job, State};
use super::io::{AtEnd, AtErrand, ModemEvent};

/// The command that waits for its turn, or for its answer.
#[derive(Debug, Default)]
pub(super) struct Raw {
    wanted: Option<(AtErrand, Tick)>,
    asked: Option<u64>,
}

/// What a technician can read; the longest answers are tables of cells.
const LINES_MAX: usize = 200;

impl Raw {
    /// When it has waited for too long.
    pub(super) fn deadline(&self) -> Option<Tick> {
        self.wanted.as_ref().map(|(errand, since)| since.plus(errand.within))
    }
}

impl AtErrand {
    /// It was not sent.
    pub fn not_sent(&self, why: &'static str) -> ModemEvent {
        ModemEvent::At { id: self.id, end: AtEnd::NotSent { why } }
    }
}

impl Driver {
    /// Takes a command, or says at once why not.
    pub(super) fn raw_wanted(&mut self, now: Tick, errand: AtErrand) {
        let why = if !matches!(self.state, State::Serving(_)) {
            Some("not_ready")
        } else if self.dialing.is_wanted() {
            Some("ringing")
        } else if self.raw.wanted.is_some() || self.raw.asked.is_some() {
            Some("busy")
        } else {
            None
        };
        match why {
            Some(why) => self.tell(errand.not_sent(why)),
            None => self.raw.wanted = Some((errand, now)),
        }
    }

    pub(super) fn next_raw(&self) -> Option<Job> {
        self.raw.wanted.is_some().then_some(Job::Raw)
    }

    pub(super) fn start_raw(&mut self, now: Tick) -> bool {
        let Some((errand, _)) = self.raw.wanted.take() else { return false };
        self.raw.asked = Some(errand.id);
        self.state = State::Serving(Job::Raw);
        self.ask(now, Request::new(errand.line, errand.within).raw());
        true
    }

    pub(super) fn raw_done(&mut self, done: &Done) {
        let Some(id) = self.raw.asked.take() else { return };
        let mut lines: Vec<String> = done.lines.iter().take(LINES_MAX).map(|info| info.line.clone()).collect();
        let end = match &done.result {
            Ok(()) => {
                lines.push("OK".to_owned());
                AtEnd::Answered { lines }
            }
            Err(ChatError::Refused(result)) => {
                lines.push(spelled(result));
                AtEnd::Answered { lines }
            }
            Err(ChatError::Timeout | ChatError::NoPrompt | ChatError::Cancelled) => AtEnd::NoAnswer { why: "no_answer", lines },
            Err(ChatError::Lost) => AtEnd::NoAnswer { why: "lost", lines },
            Err(ChatError::Restarted) => AtEnd::NoAnswer { why: "restarted", lines },
        };
        self.tell(ModemEvent::At { id, end });
    }

    /// What waited for too long, or for a modem that does not serve any more, is given back.
    pub(super) fn raw_deadline(&mut self, now: Tick) {
        let why = match &self.state {
            State::Serving(_) if self.raw.deadline().is_some_and(|until| until <= now) => "busy",
            State::Serving(_) => return,
            State::Closed => "lost",
            State::Waking | State::BringUp { .. } | State::Barred { .. } => "not_ready",
            State::AwaitingReopen | State::Mending(_) | State::Dead { .. } => "not_ready",
        };
        if let Some((errand, _)) = self.raw.wanted.take() {
            self.tell(errand.not_sent(why));
        }
    }
}

/// A result as the modem wrote it.
fn spelled(result: &Final) -> String {
    let numbered =
        |table: &str, code: Option<u16>| code.map_or_else(|| format!("+{table} ERROR"), |code| format!("+{table} ERROR: {code}"));
    match result {
        Final::Ok => "OK".to_owned(),
        Final::Connect => "CONNECT".to_owned(),
        Final::Error => "ERROR".to_owned(),
        Final::NoCarrier => "NO CARRIER".to_owned(),
        Final::NoDialtone => "NO DIALTONE".to_owned(),
        Final::Busy => "BUSY".to_owned(),
        Final::NoAnswer => "NO ANSWER".to_owned(),
        Final::Cme(code) => numbered("CME", code.map(|CmeError(code)| code)),
        Final::Cms(code) => numbered("CMS", code.map(|CmsError(code)| code)),
        Final::Modem(code) => format!("MODEM ERROR: {code}"),
    }
}
