//! Telephones that are rung: intent before effect, one call for one row, honest ends, limits, and what a SIM without voice leads to.

use super::{MODEM, PERSON, Rig, SIM};
use crate::conversation::effect::TaskKind;
use crate::delivery::route::ModemView;
use crate::engine::configure::{self, NewOnCall, NewRoster};
use crate::engine::ring::{self, NewRing};
use crate::engine::{people, restart, voice};
use crate::modem::io::{RingEnd, RingErrand};
use crate::store::{Paging, Ring, Task};
use crate::terms::RingState;

const OTHER_SIM: &str = "8938001000000000002";

fn new(times: u8) -> NewRing {
    NewRing { to: PERSON.to_owned(), seconds: 20, times, pause: 0, sim: None, source: "test".to_owned() }
}

fn seat(name: &str, iccid: &str, rig: &Rig) -> (String, ModemView) {
    let view = ModemView {
        imei: format!("imei of {iccid}"),
        iccid: iccid.to_owned(),
        ready: true,
        since: rig.now,
        busy: false,
        in_hand: None,
        ringing: false,
        last_sent_at: None,
        late_from: None,
    };
    (name.to_owned(), view)
}

impl Rig {
    fn ringing() -> Self {
        let mut rig = Self::new();
        rig.has_modem(MODEM, SIM);
        rig
    }

    fn rings(&mut self, times: u8) -> i64 {
        self.run(|work| ring::order(work, &new(times)))
    }

    fn gives(&mut self, seats: &[(&str, &str)]) -> Vec<(String, RingErrand)> {
        let seats: Vec<_> = seats.iter().map(|(name, iccid)| seat(name, iccid, self)).collect();
        self.run(|work| ring::claim(work, &seats))
    }

    /// The next telephone rings on the one modem, and this comes of it.
    fn rung(&mut self, end: RingEnd, rang: bool) -> Option<i64> {
        let given = self.gives(&[(MODEM, SIM)]);
        let id = given.first()?.1.id;
        self.run(|work| ring::ended(work, id, &end, rang));
        Some(id)
    }

    fn list(&self, list: i64) -> Vec<Ring> {
        self.read(|reader| reader.rings_of_list(list))
    }

    fn states(&self, list: i64) -> Vec<RingState> {
        self.list(list).iter().map(|row| row.state).collect()
    }

    fn callbacks(&self) -> Vec<Task> {
        let open = self.read(|reader| reader.tasks(true, Paging::newest(50))).items;
        open.into_iter().filter(|task| task.kind == TaskKind::Callback).collect()
    }
}

#[test]
fn a_call_is_on_disk_before_a_modem_has_it_and_a_modem_has_it_once() {
    let mut rig = Rig::ringing();
    let before = rig.count_events();
    let list = rig.rings(1);
    assert_eq!(rig.states(list), [RingState::Waiting]);
    let given = rig.gives(&[(MODEM, SIM), ("south", OTHER_SIM)]);
    assert_eq!(given.len(), 1);
    assert_eq!((given[0].0.as_str(), given[0].1.number.as_str(), given[0].1.ring_for.as_secs()), (MODEM, PERSON, 20));
    let row = &rig.list(list)[0];
    assert_eq!((row.state, row.iccid.as_deref(), row.dialed_at), (RingState::Calling, Some(SIM), Some(rig.now)));
    assert!(rig.gives(&[(MODEM, SIM)]).is_empty(), "nobody is dialed twice for one row");
    rig.run(|work| ring::ended(work, given[0].1.id, &RingEnd::Answered, true));
    rig.run(|work| ring::ended(work, given[0].1.id, &RingEnd::Busy, true));
    assert_eq!(rig.states(list), [RingState::Answered], "an end is written once");
    assert_eq!(rig.events(before), ["call.accepted", "call.started", "call.ended"]);
}

#[test]
fn ends_are_told_as_they_are_and_the_next_call_of_a_list_follows() {
    for (end, rang, state) in [
        (RingEnd::Busy, true, RingState::Busy),
        (RingEnd::NotAnswered { cut: false }, true, RingState::NotAnswered),
        (RingEnd::NoCarrier { cause: None }, true, RingState::NoCarrier),
        (RingEnd::Unknown, false, RingState::Unknown),
        (RingEnd::InDoubt { why: "lost" }, false, RingState::InDoubt),
    ] {
        let mut rig = Rig::ringing();
        let list = rig.rings(2);
        rig.rung(end.clone(), rang).expect("rung");
        assert_eq!(rig.states(list), [state, RingState::Waiting], "{end:?}");
        rig.rung(RingEnd::Answered, true).expect("rung again");
        assert_eq!(rig.states(list), [state, RingState::Answered], "{end:?}");
        assert!(rig.callbacks().is_empty(), "{end:?}: somebody was rung");
    }
}

