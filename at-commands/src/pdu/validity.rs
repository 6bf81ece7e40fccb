//! TP-Validity-Period in its three formats, and none (3GPP 23.040 sec 9.2.3.12). Enhanced octets are kept as they came.

use super::cursor::Cursor;
use super::error::{DecodeCause, DecodeError};
use super::semi_octet;
use super::timestamp::Timestamp;

/// How long the service centre tries to deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValidityPeriod {
    /// One octet counted from submission; see [`ValidityPeriod::minutes`].
    Relative(u8),
    /// Until a moment.
    Absolute(Timestamp),
    /// Seven octets with seconds and single-shot.
    Enhanced(Enhanced),
}

impl ValidityPeriod {
    /// The relative period that is the shortest not below `minutes` (5 minutes to 63 weeks; more is 63 weeks).
    #[must_use]
    pub const fn of_minutes(minutes: u32) -> Self {
        const HALF_DAY: u32 = 12 * 60;
        const DAY: u32 = 24 * 60;
        const WEEK: u32 = 7 * DAY;
        let octet = if minutes <= HALF_DAY {
            minutes.div_ceil(5).saturating_sub(1)
        } else if minutes <= DAY {
            minutes.saturating_sub(HALF_DAY).div_ceil(30).saturating_add(143)
        } else if minutes <= 30 * DAY {
            minutes.div_ceil(DAY).saturating_add(166)
        } else if minutes <= 63 * WEEK {
            minutes.div_ceil(WEEK).saturating_add(192)
        } else {
            255
        };
        Self::Relative(octet as u8)
    }

    /// Minutes of a relative period or of a relative enhanced one.
    pub const fn minutes(&self) -> Option<u32> {
        match self {
            Self::Relative(octet) => Some(relative_minutes(*octet)),
            Self::Absolute(_) => None,
            Self::Enhanced(enhanced) => match enhanced.period {
                EnhancedPeriod::Relative(octet) => Some(relative_minutes(octet)),
                EnhancedPeriod::None | EnhancedPeriod::Seconds(_) | EnhancedPeriod::Clock { .. } => None,
            },
        }
    }

    /// The value of TP-VPF, and `None` is 0.
    pub(crate) const fn format(period: Option<&Self>) -> u8 {
        match period {
            None => 0,
            Some(Self::Enhanced(_)) => 1,
            Some(Self::Relative(_)) => 2,
            Some(Self::Absolute(_)) => 3,
        }
    }

    /// Octets on the wire.
    pub(crate) const fn octets(period: Option<&Self>) -> usize {
        match period {
            None => 0,
            Some(Self::Relative(_)) => 1,
            Some(Self::Enhanced(_) | Self::Absolute(_)) => 7,
        }
    }

    /// Decodes the field of format `vpf` (TP-VPF, 0 to 3): the period and how many octets it took.
    ///
    /// # Errors
    ///
    /// Octets that end early, a reserved enhanced format, or a semi-octet that is no digit.
    pub fn decode(vpf: u8, octets: &[u8]) -> Result<(Option<Self>, usize), DecodeError> {
        let mut cursor = Cursor::new(octets);
        let period = Self::read(&mut cursor, vpf)?;
        Ok((period, cursor.offset()))
    }

    pub(crate) fn read(cursor: &mut Cursor<'_>, vpf: u8) -> Result<Option<Self>, DecodeError> {
        Ok(match vpf & 0x03 {
            0 => None,
            1 => Some(Self::Enhanced(Enhanced::read(cursor)?)),
            2 => Some(Self::Relative(cursor.octet("vp")?)),
            _ => Some(Self::Absolute(Timestamp::read(cursor, "vp")?)),
        })
    }

    pub(crate) fn write(period: Option<&Self>, out: &mut Vec<u8>) {
        match period {
            None => {}
            Some(Self::Relative(octet)) => out.push(*octet),
            Some(Self::Absolute(time)) => out.extend(time.encode()),
            Some(Self::Enhanced(enhanced)) => out.extend(enhanced.raw),
        }
    }
}

/// An enhanced validity period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Enhanced {
    raw: [u8; 7],
    period: EnhancedPeriod,
}

