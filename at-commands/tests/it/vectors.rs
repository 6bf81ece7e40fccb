//! Every vector of the public projects and of the standards gives the expected value.

use crate::check::{CHECKERS, check, parse};
use at_commands::pdu::{Deliver, Smsc, StatusReport, Submit};
use serde_json::Value;
use std::collections::BTreeMap;

fn vectors(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| parse(line).expect("a vector is one line of JSON")).collect()
}

/// Checks the lines and returns how many of each kind there were.
fn check_all(lines: &str) -> BTreeMap<String, usize> {
    let mut seen = BTreeMap::new();
    let mut fallen = Vec::new();
    for vector in vectors(lines) {
        if let Err(why) = check(&vector) {
            fallen.push(format!("{}: {why}", vector["id"]));
        }
        *seen.entry(vector["kind"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    assert!(fallen.is_empty(), "{} fell\n{}", fallen.len(), fallen.join("\n"));
    seen
}

#[test]
fn every_pdu_has_the_fields_and_the_text_that_were_sent() {
    let seen = check_all(include_str!("../data/pdu.jsonl"));
    let kinds: Vec<(&str, usize)> = seen.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    assert_eq!(kinds, [("command", 1), ("deliver", 134), ("report", 6), ("status-report", 21), ("submit", 87)]);
}

#[test]
fn every_damaged_pdu_is_an_error() {
    assert_eq!(check_all(include_str!("../data/malformed.jsonl")).values().sum::<usize>(), 76);
}

#[test]
fn every_field_is_read_as_the_standard_says() {
    assert_eq!(check_all(include_str!("../data/fields.jsonl")).values().sum::<usize>(), 102);
}

#[test]
fn every_alphabet_gives_the_text() {
    assert_eq!(check_all(include_str!("../data/text.jsonl")).values().sum::<usize>(), 57);
}

#[test]
fn every_line_of_a_modem_is_understood() {
    let seen = check_all(include_str!("../data/at.jsonl"));
    let kinds: Vec<(&str, usize)> = seen.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    assert_eq!(kinds, [("at-echo", 11), ("at-final", 20), ("at-reply", 573), ("at-stream", 14), ("malformed-reply", 7)]);
}

#[test]
fn a_wrong_expectation_falls() {
    let mut vector = vectors(include_str!("../data/fields.jsonl")).remove(0);
    vector["expect"]["value"] = Value::from("+1");
    assert!(check(&vector).is_err(), "the checker would pass anything");
    assert!(CHECKERS.len() >= 15);
}

/// Every TPDU that a modem prints or is given, without the people in it.
#[test]
fn a_pdu_without_the_people_in_it_decodes_to_the_same_layout() {
    let mut seen = 0;
    for vector in vectors(include_str!("../data/pdu.jsonl")) {
        let text = |name: &str| vector[name].as_str().unwrap_or_default();
        if vector["smsc_present"] != Value::Bool(true) || !["deliver", "submit", "status-report"].contains(&text("kind")) {
            continue;
        }
        let before = at_commands::hex::decode(text("hex")).expect("hex");
        let mut after = before.clone();
        assert!(at_commands::pdu::anonymise(&mut after), "{}", text("id"));
        assert_eq!(after.len(), before.len(), "{}", text("id"));
        let numbers = |octets: &[u8]| match text("kind") {
            "deliver" => Deliver::decode(octets, Smsc::Present).ok().map(|pdu| (pdu.oa.number(), pdu.text())),
            "submit" => Submit::decode(octets, Smsc::Present).ok().map(|pdu| (pdu.da.number(), pdu.text())),
            _ => StatusReport::decode(octets, Smsc::Present).ok().map(|pdu| (pdu.ra.number(), None)),
        };
        let (Some((number, said)), decoded) = (numbers(&before), numbers(&after)) else { continue };
        let (masked, hidden) = decoded.unwrap_or_else(|| panic!("{} does not decode any more", text("id")));
        if let Some(number) = number.filter(|number| number.len() > 7 && !number.ends_with("00000")) {
            assert_ne!(masked.as_ref(), Some(&number), "{}", text("id"));
        }
        if let Some(said) = said.filter(|said| said.len() > 4) {
            assert_ne!(hidden.as_ref(), Some(&said), "{}", text("id"));
        }
        seen += 1;
    }
    assert!(seen > 100, "{seen} PDUs");
}
