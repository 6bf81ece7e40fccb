//! A PDU without the people in it: the same layout and length, so that a recorded line still decodes, with the digits of numbers
//! and the contents replaced (3GPP 23.040, clauses 9.1.2.5 and 9.2.2).

use super::{Alphabet, Dcs};

/// Octets of a number that stay, two digits each: its country, more or less.
const OCTETS_KEPT: usize = 1;
/// TP-SCTS.
const TIME_OCTETS: usize = 7;
const ALPHANUMERIC: u8 = 0b101;

/// Takes numbers and contents out of a PDU with its service centre in front, in place. `false`: this is none of SMS-DELIVER,
/// SMS-SUBMIT and SMS-STATUS-REPORT, and nothing was changed that made sense.
pub fn anonymise(pdu: &mut [u8]) -> bool {
    try_anonymise(pdu).is_some()
}

fn try_anonymise(pdu: &mut [u8]) -> Option<()> {
    let (centre, rest) = pdu.split_first_mut()?;
    let (number, tpdu) = rest.split_at_mut_checked(usize::from(*centre))?;
    if !number.is_empty() {
        mask_number(number, usize::MAX)?;
    }
    let (first, rest) = tpdu.split_first_mut()?;
    match *first & 0b11 {
        0b00 => contents(address(rest)?, TIME_OCTETS, *first),
        0b01 => {
            // The validity: none, relative, or seven octets.
            let validity = match (*first >> 3) & 0b11 {
                0b00 => 0,
                0b10 => 1,
                _ => TIME_OCTETS,
            };
            contents(address(behind_reference(rest)?)?, validity, *first)
        }
        0b10 => address(behind_reference(rest)?).map(drop),
        _ => None,
    }
}

/// What follows TP-MR.
fn behind_reference(octets: &mut [u8]) -> Option<&mut [u8]> {
    octets.split_first_mut().map(|(_, rest)| rest)
}

/// Masks an address; what follows it.
fn address(octets: &mut [u8]) -> Option<&mut [u8]> {
    let (digits, rest) = octets.split_first_mut()?;
    let digits = usize::from(*digits);
    let (number, rest) = rest.split_at_mut_checked(digits.div_ceil(2).saturating_add(1))?;
    mask_number(number, digits)?;
    Some(rest)
}

/// Masks at most so many digits behind a type of address.
fn mask_number(octets: &mut [u8], digits: usize) -> Option<()> {
    let (toa, number) = octets.split_first_mut()?;
    let alphanumeric = (*toa >> 4) & 0b111 == ALPHANUMERIC;
    let mut left = digits;
    for (place, octet) in number.iter_mut().enumerate() {
        for half in [0x0F, 0xF0] {
            let kept = !alphanumeric && place < OCTETS_KEPT;
            // A filler stays a filler.
            let filler = !alphanumeric && *octet & half == half;
            if left > 0 && !kept && !filler {
                *octet &= !half;
            }
            left = left.saturating_sub(1);
        }
    }
    Some(())
}

/// Masks what TP-PID, TP-DCS, `between` octets and TP-UDL stand in front of.
fn contents(octets: &mut [u8], between: usize, first: u8) -> Option<()> {
    let (_pid, rest) = octets.split_first_mut()?;
    let (dcs, rest) = rest.split_first_mut()?;
    let (_, rest) = rest.split_at_mut_checked(between)?;
    let (_udl, data) = rest.split_first_mut()?;
    let coding = Dcs::new(*dcs);
    let header = if first & 0x40 == 0 { 0 } else { usize::from(*data.first()?).saturating_add(1) };
    let letters = data.get_mut(header..)?;
    let pattern: [u8; 2] = match coding.alphabet() {
        Alphabet::EightBit if !coding.compressed() => [b'x', b'x'],
        Alphabet::Ucs2 if !coding.compressed() => [0, b'x'],
        // Any number of zero bits is any number of the letter @.
        Alphabet::Gsm7 | Alphabet::Reserved | Alphabet::EightBit | Alphabet::Ucs2 => [0, 0],
    };
    letters.iter_mut().zip(pattern.iter().cycle()).for_each(|(octet, letter)| *octet = *letter);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;
    use crate::pdu::{Deliver, Smsc, StatusReport, Submit};

    fn masked(line: &str) -> Vec<u8> {
        let mut octets = hex::decode(line).expect("hex");
        assert!(anonymise(&mut octets), "{line}");
        octets
    }

    #[test]
    fn nobody_is_in_it_and_it_still_decodes() {
        let deliver = masked("07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07");
        let deliver = Deliver::decode(&deliver, Smsc::Present).expect("a DELIVER");
        assert_eq!(deliver.oa.number().as_deref(), Some("+31000000000"));
        assert_eq!(deliver.text().as_deref(), Some("@@@@@@@@@@@@"));
        let report = masked("0006D60B911326880736F4111011719551401110117195714000");
        let report = StatusReport::decode(&report, Smsc::Present).expect("a STATUS-REPORT");
        assert_eq!((report.mr, report.ra.number().as_deref()), (0xD6, Some("+31000000000")));
        let submit = masked("0031000B911346610089F60008A704041F0440");
        let submit = Submit::decode(&submit, Smsc::Present).expect("a SUBMIT");
        assert_eq!(submit.da.number().as_deref(), Some("+31000000000"));
    }

    #[test]
    fn what_is_no_pdu_is_said_to_be_none() {
        for line in ["", "00", "FF00", "0003", "0004FF91", "000404", "0001000B91"] {
            assert!(!anonymise(&mut hex::decode(line).expect("hex")), "{line}");
        }
    }
}
