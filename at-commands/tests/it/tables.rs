//! The tables of the standards, cell by cell: alphabets against several independent sources, TP-Status and the data coding
//! schemes over all 256 values.

use at_commands::error::{Class, CmeError, CmsError};
use at_commands::hex;
use at_commands::pdu::{Alphabet, Dcs, Deliver, FailureCause, Pid, Purpose, Smsc, Status, StatusClass};
use at_commands::text::{Language, Shift, gsm7};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("a table is JSON")
}

/// The character of a cell, or `None` where it is not defined.
fn cell(table: &Value, code: u8) -> Option<char> {
    let point = table["cells"].get(format!("0x{code:02X}"))?.as_array()?.first()?.as_u64()?;
    u32::try_from(point).ok().and_then(char::from_u32)
}

#[test]
fn every_cell_of_every_alphabet_is_that_of_the_sources() {
    let tables = json(include_str!("../data/gsm7-tables.json"));
    let mut cells = 0;
    for language in Language::ALL {
        let id = language.id().to_string();
        let mut locking = &tables["locking"][&id];
        if locking.get("same_as").is_some() {
            locking = &tables["locking"]["0"];
        }
        for code in (0..0x80).filter(|code| *code != gsm7::ESCAPE) {
            let main = Shift { locking: language, single: Language::Default };
            let expected = cell(locking, code).unwrap_or(char::REPLACEMENT_CHARACTER);
            assert_eq!(gsm7::decode(&[code], main), expected.to_string(), "{language:?} main {code:02X}");
            let single = Shift { locking: Language::Default, single: language };
            let extended = cell(&tables["single"][&id], code).or_else(|| cell(&tables["locking"]["0"], code));
            if let Some(expected) = extended {
                assert_eq!(gsm7::decode(&[gsm7::ESCAPE, code], single), expected.to_string(), "{language:?} single {code:02X}");
            }
            cells += 2;
        }
    }
    assert_eq!(cells, 14 * 127 * 2);
}

#[test]
fn every_error_number_has_the_meaning_and_the_action_of_the_table() {
    let table = json(include_str!("../data/error-codes.json"));
    let rows = |key: &str| table[key].as_array().expect("a list").clone();
    for row in rows("cms") {
        let error = CmsError(row["code"].as_u64().expect("a number") as u16);
        assert_eq!((error.name(), action(error.class())), (text(&row, "meaning"), text(&row, "action")), "{error}");
        assert!(error.words().contains(&error.0.to_string()) && error.words().contains(error.class().advice()), "{}", error.words());
        assert_eq!(error.class_by("WAVECOM MODEM"), error.class(), "a number of the standard is no maker's");
    }
    for row in rows("cme") {
        let error = CmeError(row["code"].as_u64().expect("a number") as u16);
        assert_eq!((error.name(), action(error.class())), (text(&row, "meaning"), text(&row, "action")), "{error}");
    }
    // Every number, known or not, has a class, and no sentence is empty.
    for code in 0..=1023 {
        let (cms, cme) = (CmsError(code), CmeError(code));
        assert!(!cms.name().is_empty() && !cme.name().is_empty(), "{code}");
        assert_eq!(cms.class() == Class::Vendor, code >= 512, "{code}: only a maker's profile says what his numbers mean");
    }
}

fn text<'v>(row: &'v Value, key: &str) -> &'v str {
    row[key].as_str().unwrap_or_default()
}

/// The word of the table for a class.
fn action(class: Class) -> &'static str {
    match class {
        Class::RetrySoon => "retry-soon",
        Class::BackOff => "back-off",
        Class::WaitNetwork => "wait-network",
        Class::FixConfig => "fix-config",
        Class::PermanentRecipient => "permanent-recipient",
        Class::Account => "account",
        Class::PduBug => "pdu-bug",
        Class::SimStop => "sim-stop",
        Class::UnknownOutcome => "unknown-outcome",
        Class::Ignore => "ignore",
        Class::SweepStorage => "sweep-storage",
        Class::Vendor => "vendor",
    }
}

