//! Answers: no reserved consent word, no form shared by two of one question. Keywords are those of `begins`.

use std::sync::LazyLock;

use super::{Found, Site};
use crate::conversation::flow::{Ask, Flow, Verb, Want};
use crate::conversation::matching::Heard;
use crate::conversation::matching::menu::{Said, said};
use crate::conversation::normal;
use crate::conversation::packs::{Packs, Phrases};

/// Reserved words of every language that ships: a phone does not know which packs are on.
pub(super) static ALL: LazyLock<Option<Packs>> = LazyLock::new(|| Packs::load(&Packs::shipped()).ok());

pub(super) fn check(flow: &Flow, site: &Site<'_>, found: &mut Found) {
    let all = ALL.as_ref().unwrap_or(site.packs);
    for step in flow.steps.values() {
        if let Verb::Ask(ask) = &step.verb {
            let key = format!("step.{}", step.name);
            reserved(&key, ask, step.line, all, found);
            shared(&key, ask, step.line, site, found);
        }
    }
}

pub(super) fn forms(ask: &Ask) -> Vec<(&str, &str)> {
    let mut forms: Vec<(&str, &str)> = Vec::new();
    for (answer, words) in &ask.words {
        forms.extend(words.values().flatten().map(|form| (answer.as_str(), form.as_str())));
    }
    let named = ask.want == Want::Choice;
    forms.extend(ask.on.keys().filter(|answer| named && !ask.words.contains_key(*answer)).map(|answer| (answer.as_str(), answer.as_str())));
    forms
}

fn reserved(key: &str, ask: &Ask, line: u32, packs: &Packs, found: &mut Found) {
    for (answer, form) in forms(ask) {
        if packs.lexicon.stop.is(&normal::words(form)) {
            let line = line_of(ask, answer, line);
            let reason = format!("`{form}` is a reserved consent word: it ends all texts");
            found.error(line, format!("{key}.words.{answer}"), reason, "use another word: SKIP, DROP, X");
        }
        let words = normal::words(form);
        // "Info" may be a word of one language's menu; a whole text of it never comes as far as this question.
        let heard_first = [(&packs.lexicon.help, "for help"), (&packs.lexicon.start, "to get texts again")];
        if let Some((_, wish)) = heard_first.iter().find(|(phrases, _)| phrases.is(&words)) {
            let reason = format!("`{form}` is heard as a wish {wish} before any answer is looked for");
            found.error(line_of(ask, answer, line), format!("{key}.words.{answer}"), reason, "use another word: MORE, JOIN, GO");
        }
    }
}

/// The line of an answer's words, else of the answer.
fn line_of(ask: &Ask, answer: &str, line: u32) -> u32 {
    ask.word_lines.get(answer).copied().or_else(|| ask.on.get(answer).map(|target| target.line)).unwrap_or(line)
}

fn shared(key: &str, ask: &Ask, line: u32, site: &Site<'_>, found: &mut Found) {
    let lexicon = &site.packs.lexicon;
    let forms = forms(ask);
    let mut seen: Vec<(&str, Vec<String>)> = Vec::new();
    for (answer, form) in &forms {
        let words = normal::words(form);
        if let Some((other, _)) = seen.iter().find(|(other, same)| other != answer && *same == words) {
            let reason = format!("`{form}` is a form of `{other}` and of `{answer}`");
            found.error(line_of(ask, answer, line), format!("{key}.words.{answer}"), reason, "give each answer its own words");
        }
        seen.push((answer, words));
    }
    // The packs' yes and no are carried by whichever answer has one of their forms: two must not carry the same.
    for (name, exact, light) in [("yes", &lexicon.yes, &lexicon.yes_light), ("no", &lexicon.no, &lexicon.no_light)] {
        let has = |words: &Vec<String>, phrases: &Phrases| phrases.is(words);
        let mut carriers: Vec<&str> = seen.iter().filter(|(_, words)| has(words, exact) || has(words, light)).map(|(a, _)| *a).collect();
        carriers.extend(ask.on.keys().map(String::as_str).filter(|answer| *answer == name && ask.want != Want::Menu));
        carriers.sort_unstable();
        carriers.dedup();
        if let [first, second, ..] = carriers.as_slice() {
            let reason = format!("`{first}` and `{second}` both take a pack's {name}, so both take every {name}");
            found.error(line_of(ask, second, line), format!("{key}.words"), reason, format!("keep the words of {name} for one answer"));
        }
    }
    if ask.want == Want::Menu {
        for (answer, form) in &forms {
            // As a reply would be read: "one" and "first" are numbers, too.
            let Said::One(number) = said(&Heard::read(form, site.packs), lexicon) else { continue };
            let number = number.to_string();
            if number != **answer && (ask.on.contains_key(&number) || ask.from.is_some()) {
                let reason = format!("`{form}` is a word of `{answer}` and the number of another answer");
                found.error(line_of(ask, answer, line), format!("{key}.words.{answer}"), reason, "give it a word that is no number");
            }
        }
    }
}
