//! The danger tap (conversation.md section 1): it hears every text of every pack, and consumes none.

use std::cell::OnceCell;

use super::packs::bags::Bags;
use super::packs::shapes::is_unspaced;
use super::packs::{Lexicon, Packs};
use super::{normal, quote};

/// What kind of danger was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Danger {
    /// Gas, or carbon monoxide.
    Gas,
    /// Wires, sparks, smoke, explosions.
    Wires,
    /// Somebody who cannot be without power or heat has none, or a life is at risk.
    Life,
    /// The word "fire" without more: a task and a question.
    Fire,
}

impl crate::terms::Word for Danger {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Gas, "gas"), (Self::Wires, "wires"), (Self::Life, "life"), (Self::Fire, "fire")];
}

/// Words of one phrase stand within so many words of each other.
const WINDOW_WORDS: usize = 4;
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
    // "No. Gas leak in the kitchen": what is calm ends where its writer stopped.
    let words: Vec<String> = own.split(STOPS).flat_map(|part| without_calm(normal::words(part), lexicon)).collect();
    let spelled = [Some(words.clone()), normal::joined_letters(&words)].into_iter().flatten();
    let drawn = |words: Vec<String>| [normal::shortened(&words, 1), normal::shortened(&words, 2), Some(words)];
    spelled.flat_map(drawn).flatten().find_map(|words| heard_in(&words, lexicon))
}

/// Whether these words speak of danger.
fn heard_in(words: &[String], lexicon: &Lexicon) -> Option<Danger> {
    let dangers = &lexicon.dangers;
    // "The line is on the ground": articles and prepositions do not stand between two words.
    let is_known = |word: &str| lexicon.vocabulary.contains(word);
    let plain = dangers.stems.signs(&lexicon.small.without(words), is_known);
    let all = dangers.stems.signs(words, is_known);
    let is_said = |bags: &Bags| [&all, &plain].into_iter().any(|signs| bags.stand_in(signs, &dangers.stems, WINDOW_WORDS));
    // "My husband is on oxygen. We have had no power since noon": two phrases in one stretch of the text, in any order.
    let are_said = |one: &Bags, other: &Bags| {
        let near = |signs| one.stand_with(other, signs, &dangers.stems, WINDOW_WORDS, STRETCH_WORDS);
        is_said(one) && is_said(other) && [&all, &plain].into_iter().any(near)
    };
    // "Es riecht im ganzen Keller nach Gas": what smells may stand far from how it smells.
    if is_said(&dangers.gas) || dangers.gas_far.stand_in(&plain, &dangers.stems, GAS_WINDOW_WORDS) {
        return Some(Danger::Gas);
    }
    if is_said(&dangers.wires) || are_said(&dangers.wet, &dangers.electrics) {
        return Some(Danger::Wires);
    }
    if is_said(&dangers.life) || are_said(&dangers.frail, &dangers.lack) {
        return Some(Danger::Life);
    }
    lexicon.danger_fire.is_in(words).then_some(Danger::Fire)
}

/// Where a writer stops.
const STOPS: [char; 13] = ['\n', '\r', '.', ',', ';', '!', '?', '。', '、', '，', '！', '？', '،'];

/// Two phrases of one danger stand within so many words.
const STRETCH_WORDS: usize = 30;

/// "Smoke detector battery" is no smoke: the words of such a phrase are not looked at.
fn without_calm(words: Vec<String>, lexicon: &Lexicon) -> Vec<String> {
    let mut left = Vec::with_capacity(words.len());
    let mut at = 0;
    // "No gas smell outside, only in the kitchen": what is denied is calm where nothing else is said of it.
    let goes_on = OnceCell::new();
    let denies = |calm: &[String]| lexicon.negators.is_in(calm) && *goes_on.get_or_init(|| goes_on_about(&words, lexicon));
    while at < words.len() {
        match lexicon.calm.len_at(&words[at..]) {
            Some(len) if len > 0 && !denies(&words[at..at + len]) => at += len,
            Some(_) | None => {
                left.push(calmed(&words[at], lexicon));
                at += 1;
            }
        }
    }
    left
}

/// Whether words tell of a contrast, of another day or of now.
fn goes_on_about(words: &[String], lexicon: &Lexicon) -> bool {
    let tells = [&lexicon.but, &lexicon.contrast, &lexicon.past, &lexicon.during];
    let day = |words: &[String]| lexicon.days.keys().any(|form| words.starts_with(form));
    tells.iter().any(|phrases| phrases.is_in(words)) || (0..words.len()).any(|at| day(&words[at..]))
}

/// A run of signs without the calm ones inside it.
fn calmed(word: &str, lexicon: &Lexicon) -> String {
    if is_unspaced(word) { lexicon.calm.strip(word) } else { word.to_owned() }
}

/// Words of a phrase about gas stand within so many.
const GAS_WINDOW_WORDS: usize = 6;

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
            ("there is no gas leak", None),
            ("No\ngas leak in the kitchen", Some(Danger::Gas)),
            ("No, gas leak!", Some(Danger::Gas)),
            ("bitte rufen sie mich morgen an", None),
            ("ruf mich an", None),
            ("the power line is on the ground", Some(Danger::Wires)),
            ("śmierdzi gazem", Some(Danger::Gas)),
            ("the gas man came, thanks", None),
            ("we smelled nothing", None),
            ("04417", None),
            ("Liked “If you smell gas call us”", None),
            ("my mother is on an oxygen concentrator and we have no power", Some(Danger::Life)),
            ("停電で母の人工呼吸器が止まりそう", Some(Danger::Life)),
            ("Neugeborenes und keine Heizung seit gestern", Some(Danger::Life)),
            ("my husband is unconscious", Some(Danger::Life)),
            ("the baby is asleep, please do not ring the bell", None),
            ("power is back, thank you", None),
            ("water is running into the fuse box", Some(Danger::Wires)),
            ("bodrumu su bastı sigorta kutusu suyun içinde", Some(Danger::Wires)),
            ("the water meter is in the basement", None),
            ("", None),
        ] {
            assert_eq!(heard(text, &packs), want, "{text:?}");
        }
    }

    #[test]
    fn danger_is_heard_however_it_is_written() {
        let packs = Packs::load(&Packs::shipped()).expect("packs");
        for (text, want) in [
            ("12345 gasleak", Some(Danger::Gas)),
            ("g a s smell in the hall", Some(Danger::Gas)),
            ("no gas smell yesterday but today there is one", Some(Danger::Gas)),
            ("no gas smell outside only inside the kitchen", Some(Danger::Gas)),
            ("hier pas d'odeur de gaz mais aujourd'hui oui", Some(Danger::Gas)),
            ("smoookee from the meter", Some(Danger::Wires)),
            ("FIREEE", Some(Danger::Fire)),
            ("пожежаааа", Some(Danger::Fire)),
            ("mein vater ist gestürzt und bewegt sich nicht", Some(Danger::Life)),
            ("тато впав і не рухається", Some(Danger::Life)),
            ("我爸摔倒了不动了", Some(Danger::Life)),
            ("crew member injured", Some(Danger::Life)),
            ("I am having chest pains", Some(Danger::Life)),
            ("胸口痛", Some(Danger::Life)),
            ("a car hit the electricity pole", Some(Danger::Wires)),
            ("искренне благодарю", None),
            ("smoking hot day here", None),
            ("yangın merdiveni yanında", None),
        ] {
            assert_eq!(heard(text, &packs), want, "{text:?}");
        }
    }
}
