//! TP-SCTS, TP-DT and the absolute TP-VP: local time of the service centre with its zone (3GPP 23.040 sec 9.2.3.11).
//! A broken clock (month 13) is kept as it is and has no instant. Semi-octets that are no digits are read as 0 and kept as they
//! came where the standard says so, in what comes to the phone; everywhere else they are an error.

use super::cursor::Cursor;
use super::error::DecodeError;
use super::semi_octet;
use std::fmt;

const QUARTER_MS: i64 = 15 * 60 * 1000;
const DAY_MS: i64 = 86_400_000;
/// Two-digit years from here on are of the last century: there was no SMS before 1992.
const PIVOT: u8 = 90;
/// The zone is three bits of tens and a digit of units: 79 quarters.
const ZONE_QUARTERS_MAX: i8 = 79;
/// Bit 3 of the octet of the zone: west of Greenwich.
const SIGN_OF_ZONE: u8 = 0x08;

/// A time as a service centre writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timestamp {
    /// Year without its century, 0 to 99.
    pub year: u8,
    /// Month as sent, 1 to 12 where the clock is right.
    pub month: u8,
    /// Day of the month as sent.
    pub day: u8,
    /// Hour as sent.
    pub hour: u8,
    /// Minute as sent.
    pub minute: u8,
    /// Second as sent.
    pub second: u8,
    /// Quarters of an hour that local time is ahead of UTC, -79 to 79.
    pub zone_quarters: i8,
    /// The seven octets, where the fields alone do not give them back: digits that are none, a zone of minus zero.
    pub as_received: Option<[u8; 7]>,
}

impl Timestamp {
    /// From seven octets; a semi-octet that is no digit is an error.
    ///
    /// # Errors
    ///
    /// Fewer than seven octets, or a semi-octet that is no digit.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        Self::read(&mut Cursor::new(octets), "timestamp")
    }

    /// The seven octets, as they were received where that is known.
    #[must_use]
    pub fn encode(&self) -> [u8; 7] {
        self.as_received.unwrap_or_else(|| self.octets())
    }

    /// The seven octets of the fields.
    const fn octets(&self) -> [u8; 7] {
        let quarters = self.zone_quarters.unsigned_abs();
        let quarters = if quarters > ZONE_QUARTERS_MAX.unsigned_abs() { ZONE_QUARTERS_MAX.unsigned_abs() } else { quarters };
        let sign = if self.zone_quarters < 0 { SIGN_OF_ZONE } else { 0 };
        [
            semi_octet::of_decimal(self.year),
            semi_octet::of_decimal(self.month),
            semi_octet::of_decimal(self.day),
            semi_octet::of_decimal(self.hour),
            semi_octet::of_decimal(self.minute),
            semi_octet::of_decimal(self.second),
            semi_octet::of_decimal(quarters) | sign,
        ]
    }

    /// The year with its century: 90 to 99 are 19xx.
    pub const fn full_year(&self) -> u16 {
        if self.year < PIVOT { (self.year as u16).saturating_add(2000) } else { (self.year as u16).saturating_add(1900) }
    }

    /// The fields name a moment of the calendar.
    pub const fn is_calendar_valid(&self) -> bool {
        self.month >= 1
            && self.month <= 12
            && self.day >= 1
            && self.day <= days_in(self.full_year(), self.month)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
    }

    #[expect(clippy::arithmetic_side_effects, reason = "a year of four digits, fields of one octet")]
    /// Milliseconds since 1970 UTC, or `None` for a broken clock.
    #[must_use]
    pub fn to_unix_ms(&self) -> Option<i64> {
        if !self.is_calendar_valid() {
            return None;
        }
        let days = days_from_civil(i64::from(self.full_year()), i64::from(self.month), i64::from(self.day));
        let seconds = (i64::from(self.hour) * 60 + i64::from(self.minute)) * 60 + i64::from(self.second);
        Some(days * DAY_MS + seconds * 1000 - i64::from(self.zone_quarters) * QUARTER_MS)
    }

    #[expect(clippy::arithmetic_side_effects, reason = "the zone has one octet; what may overflow is checked")]
    /// The local time of `unix_ms` in a zone of so many quarters; `None` outside 1990 to 2089 or 79 quarters.
    #[must_use]
    pub fn from_unix_ms(unix_ms: i64, zone_quarters: i8) -> Option<Self> {
        if zone_quarters.unsigned_abs() > ZONE_QUARTERS_MAX.unsigned_abs() {
            return None;
        }
        let local = unix_ms.checked_add(i64::from(zone_quarters) * QUARTER_MS)?;
        let (year, month, day) = civil_from_days(local.div_euclid(DAY_MS));
        if !(1990..2090).contains(&year) {
            return None;
        }
        let second_of_day = local.rem_euclid(DAY_MS) / 1000;
        Some(Self {
            year: (year % 100) as u8,
            month: month as u8,
            day: day as u8,
            hour: (second_of_day / 3600) as u8,
            minute: (second_of_day / 60 % 60) as u8,
            second: (second_of_day % 60) as u8,
            zone_quarters,
            as_received: None,
        })
    }

    /// The field, every semi-octet of which must be a digit.
    pub(crate) fn read(cursor: &mut Cursor<'_>, field: &'static str) -> Result<Self, DecodeError> {
        let start = cursor.offset();
        let octets: [u8; 7] = cursor.array(field)?;
        for (octet, at) in digits(octets).into_iter().zip(start..) {
            semi_octet::decimal(octet).map_err(|cause| DecodeError::new(field, at, cause))?;
        }
        Ok(Self::of(octets))
    }

    /// The field as a phone is to read it: "if the MS receives a non-integer value in the SCTS, it shall assume that the digit is
    /// set to 0 but shall store the entire field exactly as received" (sec 9.2.3.11).
    pub(crate) fn read_as_received(cursor: &mut Cursor<'_>, field: &'static str) -> Result<Self, DecodeError> {
        cursor.array(field).map(Self::of)
    }

    /// The fields of these octets, with 0 for what is no digit.
    fn of(octets: [u8; 7]) -> Self {
        let [year, month, day, hour, minute, second, quarters] = digits(octets).map(semi_octet::decimal_or_zero);
        let [.., zone] = octets;
        let quarters = if zone & SIGN_OF_ZONE == 0 { quarters as i8 } else { (quarters as i8).saturating_neg() };
        let time = Self { year, month, day, hour, minute, second, zone_quarters: quarters, as_received: None };
        Self { as_received: (time.octets() != octets).then_some(octets), ..time }
    }
}

