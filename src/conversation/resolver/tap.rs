//! The danger tap and rule 5: the control room hears of it whatever else the text is.

use super::case::Case;
use crate::conversation::danger::{self, Danger};
use crate::conversation::effect::{Effect, NewTask, TaskKind};
use crate::conversation::packs::Phrases;
use crate::conversation::render;
use crate::conversation::rules::{Outcome, Resolution, Rules};
use crate::conversation::session::Outgoing;
use crate::msisdn::Msisdn;
use crate::terms::{Category, Policy, Purpose, Rank, Word};
use crate::text::Text;
use crate::time::Timestamp;

/// What follows from danger words, in a whole text or in one part of it. `told`: a safety text went out in the last 10 minutes.
pub fn alarm(
    danger: Danger,
    words: &str,
    (who, language, sim): (&Msisdn, &str, &str),
    told: bool,
    rules: &Rules<'_>,
    now: Timestamp,
) -> Vec<Effect> {
    // The engine tells the log of a danger task by itself.
    let mut effects = vec![Effect::Task(NewTask {
        kind: TaskKind::Danger,
        queue: rules.settings.control_room.clone(),
        urgent: true,
        note: Text::new(format!("{}: {words}", danger.word())),
        session: None,
        msisdn: Some(who.clone()),
        due: None,
    })];
    if told {
        return effects;
    }
    let text = match danger {
        Danger::Gas => safety(&rules.settings.safety_gas, rules),
        Danger::Wires => safety(&rules.settings.safety_wires, rules),
        Danger::Life => render::built_in(rules, language, "life", &[]),
        Danger::Fire => render::built_in(rules, language, "fire", &[]),
    };
    let outgoing = Outgoing {
        to: who.clone(),
        text,
        purpose: Purpose::Safety,
        category: Category::Safety,
        policy: Policy::Alarm,
        rank: Rank(1),
        sim: Some(sim.to_owned()),
        session: None,
        not_before: None,
        expires_at: Some(now.plus(SAFETY_TERM)),
    };
    effects.push(Effect::Say { outgoing, question: None });
    effects
}

/// So long the answer to the question about a fire is expected.
const FIRE_MS: i64 = 30 * 60 * 1000;

/// "Leave the building now" helps only now.
const SAFETY_TERM: std::time::Duration = std::time::Duration::from_mins(30);

fn safety(text: &str, rules: &Rules<'_>) -> Text {
    Text::new(text.replace("{emergency}", &rules.settings.emergency))
}

impl Case<'_, '_> {
    /// Listens, and consumes nothing.
    pub(super) fn tap(&mut self) {
        let ours: Vec<&str> = self.view.sent.iter().map(|sent| sent.text.expose()).collect();
        self.danger = danger::heard_beside(self.inbound.text.expose(), &ours, self.rules.packs);
        if let Some(danger) = self.danger {
            let told = self.replier.guard.has_told(danger);
            let quote = self.quote();
            let who = (&self.view.msisdn, self.view.language.as_str(), self.inbound.sim.as_str());
            self.effects.extend(alarm(danger, &quote, who, told, self.rules, self.now));
        }
    }

    /// The answer to "is there a fire at our equipment?": the control room's, never another question's.
    pub(super) fn fire_answer(&mut self) -> Option<Resolution> {
        let asked = render::built_in(self.rules, &self.view.language, "fire", &[]);
        let newest = self.view.sent.iter().find(|sent| sent.accepted_at <= self.clock.stamp)?;
        let is_recent = self.clock.stamp.ms_since(newest.accepted_at) <= FIRE_MS;
        if newest.purpose != Purpose::Safety || newest.text != asked || !is_recent {
            return None;
        }
        let lexicon = &self.rules.packs.lexicon;
        let says = |forms: [&Phrases; 2]| forms.iter().any(|phrases| self.heard.is_whole(phrases, lexicon));
        let (yes, no) = (says([&lexicon.yes, &lexicon.yes_light]), says([&lexicon.no, &lexicon.no_light]));
        let queue = self.rules.settings.control_room.clone();
        let why = match (yes, no) {
            (true, false) => {
                let note = "fire: says there is a fire at our equipment".to_owned();
                self.task(TaskKind::Danger, &queue, true, note, None);
                "yes to the question about a fire: the control room has it"
            }
            (false, true) => {
                self.task(TaskKind::Inbox, &queue, false, "says there is no fire at our equipment".to_owned(), None);
                "no to the question about a fire: noted for the control room"
            }
            _ => return None,
        };
        let mut resolution = self.taken(5, if yes { Outcome::Danger } else { Outcome::None }, why);
        resolution.danger = yes;
        resolution.queue = Some(queue);
        Some(resolution)
    }

    /// Rule 5: danger that no code, tag or whole answer took ends here.
    pub(super) fn rule_5(&mut self) -> Option<Resolution> {
        let danger = self.danger?;
        let why = format!("danger words ({}): the control room has it, nothing else was done with the text", danger.word());
        let mut resolution = self.taken(5, Outcome::Danger, why);
        resolution.queue = Some(self.rules.settings.control_room.clone());
        Some(resolution)
    }
}
