//! Messages on their way in: read from a slot, told, and deleted only against a `Committed<Slot>`, one index at a time.
//!
//! An index is never trusted: a slot is used again the moment it is free, so the driver remembers what it read where, and
//! an answer for an earlier content never deletes a later one.

use std::collections::VecDeque;

use at_commands::Tick;
use at_commands::chat::{ChatError, Done, Info};
use at_commands::command::sms::{self, Stored};

use super::driver::{Driver, Job};
use super::io::ModemEvent;
use crate::committed::{Committed, Slot};

/// What lies where, and what is to be read or deleted.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    /// The list of what it keeps was refused.
    pub(super) unlisted: bool,
    /// The memory messages arrive in.
    home: Option<String>,
    /// The memory `+CMGR` and `+CMGD` work on now.
    current: Option<String>,
    /// The modem may have been reset behind our back, and then works on another one.
    doubted: bool,
    to_read: VecDeque<Indicated>,
    to_delete: VecDeque<Slot>,
    held: Vec<Held>,
    /// Slots whose line was damaged on its way, with how often they were read again.
    damaged: Vec<(Indicated, u8)>,
    /// When the driver goes back to `home` from another memory.
    home_due: Option<Tick>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Indicated {
    memory: String,
    index: u16,
    /// Named as it came.
    live: bool,
}

/// A slot whose content was told and is not deleted yet.
#[derive(Debug)]
struct Held {
    slot: Slot,
    told: Tick,
    /// When it was told or looked for last.
    looked: Tick,
    /// Whether its answer is still to come.
    owed: bool,
}

impl Held {
    /// It waits for its commit in a memory that no sweep lists.
    fn is_out_of_sight(&self, home: Option<&str>) -> bool {
        self.owed && home.is_some_and(|home| home != self.slot.memory)
    }
}

/// Slots remembered; the largest memory has 255, and a modem has two or three.
const HELD_MAX: usize = 1024;
/// A line that is damaged three times is how the modem prints it.
const REREADS_MAX: u8 = 2;
/// Indications waiting; more are found by the next sweep.
const TO_READ_MAX: usize = 512;

impl Inbox {
    /// `+CMTI` or `+CDSI` named a slot.
    pub(super) fn indicated(&mut self, memory: String, index: u16) {
        let memory = if memory.is_empty() { self.home.clone().unwrap_or_default() } else { memory };
        self.want(Indicated { memory, index, live: true });
    }

    fn want(&mut self, indicated: Indicated) {
        let waits = self.to_read.iter().any(|other| (&other.memory, other.index) == (&indicated.memory, indicated.index));
        if self.to_read.len() < TO_READ_MAX && !waits {
            self.to_read.push_back(indicated);
        }
    }

    /// What was told of another memory than the swept one and never committed is read again.
    fn look_again(&mut self, now: Tick, wait: core::time::Duration) {
        let home = self.home.clone();
        let due = |held: &&mut Held| held.is_out_of_sight(home.as_deref()) && now.since(held.looked) >= wait;
        let mut places = Vec::new();
        for held in self.held.iter_mut().filter(due) {
            held.looked = now;
            places.push(Indicated { memory: held.slot.memory.clone(), index: held.slot.index, live: false });
        }
        for place in places {
            self.want(place);
        }
    }

    /// When [`look_again`](Self::look_again) has something to do.
    pub(super) fn look_again_due(&self, wait: core::time::Duration) -> Option<Tick> {
        self.held.iter().filter(|held| held.is_out_of_sight(self.home.as_deref())).map(|held| held.looked.plus(wait)).min()
    }

    /// Nothing lies there any more.
    fn is_empty(&mut self, index: u16) {
        let here = self.current.clone().unwrap_or_default();
        self.held.retain(|held| !(held.owed && held.slot.index == index && held.slot.memory == here));
    }

    /// The content of this slot is on disk: free it, unless the answer is about an earlier content.
    pub(super) fn stored(&mut self, slot: &Committed<Slot>) {
        let Some(held) = self.held.iter_mut().find(|held| held.slot == **slot) else { return };
        held.owed = false;
        if !self.to_delete.contains(slot) {
            self.to_delete.push_back((**slot).clone());
        }
    }

