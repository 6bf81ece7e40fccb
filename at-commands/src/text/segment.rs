//! A text into parts: the cheapest encoding that loses nothing, cut where no escape, no surrogate pair and, where it can be
//! avoided, no grapheme is cut (3GPP 23.040 sec 9.2.3.24.1). It says which characters forced UCS-2; it never changes a letter unasked.

use super::gsm7;
use super::language::{Language, Shift};
use crate::pdu::{Class, Concat, Dcs, Ie, SEPTETS_MAX, USER_DATA_OCTETS_MAX, Udh, UserData};
use std::fmt;
use unicode_segmentation::UnicodeSegmentation;

/// How to cut.
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
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self { reference: 0, wide_reference: false, parts_max: u8::MAX, class: None }
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
    /// The parts in order; one without a concatenation header when the text fits.
    pub parts: Vec<Segment>,
    /// The characters that are not in the 7-bit alphabet and so forced UCS-2, each once, in the order of the text.
    pub forced: Vec<char>,
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
pub fn segment(text: &str, options: &SegmentOptions) -> Result<Segmented, TooLong> {
    let mut forced = Vec::new();
    for character in text.chars() {
        if gsm7::code(character, Shift::DEFAULT).is_none() && !forced.contains(&character) {
            forced.push(character);
        }
    }
    let coding = if forced.is_empty() { Coding::Gsm7(Shift::DEFAULT) } else { Coding::Ucs2 };
    let pieces = coding.cut(text, options.wide_reference);
    let total = u8::try_from(pieces.len()).ok().filter(|total| *total <= options.parts_max.max(1));
    let encoding = coding.encoding();
    let Some(total) = total else {
        return Err(TooLong { parts: pieces.len(), parts_max: options.parts_max, encoding, forced });
    };
    let parts = pieces.iter().zip(1..=total).map(|(piece, seq)| coding.part(piece, options, total, seq)).collect();
    Ok(Segmented { encoding, parts, forced })
}

/// An encoding with its tables.
#[derive(Debug, Clone, Copy)]
enum Coding {
    Gsm7(Shift),
    Ucs2,
}

impl Coding {
    const fn encoding(self) -> Encoding {
        match self {
            Self::Gsm7(_) => Encoding::Gsm7,
            Self::Ucs2 => Encoding::Ucs2,
        }
    }

    /// Septets or octets of a character; a character the tables lack counts as a blank would.
    fn cost(self, character: char) -> usize {
        match self {
            Self::Gsm7(shift) => match gsm7::code(character, shift) {
                Some(gsm7::Code::Escaped(_)) => 2,
                Some(gsm7::Code::Main(_)) | None => 1,
            },
            Self::Ucs2 => character.len_utf16().saturating_mul(2),
        }
    }

    /// Septets or octets of text in a part with this many header octets.
    const fn room(self, header_octets: usize) -> usize {
        match self {
            Self::Gsm7(_) => SEPTETS_MAX.saturating_sub(header_octets.saturating_mul(8).div_ceil(7)),
            Self::Ucs2 => USER_DATA_OCTETS_MAX.saturating_sub(header_octets),
        }
    }

    /// The pieces of `text`; the whole when it fits one part.
    fn cut(self, text: &str, wide: bool) -> Vec<&str> {
        let whole: usize = text.chars().map(|character| self.cost(character)).sum();
        if whole <= self.room(self.header(None).as_octets().len()) {
            return vec![text];
        }
        let concat = Concat { reference: 0, wide, total: 1, seq: 1 };
        let room = self.room(self.header(Some(concat)).as_octets().len());
        let mut pieces = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at_checked(self.reach(rest, room)).unwrap_or((rest, ""));
            pieces.push(piece);
            rest = after;
        }
        pieces
    }

    /// Bytes of `text` that go into one part: whole graphemes, unless the first is longer than a part.
    fn reach(self, text: &str, room: usize) -> usize {
        let whole = self.reach_by(text.graphemes(true), room);
        if whole > 0 { whole } else { self.reach_by(text.split_inclusive(|_: char| true), room).max(1) }
    }

    fn reach_by<'t>(self, pieces: impl Iterator<Item = &'t str>, room: usize) -> usize {
        let mut bytes: usize = 0;
        let mut units: usize = 0;
        for piece in pieces {
            units = piece.chars().fold(units, |units, character| units.saturating_add(self.cost(character)));
            if units > room {
                break;
            }
            bytes = bytes.saturating_add(piece.len());
        }
        bytes
    }

    /// The header of a part: concatenation first, then the languages.
    fn header(self, concat: Option<Concat>) -> Udh {
        let mut elements = Vec::new();
        elements.extend(concat.map(Ie::Concat));
        if let Self::Gsm7(shift) = self {
            if shift.single != Language::Default {
                elements.push(Ie::SingleShift(shift.single.id()));
            }
            if shift.locking != Language::Default {
                elements.push(Ie::LockingShift(shift.locking.id()));
            }
        }
        if elements.is_empty() { Udh::none() } else { Udh::of(&elements).unwrap_or_default() }
    }

    fn part(self, piece: &str, options: &SegmentOptions, total: u8, seq: u8) -> Segment {
        let reference = if options.wide_reference { options.reference } else { options.reference & 0xFF };
        let concat = (total > 1).then_some(Concat { reference, wide: options.wide_reference, total, seq });
        let (dcs, ud) = match self {
            Self::Gsm7(shift) => {
                let septets = gsm7::encode(piece, shift).unwrap_or_default();
                (Dcs::GSM7, UserData::gsm7(&septets, shift))
            }
            Self::Ucs2 => (Dcs::UCS2, UserData::ucs2(piece)),
        };
        let dcs = options.class.map_or(dcs, |class| dcs.with_class(class));
        Segment { udh: self.header(concat), dcs, ud: ud.unwrap_or(UserData::empty()) }
    }
}
