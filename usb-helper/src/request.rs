//! One line from the daemon, and nothing in it that could be a path.

use crate::Refusal;

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub verb: Verb,
    /// Name of a tty, as in /sys/class/tty.
    pub tty: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Ask,
    Reset,
    Power,
}

/// Kinds of ports that may carry a modem.
const KINDS: &[&str] = &["ttyUSB", "ttyACM", "ttyAMA", "ttyS"];

impl Request {
    pub fn read(line: &str) -> Result<Self, Refusal> {
        let (verb, tty) = line.trim_end_matches(['\r', '\n']).split_once(' ').ok_or("a request is a verb and the name of a tty")?;
        let verb = match verb {
            "ask" => Verb::Ask,
            "reset" => Verb::Reset,
            "power" => Verb::Power,
            _ => return Err("only ask, reset and power are known".to_owned()),
        };
        let digits = KINDS.iter().find_map(|kind| tty.strip_prefix(kind)).unwrap_or_default();
        if digits.is_empty() || digits.len() > 3 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(format!("a port is named {} and a number", KINDS.join(", ")));
        }
        Ok(Self { verb, tty: tty.to_owned() })
    }
}
