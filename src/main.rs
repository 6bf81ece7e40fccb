//! The `answerback` program.

fn main() {}
