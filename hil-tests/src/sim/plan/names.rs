//! Sticks that change their names: by a chance of their own, beside everything else.

use std::time::Duration;

use answerback::chance::Seeded;
use answerback::time::Tick;

use super::Act;
use crate::sim::fault::Fault;

/// At one of six sites with several modems two of them swap their names now and then; all the cards of such a site ask for their PINs.
pub(super) fn swapped(seed: u64, modems: usize, until: Duration, acts: &mut Vec<(Tick, Act)>) -> bool {
    let mut chance = Seeded::new(seed ^ 0x5_3A4E);
    let modems = modems as u64;
    if modems < 2 || chance.below(6) > 0 {
        return false;
    }
    for _ in 0..=chance.below(2) {
        let one = chance.below(modems);
        let other = (one + 1 + chance.below(modems - 1)) % modems;
        let at = Tick::default().plus(Duration::from_millis(chance.below(until.as_millis().max(1) as u64)));
        let back = Duration::from_secs(1 + chance.below(90));
        acts.push((at, Act::Fault(Fault::Swap { one: one as usize, other: other as usize, back })));
    }
    true
}
