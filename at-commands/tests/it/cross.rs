//! What we encode, other people's decoders read: `smspdudecoder` from the Python package index and Debian's `python3-gammu`.
//! `scripts/setup test` installs both (`scripts/test` runs it): without them this test fails.

use at_commands::hex;
use at_commands::pdu::{Address, Deliver, Smsc, Status, StatusReport, Submit, Timestamp, TypeOfAddress, ValidityPeriod};
use at_commands::text::{Segment, SegmentOptions, segment};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Name, sender, text, 16-bit reference.
type Case = (&'static str, &'static str, &'static str, bool);

const CASES: &[Case] = &[
    ("plain", "+31641600986", "How are you?", false),
    (
        "all of the alphabet",
        "+31641600986",
        "@\u{A3}$\u{A5}\u{E8}\u{E9}\u{F9}\u{EC}\u{F2}\u{C7}\n\u{D8}\u{F8}\u{C5}\u{E5}\u{394}_\u{3A6}\u{393}\u{39B}\u{3A9}\u{3A0}\u{3A8}\u{3A3}\u{398}\u{39E}\u{C6}\u{E6}\u{DF}\u{C9} \u{A4}\u{A1}\u{C4}\u{D6}\u{D1}\u{DC}\u{A7}\u{BF}\u{E4}\u{F6}\u{F1}\u{FC}\u{E0}",
        false,
    ),
    ("extension", "+31641600986", "[1] {2} ~ \\ | ^ \u{20AC}5", false),
    ("seven letters", "sipgate", "1234567", false),
    ("eleven letters", "MyUtility01", "paid", false),
    ("national number", "80345", "ok", false),
    ("cyrillic", "+380501234567", "\u{421}\u{432}\u{456}\u{442}\u{43B}\u{43E} \u{454}", false),
    ("surrogates", "+380501234567", "ok \u{1F600}\u{1F44D}", false),
    (
        "two parts",
        "+31641600986",
        "Your electricity bill is past due: {42.00} EUR. Reply Y to pay it now from the card on file, N for a call back, or STOP. We will not cut the supply before Monday; questions? Call us.",
        false,
    ),
    (
        "two parts, wide reference",
        "+31641600986",
        "Your electricity bill is past due: {42.00} EUR. Reply Y to pay it now from the card on file, N for a call back, or STOP. We will not cut the supply before Monday; questions? Call us.",
        true,
    ),
    (
        "two parts of UCS-2",
        "+31641600986",
        "\u{421}\u{432}\u{456}\u{442}\u{43B}\u{43E} \u{432}\u{456}\u{434}\u{43D}\u{43E}\u{432}\u{43B}\u{435}\u{43D}\u{43E}. \u{421}\u{432}\u{456}\u{442}\u{43B}\u{43E} \u{432}\u{456}\u{434}\u{43D}\u{43E}\u{432}\u{43B}\u{435}\u{43D}\u{43E}. \u{421}\u{432}\u{456}\u{442}\u{43B}\u{43E} \u{432}\u{456}\u{434}\u{43D}\u{43E}\u{432}\u{43B}\u{435}\u{43D}\u{43E}. \u{421}\u{432}\u{456}\u{442}\u{43B}\u{43E} \u{432}\u{456}\u{434}\u{43D}\u{43E}\u{432}\u{43B}\u{435}\u{43D}\u{43E}.",
        false,
    ),
];

/// Who is asked about a message to us; only the second reads the TPDUs that go the other way, and reports.
const DECODERS: &[&str] = &["smspdudecoder", "python3-gammu"];
const GAMMU: &[&str] = &["python3-gammu"];

/// Decoder, case, field: known bugs of theirs.
const KNOWN_BUGS: &[(&str, &str, &str)] = &[
    // Reads the seven spare bits behind seven letters as an eighth.
    ("smspdudecoder", "seven letters", "number"),
];

/// When every message below came.
const SCTS_MS: i64 = 1_780_000_000_000;
const SCTS_UTC: &str = "2026-05-28T20:26:40";
const SCTS_LOCAL: &str = "2026-05-28T16:26:40";

/// One PDU, who is asked about it, and what each must read in it.
struct Asked {
    name: &'static str,
    pdu: String,
    decoders: &'static [&'static str],
    expected: Vec<(&'static str, Value)>,
}

#[test]
fn other_decoders_read_what_we_encode() {
    let mut asked: Vec<Asked> = CASES.iter().flat_map(|case| [delivers(*case), submits(*case)]).flatten().collect();
    asked.push(report());
    let lines: Vec<String> = asked.iter().map(|asked| json!({ "pdu": asked.pdu, "decoders": asked.decoders }).to_string()).collect();
    let answers = ask(&lines.join("\n"));
    assert_eq!(answers.len(), asked.len(), "one answer a PDU");
    let mut fallen = Vec::new();
    for (asked, answer) in asked.iter().zip(&answers) {
        for decoder in asked.decoders {
            let read = &answer[decoder];
            assert!(read.is_object(), "{decoder} is missing: run scripts/setup test");
            for (field, expected) in asked.expected.iter().filter(|(field, _)| read.get(field).is_some() || read.get("error").is_some()) {
                let known = KNOWN_BUGS.contains(&(decoder, asked.name, field));
                if (read[field] == *expected) == known {
                    fallen.push(format!("{decoder}, {}, {field}: {expected} became {read} from {}", asked.name, asked.pdu));
                }
            }
        }
    }
    assert!(fallen.is_empty(), "{}", fallen.join("\n"));
}

fn address(text: &str) -> Address {
    let address = match text.as_bytes() {
        [b'+', ..] => Address::from_e164(text),
        [b'0'..=b'9', ..] => Address::digits(text, TypeOfAddress::UNKNOWN),
        _ => Address::from_alphanumeric(text),
    };
    address.expect("an address")
}

/// The parts of a text, and the place of each among them where there are several.
fn parts(text: &str, wide_reference: bool) -> Vec<(Segment, Value)> {
    let sent = segment(text, &SegmentOptions { wide_reference, reference: 0xA7, ..SegmentOptions::default() }).expect("a few parts");
    let place = |part: &Segment| part.udh.concat().map_or(Value::Null, |concat| json!([concat.seq, concat.total]));
    sent.parts.into_iter().map(|part| (part.clone(), place(&part))).collect()
}

/// The messages of a case as a phone gets them.
fn delivers((name, sender, text, wide_reference): Case) -> Vec<Asked> {
    let deliver = |(part, place): (Segment, Value)| {
        let message = Deliver {
            smsc: Some(address("+31624000000")),
            more_messages: false,
            loop_prevention: false,
            status_report_indication: false,
            reply_path: false,
            oa: address(sender),
            pid: 0,
            dcs: part.dcs,
            scts: Timestamp::from_unix_ms(SCTS_MS, -16).expect("in range"),
            udh: part.udh,
            ud: part.ud,
        };
        let pdu = hex::encode(&message.encode(Smsc::Present).expect(name));
        let text = json!(message.text());
        let times = [("utc", json!(SCTS_UTC)), ("local", json!(SCTS_LOCAL)), ("type", json!("Deliver"))];
        let expected = [("text", text), ("number", json!(sender)), ("part", place)].into_iter().chain(times).collect();
        Asked { name, pdu, decoders: DECODERS, expected }
    };
    parts(text, wide_reference).into_iter().map(deliver).collect()
}

/// The same as we hand them to a modem.
fn submits((name, to, text, wide_reference): Case) -> Vec<Asked> {
    let submit = |(part, place): (Segment, Value)| {
        let text = json!(part.ud.text());
        let mut message = Submit::new(address(to), part.dcs, part.udh, part.ud);
        message.status_report_request = true;
        message.vp = Some(ValidityPeriod::of_minutes(240));
        let pdu = hex::encode(&message.encode(Smsc::Present).expect(name));
        let expected = vec![("text", text), ("number", json!(to)), ("part", place), ("type", json!("Submit")), ("validity", json!("240M"))];
        Asked { name, pdu, decoders: GAMMU, expected }
    };
    parts(text, wide_reference).into_iter().map(submit).collect()
}

fn report() -> Asked {
    let report = StatusReport {
        smsc: Some(address("+31624000000")),
        more_messages: false,
        loop_prevention: false,
        qualifier: false,
        mr: 0xC8,
        ra: address("+31641600986"),
        scts: Timestamp::from_unix_ms(SCTS_MS, -16).expect("in range"),
        dt: Timestamp::from_unix_ms(SCTS_MS, -16).expect("in range"),
        st: Status::new(0x46),
        parameters: None,
    };
    let pdu = hex::encode(&report.encode(Smsc::Present).expect("a report"));
    let local = ("local", json!(SCTS_LOCAL));
    let expected =
        vec![("type", json!("Status_Report")), ("number", json!("+31641600986")), ("mr", json!(0xC8)), ("st", json!(0x46)), local];
    Asked { name: "report", pdu, decoders: GAMMU, expected }
}

/// The answers of the decoders, one object a line.
fn ask(lines: &str) -> Vec<Value> {
    let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("python");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/cross.py");
    // Debian's own Python, which sees Debian's packages.
    let python = Command::new("/usr/bin/python3").arg(script).arg(&packages).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut python = python.unwrap_or_else(|error| panic!("no Python ({error}): run scripts/setup test"));
    python.stdin.take().expect("piped").write_all(lines.as_bytes()).expect("Python reads all of its input");
    let output = python.wait_with_output().expect("Python answers");
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}
