//! The packs that are embedded in the program.

use super::Pack;

/// Every language with its file.
pub const LANGUAGES: &[(&str, &str)] = &[
    ("en", include_str!("en.toml")),
    ("es", include_str!("es.toml")),
    ("fr", include_str!("fr.toml")),
    ("de", include_str!("de.toml")),
    ("it", include_str!("it.toml")),
    ("pt", include_str!("pt.toml")),
    ("nl", include_str!("nl.toml")),
    ("pl", include_str!("pl.toml")),
    ("uk", include_str!("uk.toml")),
    ("ru", include_str!("ru.toml")),
    ("tr", include_str!("tr.toml")),
    ("ar", include_str!("ar.toml")),
    ("hi", include_str!("hi.toml")),
    ("zh", include_str!("zh.toml")),
    ("ja", include_str!("ja.toml")),
];

/// The pack of a language.
pub fn pack(language: &str) -> Option<Pack> {
    let (_, source) = LANGUAGES.iter().find(|(name, _)| *name == language)?;
    // The files are compiled in and every one is read by the test below.
    Some(toml::from_str(source).expect("an embedded pack"))
}

/// The words of a language.
pub fn words(language: &str) -> Vec<String> {
    let source = LANGUAGES.iter().find(|(name, _)| *name == language);
    source.map(|(_, source)| super::tongue::words(source)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::patterns::{is_written_out, width};
    use super::super::{Lexicon, Packs, Phrases};
    use super::*;

    #[test]
    fn every_pack_reads() {
        for (name, source) in LANGUAGES {
            let pack: Pack = toml::from_str(source).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(pack.language, *name);
            assert_eq!((pack.months.len(), pack.weekdays.len(), pack.days.len()), (12, 7, 3), "{name}");
        }
    }

    /// A choice is as good as its forms; one that means something in another language is none, whichever form it is of.
    #[test]
    fn courtesies_and_small_words_may_have_choices() {
        let mut english = pack("en").expect("a pack");
        english.courtesy.push("(warm|sunny) greetings (indeed|ever so)".to_owned());
        english.courtesy.push("(morgen|sunshine)".to_owned());
        english.small.push("(hereabouts|nein)".to_owned());
        let packs = [english, pack("de").expect("a pack")];
        let lexicon = Lexicon::new(packs.iter());
        let words = |text: &str| crate::conversation::normal::words(text);
        assert!(lexicon.courtesy.is(&words("sunny greetings indeed")) && lexicon.courtesy.is(&words("warm greetings ever so")));
        assert!(lexicon.courtesy.is(&words("sunshine")) && !lexicon.courtesy.is(&words("morgen")), "tomorrow in German");
        assert!(lexicon.small.is(&words("hereabouts")) && !lexicon.small.is(&words("nein")), "no in German");
    }

    /// Every text of the box in every language, with the same slots as in English.
    #[test]
    fn every_pack_has_every_text() {
        let slots = |text: &str| -> std::collections::BTreeSet<String> {
            text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(slot, _)| slot.to_owned()).collect()
        };
        let english = pack("en").expect("a pack").texts;
        for (name, _) in LANGUAGES {
            let texts = pack(name).expect("a pack").texts;
            assert_eq!(texts.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>(), "{name}");
            for (key, text) in &texts {
                assert_eq!(slots(text), slots(&english[key]), "{name} {key}");
            }
        }
    }

    /// A pattern whose choices are parts of words is held form by form.
    #[test]
    fn no_pack_holds_thousands_of_forms_one_by_one() {
        for (name, source) in LANGUAGES {
            let forms = source.lines().filter(|line| !line.starts_with('#')).flat_map(|line| line.split('"').skip(1).step_by(2));
            let wide: Vec<&str> = forms.filter(|form| is_written_out(form) && width(form) > WIDTH_MAX).collect();
            assert!(wide.is_empty(), "{name}: part these choices by spaces: {wide:#?}");
        }
    }

    const WIDTH_MAX: usize = 100;

    #[test]
    fn consent_words_are_heard_whatever_languages_are_on() {
        let packs = Packs::load(&["fr".to_owned()]).expect("packs");
        let word = |word: &str| vec![word.to_owned()];
        assert!(packs.lexicon.stop.is(&word("stop")) && packs.lexicon.help.is(&word("help")) && packs.lexicon.start.is(&word("start")));
        assert!(packs.lexicon.stop.is(&word("arret")) && !packs.lexicon.yes.is(&word("yes")));
    }

    /// One word must not be yes in one language and no in another, nor an opt-out anywhere.
    #[test]
    fn packs_do_not_contradict_each_other() {
        let packs = Packs::load(&Packs::shipped()).expect("packs");
        let lexicon = &packs.lexicon;
        let sets: [(&str, &Phrases); 6] = [
            ("yes", &lexicon.yes),
            ("yes_light", &lexicon.yes_light),
            ("no", &lexicon.no),
            ("no_light", &lexicon.no_light),
            ("stop", &lexicon.stop),
            ("start", &lexicon.start),
        ];
        let kind = |name: &str| name.trim_end_matches("_light").to_owned();
        let mut clashes = Vec::new();
        for (a, forms) in &sets {
            for (b, others) in &sets {
                let same = forms.iter().filter(|form| kind(a) != kind(b) && others.is(form));
                clashes.extend(same.map(|form| format!("{form:?} is {a} and {b}")));
            }
        }
        for form in lexicon.stop.iter().filter(|form| lexicon.help.is(form) || lexicon.call.is(form)) {
            clashes.push(format!("{form:?} is stop and something else"));
        }
        assert!(clashes.is_empty(), "{clashes:#?}");
    }
}
