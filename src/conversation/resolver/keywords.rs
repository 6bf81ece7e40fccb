//! Rules 6 and 13: HELP, the begin-words of flows, a person, a call, "wrong number".

use std::collections::BTreeMap;
use std::sync::Arc;

use super::case::{Case, Reply};
use crate::conversation::effect::{Effect, TaskKind};
use crate::conversation::flow::{Ask, Flow, Verb, Want};
use crate::conversation::machine::{QUIET, RANK, REST};
use crate::conversation::matching::{Heard, Match, matched};
use crate::conversation::rules::{Begin, Outcome, Refused, Resolution};
use crate::conversation::session::{FlowRef, Session};
use crate::ids::SessionId;
use crate::terms::{Purpose, QuestionState};
use crate::value::Value;

/// In a longer text "the operator" is a subject, not a wish, while a free-text question waits.
const WISH_WORDS_MAX: usize = 5;

/// A reading or a number stands in few words.
const REST_WORDS_MAX: usize = 3;

/// A keyword that was heard: its flow, the words after it, and whether it only repeats a state.
type Keyword = (FlowRef, Arc<Flow>, Option<Vec<String>>, bool);

impl Case<'_, '_> {
    /// Rule 6: help that names the utility and the open question; the session is untouched.
    pub(super) fn rule_6(&mut self) -> Option<Resolution> {
        let lexicon = &self.rules.packs.lexicon;
        if !self.heard.is_whole(&lexicon.help, lexicon) && !self.heard.is_each(&lexicon.help, lexicon) {
            return None;
        }
        let open = self.waiting().into_iter().max_by_key(|asked| asked.question.accepted_at).cloned();
        match &open {
            Some(asked) => self.service("help_question", &[("question", asked.question.text.expose())], Reply::Service),
            None => self.service("help", &[], Reply::Service),
        };
        Some(self.taken(6, Outcome::Help, "asked for help or who we are: answered, the session is untouched"))
    }

    /// Rule 13: keywords.
    pub(super) fn rule_13(&mut self) -> Option<Resolution> {
        self.begin_word().or_else(|| self.wrong_number()).or_else(|| self.wants_person()).or_else(|| self.wants_call())
    }

    fn begin_word(&mut self) -> Option<Resolution> {
        let lexicon = &self.rules.packs.lexicon;
        let core = self.heard.core(lexicon);
        let mut found: Option<Keyword> = None;
        for (exact, flow) in self.rules.flows.all_active() {
            let Some(begin) = &flow.begin else { continue };
            let (words, again) = (begin.words.heard(), begin.again.heard());
            let rest = begin.rest.as_ref().and_then(|_| words.len_at(core)).map(|len| core[len..].to_vec()).filter(|rest| !rest.is_empty());
            if words.is(core) || words.is(&self.heard.words) {
                found = Some((exact, flow.clone(), None, false));
            } else if again.is(core) && self.open_of(&flow.name).is_some() {
                found = Some((exact, flow.clone(), None, true));
            } else if let Some(rest) = rest.filter(|rest| self.is_for_keyword(flow, rest)) {
                found = found.or(Some((exact, flow.clone(), Some(rest), false)));
            }
        }
        let (exact, flow, rest, only_repeats) = found?;
        if let Some(session) = self.open_of(&flow.name).cloned()
            && (only_repeats || rest.is_none())
        {
            if !self.is_keyword_quiet(&flow.lane.name) {
                self.repeat_state(&session);
            }
            let mut resolution =
                self.taken(13, Outcome::Start, format!("a keyword of {}, which is open already: its state again", flow.name));
            resolution.session = Some(session.id);
            return Some(resolution);
        }
        self.open_by_keyword(exact, &flow, rest)
    }

    /// "READ 04417", and not "read 2 of your texts" to a question that waits for words: those are looked at by rule 14.
    fn is_for_keyword(&self, flow: &Flow, rest: &[String]) -> bool {
        let digits = rest.iter().any(|word| word.chars().any(|c| c.is_ascii_digit()));
        let speaks = digits || rest.len() <= REST_WORDS_MAX || owner(flow).is_some_and(|ask| ask.want == Want::Text);
        speaks && (!self.free_text_waits() || (rest.len() <= REST_WORDS_MAX && self.passes(flow, rest)))
    }

