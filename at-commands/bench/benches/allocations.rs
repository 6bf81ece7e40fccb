//! The same work under a counting allocator; its times are those of the counter too, so `codec` measures without it.

use at_commands::pdu::{Address, Dcs, Deliver, Smsc, Submit, Udh, UserData};
use at_commands::text::Shift;
use divan::{AllocProfiler, Bencher, black_box};

mod part;

use part::{deliver, text};

#[global_allocator]
static COUNTED: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

#[divan::bench]
fn decode_158(bencher: Bencher<'_, '_>) {
    let octets = deliver(&text());
    bencher.bench_local(|| drop(black_box(Deliver::decode(black_box(&octets), Smsc::Present))));
}

#[divan::bench]
fn decode_158_with_its_text(bencher: Bencher<'_, '_>) {
    let octets = deliver(&text());
    bencher.bench_local(|| Deliver::decode(black_box(&octets), Smsc::Present).expect("a message").text());
}

#[divan::bench]
fn encode_158_in_place(bencher: Bencher<'_, '_>) {
    let text = text();
    let mut out = Vec::with_capacity(200);
    bencher.bench_local(|| {
        out.clear();
        let to = Address::from_e164(black_box("+31641600986")).expect("a number");
        let ud = UserData::gsm7_text(black_box(&text), Shift::DEFAULT).expect("one part");
        Submit::new(to, Dcs::GSM7, Udh::none(), ud).encode_into(Smsc::Present, &mut out).expect("fits");
    });
}
