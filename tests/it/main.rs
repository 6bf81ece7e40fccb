//! The one integration-test binary of this crate.

mod http;
mod packaging;
mod tidy;
