//! cargo-fuzz target: the body is a plain function that the tests run too.
#![no_main]

#[expect(dead_code, reason = "each target runs one of the bodies")]
#[path = "../bodies/matcher.rs"]
mod bodies;

// The language packs are loaded once, and no unit is called slow for it.
libfuzzer_sys::fuzz_target!(init: bodies::matcher(b""), |bytes: &[u8]| bodies::matcher(bytes));
