//! What a phone or a habit writes below a text: "-- Maria", "Sent from my iPhone", "Kind regards, Tom". It is cut off where it says
//! nothing, and only there: "yes -- but only half" and "yes, sent from my bank on Monday" are all of them text.

use crate::conversation::normal;
use crate::conversation::packs::Lexicon;

/// A text of more such lines is not signed.
const OPENERS_MAX: usize = 3;

/// A name, with a title or a flat number in words.
const NAME_WORDS_MAX: usize = 3;

/// What a phone or a mail program says of itself has no more words.
const DEVICE_WORDS_MAX: usize = 9;

/// How the words for what a text is written with begin, in all languages.
const DEVICES: &str = "iphone ipad android samsung galaxy huawei xiaomi redmi nokia motorola pixel oneplus oppo blackberry \
    outlook gmail gmx webde yahoo libero mailru proton phone smartphone smartfon mobil mobiel handy \
    telefon cell movil celular portable cellulare telemovel komork телефон смартфон мобильн мобільн айфон هاتف \
    جوال موبايل ايفون फोन 手机 手機 苹果 携帯 スマホ スマートフォン 端末";

/// Those of them that are nothing else.
const BRANDS: &str = "iphone ipad android samsung galaxy huawei xiaomi redmi nokia motorola pixel oneplus oppo blackberry айфон";

/// "My", between "sent from" and a brand, and its model.
const BRAND_WORDS_MAX: usize = 3;

/// The text without its signature, and whether more may have been cut off than one.
pub fn without_signature(text: &str, lexicon: &Lexicon) -> (String, bool) {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(|line| !line.trim().is_empty()).unwrap_or(lines.len());
    let mut openers = (first + 1..lines.len()).filter_map(|at| Some((at, opener(lines[at], lexicon)?))).take(OPENERS_MAX);
    let signed = openers.find(|(at, start)| signs_off(&lines[*at..], start, lexicon));
    let (kept, below) = lines.split_at(signed.map_or(lines.len(), |(at, _)| at));
    let kept = kept.join("\n");
    match inline(&kept, lexicon) {
        Some(at) => (kept[..at].to_owned(), true),
        None => (kept, signed.is_some_and(|(_, start)| !is_plain(below, start))),
    }
}

/// Whether these lines are a signature and nothing else could be meant: a name with capitals below the dashes, or a brand alone.
fn is_plain(lines: &[&str], start: &str) -> bool {
    if is_word(start) {
        let words = normal::words(lines[0]);
        let is_brand = words.last().is_some_and(|last| BRANDS.split(' ').any(|brand| last.starts_with(brand)));
        return lines.len() == 1 && is_brand && words.len() <= normal::words(start).len() + BRAND_WORDS_MAX;
    }
    let text = lines.join(" ");
    let mut words = text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let is_name = |word: &str| word.chars().all(char::is_alphabetic) && word.starts_with(|sign: char| !sign.is_lowercase());
    words.peek().is_none() || (words.clone().count() <= NAME_WORDS_MAX && words.all(is_name))
}

/// What a line begins with, where that may open a signature.
fn opener<'l>(line: &str, lexicon: &'l Lexicon) -> Option<&'l str> {
    let folded = normal::fold(line);
    lexicon.signatures.iter().find(|start| folded.trim_start().starts_with(start.as_str())).map(String::as_str)
}

/// Whether the first of these lines, which begins with an opener, opens a signature.
fn signs_off(lines: &[&str], start: &str, lexicon: &Lexicon) -> bool {
    if is_word(start) {
        return tells_device(lines[0], lexicon) && !turns(&normal::words(&lines[1..].join("\n")), lexicon);
    }
    let named = normal::words(lines[0]);
    // An initial is no answer here.
    let below: Vec<String> = normal::words(&lines[1..].join("\n")).into_iter().filter(|word| !normal::is_letter(word)).collect();
    if named.is_empty() { !turns(&below, lexicon) } else { !says_more(&named, lexicon) && !turns(&below, lexicon) }
}

