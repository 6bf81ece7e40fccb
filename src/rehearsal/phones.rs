//! Telephones of a rehearsal: what each does when it is rung, and the calls that are up.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Trouble, World};
use crate::delivery::route::ModemView;
use crate::engine::ring;
use crate::modem::io::{RingEnd, RingErrand};
use crate::time::Timestamp;

/// What a telephone does that is rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phone {
    /// Somebody takes the call.
    Answers,
    /// It is engaged.
    Busy,
    /// It rings, and nobody takes it.
    Silent,
    /// It rings, and somebody ends the call.
    Rejects,
    /// The network does not put the call through.
    Unreachable,
    /// The modem does not tell what came of it.
    Unheard,
    /// The modem is lost while it rings.
    Lost,
}

/// How a case file spells them.
const WORDS: [(&str, Phone); 7] = [
    ("answers", Phone::Answers),
    ("busy", Phone::Busy),
    ("silent", Phone::Silent),
    ("rejects", Phone::Rejects),
    ("unreachable", Phone::Unreachable),
    ("unheard", Phone::Unheard),
    ("lost", Phone::Lost),
];
/// Somebody wakes up, looks who it is, and takes the call.
const TAKEN_AFTER: Duration = Duration::from_secs(6);
const ENDED_AFTER: Duration = Duration::from_secs(2);

impl Phone {
    pub(super) fn of(key: &str, word: &str) -> Result<Self, Trouble> {
        let found = WORDS.iter().find(|(known, _)| *known == word).map(|(_, phone)| *phone);
        let known = WORDS.map(|(known, _)| known).join(", ");
        found.ok_or_else(|| Trouble(format!("{key}: `{word}` is none of {known}")))
    }

    /// What comes of a call, whether it was heard to ring, and when.
    fn comes_to(self, errand: &RingErrand) -> (RingEnd, bool, Duration) {
        match self {
            Self::Answers => (RingEnd::Answered, true, TAKEN_AFTER.min(errand.ring_for)),
            Self::Busy => (RingEnd::Busy, false, ENDED_AFTER),
            Self::Silent => (RingEnd::NotAnswered { cut: false }, true, errand.ring_for),
            Self::Rejects => (RingEnd::NoCarrier { cause: None }, true, ENDED_AFTER),
            Self::Unreachable => (RingEnd::NoCarrier { cause: None }, false, ENDED_AFTER),
            Self::Unheard => (RingEnd::Unknown, false, errand.ring_for),
            Self::Lost => (RingEnd::InDoubt { why: "lost" }, false, ENDED_AFTER),
        }
    }
}

/// All telephones of a rehearsal.
#[derive(Debug, Default)]
pub(super) struct Phones {
    /// What each does, call by call; the last goes on. Who is not named lets it ring.
    does: BTreeMap<String, (Vec<Phone>, usize)>,
    up: Vec<Up>,
    /// Every number that was dialed, in order.
    pub(super) rung: Vec<String>,
}

/// A call that is up, and what will come of it.
#[derive(Debug)]
struct Up {
    sim: String,
    id: i64,
    until: Timestamp,
    end: RingEnd,
    rang: bool,
}

impl Phones {
    /// From now on a telephone does this, call by call.
    pub(super) fn does(&mut self, number: &str, phones: Vec<Phone>) {
        self.does.insert(number.to_owned(), (phones, 0));
    }

    /// Whether a call is up.
    pub(super) fn is_up(&self) -> bool {
        !self.up.is_empty()
    }

    /// When the next call is over.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.up.iter().map(|up| up.until).min()
    }

    fn picks_up(&mut self, number: &str) -> Phone {
        let Some((phones, at)) = self.does.get_mut(number) else { return Phone::Silent };
        let phone = phones.get(*at).or(phones.last()).copied().unwrap_or(Phone::Silent);
        *at += 1;
        phone
    }
}

impl World {
    /// Calls that are over end, and what is to be rung now is rung; whether anything happened.
    pub(super) fn ring_next(&mut self) -> Result<bool, Trouble> {
        let now = self.now;
        let ended: Vec<Up> = self.phones.up.extract_if(.., |up| up.until <= now).collect();
        for up in &ended {
            self.job(|work| ring::ended(work, up.id, &up.end, up.rang))?;
        }
        let unwanted = self.read(ring::unwanted)?;
        let cut: Vec<Up> = self.phones.up.extract_if(.., |up| unwanted.iter().any(|(_, id)| *id == up.id)).collect();
        for up in &cut {
            self.job(|work| ring::ended(work, up.id, &RingEnd::NotAnswered { cut: true }, true))?;
        }
        let due = self.read(ring::next_due)?.is_some_and(|due| due <= now);
        let given = if due { self.give_rings()? } else { 0 };
        Ok(!ended.is_empty() || !cut.is_empty() || given > 0)
    }

    fn give_rings(&mut self) -> Result<usize, Trouble> {
        let ringers: Vec<(String, ModemView)> = self.free_sims().map(|sim| (sim.clone(), self.view(sim))).collect();
        let claimed = self.job(|work| ring::claim(work, &ringers))?;
        for (sim, errand) in &claimed {
            self.phones.rung.push(errand.number.clone());
            let (end, rang, after) = self.phones.picks_up(&errand.number).comes_to(errand);
            self.phones.up.push(Up { sim: sim.clone(), id: errand.id, until: self.now.plus(after), end, rang });
        }
        Ok(claimed.len())
    }

    fn free_sims(&self) -> impl Iterator<Item = &String> {
        self.sims.iter().filter(|sim| !self.phones.up.iter().any(|up| up.sim == **sim))
    }

    fn view(&self, sim: &str) -> ModemView {
        ModemView {
            imei: sim.to_owned(),
            iccid: sim.to_owned(),
            ready: true,
            since: self.now,
            busy: false,
            in_hand: None,
            ringing: false,
            last_sent_at: None,
            late_from: None,
        }
    }
}
