//! One stretch of words, taken from its beginning: answers, courtesy, what changes a meaning, what nobody knows.

use super::forms::{Form, Forms};
use super::marks::Stretch;
use super::remark::tells_time;
use super::scene::{Named, Scene};
use super::{Heard, Strength};
use crate::conversation::normal;
use crate::conversation::packs::Lexicon;

/// What words are held against.
pub struct Ground<'a> {
    /// The forms of the answers.
    pub forms: &'a Forms<'a>,
    /// What the question speaks of.
    pub scene: &'a Scene<'a>,
    /// What the packs hear.
    pub lexicon: &'a Lexicon,
    /// Money or switching: no repair and no leftovers.
    pub exact: bool,
}

impl Ground<'_> {
    /// "Yes, call it off": who is asked to agree to a visit ends it.
    pub fn undoes(&self, heard: &Heard) -> bool {
        self.forms.is_visit() && self.lexicon.stand_within(&self.lexicon.undoes, &heard.words)
    }
}

/// What stands in a stretch.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "marks of one scan, each set by itself; no state machine")]
pub struct Found {
    /// Forms, in order.
    pub answers: Vec<(usize, Strength)>,
    /// A form is the first thing said.
    pub at_start: bool,
    /// Something turns a meaning round.
    pub negator: bool,
    /// A contrast, a question, another time.
    pub doubt: bool,
    /// A contrast or a question, whatever is said about time.
    pub turned: bool,
    /// Words that leave an answer what it is.
    pub harmless: bool,
    /// Where words stand that nobody knows.
    pub unknown: Vec<usize>,
    /// Words that answer where a clearer one says the same: whether each is a no.
    pub halves: Vec<bool>,
    /// How many things were said, courtesy aside.
    pub meant: usize,
}

/// Reads a stretch; `before` is what was found in front of it.
pub fn scan(stretch: Stretch<'_>, ground: &Ground<'_>, before: &Found) -> Found {
    let words = stretch.words;
    let mut found = Found { meant: before.meant, ..Found::default() };
    let said_before = !before.answers.is_empty();
    let mut at = 0;
    let (mut after_form, mut letters, mut bare_no, mut has_subject) = (false, false, false, false);
    while at < words.len() {
        let (rest, from) = (&words[at..], stretch.from(at));
        let formed = form_at(from, ground);
        let form = formed.filter(|_| rest[0].chars().count() > 1 || is_picture(&rest[0]) || found.meant == 0 || after_form);
        let has_answer = said_before || !found.answers.is_empty();
        // "Ok, N": the letter of another answer at the end is no name.
        let other_letter = |answer: usize| found.answers.iter().chain(&before.answers).any(|(said, _)| *said != answer);
        let is_last_letter = form.is_none() && rest.len() == 1 && (at == 0 || !JOINTS.contains(&rest[0].as_str()));
        let turns = is_last_letter && formed.is_some_and(|(answer, ..)| other_letter(answer));
        (found.doubt, found.turned) = (found.doubt || turns, found.turned || turns);
        let other = other_at(from, ground, &Place { has_answer, has_subject, letters, bare_no, meant: found.meant, at });
        let (len, other) = other.map_or((0, None), |(len, other)| (len, Some(other)));
        after_form = false;
        // "Nie we wtorek": what says nothing does not part a bare no from what it denies.
        bare_no &= matches!(other, Some(Other::Small));
        if let Some((answer, form_len, strength)) = form.filter(|(_, form_len, _)| *form_len >= len) {
            found.at_start |= found.meant == 0;
            found.answers.push((answer, strength));
            letters = form_len == 1 && rest[0].chars().count() == 1 && !is_picture(&rest[0]);
            bare_no = ground.forms.answers[answer].no && form_len == 1 && is_determiner(&rest[0], ground.lexicon);
            after_form = true;
            at += form_len;
            found.meant += 1;
            continue;
        }
        match other {
            Some(Other::Courtesy | Other::Small) => at += len,
            Some(Other::Half) => {
                found.halves.extend(from.marks[0].half);
                at += len;
                found.meant += 1;
            }
            Some(other) => {
                has_subject |= matches!(other, Other::Subject);
                match other {
                    Other::Harmless | Other::Beside | Other::Subject => found.harmless = true,
                    Other::Negator => found.negator = true,
                    Other::Elsewhen => found.doubt = true,
                    Other::Doubt => (found.doubt, found.turned) = (true, true),
                    Other::Courtesy | Other::Small | Other::Half => {}
                }
                // "Y or N": whatever else a pack takes it for.
                after_form = len == 1 && JOINTS.contains(&rest[0].as_str());
                at += len;
                found.meant += 1;
            }
            None => {
                let is_joint = JOINTS.contains(&rest[0].as_str());
                found.doubt |= rest[0] == "?" || rest[0].chars().any(char::is_numeric);
                if !is_joint && rest[0] != "?" && !is_picture(&rest[0]) {
                    found.unknown.push(at);
                }
                after_form = is_joint;
                at += 1;
                found.meant += usize::from(!is_joint);
            }
        }
    }
    found
}

/// "No key", "nie wtorek", "нет света": a no that also denies what stands behind it; "nein" and "hayır" do not.
pub fn is_determiner(word: &str, lexicon: &Lexicon) -> bool {
    lexicon.negators.is_word(word) || matches!(word, "no" | "нет" | "لا" | "ні")
}

