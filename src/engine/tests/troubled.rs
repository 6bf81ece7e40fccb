//! What cannot be done in one place holds up nothing else: it is undone alone, and a person hears of it.

use std::collections::BTreeMap;

use super::{PERSON, Rig};
use crate::conversation::effect::{ConsentChange, Proof, TaskKind};
use crate::conversation::session::Session;
use crate::engine::book::SETTINGS;
use crate::engine::called::{self, Found};
use crate::engine::session::{self, NewSession};
use crate::engine::{Reject, Work, configure, consent, doubt, happened, submit};
use crate::ids::{PartKey, SessionId};
use crate::msisdn::Msisdn;
use crate::settings::Settings;
use crate::store::{Error, Paging};
use crate::terms::{CallState, Category, PartState, Policy, Purpose, SessionState, default_lanes};
use crate::value::Value;

const NEIGHBOUR: &str = "+380501112244";

/// The visit of a crew; when it was there, one question about it. Both are known by the order alone.
pub(super) const VISIT: &str = r#"
flow = "test.visit"
lane = "visits"
needs = { order = "text:12" }
key = "{from}:{order}"
start = "ask"
expires = "3d"
event.visited = { go = "visited" }
event.late = { tell = { en = "We are late for order {order}." } }

[step]
visited = { done = true, result = "visited" }

[step.ask]
ask = { en = "{utility}: Visit for order {order}. Reply 1 OK." }
want = "menu"
on = { 1 = "visited" }
silence = { after = "1h", go = "visited" }
"#;
const SURVEY: &str = r#"
flow = "test.survey"
lane = "survey"
after = { flow = "test.visit", result = "visited", wait = "2h" }
needs = { order = "text:12" }
key = "{order}"
start = "score"
expires = "3d"

[step]
bye = { done = { en = "Thank you." } }

[step.score]
ask = { en = "{utility}: How was our visit ({order})? Reply 1 to 5." }
want = "score"
range = [1, 5]
as = "score"
go = "bye"
"#;
/// A flow that names the utility at the end, where it is about order 7.
const WORDY: &str = r#"
flow = "test.wordy"
lane = "visits"
needs = { order = "text:12" }
start = "ask"
expires = "3d"
event.undelivered = { go = "wordy" }

[step]
wordy = { when = { "order == 7" = "long", else = "short" } }
long = { done = { en = "{utility}: noted." } }
short = { done = { en = "Fine." } }

[step.ask]
ask = { en = "{utility}: Shall we? Reply 1 OK." }
want = "menu"
on = { 1 = "wordy" }
silence = { after = "1h", go = "wordy" }
"#;

/// From now on something of the settings is longer than a text can hold.
fn becomes_wordy(rig: &mut Rig, change: impl FnOnce(&mut Settings, String)) {
    rig.run(|work| {
        let mut settings = work.book.settings.clone();
        change(&mut settings, "long ".repeat(10_000));
        work.tx.save_setting(SETTINGS, &settings, work.now)?;
        // Noted as a change of the configuration.
        configure::lanes(work, &default_lanes())
    });
}

pub(super) fn rig(flows: &[(&str, &str)]) -> Rig {
    let mut rig = Rig::new();
    for (file, source) in flows {
        let put = rig.run(|work| configure::put_flow(work, file, source, "test"));
        rig.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
    }
    rig
}

pub(super) fn begin(rig: &mut Rig, flow: &str, to: &str, order: &str) -> session::Begun {
    let data = BTreeMap::from([("order".to_owned(), Value::Text(order.to_owned()))]);
    let request = NewSession { flow: flow.to_owned(), to: Some(to.to_owned()), data, ..super::past_due() };
    rig.run(|work| session::begin(work, &request)).answer
}

/// Two people who have asked for surveys.
fn visits() -> Rig {
    let mut rig = strangers();
    for who in [PERSON, NEIGHBOUR] {
        let change = ConsentChange {
            msisdn: Msisdn::from_e164(who).expect("a number"),
            categories: vec![Category::Survey],
            granted: true,
            source: "test".to_owned(),
            proof: Proof::default(),
            pending: false,
        };
        rig.run(|work| consent::note(work, &change));
    }
    rig
}

fn strangers() -> Rig {
    rig(&[("test.visit.flow.toml", VISIT), ("test.survey.flow.toml", SURVEY)])
}

#[test]
fn a_follower_needs_the_opt_in_of_its_lane() {
    for (mut rig, want) in [(strangers(), 1), (visits(), 2)] {
        let visit = begin(&mut rig, "test.visit", PERSON, "7");
        rig.run(|work| happened::event(work, &[visit.id], "visited", &BTreeMap::new()));
        assert_eq!((rig.session(visit.id).state, surveys(&rig)), (SessionState::Completed, want));
    }
}

