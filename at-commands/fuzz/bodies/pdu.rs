//! What must hold for any octets: no panic, and what decodes encodes to octets that decode to the same. Plain functions: the
//! bounded run in the tests and the cargo-fuzz targets call the same ones.

use at_commands::pdu::{
    Address, Answer, Command, Dcs, Deliver, DeliverReport, Inbound, Outbound, Smsc, StatusReport, Submit, SubmitReport, Timestamp, Udh,
    UserData, ValidityPeriod,
};
use at_commands::text::{Language, Languages, Part, SegmentOptions, Shift, assemble, gsm7, packing, segment, ucs2, ussd};
use std::fmt::Debug;

/// A body and its name.
pub type Body = (&'static str, fn(&[u8]));

/// All of them.
pub const BODIES: &[Body] = &[
    ("deliver", deliver),
    ("submit", submit),
    ("status_report", status_report),
    ("command", command),
    ("deliver_report", deliver_report),
    ("submit_report", submit_report),
    ("fields", fields),
    ("ussd_text", ussd_text),
    ("segments", segments),
];

/// SMS-DELIVER, and everything towards the phone.
pub fn deliver(octets: &[u8]) {
    for smsc in [Smsc::Present, Smsc::Absent] {
        stable(Deliver::decode(octets, smsc).ok(), |it| it.encode(smsc), |octets| Deliver::decode(octets, smsc));
        if let Ok(Inbound::Deliver(message)) = Inbound::decode(octets, smsc) {
            let _ = (message.text(), message.oa.number(), message.udh.concat(), message.scts.to_unix_ms());
            assert_eq!(message.encode(Smsc::Absent).map(|octets| octets.len()), Ok(message.tpdu_octets()));
        }
    }
}

/// SMS-SUBMIT.
pub fn submit(octets: &[u8]) {
    for smsc in [Smsc::Present, Smsc::Absent] {
        stable(Submit::decode(octets, smsc).ok(), |it| it.encode(smsc), |octets| Submit::decode(octets, smsc));
        if let Ok(Outbound::Submit(message)) = Outbound::decode(octets, smsc) {
            let _ = (message.text(), message.vp.map(|vp| vp.minutes()));
            assert_eq!(message.encode(Smsc::Absent).map(|octets| octets.len()), Ok(message.tpdu_octets()));
        }
    }
}

/// SMS-STATUS-REPORT.
pub fn status_report(octets: &[u8]) {
    for smsc in [Smsc::Present, Smsc::Absent] {
        let decoded = StatusReport::decode(octets, smsc).ok();
        if let Some(report) = &decoded {
            let _ = (report.st.class(), report.st.words(), report.st.is_final());
            assert_eq!(report.encode(Smsc::Absent).map(|octets| octets.len()), Ok(report.tpdu_octets()));
        }
        stable(decoded, |it| it.encode(smsc), |octets| StatusReport::decode(octets, smsc));
    }
}

/// SMS-COMMAND.
pub fn command(octets: &[u8]) {
    for smsc in [Smsc::Present, Smsc::Absent] {
        stable(Command::decode(octets, smsc).ok(), |it| it.encode(smsc), |octets| Command::decode(octets, smsc));
    }
}

/// SMS-DELIVER-REPORT in both RP messages.
pub fn deliver_report(octets: &[u8]) {
    for answer in [Answer::Ack, Answer::Error] {
        let again = |octets: &[u8]| DeliverReport::decode(octets, Smsc::Absent, answer);
        stable(again(octets).ok(), |it| it.encode(Smsc::Absent), again);
    }
}

/// SMS-SUBMIT-REPORT in both RP messages.
pub fn submit_report(octets: &[u8]) {
    for answer in [Answer::Ack, Answer::Error] {
        let again = |octets: &[u8]| SubmitReport::decode(octets, Smsc::Absent, answer);
        stable(again(octets).ok(), |it| it.encode(Smsc::Absent), again);
    }
}

/// Fields on their own.
pub fn fields(octets: &[u8]) {
    let Some((first, rest)) = octets.split_first() else { return };
    let _ = Address::decode(rest).map(|(address, _)| (address.number(), address.alphanumeric().map(str::len)));
    let _ = Address::decode_smsc(rest);
    if let Ok(time) = Timestamp::decode(rest) {
        assert_eq!(Timestamp::decode(&time.encode()), Ok(time));
        let _ = time.to_unix_ms();
    }
    for vpf in 0..4 {
        let _ = ValidityPeriod::decode(vpf, rest);
    }
    if let Ok((header, taken)) = Udh::decode(rest) {
        assert_eq!(Some(header.as_octets()), rest.get(..taken));
        let elements: Vec<_> = header.elements().collect();
        assert_eq!(Udh::of(&elements), Some(header), "the elements are all of the header");
    }
    let dcs = Dcs::new(*first);
    let _ = (dcs.alphabet(), dcs.class(), dcs.waiting());
    for udhi in [false, true] {
        let _ = UserData::decode(rest, dcs, udhi).map(|(_, ud)| ud.text());
    }
}

/// USSD text: 7-bit codes or UCS-2 of any octets.
pub fn ussd_text(octets: &[u8]) {
    let septets = packing::unpack_ussd(octets, 0);
    for locking in Language::ALL {
        let _ = gsm7::decode(&septets, Shift { locking, single: locking });
    }
    let string = String::from_utf8_lossy(octets);
    for dcs in [None, Some(0x0F), Some(0x10), Some(0x11), Some(0x48)] {
        let _ = ussd::read(&string, dcs, ussd::Charset::Gsm);
        let _ = ussd::read(&at_commands::hex::encode(octets), dcs, ussd::Charset::Ira);
    }
    let _ = (ucs2::decode(octets), ucs2::decode_lossy(octets));
    assert_eq!(packing::unpack_ussd(&packing::pack_ussd(&septets), 0), septets);
}

/// Any text goes out in parts and comes back whole, in whichever way the first octet says.
pub fn segments(octets: &[u8]) {
    let (ways, text) = octets.split_first().map_or((0, octets), |(ways, text)| (*ways, text));
    let text = String::from_utf8_lossy(text);
    let languages = [Languages::NONE, Languages::ALL, Languages::NONE.with(Language::Turkish), Languages::NONE.with(Language::Hindi)];
    let options = SegmentOptions {
        reference: 0x0107,
        wide_reference: ways & 1 == 1,
        stand_ins: ways & 2 == 2,
        languages: languages[usize::from(ways >> 2 & 3)],
        ..SegmentOptions::default()
    };
    let Ok(sent) = segment(&text, &options) else { return };
    for part in &sent.parts {
        let message = Submit::new(Address::from_e164("+15550100").expect("a number"), part.dcs, part.udh, part.ud);
        let octets = message.encode(Smsc::Absent).expect("a part fits");
        assert_eq!(Submit::decode(&octets, Smsc::Absent), Ok(message), "a part comes back");
    }
    let said = if let [only] = sent.parts.as_slice() {
        only.ud.text().expect("text")
    } else {
        let parts = sent.parts.iter().rev().filter_map(|part| Some(Part { concat: part.udh.concat()?, at_ms: 0, ud: part.ud }));
        match assemble(&parts.collect::<Vec<Part>>()) {
            at_commands::text::Assembled::Complete { text: joined, .. } => joined,
            other => panic!("{} parts make {other:?}", sent.parts.len()),
        }
    };
    assert!(said == *text || sent.replaced, "{said:?} is not {text:?}");
}

fn stable<T: PartialEq + Debug, E: Debug, D: Debug>(
    decoded: Option<T>,
    encode: impl Fn(&T) -> Result<Vec<u8>, E>,
    decode: impl Fn(&[u8]) -> Result<T, D>,
) {
    let Some(value) = decoded else { return };
    let octets = encode(&value).expect("what was decoded can be encoded");
    let again = decode(&octets).expect("what was encoded can be decoded");
    assert_eq!(again, value);
    assert_eq!(encode(&again).expect("and encoded again"), octets);
}
