//! Rules 9-12, 14 and 16: the questions that are open to this person.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::case::{Case, Reply};
use super::clock::Fence;
use crate::conversation::door::{quiet_until, rank_of};
use crate::conversation::effect::{Effect, QuestionChange, TaskKind};
use crate::conversation::flow::{Ask, Mixed, Want};
use crate::conversation::machine::answer::Taken;
use crate::conversation::machine::{LIVE_MS, lane_of};
use crate::conversation::matching::{Heard, Match, Strength, forms, matched};
use crate::conversation::rules::{Outcome, Resolution};
use crate::conversation::session::{Outgoing, Session};
use crate::conversation::view::Asked;
use crate::conversation::{normal, reaction, render};
use crate::terms::{Category, Policy, Purpose, QuestionState};
use crate::text::Text;
use crate::time::Timestamp;
use crate::value::Value;

/// A question that takes the text.
#[derive(Debug, Clone)]
pub(super) struct Taker {
    pub asked: Asked,
    pub ask: Arc<Ask>,
    pub taken: Taken,
    pub strength: Strength,
    pub whole: bool,
    pub soft: bool,
}

impl Case<'_, '_> {
    /// Rule 9: a person holds the thread, the bot is silent.
    pub(super) fn rule_9(&mut self) -> Option<Resolution> {
        let agent = self.replier.agent.as_ref()?;
        let (who, queue) = (agent.who.clone(), agent.queue.clone());
        let mut resolution = self.taken(9, Outcome::Agent, format!("{who} of {queue} holds the thread"));
        resolution.queue = Some(queue);
        Some(resolution)
    }

    /// What rule 9 stands before: while a person holds the thread no question of the box takes a text.
    pub(super) fn unless_held(&mut self, rule: impl FnOnce(&mut Self) -> Option<Resolution>) -> Option<Resolution> {
        if self.replier.agent.is_some() { None } else { rule(self) }
    }

    /// Rule 10: a tagged answer names its question.
    pub(super) fn rule_10(&mut self) -> Option<Resolution> {
        let (tag, rest) = tag_of(&self.heard)?;
        let open = self.waiting().into_iter().filter(|asked| asked.question.tag == Some(tag));
        let asked = open.into_iter().next()?.clone();
        let ask = self.ask(&asked)?;
        if !matches!(self.fence(&asked, ask.risk.is_some()), Fence::Open | Fence::Soft) {
            return None;
        }
        let Match::Answer { taken, strength, .. } = matched(&rest, &ask, &asked.session, self.rules, self.now) else { return None };
        if ask.risk.is_some() && !self.clock.trusted() {
            let taker = Taker { asked, ask, taken, strength, whole: true, soft: false };
            return Some(self.read_back(&taker, 10, "its stamp cannot be trusted"));
        }
        if self.lacks_account(&asked, &ask, taken.name().as_deref()) {
            let taker = Taker { asked, ask, taken, strength, whole: true, soft: false };
            return Some(self.ask_account(&taker, 10));
        }
        self.apply(&asked, &taken);
        Some(self.answered(10, &asked, &taken, format!("the tag {tag} names this question")))
    }

    /// Rule 11: a reaction finds its prompt and answers nothing.
    pub(super) fn rule_11(&mut self) -> Option<Resolution> {
        let quote = reaction::quoted(self.inbound.text.expose(), self.rules.packs)?;
        let quoted = normal::words(&quote);
        let same = |text: &Text| {
            let ours = normal::words(text.expose());
            ours.starts_with(&quoted) || (quoted.len() >= QUOTED_WORDS_MIN && quoted.starts_with(&ours)) || ours == quoted
        };
        let found = self.waiting().into_iter().find(|asked| same(&asked.question.text)).cloned();
        let Some(asked) = found else {
            return Some(self.taken(11, Outcome::None, "a reaction to a text that asks nothing any more: inbox, no reply"));
        };
        self.say_again(&asked, "again");
        Some(self.taken_of(11, Outcome::Unclear, &asked, "a reaction quotes this prompt; a reaction is never an answer"))
    }

