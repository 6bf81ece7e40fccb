//! cargo-fuzz target: the body is a plain function that the tests run too.
#![no_main]

#[path = "../bodies/pdu.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| bodies::command(octets));
