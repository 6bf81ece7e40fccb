//! `answerback doctor`: what a technician would look at, in plain words with the fix. What can be seen without the daemon is
//! looked at first, so that it helps when the daemon does not start.

mod disk;
mod ports;
mod running;
mod udev;

use serde_json::json;

use super::client::Client;
use super::{Failure, Place, say, table};
use crate::time::{Clock as _, SystemClock, Timestamp};

/// Check the whole box: disk, clock, ports, modems, flows, webhooks.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  answerback doctor\n  sudo answerback doctor     (sees who holds a port, too)")]
pub struct Doctor {}

/// How one check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    /// As it should be.
    Good,
    /// Works, and somebody should look.
    Warn,
    /// Does not work.
    Bad,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    health: Health,
    what: String,
    words: String,
    fix: String,
}

impl Finding {
    fn good(what: &str, words: impl Into<String>) -> Self {
        Self { health: Health::Good, what: what.to_owned(), words: words.into(), fix: String::new() }
    }

    fn warn(what: &str, words: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { health: Health::Warn, what: what.to_owned(), words: words.into(), fix: fix.into() }
    }

    fn bad(what: &str, words: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { health: Health::Bad, what: what.to_owned(), words: words.into(), fix: fix.into() }
    }
}

impl Doctor {
    /// Looks at everything; the answer is no when something does not work.
    pub async fn go(self, place: &Place, client: &Client) -> Result<(), Failure> {
        let config = place.load()?;
        let mut findings = vec![Finding::good("configuration", "reads without a mistake"), clock(SystemClock.now())];
        findings.extend(disk::check(&config.store_dir));
        findings.extend(ports::check(&config.modems));
        let down = match running::check(client).await {
            Ok(found) => {
                findings.extend(found);
                None
            }
            Err(failure) => Some(failure),
        };
        print(place, &findings);
        if let Some(failure) = down {
            return Err(failure);
        }
        let bad = findings.iter().filter(|finding| finding.health == Health::Bad).count();
        if bad == 0 { Ok(()) } else { Err(Failure::no(format!("{bad} of {} checks failed; the fix stands beside each", findings.len()))) }
    }
}

fn print(place: &Place, findings: &[Finding]) {
    if place.json {
        let rows: Vec<_> = findings.iter().map(as_json).collect();
        return say(&format!("{:#}", json!({ "checks": rows })));
    }
    for finding in findings {
        let mark = match finding.health {
            Health::Good => table::good("ok  "),
            Health::Warn => table::strong("look"),
            Health::Bad => table::bad("BAD "),
        };
        say(&format!("{mark}  {:<16} {}", finding.what, table::plain(&finding.words)));
        if !finding.fix.is_empty() {
            say(&format!("{:23}-> {}", "", table::plain(&finding.fix)));
        }
    }
}

fn as_json(finding: &Finding) -> serde_json::Value {
    let health = match finding.health {
        Health::Good => "ok",
        Health::Warn => "warn",
        Health::Bad => "bad",
    };
    json!({ "check": finding.what, "state": health, "words": finding.words, "fix": finding.fix })
}

/// A clock that stands before this release was made is wrong.
const RELEASED: Timestamp = Timestamp::from_unix_ms(1_793_000_000_000);
/// A clock this far ahead of the release is as wrong: ten years.
const TOO_LATE: Timestamp = Timestamp::from_unix_ms(RELEASED.unix_ms() + 3_652 * 86_400_000);

fn clock(now: Timestamp) -> Finding {
    if now < RELEASED || now > TOO_LATE {
        let fix = "set the clock (timedatectl set-ntp true): quiet hours, expiry and late replies go by it";
        return Finding::bad("clock", format!("says {now}, which cannot be"), fix);
    }
    Finding::good("clock", format!("says {now}"))
}
