//! Writes the seed corpus of the cargo-fuzz targets, one file a seed: `cargo run -p at-commands --example seeds -- DIR`, then
//! `cargo +nightly fuzz run deliver DIR/octets`, `... syntax DIR/lines`, `... chat DIR/dialogues`.

#[path = "../tests/it/check/mod.rs"]
#[expect(dead_code, reason = "only the reader of vectors is needed here")]
mod check;
#[path = "../fuzz/bodies/corpus.rs"]
mod corpus;

use std::path::Path;
use std::process::ExitCode;

const FILES: &[&str] = &[
    include_str!("../tests/data/pdu.jsonl"),
    include_str!("../tests/data/malformed.jsonl"),
    include_str!("../tests/data/fields.jsonl"),
    include_str!("../tests/data/text.jsonl"),
    include_str!("../tests/data/at.jsonl"),
];

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "an example program reads its arguments; the crate does not")]
    let Some(directory) = std::env::args().nth(1) else {
        eprintln!("name a directory: seeds DIR");
        return ExitCode::from(2);
    };
    let vectors: Vec<_> = FILES.iter().flat_map(|file| file.lines()).filter_map(|line| check::parse(line).ok()).collect();
    let kinds = [("octets", corpus::octets(&vectors)), ("lines", corpus::lines(&vectors)), ("dialogues", corpus::dialogues(&vectors))];
    for (kind, seeds) in kinds {
        if let Err(error) = write(&Path::new(&directory).join(kind), &seeds) {
            eprintln!("{directory}/{kind}: {error}");
            return ExitCode::FAILURE;
        }
        println!("{} seeds in {directory}/{kind}", seeds.len());
    }
    ExitCode::SUCCESS
}

fn write(directory: &Path, seeds: &[Vec<u8>]) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    for (index, seed) in seeds.iter().enumerate() {
        std::fs::write(directory.join(format!("{index:04}")), seed)?;
    }
    Ok(())
}
