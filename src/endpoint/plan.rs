//! What follows from the outcome of a try or of a look-up: pure, table-tested.
//!
//! ```text
//! queued -> calling -> ok | fail                       the flow is told
//!              |-----> queued (nothing left: later)    same key, for a minute
//!              '-----> unknown -> look-ups -> ok | fail
//!                         '-- no status_url, or three look-ups: the flow is told `unknown`; later ones raise an event
//! ```
//! From `unknown` nothing is ever posted again.

use std::collections::BTreeMap;
use std::time::Duration;

use super::verdict::{Looked, Verdict};
use crate::engine::called::Found;
use crate::time::Timestamp;

/// What is known of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// It changes nothing.
    pub read: bool,
    /// The endpoint can be asked what became of a call.
    pub can_look_up: bool,
    /// When its first try began.
    pub started_at: Timestamp,
    /// Look-ups made, the one at hand counted.
    pub look_ups: u32,
}

/// Pauses double with the time since the first try: 1 s .. 30 s, for a minute. A system that restarts is back by then.
const TRIES_FOR: Duration = Duration::from_mins(1);
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Pauses between look-ups: quick at first, because a customer waits; then up to 15 minutes.
const LOOK_UPS_MS: &[u64] = &[500, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000];
/// A call nobody knows anything about after a day is for a person.
const LOOK_UPS_MAX: u32 = 104;
/// How many look-ups are made before the flow is told `unknown`.
const LOOK_UPS_BEFORE_TELLING: u32 = 3;
/// "Not found" is believed only this long after the first try: the last one may have begun a minute later, and a proxy
/// may still hold it.
const NOT_FOUND_BELIEVED_AFTER: Duration = Duration::from_mins(2);

/// What follows, and why in words for a technician.
pub type Then = (Found, String);

/// After a try.
pub fn after_call(verdict: Verdict, known: &Known, now: Timestamp) -> Then {
    match verdict {
        Verdict::Ok(fields) => (Found::Ok(fields), "done".to_owned()),
        Verdict::Fail(why) => (Found::Fail(BTreeMap::new()), why),
        Verdict::Unknown(why) => {
            let look_up_at = known.can_look_up.then(|| next_look_up(0, now)).flatten();
            (Found::Unknown { look_up_at, tell: look_up_at.is_none() }, why)
        }
        Verdict::Again(why) => match pause(now.ms_since(known.started_at)) {
            Some(pause) => (Found::NotSent { again_at: now.plus(pause) }, why),
            None if known.read => (Found::Fail(BTreeMap::new()), why),
            None => (Found::Unknown { look_up_at: None, tell: true }, why),
        },
    }
}

/// After a look-up.
pub fn after_look_up(looked: Looked, known: &Known, now: Timestamp) -> Then {
    match looked {
        Looked::Ok(fields) => (Found::Ok(fields), "done, says the look-up".to_owned()),
        Looked::Fail(why) => (Found::Fail(BTreeMap::new()), why),
        Looked::NotFound if now >= known.started_at.plus(NOT_FOUND_BELIEVED_AFTER) => {
            (Found::Fail(BTreeMap::new()), "the endpoint never saw this call".to_owned())
        }
        Looked::NotFound => (still_unknown(known, now), "the endpoint has not seen this call so far".to_owned()),
        Looked::Later(why) => (still_unknown(known, now), why),
    }
}

fn still_unknown(known: &Known, now: Timestamp) -> Found {
    Found::Unknown { look_up_at: next_look_up(known.look_ups, now), tell: known.look_ups >= LOOK_UPS_BEFORE_TELLING }
}

fn next_look_up(done: u32, now: Timestamp) -> Option<Timestamp> {
    let place = (done as usize).min(LOOK_UPS_MS.len() - 1);
    (done < LOOK_UPS_MAX).then(|| now.plus(Duration::from_millis(LOOK_UPS_MS[place])))
}

