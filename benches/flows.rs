//! What `flow check` of the shipped flows costs: every flow is read and looked at, with every language pack, beside what the
//! same files cost anyway: to be read from the disk and parsed as TOML. It reports and judges nothing: machines are noisy. Run it with
//! `cargo bench -p answerback --bench flows`.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

use answerback::conversation::lint::{Severity, Site, check_source};
use answerback::conversation::packs::Packs;
use answerback::settings::Settings;
use answerback::terms::default_lanes;
use answerback::time::{Clock, SystemClock};

/// What a technician's check may cost (the figure of the product).
const LIMIT: Duration = Duration::from_millis(100);
const ROUNDS: usize = 50;

fn main() {
    let files = files();
    let octets: usize = read(&files).iter().map(String::len).sum();
    println!("{} flows, {octets} octets, {} language packs", files.len(), Packs::shipped().len());
    let disk = report("read from the disk and parsed as TOML", || read(&files).iter().map(|source| parsed(source)).sum());
    let packs = report("language packs loaded", || load().languages().len());
    let loaded = load();
    let check = report("flows read and checked", || checked(&read(&files), &loaded));
    let whole = report("packs loaded, flows read and checked (flow check)", || checked(&read(&files), &load()));
    let times = |part: Duration, of: Duration| part.as_secs_f64() / of.as_secs_f64().max(f64::MIN_POSITIVE);
    println!(
        "a check of the flows is {:.1} times their reading and parsing, the packs are {:.1} times",
        times(check, disk),
        times(packs, disk)
    );
    println!("flow check in the middle is {:.3} of the limit {LIMIT:?}", times(whole, LIMIT));
}

fn files() -> Vec<PathBuf> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("flows");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).expect("flows").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn read(files: &[PathBuf]) -> Vec<String> {
    files.iter().map(|file| std::fs::read_to_string(file).expect("a file")).collect()
}

fn parsed(source: &str) -> usize {
    source.parse::<toml::Table>().expect("TOML").len()
}

fn load() -> Packs {
    Packs::load(&Packs::shipped()).expect("packs")
}

fn checked(sources: &[String], packs: &Packs) -> usize {
    let settings = Settings { utility: "Northgrid".to_owned(), emergency: "112".to_owned(), ..Settings::default() };
    let lanes = default_lanes();
    let site = Site::offline(&lanes, &settings, packs);
    let errors = |source: &String| {
        let (flow, found) = check_source("f.flow.toml", black_box(source), &site);
        black_box(flow);
        found.iter().filter(|finding| finding.severity == Severity::Error).count()
    };
    let errors: usize = sources.iter().map(errors).sum();
    assert_eq!(errors, 0, "the shipped flows have nothing wrong");
    sources.len()
}

/// The median of so many rounds.
fn report(name: &str, mut job: impl FnMut() -> usize) -> Duration {
    let clock = SystemClock;
    let begun = clock.tick();
    black_box(job());
    let first = clock.tick().since(begun);
    let mut taken = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = clock.tick();
        black_box(job());
        taken.push(clock.tick().since(begun));
    }
    taken.sort_unstable();
    let (middle, most) = (taken[ROUNDS / 2], taken[ROUNDS - 1]);
    println!("{name}: first {first:?}, middle {middle:?}, most {most:?} of {ROUNDS}");
    middle
}
