//! Times of the codec beside the `sms-pdu` crate on the same input: `cargo bench --manifest-path at-commands/bench/Cargo.toml`.

use at_commands::pdu::{Address, Dcs, Deliver, Smsc, Submit, Timestamp, Udh, UserData};
use at_commands::text::{Part, SegmentOptions, Shift, assemble, gsm7, segment};
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// 158 characters of the default alphabet.
fn text() -> String {
    "Your electricity bill is past due. Reply Y to pay it now, N for a call back. ".repeat(3).chars().take(158).collect()
}

fn deliver(text: &str) -> Vec<u8> {
    let septets = gsm7::encode(text, Shift::DEFAULT).expect("default alphabet");
    let message = Deliver {
        smsc: Some(Address::from_e164("+31624000000").expect("a number")),
        more_messages: false,
        loop_prevention: false,
        status_report_indication: false,
        reply_path: false,
        oa: Address::from_e164("+31641600986").expect("a number"),
        pid: 0,
        dcs: Dcs::GSM7,
        scts: Timestamp::from_unix_ms(1_780_000_000_000, 8).expect("in range"),
        udh: Udh::none(),
        ud: UserData::gsm7(&septets, Shift::DEFAULT).expect("one part"),
    };
    message.encode(Smsc::Present).expect("one part")
}

#[divan::bench]
fn decode_158_ours(bencher: Bencher<'_, '_>) {
    let octets = deliver(&text());
    bencher.bench_local(|| Deliver::decode(black_box(&octets), Smsc::Present).expect("a message").text());
}

#[divan::bench]
fn decode_158_sms_pdu(bencher: Bencher<'_, '_>) {
    let octets = deliver(&text());
    bencher.bench_local(|| {
        let message = sms_pdu::pdu::DeliverPdu::try_from(black_box(octets.as_slice())).expect("a message");
        message.get_message_data().decode_message().expect("text").text
    });
}

#[divan::bench]
fn encode_158_ours(bencher: Bencher<'_, '_>) {
    let text = text();
    bencher.bench_local(|| {
        let to = Address::from_e164(black_box("+31641600986")).expect("a number");
        let sent = segment(black_box(&text), &SegmentOptions::default()).expect("one part");
        let part = sent.parts.into_iter().next().expect("one part");
        Submit::new(to, part.dcs, part.udh, part.ud).encode(Smsc::Present).expect("fits")
    });
}

#[divan::bench]
fn encode_158_sms_pdu(bencher: Bencher<'_, '_>) {
    let text = text();
    bencher.bench_local(|| {
        let to: sms_pdu::pdu::PduAddress = black_box("+31641600986").parse().expect("a number");
        let part = sms_pdu::gsm_encoding::GsmMessageData::encode_message(black_box(&text)).remove(0);
        sms_pdu::pdu::SubmitPdu::make_simple_message(to, part).as_bytes()
    });
}

#[divan::bench]
fn assemble_10_parts(bencher: Bencher<'_, '_>) {
    let sent = segment(&"a".repeat(1_500), &SegmentOptions::default()).expect("ten parts");
    let parts: Vec<Part> =
        sent.parts.iter().rev().filter_map(|part| Some(Part { concat: part.udh.concat()?, at_ms: 0, ud: part.ud })).collect();
    assert_eq!(parts.len(), 10);
    bencher.bench_local(|| assemble(black_box(&parts)));
}

#[divan::bench]
fn segment_10_parts(bencher: Bencher<'_, '_>) {
    let text = "a".repeat(1_500);
    bencher.bench_local(|| segment(black_box(&text), &SegmentOptions::default()));
}
