//! What a SIM may send: its texts wait at a cap, urgent ones pass, another SIM helps, and no restart forgets what was sent.

use std::time::Duration;

use super::{MODEM, PERSON, Rig, SIM, START, plain};
use crate::conversation::effect::{NewTask, TaskKind};
use crate::delivery::route::ModemView;
use crate::engine::accept::{self, NewMessage};
use crate::engine::configure::{NewOnCall, NewQueue, NewRoster};
use crate::engine::session::NewSession;
use crate::engine::submit::Begin;
use crate::engine::{configure, modems, queue, restart, session, submit};
use crate::ids::{MessageId, PartKey};
use crate::settings::Caps;
use crate::store::ModemState;
use crate::terms::{Policy, Rank};
use crate::text::Text;

const OTHER: &str = "8938002";

fn rig(caps: Caps) -> Rig {
    let mut rig = Rig::new();
    rig.has_modem(MODEM, SIM);
    rig.run(|work| modems::ready(work, MODEM));
    set(&mut rig, caps);
    rig
}

fn set(rig: &mut Rig, caps: Caps) {
    rig.run(|work| {
        let settings = crate::settings::Settings { caps, ..work.book.settings.clone() };
        configure::settings(work, &settings)
    });
}

const NONE: Caps = Caps { minute: 0, day: 0, month: 0, recipients: 0 };

fn free(iccids: &[&str]) -> Vec<ModemView> {
    let view = |iccid: &&str| ModemView {
        imei: format!("imei of {iccid}"),
        iccid: (*iccid).to_owned(),
        ready: true,
        since: START,
        busy: false,
        in_hand: None,
        ringing: false,
        last_sent_at: None,
        late_from: None,
    };
    iccids.iter().map(view).collect()
}

/// Gives out and sends what these SIMs may send now, one after the other; who sent which message.
fn send_all(rig: &mut Rig, iccids: &[&str]) -> Vec<(String, MessageId)> {
    let mut sent = Vec::new();
    loop {
        let claimed = rig.run(|work| queue::claim(work, &free(iccids)));
        if claimed.is_empty() {
            return sent;
        }
        for (claim, _) in claimed {
            let (key, iccid) = (claim.part, claim.iccid.clone());
            match rig.run(|work| submit::begin_attempt(work, &key, &iccid, MODEM)) {
                Begin::Go { attempt } => {
                    rig.run(|work| submit::submitted(work, &key, attempt, sent.len() as u8));
                    sent.push((claim.iccid, claim.part.message));
                }
                Begin::Denied { .. } => {}
            }
        }
    }
}

fn texts(rig: &mut Rig, people: usize) -> Vec<MessageId> {
    let to = |person: usize| format!("+38050111{person:04}");
    (0..people).map(|person| message(rig, &to(person), None)).collect()
}

fn message(rig: &mut Rig, to: &str, rank: Option<Rank>) -> MessageId {
    let new = NewMessage { to: to.to_owned(), rank, ..plain(Policy::Notice, "The water is back.") };
    rig.run(|work| accept::message(work, &new)).answer.id
}

