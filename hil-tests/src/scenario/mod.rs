//! Scenarios: what happened in the field, as a file a technician writes, played on whichever rung of the ladder of tests.
//!
//! `read` makes a [`Scenario`] of a file, or says what is wrong in which line. [`play`] plays any scenario on any
//! [`Stage`]; it knows neither sockets nor clocks. `simulated` plays on a clock that jumps, `pty` on a real daemon before
//! emulated modems, `hardware` before a real one. docs/testing.md is the guide.

mod fits;
mod hardware;
mod judge;
mod looks;
mod play;
mod pty;
mod read;
mod script;
mod second_phone;
mod simulated;
mod site;
mod span;
mod steps;
mod tell;
mod trouble;
mod world;

pub use fits::{Rung, lacks};
pub use hardware::{Hardware, NUMBER, PORT, Wish};
pub use judge::{Facts, MessageFacts, ModemFacts, SessionFacts, Sight, judge};
pub use looks::{BillingLook, InboxLook, Look, MessageLook, ModemLook, NetworkLook, PhoneLook, SessionLook, StruckLook, Subject};
pub use play::{Failure, Stage, play};
pub use pty::Pty;
pub use read::{read, read_all};
pub use script::{
    Ask, Deed, FlowText, ModemSetup, Mood, NetworkSetup, Phone, Pin, Plug, Power, Resolve, Rig, Scenario, SendText, Step, What, When,
};
pub use simulated::Simulated;
pub use site::{MAIN, serve_as_box};
pub use span::Span;
pub use trouble::Trouble;
pub use world::{see as see_world, touch};
