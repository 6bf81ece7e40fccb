//! Where a text is cut, and into what (3GPP 23.038, 23.040 sec 9.2.3.24.1).

use at_commands::pdu::Class;
use at_commands::text::{Encoding, Language, Languages, SegmentOptions, Shift, segment};

/// Text, repeated so often, with an 8-bit or a 16-bit reference; encoding and units of each part.
fn check(piece: &str, times: usize, wide_reference: bool, encoding: Encoding, units: &[usize]) {
    let text = piece.repeat(times);
    let sent = segment(&text, &SegmentOptions { wide_reference, ..SegmentOptions::default() }).expect("within 255 parts");
    let got: Vec<usize> = sent.parts.iter().map(|part| part.ud.units().len()).collect();
    assert_eq!((sent.encoding, got.as_slice()), (encoding, units), "{piece:?} x {times}");
}

#[test]
fn parts_are_as_long_as_the_standard_lets_them_be() {
    check("", 0, false, Encoding::Gsm7, &[0]);
    check("a", 160, false, Encoding::Gsm7, &[160]);
    check("a", 161, false, Encoding::Gsm7, &[153, 8]);
    check("a", 306, false, Encoding::Gsm7, &[153, 153]);
    check("a", 307, true, Encoding::Gsm7, &[152, 152, 3]);
    check("\u{20AC}", 80, false, Encoding::Gsm7, &[160]);
    check("\u{44F}", 70, false, Encoding::Ucs2, &[140]);
    check("\u{44F}", 71, false, Encoding::Ucs2, &[134, 8]);
    check("\u{44F}", 133, true, Encoding::Ucs2, &[132, 132, 2]);
}

#[test]
fn nothing_that_belongs_together_is_cut() {
    // 153 is odd: the escape of the 77th euro sign would end the part, so it goes to the next one.
    check("\u{20AC}", 81, false, Encoding::Gsm7, &[152, 10]);
    // 134 octets are 33 pairs and a half.
    check("\u{1F600}", 36, false, Encoding::Ucs2, &[132, 12]);
    // A family of 16 octets: eight fit, not a part of the ninth.
    check("\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}", 9, false, Encoding::Ucs2, &[128, 16]);
    // A letter with its accent.
    check("\u{44F}\u{301}", 36, false, Encoding::Ucs2, &[132, 12]);
    // One grapheme longer than a part cannot be kept whole: its characters are.
    check(&format!("e{}", "\u{301}".repeat(100)), 1, false, Encoding::Ucs2, &[134, 68]);
}

#[test]
fn it_says_which_characters_forced_ucs2_and_what_could_stand_for_them() {
    let text = "Your bill \u{2013} \u{201C}due\u{201D} \u{2013} \u{44F}";
    let sent = segment(text, &SegmentOptions::default()).expect("one part");
    assert_eq!((sent.encoding, sent.replaced), (Encoding::Ucs2, false));
    let stand_ins: Vec<(char, Option<&str>)> = sent.stand_ins().collect();
    assert_eq!(stand_ins, [('\u{2013}', Some("-")), ('\u{201C}', Some("\"")), ('\u{201D}', Some("\"")), ('\u{44F}', None)]);
}

#[test]
fn stand_ins_are_written_only_when_asked_for_and_only_for_all() {
    let options = SegmentOptions { stand_ins: true, ..SegmentOptions::default() };
    let sent = segment("Caf\u{E9} \u{2013} ma\u{F1}ana \u{AB}ya\u{BB} \u{ED}", &options).expect("one part");
    assert_eq!(sent.parts[0].ud.text().as_deref(), Some("Caf\u{E9} - ma\u{F1}ana \"ya\" i"));
    assert_eq!((sent.encoding, sent.replaced, sent.forced.len()), (Encoding::Gsm7, true, 4));
    let kept = segment("\u{2013} \u{44F}", &options).expect("one part");
    assert_eq!((kept.encoding, kept.replaced), (Encoding::Ucs2, false));
}

