//! What it costs to understand one text: 8 open questions, all language packs; the processor's time. It reports and judges nothing: machines are
//! noisy. Run it with `cargo bench -p answerback --bench resolve`.

#[path = "../tests/it/resolver/stage.rs"]
mod stage;

use std::hint::black_box;
use std::time::Duration;

use answerback::conversation::view::{Asked, Replier};
use answerback::time::{Clock, SystemClock};
use nix::time::ClockId;
use stage::{Stage, person};

/// What conversations may cost (the figure of the product).
const LIMIT: Duration = Duration::from_millis(1);
/// Each reply is understood so often.
const ROUNDS: usize = 5;

const OPEN: [(&str, &str); 8] = [
    ("pay.past_due", "ask"),
    ("crew.visit", "ask"),
    ("outage.confirm", "ask"),
    ("outage.report", "back"),
    ("meter.read", "ask"),
    ("survey.visit", "score"),
    ("pay.past_due", "why"),
    ("survey.visit", "sorry"),
];

fn main() {
    let stage = Stage::new("UA");
    let open: Vec<Asked> = (1..).zip(OPEN).map(|(id, (flow, step))| stage.open(id, flow, step, -600 + id)).collect();
    let (crowded, alone) = (person(open.clone()), person(open[..1].to_vec()));
    let texts = replies();
    let long = ["y ".repeat(5_000), "да ".repeat(5_000), "是".repeat(10_000), "5".repeat(10_000)];
    report("replies in 15 languages, 8 open questions", &stage, &crowded, &texts);
    report("replies in 15 languages, 1 open question", &stage, &alone, &texts);
    report("texts of 10 kB and more, 8 open questions", &stage, &crowded, &long);
}

fn replies() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/unseen/first");
    let files = std::fs::read_dir(folder).expect("replies");
    let read = |entry: std::io::Result<std::fs::DirEntry>| std::fs::read_to_string(entry.expect("an entry").path()).expect("a file");
    files.map(read).flat_map(|source| source.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn report(name: &str, stage: &Stage, replier: &Replier, texts: &[String]) {
    let clock = SystemClock;
    let mut taken = Vec::with_capacity(texts.len() * ROUNDS);
    let mut passed = Vec::with_capacity(texts.len() * ROUNDS);
    for text in texts.iter().cycle().take(texts.len() * ROUNDS) {
        let (began, begun) = (cpu(), clock.tick());
        black_box(stage.hear(replier, black_box(text)));
        passed.push(clock.tick().since(begun));
        taken.push(cpu().saturating_sub(began));
    }
    let (p99, by_the_clock) = (percentile(&mut taken, 99), percentile(&mut passed, 99));
    println!(
        "{name}: {} texts, p50 {:?}, p99 {p99:?}, most {:?}; p99 is {:.2} of the limit {LIMIT:?} (by the clock on the wall p99 {by_the_clock:?})",
        taken.len(),
        percentile(&mut taken, 50),
        percentile(&mut taken, 100),
        p99.as_secs_f64() / LIMIT.as_secs_f64(),
    );
}

/// What this thread has computed: what a text costs, whoever else wants the machine meanwhile.
fn cpu() -> Duration {
    ClockId::CLOCK_THREAD_CPUTIME_ID.now().expect("a clock").into()
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}