    /// Rule 12 for a text with danger words: only an answer that is the whole message.
    pub(super) fn rule_12_whole(&mut self) -> Option<Resolution> {
        let takers = self.takers();
        let whole = takers.iter().all(|taker| taker.whole && taker.ask.want.is_named());
        if takers.is_empty() || !whole { None } else { self.rule_12() }
    }

    /// Rule 12: the questions that pass the fence and accept the text.
    pub(super) fn rule_12(&mut self) -> Option<Resolution> {
        if let Some(resolution) = self.pick() {
            return Some(resolution);
        }
        if let Some(resolution) = self.account_digits() {
            return Some(resolution);
        }
        if let Some(resolution) = self.no_to_read_back() {
            return Some(resolution);
        }
        if let Some(resolution) = self.repeated() {
            return Some(resolution);
        }
        let takers = self.takers();
        let resolution = match takers.as_slice() {
            [] => self.kept(),
            [one] => Some(self.take(&one.clone())),
            [_, _, ..] => Some(self.which_one(&takers)),
        };
        resolution.map(|mut resolution| {
            resolution.candidates = takers.iter().map(|taker| taker.asked.session.id).collect();
            resolution
        })
    }

    /// Open questions that accept the text: on its own SIM first; those the text was not written to step back.
    pub(super) fn takers(&self) -> Vec<Taker> {
        let waiting = self.waiting();
        let (own, other): (Vec<&Asked>, Vec<&Asked>) =
            waiting.into_iter().partition(|asked| asked.question.sim.as_deref() == Some(self.inbound.sim.as_str()));
        let has_own = own.iter().any(|asked| !matches!(self.fence(asked, false), Fence::Shut));
        let mut takers: Vec<Taker> = own.into_iter().filter_map(|asked| self.taker(asked)).collect();
        if takers.is_empty() {
            takers = other.into_iter().filter_map(|asked| self.taker(asked)).filter(|taker| !has_own || taker.ask.risk.is_none()).collect();
        }
        let own_word = takers.iter().any(|taker| taker.strength == Strength::Own && taker.ask.risk.is_some());
        if own_word {
            let kept = self.view.questions.iter().filter(|asked| self.is_kept(asked));
            takers.extend(kept.filter_map(|asked| self.taker(asked)).filter(|taker| taker.ask.risk.is_some()));
        }
        // "Reply PAY to pay 84.50" was our newest text: whoever then writes PAY has said which.
        if let Some(last) = self.last_read_back()
            && takers.len() > 1
            && takers.iter().any(|taker| is_own_of(taker, last))
        {
            takers.retain(|taker| taker.asked.question.id == last);
        }
        if takers.len() > 1 && takers.iter().any(|taker| !taker.soft) {
            takers.retain(|taker| !taker.soft);
        }
        takers
    }

    fn taker(&self, asked: &Asked) -> Option<Taker> {
        let ask = self.ask(asked)?;
        if ask.want == Want::Text || ask.want == Want::Code {
            return None;
        }
        let fence = self.fence(asked, ask.risk.is_some());
        if !matches!(fence, Fence::Open | Fence::Soft) {
            return None;
        }
        match self.matched(asked, &ask) {
            Match::Answer { taken, strength, whole } => {
                Some(Taker { asked: asked.clone(), ask, taken, strength, whole, soft: fence == Fence::Soft })
            }
            Match::Mixed(_) | Match::Unclear | Match::None => None,
        }
    }

    /// One question takes it: through the gate where money or a switch hangs on it.
    pub(super) fn take(&mut self, taker: &Taker) -> Resolution {
        let name = taker.taken.name();
        if self.is_bound(&taker.asked, &taker.ask, name.as_deref()) {
            if !self.clock.trusted() {
                return self.read_back(taker, 12, "its stamp cannot be trusted");
            }
            if self.lacks_account(&taker.asked, &taker.ask, name.as_deref()) {
                return self.ask_account(taker, 12);
            }
            let bare = taker.strength != Strength::Own;
            if !self.was_shown(&taker.asked) {
                return self.read_back(taker, 12, "nobody knows whether its prompt went out");
            }
            let shut = if bare && taker.soft { Some("it was written before the newest prompt was on the phone") } else { None };
            if let Some(why) = shut.or_else(|| bare.then(|| self.shut(&taker.asked)).flatten()) {
                return self.read_back(taker, 12, why);
            }
        }
        self.apply(&taker.asked, &taker.taken);
        self.answered(12, &taker.asked, &taker.taken, "the only open question that takes this text".to_owned())
    }

