//! L4. Pages for the technician, and the customer link pages; all assets embedded.

mod assets;
mod customer;
mod layout;
mod show;
mod visit;
