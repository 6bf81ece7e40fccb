//! The resolver from outside: replies nobody wrote it for, what must hold for any text, odd and hostile texts.

mod bounds;
mod door;
mod friendly;
mod gate;
mod inside;
mod leftovers;
#[path = "../../../fuzz/bodies/matcher.rs"]
mod matcher;
mod odd;
mod properties;
mod stage;
mod states;
mod stops;
mod unclear;
mod unseen;
