//! What `daemon-under-test` is told by files in its folder: the point to die at, and how patient to be.

use answerback::hooks::Point;

/// The file in the daemon's folder that names the point to die at; the variable `KILL_AT` names the file.
pub const ORDER: &str = "kill-at";
/// Beside it: every point the daemon came to, one a line.
pub const REACHED: &str = "reached";

/// Beside it: where this file is at the start, prompts and answers may take two seconds only. A busy machine is late by more,
/// so that only tests of a lost prompt or answer want that.
pub const QUICK: &str = "quick";

/// What a point is called; `None` for octets that nobody needs to die at.
pub fn point_name(point: &Point<'_>) -> Option<String> {
    Some(match point {
        Point::Opened => "opened".to_owned(),
        Point::Serving => "serving".to_owned(),
        Point::Written(job) => format!("written: {job}"),
        Point::Committed(job) => format!("committed: {job}"),
        Point::Answered(request) => format!("answered: {request}"),
        Point::Writes(octets) => format!("before {}", octets_name(octets)?),
        Point::Wrote(octets) => format!("after {}", octets_name(octets)?),
    })
}

const CTRL_Z: u8 = 0x1A;
const ESC: u8 = 0x1B;

fn octets_name(octets: &[u8]) -> Option<&'static str> {
    match octets {
        [.., CTRL_Z] => Some("Ctrl-Z"),
        [ESC, ..] => Some("ESC"),
        _ => ["AT+CMGS", "AT+CMGR", "AT+CMGL", "AT+CMGD", "ATD", "AT+CHUP"]
            .into_iter()
            .find(|command| octets.starts_with(command.as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_has_a_name() {
        for (point, name) in [
            (Point::Committed("claim parts"), Some("committed: claim parts")),
            (Point::Writes(b"AT+CMGS=17\r"), Some("before AT+CMGS")),
            (Point::Wrote(b"0011\x1A"), Some("after Ctrl-Z")),
            (Point::Wrote(b"\x1B"), Some("after ESC")),
            (Point::Wrote(b"ATD+15550100200;\r"), Some("after ATD")),
            (Point::Wrote(b"AT+CSQ\r"), None),
        ] {
            assert_eq!(point_name(&point).as_deref(), name);
        }
    }
}
