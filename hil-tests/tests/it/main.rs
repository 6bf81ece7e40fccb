//! The one integration-test binary of this crate.

mod endpoints;
mod processes;
mod pty_emulator;
mod webhooks;
