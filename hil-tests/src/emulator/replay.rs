//! A recorded modem, PURE: it answers the commands of a trace (`answerback modem trace --json`) as the modem did, with its pauses,
//! and prints what the modem printed by itself.
//!
//! Numbers and contents of a trace are masked and another run sends other texts, so that one PDU is as good as another, and so is one
//! length or PIN. What the trace does not know is answered with ERROR, and told.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use answerback::time::Timestamp;
use at_commands::Tick;
use serde::Deserialize;

/// A line of a trace file.
#[derive(Debug, Clone, Deserialize)]
struct Line {
    at: String,
    way: Way,
    octets: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Way {
    Sent,
    Received,
}

/// A command of the trace with what followed it.
#[derive(Debug, Clone, Default)]
struct Exchange {
    shape: String,
    printed: Vec<(Duration, Vec<u8>)>,
}

/// The modem of a trace.
#[derive(Debug, Clone)]
pub struct Replay {
    exchanges: Vec<Exchange>,
    /// The exchange that is expected next.
    next: usize,
    said: BTreeSet<String>,
    typed: Vec<u8>,
    due: VecDeque<(Tick, Vec<u8>)>,
    started: bool,
    strange: Vec<String>,
}

/// So many commands of the trace may be left out without looking further back.
const SKIP: usize = 3;
/// A longer command line is none.
const TYPED_MAX: usize = 4_096;

impl Replay {
    /// Reads a trace file.
    pub fn read(source: &str) -> Result<Self, String> {
        let mut exchanges = vec![Exchange::default()];
        let (mut typed, mut begun) = (Vec::new(), None);
        for (number, line) in source.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = |why: String| format!("line {}: {why}; a trace is written by `answerback modem trace NAME --json`", number + 1);
            let line: Line = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
            let at = Timestamp::parse(&line.at).ok_or_else(|| wrong(format!("`{}` is no time", line.at)))?;
            let octets: Option<Vec<u8>> = line.octets.chars().map(|sign| u8::try_from(u32::from(sign)).ok()).collect();
            let octets = octets.ok_or_else(|| wrong("each character of `octets` is one octet".to_owned()))?;
            match line.way {
                Way::Sent => {
                    typed.extend(octets);
                    for shape in commands(&mut typed) {
                        exchanges.push(Exchange { shape, printed: Vec::new() });
                        begun = Some(at);
                    }
                }
                Way::Received => {
                    let pause = Duration::from_millis(u64::try_from(at.ms_since(*begun.get_or_insert(at))).unwrap_or(0));
                    if let Some(exchange) = exchanges.last_mut() {
                        exchange.printed.push((pause, octets));
                    }
                }
            }
        }
        Ok(Self { exchanges, next: 0, said: BTreeSet::new(), typed: Vec::new(), due: VecDeque::new(), started: false, strange: Vec::new() })
    }

    /// Somebody types on the port; the first time, or without octets, what the modem says by itself begins.
    pub fn handle(&mut self, now: Tick, octets: &[u8]) {
        if !self.started {
            (self.started, self.next) = (true, 1);
            self.print(now, 0);
        }
        self.typed.extend_from_slice(octets);
        if self.typed.len() > TYPED_MAX {
            self.typed.clear();
        }
        for shape in commands(&mut self.typed) {
            match self.find(&shape) {
                Some(found) => {
                    // A command of before does not put the clock of the trace back.
                    self.next = self.next.max(found + 1);
                    self.print(now, found);
                    self.said.insert(shape);
                }
                None => {
                    self.due.push_back((now, b"\r\nERROR\r\n".to_vec()));
                    self.strange.push(shape);
                }
            }
        }
    }

    /// The exchange for a command: the expected one or one of the next few, else the last time it was said, else later.
    fn find(&self, shape: &str) -> Option<usize> {
        let is_it = |at: &usize| self.exchanges[*at].shape == shape;
        let near = self.exchanges.len().min(self.next + SKIP);
        (self.next..near)
            .find(is_it)
            .or_else(|| (0..self.next.min(self.exchanges.len())).rev().find(is_it))
            .or_else(|| (near..self.exchanges.len()).find(is_it))
    }

    fn print(&mut self, now: Tick, exchange: usize) {
        let printed = self.exchanges[exchange].printed.iter().map(|(pause, octets)| (now.plus(*pause), octets.clone()));
        self.due.extend(printed);
        self.due.make_contiguous().sort_by_key(|(at, _)| *at);
    }

    /// What the modem prints by now.
    pub fn poll_output(&mut self, now: Tick) -> Option<Vec<u8>> {
        if self.due.front().is_some_and(|(at, _)| *at <= now) { self.due.pop_front().map(|(_, octets)| octets) } else { None }
    }

    /// When it prints next.
    pub fn poll_timeout(&self) -> Option<Tick> {
        self.due.front().map(|(at, _)| *at)
    }

