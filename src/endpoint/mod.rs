//! L4. Calls the endpoints of flows: write-ahead, once.

mod json;
mod pace;
mod verdict;
