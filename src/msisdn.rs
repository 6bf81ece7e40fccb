//! Phone numbers: parsed once at the edge to E.164, redacted wherever they are printed.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A phone number in E.164, for example `+380501112233`. `Display` and `Debug` hide the middle; [`Msisdn::e164`] shows all.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Msisdn(String);

/// The numbering plan of the box's country: how national forms become E.164.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166 letters, for example `UA`.
    pub iso: &'static str,
    /// Country calling code without `+`.
    pub calling_code: &'static str,
    /// Digits in front of a national number that fall away in E.164; empty where there are none.
    pub trunk: &'static str,
    /// Digits that begin an international call.
    pub international: &'static str,
    /// Digits of a national number without trunk prefix, least and most.
    pub digits: (usize, usize),
}

/// Why a text is not a phone number that can be texted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadNumber {
    /// Nothing but spaces.
    #[error("the number is empty; write it like +15550100200")]
    Empty,
    /// A sign that no number has.
    #[error("`{0}` does not belong in a phone number; use digits, with + in front of a country code")]
    Sign(char),
    /// Digits do not add up to a number.
    #[error("a number of {country} has {least} to {most} digits after the prefix, this one has {found}")]
    Length {
        /// ISO letters.
        country: &'static str,
        /// Fewest digits.
        least: usize,
        /// Most digits.
        most: usize,
        /// Digits found.
        found: usize,
    },
    /// E.164 allows 7 to 15 digits here.
    #[error("an international number has 7 to 15 digits, this one has {0}")]
    International(usize),
    /// The first digit of a country code is never 0.
    #[error("a country code does not begin with 0; leave the 0 out after +")]
    ZeroCountry,
}

/// E.164 allows 15 digits; fewer than 7 cannot carry a country code and a subscriber.
const DIGITS_MIN: usize = 7;
const DIGITS_MAX: usize = 15;

impl Msisdn {
    /// Reads a number as people and systems write it: `+380501112233`, `00380...`, `380501112233`, `050 111-22-33`.
    pub fn parse(text: &str, country: &Country) -> Result<Self, BadNumber> {
        let text = text.trim();
        let plus = text.starts_with('+');
        let digits = digits_of(text)?;
        if digits.is_empty() {
            return Err(BadNumber::Empty);
        }
        if plus {
            return international(&digits);
        }
        if let Some(rest) = digits.strip_prefix(country.international) {
            return international(rest);
        }
        national(&digits, country)
    }

    /// Reads `+` and digits only: what we wrote ourselves.
    pub fn from_e164(text: &str) -> Result<Self, BadNumber> {
        let digits = text.strip_prefix('+').ok_or_else(|| text.chars().next().map_or(BadNumber::Empty, BadNumber::Sign))?;
        match digits.chars().find(|c| !c.is_ascii_digit()) {
            Some(sign) => Err(BadNumber::Sign(sign)),
            None => international(digits),
        }
    }

    /// The whole number. Call this only to send, store, match or show it to a person who may see it.
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// The digits without `+`, as a TPDU address carries them.
    pub fn digits(&self) -> &str {
        &self.0[1..]
    }
}

fn digits_of(text: &str) -> Result<String, BadNumber> {
    let body = text.strip_prefix('+').unwrap_or(text);
    let mut digits = String::with_capacity(body.len());
    for sign in body.chars() {
        match sign {
            '0'..='9' => digits.push(sign),
            ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' => {}
            other => return Err(BadNumber::Sign(other)),
        }
    }
    Ok(digits)
}

fn international(digits: &str) -> Result<Msisdn, BadNumber> {
    if !(DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) {
        return Err(BadNumber::International(digits.len()));
    }
    if digits.starts_with('0') {
        return Err(BadNumber::ZeroCountry);
    }
    Ok(Msisdn(format!("+{digits}")))
}