#[test]
fn at_the_cap_of_a_day_texts_wait_for_midnight_and_alarms_pass() {
    let mut rig = rig(Caps { day: 2, ..NONE });
    let seen = rig.count_events();
    let ids = texts(&mut rig, 3);
    assert_eq!(send_all(&mut rig, &[SIM]).len(), 2);
    let told = rig.read(|reader| reader.events_after(seen, 500));
    let told: Vec<_> = told.iter().filter(|event| event.kind == "modem.sim").collect();
    assert_eq!(told.len(), 1, "told once");
    assert!(told[0].data.to_string().contains(r#""cap":"day""#), "{}", told[0].data);
    let alarm = message(&mut rig, PERSON, Some(Rank(2)));
    assert_eq!(send_all(&mut rig, &[SIM]).into_iter().map(|(_, id)| id).collect::<Vec<_>>(), [alarm]);
    let next = rig.read(|reader| queue::next_change(reader, rig.now)).expect("midnight");
    assert!(next.ms_since(rig.now) > 0 && next.ms_since(rig.now) <= 86_400_000);
    rig.now = next;
    assert_eq!(send_all(&mut rig, &[SIM]).into_iter().map(|(_, id)| id).collect::<Vec<_>>(), [ids[2]]);
}

#[test]
fn what_was_in_hand_when_the_cap_came_waits_too() {
    let mut rig = rig(Caps { day: 1, ..NONE });
    let ids = texts(&mut rig, 2);
    let keys = [0, 1].map(|n: usize| PartKey { message: ids[n], seq: 1 });
    for key in &keys {
        rig.run(|work| submit::claim(work, key, SIM).map(drop));
    }
    let begin = |rig: &mut Rig, key: &PartKey| rig.run(|work| submit::begin_attempt(work, key, SIM, MODEM));
    let Begin::Go { attempt } = begin(&mut rig, &keys[0]) else { panic!("the first one may leave") };
    rig.run(|work| submit::submitted(work, &keys[0], attempt, 1));
    assert!(matches!(begin(&mut rig, &keys[1]), Begin::Denied { why: "the SIM has come to its cap" }));
    assert_eq!(rig.state(ids[1]), crate::terms::PartState::Queued);
}

#[test]
fn another_sim_takes_what_one_may_not() {
    let mut rig = rig(Caps { day: 2, ..NONE });
    texts(&mut rig, 4);
    let mut by: Vec<String> = send_all(&mut rig, &[SIM, OTHER]).into_iter().map(|(iccid, _)| iccid).collect();
    by.sort();
    assert_eq!(by, [SIM, SIM, OTHER, OTHER]);
    assert_eq!(send_all(&mut rig, &[SIM, OTHER]), []);
}

#[test]
fn people_of_today_are_texted_on() {
    let mut rig = rig(Caps { recipients: 2, ..NONE });
    let first = texts(&mut rig, 3);
    assert_eq!(send_all(&mut rig, &[SIM]).len(), 2);
    let again = message(&mut rig, "+380501110000", None);
    assert_eq!(send_all(&mut rig, &[SIM]).into_iter().map(|(_, id)| id).collect::<Vec<_>>(), [again]);
    assert_eq!(rig.state(first[2]), crate::terms::PartState::Queued);
}

#[test]
fn people_of_today_wait_for_the_other_caps_all_the_same() {
    let mut rig = rig(Caps { minute: 1, recipients: 1, ..NONE });
    texts(&mut rig, 1);
    assert_eq!(send_all(&mut rig, &[SIM]).len(), 1, "it reaches both");
    let again = message(&mut rig, "+380501110000", None);
    assert_eq!(send_all(&mut rig, &[SIM]), []);
    let next = rig.read(|reader| queue::next_change(reader, rig.now)).expect("the end of the minute");
    assert_eq!(next, rig.now.plus(Duration::from_mins(1)));
    rig.now = next;
    assert_eq!(send_all(&mut rig, &[SIM]).into_iter().map(|(_, id)| id).collect::<Vec<_>>(), [again]);
}

#[test]
fn a_minute_is_a_pause() {
    let mut rig = rig(Caps { minute: 2, ..NONE });
    let seen = rig.count_events();
    texts(&mut rig, 5);
    assert_eq!(send_all(&mut rig, &[SIM]).len(), 2);
    rig.now = rig.now.plus(Duration::from_mins(1));
    assert_eq!(send_all(&mut rig, &[SIM]).len(), 2);
    assert!(!rig.events(seen).contains(&"modem.sim".to_owned()), "nobody has to hear of a minute");
}

#[test]
fn a_program_gone_wild_is_held_within_a_minute_by_default_and_alarms_pass() {
    let mut rig = rig(Caps::default());
    texts(&mut rig, 100);
    assert_eq!(send_all(&mut rig, &[SIM]).len(), 60);
    let alarm = message(&mut rig, PERSON, Some(Rank(2)));
    assert_eq!(send_all(&mut rig, &[SIM]), [(SIM.to_owned(), alarm)]);
    rig.now = rig.now.plus(Duration::from_mins(1));
    assert_eq!(send_all(&mut rig, &[SIM]).len(), 40);
}

/// An alarm in a lane of lower rank waits for no minute, however many notices of its rank wait in front of it; the cap of a day,
/// which is what the contract allows, holds it.
#[test]
fn an_alarm_of_a_lower_rank_waits_for_no_minute() {
    let mut rig = rig(Caps { minute: 2, day: 4, ..NONE });
    let many = usize::try_from(queue::WAITING_MAX).expect("small") + 50;
    let to = |person: usize| format!("+38050111{person:04}");
    for person in 0..many {
        message(&mut rig, &to(person), Some(Rank(3)));
    }
    let alarm = |rig: &mut Rig, person: &str| {
        let new = NewMessage { to: person.to_owned(), rank: Some(Rank(3)), ..plain(Policy::Alarm, "Feeder 12 is off.") };
        rig.run(|work| accept::message(work, &new)).answer.id
    };
    let first = alarm(&mut rig, PERSON);
    let sent = send_all(&mut rig, &[SIM]);
    assert_eq!(sent.len(), 3, "two notices, and the alarm that passes the cap they come to");
    assert_eq!(sent.last().map(|(_, id)| *id), Some(first));
    rig.now = rig.now.plus(Duration::from_mins(1));
    assert_eq!(send_all(&mut rig, &[SIM]).len(), 1, "one notice, and the day is full");
    let second = alarm(&mut rig, "+380501119999");
    assert_eq!(send_all(&mut rig, &[SIM]), []);
    assert_eq!(rig.state(second), crate::terms::PartState::Queued);
}

const CREWS: &str = r#"
flow = "crews"
lane = "work"
start = "page"
expires = "4h"

[step]
end = { done = true }

[step.page]
roster = { list = "oncall", order = "one_by_one", every = "10m" }
ask = { en = "ACK {code}: pole down. {utility}" }
want = "code"
on = { ack = "end" }
silence = { after = "30m", go = "end" }
"#;

/// A page to somebody on duty is no notice, whatever the rank of its flow's lane; and that nobody can be paged is an alarm, whatever
/// else its queue was told of.
#[test]
fn pages_wait_for_no_cap() {
    let mut rig = rig(Caps { day: 1, ..NONE });
    let person = NewOnCall { name: "Olha".to_owned(), number: PERSON.to_owned(), aliases: Vec::new(), shifts: Vec::new() };
    rig.run(|work| configure::roster(work, &NewRoster { name: "oncall".to_owned(), people: vec![person] }).map(drop));
    let queue = NewQueue { name: "dispatch".to_owned(), hours: Vec::new(), holidays: Vec::new(), told: Some("oncall".to_owned()) };
    rig.run(|work| configure::queue(work, &queue).map(drop));
    let put = rig.run(|work| configure::put_flow(work, "crews.flow.toml", CREWS, "test"));
    rig.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
    texts(&mut rig, 2);
    assert_eq!(send_all(&mut rig, &[SIM]).len(), 1, "the day is full");
    let new = NewSession { flow: "crews".to_owned(), to: None, data: std::collections::BTreeMap::new(), ..super::past_due() };
    rig.run(|work| session::begin(work, &new));
    let paged = send_all(&mut rig, &[SIM]);
    assert_eq!(paged.len(), 1, "the page");
    assert_eq!(rig.message(paged[0].1).rank, Rank(3));
    for (urgent, note, leaves) in [(false, "a letter to write", 0), (true, "nobody can be paged", 1), (true, "once more", 0)] {
        let task = task(urgent, note);
        rig.run(|work| work.task(&task));
        assert_eq!(send_all(&mut rig, &[SIM]).len(), leaves, "{note}");
    }
}

/// A modem that can receive nothing sends what wants no answer, and asks nothing while another one can hear.
#[test]
fn a_question_leaves_where_its_answer_can_come_in() {
    let mut rig = rig(NONE);
    rig.has_modem("hears", OTHER);
    rig.run(|work| modems::ready(work, "hears"));
    rig.run(|work| modems::cannot_receive(work, MODEM));
    let mute = rig.read(|reader| reader.modem(MODEM)).expect("a modem");
    assert_eq!((mute.state, mute.code.as_deref()), (ModemState::Ready, Some("cannot_receive")));
    let asked = rig.past_due().messages[0];
    assert_eq!(send_all(&mut rig, &[SIM]), [], "it waits for the other one");
    assert_eq!(send_all(&mut rig, &[SIM, OTHER]), [(OTHER.to_owned(), asked)]);
    let told = texts(&mut rig, 1)[0];
    assert_eq!(send_all(&mut rig, &[SIM]), [(SIM.to_owned(), told)]);
    rig.run(|work| modems::not_ready(work, "hears", "lost", "its port is gone"));
    let waiting = rig.read(|reader| reader.mute_sims());
    assert!(waiting.is_empty(), "nobody else is there: better asked than not");
}

fn task(urgent: bool, note: &str) -> NewTask {
    let (queue, note) = ("dispatch".to_owned(), Text::new(note.to_owned()));
    NewTask { kind: TaskKind::Callback, queue, urgent, note, session: None, msisdn: None, due: None }
}

#[test]
fn a_raised_cap_lets_go_at_once_and_a_restart_forgets_nothing() {
    let mut rig = rig(Caps { month: 1, ..NONE });
    texts(&mut rig, 3);
    assert_eq!(send_all(&mut rig, &[SIM]).len(), 1);
    rig.run(restart::all);
    assert_eq!(send_all(&mut rig, &[SIM]), [], "as it was before the restart");
    set(&mut rig, Caps { month: 2, ..NONE });
    assert_eq!(send_all(&mut rig, &[SIM]).len(), 1);
}

/// Whom it began to text yesterday is somebody new today.
#[test]
fn the_people_of_a_day_are_those_of_that_day() {
    let mut rig = rig(Caps { recipients: 1, ..NONE });
    let ids = texts(&mut rig, 2);
    let keys = [0, 1].map(|n: usize| PartKey { message: ids[n], seq: 1 });
    let begin = |rig: &mut Rig, key: &PartKey| {
        rig.run(|work| submit::claim(work, key, SIM).map(drop));
        rig.run(|work| submit::begin_attempt(work, key, SIM, MODEM))
    };
    let Begin::Go { attempt } = begin(&mut rig, &keys[0]) else { panic!("the first one may leave") };
    rig.run(|work| submit::aborted(work, &keys[0], Some(attempt), "no prompt"));
    rig.wait(86_400);
    let Begin::Go { attempt } = begin(&mut rig, &keys[0]) else { panic!("and the next day, too") };
    rig.run(|work| submit::submitted(work, &keys[0], attempt, 1));
    assert!(matches!(begin(&mut rig, &keys[1]), Begin::Denied { why: "the SIM has come to its cap" }));
}

/// What another SIM has begun and given back is somebody new to this one.
#[test]
fn each_sim_counts_the_people_that_it_texts() {
    let mut rig = rig(Caps { recipients: 1, ..NONE });
    let ids = texts(&mut rig, 2);
    let keys = [0, 1].map(|n: usize| PartKey { message: ids[n], seq: 1 });
    let begin = |rig: &mut Rig, key: &PartKey, iccid: &str| {
        rig.run(|work| submit::claim(work, key, iccid).map(drop));
        rig.run(|work| submit::begin_attempt(work, key, iccid, MODEM))
    };
    let Begin::Go { attempt } = begin(&mut rig, &keys[0], SIM) else { panic!("the first one may leave") };
    rig.run(|work| submit::aborted(work, &keys[0], Some(attempt), "no prompt"));
    rig.wait(60);
    let Begin::Go { attempt } = begin(&mut rig, &keys[0], OTHER) else { panic!("over the other SIM, too") };
    rig.run(|work| submit::submitted(work, &keys[0], attempt, 1));
    assert!(matches!(begin(&mut rig, &keys[1], OTHER), Begin::Denied { why: "the SIM has come to its cap" }));
}