impl Enhanced {
    /// From the parts; the octets that are not used are zero.
    #[must_use]
    pub const fn new(single_shot: bool, period: EnhancedPeriod) -> Self {
        let shot = if single_shot { 0x40 } else { 0 };
        let raw = match period {
            EnhancedPeriod::None => [shot, 0, 0, 0, 0, 0, 0],
            EnhancedPeriod::Relative(octet) => [shot | 1, octet, 0, 0, 0, 0, 0],
            EnhancedPeriod::Seconds(seconds) => [shot | 2, seconds, 0, 0, 0, 0, 0],
            EnhancedPeriod::Clock { hours, minutes, seconds } => {
                [shot | 3, semi_octet::of_decimal(hours), semi_octet::of_decimal(minutes), semi_octet::of_decimal(seconds), 0, 0, 0]
            }
        };
        Self { raw, period }
    }

    /// The seven octets.
    pub const fn raw(&self) -> [u8; 7] {
        self.raw
    }

    /// The service centre is to try once only.
    pub const fn single_shot(&self) -> bool {
        self.raw[0] & 0x40 != 0
    }

    /// A further functionality indicator follows the first; it moves the period by one octet.
    pub const fn extended(&self) -> bool {
        self.raw[0] & 0x80 != 0
    }

    /// The period.
    pub const fn period(&self) -> EnhancedPeriod {
        self.period
    }

    fn read(cursor: &mut Cursor<'_>) -> Result<Self, DecodeError> {
        let start = cursor.offset();
        let raw: [u8; 7] = cursor.array("vp")?;
        // Every set extension bit announces one more indicator; the period stands behind the last of them.
        let indicators = raw.iter().take_while(|octet| **octet & 0x80 != 0).count().saturating_add(1);
        let mut values = Cursor::at(raw.get(indicators..).unwrap_or_default(), start.saturating_add(indicators));
        let [functionality, ..] = raw;
        let period = match functionality & 0x07 {
            0 => EnhancedPeriod::None,
            1 => EnhancedPeriod::Relative(values.octet("vp")?),
            2 => EnhancedPeriod::Seconds(values.octet("vp")?),
            3 => EnhancedPeriod::Clock { hours: digits(&mut values)?, minutes: digits(&mut values)?, seconds: digits(&mut values)? },
            reserved => return Err(DecodeError::new("vp", start, DecodeCause::ReservedValidity(reserved))),
        };
        Ok(Self { raw, period })
    }
}

/// The period of an enhanced validity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EnhancedPeriod {
    /// 000: none is given.
    None,
    /// 001: as a relative octet.
    Relative(u8),
    /// 010: seconds, 0 to 255.
    Seconds(u8),
    /// 011: hours, minutes, seconds.
    Clock {
        /// Hours, 0 to 99.
        hours: u8,
        /// Minutes.
        minutes: u8,
        /// Seconds.
        seconds: u8,
    },
}

fn digits(values: &mut Cursor<'_>) -> Result<u8, DecodeError> {
    let at = values.offset();
    semi_octet::decimal(values.octet("vp")?).map_err(|cause| DecodeError::new("vp", at, cause))
}

#[expect(clippy::arithmetic_side_effects, reason = "an octet times the minutes of a week")]
const fn relative_minutes(octet: u8) -> u32 {
    let octet = octet as u32;
    match octet {
        0..=143 => (octet + 1) * 5,
        144..=167 => 12 * 60 + (octet - 143) * 30,
        168..=196 => (octet - 166) * 24 * 60,
        _ => (octet - 192) * 7 * 24 * 60,
    }
}

#[cfg(test)]
mod tests {
    use super::ValidityPeriod;

    #[test]
    fn the_period_chosen_is_the_shortest_that_is_long_enough() {
        for octet in 0..=255 {
            let minutes = ValidityPeriod::Relative(octet).minutes().expect("relative");
            let chosen = ValidityPeriod::of_minutes(minutes).minutes().expect("relative");
            assert_eq!(chosen, minutes, "octet {octet}");
            let above = ValidityPeriod::of_minutes(minutes.saturating_add(1)).minutes().expect("relative");
            assert!(above > minutes || octet == 255, "octet {octet}");
        }
    }
}
