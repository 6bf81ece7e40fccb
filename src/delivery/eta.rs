//! When something that waits should be on air: a pure function of how fast each SIM was seen to send, what it may still send,
//! what stands in front and what the part asks of its SIM. It never promises less than is known: people are counted as if each
//! part were for another one.

use std::collections::BTreeMap;
use std::time::Duration;

use super::cap::Usage;
use super::route::SimWish;
use crate::settings::Caps;
use crate::time::Timestamp;

/// A SIM in a modem that can send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Which.
    pub iccid: String,
    /// How long a part takes on it.
    pub per_part: Duration,
    /// Parts its modem has already.
    pub in_hand: u64,
    /// What it may send.
    pub caps: Caps,
    /// What it has sent of that, with windows that are open now.
    pub usage: Usage,
}

/// What stands in front, by the ICCID it asks for; empty where any will do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ahead {
    /// What may leave now and waits for no cap.
    pub urgent: BTreeMap<String, u64>,
    /// What else may leave now.
    pub due: BTreeMap<String, u64>,
    /// What may leave from the instant on from which the estimated part may.
    pub later: BTreeMap<String, u64>,
}

/// What is estimated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// How many parts, all on one SIM; none where only what stands in front is asked for.
    pub parts: u64,
    /// On which SIM.
    pub sim: SimWish,
    /// It waits for no cap.
    pub urgent: bool,
    /// Not before this instant.
    pub from: Timestamp,
}

/// Nobody looks further ahead: what waits so long has expired.
const AHEAD_MAX: Duration = Duration::from_hours(24 * 366);
/// More parts than a SIM sends in that time.
const PARTS_MAX: u64 = 1_000_000_000;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
const MONTH_MS: i64 = 30 * DAY_MS;

/// When the last of the wanted parts should be on air; `None` while no SIM that it may leave on can send.
pub fn eta(senders: &[Sender], ahead: &Ahead, wanted: &Wanted, now: Timestamp) -> Option<Timestamp> {
    let only = match &wanted.sim {
        SimWish::Only(iccid) => Some(iccid),
        SimWish::Any | SimWish::Prefer(_) => None,
    };
    if senders.is_empty() || only.is_some_and(|iccid| senders.iter().all(|sender| sender.iccid != *iccid)) {
        return None;
    }
    let from = wanted.from.max(now);
    if from > now.plus(AHEAD_MAX) {
        return None;
    }
    let (turns, ahead) = behind_urgent(senders, ahead, wanted, now);
    let horizon = from.plus(AHEAD_MAX);
    let (mut early, mut late) = (0, horizon.ms_since(now).max(0));
    while early < late {
        let middle = early + (late - early) / 2;
        if is_done(&turns, &ahead, wanted, (from, now.shifted_ms(middle))) {
            late = middle;
        } else {
            early = middle + 1;
        }
    }
    Some(now.shifted_ms(late).max(from))
}

/// A SIM, and when it is through with what waits for no cap.
struct Turn {
    sender: Sender,
    begins: Timestamp,
}

/// What waits for no cap stands in front of all. For the rest it takes the radio's time and uses the caps up, and leaves all the
/// same where they are; for what is urgent too it stands in front as anything does.
fn behind_urgent(senders: &[Sender], ahead: &Ahead, wanted: &Wanted, now: Timestamp) -> (Vec<Turn>, Ahead) {
    let mut rest = ahead.clone();
    let urgent = std::mem::take(&mut rest.urgent);
    if wanted.urgent {
        for (lane, parts) in urgent {
            *rest.due.entry(lane).or_default() += parts;
        }
        let turn = |sender: &Sender| Turn { sender: sender.clone(), begins: now };
        return (senders.iter().map(turn).collect(), rest);
    }
    let shared = anywhere(senders.iter(), &urgent);
    let pace = |sender: &Sender| u64::try_from(DAY_MS).unwrap_or(0) / u64::try_from(sender.per_part.as_millis().max(1)).unwrap_or(u64::MAX);
    let all = senders.iter().fold(0_u64, |all, sender| all.saturating_add(pace(sender))).max(1);
    let turn = |sender: &Sender| {
        let share = u128::from(shared) * u128::from(pace(sender)) / u128::from(all);
        let share = if shared == 0 { 0 } else { u64::try_from(share).unwrap_or(u64::MAX).saturating_add(1).min(shared) };
        let parts = urgent.get(&sender.iccid).copied().unwrap_or(0).saturating_add(share);
        let mut sender = sender.clone();
        let used = u32::try_from(parts).unwrap_or(u32::MAX);
        let usage = &mut sender.usage;
        for count in [&mut usage.minute_parts, &mut usage.day_parts, &mut usage.day_people, &mut usage.month_parts] {
            *count = count.saturating_add(used);
        }
        let took = sender.per_part.saturating_mul(u32::try_from(parts.min(PARTS_MAX)).unwrap_or(u32::MAX));
        Turn { begins: now.plus(took.min(AHEAD_MAX)), sender }
    };
    (senders.iter().map(turn).collect(), rest)
}

