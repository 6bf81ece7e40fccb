//! L4. Runs flows with the real engine, an in-memory store and a virtual clock: `flow try` (one person at a keyboard) and
//! `flow replay` (case files). No modem, no network, no waiting.

mod case;
mod judge;
mod phones;
mod play;
mod radio;
mod samples;
mod sandbox;
mod world;

pub use case::Case;
pub use play::{Manner, Replay, Summary, replay};
pub use samples::{lanes_of, names_of, settings_of};
pub use sandbox::{Texts, Try, try_flow, try_text};
pub use world::{Answer, World};

/// What keeps a rehearsal from running.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(pub String);

impl Trouble {
    fn of(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl From<crate::engine::Reject> for Trouble {
    fn from(reject: crate::engine::Reject) -> Self {
        Self(reject.to_string())
    }
}

impl From<crate::store::Error> for Trouble {
    fn from(error: crate::store::Error) -> Self {
        Self(error.to_string())
    }
}
