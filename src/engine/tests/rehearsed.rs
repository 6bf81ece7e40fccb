//! A flow is held against replies as of the time at which they came.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::troubled::rig;
use super::{PERSON, Rig};
use crate::conversation::flow::Flow;
use crate::engine::rehearse::{self, Rehearsed};
use crate::engine::session::{self, NewSession};
use crate::value::Value;

const VISIT: &str = r#"
flow = "test.visit"
lane = "visits"
needs = { date = "date" }
start = "ask"
expires = "9d"

[step]
end = { done = true }

[step.ask]
ask = { en = "{utility}: may we come on {date}? Reply Y or N." }
want = "yesno"
on = { yes = "end", no = "end" }
"#;

const METER: &str = r#"
flow = "test.meter"
lane = "visits"
needs = { date = "date" }
start = "first"
expires = "9d"

[step]
end = { done = true }

[step.first]
ask = { en = "{utility}: what did the meter say on {date}?" }
want = "int"
as = "last"
go = "now"

[step.now]
ask = { en = "What does it say now?" }
want = "int"
min = "{last}"
as = "reading"
go = "next"

[step.next]
ask = { en = "And what will you begin with?" }
want = "int"
as = "last"
go = "end"
"#;

fn begun(source: &str, flow: &str) -> (Rig, session::Begun) {
    let mut rig = rig(&[("t.flow.toml", source)]);
    let tomorrow = rig.now.plus(Duration::from_hours(24)).civil(&jiff::tz::TimeZone::UTC).date();
    let data = BTreeMap::from([("date".to_owned(), Value::Date(tomorrow))]);
    let request = NewSession { flow: flow.to_owned(), to: Some(PERSON.to_owned()), data, ..super::past_due() };
    let begun = rig.run(|work| session::begin(work, &request)).answer;
    rig.send(begun.messages[0], 1);
    (rig, begun)
}

fn held(rig: &mut Rig, source: &str) -> Rehearsed {
    let flow = Arc::new(Flow::parse("t.flow.toml", source).expect("a flow"));
    let since = rig.now.minus(Duration::from_hours(30 * 24));
    rig.run(|work| Ok(rehearse::over(work.tx, work.book, &flow, since)?))
}

#[test]
fn a_day_is_the_one_that_it_was_when_the_reply_came() {
    let (mut rig, _) = begun(VISIT, "test.visit");
    rig.wait(60);
    assert_eq!(rig.hears("Yes, tomorrow").answer.as_deref(), Some("yes"));
    rig.wait(3 * 24 * 3600);
    let found = held(&mut rig, VISIT);
    assert_eq!((found.replies, found.same, found.differs.len()), (1, 1, 0), "{found:?}");
}

#[test]
fn a_limit_is_the_one_that_it_was_when_the_reply_came() {
    let (mut rig, begun) = begun(METER, "test.meter");
    for (reply, mr) in [("100", 2), ("150", 3), ("500", 4)] {
        rig.wait(60);
        assert_eq!(rig.hears(reply).rule, Some(12), "{reply}");
        rig.send_next(mr);
    }
    assert_eq!(rig.session(begun.id).slots["last"], Value::Number(500));
    let found = held(&mut rig, METER);
    assert_eq!((found.replies, found.same, found.differs.len()), (3, 3, 0), "{found:?}");
    // What has another limit in the new text is told.
    let higher = held(&mut rig, &METER.replace("min = \"{last}\"", "min = 200"));
    assert_eq!((higher.same, higher.differs.len(), higher.unclear), (2, 1, (0, 1)), "{higher:?}");
}
