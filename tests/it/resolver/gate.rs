//! The gate for money (conversation.md section 2): a bare yes pays, and each of its conditions alone keeps it from paying.

use answerback::conversation::Resolution;
use answerback::conversation::effect::Effect;
use answerback::conversation::view::{Inbound, Replier};
use answerback::terms::{Purpose, QuestionState};

use super::stage::{Stage, inbound, person};

/// "Y" to a bill that went out five minutes ago, with one thing changed.
fn hear(change: impl Fn(&Stage, &mut Replier, &mut Inbound)) -> Resolution {
    let stage = Stage::new("UA");
    let (mut replier, mut text) = (person(vec![stage.open(1, "pay.past_due", "ask", -300)]), inbound("Y", stage.now));
    change(&stage, &mut replier, &mut text);
    stage.decide(&replier, &text)
}

fn charges(resolution: &Resolution) -> bool {
    resolution.effects.iter().any(|effect| matches!(effect, Effect::Call(call) if call.endpoint == "billing.charge"))
}

/// It does not pay, and this is the reason that an agent reads.
fn check(want: &str, change: impl Fn(&Stage, &mut Replier, &mut Inbound)) {
    let resolution = hear(change);
    assert!(!charges(&resolution), "{want}: it paid");
    assert!(resolution.why.contains(want), "{want}: rule {}: {}", resolution.rule, resolution.why);
}

/// Another question of the same number that closed so many seconds ago.
fn closed(stage: &Stage, replier: &mut Replier, seconds: i64) {
    let mut other = stage.open(2, "outage.confirm", "ask", -600);
    other.question.closed_at = Some(stage.now.shifted_ms(-seconds * 1000));
    other.question.state = QuestionState::Answered;
    replier.closed.push(other);
}

#[test]
fn a_bare_yes_pays_where_every_condition_holds() {
    assert!(charges(&hear(|_, _, _| ())));
    assert!(charges(&hear(|stage, replier, _| closed(stage, replier, 121))), "long enough ago");
}

#[test]
fn each_condition_alone_keeps_a_bare_yes_from_paying() {
    check("nobody knows whether its prompt went out", |_, replier, _| replier.person.sent.clear());
    check("another SIM", |_, _, text| "B".clone_into(&mut text.sim));
    check("stamp cannot be trusted", |_, _, text| text.scts = None);
    // Written before the prompt was out: the fence hides the question.
    check("no open question takes it", |stage, _, text| text.scts = Some(stage.now.shifted_ms(-301_000)));
    check("not our newest text", |stage, replier, _| {
        let mut newer = replier.person.sent[0].clone();
        (newer.question, newer.session, newer.accepted_at) = (None, None, stage.now.shifted_ms(-60_000));
        replier.person.sent.insert(0, newer);
    });
    check("less than 120 s", |stage, replier, _| closed(stage, replier, 119));
    check("a person has written", |stage, replier, _| {
        let mut agent = replier.person.sent[0].clone();
        (agent.purpose, agent.accepted_at) = (Purpose::Agent, stage.now.shifted_ms(-200_000));
        replier.person.sent.push(agent);
    });
}
