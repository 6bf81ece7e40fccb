//! The one integration-test binary of this crate.

mod bench;
mod cuts;
mod demo;
mod driver;
mod endpoints;
mod kills;
mod measuring;
mod powercut;
mod processes;
mod pty_calls;
mod pty_clock;
mod pty_emulator;
mod pty_faults;
mod pty_helper;
mod pty_lives;
mod pty_modem;
mod pty_ports;
mod pty_rings;
mod pty_selftest;
mod pty_shown;
mod pty_ussd;
mod scenarios;
mod simulation;
mod strangers;
mod traces;
mod webhooks;
