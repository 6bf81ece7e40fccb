//! Alphabets and long texts: GSM-7 with its national tables, UCS-2, packing, cutting a text into parts and joining parts into
//! a text (3GPP 23.038, 23.040 sec 9.2.3.24). Nothing here knows a modem or keeps anything.

mod assemble;
mod coding;
pub mod gsm7;
mod language;
pub mod packing;
mod segment;
mod stand_in;
mod tables;
pub mod ucs2;
pub mod ussd;

pub use assemble::{Assembled, Part, assemble, partial};
pub use language::{Language, Languages, Shift};
pub use segment::{Encoding, Segment, SegmentOptions, Segmented, TooLong, segment};
pub use stand_in::stand_in;
