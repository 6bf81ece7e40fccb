//! Every refusal of conversation.md section 7, with its line; and the shipped flows, which have none.

use super::*;
use crate::terms::default_lanes;

fn findings(source: &str, pay_only: bool) -> Vec<Finding> {
    let packs = Packs::load(&Packs::shipped()).expect("packs");
    let settings = Settings { utility: "Northgrid".to_owned(), emergency: "112".to_owned(), ..Settings::default() };
    let lanes = default_lanes();
    let known: Vec<String> = ["pay", "charge", "pool", "billing"].into_iter().map(str::to_owned).collect();
    let listed = pay_only.then_some(known.as_slice());
    let site = Site {
        endpoints: listed,
        queues: listed,
        rosters: listed,
        pages: listed,
        flows: listed,
        lanes: &lanes,
        settings: &settings,
        packs: &packs,
    };
    check_source("t.flow.toml", source, &site).1
}

fn check(lines: &[&str], line: u32, says: &str) {
    let source = lines.join("\n");
    let found = findings(&source, true);
    let hit = found.iter().any(|finding| finding.line == line && finding.reason.contains(says) && !finding.proposal.is_empty());
    assert!(hit, "line {line}, {says:?}\n{source}\n{found:#?}");
}

#[test]
fn the_shipped_flows_have_no_error() {
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/flows")).expect("flows") {
        let path = entry.expect("an entry").path();
        let source = std::fs::read_to_string(&path).expect("a file");
        let errors: Vec<Finding> = findings(&source, false).into_iter().filter(|finding| finding.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    }
}

const HEAD: [&str; 6] = ["flow = \"t\"", "lane = \"billing\"", "start = \"ask\"", "expires = \"1h\"", "[step]", "end = { done = true }"];

fn ask(rest: &[&'static str]) -> Vec<&'static str> {
    let mut lines = HEAD.to_vec();
    lines.extend_from_slice(rest);
    lines
}

#[test]
fn what_the_loader_refuses_has_its_line() {
    let question = ["[step.ask]", "ask = { en = \"{utility}: x?\" }", "want = \"choice\""];
    let with = |rest: &[&'static str]| ask(&[&question[..], rest].concat());
    check(&with(&["on = { drop = \"end\" }", "words = { drop = { en = [\"cancel\"] } }"]), 10, "reserved consent word");
    check(&with(&["on = { drop = \"end\" }", "words = { drop = { es = [\"baja\"] } }"]), 10, "reserved consent word");
    check(&with(&["on = { a = \"ned\" }"]), 10, "no step `ned`");
    check(
        &with(&["on = { a = \"end\", b = \"end\" }", "words = { a = { en = [\"go\"] }, b = { es = [\"go\"] } }"]),
        7,
        "`go` is a form of",
    );
    check(
        &with(&["on = { a = \"end\", b = \"end\" }", "words = { a = { en = [\"yes\"] }, b = { es = [\"vale\"] } }"]),
        7,
        "both take a pack's yes",
    );
    check(
        &with(&[
            "on = { yes = \"end\" }",
            "silence = { after = \"1h\", go = \"x\" }",
            "[step.x]",
            "http = \"charge\"",
            "ok = \"end\"",
            "fail = \"end\"",
            "unknown = \"end\"",
        ]),
        11,
        "changes something, and nobody is asked",
    );
    check(
        &with(&["on = { yes = \"x\" }", "[step.x]", "http = \"nobody\"", "ok = \"end\"", "fail = \"end\"", "read = true"]),
        12,
        "no endpoint `nobody`",
    );
    check(
        &with(&[
            "on = { yes = \"x\" }",
            "[step.x]",
            "link = { page = \"xyz\" }",
            "tell = { en = \"{link}\" }",
            "on = { done = \"end\", expired = \"end\" }",
        ]),
        12,
        "no page `xyz`",
    );
    check(&with(&["on = { yes = \"x\" }", "[step.x]", "agent = { queue = \"nobody\" }"]), 12, "no queue `nobody`");
    check(&with(&["on = { yes = \"x\" }", "[step.x]", "tell = { en = \"a\" }", "wait = \"paid\""]), 13, "no event `paid`");
    check(&with(&["on = { yes = \"x\" }", "[step.x]", "done = { en = \"{amount} paid\" }"]), 12, "no slot `amount`");
    check(
        &with(&[
            "on = { yes = \"x\" }",
            "[step.x]",
            "tell = { en = \"a\" }",
            "go = \"y\"",
            "[step.y]",
            "tell = { en = \"b\" }",
            "go = \"x\"",
        ]),
        11,
        "in circles",
    );
    check(&ask(&["[step.ask]", "done = { en = \"bye\" }"]), 8, "does not name the utility");
    check(&ask(&["[step.ask]", "done = { en = \"{utility}: see https://x\" }"]), 8, "web address");
    check(&ask(&["[step.ask]", "done = { en = \"{utility}: see northgrid.com/pay\" }"]), 8, "web address");
    let lane: Vec<&str> = HEAD.iter().map(|line| line.replace("billing", "biling")).map(|line| &*line.leak()).collect();
    check(&lane, 2, "no lane `biling`");
}

#[test]
fn slots_must_be_set_on_every_way() {
    let lines = ask(&[
        "[step.ask]",
        "http = \"charge\"",
        "read = true",
        "save = { row = \"row\" }",
        "ok = \"told\"",
        "fail = \"told\"",
        "[step.told]",
        "done = { en = \"{utility}: {row}\" }",
    ]);
    check(&lines, 14, "`{row}` is not set on every way");
}

#[test]
fn texts_must_fit_with_their_longest_values() {
    let long = "done = { en = \"{utility}: 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890\" }";
    check(&ask(&["[step.ask]", long]), 8, "takes 2 segments, at most 1");
}
