//! `flow try`: every key and every word of its lines (conversation.md section 6).

use std::path::{Path, PathBuf};

use answerback::rehearsal::{Try, try_flow};
use answerback::time::Timestamp;
use serde_json::{Value, json};

fn flow(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("flows/{name}.flow.toml"))
}

fn request(file: PathBuf) -> Try {
    Try { file, beside: Vec::new(), http: Vec::new(), set: Vec::new(), now: None, fresh: false }
}

fn tried(request: &Try, replies: &[&str]) -> Vec<Value> {
    let (input, mut out) = (replies.join("\n"), Vec::new());
    try_flow(request, &mut input.as_bytes(), &mut out).expect("it runs");
    let said = String::from_utf8(out).expect("words");
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(lines.len(), replies.len(), "{said}");
    lines
}

fn check(name: &str, reply: &str, want: &[(&str, Value)]) {
    let line = tried(&request(flow(name)), &[reply]).remove(0);
    for (key, value) in want {
        assert_eq!(line[*key], *value, "{reply:?}: {key} in {line}");
    }
    for key in ["rule", "outcome", "answer", "value", "note", "step", "calls", "said"] {
        assert!(line.as_object().is_some_and(|line| line.contains_key(key)), "{reply:?}: {key} is not in {line}");
    }
}

#[test]
fn a_line_says_what_a_reply_does() {
    let pay = |reply: &str, want: &[(&str, Value)]| check("pay.past_due", reply, want);
    pay("Y", &[("rule", json!(12)), ("outcome", json!("answer")), ("answer", json!("yes")), ("calls", json!(["billing.charge"]))]);
    pay("N", &[("outcome", json!("answer")), ("answer", json!("no")), ("step", json!("why")), ("calls", json!([])), ("note", json!(null))]);
    pay("why is it so much", &[("rule", json!(16)), ("outcome", json!("unclear")), ("answer", json!(null)), ("step", json!("ask"))]);
    check(
        "outage.confirm",
        "yes but call me after 5",
        &[("outcome", json!("unclear")), ("note", json!("yes but call me after 5")), ("calls", json!([]))],
    );
    pay("STOP", &[("rule", json!(4)), ("outcome", json!("optout"))]);
    pay("HELP", &[("rule", json!(6)), ("outcome", json!("help")), ("step", json!("ask"))]);
    pay("START", &[("rule", json!(7)), ("outcome", json!("start"))]);
    pay("let me talk to a person", &[("rule", json!(13)), ("outcome", json!("agent"))]);
    pay("I smell gas", &[("rule", json!(5)), ("outcome", json!("danger")), ("calls", json!([]))]);
    check("outage.confirm", "yes it is still out", &[("answer", json!("yes")), ("note", json!("it is still out"))]);
    check("meter.read", "00005", &[("rule", json!(12)), ("value", json!("00005")), ("calls", json!(["mdm.reading"]))]);
    check("survey.visit", "\"a line\\nanother\"", &[("rule", json!(16)), ("outcome", json!("unclear"))]);
}

#[test]
fn one_session_goes_on_and_a_fresh_one_does_not() {
    let answers = |fresh: bool| {
        let lines = tried(&Try { fresh, ..request(flow("pay.past_due")) }, &["Y", "hello there"]);
        lines.iter().map(|line| line["outcome"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(answers(false), [json!("answer"), json!("none")], "the bill is paid, and nobody waits for words");
    assert_eq!(answers(true), [json!("answer"), json!("unclear")], "a new bill does not take these words");
}

#[test]
fn what_is_said_beside_the_file_counts() {
    let said = |line: &Value| line["said"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join("|");
    let unknown =
        Try { http: vec!["billing.charge=unknown".to_owned()], set: vec!["amount=99.10".to_owned()], ..request(flow("pay.past_due")) };
    let line = tried(&unknown, &["Y"]).remove(0);
    assert_eq!((&line["step"], said(&line).contains("checking your payment")), (&json!("checking"), true), "{line}");
    let paid = tried(&Try { http: Vec::new(), ..unknown }, &["Y"]).remove(0);
    assert!(said(&paid).contains("Paid 99.10"), "{paid}");
    let night = Try { now: Timestamp::parse("2026-11-23T22:00:00+02:00"), ..request(flow("pay.past_due")) };
    let called = tried(&night, &["CALL"]).remove(0);
    assert!(said(&called).contains("We answer from 24 Nov, 08:00"), "{called}");
}

#[test]
fn a_reply_after_the_end_is_late() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("short.flow.toml");
    let text = "flow = \"short\"\nlane = \"outage\"\nstart = \"ask\"\nexpires = \"30s\"\nlate = { for = \"1d\", go = \"end\" }\n[step.ask]\n\
                ask = { en = \"{utility}: one?\" }\nwant = \"yesno\"\non = { yes = \"end\", no = \"end\" }\n[step.end]\n\
                done = { en = \"{utility}: it is over.\" }\n";
    std::fs::write(&file, text).expect("a file");
    let line = tried(&request(file), &["Y"]).remove(0);
    assert_eq!((&line["rule"], &line["outcome"], &line["step"]), (&json!(15), &json!("late"), &json!("end")), "{line}");
}
