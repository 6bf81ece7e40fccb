//! What the box's rows and the network's log say of each message. Looked at is what the store says has changed, and now and
//! then everything.

use std::collections::{BTreeMap, BTreeSet};

use answerback::ids::{MessageId, PartKey};
use answerback::store::page::Paging;
use answerback::store::{Attempt, Message, MessageFilter, Part, Reader};
use answerback::terms::MessageState;
use at_commands::hex;
use at_commands::pdu::{Smsc, Submit};

use crate::emulator::network::{Network, Taken};
use crate::emulator::world::World;

/// Rows of the first page of new messages, and of the others: mostly there is none.
const FIRST_PAGE: u32 = 1;
const PAGE: u32 = 16;
/// All messages are looked at after so many looks, whatever is said to have changed.
const ALL_EVERY: u64 = 64;

/// A message with everything that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Life {
    pub(super) message: Message,
    pub(super) parts: Vec<Part>,
    pub(super) attempts: Vec<Attempt>,
    /// What the network took of it, oldest first.
    pub(super) taken: Vec<Submission>,
}

/// One PDU that the network took, with the attempt it was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Submission {
    /// Its place in the log of the network.
    pub(super) place: usize,
    /// The part.
    pub(super) seq: u8,
    /// The attempt.
    pub(super) attempt: i64,
    /// TP-MR.
    pub(super) mr: u8,
}

/// A message whose rows, or whose PDUs in the network, are not what they were.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) before: Option<Life>,
    pub(super) after: Life,
}

/// All messages so far.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    lives: BTreeMap<MessageId, Life>,
    moving: BTreeSet<MessageId>,
    newest: i64,
    newest_attempt: i64,
    contents: BTreeMap<Vec<u8>, Vec<PartKey>>,
    owned: BTreeSet<i64>,
    taken: usize,
    looks: u64,
}

impl Ledger {
    /// Every message.
    pub(super) fn lives(&self) -> impl Iterator<Item = &Life> {
        self.lives.values()
    }

    /// Those that have not ended.
    pub(super) fn moving(&self) -> impl Iterator<Item = &Life> {
        self.moving.iter().filter_map(|id| self.lives.get(id))
    }

    /// One message.
    pub(super) fn life(&self, id: MessageId) -> Option<&Life> {
        self.lives.get(&id)
    }

    /// Row number of the newest message.
    pub(super) fn newest(&self) -> i64 {
        self.newest
    }

    /// The newest attempt.
    pub(super) fn newest_attempt(&self) -> i64 {
        self.newest_attempt
    }

    /// Reads what is new; `Err`: the network took something that no attempt on disk speaks of (L1).
    pub(super) fn look(
        &mut self,
        reader: &Reader<'_>,
        world: &World,
        changed: &BTreeSet<MessageId>,
        everything: bool,
    ) -> Result<Vec<Change>, String> {
        self.looks += 1;
        let mut again = changed.clone();
        if everything || self.looks.is_multiple_of(ALL_EVERY) {
            again.extend(self.lives.keys());
        }
        if !again.is_empty() {
            again.extend(self.arrivals(reader)?);
        }
        let mut changes = Vec::new();
        for id in again {
            let before = self.lives.get(&id);
            let after = read(reader, id, before)?;
            if before != Some(&after) {
                self.newest_attempt = after.attempts.last().map_or(0, |attempt| attempt.id).max(self.newest_attempt);
                let before = self.lives.insert(id, after.clone());
                let octets = |life: &Life| life.parts.iter().map(|part| part.pdu.clone()).collect::<Vec<_>>();
                if before.as_ref().is_some_and(|before| octets(before) != octets(&after)) {
                    self.know(&after.parts);
                }
                changes.push(Change { before, after });
            }
        }
        self.claim(world)?;
        for change in &mut changes {
            // What was taken at this look is known only now.
            if let Some(life) = self.lives.get(&change.after.message.id) {
                change.after.taken.clone_from(&life.taken);
            }
            let id = change.after.message.id;
            if is_still(change.after.message.state) {
                self.moving.remove(&id)
            } else {
                self.moving.insert(id)
            };
        }
        Ok(changes)
    }