    /// Whether the network has taken a text of ours with this question: who may never have read the amount has not agreed to it.
    pub(super) fn was_shown(&self, asked: &Asked) -> bool {
        self.view.sent.iter().any(|sent| sent.question == Some(asked.question.id))
    }

    /// Moves the session by this answer.
    pub(super) fn apply(&mut self, asked: &Asked, taken: &Taken) {
        let Some(ask) = self.ask(asked) else { return };
        let (inbound, stamp) = (self.inbound, self.clock.stamp);
        let mut machine = self.machine(&asked.session);
        machine.hear(inbound.text.expose(), &inbound.sim, stamp);
        machine.answer(&asked.question, &ask, taken);
        let (session, effects) = (machine.session, machine.effects);
        if self.replier.held.is_some() {
            self.effects.push(Effect::Hold { msisdn: self.view.msisdn.clone(), held: None });
        }
        self.adopt(&session, effects);
    }

    pub(super) fn answered(&mut self, rule: u8, asked: &Asked, taken: &Taken, why: String) -> Resolution {
        let mut resolution = self.taken_of(rule, Outcome::Answer, asked, why);
        resolution.answer = taken.name();
        resolution.value = taken.value();
        resolution.note = self.beside(asked, taken);
        resolution
    }

    /// The words beside the form of a named answer.
    fn beside(&self, asked: &Asked, taken: &Taken) -> Option<String> {
        let ask = self.ask(asked).filter(|ask| matches!(ask.want, Want::YesNo | Want::Choice))?;
        taken.name()?;
        let lexicon = &self.rules.packs.lexicon;
        let core = self.heard.core(lexicon);
        let len = forms::of(&ask, &asked.session, self.rules).at(core, lexicon).map_or(0, |(_, len, _)| len);
        Some(core[len..].join(" ")).filter(|words| !words.is_empty() && self.replier.held.is_none())
    }

    /// The same text once more, written before the session's newer prompt was read.
    fn repeated(&mut self) -> Option<Resolution> {
        let waiting = self.waiting();
        let again = waiting.iter().find(|asked| self.fence(asked, false) == Fence::Again).map(|asked| (*asked).clone());
        if let Some(asked) = again {
            return Some(self.taken_of(12, Outcome::None, &asked, "the same text again: it has been taken already"));
        }
        let corrects = |asked: &&&Asked| self.fence(asked, false) == Fence::Correction;
        let asked = waiting.iter().find(corrects).map(|asked| (*asked).clone())?;
        if !self.takers().is_empty() {
            return None;
        }
        self.say_again(&asked, "again");
        Some(self.taken_of(
            12,
            Outcome::Unclear,
            &asked,
            "another text, written before the newer question was out: a correction is asked about",
        ))
    }

    /// Whether the answers of this step are still heard, though nothing asks for them any more.
    pub(super) fn is_kept(&self, asked: &Asked) -> bool {
        asked.question.state == QuestionState::Kept && asked.question.keep_until.is_none_or(|until| self.clock.stamp <= until)
    }

    /// Answers of a step that is still heard, after the open questions.
    fn kept(&mut self) -> Option<Resolution> {
        let takers: Vec<Taker> =
            self.view.questions.iter().filter(|asked| self.is_kept(asked)).filter_map(|asked| self.taker(asked)).collect();
        let newest = takers.into_iter().max_by_key(|taker| taker.asked.question.accepted_at)?;
        let mut resolution = self.take(&newest);
        resolution.why = format!("a step that still hears its answers: {}", resolution.why);
        Some(resolution)
    }

    /// Rule 14: a waiting free-text question.
    pub(super) fn rule_14(&mut self) -> Option<Resolution> {
        let open = self.waiting().into_iter().filter(|asked| {
            self.ask(asked).is_some_and(|ask| ask.want == Want::Text) && matches!(self.fence(asked, false), Fence::Open | Fence::Soft)
        });
        let asked = open.max_by_key(|asked| asked.question.accepted_at)?.clone();
        let ask = self.ask(&asked)?;
        let Match::Answer { taken, .. } = self.matched(&asked, &ask) else { return None };
        self.apply(&asked, &taken);
        Some(self.answered(14, &asked, &taken, "a free-text question is waiting".to_owned()))
    }

