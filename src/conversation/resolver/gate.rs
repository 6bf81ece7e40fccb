//! The gate for money and switching (conversation.md section 2): a bare form acts only if all of this holds.

use super::case::Case;
use crate::conversation::flow::{Ask, Flow, Verb};
use crate::conversation::machine::current_flow;
use crate::conversation::view::Asked;
use crate::terms::{Purpose, QuestionState};

/// A question that closed shortly before leaves a yes behind.
const CLOSED_MS: i64 = 120_000;
/// Steps looked at on the way to a changing one.
const WAY_MAX: usize = 100;

impl Case<'_, '_> {
    /// Whether this answer of this question reaches a changing step without a fresh ask.
    pub(super) fn is_bound(&self, asked: &Asked, ask: &Ask, answer: Option<&str>) -> bool {
        if ask.risk.is_none() {
            return false;
        }
        let Some(flow) = current_flow(&asked.session, self.rules) else { return true };
        // "None of these" and "more" pick nothing.
        if ask.from.is_some() && answer.is_some_and(|answer| !ask.on.contains_key(answer)) {
            return false;
        }
        let target = answer.and_then(|answer| ask.on.get(answer)).or(ask.go.as_ref());
        target.is_none_or(|target| reaches_change(&flow, &target.name, &mut Vec::new()))
    }

    /// Why a bare form may not act; `None` where the gate is open.
    pub(super) fn shut(&self, asked: &Asked) -> Option<&'static str> {
        let question = &asked.question;
        let stamp = self.clock.stamp;
        let Some(accepted) = question.accepted_at else { return Some("its prompt has not left yet") };
        if question.sim.as_deref() != Some(self.inbound.sim.as_str()) {
            return Some("it came on another SIM than the prompt");
        }
        if !self.clock.trusted() {
            return Some("its stamp cannot be trusted");
        }
        if stamp < accepted {
            return Some("it was written before the prompt was out");
        }
        let newest = self.view.sent.iter().find(|sent| sent.accepted_at <= stamp);
        if newest.is_none_or(|sent| sent.question != Some(question.id)) {
            return Some("the prompt was not our newest text when it was written");
        }
        let other_closed = self.replier.closed.iter().any(|other| {
            let near = other.question.closed_at.is_some_and(|at| stamp.ms_since(at) < CLOSED_MS);
            near && other.session.id != asked.session.id && other.question.state != QuestionState::Superseded
        });
        if other_closed {
            return Some("another question of this number closed less than 120 s before it was written");
        }
        let agent = self.view.sent.iter().any(|sent| sent.purpose == Purpose::Agent && sent.accepted_at >= accepted);
        agent.then_some("a person has written to this number since the prompt")
    }
}

/// Whether a way through the flow changes something before it asks again.
pub fn reaches_change(flow: &Flow, step: &str, seen: &mut Vec<String>) -> bool {
    if seen.iter().any(|other| other == step) || seen.len() >= WAY_MAX {
        return false;
    }
    seen.push(step.to_owned());
    let Some(step) = flow.step(step) else { return false };
    match &step.verb {
        Verb::Ask(_) | Verb::Link(_) | Verb::Done(_) => false,
        Verb::Http(http) if !http.read => true,
        Verb::Http(http) => {
            let ways = [Some(&http.ok), Some(&http.fail), http.unknown.as_ref()];
            ways.into_iter().flatten().any(|way| reaches_change(flow, &way.name, seen))
        }
        Verb::When(when) => {
            let ways = when.branches.iter().map(|(_, way)| way).chain(&when.otherwise);
            ways.into_iter().any(|way| reaches_change(flow, &way.name, seen))
        }
        Verb::Tell(tell) => tell.wait.is_none() && tell.go.as_ref().is_some_and(|way| reaches_change(flow, &way.name, seen)),
        Verb::Agent(agent) => agent.go.as_ref().is_some_and(|way| reaches_change(flow, &way.name, seen)),
        Verb::Ring(ring) => ring.ways().any(|(_, way)| reaches_change(flow, &way.name, seen)),
        Verb::Callback(callback) => callback.go.as_ref().is_some_and(|way| reaches_change(flow, &way.name, seen)),
        Verb::Consent(consent) => consent.go.as_ref().is_some_and(|way| reaches_change(flow, &way.name, seen)),
        // What a sub-flow does is its own to check; for the gate it counts as a change.
        Verb::Run(_) => true,
    }
}
