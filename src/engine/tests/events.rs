//! What the event log is told by what happens around a session: each kind with what makes it (interfaces.md section 4).

use std::collections::BTreeMap;

use super::{PERSON, Rig, past_due};
use crate::conversation::Trigger;
use crate::conversation::effect::TimerKind;
use crate::engine::session::{self, NewSession};
use crate::engine::{configure, people};
use crate::ids::SessionId;
use crate::msisdn::Msisdn;

/// A question whose term begins again with an event of the flow's own; what else it asks asks a sub-flow.
const TERMS: &str = r#"
flow = "terms"
lane = "LANE"
start = "START"
expires = { after = "2h", event = "EVENT", go = "again" }

[step]
inner = { run = "outage.confirm", go = "end" }
end = { done = true }
asleep = { agent = { queue = "default" } }

[step.ask]
ask = { en = "{utility}: Y or N?" }
want = "yesno"
on = { yes = "end", no = "end" }

[step.again]
ask = { en = "{utility}: still, Y or N?" }
want = "yesno"
on = { yes = "end", no = "end" }
"#;

fn kinds(rig: &Rig, wanted: &[&str]) -> Vec<String> {
    rig.events(0).into_iter().filter(|kind| wanted.contains(&kind.as_str())).collect()
}

fn begin(rig: &mut Rig, source: &str) -> SessionId {
    let put = rig.run(|work| configure::put_flow(work, "t.flow.toml", source, "test"));
    rig.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
    let request = NewSession { flow: put.name.clone(), to: Some(PERSON.to_owned()), data: BTreeMap::new(), key: None, ..past_due() };
    rig.run(|work| session::begin(work, &request)).answer.id
}

/// The flow's own event is raised under its name; who follows alarms hears of them by one name.
#[test]
fn a_term_that_is_over_raises_the_event_of_its_flow() {
    for (lane, event, start, want, step) in [
        ("outage", "still.out", "ask", &["still.out"][..], "again"),
        ("alarm", "still.out", "ask", &["alarm.unanswered", "still.out"], "again"),
        ("alarm", "alarm.unanswered", "ask", &["alarm.unanswered"], "again"),
        ("outage", "still.out", "asleep", &[], "asleep"),
        ("outage", "still.out", "inner", &["still.out"], "again"),
    ] {
        let mut rig = Rig::new();
        let source = TERMS.replace("LANE", lane).replace("EVENT", event).replace("START", start);
        let id = begin(&mut rig, &source);
        rig.run(|work| work.advance(id, Trigger::Timer { kind: TimerKind::Expires, visit: 0 }).map(drop));
        assert_eq!(kinds(&rig, &["still.out", "alarm.unanswered"]), want, "{lane} {event} at {start}");
        let session = rig.session(id);
        assert_eq!(session.step, step, "{lane} {event} at {start}");
        assert!(session.state.is_open() && session.expires_at > rig.now, "another term begins");
    }
}

#[test]
fn people_and_other_channels_are_told_of_in_the_log() {
    type Does = fn(&mut Rig, SessionId);
    let rows: &[(&str, Does)] = &[
        ("agent.taken", |rig, _| rig.run(|work| people::take_thread(work, &person(), "anna", "billing"))),
        ("agent.released", |rig, _| {
            rig.run(|work| people::take_thread(work, &person(), "anna", "billing"));
            rig.run(|work| people::release_thread(work, &person(), "anna"));
        }),
        ("agent.requested", |rig, _| {
            rig.hears("I want to talk to a person");
        }),
        ("session.reminder_due", |rig, id| {
            let visit = rig.session(id).visit;
            rig.run(|work| work.advance(id, Trigger::Timer { kind: TimerKind::Remind(1), visit }).map(drop));
        }),
        ("session.unclear", |rig, _| {
            rig.hears("yes but call me after 5");
        }),
    ];
    for (kind, does) in rows {
        let mut rig = Rig::new();
        let id = rig.past_due().id;
        rig.send_next(1).expect("the bill");
        rig.wait(60);
        assert_eq!(kinds(&rig, &[kind]), Vec::<String>::new(), "{kind}");
        does(&mut rig, id);
        assert_eq!(kinds(&rig, &[kind]), [*kind], "{kind}");
    }
}

fn person() -> Msisdn {
    Msisdn::from_e164(PERSON).expect("a number")
}
