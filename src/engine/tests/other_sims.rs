//! A session whose SIM is gone (conversation.md section 3, number 44).

use std::collections::BTreeMap;

use super::*;
use crate::conversation::Trigger;
use crate::conversation::effect::{Effect, TimerKind};
use crate::conversation::session::Outgoing;
use crate::store::Message;

const OTHER: &str = "8938003000000000002";
const SAYS: &str = "(We now write from this number.)";

/// The newest text of a session waits and is claimed over this SIM.
fn claimed_on(rig: &mut Rig, session: SessionId, sim: &str) -> Message {
    let newest = rig.read(|reader| reader.messages_of_session(session)).pop().expect("a text");
    let key = PartKey { message: newest.id, seq: 1 };
    rig.run(|work| submit::claim(work, &key, sim)).expect("taken");
    rig.message(newest.id)
}

fn sent_on(rig: &mut Rig, session: SessionId, sim: &str, mr: u8) -> Message {
    let claimed = claimed_on(rig, session, sim);
    for seq in 1..=claimed.parts {
        let key = PartKey { message: claimed.id, seq };
        if seq > 1 {
            rig.run(|work| submit::claim(work, &key, sim)).expect("taken");
        }
        let Begin::Go { attempt } = rig.run(|work| submit::begin_attempt(work, &key, sim, "south")) else { panic!("denied") };
        rig.run(|work| submit::submitted(work, &key, attempt, mr + seq));
    }
    rig.message(claimed.id)
}

fn reminded(rig: &mut Rig, session: SessionId) {
    rig.run(|work| {
        let visit = work.tx.session(session)?.map_or(0, |session| session.visit);
        work.advance(session, Trigger::Timer { kind: TimerKind::Remind(0), visit }).map(drop)
    });
}

fn asked() -> (Rig, SessionId) {
    let mut rig = Rig::new();
    let begun = rig.past_due();
    rig.send(begun.messages[0], 1);
    (rig, begun.id)
}

#[test]
fn another_sim_takes_over_and_says_so_once() {
    let (mut rig, session) = asked();
    let first = rig.read(|reader| reader.messages_of_session(session)).remove(0);
    assert!(!first.text.expose().contains(SAYS), "nobody knows another number yet");
    reminded(&mut rig, session);
    let before = rig.read(|reader| reader.messages_of_session(session)).pop().expect("a reminder");
    let told = sent_on(&mut rig, session, OTHER, 10);
    assert_eq!(told.text.expose(), format!("{} {SAYS}", before.text.expose()));
    let parts = rig.read(|reader| reader.parts_of(told.id));
    assert_eq!((parts.len(), told.accepted_sim.as_deref()), (usize::from(told.parts), Some(OTHER)), "counted in segments, and on air");
    reminded(&mut rig, session);
    assert!(!sent_on(&mut rig, session, OTHER, 20).text.expose().contains(SAYS), "once");
    reminded(&mut rig, session);
    assert!(!sent_on(&mut rig, session, SIM, 30).text.expose().contains(SAYS), "and never again");
}

/// The sentence needs a segment of its own: the parts are made anew, and all of them leave.
#[test]
fn a_full_text_takes_one_segment_more() {
    let (mut rig, session) = asked();
    reminded(&mut rig, session);
    let reminder = rig.read(|reader| reader.messages_of_session(session)).pop().expect("a reminder");
    let full = Message { text: Text::new("x".repeat(155)), ..reminder };
    rig.run(|work| Ok(work.tx.save_message_text(&full)?));
    let told = sent_on(&mut rig, session, OTHER, 10);
    assert_eq!((told.parts, told.state), (2, crate::terms::MessageState::Submitted));
}

#[test]
fn the_old_sim_that_sends_it_after_all_says_nothing() {
    let (mut rig, session) = asked();
    reminded(&mut rig, session);
    let plain = rig.read(|reader| reader.messages_of_session(session)).pop().expect("a reminder").text;
    let told = claimed_on(&mut rig, session, OTHER);
    assert!(told.text.expose().ends_with(SAYS));
    rig.run(|work| submit::aborted(work, &PartKey { message: told.id, seq: 1 }, None, "no prompt"));
    rig.wait(5);
    let after = sent_on(&mut rig, session, SIM, 10);
    assert_eq!(after.text, plain);
    reminded(&mut rig, session);
    assert!(sent_on(&mut rig, session, OTHER, 20).text.expose().ends_with(SAYS), "nobody has read it yet");
}

/// A part of it may be on air: not a word of it changes any more.
#[test]
fn what_may_be_on_air_is_sent_as_it_was() {
    let (mut rig, session) = asked();
    reminded(&mut rig, session);
    let reminder = rig.read(|reader| reader.messages_of_session(session)).pop().expect("a reminder");
    let key = PartKey { message: reminder.id, seq: 1 };
    let twice = Part { possibly_twice: true, ..rig.part(reminder.id, 1) };
    rig.run(|work| Ok(work.tx.save_part(&twice)?));
    rig.run(|work| submit::claim(work, &key, OTHER)).expect("taken");
    assert_eq!(rig.message(reminder.id).text, reminder.text);
}

/// An alarm keeps its one segment; where there is room it says so like any other text.
#[test]
fn an_alarm_says_it_only_where_it_fits() {
    for (letters, says) in [(100, true), (150, false)] {
        let (mut rig, session) = asked();
        reminded(&mut rig, session);
        let reminder = rig.read(|reader| reader.messages_of_session(session)).pop().expect("a reminder");
        let alarm = Outgoing {
            to: reminder.to.clone(),
            text: Text::new("a".repeat(letters)),
            purpose: crate::terms::Purpose::Tell,
            category: crate::terms::Category::Alarm,
            policy: Policy::Alarm,
            rank: crate::terms::Rank(2),
            sim: None,
            session: Some(session),
            not_before: None,
            expires_at: None,
        };
        rig.run(|work| work.apply(vec![Effect::Say { outgoing: alarm, question: None }], &super::super::apply::Cause::default()));
        let told = claimed_on(&mut rig, session, OTHER);
        assert_eq!((told.parts, told.text.expose().ends_with(SAYS)), (1, says), "{letters} letters");
    }
}

#[test]
fn every_language_says_it() {
    let packs = crate::conversation::packs::Packs::load(&crate::conversation::packs::Packs::shipped()).expect("packs");
    let mut said = BTreeMap::new();
    for language in packs.languages() {
        let words = packs.get(language).and_then(|pack| pack.texts.get("other_sim").cloned()).unwrap_or_default();
        assert!((10..=67).contains(&words.chars().count()), "{language}: {words:?} is a sentence of less than a segment");
        said.insert(words, language.clone());
    }
    assert_eq!(said.len(), packs.languages().len(), "each in its own words: {said:?}");
}
