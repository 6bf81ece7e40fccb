//! Replies that were written before the rules and packs were looked at: no wrong action, fewer than 3 % missed
//! (conversation.md section 4; tests/data/unseen/README.md).

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use answerback::conversation::view::Asked;
use answerback::conversation::{Outcome, Resolution};
use answerback::time::Timestamp;
use answerback::value::Value;

use super::stage::{Stage, person};

const LANGUAGES: &[&str] = &["en", "es", "fr", "de", "it", "pt", "nl", "pl", "uk", "ru", "tr", "ar", "hi", "zh", "ja"];

/// What became of the replies of one language.
#[derive(Default)]
struct Tally {
    lines: usize,
    wrong: Vec<String>,
    missed: Vec<String>,
}

#[test]
fn replies_in_fifteen_languages_find_their_answer() {
    // A miss is a polite question; more than these and people grow tired of us.
    let (mut report, mut fits) = (String::new(), true);
    for (set, lines_min, missed_percent) in [
        ("first", 100, 3),
        ("second", 30, 3),
        ("third", 90, 3),
        ("fourth", 40, 3),
        ("fifth", 40, 3),
        ("sixth", 40, 3),
        ("seventh", 40, 3),
        ("eighth", 70, 3),
        // People who write at length, or in a language that is not theirs.
        ("ninth", 70, 10),
        ("tenth", 85, 3),
        ("eleventh", 80, 3),
        // One skeleton in all languages, with much about money that is asked about on purpose.
        ("twelfth", 100, 8),
        // Many people at length, a name or an address beside the value.
        ("thirteenth", 100, 12),
        // Everybody as they talk: dialect, romanised scripts, a family counted by its names.
        ("fourteenth", 115, 15),
        // Short replies, as they come in.
        ("fifteenth", 80, 3),
    ] {
        let (mut lines, mut missed) = (0, 0);
        for language in LANGUAGES {
            let tally = judge(&data().join(set).join(format!("{language}.txt")));
            assert!(tally.lines >= lines_min, "{set}/{language}: {} lines", tally.lines);
            fits &= tally.wrong.is_empty();
            (lines, missed) = (lines + tally.lines, missed + tally.missed.len());
            let _ = writeln!(report, "{set}/{language}: {} lines, {} wrong, {} missed", tally.lines, tally.wrong.len(), tally.missed.len());
            for line in tally.wrong.iter().chain(&tally.missed) {
                let _ = writeln!(report, "    {line}");
            }
        }
        fits &= missed * 100 < lines * missed_percent;
    }
    assert!(fits, "{report}");
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/unseen")
}

fn judge(file: &Path) -> Tally {
    let source = std::fs::read_to_string(file).expect("replies");
    let mut lines = source.lines().peekable();
    let country = lines.next().and_then(|line| line.strip_prefix("country = ")).expect("a country");
    let mut stage = Stage::new(country);
    if let Some(today) = lines.next_if(|line| line.starts_with("today = ")) {
        stage.now = Timestamp::parse(&format!("{}T12:00:00Z", &today["today = ".len()..])).expect("a day");
    }
    let flow = stage.add(&std::fs::read_to_string(data().join("prompts.toml")).expect("prompts"));
    let mut asked: BTreeMap<&str, Asked> = BTreeMap::new();
    let (mut prompt, mut allowed) = ("", Vec::new());
    let mut tally = Tally::default();
    for line in lines {
        if let Some((step, right)) = line.strip_prefix("## ").and_then(|head| head.split_once(' ')) {
            (prompt, allowed) = (step, right.split('|').collect());
            asked.entry(step).or_insert_with(|| stage.open(1, &flow, step, -600));
            continue;
        }
        if line.is_empty() {
            continue;
        }
        let text = line.replace("\\n", "\n");
        let got = outcome(&stage.hear(&person(vec![asked[prompt].clone()]), &text));
        tally.lines += 1;
        // A reading is its number, however many zeros are written in front.
        let bare =
            |value: &str| if prompt == "meter" || prompt == "index" { value.trim_start_matches('0').to_owned() } else { value.to_owned() };
        if allowed.iter().any(|right| bare(right) == bare(&got)) {
            continue;
        }
        let told = format!("{prompt} {line:?}: {got}, not {}", allowed.join(" or "));
        if got == "unclear" { tally.missed.push(told) } else { tally.wrong.push(told) }
    }
    tally
}

/// Words of danger, of parting and of people, where they mean nothing of the kind: the head says what the lines are not. A person
/// who looks in vain costs minutes, a danger that is overheard a life; so these two may be heard too often, a STOP hardly ever.
#[test]
fn harmless_words_raise_no_alarm_and_end_nothing() {
    let (mut lines, mut wrong) = (0, Vec::new());
    for language in LANGUAGES {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/harmless/{language}.txt"));
        let mut stage = Stage::new("US");
        let flow = stage.add(&std::fs::read_to_string(data().join("prompts.toml")).expect("prompts"));
        let asked = stage.open(1, &flow, "confirm", -600);
        let mut head = "";
        let source = std::fs::read_to_string(&file).expect("replies");
        for line in source.lines().filter(|line| !line.is_empty()) {
            if let Some(kind) = line.strip_prefix("## ") {
                head = kind;
                continue;
            }
            lines += 1;
            if outcome(&stage.hear(&person(vec![asked.clone()]), line)) == head {
                wrong.push(format!("{language} {head}: {line}"));
            }
        }
    }
    assert!(lines > 1000, "{lines} lines");
    for (kind, most) in [("optout", 3), ("danger", 35), ("agent", 60)] {
        let heard = wrong.iter().filter(|line| line.contains(&format!(" {kind}: "))).count();
        assert!(heard <= most, "{heard} of {lines} are heard as {kind}: {wrong:#?}");
    }
}

fn outcome(resolution: &Resolution) -> String {
    if resolution.danger {
        return "danger".to_owned();
    }
    match resolution.outcome {
        Outcome::Answer => match (&resolution.value, &resolution.answer) {
            (Some(value), _) => written(value),
            (None, answer) => answer.clone().unwrap_or_default(),
        },
        Outcome::Unclear | Outcome::None => "unclear".to_owned(),
        Outcome::OptOut => "optout".to_owned(),
        Outcome::Help => "help".to_owned(),
        Outcome::Start => "start".to_owned(),
        Outcome::Agent => "agent".to_owned(),
        Outcome::Danger => "danger".to_owned(),
        Outcome::Late => "late".to_owned(),
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Money(money) => money.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Time(time) => time.strftime("%H:%M").to_string(),
        Value::Bool(_) | Value::Rows(_) => "?".to_owned(),
    }
}