    /// Indices from before a reset mean nothing; what was told is remembered by its content.
    pub(super) fn modem_restarted(&mut self) {
        self.to_read.clear();
        self.to_delete.clear();
        self.damaged.clear();
        self.home_due = None;
        self.current = None;
        self.doubted = false;
    }

    /// It was silent, or its echo is back: before the next index is named, the memory is chosen anew. The same index of another
    /// memory may hold a text that nobody has read.
    pub(super) fn doubt_memory(&mut self) {
        self.doubted = self.home.is_some();
    }

    /// The memory to choose before a list is worth something.
    pub(super) fn doubted_home(&self) -> Option<String> {
        self.home.clone().filter(|_| self.doubted)
    }

    pub(super) fn home_is(&mut self, home: Option<String>) {
        self.doubted = false;
        self.current.clone_from(&home);
        self.home = home;
    }

    /// Slots to read, to delete and remembered: how many, and how many at most.
    pub(super) fn held(&self) -> [(usize, usize); 3] {
        let remembered = self.held.len().max(self.damaged.len());
        [(self.to_read.len(), TO_READ_MAX), (self.to_delete.len(), HELD_MAX), (remembered, HELD_MAX)]
    }

    /// When it is time to leave another memory.
    pub(super) fn home_due(&self) -> Option<Tick> {
        self.home_due
    }

    /// `AT+CPMS="M"` was answered. A memory that cannot be chosen has nothing to read.
    pub(super) fn memory_changed(&mut self, memory: &str, done: &Done) {
        if done.result.is_ok() {
            self.current = Some(memory.to_owned());
            self.doubted = false;
        } else {
            self.to_read.retain(|indicated| indicated.memory != memory);
            self.to_delete.retain(|slot| slot.memory != memory);
        }
        self.home_due = None;
    }

    /// `AT+CMGD` was answered. Whatever it said, the next sweep finds what is left.
    pub(super) fn deleted(&mut self, index: u16, done: &Done) {
        if matches!(done.result, Err(ChatError::Lost | ChatError::Restarted)) {
            return;
        }
        let memory = self.current.clone().unwrap_or_default();
        let elsewhere = |slot: &Slot| slot.index != index || slot.memory != memory;
        self.held.retain(|held| elsewhere(&held.slot));
        // A second answer for the content that is gone would free what lies there next.
        self.to_delete.retain(elsewhere);
    }

    /// Whether this content of this slot is to be told now.
    fn take(&mut self, now: Tick, slot: &Slot, again_after: core::time::Duration) -> bool {
        let same_place = |held: &&mut Held| held.slot.index == slot.index && held.slot.memory == slot.memory;
        if let Some(held) = self.held.iter_mut().find(same_place) {
            if held.slot == *slot {
                if !held.owed {
                    // Committed, and the delete was forgotten with a reset.
                    if !self.to_delete.contains(slot) {
                        self.to_delete.push_back(slot.clone());
                    }
                    return false;
                }
                let again = now.since(held.told) >= again_after;
                if again {
                    (held.told, held.looked) = (now, now);
                }
                return again;
            }
            // An answer for the earlier content names that content, and frees nothing.
            let earlier = std::mem::replace(held, Held { slot: slot.clone(), told: now, looked: now, owed: true }).slot;
            self.to_delete.retain(|waiting| *waiting != earlier);
            return true;
        }
        if self.held.len() >= HELD_MAX {
            return false;
        }
        self.held.push(Held { slot: slot.clone(), told: now, looked: now, owed: true });
        true
    }

    /// A character got lost on the line: the good copy still lies in the slot. Whether it is read once more.
    fn read_again(&mut self, memory: &str, index: u16) -> bool {
        let place = Indicated { memory: memory.to_owned(), index, live: true };
        let known = self.damaged.iter().position(|(damaged, _)| *damaged == place);
        let reads = known.map_or(0, |known| self.damaged.swap_remove(known).1) + 1;
        if reads > REREADS_MAX || self.damaged.len() >= HELD_MAX {
            return false;
        }
        self.damaged.push((place, reads));
        self.indicated(memory.to_owned(), index);
        true
    }

