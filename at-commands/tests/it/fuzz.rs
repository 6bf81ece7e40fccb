//! A bounded, seeded run of the fuzz bodies on stable Rust: the vectors are the corpus, mutated in the ways radios and lines do.

#[path = "../../fuzz/bodies/pdu.rs"]
mod bodies;

use crate::check::parse;
use serde_json::Value;

/// Mutants of each seed in the bounded run; `ANSWERBACK_FUZZ_ROUNDS` at build time asks for more.
const ROUNDS: u32 = 12;

#[test]
fn any_octets_are_survived() {
    let rounds = option_env!("ANSWERBACK_FUZZ_ROUNDS").and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    let corpus = corpus();
    assert!(corpus.len() > 400, "the corpus is the vectors");
    let mut chance = Chance(0x5EED_0123_4567_89AB);
    let mut executions: u64 = 0;
    for (name, body) in bodies::BODIES {
        for (index, seed) in corpus.iter().enumerate() {
            for _ in 0..rounds {
                let mutant = mutant(seed, &corpus, &mut chance);
                let outcome = std::panic::catch_unwind(|| body(&mutant));
                assert!(outcome.is_ok(), "{name} fell on {} (seed {index})", at_commands::hex::encode(&mutant));
                executions += 1;
            }
        }
    }
    println!("{executions} executions");
}

/// The octets of every vector that is whole hex.
fn corpus() -> Vec<Vec<u8>> {
    let files = [
        include_str!("../data/pdu.jsonl"),
        include_str!("../data/malformed.jsonl"),
        include_str!("../data/fields.jsonl"),
        include_str!("../data/text.jsonl"),
    ];
    let vectors = files.iter().flat_map(|file| file.lines()).filter_map(|line| parse(line).ok());
    vectors.filter_map(|vector| at_commands::hex::decode(vector.get("hex").and_then(Value::as_str)?).ok()).collect()
}

/// The seed with one to four changes: bits flipped, octets replaced, cut, doubled, spliced with another seed.
fn mutant(seed: &[u8], corpus: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
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
                let other = &corpus[chance.below(corpus.len())];
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
