//! The danger tap (conversation.md section 1): it hears every text of every pack, and consumes none.

use std::collections::BTreeSet;

use super::packs::shapes::len_at;
use super::packs::{Lexicon, Packs};
use super::{normal, quote};

/// What kind of danger was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Danger {
    /// Gas, or carbon monoxide.
    Gas,
    /// Wires, sparks, smoke, explosions.
    Wires,
    /// The word "fire" without more: a task and a question.
    Fire,
}

impl crate::terms::Word for Danger {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Gas, "gas"), (Self::Wires, "wires"), (Self::Fire, "fire")];
}

/// Words of one phrase stand within so many words of each other.
const WINDOW_WORDS: usize = 4;
/// A slip is forgiven in words of at least so many letters.
const SLIP_LETTERS_MIN: usize = 4;
/// "spark" is heard in "sparking", "gas" only in "gas" (but "газ" in "газом").
const STEM_LETTERS_MIN: usize = 4;
const ENDING_LETTERS_MAX: usize = 5;

/// [`heard`], where the text may quote our own: the quotation says nothing, whatever stands beside it does.
pub fn heard_beside(text: &str, ours: &[&str], packs: &Packs) -> Option<Danger> {
    let found = heard(text, packs)?;
    let own = quote::without_ours(text, ours);
    if own == text { Some(found) } else { heard(&own, packs) }
}

/// Whether a text, or one part of it, speaks of danger. What a reaction quotes is our own text and is not heard.
pub fn heard(text: &str, packs: &Packs) -> Option<Danger> {
    let own = super::reaction::without_quote(text, packs).unwrap_or_else(|| text.to_owned());
    let lexicon = &packs.lexicon;
    // "The line is on the ground": articles and prepositions do not stand between two words.
    let words = without_calm(normal::words(&own), lexicon);
    let plain = lexicon.small.without(&words);
    // A long text repeats its words: a bag of which one is nowhere is not looked for in every place.
    let distinct: BTreeSet<&String> = words.iter().collect();
    let may_stand = |bag: &[String]| bag.iter().all(|stem| distinct.iter().any(|word| is_form(stem, word, true)));
    let is_said = |bags: &[Vec<String>]| bags.iter().any(|bag| may_stand(bag) && (stands_in(bag, &words) || stands_in(bag, &plain)));
    // "Es riecht im ganzen Keller nach Gas": what smells may stand far from how it smells.
    let is_far = |bag: &[String]| bag.len() > 1 && may_stand(bag) && stands_within(bag, &plain, GAS_WINDOW_WORDS);
    if is_said(&lexicon.danger_gas) || lexicon.danger_gas.iter().any(|bag| is_far(bag)) {
        return Some(Danger::Gas);
    }
    if is_said(&lexicon.danger_wires) {
        return Some(Danger::Wires);
    }
    lexicon.danger_fire.is_in(&words).then_some(Danger::Fire)
}

/// "Smoke detector battery" is no smoke: the words of such a phrase are not looked at.
fn without_calm(words: Vec<String>, lexicon: &Lexicon) -> Vec<String> {
    let mut left = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        match lexicon.calm.iter().filter_map(|pattern| len_at(pattern, &words[at..])).max() {
            Some(len) if len > 0 => at += len,
            Some(_) | None => {
                left.push(words[at].clone());
                at += 1;
            }
        }
    }
    left
}

/// Words of a phrase about gas stand within so many.
const GAS_WINDOW_WORDS: usize = 6;

fn stands_in(bag: &[String], words: &[String]) -> bool {
    stands_within(bag, words, WINDOW_WORDS)
}

fn stands_within(bag: &[String], words: &[String], window: usize) -> bool {
    match bag {
        [] => false,
        [one] => words.iter().any(|word| is_form(one, word, false)),
        many => words.windows(window.max(many.len()).min(words.len().max(1))).any(|window| {
            let mut left: Vec<&String> = window.iter().collect();
            many.iter().all(|stem| match left.iter().position(|word| is_form(stem, word, true)) {
                Some(at) => {
                    left.remove(at);
                    true
                }
                None => false,
            })
        }),
    }
}

fn is_form(stem: &str, word: &str, with_slips: bool) -> bool {
    if stem == word {
        return true;
    }
    let (stem_letters, letters) = (stem.chars().count(), word.chars().count());
    if super::packs::shapes::is_unspaced(stem) {
        return word.contains(stem);
    }
    // Alone "gas" is heard only as it is; beside "smell" also as "gazem".
    let declined = stem_letters == 3 && (with_slips || !stem.is_ascii()) && word.starts_with(stem) && letters <= stem_letters + 2;
    let inflected =
        declined || (stem_letters >= STEM_LETTERS_MIN && word.starts_with(stem) && letters <= stem_letters + ENDING_LETTERS_MAX);
    let slipped = with_slips && stem_letters >= SLIP_LETTERS_MIN && letters >= SLIP_LETTERS_MIN && same_start(stem, word);
    inflected || (slipped && normal::one_slip(stem, word))
}

fn same_start(a: &str, b: &str) -> bool {
    a.chars().next() == b.chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn danger_is_heard_and_calm_is_not() {
        let packs = Packs::load(&Packs::shipped()).expect("packs");
        for (text, want) in [
            ("I smell gas in the cellar", Some(Danger::Gas)),
            ("smell gas", Some(Danger::Gas)),
            ("there is a gas leak", Some(Danger::Gas)),
            ("strong smel of gas here", Some(Danger::Gas)),
            ("GAS!!! we can smell it", Some(Danger::Gas)),
            ("Stop texting me, the wire is sparking", Some(Danger::Wires)),
            ("the wires are down on Mill Lane", Some(Danger::Wires)),
            ("huele a gas", Some(Danger::Gas)),
            ("fire", Some(Danger::Fire)),
            ("ACK 37, fire pump running", Some(Danger::Fire)),
            ("my power is out", None),
            ("the gas bill is wrong", None),
            ("Y", None),
            ("пахне газом у підвалі", Some(Danger::Gas)),
            ("запах газа в подъезде", Some(Danger::Gas)),
            ("es riecht nach Gas", Some(Danger::Gas)),
            ("ガス臭いです", Some(Danger::Gas)),
            ("有煤气味", Some(Danger::Gas)),
            ("ça sent le gaz", Some(Danger::Gas)),
            ("провід впав і іскрить", Some(Danger::Wires)),
            ("brand new meter", None),
            ("smoke detector battery low, where to buy", None),
            ("smoke detector is going off", Some(Danger::Wires)),
            ("you should fire the contractor", None),
            ("fire! the transformer", Some(Danger::Wires)),
            ("ok merci à demain", None),
            ("my phone line is slow", None),
            ("bitte rufen sie mich morgen an", None),
            ("ruf mich an", None),
            ("the power line is on the ground", Some(Danger::Wires)),
            ("śmierdzi gazem", Some(Danger::Gas)),
            ("the gas man came, thanks", None),
            ("we smelled nothing", None),
            ("04417", None),
            ("Liked “If you smell gas call us”", None),
            ("", None),
        ] {
            assert_eq!(heard(text, &packs), want, "{text:?}");
        }
    }
}