/// Where a word stands.
#[expect(clippy::struct_excessive_bools, reason = "what is known of one place, each by itself; no state machine")]
struct Place {
    has_answer: bool,
    /// What was proposed has been named: "10 is good".
    has_subject: bool,
    letters: bool,
    bare_no: bool,
    meant: usize,
    at: usize,
}

#[derive(Clone, Copy)]
enum Other {
    Courtesy,
    /// A word that answers only beside a clearer one.
    Half,
    Small,
    Harmless,
    /// The question's own words, and those of a house.
    Beside,
    /// The time that was proposed.
    Subject,
    Elsewhen,
    Doubt,
    Negator,
}

/// What else begins here; of several of one length the last, which says more against an answer.
fn other_at(from: Stretch<'_>, ground: &Ground<'_>, place: &Place) -> Option<(usize, Other)> {
    let (scene, rest, mark) = (ground.scene, from.words, &from.marks[0]);
    // "Yes for me": words that say nothing, behind an answer of more than one letter ("y me" asks why).
    let names_time = |len: &usize| rest.len() > *len && matches!(scene.time_at(from.from(*len)), Some((_, Named::Same)));
    let may_be_small = (place.has_answer || place.has_subject) && !place.letters;
    let small = mark.small.filter(|len| may_be_small || (!ground.exact && names_time(len)));
    // "Sorry, but no": an apology is not taken back.
    let is_apology = |len: &usize| place.meant == 0 && place.at > 0 && ground.lexicon.but.is(&rest[..*len]);
    let time = if ground.exact { None } else { scene.time_at(from) };
    // "No key" is not "no": what stands right behind a bare no may be what there is none of.
    let may_stand_beside = !ground.exact && !place.letters && !place.bare_no;
    let own = (may_stand_beside && place.has_answer && scene.says(&rest[0])).then_some(1);
    // "Flat 4", "ring at 2B": the figure belongs to the house; "ring 2pm" and "husband 15:00" tell an hour.
    let is_hour = |at: usize| {
        let behind = rest.get(at + 1..).filter(|behind| !behind.is_empty());
        behind.is_some_and(|behind| behind[0].bytes().all(|b| b.is_ascii_digit()) || tells_time(behind, ground.lexicon))
    };
    let is_numbered = |len: usize| {
        let calls = rest[..len].iter().any(|word| ground.lexicon.access.is_word(word));
        let names = rest[..len].iter().any(|word| ground.lexicon.kin.names(word));
        rest.get(len).is_some_and(|word| is_door(word, calls)) && !names && !is_hour(len)
    };
    let numbered = |len: usize| len + usize::from(is_numbered(len));
    // "3rd floor", "3楼".
    let floor = || ground.lexicon.floors.len_at(rest.get(1..)?).filter(|_| is_floor(&rest[0])).map(|len| len + 1);
    let house = mark.house.map(numbered).or_else(floor).filter(|_| may_stand_beside);
    let same = time.filter(|(_, named)| *named == Named::Same && !place.bare_no).map(|(len, _)| len);
    // "Yh cool", "ne, da bin ich arbeiten".
    let half = mark.half.filter(|_| !ground.exact).map(|_| 1);
    let elsewhen = |len: &usize| mark.during == Some(*len);
    let others = [
        (half, Other::Half),
        (time.map(|(len, _)| len), Other::Elsewhen),
        (own, Other::Beside),
        (house, Other::Beside),
        (mark.lets_in.filter(|_| may_stand_beside), Other::Beside),
        (small, Other::Small),
        (mark.courtesy, Other::Courtesy),
        (mark.harmless, Other::Harmless),
        (mark.contrast.filter(|len| !elsewhen(len)), Other::Doubt),
        (mark.contrast.filter(elsewhen), Other::Elsewhen),
        (mark.asks, Other::Doubt),
        (mark.negators, Other::Negator),
        (same, Other::Subject),
        (mark.contrast.filter(is_apology), Other::Courtesy),
    ];
    others.into_iter().filter_map(|(len, other)| len.map(|len| (len, other))).max_by_key(|(len, _)| *len)
}

/// "4", "2B", "2º"; behind "ring" a bare figure may be an hour.
fn is_door(word: &str, calls: bool) -> bool {
    let tail = word.trim_start_matches(|sign: char| sign.is_ascii_digit());
    let digits = word.len() - tail.len();
    let is_letter = tail.chars().count() == 1 && !matches!(tail, "h" | "ч" | "時" | "点" | "點");
    digits > 0 && (is_letter || (tail.is_empty() && !calls))
}

/// "3", "3rd".
fn is_floor(word: &str) -> bool {
    let digits = word.trim_end_matches(char::is_alphabetic);
    (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && word.len() - digits.len() <= ORDINAL_LEN_MAX
}

/// "th".
const ORDINAL_LEN_MAX: usize = 2;

/// "Yes and ok": the words between two forms.
pub const JOINTS: &[&str] = &["and", "y", "et", "und", "e", "i", "и", "та", "ve", "en", "or", "o", "ou", "oder"];

fn is_picture(word: &str) -> bool {
    word.chars().all(normal::is_emoji)
}

fn form_at(from: Stretch<'_>, ground: &Ground<'_>) -> Option<Form> {
    let mark = &from.marks[0];
    if let Some(found) = ground.forms.at_mark(from.words, &mark.common) {
        return Some(found);
    }
    if ground.exact {
        return None;
    }
    let whole = |word: &String| ground.forms.whole(std::slice::from_ref(word), ground.lexicon);
    mark.squeezed.iter().find_map(whole).map(|(at, strength)| (at, 1, strength))
}
