//! The modem emulator, the demo and the scenarios of Answerback.

pub mod emulator;
pub mod utility;
