//! Properties of the codec: canonical PDUs come back octet for octet, a cut PDU is an error, a text comes back from its parts in
//! any order.

use crate::check::parse;
use at_commands::hex;
use at_commands::pdu::{Address, Command, Deliver, Inbound, Outbound, Smsc, StatusReport, Submit, Timestamp, ValidityPeriod};
use at_commands::text::{Assembled, Language, Languages, Part, SegmentOptions, Segmented, assemble, gsm7, segment};
use proptest::prelude::*;
use serde_json::Value;

/// Vectors whose octets are not what a sender who follows the standard writes, and why; they come back in the canonical form.
const NOT_CANONICAL: &[(&str, &str)] = &[
    ("deliver-modemmanager-005", "the fill bits behind the header are not zero (23.040 sec 9.2.3.24)"),
    ("deliver-modemmanager-016", "the fill bits behind the header are not zero"),
    ("deliver-python-gsmmodem-006", "the fill bits behind the header are not zero"),
    ("deliver-platform-frameworks-opt-telephony-004", "0 and not F behind an odd number of digits (23.040 sec 9.1.2.3)"),
    ("deliver-platform-frameworks-opt-telephony-012", "0 and not F behind an odd number of digits"),
    ("deliver-platform-frameworks-opt-telephony-018", "the spare bits at the end are not zero (23.038 sec 6.1.2.1.1)"),
    ("status-report-sms-002", "the spare bits at the end are not zero: the octets were meant as 8-bit data"),
    ("submit-at-005", "the spare bits at the end are not zero"),
];

fn vectors() -> Vec<Value> {
    include_str!("../data/pdu.jsonl").lines().map(|line| parse(line).expect("a vector")).collect()
}

/// The TPDU of a vector as octets, its smsc form, and what encoding it again gives.
fn again(vector: &Value) -> Option<(Vec<u8>, Smsc, Vec<u8>)> {
    let octets = hex::decode(vector["hex"].as_str()?).ok()?;
    let smsc = if vector["smsc_present"] == true { Smsc::Present } else { Smsc::Absent };
    let encoded = match vector["kind"].as_str()? {
        "deliver" => Deliver::decode(&octets, smsc).ok()?.encode(smsc),
        "submit" => Submit::decode(&octets, smsc).ok()?.encode(smsc),
        "status-report" => StatusReport::decode(&octets, smsc).ok()?.encode(smsc),
        "command" => Command::decode(&octets, smsc).ok()?.encode(smsc),
        _ => return None,
    };
    Some((octets, smsc, encoded.ok()?))
}

#[test]
fn a_canonical_pdu_comes_back_octet_for_octet() {
    let mut fallen = Vec::new();
    for vector in vectors() {
        let Some((octets, _, encoded)) = again(&vector) else { continue };
        let id = vector["id"].as_str().unwrap_or_default();
        let excused = NOT_CANONICAL.iter().any(|(other, _)| *other == id);
        if (octets == encoded) == excused {
            fallen.push(format!("{id}\n  {}\n  {}", hex::encode(&octets), hex::encode(&encoded)));
        }
    }
    assert!(fallen.is_empty(), "{} differ\n{}", fallen.len(), fallen.join("\n"));
}

/// A status report may lawfully end after TP-ST, so its prefixes that reach that far are reports too (23.040 sec 9.2.2.3).
#[test]
fn every_proper_prefix_of_a_pdu_is_an_error() {
    for vector in vectors() {
        let Some((_, smsc, octets)) = again(&vector) else { continue };
        let whole = match StatusReport::decode(&octets, smsc) {
            Ok(report) => StatusReport { parameters: None, ..report }.encode(smsc).expect("a report").len(),
            Err(_) => octets.len(),
        };
        for length in 0..whole {
            let cut = &octets[..length];
            let (inbound, outbound) = (Inbound::decode(cut, smsc), Outbound::decode(cut, smsc));
            let accepted = if vector["direction"] == "MT" { inbound.is_ok() } else { outbound.is_ok() };
            assert!(!accepted, "{} cut at {length}", vector["id"]);
        }
    }
}

#[test]
fn an_error_names_the_field_the_octet_and_the_cause() {
    let said = |hex: &str, smsc| {
        let octets = hex::decode(hex).expect("hex");
        Inbound::decode(&octets, smsc).map(|_| ()).expect_err("damaged").to_string()
    };
    let cases = [
        (
            "07911326040000F0040B911346610089F60000208062917314480CC8F71D14969741F977",
            "TP-UDL says 12 septets, 9 octets left at octet 27 (ud)",
        ),
        ("07911326040000F0040B911346", "6 octets needed, 2 left at octet 11 (oa.value)"),
        ("0D91132604000000000000000000040B911346610089F6", "13 octets, at most 11 are allowed at octet 0 (smsc.len)"),
        ("07919730071111F1400B919746121611F1000081117002122223080600FF12340201C8", "information element 00 says 255 octets"),
        ("07919730071111F1400B919746121611F10000811170021222230420080412", "TP-UDHL says 32 octets, 3 octets left"),
        ("00", "1 octet needed, 0 left at octet 1 (fo)"),
    ];
    for (hex, expected) in cases {
        let message = said(hex, Smsc::Present);
        assert!(message.starts_with(expected), "{message:?} does not start with {expected:?}");
    }
}

