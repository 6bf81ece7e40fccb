//! Properties of all six TPDUs over every field: what is encoded decodes to the same, encodes to the same octets, and no proper
//! prefix of it decodes.

use at_commands::pdu::{
    Address, Answer, Command, Dcs, DecodeError, Deliver, DeliverReport, EncodeError, Enhanced, EnhancedPeriod, FailureCause, Ie, Octets,
    Parameters, Smsc, Status, StatusReport, Submit, SubmitReport, Timestamp, TypeOfAddress, Udh, UserData, ValidityPeriod,
};
use at_commands::text::{Language, Shift};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::fmt::Debug;

/// Every type and plan with digits, names, and nothing at all.
fn address() -> impl Strategy<Value = Address> {
    let digits = ("[0-9*#a-c]{0,20}", any::<u8>())
        .prop_filter_map("letters have a type of their own", |(digits, toa)| Address::digits(&digits, TypeOfAddress::new(toa)).ok());
    prop_oneof![3 => digits, 1 => "[A-Za-z0-9 @_]{0,11}".prop_map(|name| Address::from_alphanumeric(&name).expect("eleven letters"))]
}

/// The service centre's address counts octets, so an odd number of digits needs its filler and a name its letters.
fn smsc() -> impl Strategy<Value = Option<Address>> {
    option::of("[0-9]{1,20}".prop_map(|digits| Address::from_e164(&digits).expect("digits")))
}

/// Any fields, right or broken, in any zone.
fn time() -> impl Strategy<Value = Timestamp> {
    (0..100_u8, 0..100_u8, 0..100_u8, 0..100_u8, 0..100_u8, 0..100_u8, -79..80_i8).prop_map(
        |(year, month, day, hour, minute, second, zone_quarters)| Timestamp {
            year,
            month,
            day,
            hour,
            minute,
            second,
            zone_quarters,
            as_received: None,
        },
    )
}

/// Known and unknown elements in any order; none is no header at all.
fn header() -> impl Strategy<Value = Udh> {
    let element =
        (any::<u8>(), vec(any::<u8>(), 0..9)).prop_filter("languages say how the text is written", |(id, _)| !matches!(id, 0x24 | 0x25));
    option::of(vec(element, 0..5))
        .prop_map(|elements| {
            let elements = elements?;
            let elements: Vec<Ie<'_>> = elements.iter().map(|(id, data)| Ie::of(*id, data)).collect();
            Some(Udh::of(&elements).expect("fifty octets fit"))
        })
        .prop_map(Option::unwrap_or_default)
}

/// A coding scheme with user data of its alphabet.
fn content() -> impl Strategy<Value = (Dcs, UserData)> {
    let septets = vec(0..0x80_u8, 0..80).prop_map(|septets| UserData::gsm7(&septets, Shift::DEFAULT).expect("few septets"));
    let text = "[a-z\u{430}-\u{44F}\u{1F600}-\u{1F64F}]{0,20}".prop_map(|text| UserData::ucs2(&text).expect("few characters"));
    let data = vec(any::<u8>(), 0..70).prop_map(|octets| UserData::data(&octets).expect("few octets"));
    (any::<u8>(), prop_oneof![septets, text, data]).prop_filter_map("TP-DCS names the alphabet", |(dcs, ud)| {
        let dcs = Dcs::new(dcs);
        let same = match &ud {
            UserData::Gsm7 { .. } => dcs.counts_septets(),
            UserData::Ucs2(_) => dcs.alphabet() == at_commands::pdu::Alphabet::Ucs2 && !dcs.compressed(),
            UserData::Data(_) => dcs.alphabet() == at_commands::pdu::Alphabet::EightBit || dcs.compressed(),
        };
        same.then_some((dcs, ud))
    })
}

fn validity() -> impl Strategy<Value = Option<ValidityPeriod>> {
    let enhanced = prop_oneof![
        Just(EnhancedPeriod::None),
        any::<u8>().prop_map(EnhancedPeriod::Relative),
        any::<u8>().prop_map(EnhancedPeriod::Seconds),
        (0..100_u8, 0..100_u8, 0..100_u8).prop_map(|(hours, minutes, seconds)| EnhancedPeriod::Clock { hours, minutes, seconds }),
    ];
    option::of(prop_oneof![
        any::<u8>().prop_map(ValidityPeriod::Relative),
        time().prop_map(ValidityPeriod::Absolute),
        (any::<bool>(), enhanced).prop_map(|(single_shot, period)| ValidityPeriod::Enhanced(Enhanced::new(single_shot, period))),
    ])
}

