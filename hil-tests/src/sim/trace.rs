//! What happened, one aligned line each; and a digest by which two runs are compared.

use std::hash::{DefaultHasher, Hasher as _};
use std::time::Duration;

use answerback::time::Tick;

/// The record of a run.
#[derive(Debug)]
pub struct Trace {
    lines: Vec<String>,
    kept_from: usize,
    digest: DefaultHasher,
    keep: bool,
}

/// A run that goes wrong is short after shrinking; of a longer one the end is what matters.
const LINES_MAX: usize = 4_000;

impl Trace {
    /// A record; without `keep` only the digest.
    pub fn new(keep: bool) -> Self {
        Self { lines: Vec::new(), kept_from: 0, digest: DefaultHasher::new(), keep }
    }

    /// Notes what happened to whom.
    pub fn note(&mut self, now: Tick, who: &str, what: std::fmt::Arguments<'_>) {
        if !self.keep {
            // The digest of a run without lines covers what `feed` is given.
            return;
        }
        let passed = now.since(Tick::default());
        if self.lines.len() >= 2 * LINES_MAX {
            self.lines.drain(..LINES_MAX);
            self.kept_from += LINES_MAX;
        }
        self.lines.push(format!("{}  {who:<12}  {what}", clock(passed)));
    }

    /// Adds to the digest.
    pub fn feed(&mut self, now: Tick, octets: &[u8]) {
        self.digest.write_u64(now.as_nanos());
        self.digest.write(octets);
    }

    /// The digest of everything so far.
    pub fn digest(&self) -> u64 {
        self.digest.finish()
    }

    /// Whether lines are kept.
    pub fn keeps(&self) -> bool {
        self.keep
    }

    /// The last so many lines.
    pub fn last(&self, count: usize) -> &[String] {
        &self.lines[self.lines.len().saturating_sub(count)..]
    }

    /// The lines.
    pub fn into_lines(self) -> Vec<String> {
        let mut lines = self.lines;
        if self.kept_from > 0 {
            lines.insert(0, format!("... {} earlier lines", self.kept_from));
        }
        lines
    }
}

/// `d hh:mm:ss.mmm`.
fn clock(passed: Duration) -> String {
    let (seconds, ms) = (passed.as_secs(), passed.subsec_millis());
    format!("{:>2}d {:02}:{:02}:{:02}.{ms:03}", seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60)
}