fn national(digits: &str, country: &Country) -> Result<Msisdn, BadNumber> {
    let (least, most) = country.digits;
    let fits = |rest: &str| (least..=most).contains(&rest.len());
    if let Some(rest) = digits.strip_prefix(country.calling_code).filter(|rest| fits(rest)) {
        return international(&format!("{}{rest}", country.calling_code));
    }
    let rest = match country.trunk {
        "" => digits,
        trunk => digits.strip_prefix(trunk).unwrap_or(digits),
    };
    if fits(rest) {
        return international(&format!("{}{rest}", country.calling_code));
    }
    Err(BadNumber::Length { country: country.iso, least, most, found: rest.len() })
}

impl fmt::Display for Msisdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (front, back) = (5.min(self.0.len() - 4), self.0.len() - 4);
        write!(f, "{}***{}", &self.0[..front], &self.0[back..])
    }
}

impl fmt::Debug for Msisdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Msisdn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Msisdn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_e164(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Country {
    /// The country of two ISO letters, in any case.
    pub fn of(iso: &str) -> Option<&'static Self> {
        COUNTRIES.iter().find(|country| country.iso.eq_ignore_ascii_case(iso))
    }

    /// Every country the box can be set to.
    pub const fn all() -> &'static [Self] {
        COUNTRIES
    }
}

const fn plan(
    iso: &'static str,
    calling_code: &'static str,
    trunk: &'static str,
    international: &'static str,
    digits: (usize, usize),
) -> Country {
    Country { iso, calling_code, trunk, international, digits }
}