/// What asks for a SIM that cannot send takes any other, after a while.
fn anywhere<'s>(senders: impl Iterator<Item = &'s Sender> + Clone, lanes: &BTreeMap<String, u64>) -> u64 {
    let elsewhere = lanes.iter().filter(|(lane, _)| senders.clone().all(|sender| sender.iccid != **lane));
    elsewhere.fold(0_u64, |all, (_, parts)| all.saturating_add(*parts))
}

/// Whether everything in front and the wanted parts are on air at the last of the two instants.
fn is_done(turns: &[Turn], ahead: &Ahead, wanted: &Wanted, (from, at): (Timestamp, Timestamp)) -> bool {
    let of = |lanes: &BTreeMap<String, u64>, iccid: &str| lanes.get(iccid).copied().unwrap_or(0);
    let senders = turns.iter().map(|turn| &turn.sender);
    let (shared, shared_later) = (anywhere(senders.clone(), &ahead.due), anywhere(senders, &ahead.later));
    let (mut room, mut room_later, mut fits) = (0_u64, 0_u64, false);
    // Where all that waits is asked for, each SIM has to be through with its own.
    let mut own_done = true;
    for Turn { sender, begins } in turns {
        let sent = sender.sent_by(wanted.urgent, *begins, at);
        // Nothing that leaves then was begun before.
        let sent_later = sent.saturating_sub(sender.sent_by(wanted.urgent, *begins, from)).min(sender.radio(at.ms_since(from)));
        let later = of(&ahead.later, &sender.iccid);
        let own = of(&ahead.due, &sender.iccid).saturating_add(later).saturating_add(sender.in_hand);
        own_done &= sent >= own;
        let (left, left_later) = (sent.saturating_sub(own), sent_later.saturating_sub(later));
        room = room.saturating_add(left);
        room_later = room_later.saturating_add(left_later);
        fits |= match &wanted.sim {
            SimWish::Any => left_later.min(sent.saturating_sub(sender.in_hand)) >= wanted.parts,
            SimWish::Prefer(iccid) | SimWish::Only(iccid) if *iccid == sender.iccid => {
                sent >= own.saturating_add(wanted.parts) && left_later >= wanted.parts
            }
            SimWish::Prefer(_) | SimWish::Only(_) => false,
        };
    }
    let later = shared_later.saturating_add(wanted.parts);
    let is_all = wanted.parts == 0 && wanted.sim == SimWish::Any;
    fits && (own_done || !is_all) && room >= shared.saturating_add(later) && room_later >= later
}

impl Sender {
    /// Until when it sends only what is urgent.
    pub fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.usage.held(&self.caps).map(|held| held.until).filter(|until| *until > now)
    }

    /// How many parts it can have put on air at an instant, from now on.
    fn sent_by(&self, urgent: bool, now: Timestamp, at: Timestamp) -> u64 {
        if at <= now {
            return 0;
        }
        if urgent {
            return self.radio(at.ms_since(now));
        }
        let full_day = least(self.caps.day, 0).min(least(self.caps.recipients, 0));
        let mut day = least(self.caps.day, self.usage.day_parts).min(least(self.caps.recipients, self.usage.day_people));
        let mut month = least(self.caps.month, self.usage.month_parts);
        let (mut from, mut midnight, mut month_end) = (now, self.usage.day_until, self.usage.month_until);
        let mut all = 0_u64;
        loop {
            let sent = self.in_a_day(from, midnight.min(at)).min(day).min(month);
            (all, month) = (all.saturating_add(sent), month - sent);
            if midnight >= at {
                return all;
            }
            let over = midnight;
            (from, midnight, day) = (over.max(now), over.shifted_ms(DAY_MS), full_day);
            if over >= month_end {
                (month, month_end) = (least(self.caps.month, 0), month_end.shifted_ms(MONTH_MS));
            }
        }
    }

    /// What the radio and the cap of a minute let through.
    fn in_a_day(&self, from: Timestamp, until: Timestamp) -> u64 {
        let span = until.ms_since(from).max(0);
        let cap = u64::from(self.caps.minute);
        if cap == 0 || self.radio(MINUTE_MS) < cap {
            return self.radio(span);
        }
        // The minute that has begun, and then whole ones.
        let open = self.usage.minute_until > from && self.usage.minute_until.ms_since(from) <= MINUTE_MS;
        let (left, rest) = if open {
            (least(self.caps.minute, self.usage.minute_parts), self.usage.minute_until.ms_since(from))
        } else {
            (cap, MINUTE_MS)
        };
        let first = self.radio(span.min(rest)).min(left);
        let after = (span - rest).max(0);
        let minutes = u64::try_from(after / MINUTE_MS).unwrap_or(0);
        first + minutes * cap + self.radio(after % MINUTE_MS).min(cap)
    }

    fn radio(&self, span_ms: i64) -> u64 {
        let per_part = self.per_part.as_millis().max(1);
        u64::try_from(u128::try_from(span_ms).unwrap_or(0) / per_part).unwrap_or(u64::MAX)
    }
}

