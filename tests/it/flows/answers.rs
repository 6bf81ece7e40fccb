//! A menu: what a word of one answer may not be, as a reply would be read.

use answerback::conversation::lint::Severity;

use super::refusals::{check, findings, settings};

const MENU: &str = r#"
flow = "menu.card"
lane = "billing"
start = "ask"
expires = "1d"

[step.ask]
ask = { en = "{utility}: reply 1 or 2." }
want = "menu"
on = { 1 = "end", 2 = "end" }
words = { 1 = { en = ["now"] }, 2 = { en = ["later"] } }

[step.end]
done = { en = "Thank you." }
"#;

#[test]
fn a_word_of_one_answer_is_no_number_of_another() {
    assert_eq!(findings(MENU, &settings()), []);
    for word in ["1", "one", "first", "the first", "uno", "#1", "option 1"] {
        check(MENU, ("\"later\"", &format!("\"{word}\""), "words = "), "the number of another answer", "no number");
    }
    for word in ["2", "two", "second", "3", "not now"] {
        let found = findings(&MENU.replacen("later", word, 1), &settings());
        assert!(found.iter().all(|finding| finding.severity != Severity::Error), "{word}: {found:#?}");
    }
}
