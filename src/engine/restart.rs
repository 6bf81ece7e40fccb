//! R0: what was under way when the last run ended is taken over before any byte is written (reliability.md section 2).

use super::{Reject, Work, called, doubt, modems, ring, selftest, usage, ussd};

/// What the last run had left in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted {
    /// Sends that are in doubt now.
    pub sends: usize,
    /// Http steps that are unknown now.
    pub calls: usize,
    /// Telephones that may have rung.
    pub rings: usize,
}

/// Takes over everything: no modem is known, no part is claimed, no attempt is open and no http step is being called.
pub fn all(work: &mut Work<'_, '_>) -> Result<Interrupted, Reject> {
    modems::restart(work)?;
    ussd::restart(work)?;
    // The last run may have had another year.
    work.tx.move_waits(work.now, 0)?;
    usage::look_again(work, &work.book.settings)?;
    let sends = doubt::restart(work, "restarted")?;
    // Behind the doubts: its own are given up.
    selftest::restart(work)?;
    Ok(Interrupted { sends, calls: called::restart(work)?, rings: ring::restart(work)? })
}
