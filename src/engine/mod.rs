//! L3. One file per thing that happens, each run inside one write transaction.
pub mod fleet;
