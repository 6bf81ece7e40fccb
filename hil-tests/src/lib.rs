//! The modem emulator, the demo and the scenarios of Answerback.

pub mod api;
pub mod demo;
pub mod emulator;
pub mod guard;
pub mod kill;
pub mod kills;
pub mod machine;
pub mod measure;
pub mod powercut;
pub mod scenario;
pub mod sim;
pub mod strangers;
pub mod utility;
