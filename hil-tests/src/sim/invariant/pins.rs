//! No SIM loses a try: whatever the ports are called, only its own PIN is typed.

use crate::emulator::world::World;

/// A right PIN gives the tries back; the box sends none while one is missing.
const TRIES: u8 = 3;

pub(super) fn none_wrong(world: &World) -> Result<(), String> {
    let wrong = world.brains().iter().map(|brain| brain.card()).find(|card| card.pin_tries < TRIES);
    wrong.map_or(Ok(()), |card| Err(format!("SIM {} has {} tries left", card.iccid, card.pin_tries)))
}
