//! What a technician reads of a modem that cannot send: what is wrong and what to do.

use super::io::FALLS;
use super::ladder::Stop;

pub(super) const NO_PDU_MODE: &str = "The modem has no PDU mode (AT+CMGF=0), which Answerback needs; use another modem.";
pub(super) const NO_GSM: &str = "What answers AT here tells no IMEI and knows no SIM: it is a modem for fax or data calls and sends no texts. Name the port of a GSM modem, or take this one out of the patterns of ports.";
pub(super) const NO_SERVICE_CENTRE: &str =
    "The SIM has no number of the operator's service centre; ask the operator for it and set it with AT+CSCA.";
pub(super) const LOST: &str = "The port of the modem is gone; it is looked for and opened again as soon as it is back.";
pub(super) const NO_ANSWER: &str = "The modem does not answer AT commands; the port is opened anew, and a modem that is known here is reset. If this stays, check power and cable, and that no other program uses the port.";
pub(super) const DEAD: &str = "The modem does not answer, and nothing that may be tried brought it back; its page lists what was. Take its power away for ten seconds, and check its cable and supply. It is tried again by itself, at growing intervals.";
pub(super) const RECOVERING: &str =
    "One message after the other failed on this modem; it is started anew, and other modems send meanwhile.";
const FALLS_WORDS: &str = "The modem starts by itself or goes away while it works, more than three times in an hour, and each time a text may be in doubt. Most often its supply is too weak: use a powered hub or a stronger supply (a modem takes 2 A for moments) and a short cable. One message is tried again by itself, at growing intervals.";
const SENDS_FAIL: &str = "The modem is registered, and still no message leaves; what may be tried for it did not help, its page lists it. Check signal and antenna, and try the SIM in a phone. It is tried again by itself, at growing intervals.";

/// Why a modem that is registered is given no messages: code and words.
pub(super) fn stopped(why: Stop) -> (&'static str, String) {
    match why {
        Stop::SendsFail => ("sends_fail", SENDS_FAIL.to_owned()),
        Stop::Falls => (FALLS, FALLS_WORDS.to_owned()),
        Stop::SimRefused { code } => (
            "sim_refused",
            format!(
                "The network refuses what this SIM sends (CMS {code}, five times in a row): it may be barred, without credit or without the right to send texts, or its service centre's number is wrong. Ask the operator. One message is tried again by itself, at growing intervals."
            ),
        ),
    }
}

/// By `<stat>` of `+CREG` (27.007 7.2).
pub(super) fn registration(stat: u8) -> &'static str {
    match stat {
        0 => "The modem is not registered and not searching; check the antenna and that the radio is on (AT+CFUN=1).",
        2 => "The modem is searching for a network; if this stays, check the antenna and the signal at this place.",
        3 => "The network refused the SIM; ask the operator whether it is active and may be used in this modem.",
        8 => "Only emergency calls are possible; check that the SIM is active and that the operator has coverage here.",
        11 => "Only restricted local service is possible here; check the operator's coverage.",
        _ => "The modem does not say how it is registered; check the antenna and the SIM.",
    }
}
