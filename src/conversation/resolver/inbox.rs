//! Rules 2, 3 and 17: texts that end with a person.

use std::collections::BTreeMap;

use super::case::{Case, Reply};
use super::tap::alarm;
use crate::conversation::danger;
use crate::conversation::effect::{ConsentChange, Effect, NewTask, Proof, TaskKind};
use crate::conversation::matching::Heard;
use crate::conversation::rules::{Outcome, Resolution, Rules};
use crate::conversation::view::{ClosedThread, Inbound, Sender};
use crate::office::DEFAULT;
use crate::text::Text;
use crate::time::Timestamp;
use crate::value::Value;

/// "Reply OUT to report": so many a day.
const HINTS_PER_DAY_MAX: u32 = 3;

/// Rule 2: the sender is a name or a foreign short code. A STOP in it is still recorded, danger is still heard.
pub(super) fn no_reply(inbound: &Inbound, rules: &Rules<'_>) -> Resolution {
    let text = inbound.text.expose();
    let heard = Heard::read(text, rules.packs);
    let lexicon = &rules.packs.lexicon;
    let sender = match &inbound.from {
        Sender::NoReply(name) => name.clone(),
        Sender::Number(number) => number.digits().to_owned(),
    };
    let note: String = text.chars().take(300).collect();
    let danger = danger::heard(text, rules.packs);
    let stop = heard.is_whole(&lexicon.stop, lexicon) || lexicon.revokes(&heard.words);
    let task = match danger {
        Some(_) => alarm_of(&sender, &note, rules),
        None => NewTask {
            kind: TaskKind::Inbox,
            queue: DEFAULT.to_owned(),
            urgent: false,
            note: Text::new(format!("{sender}: {note}")),
            session: None,
            msisdn: None,
            due: None,
        },
    };
    let queue = task.queue.clone();
    let mut effects = vec![Effect::Task(task)];
    let data = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), Value::Text(value.to_owned()))]);
    if stop {
        effects.push(Effect::Emit { kind: "consent.out".into(), session: None, msisdn: None, data: data("sender", &sender) });
    }
    Resolution {
        rule: 2,
        outcome: if stop { Outcome::OptOut } else { Outcome::None },
        session: None,
        question: None,
        answer: None,
        value: None,
        note: None,
        why: "the sender is a name or a short code: nothing can be answered".to_owned(),
        candidates: Vec::new(),
        danger: danger.is_some(),
        queue: Some(queue),
        silenced: false,
        effects,
    }
}

/// The danger task of a text whose sender cannot be answered: nobody can be told to leave the house.
pub fn alarm_of(sender: &str, words: &str, rules: &Rules<'_>) -> NewTask {
    NewTask {
        kind: TaskKind::Danger,
        queue: rules.settings.control_room.clone(),
        urgent: true,
        note: Text::new(format!("{sender}: {words}")),
        session: None,
        msisdn: None,
        due: None,
    }
}

/// What a text leads to though nothing could be read about its sender: a danger is heard, a STOP is recorded.
pub fn unresolved(inbound: &Inbound, rules: &Rules<'_>, now: Timestamp) -> Vec<Effect> {
    let text = inbound.text.expose();
    let number = match &inbound.from {
        Sender::Number(number) => number,
        Sender::NoReply(_) => {
            let kept = |effect: &Effect| matches!(effect, Effect::Task(task) if task.kind == TaskKind::Danger);
            return no_reply(inbound, rules).effects.into_iter().filter(kept).collect();
        }
    };
    let mut effects = Vec::new();
    if let Some(danger) = danger::heard(text, rules.packs) {
        let language = rules.packs.languages().first().cloned().unwrap_or_default();
        effects.extend(alarm(danger, text, (number, &language, &inbound.sim), false, rules, now));
    }
    let (heard, lexicon) = (Heard::read(text, rules.packs), &rules.packs.lexicon);
    if heard.is_whole(&lexicon.stop, lexicon) || lexicon.revokes(&heard.words) {
        let proof = Proof { reply: inbound.text.clone(), sim: Some(inbound.sim.clone()), ..Proof::default() };
        effects.push(Effect::Consent(ConsentChange {
            msisdn: number.clone(),
            categories: Vec::new(),
            granted: false,
            source: "sms".to_owned(),
            proof,
            pending: false,
        }));
        effects.push(Effect::Withdraw { msisdn: number.clone(), categories: Vec::new() });
    }
    effects
}

