//! The modem emulator, the demo and the scenarios of Answerback.

pub mod demo;
pub mod emulator;
pub mod utility;
