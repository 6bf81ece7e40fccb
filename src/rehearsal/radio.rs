//! What the network would hand a modem: DELIVER and STATUS-REPORT in hex, so that a rehearsal goes the whole way of a text.

use at_commands::hex;
use at_commands::pdu::{Address, Concat, Dcs, Deliver, Ie, Smsc, Status, StatusReport, Timestamp as Stamp, TypeOfAddress, Udh, UserData};
use at_commands::text::{Shift, gsm7};

use super::Trouble;
use crate::time::Timestamp;

/// Address of the service centre of every rehearsal.
pub(super) const SMSC: &str = "+380500000001";

/// One part of a text.
pub(super) struct Part<'a> {
    /// Its words.
    pub text: &'a str,
    /// Reference, total and place of a longer text.
    pub concat: Option<(u16, u8, u8)>,
    /// TP-LP: the sender asks for no automatic reply.
    pub no_reply: bool,
}

/// A DELIVER as a modem prints it.
pub(super) fn deliver(from: &str, stamp: Timestamp, part: &Part<'_>) -> Result<String, Trouble> {
    let udh = match part.concat {
        None => Udh::none(),
        Some((reference, total, seq)) => {
            let concat = Concat { reference, wide: false, total, seq };
            Udh::of(&[Ie::Concat(concat)]).ok_or_else(|| Trouble::of("a header does not fit"))?
        }
    };
    let (dcs, ud) = user_data(part.text)?;
    let deliver = Deliver {
        smsc: Address::from_e164(SMSC).ok(),
        more_messages: false,
        loop_prevention: part.no_reply,
        status_report_indication: false,
        reply_path: false,
        oa: address(from)?,
        pid: 0,
        dcs,
        scts: network_time(stamp)?,
        udh,
        ud,
    };
    let octets = deliver.encode(Smsc::Present).map_err(|error| Trouble(error.to_string()))?;
    Ok(hex::encode(&octets))
}

fn user_data(text: &str) -> Result<(Dcs, UserData), Trouble> {
    let long = || Trouble::of("a text is longer than one part: write it as parts");
    match gsm7::encode(text, Shift::DEFAULT) {
        Ok(septets) => Ok((Dcs::GSM7, UserData::gsm7(&septets, Shift::DEFAULT).ok_or_else(long)?)),
        Err(_) => Ok((Dcs::UCS2, UserData::ucs2(text).ok_or_else(long)?)),
    }
}

fn address(number: &str) -> Result<Address, Trouble> {
    let made = match number.bytes().all(|sign| sign.is_ascii_digit()) {
        _ if number.starts_with('+') => Address::from_e164(number),
        true => Address::digits(number, TypeOfAddress::UNKNOWN),
        false => Address::from_alphanumeric(number),
    };
    made.map_err(|error| Trouble(format!("{number}: {error}")))
}

/// Quarters of an hour; any zone says the same instant.
const ZONE_QUARTERS: i8 = 8;

fn network_time(at: Timestamp) -> Result<Stamp, Trouble> {
    Stamp::from_unix_ms(at.unix_ms(), ZONE_QUARTERS).ok_or_else(|| Trouble::of("a time outside 1990 to 2089"))
}

/// A STATUS-REPORT as a modem prints it.
pub(super) fn report(to: &str, mr: u8, submitted: Timestamp, at: Timestamp, delivered: bool) -> Result<String, Trouble> {
    let report = StatusReport {
        smsc: Address::from_e164(SMSC).ok(),
        more_messages: false,
        loop_prevention: false,
        qualifier: false,
        mr,
        ra: address(to)?,
        scts: network_time(submitted)?,
        dt: network_time(at)?,
        st: Status::new(if delivered { 0x00 } else { 0x41 }),
        parameters: None,
    };
    let octets = report.encode(Smsc::Present).map_err(|error| Trouble(error.to_string()))?;
    Ok(hex::encode(&octets))
}

/// A text cut into the parts a phone would send.
pub(super) fn cut(text: &str) -> Vec<String> {
    let plain = gsm7::encode(text, Shift::DEFAULT).map(|septets| septets.len());
    let (single, part) = if plain.is_ok() { (160, 153) } else { (70, 67) };
    let size = |sign: char| match (&plain, gsm7::encode(sign.encode_utf8(&mut [0; 4]), Shift::DEFAULT)) {
        (Ok(_), Ok(septets)) => septets.len(),
        _ => sign.len_utf16(),
    };
    if text.chars().map(size).sum::<usize>() <= single {
        return vec![text.to_owned()];
    }
    let mut parts = vec![String::new()];
    let mut used = 0;
    for sign in text.chars() {
        if used + size(sign) > part && parts.len() < PARTS_MAX {
            parts.push(String::new());
            used = 0;
        }
        if used + size(sign) <= part {
            used += size(sign);
            if let Some(last) = parts.last_mut() {
                last.push(sign);
            }
        }
    }
    parts
}

/// One octet counts the parts of a text.
const PARTS_MAX: usize = 255;
