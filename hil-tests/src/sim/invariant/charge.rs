//! Charges and switches: an http step acts at most once, is posted again only where certainly nothing had arrived, and money moves
//! and loads are switched only on an exact yes that was written after the question had reached the network, and behind no STOP.

use std::collections::BTreeMap;

use answerback::conversation::rules::Outcome;
use answerback::ids::SessionId;
use answerback::store::page::Paging;
use answerback::store::{Calling, InboundRow};
use answerback::terms::{CallState, Word as _};
use answerback::time::Timestamp;

use super::ledger::{Ledger, Life};
use crate::sim::utility::Asked;
use crate::sim::{Sim, Written};

/// Where something is done that cannot be undone, and to which a text alone may lead.
struct Deed {
    endpoint: &'static str,
    step: &'static str,
    /// The choice that leads there, and its words besides those of the languages.
    answer: &'static str,
    words: &'static [&'static str],
}

const DEEDS: &[Deed] = &[
    Deed { endpoint: "billing.charge", step: "charge", answer: "yes", words: &["pay", "pagar"] },
    Deed { endpoint: "drms.join", step: "join", answer: "in", words: &["in", "join"] },
];
const STOP_RULE: u8 = 4;
/// Texts of a person that are looked through.
const TEXTS_LAST: u32 = 50;
/// Service centres stamp whole seconds.
const STAMP_MS: i64 = 1_000;

/// How many posts of each key were judged.
#[derive(Debug, Default)]
pub(super) struct Posts {
    seen: BTreeMap<String, usize>,
}

impl Posts {
    /// Judges what was posted since the last look.
    pub(super) fn look(&mut self, sim: &Sim, ledger: &Ledger) -> Result<(), String> {
        for (key, asked) in sim.utility.asked() {
            if self.seen.get(key).copied().unwrap_or(0) == asked.posts.len() {
                continue;
            }
            self.seen.insert(key.clone(), asked.posts.len());
            let Some(row) = row_of(sim, key) else { return Err(format!("{key} was posted and is not on disk")) };
            posted(key, asked, &row)?;
            if let Some(deed) = DEEDS.iter().find(|deed| (deed.endpoint, deed.step) == (asked.endpoint.as_str(), row.step.as_str())) {
                wanted(sim, ledger, row.session, deed)?;
            }
        }
        Ok(())
    }
}

fn row_of(sim: &Sim, key: &str) -> Option<Calling> {
    let session: SessionId = key.split(':').next()?.parse().ok()?;
    sim.read(|reader| reader.callings_of(session)).ok()?.into_iter().find(|row| row.key() == key)
}

/// Once, unless it is a look-up; and written down before.
fn posted(key: &str, asked: &Asked, row: &Calling) -> Result<(), String> {
    if asked.acted > 1 {
        return Err(format!("{key} acted {} times", asked.acted));
    }
    if asked.posts.len() > 1 && !row.read {
        return Err(format!("{key} was posted {} times and every one arrived", asked.posts.len()));
    }
    if row.state == CallState::Queued && row.started_at.is_none() {
        return Err(format!("{key} was posted before that was on disk"));
    }
    Ok(())
}

/// An exact yes of the person of this session, in answer to a question that the network had when it was written.
fn wanted(sim: &Sim, ledger: &Ledger, session: SessionId, deed: &Deed) -> Result<(), String> {
    let did = format!("session {session} did {}", deed.endpoint);
    let rows = sim.read(|reader| reader.inbounds_of_session(session)).unwrap_or_default();
    let yes = rows.iter().rev().find(|row| row.answer.as_deref() == Some(deed.answer));
    let Some(row) = yes else { return Err(format!("{did} and nobody said yes")) };
    let text = row.text.expose();
    if !deed.is_meant_by(text) {
        return Err(format!("{did} on {text:?}"));
    }
    if has_stopped(sim, row) {
        return Err(format!("{did} on {text:?}, which was read behind a STOP that came when it had asked"));
    }
    let Some(asked_at) = asked_at(sim, ledger, session) else {
        // The box knows no better than a person who says of a prompt in doubt that it was sent.
        let was_sent = said_to_be_sent(sim, ledger, row);
        return if was_sent { Ok(()) } else { Err(format!("{did} and never asked")) };
    };
    let mine = |one: &&Written| one.from == row.sender && one.text == text;
    if sim.written().iter().filter(mine).any(|one| is_after(one.at, asked_at)) {
        return Ok(());
    }
    Err(format!("{did} on a {text:?} that was written before its question was on air"))
}

/// Whether a STOP of the same person was read between the question and its answer.
fn has_stopped(sim: &Sim, yes: &InboundRow) -> bool {
    let (Some(from), Some(question)) = (&yes.from, yes.question) else { return false };
    let asked = sim.read(|reader| reader.question(question)).ok().flatten().and_then(|question| question.accepted_at);
    let texts = sim.read(|reader| reader.inbounds(Some(from), Paging::newest(TEXTS_LAST))).map(|page| page.items).unwrap_or_default();
    // Behind a STOP the clock may have been set back: then its stamp tells nothing.
    let is_set_back = |stop: &InboundRow| texts.iter().any(|later| later.id > stop.id && later.received_at < stop.received_at);
    let between = |row: &&InboundRow| row.id < yes.id && asked.is_some_and(|asked| row.received_at > asked) && !is_set_back(row);
    texts.iter().filter(between).any(|row| is_stop(row.rule, row.outcome.as_deref()))
}

