//! Keywords that another flow of the same box takes as an answer (conversation.md section 8, number 14).

use std::sync::Arc;

use answerback::conversation::flow::Flow;
use answerback::conversation::lint::{Finding, Severity, Site, check_source};
use answerback::conversation::packs::Packs;
use answerback::settings::Settings;
use answerback::terms::default_lanes;

/// A flow that begins with these words.
fn begun_by(words: &str) -> String {
    format!(
        "flow = \"begun\"\nlane = \"account\"\nbegin = {{ words = {{ en = [{words}] }} }}\nstart = \"say\"\nexpires = \"1h\"\n\
         [step]\nsay = {{ done = {{ en = \"{{utility}}: here.\" }} }}\n"
    )
}

/// A flow that asks this.
fn asking(ask: &str) -> String {
    format!(
        "flow = \"asking\"\nlane = \"account\"\nstart = \"ask\"\nexpires = \"1h\"\n[step]\nend = {{ done = true }}\n\
         [step.ask]\nask = {{ en = \"{{utility}}: well?\" }}\n{ask}\n"
    )
}

fn findings(source: &str, beside: &[&str]) -> Vec<Finding> {
    let packs = Packs::load(&["en".to_owned(), "es".to_owned()]).expect("packs");
    let settings = Settings { utility: "Northgrid".to_owned(), emergency: "112".to_owned(), ..Settings::default() };
    let lanes = default_lanes();
    let beside: Vec<Arc<Flow>> = beside.iter().map(|other| Arc::new(Flow::parse("o.flow.toml", other).expect("a flow"))).collect();
    let site = Site { beside: &beside, ..Site::offline(&lanes, &settings, &packs) };
    check_source("t.flow.toml", source, &site).1
}

/// Both files are warned of, each on the line of its own word.
fn check(words: &str, ask: &str, clash: bool) {
    let (begun, asking) = (begun_by(words), asking(ask));
    let at_begin = findings(&begun, &[&asking]);
    let at_ask = findings(&asking, &[&begun]);
    assert!(at_begin.iter().chain(&at_ask).all(|finding| finding.severity == Severity::Warning), "{at_begin:#?} {at_ask:#?}");
    let said = |found: &[Finding], line: u32, other: &str| {
        found.iter().any(|finding| {
            finding.line == line && finding.reason.contains(&format!("flow {other}")) && finding.reason.contains("the answer wins")
        })
    };
    assert_eq!(said(&at_begin, 3, "asking"), clash, "{words} {ask}: {at_begin:#?}");
    assert_eq!(said(&at_ask, 7, "begun"), clash, "{words} {ask}: {at_ask:#?}");
    assert_eq!((findings(&begun, &[&begun]), findings(&asking, &[])), (Vec::new(), Vec::new()), "alone nothing is wrong");
}

#[test]
fn a_keyword_that_is_an_answer_elsewhere_is_warned_of() {
    let choice = "want = \"choice\"\non = { now = \"end\", then = \"end\" }\nwords = { now = { en = [\"right now\"] } }";
    let yesno = "want = \"yesno\"\non = { yes = \"end\", no = \"end\" }";
    let menu = "want = \"menu\"\non = { 1 = \"end\", 2 = \"end\" }\nwords = { 1 = { en = [\"yes\"] } }";
    check("\"right now\"", choice, true);
    check("\"then\"", choice, true);
    // With words of its own, its name is none of them.
    check("\"now\"", choice, false);
    check("\"Yes\"", yesno, true);
    check("\"sí\"", yesno, true);
    check("\"nope\"", yesno, true);
    check("\"bins\"", yesno, false);
    // A menu that takes "yes" takes every yes; it says nothing of no.
    check("\"sí\"", menu, true);
    check("\"nope\"", menu, false);
    check("\"2\"", menu, true);
    check("\"3\"", menu, false);
}

#[test]
fn one_word_that_begins_two_flows_is_warned_of() {
    let (one, two) = (begun_by("\"bins\", \"Rubbish\""), begun_by("\"rubbish\"").replace("\"begun\"", "\"other\""));
    let found = findings(&one, &[&two]);
    let [finding] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((finding.line, finding.severity), (3, Severity::Warning));
    assert!(finding.reason.contains("`Rubbish` begins flow other as well"), "{finding:?}");
}

/// Offline nobody knows the endpoints: each is a warning, on its line, and with a box's own it is right or refused.
#[test]
fn offline_an_endpoint_is_a_warning() {
    let source = include_str!("../../../flows/pay.past_due.flow.toml");
    let found = findings(source, &[]);
    let about: Vec<&Finding> = found.iter().filter(|finding| finding.reason.contains("an endpoint `billing.charge`")).collect();
    assert!(!about.is_empty() && about.iter().all(|finding| finding.severity == Severity::Warning), "{found:#?}");
    let line = about[0].line as usize;
    assert!(source.lines().nth(line - 1).is_some_and(|line| line.contains("billing.charge")), "line {line}");
    assert!(about[0].proposal.contains("--settings"), "{about:?}");
}
