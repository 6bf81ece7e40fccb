//! Consent: what a number is out of follows from its records in order, and new records are written with their proof.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::Cause;
use super::emit::About;
use super::{Reject, Work};
use crate::conversation::effect::{ConsentChange, Effect, KEPT, NewTask, QuestionChange, STAFF, TaskKind};
use crate::conversation::machine::category_of;
use crate::conversation::session::{Question, Session};
use crate::conversation::{Rosters, Trigger};
use crate::msisdn::Msisdn;
use crate::store::{ConsentRow, Decision};
use crate::terms::{Category, Purpose, QuestionState, Word};
use crate::text::Text;
use crate::time::Timestamp;

/// A point in the life of the box that no clock can move: what was made in the same transaction has the same time, what was made
/// later a higher row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Row number of the newest message.
    pub n: i64,
    /// The time of the box.
    pub at: Timestamp,
}

/// Where a number stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Opted out, and since when.
    pub out: BTreeMap<Category, Point>,
    /// Opted in by name.
    pub into: BTreeSet<Category>,
    /// When the last STOP was recorded.
    pub stopped_at: Option<Timestamp>,
    /// "Did you mean STOP?" waits for an answer.
    pub asked: bool,
    /// Any record exists.
    pub known: bool,
}

impl Standing {
    /// Reckons where a number stands from its records, oldest first. Who stands on a roster now leaves it only by name: their
    /// "everything" is what a customer gets, also where it was said before they joined.
    pub fn of(records: &[ConsentRow], is_staff: bool) -> Self {
        let mut standing = Self { known: !records.is_empty(), ..Self::default() };
        let mut before_stop = None;
        for record in records {
            standing.take(record, is_staff, &mut before_stop);
        }
        standing
    }

    fn take(&mut self, record: &ConsentRow, is_staff: bool, before_stop: &mut Option<BTreeMap<Category, Point>>) {
        let change = &record.change;
        self.asked = change.pending;
        if change.pending || change.source == KEPT {
            return;
        }
        match (change.granted, change.categories.is_empty()) {
            // START gives back exactly what there was before the STOP; only the supervisor puts staff back.
            (true, true) => {
                let mut out = before_stop.take().unwrap_or_default();
                if change.source == STAFF {
                    out.extend(self.out.iter().filter(|(category, _)| category.is_staff()).map(|(category, stop)| (*category, *stop)));
                }
                self.out = out;
            }
            (true, false) => {
                self.out.retain(|category, _| !change.categories.contains(category));
                self.into.extend(&change.categories);
            }
            (false, true) => {
                self.stop(&everything(is_staff), record, before_stop);
            }
            (false, false) => self.stop(&change.categories, record, before_stop),
        }
    }

    /// A STOP that stops nothing new leaves what START gives back, and so does one that only leaves the roster.
    fn stop(&mut self, categories: &[Category], record: &ConsentRow, before_stop: &mut Option<BTreeMap<Category, Point>>) {
        self.stopped_at = Some(record.at);
        if categories.iter().any(|category| !category.is_staff() && !self.out.contains_key(category)) {
            *before_stop = Some(self.out.clone());
        }
        for category in categories {
            self.out.entry(*category).or_insert(Point { n: record.message_n, at: record.at });
        }
    }

    /// Whether a text of this category and purpose may leave. What was made after the STOP, not by it, was asked for by the
    /// person; what answers the person, and what saves them, always leaves.
    pub fn lets_pass(&self, category: Category, purpose: Purpose, made: Point) -> bool {
        let after = |stop: &Point| stop.n < made.n && stop.at != made.at;
        matches!(purpose, Purpose::Service | Purpose::Safety | Purpose::Proof) || self.out.get(&category).is_none_or(after)
    }
}

/// What a STOP ends that names nothing.
fn everything(is_staff: bool) -> Vec<Category> {
    let all = Category::WORDS.iter().map(|(category, _)| *category);
    all.filter(|category| !is_staff || !category.is_staff()).collect()
}

impl Work<'_, '_> {
    /// Where a number stands.
    pub fn standing(&self, person: &Msisdn) -> Result<Standing, Reject> {
        Ok(Standing::of(&self.tx.consents_of(person)?, self.book.is_on_call(person)))
    }

