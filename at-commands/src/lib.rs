//! AT commands, SMS PDUs and alphabets for GSM modems, without I/O: bytes and time are passed in.

#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

pub mod answer;
pub mod chat;
pub mod command;
pub mod error;
pub mod hex;
pub mod pdu;
pub mod syntax;
pub mod text;
mod tick;
pub mod urc;

pub use tick::Tick;
