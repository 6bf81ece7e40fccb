//! A part costs the heap its text and nothing else: counted, not believed. The counter is of one thread, so tests beside
//! these do not disturb it.

use allocation_counter::measure;
use at_commands::pdu::{Address, Dcs, Deliver, Inbound, Smsc, StatusReport, Submit, Timestamp, Udh, UserData};
use at_commands::text::{SegmentOptions, Shift, segment};
use std::hint::black_box;

/// 158 characters of the default alphabet.
fn text() -> String {
    "Your electricity bill is past due. Reply Y to pay it now, N for a call back. ".repeat(3).chars().take(158).collect()
}

fn deliver(oa: Address) -> Vec<u8> {
    let message = Deliver {
        smsc: Some(Address::from_e164("+31624000000").expect("a number")),
        more_messages: false,
        loop_prevention: false,
        status_report_indication: false,
        reply_path: false,
        oa,
        pid: 0,
        dcs: Dcs::GSM7,
        scts: Timestamp::from_unix_ms(1_780_000_000_000, 8).expect("in range"),
        udh: Udh::none(),
        ud: UserData::gsm7_text(&text(), Shift::DEFAULT).expect("one part"),
    };
    message.encode(Smsc::Present).expect("one part")
}

#[test]
fn decoding_allocates_nothing_and_its_text_once() {
    for oa in [Address::from_e164("+31641600986"), Address::from_alphanumeric("MyUtility01")] {
        let octets = deliver(oa.expect("an address"));
        let decoded = measure(|| drop(black_box(Inbound::decode(black_box(&octets), Smsc::Present))));
        assert_eq!(decoded.count_total, 0, "fields and septets are kept in place");
        let message = Deliver::decode(&octets, Smsc::Present).expect("our own octets");
        let read = measure(|| drop(black_box(message.text())));
        assert_eq!((read.count_total, read.bytes_total), (1, 158), "the text");
    }
}

#[test]
fn a_report_allocates_nothing() {
    let octets = at_commands::hex::decode("0006D60B911326880736F4111011719551401110117195714000").expect("hex");
    let counted = measure(|| drop(black_box(StatusReport::decode(black_box(&octets), Smsc::Present))));
    assert_eq!(counted.count_total, 0);
}

#[test]
fn encoding_allocates_its_octets_once() {
    let text = text();
    let encode = |out: &mut Vec<u8>| {
        let to = Address::from_e164(black_box("+31641600986")).expect("a number");
        let ud = UserData::gsm7_text(black_box(&text), Shift::DEFAULT).expect("one part");
        Submit::new(to, Dcs::GSM7, Udh::none(), ud).encode_into(Smsc::Present, out).expect("one part");
    };
    let mut out = Vec::with_capacity(200);
    assert_eq!(measure(|| encode(&mut out)).count_total, 0, "into octets that are there");
    let through_segment = measure(|| {
        let sent = segment(black_box(&text), &SegmentOptions::default()).expect("one part");
        let part = sent.parts.into_iter().next().expect("one part");
        let to = Address::from_e164(black_box("+31641600986")).expect("a number");
        drop(black_box(Submit::new(to, part.dcs, part.udh, part.ud).encode(Smsc::Present)));
    });
    assert_eq!(through_segment.count_total, 2, "the list of parts and the octets");
}
