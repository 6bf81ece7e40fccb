//! Amounts in words: "two hundred and forty", "centocinquanta", "مية وخمسين", "两百三十". Every number of a text in figures.

use super::vigesimal;
use crate::conversation::normal;
use crate::conversation::packs::Lexicon;

/// "And" between the parts of one number.
const AND: &[&str] = &["and", "y", "et", "und", "en", "e", "i", "و"];
/// Arabic writes it at the front of the next word.
const AND_PREFIX: char = 'و';
/// Between units and tens in one word: "dreiundzwanzig".
const AND_INSIDE: &[&str] = &["", "und", "en", "e"];
/// Longer words are no numbers.
const LETTERS_MAX: usize = 40;
/// The shortest part of a number in one word: "tre".
const PART_LETTERS_MIN: usize = 3;

/// The same words, each number in words as its figures.
pub fn in_figures(words: &[String], lexicon: &Lexicon) -> Vec<String> {
    let mut found: Vec<(String, bool)> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let rest = &words[at..];
        match run_at(rest, lexicon) {
            Some((number, len)) => {
                found.push((number.to_string(), len > 1 || !lexicon.small.is_word(&rest[0])));
                at += len;
            }
            None => {
                found.push((rest[0].clone(), false));
                at += 1;
            }
        }
    }
    // "Una bolletta di cento euro": beside a number an article is none.
    let counts = found.iter().any(|(_, counts)| *counts);
    let words = words.iter().filter(|word| lexicon.small.is_word(word) && lexicon.numbers.contains_key(*word));
    let articles: Vec<String> = words.filter_map(|word| value(word, lexicon)).map(|number| number.to_string()).collect();
    found.retain(|(word, is_number)| !counts || *is_number || !articles.contains(word));
    found.into_iter().map(|(word, _)| word).collect()
}

/// The number that begins here, and its words.
fn run_at(words: &[String], lexicon: &Lexicon) -> Option<(i64, usize)> {
    let mut sum = Sum::default();
    let mut len = 0;
    while let Some(next) = words.get(len) {
        let joint = len > 0 && AND.contains(&next.as_str());
        let from = len + usize::from(joint);
        let Some(word) = words.get(from) else { break };
        let twenties = vigesimal::number_at(&words[from..]);
        let parts = twenties.map_or_else(|| parts(word, lexicon), |(number, _)| vec![number]);
        let took = twenties.map_or(1, |(_, len)| len);
        let scaled = words.get(from + took).and_then(|word| value(word, lexicon)).is_some_and(|scale| scale >= TEN);
        let manner = Manner { joint: joint || word.starts_with(AND_PREFIX), sign: is_sign(word), scaled };
        if parts.is_empty() || !sum.take(&parts, &manner) {
            break;
        }
        len = from + took;
    }
    (len > 0).then_some((sum.whole + sum.part, len))
}

const TEN: i64 = 10;
const HUNDRED: i64 = 100;
const THOUSAND: i64 = 1_000;

fn is_sign(word: &str) -> bool {
    word.chars().count() == 1 && word.chars().all(normal::is_unspaced)
}

fn value(word: &str, lexicon: &Lexicon) -> Option<i64> {
    lexicon.numbers.get(word).or_else(|| lexicon.hundreds.get(word)).copied()
}

/// The numbers of one word, in order; none where it is not made of numbers alone.
fn parts(word: &str, lexicon: &Lexicon) -> Vec<i64> {
    let known = value(word, lexicon).or_else(|| value(word.strip_prefix(AND_PREFIX)?, lexicon));
    known.map_or_else(|| if word.len() > LETTERS_MAX { Vec::new() } else { inside(word, lexicon) }, |number| vec![number])
}

/// "Zweihundertfünfzig" as 2, 100, 50; "centottanta" as 100, 80.
fn inside(word: &str, lexicon: &Lexicon) -> Vec<i64> {
    let ends = word.char_indices().map(|(at, _)| at).skip(PART_LETTERS_MIN);
    for end in ends.collect::<Vec<_>>().into_iter().rev() {
        let (front, rest) = word.split_at(end);
        let mut elided = rest.starts_with(['a', 'e', 'i', 'o', 'u']).then_some(["a", "e", "i", "o"]).into_iter().flatten();
        let number = value(front, lexicon).or_else(|| elided.find_map(|vowel| value(&format!("{front}{vowel}"), lexicon)));
        let Some(number) = number else { continue };
        for and in AND_INSIDE {
            let Some(behind) = rest.strip_prefix(and).filter(|behind| behind.chars().count() >= PART_LETTERS_MIN) else { continue };
            let others = value(behind, lexicon).map_or_else(|| inside(behind, lexicon), |number| vec![number]);
            if !others.is_empty() {
                let all: Vec<i64> = [number].into_iter().chain(others).collect();
                if Sum::default().take(&all, &Manner::default()) {
                    return all;
                }
            }
        }
    }
    Vec::new()
}

/// How a part stands behind the one before it.
#[derive(Default)]
struct Manner {
    /// Behind "and".
    joint: bool,
    /// It is one sign: 二, 十.
    sign: bool,
    /// A greater scale follows.
    scaled: bool,
}

/// A number while its parts are read, the greatest first.
#[derive(Default, Clone)]
struct Sum {
    whole: i64,
    part: i64,
    last: Option<i64>,
    /// A zero was read behind the hundreds: "二百零五".
    zero: bool,
}

impl Sum {
    /// Takes all of these parts or none.
    fn take(&mut self, parts: &[i64], manner: &Manner) -> bool {
        let mut sum = self.clone();
        let fits = parts.iter().all(|number| sum.add(*number, manner));
        if fits {
            *self = sum;
        }
        fits
    }

