//! L1, PURE. What happens between a port and a modem: bring-up, PIN, registration, fetch, submit, health.

pub mod io;
