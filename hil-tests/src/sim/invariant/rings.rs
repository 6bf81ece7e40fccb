//! Telephones that are rung: on disk before they are dialed, dialed once for one row and never again after a crash, by one modem
//! at a time, told once; texts wait for a call a few minutes at most; an alarm and a danger that nobody takes ring.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use answerback::conversation::session::Session;
use answerback::store::page::Paging;
use answerback::store::{Changed, Ring};
use answerback::terms::{RingState, Word as _};
use answerback::time::Tick;
use answerback::value::Value;

use super::events::Log;
use crate::sim::Sim;

/// What was seen of calls so far.
#[derive(Debug, Default)]
pub(super) struct Rings {
    rows: BTreeMap<i64, RingState>,
    /// Of each modem so many numbers that it dialed were looked at.
    dialed: Vec<usize>,
    /// Rows for which somebody was dialed.
    owned: BTreeSet<i64>,
    /// Since when a modem takes no text because it rings.
    ringing: BTreeMap<String, Tick>,
    /// Sessions whose calls were found.
    rung: BTreeSet<String>,
}

/// Rows of one page.
const PAGE: u32 = 50;
const SESSIONS_MAX: u32 = 100;
/// A call waits for the text on air, is set up, rings, and is hung up in every way: a modem that answers nothing takes its time.
const RINGING_MAX: Duration = Duration::from_mins(5);
const END: [&str; 3] = ["call.ended", "call.in_doubt", "call.withdrawn"];

impl Rings {
    /// Judges what has changed since the last look.
    pub(super) fn look(&mut self, sim: &Sim, log: &Log, changed: &Changed, everything: bool) -> Result<(), String> {
        if changed.rings || changed.deliveries || everything {
            for row in &self.changed(sim)? {
                self.ends_once(row, log)?;
            }
        }
        self.dialed_for_a_row(sim)?;
        self.one_at_a_time(sim)?;
        self.texts_wait_a_while(sim)?;
        if changed.sessions || changed.rings || everything { self.pages_ring(sim) } else { Ok(()) }
    }

    /// Rows that are new, or open at the last look.
    fn changed(&self, sim: &Sim) -> Result<Vec<Ring>, String> {
        let newest = self.rows.keys().next_back().copied().unwrap_or(0);
        let (mut rows, mut cursor) = (Vec::new(), None);
        loop {
            let page = sim.read(|reader| reader.rings(Paging::new(PAGE, cursor))).map_err(|error| error.to_string())?;
            let known = page.items.iter().any(|row| row.id <= newest);
            rows.extend(page.items.into_iter().filter(|row| row.id > newest));
            cursor = page.next.filter(|_| !known);
            if cursor.is_none() {
                break;
            }
        }
        for id in self.rows.iter().filter(|(_, state)| state.is_open()).map(|(id, _)| *id) {
            let row = sim.read(|reader| reader.ring(id)).map_err(|error| error.to_string())?;
            rows.push(row.ok_or_else(|| format!("call {id} is no longer on disk"))?);
        }
        Ok(rows)
    }

    /// An end is final, and told once.
    fn ends_once(&mut self, row: &Ring, log: &Log) -> Result<(), String> {
        self.rows.insert(row.id, row.state);
        told(row, END.iter().map(|kind| log.of_call(row.id, kind)).sum())
    }

    /// Everything a modem dialed since the last look has a row of its own, which was on disk.
    fn dialed_for_a_row(&mut self, sim: &Sim) -> Result<(), String> {
        self.dialed.resize(sim.world.brains().len(), 0);
        for (modem, brain) in sim.world.brains().iter().enumerate() {
            for number in &brain.dialed()[self.dialed[modem]..] {
                self.dialed[modem] += 1;
                let row = self.owner(sim, number, &brain.card().iccid)?;
                let Some(row) = row else {
                    return Err(format!("modem{modem} rings {number} and no call on disk is for that, or it was dialed before"));
                };
                self.owned.insert(row);
            }
        }
        Ok(())
    }

    fn owner(&self, sim: &Sim, number: &str, iccid: &str) -> Result<Option<i64>, String> {
        for id in self.rows.keys().rev().filter(|id| !self.owned.contains(id)) {
            let row = sim.read(|reader| reader.ring(*id)).map_err(|error| error.to_string())?;
            let meant = |row: &Ring| row.to.e164() == number && row.iccid.as_deref() == Some(iccid) && row.dialed_at.is_some();
            if row.as_ref().is_some_and(meant) {
                return Ok(Some(*id));
            }
        }
        Ok(None)
    }

    fn one_at_a_time(&self, sim: &Sim) -> Result<(), String> {
        if !self.rows.values().any(|state| *state == RingState::Calling) {
            return Ok(());
        }
        let open = sim.read(|reader| reader.rings_open()).map_err(|error| error.to_string())?;
        one_call_each(&open)
    }

