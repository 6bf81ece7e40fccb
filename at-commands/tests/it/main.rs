//! The one integration-test binary of this crate.

mod allocations;
mod assembly;
mod check;
mod cross;
mod dialogue;
mod fuzz;
mod properties;
mod segmentation;
mod tables;
mod vectors;
