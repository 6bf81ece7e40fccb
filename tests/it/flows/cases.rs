//! The format of case files (conversation.md section 6, tests/data/cases/README.md): each key of `want` can make a case fall, each
//! other key is heeded, and a key that does not exist is named.

use std::path::{Path, PathBuf};

use answerback::rehearsal::{Manner, Replay, replay};

/// What `flow replay` prints of each of these cases, in order: `ok ...` or `FAIL ...`.
fn replayed(cases: &[String]) -> Vec<String> {
    let dir = tempfile::tempdir().expect("a directory");
    let write = |(n, case): (usize, &String)| {
        let path = dir.path().join(format!("{n:03}.case.toml"));
        std::fs::write(&path, case).expect("written");
        path
    };
    let cases: Vec<PathBuf> = cases.iter().enumerate().map(write).collect();
    let flows = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows");
    let mut out = Vec::new();
    let summary = replay(&Replay { flows, cases, settings: None, manners: vec![Manner::Plain] }, &mut out).expect("it runs");
    let said = String::from_utf8(out).expect("words");
    let mut lines: Vec<String> = said.lines().map(str::to_owned).collect();
    let last = lines.pop().expect("a last line");
    assert_eq!(last, format!("{} passed, {} failed", summary.passed, summary.failed));
    lines
}

