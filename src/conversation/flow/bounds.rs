//! How much of a value a person is shown: the loader counts with the same numbers, so that what it lets pass takes no more parts.
//!
//! Only what is said is bounded. Notes for people of the house, keys and what goes to other systems are whole.

use std::collections::BTreeMap;

use super::{Flow, Kind, Need, Step, Texts, Verb};

/// Most letters of a value whose length nobody declared: what a system answered, what a person wrote, who it was.
pub const UNDECLARED_LETTERS_MAX: u16 = 30;
/// The longest account number that is taken.
pub const ACCOUNT_LETTERS_MAX: u16 = 24;
/// `+` and 15 digits.
pub const PHONE_LETTERS_MAX: u16 = 16;

/// Most letters that a text shows of this slot; `None` where its kind has a length of its own, which cutting would falsify.
pub fn letters(needs: &BTreeMap<String, Need>, slot: &str) -> Option<u16> {
    match (slot, needs.get(slot).map(|need| need.kind)) {
        ("utility" | "emergency" | "link" | "code", _) => None,
        (_, Some(Kind::Text(most))) => Some(most),
        (_, Some(Kind::Account)) => Some(ACCOUNT_LETTERS_MAX),
        ("from", _) | (_, Some(Kind::Phone)) => Some(PHONE_LETTERS_MAX),
        (_, Some(Kind::Int | Kind::Money | Kind::Date | Kind::Time | Kind::Bool)) => None,
        (_, Some(Kind::List) | None) => Some(UNDECLARED_LETTERS_MAX),
    }
}

/// Writes the bounds into every text of a flow.
pub fn apply(flow: &mut Flow) {
    let Flow { needs, events, steps, .. } = flow;
    for texts in events.values_mut().filter_map(|outside| outside.tell.as_mut()) {
        bound(texts, needs);
    }
    for step in steps.values_mut() {
        for texts in texts_of(step) {
            bound(texts, needs);
        }
    }
}

fn bound(texts: &mut Texts, needs: &BTreeMap<String, Need>) {
    for template in texts.by_language.values_mut() {
        template.bound(|slot| letters(needs, slot));
    }
}

fn texts_of(step: &mut Step) -> Vec<&mut Texts> {
    let mut texts: Vec<&mut Texts> = step.tell.iter_mut().collect();
    match &mut step.verb {
        Verb::Ask(ask) => {
            let ask = std::sync::Arc::make_mut(ask);
            texts.push(&mut ask.text);
            texts.extend(ask.retry.say.iter_mut());
        }
        Verb::Done(done) => texts.extend(done.text.iter_mut()),
        Verb::Consent(consent) => texts.extend(consent.done.iter_mut().filter_map(|done| done.text.as_mut())),
        Verb::Tell(_) | Verb::Http(_) | Verb::Link(_) | Verb::Agent(_) => {}
        Verb::Callback(_) | Verb::Ring(_) | Verb::Run(_) | Verb::When(_) => {}
    }
    texts
}