/// National numbering plans (ITU-T E.164 annex and the national plans registered with the ITU). One row a country.
const COUNTRIES: &[Country] = &[
    plan("AE", "971", "0", "00", (8, 9)),
    plan("AL", "355", "0", "00", (8, 9)),
    plan("AM", "374", "0", "00", (8, 8)),
    plan("AR", "54", "0", "00", (10, 11)),
    plan("AT", "43", "0", "00", (7, 13)),
    plan("AU", "61", "0", "0011", (9, 9)),
    plan("AZ", "994", "0", "00", (9, 9)),
    plan("BA", "387", "0", "00", (8, 9)),
    plan("BD", "880", "0", "00", (8, 10)),
    plan("BE", "32", "0", "00", (8, 9)),
    plan("BG", "359", "0", "00", (7, 9)),
    plan("BR", "55", "0", "00", (10, 11)),
    plan("BY", "375", "80", "810", (9, 9)),
    plan("CA", "1", "1", "011", (10, 10)),
    plan("CH", "41", "0", "00", (9, 9)),
    plan("CL", "56", "", "00", (9, 9)),
    plan("CN", "86", "0", "00", (9, 11)),
    plan("CO", "57", "", "00", (8, 10)),
    plan("CY", "357", "", "00", (8, 8)),
    plan("CZ", "420", "", "00", (9, 9)),
    plan("DE", "49", "0", "00", (6, 12)),
    plan("DK", "45", "", "00", (8, 8)),
    plan("EE", "372", "", "00", (7, 8)),
    plan("EG", "20", "0", "00", (8, 10)),
    plan("ES", "34", "", "00", (9, 9)),
    plan("FI", "358", "0", "00", (5, 11)),
    plan("FR", "33", "0", "00", (9, 9)),
    plan("GB", "44", "0", "00", (9, 10)),
    plan("GE", "995", "0", "00", (9, 9)),
    plan("GH", "233", "0", "00", (9, 9)),
    plan("GR", "30", "", "00", (10, 10)),
    plan("HK", "852", "", "001", (8, 8)),
    plan("HR", "385", "0", "00", (8, 9)),
    plan("HU", "36", "06", "00", (8, 9)),
    plan("ID", "62", "0", "001", (8, 12)),
    plan("IE", "353", "0", "00", (7, 9)),
    plan("IL", "972", "0", "00", (8, 9)),
    plan("IN", "91", "0", "00", (10, 10)),
    plan("IS", "354", "", "00", (7, 7)),
    plan("IT", "39", "", "00", (6, 11)),
    plan("JP", "81", "0", "010", (9, 10)),
    plan("KE", "254", "0", "000", (9, 9)),
    plan("KR", "82", "0", "00", (8, 10)),
    plan("KZ", "7", "8", "810", (10, 10)),
    plan("LT", "370", "0", "00", (8, 8)),
    plan("LU", "352", "", "00", (6, 11)),
    plan("LV", "371", "", "00", (8, 8)),
    plan("MA", "212", "0", "00", (9, 9)),
    plan("MD", "373", "0", "00", (8, 8)),
    plan("ME", "382", "0", "00", (8, 8)),
    plan("MK", "389", "0", "00", (8, 8)),
    plan("MT", "356", "", "00", (8, 8)),
    plan("MX", "52", "", "00", (10, 10)),
    plan("MY", "60", "0", "00", (8, 10)),
    plan("NG", "234", "0", "009", (8, 10)),
    plan("NL", "31", "0", "00", (9, 9)),
    plan("NO", "47", "", "00", (8, 8)),
    plan("NZ", "64", "0", "00", (8, 10)),
    plan("PE", "51", "0", "00", (8, 9)),
    plan("PH", "63", "0", "00", (8, 10)),
    plan("PK", "92", "0", "00", (9, 10)),
    plan("PL", "48", "", "00", (9, 9)),
    plan("PT", "351", "", "00", (9, 9)),
    plan("RO", "40", "0", "00", (9, 9)),
    plan("RS", "381", "0", "00", (8, 9)),
    plan("RU", "7", "8", "810", (10, 10)),
    plan("SA", "966", "0", "00", (8, 9)),
    plan("SE", "46", "0", "00", (7, 9)),
    plan("SG", "65", "", "000", (8, 8)),
    plan("SI", "386", "0", "00", (8, 8)),
    plan("SK", "421", "0", "00", (9, 9)),
    plan("TH", "66", "0", "001", (8, 9)),
    plan("TR", "90", "0", "00", (10, 10)),
    plan("TW", "886", "0", "002", (8, 9)),
    plan("UA", "380", "0", "00", (9, 9)),
    plan("US", "1", "1", "011", (10, 10)),
    plan("UY", "598", "0", "00", (7, 8)),
    plan("VN", "84", "0", "00", (9, 10)),
    plan("ZA", "27", "0", "00", (9, 9)),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(iso: &str, text: &str, want: &str) {
        let country = Country::of(iso).expect("a country of the table");
        let got = Msisdn::parse(text, country).map_or_else(|error| error.to_string(), |number| number.e164().to_owned());
        assert_eq!(got, want, "{iso} {text}");
    }

    #[test]
    fn every_way_to_write_a_number_is_one_form() {
        let cases = [
            ("UA", "0501112233", "+380501112233"),
            ("UA", "+380 50 111-22-33", "+380501112233"),
            ("UA", "380501112233", "+380501112233"),
            ("UA", "00380501112233", "+380501112233"),
            ("US", "(555) 010-0200", "+15550100200"),
            ("US", "1 555 010 0200", "+15550100200"),
            ("US", "011 44 7700 900123", "+447700900123"),
            ("IT", "06 1234567", "+39061234567"),
            ("HU", "06 20 123 4567", "+36201234567"),
            ("gb", "07700 900123", "+447700900123"),
        ];
        for (iso, text, want) in cases {
            check(iso, text, want);
        }
    }

    #[test]
    fn what_is_no_number_is_refused_with_what_to_do() {
        let cases = [
            ("", "the number is empty; write it like +15550100200"),
            ("call me", "`c` does not belong in a phone number; use digits, with + in front of a country code"),
            ("12345", "a number of UA has 9 to 9 digits after the prefix, this one has 5"),
            ("+12", "an international number has 7 to 15 digits, this one has 2"),
            ("+0501112233", "a country code does not begin with 0; leave the 0 out after +"),
            ("+1234567890123456", "an international number has 7 to 15 digits, this one has 16"),
        ];
        for (text, want) in cases {
            check("UA", text, want);
        }
    }

    #[test]
    fn a_printed_number_hides_its_middle() {
        let number = Msisdn::from_e164("+15550100200").expect("a number");
        assert_eq!(number.to_string(), "+1555***0200");
        assert_eq!(format!("{number:?}"), "+1555***0200");
    }
}
