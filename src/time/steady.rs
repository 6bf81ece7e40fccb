//! The time of the box: it goes by the tick, and what somebody does to the wall clock reaches it only together with the rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::{Clock, Tick, Timestamp};

/// A wall clock that nobody can set behind our back. It shows the machine's wall clock as it was read last, and goes on by the
/// tick; [`Steady::shift`] alone sets it. So a row is never stamped, and nothing is ever due, by a time that has not been
/// accounted for.
pub struct Steady {
    machine: Arc<dyn Clock>,
    /// Unix milliseconds at tick 0.
    zero_ms: AtomicI64,
}

/// A clock that is steered, not set, moves by less between two looks.
const JUMP_MIN: Duration = Duration::from_mins(2);

impl Steady {
    /// Shows what the machine shows now.
    pub fn new(machine: Arc<dyn Clock>) -> Self {
        let zero_ms = machine.now().unix_ms().saturating_sub(ms_of(machine.tick()));
        Self { machine, zero_ms: AtomicI64::new(zero_ms) }
    }

    /// Moves it: in the transaction that moves what was reckoned by it, or where nothing hangs on so little.
    pub fn shift(&self, by_ms: i64) {
        self.zero_ms.fetch_add(by_ms, Ordering::SeqCst);
    }

    /// Where it stands beside the tick, for [`Steady::back_to`].
    pub fn mark(&self) -> i64 {
        self.zero_ms.load(Ordering::SeqCst)
    }

    /// Undoes every shift since the mark: the transaction did not come about.
    pub fn back_to(&self, mark: i64) {
        self.zero_ms.store(mark, Ordering::SeqCst);
    }

    /// By how many milliseconds the machine's wall clock was set since. Less than a jump is followed at once.
    pub fn follow(&self) -> Option<i64> {
        let by_ms = self.machine.now().ms_since(self.now());
        let jumped = is_jump(by_ms);
        if !jumped {
            self.shift(by_ms);
        }
        jumped.then_some(by_ms)
    }
}

/// Whether a wall clock was set, not steered.
pub const fn is_jump(by_ms: i64) -> bool {
    by_ms.unsigned_abs() as u128 >= JUMP_MIN.as_millis()
}

impl Clock for Steady {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.zero_ms.load(Ordering::SeqCst)).shifted_ms(ms_of(self.tick()))
    }

    fn tick(&self) -> Tick {
        self.machine.tick()
    }
}

fn ms_of(tick: Tick) -> i64 {
    i64::try_from(tick.as_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the machine's clocks show: milliseconds.
    struct Machine(AtomicI64, AtomicI64);

    impl Clock for Machine {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst))
        }

        fn tick(&self) -> Tick {
            Tick::from_nanos(self.1.load(Ordering::SeqCst).unsigned_abs() * 1_000_000)
        }
    }

    const START: i64 = 1_795_428_000_000;

    fn check(name: &str, wall_ms: i64, ticked_ms: i64, want: Option<i64>) {
        let machine = Arc::new(Machine(AtomicI64::new(START), AtomicI64::new(77_000)));
        let steady = Steady::new(Arc::<Machine>::clone(&machine));
        assert_eq!(steady.now(), machine.now(), "{name}: at first");
        machine.0.fetch_add(wall_ms, Ordering::SeqCst);
        machine.1.fetch_add(ticked_ms, Ordering::SeqCst);
        assert_eq!(steady.now(), Timestamp::from_unix_ms(START + ticked_ms), "{name}: it goes by the tick");
        assert_eq!(steady.follow(), want, "{name}");
        assert_eq!(steady.follow(), want, "{name}: the same until it is moved");
        let mark = steady.mark();
        steady.shift(want.unwrap_or(0));
        steady.back_to(mark);
        assert_eq!(steady.follow(), want, "{name}: nor has it moved where that was undone");
        steady.shift(want.unwrap_or(0));
        assert_eq!((steady.now(), steady.follow()), (machine.now(), None), "{name}: then it shows what the machine shows");
    }

    #[test]
    fn it_follows_a_clock_that_is_steered_and_tells_of_one_that_was_set() {
        check("nothing", 5_000, 5_000, None);
        check("steered", 6_000, 5_000, None);
        check("steered back", 4_000, 5_000, None);
        check("the box slept", 7_200_000, 7_200_000, None);
        check("just under", 5_000 + 119_999, 5_000, None);
        check("forwards", 86_405_000, 5_000, Some(86_400_000));
        check("backwards", -3_595_000, 5_000, Some(-3_600_000));
    }
}
