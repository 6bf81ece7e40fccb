//! Yes, no and the flow's own words: whole forms, forms with harmless words, mixed, unclear, none.

use super::forms::Forms;
use super::scan::{Found, Ground, scan};
use super::scene::Scene;
use super::{Heard, Match, Strength, agreed, beside, exact, refused};
use crate::conversation::machine::answer::Taken;
use crate::conversation::normal;
use crate::conversation::packs::{Lexicon, Phrases};

/// Whether the text is one of the named answers. `exact`: money or switching, no repair and no leftovers.
pub fn matched(heard: &Heard, forms: &Forms<'_>, scene: &Scene<'_>, exact: bool, lexicon: &Lexicon) -> Match {
    let ground = Ground { forms, scene, lexicon, exact };
    if doubts(heard, &ground) {
        let found = scan(heard.stretch(lexicon), &ground, &Found::default());
        return judged(&Found { doubt: true, turned: true, ..found }, forms, exact);
    }
    if exact && let Some((at, strength)) = exact::said(heard, forms, lexicon) {
        return named(forms, at, strength, true);
    }
    if let Some(found) = whole(heard, forms, exact, lexicon) {
        // What is not exactly a yes is none here.
        return if exact && !denies(&found, forms) { Match::Unclear } else { found };
    }
    if !exact && let Some((at, strength)) = beside::answer(heard, &ground) {
        return named(forms, at, strength, false);
    }
    if !exact && let Some((at, strength)) = refused::unpaid(heard, &ground).or_else(|| refused::answer(heard, &ground)) {
        return named(forms, at, strength, false);
    }
    let judged = judged(&scan(heard.stretch(lexicon), &ground, &Found::default()), forms, exact);
    // What shall end, what is so and what costs are not agreed to with a remark.
    if !exact
        && forms.is_visit()
        && (judged == Match::None || agreed::eases(heard, lexicon))
        && let Some((at, strength)) = agreed::answer(heard, &ground)
    {
        return named(forms, at, strength, false);
    }
    judged
}

fn denies(found: &Match, forms: &Forms<'_>) -> bool {
    let Match::Answer { taken: Taken::Named(name), .. } = found else { return false };
    forms.answers.iter().any(|answer| answer.no && answer.name == name)
}

/// Whether words that put something in doubt stand across what would be heard one by one.
fn doubts(heard: &Heard, ground: &Ground<'_>) -> bool {
    let lexicon = ground.lexicon;
    if !heard.stretch(lexicon).marks.iter().any(|mark| mark.doubts() > Some(1)) {
        return false;
    }
    let heard_at = |words: &[String]| {
        let form = ground.forms.at(words, lexicon).map(|(_, len, _)| len);
        let around = [&lexicon.courtesy, &lexicon.harmless, &lexicon.house, &lexicon.thanks, &lexicon.closings, &lexicon.during];
        around.into_iter().map(|phrases| phrases.len_at(words)).chain([form, lexicon.pay.len_at(words)]).max().flatten()
    };
    lexicon.doubts_across(&heard.words, heard_at)
}

fn named(forms: &Forms<'_>, at: usize, strength: Strength, whole: bool) -> Match {
    Match::Answer { taken: Taken::Named(forms.answers[at].name.to_owned()), strength, whole }
}