/// TP-PI with any reserved bits, and what it announces.
fn parameters() -> impl Strategy<Value = Parameters> {
    let fields = (any::<u8>(), option::of(any::<u8>()), option::of(content()), header(), 0..3_usize);
    fields.prop_map(|(reserved, pid, content, header, extensions)| {
        let (dcs, ud) = content.unzip();
        let udh = if ud.is_some() { header } else { Udh::none() };
        // Every indicator but the last announces the next.
        let octets: Vec<u8> = (1..=extensions).map(|left| if left == extensions { 0 } else { 0x80 }).collect();
        let extension = Octets::of(&octets).expect("two octets");
        Parameters { reserved: reserved & 0x78, extension, pid, dcs, udh, ud }
    })
}

fn check<T: PartialEq + Debug>(
    value: &T,
    octets: Result<Vec<u8>, EncodeError>,
    encode: impl Fn(&T) -> Result<Vec<u8>, EncodeError>,
    decode: impl Fn(&[u8]) -> Result<T, DecodeError>,
) -> Result<(), TestCaseError> {
    let octets = octets.expect("the fields are in order");
    let again = decode(&octets);
    prop_assert_eq!(again.as_ref(), Ok(value));
    prop_assert_eq!(again.map(|again| encode(&again)), Ok(Ok(octets.clone())));
    for length in 0..octets.len() {
        let cut = octets.get(..length).unwrap_or_default();
        prop_assert!(decode(cut).is_err(), "cut at {} of {:02X?}", length, octets);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_message_to_us((smsc, oa, scts, udh) in (smsc(), address(), time(), header()), (dcs, ud) in content(), pid: u8, flags: [bool; 4]) {
        let [more_messages, loop_prevention, status_report_indication, reply_path] = flags;
        let message =
            Deliver { smsc, more_messages, loop_prevention, status_report_indication, reply_path, oa, pid, dcs, scts, udh, ud };
        let octets = message.encode(Smsc::Present);
        check(&message, octets, |it| it.encode(Smsc::Present), |octets| Deliver::decode(octets, Smsc::Present))?;
        let bare = Deliver { smsc: None, ..message };
        prop_assert_eq!(bare.encode(Smsc::Absent).map(|octets| octets.len()), Ok(bare.tpdu_octets()));
        check(&bare, bare.encode(Smsc::Absent), |it| it.encode(Smsc::Absent), |octets| Deliver::decode(octets, Smsc::Absent))?;
    }

    #[test]
    fn a_message_from_us((smsc, da, vp, udh) in (smsc(), address(), validity(), header()), (dcs, ud) in content(), mr: u8, pid: u8, flags: [bool; 3]) {
        let [reject_duplicates, status_report_request, reply_path] = flags;
        let message = Submit { smsc, reject_duplicates, status_report_request, reply_path, mr, da, pid, dcs, vp, udh, ud };
        check(&message, message.encode(Smsc::Present), |it| it.encode(Smsc::Present), |octets| Submit::decode(octets, Smsc::Present))?;
        prop_assert_eq!(message.encode(Smsc::Absent).map(|octets| octets.len()), Ok(message.tpdu_octets()));
    }

    #[test]
    fn a_status_report((smsc, ra, scts, dt) in (smsc(), address(), time(), time()), st: u8, mr: u8, parameters in option::of(parameters()), flags: [bool; 3]) {
        let [more_messages, loop_prevention, qualifier] = flags;
        // An indicator of FF is told from padding by what follows it, so it is left out.
        prop_assume!(parameters.as_ref().is_none_or(|parameters| parameters.indicator() != 0xFF));
        let report =
            StatusReport { smsc, more_messages, loop_prevention, qualifier, mr, ra, scts, dt, st: Status::new(st), parameters };
        let octets = report.encode(Smsc::Present).expect("the fields are in order");
        let again = StatusReport::decode(&octets, Smsc::Present);
        prop_assert_eq!(again.as_ref(), Ok(&report));
        prop_assert_eq!(again.map(|again| again.encode(Smsc::Present)), Ok(Ok(octets.clone())));
        // It may lawfully end behind TP-ST (sec 9.2.2.3); cut anywhere else it is an error.
        let whole = StatusReport { parameters: None, ..report }.encode(Smsc::Present).expect("the fields are in order").len();
        for length in (0..octets.len()).filter(|length| *length != whole) {
            let cut = octets.get(..length).unwrap_or_default();
            prop_assert!(StatusReport::decode(cut, Smsc::Present).is_err(), "cut at {} of {:02X?}", length, octets);
        }
    }

    #[test]
    fn a_command((smsc, da, udh) in (smsc(), address(), header()), octets: [u8; 4], data in vec(any::<u8>(), 0..100), status_report_request: bool) {
        let [mr, pid, ct, mn] = octets;
        let data = Octets::of(&data).expect("few octets");
        let command = Command { smsc, status_report_request, mr, pid, ct, mn, da, udh, data };
        check(&command, command.encode(Smsc::Present), |it| it.encode(Smsc::Present), |octets| Command::decode(octets, Smsc::Present))?;
        prop_assert_eq!(command.encode(Smsc::Absent).map(|octets| octets.len()), Ok(command.tpdu_octets()));
    }

    #[test]
    fn a_report_of_ours(fcs in option::of(any::<u8>().prop_map(FailureCause::new)), parameters in parameters()) {
        let answer = if fcs.is_some() { Answer::Error } else { Answer::Ack };
        let report = DeliverReport { fcs, parameters };
        prop_assert_eq!(report.encode(Smsc::Absent).map(|octets| octets.len()), Ok(report.tpdu_octets()));
        let encode = |it: &DeliverReport| it.encode(Smsc::Absent);
        check(&report, encode(&report), encode, |octets| DeliverReport::decode(octets, Smsc::Absent, answer))?;
    }

    #[test]
    fn a_report_about_ours(fcs in option::of(any::<u8>().prop_map(FailureCause::new)), scts in time(), parameters in parameters()) {
        let answer = if fcs.is_some() { Answer::Error } else { Answer::Ack };
        let report = SubmitReport { fcs, scts, parameters };
        prop_assert_eq!(report.encode(Smsc::Absent).map(|octets| octets.len()), Ok(report.tpdu_octets()));
        let encode = |it: &SubmitReport| it.encode(Smsc::Absent);
        check(&report, encode(&report), encode, |octets| SubmitReport::decode(octets, Smsc::Absent, answer))?;
    }

    #[test]
    fn a_header_keeps_every_element(elements in vec((any::<u8>(), vec(any::<u8>(), 0..12)), 0..9)) {
        let typed: Vec<Ie<'_>> = elements.iter().map(|(id, data)| Ie::of(*id, data)).collect();
        let header = Udh::of(&typed).expect("126 octets fit");
        let (again, taken) = Udh::decode(header.as_octets()).expect("our own octets");
        prop_assert_eq!((again, taken), (header, header.as_octets().len()));
        let kept: Vec<(u8, Vec<u8>)> = again.elements().map(|element| (element.id(), element.data().to_vec())).collect();
        prop_assert_eq!(kept, elements);
    }

    #[test]
    fn national_tables_are_named_in_the_header(septets in vec(0..0x80_u8, 1..100), locking in 0..14_u8, single in 0..14_u8) {
        let shift = Shift { locking: Language::of(locking).expect("fourteen"), single: Language::of(single).expect("fourteen") };
        let udh = Udh::of(&[Ie::SingleShift(single), Ie::LockingShift(locking)]).expect("six octets");
        let ud = UserData::gsm7(&septets, shift).expect("a hundred septets");
        let message = Submit::new(Address::from_e164("+15550100").expect("a number"), Dcs::GSM7, udh, ud);
        check(&message, message.encode(Smsc::Absent), |it| it.encode(Smsc::Absent), |octets| Submit::decode(octets, Smsc::Absent))?;
    }
}
