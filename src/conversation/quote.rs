//! Our own words in a text: who sends a question back with a word beside it has not said what stands in the question.

use super::normal;

/// Fewer words than this prove no quotation: "smell gas" in quotes may be what a neighbour said.
const WORDS_MIN: usize = 4;
const OPENS: [char; 4] = ['“', '"', '„', '«'];
const CLOSES: [char; 4] = ['”', '"', '“', '»'];

/// A text without what it quotes of `ours`: between quotation marks, on lines behind `>`, or one of them copied whole.
pub fn without_ours(text: &str, ours: &[&str]) -> String {
    let lines: Vec<String> = ours.iter().map(|our| our.trim().to_owned()).filter(|our| is_long(&normal::words(our))).collect();
    let mut own = lines.iter().fold(text.to_owned(), |text, our| text.replace(our.as_str(), GAP));
    let spoken: Vec<Vec<String>> = ours.iter().map(|our| normal::words(our)).collect();
    for quote in marked(&own).into_iter().chain(behind_arrows(&own)) {
        if is_ours(&quote, &spoken) {
            own = own.replacen(&quote, GAP, 1);
        }
    }
    own
}

/// What stands for a quotation that was taken out: the words around it are not neighbours.
const GAP: &str = " \n";

fn is_long(words: &[String]) -> bool {
    words.len() >= WORDS_MIN
}

fn is_ours(quote: &str, spoken: &[Vec<String>]) -> bool {
    let words = normal::words(quote.trim_end_matches(['…', '.']));
    is_long(&words) && spoken.iter().any(|ours| ours.windows(words.len()).any(|window| window == words))
}

/// What stands between quotation marks; an open one goes to the end of the text, as phones cut it.
fn marked(text: &str) -> Vec<String> {
    let mut quotes = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find(OPENS) {
        let inside = rest[open..].trim_start_matches(OPENS);
        let end = inside.find(CLOSES).unwrap_or(inside.len());
        quotes.push(inside[..end].to_owned());
        rest = inside[end..].trim_start_matches(CLOSES);
    }
    quotes.retain(|quote| !quote.is_empty());
    quotes
}

/// Lines that begin with `>`.
fn behind_arrows(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.trim_start().strip_prefix('>')).map(|line| line.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "Northgrid: if you smell gas reply GAS and leave the building.";

    fn check(text: &str, want: &str) {
        let own = without_ours(text, &[OURS]);
        assert_eq!(own.split_whitespace().collect::<Vec<_>>().join(" "), want, "{text:?}");
    }

    #[test]
    fn only_our_own_words_are_taken_out() {
        check("\"if you smell gas reply GAS\" what is this", "\" \" what is this");
        check("what do you mean “Northgrid: if you smell gas reply…", "what do you mean “");
        check("> Northgrid: if you smell gas reply GAS and leave the building.\nno", "> no");
        check(&format!("{OURS} Who are you?"), "Who are you?");
        check("my neighbour says \"I smell gas in the cellar\"", "my neighbour says \"I smell gas in the cellar\"");
        check("she said \"smell gas\"", "she said \"smell gas\"");
        check("if you smell gas what then", "if you smell gas what then");
        check("\"if you smell gas reply GAS\" yes I smell gas", "\" \" yes I smell gas");
    }

    #[test]
    fn marks_that_do_not_match_are_no_trouble() {
        for text in ["\"", "“”", "«»«", "\"\"\"", ">", "„“„", ""] {
            assert_eq!(without_ours(text, &[OURS]), text);
        }
    }
}
