//! Proof of life: a SIM is said to live only where a text of it came in, and to give no proof only where none did in its time,
//! with a task for a person that stands until one does; and nobody pays for more proofs than were asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use answerback::store::Life as Row;
use answerback::time::{Tick, Timestamp};

use super::inbound::Inbox;
use super::ledger::Ledger;
use crate::sim::Sim;
use crate::sim::site::{PROOF_EVERY, proof_of};

/// A proof that has not come in by then is missing.
const AWAITED_MAX: Duration = Duration::from_mins(30);

/// What was seen of proofs so far.
#[derive(Debug, Default)]
pub(super) struct Lives {
    rows: BTreeMap<String, Row>,
    /// Proofs that each SIM was to send.
    asked: BTreeMap<String, u32>,
    /// Proofs that came in, and that did not.
    pub(super) came: u64,
    pub(super) missing: u64,
}

impl Lives {
    /// Judges what has changed since the last look.
    pub(super) fn look(&mut self, sim: &Sim, ledger: &Ledger, inbox: &Inbox) -> Result<(), String> {
        if sim.setup.proofs.is_none() {
            return Ok(());
        }
        let rows = sim.read(|reader| reader.lives()).map_err(|error| error.to_string())?;
        for row in rows {
            let text = row.message.and_then(|id| ledger.life(id)).map(|life| life.message.text.expose().to_owned());
            let here = text.as_deref().is_some_and(|text| inbox.has(text));
            let before = self.rows.insert(row.iccid.clone(), row.clone());
            self.came += u64::from(proved_now(before.as_ref(), &row, here)?);
            let now = (sim.clock_steps == 0).then(|| sim.now());
            self.missing += u64::from(missing_now(before.as_ref(), &row, now)?);
            self.not_too_often(sim, before.as_ref(), &row)?;
            let tasks = sim.read(|reader| reader.open_modem_tasks(&proof_of(&row.iccid))).map_err(|error| error.to_string())?;
            if tasks.len() != usize::from(row.missing) {
                return Err(format!("SIM {} misses a proof: {}; tasks for a person: {}", row.iccid, row.missing, tasks.len()));
            }
        }
        Ok(())
    }

    fn not_too_often(&mut self, sim: &Sim, before: Option<&Row>, row: &Row) -> Result<(), String> {
        let asked = self.asked.entry(row.iccid.clone()).or_default();
        if row.message.is_none() || before.is_some_and(|before| before.message == row.message) {
            return Ok(());
        }
        *asked += 1;
        let passed = sim.tick().since(Tick::default());
        // Each step of the clock may be taken for the end of an interval.
        let most = 1 + 2 * u64::from(sim.clock_steps) + passed.as_secs() / PROOF_EVERY.as_secs();
        if u64::from(*asked) > most {
            return Err(format!("SIM {} was to send {asked} proofs within {passed:?}", row.iccid));
        }
        Ok(())
    }
}

/// Whether a proof is said to have come in since the last look; `here`: the text is on disk.
fn proved_now(before: Option<&Row>, row: &Row, here: bool) -> Result<bool, String> {
    let proved = row.proved_at.is_some() && before.is_none_or(|before| before.proved_at != row.proved_at);
    if (proved || (!row.awaited && !row.missing && row.message.is_some())) && !here {
        return Err(format!("SIM {} is said to have proved that it lives, and no text of it came in", row.iccid));
    }
    if row.awaited && here {
        return Err(format!("the proof of SIM {} came in and is waited for", row.iccid));
    }
    Ok(proved)
}

/// Whether a proof is said to be missing since the last look; `now`: where the clock tells.
fn missing_now(before: Option<&Row>, row: &Row, now: Option<Timestamp>) -> Result<bool, String> {
    let Some(before) = before.filter(|before| before.awaited && row.missing && !row.awaited) else { return Ok(false) };
    match before.asked_at.zip(now) {
        Some((asked, now)) if now < asked.plus(AWAITED_MAX) => {
            Err(format!("SIM {} is said to give no proof before its time was over", row.iccid))
        }
        Some(_) | None => Ok(true),
    }
}

#[cfg(test)]
mod tests {
    use answerback::chance::Seeded;
    use answerback::ids::MessageId;

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000);

    fn row(awaited: bool, missing: bool) -> Row {
        Row {
            iccid: "A".to_owned(),
            token: None,
            message: Some(MessageId::new(NOW, &mut Seeded::new(1))),
            asked_at: Some(NOW),
            awaited,
            missing,
            proved_at: None,
            due_at: NOW.plus(AWAITED_MAX),
        }
    }

    #[test]
    fn a_proof_is_a_text_that_came_in() {
        let asked = row(true, false);
        let proved = Row { proved_at: Some(NOW), ..row(false, false) };
        assert_eq!(proved_now(Some(&asked), &proved, true), Ok(true));
        assert_eq!(proved_now(Some(&asked), &asked, false), Ok(false));
        assert!(proved_now(Some(&asked), &proved, false).is_err() && proved_now(Some(&asked), &asked, true).is_err());
    }

    #[test]
    fn it_is_missing_when_its_time_is_over() {
        let (asked, missing) = (row(true, false), row(false, true));
        assert_eq!(missing_now(Some(&asked), &missing, Some(NOW.plus(AWAITED_MAX))), Ok(true));
        assert!(missing_now(Some(&asked), &missing, Some(NOW)).is_err());
        assert_eq!(missing_now(Some(&asked), &missing, None), Ok(true), "the clock was set");
        assert_eq!(missing_now(Some(&asked), &row(false, false), Some(NOW)), Ok(false));
    }
}
