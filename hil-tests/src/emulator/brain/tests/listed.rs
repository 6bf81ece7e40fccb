//! Faults of the emulator's checklist (at-domain section 14), by what is printed.

use super::*;

fn struck(bench: &Bench, name: &str) -> u64 {
    bench.brain.strikes().find(|(struck, _)| *struck == name).map_or(0, |(_, times)| times)
}

#[test]
fn a_line_is_glued_to_the_number_of_an_error_and_to_nothing_else() {
    let mut bench = Bench::of("generic");
    bench.fault(Fault::Glued { line: "+CNUM: 1".to_owned() });
    assert_eq!(bench.type_in("AT\r"), "\r\nOK\r\n");
    assert_eq!(bench.type_in("AT+NOSUCH\r"), "\r\nERROR\r\n");
    assert_eq!(bench.type_in("AT+CMGR=900\r"), "\r\n+CMS ERROR: 321+CNUM: 1\r\n");
    assert_eq!(bench.type_in("AT+CMGR=900\r"), "\r\n+CMS ERROR: 321\r\n");
    assert_eq!(struck(&bench, "glued"), 1);
}

#[test]
fn a_line_stands_in_every_gap_also_between_header_and_pdu() {
    let mut bench = Bench::of("generic");
    bench.text(1);
    bench.fault(Fault::UrcInside { line: "RING".to_owned() });
    let read = bench.type_in("AT+CMGR=1\r");
    let (ring, length) = ("\r\nRING\r\n", DELIVER.len() / 2 - 8);
    assert_eq!(read, format!("{ring}\r\n+CMGR: 0,,{length}\r\n{ring}{DELIVER}\r\n{ring}\r\nOK\r\n"));
}

#[test]
fn a_burst_is_as_long_as_it_was_asked_for() {
    let mut bench = Bench::of("generic");
    bench.fault(Fault::Burst { octets: 65_536 });
    let printed = bench.type_in("AT\r");
    let burst = printed.strip_suffix("\r\nOK\r\n").expect("the answer comes behind it");
    assert!((65_536..65_600).contains(&burst.len()), "{}", burst.len());
    let longest = burst.lines().map(str::len).max();
    assert_eq!(longest, Some(32_768), "one line of it is longer than any line");
}

#[test]
fn digits_come_back_with_every_start() {
    let mut bench = Bench::of("generic");
    bench.control(Control::Arm(Fault::Numeric, 0));
    assert_eq!(bench.type_in("AT\r"), "0\r");
    assert_eq!(bench.type_in("ATV1\r"), "\r\nOK\r\n");
    bench.control(Control::PowerCycle);
    assert_eq!(bench.type_in("ATE0\r"), "ATE0\r0\r");
    assert_eq!(struck(&bench, "numeric"), 2);
}

#[test]
fn a_sim_is_busy_for_its_time_with_its_number() {
    for cme in [14, 515] {
        let mut bench = Bench::of("generic");
        bench.type_in("AT+CMEE=1\r");
        bench.control(Control::Arm(Fault::SimBusy { ms: 10_000, cme }, 0));
        bench.pass(9_999);
        assert_eq!(bench.type_in("AT+CPIN?\r"), format!("\r\n+CME ERROR: {cme}\r\n"));
        bench.pass(1);
        assert_eq!(bench.type_in("AT+CPIN?\r"), "\r\n+CPIN: READY\r\n\r\nOK\r\n");
        assert_eq!(struck(&bench, "sim_busy"), 1);
    }
}

#[test]
fn a_stick_that_was_full_says_nothing_until_its_indications_are_set_again() {
    let mut bench = Bench::of("huawei");
    bench.type_in("AT^CURC=0\r");
    bench.type_in("AT+CNMI=2,1,0,1,0\r");
    bench.control(Control::Arm(Fault::SilentWhenFull, 0));
    for id in 0..21 {
        bench.text(id);
    }
    bench.type_in("AT+CMGD=0\r");
    assert_eq!(bench.text(21), "", "there is room, and no indication");
    assert_eq!(bench.brain.stored(), [20, 0, 0]);
    bench.type_in("AT+CMGD=1\r");
    bench.type_in("AT+CNMI=2,1,0,1,0\r");
    assert_eq!(bench.text(22), "\r\n+CMTI: \"SM\",1\r\n");
    assert_eq!((struck(&bench, "sim_full, told"), struck(&bench, "silent_when_full")), (1, 1));
}

#[test]
fn an_acknowledgement_is_refused_by_who_gave_it_himself_or_waits_no_longer() {
    let shows = "AT+CSMS=1;+CNMI=2,2,0,1,0\r";
    let mut bench = Bench::of("generic");
    bench.type_in(shows);
    bench.control(Control::Arm(Fault::AcknowledgesItself, 0));
    assert!(bench.text(1).starts_with("\r\n+CMT:"));
    assert!(bench.uplinks.contains(&Uplink::Acknowledge { id: 1 }));
    assert_eq!(bench.type_in("AT+CNMA=1\r"), "\r\n+CMS ERROR: 340\r\n");
    assert_eq!(struck(&bench, "acknowledges_itself"), 1);

    let mut bench = Bench::of("generic");
    bench.type_in(shows);
    bench.fault(Fault::AcknowledgeLate);
    assert!(bench.text(1).starts_with("\r\n+CMT:"));
    assert!(bench.uplinks.iter().any(|uplink| matches!(uplink, Uplink::Refuse { id: 1, .. })));
    assert_eq!(bench.type_in("AT+CNMA=1\r"), "\r\n+CMS ERROR: 340\r\n");
    assert_eq!(bench.type_in("AT+CNMI?\r"), "\r\n+CNMI: 2,0,0,0,0\r\n\r\nOK\r\n");
}

#[test]
fn data_mode_ends_with_three_signs_in_silence_and_with_nothing_else() {
    let mut bench = Bench::of("generic");
    bench.control(Control::Arm(Fault::DataMode, 0));
    for (typed, pause) in [("AT\r", 999), ("+++", 3_000), ("++++", 3_000), ("+++", 999), ("AT\r", 1_500)] {
        assert!(!bench.type_in(typed).contains("OK"), "{typed}");
        assert!(!bench.pass(pause).contains("OK"), "behind {typed}");
    }
    assert!(!bench.type_in("+++").contains("OK"));
    assert!(bench.pass(1_000).ends_with("\r\nOK\r\n"));
    assert_eq!(bench.type_in("ATH\r"), "\r\nOK\r\n");
    assert_eq!(struck(&bench, "data_mode"), 6);
}
