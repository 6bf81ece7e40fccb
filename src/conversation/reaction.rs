//! Reaction texts: what phones send when somebody taps a heart on a message (rule 11). They quote our words and answer nothing.

use super::normal;
use super::packs::Packs;

/// The quoted words of a reaction; `None` when the text is no reaction.
pub fn quoted(text: &str, packs: &Packs) -> Option<String> {
    split(text, packs).map(|(_, quote)| quote)
}

/// The text without what a reaction quotes.
pub fn without_quote(text: &str, packs: &Packs) -> Option<String> {
    split(text, packs).map(|(own, _)| own)
}

/// Fewer quoted letters than this prove nothing: “Y” is an answer in quotes.
const QUOTE_LETTERS_MIN: usize = 8;

fn split(text: &str, packs: &Packs) -> Option<(String, String)> {
    let text = text.trim();
    let open = text.find(['“', '"', '„', '«'])?;
    let quote = text[open..].trim_start_matches(['“', '"', '„', '«']);
    let close = quote.rfind(['”', '"', '“', '»'])?;
    let (quote, after) = (&quote[..close], &quote[close..]);
    let own = text[..open].trim();
    let rest = normal::words(after);
    if quote.chars().count() < QUOTE_LETTERS_MIN || rest.len() > 3 || !is_reaction(own, &rest, packs) {
        return None;
    }
    Some((own.to_owned(), quote.to_owned()))
}

fn is_reaction(own: &str, after: &[String], packs: &Packs) -> bool {
    let folded = normal::fold(own);
    let by_words = packs.lexicon.reactions.iter().any(|verb| folded.starts_with(verb.as_str()));
    let pictured = own.chars().any(normal::is_emoji) && own.chars().filter(|c| c.is_alphabetic()).count() <= 12;
    let trailing = own.is_empty() && after.iter().any(|word| packs.lexicon.reactions.iter().any(|verb| verb == word));
    by_words || pictured || trailing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reaction_quotes_its_prompt() {
        let packs = Packs::load(&Packs::shipped()).expect("packs");
        for (text, want) in [
            ("Liked “Northgrid: is it? Reply Y or N.”", Some("Northgrid: is it? Reply Y or N.")),
            ("👍 to “Can our crew come Tuesday?”", Some("Can our crew come Tuesday?")),
            ("Reacted 😂 to \"Can our crew come Tuesday?\"", Some("Can our crew come Tuesday?")),
            ("“Y”", None),
            ("I liked the man who came", None),
            ("you wrote “Reply Y or N” and I do not know what it means", None),
        ] {
            assert_eq!(quoted(text, &packs).as_deref(), want, "{text}");
        }
    }
}
