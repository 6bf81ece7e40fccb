//! L1, PURE. What a text means and what follows from it (conversation.md).
//!
//! Data in, data out: the engine hands over what the store knows ([`view`]), [`resolve`], [`begin`] and [`advance`] say what
//! has to happen ([`effect`]). No clock, no disk, no JSON; chance is an argument.

pub mod danger;
pub mod door;
pub mod effect;
pub mod flow;
pub mod hours;
pub mod law;
pub mod lint;
pub mod machine;
pub mod matching;
pub mod normal;
pub mod packs;
pub mod quote;
pub mod reaction;
pub mod render;
pub mod resolver;
pub mod rules;
pub mod session;
#[cfg(test)]
mod tests;
pub mod view;

pub use machine::{advance, begin};
pub use resolver::resolve;
pub use rules::{Begin, CallOutcome, Colleague, Flows, Moved, Outcome, Refused, Resolution, Rosters, Rules, Trigger};
