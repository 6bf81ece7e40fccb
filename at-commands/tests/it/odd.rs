//! Odd PDUs that radios and service centres really produce, each against what the standard says about it (3GPP 23.040, 23.038).

use at_commands::hex;
use at_commands::pdu::{Deliver, Inbound, Outbound, Smsc, StatusReport, Submit};

/// Sender and time of the messages below.
const FROM: &str = "0B911346610089F6";
const WHEN: &str = "20806291731408";

/// An SMS-DELIVER of these: with a header or not, TP-DCS, TP-UDL and user data in hex.
fn deliver(udhi: bool, rest: &str) -> String {
    let (dcs, ud) = rest.split_at(2);
    format!("{}{FROM}00{dcs}{WHEN}{ud}", if udhi { "44" } else { "04" })
}

/// The text of an SMS-DELIVER, or why it is none.
fn text(pdu: &str) -> Result<String, String> {
    let octets = hex::decode(&pdu.replace(' ', "")).expect(pdu);
    let message = Deliver::decode(&octets, Smsc::Absent).map_err(|error| error.to_string())?;
    let again = Deliver::decode(&message.encode(Smsc::Absent).expect(pdu), Smsc::Absent);
    assert_eq!(again.as_ref(), Ok(&message), "{pdu}");
    Ok(message.text().unwrap_or_else(|| format!("[{}]", hex::encode(message.ud.units()))))
}

#[test]
fn user_data_is_read_as_the_standard_says() {
    let eights = "41".repeat(141);
    let cases = [
        // Header with TP-UDHL, TP-DCS, TP-UDL and what follows it; the text, or the cause.
        (true, "00 04 20080412", Err("TP-UDHL says 32 octets, 3 octets left")),
        (true, "00 00", Err("TP-UDHI is set and there is no user data header")),
        (true, "00 07 0600030102", Err("TP-UDL says 7 septets, 5 octets left")),
        // An identifier without a length.
        (true, "00 08 06000301020141", Err("1 octet needed, 0 left at octet 26 (udh)")),
        (true, "04 04 03000501", Err("information element 00 says 5 octets, 1 octet left in the header")),
        (false, "04 8D", Err("141 octets, at most 140 are allowed")),
        // A header without elements takes one octet and six fill bits.
        (true, "00 03 004010", Ok("A")),
        // The septets announced end within the header: no text is left.
        (true, "00 05 0401020304", Ok("")),
        // Sixteen bits of reference: seven octets of header, no fill bits.
        (true, "00 0A 06080412340201 4121", Ok("AB")),
        // 8-bit reference: one fill bit.
        (true, "00 09 050003120201 8242", Ok("AB")),
        // Two concatenations, an unknown element, a concatenation of a wrong length: the text does not care.
        (true, "08 0E 0B 0003010201 080401020201 0041", Ok("A")),
        (true, "08 07 04 00020102 0041", Ok("A")),
        (true, "08 06 03 70 01 AA 0041", Ok("A")),
        // Locking shift Turkish and single shift Turkish in one header: 07 is a dotless i, ESC 53 an S with cedilla.
        (true, "00 0B 06 240101 250101 87CD14", Ok("\u{131}\u{15E}")),
        // Locking shift Portuguese, single shift Spanish: 0B is an O with circumflex, ESC 49 an I with acute.
        (true, "00 0B 06 240102 250103 8B4D12", Ok("\u{D4}\u{CD}")),
        // A language nobody knows, and an element of two octets: the default tables.
        (true, "00 06 03 250163 0802", Ok("A")),
        (true, "00 07 04 25020163 0401", Ok("A")),
        (false, "00 00", Ok("")),
        (false, "00 08 31D98C56B3DD00", Ok("1234567@")),
        (false, "00 07 31D98C56B3DD00", Ok("1234567")),
        (false, "00 07 31D98C56B3DDFE", Ok("1234567")),
        // An escape at the end is nothing, two are a blank, an undefined code is the main table's letter, ESC 0A is a page break.
        (false, "00 02 C10D", Ok("A")),
        (false, "00 03 9B4D10", Ok(" A")),
        (false, "00 02 9B20", Ok("A")),
        (false, "00 02 1B05", Ok("\u{C}")),
        // Half a unit at the end, half a pair, a pair, a byte order mark that is a character.
        (false, "08 03 004100", Ok("A")),
        (false, "08 04 D83D0041", Ok("\u{FFFD}A")),
        (false, "08 04 DE00D83D", Ok("\u{FFFD}\u{FFFD}")),
        (false, "08 04 D83DDE00", Ok("\u{1F600}")),
        // Groups of TP-DCS: reserved codings are 7-bit, F4 is 8-bit, FB is 7-bit whatever its reserved bit, compressed text is data.
        (false, "0C 01 41", Ok("A")),
        (false, "80 01 41", Ok("A")),
        (false, "BF 01 41", Ok("A")),
        (false, "C8 01 41", Ok("A")),
        (false, "E0 02 0041", Ok("A")),
        (false, "F4 02 0041", Ok("[0041]")),
        (false, "FB 01 41", Ok("A")),
        (false, "20 02 4142", Ok("[4142]")),
        (false, "28 02 4142", Ok("[4142]")),
        // What follows the user data is not ours.
        (false, "00 01 41 FFFF", Ok("A")),
    ];
    let mut fallen = Vec::new();
    for (udhi, rest, expected) in cases {
        let rest = if rest == "04 8D" { format!("{rest}{eights}") } else { rest.to_owned() };
        let got = text(&deliver(udhi, &rest.replace(' ', "")));
        let same = match (&got, expected) {
            (Ok(got), Ok(expected)) => got == expected,
            (Err(got), Err(expected)) => got.starts_with(expected),
            _ => false,
        };
        if !same {
            fallen.push(format!("{rest}: expected {expected:?}, got {got:?}"));
        }
    }
    assert!(fallen.is_empty(), "{}", fallen.join("\n"));
}