    /// Whether the question that owns the slot of these words would take them, as far as its limits are known.
    fn passes(&self, flow: &Flow, rest: &[String]) -> bool {
        let (Some(ask), Some(asked)) = (owner(flow), self.waiting().first().copied()) else { return true };
        let session = Session { slots: self.view.facts.clone(), ..asked.session.clone() };
        let heard = Heard::read(&rest.join(" "), self.rules.packs);
        matches!(matched(&heard, ask, &session, self.rules, self.now), Match::Answer { .. })
    }

    fn open_by_keyword(&mut self, exact: FlowRef, flow: &Flow, rest: Option<Vec<String>>) -> Option<Resolution> {
        let facts = flow.needs.iter().filter_map(|(slot, need)| {
            let value = self.view.facts.get(slot)?;
            Some((slot.clone(), crate::conversation::render::typed(*need, value)?))
        });
        let mut data: BTreeMap<String, Value> = facts.collect();
        if let Some(rest) = rest {
            data.insert(REST.to_owned(), Value::Text(rest.join(" ")));
        }
        if let Some(rank) = flow.begin.as_ref().and_then(|begin| begin.rank.as_ref()) {
            data.insert(RANK.to_owned(), Value::Text(rank.name.clone()));
        }
        // The flow runs all the same: the guard holds back replies, never a text.
        if self.is_keyword_quiet(&flow.lane.name) {
            data.insert(QUIET.to_owned(), Value::Bool(true));
        }
        let lacks = flow.needs.iter().any(|(slot, need)| !need.optional && !data.contains_key(slot));
        let look = flow.begin.as_ref().and_then(|begin| begin.look.as_ref());
        if lacks && look.is_none() {
            let queue = self.queue_of_lane(&flow.lane.name);
            self.task(TaskKind::Agent, &queue, false, format!("wrote the keyword of {}: {}", flow.name, self.quote()), None);
            self.hand_over_text("agent", &queue, Reply::Service);
            let mut resolution =
                self.taken(13, Outcome::Agent, format!("a keyword of {}, but its facts are not known: a person", flow.name));
            resolution.queue = Some(queue);
            return Some(resolution);
        }
        let mut request = Begin::new(exact, Some(self.view.msisdn.clone()), data);
        request.at = look.filter(|_| lacks).map(|look| look.name.clone());
        request.sim = Some(self.inbound.sim.clone());
        request.asked_for = true;
        let session = self.open(request)?;
        let mut resolution = self.taken(13, Outcome::Start, format!("a keyword of {}: begun beside whatever else is open", flow.name));
        resolution.session = Some(session);
        Some(resolution)
    }

    /// Begins a session; a twin repeats its state.
    pub(super) fn open(&mut self, request: Begin) -> Option<SessionId> {
        let flow = self.rules.flows.get(&request.flow)?.clone();
        match crate::conversation::begin(&flow, request, Some(self.view), self.rules, self.now, self.chance) {
            Ok(moved) => {
                let id = moved.session.id;
                self.effects.extend(moved.effects);
                Some(id)
            }
            Err(Refused::Twin { session, .. }) => {
                let open = self.all_open().find(|open| open.id == session).cloned();
                if let Some(open) = open {
                    self.repeat_state(&open);
                }
                Some(session)
            }
            Err(_) => None,
        }
    }

    fn all_open(&self) -> impl Iterator<Item = &Session> {
        self.view.questions.iter().map(|asked| &asked.session).chain(&self.view.sessions).filter(|session| session.state.is_open())
    }

    fn open_of(&self, flow: &str) -> Option<&Session> {
        self.all_open().find(|session| session.flow.name == flow)
    }