    /// Whether every command of the trace was said, but for those that begin so; what is asked again and again need not be asked as
    /// often.
    pub fn is_over(&self, but: &[&str]) -> bool {
        let is_left_out = |shape: &str| but.iter().any(|start| shape.starts_with(start));
        self.exchanges.iter().skip(1).map(|exchange| &exchange.shape).all(|shape| self.said.contains(shape) || is_left_out(shape))
    }

    /// Commands that the trace does not know.
    pub fn strange(&self) -> &[String] {
        &self.strange
    }
}

/// Takes the finished commands out of what was typed, as shapes: a line, a PDU with its Ctrl-Z, an ESC.
fn commands(typed: &mut Vec<u8>) -> Vec<String> {
    let mut found = Vec::new();
    while let Some(end) = typed.iter().position(|octet| matches!(octet, b'\r' | 0x1A | 0x1B)) {
        let line: Vec<u8> = typed.drain(..=end).collect();
        let (words, end) = line.split_at(line.len() - 1);
        let words = String::from_utf8_lossy(words).trim().to_ascii_uppercase();
        match end[0] {
            0x1A => found.push("<PDU>".to_owned()),
            0x1B => found.push("<ESC>".to_owned()),
            _ if words.is_empty() => {}
            _ => found.push(shape(&words)),
        }
    }
    found
}

/// Commands whose numbers differ from run to run, or are masked: a length, a PIN.
const NUMBERED: [&str; 4] = ["AT+CMGS=", "AT+CMGW=", "AT+CPIN=", "AT+CLCK="];

fn shape(words: &str) -> String {
    if NUMBERED.iter().any(|command| words.starts_with(command)) {
        return words.chars().filter(|sign| !sign.is_ascii_digit()).collect();
    }
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = r#"
{"seq":1,"at":"2026-11-22T10:00:00.000Z","way":"received","octets":"\r\nRDY\r\n"}
{"seq":2,"at":"2026-11-22T10:00:01.000Z","way":"sent","octets":"AT\r"}
{"seq":3,"at":"2026-11-22T10:00:01.010Z","way":"received","octets":"\r\nOK\r\n"}
{"seq":4,"at":"2026-11-22T10:00:02.000Z","way":"sent","octets":"AT+CMGS=23\r"}
{"seq":5,"at":"2026-11-22T10:00:02.050Z","way":"received","octets":"\r\n> "}
{"seq":6,"at":"2026-11-22T10:00:02.060Z","way":"sent","octets":"0031000B91"}
{"seq":7,"at":"2026-11-22T10:00:02.070Z","way":"sent","octets":"3800\u001a"}
{"seq":8,"at":"2026-11-22T10:00:04.070Z","way":"received","octets":"\r\n+CMGS: 7\r\n\r\nOK\r\n"}
"#;

    fn ms(ms: u64) -> Tick {
        Tick::default().plus(Duration::from_millis(ms))
    }

    /// What is printed within a minute of `typed`.
    fn said(modem: &mut Replay, now: Tick, typed: &str) -> (String, Tick) {
        modem.handle(now, typed.as_bytes());
        let (mut words, mut last) = (String::new(), now);
        while let Some(at) = modem.poll_timeout() {
            last = at;
            words.push_str(&String::from_utf8_lossy(&modem.poll_output(at).expect("it is due")));
        }
        (words, last)
    }

    #[test]
    fn it_answers_as_the_modem_did_and_as_late() {
        let mut modem = Replay::read(TRACE).expect("a trace");
        assert_eq!(said(&mut modem, ms(0), "").0, "\r\nRDY\r\n");
        assert_eq!(said(&mut modem, ms(1_000), "at\r").0, "\r\nOK\r\n");
        assert_eq!(said(&mut modem, ms(2_000), "AT+CMGS=140\r").0, "\r\n> ", "another text has another length");
        let (words, at) = said(&mut modem, ms(3_000), "0011000C91440000000000\u{1a}");
        assert_eq!((words.as_str(), at), ("\r\n+CMGS: 7\r\n\r\nOK\r\n", ms(5_000)));
        assert!(modem.is_over(&[]) && modem.strange().is_empty());
        assert_eq!(said(&mut modem, ms(9_000), "AT\r").0, "\r\nOK\r\n", "said before");
        assert_eq!(said(&mut modem, ms(9_000), "AT+NEW\r").0, "\r\nERROR\r\n");
        assert_eq!(modem.strange(), ["AT+NEW"]);
    }

    #[test]
    fn what_is_no_trace_says_where() {
        for (source, words) in [
            ("{", "line 1: "),
            (r#"{"at":"noon","way":"sent","octets":""}"#, "`noon` is no time"),
            (r#"{"at":"2026-11-22T10:00:00Z","way":"up","octets":""}"#, "unknown variant"),
            (r#"{"at":"2026-11-22T10:00:00Z","way":"sent","octets":"€"}"#, "one octet"),
        ] {
            let error = Replay::read(source).expect_err("it is no trace");
            assert!(error.contains(words), "{error}");
        }
    }
}
