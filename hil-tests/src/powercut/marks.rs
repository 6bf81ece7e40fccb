//! What the world was told or asked to do, read from the octets that left: from then on the box must remember it. Pure.
//!
//! It understands as much HTTP/1.1 and as much of the AT dialogue as the daemon speaks, and no more.

use std::collections::HashMap;

use at_commands::pdu::{Smsc, Submit};
use serde_json::Value as Json;

use super::log::Deed;

/// One promise or effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// A client was answered with success; the answer names this id.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The id in the answer.
        id: String,
    },
    /// An endpoint of the utility was posted to.
    Called {
        /// `Idempotency-Key`.
        key: String,
    },
    /// A subscriber was posted an event.
    Told {
        /// `webhook-id`.
        event: String,
    },
    /// A PDU and its Ctrl-Z went to a modem: it may be on air.
    OnAir {
        /// The TPDU without what a modem or the moment puts in.
        pdu: Vec<u8>,
    },
    /// A modem was told to delete a stored PDU, or that it was taken.
    Freed {
        /// The PDU as the modem printed it.
        hex: String,
    },
}

/// Every mark with its place in the record.
pub fn find(deeds: &[Deed]) -> Vec<(usize, Mark)> {
    let mut ears = Ears::default();
    let mut marks = Vec::new();
    for (place, deed) in deeds.iter().enumerate() {
        let found = match deed {
            Deed::Started => {
                ears = Ears::default();
                Vec::new()
            }
            Deed::Left { fd, terminal: true, octets } => ears.modems.entry(*fd).or_default().told(octets),
            Deed::Left { fd, terminal: false, octets } => ears.sockets.entry(*fd).or_default().sent(octets),
            Deed::Heard { fd, octets } => {
                ears.modems.entry(*fd).or_default().heard(octets);
                Vec::new()
            }
            Deed::Closed { fd } => {
                ears.modems.remove(fd);
                ears.sockets.remove(fd);
                Vec::new()
            }
            Deed::Created { .. }
            | Deed::Written { .. }
            | Deed::Truncated { .. }
            | Deed::Synced { .. }
            | Deed::FolderSynced { .. }
            | Deed::Removed { .. } => Vec::new(),
        };
        marks.extend(found.into_iter().map(|mark| (place, mark)));
    }
    marks
}

/// A PDU as rows and the air have it in common: without the service centre, TP-MR and TP-VP. `None` where it is no SUBMIT.
pub fn identity(octets: &[u8], smsc: Smsc) -> Option<Vec<u8>> {
    let submit = Submit::decode(octets, smsc).ok()?;
    Submit { smsc: None, mr: 0, vp: None, ..submit }.encode(Smsc::Absent).ok()
}

#[derive(Default)]
struct Ears {
    modems: HashMap<i32, Modem>,
    sockets: HashMap<i32, Socket>,
}

/// The dialogue with one modem.
#[derive(Default)]
struct Modem {
    typed: Vec<u8>,
    printed: Vec<u8>,
    memory: String,
    /// The index asked for with `+CMGR`.
    asked: Option<String>,
    /// Whose PDU the next line is.
    header: Option<Lies>,
    slots: HashMap<(String, String), String>,
    shown: Option<String>,
}

/// Where a printed PDU lies.
enum Lies {
    Slot(String),
    Nowhere,
}

const CTRL_Z: u8 = 0x1A;
const ESC: u8 = 0x1B;

impl Modem {
    fn told(&mut self, octets: &[u8]) -> Vec<Mark> {
        let mut marks = Vec::new();
        for octet in octets {
            match *octet {
                b'\r' => {
                    let line = String::from_utf8_lossy(&std::mem::take(&mut self.typed)).into_owned();
                    marks.extend(self.command(&line));
                }
                CTRL_Z => {
                    let line = String::from_utf8_lossy(&std::mem::take(&mut self.typed)).into_owned();
                    let pdu = at_commands::hex::decode(&line).ok().and_then(|octets| identity(&octets, Smsc::Present));
                    marks.extend(pdu.map(|pdu| Mark::OnAir { pdu }));
                }
                ESC => self.typed.clear(),
                other => self.typed.push(other),
            }
        }
        marks
    }

