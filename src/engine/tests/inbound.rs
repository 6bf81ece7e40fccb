//! Inbound texts: kept whatever they are, joined in any order, told once.

use at_commands::hex;
use at_commands::pdu::{Address, Concat, Deliver, Ie, Inbound, Ports, Smsc, TypeOfAddress, Udh, UserData};

use super::{MODEM, PERSON, Rig, SIM, deliver, deliver_of, deliver_part, status_report};
use crate::conversation::effect::{ConsentChange, Proof};
use crate::engine::receive::{self, Arrival};
use crate::engine::submit::Begin;
use crate::engine::{clock, consent, modems};
use crate::msisdn::Msisdn;
use crate::terms::{PartState, Policy, SessionState};

#[test]
fn what_cannot_be_decoded_is_kept_and_shown() {
    let mut rig = Rig::new();
    let slot = rig.arrives("0791zz".to_owned());
    assert_eq!((slot.memory.as_str(), slot.index), ("SM", 3), "its slot may be freed");
    let row = rig.last_inbound();
    assert_eq!((row.hex.as_deref(), row.outcome.as_deref()), (Some("0791zz"), Some("undecodable")));
    assert!(rig.events(0).contains(&"message.received".to_owned()));
    rig.arrives("0791zz".to_owned());
    assert_eq!(rig.last_inbound().redelivered, 1);
    rig.arrives("00".to_owned());
    assert_eq!(rig.last_inbound().hex.as_deref(), Some("00"));
}

#[test]
fn a_text_shown_directly_has_no_slot() {
    let mut rig = Rig::new();
    let hex = deliver(PERSON, rig.now, "hello");
    let arrival = Arrival { sim: SIM.to_owned(), modem: MODEM.to_owned(), hex, slot: None, live: true };
    assert!(rig.run(|work| receive::pdu(work, &arrival)).is_shown());
}

#[test]
fn every_text_has_a_rule_and_a_reason() {
    let mut rig = Rig::new();
    let row = rig.hears("what is this number");
    assert!(row.rule.is_some() && !row.why.is_empty(), "{row:?}");
}

#[test]
fn parts_join_in_any_order_and_are_understood_once() {
    let texts = [(1, "My power is "), (2, "out since "), (3, "ten o'clock")];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut rig = Rig::new();
        for place in order {
            let (seq, text) = texts[place];
            let pdu = deliver_of(rig.now, (5, 3, seq), text);
            rig.arrives(pdu.clone());
            rig.arrives(pdu);
        }
        let rows = rig.read(|reader| reader.inbounds(None, crate::store::Paging::newest(9))).items;
        assert_eq!(rows.len(), 1, "{order:?}");
        assert_eq!(rows[0].text.expose(), "My power is out since ten o'clock", "{order:?}");
        assert_eq!((rows[0].parts_have, rows[0].parts_total), (3, 3));
    }
}

#[test]
fn parts_that_wait_too_long_are_shown_and_late_ones_complete_them() {
    let mut rig = Rig::new();
    let stamp = rig.now;
    rig.arrives(deliver_of(stamp, (5, 3, 1), "one "));
    rig.arrives(deliver_of(stamp, (5, 3, 3), "three"));
    rig.wait(299);
    assert_eq!(rig.read(|reader| reader.inbounds(None, crate::store::Paging::newest(9))).items.len(), 0);
    rig.wait(2);
    let row = rig.last_inbound();
    assert_eq!((row.rule, row.parts_have, row.parts_total), (Some(3), 2, 3), "{}", row.why);
    rig.wait(600);
    rig.arrives(deliver_of(stamp, (5, 3, 2), "two "));
    let row = rig.last_inbound();
    assert_eq!((row.text.expose(), row.parts_have), ("one two three", 3));
    assert_eq!(rig.read(|reader| reader.inbounds(None, crate::store::Paging::newest(9))).items.len(), 2);
}

#[test]
fn two_texts_in_one_second_are_two() {
    let mut rig = Rig::new();
    rig.hears("one");
    rig.hears("two");
    assert_eq!(rig.read(|reader| reader.inbounds(None, crate::store::Paging::newest(9))).items.len(), 2);
}

