//! Caps: what left a SIM on air in a minute, a day, a month, and for how many people, against what it may send; whatever the box
//! has counted, and however often it died. Safety, alarms, pages and the box's own answers pass; an alarm of a lower rank passes the
//! cap of a minute.

use std::collections::BTreeSet;

use answerback::delivery::cap::Passes;
use answerback::settings::Caps;
use answerback::store::Message;
use answerback::terms::{Policy, Word as _};
use answerback::time::{Tick, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::ledger::{Ledger, Life, Submission};
use crate::sim::Sim;
use crate::sim::site::ZONE;

const MINUTE_MS: i64 = 60_000;
const DAY_S: u64 = 86_400;

/// What left so far.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// So much of the network's log was looked at.
    seen: usize,
    parts: Vec<Left>,
    /// SIM, cap and end of the window of every cap that a SIM came to.
    reached: BTreeSet<(String, &'static str, Timestamp)>,
}

/// A part that left.
#[derive(Debug, Clone)]
struct Left {
    sim: String,
    to: String,
    passes: Passes,
    /// When the box began it, and the day of that.
    at: Timestamp,
    day: Date,
    /// The day in which its answer came.
    answered: Option<Date>,
}

impl Sent {
    /// Judges what left since the last look.
    pub(super) fn look(&mut self, sim: &Sim, ledger: &Ledger) -> Result<(), String> {
        let Some(caps) = sim.setup.caps else { return Ok(()) };
        for one in sim.read(|reader| reader.held_sims(sim.now())).unwrap_or_default() {
            self.reached.extend(one.held.map(|held| (one.iccid.clone(), held.cap.word(), held.until)));
        }
        let count = sim.world().network().taken().len();
        if count == self.seen {
            return Ok(());
        }
        let zone = TimeZone::get(ZONE).map_err(|error| error.to_string())?;
        let new = |one: &&Submission| one.place >= self.seen;
        let mut news: Vec<(usize, Left)> = ledger
            .lives()
            .flat_map(|life| life.taken.iter().filter(new).filter_map(|one| Some((one.place, left(life, one, &zone)?))))
            .collect();
        news.sort_by_key(|(place, _)| *place);
        self.seen = count;
        for (_, one) in news {
            let own: Vec<&Left> = self.parts.iter().filter(|other| other.sim == one.sim).collect();
            match sim.clock_steps {
                _ if one.passes == Passes::Every => {}
                0 => within(&caps, &own, &one)?,
                steps => nearly_within(&caps, &own, &one, windows(sim, steps))?,
            }
            self.parts.push(one);
        }
        Ok(())
    }

    /// The caps that SIMs came to.
    pub(super) fn reached(&self) -> impl Iterator<Item = &'static str> {
        self.reached.iter().map(|(_, cap, _)| *cap)
    }
}

fn left(life: &Life, one: &Submission, zone: &TimeZone) -> Option<Left> {
    let attempt = life.attempts.iter().find(|attempt| attempt.id == one.attempt)?;
    let part = life.parts.iter().find(|part| part.key == attempt.part)?;
    let day = |at: Timestamp| at.civil(zone).date();
    Some(Left {
        sim: attempt.sim.clone(),
        to: life.message.to.e164().to_owned(),
        passes: if may_pass(&life.message, part.passes) { part.passes } else { Passes::None },
        at: attempt.at,
        day: day(attempt.at),
        answered: attempt.settled_at.map(day),
    })
}

/// Whether a text is one that passes so much: urgent, a page of a flow, an alarm.
fn may_pass(message: &Message, passes: Passes) -> bool {
    match passes {
        Passes::None => true,
        Passes::Minute => message.policy == Policy::Alarm,
        Passes::Every => message.rank.is_urgent() || message.session.is_some(),
    }
}

/// Every step of the clock, and every setting right, may begin each window anew.
fn windows(sim: &Sim, steps: u32) -> u32 {
    let days = sim.tick().since(Tick::default()).as_secs() / DAY_S;
    2 + 2 * steps + u32::try_from(days).unwrap_or(u32::MAX / 4)
}