/// What is left of a cap; 0 is none.
fn least(cap: u32, used: u32) -> u64 {
    if cap == 0 { u64::MAX } else { u64::from(cap.saturating_sub(used)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000_000_000);
    const FREE: Caps = Caps { minute: 0, day: 0, month: 0, recipients: 0 };
    /// Midnight is this far away.
    const NIGHT_S: i64 = 3_600;

    fn sender(iccid: &str, per_part_s: u64, caps: Caps) -> Sender {
        let usage = Usage { day_until: NOW.shifted_ms(NIGHT_S * 1000), month_until: NOW.shifted_ms(10 * DAY_MS), ..Usage::default() };
        Sender { iccid: iccid.to_owned(), per_part: Duration::from_secs(per_part_s), in_hand: 0, caps, usage }
    }

    fn lanes(lanes: &[(&str, u64)]) -> BTreeMap<String, u64> {
        lanes.iter().map(|(lane, parts)| ((*lane).to_owned(), *parts)).collect()
    }

    fn one(sim: SimWish) -> Wanted {
        Wanted { parts: 1, sim, urgent: false, from: NOW }
    }

    /// How many seconds from now; `None`: nobody knows.
    fn check(name: &str, senders: &[Sender], ahead: &Ahead, wanted: &Wanted, seconds: Option<i64>) {
        let got = eta(senders, ahead, wanted, NOW).map(|at| at.ms_since(NOW));
        assert_eq!(got, seconds.map(|seconds| seconds * 1000), "{name}");
    }

    fn due(of: &[(&str, u64)]) -> Ahead {
        Ahead { due: lanes(of), ..Ahead::default() }
    }

    #[test]
    fn each_sim_has_its_own_pace() {
        let (a, b) = (sender("A", 5, FREE), sender("B", 5, FREE));
        let any = one(SimWish::Any);
        let only = |iccid: &str| one(SimWish::Only(iccid.to_owned()));
        check("nothing in front", std::slice::from_ref(&a), &due(&[]), &any, Some(5));
        check("no modem can send", &[], &due(&[]), &any, None);
        check("its SIM cannot send", std::slice::from_ref(&a), &due(&[]), &only("B"), None);
        check("two share", &[a.clone(), b.clone()], &due(&[("", 10)]), &any, Some(30));
        check("a long lane holds up nobody else", &[a.clone(), b.clone()], &due(&[("A", 100)]), &any, Some(5));
        let all = Wanted { parts: 0, ..one(SimWish::Any) };
        check("all that waits, one lane longer", &[a.clone(), b.clone()], &due(&[("A", 100), ("B", 1)]), &all, Some(500));
        let after_years = Wanted { from: NOW.plus(Duration::from_hours(24 * 3000)), ..one(SimWish::Any) };
        check("nobody looks years ahead", std::slice::from_ref(&a), &due(&[]), &after_years, None);
        check("who must go there waits", &[a.clone(), b.clone()], &due(&[("A", 100)]), &only("A"), Some(505));
        check("one lane fills up the other", &[a.clone(), b.clone()], &due(&[("A", 100), ("", 101)]), &any, Some(505));
        check("what asks for a dead SIM goes anywhere", &[a.clone(), b.clone()], &due(&[("C", 10)]), &any, Some(30));
        check("a slow one and a fast one", &[a.clone(), sender("B", 1, FREE)], &due(&[("", 11)]), &any, Some(10));
        check("what it has in hand", &[Sender { in_hand: 2, ..a.clone() }], &due(&[]), &any, Some(15));
        check("parts of one text stay together", &[a, b], &due(&[]), &Wanted { parts: 4, ..any }, Some(20));
    }

    #[test]
    fn caps_hold_back_what_is_not_urgent() {
        let any = one(SimWish::Any);
        let minute = sender("A", 1, Caps { minute: 10, ..FREE });
        check("within a minute", std::slice::from_ref(&minute), &due(&[("", 9)]), &any, Some(10));
        check("in the third minute", std::slice::from_ref(&minute), &due(&[("", 20)]), &any, Some(121));
        let urgent = Wanted { urgent: true, ..any.clone() };
        check("an alarm passes", std::slice::from_ref(&minute), &due(&[("", 20)]), &urgent, Some(21));
        let begun = Usage { minute_until: NOW.shifted_ms(20_000), minute_parts: 10, ..minute.usage.clone() };
        check("a minute that is used up", &[Sender { usage: begun, ..minute }], &due(&[]), &any, Some(21));
        check("a slow radio is its own cap", &[sender("A", 10, Caps { minute: 60, ..FREE })], &due(&[("", 9)]), &any, Some(100));
        let day = sender("A", 1, Caps { day: 5, ..FREE });
        check("tomorrow", std::slice::from_ref(&day), &due(&[("", 5)]), &any, Some(NIGHT_S + 1));
        check("the day after", std::slice::from_ref(&day), &due(&[("", 10)]), &any, Some(NIGHT_S + 86_400 + 1));
        let people = sender("A", 1, Caps { recipients: 5, ..FREE });
        check("people of a day", &[people], &due(&[("", 5)]), &any, Some(NIGHT_S + 1));
        let month = sender("A", 1, Caps { month: 5, ..FREE });
        let month = Sender { usage: Usage { month_until: NOW.shifted_ms(NIGHT_S * 1000), ..month.usage.clone() }, ..month };
        check("next month", &[month], &due(&[("", 5)]), &any, Some(NIGHT_S + 1));
        check("another SIM helps", &[day, sender("B", 7, FREE)], &due(&[("", 5)]), &any, Some(7));
    }

    /// Alarms leave at a cap, and use it up for the rest.
    #[test]
    fn alarms_are_held_by_no_cap() {
        let any = one(SimWish::Any);
        let all = Wanted { parts: 0, ..any.clone() };
        let day = sender("A", 1, Caps { day: 5, ..FREE });
        let behind = |urgent: &[(&str, u64)], rest: &[(&str, u64)]| Ahead { urgent: lanes(urgent), ..due(rest) };
        let one_sim = std::slice::from_ref(&day);
        check("ten alarms, and the first notice of tomorrow", one_sim, &behind(&[("", 10)], &[]), &any, Some(NIGHT_S + 1));
        check("three notices behind them", one_sim, &behind(&[("A", 10)], &[("", 3)]), &all, Some(NIGHT_S + 3));
        check("two alarms leave room for three", one_sim, &behind(&[("", 2)], &[("", 2)]), &any, Some(5));
        let urgent = Wanted { urgent: true, ..all };
        check("the alarms themselves", one_sim, &behind(&[("", 10)], &[]), &urgent, Some(10));
        let two = [sender("A", 1, FREE), sender("B", 1, FREE)];
        check("they share the radios", &two, &behind(&[("", 20)], &[]), &any, Some(12));
        check("an alarm of a SIM takes that radio's time", &two, &behind(&[("A", 20)], &[]), &one(SimWish::Only("A".to_owned())), Some(21));
        let long = sender("A", 1, Caps { day: 5, ..FREE });
        let past_midnight = u64::try_from(NIGHT_S).unwrap_or(0) + 100;
        check("alarms past midnight", &[long], &behind(&[("A", past_midnight)], &[]), &any, Some(NIGHT_S + 101));
    }

    #[test]
    fn what_must_wait_for_its_time_stands_behind_what_is_due_then() {
        let a = [sender("A", 5, FREE)];
        let from = NOW.shifted_ms(600_000);
        let later = Wanted { from, ..one(SimWish::Any) };
        check("an exchange is not begun before its time", &[sender("A", 900, FREE)], &due(&[]), &later, Some(600 + 900));
        check("alone", &a, &due(&[("", 10)]), &later, Some(605));
        check("behind a long queue of now", &a, &due(&[("", 1_000)]), &later, Some(5_005));
        let crowd = Ahead { later: lanes(&[("", 100)]), ..due(&[("", 10)]) };
        check("behind others of that hour", &a, &crowd, &later, Some(600 + 505));
        let all = Wanted { parts: 0, ..later };
        check("the whole queue", &a, &crowd, &all, Some(600 + 500));
        check("a queue for years", &[sender("A", 1, Caps { day: 1, ..FREE })], &due(&[("", 1_000_000)]), &all, Some(600 + 366 * 86_400));
    }
}