#[test]
fn who_took_it_is_not_rung_again_and_pauses_are_kept() {
    let mut rig = Rig::ringing();
    let list = rig.run(|work| ring::order(work, &NewRing { pause: 120, ..new(3) }));
    rig.rung(RingEnd::Busy, true).expect("rung");
    rig.wait(119);
    assert_eq!(rig.rung(RingEnd::Busy, true), None, "the pause is kept");
    rig.wait(1);
    let before = rig.count_events();
    rig.rung(RingEnd::Answered, true).expect("rung");
    assert_eq!(rig.states(list), [RingState::Busy, RingState::Answered, RingState::Withdrawn]);
    assert_eq!(rig.events(before), ["call.started", "call.ended", "call.withdrawn"], "what is not wanted any more is told too");
}

#[test]
fn what_was_not_dialed_waits_and_what_a_restart_cut_is_in_doubt_for_good() {
    let mut rig = Rig::ringing();
    let list = rig.rings(1);
    rig.rung(RingEnd::NotDialed { why: "busy" }, false).expect("given");
    let row = &rig.list(list)[0];
    assert_eq!((row.state, row.dialed_at, row.refusals), (RingState::Waiting, None, 1));
    rig.wait(3);
    assert_eq!(rig.gives(&[(MODEM, SIM)]).len(), 1);
    let found = rig.run(restart::all);
    assert_eq!((found.rings, rig.states(list)), (1, vec![RingState::InDoubt]));
    rig.wait(60);
    assert!(rig.gives(&[(MODEM, SIM)]).is_empty(), "it is not dialed again");
    let left = rig.read(|reader| reader.ring_left_since(MODEM, rig.now.minus(ring::LEFT_FOR)));
    assert!(left, "its modem hangs up first");
}

#[test]
fn nobody_is_rung_more_often_than_allowed() {
    let mut rig = Rig::ringing();
    let lists: Vec<i64> = (0..4).map(|_| rig.rings(5)).collect();
    let mut rung = 0;
    while rig.rung(RingEnd::Busy, true).is_some() {
        rung += 1;
    }
    assert_eq!(rung, ring::HOUR_MAX);
    assert!(lists.iter().flat_map(|list| rig.list(*list)).any(|row| row.why.as_deref() == Some("too_often")));
    rig.wait(3_601);
    rig.rings(1);
    assert!(rig.rung(RingEnd::Busy, true).is_some(), "an hour later");
}

#[test]
fn one_telephone_is_rung_by_one_modem_at_a_time() {
    let mut rig = Rig::ringing();
    rig.has_modem("south", OTHER_SIM);
    rig.rings(1);
    rig.rings(1);
    assert_eq!(rig.gives(&[(MODEM, SIM), ("south", OTHER_SIM)]).len(), 1);
    assert!(rig.gives(&[("south", OTHER_SIM)]).is_empty());
}

#[test]
fn a_sim_without_voice_is_learned_said_and_passed_and_a_box_without_any_gives_it_to_a_person() {
    let no = || RingEnd::NoCarrier { cause: Some("Requested facility not subscribed".to_owned()) };
    let mut rig = Rig::ringing();
    rig.has_modem("south", OTHER_SIM);
    let list = rig.rings(2);
    rig.rung(no(), false).expect("dialed");
    let voice = rig.read(|reader| reader.sim_voice(SIM)).expect("learned");
    let words = voice::words(&voice, rig.now).expect("words");
    assert!(voice.none && words.contains("cannot call (Requested facility not subscribed)"), "{words}");
    assert!(rig.gives(&[(MODEM, SIM)]).is_empty(), "the other SIM may come back");
    let given = rig.gives(&[(MODEM, SIM), ("south", OTHER_SIM)]);
    assert_eq!(given[0].0, "south");
    rig.run(|work| ring::ended(work, given[0].1.id, &no(), false));
    assert!(rig.callbacks().iter().any(|task| task.urgent && task.note.expose().contains(PERSON)), "a person rings");
    let list_of_none = rig.rings(1);
    assert!(rig.gives(&[(MODEM, SIM), ("south", OTHER_SIM)]).is_empty());
    assert_eq!((rig.states(list).len(), rig.states(list_of_none)), (2, vec![RingState::Failed]));
    rig.wait(24 * 3_600);
    rig.rings(1);
    assert_eq!(rig.gives(&[(MODEM, SIM)]).len(), 1, "a day later it is tried again");
}

