//! Who is on call, what rings them, and what comes of the calls: by a chance of its own, beside everything else.

use std::collections::BTreeMap;
use std::time::Duration;

use answerback::chance::Seeded;
use answerback::engine::ring::NewRing;
use answerback::engine::session::NewSession;
use answerback::time::Tick;
use answerback::value::Value;

use super::Act;
use crate::emulator::fault::{Fault as Radio, Place, RingFate};
use crate::sim::fault::{Commit, Fault, Loss, Moment};
use crate::sim::office::Ask;

/// What comes of a call, where somebody says so.
const FATES: &[RingFate] = &[
    RingFate::Answered,
    RingFate::Busy,
    RingFate::NoAnswer,
    RingFate::Rejected,
    RingFate::NoCarrier,
    RingFate::NoVoice,
    RingFate::Refused { cme: 3 },
    RingFate::Refused { cme: 14 },
    RingFate::Refused { cme: 30 },
    RingFate::Held,
];
const LOSSES: &[Loss] = &[Loss::Process, Loss::Power, Loss::Port];

struct Calls<'a> {
    chance: Seeded,
    modems: u64,
    until: Duration,
    acts: &'a mut Vec<(Tick, Act)>,
}

/// A third of the sites has people on call: who they are, and what concerns them.
pub(super) fn on_call(seed: u64, modems: usize, until: Duration, acts: &mut Vec<(Tick, Act)>) -> Vec<(String, u64)> {
    let mut calls = Calls { chance: Seeded::new(seed ^ 0xCA11), modems: modems as u64, until, acts };
    if calls.below(3) > 0 {
        return Vec::new();
    }
    let people: Vec<(String, u64)> = (0..=calls.below(3)).map(|n| (format!("+1555555{:04}", 400 + n), calls.chance.next_u64())).collect();
    for _ in 0..=calls.below(4) {
        let at = calls.when();
        let order = calls.order(&people);
        calls.acts.push((at, order));
        if calls.below(4) == 0 {
            let later = at.plus(Duration::from_secs(calls.below(90)));
            calls.acts.push((later, Act::RingCancel));
        }
        for _ in 0..calls.below(3) {
            let fault = calls.fault();
            // A fault of a call has to be there before the call.
            calls
                .acts
                .push((Tick::from_nanos(0).plus(at.since(Tick::default()).saturating_sub(Duration::from_secs(2))), Act::Fault(fault)));
        }
    }
    for _ in 0..calls.below(3) {
        let (at, alarm) = (calls.when(), calls.alarm());
        calls.acts.push((at, alarm));
    }
    if calls.below(3) == 0 {
        let (at, modem) = (calls.when(), calls.below(calls.modems) as usize);
        calls.acts.push((at, Act::Text { from: "+15555550188".to_owned(), modem, text: "I smell gas in the kitchen".to_owned() }));
    }
    people
}

impl Calls<'_> {
    fn below(&mut self, bound: u64) -> u64 {
        self.chance.below(bound)
    }

    fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len() as u64) as usize]
    }

    /// Some time of the run; the first minute belongs to the modems.
    fn when(&mut self) -> Tick {
        let ms = self.until.as_millis().max(1) as u64;
        Tick::default().plus(Duration::from_mins(1)).plus(Duration::from_millis(self.below(ms)))
    }

    fn order(&mut self, people: &[(String, u64)]) -> Act {
        let to = people[self.below(people.len() as u64) as usize].0.clone();
        Act::Ring(Box::new(NewRing {
            to,
            seconds: self.pick(&[5, 20, 25, 60]),
            times: self.pick(&[1, 1, 2, 3]),
            pause: self.pick(&[0, 10, 60]),
            sim: None,
            source: "simulation".to_owned(),
        }))
    }

    /// Level 3 rings at once, what is less when nobody takes it.
    fn alarm(&mut self) -> Act {
        let number = self.below(1_000);
        let words = |text: String| Value::Text(text);
        let data = [
            ("alarm", words(format!("A{number}"))),
            ("site", words("Pump 3".to_owned())),
            ("text", words("low pressure".to_owned())),
            ("level", Value::Number(self.pick(&[1, 3]))),
        ];
        let data: BTreeMap<String, Value> = data.into_iter().map(|(slot, value)| (slot.to_owned(), value)).collect();
        Act::Ask(Box::new(Ask::Session(NewSession {
            flow: "alarm.page".to_owned(),
            to: None,
            data,
            source: "simulation".to_owned(),
            ..NewSession::default()
        })))
    }

    fn fault(&mut self) -> Fault {
        let modem = self.below(self.modems) as usize;
        let back = Duration::from_secs(1 + self.below(60));
        let radio = |fault, times, until| Fault::Radio { modem, fault, times, until };
        match self.below(16) {
            0..=6 => radio(Radio::Ring { fate: self.pick(FATES) }, 1 + self.below(3) as u32, None),
            7 => radio(Radio::NoCallList, 0, Some(Duration::from_mins(5))),
            8 => radio(Radio::CallHangs, 1, None),
            9 => radio(Radio::CallEndLost, 1 + self.below(2) as u32, None),
            10 => radio(Radio::NoChup, 0, Some(Duration::from_mins(5))),
            11 => radio(Radio::Vanish { place: Place::Dialed, octets: 0, back_ms: Some(1_000 + self.below(60_000)) }, 1, None),
            12 => Fault::CrashAt { at: Moment::Next(self.pick(&[Commit::Ring, Commit::RingEnd])), after: self.below(2) == 0, back },
            _ => Fault::WhileRinging { loss: self.pick(LOSSES), after: Duration::from_millis(self.below(20_000)), back },
        }
    }
}
