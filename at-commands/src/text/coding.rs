//! One encoding with its tables: what a character costs, how much fits a part, where the cuts are. Which encoding to take is
//! `segment`'s work. 3GPP 23.038 sec 6.2, 23.040 sec 9.2.3.24.1.

use super::gsm7;
use super::language::{Language, Shift};
use super::segment::{Segment, SegmentOptions};
use crate::pdu::{Concat, Dcs, Ie, SEPTETS_MAX, USER_DATA_OCTETS_MAX, Udh, UserData};
use unicode_segmentation::UnicodeSegmentation;

/// An encoding with its tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Gsm7(Shift),
    Ucs2,
}

impl Coding {
    pub(super) const DEFAULT: Self = Self::Gsm7(Shift::DEFAULT);

    pub(super) fn can_write(self, text: &str) -> bool {
        match self {
            Self::Gsm7(shift) => text.chars().all(|character| gsm7::code(character, shift).is_some()),
            Self::Ucs2 => true,
        }
    }

    /// Septets or octets of a character; one that the tables lack is not asked for.
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
    pub(super) fn cut(self, text: &str, wide: bool) -> Vec<&str> {
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

    /// Bytes of `text` that go into one part: whole graphemes, unless the first alone is longer than a part.
    fn reach(self, text: &str, room: usize) -> usize {
        // The plain case, where every character is a grapheme, is decided without the tables of Unicode.
        let ahead = text.get(..room.saturating_add(1).min(text.len())).unwrap_or_default();
        let plain = !ahead.is_empty() && ahead.bytes().all(|byte| byte.is_ascii() && byte != b'\r');
        let whole = if plain { self.reach_by(characters(ahead), room) } else { self.reach_by(text.graphemes(true), room) };
        if whole > 0 { whole } else { self.reach_by(characters(text), room) }
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
        let shift = match self {
            Self::Gsm7(shift) => shift,
            Self::Ucs2 => Shift::DEFAULT,
        };
        let mut elements = Vec::new();
        elements.extend(concat.map(Ie::Concat));
        if shift.single != Language::Default {
            elements.push(Ie::SingleShift(shift.single.id()));
        }
        if shift.locking != Language::Default {
            elements.push(Ie::LockingShift(shift.locking.id()));
        }
        // Three short elements always fit, so the default is never taken for want of room.
        if elements.is_empty() { Udh::none() } else { Udh::of(&elements).unwrap_or_default() }
    }

    /// The whole of `text` as the only part, where it is short enough and has no character that the tables lack.
    pub(super) fn single(self, text: &str, options: SegmentOptions) -> Option<Segment> {
        // A character is at least one septet, and at most four bytes of text.
        if text.len() > SEPTETS_MAX.saturating_mul(4) {
            return None;
        }
        let (dcs, ud) = self.user_data(text)?;
        let dcs = options.class.map_or(dcs, |class| dcs.with_class(class));
        let udh = self.header(None);
        (ud.units().len() <= self.room(udh.as_octets().len())).then_some(Segment { udh, dcs, ud })
    }

    fn user_data(self, text: &str) -> Option<(Dcs, UserData)> {
        match self {
            Self::Gsm7(shift) => Some((Dcs::GSM7, UserData::gsm7_text(text, shift)?)),
            Self::Ucs2 => Some((Dcs::UCS2, UserData::ucs2(text)?)),
        }
    }

    /// The part number `seq` of `total` with this piece of the text, which `cut` made.
    pub(super) fn part(self, piece: &str, options: SegmentOptions, total: u8, seq: u8) -> Segment {
        let reference = if options.wide_reference { options.reference } else { options.reference & 0xFF };
        let concat = (total > 1).then_some(Concat { reference, wide: options.wide_reference, total, seq });
        // `cut` measured the piece in this encoding, so it fits.
        let (dcs, ud) = self.user_data(piece).unwrap_or((Dcs::GSM7, UserData::empty()));
        let dcs = options.class.map_or(dcs, |class| dcs.with_class(class));
        Segment { udh: self.header(concat), dcs, ud }
    }
}

/// Each character as a piece of its own.
fn characters(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(|_: char| true)
}
