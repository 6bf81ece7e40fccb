//! The clocks of the box, jumping: a tick that nobody can set, the wall clock that a fault may set, and the time of the box
//! (`answerback::time::Steady`) that follows it.

use answerback::time::{Tick, Timestamp};

/// Both clocks.
#[derive(Debug, Clone)]
pub struct Clock {
    tick: Tick,
    start_ms: i64,
    set_by_ms: i64,
    followed_ms: i64,
}

impl Clock {
    /// A right clock that shows `start_ms` (Unix milliseconds) at tick 0.
    pub fn new(start_ms: i64) -> Self {
        Self { tick: Tick::default(), start_ms, set_by_ms: 0, followed_ms: 0 }
    }

    /// The monotonic clock.
    pub fn tick(&self) -> Tick {
        self.tick
    }

    /// What the box takes for the time.
    pub fn now(&self) -> Timestamp {
        self.truth().shifted_ms(self.followed_ms)
    }

    /// By how much the wall clock was set since the box followed it.
    pub fn ahead_ms(&self) -> i64 {
        self.set_by_ms - self.followed_ms
    }

    /// The box follows the wall clock by so much.
    pub fn follow(&mut self, by_ms: i64) {
        self.followed_ms += by_ms;
    }

    /// The time as the network has it.
    pub fn truth(&self) -> Timestamp {
        let passed = self.tick.since(Tick::default());
        Timestamp::from_unix_ms(self.start_ms).plus(passed)
    }

    /// Jumps to `tick`; never back.
    pub fn advance(&mut self, tick: Tick) {
        self.tick = self.tick.max(tick);
    }

    /// Somebody sets the wall clock.
    pub fn set(&mut self, by_ms: i64) {
        self.set_by_ms = self.set_by_ms.saturating_add(by_ms);
    }

    /// Somebody sets it right.
    pub fn set_right(&mut self) {
        self.set_by_ms = 0;
    }
}