    /// The open question once more, else the last thing this session said.
    fn repeat_state(&mut self, session: &Session) {
        let asked =
            self.view.questions.iter().find(|asked| asked.session.id == session.id && asked.question.state == QuestionState::Waiting);
        if let Some(asked) = asked.cloned() {
            let text = asked.question.text.clone();
            return self.say_of(&asked, text, Purpose::Again);
        }
        let last = self.view.sent.iter().find(|sent| sent.session == Some(session.id)).map(|sent| sent.text.clone());
        if let Some(text) = last {
            self.service_text(text, Reply::Service);
        }
    }

    fn wrong_number(&mut self) -> Option<Resolution> {
        let lexicon = &self.rules.packs.lexicon;
        if !lexicon.wrong_number.stand_in(&self.heard.words) {
            return None;
        }
        let mut sessions: Vec<Session> = self.all_open().cloned().collect();
        sessions.sort_by_key(|session| session.id);
        sessions.dedup_by_key(|session| session.id);
        for session in sessions {
            let trigger = crate::conversation::rules::Trigger::Closed { by: "wrong number".to_owned() };
            let moved = crate::conversation::advance(session, trigger, None, self.rules, self.now, self.chance);
            self.effects.extend(moved.effects);
        }
        self.task(TaskKind::Inbox, "billing", false, format!("says it is the wrong number: {}", self.quote()), None);
        self.effects.push(Effect::Withdraw { msisdn: self.view.msisdn.clone(), categories: Vec::new() });
        self.effects.push(Effect::Detach { msisdn: self.view.msisdn.clone() });
        self.service("wrong_number", &[], Reply::Service);
        let mut resolution = self.taken(13, Outcome::Agent, "says it is the wrong number: sessions closed, billing has a task");
        resolution.queue = Some("billing".to_owned());
        Some(resolution)
    }

    fn wants_person(&mut self) -> Option<Resolution> {
        let lexicon = &self.rules.packs.lexicon;
        let wish = lexicon.agent.stand_in(&self.heard.words);
        if !wish || (self.free_text_waits() && self.heard.words.len() > WISH_WORDS_MAX) {
            return None;
        }
        let session = self.newest_session();
        let queue = self.queue_of(session.as_ref());
        self.task(TaskKind::Agent, &queue, false, format!("asks for a person: {}", self.quote()), session.as_ref());
        self.emit("agent.requested", session.as_ref(), BTreeMap::from([("queue".to_owned(), Value::Text(queue.clone()))]));
        self.hand_over_text("agent", &queue, Reply::Service);
        let mut resolution = self.taken(13, Outcome::Agent, "asks for a person: the queue has it, the session is untouched");
        resolution.queue = Some(queue);
        Some(resolution)
    }

    fn wants_call(&mut self) -> Option<Resolution> {
        let lexicon = &self.rules.packs.lexicon;
        if !self.heard.is_whole(&lexicon.call, lexicon) {
            return None;
        }
        let session = self.newest_session();
        let queue = self.queue_of(session.as_ref());
        self.task(TaskKind::Callback, &queue, false, format!("asks for a call: {}", self.quote()), session.as_ref());
        self.hand_over_text("call", &queue, Reply::Service);
        let mut resolution = self.taken(13, Outcome::Agent, "asks for a call: a callback task, the session is untouched");
        resolution.queue = Some(queue);
        Some(resolution)
    }

    fn newest_session(&self) -> Option<Session> {
        self.waiting().into_iter().max_by_key(|asked| asked.question.accepted_at).map(|asked| asked.session.clone())
    }

    fn free_text_waits(&self) -> bool {
        self.waiting().into_iter().any(|asked| self.ask(asked).is_some_and(|ask| ask.want == Want::Text))
    }
}

/// The question that owns the slot of the words after the keyword.
fn owner(flow: &Flow) -> Option<&Ask> {
    let slot = flow.begin.as_ref().and_then(|begin| begin.rest.as_ref()).map(|slot| slot.name.as_str())?;
    flow.steps.values().find_map(|step| match &step.verb {
        Verb::Ask(ask) if ask.fills.as_deref() == Some(slot) => Some(ask.as_ref()),
        _ => None,
    })
}
