//! The user data header: information elements in order, byte for byte (3GPP 23.040 sec 9.2.3.24).
//! It keeps the octets; what an element means is `ie`'s work.

use super::cursor::Cursor;
use super::error::{DecodeCause, DecodeError};
use super::ie::{Concat, Ie, Ports};
use super::octets::Octets;
use crate::text::{Language, Shift};

/// The longest header, its length octet included: all of a 140-octet user data.
const HEADER_MAX: usize = 140;

/// A user data header; the default has no octets, not even the length (TP-UDHI clear).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Udh {
    octets: Octets<HEADER_MAX>,
}

impl Udh {
    /// No header.
    #[must_use]
    pub const fn none() -> Self {
        Self { octets: Octets::new() }
    }

    /// A header of these elements, or `None` when they are too long for one.
    #[must_use]
    pub fn of(elements: &[Ie<'_>]) -> Option<Self> {
        let mut body = Octets::<HEADER_MAX>::new();
        let fits = elements.iter().all(|element| element.write(&mut body));
        let length = u8::try_from(body.len()).ok().filter(|_| fits)?;
        let mut octets = Octets::new();
        (octets.push(length) && octets.extend(&body)).then_some(Self { octets })
    }

    /// Whether there is a header (TP-UDHI).
    pub fn is_present(&self) -> bool {
        !self.octets.is_empty()
    }

    /// There is no header, or one without elements.
    pub fn is_empty(&self) -> bool {
        self.octets.len() < 2
    }

    /// The octets, TP-UDHL first; empty for no header.
    #[must_use]
    pub fn as_octets(&self) -> &[u8] {
        &self.octets
    }

    /// The elements in order.
    pub fn elements(&self) -> impl Iterator<Item = Ie<'_>> {
        let mut rest = self.octets.get(1..).unwrap_or_default();
        std::iter::from_fn(move || {
            let (id, length, after) = match rest {
                [id, length, after @ ..] => (*id, usize::from(*length), after),
                _ => return None,
            };
            let (data, next) = after.split_at_checked(length)?;
            rest = next;
            Some(Ie::of(id, data))
        })
    }

    /// The concatenation of this part: the last element that says one, when it is consistent (sec 9.2.3.24.1).
    #[must_use]
    pub fn concat(&self) -> Option<Concat> {
        let mut found = None;
        for element in self.elements() {
            if let Ie::Concat(concat) = element {
                found = Some(concat);
            }
        }
        found.filter(Concat::is_consistent)
    }

    /// The application ports, the last element that says them.
    #[must_use]
    pub fn ports(&self) -> Option<Ports> {
        let mut found = None;
        for element in self.elements() {
            if let Ie::Ports(ports) = element {
                found = Some(ports);
            }
        }
        found
    }

    /// The national alphabets the text is in; languages that are not known are read with the default tables.
    #[must_use]
    pub fn shift(&self) -> Shift {
        let mut shift = Shift::DEFAULT;
        for element in self.elements() {
            match element {
                Ie::SingleShift(id) => shift.single = Language::of(id).unwrap_or_default(),
                Ie::LockingShift(id) => shift.locking = Language::of(id).unwrap_or_default(),
                Ie::Concat(_) | Ie::Ports(_) | Ie::SpecialMessage(_) | Ie::SmscControl(_) | Ie::Source(_) | Ie::Other { .. } => {}
            }
        }
        shift
    }

    /// Decodes a header at the start of `octets`: the header and how many octets it took.
    ///
    /// # Errors
    ///
    /// Octets that end within the header, or an element that ends behind it.
    pub fn decode(octets: &[u8]) -> Result<(Self, usize), DecodeError> {
        let udh = Self::read(octets, 0)?;
        Ok((udh, udh.octets.len()))
    }

    /// The header at the start of the user data `body`, which stands at `offset` of the whole.
    pub(crate) fn read(body: &[u8], offset: usize) -> Result<Self, DecodeError> {
        let Some((udhl, after)) = body.split_first() else {
            return Err(DecodeError::new("udh", offset, DecodeCause::NoHeader));
        };
        let Some(header) = after.get(..usize::from(*udhl)) else {
            return Err(DecodeError::new("udh", offset, DecodeCause::HeaderBeyond { udhl: *udhl, left: after.len() }));
        };
        check_elements(header, offset.saturating_add(1))?;
        let mut octets = Octets::new();
        if octets.push(*udhl) && octets.extend(header) {
            return Ok(Self { octets });
        }
        let cause = DecodeCause::TooLong { length: header.len().saturating_add(1), max: HEADER_MAX, unit: "octets" };
        Err(DecodeError::new("udh", offset, cause))
    }
}

/// Every element must end inside the header.
fn check_elements(header: &[u8], offset: usize) -> Result<(), DecodeError> {
    let mut cursor = Cursor::at(header, offset);
    while cursor.left() > 0 {
        let at = cursor.offset();
        let id = cursor.octet("udh")?;
        let length = cursor.octet("udh")?;
        let left = cursor.left();
        if cursor.take(usize::from(length), "udh").is_err() {
            return Err(DecodeError::new("udh", at, DecodeCause::ElementBeyond { id, length, left }));
        }
    }
    Ok(())
}
