//! What goes wrong seldom, each with what has to happen for it to show: by a chance of its own, beside everything else.

use std::time::Duration;

use answerback::chance::Seeded;
use answerback::engine::accept::NewMessage;
use answerback::engine::ussd::NewUssd;
use answerback::modem::io::UssdAsk;
use answerback::terms::Policy;
use answerback::text::Text;
use answerback::time::Tick;

use super::Act;
use super::ussd::BALANCE;
use crate::emulator::dialect::Dialect;
use crate::emulator::fault::{Fault as Radio, Place};
use crate::sim::fault::Fault;
use crate::sim::office::Ask;
use crate::sim::season::said_to;

/// Of so many sites one has something odd, or two things.
const SITES: u64 = 2;
/// Odd things happen within these seconds.
const WITHIN_S: u64 = 2_400;
/// Which of them: what shows with few modems only comes oftener.
const KINDS: &[u64] = &[0, 1, 2, 3, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 10, 11, 12];

struct Odd<'a> {
    chance: Seeded,
    modems: &'a [&'static Dialect],
    people: &'a [(String, u64)],
    acts: &'a mut Vec<(Tick, Act)>,
}

/// What happens; until then it should go on.
pub(super) fn acts(seed: u64, modems: &[&'static Dialect], people: &[(String, u64)], acts: &mut Vec<(Tick, Act)>) -> Tick {
    let mut odd = Odd { chance: Seeded::new(seed ^ 0x0000_0DD5), modems, people, acts };
    if odd.below(SITES) > 0 {
        return Tick::default();
    }
    let mut last = 0;
    for _ in 0..=odd.below(2) {
        let second = 100 + odd.below(WITHIN_S);
        let kind = odd.pick(KINDS);
        last = last.max(second + odd.happens(kind, second));
    }
    Tick::default().plus(Duration::from_secs(last))
}

impl Odd<'_> {
    fn below(&mut self, bound: u64) -> u64 {
        self.chance.below(bound)
    }

    fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len() as u64) as usize]
    }

    fn at(&mut self, second: u64, act: Act) {
        let ms = second * 1_000 + self.below(900);
        self.acts.push((Tick::default().plus(Duration::from_millis(ms)), act));
    }

    fn radio(&mut self, second: u64, modem: usize, fault: Radio, times: u32, until: Option<Duration>) {
        self.at(second, Act::Fault(Fault::Radio { modem, fault, times, until }));
    }

    /// A modem, one of those that this may concern where there is one.
    fn modem(&mut self, concerns: impl Fn(&Dialect) -> bool) -> usize {
        let among: Vec<usize> = (0..self.modems.len()).filter(|modem| concerns(self.modems[*modem])).collect();
        if among.is_empty() { self.below(self.modems.len() as u64) as usize } else { self.pick(&among) }
    }

    /// Somebody writes to a modem so often.
    fn texts(&mut self, second: u64, modem: usize, times: u64) {
        for place in 0..times {
            let from = self.person();
            let text = self.pick(&["hello", "BAL", "is anybody there"]).to_owned();
            self.at(second + 20 * place, Act::Text { from, modem, text });
        }
    }

    fn person(&mut self) -> String {
        let place = self.below(self.people.len() as u64) as usize;
        self.people[place].0.clone()
    }

    fn message(&mut self, second: u64, to: &str, policy: Policy, text: &str) {
        let message = NewMessage { text: Text::new(text), ..said_to(to, policy) };
        self.at(second, Act::Ask(Box::new(Ask::Message(message))));
    }

    /// One of them; for how many seconds it goes on.
    fn happens(&mut self, kind: u64, second: u64) -> u64 {
        let any = self.modem(|_| true);
        let to = self.person();
        match kind {
            0 => self.radio(second, any, Radio::Numeric, 0, Some(Duration::from_mins(20))),
            1 => {
                self.radio(second, any, Radio::Glued { line: "+CREG: 1".to_owned() }, 2, None);
                self.radio(second, any, Radio::Refuse { cms: 331 }, 2, None);
                self.message(second + 5, &to, Policy::Notice, "Pump 3 failed.");
            }
            2 => {
                let octets = self.pick(&[700, 5_000, 65_536]);
                self.radio(second, any, Radio::Burst { octets }, 1, None);
            }
            3 => {
                let (ms, cme) = (1_000 + self.below(45_000), self.pick(&[14, 515]));
                self.radio(second, any, Radio::SimBusy { ms, cme }, 0, Some(Duration::from_mins(2)));
                self.message(second + 1, &to, Policy::Notice, "Pump 3 failed.");
                self.texts(second + 1, any, 1);
            }
            4 => {
                let class = self.pick(&[1, 2, 2, 3]);
                self.radio(second, any, Radio::TextClass { class }, 2, None);
                self.texts(second + 1, any, 3);
            }
            5 => self.full_and_silent(second),
            6 | 7 => self.acknowledgements(second, kind == 6),
            8 => {
                // That is how it is made.
                self.radio(second, any, Radio::UssdPacked, 0, None);
                let ask = UssdAsk::Code(BALANCE.to_owned());
                self.at(second + 1, Act::Ussd(NewUssd { modem: format!("modem{any}"), ask, asker: "the simulation".to_owned() }));
            }
            9 => {
                let back_ms = Some(1_000 + self.below(60_000));
                self.radio(second, any, Radio::Vanish { place: Place::Written, octets: 0, back_ms }, 1, None);
                self.at(second + 1, Act::SelfTest { modem: any });
                return 420;
            }
            10 => {
                let modem = self.modem(|dialect| dialect.chatter_switch.is_some());
                self.radio(second, modem, Radio::SwitchSilences, 3, None);
                self.texts(second + 1, modem, 3);
            }
            _ => return self.stranded(second, any, if kind == 11 { Policy::Alarm } else { Policy::Notice }),
        }
        120
    }

    /// Behind the word that its memory is full a modem tells of no text any more.
    fn full_and_silent(&mut self, second: u64) {
        let modem = self.modem(|dialect| dialect.full.is_some());
        self.radio(second, modem, Radio::SilentWhenFull, 0, Some(Duration::from_mins(15)));
        self.radio(second, modem, Radio::SimFull, 0, Some(Duration::from_mins(2)));
        self.texts(second + 1, modem, 2);
        self.texts(second + 125, modem, 3);
    }

    /// Of the modems that show what comes in and keep it nowhere, each acknowledgement gets lost, or comes too late.
    fn acknowledgements(&mut self, second: u64, lost: bool) {
        for modem in 0..self.modems.len() {
            self.radio(second, modem, if lost { Radio::AcknowledgeLost } else { Radio::AcknowledgeLate }, 2, None);
            self.texts(second + 1, modem, 2);
        }
    }

    /// Somebody knows a modem, and it goes for long behind the first part of a long text to them.
    fn stranded(&mut self, second: u64, modem: usize, policy: Policy) -> u64 {
        let to = self.person();
        self.at(second, Act::Text { from: to.clone(), modem, text: "HELP".to_owned() });
        let back_ms = Some(1_000 * (700 + self.below(600)));
        self.radio(second + 60, modem, Radio::Vanish { place: Place::Ok, octets: 0, back_ms }, 1, None);
        self.message(second + 61, &to, policy, &"The water is off in your street until the evening. ".repeat(5));
        900
    }
}
