//! Order: of what waits for one number in one rank, the older leaves first on a SIM, and the parts of a message in order
//! (`delivery::schedule`: rank, then age, then place in the message).

use answerback::delivery::cap::Passes;
use answerback::ids::PartKey;
use answerback::store::Part;
use answerback::terms::{AttemptState, PartState, Purpose, Rank};
use answerback::time::Timestamp;

use super::ledger::{Change, Ledger};
use crate::sim::Sim;

/// What waited, and could have left, at the last look.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Vec<Waiting>,
}

/// A part that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) key: PartKey,
    to: String,
    rank: Rank,
    /// Which caps do not hold it.
    passes: Passes,
    /// Its place in the queue.
    age: (Timestamp, i64, u8),
    due_at: Timestamp,
    /// It answers nobody and saves nobody.
    pub(super) unasked: bool,
    /// The SIM it is to leave on; `None`: any will do.
    wish: Option<String>,
    /// The SIM that refused it last: another one may try first.
    refused_by: Option<String>,
}

impl Waiting {
    /// Whether nothing that it asks of its SIM speaks against this one.
    pub(super) fn could_leave_on(&self, sim: &str) -> bool {
        self.wish.as_deref().is_none_or(|wish| wish == sim) && self.refused_by.as_deref() != Some(sim)
    }
}

impl Queue {
    /// What waited at the last look.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Waiting> {
        self.waiting.iter()
    }

    /// Judges what was claimed since the last look, and remembers what waits now.
    pub(super) fn look(&mut self, sim: &Sim, changes: &[Change], ledger: &Ledger) -> Result<(), String> {
        for part in changes.iter().flat_map(claimed) {
            let Some(iccid) = part.claimed_sim.as_deref() else { continue };
            // What nobody asked for waits until "did you mean STOP?" is answered.
            let asked = sim.is_asked_about_stop(&part.to);
            if let Some(older) = self
                .waiting
                .iter()
                .filter(|older| !(asked && older.unasked))
                .find(|older| is_passed(older, part, iccid) && still_waits(older, iccid, ledger, sim.now()))
            {
                return Err(format!(
                    "part {} of {} left before part {} of {}, which is older and waited for the same number",
                    part.key.seq, part.key.message, older.key.seq, older.key.message
                ));
            }
        }
        self.waiting = ledger.moving().flat_map(|life| waiting(life, sim.now())).collect();
        Ok(())
    }
}

/// Parts that a modem has now and had not before.
pub(super) fn claimed(change: &Change) -> impl Iterator<Item = &Part> {
    let before = change.before.as_ref();
    change.after.parts.iter().filter(move |part| {
        let was = before.and_then(|life| life.parts.iter().find(|was| was.key == part.key));
        part.state == PartState::Claimed && was.is_none_or(|was| was.state == PartState::Queued)
    })
}

fn is_passed(older: &Waiting, part: &Part, sim: &str) -> bool {
    older.to == part.to.e164()
        && older.rank == part.rank
        // At a cap that holds the older one, the younger may leave.
        && part.passes <= older.passes
        && older.age < (part.queued_at, part.n, part.key.seq)
        && older.could_leave_on(sim)
}

/// It waited all the time: nobody put it off, and no other part of its message has bound it to another SIM meanwhile.
pub(super) fn still_waits(older: &Waiting, iccid: &str, ledger: &Ledger, now: Timestamp) -> bool {
    let Some(life) = ledger.life(older.key.message) else { return false };
    // A part that waits no more is where it is claimed, or was tried last.
    let tried = |part: &Part| life.attempts.iter().rev().find(|attempt| attempt.part == part.key).map(|attempt| attempt.sim.as_str());
    let on = |part: &Part| match part.state {
        PartState::Queued | PartState::Claimed => part.claimed_sim.as_deref() == Some(iccid) || part.claimed_sim.is_none(),
        _ => tried(part).is_none_or(|sim| sim == iccid) && part.sim.as_deref().is_none_or(|sim| sim == iccid),
    };
    let bound = life.parts.iter().all(on);
    let same = |part: &&Part| part.key == older.key && part.state == PartState::Queued && part.due_at == older.due_at;
    bound && !is_worthless(life, now) && life.parts.iter().any(|part| same(&part))
}

/// Its time is over.
fn is_worthless(life: &super::ledger::Life, now: Timestamp) -> bool {
    life.message.expires_at.is_some_and(|end| end <= now)
}

fn waiting(life: &super::ledger::Life, now: Timestamp) -> impl Iterator<Item = Waiting> {
    let worthless = is_worthless(life, now);
    // Parts of one message stay together: where another one is, or may be, is where this one goes.
    // One that waits again after a doubt binds nobody, not even itself.
    let begun = life.parts.iter().filter(|part| part.state != PartState::Queued).find_map(|part| {
        let attempts = life.attempts.iter().rev();
        part.claimed_sim.clone().or_else(|| attempts.clone().find(|attempt| attempt.part == part.key).map(|attempt| attempt.sim.clone()))
    });
    life.parts.iter().filter(move |part| part.state == PartState::Queued && part.due_at <= now && !worthless).map(move |part| Waiting {
        key: part.key,
        to: part.to.e164().to_owned(),
        rank: part.rank,
        passes: part.passes,
        age: (part.queued_at, part.n, part.key.seq),
        due_at: part.due_at,
        unasked: !matches!(life.message.purpose, Purpose::Service | Purpose::Safety),
        wish: begun.clone().or_else(|| part.wish.clone()),
        refused_by: life
            .attempts
            .iter()
            .rev()
            .find(|attempt| attempt.part == part.key && attempt.state == AttemptState::Refused)
            .map(|attempt| attempt.sim.clone()),
    })
}

#[cfg(test)]
mod tests {
    use answerback::chance::Seeded;
    use answerback::ids::MessageId;
    use answerback::msisdn::Msisdn;

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000);

    fn older(wish: Option<&str>) -> Waiting {
        let key = PartKey { message: MessageId::new(NOW, &mut Seeded::new(1)), seq: 1 };
        let to = "+15550100200".to_owned();
        Waiting {
            key,
            to,
            rank: Rank(5),
            passes: Passes::None,
            age: (NOW, 1, 1),
            due_at: NOW,
            unasked: true,
            wish: wish.map(str::to_owned),
            refused_by: None,
        }
    }

    fn younger(to: &str, rank: u8) -> Part {
        let key = PartKey { message: MessageId::new(NOW, &mut Seeded::new(2)), seq: 1 };
        let to = Msisdn::from_e164(to).expect("a number");
        Part {
            state: PartState::Claimed,
            claimed_sim: Some("A".to_owned()),
            claimed_at: Some(NOW),
            ..Part::queued(key, 2, &to, Rank(rank), Vec::new(), NOW)
        }
    }

    #[test]
    fn the_younger_passes_only_where_the_older_could_not_have_gone() {
        let part = younger("+15550100200", 5);
        assert!(is_passed(&older(None), &part, "A") && is_passed(&older(Some("A")), &part, "A"));
        assert!(!is_passed(&older(Some("B")), &part, "A"), "it waits for another SIM");
        assert!(!is_passed(&Waiting { refused_by: Some("A".to_owned()), ..older(None) }, &part, "A"), "this one has refused it");
        assert!(!is_passed(&older(None), &younger("+15550100201", 5), "A"), "another number");
        assert!(!is_passed(&older(None), &Part { passes: Passes::Minute, ..younger("+15550100200", 5) }, "A"), "it waits for no cap");
        assert!(!is_passed(&older(None), &younger("+15550100200", 2), "A"), "more urgent");
    }
}
