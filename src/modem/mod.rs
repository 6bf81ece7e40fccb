//! L1, PURE. What happens between a port and a modem: bring-up, PIN, registration, fetch, submit, health.
//!
//! `driver` is the state machine and its three verbs; the other files are its rooms.

mod acknowledge;
mod blame;
mod bring_up;
mod call;
mod clock;
mod dial;
pub mod driver;
mod ears;
mod falls;
mod health;
mod inbox;
mod indications;
pub mod io;
mod ladder;
pub mod mask;
mod pin;
pub mod profile;
mod raw;
mod readiness;
mod sending;
pub mod typed;
mod unasked;
mod ussd;
mod who;
pub mod wire;
mod witness;
mod words;

#[cfg(test)]
mod tests;
