//! Codes that somebody asks the network for, and what comes of them: by a chance of its own, beside everything else.

use std::time::Duration;

use answerback::chance::Seeded;
use answerback::engine::ussd::NewUssd;
use answerback::modem::io::UssdAsk;
use answerback::time::Tick;

use super::Act;
use crate::emulator::fault::{Fault as Radio, UssdForm};
use crate::sim::fault::Fault;

/// What the network answers at once: the balance.
pub(in crate::sim) const BALANCE: &str = "*100#";
/// What it answers with a menu, what is in it, and what each says.
pub(in crate::sim) const MENU: (&str, &str) = ("*123#", "1. Balance\r\n2. Leave");
/// A choice of the menu.
pub(in crate::sim) const CHOICE: (&str, &str) = ("1", "Balance 5.00");
/// A code of digits that the network does not know.
const UNKNOWN: &str = "12345";
const FORMS: &[UssdForm] =
    &[UssdForm::Ucs2, UssdForm::Ucs2UnderFifteen, UssdForm::Language, UssdForm::Packed, UssdForm::Rubbish, UssdForm::TrailingCr];
/// Numbers that a modem refuses a code with: what it cannot now, what the network says. None says that the string was not understood.
const REFUSED: &[u16] = &[14, 30, 148];
/// How long the network thinks: in time, too late, and so late that nobody takes it for an answer.
const LATE_MS: &[u64] = &[20_000, 90_000, 600_000];

struct Ussd<'a> {
    chance: Seeded,
    modems: u64,
    until: Duration,
    acts: &'a mut Vec<(Tick, Act)>,
}

/// At a quarter of the sites somebody asks the network for something.
pub(super) fn acts(seed: u64, modems: usize, until: Duration, acts: &mut Vec<(Tick, Act)>) {
    let mut ussd = Ussd { chance: Seeded::new(seed ^ 0x0055_5344), modems: modems as u64, until, acts };
    if ussd.below(4) > 0 {
        return;
    }
    for _ in 0..=ussd.below(4) {
        ussd.exchange();
    }
}

impl Ussd<'_> {
    fn below(&mut self, bound: u64) -> u64 {
        self.chance.below(bound)
    }

    fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len() as u64) as usize]
    }

    fn exchange(&mut self) {
        let modem = self.below(self.modems) as usize;
        let ms = Duration::from_secs(100).as_millis() as u64 + self.below(self.until.as_millis().max(1) as u64);
        let at = |later_ms: u64| Tick::default().plus(Duration::from_millis(ms + later_ms));
        let wants = |ask| Act::Ussd(NewUssd { modem: format!("modem{modem}"), ask, asker: "the simulation".to_owned() });
        let code = self.pick(&[BALANCE, BALANCE, MENU.0, MENU.0, UNKNOWN]);
        for fault in self.faults(modem) {
            // A fault of an exchange has to be there before it.
            self.acts.push((Tick::default().plus(Duration::from_millis(ms.saturating_sub(1_000))), Act::Fault(fault)));
        }
        if self.below(3) == 0 {
            let (breaks, later) = (self.breaks(modem), self.below(4_000));
            self.acts.push((at(later), Act::Fault(breaks)));
        }
        self.acts.push((at(0), wants(UssdAsk::Code(code.to_owned()))));
        let next = 1_000 + self.below(40_000);
        match self.below(4) {
            0 => self.acts.push((at(next), wants(UssdAsk::Cancel))),
            1 | 2 if code == MENU.0 => {
                self.acts.push((at(next), wants(UssdAsk::Reply(CHOICE.0.to_owned()))));
            }
            // Somebody asks again, whatever is under way.
            _ => self.acts.push((at(next), wants(UssdAsk::Code(code.to_owned())))),
        }
    }

    fn faults(&mut self, modem: usize) -> Vec<Fault> {
        let fault = match self.below(12) {
            0 | 1 => Radio::UssdSilent,
            2 | 3 => Radio::UssdLate { ms: self.pick(LATE_MS) },
            4 => Radio::UssdEarly,
            5 => Radio::UssdEnds,
            6 | 7 => Radio::UssdRefuse { cme: self.pick(REFUSED) },
            8 => Radio::UssdForm { form: self.pick(FORMS) },
            _ => return Vec::new(),
        };
        vec![Fault::Radio { modem, fault, times: 1, until: None }]
    }

    /// What strikes in the middle of it.
    fn breaks(&mut self, modem: usize) -> Fault {
        let back = Duration::from_secs(1 + self.below(60));
        match self.below(5) {
            0 | 1 => Fault::Unplug { modem, back, renamed: self.below(2) == 0 },
            2 => Fault::Crash { back, power: self.below(2) == 0 },
            3 => Fault::DiskFull { back },
            _ => Fault::Restart { modem },
        }
    }
}
