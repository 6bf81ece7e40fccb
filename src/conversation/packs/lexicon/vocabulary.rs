//! Every word that some pack knows: what the runs of a script without spaces are cut into, and what a slip may have been.

use super::Lexicon;
use crate::conversation::packs::Phrases;
use crate::conversation::packs::clock::Clock;
use crate::conversation::packs::patterns::Patterns;
use crate::conversation::packs::shapes::is_unspaced;
use crate::conversation::packs::words::Words;

impl Lexicon {
    /// A small word of one language may turn a meaning in another one ("no", "до"): then it is not small.
    pub(super) fn only_small(&self) -> Phrases {
        let turns = [&self.negators, &self.contrast, &self.question, &self.yes, &self.no, &self.yes_light, &self.no_light];
        let mut small = Phrases::default();
        for words in self.small.iter().filter(|words| !turns.iter().any(|phrases| phrases.is(words))) {
            small.add(words);
        }
        small
    }

    /// A courtesy of one language may turn a meaning in another one ("later", "quoi"): then it is none.
    pub(super) fn only_courteous(&self, all: &Phrases) -> Phrases {
        let turns = [&self.negators, &self.contrast, &self.question, &self.either, &self.yes, &self.no, &self.stop];
        let is_day = |words: &[String]| self.weekdays.contains_key(words) || self.days.contains_key(words);
        let mut courtesy = Phrases::default();
        let says = |words: &[String]| is_day(words) || turns.iter().any(|phrases| phrases.is(words));
        for words in all.iter().filter(|words| !says(words)) {
            courtesy.add(words);
        }
        courtesy
    }

    pub(super) fn know(&mut self) {
        let mut known = Words::default();
        let sets = [
            &self.yes,
            &self.yes_light,
            &self.no,
            &self.no_light,
            &self.yes_whole,
            &self.no_whole,
            &self.declines,
            &self.mended,
            &self.stop,
            &self.help,
            &self.start,
            &self.call,
            &self.courtesy,
            &self.harmless,
            &self.negators,
            &self.contrast,
            &self.question,
            &self.question_end,
            &self.danger_fire,
        ];
        for phrases in sets {
            known.extend(phrases.words());
        }
        known.extend(self.numbers.keys().chain(self.hundreds.keys()).map(String::as_str));
        let more = [&self.either, &self.option, &self.call_me, &self.out_of, &self.whole_first, &self.currency, &self.small];
        let kind = [&self.accepts, &self.thanks, &self.greets, &self.introduces, &self.house, &self.past, &self.next_week, &self.weeks];
        let more = more.into_iter().chain(kind);
        let mut runs = Patterns::default();
        let marks = [
            &self.month_mark,
            &self.day_mark,
            &self.objections,
            &self.sum,
            &self.plus,
            &self.hundredths,
            &self.can_pay,
            &self.other_figures,
            &self.durations,
        ];
        let marks =
            marks.into_iter().chain([&self.kin.me, &self.kin.one, &self.kin.many, &self.kin.two, &self.kin.including, &self.kin.animals]);
        let more: Vec<&Phrases> = more.chain(marks).collect();
        for form in sets.iter().chain(&more).flat_map(|phrases| phrases.run_forms()) {
            runs.add_signs(form);
        }
        let more = more.into_iter().flat_map(Phrases::words);
        let told = self.ordinals.keys().chain(self.days.keys()).chain(self.weekdays.keys()).flatten().map(String::as_str);
        let more = more.chain(told).chain(self.clock_words());
        self.unspaced = known.iter().chain(more).filter(|word| is_unspaced(word)).collect();
        self.known = known;
        self.runs = runs;
    }

    /// Every single word that tells the time.
    pub(super) fn clock_words(&self) -> impl Iterator<Item = &str> {
        self.day_words.words().chain(self.clocks.iter().flat_map(Clock::words))
    }
}
