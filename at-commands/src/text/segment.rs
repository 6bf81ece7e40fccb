//! A text into parts: the cheapest encoding that loses nothing, cut where no escape, no surrogate pair and, where it can be
//! avoided, no grapheme is cut (3GPP 23.040 sec 9.2.3.24.1). It says which characters forced UCS-2; it changes a letter only
//! when asked to.

use super::coding::Coding;
use super::gsm7;
use super::language::{Language, Languages, Shift};
use super::stand_in::{replaced, stand_in};
use crate::pdu::{Class, Dcs, Udh, UserData};
use std::borrow::Cow;
use std::fmt;

/// How to cut. Take the default and change what matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentOptions {
    /// The reference that ties the parts together; only its low octet is used unless it is wide.
    pub reference: u16,
    /// Use the 16-bit reference, which costs one octet a part.
    pub wide_reference: bool,
    /// The most parts a text may take.
    pub parts_max: u8,
    /// The message class, for flash messages.
    pub class: Option<Class>,
    /// National tables that may be used where they save a part against UCS-2. None by default: many phones and some networks
    /// do not know them and show other letters.
    pub languages: Languages,
    /// Write a text that the default alphabet lacks letters for with stand-ins, when it has one for each of them.
    pub stand_ins: bool,
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self { reference: 0, wide_reference: false, parts_max: u8::MAX, class: None, languages: Languages::NONE, stand_ins: false }
    }
}

/// What the parts are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// A 7-bit alphabet: 160 characters, 153 in a part.
    Gsm7,
    /// UTF-16: 70 characters, 67 in a part.
    Ucs2,
}

/// A text in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segmented {
    /// What the parts are written in.
    pub encoding: Encoding,
    /// The tables of a 7-bit encoding.
    pub shift: Shift,
    /// The parts in order; one without a concatenation header when the text fits.
    pub parts: Vec<Segment>,
    /// The characters that the 7-bit alphabet lacks, each once, in the order of the text: they forced UCS-2, or were replaced.
    pub forced: Vec<char>,
    /// Stand-ins were written for the characters in `forced`, as the options asked.
    pub replaced: bool,
}

impl Segmented {
    /// What each forced character becomes in the default alphabet; `None` where nothing can stand for it.
    pub fn stand_ins(&self) -> impl Iterator<Item = (char, Option<&'static str>)> {
        self.forced.iter().map(|character| (*character, stand_in(*character)))
    }
}

/// One part, ready to be put into a `Submit` or a `Deliver`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The header, with the concatenation where there are several parts.
    pub udh: Udh,
    /// The coding scheme.
    pub dcs: Dcs,
    /// The part of the text.
    pub ud: UserData,
}

/// The text takes more parts than allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLong {
    /// Parts it takes.
    pub parts: usize,
    /// Parts allowed.
    pub parts_max: u8,
    /// The encoding counted with.
    pub encoding: Encoding,
    /// The characters that forced it.
    pub forced: Vec<char>,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the text takes {} parts, at most {} are allowed", self.parts, self.parts_max)
    }
}

impl std::error::Error for TooLong {}

/// Cuts `text` into parts.
///
/// ```
/// use at_commands::text::{Encoding, SegmentOptions, segment};
///
/// let sent = segment("Your bill is due \u{2013} reply Y to pay", &SegmentOptions::default()).unwrap();
/// assert_eq!((sent.encoding, sent.parts.len()), (Encoding::Ucs2, 1));
/// assert_eq!(sent.stand_ins().collect::<Vec<_>>(), [('\u{2013}', Some("-"))]);
/// ```
///
/// # Errors
///
/// More parts than the options allow, with their number.
pub fn segment(text: &str, options: &SegmentOptions) -> Result<Segmented, TooLong> {
    if let Some(part) = Coding::DEFAULT.single(text, *options) {
        let (encoding, shift) = (Encoding::Gsm7, Shift::DEFAULT);
        return Ok(Segmented { encoding, shift, parts: vec![part], forced: Vec::new(), replaced: false });
    }
    let lacking = lacking(text);
    let plain = if options.stand_ins && !lacking.is_empty() { replaced(text) } else { None };
    let was_replaced = plain.is_some();
    let text = plain.map_or(Cow::Borrowed(text), Cow::Owned);
    let coding = if lacking.is_empty() || was_replaced { Coding::DEFAULT } else { cheapest(&text, &lacking, *options) };
    let (encoding, shift, forced) = match coding {
        Coding::Gsm7(shift) if shift == Shift::DEFAULT => (Encoding::Gsm7, shift, lacking),
        Coding::Gsm7(shift) => (Encoding::Gsm7, shift, Vec::new()),
        Coding::Ucs2 => (Encoding::Ucs2, Shift::DEFAULT, lacking),
    };
    let pieces = coding.cut(&text, options.wide_reference);
    let total = u8::try_from(pieces.len()).ok().filter(|total| *total <= options.parts_max.max(1));
    let Some(total) = total else {
        return Err(TooLong { parts: pieces.len(), parts_max: options.parts_max, encoding, forced });
    };
    let parts = pieces.iter().zip(1..=total).map(|(piece, seq)| coding.part(piece, *options, total, seq)).collect();
    Ok(Segmented { encoding, shift, parts, forced, replaced: was_replaced })
}

/// The characters of `text` that the default alphabet lacks, each once.
fn lacking(text: &str) -> Vec<char> {
    let mut lacking = Vec::new();
    for character in text.chars() {
        if gsm7::code(character, Shift::DEFAULT).is_none() && !lacking.contains(&character) {
            lacking.push(character);
        }
    }
    lacking
}

/// UCS-2, or the national tables that save most parts against it; of equals the first, single shift before locking before both.
fn cheapest(text: &str, lacking: &[char], options: SegmentOptions) -> Coding {
    let mut best = Coding::Ucs2;
    if options.languages == Languages::NONE {
        return best;
    }
    let mut fewest = best.cut(text, options.wide_reference).len();
    for shift in shifts(lacking, options.languages) {
        let coding = Coding::Gsm7(shift);
        if coding.can_write(text) {
            let parts = coding.cut(text, options.wide_reference).len();
            if parts < fewest {
                (best, fewest) = (coding, parts);
            }
        }
    }
    best
}

/// The pairs of tables worth trying: each brings at least one character that is lacking, and the two need not be of one language.
fn shifts(lacking: &[char], languages: Languages) -> impl Iterator<Item = Shift> {
    let with = |brings: fn(char, Language) -> Option<u8>| -> Vec<Language> {
        let helps = |language: &Language| lacking.iter().any(|character| brings(*character, *language).is_some());
        Language::ALL.into_iter().filter(|language| languages.contains(*language)).filter(helps).collect()
    };
    let (singles, lockings) = (with(gsm7::escaped_code), with(gsm7::main_code));
    let single = singles.clone().into_iter().map(|single| Shift { single, ..Shift::DEFAULT });
    let locking = lockings.clone().into_iter().map(|locking| Shift { locking, ..Shift::DEFAULT });
    let both = lockings.into_iter().flat_map(move |locking| singles.clone().into_iter().map(move |single| Shift { locking, single }));
    single.chain(locking).chain(both)
}
