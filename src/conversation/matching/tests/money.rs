//! What moves money and what does not: the texts of `tests/data/money`.

use super::Prompt;

fn lines(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn pay() -> Prompt {
    Prompt::of(include_str!("../../../../tests/data/unseen/prompts.toml"), "pay", &[])
}

#[test]
fn what_is_not_exactly_a_yes_moves_no_money() {
    let pay = pay();
    let wrong: Vec<&str> = lines(include_str!("../../../../tests/data/money/none.txt"))
        .filter(|line| pay.hears(&line.replace("\\n", "\n")) == "yes")
        .collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn an_exact_yes_moves_money() {
    let pay = pay();
    let wrong: Vec<&str> =
        lines(include_str!("../../../../tests/data/money/yes.txt")).filter(|line| pay.hears(&line.replace("\\n", "\n")) != "yes").collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn beside_a_tag_the_signs_of_a_text_are_kept() {
    for (text, word, own) in [("já 7", "ja", "já "), ("Y $7", "y", "Y $"), ("7%", "", "%"), ("Y7?", "y", "Y?"), ("नहीं ७", "नहीं", "नहीं ")]
    {
        let beside = super::Heard::read(text, &super::PACKS).beside_tag(vec![word.to_owned()]);
        assert_eq!(beside.own, own, "{text}");
    }
}