    fn command(&mut self, line: &str) -> Option<Mark> {
        let value = |name: &str| line.strip_prefix("AT").unwrap_or(line).strip_prefix(name);
        if let Some(memories) = value("+CPMS=") {
            memories.split(',').next().unwrap_or_default().trim_matches('"').clone_into(&mut self.memory);
        } else if let Some(index) = value("+CMGR=") {
            self.asked = Some(index.to_owned());
        } else if let Some(index) = value("+CMGD=") {
            let index = index.split(',').next().unwrap_or_default().to_owned();
            return self.slots.remove(&(self.memory.clone(), index)).map(|hex| Mark::Freed { hex });
        } else if value("+CNMA").is_some() {
            return self.shown.take().map(|hex| Mark::Freed { hex });
        }
        None
    }

    fn heard(&mut self, octets: &[u8]) {
        for octet in octets {
            match *octet {
                b'\r' | b'\n' => {
                    let line = String::from_utf8_lossy(&std::mem::take(&mut self.printed)).into_owned();
                    if !line.is_empty() {
                        self.line(&line);
                    }
                }
                other => self.printed.push(other),
            }
        }
    }

    fn line(&mut self, line: &str) {
        match self.header.take() {
            Some(Lies::Slot(index)) => drop(self.slots.insert((self.memory.clone(), index), line.to_owned())),
            Some(Lies::Nowhere) => self.shown = Some(line.to_owned()),
            None if line.starts_with("+CMGR:") => self.header = self.asked.take().map(Lies::Slot),
            None if line.starts_with("+CMT:") || line.starts_with("+CDS:") => self.header = Some(Lies::Nowhere),
            None => {
                let listed = line.strip_prefix("+CMGL:").and_then(|rest| rest.split(',').next());
                self.header = listed.map(|index| Lies::Slot(index.trim().to_owned()));
            }
        }
    }
}

/// What was sent through one socket.
#[derive(Default)]
struct Socket {
    unread: Vec<u8>,
    /// It is no HTTP, or a stream without end.
    foreign: bool,
}

impl Socket {
    fn sent(&mut self, octets: &[u8]) -> Vec<Mark> {
        if self.foreign {
            return Vec::new();
        }
        self.unread.extend_from_slice(octets);
        let mut marks = Vec::new();
        while let Some((head, body)) = self.message() {
            marks.extend(mark(&head, &body));
        }
        marks
    }

