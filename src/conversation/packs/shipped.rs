//! The packs that are embedded in the program.

use super::Pack;

/// Every language with its file.
pub const LANGUAGES: &[(&str, &str)] = &[("en", include_str!("en.toml")), ("es", include_str!("es.toml"))];

/// The pack of a language.
pub fn pack(language: &str) -> Option<Pack> {
    let (_, source) = LANGUAGES.iter().find(|(name, _)| *name == language)?;
    // The files are compiled in and every one is read by the test below.
    Some(toml::from_str(source).expect("an embedded pack"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pack_reads() {
        for (name, source) in LANGUAGES {
            let pack: Pack = toml::from_str(source).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(pack.language, *name);
            assert_eq!((pack.months.len(), pack.weekdays.len(), pack.days.len()), (12, 7, 3), "{name}");
        }
    }
}