impl Case<'_, '_> {
    /// Rule 3: parts of the text never came; what came goes to a person, marked. A STOP in it is recorded.
    pub(super) fn rule_3(&mut self) -> Option<Resolution> {
        let (have, total) = self.inbound.incomplete?;
        let session = self.waiting().into_iter().max_by_key(|asked| asked.question.accepted_at).map(|asked| asked.session.clone());
        let queue = self.queue_of(session.as_ref());
        let note = format!("{have} of {total} parts came: {}", self.quote());
        self.task(TaskKind::Inbox, &queue, false, note, session.as_ref());
        let why = format!("{have} of {total} parts came in 5 minutes: a person reads them");
        let mut resolution = match self.stopped_in_part() {
            Some(stopped) => Resolution { rule: 3, why: format!("{why}; {}", stopped.why), ..stopped },
            None => self.taken(3, Outcome::None, why),
        };
        resolution.queue = Some(queue);
        Some(resolution)
    }

    /// Rule 17: nobody waits for this text. For a while it belongs to the thread that somebody of the house has closed.
    pub(super) fn rule_17(&mut self) -> Resolution {
        let closed = self.closed_lately();
        let queue = closed.as_ref().map_or(DEFAULT, |closed| closed.queue.as_str()).to_owned();
        let lexicon = &self.rules.packs.lexicon;
        let outage = lexicon.outage.stand_in(&self.heard.words);
        let hints = self.replier.guard.hints_last_day < HINTS_PER_DAY_MAX;
        match &closed {
            Some(closed) => {
                self.task(TaskKind::Agent, &queue, false, format!("after {} closed: {}", closed.who, self.quote()), None);
                self.emit("agent.requested", None, BTreeMap::from([("queue".to_owned(), Value::Text(queue.clone()))]));
            }
            None => self.task(TaskKind::Inbox, &queue, false, self.quote(), None),
        }
        let why = if outage && hints && self.view.out_of.is_empty() {
            self.service("outage_hint", &[], Reply::Again);
            "no open question takes it; it speaks of an outage: told how to report one".to_owned()
        } else if let Some(closed) = &closed {
            self.hand_over_text("agent", &queue, Reply::Fallback);
            format!("no open question takes it, and {} of {queue} closed this thread a short while ago: there", closed.who)
        } else {
            if self.inbound.picture_notice {
                self.service("no_pictures", &[], Reply::Fallback);
            } else if self.answers_another_phone() {
                self.service("other_phone", &[], Reply::Fallback);
            } else {
                self.hand_over_text("fallback", DEFAULT, Reply::Fallback);
            }
            "no open question takes it: inbox".to_owned()
        };
        let mut resolution = self.taken(17, Outcome::None, why);
        resolution.queue = Some(queue);
        resolution
    }

    /// Who closed the thread so lately that it goes on there.
    fn closed_lately(&self) -> Option<ClosedThread> {
        let keep_ms = i64::from(self.rules.settings.keep_closed_minutes) * 60_000;
        let kept = |closed: &&ClosedThread| (0..keep_ms).contains(&self.now.ms_since(closed.at));
        self.replier.closed_thread.as_ref().filter(kept).cloned()
    }

    /// A yes or no from a number that was never written to: a second SIM in the phone that was.
    fn answers_another_phone(&self) -> bool {
        let lexicon = &self.rules.packs.lexicon;
        let forms = [&lexicon.yes, &lexicon.yes_light, &lexicon.no, &lexicon.no_light];
        let stranger = self.view.sent.is_empty() && self.view.questions.is_empty() && self.view.sessions.is_empty();
        stranger && forms.iter().any(|phrases| self.heard.is_whole(phrases, lexicon))
    }
}
