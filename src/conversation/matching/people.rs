//! How many people live in a house: "just me", "zu dritt", "me, my wife and 2 kids".

use super::Heard;
use super::menu::{number_at, spoken};
use super::scan::JOINTS;
use crate::conversation::normal;
use crate::conversation::packs::{Lexicon, Phrases};

/// "Just me", "zu dritt", "dois, eu e a minha mãe": people of a house; a number beside it says the same.
pub fn people(heard: &Heard, lexicon: &Lexicon) -> Option<i64> {
    let words = &heard.words;
    let runs = |phrases: &Phrases| {
        phrases.words().any(|run| run.chars().any(normal::is_unspaced) && run.chars().count() > 1 && words.iter().any(|word| word == run))
    };
    let said: Vec<i64> =
        lexicon.people.iter().filter(|(_, phrases)| phrases.is_in(words) || runs(phrases)).map(|(number, _)| *number).collect();
    let [people] = said.as_slice() else { return None };
    let left = lexicon.people.get(people)?.without(words);
    let other = (0..left.len()).filter_map(|at| number_at(&left[at..], lexicon)).any(|(number, _)| number != *people);
    let small_number = |word: &String| lexicon.numbers.contains_key(word) && lexicon.small.is_word(word);
    if *people == 0 {
        return nobody(&left, lexicon);
    }
    let turns = [&lexicon.negators, &lexicon.either, &lexicon.no];
    // "Dois, eu e a minha mãe, e a bebé": somebody more than the form names.
    let more = left.iter().any(|word| lexicon.kin.names(word) && !lexicon.small.is_word(word));
    // "Eu, minha mãe e meu irmão": the form names two, and the writer is not one of them.
    let more = more || (*people > 1 && left.iter().any(|word| lexicon.kin.me.is_word(word)));
    let turned = more || lexicon.asks(&left) || turns.iter().any(|phrases| phrases.is_in(&left)) || heard.own.contains('+');
    (!turned && (!other || left.iter().any(small_number))).then_some(*people)
}

/// "Nobody, it is empty"; "nobody but me" and "2, nobody else" are somebody.
fn nobody(left: &[String], lexicon: &Lexicon) -> Option<i64> {
    let counts = (0..left.len()).any(|at| number_at(&left[at..], lexicon).is_some() && !lexicon.small.is_word(&left[at]));
    let names = left.iter().any(|word| lexicon.kin.names(word) || lexicon.kin.me.is_word(word));
    let turned = lexicon.asks(left) || [&lexicon.but, &lexicon.either, &lexicon.contrast].iter().any(|phrases| phrases.is_in(left));
    (!counts && !names && !turned).then_some(0)
}

/// "5 and me": whether the writer is one more.
pub fn adds_me(heard: &Heard, lexicon: &Lexicon) -> bool {
    let words = &heard.words;
    (1..words.len()).any(|at| {
        let joins = JOINTS.contains(&words[at].as_str()) || lexicon.plus.is_word(&words[at]);
        let counts = words[at - 1].bytes().all(|b| b.is_ascii_digit()) || lexicon.numbers.contains_key(&words[at - 1]);
        joins && counts && words.get(at + 1).is_some_and(|word| lexicon.kin.me.is_word(word))
    })
}

/// Whether so many people are said to live there: "zu dritt".
pub fn says_so_many(heard: &Heard, lexicon: &Lexicon) -> bool {
    lexicon.people.values().any(|phrases| phrases.is_in(&heard.words))
}

/// Whether somebody is named beside a number: then the number alone is not everybody.
pub fn names_some(heard: &Heard, lexicon: &Lexicon) -> bool {
    heard.words.iter().any(|word| lexicon.kin.names(word) && !lexicon.small.is_word(word) && !lexicon.numbers.contains_key(word))
}

