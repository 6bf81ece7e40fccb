//! Bounds of a session (conversation.md section 2): a flow that goes round in circles ends with a reason, visibly.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use answerback::chance::Seeded;
use answerback::conversation::effect::Effect;
use answerback::conversation::session::FlowRef;
use answerback::conversation::{Begin, begin};
use answerback::msisdn::Msisdn;
use answerback::terms::SessionState;
use answerback::value::Value;

use super::stage::{PERSON, Stage, person};

/// Steps that lead on at once, `link` of them; where the last one leads.
fn chain(links: usize, last: &str) -> String {
    let mut source = "flow = \"t\"\nlane = \"outage\"\nstart = \"s1\"\nexpires = \"1d\"\n[step]\nend = { done = true }\n".to_owned();
    for at in 1..=links {
        let next = if at == links { last.to_owned() } else { format!("s{}", at + 1) };
        writeln!(source, "s{at} = {{ when = {{ \"n == 0\" = \"{next}\", else = \"{next}\" }} }}").expect("memory");
    }
    source + "[step.ask]\nask = { en = \"{utility}: Y or N?\" }\nwant = \"yesno\"\non = { yes = \"end\", no = \"end\" }\n"
}

/// What a flow that begins comes to, and why where it fails.
fn check(source: &str, state: SessionState, reason: Option<&str>) {
    let mut stage = Stage::new("UA");
    let exact = FlowRef { name: stage.add(source), revision: 1 };
    let flow = stage.flows.get(&exact).expect("a flow").clone();
    let request = Begin::new(exact, Msisdn::from_e164(PERSON).ok(), BTreeMap::new());
    let moved = begin(&flow, request, Some(&person(Vec::new()).person), &stage.rules(), stage.now, &mut Seeded::new(5)).expect("a session");
    let told = moved.effects.iter().find_map(|effect| match effect {
        Effect::Emit { kind, data, .. } if kind == "session.failed" => data.get("reason").cloned(),
        _ => None,
    });
    assert_eq!(moved.session.state, state);
    assert_eq!(told, reason.map(|reason| Value::Text(reason.to_owned())));
    let asks = moved.effects.iter().any(|effect| matches!(effect, Effect::Ask(..) | Effect::Say { .. }));
    assert_eq!(asks, reason.is_none(), "nothing is said by a flow that fails");
}

#[test]
fn a_flow_takes_a_hundred_steps_without_a_wait_and_no_more() {
    let circle = Some("it took 100 steps without waiting for anything");
    check(&chain(99, "ask"), SessionState::Asked, None);
    check(&chain(100, "ask"), SessionState::Failed, circle);
    check(&chain(2, "s1"), SessionState::Failed, circle);
}