#[test]
fn a_modem_that_refuses_is_followed_by_another_and_silent_failures_count() {
    let mut rig = Rig::ringing();
    rig.has_modem("south", OTHER_SIM);
    let list = rig.rings(1);
    rig.rung(RingEnd::Refused { why: "error".to_owned() }, false).expect("given");
    rig.wait(3);
    let given = rig.gives(&[(MODEM, SIM), ("south", OTHER_SIM)]);
    assert_eq!((given[0].0.as_str(), rig.states(list)), ("south", vec![RingState::Calling]));
    let mut rig = Rig::ringing();
    let list = rig.rings(1);
    for _ in 0..3 {
        rig.wait(3);
        rig.rung(RingEnd::Refused { why: "error".to_owned() }, false).expect("given");
    }
    rig.wait(3);
    assert!(rig.gives(&[(MODEM, SIM)]).is_empty());
    assert_eq!((rig.states(list), rig.callbacks().len()), (vec![RingState::Failed], 1));
}

#[test]
fn what_cannot_be_rung_is_refused_with_its_reason() {
    let mut rig = Rig::ringing();
    for (wrong, code, pointer) in [
        (NewRing { to: "112".to_owned(), ..new(1) }, "invalid_number", "/to"),
        (NewRing { seconds: 4, ..new(1) }, "invalid", "/seconds"),
        (NewRing { seconds: 61, ..new(1) }, "invalid", "/seconds"),
        (new(0), "invalid", "/times"),
        (new(6), "invalid", "/times"),
        (NewRing { pause: 1_801, ..new(1) }, "invalid", "/pause"),
    ] {
        let refused = rig.try_run(|work| ring::order(work, &wrong)).expect_err("refused");
        let at = refused.errors.first().map(|(pointer, _)| pointer.as_str());
        assert_eq!((refused.code, at), (code, Some(pointer)), "{wrong:?}");
    }
    rig.hears("STOP");
    let refused = rig.try_run(|work| ring::order(work, &new(1))).expect_err("refused");
    assert_eq!(refused.code, "opted_out");
}

#[test]
fn a_list_is_taken_back_and_what_rings_now_is_ended() {
    let mut rig = Rig::ringing();
    let list = rig.rings(2);
    let given = rig.gives(&[(MODEM, SIM)]);
    rig.run(|work| ring::cancel(work, list, "test"));
    assert_eq!(rig.states(list), [RingState::Calling, RingState::Withdrawn]);
    assert_eq!(rig.read(ring::unwanted), [(MODEM.to_owned(), given[0].1.id)]);
    rig.run(|work| ring::ended(work, given[0].1.id, &RingEnd::NotAnswered { cut: true }, true));
    assert_eq!(rig.states(list), [RingState::NotAnswered, RingState::Withdrawn]);
    let refused = rig.try_run(|work| ring::cancel(work, list, "test")).expect_err("nothing is left");
    assert_eq!(refused.code, "not_cancellable");
}

const STAFF: [&str; 2] = ["+380671110001", "+380671110002"];

const FLOW: &str = r#"
flow = "door.open"
lane = "alarm"
needs = { alarm = "text:12", site = "text:24" }
key = "{alarm}"
start = "page"
expires = "4h"
quiet = "send"
event.cleared = { go = "end" }
[step]
end = { done = true }
ring = { ring = { list = "oncall.sites", for = "20s", rounds = 2, pause = "1m" }, go = "wait" }
has = { tell = { en = "{person} has {site}." }, to = "paged", wait = "cleared" }
[step.page]
roster = { list = "oncall.sites", order = "all", every = "5m" }
ask = { en = "ACK {code}: {site} door open. {utility}" }
want = "code"
on = { ack = "has" }
silence = { after = "5m", go = "ring" }
[step.wait]
roster = { list = "oncall.sites", order = "all", every = "30m" }
ask = { en = "ACK {code}: {site} door open. NOBODY has it. {utility}" }
want = "code"
on = { ack = "has" }
silence = { after = "1h", go = "end" }
"#;

/// An alarm that nobody acknowledged for five minutes.
fn alarmed() -> (Rig, crate::ids::SessionId) {
    alarmed_by(FLOW)
}