/// Letters of every kind that a part may be cut between, or must not be.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -~\n]{1,12}",
        2 => "[\\^{}\\\\\\[~\\]|\u{20AC}]{1,6}",
        1 => "[\u{C0}-\u{17F}]{1,8}",
        1 => Just("\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}".to_owned()),
        1 => Just("e\u{301}".to_owned()),
        1 => "[\u{1F600}-\u{1F64F}]{1,4}",
        1 => "[\u{430}-\u{44F}]{1,9}",
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn options() -> impl Strategy<Value = SegmentOptions> {
    let languages =
        prop_oneof![Just(Languages::NONE), Just(Languages::ALL), Just(Languages::NONE.with(Language::Turkish).with(Language::Portuguese)),];
    (any::<u16>(), any::<bool>(), languages).prop_map(|(reference, wide_reference, languages)| SegmentOptions {
        reference,
        wide_reference,
        languages,
        ..SegmentOptions::default()
    })
}

/// What the phone gets: each part as an SMS-DELIVER on the wire, decoded.
fn delivered(sent: &Segmented) -> Vec<Deliver> {
    let scts = Timestamp::from_unix_ms(1_800_000_000_000, 8).expect("in range");
    let over_the_air = |part: &at_commands::text::Segment| {
        let message = Deliver {
            smsc: None,
            more_messages: false,
            loop_prevention: false,
            status_report_indication: false,
            reply_path: false,
            oa: Address::from_e164("+15550100").expect("a number"),
            pid: 0,
            dcs: part.dcs,
            scts,
            udh: part.udh,
            ud: part.ud,
        };
        let octets = message.encode(Smsc::Absent).expect("a part fits");
        assert!(octets.len() <= 164, "a TPDU of {} octets", octets.len());
        Deliver::decode(&octets, Smsc::Absent).expect("our own octets")
    };
    sent.parts.iter().map(over_the_air).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_text_comes_back_from_its_parts_shuffled_and_doubled(text in texts(), options in options(), order in any::<u64>()) {
        let Ok(sent) = segment(&text, &options) else { return Ok(()) };
        let messages = delivered(&sent);
        if let [only] = messages.as_slice() {
            prop_assert_eq!(only.text(), Some(text));
            return Ok(());
        }
        let mut parts: Vec<Part> = messages.iter().map(|message| Part {
            concat: message.udh.concat().expect("one of several parts"),
            at_ms: 0,
            ud: message.ud,
        }).collect();
        parts.extend(parts.clone());
        let total = parts.len();
        for index in (1..total).rev() {
            let other = usize::try_from(order.rotate_left(index as u32) % (index as u64 + 1)).expect("small");
            parts.swap(index, other);
        }
        let used = (0..total).collect();
        prop_assert_eq!(assemble(&parts), Assembled::Complete { text, used });
    }

    #[test]
    fn no_part_ends_in_the_middle_of_a_character_or_a_grapheme(text in texts(), options in options()) {
        let Ok(sent) = segment(&text, &options) else { return Ok(()) };
        let mut joined = String::new();
        for part in &sent.parts {
            let piece = part.ud.text().expect("text");
            prop_assert!(!piece.contains(char::REPLACEMENT_CHARACTER));
            prop_assert!(part.ud.units().last() != Some(&gsm7::ESCAPE) || part.dcs.octet() != 0);
            prop_assert!(!piece.starts_with(['\u{301}', '\u{200D}']), "a grapheme was cut before {:?}", piece);
            joined.push_str(&piece);
        }
        prop_assert_eq!(joined, text);
    }

    #[test]
    fn a_missing_part_is_counted(text in "[a-z]{400,700}", missing in any::<prop::sample::Index>()) {
        let sent = segment(&text, &SegmentOptions::default()).expect("a few parts");
        let total = sent.parts.len();
        let mut parts: Vec<Part> =
            sent.parts.iter().filter_map(|part| Some(Part { concat: part.udh.concat()?, at_ms: 0, ud: part.ud })).collect();
        parts.remove(missing.index(total));
        prop_assert_eq!(assemble(&parts), Assembled::Missing { have: total as u8 - 1, total: total as u8 });
    }

    #[test]
    fn numbers_go_there_and_back(digits in "[0-9*#a-c]{0,20}", toa in prop_oneof![Just(0x81_u8), Just(0x91), Just(0xA1), Just(0xC9)]) {
        let address = Address::digits(&digits, at_commands::pdu::TypeOfAddress::new(toa)).expect("up to twenty");
        let plus = if toa == 0x91 && !digits.is_empty() { "+" } else { "" };
        prop_assert_eq!(address.number(), Some(format!("{plus}{digits}")));
    }

    #[test]
    fn a_submission_comes_back(
        digits in "[0-9]{3,15}", text in "[ -~]{0,140}", vp in proptest::option::of(any::<u8>()), flags in any::<[bool; 3]>(), mr in any::<u8>(),
    ) {
        let sent = segment(&text, &SegmentOptions::default()).expect("one or two parts");
        for part in sent.parts {
            let mut message = Submit::new(Address::from_e164(&digits).expect("digits"), part.dcs, part.udh, part.ud);
            message.vp = vp.map(ValidityPeriod::Relative);
            message.mr = mr;
            [message.reject_duplicates, message.status_report_request, message.reply_path] = flags;
            let octets = message.encode(Smsc::Present).expect("a part fits");
            prop_assert_eq!(octets.len(), message.tpdu_octets() + 1);
            prop_assert_eq!(Submit::decode(&octets, Smsc::Present), Ok(message));
        }
    }
}