/// "Five including the baby", "con i nonni sette": the only number is everybody, where it counts nobody by itself.
pub fn including(heard: &Heard, lexicon: &Lexicon) -> Option<i64> {
    let words = spoken(heard.core(lexicon).to_vec(), lexicon);
    let kin: Vec<usize> = (0..words.len()).filter(|at| lexicon.kin.names(&words[*at])).collect();
    let includes = !kin.is_empty() && (0..words.len()).any(|at| lexicon.kin.including.len_at(&words[at..]).is_some());
    // "Sei con i nonni": at the beginning it is more than a small word.
    let is_number = |at: &usize| {
        !lexicon.small.is_word(&words[*at]) || *at == 0 && number_at(&words, lexicon).is_some_and(|(number, _)| number > COUPLE)
    };
    let mut counts = (0..words.len()).filter(is_number).filter_map(|at| Some((at, number_at(&words[at..], lexicon)?)));
    let ((at, (number, len)), None) = (counts.next()?, counts.next()) else { return None };
    let behind = words.get(at + len..).unwrap_or_default();
    // "Six with the grandparents" are six; "two with kids" may be more.
    let with = || lexicon.kin.with.len_at(behind).is_some() && matches!(kin.as_slice(), [one] if *one > at) && number > COUPLE;
    let includes = includes || with();
    let counts_some = behind.first().is_some_and(|word| lexicon.kin.names(word)) || lexicon.plus.is_in(&words) && !includes;
    let turned = lexicon.asks(&words) || lexicon.either.is_in(&words) || lexicon.negators.is_in(&words);
    let me = words.iter().any(|word| lexicon.kin.me.is_word(word));
    (includes && !counts_some && !turned && !me).then_some(number)
}

/// Two may speak of themselves alone.
const COUPLE: i64 = 2;

/// "Me, my wife and 2 kids": everybody who is named, added up. Nothing else may stand there but the sum.
pub fn household(heard: &Heard, lexicon: &Lexicon) -> Option<i64> {
    let words: Vec<String> = spoken(heard.words.clone(), lexicon).into_iter().map(|word| without_and(word, lexicon)).collect();
    let (mut everybody, mut named, mut sums, mut me, mut at) = (0_i64, 0, Vec::new(), false, 0);
    // "2 children, twins" are two.
    let is_twice = lexicon.kin.twins.is_in(&words) && words.iter().any(|word| counts(word, lexicon));
    if is_twice {
        return None;
    }
    let relatives = words.iter().any(|word| lexicon.kin.one.is_word(word) && !lexicon.small.is_word(word));
    let adults = words.iter().any(|word| lexicon.kin.adults.is_word(word)) || lexicon.kin.two.is_in(&words);
    while at < words.len() {
        let rest = &words[at..];
        let is_joint = at > 0 && rest.len() > 1 && JOINTS.contains(&rest[0].as_str()) && !JOINTS.contains(&words[at - 1].as_str());
        if is_joint || lexicon.plus.is_word(&rest[0]) {
            at += 1;
        } else if let Some(len) = lexicon.kin.two.len_at(rest) {
            (everybody, named, at) = (everybody + 2, named + 1, at + len);
        } else if let Some((number, len)) = number_at(rest, lexicon) {
            // "2 adults", "3 of the kids": the noun stands within two words.
            let behind = &rest[len..];
            let noun = (0..behind.len().min(2)).find(|at| counts(&behind[*at], lexicon));
            let between = |noun: usize| behind[..noun].iter().all(|word| lexicon.small.is_word(word) || lexicon.option.is_word(word));
            match noun.filter(|noun| between(*noun)) {
                Some(noun) => {
                    (everybody, named, at) = (everybody.checked_add(number)?, named + 1, at + len + noun + 1);
                }
                // "A wife", "one wife".
                None if number == 1 && behind.first().is_some_and(|word| lexicon.kin.one.is_word(word)) => at += len,
                None => {
                    sums.push(number);
                    at += len;
                }
            }
        } else if let Some((number, len)) = behind_noun(rest, lexicon) {
            (everybody, named, at) = (everybody.checked_add(number)?, named + 1, at + len);
        } else if let Some(len) = lexicon.kin.twins.len_at(rest) {
            (everybody, named, at) = (everybody + 2, named + 1, at + len);
        } else if let Some(len) = lexicon.kin.one.len_at(rest) {
            (everybody, named, at) = (everybody + 1, named + 1, at + len);
        } else if lexicon.kin.me.is_word(&rest[0]) && !me {
            (everybody, me, at) = (everybody + 1, true, at + 1);
        } else {
            let beside = [&lexicon.small, &lexicon.kin.beside, &lexicon.harmless, &lexicon.courtesy, &lexicon.sum, &lexicon.option];
            // "My brother" is a courtesy, too.
            let names = |len: &usize| rest[..*len].iter().any(|word| lexicon.kin.names(word));
            at += beside
                .into_iter()
                .filter_map(|phrases| phrases.len_at(rest).map(|len| if names(&len) { 1 } else { len }))
                .max()
                .filter(|_| lexicon.small.is_word(&rest[0]) || !lexicon.negators.is_word(&rest[0]))?;
        }
    }
    // One who is named without the writer may be somebody else: "my son".
    // "My wife and 2 kids" may be all but the writer.
    let enough = (named > 1 && (me || !relatives || adults)) || (named == 1 && me);
    (enough && sums.iter().all(|sum| *sum == everybody)).then_some(everybody)
}

