//! The one integration-test binary of this crate.

mod browser;
mod cli;
mod dispatch;
mod flows;
mod http;
mod packaging;
mod pages;
mod replay;
mod resolver;
mod tidy;