    /// Refuses what may not be sent unasked to this number.
    pub fn refuse_without_consent(&self, person: &Msisdn, category: Category) -> Result<(), Reject> {
        let standing = self.standing(person)?;
        let word = category.word();
        if standing.out.contains_key(&category) {
            return Err(Reject::at(
                "opted_out",
                "/to",
                format!("this number opted out of `{word}` texts; only the person can undo that, with START"),
            ));
        }
        let asked = self.book.lane_of(category).is_some_and(|lane| lane.requires_opt_in);
        if asked && !standing.into.contains(&category) {
            return Err(Reject::at("no_opt_in", "/to", format!("`{word}` texts need an opt-in that this number has not given")));
        }
        Ok(())
    }
}

/// Who has decided that a safety text goes to somebody who opted out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// A person.
    pub approver: String,
    /// Why.
    pub reason: String,
}

/// Names and reasons are sentences, not files.
const APPROVED_LETTERS_MAX: usize = 500;

impl Work<'_, '_> {
    /// Lets a safety text pass a STOP: only where the settings allow it, with the approver and the reason in the audit log.
    /// `false` where there was no STOP to pass.
    pub(super) fn pass_stop(&mut self, person: &Msisdn, category: Category, who: &str, approved: &Approved) -> Result<bool, Reject> {
        let Approved { approver, reason } = approved;
        if category != Category::Safety || !self.book.settings.safety_passes_stop {
            let words = "only texts of the category safety may pass a STOP, and only where `safety_passes_stop` is set";
            return Err(Reject::at("stop_not_passable", "/pass_stop", words));
        }
        for (field, words) in [("approver", approver), ("reason", reason)] {
            if words.trim().is_empty() || words.chars().count() > APPROVED_LETTERS_MAX {
                let pointer = format!("/pass_stop/{field}");
                return Err(Reject::at(
                    "invalid",
                    &pointer,
                    format!("write who approved it and why, each in 1 to {APPROVED_LETTERS_MAX} characters"),
                ));
            }
        }
        if !self.standing(person)?.out.contains_key(&category) {
            return Ok(false);
        }
        let detail = serde_json::json!({"category": category.word(), "approver": approver, "reason": reason}).to_string();
        self.tx.insert_audit(&Decision { who, action: "stop.passed", subject: person.e164(), detail: &detail }, self.now)?;
        Ok(true)
    }
}

/// Notes what came by another way than SMS. An opt-out ends what a STOP ends: what is queued is withdrawn, open sessions are
/// parked; an alarm lives on for the others it pages. Who leaves the roster is not waited for.
pub fn note(work: &mut Work<'_, '_>, change: &ConsentChange) -> Result<(), Reject> {
    let person = &change.msisdn;
    let is_staff = work.book.is_on_call(person);
    let was_out = work.standing(person)?.out.contains_key(&Category::Alarm);
    record(work, change)?;
    if change.granted || change.pending {
        return Ok(());
    }
    let unnamed = change.categories.is_empty();
    let ended = if unnamed && is_staff { everything(true) } else { change.categories.clone() };
    work.withdraw_from(person, &ended)?;
    for session in work.tx.open_sessions_of(person)? {
        let category = category_of(&session, &work.book.rules(&[], &Rosters::new()));
        if category == Category::Alarm {
            if ended.contains(&category) {
                page_somebody_else(work, &session, person)?;
            }
        } else if unnamed && !is_staff || ended.contains(&category) {
            work.advance_apart(session.id, Trigger::OptedOut)?;
        }
    }
    if is_staff && !was_out && ended.contains(&Category::Alarm) {
        tell_supervisor(work, change)?;
    }
    Ok(())
}

/// The page to who has left the roster asks nothing any more; the next person is paged at once.
fn page_somebody_else(work: &mut Work<'_, '_>, session: &Session, person: &Msisdn) -> Result<(), Reject> {
    let waits = |question: &Question| question.session == session.id && question.state == QuestionState::Waiting;
    let Some(id) = work.tx.questions_heard(person)?.into_iter().find(waits).map(|question| question.id) else { return Ok(()) };
    let withdrawn = Effect::Question { id, change: QuestionChange::State(QuestionState::Withdrawn) };
    work.apply(vec![withdrawn], &Cause::default())?;
    work.advance_apart(session.id, Trigger::Undelivered { question: Some(id) })
}

