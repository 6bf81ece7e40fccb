//! What must hold after every instant, and at rest. Each file is one promise of reliability.md.

mod outcome;
mod queues;

use super::{Sim, Violation};

/// What invariants remember between looks.
#[derive(Debug, Default)]
pub struct Memory {
    /// Commits that were looked at.
    commits: u64,
    taken: usize,
}

/// A promise: `Err` says in words how it was broken.
type Invariant = (&'static str, fn(&Sim) -> Result<(), String>);

/// After each instant at which something was committed, taken by the network or called.
const ALWAYS: &[Invariant] = &[
    ("a 202 is on disk", outcome::answered_is_on_disk),
    ("no submission without its attempt", outcome::taken_has_an_attempt),
    ("no silent second submission", outcome::no_silent_twice),
    ("bounded queues", queues::bounded),
];
/// When the site has come to rest.
const AT_REST: &[Invariant] = &[("nothing is in hand", outcome::nothing_in_hand)];

/// Looks at everything, where something has changed.
pub(super) fn check(sim: &mut Sim) -> Option<Violation> {
    let taken = sim.world.network().taken().len();
    if sim.memory.commits == sim.commits && sim.memory.taken == taken {
        return None;
    }
    (sim.memory.commits, sim.memory.taken) = (sim.commits, taken);
    first(sim, ALWAYS)
}

/// Looks at everything once more, and at what only rest can show.
pub(super) fn at_rest(sim: &mut Sim) -> Option<Violation> {
    first(sim, ALWAYS).or_else(|| first(sim, AT_REST))
}

fn first(sim: &Sim, invariants: &[Invariant]) -> Option<Violation> {
    invariants.iter().find_map(|(name, holds)| holds(sim).err().map(|words| Violation { name, words }))
}
