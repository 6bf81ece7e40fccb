//! What we encode, other people's decoders read: `smspdudecoder` from the Python package index and Debian's `python3-gammu`.
//! `scripts/setup test` installs both (`scripts/test` runs it): without them this test fails.

use at_commands::hex;
use at_commands::pdu::{Address, Deliver, Smsc, Timestamp};
use at_commands::text::{SegmentOptions, segment};
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

/// Who is asked.
const DECODERS: [&str; 2] = ["python3-gammu", "smspdudecoder"];

/// Decoder, case, field: known bugs of theirs.
const KNOWN_BUGS: &[(&str, &str, &str)] = &[
    // Reads the seven spare bits behind seven letters as an eighth.
    ("smspdudecoder", "seven letters", "sender"),
];

#[test]
fn other_decoders_read_what_we_encode() {
    let mut sent = Vec::new();
    for case in CASES {
        for (pdu, text) in parts(*case) {
            sent.push((*case, pdu, text));
        }
    }
    let lines: Vec<String> = sent.iter().map(|(_, pdu, _)| json!({ "pdu": pdu }).to_string()).collect();
    let answers = ask(&lines.join("\n"));
    assert_eq!(answers.len(), sent.len(), "one answer a PDU");
    let mut fallen = Vec::new();
    for ((case, pdu, text), answer) in sent.iter().zip(&answers) {
        let (name, sender, ..) = *case;
        for (decoder, read) in answer.as_object().into_iter().flatten() {
            for (field, expected) in [("text", text.as_str()), ("sender", sender)] {
                let known = KNOWN_BUGS.contains(&(decoder.as_str(), name, field));
                if (read[field] == expected) == known {
                    fallen.push(format!("{decoder}, {name}, {field}: {expected:?} became {read} from {pdu}"));
                }
            }
        }
    }
    assert!(fallen.is_empty(), "{}", fallen.join("\n"));
    for answer in &answers {
        let decoders: Vec<&String> = answer.as_object().into_iter().flat_map(serde_json::Map::keys).collect();
        assert_eq!(decoders, DECODERS, "a decoder is missing: run scripts/setup test");
    }
}

/// The PDUs of a case with the text of each.
fn parts((name, sender, text, wide_reference): Case) -> Vec<(String, String)> {
    let oa = match sender.as_bytes() {
        [b'+', ..] => Address::from_e164(sender),
        [b'0'..=b'9', ..] => Address::digits(sender, at_commands::pdu::TypeOfAddress::UNKNOWN),
        _ => Address::from_alphanumeric(sender),
    };
    let oa = oa.expect(name);
    let sent = segment(text, &SegmentOptions { wide_reference, reference: 0xA7, ..SegmentOptions::default() }).expect(name);
    let deliver = |part: &at_commands::text::Segment| Deliver {
        smsc: Some(Address::from_e164("+31624000000").expect("a number")),
        more_messages: false,
        loop_prevention: false,
        status_report_indication: false,
        reply_path: false,
        oa: oa.clone(),
        pid: 0,
        dcs: part.dcs,
        scts: Timestamp::from_unix_ms(1_780_000_000_000, -16).expect("in range"),
        udh: part.udh,
        ud: part.ud,
    };
    let messages = sent.parts.iter().map(deliver);
    messages.map(|message| (hex::encode(&message.encode(Smsc::Present).expect(name)), message.text().expect(name))).collect()
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
