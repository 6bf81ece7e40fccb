//! What went over a modem's port, octet by octet with its time: the newest stretch is kept, and is shown without PINs, numbers and
//! contents. Masking keeps every length, so that what is shown can be played back to a driver.

use std::collections::VecDeque;

use at_commands::hex;
use at_commands::pdu::anonymise;

use super::mask::{HEX_DIGITS_MIN, NUMBER_DIGITS_MIN, PIN_COMMANDS};
use crate::time::Timestamp;

/// Which way octets went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the modem.
    Sent,
    /// From the modem.
    Received,
}

/// Octets that crossed the port together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Counts the chunks of a modem.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Which way.
    pub way: Way,
    /// What.
    pub octets: Vec<u8>,
}

/// The newest octets of one port.
#[derive(Debug, Default)]
pub struct Wire {
    chunks: VecDeque<Chunk>,
    octets: usize,
    newest: u64,
}

/// Minutes of a modem that sends all the time, hours of an idle one.
const OCTETS_MAX: usize = 64 * 1024;
const CHUNKS_MAX: usize = 2_000;
/// A line that does not end is shown after this time: a prompt has no end.
const UNFINISHED_MS: i64 = 500;

impl Wire {
    /// Takes octets down; the oldest make room.
    pub fn record(&mut self, at: Timestamp, way: Way, octets: &[u8]) {
        if octets.is_empty() {
            return;
        }
        self.newest += 1;
        self.octets += octets.len();
        self.chunks.push_back(Chunk { seq: self.newest, at, way, octets: octets.to_vec() });
        while self.octets > OCTETS_MAX || self.chunks.len() > CHUNKS_MAX {
            let Some(oldest) = self.chunks.pop_front() else { return };
            self.octets -= oldest.octets.len();
        }
    }

    /// What came after `seq`, masked, and how many chunks between are not kept any more. A line that is still being said is held
    /// back, since half a number cannot be known for one.
    pub fn after(&self, seq: u64, now: Timestamp) -> (u64, Vec<Chunk>) {
        let (mut sent, mut received) = (self.masked(Way::Sent).into_iter(), self.masked(Way::Received).into_iter());
        let mut shown = Vec::new();
        for chunk in &self.chunks {
            let stream = if chunk.way == Way::Sent { &mut sent } else { &mut received };
            let octets: Vec<u8> = stream.by_ref().take(chunk.octets.len()).collect();
            shown.push(Chunk { octets, ..chunk.clone() });
        }
        while shown.last().is_some_and(|chunk| !is_finished(chunk) && now.ms_since(chunk.at) < UNFINISHED_MS) {
            shown.pop();
        }
        let oldest = self.chunks.front().map_or(self.newest + 1, |chunk| chunk.seq);
        shown.retain(|chunk| chunk.seq > seq);
        (oldest.saturating_sub(seq.saturating_add(1)), shown)
    }

    fn masked(&self, way: Way) -> Vec<u8> {
        let mut stream: Vec<u8> =
            self.chunks.iter().filter(|chunk| chunk.way == way).flat_map(|chunk| chunk.octets.iter().copied()).collect();
        // A line whose beginning is gone cannot be known for what it is.
        let cut = if self.chunks.front().is_some_and(|chunk| chunk.seq > 1) {
            stream.iter().position(|octet| is_end(*octet)).unwrap_or(stream.len())
        } else {
            0
        };
        let (broken, whole) = stream.split_at_mut(cut);
        broken.iter_mut().filter(|octet| octet.is_ascii_alphanumeric()).for_each(|octet| *octet = b'0');
        mask(whole);
        stream
    }
}

fn is_finished(chunk: &Chunk) -> bool {
    chunk.octets.last().is_some_and(|octet| is_end(*octet))
}

const fn is_end(octet: u8) -> bool {
    matches!(octet, b'\r' | b'\n' | 0x1A | 0x1B)
}

/// Signs of a number that stay at each end.
const KEPT: usize = 2;

/// Octets as a person reads them: `AT+CSQ<CR>`.
pub fn readable(octets: &[u8]) -> String {
    let sign = |octet: &u8| match octet {
        b'\r' => "<CR>".to_owned(),
        b'\n' => "<LF>".to_owned(),
        0x1A => "<Ctrl-Z>".to_owned(),
        0x1B => "<ESC>".to_owned(),
        b' '..=b'~' => char::from(*octet).to_string(),
        _ => format!("<{octet:02X}>"),
    };
    octets.iter().map(sign).collect()
}

