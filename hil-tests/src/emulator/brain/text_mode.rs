//! Text mode as far as other gateways' tools need it: one part each way (27.005 sections 3.4.2, 3.5.1). No binary, no multipart.

use at_commands::pdu::{Address, Inbound, Smsc, Submit, Timestamp, TypeOfAddress};
use at_commands::text::{SegmentOptions, segment};

use super::Brain;
use super::storage::Stored;

/// The PDU of `AT+CMGS="<number>"` and the text behind the prompt; `None` when it does not fit one part.
pub(super) fn composed(to: &str, typed: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(typed).into_owned();
    let segmented = segment(&text, &SegmentOptions { parts_max: 1, ..SegmentOptions::default() }).ok()?;
    let part = segmented.parts.into_iter().next()?;
    let da = match to.strip_prefix('+') {
        Some(_) => Address::from_e164(to).ok()?,
        None => Address::digits(to, TypeOfAddress::UNKNOWN).ok()?,
    };
    Submit::new(da, part.dcs, part.udh, part.ud).encode(Smsc::Present).ok()
}

impl Brain {
    /// One entry of `+CMGL`.
    pub(super) fn listed_text(&self, index: u16, stored: &Stored) -> String {
        let (head, body) = self.head_and_body(stored);
        format!("+CMGL: {index},{head}\r\n{body}")
    }

    /// The answer of `+CMGR`.
    pub(super) fn read_text(&self, stored: &Stored) -> String {
        let (head, body) = self.head_and_body(stored);
        format!("+CMGR: {head}\r\n{body}")
    }

    /// A line shown as it comes.
    pub(super) fn shown_text(&self, report: bool, pdu: &[u8]) -> String {
        let (head, body) = self.fields(pdu);
        if report { format!("+CDS: {head}") } else { format!("+CMT: {head}\r\n{body}") }
    }

    fn head_and_body(&self, stored: &Stored) -> (String, String) {
        let stat = ["REC UNREAD", "REC READ", "STO UNSENT", "STO SENT"][usize::from(stored.stat.min(3))];
        let (head, body) = self.fields(&stored.pdu);
        (format!("\"{stat}\",{head}"), body)
    }

    fn fields(&self, pdu: &[u8]) -> (String, String) {
        match Inbound::decode(pdu, Smsc::Present) {
            Ok(Inbound::Deliver(deliver)) => {
                let from = deliver.oa.number().or_else(|| deliver.oa.alphanumeric().map(str::to_owned)).unwrap_or_default();
                let body = deliver.ud.text().unwrap_or_default();
                (format!("\"{}\",,\"{}\"", self.in_character_set(&from), clock(deliver.scts)), self.in_character_set(&body))
            }
            Ok(Inbound::StatusReport(report)) => {
                let to = report.ra.number().unwrap_or_default();
                let (scts, dt) = (clock(report.scts), clock(report.dt));
                (format!("6,{},\"{to}\",145,\"{scts}\",\"{dt}\",{}", report.mr, report.st.octet()), String::new())
            }
            Err(_) => (String::new(), String::new()),
        }
    }
}

/// `yy/MM/dd,hh:mm:ss+zz`, the zone in quarters of an hour (27.005 section 3.1).
fn clock(time: Timestamp) -> String {
    format!(
        "{:02}/{:02}/{:02},{:02}:{:02}:{:02}{:+03}",
        time.year, time.month, time.day, time.hour, time.minute, time.second, time.zone_quarters
    )
}