/// "ومراتي": Arabic writes "and" at the front of the next word.
fn without_and(word: String, lexicon: &Lexicon) -> String {
    let known = |word: &str| lexicon.kin.names(word) || lexicon.kin.me.is_word(word) || lexicon.numbers.contains_key(word);
    match word.strip_prefix('و') {
        Some(rest) if !known(&word) && known(rest) => rest.to_owned(),
        Some(_) | None => word,
    }
}

/// "子ども3人", "kids 2": the number behind those whom it counts.
fn behind_noun(words: &[String], lexicon: &Lexicon) -> Option<(i64, usize)> {
    let noun = lexicon.kin.many.len_at(words).or_else(|| lexicon.kin.adults.len_at(words))?;
    number_at(&words[noun..], lexicon).map(|(number, len)| (number, noun + len))
}

/// "Kids", "adults", "people": what a number in front counts.
fn counts(word: &str, lexicon: &Lexicon) -> bool {
    lexicon.kin.many.is_word(word) || lexicon.kin.adults.is_word(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::packs::Packs;

    #[test]
    fn a_number_that_includes_somebody_is_everybody() {
        let packs = Packs::load(&Packs::shipped()).expect("packs");
        let cases: &[(&str, Option<i64>)] = &[
            ("five including the baby", Some(5)),
            ("I live with my 2 little kids", None),
            ("sete contando os netos", Some(7)),
            ("me with 2 kids", None),
            ("5 plus the baby", None),
            ("six with the grandparents", Some(6)),
            ("2 with the kids", None),
            ("not 5 with the baby", None),
        ];
        for (text, everybody) in cases {
            let heard = Heard::read(text, &packs);
            assert_eq!(including(&heard, &packs.lexicon), *everybody, "{text}");
        }
    }

    #[test]
    fn everybody_who_is_named_is_added_up() {
        let packs = Packs::load(&Packs::shipped()).expect("packs");
        let cases: &[(&str, Option<i64>)] = &[
            ("me, my wife and 2 kids", Some(4)),
            ("four, me my wife and the 2 kids", Some(4)),
            ("five, me my wife and the 2 kids", None),
            ("2 adults and 3 children", Some(5)),
            ("2 adults 3 children so 5", Some(5)),
            ("my wife and kids", None),
            ("me, my wife and not the kids", None),
            ("mi mujer, los tres niños y yo", Some(5)),
            ("ma femme moi et les deux petits", Some(4)),
            ("eu o meu marido e a bebé", Some(3)),
            ("wij tweeën en 3 kinderen", Some(5)),
            ("2 dorosłych i 3 dzieci", Some(5)),
            ("я, чоловік і троє дітей", Some(5)),
            ("двое взрослых и трое детей", Some(5)),
            ("karım ben ve 3 çocuk", Some(5)),
            ("我们两口子加三个孩子", Some(5)),
            ("夫婦と子ども3人です", Some(5)),
            ("انا ومراتي وتلات عيال", Some(5)),
            ("3 adults", None),
            ("me", None),
            ("my son", None),
            ("انا وزوجتي وولدين", Some(4)),
        ];
        for (text, everybody) in cases {
            let heard = Heard::read(text, &packs);
            assert_eq!(household(&heard, &packs.lexicon), *everybody, "{text}");
        }
    }
}
