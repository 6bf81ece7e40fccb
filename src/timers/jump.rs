//! Sees that the wall clock was set: a box without a battery for its clock starts in the past, until the network tells the time.

use std::time::Duration;

use crate::store::{ClockJump, Newest};
use crate::time::{Tick, Timestamp};

/// A clock that is steered, not set, moves by less between two looks.
const JUMP_MIN: Duration = Duration::from_mins(2);

/// Compares the wall clock with the one that nobody can set.
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    last: (Timestamp, Tick),
    before: Newest,
}

impl Watch {
    /// The daemon has just begun, and `before` are the newest rows it has found.
    pub const fn new(now: Timestamp, tick: Tick, before: Newest) -> Self {
        Self { last: (now, tick), before }
    }

    /// How the clock was set since it was last seen. The same again until [`Watch::seen`]: what follows from it may fail.
    pub fn look(&self, now: Timestamp, tick: Tick) -> Option<ClockJump> {
        let (seen, at) = self.last;
        let from = seen.plus(tick.since(at));
        let by_ms = now.ms_since(from);
        (by_ms.unsigned_abs() >= JUMP_MIN.as_millis() as u64).then_some(ClockJump { from, seen, by_ms, before: self.before })
    }

    /// All that follows from this time has been done.
    pub const fn seen(&mut self, now: Timestamp, tick: Tick) {
        self.last = (now, tick);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, wall_s: i64, ticked_s: u64, want_s: Option<i64>) {
        let at = |s: i64| Timestamp::from_unix_ms(1_795_428_000_000 + s * 1000);
        let tick = |s: u64| Tick::from_nanos(s * 1_000_000_000);
        let before = Newest { session: 3, message: 5, attempt: 7 };
        let mut watch = Watch::new(at(0), tick(100), before);
        assert_eq!(watch.look(at(0), tick(100)), None, "{name}: the first look");
        let want = want_s.map(|by| ClockJump { from: at(ticked_s as i64), seen: at(0), by_ms: by * 1000, before });
        for _ in 0..2 {
            assert_eq!(watch.look(at(wall_s), tick(100 + ticked_s)), want, "{name}");
        }
        watch.seen(at(wall_s), tick(100 + ticked_s));
        assert_eq!(watch.look(at(wall_s + 5), tick(105 + ticked_s)), None, "{name}: it is told once");
    }

    #[test]
    fn a_clock_that_was_set_is_seen() {
        check("nothing", 5, 5, None);
        check("steered", 6, 5, None);
        check("the box slept", 7200, 7200, None);
        check("just under", 5 + 119, 5, None);
        check("forwards", 86_405, 5, Some(86_400));
        check("backwards", -3595, 5, Some(-3600));
    }
}