    fn texts_wait_a_while(&mut self, sim: &Sim) -> Result<(), String> {
        let views = sim.ram.as_ref().map(|ram| ram.fleet.views()).unwrap_or_default();
        let now = sim.tick();
        self.ringing.retain(|iccid, _| views.iter().any(|view| view.iccid == *iccid && view.ringing));
        for view in views.iter().filter(|view| view.ringing) {
            let since = *self.ringing.entry(view.iccid.clone()).or_insert(now);
            if now.since(since) > RINGING_MAX {
                return Err(format!("texts on {} wait for a call since {:?}", view.iccid, now.since(since)));
            }
        }
        Ok(())
    }

    /// Wherever a flow has come to the step behind its ringing, somebody was to be rung; or the control room was told that nobody
    /// of the roster can be, because they left it.
    fn pages_ring(&mut self, sim: &Sim) -> Result<(), String> {
        if !sim.pages {
            return Ok(());
        }
        let sessions = sim.read(|reader| reader.open_sessions_after(0, SESSIONS_MAX)).map_err(|error| error.to_string())?;
        for (_, session) in sessions.iter().filter(|(_, session)| has_rung(session)) {
            let key = format!("{} {}", session.id, session.step);
            if self.rung.contains(&key) {
                continue;
            }
            let rows = sim.read(|reader| reader.rings_of_session(session.id)).map_err(|error| error.to_string())?;
            let tasks = sim.read(|reader| reader.tasks_of(session.id)).map_err(|error| error.to_string())?;
            if rows.is_empty() && !tasks.iter().any(|task| says_that_nobody_can(task.note.expose())) {
                return Err(format!("session {} of {} is at {} and nobody was to be rung", session.id, session.flow.name, session.step));
            }
            self.rung.insert(key);
        }
        Ok(())
    }
}

/// Nothing rings, and nothing that is due waits.
pub(super) fn at_rest(sim: &Sim) -> Result<(), String> {
    let open = sim.read(|reader| reader.rings_open()).map_err(|error| error.to_string())?;
    if let Some(row) = open.iter().find(|row| row.state == RingState::Calling) {
        return Err(format!("call {} is still up", row.id));
    }
    let due = sim.read(answerback::engine::ring::next_due).map_err(|error| error.to_string())?;
    if due.is_some_and(|due| due < sim.now()) {
        return Err(format!("a telephone was to be rung at {due:?}, it is {:?}", sim.now()));
    }
    match sim.world.brains().iter().position(crate::emulator::brain::Brain::is_in_call) {
        Some(modem) => Err(format!("a call of modem{modem} is up and nobody knows of it")),
        None => Ok(()),
    }
}

fn told(row: &Ring, ends: usize) -> Result<(), String> {
    let want = usize::from(!row.state.is_open());
    if ends == want { Ok(()) } else { Err(format!("call {} is {} and its end was told {ends} times", row.id, row.state.word())) }
}

fn one_call_each(open: &[Ring]) -> Result<(), String> {
    let mut numbers = BTreeSet::new();
    match open.iter().filter(|row| row.state == RingState::Calling).find(|row| !numbers.insert(row.to.e164())) {
        Some(row) => Err(format!("call {} is for a telephone that rings already", row.id)),
        None => Ok(()),
    }
}

fn says_that_nobody_can(note: &str) -> bool {
    note.starts_with("nobody of roster ") && note.ends_with(" can be rung by the box; ring them")
}

/// Whether a page has come so far that somebody was to be rung for it.
fn has_rung(session: &Session) -> bool {
    match session.flow.name.as_str() {
        "alarm.page" => session.step == "bosses" || session.slots.get("level").is_some_and(|level| *level == Value::Number(3)),
        "danger.page" => session.step == "again",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use answerback::msisdn::Msisdn;
    use answerback::time::Timestamp;

    use super::*;

    fn row(id: i64, to: &str, state: RingState) -> Ring {
        let now = Timestamp::from_unix_ms(0);
        Ring { id, list: id, state, ..Ring::waiting(Msisdn::from_e164(to).expect("a number"), 25, now, now) }
    }

    #[test]
    fn an_end_is_told_once_and_nothing_before_it() {
        let of = |state, ends| told(&row(1, "+15550100200", state), ends).is_ok();
        assert!(of(RingState::Waiting, 0) && of(RingState::Calling, 0) && of(RingState::Answered, 1) && of(RingState::InDoubt, 1));
        assert!(!of(RingState::Calling, 1) && !of(RingState::Busy, 0) && !of(RingState::Withdrawn, 0) && !of(RingState::Answered, 2));
    }

    #[test]
    fn only_the_word_that_nobody_can_be_rung_stands_for_a_call() {
        assert!(says_that_nobody_can("nobody of roster managers.water can be rung by the box; ring them"));
        assert!(!says_that_nobody_can("call +15550100200"));
    }

    #[test]
    fn a_telephone_rings_once_at_a_time() {
        let (calling, waiting) = (RingState::Calling, RingState::Waiting);
        let (one, other) = ("+15550100200", "+15550100201");
        assert!(one_call_each(&[row(1, one, calling), row(2, one, waiting), row(3, other, calling)]).is_ok());
        assert!(one_call_each(&[row(1, one, calling), row(2, one, calling)]).is_err());
    }
}
