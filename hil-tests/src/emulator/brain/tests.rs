//! The modem model by its dialogue: what is typed, what is printed, and when.

mod listed;

use std::time::Duration;

use at_commands::{Tick, hex};

use super::{Brain, Card, Control, Downlink, Input, Output, Uplink};
use crate::emulator::brain::Habits;
use crate::emulator::dialect::Dialect;
use crate::emulator::fault::{Fault, Place};

/// A modem on a bench: time passes only when told, the network answers every submission at once.
struct Bench {
    brain: Brain,
    now: Tick,
    uplinks: Vec<Uplink>,
    gone: bool,
    /// The network answers no submission by itself.
    is_mute: bool,
}

impl Bench {
    fn of(dialect: &str) -> Self {
        let brain = Brain::numbered(Dialect::named(dialect).expect("a dialect of the table"), 0);
        let mut bench = Self { brain, now: Tick::default(), uplinks: Vec::new(), gone: false, is_mute: false };
        bench.pass(200);
        bench.type_in("ATE0\r");
        bench
    }

    fn pass(&mut self, ms: u64) -> String {
        self.now = self.now.plus(Duration::from_millis(ms));
        self.brain.handle(self.now, Input::Timer);
        self.printed()
    }

    fn type_in(&mut self, text: &str) -> String {
        self.brain.handle(self.now, Input::Bytes(text.as_bytes()));
        self.printed()
    }

    fn control(&mut self, control: Control) -> String {
        self.brain.handle(self.now, Input::Control(control));
        self.printed()
    }

    fn fault(&mut self, fault: Fault) {
        self.control(Control::Arm(fault, 1));
    }

    fn network(&mut self, downlink: Downlink) -> String {
        self.brain.handle(self.now, Input::Network(downlink));
        self.printed()
    }

    fn text(&mut self, id: u64) -> String {
        self.network(Downlink::Deliver { id, pdu: hex::decode(DELIVER).expect("hex") })
    }