#[test]
fn parts_and_ports_follow_the_last_sound_element() {
    let part = |header: &str| {
        let octets = hex::decode(header).expect(header);
        let (header, _) = at_commands::pdu::Udh::decode(&octets).expect("whole elements");
        header.concat().map(|concat| (concat.reference, concat.wide, concat.total, concat.seq))
    };
    let cases = [
        ("0500030A0201", Some((0x0A, false, 2, 1))),
        ("06080401020302", Some((0x0102, true, 3, 2))),
        // Two of them: the last one counts (9.2.3.24).
        ("0B00030A0201080401020302", Some((0x0102, true, 3, 2))),
        ("0B08040102030200030A0201", Some((0x0A, false, 2, 1))),
        // Total zero, part zero, part beyond the last, octets missing: to be ignored (9.2.3.24.1).
        ("0500030A0001", None),
        ("0500030A0200", None),
        ("0500030A0203", None),
        ("0400020A02", None),
        ("00", None),
        ("0470020101", None),
    ];
    for (header, expected) in cases {
        assert_eq!(part(header), expected, "{header}");
    }
}

#[test]
fn addresses_and_times_keep_what_they_are() {
    let read = |pdu: &str| {
        let octets = hex::decode(pdu).expect(pdu);
        let message = Deliver::decode(&octets, Smsc::Absent).expect(pdu);
        assert_eq!(hex::encode(&message.encode(Smsc::Absent).expect(pdu)), pdu);
        let from = message.oa.alphanumeric().map(str::to_owned).or_else(|| message.oa.number());
        (from.unwrap_or_default(), message.scts.to_string(), message.scts.to_unix_ms().is_some())
    };
    let cases = [
        // Seven letters are 49 bits, 13 semi-octets: the seven spare bits are no eighth letter.
        ("0DD0F334FC1CA69701", WHEN, "sipgate", "2002-08-26T19:37:41+00:00", true),
        ("04D0912A", WHEN, "_U", "2002-08-26T19:37:41+00:00", true),
        ("00D0", WHEN, "", "2002-08-26T19:37:41+00:00", true),
        ("0081", WHEN, "", "2002-08-26T19:37:41+00:00", true),
        ("05A1A1CBFD", WHEN, "1*#ab", "2002-08-26T19:37:41+00:00", true),
        ("04812143", "2080629173149F", "1234", "2002-08-26T19:37:41-19:45", true),
        ("04812143", "20316291731480", "1234", "2002-13-26T19:37:41+02:00", false),
        ("04812143", "FFFFFFFFFFFFFF", "1234", "2000-00-00T00:00:00-17:30", false),
    ];
    for (oa, when, from, time, is_moment) in cases {
        let pdu = format!("04{oa}0000{when}00");
        assert_eq!(read(&pdu), (from.to_owned(), time.to_owned(), is_moment), "{pdu}");
    }
}