    /// Rule 16: one open question: asked again twice, then a person.
    pub(super) fn rule_16(&mut self) -> Option<Resolution> {
        let is_open = |asked: &&Asked| {
            let exact = self.ask(asked).is_some_and(|ask| ask.risk.is_some());
            matches!(self.fence(asked, exact), Fence::Open | Fence::Soft)
        };
        let open: Vec<Asked> = self.waiting().into_iter().filter(is_open).cloned().collect();
        let [asked] = open.as_slice() else { return None };
        let ask = self.ask(asked)?;
        if ask.want == Want::Code {
            return None;
        }
        let half = self.matched(asked, &ask);
        if self.rules.packs.lexicon.call_me.is_in(&self.heard.words) {
            let (queue, note) = (self.queue_of(Some(&asked.session)), format!("asked to be called: {}", self.quote()));
            self.task(TaskKind::Callback, &queue, false, note, Some(&asked.session));
        }
        if let Match::Mixed(answer) = &half {
            return Some(self.mixed(asked, &ask, answer));
        }
        if asked.question.asked_again >= ask.retry.times {
            return Some(self.hand_over(asked, &ask));
        }
        self.ask_again(asked, &ask);
        Some(self.taken_of(16, Outcome::Unclear, asked, "the only open question does not take this text: asked again"))
    }

    fn ask_again(&mut self, asked: &Asked, ask: &Ask) {
        self.effects.push(Effect::Question { id: asked.question.id, change: QuestionChange::AskedAgain });
        let name = if self.inbound.picture_notice { "no_pictures" } else { "again" };
        match &ask.retry.say {
            Some(texts) => {
                let facts = render::Facts {
                    rules: self.rules,
                    language: &asked.session.language,
                    slots: &asked.session.slots,
                    system: BTreeMap::new(),
                };
                let text = render::texts(texts, &facts);
                self.say_of(asked, text, Purpose::Again);
            }
            None => self.say_again(asked, name),
        }
    }

    /// A yes with a condition: read back, noted, or handed to a person, as the step says.
    fn mixed(&mut self, asked: &Asked, ask: &Ask, answer: &str) -> Resolution {
        let taken = Taken::Named(answer.to_owned());
        match ask.mixed {
            Mixed::Note if ask.risk.is_none() => {
                let (queue, note) = (self.queue_of(Some(&asked.session)), format!("answered {answer} and wrote: {}", self.quote()));
                self.task(TaskKind::Inbox, &queue, false, note, Some(&asked.session));
                self.apply(asked, &taken);
                let why = "an answer with more words: taken, and the words noted to a person".to_owned();
                let noted = Some(self.quote());
                Resolution { note: noted, ..self.answered(16, asked, &taken, why) }
            }
            Mixed::Person => self.hand_over(asked, ask),
            Mixed::Note | Mixed::Confirm if asked.question.asked_again >= ask.retry.times => self.hand_over(asked, ask),
            Mixed::Note | Mixed::Confirm => {
                self.effects.push(Effect::Question { id: asked.question.id, change: QuestionChange::AskedAgain });
                self.effects.push(Effect::Question { id: asked.question.id, change: QuestionChange::Proposed(Some(answer.to_owned())) });
                let word = self.word_for(asked, ask, answer);
                let quote: String = self.quote().chars().take(QUOTE_LETTERS_MAX).collect();
                let extra = [("text", quote.as_str()), ("word", word.as_str()), ("question", asked.question.text.expose())];
                let text = render::built_in(self.rules, &asked.session.language, "mixed", &extra);
                self.say_of(asked, text, Purpose::ReadBack);
                let mut resolution = self.taken_of(16, Outcome::Unclear, asked, "an answer with a condition: read back, nothing was done");
                resolution.note = Some(self.quote());
                resolution
            }
        }
    }

