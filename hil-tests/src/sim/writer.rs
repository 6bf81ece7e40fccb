//! The one writer of the box in simulated time: what waits is taken in one batch, which is on disk a while later, and is
//! answered then. A crash loses every batch that was not answered.

use std::collections::VecDeque;
use std::time::Duration;

use answerback::time::Tick;

/// Jobs on their way to the disk.
#[derive(Debug)]
pub struct Writer<T> {
    waiting: VecDeque<T>,
    flying: Option<(Tick, Vec<T>)>,
    /// How long a commit takes.
    pub fsync: Duration,
}

/// One batch takes no more.
const BATCH_MAX: usize = 64;

impl<T> Writer<T> {
    /// An idle writer.
    pub fn new(fsync: Duration) -> Self {
        Self { waiting: VecDeque::new(), flying: None, fsync }
    }

    /// Somebody wants something written.
    pub fn push(&mut self, now: Tick, job: T) {
        self.waiting.push_back(job);
        self.take_off(now);
    }

    /// When the batch under way is on disk.
    pub fn due(&self) -> Option<Tick> {
        self.flying.as_ref().map(|(at, _)| *at)
    }

    /// The batch that is to be committed now.
    pub fn land(&mut self, now: Tick) -> Option<Vec<T>> {
        let (_, batch) = self.flying.take_if(|(at, _)| *at <= now)?;
        self.take_off(now);
        Some(batch)
    }

    /// How many jobs wait or fly.
    pub fn in_hand(&self) -> usize {
        self.waiting.len() + self.flying.as_ref().map_or(0, |(_, batch)| batch.len())
    }

    fn take_off(&mut self, now: Tick) {
        if self.flying.is_none() && !self.waiting.is_empty() {
            let count = self.waiting.len().min(BATCH_MAX);
            self.flying = Some((now.plus(self.fsync), self.waiting.drain(..count).collect()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Tick {
        Tick::from_nanos(ms * 1_000_000)
    }

    #[test]
    fn what_waits_while_a_batch_flies_is_the_next_batch() {
        let mut writer = Writer::new(Duration::from_millis(10));
        for (ms, job) in [(0, 'a'), (1, 'b'), (2, 'c')] {
            writer.push(at(ms), job);
        }
        assert_eq!((writer.due(), writer.in_hand()), (Some(at(10)), 3));
        assert_eq!(writer.land(at(9)), None);
        assert_eq!(writer.land(at(10)), Some(vec!['a']));
        assert_eq!(writer.land(at(20)), Some(vec!['b', 'c']));
        assert!(writer.in_hand() == 0 && writer.due().is_none());
    }
}
