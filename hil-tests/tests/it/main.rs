//! The one integration-test binary of this crate.

mod pty_emulator;
mod webhooks;
