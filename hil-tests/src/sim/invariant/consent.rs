//! STOP: from the commit of a STOP on, nothing unsolicited leaves to that number, until START.

use std::collections::{BTreeMap, BTreeSet};

use answerback::conversation::effect::KEPT;
use answerback::ids::SessionId;
use answerback::store::ConsentRow;
use answerback::terms::{Category, Purpose};

use super::ledger::{Change, Ledger, Life};
use crate::sim::Sim;
use crate::sim::office::Said;

const STOP_RULE: u8 = 4;
/// Within this long a second STOP is not confirmed again (conversation.md section 5).
const CONFIRMED_MS: i64 = 86_400_000;

/// Who has stopped what.
#[derive(Debug, Default)]
pub(super) struct Stops {
    of: BTreeMap<String, Stop>,
}

/// A number that has stopped.
#[derive(Debug, Default)]
struct Stop {
    /// Records of the number that were read.
    records: usize,
    /// What it has stopped, and what had happened when that was seen.
    out: BTreeMap<Category, Before>,
}

/// Everything up to here was there before the STOP was.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Before {
    pub(super) attempt: i64,
    pub(super) message: i64,
}

impl Stops {
    /// Judges what was taken or made since the last look. A START frees what happens in the same look, a STOP holds what
    /// happens after it. `news`: there may be new records; `texts`: and new texts.
    pub(super) fn look(&mut self, sim: &Sim, ledger: &Ledger, changes: &[Change], (news, texts): (bool, bool)) -> Result<(), String> {
        let fresh = if news { self.read(sim, ledger, texts)? } else { Vec::new() };
        for (number, out) in &fresh {
            if let Some(stop) = self.of.get_mut(number) {
                stop.out.retain(|category, _| out.contains(category));
            }
        }
        changes.iter().try_for_each(|change| self.hold(sim, change))?;
        let now = Before { attempt: ledger.newest_attempt(), message: ledger.newest() };
        for (number, out) in fresh {
            let stop = self.of.entry(number).or_default();
            for category in out {
                stop.out.entry(category).or_insert(now);
            }
        }
        Ok(())
    }

    /// What everybody who may have written has stopped by now, of those with new records.
    fn read(&mut self, sim: &Sim, ledger: &Ledger, texts: bool) -> Result<Vec<(String, BTreeSet<Category>)>, String> {
        let mut fresh = Vec::new();
        let people = sim.people.iter().map(|person| &person.number);
        for person in people.chain(sim.written().iter().map(|written| &written.from)).collect::<BTreeSet<_>>() {
            let number = answerback::msisdn::Msisdn::from_e164(person).map_err(|error| error.to_string())?;
            let records = sim.read(|reader| reader.consents_of(&number)).map_err(|error| error.to_string())?;
            let stop = self.of.entry(person.clone()).or_default();
            if texts {
                let confirmations = ledger.lives().filter(|life| confirms(life, person)).count();
                confirmed_once(person, &records, confirmations)?;
            }
            if records.len() != stop.records {
                stop.records = records.len();
                fresh.push((person.clone(), is_out(&records)));
            }
        }
        Ok(fresh)
    }

    /// What was taken of a message, or made, since the last look.
    fn hold(&self, sim: &Sim, change: &Change) -> Result<(), String> {
        let life = &change.after;
        let before = self.of.get(life.message.to.e164()).and_then(|stop| stop.out.get(&life.message.category));
        let Some(before) = before.filter(|_| !answers_the_person(life.message.purpose)) else { return Ok(()) };
        let known = change.before.as_ref().map_or(0, |before| before.taken.len());
        judge(life, known, *before, is_the_offices(sim, life))
    }
}

/// An answer to a STOP, or to what may be one.
fn confirms(life: &Life, number: &str) -> bool {
    life.message.rule == Some(STOP_RULE) && life.message.purpose == Purpose::Service && life.message.to.e164() == number
}

/// A STOP is answered once; said again within a day, not at all.
fn confirmed_once(number: &str, records: &[ConsentRow], confirmations: usize) -> Result<(), String> {
    let may = (0..records.len()).filter(|place| is_answered(&records[..*place], &records[*place])).count();
    if confirmations > may {
        return Err(format!("{number} was answered {confirmations} times and said STOP {may} times"));
    }
    Ok(())
}

/// Whether a record that a text made may be answered by the rule of STOP.
fn is_answered(before: &[ConsentRow], record: &ConsentRow) -> bool {
    let asked = before.last().is_some_and(|last| last.change.pending);
    let stopped = before.iter().rfind(|known| !known.change.pending && !known.change.granted);
    let lately = stopped.is_some_and(|stopped| record.at.ms_since(stopped.at) < CONFIRMED_MS) && !is_out(before).is_empty();
    matches!(record.change.source.as_str(), "sms" | KEPT) && if record.change.granted { asked } else { record.change.pending || !lately }
}

