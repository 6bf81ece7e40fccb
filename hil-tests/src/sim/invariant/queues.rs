//! Every queue of the process is under its bound.

use answerback::store::QUEUE_MAX;

use crate::sim::Sim;
use crate::sim::shell::JOBS_MAX;

/// The writer's queue and those of the clerks.
pub(super) fn bounded(sim: &Sim) -> Result<(), String> {
    let Some(ram) = sim.ram.as_ref() else { return Ok(()) };
    if ram.writer.in_hand() > QUEUE_MAX {
        return Err(format!("{} jobs wait for the writer", ram.writer.in_hand()));
    }
    match ram.shells.iter().find(|shell| shell.clerk.jobs.len() > JOBS_MAX) {
        Some(shell) => Err(format!("{} jobs wait for the clerk of {}", shell.clerk.jobs.len(), shell.name)),
        None => Ok(()),
    }
}