fn case(name: &str) -> String {
    let path = format!("{}/tests/data/cases/{name}.case.toml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A case of this kind: flows, what is open, what is heard.
const PAY: &str = r#"
case = "t"
flows = ["pay.past_due"]
person = "+380501112233"
open = [{ id = "pay", flow = "pay.past_due", step = "ask", sim = "A", sent = 0, delivered = 9, data = { account = "20417733", amount = "84.50", due = "2026-11-12", card = "*4410", mandate = true } }]
heard = [{ sim = "A", sc_time = 300, at = 306, text = "TEXT" }]
want = { WANT }
"#;
const METER: &str = r#"
case = "t"
flows = ["meter.read"]
person = "+380501112233"
open = [{ id = "meter", flow = "meter.read", step = "ask", sim = "A", sent = 0, delivered = 9, data = { meter = "M1", last = 4000, high = 9000, digits = 5 } }]
heard = [{ sim = "A", sc_time = 300, at = 306, text = "TEXT" }]
want = { WANT }
"#;

/// Every key of `want`: a text, what is right of it, what is wrong of it.
const WANTS: &[(&str, &str, &str, &str)] = &[
    (PAY, "Y", "rule = 12", "rule = 16"),
    (PAY, "Y", "session = \"pay\"", "session = \"bill\""),
    (PAY, "Y", "answer = \"yes\"", "answer = \"no\""),
    (METER, "04417", "value = \"04417\"", "value = \"04418\""),
    (PAY, "Y", "step = \"paid\"", "step = \"ask\""),
    (PAY, "Y", "calls = [\"billing.charge\"]", "calls = []"),
    (PAY, "N", "calls = []", "calls = [\"billing.charge\"]"),
    (PAY, "Y", "sent = 1", "sent = 2"),
    (PAY, "Y", "says = \"84.50\"", "says = \"84.51\""),
    (PAY, "Y", "to = \"+380501112233\"", "to = \"+380501112234\""),
    (PAY, "I smell gas", "danger = true", "danger = false"),
    (PAY, "Y", "danger = false", "danger = true"),
    (PAY, "please call me", "callback = true", "callback = false"),
    (PAY, "Y", "callback = false", "callback = true"),
    (PAY, "STOP", "consent = \"out\"", "consent = \"in\""),
    (PAY, "Y", "consent = \"in\"", "consent = \"out\""),
    (PAY, "let me talk to a person", "agent = \"billing\"", "agent = \"outage\""),
    (PAY, "N", "open = [\"pay\"]", "open = []"),
    (PAY, "Y", "open = []", "open = [\"pay\"]"),
];

#[test]
fn each_key_of_want_can_make_a_case_fall() {
    let of = |(base, text, want): (&str, &str, &str)| base.replace("TEXT", text).replace("WANT", want);
    let right: Vec<String> = WANTS.iter().map(|(base, text, want, _)| of((base, text, want))).collect();
    let wrong: Vec<String> = WANTS.iter().map(|(base, text, _, want)| of((base, text, want))).collect();
    for (row, said) in WANTS.iter().zip(replayed(&right)) {
        assert!(said.starts_with("ok"), "{} of {:?}: {said}", row.2, row.1);
    }
    for (row, said) in WANTS.iter().zip(replayed(&wrong)) {
        let key = row.3.split(' ').next().unwrap_or_default();
        assert!(said.starts_with("FAIL") && said.contains(&format!("text 1: {key} is ")), "{} of {:?}: {said}", row.3, row.1);
    }
    let covered: std::collections::BTreeSet<&str> = WANTS.iter().filter_map(|row| row.2.split(' ').next()).collect();
    let keys = "rule session answer value step calls sent says to danger callback consent agent open";
    assert_eq!(covered, keys.split(' ').collect(), "every key of the table in tests/data/cases/README.md");
}

/// A case that passes, and what of it is cut and put: then it falls, or it cannot be run for this reason.
const HEEDED: &[(&str, &str, &str, &str)] = &[
    ("retries-then-a-person", "flows = [", "flows = [\"nobody\", ", "there is no flow nobody"),
    ("event-paid-withdraws-the-question", "person = \"", "person = \"+1", ""),
    ("charge-outcome-unknown", "\"unknown\"", "\"ok\"", "step is"),
    ("plain-message-between-prompt-and-yes", "texts = ", "# ", ""),
    ("fence-of-a-known-clock", "smsc = ", "# ", ""),
    ("hand-over-says-when-in-ukrainian", "lang = \"uk\"", "lang = \"de\"", "says is"),
    ("another-sim-says-so-once", "sims = [\"A\", \"B\"]", "sims = [\"A\"]", "there is no SIM A beside another one"),
    ("agent-holds-the-thread", "queue = \"", "queue = \"x", "agent is"),
    ("agent-hands-back-with-a-notice", "left = 600", "left = 60000", ""),
    ("agent-closed-a-while-ago", "closed = 600", "closed = 1", ""),
    ("shared-phone-money-needs-account-digits", "accounts = ", "# ", ""),
    ("agent-closed-and-a-keyword", "http = ", "# ", ""),
    ("guard-keyword-repeats-three-an-hour", "facts = ", "# ", ""),
    ("acknowledged-and-fire-heard", "codes = {", "codes = { \"+15550199999\" = \"99\" }, data = {", ""),
    ("staff-pass-to-next", "rosters = ", "# ", ""),
    ("staff-writes-from-a-short-number", "aliases = ", "# ", ""),
    ("late-reply-gets-late-step", "expired = ", "sent = 0, tag = ", "duplicate key"),
    ("tagged-answers", "tag = 7", "tag = 9", ""),
    ("fence-second-prompt-not-on-phone", "step = \"ask\"", "step = \"asks\"", ""),
    ("fence-modem-off-old-y", "sc_time = ", "sc_time = 100", ""),
    ("fence-swept-text-keeps-its-stamp", "live = false", "live = true", ""),
    ("guard-no-reply-wanted", "no_reply = true", "no_reply = false", ""),
    ("parts-out-of-order-free-text", "order = [", "order = [9, ", "there is no part 9"),
    ("event-paid-withdraws-the-question", "event = \"paid\"", "tick = true", ""),
    ("failed-report-after-the-reply", "report = \"failed\"", "report = \"filed\"", "`filed` is none of delivered, failed"),
    ("door-lower-rank-waits", "start = \"", "start = \"no.", ""),
    ("another-sim-says-so-once", "gone = \"A\"", "tick = true", "says is"),
    ("another-sim-says-so-once", "gone = \"A\"", "gone = \"Z\"", "there is no SIM Z"),
];

#[test]
fn each_other_key_is_heeded() {
    let changed = |(name, cut, put, _): &(&str, &str, &str, &str)| {
        let source = case(name);
        assert!(source.contains(cut), "{name}: there is no {cut:?}");
        source.replacen(cut, put, 1)
    };
    let cases: Vec<String> = HEEDED.iter().map(changed).collect();
    for (row, said) in HEEDED.iter().zip(replayed(&cases)) {
        assert!(said.starts_with("FAIL") && said.contains(row.3), "{row:?}: {said}");
    }
}

/// A mistake in a case file: what is cut and put, and what is said of it.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("want = {", "want = { rul = 12, ", "line 7: unknown field `rul`"),
    ("want = { rule = 12 }", "want = [{ rule = 12, stp = \"x\" }]", "line 7: unknown field `stp`"),
    ("rule = 12", "rule = \"12\"", "line 7: invalid type: string \"12\""),
    ("want = { rule = 12 }", "want = 12", "a table of what is wanted, or a list"),
    ("want = { rule = 12 }", "want = [{ rule = 12 }, {}]", "1 texts are heard and 2 rows are wanted"),
    ("person", "persn = 1\nperson", "line 4: unknown field `persn`"),
    ("open = [{", "open = [{ stap = 1, ", "line 5: unknown field `stap`"),
    ("heard = [{", "heard = [{ txt = 1, ", "line 6: unknown field `txt`"),
    ("heard", "then = [{ at = 1, evnt = \"x\" }]\nheard", "line 6: unknown field `evnt`"),
    ("heard", "then = [{ at = 1 }]\nheard", "then at 1: name one of tick, event, start, report, gone"),
    ("heard", "then = [{ at = 1, tick = true, gone = \"A\" }]\nheard", "then at 1: name one of"),
    ("heard", "agent = { queue = \"a\", taken = 1, lft = 2 }\nheard", "unknown field `lft`"),
    ("heard", "texts = [{ at = 1, txt = \"x\" }]\nheard", "unknown field `txt`"),
    ("heard", "smsc = { ofset = 1 }\nheard", "unknown field `ofset`"),
    ("heard", "lang = \"english\"\nheard", "lang: `english` is none of"),
    ("heard", "http = { \"billing.charge\" = \"maybe\" }\nheard", "`maybe` is not ok, fail or unknown"),
    ("heard", "http = { \"billing.chrage\" = \"fail\" }\nheard", "no flow of this case calls billing.chrage"),
    ("rule = 12", "consent = \"maybe\"", "want.consent: `maybe` is none of in, out"),
    ("text = \"Y\"", "live = true", "a text has either `text` or `parts`"),
    ("text = \"Y\"", "text = \"Y\", parts = [\"Y\"]", "a text has either `text` or `parts`"),
    ("text = \"Y\"", "text = \"Y\", gap = 3", "`order` and `gap` are those of `parts`"),
];

#[test]
fn a_mistake_in_a_case_file_is_named() {
    let base = PAY.replace("TEXT", "Y").replace("WANT", "rule = 12");
    let broken = |(cut, put, _): &(&str, &str, &str)| {
        assert!(base.contains(cut), "{cut:?}");
        base.replacen(cut, put, 1)
    };
    let cases: Vec<String> = MISTAKES.iter().map(broken).collect();
    for (row, said) in MISTAKES.iter().zip(replayed(&cases)) {
        assert!(said.starts_with("FAIL") && said.contains(row.2), "{row:?}: {said}");
    }
}
