//! A text of any length costs what its length costs: the work of twice as many letters is at most twice as much.

use super::danger;
use super::matching::Heard;
use super::packs::Packs;
use super::packs::words::work;

/// Above a straight line: what does not grow, in both.
const SLACK: f64 = 1.2;

#[test]
fn twice_as_many_letters_are_twice_the_work() {
    let packs = Packs::load(&Packs::shipped()).expect("packs");
    for part in ["5", "a", "是", "не", "y ", "да ", "火", "煙", "火災報知器の電池", "会停电", "gas ", "no power oxygen ", "“a” ", "ガス"]
    {
        let text = |letters: usize| part.chars().cycle().take(letters).collect::<String>();
        let heard = |text: String| {
            work::of(|| {
                danger::heard(&text, &packs);
                Heard::read(&text, &packs);
            })
        };
        let (once, twice) = (heard(text(LETTERS)), heard(text(2 * LETTERS)));
        assert!(
            once > 0 && twice as f64 <= 2.0 * SLACK * once as f64,
            "{part:?}: {once} steps of {LETTERS} letters, {twice} of twice as many"
        );
    }
}

const LETTERS: usize = 10_000;
