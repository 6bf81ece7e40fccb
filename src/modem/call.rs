//! Calls that come in: exactly one word about each, when it is over, and a rejection where the settings say so (27.007 sec
//! 6.5, 7.6).
//!
//! A call is its rings: it ends with a word of the modem, or when no ring comes for longer than rings are apart. Who calls is
//! what the network says, and anybody can make it say anything: nothing is ever decided by it.

use std::time::Duration;

use at_commands::Tick;
use at_commands::chat::{Done, Request};

use super::driver::{Driver, Job, State};
use super::io::ModemEvent;

/// The call that comes in, and whether calls are rejected.
#[derive(Debug, Default)]
pub(super) struct Calls {
    incoming: Option<Incoming>,
}

#[derive(Debug)]
struct Incoming {
    number: String,
    withheld: bool,
    rings: u16,
    began: Tick,
    last: Tick,
    rejection: Rejection,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rejection {
    /// Nobody wants it, or it did not work.
    None,
    Wanted(HangUp),
    Asked,
    Done,
}

/// How a call is ended: `AT+CHUP`, else `ATH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HangUp {
    Chup,
    Hook,
}

impl Driver {
    /// `RING` or `+CRING`.
    pub(super) fn rings(&mut self, now: Tick) {
        let rejects = self.remembered.reject_calls;
        let call = self.calls.incoming.get_or_insert_with(|| Incoming::new(now, rejects));
        call.rings = call.rings.saturating_add(1);
        call.last = now;
        if rejects && call.rejection == Rejection::None {
            // It rings on: what did not work, or was not wanted a moment ago, is tried with each ring.
            call.rejection = Rejection::Wanted(HangUp::Chup);
        }
    }

    /// `+CLIP`. Another number is another call, whether the end of the first one was told or not.
    pub(super) fn caller_shown(&mut self, now: Tick, number: &str, toa: u8, validity: u8) {
        let number =
            if toa == INTERNATIONAL && !number.is_empty() && !number.starts_with('+') { format!("+{number}") } else { number.to_owned() };
        let other = |call: &&mut Incoming| !call.number.is_empty() && !number.is_empty() && call.number != number;
        if let Some(former) = self.calls.incoming.as_mut().filter(other) {
            // The ring in front of this number was the other caller's.
            former.rings = former.rings.saturating_sub(1);
            self.call_over();
            self.rings(now);
        }
        let rejects = self.remembered.reject_calls;
        let call = self.calls.incoming.get_or_insert_with(|| Incoming::new(now, rejects));
        call.withheld |= validity == WITHHELD;
        call.last = now;
        if !number.is_empty() {
            call.number = number;
        }
    }

    /// The call that comes in is over: one word about it.
    pub(super) fn call_over(&mut self) {
        let Some(call) = self.calls.incoming.take() else { return };
        self.tell(ModemEvent::Called {
            number: call.number,
            withheld: call.withheld,
            rings: call.rings,
            rejected: call.rejection == Rejection::Done,
            lasted: call.last.since(call.began),
        });
    }

    /// When a call that is silent is over.
    pub(super) fn call_deadline(&self) -> Option<Tick> {
        self.calls.incoming.as_ref().map(|call| call.last.plus(self.profile.ring_silence))
    }

    pub(super) fn calls_deadline(&mut self, now: Tick) {
        let silent = self.call_deadline().is_some_and(|until| until <= now);
        if silent || matches!(self.state, State::Closed) {
            self.call_over();
        }
    }

    /// Whether a call comes in.
    pub(super) fn is_called(&self) -> bool {
        self.calls.incoming.is_some()
    }

    /// A rejection goes before everything else: somebody is listening to it ring. While a call goes out it waits: it would end
    /// that one.
    pub(super) fn next_hang_up(&self) -> Option<Job> {
        match self.calls.incoming.as_ref().map(|call| call.rejection) {
            Some(Rejection::Wanted(way)) => Some(Job::HangUp(way)),
            Some(Rejection::None | Rejection::Asked | Rejection::Done) | None => None,
        }
    }

    pub(super) fn start_hang_up(&mut self, way: HangUp) -> Request {
        if let Some(call) = &mut self.calls.incoming {
            call.rejection = Rejection::Asked;
        }
        way.request()
    }

    pub(super) fn hang_up_done(&mut self, way: HangUp, done: &Done) {
        let Some(call) = self.calls.incoming.as_mut().filter(|call| call.rejection == Rejection::Asked) else { return };
        call.rejection = match (&done.result, way) {
            (Ok(()), _) => Rejection::Done,
            (Err(_), HangUp::Chup) => Rejection::Wanted(HangUp::Hook),
            (Err(_), HangUp::Hook) => Rejection::None,
        };
    }
}

impl Incoming {
    fn new(now: Tick, rejects: bool) -> Self {
        let rejection = if rejects { Rejection::Wanted(HangUp::Chup) } else { Rejection::None };
        Self { number: String::new(), withheld: false, rings: 0, began: now, last: now, rejection }
    }
}

/// 27.007 sec 7.6: `<type>` 145 is international, `<CLI validity>` 1 is withheld.
const INTERNATIONAL: u8 = 145;
const WITHHELD: u8 = 1;
/// Rings come every 5 to 6 s.
pub(super) const RING_SILENCE: Duration = Duration::from_secs(8);
