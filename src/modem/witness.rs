//! What a modem can witness about its texts besides its answers: the reference that its SIM keeps of the last one (W5), what
//! its memory says of one that was sent from there (W4), and the SIM's own number.
//!
//! It is asked between messages, and behind a doubt before the next one. What it says is judged by the engine. 31.102 4.2.28,
//! 27.005 3.5.2, 3.5.4.

use at_commands::chat::{ChatError, Done, Request};
use at_commands::command::sms::Stored;
use at_commands::command::{sim, sms};
use at_commands::hex;
use at_commands::pdu::{Smsc, Submit};

use super::driver::{Driver, Job};
use super::io::{ModemEvent, PartKey};
use crate::own_text;

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
    /// Slots of tests that were cut short.
    left: Vec<u16>,
}

/// A part that was kept in a slot and is done with.
#[derive(Debug)]
struct Kept {
    /// `None`: it was left there by a driver that lost its port.
    part: Option<PartKey>,
    index: u16,
    /// Its status tells something: it was sent from there.
    tells: bool,
    /// It is known that the slot holds a message of ours.
    own: bool,
}

/// `<stat>` of a message that waits for sending, and of one that was sent.
const OWN: [u16; 2] = [2, 3];
/// More are found by the next sweep.
const LEFT_MAX: usize = 16;

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
        self.slot = Some(Kept { part: Some(part), index, tells, own: false });
    }

    /// What was asked of a slot is over: the next that was left behind is looked at.
    fn slot_is_free(&mut self) {
        self.slot = self.left.pop().map(|index| Kept { part: None, index, tells: false, own: false });
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
        // What a test has under way is not what one has left behind.
        let home = self.inbox.is_home() && self.sending.is_none();
        self.witness.next(home).map(Job::Witness)
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
            Ask::Free(_) => self.witness.slot_is_free(),
        }
    }

    /// Only a message that waits for sending or was sent is freed: what came in is not ours to delete unread.
    fn status_came(&mut self, done: &Done) {
        let Some(kept) = self.witness.slot.as_mut() else { return };
        let stored = sms::message(&done.lines);
        let stat = stored.as_ref().map(|stored| stored.stat);
        let part = kept.part.filter(|_| kept.tells);
        let is_known = kept.part.is_some() || stored.as_ref().is_some_and(is_of_a_self_test);
        kept.own = is_known && stat.is_some_and(|stat| OWN.contains(&stat));
        if !kept.own {
            self.witness.slot_is_free();
        }
        if let Some(part) = part {
            self.tell(ModemEvent::Kept { part, stat });
        }
    }

    /// A message that waits for sending, or was sent, lies in a slot: it is freed where it is of a self-test whose port was lost
    /// before it could be. One that is under way has its slot still.
    pub(super) fn left_behind(&mut self, index: u16, stored: &Stored) {
        let known = self.witness.left.contains(&index) || self.witness.left.len() >= LEFT_MAX;
        if self.sending.is_some() || known || !self.inbox.is_home() || !is_of_a_self_test(stored) {
            return;
        }
        self.witness.left.push(index);
        if self.witness.slot.is_none() {
            self.witness.slot_is_free();
        }
    }
}

/// Whether the box wrote it, and nobody else: word for word.
fn is_of_a_self_test(stored: &Stored) -> bool {
    let octets = hex::decode(&stored.pdu).ok();
    let submit = octets.and_then(|octets| Submit::decode(&octets, Smsc::Present).ok());
    submit.and_then(|submit| submit.ud.text()).is_some_and(|text| own_text::SELF_TEST.is_whole(&text))
}