#[test]
fn danger_in_one_part_is_heard_before_the_rest_comes() {
    let mut rig = Rig::new();
    let stamp = rig.now;
    rig.arrives(deliver_of(stamp, (9, 2, 2), "please come I smell gas here"));
    let tasks = rig.read(|reader| reader.tasks(true, crate::store::Paging::newest(9))).items;
    assert_eq!((tasks.len(), tasks[0].urgent, tasks[0].queue.as_str()), (1, true, "control_room"));
    let words = rig.send_next(1).expect("the safety text");
    assert!(words.contains("Leave the building now") && words.contains("112"), "{words}");
    rig.wait(5);
    rig.arrives(deliver_of(stamp, (9, 2, 1), "hello, "));
    assert!(rig.last_inbound().danger);
    let tasks = rig.read(|reader| reader.tasks(true, crate::store::Paging::newest(9))).items;
    assert_eq!(tasks.iter().filter(|task| task.kind == crate::conversation::effect::TaskKind::Danger).count(), 1, "one alarm for one text");
    let told = rig.events(0).iter().filter(|kind| *kind == "danger.heard").count();
    assert_eq!(told, 1);
    assert_eq!(rig.send_next(2), None, "one safety text in ten minutes");
}

#[test]
fn the_clock_of_a_service_centre_is_learned_from_live_texts() {
    let mut rig = Rig::new();
    rig.has_modem(MODEM, SIM);
    rig.run(|work| modems::ready(work, MODEM));
    rig.wait(120);
    for (seconds, text) in [(3, "a"), (4, "b"), (90, "c"), (5, "d"), (4, "e")] {
        let stamp = rig.now.shifted_ms(-seconds * 1000);
        rig.arrives(deliver(PERSON, stamp, text));
        rig.wait(60);
    }
    let clock = rig.read(|reader| reader.smsc_clock("+380501000000")).clock;
    assert_eq!((clock.samples, clock.offset_ms / 1000), (5, 4));
}

#[test]
fn a_picture_is_answered_with_words() {
    let mut rig = Rig::new();
    let notice = |rig: &Rig| {
        let ports = Ie::Ports(Ports { destination: 2948, source: 9200, wide: true });
        // An MMS notification begins so; what follows is the address of the picture.
        let ud = UserData::data(&[0x00, 0x06, 0x03, 0xbe, 0xaf, 0x84, 0x8c, 0x82]).expect("fits");
        deliver_part(PERSON, rig.now, Udh::of(&[ports]).expect("fits"), ud)
    };
    rig.arrives(notice(&rig));
    assert_eq!((rig.last_inbound().rule, rig.last_inbound().from.map(|from| from.e164().to_owned())), (Some(17), Some(PERSON.to_owned())));
    assert!(rig.send_next(1).expect("an answer").contains("cannot see pictures"));
    let asked = rig.past_due();
    rig.send(asked.messages[0], 2);
    rig.wait(60);
    rig.arrives(notice(&rig));
    assert_eq!((rig.last_inbound().rule, rig.last_inbound().session), (Some(16), Some(asked.id)));
    assert!(rig.send_next(3).expect("an answer").contains("cannot see pictures"));
}

/// The announcement of a picture comes from a code of the operator, here in two parts; its sender stands within.
#[test]
fn the_sender_of_a_picture_is_answered_not_the_code_that_announces_it() {
    const CODE: &str = "4000";
    let push = |from: &[u8]| {
        let head = b"\x01\x06\x03\xBE\xAF\x84\x8C\x82\x98T1\0\x8D\x92\x89";
        let tail = b"\x8A\x80\x8E\x02\x75\x30\x88\x05\x81\x03\x03\xF4\x80\x83http://mmsc.example/T1\0";
        [&head[..], &[from.len() as u8], from, tail].concat()
    };
    let part = |rig: &Rig, reference: u16, seq: u8, octets: &[u8]| {
        let ports = Ie::Ports(Ports { destination: 2948, source: 9200, wide: true });
        let concat = Ie::Concat(Concat { reference, wide: false, total: 2, seq });
        let ud = UserData::data(octets).expect("fits");
        let whole = hex::decode(&deliver_part(PERSON, rig.now, Udh::of(&[ports, concat]).expect("fits"), ud)).expect("hex");
        let Ok(Inbound::Deliver(deliver)) = Inbound::decode(&whole, Smsc::Present) else { panic!("a DELIVER") };
        let oa = Address::digits(CODE, TypeOfAddress::UNKNOWN).expect("a code");
        hex::encode(&Deliver { oa, ..deliver }.encode(Smsc::Present).expect("encodes"))
    };
    for (reference, from, sender) in [
        (1, &b"\x80+380501112233/TYPE=PLMN\0"[..], Some(PERSON)),
        (2, &b"\x800501112233/TYPE=PLMN\0"[..], Some(PERSON)),
        (3, &b"\x81"[..], None),
        (4, &b"\x80ann@utility.example\0"[..], None),
    ] {
        let mut rig = Rig::new();
        let asked = rig.past_due();
        rig.send(asked.messages[0], 2);
        rig.wait(60);
        let whole = push(from);
        let (first, second) = whole.split_at(whole.len() / 2);
        rig.arrives(part(&rig, reference, 2, second));
        rig.arrives(part(&rig, reference, 1, first));
        let heard = rig.last_inbound();
        assert_eq!((heard.from.as_ref().map(Msisdn::e164), heard.sender.as_str()), (sender, CODE), "{from:X?}");
        let answer = rig.send_next(3);
        assert_eq!(answer.is_some_and(|answer| answer.contains("cannot see pictures")), sender.is_some(), "{from:X?}");
        assert_eq!(heard.rule, Some(if sender.is_some() { 16 } else { 2 }));
    }
}

