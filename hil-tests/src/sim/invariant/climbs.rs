//! The ladder harms nobody: a modem is restarted in one way three times an hour at most, however often the process died; and what has
//! taken a modem away is noted, and tried on none of its model again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use answerback::modem::io::ModemEvent;
use answerback::terms::Rung;
use answerback::time::Tick;

use crate::emulator::brain::Brain;
use crate::sim::Sim;

const RESTARTS_MAX: usize = 3;
const HOUR: Duration = Duration::from_hours(1);
/// What a process was told this long before it died may not be on disk: it was full, or slow.
const WRITTEN: Duration = Duration::from_mins(4);
/// A port that is away for so long is noted as harm.
const NOTED: Duration = Duration::from_mins(8);

/// Every modem.
#[derive(Debug, Default)]
pub(super) struct Climbs {
    modems: BTreeMap<usize, Seen>,
    /// Rungs that took a modem away, and that was noted.
    pub(super) harmed: u64,
    /// Restarts that were the last ones of their hour.
    pub(super) spent: u64,
}

#[derive(Debug, Default)]
struct Seen {
    life: u64,
    restarts: Vec<(Rung, Tick)>,
    /// What had harmed its model when its driver was made.
    harmful: BTreeSet<Rung>,
    /// What has taken it away, when, and in which life of the process.
    away: Option<(Rung, Tick, u64)>,
}

impl Climbs {
    fn of(&mut self, now: Tick, life: u64, modem: usize) -> &mut Seen {
        let seen = self.modems.entry(modem).or_default();
        if seen.life != life {
            seen.life = life;
            seen.restarts.retain(|(_, at)| now.since(*at) > WRITTEN);
        }
        seen
    }

    /// A driver is made for a modem.
    pub(super) fn born(&mut self, sim: &Sim, life: u64, modem: usize) {
        let Some(brain) = sim.world().brains().get(modem) else { return };
        let records = sim.read(|reader| reader.rung_records(&model(brain))).unwrap_or_default();
        let harmful = records.into_iter().filter(|record| record.harmed > 0 && record.harmed >= record.mended);
        // A modem that comes to a port of another one, or to a new one, is known when it has said who it is.
        let known = sim.read(|reader| reader.modem(&sim.modem_name(modem))).ok().flatten().and_then(|row| row.imei);
        let harmful = harmful.filter(|_| known.as_deref() == Some(brain.imei())).map(|record| record.rung).collect();
        self.of(sim.tick(), life, modem).harmful = harmful;
    }

    /// A driver tells something of a modem; `sets_clock`: nobody can tell one hour from another.
    pub(super) fn hears(&mut self, now: Tick, life: u64, modem: usize, event: &ModemEvent) -> Result<(), String> {
        let ModemEvent::Rung { rung, .. } = event else { return Ok(()) };
        let seen = self.of(now, life, modem);
        if seen.harmful.contains(rung) {
            return Err(format!("modem{modem} is helped by {rung:?}, which has harmed its model"));
        }
        if !rung.restarts() {
            return Ok(());
        }
        seen.restarts.retain(|(_, at)| now.since(*at) < HOUR);
        let before = seen.restarts.iter().filter(|(of, _)| of == rung).count();
        seen.restarts.push((*rung, now));
        self.spent += u64::from(before + 1 == RESTARTS_MAX);
        if before < RESTARTS_MAX {
            return Ok(());
        }
        Err(format!("modem{modem} is restarted by {rung:?} {} times within an hour", before + 1))
    }

    /// A restart takes a modem away.
    pub(super) fn taken_away(&mut self, now: Tick, life: u64, modem: usize, rung: Rung) {
        self.of(now, life, modem).away = Some((rung, now, life));
    }

    /// Its port is there again.
    pub(super) fn back(&mut self, sim: &Sim, life: u64, modem: usize) -> Result<(), String> {
        let now = sim.tick();
        let away = self.of(now, life, modem).away.take().filter(|(_, since, of)| *of == life && now.since(*since) > NOTED);
        let (Some((rung, ..)), Some(brain)) = (away, sim.world().brains().get(modem)) else { return Ok(()) };
        let records = sim.read(|reader| reader.rung_records(&model(brain))).unwrap_or_default();
        if records.iter().any(|record| record.rung == rung && record.harmed > 0) {
            self.harmed += 1;
            return Ok(());
        }
        Err(format!("{rung:?} has taken modem{modem} away, and nobody has noted that"))
    }

    /// Its port has another name: who is there shows later.
    pub(super) fn renamed(&mut self, modem: usize) {
        self.modems.remove(&modem);
    }
}

/// What a modem says of its make.
fn model(brain: &Brain) -> String {
    format!("{} {}", brain.dialect().manufacturer, brain.dialect().model)
}

#[cfg(test)]
mod tests {
    use answerback::terms::Ailment;

    use super::*;

    /// Resets at these minutes, and in which life of the process; whether all of them may be.
    fn check(name: &str, resets: &[(u64, u64)], may: bool) {
        let mut seen = Climbs::default();
        let event = ModemEvent::Rung { rung: Rung::Reset, ailment: Ailment::NoAnswer };
        let mut all = resets.iter().map(|(minute, life)| {
            let at = Tick::from_nanos(0).plus(Duration::from_mins(*minute));
            seen.hears(at, *life, 0, &event)
        });
        assert_eq!(all.all(|one| one.is_ok()), may, "{name}");
    }

    #[test]
    fn three_restarts_an_hour() {
        check("three", &[(0, 1), (5, 1), (10, 1)], true);
        check("four", &[(0, 1), (5, 1), (10, 1), (59, 1)], false);
        check("behind the hour", &[(0, 1), (5, 1), (10, 1), (60, 1)], true);
        check("in another life", &[(0, 1), (5, 1), (10, 1), (20, 2)], false);
        check("one that may not be on disk", &[(0, 1), (5, 1), (10, 1), (12, 2)], true);
    }
}
