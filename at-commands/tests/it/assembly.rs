//! Joining parts: what operators and handsets really do with references, numbers and order (3GPP 23.040 sec 9.2.3.24.1).

use at_commands::pdu::{Concat, UserData};
use at_commands::text::{Assembled, Part, Shift, assemble, partial};

/// Total, number, time in seconds, text.
type Arrival = (u8, u8, i64, &'static str);

fn part((total, seq, at_s, text): Arrival) -> Part {
    let ud = UserData::gsm7(text.as_bytes(), Shift::DEFAULT).expect("plain letters have their ASCII codes");
    Part { concat: Concat { reference: 9, wide: false, total, seq }, at_ms: at_s * 1000, ud }
}

fn check(arrivals: &[Arrival], expected: &Assembled) {
    let parts: Vec<Part> = arrivals.iter().copied().map(part).collect();
    assert_eq!(assemble(&parts), *expected, "{arrivals:?}");
}

fn complete(text: &str, used: &[usize]) -> Assembled {
    Assembled::Complete { text: text.to_owned(), used: used.to_vec() }
}

#[test]
fn parts_are_joined_in_their_order_not_in_that_of_arrival() {
    check(&[(2, 2, 0, "b"), (2, 1, 1, "a")], &complete("ab", &[0, 1]));
    check(&[(3, 3, 0, "c"), (3, 1, 0, "a"), (3, 3, 5, "c"), (3, 2, 9, "b")], &complete("abc", &[0, 1, 2, 3]));
}

#[test]
fn a_part_that_comes_twice_counts_once() {
    check(&[(3, 1, 0, "a"), (3, 1, 30, "a")], &Assembled::Missing { have: 1, total: 3 });
}

#[test]
fn a_reused_reference_begins_another_message() {
    let parts = [(2, 1, 0, "old"), (2, 1, 3600, "new")];
    check(&parts, &Assembled::Missing { have: 1, total: 2 });
    check(&[parts[0], parts[1], (2, 2, 3605, " one")], &complete("new one", &[1, 2]));
    check(&[parts[0], parts[1], (2, 2, 5, " one")], &complete("old one", &[0, 2]));
}

#[test]
fn another_total_is_another_message() {
    check(&[(3, 1, 0, "x"), (2, 1, 0, "a"), (2, 2, 0, "b")], &complete("ab", &[1, 2]));
}

#[test]
fn a_number_beyond_the_total_is_no_part() {
    check(&[(2, 1, 0, "a"), (2, 3, 0, "c")], &Assembled::Missing { have: 1, total: 2 });
    check(&[(0, 0, 0, "a")], &Assembled::Missing { have: 0, total: 0 });
    check(&[], &Assembled::Missing { have: 0, total: 0 });
}

#[test]
fn what_came_of_an_incomplete_message_is_read_with_marks() {
    let read = |arrivals: &[Arrival]| partial(&arrivals.iter().copied().map(part).collect::<Vec<_>>(), "[...]");
    assert_eq!(read(&[(4, 4, 0, "end"), (4, 1, 0, "start")]), "start[...]end");
    assert_eq!(read(&[(3, 1, 0, "a"), (3, 2, 0, "b")]), "ab[...]");
    assert_eq!(read(&[(2, 2, 0, "b"), (2, 1, 0, "a")]), "ab");
    assert_eq!(read(&[]), "");
}

#[test]
fn an_escape_across_two_parts_keeps_its_letter() {
    let mut first = part((2, 1, 0, "5"));
    first.ud = UserData::gsm7(&[0x35, 0x1B], Shift::DEFAULT).expect("two septets");
    assert_eq!(assemble(&[first, part((2, 2, 0, "e"))]), complete("5\u{20AC}", &[0, 1]));
}

#[test]
fn a_surrogate_pair_across_two_parts_is_one_character() {
    let half = |seq, octets: &[u8]| Part {
        concat: Concat { reference: 9, wide: false, total: 2, seq },
        at_ms: 0,
        ud: at_commands::pdu::UserData::decode(&[&[octets.len() as u8], octets].concat(), at_commands::pdu::Dcs::UCS2, false)
            .expect("octets of UCS-2")
            .1,
    };
    assert_eq!(assemble(&[half(1, &[0x00, 0x41, 0xD8, 0x3D]), half(2, &[0xDE, 0x00])]), complete("A\u{1F600}", &[0, 1]));
}

#[test]
fn binary_parts_stay_octets() {
    let half = |seq, octet| Part {
        concat: Concat { reference: 9, wide: true, total: 2, seq },
        at_ms: 0,
        ud: UserData::data(&[octet]).expect("an octet"),
    };
    assert_eq!(assemble(&[half(2, 2), half(1, 1)]), Assembled::Binary { octets: vec![1, 2], used: vec![0, 1] });
}