/// A slip that is asked about, and "no" to that, are none.
fn is_stop(rule: Option<u8>, outcome: Option<&str>) -> bool {
    rule == Some(STOP_RULE) && outcome == Some(Outcome::OptOut.word())
}

/// Whether a person has decided about the text that put the question of this answer, and what is on disk is that it was sent.
fn said_to_be_sent(sim: &Sim, ledger: &Ledger, yes: &InboundRow) -> bool {
    let of_question = |life: &&Life| yes.question.is_some() && life.message.question == yes.question;
    let decided = |life: &Life| sim.human_acts().contains(&life.message.id) && life.message.accepted_at.is_some();
    ledger.lives().filter(of_question).any(decided)
}

/// When the network took the first question of a session, in its own time.
fn asked_at(sim: &Sim, ledger: &Ledger, session: SessionId) -> Option<i64> {
    let taken = sim.world().network().taken();
    ledger
        .lives()
        .filter(|life| life.message.session == Some(session) && life.message.question.is_some())
        .flat_map(|life| &life.taken)
        .filter_map(|one| taken.get(one.place))
        .map(|one| one.at_ms)
        .min()
}

fn is_after(written: Timestamp, asked_ms: i64) -> bool {
    written.unix_ms() + STAMP_MS > asked_ms
}

/// What people here write for a yes.
const YES: &[&str] = &["y", "yes", "si", "sí", "так", "да", "ja", "oui", "نعم", "हाँ", "是的", "はい"];
/// What may stand beside it: courtesy, and how they sign.
const BESIDE: &[&str] = &[
    "please",
    "thank",
    "you",
    "thanks",
    "good",
    "morning",
    "kind",
    "regards",
    "tom",
    "maria",
    "ana",
    "bitte",
    "merci",
    "जी",
    "お願いします",
];

impl Deed {
    /// The forms that may do it: one of its words, with nothing but courtesy, a name or a tag beside it.
    fn is_meant_by(&self, text: &str) -> bool {
        is_exact(text, |word| self.words.contains(&word) || YES.contains(&word))
    }
}

fn is_exact(text: &str, is_yes: impl Fn(&str) -> bool) -> bool {
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_lowercase())
        .filter(|word| !word.is_empty() && !BESIDE.contains(&word.as_str()));
    let said: Vec<String> = words.collect();
    matches!(said.as_slice(), [one] if is_yes(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_moves_on_an_exact_yes_only() {
        for yes in [
            "Y",
            "y",
            "Yes!!!",
            "yes please",
            "PAY",
            "Y 1",
            "Y7",
            "Y.",
            "Good morning, Y",
            "Y, thank you",
            "Sí",
            "si",
            "так",
            "oui merci",
            "نعم",
            "हाँ जी",
            "はい、お願いします",
            "Yes please, thanks, Ana",
            "Y\n-- \nTom",
        ] {
            assert!(DEEDS[0].is_meant_by(yes), "{yes}");
        }
        for other in
            ["N", "yes and no", "ok", "not yes", "ok but when?", "", "Y, and there is a wire down in the street", "please", "no sí"]
        {
            assert!(!DEEDS[0].is_meant_by(other), "{other}");
        }
        for (text, joins) in
            [("JOIN", true), ("yes please", true), ("in", true), ("join 2", true), ("skip", false), ("join, but not on Monday", false)]
        {
            assert_eq!(DEEDS[1].is_meant_by(text), joins, "{text}");
        }
    }

    #[test]
    fn a_step_is_posted_once_unless_it_only_looks() {
        let row = |read, state, started: Option<i64>| Calling {
            id: 1,
            session: SessionId::new(Timestamp::from_unix_ms(1), &mut answerback::chance::Seeded::new(1)),
            step: "charge".to_owned(),
            visit: 1,
            endpoint: DEEDS[0].endpoint.to_owned(),
            read,
            body: BTreeMap::new(),
            state,
            detail: None,
            queued_at: Timestamp::from_unix_ms(1),
            started_at: started.map(Timestamp::from_unix_ms),
            ended_at: None,
            lookups: 0,
            told: false,
            due_at: None,
        };
        let asked = |posts: usize| Asked { posts: vec![answerback::time::Tick::default(); posts], acted: 1, ..Asked::default() };
        assert!(posted("k", &asked(1), &row(false, CallState::Calling, Some(1))).is_ok());
        assert!(posted("k", &asked(2), &row(true, CallState::Calling, Some(1))).is_ok());
        assert!(posted("k", &asked(2), &row(false, CallState::Unknown, Some(1))).is_err(), "posted again");
        assert!(posted("k", &asked(1), &row(false, CallState::Queued, None)).is_err(), "not written down");
    }

    #[test]
    fn a_slip_that_is_asked_about_is_no_stop() {
        assert!(is_stop(Some(4), Some("optout")));
        assert!(!is_stop(Some(4), Some("unclear")) && !is_stop(Some(4), Some("none")) && !is_stop(Some(7), Some("start")));
        assert!(!is_stop(None, None), "not judged yet");
    }

    #[test]
    fn an_answer_is_written_after_its_question() {
        assert!(is_after(Timestamp::from_unix_ms(5_000), 5_900) && !is_after(Timestamp::from_unix_ms(5_000), 6_000));
    }
}
