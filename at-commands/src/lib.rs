//! AT commands, SMS PDUs and alphabets for GSM modems, without I/O: bytes and time are passed in.

mod tick;

pub use tick::Tick;
