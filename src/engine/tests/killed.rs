//! Killed between any two commits: the box opens its database again, and nothing is lost, sent twice or charged twice.

use std::collections::BTreeMap;

use super::{MODEM, PERSON, Rig, SIM, deliver};
use crate::engine::called::{self, Found};
use crate::engine::{doubt, restart};
use crate::ids::SessionId;
use crate::terms::{CallState, PartState};
use crate::value::Value;

/// What a daemon does before anything else.
fn start(dir: &std::path::Path, now: crate::time::Timestamp) -> Rig {
    let mut rig = Rig::at(dir);
    rig.now = now;
    rig.run(restart::all);
    rig
}

/// The way of one question in commits; killed after `commits` of them. Answers how far it came.
fn killed_after(commits: usize) -> (Rig, SessionId, &'static str) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut rig = start(dir.path(), super::START);
    let begun = rig.past_due();
    let id = begun.messages[0];
    let pdu = deliver(PERSON, rig.now.shifted_ms(60_000), "Y");
    let mut attempt = 0;
    let names = ["accepted", "claimed", "attempted", "submitted", "answered", "calling", "charged"];
    for name in &names[1..=commits] {
        match *name {
            "claimed" => drop(rig.claim(id, 1)),
            "attempted" => {
                let crate::engine::submit::Begin::Go { attempt: row } = rig.begin(id, 1) else { panic!("denied") };
                attempt = row;
            }
            "submitted" => rig.submitted(id, 1, attempt, 1),
            "answered" => {
                rig.wait(60);
                rig.arrives(pdu.clone());
            }
            "calling" => {
                let call = rig.read(|reader| reader.queued_calls(rig.now, 9))[0].id;
                rig.run(|work| called::start(work, call));
            }
            _ => {
                let call = rig.read(|reader| reader.calls_of(begun.id))[0].id;
                let saved = BTreeMap::from([("receipt".to_owned(), Value::Text("R-1".to_owned()))]);
                rig.run(|work| called::result(work, call, Found::Ok(saved), "200"));
            }
        }
    }
    let now = rig.now;
    drop(rig);
    let mut rig = start(dir.path(), now);
    rig.store.check().expect("sound");
    if commits >= 4 {
        // The modem still has the text: its slot was never freed.
        rig.arrives(pdu);
    }
    (rig, begun.id, names[commits])
}

#[test]
fn nothing_is_lost_or_done_twice_at_any_boundary() {
    for commits in 0..=6 {
        let (rig, session, name) = killed_after(commits);
        let prompt = rig.read(|reader| reader.messages_of_session(session)).into_iter().next().expect("the question");
        let part = rig.part(prompt.id, 1);
        let attempts = rig.read(|reader| reader.attempts_of(prompt.id)).len();
        let want = match name {
            "accepted" | "claimed" => (PartState::Queued, 0),
            // Policy once: never again without a person.
            "attempted" => (PartState::Parked, 1),
            _ => (PartState::Submitted, 1),
        };
        assert_eq!((part.state, attempts), want, "killed after {name}");
        let calls = rig.read(|reader| reader.calls_of(session));
        let states: Vec<CallState> = calls.iter().map(|call| call.state).collect();
        let want: &[CallState] = match name {
            "answered" => &[CallState::Queued],
            "calling" => &[CallState::Unknown],
            "charged" => &[CallState::Ok],
            _ => &[],
        };
        assert_eq!(states, want, "killed after {name}");
        let events = rig.read(|reader| reader.events_after(0, 500));
        assert!(events.iter().zip(1..).all(|(event, seq)| event.seq == seq), "no gap: killed after {name}");
        let claimed = rig.read(|reader| reader.claimed_parts(None));
        assert_eq!(claimed, [], "at rest nothing is claimed: killed after {name}");
    }
}

#[test]
fn a_lost_modem_leaves_the_others_alone() {
    let mut rig = Rig::new();
    rig.has_modem(MODEM, SIM);
    rig.has_modem("south", "another SIM");
    let (one, two) = (rig.plain(crate::terms::Policy::Once, "one"), rig.plain(crate::terms::Policy::Once, "two"));
    rig.attempt(one, 1);
    let other = crate::ids::PartKey { message: two, seq: 1 };
    rig.run(|work| crate::engine::submit::claim(work, &other, "another SIM"));
    rig.run(|work| crate::engine::submit::begin_attempt(work, &other, "another SIM", "south"));
    assert_eq!(rig.run(|work| doubt::restart_modem(work, MODEM, "unplug")), 1);
    assert_eq!((rig.state(one), rig.state(two)), (PartState::Parked, PartState::Claimed));
}