fn pause(since_first_ms: i64) -> Option<Duration> {
    let since = Duration::from_millis(since_first_ms.max(0) as u64);
    (since < TRIES_FOR).then(|| since.clamp(PAUSE_MIN, PAUSE_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_unix_ms(1_795_000_000_000);

    fn known(read: bool, can_look_up: bool, look_ups: u32) -> Known {
        Known { read, can_look_up, started_at: START, look_ups }
    }

    fn word((found, _): &Then) -> &'static str {
        match found {
            Found::Ok(_) => "ok",
            Found::Fail(_) => "fail",
            Found::NotSent { .. } => "again",
            Found::Unknown { tell: true, look_up_at: None } => "unknown, told, the end",
            Found::Unknown { tell: true, look_up_at: Some(_) } => "unknown, told, look",
            Found::Unknown { tell: false, .. } => "look",
        }
    }

    fn check_call(verdict: &Verdict, read: bool, can_look_up: bool, after_s: u64, want: &str) {
        let then = after_call(verdict.clone(), &known(read, can_look_up, 0), START.plus(Duration::from_secs(after_s)));
        assert_eq!(word(&then), want, "{verdict:?} read {read} look-up {can_look_up} after {after_s} s");
    }

    #[test]
    fn what_may_have_acted_is_never_posted_again() {
        let (unknown, again) = (Verdict::Unknown("x".into()), Verdict::Again("x".into()));
        for (verdict, read, can_look_up, after_s, want) in [
            (&Verdict::Ok(BTreeMap::new()), false, true, 0, "ok"),
            (&Verdict::Fail("x".into()), false, true, 0, "fail"),
            (&unknown, false, false, 0, "unknown, told, the end"),
            (&unknown, false, true, 0, "look"),
            (&again, false, true, 0, "again"),
            (&again, false, false, 59, "again"),
            (&again, false, true, 60, "unknown, told, the end"),
            (&again, true, false, 59, "again"),
            (&again, true, false, 61, "fail"),
        ] {
            check_call(verdict, read, can_look_up, after_s, want);
        }
    }

    fn check_look_up(looked: &Looked, look_ups: u32, after_s: u64, want: &str) {
        let then = after_look_up(looked.clone(), &known(false, true, look_ups), START.plus(Duration::from_secs(after_s)));
        assert_eq!(word(&then), want, "{looked:?}, look-up {look_ups} after {after_s} s");
    }

    #[test]
    fn the_flow_is_told_after_three_look_ups() {
        let later = Looked::Later("x".into());
        for (looked, look_ups, after_s, want) in [
            (&later, 1, 1, "look"),
            (&later, 2, 3, "look"),
            (&later, 3, 8, "unknown, told, look"),
            (&later, 4, 18, "unknown, told, look"),
            (&later, 104, 90_000, "unknown, told, the end"),
            (&Looked::Ok(BTreeMap::new()), 3, 8, "ok"),
            (&Looked::Fail("x".into()), 1, 1, "fail"),
            (&Looked::NotFound, 1, 1, "look"),
            (&Looked::NotFound, 3, 8, "unknown, told, look"),
            (&Looked::NotFound, 6, 119, "unknown, told, look"),
            (&Looked::NotFound, 7, 120, "fail"),
        ] {
            check_look_up(looked, look_ups, after_s, want);
        }
    }

    #[test]
    fn tries_end_after_a_minute_and_look_ups_after_a_day() {
        let (mut at_ms, mut tries) = (0, 0);
        while let Some(pause) = pause(at_ms) {
            at_ms += pause.as_millis() as i64;
            tries += 1;
        }
        assert_eq!((tries, at_ms), (7, 62_000));
        let mut now = START;
        let mut done = 0;
        while let Some(next) = next_look_up(done, now) {
            now = next;
            done += 1;
            assert!(done != LOOK_UPS_BEFORE_TELLING || now <= START.plus(Duration::from_secs(10)), "a customer waits");
        }
        assert!((23..25).contains(&(now.ms_since(START) / 3_600_000)), "{now}");
    }
}
