//! What puts an answer in doubt, and what asks.

use super::Lexicon;

impl Lexicon {
    /// Whether these words end all texts, in whatever words.
    pub fn revokes(&self, words: &[String]) -> bool {
        self.revoke.stand_in(words) && !self.keep.stand_in(words)
    }

    /// How many words of the beginning put something in doubt or ask.
    pub fn doubts_at(&self, words: &[String]) -> Option<usize> {
        self.contrast.len_at(words).max(self.but.len_at(words)).max(self.asks_at(words))
    }

    /// Whether several words that together put something in doubt stand where `heard`, which tells how many words at the beginning
    /// are something else, hears only some of them: "yes, yeah right" is not yes twice.
    pub fn doubts_across(&self, words: &[String], heard: impl Fn(&[String]) -> Option<usize>) -> bool {
        let mut heard_to = 0;
        (0..words.len()).any(|at| {
            let rest = &words[at..];
            heard_to = heard_to.max(at + heard(rest).unwrap_or(0));
            self.doubts_at(rest).is_some_and(|len| len > 1 && at + len > heard_to)
        })
    }

    /// How many words of the beginning ask something.
    pub fn asks_at(&self, words: &[String]) -> Option<usize> {
        let at_end = || self.question_end.len_at(words).filter(|len| words[*len..].iter().all(|word| word == "?"));
        self.question.len_at(words).or_else(at_end)
    }

    /// Whether something is asked anywhere.
    pub fn asks(&self, words: &[String]) -> bool {
        words.iter().any(|word| word == "?") || (0..words.len()).any(|at| self.asks_at(&words[at..]).is_some())
    }
}
