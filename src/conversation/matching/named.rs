//! Yes, no and the flow's own words: whole forms, forms with harmless words, mixed, unclear, none.

use super::forms::Forms;
use super::{Heard, Match, Strength};
use crate::conversation::machine::answer::Taken;
use crate::conversation::normal;
use crate::conversation::packs::{Lexicon, Phrases};

/// Whether the text is one of the named answers. `exact`: money or switching, no repair and no leftovers.
pub fn matched(heard: &Heard, forms: &Forms, exact: bool, lexicon: &Lexicon) -> Match {
    if let Some(found) = whole(heard, forms, exact, lexicon) {
        return found;
    }
    let found = scan(&heard.words, forms, lexicon, exact);
    judged(&found, forms, exact)
}

fn named(forms: &Forms, at: usize, strength: Strength, whole: bool) -> Match {
    Match::Answer { taken: Taken::Named(forms.answers[at].name.clone()), strength, whole }
}

/// The whole message, with and without courtesy.
fn whole(heard: &Heard, forms: &Forms, exact: bool, lexicon: &Lexicon) -> Option<Match> {
    let core = heard.core(lexicon);
    let found = [&heard.words, &core].into_iter().filter_map(|words| at_whole(forms, words, lexicon));
    // "Ja graag" is light as a phrase, and a plain yes with a courtesy.
    let found: Vec<(usize, Strength)> = found.collect();
    let best = found.iter().filter(|(at, _)| found.iter().all(|(other, _)| other == at)).max_by_key(|(_, strength)| *strength);
    if let Some((at, strength)) = best.or(found.first()).copied() {
        let light = exact && strength == Strength::Light;
        return Some(if light { Match::Unclear } else { named(forms, at, strength, true) });
    }
    if let Some(at) = whole_only(forms, &heard.words, &core, lexicon) {
        return Some(if exact { Match::Unclear } else { named(forms, at, Strength::Light, true) });
    }
    if exact || core.len() != 1 {
        return None;
    }
    let repaired = repairs(&core[0], forms, lexicon);
    repaired.map(|(at, strength)| named(forms, at, strength, true))
}

/// Words that are an answer only where nothing else is said.
fn whole_only(forms: &Forms, words: &[String], core: &[String], lexicon: &Lexicon) -> Option<usize> {
    let is = |phrases: &Phrases| phrases.is(words) || phrases.is(core);
    let yes = forms.answers.iter().position(|answer| answer.yes).filter(|_| is(&lexicon.yes_whole));
    let no = forms.answers.iter().position(|answer| answer.no).filter(|_| is(&lexicon.no_whole));
    yes.xor(no)
}

fn at_whole(forms: &Forms, words: &[String], lexicon: &Lexicon) -> Option<(usize, Strength)> {
    (!words.is_empty()).then(|| forms.whole(words, lexicon)).flatten()
}

/// "yesss", a Cyrillic У for a Y, "confrim": one answer only, and only where the word is nothing else.
fn repairs(word: &str, forms: &Forms, lexicon: &Lexicon) -> Option<(usize, Strength)> {
    let one = |word: String| forms.whole(&[word], lexicon);
    if let Some(found) = normal::squeezed(word).into_iter().find_map(one) {
        return Some(found);
    }
    let folded: String = word.chars().map(|letter| normal::look_alike(letter).unwrap_or(letter)).collect();
    let single = word.chars().count() == 1;
    let mixed = word.chars().any(|letter| letter.is_ascii()) && !word.is_ascii();
    let latin: String =
        word.chars().map(|letter| if letter.is_ascii() { letter } else { normal::look_alike(letter).unwrap_or(letter) }).collect();
    if single && let Some(found) = one(folded) {
        return Some(found);
    }
    if mixed && let Some(found) = one(latin) {
        return Some(found);
    }
    slip(word, forms, lexicon)
}

/// A slip is repaired in words of at least so many letters.
const SLIP_LETTERS_MIN: usize = 4;

fn slip(word: &str, forms: &Forms, lexicon: &Lexicon) -> Option<(usize, Strength)> {
    if word.chars().count() < SLIP_LETTERS_MIN || lexicon.known.contains(word) || word.chars().any(char::is_numeric) {
        return None;
    }
    let mut found: Vec<usize> = Vec::new();
    for (at, answer) in forms.answers.iter().enumerate() {
        let sets = [
            Some(&answer.own),
            answer.yes.then_some(&lexicon.yes),
            answer.yes.then_some(&lexicon.yes_light),
            answer.no.then_some(&lexicon.no),
            answer.no.then_some(&lexicon.no_light),
        ];
        let near = |form: &Vec<String>| match form.as_slice() {
            [one] => {
                one.chars().count() >= SLIP_LETTERS_MIN && same_start(one, word) && normal::one_slip(one, word) && !is_other(one, word)
            }
            _ => false,
        };
        if sets.into_iter().flatten().any(|phrases| phrases.iter().any(near)) {
            found.push(at);
        }
    }
    match found.as_slice() {
        [one] => Some((*one, Strength::Light)),
        _ => None,
    }
}

