//! The door of conversation.md section 2 where lanes own their SIMs: "other SIM, where the lane allows -> send there".

use answerback::chance::Seeded;
use answerback::conversation::effect::Effect;
use answerback::conversation::session::FlowRef;
use answerback::conversation::{Begin, begin};
use answerback::msisdn::Msisdn;

use super::stage::{PERSON, Stage, person};

/// A question of this lane whose answers are those of the open one.
const YES_OR_NO: &str = "flow = \"t\"\nlane = \"LANE\"\nstart = \"ask\"\nexpires = \"1d\"\n[step]\nend = { done = true }\n[step.ask]\n\
                         ask = { en = \"{utility}: Y or N?\" }\nwant = \"yesno\"\non = { yes = \"end\", no = \"end\" }\n";

/// A question of the lane wants out while an equal one of `outage` is open on SIM A: where it leaves, `tag` or `held`.
fn check(lane: &str, own: &[&str], sims: &[&str], want: &str) {
    let owned = |list: &[&str]| list.iter().map(|sim| (*sim).to_owned()).collect::<Vec<String>>();
    let mut stage = Stage::new("UA");
    stage.sims = owned(sims);
    let row = stage.lanes.iter_mut().find(|known| known.name == lane).expect("a lane");
    row.sims = owned(own);
    let name = stage.add(&YES_OR_NO.replace("LANE", lane));
    let open = stage.open(1, "outage.confirm", "ask", -300);
    let exact = FlowRef { name, revision: 1 };
    let flow = stage.flows.get(&exact).expect("a flow").clone();
    let request = Begin::new(exact, Msisdn::from_e164(PERSON).ok(), std::collections::BTreeMap::new());
    let moved = begin(&flow, request, Some(&person(vec![open]).person), &stage.rules(), stage.now, &mut Seeded::new(5)).expect("a session");
    let got = moved.effects.iter().find_map(|effect| match effect {
        Effect::Ask(question, _) if question.held_until.is_some() => Some("held".to_owned()),
        Effect::Ask(question, _) if question.tag.is_some() => Some("tag".to_owned()),
        Effect::Ask(_, outgoing) => Some(outgoing.sim.clone().unwrap_or_default()),
        _ => None,
    });
    assert_eq!(got.as_deref(), Some(want), "{lane} owns {own:?} of {sims:?}");
}

#[test]
fn a_question_leaves_on_another_sim_where_its_lane_allows() {
    // Nobody owns anything: the other SIM.
    check("outage", &[], &["A", "B"], "B");
    // Its own other SIM, in the order of the lane, and not one of the box that is not its own.
    check("outage", &["A", "C"], &["A", "B", "C"], "C");
    check("outage", &["C", "B"], &["A", "B", "C"], "C");
    // Its only SIM is the one that is taken: a tag among equals, behind the door for a lower rank.
    check("outage", &["A"], &["A", "B"], "tag");
    check("billing", &["A"], &["A", "B"], "held");
    check("billing", &["A", "B"], &["A", "B"], "B");
    // Its other SIM is not in the box now.
    check("outage", &["A", "C"], &["A", "B"], "tag");
    // A survey waits, whatever it owns; a higher rank is tagged, not held.
    check("survey", &["B"], &["A", "B"], "held");
    check("work", &["A"], &["A", "B"], "tag");
}