fn tell_supervisor(work: &mut Work<'_, '_>, change: &ConsentChange) -> Result<(), Reject> {
    let by = change.proof.by.as_deref().unwrap_or(&change.source);
    let note = Text::new(format!("left the roster: opted out of alarms by {by}"));
    let (kind, queue, msisdn) = (TaskKind::Inbox, "supervisor".to_owned(), Some(change.msisdn.clone()));
    work.task(&NewTask { kind, queue, urgent: true, note, session: None, msisdn, due: None })
}

/// Writes a consent record and tells the log: `consent.out` or `consent.in`.
pub fn record(work: &mut Work<'_, '_>, change: &ConsentChange) -> Result<(), Reject> {
    work.tx.insert_consent(change, work.now)?;
    if change.pending || change.source == KEPT {
        return Ok(());
    }
    let words: Vec<&str> = change.categories.iter().map(|category| category.word()).collect();
    let kind = if change.granted { "consent.in" } else { "consent.out" };
    let (subject, session) = (change.msisdn.e164().to_owned(), change.proof.session);
    let data = serde_json::json!({"msisdn": change.msisdn, "categories": words, "source": change.source});
    work.emit(kind, About { subject: &subject, msisdn: Some(&change.msisdn), session }, data)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::effect::Proof;

    fn record(at: i64, granted: bool, pending: bool, categories: &[Category]) -> ConsentRow {
        let change = ConsentChange {
            msisdn: Msisdn::from_e164("+15550100200").expect("a number"),
            categories: categories.to_vec(),
            granted,
            source: "sms".to_owned(),
            proof: Proof::told("STOP", None),
            pending,
        };
        ConsentRow { id: at, at: Timestamp::from_unix_ms(at), message_n: at, change }
    }

    fn check(name: &str, records: &[ConsentRow], out: &[Category], asked: bool) {
        let standing = Standing::of(records, false);
        let got: Vec<Category> = standing.out.keys().copied().collect();
        assert_eq!((got.as_slice(), standing.asked), (out, asked), "{name}");
    }

    #[test]
    fn a_number_stands_where_its_records_leave_it() {
        let all: Vec<Category> = Standing::of(&[record(1, false, false, &[])], false).out.keys().copied().collect();
        assert_eq!(all.len(), Category::WORDS.len());
        let (bills, news) = ([Category::Billing], [Category::Survey]);
        check("nothing", &[], &[], false);
        check("one category", &[record(1, false, false, &bills)], &bills, false);
        check("STOP, START", &[record(1, false, false, &[]), record(2, true, false, &[])], &[], false);
        let back = [record(1, false, false, &bills), record(2, false, false, &[]), record(3, true, false, &[])];
        check("START gives back what there was", &back, &bills, false);
        check(
            "STOP twice, START",
            &[back[0].clone(), back[1].clone(), record(3, false, false, &[]), record(4, true, false, &[])],
            &bills,
            false,
        );
        check(
            "a STOP of some, START",
            &[record(1, false, false, &[Category::Billing, Category::Visits]), record(2, true, false, &[])],
            &[],
            false,
        );
        let mut kept = record(3, true, false, &[]);
        kept.change.source = KEPT.to_owned();
        check("a slip after a STOP of some, kept", &[record(1, false, false, &bills), record(2, false, true, &[]), kept], &bills, false);
        check("asked", &[record(1, false, true, &[])], &[], true);
        check("asked, then answered", &[record(1, false, true, &[]), record(2, true, false, &news)], &[], false);
    }

    #[test]
    fn only_what_was_made_before_the_stop_is_held() {
        let standing = Standing::of(&[record(100, false, false, &[])], false);
        let passes = |purpose, n, at| standing.lets_pass(Category::Billing, purpose, Point { n, at: Timestamp::from_unix_ms(at) });
        assert!(!passes(Purpose::Prompt, 99, 99));
        assert!(passes(Purpose::Prompt, 101, 101), "begun by the person afterwards");
        assert!(!passes(Purpose::Tell, 101, 100), "what the STOP itself led to");
        assert!(passes(Purpose::Service, 101, 100), "the one confirmation");
        assert!(!passes(Purpose::Prompt, 99, 7_200_000), "made before the clock was set back");
        assert!(passes(Purpose::Prompt, 101, -7_200_000), "begun after the clock was set back");
    }
}
