//! Normalisation of what people type (conversation.md section 4): one spelling for the same word, in every language.
//!
//! It keeps what may change a meaning (question marks, emoji, digits) as words of their own and drops what may not.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The words of a text, each in its one spelling.
pub fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut words = Vec::new();
    let mut word = String::new();
    for sign in folded.chars() {
        if sign.is_alphanumeric() || is_combining_mark(sign) || sign == 'ー' {
            // "OKです", "11月24日": the scripts written without spaces end where another one begins.
            let changes = word.chars().next_back().is_some_and(|last| is_unspaced(last) != is_unspaced(sign));
            if changes && !is_combining_mark(sign) {
                flush(&mut word, &mut words);
            }
            word.push(sign);
            continue;
        }
        if matches!(sign, '\'' | '`') && !word.is_empty() {
            continue;
        }
        flush(&mut word, &mut words);
        match sign {
            '?' | '؟' | '¿' | '‽' => words.push("?".to_owned()),
            other if is_emoji(other) => words.push(other.to_string()),
            _ => {}
        }
    }
    flush(&mut word, &mut words);
    words
}

fn flush(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

/// A word of those scripts.
pub fn is_unspaced_word(word: &str) -> bool {
    word.chars().any(is_unspaced)
}

/// A single letter of a script that is written in letters.
pub fn is_letter(word: &str) -> bool {
    let mut signs = word.chars();
    signs.next().is_some_and(|sign| sign.is_alphabetic() && !is_unspaced(sign)) && signs.next().is_none()
}

/// Lower case, each accent on its letter.
pub fn composed(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).nfc().collect()
}

/// Kana and Han.
pub fn is_unspaced(sign: char) -> bool {
    matches!(sign, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

/// NFKC, lower case, accents and invisible characters dropped, quotes straightened.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.chars().filter(|sign| !is_invisible(*sign)).map(|sign| sign.to_ascii_lowercase()).collect();
    }
    let mut out = String::with_capacity(text.len());
    let mut base = ' ';
    // The sign for "number" would decompose to the English "no"; Arabic has its own decimal sign.
    let plain = text.chars().map(|sign| match sign {
        '№' => '#',
        '\u{066b}' => ',',
        other => other,
    });
    for sign in plain.nfkd().flat_map(char::to_lowercase) {
        if is_invisible(sign) || (is_combining_mark(sign) && drops_marks(base)) {
            continue;
        }
        if !is_combining_mark(sign) {
            base = sign;
        }
        match spelled(sign) {
            Some(letters) => out.push_str(letters),
            None => out.push(simplified(sign)),
        }
    }
    out.nfc().collect()
}

/// Traditional Chinese signs, one by one, and below them the simplified ones.
static HAN: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let (traditional, simplified) = include_str!("han.txt").split_once('\n').unwrap_or_default();
    traditional.chars().zip(simplified.chars()).collect()
});

/// One sign for both ways of writing it: 電 and 电.
fn simplified(sign: char) -> char {
    if matches!(sign, '\u{4e00}'..='\u{9fff}') { HAN.get(&sign).copied().unwrap_or(sign) } else { sign }
}

/// Scripts in which a mark is an accent; elsewhere (Devanagari, kana) it is part of the letter.
fn drops_marks(base: char) -> bool {
    matches!(base, '\0'..='\u{058f}' | '\u{0600}'..='\u{06ff}' | '\u{1e00}'..='\u{1fff}' | '\u{2000}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Signs that nobody sees.
pub fn is_invisible(sign: char) -> bool {
    matches!(sign,
        '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{20e3}' | '\u{0640}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e007f}')
        || (sign.is_control() && !sign.is_whitespace())
}

/// Letters that no decomposition simplifies.
fn spelled(sign: char) -> Option<&'static str> {
    Some(match sign {
        'ı' => "i",
        'ß' => "ss",
        'ł' => "l",
        'ø' => "o",
        'đ' => "d",
        'æ' => "ae",
        'œ' => "oe",
        'ё' => "е",
        // Devanagari as it is typed: no dot below, one sign for a nasal.
        '\u{093c}' => "",
        '\u{0901}' => "\u{0902}",
        'ґ' => "г",
        'أ' | 'إ' | 'آ' | 'ٱ' => "ا",
        'ى' => "ي",
        'ة' => "ه",
        '‘' | '’' | '‛' | 'ʼ' | '´' | '′' => "'",
        '“' | '”' | '„' | '«' | '»' | '″' => "\"",
        '、' | '。' => ",",
        _ => return digit(sign),
    })
}

fn digit(sign: char) -> Option<&'static str> {
    const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let zero = match sign {
        '\u{0660}'..='\u{0669}' => '\u{0660}',
        '\u{06f0}'..='\u{06f9}' => '\u{06f0}',
        '\u{0966}'..='\u{096f}' => '\u{0966}',
        _ => return None,
    };
    DIGITS.get(sign as usize - zero as usize).copied()
}

