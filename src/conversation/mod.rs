//! L1, PURE. What a text means and what follows from it.

pub mod effect;
pub mod session;
pub mod view;