/// "nose" is no "nope": one wrong letter of four is more likely another word.
fn is_other(form: &str, word: &str) -> bool {
    word.chars().count() == SLIP_LETTERS_MIN && normal::one_letter_differs(form, word)
}

/// "hope" is no "nope": the first letter is rarely the wrong one.
fn same_start(a: &str, b: &str) -> bool {
    a.chars().next() == b.chars().next()
}

/// What stands in a longer text.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "marks of one scan, each set by itself; no state machine")]
struct Found {
    answers: Vec<(usize, Strength)>,
    at_start: bool,
    negator: bool,
    doubt: bool,
    harmless: bool,
    unknown: bool,
}

fn scan(words: &[String], forms: &Forms, lexicon: &Lexicon, exact: bool) -> Found {
    let mut found = Found::default();
    let mut at = 0;
    let mut meant = 0;
    let mut after_form = false;
    let mut letters = false;
    while at < words.len() {
        let rest = &words[at..];
        let form = form_at(rest, forms, lexicon, exact)
            .filter(|_| rest[0].chars().count() > 1 || is_picture(&rest[0]) || meant == 0 || after_form);
        let others = [
            (small_at(rest, &found, letters, lexicon), Other::Courtesy),
            (lexicon.courtesy.len_at(rest), Other::Courtesy),
            (lexicon.harmless.len_at(rest), Other::Harmless),
            (lexicon.contrast.len_at(rest), Other::Doubt),
            (lexicon.asks_at(rest), Other::Doubt),
            (lexicon.negators.len_at(rest), Other::Negator),
        ];
        let other = others.into_iter().filter_map(|(len, other)| len.map(|len| (len, other))).max_by_key(|(len, _)| *len);
        let (len, other) = other.map_or((0, None), |(len, other)| (len, Some(other)));
        after_form = false;
        if let Some((answer, form_len, strength)) = form.filter(|(_, form_len, _)| *form_len >= len) {
            found.at_start |= meant == 0;
            found.answers.push((answer, strength));
            letters = form_len == 1 && rest[0].chars().count() == 1 && !is_picture(&rest[0]);
            after_form = true;
            at += form_len;
            meant += 1;
            continue;
        }
        match other {
            Some(Other::Courtesy) => at += len,
            Some(other) => {
                match other {
                    Other::Harmless => found.harmless = true,
                    Other::Negator => found.negator = true,
                    Other::Doubt => found.doubt = true,
                    Other::Courtesy => {}
                }
                at += len;
                meant += 1;
            }
            None => {
                let is_joint = JOINTS.contains(&rest[0].as_str());
                found.doubt |= rest[0] == "?" || rest[0].chars().any(char::is_numeric);
                found.unknown |= !is_joint && rest[0] != "?" && !is_picture(&rest[0]);
                after_form = is_joint;
                at += 1;
                meant += usize::from(!is_joint);
            }
        }
    }
    found
}

/// "Yes for me": words that say nothing, behind an answer of more than one letter ("y me" asks why).
fn small_at(rest: &[String], found: &Found, letters: bool, lexicon: &Lexicon) -> Option<usize> {
    lexicon.small.len_at(rest).filter(|_| !found.answers.is_empty() && !letters)
}

#[derive(Clone, Copy)]
enum Other {
    Courtesy,
    Harmless,
    Doubt,
    Negator,
}

/// "Yes and ok": the words between two forms.
const JOINTS: &[&str] = &["and", "y", "et", "und", "e", "i", "и", "та", "ve", "en", "or", "o", "ou", "oder"];

fn is_picture(word: &str) -> bool {
    word.chars().all(normal::is_emoji)
}

fn form_at(rest: &[String], forms: &Forms, lexicon: &Lexicon, exact: bool) -> Option<(usize, usize, Strength)> {
    if let Some(found) = forms.at(rest, lexicon) {
        return Some(found);
    }
    if exact || lexicon.known.contains(&rest[0]) {
        return None;
    }
    let squeezed = normal::squeezed(&rest[0]).into_iter().find_map(|word| forms.whole(&[word], lexicon));
    squeezed.map(|(at, strength)| (at, 1, strength))
}

fn judged(found: &Found, forms: &Forms, exact: bool) -> Match {
    let Some((first, strength)) = found.answers.first().copied() else {
        return Match::None;
    };
    if found.answers.iter().any(|(other, _)| *other != first) {
        return Match::Unclear;
    }
    let name = &forms.answers[first].name;
    if found.negator {
        return Match::Unclear;
    }
    if found.doubt {
        return if found.at_start { Match::Mixed(name.clone()) } else { Match::Unclear };
    }
    if found.unknown {
        return Match::None;
    }
    if exact {
        return if found.at_start { Match::Mixed(name.clone()) } else { Match::Unclear };
    }
    named(forms, first, strength, !found.harmless)
}
