//! L1, PURE. Which part leaves when, on which modem, and what its outcome was.
//!
//! It decides and writes nothing: rows belong to the store, commands to the serial shell.

pub mod cap;
pub mod doubt;
pub mod eta;
pub mod pace;
pub mod receipt;
pub mod retry;
pub mod route;
pub mod schedule;
pub mod witness;