/// Pictures people use as words.
pub fn is_emoji(sign: char) -> bool {
    matches!(sign, '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Latin and Cyrillic letters that look alike, as the other one.
pub fn look_alike(letter: char) -> Option<char> {
    const PAIRS: &[(char, char)] = &[
        ('у', 'y'),
        ('о', 'o'),
        ('т', 't'),
        ('н', 'h'),
        ('е', 'e'),
        ('с', 'c'),
        ('а', 'a'),
        ('р', 'p'),
        ('х', 'x'),
        ('і', 'i'),
        ('к', 'k'),
        ('м', 'm'),
        ('в', 'b'),
        ('ѕ', 's'),
        ('ј', 'j'),
        ('ԛ', 'q'),
        ('ү', 'y'),
        ('ν', 'v'),
        ('υ', 'y'),
        ('ο', 'o'),
    ];
    PAIRS.iter().find_map(|(a, b)| match letter {
        l if l == *a => Some(*b),
        l if l == *b => Some(*a),
        _ => None,
    })
}

/// "yesss" as "yes" and "yess": runs of three and more of one letter, shortened to one and to two.
pub fn squeezed(word: &str) -> Vec<String> {
    if is_laughter(word) {
        return Vec::new();
    }
    let mut short = String::new();
    let mut double = String::new();
    let mut run = 0_usize;
    let mut last = None;
    let mut changed = false;
    for letter in word.chars() {
        run = if last == Some(letter) { run + 1 } else { 1 };
        last = Some(letter);
        if letter.is_numeric() || run == 1 {
            short.push(letter);
            double.push(letter);
        } else if run == 2 {
            double.push(letter);
        } else {
            changed = true;
        }
    }
    if !changed {
        return doubled_end(word);
    }
    vec![short, double]
}

/// "yess" as "yes": a doubled last letter.
fn doubled_end(word: &str) -> Vec<String> {
    let mut letters: Vec<char> = word.chars().collect();
    let ends_double = letters.len() >= 3 && letters[letters.len() - 1] == letters[letters.len() - 2];
    if !ends_double || letters.iter().any(|letter| letter.is_numeric()) {
        return Vec::new();
    }
    letters.pop();
    vec![letters.into_iter().collect()]
}

/// Whether two words differ by one slip: a letter missing, too many, wrong, or two swapped.
pub fn one_slip(a: &str, b: &str) -> bool {
    let same: usize = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(letter, _)| letter.len_utf8()).sum();
    let (a, b) = (&a[same..], &b[same..]);
    let behind = |word: &str| word.chars().next().map_or(0, char::len_utf8);
    let (first, second) = (behind(a), behind(b));
    if first == 0 && second == 0 {
        return false;
    }
    let missing = a == &b[second..] || b == &a[first..];
    let wrong = first > 0 && second > 0 && a[first..] == b[second..];
    missing || wrong || is_swap(a, b)
}

/// Whether two words that begin alike and have at least four letters may be one slip apart: it leaves the second letter or the last
/// one as it is.
pub fn may_slip(a: &str, b: &str) -> bool {
    a.chars().next_back() == b.chars().next_back() || a.chars().nth(1) == b.chars().nth(1)
}

/// Words with every run of three and more of one letter drawn together to so many; none where there is no such run.
pub fn shortened(words: &[String], letters: usize) -> Option<Vec<String>> {
    let is_drawn = |word: &String| {
        let letters: Vec<char> = word.chars().collect();
        letters.windows(3).any(|run| run[0] == run[1] && run[1] == run[2] && run[0].is_alphabetic())
    };
    let short = |word: &String| squeezed(word).into_iter().nth(letters - 1).unwrap_or_else(|| word.clone());
    words.iter().any(is_drawn).then(|| words.iter().map(|word| if is_drawn(word) { short(word) } else { word.clone() }).collect())
}

/// "g a s": letters one by one as the word that they spell; none where fewer than three stand together.
pub fn joined_letters(words: &[String]) -> Option<Vec<String>> {
    let joined: Vec<String> = words
        .chunk_by(|one, next| is_letter(one) && is_letter(next))
        .flat_map(|run| if run.len() > 2 { vec![run.concat()] } else { run.to_vec() })
        .collect();
    (joined.len() < words.len()).then_some(joined)
}

/// "kkkk", "hhhh": a letter that laughs where it is long.
fn is_laughter(word: &str) -> bool {
    const LAUGHS: &str = "khjwxхه";
    word.chars().count() > 2 && word.chars().all(|letter| LAUGHS.contains(letter) && word.starts_with(letter))
}

/// Whether two words differ in their last two letters only, which are swapped.
pub fn ends_swapped(a: &str, b: &str) -> bool {
    let ends = |word: &str| word.chars().rev().take(2).collect::<Vec<char>>();
    let (a_end, b_end) = (ends(a), ends(b));
    let swapped = a_end.len() == 2 && a_end != b_end && a_end.iter().rev().eq(&b_end);
    swapped && a.len() == b.len() && a.chars().rev().skip(2).eq(b.chars().rev().skip(2))
}

/// Whether two words begin with two letters swapped and go on alike.
fn is_swap(a: &str, b: &str) -> bool {
    let (mut left, mut right) = (a.chars(), b.chars());
    let (one, two) = ((left.next(), left.next()), (right.next(), right.next()));
    one.1.is_some() && two.1.is_some() && one == (two.1, two.0) && left.as_str() == right.as_str()
}

/// Whether two words of one length differ in one letter: in short words that is another word ("nose", "nope").
pub fn one_letter_differs(a: &str, b: &str) -> bool {
    a.chars().count() == b.chars().count() && a.chars().zip(b.chars()).filter(|(x, y)| x != y).count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_for_the_same_word() {
        for (text, want) in [
            ("YES!! ", vec!["yes"]),
            ("SÍ gracias", vec!["si", "gracias"]),
            ("“Y”", vec!["y"]),
            ("Ｙ", vec!["y"]),
            ("👍🏽", vec!["👍"]),
            ("2️⃣", vec!["2"]),
            ("Y/N?", vec!["y", "n", "?"]),
            ("can't", vec!["cant"]),
            ("opt-out", vec!["opt", "out"]),
            ("hayır", vec!["hayir"]),
            // A nasal is typed with either sign.
            ("हाँ", vec!["हां"]),
            ("はい。", vec!["はい"]),
            ("٢", vec!["2"]),
            ("y\u{200b}es", vec!["yes"]),
            ("STOP\0", vec!["stop"]),
            ("", vec![]),
        ] {
            assert_eq!(words(text), want, "{text:?}");
        }
    }

    #[test]
    fn a_slip_is_one_letter_or_a_swap() {
        for (a, b, want) in [
            ("confrim", "confirm", true),
            ("stpo", "stop", true),
            ("stoop", "stop", true),
            ("sop", "stop", true),
            ("stip", "stop", true),
            ("stop", "stop", false),
            ("spto", "stop", false),
            ("yes", "no", false),
        ] {
            assert_eq!(one_slip(a, b), want, "{a} {b}");
        }
    }

    #[test]
    fn long_letters_are_shortened() {
        assert_eq!(squeezed("yesss"), vec!["yes", "yess"]);
        assert_eq!(squeezed("nooo"), vec!["no", "noo"]);
        assert_eq!(squeezed("kkkk"), Vec::<String>::new());
        assert_eq!(squeezed("noon"), Vec::<String>::new());
        assert_eq!(squeezed("1000"), Vec::<String>::new());
    }
}
