//! Rule 8: staff codes. "ACK 37", "PASS 37", "ACK ALL 37", a bare ACK when exactly one alarm is meant, "who has it".

use super::case::{Case, Reply};
use super::clock::Fence;
use crate::conversation::flow::Want;
use crate::conversation::machine::answer::Taken;
use crate::conversation::machine::was_paged;
use crate::conversation::matching::Heard;
use crate::conversation::packs::Packs;
use crate::conversation::rules::{Outcome, Resolution};
use crate::conversation::session::Session;
use crate::conversation::view::Asked;
use crate::text::Text;

/// What somebody on call says.
struct Code {
    /// `ack` or `pass`.
    answer: &'static str,
    /// Every alarm of theirs whose code still lives.
    all: bool,
    /// The code, where one is given.
    digits: Option<String>,
}

/// Whether a text is a staff code, or asks who has an alarm, whoever wrote it.
pub fn speaks_as_staff(text: &str, packs: &Packs) -> bool {
    let words = Heard::read(text, packs).words;
    read(&words).is_some() || asks_who(&words, packs)
}

fn asks_who(words: &[String], packs: &Packs) -> bool {
    words.len() <= QUESTION_WORDS_MAX && packs.lexicon.who_has.stand_in(words)
}

impl Case<'_, '_> {
    /// Rule 8: a staff code, a bare ACK, or the question who has an alarm.
    pub(super) fn rule_8(&mut self) -> Option<Resolution> {
        self.staff_code().or_else(|| self.who_has())
    }

    /// "Who has it": everybody who was paged may ask, and hears it of each alarm that is still open.
    fn who_has(&mut self) -> Option<Resolution> {
        if !asks_who(&self.heard.words, self.rules.packs) {
            return None;
        }
        let view = self.view;
        let mut alarms: Vec<Session> = view.questions.iter().map(|asked| &asked.session).chain(&view.sessions).cloned().collect();
        alarms.retain(|session| session.state.is_open() && was_paged(session, &view.msisdn));
        alarms.sort_by_key(|session| session.id);
        alarms.dedup_by_key(|session| session.id);
        let said: Vec<String> = alarms.iter().map(|session| self.machine(session).who_has()).collect();
        let first = alarms.first()?;
        let shown: Vec<&str> = said.iter().rev().take(ALARMS_TOLD_MAX).map(String::as_str).collect();
        self.service_text(Text::new(shown.join("\n")), Reply::Again);
        let mut resolution = self.taken(8, Outcome::Help, "asks who has the alarm: told, nothing moved");
        resolution.session = Some(first.id);
        resolution.candidates = alarms.iter().map(|session| session.id).collect();
        Some(resolution)
    }

    fn staff_code(&mut self) -> Option<Resolution> {
        let code = read(&self.heard.words)?;
        let paged = self.paged();
        if !self.is_staff() && paged.is_empty() && !self.had_code() {
            return None;
        }
        let meant: Vec<Asked> = match (&code.digits, code.all) {
            (Some(digits), false) => {
                let named = paged.into_iter().filter(|asked| asked.question.code.as_ref() == Some(digits));
                named.filter(|asked| self.is_young(asked)).cloned().collect()
            }
            (digits, true) => {
                let young: Vec<Asked> = paged.into_iter().filter(|asked| self.is_young(asked)).cloned().collect();
                let is_one = |digits: &String| young.iter().any(|asked| asked.question.code.as_ref() == Some(digits));
                if digits.as_ref().is_none_or(is_one) { young } else { Vec::new() }
            }
            (None, false) => {
                let after = paged.into_iter().filter(|asked| matches!(self.fence(asked, true), Fence::Open | Fence::Soft));
                let bare: Vec<Asked> = after.cloned().collect();
                match bare.len() {
                    1 => bare,
                    // A bare word of a customer's flow ("PASS" to a job) is no staff code.
                    0 => return None,
                    _ if !self.takers().is_empty() => return None,
                    // Two alarms, and nobody knows which: nothing is acknowledged, and that is said.
                    _ => Vec::new(),
                }
            }
        };
        let meant: Vec<Asked> = meant.into_iter().filter(|asked| self.accepts(asked, code.answer)).collect();
        if meant.is_empty() {
            if self.was_refused(&code) {
                self.silenced = true;
            } else {
                self.service("code_wrong", &[], Reply::Code);
            }
            return Some(self.taken(8, Outcome::None, "a staff code that is wrong, foreign or no longer open: refused once"));
        }
        let taken = Taken::Named(code.answer.to_owned());
        for asked in &meant {
            self.apply(asked, &taken);
        }
        let why = format!("staff code of this person for this alarm: {}", code.answer);
        let mut resolution = self.taken_of(8, Outcome::Answer, meant.first()?, why);
        resolution.answer = Some(code.answer.to_owned());
        resolution.candidates = meant.iter().map(|asked| asked.session.id).collect();
        Some(resolution)
    }

    /// Whether this code was refused already: once is enough.
    fn was_refused(&self, code: &Code) -> bool {
        let packs = self.rules.packs;
        let refused = self.replier.refused.iter().filter_map(|text| read(&Heard::read(text.expose(), packs).words));
        refused.into_iter().any(|before| before.digits == code.digits)
    }

    /// Whether they were paged for an alarm that is over, on a roster or not.
    fn had_code(&self) -> bool {
        self.replier.closed.iter().chain(&self.view.ended).any(|asked| asked.question.code.is_some())
    }

    fn paged(&self) -> Vec<&Asked> {
        let coded = |asked: &&Asked| asked.question.code.is_some() && self.ask(asked).is_some_and(|ask| ask.want == Want::Code);
        self.waiting().into_iter().filter(coded).collect()
    }

    /// A code lives for 12 hours from the page that showed it: afterwards nobody remembers which alarm it was.
    fn is_young(&self, asked: &Asked) -> bool {
        asked.question.accepted_at.is_none_or(|accepted| self.clock.stamp.ms_since(accepted) <= CODE_LIFE_MS)
    }

    fn accepts(&self, asked: &Asked, answer: &str) -> bool {
        self.ask(asked).is_some_and(|ask| ask.on.contains_key(answer)) && self.fence(asked, true) != Fence::Shut
    }
}

fn read(words: &[String]) -> Option<Code> {
    let first = words.first()?;
    let (word, glued) = match first.find(|c: char| c.is_ascii_digit()) {
        Some(at) => (&first[..at], Some(first[at..].to_owned())),
        None => (first.as_str(), None),
    };
    let answer = match word {
        "ack" | "acknowledge" | "acknowledged" | "akc" => "ack",
        "pass" => "pass",
        _ => return None,
    };
    let all = words.get(1).is_some_and(|word| word == "all");
    let at = if all { 2 } else { 1 };
    // A number that is too long for a code is a wrong code, never a bare ACK.
    let is_code = |word: &&String| word.bytes().all(|b| b.is_ascii_digit());
    let digits = glued.or_else(|| words.get(at).filter(is_code).cloned());
    Some(Code { answer, all, digits })
}

const CODE_LIFE_MS: i64 = 12 * 3600 * 1000;
/// A longer text asks something else, too.
const QUESTION_WORDS_MAX: usize = 8;
/// The newest alarms; nobody reads more of them in one text.
const ALARMS_TOLD_MAX: usize = 5;
