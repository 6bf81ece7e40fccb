//! What each SIM sent of what it may send: counted in the transaction that begins an attempt, so that no restart forgets it.

use super::book::SETTINGS;
use super::emit::About;
use super::{Reject, Work};
use crate::conversation::hours;
use crate::delivery::cap::{Cap, Held, Passes};
use crate::msisdn::Msisdn;
use crate::settings::Settings;
use crate::store::{self, Message, Part, Reader, Sim};
use crate::terms::Word as _;
use crate::time::Timestamp;

/// What holds a text back from a SIM: nothing that it passes, and whom a SIM has texted today it may text again where only
/// people are counted.
pub(super) fn bar(reader: &Reader<'_>, sim: &Sim, passes: Passes, to: &Msisdn, now: Timestamp) -> store::Result<Option<Held>> {
    let bars = |held: &Held| held.until > now && passes.is_held_at(held.cap);
    let Some(held) = sim.held.filter(bars) else { return Ok(None) };
    if held.cap != Cap::Recipients || !reader.was_texted(to, &sim.iccid, sim.usage.day_from())? {
        return Ok(Some(held));
    }
    // The other caps count whoever it is for.
    let settings: Settings = reader.setting(SETTINGS)?.unwrap_or_default();
    Ok(sim.usage.held_for_all(&settings.caps).filter(bars))
}

/// When something that a SIM at its cap holds may leave next.
pub(super) fn room_at(sim: &Sim, now: Timestamp) -> Option<Timestamp> {
    let held = sim.held?;
    let minute = (held.cap == Cap::Recipients).then_some(sim.usage.minute_until).filter(|until| *until > now);
    Some(minute.map_or(held.until, |minute| minute.min(held.until)))
}

/// Whether a SIM has come to its cap since it was given `part`.
pub(super) fn holds(work: &Work<'_, '_>, iccid: &str, part: &Part) -> Result<bool, Reject> {
    let Some(sim) = work.tx.sim(iccid)? else { return Ok(false) };
    Ok(bar(work.tx, &sim, part.passes, &part.to, work.now)?.is_some())
}

/// One more part of `message` is about to leave on a SIM.
pub(super) fn count(work: &mut Work<'_, '_>, sim: &mut Sim, modem: &str, message: &Message) -> Result<(), Reject> {
    sim.usage = std::mem::take(&mut sim.usage).at(work.now, &hours::zone(None, None, &work.book.settings));
    let today = sim.usage.day_from();
    // Another part of it, or the same once more: the person was counted with the first, on this SIM and today.
    let begun = work.tx.attempts_of(message.id)?.iter().any(|attempt| attempt.sim == sim.iccid && attempt.at >= today);
    let new_person = !begun && !work.tx.was_texted(&message.to, &sim.iccid, today)?;
    sim.usage.count(new_person);
    let before = sim.held.filter(|held| held.until > work.now);
    sim.held = sim.usage.held(&work.book.settings.caps);
    match sim.held {
        Some(held) if before.map(|before| before.cap) != Some(held.cap) && held.cap != Cap::Minute => tell(work, sim, modem, held),
        Some(_) | None => Ok(()),
    }
}

/// The caps or the zone were changed: who is held now?
pub(super) fn look_again(work: &mut Work<'_, '_>, settings: &Settings) -> Result<(), Reject> {
    let zone = hours::zone(None, None, settings);
    for mut sim in work.tx.sims()? {
        sim.usage = sim.usage.at(work.now, &zone);
        let held = sim.usage.held(&settings.caps);
        if held != sim.held {
            sim.held = held;
            work.tx.save_sim(&sim)?;
        }
    }
    Ok(())
}

fn tell(work: &mut Work<'_, '_>, sim: &Sim, modem: &str, held: Held) -> Result<(), Reject> {
    tracing::warn!(modem, cap = held.cap.word(), until = %held.until, "A SIM has come to its cap: until then only safety and alarms leave on it");
    let data = serde_json::json!({ "modem": modem, "iccid": sim.iccid, "cap": held.cap.word(), "held_until": held.until.to_string() });
    work.emit("modem.sim", About { subject: modem, msisdn: None, session: None }, data)?;
    Ok(())
}