    /// Ids of messages that were not there at the last look.
    fn arrivals(&mut self, reader: &Reader<'_>) -> Result<Vec<MessageId>, String> {
        let (mut new, mut cursor, known, mut newest, mut rows) = (Vec::new(), None, self.newest, self.newest, FIRST_PAGE);
        loop {
            let page = reader
                .messages(&MessageFilter::default(), Paging::new(std::mem::replace(&mut rows, PAGE), cursor))
                .map_err(|error| error.to_string())?;
            for message in page.items.iter().filter(|message| message.n > known) {
                newest = newest.max(message.n);
                new.push(message.id);
                self.know(&reader.parts_of(message.id).map_err(|error| error.to_string())?);
            }
            let seen = page.items.last().is_none_or(|message| message.n <= self.newest);
            cursor = page.next.filter(|_| !seen);
            if cursor.is_none() {
                self.newest = newest;
                return Ok(new);
            }
        }
    }

    /// What the network may take of these.
    fn know(&mut self, parts: &[Part]) {
        for part in parts {
            self.contents.entry(content(&part.pdu, Smsc::Absent)).or_default().push(part.key);
        }
    }

    /// Finds the attempt of everything the network took since the last look.
    fn claim(&mut self, world: &World) -> Result<(), String> {
        let network: &Network = world.network();
        while let Some(taken) = network.taken().get(self.taken) {
            let iccid = world.brains().get(taken.modem).map_or("", |brain| brain.card().iccid.as_str());
            let owner = self.owner(taken, iccid);
            let Some((id, seq, attempt)) = owner else {
                return Err(format!("the network took {:?} to {} and no attempt on disk speaks of it", taken.text, taken.to));
            };
            self.owned.insert(attempt);
            if let Some(life) = self.lives.get_mut(&id) {
                life.taken.push(Submission { place: self.taken, seq, attempt, mr: taken.mr });
            }
            self.taken += 1;
        }
        Ok(())
    }

    /// The youngest attempt of this content on this SIM that has no PDU yet.
    fn owner(&self, taken: &Taken, iccid: &str) -> Option<(MessageId, u8, i64)> {
        let pdu = hex::decode(&taken.pdu).ok()?;
        let parts = self.contents.get(&content(&pdu, Smsc::Present))?;
        let attempts = parts.iter().filter_map(|key| self.lives.get(&key.message).map(|life| (key, life)));
        attempts
            .flat_map(|(key, life)| life.attempts.iter().filter(move |attempt| attempt.part == *key))
            .filter(|attempt| attempt.sim == iccid && !self.owned.contains(&attempt.id))
            .max_by_key(|attempt| attempt.id)
            .map(|attempt| (attempt.part.message, attempt.part.seq, attempt.id))
    }
}

/// Nothing but a late report changes it any more.
const fn is_still(state: MessageState) -> bool {
    match state {
        MessageState::Delivered
        | MessageState::Withdrawn
        | MessageState::Expired
        | MessageState::Refused
        | MessageState::Failed
        | MessageState::UnknownDelivery => true,
        MessageState::Accepted
        | MessageState::Queued
        | MessageState::Sending
        | MessageState::Submitted
        | MessageState::InDoubt
        | MessageState::Parked => false,
    }
}

fn read(reader: &Reader<'_>, id: MessageId, before: Option<&Life>) -> Result<Life, String> {
    let words = |error: answerback::store::Error| error.to_string();
    let Some(message) = reader.message(id).map_err(words)? else {
        return Err(format!("{id} is no longer on disk"));
    };
    let parts = reader.parts_of(id).map_err(words)?;
    let attempts = reader.attempts_of(id).map_err(words)?;
    Ok(Life { message, parts, attempts, taken: before.map(|life| life.taken.clone()).unwrap_or_default() })
}

/// What two PDUs of the same part have in common: not the reference, not the validity.
fn content(pdu: &[u8], smsc: Smsc) -> Vec<u8> {
    let Ok(submit) = Submit::decode(pdu, smsc) else { return pdu.to_vec() };
    let mut octets = submit.da.number().unwrap_or_default().into_bytes();
    octets.extend([0, submit.pid, submit.dcs.octet()]);
    octets.extend_from_slice(submit.udh.as_octets());
    octets.push(0);
    octets.extend_from_slice(submit.ud.units());
    octets
}
