//! L4. Ports and the modems behind them: `port` is one tty, `hotplug` finds them, `supervisor` keeps one modem running.

mod holder;
pub mod hotplug;
pub mod port;

pub use holder::{Holder, of as holder_of};
