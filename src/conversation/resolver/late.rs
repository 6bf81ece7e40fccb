//! Rule 15: a reply after the end gets the late step, once, and never the old action.

use std::collections::BTreeMap;

use super::case::{Case, Reply};
use crate::conversation::effect::Effect;
use crate::conversation::flow::Verb;
use crate::conversation::machine::ask_of;
use crate::conversation::matching::{Match, forms, matched};
use crate::conversation::render;
use crate::conversation::rules::{Begin, Outcome, Resolution};
use crate::conversation::session::Session;
use crate::conversation::view::Asked;
use crate::ids::SessionId;
use crate::terms::Purpose;

impl Case<'_, '_> {
    /// Rule 15: no question is open, exactly one session ended inside its late window, and the text speaks to its last step.
    pub(super) fn rule_15(&mut self) -> Option<Resolution> {
        if !self.waiting().is_empty() {
            return None;
        }
        let ended: Vec<&Asked> = self.view.ended.iter().filter(|asked| self.is_late(asked)).collect();
        let [asked] = ended.as_slice() else { return None };
        if !self.speaks_to(asked) {
            return None;
        }
        let asked = (*asked).clone();
        if asked.session.ended_by.as_deref().is_some_and(|by| by.starts_with("event:")) {
            return self.say_how_it_ended(&asked);
        }
        self.open_late_step(&asked)
    }

    fn is_late(&self, asked: &Asked) -> bool {
        let session = &asked.session;
        let Some(by) = &session.ended_by else { return false };
        let Some(ended) = session.ended_at else { return false };
        let counts = by == "expired" || by == "silence" || by.starts_with("event:");
        let window = self.rules.flows.get(&session.flow).and_then(|flow| flow.late.as_ref().map(|late| late.window));
        let spent = session.slots.contains_key(LATE_SAID);
        counts && !spent && window.is_some_and(|window| self.clock.stamp >= ended.minus(GRACE) && self.clock.stamp <= ended.plus(window))
    }

    /// A form of an answer, more words may follow.
    fn speaks_to(&self, asked: &Asked) -> bool {
        let Some(ask) = ask_of(&asked.session, &asked.question.step, self.rules) else { return false };
        let lexicon = &self.rules.packs.lexicon;
        match matched(&self.heard, &ask, &asked.session, self.rules, self.now) {
            Match::Answer { .. } | Match::Mixed(_) => true,
            Match::Unclear => ask.risk.is_some(),
            Match::None => forms::of(&ask, &asked.session, self.rules).at(self.heard.core(lexicon), lexicon).is_some(),
        }
    }

    /// The words of the step that an outside event led to; an end without a word leaves the text to the inbox.
    fn say_how_it_ended(&mut self, asked: &Asked) -> Option<Resolution> {
        let session = &asked.session;
        let flow = self.rules.flows.get(&session.flow).cloned()?;
        let step = flow.step(&session.step)?;
        let last = match &step.verb {
            Verb::Done(done) => done.text.as_ref(),
            _ => None,
        };
        let texts = last.or(step.tell.as_ref())?;
        let facts = render::Facts { rules: self.rules, language: &session.language, slots: &session.slots, system: BTreeMap::new() };
        let text = render::texts(texts, &facts);
        if self.may_reply(Reply::Again) {
            let outgoing = self.to_writer(text, Purpose::Tell);
            self.effects.push(Effect::Say { outgoing, question: None });
        }
        self.mark(session);
        let by = session.ended_by.clone().unwrap_or_default();
        Some(self.taken_of(15, Outcome::Late, asked, format!("the question was ended by {by}: said how it ended, nothing was done")))
    }

    fn open_late_step(&mut self, asked: &Asked) -> Option<Resolution> {
        let flow = self.rules.flows.get(&asked.session.flow)?.clone();
        let late = flow.late.as_ref()?;
        let data = asked.session.slots.iter().filter(|(slot, _)| !slot.starts_with('@'));
        let mut request =
            Begin::new(asked.session.flow.clone(), Some(self.view.msisdn.clone()), data.map(|(s, v)| (s.clone(), v.clone())).collect());
        request.at = Some(late.go.name.clone());
        request.language = Some(asked.session.language.clone());
        request.sim = Some(self.inbound.sim.clone());
        request.asked_for = true;
        let opened: SessionId = self.open(request)?;
        self.mark(&asked.session);
        let mut resolution = self.taken(15, Outcome::Late, "a reply after the end: the flow's late step, in a new session");
        resolution.session = Some(opened);
        resolution.candidates = vec![asked.session.id];
        Some(resolution)
    }

    /// Once: the ended session remembers that it has answered.
    fn mark(&mut self, session: &Session) {
        let mut marked = session.clone();
        marked.slots.insert(LATE_SAID.to_owned(), crate::value::Value::Bool(true));
        self.effects.push(Effect::Save(marked));
    }
}

/// The ended session's own note that its late step has spoken.
const LATE_SAID: &str = "@late_said";
/// A reply written shortly before the end and read after it is late as well.
const GRACE: std::time::Duration = std::time::Duration::from_hours(24);