#[test]
fn a_stamp_that_is_no_date_is_said_and_the_time_of_reading_counts() {
    let mut rig = Rig::new();
    let asked = rig.past_due();
    rig.send(asked.messages[0], 2);
    rig.wait(60);
    let mut octets = hex::decode(&deliver(PERSON, rig.now, "Y")).expect("hex");
    // The stamp stands in front of the length and the one letter: its month becomes 13.
    let stamp = octets.len() - 2 - 7;
    octets[stamp + 1] = 0x31;
    rig.arrives(hex::encode(&octets));
    let heard = rig.last_inbound();
    assert!(heard.why.contains("its stamp is no date"), "{}", heard.why);
    assert!(rig.send_next(3).expect("a read-back").contains("PAY"), "nothing with a risk is done without it");
}

/// The modem is away for three hours; how the rules see texts that were written meanwhile and come live once it is back.
fn held_back_for(ready_for_s: u64) -> (Rig, Vec<Option<u8>>) {
    let mut rig = Rig::new();
    rig.has_modem(MODEM, SIM);
    rig.run(|work| modems::ready(work, MODEM));
    rig.wait(8 * 3600);
    rig.run(|work| modems::not_ready(work, MODEM, "no_network", "no network"));
    let written = rig.now;
    rig.wait(3 * 3600 - ready_for_s);
    rig.run(|work| modems::ready(work, MODEM));
    let asked = rig.past_due();
    rig.send(asked.messages[0], 3);
    rig.wait(ready_for_s);
    let rules = ["Y", "yes", "Yes please"].map(|text| {
        rig.arrives(deliver(PERSON, written, text));
        rig.last_inbound().rule
    });
    (rig, rules.to_vec())
}

#[test]
fn what_the_network_held_back_answers_nothing_newer_and_says_nothing_of_a_clock() {
    let (rig, rules) = held_back_for(40);
    // Three texts off by the same twelve quarters of an hour: the modem was away, so nothing is wrong with the clock.
    assert_eq!(rules, [Some(17); 3]);
    assert_eq!(rig.read(|reader| reader.smsc_clock("+380501000000")).clock.samples, 0);
}

#[test]
fn a_clock_that_is_off_by_quarter_hours_is_distrusted_with_the_second_text() {
    let mut rig = Rig::new();
    rig.has_modem(MODEM, SIM);
    rig.run(|work| modems::ready(work, MODEM));
    rig.wait(8 * 3600);
    let seconds_late = [3, 4, 3, 5, 4, 3, 3603, 3604, 4];
    for (nth, late) in seconds_late.into_iter().enumerate() {
        rig.arrives(deliver(PERSON, rig.now.shifted_ms(-late * 1000), &format!("text {nth}")));
        let why = rig.last_inbound().why;
        assert_eq!(why.contains("off by quarter hours"), nth == 7, "{nth}: {why}");
        rig.wait(60);
    }
}

#[test]
fn nothing_unsolicited_leaves_while_a_slip_of_stop_is_unanswered() {
    let mut rig = Rig::new();
    rig.hears("STPO");
    assert!(rig.send_next(1).expect("the question").contains("did you mean STOP?"));
    let notice = rig.plain(Policy::Notice, "Works in your street on Monday.");
    for moment in ["at once", "nor later"] {
        rig.claim(notice, 1);
        assert!(matches!(rig.begin(notice, 1), Begin::Denied { .. }), "{moment}");
        assert_eq!(rig.state(notice), PartState::Queued, "it waits");
        rig.wait(120);
    }
    rig.hears("HELP");
    assert!(rig.send_next(3).expect("help").contains("Emergency"), "what the person asks for is answered");
    rig.wait(5);
    rig.hears("no");
    assert!(rig.send_next(4).expect("kept").contains("texts stay on"));
    rig.wait(120);
    assert!(rig.send_next(5).is_some_and(|words| words.contains("Works in your street")), "{:?}", rig.state(notice));
}

