//! Every queue of the process is under its bound.

use answerback::modem::driver::Driver;
use answerback::store::QUEUE_MAX;

use crate::sim::Sim;
use crate::sim::ram::Ram;
use crate::sim::shell::JOBS_MAX;

/// Commands in front of a driver: `engine::fleet` takes no more.
const COMMANDS_MAX: usize = 8;
/// Requests under way: each loop takes so many rows in one look and waits for them.
const ALOFT_MAX: usize = 64;

/// Writer, clerks, commands, requests, what is to be given back.
pub(super) fn bounded(sim: &Sim) -> Result<(), String> {
    sim.ram.as_ref().map_or(Ok(()), ram_is_bounded)
}

fn ram_is_bounded(ram: &Ram) -> Result<(), String> {
    within("jobs wait for the writer", ram.writer.in_hand(), QUEUE_MAX)?;
    within("calls are under way", ram.aloft.len(), ALOFT_MAX)?;
    within("deliveries are under way", ram.hooks.aloft.len(), ALOFT_MAX)?;
    // One part in hand of each modem, and one on its way to it.
    within("claims are to be given back", ram.dispatcher.back.len(), 2 * ram.shells.len())?;
    for shell in &ram.shells {
        within(&format!("jobs wait for the clerk of {}", shell.name), shell.clerk.jobs.len(), JOBS_MAX)?;
        within(&format!("commands wait for {}", shell.name), shell.commands.len(), COMMANDS_MAX)?;
    }
    Ok(())
}

/// What a driver and its chat hold.
pub(super) fn driver_is_bounded(driver: &Driver) -> Result<(), String> {
    driver.held().into_iter().try_for_each(|(what, count, most)| within(what, count, most))
}

fn within(what: &str, count: usize, most: usize) -> Result<(), String> {
    if count > most { Err(format!("{count} {what}, {most} at most")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn a_queue_above_its_bound_is_told() {
        assert_eq!(within("jobs wait", 3, 3), Ok(()));
        assert_eq!(within("jobs wait", 4, 3), Err("4 jobs wait, 3 at most".to_owned()));
    }
}
