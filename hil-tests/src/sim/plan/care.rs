//! Modems that have to be looked after: a SIM that is refused, a modem that falls with each text, one that its own help takes away,
//! one that nothing helps while the process dies again and again. By a chance of its own, beside everything else.

use std::time::Duration;

use answerback::chance::Seeded;
use answerback::terms::Policy;
use answerback::time::Tick;

use super::Act;
use crate::emulator::fault::{Fault as Radio, Place};
use crate::sim::fault::Fault;
use crate::sim::office::Ask;
use crate::sim::season::said_to;

/// Of so many sites each of these troubles is at one.
const SITES: u64 = 24;
/// Numbers that speak of the SIM.
const REFUSED: &[u16] = &[50, 69, 38];
/// Texts that meet the trouble.
const TEXTS: u64 = 8;

struct Care<'a> {
    chance: Seeded,
    modem: usize,
    people: &'a [(String, u64)],
    acts: &'a mut Vec<(Tick, Act)>,
}

/// What happens; until then it should go on.
pub(super) fn acts(seed: u64, modems: usize, people: &[(String, u64)], acts: &mut Vec<(Tick, Act)>) -> Tick {
    let mut chance = Seeded::new(seed ^ 0x00CA_4E5E);
    let trouble = chance.below(SITES);
    let modem = chance.below(modems as u64) as usize;
    let mut care = Care { chance, modem, people, acts };
    let minutes = match trouble {
        0 => care.refused(),
        1 => care.falls(),
        2 => care.taken_away(),
        3 => care.dead(),
        _ => 0,
    };
    Tick::default().plus(Duration::from_mins(minutes))
}

impl Care<'_> {
    fn at(&mut self, second: u64, act: Act) {
        let ms = second * 1_000 + self.chance.below(3_000);
        self.acts.push((Tick::default().plus(Duration::from_millis(ms)), act));
    }

    fn radio(&mut self, second: u64, fault: Radio, until: Duration) {
        self.at(second, Act::Fault(Fault::Radio { modem: self.modem, fault, times: 0, until: Some(until) }));
    }

    fn texts(&mut self, second: u64, apart: u64, policy: Policy) {
        for place in 0..TEXTS {
            let person = self.chance.below(self.people.len() as u64) as usize;
            let text = Act::Ask(Box::new(Ask::Message(said_to(&self.people[person].0, policy))));
            self.at(second + apart * place, text);
        }
    }

    fn refused(&mut self) -> u64 {
        let cms = REFUSED[self.chance.below(REFUSED.len() as u64) as usize];
        self.radio(120, Radio::Refuse { cms }, Duration::from_mins(25));
        self.texts(130, 10, Policy::Notice);
        40
    }

    fn falls(&mut self) -> u64 {
        let back_ms = Some(2_000 + self.chance.below(8_000));
        let place = if self.chance.below(2) == 0 { Place::NotTaken } else { Place::Taken };
        self.radio(120, Radio::Vanish { place, octets: 0, back_ms }, Duration::from_mins(45));
        self.texts(130, 60, Policy::Once);
        60
    }

    fn taken_away(&mut self) -> u64 {
        let back = Duration::from_mins(12 + self.chance.below(8));
        self.at(110, Act::Fault(Fault::TakenAway { modem: self.modem, back }));
        for second in [120, 1_800] {
            self.radio(second, Radio::Hung, Duration::from_mins(10));
        }
        50
    }

    fn dead(&mut self) -> u64 {
        self.radio(120, Radio::Dead, Duration::from_mins(50));
        for life in 1..5 {
            let back = Duration::from_secs(1 + self.chance.below(20));
            self.at(120 + 500 * life, Act::Fault(Fault::Crash { back, power: false }));
        }
        55
    }
}
