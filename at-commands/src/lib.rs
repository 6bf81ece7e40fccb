//! AT commands, SMS PDUs and alphabets for GSM modems, without I/O: bytes and time are passed in.

#![forbid(unsafe_code)]

pub mod hex;
pub mod pdu;
pub mod text;
mod tick;

pub use tick::Tick;