fn surveys(rig: &Rig) -> usize {
    rig.events(0).iter().filter(|kind| *kind == "session.opened").count()
}

#[test]
fn a_follower_with_a_twin_elsewhere_does_not_begin_and_stops_nobody() {
    let mut rig = visits();
    let first = begin(&mut rig, "test.visit", PERSON, "7");
    rig.run(|work| happened::event(work, &[first.id], "visited", &BTreeMap::new()));
    assert_eq!((rig.session(first.id).state, surveys(&rig)), (SessionState::Completed, 2));
    let survey = rig.read(|reader| reader.twin_session("test.survey", "7")).expect("open");
    let second = begin(&mut rig, "test.visit", NEIGHBOUR, "7");
    let reached = rig.run(|work| happened::event(work, &[second.id], "visited", &BTreeMap::new()));
    assert_eq!((reached, rig.session(second.id).state), (1, SessionState::Completed));
    assert_eq!(rig.read(|reader| reader.twin_session("test.survey", "7")).map(|twin| twin.id), Some(survey.id), "the first stays");
    assert_eq!(surveys(&rig), 3, "two visits and one survey");
}

#[test]
fn a_timer_that_meets_a_twin_lets_the_others_fire() {
    let mut rig = visits();
    let all: Vec<SessionId> = [PERSON, NEIGHBOUR]
        .into_iter()
        .map(|to| {
            let begun = begin(&mut rig, "test.visit", to, "7");
            rig.send(begun.messages[0], 1);
            begun.id
        })
        .collect();
    rig.wait(3601);
    for id in all {
        assert_eq!(rig.session(id).state, SessionState::Completed);
    }
}

fn check_apart(name: &str, goes_on: bool, job: impl FnOnce(&mut Work<'_, '_>) -> Result<(), Reject>) {
    let mut rig = visits();
    let begun = begin(&mut rig, "test.visit", PERSON, "7");
    let ended = rig.try_run(|work| {
        let answer = work.apart(|work| {
            work.tx.hold_thread(&Msisdn::from_e164(PERSON).expect("a number"), &hold(work))?;
            job(work)
        })?;
        assert!(answer.is_err(), "{name}");
        happened::event(work, &[begun.id], "visited", &BTreeMap::new()).map(drop)
    });
    assert_eq!((ended.is_ok(), rig.session(begun.id).state.is_open()), (goes_on, !goes_on), "{name}");
    let person = Msisdn::from_e164(PERSON).expect("a number");
    assert_eq!(rig.read(|reader| reader.agent_hold(&person)), None, "{name}: what it had changed is undone");
}

fn hold(work: &Work<'_, '_>) -> crate::conversation::view::AgentHold {
    crate::conversation::view::AgentHold { who: "anna".to_owned(), queue: "default".to_owned(), active_at: work.now }
}

#[test]
fn what_fails_apart_is_undone_alone() {
    check_apart("a refusal", true, |_| Err(Reject::not_found("thing")));
    check_apart("a bug", true, |_| panic!("a bug in one place"));
    check_apart("what the tables do not allow", true, |work| {
        let person = Msisdn::from_e164(PERSON).expect("a number");
        let open = work.tx.open_sessions_of(&person)?.remove(0);
        Ok(work.tx.save_session(&Session { id: SessionId::new(work.now, work.chance), ..open })?)
    });
    check_apart("a row that cannot be read", true, |_| Err(Error::Row { column: "slots".to_owned(), cause: "not JSON".to_owned() }.into()));
    check_apart("a full disk", false, |_| Err(Error::Full.into()));
}

#[test]
fn an_outcome_stands_though_its_session_cannot_move() {
    let mut rig = Rig::new();
    let begun = rig.past_due();
    rig.send(begun.messages[0], 1);
    rig.wait(60);
    rig.hears("Y");
    let id = rig.read(|reader| reader.queued_calls(rig.now, 9))[0].id;
    rig.run(|work| called::start(work, id));
    let receipt = BTreeMap::from([("receipt".to_owned(), Value::Text("R-1".to_owned()))]);
    becomes_wordy(&mut rig, |settings, long| settings.currency = long);
    rig.run(|work| called::result(work, id, Found::Ok(receipt), "200"));
    assert_eq!(rig.read(|reader| reader.calling(id)).expect("a call").state, CallState::Ok, "it is not posted again");
    assert_eq!(tasks_of(&rig, begun.id), 1);
}

/// A session that has too much to say.
fn wordy(rig: &mut Rig) -> session::Begun {
    let begun = begin(rig, "test.wordy", PERSON, "7");
    becomes_wordy(rig, |settings, long| settings.utility = long);
    begun
}

