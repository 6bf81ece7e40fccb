//! Emulated GSM modems for tests, for the demo and for integrators: a pure modem model, a pure network, and a shell of ptys.
//!
//! `brain` is one modem, `network` is the air and the phones, `world` joins them without time or I/O; `rig` gives them
//! real ptys and real time, and `control` answers JSON lines on a unix socket. The codec is the product's own, so what
//! travels here must be judged against the vectors from outside (at-commands' tests), not against this.

pub mod brain;
mod control;
pub mod dialect;
pub mod fault;
mod hub;
pub mod network;
mod pty;
pub mod replay;
mod replay_port;
mod rig;
pub mod world;

pub use control::{EXAMPLES, Request};
pub use replay_port::ReplayPort;
pub use rig::{Crossed, Make, Rig, RigError, RigHandle, RigOptions};