/// TP-ST, TP-PI and the text of a report.
type Ending = (u8, Option<u8>, Option<&'static str>);

#[test]
fn reports_end_where_they_end() {
    let head = "06D60B911326880736F41110117195514011101171955140";
    let read = |tail: &str| {
        let pdu = format!("{head}{tail}");
        let report = StatusReport::decode(&hex::decode(&pdu).expect(tail), Smsc::Absent).map_err(|error| error.to_string())?;
        let text = report.parameters.as_ref().and_then(at_commands::pdu::Parameters::text);
        let again = report.encode(Smsc::Absent).expect(tail);
        assert_eq!(StatusReport::decode(&again, Smsc::Absent).as_ref(), Ok(&report), "{tail}");
        Ok::<_, String>((report.st.octet(), report.parameters.map(|parameters| parameters.indicator()), text))
    };
    let cases: &[(&str, Result<Ending, &str>)] = &[
        ("00", Ok((0, None, None))),
        // Padding behind TP-ST, as some modems read it from a SIM.
        ("00FFFFFF", Ok((0, None, None))),
        ("0000", Ok((0, Some(0), None))),
        ("4601 00", Ok((0x46, Some(1), None))),
        ("300700 00 01 41", Ok((0x30, Some(7), Some("A")))),
        // TP-DCS is left out: the default alphabet. A further indicator, and a reserved bit that means nothing.
        ("3004 01 41", Ok((0x30, Some(4), Some("A")))),
        ("308400 01 41", Ok((0x30, Some(0x84), Some("A")))),
        ("300800", Ok((0x30, Some(8), None))),
        ("3001", Err("1 octet needed, 0 left at octet 26 (pid)")),
        ("3004 05 41", Err("TP-UDL says 5 septets, 1 octet left")),
    ];
    for (tail, expected) in cases {
        let got = read(&tail.replace(' ', ""));
        match expected {
            Ok((st, pi, text)) => assert_eq!(got, Ok((*st, *pi, text.map(str::to_owned))), "{tail}"),
            Err(cause) => assert!(got.as_ref().is_err_and(|got| got.starts_with(cause)), "{tail}: {got:?}"),
        }
    }
}

#[test]
fn a_validity_period_has_four_formats() {
    let read = |first: &str, vp: &str| {
        let pdu = format!("{first}000481214300 00{vp}00").replace(' ', "");
        let octets = hex::decode(&pdu).expect(vp);
        let message = Submit::decode(&octets, Smsc::Absent).map_err(|error| error.to_string())?;
        assert_eq!(message.encode(Smsc::Absent).as_ref(), Ok(&octets), "{vp}");
        Ok::<_, String>(message.vp.map(|vp| (vp.minutes(), format!("{vp:?}"))))
    };
    assert_eq!(read("01", ""), Ok(None));
    assert_eq!(read("11", "A7").map(|vp| vp.map(|(minutes, _)| minutes)), Ok(Some(Some(1440))));
    assert!(read("19", "20806291731489").is_ok_and(|vp| vp.is_some_and(|(_, said)| said.contains("zone_quarters: -18"))));
    // Enhanced: none, relative, seconds, a clock, single shot, a second indicator; unused octets that are not zero are kept.
    for vp in ["00000000000000", "01A70000000000", "02FF0000000000", "03215436000000", "4201000000FFFF", "8100A700000000"] {
        assert!(read("09", vp).is_ok(), "{vp}");
    }
    assert_eq!(read("09", "8100A700000000").map(|vp| vp.and_then(|(minutes, _)| minutes)), Ok(Some(1440)));
    for vp in ["04000000000000", "07000000000000", "0321A036000000", "FFFFFFFFFFFFFF"] {
        assert!(read("09", vp).is_err(), "{vp}");
    }
    assert!(read("19", "20F16291731489").is_err(), "an end of validity that is no time");
}

#[test]
fn the_type_is_read_by_direction() {
    let inbound = |pdu: &str| Inbound::decode(&hex::decode(pdu).expect(pdu), Smsc::Present).map_err(|error| error.to_string());
    let outbound = |pdu: &str| Outbound::decode(&hex::decode(pdu).expect(pdu), Smsc::Present).map_err(|error| error.to_string());
    let draft = "0001000481214300000141";
    assert!(inbound(draft).is_err_and(|error| error.starts_with("TP-MTI 1 is not that of")), "a draft is no message to us");
    assert!(matches!(outbound(draft), Ok(Outbound::Submit(_))));
    let message = format!("000704812143 0000{WHEN}0141").replace(' ', "");
    assert!(matches!(inbound(&message), Ok(Inbound::Deliver(_))), "TP-MTI 3 is processed as an SMS-DELIVER (9.2.3.1)");
    assert!(outbound(&message).is_err());
    // A service centre of one octet: a type without digits; twelve octets are too many.
    assert!(matches!(inbound(&format!("0191{}", &message[2..])), Ok(Inbound::Deliver(_))));
    assert!(inbound(&format!("0C91{}{}", "00".repeat(11), &message[2..])).is_err_and(|error| error.contains("(smsc.len)")));
}
