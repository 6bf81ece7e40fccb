//! Times of the codec beside the `sms-pdu` crate on the same input: `cargo bench --manifest-path at-commands/bench/Cargo.toml`.

use at_commands::Tick;
use at_commands::chat::{Chat, Input, Pace};
use at_commands::command::sms;
use at_commands::pdu::{Address, Dcs, Deliver, Smsc, Submit, Udh, UserData};
use at_commands::syntax::Syntax;
use at_commands::text::{Part, SegmentOptions, Shift, assemble, segment};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

mod part;

use part::{deliver, text};

fn main() {
    divan::main();
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

/// The same without the list of parts, into octets that are there.
#[divan::bench]
fn encode_158_ours_in_place(bencher: Bencher<'_, '_>) {
    let text = text();
    let mut out = Vec::with_capacity(200);
    bencher.bench_local(|| {
        out.clear();
        let to = Address::from_e164(black_box("+31641600986")).expect("a number");
        let ud = UserData::gsm7_text(black_box(&text), Shift::DEFAULT).expect("one part");
        Submit::new(to, Dcs::GSM7, Udh::none(), ud).encode_into(Smsc::Present, &mut out).expect("fits");
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

/// What a modem says in answer to `AT+CMGL=4` with 250 messages, and 250 URCs between them.
fn dialogue() -> Vec<u8> {
    let pdu = at_commands::hex::encode(&deliver(&text()));
    let mut said = String::from("AT+CMGL=4\r\r\n");
    for index in 0..250 {
        said.push_str(&format!("+CMGL: {index},1,,{}\r\n{pdu}\r\n", pdu.len() / 2 - 8));
        said.push_str("\r\n+CREG: 1,\"84CD\",\"00D30173\",7\r\n");
    }
    said.push_str("\r\nOK\r\n");
    said.into_bytes()
}

/// Bytes into lines.
#[divan::bench]
fn syntax(bencher: Bencher<'_, '_>) {
    let said = dialogue();
    bencher.counter(BytesCount::of_slice(&said)).bench_local(|| {
        let mut syntax = Syntax::default();
        let mut rest = black_box(said.as_slice());
        std::iter::from_fn(|| syntax.take(&mut rest)).count()
    });
}

/// Short lines only: registrations, signal, results.
#[divan::bench]
fn syntax_short_lines(bencher: Bencher<'_, '_>) {
    let said = "\r\n+CREG: 1,\"84CD\",\"00D30173\",7\r\n\r\n+CSQ: 17,99\r\n\r\nOK\r\n".repeat(1_000).into_bytes();
    bencher.counter(BytesCount::of_slice(&said)).bench_local(|| {
        let mut syntax = Syntax::default();
        let mut rest = black_box(said.as_slice());
        std::iter::from_fn(|| syntax.take(&mut rest)).count()
    });
}

/// The same with everything behind it: headers, URCs told apart, events made.
#[divan::bench]
fn chat(bencher: Bencher<'_, '_>) {
    let said = dialogue();
    let now = Tick::from_nanos(1);
    bencher.counter(BytesCount::of_slice(&said)).bench_local(|| {
        let mut chat = Chat::new(Pace::default());
        chat.handle(now, Input::Command(sms::list()));
        chat.handle(now, Input::Bytes(black_box(&said)));
        std::iter::from_fn(|| chat.poll_output()).count()
    });
}
