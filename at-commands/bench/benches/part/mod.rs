//! The part that every bench decodes or encodes.

use at_commands::pdu::{Address, Dcs, Deliver, Smsc, Timestamp, Udh, UserData};
use at_commands::text::{Shift, gsm7};

/// 158 characters of the default alphabet.
pub fn text() -> String {
    "Your electricity bill is past due. Reply Y to pay it now, N for a call back. ".repeat(3).chars().take(158).collect()
}

pub fn deliver(text: &str) -> Vec<u8> {
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
