//! What the modems do with references and with what comes in, and the self-tests that find it out: by chances of their own, beside
//! everything else.

use std::time::Duration;

use answerback::chance::Seeded;
use answerback::time::Tick;

use super::Act;
use crate::emulator::brain::Habits;
use crate::emulator::dialect::Dialect;

/// One of six modems shows what comes in and keeps it nowhere.
const SHOWS_ONLY_OF: u64 = 6;
/// Without phase 2+ nobody could tell such a modem that the box has a text.
const PHASE_2_PLUS: &str = "+CSMS=1";

pub(super) fn of(seed: u64, modems: &[&'static Dialect], acts: &mut Vec<(Tick, Act)>) -> Vec<Habits> {
    let (mut chance, mut shows) = (Seeded::new(seed ^ 0x5E1F), Seeded::new(seed ^ 0x0C37));
    let mut coin = |of: u64| chance.below(of);
    let mut habits = Vec::new();
    for (modem, dialect) in modems.iter().enumerate() {
        let shows_only = shows.below(SHOWS_ONLY_OF) == 0 && !dialect.refused.contains(&PHASE_2_PLUS);
        habits.push(Habits { honours_mr: coin(2) == 0, keeps_reference: coin(3) > 0, says_sent: coin(3) > 0, shows_only });
        for _ in 0..coin(3) {
            let at = Tick::default().plus(Duration::from_secs(90 + coin(3_600)));
            acts.push((at, Act::SelfTest { modem }));
        }
    }
    habits
}