    /// Asked often enough: the step's own way to a person, else the queue of its lane.
    fn hand_over(&mut self, asked: &Asked, ask: &Ask) -> Resolution {
        self.unclear(asked);
        let (inbound, stamp) = (self.inbound, self.clock.stamp);
        let mut queue = self.queue_of(Some(&asked.session));
        if let Some(go) = &ask.retry.go {
            let mut machine = self.machine(&asked.session);
            machine.hear(inbound.text.expose(), &inbound.sim, stamp);
            machine.enter(&go.name);
            let (session, effects) = (machine.session, machine.effects);
            let named = effects.iter().find_map(|effect| match effect {
                Effect::Task(task) => Some(task.queue.clone()),
                _ => None,
            });
            queue = named.unwrap_or(queue);
            self.adopt(&session, effects);
        } else {
            let note = format!("does not answer the question: {}", self.quote());
            self.task(TaskKind::Agent, &queue, false, note, Some(&asked.session));
            self.emit("agent.requested", Some(&asked.session), BTreeMap::from([("queue".to_owned(), Value::Text(queue.clone()))]));
            self.hand_over_text("again_person", &queue, Reply::Again);
        }
        let mut resolution = self.taken_of(16, Outcome::Agent, asked, "asked often enough: a person takes it");
        resolution.queue = Some(queue);
        resolution
    }

    /// The question once more, with the pack's words around it.
    pub(super) fn say_again(&mut self, asked: &Asked, name: &str) {
        let extra = [("question", asked.question.text.expose())];
        let text = render::built_in(self.rules, &asked.session.language, name, &extra);
        self.say_of(asked, text, Purpose::Again);
    }

    /// Until when the hours of a session hold back what answers a text: whoever wrote just now is always answered, whoever wrote
    /// hours ago sleeps.
    fn quiet_until(&self, session: &Session) -> Option<Timestamp> {
        if self.now.ms_since(self.clock.stamp) < LIVE_MS { None } else { quiet_until(session, self.view, self.rules, self.now) }
    }

    /// A text about one question, where the guard lets it out.
    pub(super) fn say_of(&mut self, asked: &Asked, text: Text, purpose: Purpose) {
        if !self.may_reply(Reply::Again) {
            return;
        }
        let lane = lane_of(&asked.session, self.rules);
        let outgoing = Outgoing {
            to: self.view.msisdn.clone(),
            text,
            purpose,
            category: lane.map_or(Category::Account, |lane| lane.category),
            policy: lane.map_or(Policy::Notice, |lane| lane.policy),
            rank: rank_of(&asked.session, self.rules),
            sim: asked.question.sim.clone().or_else(|| Some(self.inbound.sim.clone())),
            session: Some(asked.session.id),
            not_before: self.quiet_until(&asked.session),
            expires_at: Some(asked.session.expires_at),
        };
        self.effects.push(Effect::Say { outgoing, question: Some(asked.question.id) });
    }
}

/// Whether a text is the own word of the answer that this question was read back with.
fn is_own_of(taker: &Taker, question: i64) -> bool {
    let asked = &taker.asked.question;
    asked.id == question && taker.strength == Strength::Own && asked.proposed.is_some() && asked.proposed == taker.taken.name()
}

/// A quoted prompt may be cut; a shorter start proves nothing.
const QUOTED_WORDS_MIN: usize = 4;
/// What a read-back quotes of a text.
const QUOTE_LETTERS_MAX: usize = 40;

/// "Y7", "yes 7", "1-7": the answer and its tag. A question mark asks, wherever it stands: it stays with the answer.
fn tag_of(heard: &Heard) -> Option<(u8, Heard)> {
    let (asks, words): (Vec<&String>, Vec<&String>) = heard.words.iter().partition(|word| word.as_str() == "?");
    let (last, before) = words.split_last()?;
    let digits = last.len() - last.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    if digits == 0 || digits > 2 {
        return None;
    }
    let (rest, tag) = last.split_at(last.len() - digits);
    let mut answer: Vec<String> = before.iter().map(|word| (*word).clone()).collect();
    if !rest.is_empty() {
        answer.push(rest.to_owned());
    }
    let tag = tag.parse().ok()?;
    let has_answer = !answer.is_empty();
    answer.extend(asks.first().map(|mark| (*mark).clone()));
    has_answer.then(|| (tag, heard.beside_tag(answer)))
}