/// Takes PINs, numbers and contents out of octets, and leaves every length and every line as it was.
pub fn mask(octets: &mut [u8]) {
    for line in octets.split_mut(|octet| is_end(*octet)) {
        let upper = line.to_ascii_uppercase();
        let pin = PIN_COMMANDS
            .iter()
            .find_map(|command| upper.windows(command.len()).position(|word| word == command.as_bytes()).map(|at| at + command.len()));
        match pin {
            Some(at) => zero(&mut line[at..]),
            None => line.split_mut(|octet| !octet.is_ascii_alphanumeric()).for_each(mask_word),
        }
    }
}

fn mask_word(word: &mut [u8]) {
    if word.len() >= HEX_DIGITS_MIN && word.iter().all(u8::is_ascii_hexdigit) {
        return mask_hex(word);
    }
    let digits = word.iter().filter(|octet| octet.is_ascii_digit()).count();
    if digits >= NUMBER_DIGITS_MIN {
        let end = word.len() - KEPT;
        zero(&mut word[KEPT..end]);
    }
}

fn mask_hex(word: &mut [u8]) {
    let masked =
        std::str::from_utf8(word).ok().and_then(|line| hex::decode(line).ok()).and_then(|mut pdu| anonymise(&mut pdu).then_some(pdu));
    match masked {
        Some(pdu) => word.copy_from_slice(hex::encode(&pdu).as_bytes()),
        None => word.fill(b'0'),
    }
}

fn zero(signs: &mut [u8]) {
    signs.iter_mut().filter(|sign| sign.is_ascii_digit()).for_each(|sign| *sign = b'0');
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000);

    fn check(line: &str, want: &str) {
        let mut octets = line.as_bytes().to_vec();
        mask(&mut octets);
        assert_eq!(String::from_utf8_lossy(&octets), want, "{line}");
        assert_eq!(octets.len(), line.len(), "{line}");
    }

    #[test]
    fn secrets_numbers_and_contents_do_not_pass_and_lengths_stay() {
        for (line, want) in [
            ("AT+CPIN=\"1234\"\r", "AT+CPIN=\"0000\"\r"),
            ("at+clck=\"SC\",0,\"9876\"\rAT+CSQ\r", "at+clck=\"SC\",0,\"0000\"\rAT+CSQ\r"),
            ("\r\n+CLIP: \"+15550100200\",145\r\n", "\r\n+CLIP: \"+15000000000\",145\r\n"),
            ("+CMTI: \"SM\",12", "+CMTI: \"SM\",12"),
            ("356938035643809", "350000000000009"),
            ("+CUSD: 0,\"00420061006C0061006E0063006500200035\",72", "+CUSD: 0,\"000000000000000000000000000000000000\",72"),
            ("+WTF: plain words", "+WTF: plain words"),
        ] {
            check(line, want);
        }
        check(
            "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07\x1a",
            "07911300000000F0040B911300000000F00000208062917314080C0000000000000000000000\x1a",
        );
    }

    #[test]
    fn what_no_screen_shows_is_named() {
        assert_eq!(readable(b"AT\r\n\x1b> 00\x1a\0\xff"), "AT<CR><LF><ESC>> 00<Ctrl-Z><00><FF>");
    }

    #[test]
    fn a_number_cut_by_two_reads_is_masked_as_one() {
        let mut wire = Wire::default();
        wire.record(NOW, Way::Received, b"\r\n+CLIP: \"+1555");
        let (_, shown) = wire.after(0, NOW);
        assert_eq!(shown, [], "half a line is held back");
        assert_eq!(wire.after(0, NOW.shifted_ms(UNFINISHED_MS)).1.len(), 1, "a prompt has no end");
        wire.record(NOW, Way::Sent, b"AT\r");
        wire.record(NOW, Way::Received, b"0100200\",145\r\n");
        let (missed, shown) = wire.after(0, NOW);
        let octets: Vec<&[u8]> = shown.iter().map(|chunk| &*chunk.octets).collect();
        assert_eq!((missed, octets), (0, vec![&b"\r\n+CLIP: \"+1500"[..], b"AT\r", b"0000000\",145\r\n"]));
        assert_eq!(wire.after(2, NOW).1.len(), 1);
    }

    #[test]
    fn the_oldest_make_room_and_it_is_said_how_many() {
        let mut wire = Wire::default();
        for _ in 0..CHUNKS_MAX + 5 {
            wire.record(NOW, Way::Sent, b"AT\r");
        }
        assert_eq!(wire.after(0, NOW).0, 5);
        for _ in 0..20 {
            wire.record(NOW, Way::Received, &[b'x'; 8_192]);
        }
        let (_, shown) = wire.after(0, NOW.shifted_ms(UNFINISHED_MS));
        assert!(shown.iter().map(|chunk| chunk.octets.len()).sum::<usize>() <= OCTETS_MAX && !shown.is_empty());
        assert_eq!(wire.after(shown.last().expect("chunks").seq, NOW), (0, Vec::new()));
    }
}
