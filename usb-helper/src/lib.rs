//! What `answerback-usb` does with one line, for a machine whose files may lie anywhere.

mod device;
mod limit;
mod power;
mod request;
mod reset;
mod unbound;

use std::path::PathBuf;
use std::time::Duration;

use request::{Request, Verb};

/// Why something was not done, in words for the log and the page of the modem.
type Refusal = String;

/// The machine: where its files are, and how to wait.
pub struct Machine<'a> {
    /// In front of `/sys`, `/run`, `/proc` and `/etc`.
    pub root: PathBuf,
    /// Lets time pass.
    pub pause: &'a dyn Fn(Duration),
}

/// Gives devices back that a helper took from their drivers and was killed before it gave them back; what was done, in words.
pub fn restore(machine: &Machine<'_>) -> Vec<String> {
    unbound::restore(machine)
}

/// The answer to a request.
pub fn answer(machine: &Machine<'_>, line: &str) -> String {
    let done = Request::read(line).and_then(|request| carry_out(machine, &request));
    done.unwrap_or_else(|words| format!("no: {words}"))
}

fn carry_out(machine: &Machine<'_>, request: &Request) -> Result<String, Refusal> {
    let device = device::find(machine, &request.tty)?;
    match request.verb {
        Verb::Ask => {
            let reset = if device.usb.is_some() { " reset" } else { "" };
            let power = if power::way(machine, &device).is_some() { " power" } else { "" };
            Ok(format!("can{reset}{power}"))
        }
        Verb::Reset => {
            let usb = device.usb.as_ref().ok_or("this port is no USB device; only its power can be switched")?;
            limit::count(machine, &device.tty, usb)?;
            reset::reset(machine, usb)
        }
        Verb::Power => {
            let way = power::way(machine, &device).ok_or(power::NO_WAY)?;
            limit::count(machine, &device.tty, device.usb.as_deref().unwrap_or(&device.tty))?;
            power::cycle(machine, &device, &way)
        }
    }
}

#[cfg(test)]
mod tests;
