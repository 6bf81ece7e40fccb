//! The one integration-test binary of this crate.

mod allocations;
mod assembly;
mod check;
mod cross;
mod dialogue;
mod fuzz;
mod odd;
mod odd_lines;
mod properties;
mod properties_pdu;
mod segmentation;
mod tables;
mod vectors;
