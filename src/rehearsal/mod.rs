//! L4. Runs flows with an in-memory store and a virtual clock.