/// The whole message, with and without courtesy.
fn whole(heard: &Heard, forms: &Forms<'_>, exact: bool, lexicon: &Lexicon) -> Option<Match> {
    let (all, core) = (heard.stretch(lexicon), heard.core(lexicon));
    let all = all.marks.first().and_then(|mark| forms.at_mark(all.words, &mark.common)).filter(|(_, len, _)| *len == all.words.len());
    let all = all.map(|(at, _, strength)| (at, strength));
    let core_alone = if core.len() < heard.words.len() { at_whole(forms, core, lexicon) } else { None };
    // "Ja graag" is light as a phrase, and a plain yes with a courtesy.
    let found: Vec<(usize, Strength)> = all.into_iter().chain(core_alone).collect();
    let best = found.iter().filter(|(at, _)| found.iter().all(|(other, _)| other == at)).max_by_key(|(_, strength)| *strength);
    if let Some((at, strength)) = best.or(found.first()).copied() {
        let light = exact && strength == Strength::Light;
        return Some(if light { Match::Unclear } else { named(forms, at, strength, true) });
    }
    if let Some(at) = whole_only(forms, &heard.words, core, lexicon) {
        return Some(if exact { Match::Unclear } else { named(forms, at, Strength::Light, true) });
    }
    if exact || core.len() != 1 {
        return None;
    }
    let repaired = repairs(&core[0], forms, lexicon);
    repaired.map(|(at, strength)| named(forms, at, strength, true))
}

/// Words that are an answer only where nothing else is said.
fn whole_only(forms: &Forms<'_>, words: &[String], core: &[String], lexicon: &Lexicon) -> Option<usize> {
    let is = |phrases: &Phrases| phrases.is(words) || phrases.is(core);
    let yes = forms.answers.iter().position(|answer| answer.yes).filter(|_| is(&lexicon.yes_whole));
    let no = forms.answers.iter().position(|answer| answer.no).filter(|_| is(&lexicon.no_whole));
    yes.xor(no)
}

fn at_whole(forms: &Forms<'_>, words: &[String], lexicon: &Lexicon) -> Option<(usize, Strength)> {
    (!words.is_empty()).then(|| forms.whole(words, lexicon)).flatten()
}

/// "yesss", a Cyrillic У for a Y, "confrim": one answer only, and only where the word is nothing else.
fn repairs(word: &str, forms: &Forms<'_>, lexicon: &Lexicon) -> Option<(usize, Strength)> {
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
/// "Yse", "oiu": in a word of so many the last two may be swapped.
const SWAPPED_LETTERS: usize = 3;

fn slip(word: &str, forms: &Forms<'_>, lexicon: &Lexicon) -> Option<(usize, Strength)> {
    let letters = word.chars().count();
    if letters < SWAPPED_LETTERS || lexicon.known.contains(word) || word.chars().any(char::is_numeric) {
        return None;
    }
    let mut found: Vec<usize> = Vec::new();
    for (at, answer) in forms.answers.iter().enumerate() {
        let sets = [
            Some(&*answer.own),
            answer.yes.then_some(&lexicon.yes),
            answer.yes.then_some(&lexicon.yes_light),
            answer.no.then_some(&lexicon.no),
            answer.no.then_some(&lexicon.no_light),
        ];
        let near = |one: &str| {
            if letters == SWAPPED_LETTERS {
                return same_start(one, word) && normal::ends_swapped(one, word);
            }
            let may_slip = same_start(one, word) && normal::may_slip(one, word) && one.chars().count() >= SLIP_LETTERS_MIN;
            may_slip && normal::one_slip(one, word) && !is_other(one, word)
        };
        if sets.into_iter().flatten().any(|phrases| phrases.single_words().any(near)) {
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

fn judged(found: &Found, forms: &Forms<'_>, exact: bool) -> Match {
    let Some((first, strength)) = found.answers.first().copied() else {
        return Match::None;
    };
    if found.answers.iter().any(|(other, _)| *other != first) {
        return Match::Unclear;
    }
    let answer = &forms.answers[first];
    let name = answer.name;
    if found.negator || found.halves.iter().any(|half| *half != answer.no) {
        return Match::Unclear;
    }
    if found.doubt {
        return if found.at_start { Match::Mixed(name.to_owned()) } else { Match::Unclear };
    }
    if !found.unknown.is_empty() {
        return Match::None;
    }
    if exact {
        return if found.at_start { Match::Mixed(name.to_owned()) } else { Match::Unclear };
    }
    named(forms, first, strength, !found.harmless)
}
