//! The worst that phones and networks send, from the PDU to the rows: nothing is lost, nothing is taken for a yes, rows stay bounded.

use at_commands::hex;
use at_commands::pdu::{Address, Deliver, Smsc};
use at_commands::text::{SegmentOptions, segment};

use super::{PERSON, Rig, deliver_of, network_time};
use crate::store::{InboundRow, Paging};
use crate::terms::SessionState;

const PARTS: u8 = 255;

fn texts(rig: &Rig) -> Vec<InboundRow> {
    rig.read(|reader| reader.inbounds(None, Paging::newest(500))).items
}

fn word(seq: u8) -> String {
    format!("w{seq:03} ")
}

fn sends(rig: &mut Rig, text: &str) {
    let parts = segment(text, &SegmentOptions { reference: 7, parts_max: PARTS, ..SegmentOptions::default() }).expect("a text").parts;
    let scts = network_time(rig.now);
    for part in parts {
        let deliver = Deliver {
            smsc: Some(Address::from_e164("+380501000000").expect("an address")),
            more_messages: false,
            loop_prevention: false,
            status_report_indication: false,
            reply_path: false,
            oa: Address::from_e164(PERSON).expect("an address"),
            pid: 0,
            dcs: part.dcs,
            scts,
            udh: part.udh,
            ud: part.ud,
        };
        rig.arrives(hex::encode(&deliver.encode(Smsc::Present).expect("encodes")));
    }
}

#[test]
fn two_hundred_and_fifty_five_parts_are_one_text_in_any_order() {
    let mut rig = Rig::new();
    let stamp = rig.now;
    for n in 0..=254_u8 {
        // 101 has no factor in common with 255: every part comes once, nowhere in order.
        let seq = (u32::from(n) * 101 % 255) as u8 + 1;
        rig.arrives(deliver_of(stamp, (9, PARTS, seq), &word(seq)));
    }
    let rows = texts(&rig);
    assert_eq!(rows.len(), 1, "one text");
    let whole: String = (1..=PARTS).map(word).collect();
    assert_eq!(rows[0].text.expose(), whole);
    assert_eq!((rows[0].parts_have, rows[0].parts_total, rows[0].rule.is_some()), (PARTS, PARTS, true));
}

#[test]
fn one_part_of_two_hundred_and_fifty_five_is_missing_and_comes_late() {
    let mut rig = Rig::new();
    let stamp = rig.now;
    for seq in (1..=PARTS).filter(|seq| *seq != 128) {
        rig.arrives(deliver_of(stamp, (9, PARTS, seq), &word(seq)));
    }
    assert!(texts(&rig).is_empty());
    rig.wait(301);
    let rows = texts(&rig);
    assert_eq!((rows.len(), rows[0].rule, rows[0].parts_have, rows[0].parts_total), (1, Some(3), 254, PARTS));
    rig.arrives(deliver_of(stamp, (9, PARTS, 128), &word(128)));
    let rows = texts(&rig);
    assert_eq!((rows.len(), rows[0].parts_have), (2, PARTS), "the whole text is resolved once");
    assert!(rows[0].text.expose().contains("w127 w128 w129"));
}

/// Parts that contradict each other about how many they are: none is joined with the others, and each is read by a person.
#[test]
fn parts_with_contradictory_totals_are_all_kept_and_shown() {
    let mut rig = Rig::new();
    let asked = rig.past_due();
    rig.send(asked.messages[0], 1);
    rig.wait(60);
    let stamp = rig.now;
    for (total, seq, text) in [(3, 1, "y"), (4, 2, "e"), (255, 3, "s"), (2, 200, "Y"), (0, 0, "yes"), (2, 0, "Y")] {
        rig.arrives(deliver_of(stamp, (9, total, seq), text));
    }
    rig.wait(301);
    let rows = texts(&rig);
    let mut said: Vec<&str> = rows.iter().map(|row| row.text.expose()).collect();
    said.sort_unstable();
    for text in ["y", "e", "s"] {
        assert!(said.contains(&text), "{text} is shown: {said:?}");
    }
    assert!(rows.iter().all(|row| row.rule.is_some()), "{rows:?}");
    assert!(rows.len() <= 6, "no part is two texts: {said:?}");
}

/// First parts of texts that never go on: each costs its row and one look, and the box says nothing.
#[test]
fn a_flood_of_beginnings_is_bounded() {
    let mut rig = Rig::new();
    let stamp = rig.now;
    for reference in 0..200 {
        rig.arrives(deliver_of(stamp, (reference, PARTS, 1), "once upon a time"));
    }
    assert!(texts(&rig).is_empty(), "nothing is understood before its time");
    rig.wait(301);
    let rows = texts(&rig);
    assert_eq!(rows.len(), 200);
    assert!(rows.iter().all(|row| row.rule == Some(3) && row.parts_have == 1));
    assert_eq!(rig.send_next(1), None, "half a text gets no answer");
    rig.wait(3_600);
    assert_eq!(texts(&rig).len(), 200, "and no second look");
}

#[test]
fn hostile_texts_are_kept_as_they_are_and_move_nothing() {
    let long = "lorem ipsum ".repeat(834);
    let hostile = [
        long.as_str(),
        "\u{202e}sey\u{202c}",
        "\u{2066}Y\u{2069} or N? \u{200f}",
        "\0\0\0",
        "a\0b",
        "\u{1b}[2J\u{7}\u{8}",
        "👍👎🔥",
        "🔥🔥🔥🔥",
        "five thousand and some",
        "----------",
    ];
    for text in hostile {
        let mut rig = Rig::new();
        let asked = rig.past_due();
        rig.send(asked.messages[0], 1);
        rig.wait(60);
        sends(&mut rig, text);
        let rows = texts(&rig);
        let shown: String = text.chars().take(20).collect();
        assert_eq!((rows.len(), rows[0].text.expose() == text), (1, true), "{shown:?} is one row with the words as they came");
        assert!(rows[0].rule.is_some() && rows[0].answer.is_none(), "{shown:?}: {:?} {:?}", rows[0].rule, rows[0].answer);
        assert_eq!(rig.session(asked.id).state, SessionState::Asked, "{shown:?}");
        let mut mr = 2;
        while let Some(reply) = rig.send_next(mr) {
            assert!(!reply.chars().any(|sign| sign.is_control() && sign != '\n'), "{shown:?} is answered with {reply:?}");
            mr += 1;
            assert!(mr < 5, "{shown:?}: one text is answered with {mr} texts");
        }
    }
}