/// `asked`: a client wanted it, not the person.
pub(super) fn judge(life: &Life, known: usize, before: Before, asked: bool) -> Result<(), String> {
    let (id, purpose) = (life.message.id, life.message.purpose);
    if life.message.n > before.message {
        return if asked { Err(format!("{id} ({purpose:?}) was made for a number after its STOP")) } else { Ok(()) };
    }
    match life.taken.iter().skip(known).find(|one| one.attempt > before.attempt) {
        Some(one) => Err(format!("{id} ({purpose:?}) left in attempt {} after the STOP of its number", one.attempt)),
        None => Ok(()),
    }
}

/// What answers the person, and what saves them, always leaves.
const fn answers_the_person(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Service | Purpose::Safety)
}

fn is_the_offices(sim: &Sim, life: &Life) -> bool {
    let ours: fn(&Said, Option<SessionId>) -> bool = |said, session| match said {
        Said::Message(_) => false,
        Said::Session(id, _) => Some(*id) == session,
    };
    life.message.purpose == Purpose::Plain
        || sim.office.requests().iter().filter_map(|request| request.said.as_ref()).any(|said| ours(said, life.message.session))
}

/// What a number is out of by its records, oldest first: STOP adds, START gives back what there was before.
fn is_out(records: &[ConsentRow]) -> BTreeSet<Category> {
    let all = || <Category as answerback::terms::Word>::WORDS.iter().map(|(category, _)| *category).collect::<BTreeSet<_>>();
    let (mut out, mut before) = (BTreeSet::new(), BTreeSet::new());
    for change in records.iter().map(|record| &record.change).filter(|change| !change.pending && change.source != KEPT) {
        let named: BTreeSet<Category> = if change.categories.is_empty() { all() } else { change.categories.iter().copied().collect() };
        match (change.granted, change.categories.is_empty()) {
            (false, _) => {
                if !named.is_subset(&out) {
                    before.clone_from(&out);
                }
                out.extend(named);
            }
            (true, true) => out = std::mem::take(&mut before),
            (true, false) => out.retain(|category| !named.contains(category)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use answerback::conversation::effect::{ConsentChange, Proof};
    use answerback::msisdn::Msisdn;
    use answerback::time::Timestamp;

    use super::*;

    fn record(granted: bool, pending: bool, categories: &[Category]) -> ConsentRow {
        let change = ConsentChange {
            msisdn: Msisdn::from_e164("+15550100200").expect("a number"),
            categories: categories.to_vec(),
            granted,
            source: "sms".to_owned(),
            proof: Proof::told("STOP", None),
            pending,
        };
        ConsentRow { id: 1, at: Timestamp::from_unix_ms(1), message_n: 0, change }
    }

    #[test]
    fn a_stop_is_answered_once() {
        let check = |records: &[ConsentRow], most: usize| {
            assert_eq!(confirmed_once("+15550100200", records, most), Ok(()), "{records:?}");
            assert!(confirmed_once("+15550100200", records, most + 1).is_err(), "{records:?}");
        };
        let (stop, slip, start) = (record(false, false, &[]), record(false, true, &[]), record(true, false, &[]));
        let desk = ConsentRow { change: ConsentChange { source: "desk".to_owned(), ..stop.change.clone() }, ..stop.clone() };
        let tomorrow = ConsentRow { at: Timestamp::from_unix_ms(2 + CONFIRMED_MS), ..stop.clone() };
        check(&[], 0);
        check(&[stop.clone(), stop.clone()], 1);
        check(&[stop.clone(), tomorrow], 2);
        check(&[stop.clone(), start.clone(), stop.clone()], 2);
        check(&[slip, start, stop.clone()], 3);
        check(&[desk, stop], 0);
    }

    #[test]
    fn start_gives_back_what_there_was() {
        let bills = [Category::Billing];
        let (some, stop, start) = (record(false, false, &bills), record(false, false, &[]), record(true, false, &[]));
        assert_eq!(is_out(std::slice::from_ref(&stop)).len(), 10);
        assert_eq!(is_out(&[some, stop.clone(), start.clone()]), BTreeSet::from(bills));
        let mut kept = start.clone();
        KEPT.clone_into(&mut kept.change.source);
        assert_eq!(is_out(&[stop.clone(), record(false, true, &[]), kept]).len(), 10, "a no to \"did you mean STOP?\" ends no STOP");
        assert!(is_out(&[stop, start]).is_empty() && is_out(&[record(false, true, &[])]).is_empty());
    }
}
