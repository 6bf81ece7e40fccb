//! Keywords: no reserved consent word, and a warning where a question that may be open at the same time takes one as its answer,
//! in this flow or in another one of the same box: the answer wins (rule 12 is before rule 13).

use std::collections::BTreeSet;

use super::answers::{ALL, forms};
use super::{Found, Site};
use crate::conversation::flow::{Ask, Flow, Keywords, Step, Verb, Want};
use crate::conversation::normal;
use crate::conversation::packs::{Lexicon, Phrases};

pub(super) fn check(flow: &Flow, site: &Site<'_>, found: &mut Found) {
    let lexicon = &site.packs.lexicon;
    let others = || site.beside.iter().filter(|other| other.name != flow.name);
    if let Some(begin) = &flow.begin {
        reserved(begin, site, found);
        for form in words_of(begin) {
            let words = normal::words(form);
            if let Some(step) = taker(flow, &words, lexicon) {
                let reason = format!("`{form}` begins the flow and is also an answer in it (step.{}): the answer wins", step.name);
                found.warn(begin.line, "begin.words", reason, CHOOSE);
            }
            for (other, step) in others().filter_map(|other| Some((other, taker(other, &words, lexicon)?))) {
                let reason =
                    format!("`{form}` is also an answer in flow {} (step.{}): while that waits, the answer wins", other.name, step.name);
                found.warn(begin.line, "begin.words", reason, CHOOSE);
            }
            for other in others().filter(|other| begins(other, &words)) {
                let reason = format!("`{form}` begins flow {} as well: only one of them hears it", other.name);
                found.warn(begin.line, "begin.words", reason, CHOOSE);
            }
        }
    }
    for other in others() {
        for form in other.begin.iter().flat_map(words_of) {
            if let Some(step) = taker(flow, &normal::words(form), lexicon) {
                let reason = format!("`{form}` is an answer here and begins flow {}: while this waits, the answer wins", other.name);
                found.warn(step.line, format!("step.{}", step.name), reason, CHOOSE);
            }
        }
    }
}

const CHOOSE: &str = "choose another word for one of them";

fn reserved(begin: &Keywords, site: &Site<'_>, found: &mut Found) {
    let all = ALL.as_ref().unwrap_or(site.packs);
    for form in begin.words.values().chain(begin.again.values()).flatten() {
        if all.lexicon.stop.is(&normal::words(form)) {
            found.error(begin.line, "begin.words", format!("`{form}` is a reserved consent word"), "choose another word");
        }
    }
}

/// Every word that begins the flow or repeats its state, once.
fn words_of(begin: &Keywords) -> BTreeSet<&str> {
    begin.words.values().chain(begin.again.values()).flatten().map(String::as_str).collect()
}

fn begins(flow: &Flow, words: &[String]) -> bool {
    flow.begin.iter().flat_map(|begin| begin.words.values().flatten()).any(|form| normal::words(form) == words)
}

/// The first question of a flow that takes these words as an answer.
fn taker<'f>(flow: &'f Flow, words: &[String], lexicon: &Lexicon) -> Option<&'f Step> {
    flow.steps.values().find(|step| matches!(&step.verb, Verb::Ask(ask) if takes(ask, words, lexicon)))
}

fn takes(ask: &Ask, words: &[String], lexicon: &Lexicon) -> bool {
    let own = forms(ask);
    if own.iter().any(|(_, form)| normal::words(form) == words) {
        return true;
    }
    let numbered = matches!(ask.want, Want::Menu | Want::Score) && matches!(words, [one] if ask.on.contains_key(one));
    // A pack's yes belongs to the answer of that name, or to one with a word of it.
    let carries = |name: &str, exact: &Phrases, light: &Phrases| {
        let has = |words: &[String]| exact.is(words) || light.is(words);
        let named = ask.want != Want::Menu && ask.on.contains_key(name);
        has(words) && (named || own.iter().any(|(_, form)| has(&normal::words(form))))
    };
    numbered || carries("yes", &lexicon.yes, &lexicon.yes_light) || carries("no", &lexicon.no, &lexicon.no_light)
}
