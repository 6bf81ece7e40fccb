//! Which part leaves, and on which SIM: what is urgent before all else, whatever was there first; and what answers somebody on a SIM
//! that they have spoken with, while it can send.

use std::collections::BTreeSet;
use std::time::Duration;

use answerback::delivery::route::ModemView;
use answerback::store::Part;
use answerback::store::page::Paging;
use answerback::terms::{AttemptState, Rank};

use super::ledger::{Change, Ledger, Life};
use super::order::{self, Queue, Waiting};
use crate::sim::Sim;
use crate::sim::office::{Ask, Said};

/// A SIM that was away is waited for so long.
const THERE_MIN: Duration = Duration::from_mins(5);
/// Of the texts of a person so many of the last ones may be the one that is answered: one may be read behind the other.
const TEXTS_LAST: u32 = 5;

/// What there was to choose among.
#[derive(Debug, Default)]
pub(super) struct Choices {
    views: Vec<ModemView>,
}

impl Choices {
    /// The box is about to give parts to these modems.
    pub(super) fn among(&mut self, views: &[ModemView]) {
        self.views = views.to_vec();
    }

    /// Judges what was claimed since the last look.
    pub(super) fn look(&self, sim: &Sim, changes: &[Change], ledger: &Ledger, queue: &Queue) -> Result<(), String> {
        for (change, part) in changes.iter().flat_map(|change| order::claimed(change).map(move |part| (change, part))) {
            let Some(iccid) = part.claimed_sim.as_deref() else { continue };
            self.nothing_urgent_waits(sim, ledger, queue, (&change.after, part, iccid))?;
            self.leaves_where_it_is_known(sim, &change.after, part, iccid)?;
        }
        Ok(())
    }

    fn nothing_urgent_waits(
        &self,
        sim: &Sim,
        ledger: &Ledger,
        queue: &Queue,
        (life, part, iccid): (&Life, &Part, &str),
    ) -> Result<(), String> {
        let rank = asked_rank(sim, life);
        // What is urgent leaves a modem that is held up to others; which of them may take it is not judged here.
        if self.has_another(iccid) {
            return Ok(());
        }
        let could = |one: &Waiting| one.could_leave_on(iccid) && order::still_waits(one, iccid, ledger, sim.now());
        for waiting in queue.waiting().filter(|one| one.key.message != part.key.message && could(one)) {
            let Some(other) = ledger.life(waiting.key.message) else { continue };
            let urgent = asked_rank(sim, other);
            let asks = other.message.question.is_some();
            let held = waiting.unasked && sim.is_asked_about_stop(&other.message.to);
            if urgent.is_urgent() && urgent < rank && !asks && !held {
                return Err(format!(
                    "part {} of {}, of rank {}, left before {} of rank {}",
                    part.key.seq, part.key.message, rank.0, other.message.id, urgent.0
                ));
            }
        }
        Ok(())
    }

    /// Whether another modem could send.
    fn has_another(&self, iccid: &str) -> bool {
        self.views.iter().any(|view| view.iccid != iccid && view.ready && !view.ringing)
    }

    fn leaves_where_it_is_known(&self, sim: &Sim, life: &Life, part: &Part, iccid: &str) -> Result<(), String> {
        let message = &life.message;
        let answers = message.rule.is_some() && message.question.is_none() && !message.sim_only;
        // A cap, a clock that was set, a refusal: there may be a reason to go elsewhere.
        let refused = life.attempts.iter().any(|attempt| attempt.state == AttemptState::Refused);
        if !answers || part.key.seq > 1 || refused || sim.setup.caps.is_some() || sim.sets_clock {
            return Ok(());
        }
        let known = known_to(sim, life);
        let there = |iccid: &String| {
            let is_held_up = |view: &ModemView| view.ringing || view.late_from.is_some_and(|from| from <= sim.now());
            let here = |view: &&ModemView| view.iccid == *iccid && view.ready && !is_held_up(view);
            let since = self.views.iter().find(here).map(|view| view.since);
            since.is_some_and(|since| sim.now().ms_since(since) >= THERE_MIN.as_millis() as i64)
        };
        if known.is_empty() || known.contains(iccid) || !known.iter().all(there) {
            return Ok(());
        }
        Err(format!("{} answers {} on {iccid}, who has spoken with {known:?}, and these can send", message.id, message.to.e164()))
    }
}

/// The SIMs that a person knows whom this text answers: that on which they wrote, and were texted last, that on which this conversation
/// texted them, and that on which it began, where it has several people. Of somebody who is told what another one wrote: none.
fn known_to(sim: &Sim, life: &Life) -> BTreeSet<String> {
    let (message, brains) = (&life.message, sim.world().brains());
    let texts = sim.read(|reader| reader.inbounds(Some(&message.to), Paging::newest(TEXTS_LAST)));
    let answered = texts.into_iter().flat_map(|page| page.items).filter(|row| row.received_at == message.created_at);
    let mut known: BTreeSet<String> = answered.map(|row| row.sim).collect();
    if known.is_empty() {
        return known;
    }
    let texted = sim.world().network().taken().iter().rev().find(|one| one.to == message.to.e164()).map(|one| one.modem);
    known.extend(texted.and_then(|modem| brains.get(modem)).map(|brain| brain.card().iccid.clone()));
    if let Some(session) = message.session {
        known.extend(sim.read(|reader| reader.session(session)).ok().flatten().and_then(|session| session.sim));
        known.extend(sim.read(|reader| reader.sim_of_session(session, &message.to)).ok().flatten());
    }
    known
}

/// How urgent a text is by what was asked for, whatever the box has made of that.
fn asked_rank(sim: &Sim, life: &Life) -> Rank {
    let asked = sim.office.requests().iter().find_map(|request| match (&request.ask, &request.said) {
        (Ask::Message(ask), Some(Said::Message(id))) if *id == life.message.id => ask.rank,
        _ => None,
    });
    asked.unwrap_or(life.message.rank)
}
