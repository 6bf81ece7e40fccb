//! cargo-fuzz target: the body is a plain function that the tests run too.
#![no_main]

#[expect(dead_code, reason = "the names of the bodies are for the tests")]
#[path = "../bodies/flow.rs"]
mod bodies;

// The language packs are loaded once, and no unit is called slow for it.
libfuzzer_sys::fuzz_target!(init: bodies::flow(b""), |octets: &[u8]| bodies::flow(octets));
