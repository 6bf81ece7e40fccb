//! A bounded, seeded run of the loader's fuzz body on stable Rust: the shipped flows, mutated in the ways of hands and disks.

#[path = "../../../fuzz/bodies/flow.rs"]
mod flow;

/// Mutants of each seed in the bounded run; `ANSWERBACK_FUZZ_ROUNDS` at build time asks for more.
const ROUNDS: u32 = 60;

#[test]
fn any_flow_file_is_survived() {
    let rounds = option_env!("ANSWERBACK_FUZZ_ROUNDS").and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    let mut chance = Chance(0x5EED_F10E_0123_4567);
    for (name, body) in flow::BODIES {
        for (index, seed) in flow::SEEDS.iter().enumerate() {
            for round in 0..=rounds {
                let input = if round == 0 { (*seed).to_owned() } else { mutant(seed, flow::SEEDS, &mut chance) };
                let outcome = std::panic::catch_unwind(|| body(input.as_bytes()));
                assert!(outcome.is_ok(), "{name} fell on round {round} of seed {index}:\n{input}");
            }
        }
    }
}

/// Words that mean something in a flow file, so that mutants get past the first look.
const WORDS: &[&str] = &[
    "{",
    "}",
    "\"",
    "[",
    "]",
    "[step.ask]\n",
    "go = \"ask\"\n",
    "{amount}",
    "{code}",
    "{slots:numbered}",
    "want = \"menu\"\n",
    "risk = \"money\"\n",
    "0",
    "-1",
    "99999999999999999999",
    "true",
    "\u{202e}",
    "\0",
    "é",
    "STOP",
    "yes",
    "until {date} 23:59",
    "1/0",
    "366d",
    "else",
    "== ",
    "run = \"x\"\n",
];

/// The seed with one to four changes: lines doubled, dropped and swapped with those of others, words put in, values taken out.
fn mutant(seed: &str, seeds: &[&str], chance: &mut Chance) -> String {
    let mut lines: Vec<String> = seed.lines().map(str::to_owned).collect();
    for _ in 0..=chance.below(4) {
        let at = chance.below(lines.len().max(1));
        let Some(line) = lines.get(at).cloned() else { break };
        match chance.below(8) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, line),
            2 => {
                let other: Vec<&str> = seeds[chance.below(seeds.len())].lines().collect();
                other[chance.below(other.len())].clone_into(&mut lines[at]);
            }
            3 => {
                let to = chance.below(lines.len());
                lines.swap(at, to);
            }
            4 => lines[at] = put(&line, WORDS[chance.below(WORDS.len())], chance),
            5 => lines[at] = line.chars().filter(|_| chance.below(12) > 0).collect(),
            6 => lines[at] = line.replace('"', ""),
            _ => lines.truncate(at),
        }
    }
    lines.join("\n")
}

fn put(line: &str, word: &str, chance: &mut Chance) -> String {
    let letters: Vec<char> = line.chars().collect();
    let at = chance.below(letters.len() + 1);
    letters[..at].iter().chain(&word.chars().collect::<Vec<char>>()).chain(&letters[at..]).collect()
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
