//! What a modem can witness about its texts besides its answers: the reference that its SIM keeps of the last one (W5), what
//! its memory says of one that was sent from there (W4), and the SIM's own number.
//!
//! It is asked between messages, and behind a doubt before the next one. What it says is judged by the engine. 31.102 4.2.28,
//! 27.005 3.5.2, 3.5.4.

use at_commands::chat::{ChatError, Done, Request};
use at_commands::command::{sim, sms};

use super::driver::{Driver, Job};
use super::io::{ModemEvent, PartKey};

/// A command of this room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// `AT+CNUM`.
    OwnNumber,
    /// EF_SMSS by `AT+CRSM`.
    Reference,
    /// What a slot says of its message.
    Status(u16),
    /// Frees a slot whose message is one of those that wait for sending, or were sent.
    Free(u16),
}

/// What is to be asked.
#[derive(Debug, Default)]
pub(super) struct Witness {
    number: bool,
    reference: bool,
    /// The SIM's file was asked for and not even an error came: not again.
    silent: bool,
    slot: Option<Kept>,
}

/// A part that was kept in a slot and is done with.
#[derive(Debug)]
struct Kept {
    part: PartKey,
    index: u16,
    /// Its status tells something: it was sent from there.
    tells: bool,
    /// It is known that the slot holds a message of ours.
    own: bool,
}

/// `<stat>` of a message that waits for sending, and of one that was sent.
const OWN: [u16; 2] = [2, 3];

impl Witness {
    /// Somebody wants to know both.
    pub(super) fn want_all(&mut self) {
        (self.number, self.reference) = (true, true);
    }

    /// A text is in doubt: what the SIM says now is about that one.
    pub(super) fn want_reference(&mut self) {
        self.reference = !self.silent;
    }

    pub(super) fn slot_is_done_with(&mut self, part: PartKey, index: u16, tells: bool) {
        self.slot = Some(Kept { part, index, tells, own: false });
    }

    fn next(&self, home: bool) -> Option<Ask> {
        match &self.slot {
            Some(kept) if home && kept.own => return Some(Ask::Free(kept.index)),
            Some(kept) if home => return Some(Ask::Status(kept.index)),
            Some(_) | None => {}
        }
        if self.number {
            return Some(Ask::OwnNumber);
        }
        self.reference.then_some(Ask::Reference)
    }
}

impl Driver {
    /// The next question of this room; it goes before the next message.
    pub(super) fn next_witness(&self) -> Option<Job> {
        self.witness.next(self.inbox.is_home()).map(Job::Witness)
    }

    pub(super) fn witness_request(ask: Ask) -> Request {
        match ask {
            Ask::OwnNumber => sim::own_numbers_read(),
            Ask::Reference => sim::last_reference_read(),
            Ask::Status(index) => sms::read(index),
            Ask::Free(index) => sms::delete(index),
        }
    }

    pub(super) fn witness_done(&mut self, ask: Ask, done: &Done) {
        match ask {
            Ask::OwnNumber => {
                self.witness.number = false;
                let number = sim::own_numbers(&done.lines).into_iter().find(|number| !number.is_empty());
                self.tell(ModemEvent::OwnNumber(number));
            }
            Ask::Reference => {
                self.witness.reference = false;
                self.witness.silent |= done.result == Err(ChatError::Timeout);
                self.tell(ModemEvent::Reference(sim::last_reference(&done.lines)));
            }
            Ask::Status(_) => self.status_came(done),
            Ask::Free(_) => self.witness.slot = None,
        }
    }

    /// Only a message that waits for sending or was sent is freed: what came in is not ours to delete unread.
    fn status_came(&mut self, done: &Done) {
        let Some(kept) = self.witness.slot.as_mut() else { return };
        let stat = sms::message(&done.lines).map(|stored| stored.stat);
        let (part, tells) = (kept.part, kept.tells);
        kept.own = stat.is_some_and(|stat| OWN.contains(&stat));
        if !kept.own {
            self.witness.slot = None;
        }
        if tells {
            self.tell(ModemEvent::Kept { part, stat });
        }
    }
}