fn alarmed_by(flow: &str) -> (Rig, crate::ids::SessionId) {
    let mut rig = Rig::ringing();
    let person = |(n, number): (usize, &&str)| NewOnCall {
        name: format!("P{n}"),
        number: (**number).to_owned(),
        aliases: Vec::new(),
        shifts: Vec::new(),
    };
    let people = STAFF.iter().enumerate().map(person).collect();
    rig.run(|work| configure::roster(work, &NewRoster { name: "oncall.sites".to_owned(), people }).map(drop));
    let put = rig.run(|work| configure::put_flow(work, "door.open.flow.toml", flow, "test"));
    rig.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
    let data = [("alarm", "A1"), ("site", "Pump 3")];
    let data = data.map(|(slot, words)| (slot.to_owned(), crate::value::Value::Text(words.to_owned()))).into();
    let new = crate::engine::session::NewSession { flow: "door.open".to_owned(), to: None, data, ..super::past_due() };
    let begun = rig.run(|work| crate::engine::session::begin(work, &new)).answer;
    while rig.send_next(1).is_some() {}
    assert!(rig.read(|reader| reader.rings_open()).is_empty(), "first they are texted");
    rig.wait(300);
    (rig, begun.id)
}

#[test]
fn an_alarm_that_nobody_acknowledges_rings_the_roster_in_order_round_by_round() {
    let (mut rig, session) = alarmed();
    let rows = rig.read(|reader| reader.rings_of_session(session));
    let order: Vec<&str> = rows.iter().map(|row| row.to.e164()).collect();
    assert_eq!(order, [STAFF[0], STAFF[1], STAFF[0], STAFF[1]]);
    // Answered is not acknowledged: the next one is rung all the same.
    let first = rig.rung(RingEnd::Answered, true).expect("rung");
    let second = rig.rung(RingEnd::NotAnswered { cut: false }, true).expect("rung");
    assert_eq!([first, second], [rows[0].id, rows[1].id]);
    assert_eq!(rig.rung(RingEnd::Busy, true), None, "a minute between two rounds");
    rig.wait(60);
    assert_eq!(rig.rung(RingEnd::Busy, true), Some(rows[2].id));
    assert!(rig.session(session).state.is_open());
}

