//! The demo: a real daemon, two emulated modems on ptys, a billing system and a customer who answers "Y". It prints each
//! thing as it happens and knows whether the conversation completed. The daemon is driven as any user drives it: by its
//! command line and its API.

mod play;
mod stage;
mod story;

use std::path::PathBuf;
use std::time::Duration;

pub use stage::daytime_zone;
pub use story::{Scene, Story};

/// How the demo runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// The program `answerback`.
    pub program: PathBuf,
    /// How long the conversation may take.
    pub patience: Duration,
}

/// A demo whose conversation has completed. Dropped, it stops the daemon and takes its folder away.
pub struct Demo {
    stage: stage::Stage,
}

/// Sets everything up and plays the conversation; an error says what was missing.
pub async fn run(options: &Options, mut tell: impl FnMut(&str)) -> Result<Demo, String> {
    let stage = stage::Stage::build(options, &mut tell).await?;
    match play::conversation(&stage, options.patience, &mut tell).await {
        Ok(()) => Ok(Demo { stage }),
        Err(reason) => Err(format!("{reason}\n{}", stage.last_log_lines())),
    }
}

impl Demo {
    /// Where to look now, for a person.
    pub async fn addresses(&self) -> Result<String, String> {
        self.stage.addresses().await
    }

    /// Stops the daemon in order.
    pub async fn stop(self) {
        self.stage.stop().await;
    }
}
