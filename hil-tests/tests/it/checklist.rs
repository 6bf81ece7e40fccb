//! The emulator's checklist (at-domain section 14): each item has a scenario that switches it on and shows that it was met.

use std::collections::BTreeSet;

use hil_tests::emulator::fault::Fault;
use hil_tests::scenario::{Deed, Rig, Scenario, Subject, What};

use crate::scenarios::shipped;

/// One item of the list, the scenario that plays it, and what that scenario switches on or looks for.
type Row = (&'static str, &'static str, &'static [&'static str]);

const ROWS: &[Row] = &[
    ("Echo on/off", "echo-is-on", &["echo_back"]),
    (
        "prompt variants (6)",
        "prompt-has-six-forms",
        &["prompt \">\"", "prompt \"\\n>\"", "prompt \"\\r\\n>\\r\\n\"", "glued_prompt", "echo_back"],
    ),
    ("URC injection at every line gap", "lines-between-all-lines", &["urc_inside"]),
    ("+CMT two-line", "text-is-shown-in-two-lines", &["shows_only", "text_class 0"]),
    ("byte-by-byte and 64 KiB burst output", "octet-by-octet-and-in-bursts", &["chop", "burst 65536"]),
    ("+CMGS delayed 0-150 s", "answer-takes-its-time", &["late_answer 60000", "late_answer 149000"]),
    ("report before OK", "report-before-the-answer", &["report_first"]),
    ("MR wrap at 255->0", "reference-wraps", &["a reference wraps"]),
    ("store full + ^SMMEMFULL then silence", "memory-full-and-then-silence", &["silent_when_full", "sim_full, told", "^SMMEMFULL: \"SM\""]),
    ("class 2 to SM", "class-two-goes-to-the-sim", &["text_class 2", "a text in another memory"]),
    ("reset mid-prompt with RDY", "reset-behind-the-prompt", &["reset_mid_pdu", "RDY"]),
    ("CME 14/515 for 10 s", "sim-is-busy-at-start", &["sim_busy 14, 10000", "sim_busy 515, 10000"]),
    ("PIN counter that really burns", "wrong-pin-burns-one-try", &["a PIN try is burned"]),
    ("glued lines", "line-glued-to-an-error", &["glued"]),
    ("NUL noise", "nul-noise-on-the-line", &["nul"]),
    ("V0", "results-are-digits", &["numeric"]),
    ("tty vanishing and coming back under another name", "port-comes-back-under-another-name", &["vanish, taken", "another name"]),
    ("duplicate MT delivery", "text-comes-twice", &["double_delivery"]),
    ("out-of-order parts", "parts-out-of-order", &["reverse_parts"]),
    ("340 after CNMA", "acknowledgement-nobody-expects", &["acknowledges_itself", "an acknowledgement that is not expected"]),
    ("CNMI reset to 0,0 when the ack is late", "acknowledgement-comes-too-late", &["acknowledge_late", "shows_only"]),
];

/// The items as the design names them.
fn items() -> Vec<String> {
    let page = include_str!("../../../docs/design/at-domain.md");
    let (_, section) = page.split_once("## 14.").expect("the section");
    let (_, list) = section.split_once('\n').expect("its heading");
    let list = list.split("\n#").next().expect("its text").replace('\n', " ");
    list.trim().trim_end_matches('.').split(';').map(|item| item.trim().to_owned()).collect()
}

/// A fault with what tells one of a kind from another.
fn spelled(fault: &Fault) -> String {
    let name = fault.name();
    match fault {
        Fault::Prompt { text } => format!("{name} {text:?}"),
        Fault::TextClass { class } => format!("{name} {class}"),
        Fault::Burst { octets } => format!("{name} {octets}"),
        Fault::LateAnswer { ms } => format!("{name} {ms}"),
        Fault::SimBusy { ms, cme } => format!("{name} {cme}, {ms}"),
        _ => name.to_owned(),
    }
}

/// What a scenario switches on, looks for and is told by its modems.
fn holds(scenario: &Scenario) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for dialect in scenario.modems.iter().map(|modem| modem.dialect) {
        found.extend(dialect.boot.iter().map(|(_, line)| (*line).to_owned()).chain(dialect.full.map(str::to_owned)));
    }
    for step in &scenario.steps {
        match &step.what {
            What::Do(Deed::Rig(Rig::Fault { fault: Some(fault), .. })) => drop(found.insert(spelled(fault))),
            What::Do(Deed::Plug(plug)) if plug.link().is_some() => drop(found.insert("another name".to_owned())),
            What::Expect(look) => {
                let struck = |subject: &Subject| if let Subject::Struck(look) = subject { Some(look.name.clone()) } else { None };
                found.extend(look.subjects.iter().filter_map(struck));
            }
            What::Do(_) | What::WaitUntil(_) => {}
        }
    }
    found
}

#[test]
fn every_item_of_the_checklist_has_a_scenario() {
    let rows: Vec<&str> = ROWS.iter().map(|(item, ..)| *item).collect();
    assert_eq!(items(), rows, "one row for each item of at-domain section 14");
    let scenarios = shipped();
    for (item, file, wanted) in ROWS {
        let name = format!("/{file}.scenario.toml");
        let scenario = scenarios.iter().find(|scenario| scenario.file.ends_with(&name));
        let found = holds(scenario.unwrap_or_else(|| panic!("{item}: there is no {file}")));
        let missing: Vec<&&str> = wanted.iter().filter(|wanted| !found.contains(**wanted)).collect();
        assert!(missing.is_empty(), "{item}: {file} lacks {missing:?}, it has {found:?}");
    }
}