/// The octets without the sign, which shares one with the digits of the zone.
const fn digits(octets: [u8; 7]) -> [u8; 7] {
    let [year, month, day, hour, minute, second, zone] = octets;
    [year, month, day, hour, minute, second, zone & !SIGN_OF_ZONE]
}

/// RFC 3339 with the zone, also for a broken clock: `2002-13-26T19:37:41-01:00`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quarters = self.zone_quarters.unsigned_abs();
        let sign = if self.zone_quarters < 0 { '-' } else { '+' };
        write!(f, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", self.full_year(), self.month, self.day, self.hour, self.minute, self.second)?;
        write!(f, "{sign}{:02}:{:02}", quarters / 4, (quarters % 4).saturating_mul(15))
    }
}

const fn days_in(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

#[expect(clippy::arithmetic_side_effects, reason = "a year of four digits, a month and a day")]
/// Days since 1970-01-01 of a date of the Gregorian calendar, by eras of 400 years.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[expect(clippy::arithmetic_side_effects, reason = "milliseconds of 64 bits are fewer than 2^38 days")]
/// The inverse of [`days_from_civil`].
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + if month <= 2 { 1 } else { 0 }, month, day)
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Timestamp};

    #[test]
    fn every_hour_of_a_century_goes_there_and_back() {
        for hours in (175_320..1_051_000).step_by(97) {
            let unix_ms = hours * 3_600_000;
            for zone in [-79, -1, 0, 23, 79] {
                let Some(time) = Timestamp::from_unix_ms(unix_ms, zone) else { continue };
                assert_eq!(time.to_unix_ms(), Some(unix_ms), "{time}");
                assert_eq!(Timestamp::decode(&time.encode()), Ok(time));
            }
        }
    }

    #[test]
    fn octets_that_the_fields_do_not_give_back_are_kept() {
        let read = |octets: [u8; 7]| Timestamp::read_as_received(&mut Cursor::new(&octets), "scts").expect("seven octets");
        // A zone of minus zero, a month of F1, nothing but filler, and a time in order.
        let cases = [
            ([0x20, 0x21, 0x62, 0x91, 0x73, 0x14, 0x08], Some("2002-12-26T19:37:41+00:00"), true),
            ([0x20, 0xF1, 0x62, 0x91, 0x73, 0x14, 0x00], Some("2002-10-26T19:37:41+00:00"), true),
            ([0xFF; 7], None, true),
            ([0x20, 0x21, 0x62, 0x91, 0x73, 0x14, 0x8A], Some("2002-12-26T19:37:41-07:00"), false),
        ];
        for (octets, moment, kept) in cases {
            let time = read(octets);
            assert_eq!((time.encode(), time.as_received.is_some()), (octets, kept), "{octets:02X?}");
            assert_eq!(time.to_unix_ms().map(|_| time.to_string()).as_deref(), moment, "{octets:02X?}");
        }
        assert!(Timestamp::decode(&[0x20, 0xF1, 0x62, 0x91, 0x73, 0x14, 0x00]).is_err(), "alone it is no time");
    }

    #[test]
    fn a_broken_clock_has_fields_and_no_instant() {
        let time = Timestamp::decode(&[0x20, 0x31, 0x62, 0x91, 0x73, 0x14, 0x48]).expect("digits throughout");
        assert_eq!((time.to_string().as_str(), time.to_unix_ms()), ("2002-13-26T19:37:41-01:00", None));
    }
}
