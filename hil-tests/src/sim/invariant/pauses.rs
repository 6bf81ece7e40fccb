//! Pauses: a modem that was taken out of service sends nothing until its pause is over. Five refusals in a row that speak of its SIM
//! take it out, and so does a fourth fall within an hour; each fall behind that doubles the pause (reliability.md section 5).

use std::collections::BTreeMap;
use std::time::Duration;

use answerback::modem::io::ModemEvent;
use answerback::time::Tick;

/// The shortest pause.
const PAUSE: Duration = Duration::from_mins(1);
const REFUSALS_MAX: u8 = 5;
const FALLS_MAX: usize = 3;
const HOUR: Duration = Duration::from_hours(1);
/// Refusals that speak of the SIM whoever made the modem.
const OF_SIM: [u16; 3] = [38, 50, 69];
/// A modem that the box has restarted may be away for so long, and that is no fall.
const RESTARTED: Duration = Duration::from_mins(3);
/// Falls are on disk in whole milliseconds.
const STAMP: Duration = Duration::from_millis(1);
const CTRL_Z: u8 = 0x1A;

/// Every modem.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    modems: BTreeMap<usize, Seen>,
    /// Modems that were taken out of service for their refusals, and for their falls.
    pub(super) refused: u64,
    pub(super) fell: u64,
}

/// What was seen of a modem in a life of the process.
#[derive(Debug, Default)]
struct Seen {
    life: u64,
    refusals: u8,
    /// Until when it is out of service, and why.
    until: Option<(Tick, &'static str)>,
    /// The command with which a PDU leaves was typed; behind Ctrl-Z it is on air.
    sends: bool,
    is_on_air: bool,
    /// Something was sent since it was last said to be out of service.
    tried: bool,
    falls: Vec<Tick>,
    restarted: Option<Tick>,
}

impl Pauses {
    /// Another life of the process remembers falls that it had on disk; here they are forgotten.
    fn of(&mut self, life: u64, modem: usize) -> &mut Seen {
        let seen = self.modems.entry(modem).or_default();
        if seen.life != life {
            *seen = Seen { life, ..Seen::default() };
        }
        seen
    }

    /// A driver tells something of a modem.
    pub(super) fn hears(&mut self, now: Tick, life: u64, modem: usize, event: &ModemEvent) {
        let seen = self.of(life, modem);
        match event {
            ModemEvent::Submitted { .. } => (seen.refusals, seen.is_on_air) = (0, false),
            ModemEvent::Duplicate { .. } | ModemEvent::InDoubt { .. } => seen.is_on_air = false,
            ModemEvent::Refused { code, .. } => {
                seen.is_on_air = false;
                seen.refusals = if code.is_some_and(|code| OF_SIM.contains(&code)) { seen.refusals + 1 } else { 0 };
                if seen.refusals >= REFUSALS_MAX {
                    seen.refusals = REFUSALS_MAX - 1;
                    seen.until = Some((now.plus(PAUSE), "its SIM was refused five times in a row"));
                    self.refused += 1;
                }
            }
            // Said once more of a modem that was away meanwhile, it begins no other pause.
            ModemEvent::NotReady { code: code @ ("sim_refused" | "sends_fail"), .. } if seen.tried => {
                seen.tried = false;
                seen.until = Some((now.plus(PAUSE), code));
            }
            ModemEvent::Rung { rung, .. } if rung.restarts() => seen.restarted = Some(now),
            _ => {}
        }
    }

    /// Something is typed into a modem.
    pub(super) fn typed(&mut self, now: Tick, life: u64, modem: usize, bytes: &[u8]) -> Result<(), String> {
        let seen = self.of(life, modem);
        let is = |word: &str| bytes.starts_with(word.as_bytes());
        if is("AT+CMGS=") || is("AT+CMSS=") {
            (seen.sends, seen.is_on_air, seen.tried) = (true, is("AT+CMSS="), true);
            if let Some((_, why)) = seen.until.filter(|(until, _)| now < *until) {
                return Err(format!("modem{modem} sends, and is out of service: {why}"));
            }
            if let Some(rest) = seen.rests().filter(|until| now.plus(STAMP) < *until) {
                return Err(format!(
                    "modem{modem} sends at {now:?}, has fallen {} times in an hour and rests until {rest:?}",
                    seen.falls.len()
                ));
            }
        } else if is("AT") {
            seen.sends = false;
        }
        seen.is_on_air |= seen.sends && bytes.contains(&CTRL_Z);
        Ok(())
    }