#[test]
fn a_report_tells_the_clock_of_its_service_centre() {
    let mut rig = Rig::new();
    let late = 7;
    for (mr, want) in [(7, (1, 0)), (8, (2, late))] {
        let id = rig.plain(Policy::Notice, "Works in your street on Monday.");
        rig.send(id, mr);
        let sent = rig.now;
        rig.wait(9);
        rig.arrives(status_report(mr, PERSON, sent.shifted_ms(-late * 1000), 0));
        let clock = rig.read(|reader| reader.smsc_clock("+380501000000")).clock;
        assert_eq!((clock.samples, clock.offset_ms / 1000), want, "one alone proves no slow clock");
    }
}

#[test]
fn an_opt_out_at_the_desk_ends_what_a_stop_ends() {
    let mut rig = Rig::new();
    let session = rig.past_due().id;
    assert!(rig.send_next(1).is_some(), "the bill");
    let notice = rig.plain(Policy::Notice, "Works in your street on Monday.");
    let change = ConsentChange {
        msisdn: Msisdn::from_e164(PERSON).expect("a number"),
        categories: Vec::new(),
        granted: false,
        source: "api".to_owned(),
        proof: Proof::told("asked for no texts by phone", None),
        pending: false,
    };
    rig.run(|work| consent::note(work, &change));
    assert_eq!(rig.session(session).state, SessionState::Parked);
    assert_eq!(rig.state(notice), PartState::Withdrawn);
    assert_eq!(rig.send_next(2), None, "nothing is left to say");
}

/// A box without a battery for its clock: the first part comes in the wrong year, and the right one is set before the rest.
#[test]
fn a_text_is_whole_though_the_clock_is_set_between_its_parts() {
    for by_ms in [365 * 86_400_000, -365 * 86_400_000] {
        let mut rig = Rig::new();
        let stamp = rig.now;
        rig.arrives(super::deliver_of(stamp, (7, 2, 1), "the water is "));
        let (from, before) = (rig.now, rig.read(|reader| reader.newest_rows()));
        rig.now = from.shifted_ms(by_ms);
        rig.run(|work| clock::jumped(work, &crate::store::ClockJump { from, by_ms, before }));
        rig.wait(60);
        rig.arrives(super::deliver_of(stamp, (7, 2, 2), "brown"));
        assert_eq!(rig.last_inbound().text.expose(), "the water is brown", "{by_ms}");
    }
}

/// The daemon that took the first part was in another year than the one that gives up waiting for the rest.
#[test]
fn a_part_is_never_forgotten_whatever_the_clock_says() {
    for years in [20, -20] {
        let mut rig = Rig::new();
        let right = rig.now;
        rig.now = right.shifted_ms(years * 365 * 86_400_000);
        rig.arrives(super::deliver_of(right, (7, 2, 1), "the water is "));
        rig.now = right;
        rig.run(crate::engine::restart::all);
        rig.wait(3_600);
        let heard = rig.last_inbound();
        assert_eq!((heard.text.expose(), heard.parts_have, heard.parts_total), ("the water is ", 1, 2), "{years}");
    }
}

/// The box ran in a year to come, and is right again: what it said there is not recent.
#[test]
fn advice_is_not_held_back_by_what_was_said_in_a_wrong_year() {
    let mut rig = Rig::new();
    let right = rig.now;
    rig.wait(3 * 365 * 86_400);
    rig.hears("I smell gas");
    assert!(rig.send_next(1).is_some_and(|words| words.contains("Leave the building")));
    rig.now = right;
    rig.wait(60);
    rig.hears("there is a smell of gas here");
    assert!(rig.send_next(2).is_some_and(|words| words.contains("Leave the building")));
}

/// TP-LP in one part makes the whole text one that wants no automatic reply, whichever part is read last.
#[test]
fn one_forwarded_part_is_enough_for_silence() {
    for (forwarded, want) in [(None, 1), (Some(1), 0), (Some(2), 0)] {
        let mut rig = Rig::new();
        for seq in [1, 2] {
            let hex = deliver_of(rig.now, (9, 2, seq), "nothing to do with anything ");
            let mut deliver =
                match at_commands::pdu::Inbound::decode(&at_commands::hex::decode(&hex).expect("hex"), at_commands::pdu::Smsc::Present) {
                    Ok(at_commands::pdu::Inbound::Deliver(deliver)) => deliver,
                    other => panic!("{other:?}"),
                };
            deliver.loop_prevention = forwarded == Some(seq);
            rig.arrives(at_commands::hex::encode(&deliver.encode(at_commands::pdu::Smsc::Present).expect("encodes")));
        }
        let sent = rig.read(|reader| reader.due_parts(rig.now, 9)).len();
        assert_eq!((rig.last_inbound().rule, sent), (Some(17), want), "forwarded: {forwarded:?}");
    }
}
