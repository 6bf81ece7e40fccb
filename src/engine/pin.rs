//! Which PIN a SIM gets. A wrong one costs one of its three tries, so a PIN follows the SIM: by its ICCID where the modem tells it,
//! else by the modem's IMEI. Names of ports change places whenever sticks are plugged in; a PIN of which only the name is known is
//! sent only where no other modem's SIM could be meant.

use super::{Reject, Work};
use crate::modem::io::{Pin, PinRefusal};
use crate::signature::sha256_hex;
use crate::store::{Modem, ModemState, SimPin};

/// A SIM that asks for its PIN.
#[derive(Debug, Clone, Copy)]
pub struct Locked<'a> {
    /// What the modem is called now.
    pub modem: &'a str,
    /// Its ICCID, or `imei:` and the IMEI where the SIM does not tell its ICCID before the PIN.
    pub sim: &'a str,
    /// The IMEI; empty where the modem does not tell it.
    pub imei: &'a str,
}

/// How a SIM is named whose ICCID is not known: by its modem.
const BY_MODEM: &str = "imei:";

impl<'a> Locked<'a> {
    fn iccid(self) -> Option<&'a str> {
        known(self.sim).filter(|sim| !sim.starts_with(BY_MODEM))
    }
}

fn known(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Sets the PIN of the SIM in a modem; `None` takes it away.
pub fn set(work: &mut Work<'_, '_>, name: &str, pin: Option<&str>) -> Result<(), Reject> {
    if pin.is_some_and(|pin| !(4..=8).contains(&pin.len()) || !pin.bytes().all(|digit| digit.is_ascii_digit())) {
        return Err(Reject::at("invalid", "/pin", "a PIN has 4 to 8 digits"));
    }
    let modem = work.tx.modem(name)?.ok_or_else(|| Reject::not_found("modem"))?;
    let (iccid, imei) = if says_who_it_is(&modem) { (modem.iccid, modem.imei) } else { (None, None) };
    // A person has looked at the SIM; the driver still sends nothing unless all three tries are left.
    for sim in [iccid.clone(), imei.as_ref().map(|imei| format!("{BY_MODEM}{imei}"))].into_iter().flatten() {
        work.tx.forget_pin_failures(&sim)?;
    }
    let new = SimPin { n: 0, iccid, imei, modem: name.to_owned(), pin: pin.unwrap_or_default().to_owned(), set_at: work.now };
    for old in work.tx.pins()?.iter().filter(|old| takes_the_place_of(&new, old)) {
        work.tx.remove_pin(old.n)?;
    }
    if pin.is_some() { Ok(work.tx.insert_pin(&new)?) } else { Ok(()) }
}

/// Whether what its row says of modem and SIM was said by what is there now: the row of a port without a modem, and all rows at
/// start, still tell of what was there before.
fn says_who_it_is(modem: &Modem) -> bool {
    match modem.state {
        ModemState::Ready => true,
        ModemState::NotReady => !modem.code.as_deref().is_none_or(|code| code == "lost" || code.starts_with("port_")),
        ModemState::Unknown => false,
    }
}

fn takes_the_place_of(new: &SimPin, old: &SimPin) -> bool {
    let same_sim = new.iccid.is_some() && new.iccid == old.iccid;
    let same_modem = new.imei.is_some() && new.imei == old.imei && (new.iccid.is_none() || old.iccid.is_none());
    let same_name = has_only_a_name(old) && new.modem == old.modem;
    same_sim || same_modem || same_name
}

fn has_only_a_name(pin: &SimPin) -> bool {
    pin.iccid.is_none() && pin.imei.is_none()
}

/// Gives the PIN of a SIM and notes it as failed, so that it is sent once whatever happens; or says why none is to be sent.
pub fn try_once(work: &mut Work<'_, '_>, card: Locked<'_>) -> Result<Result<Pin, PinRefusal>, Reject> {
    let pins = work.tx.pins()?;
    let found = match (of_card(&pins, card), of_name(&pins, card.modem)) {
        (Some(own), _) => own,
        (None, Some(named)) if nobody_else_is_meant(work, &pins, card)? => named,
        (None, Some(_)) => return Ok(Err(PinRefusal::Whose)),
        (None, None) => return Ok(Err(PinRefusal::NotSet)),
    };
    let hash = hash(card.sim, &found.pin);
    if work.tx.pin_failed(card.sim, &hash)? {
        return Ok(Err(PinRefusal::Spent));
    }
    work.tx.insert_pin_failure(card.sim, &hash, work.now)?;
    Ok(Ok(Pin::new(&found.pin)))
}

/// The SIM took its PIN: the note is void, and the PIN is its own from now on.
pub fn accepted(work: &mut Work<'_, '_>, card: Locked<'_>) -> Result<(), Reject> {
    let pins = work.tx.pins()?;
    let Some(found) = of_card(&pins, card).or_else(|| of_name(&pins, card.modem)) else { return Ok(()) };
    work.tx.remove_pin_failure(card.sim, &hash(card.sim, &found.pin))?;
    let own = |text: Option<&str>, before: &Option<String>| text.map(str::to_owned).or_else(|| before.clone());
    let bound = SimPin {
        iccid: own(card.iccid(), &found.iccid),
        imei: own(known(card.imei), &found.imei),
        modem: card.modem.to_owned(),
        ..found.clone()
    };
    Ok(work.tx.bind_pin(&bound)?)
}

/// The PIN of this SIM; or of this modem's SIM, unless that was another one.
fn of_card<'a>(pins: &'a [SimPin], card: Locked<'_>) -> Option<&'a SimPin> {
    let (iccid, imei) = (card.iccid(), known(card.imei));
    let of_sim = pins.iter().find(|pin| iccid.is_some() && pin.iccid.as_deref() == iccid);
    let is_the_modems = |pin: &&SimPin| imei.is_some() && pin.imei.as_deref() == imei && (iccid.is_none() || pin.iccid.is_none());
    of_sim.or_else(|| pins.iter().find(is_the_modems))
}

fn of_name<'a>(pins: &'a [SimPin], modem: &str) -> Option<&'a SimPin> {
    pins.iter().find(|pin| has_only_a_name(pin) && pin.modem == modem)
}

/// Whether what was set for a name can only be meant for the modem that has it now: no other PIN has just a name, and every other
/// modem is ready without it.
fn nobody_else_is_meant(work: &Work<'_, '_>, pins: &[SimPin], card: Locked<'_>) -> Result<bool, Reject> {
    let another_name = pins.iter().any(|pin| has_only_a_name(pin) && pin.modem != card.modem);
    let is_another = |modem: &Modem| modem.name != card.modem && (card.imei.is_empty() || modem.imei.as_deref() != Some(card.imei));
    let another_asks = work.tx.modems()?.iter().any(|modem| is_another(modem) && modem.state != ModemState::Ready);
    Ok(!another_name && !another_asks)
}

/// Four digits are found in a moment from any hash: this keeps the PIN out of sight, not secret.
fn hash(sim: &str, pin: &str) -> String {
    sha256_hex(format!("{sim}:{pin}").as_bytes())
}