    fn printed(&mut self) -> String {
        let mut text = Vec::new();
        while let Some(output) = self.brain.poll_output() {
            match output {
                Output::Transmit(bytes) => text.extend(bytes),
                Output::ToNetwork(Uplink::Submit { mr, rp, pdu }) => {
                    self.uplinks.push(Uplink::Submit { mr, rp, pdu });
                    if !self.is_mute {
                        self.brain.handle(self.now, Input::Network(Downlink::Submitted { rp, result: Ok(()) }));
                    }
                }
                Output::ToNetwork(uplink) => self.uplinks.push(uplink),
                Output::Gone { .. } => self.gone = true,
                Output::Log(_) => {}
            }
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    fn submissions(&self) -> usize {
        self.uplinks.iter().filter(|uplink| matches!(uplink, Uplink::Submit { .. })).count()
    }
}

/// "hellohello" from +31641600986 (a textbook PDU).
const DELIVER: &str = "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07";
/// The same numbers as a SUBMIT of 24 octets: "hellohello" to +46708251358.
const SUBMIT: &str = "0001000B916407281553F800000AE8329BFD4697D9EC37";

fn check(dialect: &str, script: &[(&str, &str)]) {
    let mut bench = Bench::of(dialect);
    for (typed, printed) in script {
        assert_eq!(bench.type_in(typed), *printed, "{dialect}: {typed:?}");
    }
}

#[test]
fn a_generic_modem_answers_as_the_standard_says() {
    check(
        "generic",
        &[
            ("AT\r", "\r\nOK\r\n"),
            ("ATE1\r", "\r\nOK\r\n"),
            ("AT\r", "AT\r\r\nOK\r\n"),
            ("ATE0V0\r", "ATE0V0\r0\r"),
            ("AT+CSQ\r", "+CSQ: 20,99\r\n0\r"),
            ("ATV1Q1\r", ""),
            ("ATQ0\r", "\r\nOK\r\n"),
            ("AT+NOSUCH\r", "\r\nERROR\r\n"),
            ("AT+CPIN?\r", "\r\n+CPIN: READY\r\n\r\nOK\r\n"),
            ("AT+CSMS=9\r", "\r\n+CMS ERROR: 302\r\n"),
            ("AT+CPIN=\"1\"\r", "\r\nERROR\r\n"),
            ("AT+CMEE=1;+CPIN=\"1\"\r", "\r\n+CME ERROR: 3\r\n"),
            ("AT+CPINR\r", "\r\n+CPINR: SIM PIN,3,3\r\n\r\n+CPINR: SIM PUK,10,10\r\n\r\nOK\r\n"),
            ("AT+CMGF=0;+CMGF?\r", "\r\n+CMGF: 0\r\n\r\nOK\r\n"),
            ("AT+CNMI=?\r", "\r\n+CNMI: (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)\r\n\r\nOK\r\n"),
            ("AT+CNMI=2,1,0,1,0;+CNMI?\r", "\r\n+CNMI: 2,1,0,1,0\r\n\r\nOK\r\n"),
            ("AT+CNMI=5\r", "\r\n+CMS ERROR: 303\r\n"),
            ("AT+CPMS=\"ME\",\"ME\",\"ME\"\r", "\r\n+CPMS: 0,50,0,50,0,50\r\n\r\nOK\r\n"),
            ("AT+CPMS?\r", "\r\n+CPMS: \"ME\",0,50,\"ME\",0,50,\"ME\",0,50\r\n\r\nOK\r\n"),
            ("AT+CMGL=4\r", "\r\nOK\r\n"),
            ("AT+CMGR=900\r", "\r\n+CMS ERROR: 321\r\n"),
            ("AT+CREG=2;+CREG?\r", "\r\n+CREG: 2,1,\"84CD\",\"00D30173\",7\r\n\r\nOK\r\n"),
            ("AT+COPS=3,2;+COPS?\r", "\r\n+COPS: 0,2,\"00101\",7\r\n\r\nOK\r\n"),
            ("AT+CSCA?\r", "\r\n+CSCA: \"+15550109999\",145\r\n\r\nOK\r\n"),
            ("AT+CNMA\r", "\r\n+CMS ERROR: 340\r\n"),
            ("ATZ;+CNMI?\r", "\r\n+CNMI: 0,0,0,0,0\r\n\r\nOK\r\n"),
        ],
    );
}

#[test]
fn dialects_differ_by_their_rows() {
    check(
        "huawei",
        &[
            ("AT+CCID\r", "\r\nCOMMAND NOT SUPPORT\r\n"),
            ("AT^ICCID?\r", "\r\n^ICCID: 8988001122330000018\r\n\r\nOK\r\n"),
            ("AT^CPIN?\r", "\r\n^CPIN: READY,,10,3,10,3\r\n\r\nOK\r\n"),
            // gammu and chan_dongle set it on this very model and firmware.
            ("AT^PORTSEL=1\r", "\r\nOK\r\n"),
            ("AT^PORTSEL?\r", "\r\nCOMMAND NOT SUPPORT\r\n"),
        ],
    );
    check("sim800", &[("AT+SPIC\r", "\r\n+SPIC: 3,10,3,10\r\n\r\nOK\r\n"), ("AT+CNMI=2,1,0,2,0\r", "\r\n+CMS ERROR: 303\r\n")]);
    check(
        "quectel",
        &[
            ("AT+QPINC=\"SC\"\r", "\r\n+QPINC: \"SC\",3,10\r\n\r\nOK\r\n"),
            ("AT+CNMI=2,1,0,1,0\r", "\r\n+CMS ERROR: 303\r\n"),
            ("AT+CNMI=2,1,0,2,0\r", "\r\nOK\r\n"),
        ],
    );
    check(
        "telit",
        &[
            ("AT#CCID\r", "\r\n#CCID: 8988001122330000018\r\n\r\nOK\r\n"),
            ("AT#PCT\r", "\r\n#PCT: 3\r\n\r\nOK\r\n"),
            ("AT+CNMI=?\r", "\r\n+CNMI: (0-3),(0-3),(0,2,3),(0-2),(0,1)\r\n\r\nOK\r\n"),
        ],
    );
    check(
        "mute",
        &[
            ("AT+CMEE=1\r", "\r\nERROR\r\n"),
            ("AT+CSCS=?\r", "\r\n+CSCS: (\"GSM\")\r\n\r\nOK\r\n"),
            ("AT+CSMS=?\r", "\r\n+CSMS: (0)\r\n\r\nOK\r\n"),
            ("AT+CREG=2\r", "\r\nERROR\r\n"),
            ("AT+CREG?\r", "\r\n+CREG: 0,1\r\n\r\nOK\r\n"),
        ],
    );
}

#[test]
fn a_cinterion_module_shows_directly_in_phase_2plus_alone() {
    check(
        "cinterion",
        &[
            ("AT^SCID\r", "\r\n^SCID: 8988001122330000018\r\n\r\nOK\r\n"),
            ("AT^SPIC=\"SC\"\r", "\r\n^SPIC: 3\r\n\r\nOK\r\n"),
            ("AT+CNMI=?\r", "\r\n+CNMI: (0-3),(0,1),(0,2,3),(0,2),(1)\r\n\r\nOK\r\n"),
            ("AT+CNMI=2,1,0,2,0\r", "\r\n+CMS ERROR: 303\r\n"),
            ("AT+CNMI=2,1,0,1,1\r", "\r\n+CMS ERROR: 303\r\n"),
            ("AT+CSMS=1\r", "\r\n+CSMS: 1,1,1\r\n\r\nOK\r\n"),
            ("AT+CNMI=2,2,0,1,1\r", "\r\nOK\r\n"),
        ],
    );
}

#[test]
fn without_a_memory_of_their_own_reports_lie_among_the_texts() {
    let mut bench = Bench::of("cinterion");
    bench.type_in("AT+CNMI=2,1,0,2,1\r");
    assert_eq!(bench.network(Downlink::Report { id: 1, pdu: vec![0, 6] }), "\r\n+CDSI: \"SM\",1\r\n");
    for id in 2..=20 {
        bench.text(id);
    }
    bench.network(Downlink::Report { id: 21, pdu: vec![0, 6] });
    assert!(bench.uplinks.contains(&Uplink::Refuse { id: 21, cause: 22 }), "no text is dropped for a report");
}

#[test]
fn strings_follow_the_character_set() {
    check(
        "generic",
        &[
            ("AT+CSCS=\"HEX\"\r", "\r\nOK\r\n"),
            ("AT+CSCA?\r", "\r\n+CSCA: \"2B3135353530313039393939\",145\r\n\r\nOK\r\n"),
            ("AT+CSCS=\"UCS2\"\r", "\r\nOK\r\n"),
            ("AT+COPS=3,1;+COPS?\r", "\r\n+COPS: 0,1,\"0054004500530054004E00450054\",7\r\n\r\nOK\r\n"),
            ("AT+COPS=3,2;+COPS?\r", "\r\n+COPS: 0,2,\"00101\",7\r\n\r\nOK\r\n"),
            ("AT+CSCA=\"002B0031\"\r", "\r\nOK\r\n"),
            ("AT+CSCS=\"GSM\";+CSCA?\r", "\r\n+CSCA: \"+1\",145\r\n\r\nOK\r\n"),
        ],
    );
    let mut bench = Bench::of("generic");
    bench.type_in("AT+CSCS=\"UCS2\";+CUSD=1,\"002A0031003000300023\",15\r");
    assert_eq!(bench.pass(200), "\r\n+CUSD: 0,\"00420061006C0061006E00630065002000310032002E00350030\",15\r\n");
}

#[test]
fn a_dialogue_that_is_cancelled_is_not_answered() {
    let mut bench = Bench::of("generic");
    bench.type_in("AT+CUSD=1,\"*100#\",15\rAT+CUSD=2\r");
    assert_eq!(bench.pass(1_000), "");
}

#[test]
fn a_slow_line_carries_so_many_octets_and_no_more() {
    let mut bench = Bench::of("tc35");
    bench.pass(100);
    assert_eq!(bench.type_in("AT+CSQ\r"), "");
    assert_eq!(bench.pass(10), "", "23 octets take 12 ms at 1,920 a second");
    assert_eq!(bench.pass(2), "\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
    bench.type_in("AT+CSQ\rAT\r");
    assert_eq!(bench.pass(12), "\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
    assert_eq!(bench.pass(4), "\r\nOK\r\n", "the second answer waits behind the first");
}

#[test]
fn a_name_that_is_not_there_is_quoted_where_the_model_does() {
    let mut bench = Bench::of("telit");
    bench.type_in("AT+CNMI=2,1\r");
    assert_eq!(bench.text(1), "\r\n+CMTI: \"SM\",1\r\n");
    assert!(bench.type_in("AT+CMGL=4\r").starts_with("\r\n+CMGL: 1,0,\"\",30\r\n0791"));
    assert!(bench.type_in("AT+CMGR=1\r").starts_with("\r\n+CMGR: 1,\"\",30\r\n0791"));
}

#[test]
fn chatter_begins_when_the_model_says() {
    for (dialect, at_start, on) in [("huawei", true, "AT^CURC=1\r"), ("quectel", false, "AT+QINDCFG=\"csq\",1\r")] {
        let mut bench = Bench::of(dialect);
        assert_eq!(!bench.pass(6_000).is_empty(), at_start, "{dialect}");
        bench.type_in(on);
        assert!(!bench.pass(6_000).is_empty(), "{dialect}");
    }
}

#[test]
fn a_submission_goes_through_the_prompt() {
    let mut bench = Bench::of("generic");
    assert_eq!(bench.type_in("AT+CMGS=22\r"), "\r\n> ");
    assert_eq!(bench.type_in(SUBMIT), "");
    assert_eq!(bench.type_in("\u{1A}"), "\r\n+CMGS: 1\r\n\r\nOK\r\n");
    bench.control(Control::LastMr(255));
    bench.type_in("AT+CMGS=22\r");
    assert_eq!(bench.type_in(&format!("{SUBMIT}\u{1A}")), "\r\n+CMGS: 0\r\n\r\nOK\r\n");
    assert_eq!(bench.submissions(), 2);
}

#[test]
fn esc_cancels_and_a_wrong_length_is_refused() {
    let mut bench = Bench::of("generic");
    bench.type_in("AT+CMGS=22\r");
    assert_eq!(bench.type_in("0001\u{1B}"), "\r\nOK\r\n");
    bench.type_in("AT+CMGS=21\r");
    assert_eq!(bench.type_in(&format!("{SUBMIT}\u{1A}")), "\r\n+CMS ERROR: 304\r\n");
    assert_eq!(bench.type_in("AT+CMGS=500\r"), "\r\n+CMS ERROR: 304\r\n");
    assert_eq!(bench.submissions(), 0);
}

#[test]
fn faults_of_a_submission() {
    let cases: &[(Fault, &str, &str, usize)] = &[
        (Fault::DropPrompt, "", "\r\n+CMGS: 1\r\n\r\nOK\r\n", 1),
        (Fault::LostAnswer { taken: true }, "\r\n> ", "", 1),
        (Fault::LostAnswer { taken: false }, "\r\n> ", "", 0),
        (Fault::ErrorAfterPdu { taken: true }, "\r\n> ", "\r\nERROR\r\n", 1),
        (Fault::OkWithoutReference { taken: true }, "\r\n> ", "\r\nOK\r\n", 1),
        (Fault::Refuse { cms: 500 }, "\r\n> ", "\r\n+CMS ERROR: 500\r\n", 0),
        (Fault::RefuseEarly { cms: 310 }, "\r\n+CMS ERROR: 310\r\n", "", 0),
        (Fault::Prompt { text: ">".to_owned() }, ">", "\r\n+CMGS: 1\r\n\r\nOK\r\n", 1),
        (
            Fault::UrcInside { line: "+CMTI: \"SM\",3".to_owned() },
            "\r\n> ",
            "\r\n+CMTI: \"SM\",3\r\n\r\n+CMGS: 1\r\n\r\n+CMTI: \"SM\",3\r\n\r\nOK\r\n",
            1,
        ),
        (Fault::Vanish { place: Place::Taken, octets: 0, back_ms: None }, "\r\n> ", "", 1),
        (Fault::Vanish { place: Place::NotTaken, octets: 0, back_ms: None }, "\r\n> ", "", 0),
        (Fault::Vanish { place: Place::Pdu, octets: 9, back_ms: None }, "\r\n> ", "", 0),
    ];
    for (fault, prompt, answer, taken) in cases {
        let mut bench = Bench::of("generic");
        bench.fault(fault.clone());
        assert_eq!(bench.type_in("AT+CMGS=22\r"), *prompt, "{fault:?}");
        let typed = format!("{SUBMIT}\u{1A}");
        let printed = if matches!(fault, Fault::RefuseEarly { .. }) { String::new() } else { bench.type_in(&typed) };
        assert_eq!((printed.as_str(), bench.submissions()), (*answer, *taken), "{fault:?}");
        assert_eq!(bench.gone, matches!(fault, Fault::Vanish { .. }), "{fault:?}");
    }
}

#[test]
fn a_late_prompt_comes_when_its_time_is_over() {
    let mut bench = Bench::of("generic");
    bench.fault(Fault::LatePrompt { ms: 300 });
    assert_eq!((bench.type_in("AT+CMGS=22\r"), bench.pass(299), bench.pass(1)), (String::new(), String::new(), "\r\n> ".to_owned()));
}

#[test]
fn a_port_goes_when_the_first_half_was_read() {
    for (place, typed, half) in [
        (Place::AtPrompt, "AT+CMGS=22\r".to_owned(), "\r\n> "),
        (Place::Reference, format!("AT+CMGS=22\r{SUBMIT}\u{1A}"), "\r\n> \r\n+CMG"),
        (Place::Ok, format!("AT+CMGS=22\r{SUBMIT}\u{1A}"), "\r\n> \r\n+CMGS: 1\r\n"),
        (Place::Read, "AT+CMGR=1\r".to_owned(), "\r\n+CMGR: 0,,30\r\n07911326040000F0040B91134661008"),
        (Place::Deleted, "AT+CMGD=1\r".to_owned(), ""),
        (Place::NotDeleted, "AT+CMGD=1\r".to_owned(), ""),
        (Place::Written, format!("AT+CMGW=22\r{SUBMIT}\u{1A}"), "\r\n> \r\n+CMGW: 2\r\n\r\nOK\r\n"),
    ] {
        let mut bench = Bench::of("generic");
        bench.text(1);
        bench.fault(Fault::Vanish { place, octets: 0, back_ms: None });
        assert_eq!(bench.type_in(&typed), half, "{place:?}");
        bench.pass(1_000);
        assert!(bench.gone, "{place:?}");
        let stored = 1 + usize::from(place == Place::Written) - usize::from(place == Place::Deleted);
        assert_eq!(bench.brain.stored()[0], stored, "{place:?}");
    }
}

/// A reference is the network's word: what never came there has none, however the port goes.
#[test]
fn a_port_that_goes_prints_no_reference_of_what_the_network_never_had() {
    for place in [Place::Reference, Place::Ok] {
        for lost in [Fault::LostAnswer { taken: false }, Fault::ErrorAfterPdu { taken: false }] {
            let mut bench = Bench::of("generic");
            bench.fault(Fault::Vanish { place, octets: 0, back_ms: None });
            bench.fault(lost.clone());
            bench.type_in("AT+CMGS=22\r");
            let printed = bench.type_in(&format!("{SUBMIT}\u{1A}"));
            assert!(!printed.contains("+CMGS") && bench.submissions() == 0, "{place:?} {lost:?}: {printed}");
        }
    }
}

#[test]
fn a_late_answer_comes_after_the_terminal_gave_up() {
    let mut bench = Bench::of("generic");
    bench.fault(Fault::LateAnswer { ms: 500 });
    bench.type_in("AT+CMGS=22\r");
    assert_eq!(bench.type_in(&format!("{SUBMIT}\u{1A}")), "");
    assert_eq!(bench.type_in("\u{1B}AT\r"), "", "a busy modem keeps what is typed");
    assert_eq!(bench.pass(500), "\r\n+CMGS: 1\r\n\r\nOK\r\n\r\nOK\r\n");
}

#[test]
fn an_answer_to_a_text_that_was_given_up_is_not_that_of_the_same_text_sent_again() {
    let mut bench = Bench::of("generic");
    bench.is_mute = true;
    bench.control(Control::Habits(Habits { honours_mr: true, ..Habits::default() }));
    for _ in 0..2 {
        bench.control(Control::PowerCycle);
        bench.pass(20_000);
        bench.type_in("AT+CMGS=22\r");
        bench.type_in(&format!("{SUBMIT}\u{1A}"));
    }
    let of = |rp: u64| Downlink::Submitted { rp, result: Ok(()) };
    assert_eq!((bench.submissions(), bench.network(of(1))), (2, String::new()));
    assert!(bench.network(of(2)).contains("+CMGS: 0\r\n"));
}

#[test]
fn a_reset_in_the_middle_of_a_pdu_prints_boot_lines_and_forgets() {
    let mut bench = Bench::of("sim800");
    bench.type_in("AT+CNMI=2,1,0,1,0\r");
    bench.fault(Fault::ResetMidPdu { octets: 10 });
    bench.type_in("AT+CMGS=22\r");
    bench.pass(60);
    bench.type_in(&SUBMIT[..30]);
    let boot = bench.pass(150);
    assert!(boot.contains("RDY") && boot.contains("SMS Ready"), "{boot}");
    assert_eq!(bench.type_in("AT+CNMI?\r"), "AT+CNMI?\r\r\n+CNMI: 0,0,0,0,0\r\n\r\nOK\r\n", "echo is back, CNMI is gone");
    assert_eq!(bench.submissions(), 0);
}

#[test]
fn a_text_is_stored_indicated_read_and_deleted() {
    let mut bench = Bench::of("generic");
    bench.type_in("AT+CNMI=2,1,0,1,0\r");
    assert_eq!(bench.text(7), "\r\n+CMTI: \"SM\",1\r\n");
    assert!(bench.uplinks.contains(&Uplink::Acknowledge { id: 7 }));
    let read = bench.type_in("AT+CMGR=1\r");
    assert_eq!(read, format!("\r\n+CMGR: 0,,{}\r\n{DELIVER}\r\n\r\nOK\r\n", DELIVER.len() / 2 - 8));
    assert_eq!(bench.type_in("AT+CMGD=1\r"), "\r\nOK\r\n");
    assert_eq!(bench.type_in("AT+CMGR=1\r"), "\r\nOK\r\n", "an empty slot answers OK alone");
}

#[test]
fn a_full_memory_refuses_and_asks_again_when_there_is_room() {
    let mut bench = Bench::of("huawei");
    bench.type_in("AT^CURC=0\r");
    bench.type_in("AT+CNMI=2,1,0,1,0\r");
    for id in 0..20 {
        bench.text(id);
    }
    assert_eq!(bench.text(20), "\r\n^SMMEMFULL: \"SM\"\r\n");
    assert!(bench.uplinks.contains(&Uplink::Refuse { id: 20, cause: 22 }));
    assert_eq!(bench.text(21), "", "after ^SMMEMFULL it is silent");
    bench.type_in("AT+CMGD=0\r");
    assert!(bench.uplinks.contains(&Uplink::MemoryAvailable));
}

#[test]
fn direct_delivery_waits_for_the_acknowledgement_and_goes_deaf_without_it() {
    let mut bench = Bench::of("generic");
    bench.type_in("AT+CSMS=1;+CNMI=2,2,0,1,0\r");
    assert!(bench.text(1).starts_with("\r\n+CMT: ,30\r\n0791"), "two lines");
    assert_eq!(bench.text(2), "", "the next one is not shown before the acknowledgement");
    let shown = bench.type_in("AT+CNMA=1\r");
    assert!(shown.starts_with("\r\nOK\r\n\r\n+CMT:"), "{shown}");
    assert!(bench.uplinks.contains(&Uplink::Acknowledge { id: 1 }));
    bench.pass(15_000);
    assert!(bench.uplinks.iter().any(|uplink| matches!(uplink, Uplink::Refuse { id: 2, .. })));
    assert_eq!(bench.type_in("AT+CNMI?\r"), "\r\n+CNMI: 2,0,0,0,0\r\n\r\nOK\r\n", "deaf");
}

#[test]
fn a_wrong_pin_burns_a_try_for_good() {
    let card = Card { pin_enabled: true, ..Card::numbered(1) };
    let brain = Brain::new(Dialect::all()[0], "490154203237518".to_owned(), card);
    let mut bench = Bench { brain, now: Tick::default(), uplinks: Vec::new(), gone: false, is_mute: false };
    bench.type_in("ATE0+CMEE=1\r");
    assert_eq!(bench.type_in("AT+CIMI\r"), "\r\n+CME ERROR: 11\r\n");
    assert_eq!(bench.type_in("AT+CPIN=\"0000\"\r"), "\r\n+CME ERROR: 16\r\n");
    bench.control(Control::PowerCycle);
    bench.type_in("ATE0\r");
    assert_eq!(bench.type_in("AT+CPINR\r").lines().nth(1), Some("+CPINR: SIM PIN,2,3"), "a restart does not give it back");
    assert_eq!(bench.type_in("AT+CPIN=\"1234\"\r"), "\r\nOK\r\n");
    assert_eq!(bench.pass(10), "");
    assert_eq!(bench.type_in("AT+CREG?\r"), "\r\n+CREG: 0,1\r\n\r\nOK\r\n");
}

#[test]
fn text_mode_serves_other_gateways() {
    let mut bench = Bench::of("generic");
    bench.type_in("AT+CMGF=1;+CNMI=2,1\r");
    bench.text(1);
    assert_eq!(
        bench.type_in("AT+CMGL=\"ALL\"\r"),
        "\r\n+CMGL: 1,\"REC UNREAD\",\"+31641600986\",,\"02/08/26,19:37:41+00\"\r\nHow are you?\r\n\r\nOK\r\n"
    );
    assert_eq!(bench.type_in("AT+CMGS=\"+15550100200\"\r"), "\r\n> ");
    assert_eq!(bench.type_in("hello\u{1A}"), "\r\n+CMGS: 1\r\n\r\nOK\r\n");
    assert_eq!(bench.submissions(), 1);
}

#[test]
fn an_urc_waits_behind_an_open_prompt() {
    let mut bench = Bench::of("generic");
    bench.type_in("AT+CNMI=2,1,0,1,0\r");
    bench.type_in("AT+CMGS=22\r");
    assert_eq!(bench.text(1), "");
    assert_eq!(bench.type_in(&format!("{SUBMIT}\u{1A}")), "\r\n+CMGS: 1\r\n\r\nOK\r\n\r\n+CMTI: \"SM\",1\r\n");
}
