//! The modem emulator, the demo and the scenarios of Answerback.

pub mod utility;
