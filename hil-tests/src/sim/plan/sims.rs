//! What the SIMs of a site may send and have to prove, and a doubt that a duplicate ends: by chances of their own, beside everything
//! else.

use std::time::Duration;

use answerback::chance::Seeded;
use answerback::settings::{Caps, ProofOfLife};
use answerback::terms::Policy;
use answerback::time::Tick;

use super::{Act, Setup};
use crate::emulator::fault::Fault as Radio;
use crate::sim::fault::Fault;
use crate::sim::office::Ask;

const NONE: Caps = Caps { minute: 0, day: 0, month: 0, recipients: 0 };
/// What SIMs may send at some sites: less than these have to say.
const CAPS: &[Caps] = &[Caps { minute: 3, ..NONE }, Caps { day: 6, ..NONE }, Caps { month: 9, ..NONE }, Caps { recipients: 2, ..NONE }];
/// A proof that did not come in is missing by then.
const MISSING: Duration = Duration::from_mins(40);
/// What one modem has learnt about itself by then.
const TESTED_S: u64 = 420;

/// Of twelve sites four have caps, one of each kind, and three have proofs of life.
pub(super) fn setup(seed: u64) -> Setup {
    let (mut proofs, mut caps) = (None, None);
    match Seeded::new(seed ^ 0x51A5).below(12) {
        place @ 0..4 => caps = CAPS.get(place as usize).copied(),
        4 | 5 => proofs = Some(ProofOfLife::ITSELF),
        6 => (proofs, caps) = (Some(ProofOfLife::ANOTHER), Some(Caps { day: 9, recipients: 3, ..NONE })),
        _ => {}
    }
    Setup { proofs, caps, ..Setup::default() }
}

/// What happens for that; until then it should go on.
pub(super) fn acts(setup: &Setup, seed: u64, people: &[(String, u64)], acts: &mut Vec<(Tick, Act)>) -> Tick {
    let mut chance = Seeded::new(seed ^ 0xD0B1);
    let at = |seconds: u64| Tick::default().plus(Duration::from_secs(seconds));
    if chance.below(8) == 0 {
        held_for_a_phone(&mut chance, people, acts);
    }
    if setup.proofs.is_none() || chance.below(2) == 0 {
        return Tick::default();
    }
    acts.push((at(20), Act::Fault(Fault::Radio { modem: 0, fault: Radio::LosePart, times: 1, until: None })));
    at(0).plus(MISSING)
}

/// A self-test shows what a modem does with references. Later the centre holds a text for a phone that is off, and its answer is
/// lost: what is sent again is refused as a duplicate, where the modem sends the reference that it is given.
fn held_for_a_phone(chance: &mut Seeded, people: &[(String, u64)], acts: &mut Vec<(Tick, Act)>) {
    let person = chance.below(people.len() as u64) as usize;
    let mut at = |seconds: u64, act: Act| {
        let ms = seconds * 1_000 + chance.below(5_000);
        acts.push((Tick::default().plus(Duration::from_millis(ms)), act));
    };
    at(60, Act::SelfTest { modem: 0 });
    at(TESTED_S, Act::Fault(Fault::PhoneOff { person, back: Duration::from_mins(30) }));
    at(TESTED_S + 10, Act::Fault(Fault::Radio { modem: 0, fault: Radio::LostAnswer { taken: true }, times: 1, until: None }));
    let message = crate::sim::season::said_to(&people[person].0, Policy::Alarm);
    at(TESTED_S + 20, Act::Ask(Box::new(Ask::Message(message))));
}
