//! L4. Calls the endpoints of flows: write-ahead, once.

mod pace;
mod verdict;