/// Where a signature begins that stands on a line with the text.
fn inline(text: &str, lexicon: &Lexicon) -> Option<usize> {
    const DASHES: &str = " -- ";
    if let Some(at) = text.find(DASHES).filter(|at| *at > 0) {
        let named = normal::words(&text[at + DASHES.len()..]);
        return (!says_more(&named, lexicon)).then_some(at);
    }
    let folded = normal::fold(text);
    let begins = |at: &usize| folded[..*at].chars().next_back().is_none_or(|sign| !sign.is_alphabetic() || normal::is_unspaced(sign));
    let opens = |at: &usize| lexicon.signatures.iter().any(|start| is_word(start) && folded[*at..].starts_with(start.as_str()));
    let at = folded.char_indices().map(|(at, _)| at).filter(begins).find(opens).filter(|at| *at > 0)?;
    // Folding may change lengths; the cut is made only where both spell the same up to there.
    let is_same = text.is_char_boundary(at) && normal::fold(&text[..at]).len() == at;
    (is_same && tells_device(&folded[at..], lexicon)).then_some(at)
}

/// Dashes are no words.
fn is_word(start: &str) -> bool {
    start.starts_with(char::is_alphanumeric)
}

fn tells_device(line: &str, lexicon: &Lexicon) -> bool {
    let words = normal::words(line);
    let is_device = |word: &String| {
        DEVICES.split(' ').any(|device| word.starts_with(device) || normal::is_unspaced_word(word) && word.contains(device))
    };
    words.len() <= DEVICE_WORDS_MAX && words.iter().any(is_device) && !turns(&words, lexicon)
}

/// Whether words answer, deny, ask, end or warn.
fn turns(words: &[String], lexicon: &Lexicon) -> bool {
    let turning = [&lexicon.contrast, &lexicon.question, &lexicon.negators, &lexicon.yes, &lexicon.no, &lexicon.stop];
    let turning = turning.into_iter().chain([&lexicon.danger_fire, &lexicon.past]);
    words.iter().any(|word| word == "?") || turning.into_iter().any(|phrases| phrases.is_in(words))
}

/// Whether words are more than a name.
fn says_more(words: &[String], lexicon: &Lexicon) -> bool {
    let is_title = |word: &String| lexicon.introduces.is_word(word) || lexicon.greets.is_word(word) || lexicon.courtesy.is_word(word);
    let says = |word: &String| lexicon.vocabulary.contains(word) && !is_title(word);
    let speaks = |word: &String| word.chars().any(char::is_numeric) || says(word);
    words.len() > NAME_WORDS_MAX || words.iter().any(speaks) || turns(words, lexicon)
}

/// "Kind regards, Tom": a name behind a closing says nothing, as long as it is only a name. The words, and the name.
pub fn without_closing(mut words: Vec<String>, lexicon: &Lexicon) -> (Vec<String>, Vec<String>) {
    let (mut at, mut named) = (0, Vec::new());
    while at < words.len() {
        let rest = &words[at..];
        // "Many thanks, Tom": a courtesy that ends in a closing is one.
        let courtesy = lexicon.courtesy.len_at(rest).unwrap_or(1);
        let closes = lexicon.closings.len_at(rest).max(lexicon.closings.is_in(&rest[..courtesy]).then_some(courtesy));
        if let Some(len) = closes.filter(|len| at > 0 && !says_more(unabridged(&rest[(*len).max(courtesy)..]), lexicon)) {
            named = words.split_off(at + len.max(courtesy));
            break;
        }
        at += courtesy;
    }
    (words, named)
}

/// "H. Brandt": the initial is a name, too.
fn unabridged(name: &[String]) -> &[String] {
    match name {
        [initial, rest @ ..] if !rest.is_empty() && normal::is_letter(initial) => rest,
        all => all,
    }
}