    /// Whether `+CMGL` would list the memory messages arrive in.
    pub(super) fn is_home(&self) -> bool {
        self.home == self.current && !self.doubted
    }

    /// What lies there was told before, or is about to be read because the modem named it.
    fn knows(&self, memory: &str, index: u16) -> bool {
        let named = self.to_read.iter().any(|read| read.index == index && read.memory == memory);
        named || self.held.iter().any(|held| held.slot.index == index && held.slot.memory == memory)
    }

    /// No other memory was chosen, or nobody is there any more.
    pub(super) fn rests_at_home(&self) -> bool {
        self.home == self.current
    }

    fn owes_in(&self, memory: &str) -> bool {
        self.held.iter().any(|held| held.slot.memory == memory && held.owed)
    }
}

impl Driver {
    /// The next thing to do with slots: reads first, then deletes, then back to the memory messages arrive in.
    pub(super) fn next_fetch(&mut self, now: Tick) -> Option<Job> {
        let inbox = &mut self.inbox;
        inbox.look_again(now, self.profile.stored_wait);
        let wanted =
            inbox.to_read.front().map(|read| read.memory.clone()).or_else(|| inbox.to_delete.front().map(|slot| slot.memory.clone()));
        let can_choose = inbox.home.is_some();
        if let Some(memory) = wanted {
            if can_choose && (inbox.doubted || inbox.current.as_deref() != Some(memory.as_str())) {
                return Some(Job::Memory(memory));
            }
            if let Some(read) = inbox.to_read.pop_front() {
                return Some(Job::Read { index: read.index, live: read.live });
            }
            return inbox.to_delete.pop_front().map(|slot| Job::Delete { index: slot.index });
        }
        if inbox.home == inbox.current || !can_choose {
            return None;
        }
        let here = inbox.current.clone().unwrap_or_default();
        if !inbox.doubted
            && let Some(list) = self.health.take_list_of(&here)
        {
            return Some(Job::Check(list));
        }
        // The commit of what was read here comes within milliseconds: stay for its delete, but not for long.
        let due = *inbox.home_due.get_or_insert_with(|| now.plus(self.profile.memory_stay));
        (due <= now || !inbox.owes_in(&here)).then(|| Job::Memory(inbox.home.clone().unwrap_or_default()))
    }

    pub(super) fn read_done(&mut self, now: Tick, index: u16, live: bool, done: &Done) {
        match sms::message(&done.lines) {
            Some(stored) => {
                let memory = self.inbox.current.clone().unwrap_or_default();
                let _told = self.found(now, &memory, index, stored, live);
            }
            // Read twice, or the index was of another memory: the sweep decides.
            None if done.result.is_ok() => self.inbox.is_empty(index),
            None => self.health.want_list(),
        }
    }

    /// `AT+CMGL` of this memory was answered.
    pub(super) fn listed(&mut self, now: Tick, memory: &str, lines: &[Info]) {
        let mut unsaid = false;
        for stored in sms::listed(lines) {
            let Some(index) = stored.index else { continue };
            if stored.pdu.is_empty() {
                self.inbox.indicated(memory.to_owned(), index);
                continue;
            }
            let known = self.inbox.knows(memory, index);
            unsaid |= self.found(now, memory, index, stored, false) && !known;
        }
        if unsaid {
            self.was_unsaid(now);
        }
    }

    /// Whether it was told.
    fn found(&mut self, now: Tick, memory: &str, index: u16, stored: Stored, live: bool) -> bool {
        // 2 and 3 are messages somebody stored for sending: not ours to read, and ours to delete only where the box wrote them.
        if stored.stat == 2 || stored.stat == 3 {
            self.left_behind(index, &stored);
            return false;
        }
        if !stored.length_matches() && self.inbox.read_again(memory, index) {
            return false;
        }
        let slot = Slot::of(memory, index, &stored.pdu);
        let takes = self.inbox.take(now, &slot, self.profile.stored_wait);
        if takes {
            self.tell(ModemEvent::Received { hex: stored.pdu, slot: Some(slot), live });
        }
        takes
    }
}
