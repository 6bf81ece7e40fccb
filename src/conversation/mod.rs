//! L1, PURE. What a text means and what follows from it (conversation.md).
//!
//! Data in, data out: the engine hands over what the store knows ([`view`]), [`resolve`], [`begin`] and [`advance`] say what
//! has to happen ([`effect`]). No clock, no disk, no JSON; chance is an argument.

pub mod effect;
pub mod flow;
pub mod normal;
pub mod packs;
pub mod rules;
pub mod session;
pub mod view;

pub use rules::{Begin, Colleague, Flows, Moved, Outcome, Refused, Resolution, Rosters, Rules, Trigger};