    fn add(&mut self, number: i64, manner: &Manner) -> bool {
        let Some(last) = self.last else {
            *(if number >= THOUSAND { &mut self.whole } else { &mut self.part }) = number;
            // "十五": behind a bare sign of ten a unit is added as behind twenty.
            self.last = Some(if manner.sign && number == TEN { 2 * TEN } else { number });
            return true;
        };
        let is_unit = (1..TEN).contains(&last);
        let is_tens = |number: i64| (2 * TEN..HUNDRED).contains(&number) && number % TEN == 0;
        let more = match number {
            THOUSAND.. if !manner.joint && self.whole == 0 && self.part > 0 => {
                self.whole = self.part * number;
                self.part = 0;
                0
            }
            // "一万一千".
            THOUSAND if manner.sign && is_unit && self.whole > number => last * (THOUSAND - 1),
            HUNDRED if !manner.joint && is_unit => last * (HUNDRED - 1),
            TEN if manner.sign && is_unit => last * (TEN - 1),
            HUNDRED..THOUSAND if last >= THOUSAND => number,
            0 if manner.sign && last >= HUNDRED => {
                self.zero = true;
                return true;
            }
            // "二百五" is 250.
            1..TEN if last >= HUNDRED && manner.sign && !manner.scaled && !self.zero => number * last.min(THOUSAND) / TEN,
            1..HUNDRED if last >= HUNDRED => number,
            1..TEN if is_tens(last) => number,
            // "خمسة وعشرين"; "trinta e seis e oitenta" are two numbers.
            number if manner.joint && is_unit && self.part % HUNDRED == last && is_tens(number) => number,
            _ => return false,
        };
        self.part += more;
        self.last = Some(if number == TEN && manner.sign { 2 * TEN } else { number });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::packs::Packs;

    #[test]
    fn a_number_in_words_is_its_figures() {
        let cases: &[(&str, &str, &str)] = &[
            ("en", "two hundred and forty dollars", "240 dollars"),
            ("en", "one thousand two hundred and five", "1205"),
            ("en", "a hundred and ten", "a 110"),
            ("en", "two three", "2 3"),
            ("en", "eighty four fifty", "84 50"),
            ("en", "two and hundred", "2 and 100"),
            ("es", "ciento veintisiete euros", "127 euros"),
            ("es", "treinta y uno", "31"),
            ("es", "mil doscientos cincuenta", "1250"),
            ("fr", "cent vingt euros", "120 euros"),
            ("fr", "cent quatre-vingt-quinze euros", "195 euros"),
            ("fr", "soixante-dix-huit euros", "78 euros"),
            ("ja", "一万一千円", "11000 円"),
            ("en", "two thousand three thousand", "2003 1000"),
            ("de", "zweihundertfünfundzwanzig euro", "225 euro"),
            ("de", "hundertzehn", "110"),
            ("it", "centocinquanta euro", "150 euro"),
            ("it", "centottanta", "180"),
            ("it", "ventidue euro", "22 euro"),
            ("it", "una bolletta di cento euro", "bolletta di 100 euro"),
            ("pt", "cento e vinte e cinco", "125"),
            ("pt", "quarenta e quatro euros e dez cêntimos", "44 euros e 10 centimos"),
            ("nl", "honderdvijfentwintig", "125"),
            ("pl", "dwieście czterdzieści złotych", "240 zlotych"),
            ("uk", "тисяча двісті гривень", "1200 гривень"),
            ("ru", "две тысячи триста рублей", "2300 рублеи"),
            ("tr", "altı yüz lira", "600 lira"),
            ("ar", "مية وخمسين", "150"),
            ("zh", "两百三十块", "230 块"),
            ("zh", "二百五", "250"),
            ("zh", "二百零五", "205"),
            ("ja", "三千八百円", "3800 円"),
            ("en", "four thousand six hundred and twelve", "4612"),
            ("es", "cuatro mil novecientos y tres", "4903"),
            ("es", "cinco mil doscientos treinta y siete", "5237"),
            ("fr", "quatre mille cinq cent quatre-vingt-dix-huit", "4598"),
            ("fr", "quatre mille cinq cent dix-sept", "4517"),
            ("de", "viertausenddreihundertneunzehn", "4319"),
            ("de", "viertausend sechshundert zwölf", "4612"),
            ("it", "quattromilacinquecentododici", "4512"),
            ("pt", "quatro mil novecentos e três", "4903"),
            ("nl", "vierduizend honderdachttien", "4118"),
            ("pl", "cztery tysiące dziewięćset dziewięćdziesiąt osiem", "4998"),
            ("uk", "чотири тисячі сто п'ятдесят шість", "4156"),
            ("ru", "четыре тысячи триста два", "4302"),
            ("tr", "dört bin beş yüz altmış iki", "4562"),
            ("ar", "اربعة تلاف وتلتمية وعشرين", "4320"),
            ("hi", "चार हजार एक सौ पचपन", "4155"),
            ("zh", "四千五百零八", "4508"),
            ("ja", "四千八百三十", "4830"),
            ("en", "sixty twelve", "60 12"),
            ("en", "tenant", "tenant"),
        ];
        for (language, text, figures) in cases {
            let packs = Packs::load(&[(*language).to_owned()]).expect("a pack");
            let words: Vec<String> = normal::words(text).into_iter().flat_map(|word| packs.lexicon.pieces_of(word)).collect();
            assert_eq!(in_figures(&words, &packs.lexicon).join(" "), *figures, "{language}: {text}");
        }
    }
}