#[test]
fn national_tables_are_used_where_allowed_and_where_they_save_a_part() {
    let turkish = "\u{11E}\u{131}\u{15F}".repeat(40);
    let allowed = SegmentOptions { languages: Languages::ALL, ..SegmentOptions::default() };
    let sent = segment(&turkish, &allowed).expect("one part");
    assert_eq!((sent.encoding, sent.shift.locking, sent.parts.len()), (Encoding::Gsm7, Language::Turkish, 1));
    assert_eq!(sent.parts[0].udh.as_octets(), [0x03, 0x25, 0x01, 0x01]);
    assert_eq!(sent.parts[0].ud.text().as_deref(), Some(turkish.as_str()));
    let other = SegmentOptions { languages: Languages::NONE.with(Language::Urdu), ..SegmentOptions::default() };
    assert_eq!(segment(&turkish, &other).expect("two parts").encoding, Encoding::Ucs2);
    assert_eq!(segment(&turkish, &SegmentOptions::default()).expect("two parts").parts.len(), 2);
    // A few letters cost one part either way: UCS-2 is read by every phone.
    let few = segment("\u{11E}", &allowed).expect("one part");
    assert_eq!((few.encoding, few.shift), (Encoding::Ucs2, Shift::DEFAULT));
    // Spanish has a single shift only.
    let spanish = format!("{}\u{CD}", "a".repeat(100));
    let sent = segment(&spanish, &allowed).expect("one part");
    assert_eq!((sent.shift.locking, sent.shift.single), (Language::Default, Language::Spanish));
}

#[test]
fn tables_of_two_languages_go_together_where_one_is_not_enough() {
    let text = format!("{}{}", "\u{11F}".repeat(100), "\u{E3}".repeat(5));
    let sent = segment(&text, &SegmentOptions { languages: Languages::ALL, ..SegmentOptions::default() }).expect("one part");
    assert_eq!((sent.shift.locking, sent.shift.single, sent.parts.len()), (Language::Turkish, Language::Portuguese, 1));
    assert_eq!(sent.parts[0].udh.as_octets(), [0x06, 0x24, 0x01, 0x03, 0x25, 0x01, 0x01]);
    assert_eq!(sent.parts[0].ud.text().as_deref(), Some(text.as_str()));
    assert_eq!(sent.parts[0].ud.length(&sent.parts[0].udh), 8 + 100 + 10, "an escaped letter is two septets");
}

#[test]
fn a_text_of_too_many_parts_is_refused_with_the_count() {
    let error = segment(&"a".repeat(500), &SegmentOptions { parts_max: 3, ..SegmentOptions::default() }).expect_err("four parts");
    assert_eq!((error.parts, error.to_string().as_str()), (4, "the text takes 4 parts, at most 3 are allowed"));
    let error = segment(&"a".repeat(153 * 255 + 1), &SegmentOptions::default()).expect_err("256 parts");
    assert_eq!(error.parts, 256);
}

#[test]
fn references_and_classes_are_on_every_part() {
    let options = SegmentOptions { reference: 0x1234, class: Some(Class::Flash), ..SegmentOptions::default() };
    let sent = segment(&"a".repeat(200), &options).expect("two parts");
    let concats: Vec<_> = sent.parts.iter().filter_map(|part| part.udh.concat()).collect();
    assert_eq!(concats.iter().map(|concat| (concat.reference, concat.total, concat.seq)).collect::<Vec<_>>(), [(0x34, 2, 1), (0x34, 2, 2)]);
    assert!(sent.parts.iter().all(|part| part.dcs.octet() == 0x10));
    let wide = segment(&"a".repeat(200), &SegmentOptions { wide_reference: true, ..options }).expect("two parts");
    assert_eq!(wide.parts[1].udh.as_octets(), [0x06, 0x08, 0x04, 0x12, 0x34, 2, 2]);
}
