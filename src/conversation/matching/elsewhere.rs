//! Another matter in a text, which is not the question's.

use super::Heard;
use crate::conversation::packs::Lexicon;

impl Heard {
    /// "Yes, but call me", "yes and stop texting": a clause asks, or speaks of another matter.
    pub(super) fn calls_elsewhere(&self, lexicon: &Lexicon) -> bool {
        *self.calls.get_or_init(|| self.clauses.iter().any(|clause| calls(&clause.words, lexicon)))
    }

    /// That, or somebody else's matter: a person, a power cut, somebody else's phone.
    pub(super) fn speaks_elsewhere(&self, lexicon: &Lexicon) -> bool {
        let patterns = [&lexicon.outage, &lexicon.agent, &lexicon.wrong_number, &lexicon.revoke];
        let speaks = || calls(&self.words, lexicon) || patterns.iter().any(|shapes| shapes.stand_in(&self.words));
        *self.elsewhere.get_or_init(speaks)
    }
}

/// A question, a call, STOP, a fire.
fn calls(words: &[String], lexicon: &Lexicon) -> bool {
    lexicon.call_me.is_in(words) || words.iter().any(|word| word == "?" || lexicon.stop.is_word(word) || lexicon.danger_fire.is_word(word))
}
