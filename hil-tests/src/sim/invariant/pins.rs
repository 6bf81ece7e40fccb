//! No SIM loses a try: whatever the ports are called, only its own PIN is typed. A wrong one that a person tells costs one try.

use std::collections::BTreeMap;

use crate::emulator::world::World;

/// A right PIN gives the tries back; the box sends none while one is missing.
const TRIES: u8 = 3;

pub(super) fn none_wrong(world: &World, told_wrong: &BTreeMap<String, u8>) -> Result<(), String> {
    let lost = |iccid: &str| told_wrong.get(iccid).copied().unwrap_or_default();
    let mut cards = world.brains().iter().map(|brain| brain.card());
    let wrong = cards.find(|card| card.pin_tries < TRIES.saturating_sub(lost(&card.iccid)));
    wrong.map_or(Ok(()), |card| Err(format!("SIM {} has {} tries left", card.iccid, card.pin_tries)))
}
