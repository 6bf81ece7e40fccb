//! French counts from sixty to ninety-nine by twenties: "soixante-quinze", "quatre-vingt-dix-sept".

/// Ten to sixteen; behind "dix" a unit may follow.
const TEENS: [(&str, i64); 7] = [("dix", 10), ("onze", 11), ("douze", 12), ("treize", 13), ("quatorze", 14), ("quinze", 15), ("seize", 16)];
const UNITS: [(&str, i64); 9] =
    [("un", 1), ("deux", 2), ("trois", 3), ("quatre", 4), ("cinq", 5), ("six", 6), ("sept", 7), ("huit", 8), ("neuf", 9)];
/// Only these stand behind "dix": "dix-sept".
const LAST_UNIT_MIN: i64 = 7;

fn one(table: &[(&str, i64)], word: Option<&String>) -> Option<i64> {
    let word = word?;
    table.iter().find(|(name, _)| name == word).map(|(_, number)| *number)
}

/// The number that begins here and its words; none where it is told as in other languages.
pub fn number_at(words: &[String]) -> Option<(i64, usize)> {
    let is = |at: usize, names: &[&str]| words.get(at).is_some_and(|word| names.contains(&word.as_str()));
    // "Dix-sept", and no ten in front of another number.
    if let (true, Some(unit)) = (is(0, &["dix"]), one(&UNITS, words.get(1)).filter(|unit| *unit >= LAST_UNIT_MIN)) {
        return Some((10 + unit, 2));
    }
    let (base, mut at) = match () {
        () if is(0, &["quatre"]) && is(1, &["vingt", "vingts"]) => (80, 2),
        () if is(0, &["soixante"]) => (60, 1),
        () => return None,
    };
    // "Soixante et onze".
    at += usize::from(base == 60 && is(at, &["et"]) && is(at + 1, &["onze"]));
    if let Some(teen) = one(&TEENS, words.get(at)) {
        let unit = one(&UNITS, words.get(at + 1)).filter(|unit| teen == 10 && *unit >= LAST_UNIT_MIN);
        return Some((base + teen + unit.unwrap_or(0), at + 1 + usize::from(unit.is_some())));
    }
    let unit = one(&UNITS, words.get(at)).filter(|_| base == 80);
    (base == 80).then(|| (base + unit.unwrap_or(0), at + usize::from(unit.is_some())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::normal;

    #[test]
    fn a_number_by_twenties_is_one_number() {
        let cases: &[(&str, Option<(i64, usize)>)] = &[
            ("quatre-vingts", Some((80, 2))),
            ("quatre-vingt-un", Some((81, 3))),
            ("quatre-vingt-quinze dollars", Some((95, 3))),
            ("quatre-vingt-dix-sept", Some((97, 4))),
            ("quatre-vingt-dix deux", Some((90, 3))),
            ("soixante-dix", Some((70, 2))),
            ("soixante et onze", Some((71, 3))),
            ("soixante-quinze", Some((75, 2))),
            ("dix-sept", Some((17, 2))),
            ("dix deux", None),
            ("soixante-deux", None),
            ("quatre", None),
            ("vingt", None),
        ];
        for (text, found) in cases {
            assert_eq!(number_at(&normal::words(text)), *found, "{text}");
        }
    }
}