/// Waits for an outcome; a STOP leads it to a person, with more words than a text can hold.
const WAITING: &str = r#"
flow = "test.waiting"
lane = "visits"
needs = { sum = "money" }
start = "hold"
expires = "3d"
event.settled = { go = "end" }

[step]
end = { done = true }
hold = { tell = { en = "{utility}: we are checking." }, wait = "settled", on = { parked = "doubt" } }
doubt = { agent = { queue = "billing", note = "stopped" }, tell = { en = "{sum}" } }
"#;

#[test]
fn a_stop_and_a_danger_stand_though_the_rest_cannot_be_done() {
    let mut rig = rig(&[("test.waiting.flow.toml", WAITING)]);
    let data = BTreeMap::from([("sum".to_owned(), Value::Text("84.50".to_owned()))]);
    let request = NewSession { flow: "test.waiting".to_owned(), to: Some(PERSON.to_owned()), data, ..super::past_due() };
    rig.run(|work| session::begin(work, &request));
    becomes_wordy(&mut rig, |settings, long| settings.currency = long);
    let bill = rig.plain(Policy::Once, "a bill");
    let row = rig.hears("Stop texting me, the wire is sparking");
    assert!(row.why.contains("could not be done"), "{}", row.why);
    let person = Msisdn::from_e164(PERSON).expect("a number");
    let records = rig.read(|reader| reader.consents_of(&person));
    assert_eq!(records.iter().map(|record| record.change.granted).collect::<Vec<_>>(), [false], "once");
    assert_eq!(rig.state(bill), PartState::Withdrawn);
    let tasks = rig.read(|reader| reader.tasks(true, Paging::newest(9))).items;
    let urgent: Vec<TaskKind> = tasks.iter().filter(|task| task.urgent).map(|task| task.kind).collect();
    assert_eq!(urgent, [TaskKind::Inbox, TaskKind::Danger], "newest first: {tasks:?}");
    let left: Vec<Purpose> =
        rig.read(|reader| reader.due_parts(rig.now, 9)).iter().map(|part| rig.message(part.key.message).purpose).collect();
    assert_eq!(left, [Purpose::Safety, Purpose::Service], "the advice, then the one confirmation");
}

fn tasks_of(rig: &Rig, session: SessionId) -> usize {
    rig.read(|reader| reader.tasks_of(session)).len()
}

#[test]
fn a_refusal_stands_though_its_session_cannot_move() {
    let mut rig = rig(&[("test.wordy.flow.toml", WORDY)]);
    let begun = wordy(&mut rig);
    let key = PartKey { message: begun.messages[0], seq: 1 };
    let attempt = rig.attempt(key.message, 1);
    // Unknown subscriber: the only refusal.
    rig.run(|work| submit::refused(work, &key, Some(attempt), Some(30)));
    assert_eq!((rig.state(key.message), tasks_of(&rig, begun.id)), (PartState::Failed, 1));
    let other = rig.plain(Policy::Notice, "the next one on this SIM");
    rig.send(other, 2);
    assert_eq!(rig.state(other), PartState::Submitted);
}

#[test]
fn a_doubt_ends_though_its_session_cannot_move() {
    let mut rig = rig(&[("test.wordy.flow.toml", WORDY)]);
    let begun = wordy(&mut rig);
    let key = PartKey { message: begun.messages[0], seq: 1 };
    for _ in 0..5 {
        if rig.state(key.message) == PartState::Queued {
            let attempt = rig.attempt(key.message, 1);
            rig.run(|work| doubt::in_doubt(work, &key, attempt, "timeout"));
        }
        rig.wait(200);
    }
    assert_eq!((rig.state(key.message), tasks_of(&rig, begun.id)), (PartState::Parked, 1));
}

#[test]
fn a_timer_that_fails_fires_once_lets_the_others_fire_and_a_person_hears_of_it() {
    let mut rig = rig(&[("test.wordy.flow.toml", WORDY)]);
    let before = begin(&mut rig, "test.wordy", NEIGHBOUR, "6");
    rig.send(before.messages[0], 1);
    let begun = wordy(&mut rig);
    rig.send(begun.messages[0], 2);
    rig.now = rig.now.plus(std::time::Duration::from_secs(3601));
    assert_eq!(rig.run(super::super::expire::due), 2);
    assert_eq!((tasks_of(&rig, begun.id), rig.read(|reader| reader.due_timers(rig.now, 9))), (1, Vec::new()));
    assert_eq!((tasks_of(&rig, before.id), rig.session(before.id).state), (0, SessionState::Completed), "the other one fires");
}