fn within(caps: &Caps, before: &[&Left], one: &Left) -> Result<(), String> {
    let count = |fits: &dyn Fn(&Left) -> bool| before.iter().filter(|other| fits(other)).count();
    // A minute begins with its first part: sixty seconds lie in two of them at most.
    let minute = count(&|other| other.passes == Passes::None && one.at.ms_since(other.at) < MINUTE_MS);
    if one.passes == Passes::None {
        bounded("two minutes", 2 * caps.minute, minute, one)?;
    }
    bounded("a day", caps.day, count(&|other| other.day == one.day), one)?;
    let month = |day: Date| (day.year(), day.month());
    bounded("a month", caps.month, count(&|other| month(other.day) == month(one.day)), one)?;
    // Who was texted today may be texted again.
    let today: BTreeSet<&str> = before.iter().filter(|other| is_today(other, one.day)).map(|other| other.to.as_str()).collect();
    if today.contains(one.to.as_str()) {
        return Ok(());
    }
    bounded("people in a day", caps.recipients, today.len(), one)
}

fn is_today(other: &Left, day: Date) -> bool {
    other.day == day || other.answered == Some(day)
}

/// Where the clock is set nobody can tell one day from the other; but there are not more of them. What passes every cap fills the
/// day in which it leaves, and takes nothing from the others.
fn nearly_within(caps: &Caps, before: &[&Left], one: &Left, windows: u32) -> Result<(), String> {
    let held = before.iter().filter(|other| other.passes != Passes::Every).count();
    bounded("its days", caps.day.saturating_mul(windows), held, one)?;
    bounded("its months", caps.month.saturating_mul(windows), held, one)
}

fn bounded(window: &str, cap: u32, before: usize, one: &Left) -> Result<(), String> {
    if cap == 0 || before < cap as usize {
        return Ok(());
    }
    Err(format!("SIM {} may send {cap} in {window}, had sent {before}, and texted {} at {}", one.sim, one.to, one.at))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPS: Caps = Caps { minute: 2, day: 5, month: 6, recipients: 2 };

    /// To whom, on which day of November, at which second of it.
    fn left((to, day, second): (&str, i8, i64)) -> Left {
        let date = jiff::civil::date(2026, 11, day);
        let at = Timestamp::from_unix_ms(i64::from(day) * 86_400_000 + second * 1_000);
        Left { sim: "A".to_owned(), to: to.to_owned(), passes: Passes::None, at, day: date, answered: None }
    }

    fn check(before: &[(&str, i8, i64)], one: (&str, i8, i64)) -> bool {
        let before: Vec<Left> = before.iter().copied().map(left).collect();
        within(&CAPS, &before.iter().collect::<Vec<_>>(), &left(one)).is_ok()
    }

    #[test]
    fn each_cap_is_one_more_than_enough() {
        let minute = [("a", 23, 0), ("a", 23, 1), ("a", 23, 2)];
        assert!(check(&minute, ("a", 23, 3)) && check(&minute, ("b", 23, 3)));
        assert!(!check(&[minute.as_slice(), &[("a", 23, 3)]].concat(), ("a", 23, 4)), "a minute");
        let alarm = Left { passes: Passes::Minute, ..left(("a", 23, 4)) };
        let before: Vec<Left> = [minute.as_slice(), &[("a", 23, 3)]].concat().into_iter().map(left).collect();
        assert!(within(&CAPS, &before.iter().collect::<Vec<_>>(), &alarm).is_ok(), "an alarm waits for no minute");
        let day = [("a", 23, 0), ("a", 23, 100), ("a", 23, 200), ("a", 23, 300), ("a", 23, 400)];
        assert!(!check(&day, ("a", 23, 500)) && check(&day, ("a", 24, 0)), "a day");
        assert!(!check(&[day.as_slice(), &[("a", 24, 0)]].concat(), ("a", 25, 0)), "a month");
        let people = [("a", 23, 0), ("b", 23, 100)];
        assert!(!check(&people, ("c", 23, 200)) && check(&people, ("b", 23, 200)) && check(&people, ("c", 24, 0)), "people");
    }

    #[test]
    fn where_the_clock_is_set_what_passes_the_caps_is_not_counted() {
        let before = |passes: Passes, count: i64| (0..count).map(|second| Left { passes, ..left(("a", 23, second)) }).collect::<Vec<_>>();
        let may = |before: &[Left]| nearly_within(&CAPS, &before.iter().collect::<Vec<_>>(), &left(("a", 24, 0)), 2).is_ok();
        assert!(may(&before(Passes::Every, 100)) && may(&before(Passes::None, 9)));
        assert!(!may(&before(Passes::None, 10)) && !may(&before(Passes::Minute, 10)), "two days");
    }
}
