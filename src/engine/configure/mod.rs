//! What a technician changes: settings, lanes, endpoints, webhooks, flows, keys. Everything is checked before it is kept, and the
//! compiled configuration follows by itself.

pub mod endpoint;
pub mod flow;
pub mod key;
pub mod settings;
pub mod webhook;

use super::book::MARK;
use super::{Reject, Work};

/// The configuration is another one from here on: whoever compiled it compiles it again.
fn changed(work: &mut Work<'_, '_>) -> Result<(), Reject> {
    let mut mark = [0; 8];
    work.chance.fill(&mut mark);
    let mark = mark.iter().fold(String::new(), |text, octet| text + &format!("{octet:02x}"));
    Ok(work.tx.save_setting(MARK, &mark, work.now)?)
}

/// A short name of ours: letters, digits, `_`, `-`, `.`.
fn check_name(pointer: &str, name: &str) -> Result<(), Reject> {
    let fits = (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    if fits { Ok(()) } else { Err(Reject::at("invalid", pointer, "a name has 1 to 64 letters, digits, `_`, `-` or `.`")) }
}

/// An address that something is posted to.
fn check_url(pointer: &str, url: &str) -> Result<(), Reject> {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let fits = !host.is_empty() && !host.starts_with('/') && !url.chars().any(|c| c.is_whitespace() || c.is_control()) && url.len() <= 2000;
    if fits { Ok(()) } else { Err(Reject::at("invalid", pointer, "an address begins with https:// or http:// and names a host")) }
}
