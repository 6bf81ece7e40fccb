//! The alphabets of 3GPP 23.038 as data. Looking things up in them is `gsm7`'s work.
//! The tables keep their sixteen columns, so they are not reformatted.

#[rustfmt::skip]
mod locking;
#[rustfmt::skip]
mod single;

pub(crate) use locking::LOCKING;
pub(crate) use single::SINGLE;
