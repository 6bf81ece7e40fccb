//! The one integration-test binary of this crate.

mod demo;
mod driver;
mod endpoints;
mod processes;
mod pty_emulator;
mod pty_modem;
mod webhooks;
