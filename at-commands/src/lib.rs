//! AT commands, SMS PDUs and alphabets for GSM modems, without I/O: bytes and time are passed in.

#![forbid(unsafe_code)]
// What comes from a radio or a line is no reason to panic. Tests may: a panic is how they fall.
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::get_unwrap,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]
// Relaxed for the workspace; a codec is read by strangers.
#![warn(clippy::missing_errors_doc)]
#![doc = include_str!("../README.md")]

pub mod answer;
pub mod chat;
pub mod command;
pub mod error;
pub mod hex;
pub mod mms;
pub mod pdu;
pub mod syntax;
pub mod text;
mod tick;
pub mod urc;

pub use tick::Tick;
