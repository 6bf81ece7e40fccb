//! What will be done to a site: made from a seed, as data, so that a run can be repeated, cut shorter and written down.

use std::collections::BTreeMap;
use std::time::Duration;

use answerback::chance::Seeded;
use answerback::engine::accept::NewMessage;
use answerback::engine::doubt::As;
use answerback::engine::session::NewSession;
use answerback::terms::Policy;
use answerback::text::Text;
use answerback::time::{Tick, Timestamp};
use answerback::value::{Money, Value};

use super::fault::{Commit, Fault, Manner};
use super::office::Ask;
use crate::emulator::dialect::Dialect;
use crate::emulator::fault::{Fault as Radio, Place};
use crate::emulator::network::NetworkOptions;

/// One thing that is done to the site.
#[derive(Debug, Clone)]
pub enum Act {
    /// A client asks for something.
    Ask(Box<Ask>),
    /// Somebody writes unasked.
    Text {
        /// Who.
        from: String,
        /// To which modem.
        modem: usize,
        /// What.
        text: String,
    },
    /// A person decides about the oldest message in doubt.
    Resolve {
        /// How.
        decision: As,
    },
    /// Something goes wrong.
    Fault(Fault),
}

/// A site and what happens to it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Of this seed.
    pub seed: u64,
    /// How its modems speak.
    pub modems: Vec<&'static Dialect>,
    /// How its network behaves.
    pub network: NetworkOptions,
    /// Numbers and seeds of its people.
    pub people: Vec<(String, u64)>,
    /// How long a commit takes.
    pub fsync: Duration,
    /// What happens, in order of time.
    pub acts: Vec<(Tick, Act)>,
    /// Until then things happen; afterwards the site comes to rest.
    pub until: Tick,
}

/// A Monday morning in Chicago, in November.
const START_MS: i64 = 1_795_446_000_000;

impl Plan {
    /// The plan of a seed: so many days of life.
    pub fn of(seed: u64, days: f64) -> Self {
        let mut maker = Maker { chance: Seeded::new(seed), until: Duration::from_secs_f64(days * 86_400.0) };
        maker.plan(seed)
    }

    /// The acts that are faults, by place.
    pub fn faults(&self) -> Vec<usize> {
        let is_fault = |(_, (_, act)): &(usize, &(Tick, Act))| matches!(act, Act::Fault(_));
        self.acts.iter().enumerate().filter(is_fault).map(|(place, _)| place).collect()
    }

    /// The same plan without the acts at these places.
    pub fn without(&self, places: &[usize]) -> Self {
        let acts = self.acts.iter().enumerate().filter(|(place, _)| !places.contains(place)).map(|(_, act)| act.clone()).collect();
        Self { acts, ..self.clone() }
    }
}

struct Maker {
    chance: Seeded,
    until: Duration,
}

impl Maker {
    fn plan(&mut self, seed: u64) -> Plan {
        let modems = (0..=self.below(3)).map(|_| *self.pick(Dialect::all())).collect::<Vec<_>>();
        let people = (0..2 + self.below(4)).map(|n| (format!("+1555555{:04}", 100 + n), self.chance.next_u64())).collect::<Vec<_>>();
        let network = NetworkOptions {
            answer: Duration::from_millis(*self.pick(&[50, 2_000, 2_500, 4_000, 12_000])),
            delivery: Duration::from_millis(*self.pick(&[200, 1_000, 6_000])),
            report: Duration::from_millis(*self.pick(&[100, 1_000, 4_000])),
            lost_permille: *self.pick(&[0, 0, 0, 20]),
            doubled_permille: *self.pick(&[0, 0, 20, 100]),
            jitter: Duration::from_millis(*self.pick(&[0, 0, 3_000])),
            wall_ms: START_MS + self.below(86_400) as i64 * 1_000,
            seed: seed ^ 0x2E7,
            ..NetworkOptions::default()
        };
        let fsync = Duration::from_micros(*self.pick(&[200, 1_000, 5_000, 60_000]));
        let mut acts = Vec::new();
        for _ in 0..4 + self.below(24) {
            acts.push((self.when(), self.load(&people, modems.len())));
        }
        // Some weeks nothing breaks; in most several things do.
        for _ in 0..*self.pick(&[0, 1, 2, 4, 8, 12]) {
            acts.push((self.when(), Act::Fault(self.fault(modems.len(), people.len()))));
        }
        acts.sort_by_key(|(at, _)| *at);
        Plan { seed, modems, network, people, fsync, acts, until: Tick::default().plus(self.until) }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.chance.below(bound)
    }

    fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.below(among.len() as u64) as usize]
    }

    /// Some time of the run; the first minute belongs to the modems.
    fn when(&mut self) -> Tick {
        let ms = self.until.as_millis().max(1) as u64;
        Tick::default().plus(Duration::from_mins(1)).plus(Duration::from_millis(self.below(ms)))
    }

    fn load(&mut self, people: &[(String, u64)], modems: usize) -> Act {
        let to = self.pick(people).0.clone();
        match self.below(10) {
            0..=3 => Act::Ask(Box::new(Ask::Message(self.message(to)))),
            4..=7 => Act::Ask(Box::new(Ask::Session(self.session(to)))),
            8 => Act::Resolve { decision: *self.pick(&[As::Resend, As::Sent, As::Cancel]) },
            _ => {
                let modem = self.below(modems as u64) as usize;
                let text = (*self.pick(&["OUT", "BAL", "STOP", "START", "hello", "Y", "I smell gas", "JOIN", "agent please"])).to_owned();
                Act::Text { from: to, modem, text }
            }
        }
    }

    fn message(&mut self, to: String) -> NewMessage {
        let long = "The water is off in your street until the evening; we are sorry for it. ".repeat(1 + self.below(6) as usize);
        let text = (*self.pick(&["Your power is back.", "Pump 3 failed.", long.as_str(), "Світло повернулося."])).to_owned();
        NewMessage {
            to,
            text: Text::new(text),
            policy: *self.pick(&[Policy::Alarm, Policy::Notice, Policy::Once]),
            rank: None,
            category: None,
            not_before: None,
            expires_at: None,
            sim: None,
            parts_max: None,
            flash: false,
            tags: Vec::new(),
            source: "simulation".to_owned(),
            idempotency: None,
        }
    }

    fn session(&mut self, to: String) -> NewSession {
        let number = self.below(1_000_000);
        let day = Value::Date(jiff::civil::date(2026, 11, 28));
        let text = |words: &str| Value::Text(words.to_owned());
        let (flow, data): (&str, Vec<(&str, Value)>) = match self.below(4) {
            0 | 1 => (
                "pay.past_due",
                vec![
                    ("account", text(&format!("{number:08}"))),
                    ("amount", Value::Money(Money { hundredths: 8_450 })),
                    ("due", day),
                    ("card", text("1234")),
                    ("mandate", Value::Bool(self.below(4) > 0)),
                ],
            ),
            2 => ("outage.confirm", vec![("place", text(&format!("Elm St {number}")))]),
            _ => {
                let order = format!("W{number}");
                ("crew.visit", vec![("order", text(&order)), ("date", day), ("window", text("9-12"))])
            }
        };
        let data: BTreeMap<String, Value> = data.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        NewSession {
            flow: flow.to_owned(),
            to: Some(to),
            data,
            key: None,
            language: None,
            sim: None,
            not_before: None::<Timestamp>,
            source: "simulation".to_owned(),
            idempotency: None,
        }
    }

    fn fault(&mut self, modems: usize, people: usize) -> Fault {
        let modem = self.below(modems as u64) as usize;
        let most = *self.pick(&[5, 60, 600, 7_200]);
        let back = Duration::from_secs(1 + self.below(most));
        let person = self.below(people as u64) as usize;
        match self.below(16) {
            0..=6 => {
                let fault = self.radio();
                Fault::Radio { modem, fault, times: 1 + self.below(3) as u32, until: Some(back) }
            }
            7 => Fault::LastReference { modem, mr: 250 + self.below(6) as u8 },
            8 => Fault::Unplug { modem, back, renamed: self.below(2) == 0 },
            9 => Fault::NoNetwork { modem, back },
            10 => Fault::PhoneOff { person, back },
            11 | 12 => {
                let commit = *self.pick(&[
                    Commit::Accept,
                    Commit::Claim,
                    Commit::Attempt,
                    Commit::Outcome,
                    Commit::Recover,
                    Commit::Receive,
                    Commit::Due,
                    Commit::CallStart,
                    Commit::CallEnd,
                    Commit::Hook,
                    Commit::Other,
                ]);
                Fault::CrashAt { commit, after: self.below(2) == 0, back: Duration::from_secs(1 + self.below(90)) }
            }
            13 => match self.below(4) {
                0 => Fault::Crash { back, power: self.below(2) == 0 },
                1 => Fault::DiskFull { back },
                2 => Fault::SlowDisk { fsync: Duration::from_millis(*self.pick(&[300, 4_000, 15_000])), back },
                _ => Fault::SamePduAgain { modem },
            },
            14 => {
                let by = *self.pick(&[3_600, 7_200, 86_400, 86_400 * 365, 86_400 * 3_650]);
                let sign = if self.below(2) == 0 { -1 } else { 1 };
                Fault::ClockStep { by_ms: sign * by * 1_000, back }
            }
            _ => match self.below(3) {
                0 => Fault::ReceiverDown { back: back * 10 },
                _ => Fault::Endpoint {
                    manner: *self.pick(&[
                        Manner::ActsAndHangs,
                        Manner::ActsAndBreaks,
                        Manner::Hangs,
                        Manner::Refuses,
                        Manner::Broken,
                        Manner::Down,
                        Manner::Later,
                    ]),
                    back: back * 10,
                },
            },
        }
    }

    fn radio(&mut self) -> Radio {
        let taken = self.below(2) == 0;
        let octets = self.below(60) as usize;
        let place = *self.pick(&[Place::Prompt, Place::Pdu, Place::Taken, Place::NotTaken]);
        let back_ms = Some(1_000 + self.below(60_000));
        match self.below(26) {
            0 => Radio::DropPrompt,
            1 | 2 => Radio::LostAnswer { taken },
            3 => Radio::ErrorAfterPdu { taken },
            4 => Radio::OkWithoutReference { taken },
            5 => Radio::Refuse { cms: *self.pick(&[1, 17, 41, 42, 47, 69, 305, 331, 332, 500, 512]) },
            6 => Radio::RefuseEarly { cms: *self.pick(&[304, 322, 330, 331, 500]) },
            7 => Radio::LateAnswer { ms: self.below(200_000) },
            8 => Radio::UrcInside { line: "^RSSI:18".to_owned() },
            9 => Radio::GluedPrompt { line: "+CMTI: \"SM\",9".to_owned() },
            10 => Radio::EchoBack,
            11 => Radio::Nul,
            12 => Radio::Chop,
            13 => Radio::ResetMidPdu { octets },
            14 => Radio::SilentReset,
            15 | 16 => Radio::Vanish { place, octets, back_ms },
            17 => Radio::SimFull,
            18 => Radio::Deaf,
            19 => Radio::LostUrc,
            20 => Radio::Hung,
            21 => Radio::Busy,
            22 => Radio::Garbage { hex: "00ff80414243".to_owned() },
            23 => self.pick(&[Radio::ReportFirst, Radio::DoubleReport, Radio::NoReport, Radio::DoubleDelivery]).clone(),
            24 => Radio::ReverseParts,
            _ => Radio::LosePart,
        }
    }
}