/// The same, and the flow goes on by what comes of the calls.
fn alarmed_and_heeded() -> (Rig, crate::ids::SessionId) {
    let outcomes = "go = \"wait\", ok = \"woken\", fail = \"desk\", unknown = \"look\" }";
    let steps = "woken = { tell = { en = \"a\" }, to = \"paged\", wait = \"cleared\" }
desk = { tell = { en = \"b\" }, to = \"paged\", wait = \"cleared\" }
look = { tell = { en = \"c\" }, to = \"paged\", wait = \"cleared\" }
[step.page]";
    alarmed_by(&FLOW.replace("rounds = 2, pause = \"1m\" }, go = \"wait\" }", &format!("}}, {outcomes}")).replace("[step.page]", steps))
}

#[test]
fn a_flow_goes_on_by_what_comes_of_its_calls() {
    let quiet = RingEnd::NotAnswered { cut: false };
    for (ends, step) in [
        (vec![RingEnd::Answered], "woken"),
        (vec![RingEnd::Busy, RingEnd::Answered], "woken"),
        (vec![RingEnd::Busy, quiet.clone()], "desk"),
        (vec![RingEnd::InDoubt { why: "lost" }, quiet.clone()], "look"),
        (vec![quiet.clone(), RingEnd::Unknown], "look"),
    ] {
        let (mut rig, session) = alarmed_and_heeded();
        for end in &ends {
            assert_eq!(rig.session(session).step, "wait", "{ends:?}: they can acknowledge meanwhile");
            rig.rung(end.clone(), true).expect("rung");
        }
        assert_eq!((rig.session(session).step.as_str(), rig.read(|reader| reader.rings_open()).len()), (step, 0), "{ends:?}");
    }
}

#[test]
fn a_list_that_is_taken_back_or_cut_by_a_restart_is_told_to_its_flow() {
    let (mut rig, session) = alarmed_and_heeded();
    let list = rig.read(|reader| reader.rings_of_session(session))[0].list;
    rig.run(|work| ring::cancel(work, list, "desk"));
    assert_eq!(rig.session(session).step, "desk");
    let (mut rig, session) = alarmed_and_heeded();
    rig.gives(&[(MODEM, SIM)]);
    rig.run(|work| restart::all(work).map(drop));
    rig.rung(RingEnd::Busy, true).expect("the next one is rung");
    assert_eq!(rig.session(session).step, "look");
}

#[test]
fn what_comes_of_calls_moves_no_flow_that_has_gone_on() {
    let (mut rig, session) = alarmed_and_heeded();
    while rig.send_next(2).is_some() {}
    let given = rig.gives(&[(MODEM, SIM)]);
    let stamp = rig.now;
    rig.arrives(super::deliver(STAFF[1], stamp, "ACK"));
    rig.run(|work| ring::ended(work, given[0].1.id, &RingEnd::NotAnswered { cut: true }, true));
    assert_eq!(rig.session(session).step, "has");
}

#[test]
fn who_acknowledges_by_text_ends_the_ringing() {
    let (mut rig, session) = alarmed();
    while rig.send_next(2).is_some() {}
    let given = rig.gives(&[(MODEM, SIM)]);
    let stamp = rig.now;
    rig.arrives(super::deliver(STAFF[1], stamp, "ACK"));
    let states: Vec<RingState> = rig.read(|reader| reader.rings_of_session(session)).iter().map(|row| row.state).collect();
    assert_eq!(states, [RingState::Calling, RingState::Withdrawn, RingState::Withdrawn, RingState::Withdrawn]);
    assert_eq!(rig.read(ring::unwanted), [(MODEM.to_owned(), given[0].1.id)], "what rings now is hung up");
}

#[test]
fn an_alarm_that_is_over_rings_nobody() {
    let (mut rig, session) = alarmed();
    rig.run(|work| crate::engine::advance::close(work, session, "desk"));
    assert!(rig.gives(&[(MODEM, SIM)]).is_empty());
    let rows = rig.read(|reader| reader.rings_of_session(session));
    assert!(rows.iter().all(|row| row.state == RingState::Withdrawn));
    let (mut rig, session) = alarmed();
    let event = std::collections::BTreeMap::new();
    rig.run(|work| crate::engine::happened::event(work, &[session], "cleared", &event));
    assert!(rig.gives(&[(MODEM, SIM)]).is_empty() && rig.callbacks().is_empty());
}

#[test]
fn a_danger_that_nobody_takes_is_rung_to_the_control_room_and_taking_it_ends_that() {
    let mut rig = Rig::ringing();
    let person = NewOnCall { name: "Olha".to_owned(), number: STAFF[0].to_owned(), aliases: Vec::new(), shifts: Vec::new() };
    rig.run(|work| configure::roster(work, &NewRoster { name: "control_room".to_owned(), people: vec![person] }).map(drop));
    rig.hears("smell gas");
    let task = rig.read(|reader| reader.tasks(true, Paging::newest(1))).items.remove(0);
    rig.wait(120);
    assert!(rig.gives(&[(MODEM, SIM)]).is_empty(), "paged first");
    rig.wait(120);
    let given = rig.gives(&[(MODEM, SIM)]);
    assert_eq!(given[0].1.number, STAFF[0]);
    rig.run(|work| people::close_task(work, task.id, "desk"));
    assert_eq!(rig.read(ring::unwanted).len(), 1);
    rig.run(|work| ring::ended(work, given[0].1.id, &RingEnd::NotAnswered { cut: true }, true));
    rig.wait(600);
    assert!(rig.gives(&[(MODEM, SIM)]).is_empty(), "the danger is taken");
}

#[test]
fn a_telephone_that_waits_keeps_its_time_when_the_clock_is_set() {
    for by_ms in [365 * 86_400_000, -365 * 86_400_000] {
        let mut rig = Rig::ringing();
        let list = rig.run(|work| ring::order(work, &NewRing { pause: 120, ..new(2) }));
        rig.rung(RingEnd::Busy, true).expect("rung");
        let (from, before) = (rig.now, crate::store::Newest::default());
        rig.now = rig.now.shifted_ms(by_ms);
        rig.run(|work| Ok(work.tx.clock_jumped(&crate::store::ClockJump { from, by_ms, before })?));
        assert_eq!(rig.rung(RingEnd::Busy, true), None, "{by_ms}: the pause is kept");
        rig.wait(120);
        rig.rung(RingEnd::Busy, true).expect("rung");
        assert_eq!(rig.states(list), [RingState::Busy, RingState::Busy], "{by_ms}");
    }
}

#[test]
fn what_a_clock_says_is_still_to_come_keeps_nobody_from_being_rung() {
    let mut rig = Rig::ringing();
    for _ in 0..ring::HOUR_MAX {
        rig.rings(1);
        rig.rung(RingEnd::Busy, true).expect("rung");
    }
    // The box was off while its clock was put back.
    rig.now = rig.now.shifted_ms(-86_400_000);
    let list = rig.rings(1);
    rig.rung(RingEnd::Busy, true).expect("rung");
    assert_eq!(rig.states(list), [RingState::Busy]);
}
