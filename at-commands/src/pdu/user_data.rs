//! TP-User-Data: TP-UDL, the header and what follows it (3GPP 23.040 sec 9.2.3.16, 9.2.3.24). The septets and octets are kept
//! raw, so that parts can be joined before they become text; compressed data stays octets.

use super::cursor::Cursor;
use super::dcs::{Alphabet, Dcs};
use super::error::{DecodeCause, DecodeError, EncodeError};
use super::octets::Octets;
use super::udh::Udh;
use crate::text::{Shift, gsm7, packing, ucs2};

/// Most octets of user data in SMS-DELIVER and SMS-SUBMIT.
pub const USER_DATA_OCTETS_MAX: usize = 140;
/// Most septets in 140 octets.
pub const SEPTETS_MAX: usize = 160;
/// Room for the longest user data of any TPDU (SMS-DELIVER-REPORT for RP-ACK).
pub(crate) const OCTETS_MAX: usize = 159;

/// What a part says, in the units it was sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserData {
    /// Unpacked 7-bit codes.
    Gsm7 {
        /// One code an octet, 00 to 7F; at most 160 in a part, some more in a report.
        septets: Octets<182>,
        /// The alphabets, as the header names them.
        shift: Shift,
    },
    /// UTF-16, big-endian.
    Ucs2(Octets<OCTETS_MAX>),
    /// 8-bit or compressed data.
    Data(Octets<OCTETS_MAX>),
}

impl UserData {
    /// Nothing, in the default alphabet.
    #[must_use]
    pub const fn empty() -> Self {
        Self::Gsm7 { septets: Octets::new(), shift: Shift::DEFAULT }
    }

    /// These 7-bit codes; `None` for more than 160, or a code above 7F.
    #[must_use]
    pub fn gsm7(septets: &[u8], shift: Shift) -> Option<Self> {
        if septets.len() > SEPTETS_MAX || septets.iter().any(|code| *code > 0x7F) {
            return None;
        }
        Some(Self::Gsm7 { septets: Octets::of(septets)?, shift })
    }

    /// This text in these alphabets; `None` when a character is in neither table or they are more than 160 septets.
    #[must_use]
    pub fn gsm7_text(text: &str, shift: Shift) -> Option<Self> {
        let septets = gsm7::encode_in_place(text, shift)?;
        if septets.len() > SEPTETS_MAX { None } else { Some(Self::Gsm7 { septets, shift }) }
    }

    /// This text as UTF-16; `None` when it is above 140 octets.
    #[must_use]
    pub fn ucs2(text: &str) -> Option<Self> {
        let mut octets = Octets::new();
        let fits = text.encode_utf16().all(|unit| octets.extend(&unit.to_be_bytes()));
        (fits && octets.len() <= USER_DATA_OCTETS_MAX).then_some(Self::Ucs2(octets))
    }

    /// These octets as 8-bit data; `None` above 140.
    #[must_use]
    pub fn data(octets: &[u8]) -> Option<Self> {
        if octets.len() > USER_DATA_OCTETS_MAX { None } else { Octets::of(octets).map(Self::Data) }
    }