#[test]
fn every_status_has_the_class_of_the_standard() {
    let values = &json(include_str!("../data/tp-st.json"))["values"];
    for octet in 0..=255 {
        let expected = &values[format!("{octet:02X}")];
        let status = Status::new(octet);
        let class = match expected["class"].as_str() {
            Some("complete") => StatusClass::Complete,
            Some("temporary-still-trying") => StatusClass::Trying,
            Some("permanent") => StatusClass::Failed,
            // Reserved values are to be read as 63: temporary, and the service centre gave up.
            Some("temporary-gave-up" | "reserved") => StatusClass::GaveUp,
            other => panic!("{octet:02X} has the class {other:?}"),
        };
        assert_eq!((status.class(), status.is_final()), (class, expected["final"] == true), "{octet:02X}");
        assert_eq!(status.is_delivered(), octet == 0);
        assert_eq!(status.octet(), octet, "kept as received");
    }
    assert_eq!(Status::new(0xAB).words(), Status::new(0x63).words());
}

/// From, to, alphabet, class, compressed, automatic deletion (3GPP 23.038 sec 4); classes and compression are tested by bits below.
const SCHEMES: &[(u8, u8, Alphabet)] = &[
    (0x00, 0x03, Alphabet::Gsm7),
    (0x04, 0x07, Alphabet::EightBit),
    (0x08, 0x0B, Alphabet::Ucs2),
    (0x0C, 0x0F, Alphabet::Reserved),
    (0x10, 0x13, Alphabet::Gsm7),
    (0x78, 0x7B, Alphabet::Ucs2),
    (0x7C, 0x7F, Alphabet::Reserved),
    (0x80, 0xBF, Alphabet::Reserved),
    (0xC0, 0xDF, Alphabet::Gsm7),
    (0xE0, 0xEF, Alphabet::Ucs2),
    (0xF0, 0xF3, Alphabet::Gsm7),
    (0xF4, 0xF7, Alphabet::EightBit),
    (0xF8, 0xFB, Alphabet::Gsm7),
    (0xFC, 0xFF, Alphabet::EightBit),
];

#[test]
fn every_coding_scheme_has_its_alphabet_class_and_flags() {
    for (from, to, alphabet) in SCHEMES {
        for octet in *from..=*to {
            assert_eq!(Dcs::new(octet).alphabet(), *alphabet, "{octet:02X}");
        }
    }
    for octet in 0..=255_u8 {
        let dcs = Dcs::new(octet);
        let general = octet < 0x80;
        let with_class = if general { octet & 0x10 != 0 } else { octet >= 0xF0 };
        assert_eq!(dcs.class().map(|class| class as u8), with_class.then_some(octet & 3), "{octet:02X}");
        assert_eq!(dcs.compressed(), general && octet & 0x20 != 0, "{octet:02X}");
        assert_eq!(dcs.auto_delete(), (0x40..0x80).contains(&octet), "{octet:02X}");
        assert_eq!(dcs.waiting().is_some(), (0xC0..0xF0).contains(&octet), "{octet:02X}");
        assert_eq!(dcs.octet(), octet);
    }
}

#[test]
fn every_protocol_identifier_says_whether_a_person_is_meant() {
    for octet in 0..=255 {
        let silent = matches!(octet, 0x40 | 0x48 | 0x7C..=0x7F);
        assert_eq!(Pid::of(octet).is_for_a_person(), !silent, "{octet:02X}");
    }
    assert_eq!(Pid::of(0x43), Pid::Replace(3));
    assert_eq!(FailureCause::new(0xC5).words(), "duplicate refused");
}

#[test]
fn what_is_not_a_persons_words_is_told_apart() {
    let cases = [
        ("07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07", Purpose::Person),
        ("07913366002020F8040B913366600600F100C83180706174148000", Purpose::Waiting),
        ("07912180958750F84401800500C07020027160112B06040102000000", Purpose::Waiting),
        ("07912160130310F20404D0110041006060627171118A0120", Purpose::Waiting),
        ("07912160130310F20404D0100041006021924193352B0120", Purpose::Waiting),
        ("07911326040000F0040B911346610089F64000208062917314080CC8F71D14969741F977FD07", Purpose::Silent),
        ("07911326040000F0040B911346610089F64300208062917314080CC8F71D14969741F977FD07", Purpose::Person),
        ("00040B911346610089F67FF62080629173140802ABCD", Purpose::Equipment),
        ("00440B911346610089F6000420806291731408080605040B8423F001", Purpose::WapPush),
        ("00440B911346610089F600042080629173140808060504158323F001", Purpose::Application(0x1583)),
    ];
    for (pdu, purpose) in cases {
        let octets = hex::decode(pdu).expect("hex");
        assert_eq!(Deliver::decode(&octets, Smsc::Present).map(|message| message.purpose()), Ok(purpose), "{pdu}");
    }
}
