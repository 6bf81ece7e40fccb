//! Commands and their typed answers, one file per family. A command is a [`Request`](crate::chat::Request) made by a
//! function that knows its time-out and the code of its answer; an answer is a type that reads the lines.
//!
//! A command without a typed form is `Request::new("AT+...", timeout)` with the codes it may be answered with.

pub mod call;
pub mod clock;
pub mod identity;
pub mod network;
pub mod ports;
pub mod setup;
pub mod sim;
pub mod sms;
pub mod ussd;

use core::time::Duration;

use crate::answer::{Line, Params};
use crate::chat::Info;

/// Time-outs of 27.007 and of the makers' manuals, longest first seen.
pub(crate) const QUICK: Duration = Duration::from_secs(1);
pub(crate) const QUERY: Duration = Duration::from_secs(5);
pub(crate) const STORAGE: Duration = Duration::from_secs(25);
pub(crate) const PIN: Duration = Duration::from_secs(15);
pub(crate) const RADIO: Duration = Duration::from_secs(30);
pub(crate) const LIST: Duration = Duration::from_mins(1);
pub(crate) const SCAN: Duration = Duration::from_mins(3);

/// The parameters of the first line with this code.
pub fn first(lines: &[Info], code: &str) -> Option<Params> {
    all(lines, code).next()
}

/// The parameters of every line with this code.
pub fn all<'a>(lines: &'a [Info], code: &'a str) -> impl Iterator<Item = Params> + 'a {
    lines.iter().filter_map(move |info| match Line::parse(&info.line) {
        Line::Info { code: found, rest } if found.eq_ignore_ascii_case(code) => Some(Params::parse(rest)),
        Line::Info { .. } | Line::Text(_) | Line::Final(..) => None,
    })
}
