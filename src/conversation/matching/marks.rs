//! What of the packs begins at each word of a text: the same for every question, so it is looked up once.

use std::sync::OnceLock;

use crate::conversation::normal;
use crate::conversation::packs::words::hash;
use crate::conversation::packs::{Lexicon, Phrases};

/// How many words the packs' own answers have that begin at a word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Common {
    /// Of the word: whatever else it is looked up in.
    pub hash: u64,
    /// Yes.
    pub yes: Option<usize>,
    /// A light one.
    pub yes_light: Option<usize>,
    /// No.
    pub no: Option<usize>,
    /// A light one.
    pub no_light: Option<usize>,
    /// It says what is needed.
    pub needless: bool,
    /// No to an offer.
    pub declines: Option<usize>,
    /// No to a visit.
    pub mended: Option<usize>,
    /// Yes to a visit.
    pub accepts: Option<usize>,
}

/// How many words of each kind begin at a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Answers.
    pub common: Common,
    /// Articles, prepositions, pronouns.
    pub small: Option<usize>,
    /// Courtesy.
    pub courtesy: Option<usize>,
    /// Harmless additions.
    pub harmless: Option<usize>,
    /// Who is in a house and what belongs to it.
    pub house: Option<usize>,
    /// Somebody opens.
    pub lets_in: Option<usize>,
    /// A contrast, with "but".
    pub contrast: Option<usize>,
    /// What tells when.
    pub during: Option<usize>,
    /// A question.
    pub asks: Option<usize>,
    /// Negators.
    pub negators: Option<usize>,
    /// A word that answers only beside a clearer one: whether it is a no.
    pub half: Option<bool>,
    /// A time or a number may begin here.
    pub may_tell_time: bool,
    /// Some pack knows the word for something.
    pub is_known: bool,
    /// An unknown word with its long letters shortened.
    pub squeezed: Vec<String>,
}

/// Words and what begins at each of them.
#[derive(Clone, Copy)]
pub struct Stretch<'a> {
    /// The words.
    pub words: &'a [String],
    /// As many.
    pub marks: &'a [Mark],
}

impl Common {
    /// At the beginning of these words.
    pub fn of(words: &[String], lexicon: &Lexicon) -> Self {
        let Some(first) = words.first() else { return Self::default() };
        let hash = hash(first);
        let len = |phrases: &Phrases| phrases.len_hashed(hash, words);
        let no_light = len(&lexicon.no_light);
        Self {
            hash,
            yes: len(&lexicon.yes),
            yes_light: len(&lexicon.yes_light),
            no: len(&lexicon.no),
            no_light,
            needless: no_light.is_some_and(|len| lexicon.stand_within(&lexicon.needs, &words[..len])),
            declines: len(&lexicon.declines),
            mended: len(&lexicon.mended),
            accepts: len(&lexicon.accepts),
        }
    }
}

impl Mark {
    fn of(words: &[String], lexicon: &Lexicon) -> Self {
        let common = Common::of(words, lexicon);
        let len = |phrases: &Phrases| phrases.len_hashed(common.hash, words);
        let is_known = lexicon.known.contains(&words[0]);
        let (yes, no) = (lexicon.yes_whole.is_word(&words[0]), lexicon.no_whole.is_word(&words[0]));
        Self {
            small: len(&lexicon.small),
            courtesy: len(&lexicon.courtesy),
            harmless: len(&lexicon.harmless),
            lets_in: len(&lexicon.lets_in),
            house: len(&lexicon.house),
            contrast: len(&lexicon.contrast).max(len(&lexicon.but)),
            during: len(&lexicon.during),
            asks: lexicon.asks_at(words),
            negators: len(&lexicon.negators),
            // "La" is an article more often than a no of another language.
            half: (yes != no && !lexicon.small.is_word(&words[0])).then_some(no),
            may_tell_time: lexicon.may_tell_time(&words[0]),
            squeezed: if is_known { Vec::new() } else { normal::squeezed(&words[0]) },
            is_known,
            common,
        }
    }

    /// How many words put something in doubt or ask.
    pub fn doubts(&self) -> Option<usize> {
        self.contrast.max(self.asks)
    }
}

impl<'a> Stretch<'a> {
    /// Of these words, whose marks are kept where they were found.
    pub fn of(words: &'a [String], marks: &'a OnceLock<Vec<Mark>>, lexicon: &Lexicon) -> Self {
        Self { words, marks: marks.get_or_init(|| (0..words.len()).map(|at| Mark::of(&words[at..], lexicon)).collect()) }
    }

    /// What follows, from a word on.
    pub fn from(self, at: usize) -> Self {
        Self { words: &self.words[at..], marks: &self.marks[at..] }
    }
}
