//! L4. Fans the event log out to subscribers.

mod schedule;