    /// The next whole message: its head in lines and its body.
    fn message(&mut self) -> Option<(String, Vec<u8>)> {
        let begins = |word: &str| self.unread.starts_with(&word.as_bytes()[..word.len().min(self.unread.len())]);
        if !["HTTP/1.1 ", "POST ", "GET "].into_iter().any(begins) {
            self.foreign = true;
            return None;
        }
        let end = self.unread.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&self.unread[..end]).into_owned();
        if header(&head, "transfer-encoding").is_some() {
            self.foreign = true;
            return None;
        }
        let length: usize = header(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        if self.unread.len() < end + length {
            return None;
        }
        let body = self.unread[end..end + length].to_vec();
        self.unread.drain(..end + length);
        Some((head, body))
    }
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

fn mark(head: &str, body: &[u8]) -> Option<Mark> {
    if let Some(rest) = head.strip_prefix("HTTP/1.1 ") {
        let status: u16 = rest.split(' ').next()?.parse().ok().filter(|status| (200..300).contains(status))?;
        let body: Json = serde_json::from_slice(body).ok()?;
        return Some(Mark::Answered { status, id: body["id"].as_str()?.to_owned() });
    }
    if !head.starts_with("POST ") {
        return None;
    }
    match header(head, "idempotency-key") {
        Some(key) => Some(Mark::Called { key: key.to_owned() }),
        None => header(head, "webhook-id").map(|event| Mark::Told { event: event.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(terminal: bool, octets: &str) -> Deed {
        Deed::Left { fd: 7, terminal, octets: octets.as_bytes().to_vec() }
    }

    fn heard(octets: &str) -> Deed {
        Deed::Heard { fd: 7, octets: octets.as_bytes().to_vec() }
    }

    fn check(deeds: &[Deed], expected: &[(usize, Mark)]) {
        assert_eq!(find(deeds), expected, "{deeds:?}");
    }

    #[test]
    fn an_answer_counts_when_its_last_octet_left() {
        let answered = |id: &str| Mark::Answered { status: 202, id: id.to_owned() };
        let whole = "HTTP/1.1 202 Accepted\r\nContent-Length: 11\r\n\r\n{\"id\":\"m1\"}";
        let refusal = "HTTP/1.1 409 Conflict\r\ncontent-length: 11\r\n\r\n{\"id\":\"m1\"}";
        check(&[left(false, whole)], &[(0, answered("m1"))]);
        check(&[left(false, &whole[..30]), left(false, &whole[30..50]), left(false, &whole[50..])], &[(2, answered("m1"))]);
        check(&[left(false, refusal), left(false, whole)], &[(1, answered("m1"))]);
        check(&[left(false, &whole[..50]), Deed::Closed { fd: 7 }, left(false, whole)], &[(2, answered("m1"))]);
        check(&[left(false, "READY=1"), left(false, whole)], &[]);
    }

    #[test]
    fn posts_are_calls_or_events() {
        let call = "POST /charge HTTP/1.1\r\nidempotency-key: s:charge:2\r\nwebhook-id: s:charge:2\r\ncontent-length: 2\r\n\r\n{}";
        let hook = "POST /hooks HTTP/1.1\r\nWebhook-Id: evt_1\r\ncontent-length: 2\r\n\r\n{}";
        check(&[left(false, call)], &[(0, Mark::Called { key: "s:charge:2".to_owned() })]);
        check(&[left(false, &format!("{hook}GET /status HTTP/1.1\r\n\r\n"))], &[(0, Mark::Told { event: "evt_1".to_owned() })]);
    }

    #[test]
    fn a_pdu_is_on_air_with_its_ctrl_z_and_not_with_esc() {
        // The example of 23.040's hello: SUBMIT to +46708251358, with a validity of 4 days in the first one.
        let (with, without) = ("0011000B916407281553F80000AA0AE8329BFD4697D9EC37", "0001FF0B916407281553F800000AE8329BFD4697D9EC37");
        let found = |hex: &str| find(&[left(true, "AT+CMGS=23\r"), left(true, &hex[..10]), left(true, &format!("{}\x1A", &hex[10..]))]);
        let air = found(with);
        assert!(matches!(air.as_slice(), [(2, Mark::OnAir { .. })]), "{air:?}");
        assert_eq!(found(without), air, "validity and reference are the moment's");
        check(&[left(true, "AT+CMGS=23\r"), left(true, with), left(true, "\x1B")], &[]);
    }

    #[test]
    fn what_is_deleted_is_what_was_read_there_last() {
        let freed = |hex: &str| Mark::Freed { hex: hex.to_owned() };
        let dialogue = [
            left(true, "AT+CPMS=\"SM\",\"SM\",\"SM\"\r"),
            left(true, "AT+CMGR=3\r"),
            heard("\r\n+CMGR: 0,,20\r\n07AB"),
            heard("CD\r\n\r\nOK\r\n"),
            left(true, "AT+CMGD=3\r"),
            left(true, "AT+CMGL=4\r"),
            heard("+CMGL: 1,0,,20\r\nAA\r\n+CMGL: 2,0,,20\r\nBB\r\nOK\r\n"),
            left(true, "AT+CMGD=2\r"),
            left(true, "AT+CMGD=2\r"),
            heard("+CDS: 20\r\nCC\r\n"),
            left(true, "AT+CNMA\r"),
        ];
        check(&dialogue, &[(4, freed("07ABCD")), (7, freed("BB")), (10, freed("CC"))]);
    }
}
