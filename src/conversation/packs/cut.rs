//! Runs of signs in scripts without spaces, cut into forms that the packs know.

use std::collections::BTreeSet;

use super::Lexicon;
use super::shapes::is_unspaced;

/// Longer runs are pages; nobody answers yes in one.
const RUN_SIGNS_MAX: usize = 60;

impl Lexicon {
    /// Whether a run of signs is a form.
    pub fn is_piece(&self, run: &str) -> bool {
        self.unspaced.contains(run) || self.runs.is_run(run)
    }

    /// Where forms end that begin with the first sign of a run, the nearest first.
    fn piece_ends(&self, run: &str) -> Vec<usize> {
        let plain = run.char_indices().map(|(at, sign)| at + sign.len_utf8()).take(RUN_SIGNS_MAX);
        let mut ends: Vec<usize> = plain.filter(|end| self.unspaced.contains(&run[..*end])).collect();
        ends.extend(self.runs.ends_in(run));
        ends.sort_unstable();
        ends.dedup();
        ends
    }

    /// A run of signs as its forms where it is made of some, else as it is.
    pub fn pieces_of(&self, word: String) -> Vec<String> {
        if !is_unspaced(&word) || self.is_piece(&word) { vec![word] } else { self.cut(&word).unwrap_or(vec![word]) }
    }

    /// The forms that a run of signs begins with and the signs behind them, where a way to its end is not known.
    pub fn head_of(&self, run: &str) -> (Vec<String>, String) {
        let (mut pieces, mut from) = (Vec::new(), 0);
        while let Some(end) = self.piece_ends(&run[from..]).pop().map(|end| from + end) {
            pieces.push(run[from..end].to_owned());
            from = end;
        }
        (pieces, run[from..].to_owned())
    }

    /// A run of signs as the forms it is made of; `None` where some of it is no form. The longest forms are tried first.
    pub fn cut(&self, run: &str) -> Option<Vec<String>> {
        if run.is_empty() {
            return Some(Vec::new());
        }
        if !is_unspaced(run) || run.chars().count() > RUN_SIGNS_MAX {
            return None;
        }
        let mut dead = BTreeSet::new();
        let mut pieces = Vec::new();
        self.cut_from(run, 0, &mut dead, &mut pieces).then_some(pieces)
    }

    /// `dead`: places from which no way leads to the end; without them the ways are too many to try.
    fn cut_from(&self, run: &str, from: usize, dead: &mut BTreeSet<usize>, pieces: &mut Vec<String>) -> bool {
        if from == run.len() {
            return true;
        }
        if dead.contains(&from) {
            return false;
        }
        for end in self.piece_ends(&run[from..]).into_iter().rev().map(|end| from + end) {
            pieces.push(run[from..end].to_owned());
            if self.cut_from(run, end, dead, pieces) {
                return true;
            }
            pieces.pop();
        }
        dead.insert(from);
        false
    }
}