    /// The text of this part alone; `None` for data. Damage shows as U+FFFD.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Gsm7 { septets, shift } => Some(gsm7::decode(septets, *shift)),
            Self::Ucs2(octets) => Some(ucs2::decode_lossy(octets)),
            Self::Data(_) => None,
        }
    }

    /// The septets or octets, without the header.
    #[must_use]
    pub fn units(&self) -> &[u8] {
        match self {
            Self::Gsm7 { septets, .. } => septets,
            Self::Ucs2(octets) | Self::Data(octets) => octets,
        }
    }

    /// TP-UDL with this header: septets or octets, header and fill included.
    #[must_use]
    pub fn length(&self, udh: &Udh) -> usize {
        let header = udh.as_octets().len();
        match self {
            Self::Gsm7 { septets, .. } => header.saturating_mul(8).div_ceil(7).saturating_add(septets.len()),
            Self::Ucs2(octets) | Self::Data(octets) => header.saturating_add(octets.len()),
        }
    }

    /// Octets on the wire behind TP-UDL with this header.
    pub(crate) fn octets(&self, udh: &Udh) -> usize {
        match self {
            Self::Gsm7 { .. } => self.length(udh).saturating_mul(7).div_ceil(8),
            Self::Ucs2(_) | Self::Data(_) => self.length(udh),
        }
    }

    /// Decodes TP-UDL and what follows it at the start of `octets`; `udhi` says that there is a header.
    ///
    /// # Errors
    ///
    /// More than 140 octets, fewer than TP-UDL announces, or a damaged header.
    pub fn decode(octets: &[u8], dcs: Dcs, udhi: bool) -> Result<(Udh, Self), DecodeError> {
        Self::read(&mut Cursor::new(octets), dcs, udhi, USER_DATA_OCTETS_MAX)
    }

    /// TP-UDL and user data, of which there may be `octets_max` octets.
    pub(crate) fn read(cursor: &mut Cursor<'_>, dcs: Dcs, udhi: bool, octets_max: usize) -> Result<(Udh, Self), DecodeError> {
        let udl_at = cursor.offset();
        let udl = cursor.octet("udl")?;
        let length = usize::from(udl);
        let octets = if dcs.counts_septets() { length.saturating_mul(7).div_ceil(8) } else { length };
        if octets > octets_max {
            let cause = DecodeCause::TooLong { length: octets, max: octets_max, unit: "octets" };
            return Err(DecodeError::new("ud", udl_at, cause));
        }
        let body_at = cursor.offset();
        let left = cursor.left();
        let short = if dcs.counts_septets() { DecodeCause::UdlSeptets { udl, left } } else { DecodeCause::UdlOctets { udl, left } };
        let body = cursor.take(octets, "ud").map_err(|_| DecodeError::new("ud", body_at, short))?;
        let udh = if udhi { Udh::read(body, body_at)? } else { Udh::none() };
        Ok((udh, Self::after(&udh, body, length, dcs)))
    }

    /// What stands behind the header of `body`, which is `length` units long.
    fn after(udh: &Udh, body: &[u8], length: usize, dcs: Dcs) -> Self {
        let header = udh.as_octets().len();
        let content = body.get(header..).unwrap_or_default();
        let octets = || Octets::of(content).unwrap_or_default();
        if dcs.counts_septets() {
            let header_septets = header.saturating_mul(8).div_ceil(7);
            let septets = packing::unpack(content, length.saturating_sub(header_septets), packing::fill_bits(header));
            return Self::Gsm7 { septets, shift: udh.shift() };
        }
        match dcs.alphabet() {
            Alphabet::Ucs2 if !dcs.compressed() => Self::Ucs2(octets()),
            Alphabet::Ucs2 | Alphabet::Gsm7 | Alphabet::EightBit | Alphabet::Reserved => Self::Data(octets()),
        }
    }

    /// TP-UDL, header and user data.
    pub(crate) fn write(&self, udh: &Udh, dcs: Dcs, octets_max: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let fits_dcs = match self {
            Self::Gsm7 { .. } => dcs.counts_septets(),
            Self::Ucs2(_) => dcs.alphabet() == Alphabet::Ucs2 && !dcs.compressed(),
            Self::Data(_) => dcs.alphabet() == Alphabet::EightBit || dcs.compressed(),
        };
        if !fits_dcs {
            return Err(EncodeError::Alphabet { dcs: dcs.octet() });
        }
        let octets = self.octets(udh);
        let udl = u8::try_from(self.length(udh)).ok().filter(|_| octets <= octets_max);
        out.push(udl.ok_or(EncodeError::UserDataTooLong { octets, max: octets_max })?);
        out.extend_from_slice(udh.as_octets());
        match self {
            Self::Gsm7 { septets, .. } => packing::pack_into(septets, packing::fill_bits(udh.as_octets().len()), out),
            Self::Ucs2(octets) | Self::Data(octets) => out.extend_from_slice(octets),
        }
        Ok(())
    }
}