    /// The port of a modem goes away: with a text on air that is a fall. What else was seen of it is forgotten with its driver.
    pub(super) fn gone(&mut self, now: Tick, life: u64, modem: usize) {
        let seen = self.of(life, modem);
        let ours = seen.restarted.is_some_and(|at| now.since(at) < RESTARTED);
        let mut falls = std::mem::take(&mut seen.falls);
        if seen.is_on_air && !ours {
            falls.push(now);
        }
        falls.retain(|at| now.since(*at) < HOUR);
        let fell = falls.len() > FALLS_MAX && falls.last() == Some(&now);
        *seen = Seen { life, falls, ..Seen::default() };
        self.fell += u64::from(fell);
    }

    /// A person wants it tried now.
    pub(super) fn forgiven(&mut self, modem: usize) {
        self.modems.remove(&modem);
    }
}

impl Seen {
    /// Until when a modem that fell too often is given nothing.
    fn rests(&self) -> Option<Tick> {
        let last = self.falls.last()?;
        let count = self.falls.iter().filter(|at| last.since(**at) < HOUR).count();
        let rounds = count.checked_sub(FALLS_MAX + 1)?;
        Some(last.plus((PAUSE * (1 << rounds.min(5))).min(HOUR)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Tick {
        Tick::from_nanos(0).plus(Duration::from_secs(seconds))
    }

    fn refused(code: u16) -> ModemEvent {
        let part = answerback::ids::PartKey {
            message: answerback::ids::MessageId::new(answerback::time::Timestamp::from_unix_ms(1), &mut answerback::chance::Seeded::new(1)),
            seq: 1,
        };
        ModemEvent::Refused { part, attempt: Some(1), code: Some(code) }
    }

    #[test]
    fn five_refusals_are_a_pause() {
        for (codes, pauses) in [([50, 38, 69, 50, 50], true), ([50, 50, 1, 50, 50], false), ([1, 1, 1, 1, 1], false)] {
            let mut seen = Pauses::default();
            for code in codes {
                seen.hears(at(10), 1, 0, &refused(code));
            }
            assert_eq!(seen.typed(at(69), 1, 0, b"AT+CMGS=23\r").is_err(), pauses, "{codes:?}");
            assert!(seen.typed(at(69), 1, 0, b"AT+CSQ\r").is_ok() && seen.typed(at(70), 1, 0, b"AT+CMGS=23\r").is_ok());
        }
    }

    #[test]
    fn a_pause_begins_behind_what_was_sent() {
        let stopped = ModemEvent::NotReady { code: "sends_fail", words: String::new() };
        let mut seen = Pauses::default();
        assert!(seen.typed(at(9), 1, 0, b"AT+CMGS=23\r").is_ok());
        seen.hears(at(10), 1, 0, &stopped);
        assert!(seen.typed(at(69), 1, 0, b"AT+CMGS=23\r").is_err());
        let mut again = Pauses::default();
        assert!(again.typed(at(9), 1, 0, b"AT+CMGS=23\r").is_ok());
        again.hears(at(10), 1, 0, &stopped);
        again.hears(at(600), 1, 0, &stopped);
        assert!(again.typed(at(600), 1, 0, b"AT+CMGS=23\r").is_ok());
    }

    #[test]
    fn four_falls_are_a_rest_that_doubles() {
        let falls = |count: u64| {
            let mut seen = Pauses::default();
            for fall in 0..count {
                assert!(seen.typed(at(600 * fall), 1, 0, b"AT+CMGS=23\r").is_ok() && seen.typed(at(600 * fall), 1, 0, b"00\x1a").is_ok());
                seen.gone(at(600 * fall), 1, 0);
            }
            (1..=600).find(|later| seen.typed(at(600 * (count - 1) + later), 1, 0, b"AT+CMGS=23\r").is_ok())
        };
        assert_eq!((falls(3), falls(4), falls(5)), (Some(1), Some(60), Some(120)));
        // A driver that was made anew remembers its falls as they are on disk.
        let mut fourth =
            Pauses { modems: BTreeMap::from([(0, Seen { life: 1, falls: vec![at(10); 4], ..Seen::default() })]), ..Pauses::default() };
        let mut sends = |before: Duration| fourth.typed(at(70).minus(before), 1, 0, b"AT+CMGS=23\r").is_ok();
        assert!(sends(Duration::from_micros(200)) && !sends(Duration::from_millis(2)));
        let mut idle = Pauses::default();
        for fall in 0..9 {
            idle.gone(at(fall), 1, 0);
        }
        assert!(idle.typed(at(10), 1, 0, b"AT+CMGS=23\r").is_ok(), "it had nothing in hand");
    }
}
