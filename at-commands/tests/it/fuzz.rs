//! A bounded, seeded run of the fuzz bodies on stable Rust: the vectors are the corpus, mutated in the ways radios and lines do.

#[path = "../../fuzz/bodies/at.rs"]
mod at;
#[path = "../../fuzz/bodies/corpus.rs"]
mod corpus;
#[path = "../../fuzz/bodies/pdu.rs"]
mod pdu;

use crate::check::parse;
use serde_json::Value;

/// Mutants of each seed in the bounded run; `ANSWERBACK_FUZZ_ROUNDS` at build time asks for more.
const ROUNDS_OF_OCTETS: u32 = 12;
/// Dialogues are longer and run twice each.
const ROUNDS_OF_LINES: u32 = 3;

#[test]
fn any_octets_are_survived() {
    let seeds = corpus::octets(&vectors());
    assert!(seeds.len() > 400, "the seeds are the vectors");
    run(pdu::BODIES, &seeds, ROUNDS_OF_OCTETS);
}

#[test]
fn any_bytes_of_a_port_are_survived() {
    let vectors = vectors();
    let seeds = [corpus::lines(&vectors), corpus::dialogues(&vectors)].concat();
    assert!(seeds.len() > 1_000, "the seeds are the vectors, alone and as dialogues");
    run(at::BODIES, &seeds, ROUNDS_OF_LINES);
}

fn vectors() -> Vec<Value> {
    let files = [
        include_str!("../data/pdu.jsonl"),
        include_str!("../data/malformed.jsonl"),
        include_str!("../data/fields.jsonl"),
        include_str!("../data/text.jsonl"),
        include_str!("../data/at.jsonl"),
    ];
    files.iter().flat_map(|file| file.lines()).filter_map(|line| parse(line).ok()).collect()
}

/// Every body with every seed as it is, and with mutants of it.
fn run(bodies: &[pdu::Body], seeds: &[Vec<u8>], rounds: u32) {
    let rounds = option_env!("ANSWERBACK_FUZZ_ROUNDS").and_then(|rounds| rounds.parse().ok()).unwrap_or(rounds);
    let mut chance = Chance(0x5EED_0123_4567_89AB);
    let mut executions: u64 = 0;
    for (name, body) in bodies {
        for (index, seed) in seeds.iter().enumerate() {
            for round in 0..=rounds {
                let input = if round == 0 { seed.clone() } else { mutant(seed, seeds, &mut chance) };
                let outcome = std::panic::catch_unwind(|| body(&input));
                assert!(outcome.is_ok(), "{name} fell on {} (seed {index})", at_commands::hex::encode(&input));
                executions += 1;
            }
        }
    }
    println!("{executions} executions");
}

/// The seed with one to four changes: bits flipped, octets replaced, cut, doubled, spliced with another seed.
fn mutant(seed: &[u8], seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut octets = seed.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(octets.len().max(1));
        match chance.below(7) {
            0 | 1 => flip(&mut octets, at, 1 << chance.below(8)),
            2 => flip(&mut octets, at, chance.below(256) as u8),
            3 => octets.truncate(at),
            4 => octets.insert(at.min(octets.len()), chance.below(256) as u8),
            5 => octets.extend_from_within(at.min(octets.len())..),
            _ => {
                let other = &seeds[chance.below(seeds.len())];
                octets.truncate(at);
                octets.extend_from_slice(&other[chance.below(other.len().max(1)).min(other.len())..]);
            }
        }
    }
    octets
}

fn flip(octets: &mut [u8], at: usize, bits: u8) {
    if let Some(octet) = octets.get_mut(at) {
        *octet ^= bits;
    }
}

/// SplitMix64: the run is the same everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}
