//! Odd things that modems really say, each against what V.250, 27.005 and 27.007 make of it.

use at_commands::Tick;
use at_commands::chat::{Chat, Event, Input, Output, Pace, Request};
use at_commands::command::{network, sms};
use at_commands::text::ussd::{self, Charset};
use std::time::Duration;

/// What a chat tells of these bytes while this command is in flight.
fn told(request: Option<Request>, said: &[u8]) -> Vec<String> {
    let mut chat = Chat::new(Pace::default());
    let now = Tick::from_nanos(1);
    if let Some(request) = request {
        chat.handle(now, Input::Command(request));
    }
    chat.handle(now, Input::Bytes(said));
    let outputs = std::iter::from_fn(|| chat.poll_output());
    let events = outputs.filter_map(|output| match output {
        Output::Event(event) => Some(event),
        Output::Transmit(_) => None,
    });
    events.map(word).collect()
}

/// An event in short.
fn word(event: Event) -> String {
    match event {
        Event::Prompt => "prompt".to_owned(),
        Event::Done(done) => {
            let lines: Vec<String> = done.lines.into_iter().map(|info| info.line + info.data.as_ref().map_or("", |_| "+data")).collect();
            let end = done.result.map_or_else(|error| format!("{error:?}"), |()| "ok".to_owned());
            format!("done {end} {lines:?}")
        }
        Event::Urc(urc) => format!("{urc:?}").split([' ', '{', '(']).next().unwrap_or_default().to_owned(),
        Event::Unknown(line) => format!("unknown {line}"),
        Event::Orphan(line) => format!("orphan {line}"),
        Event::Awake => "awake".to_owned(),
        Event::Mute => "mute".to_owned(),
    }
}

/// A name, the command in flight, what the modem says, and what is told.
type Case = (&'static str, Option<Request>, String, Vec<&'static str>);

fn check(cases: Vec<Case>) {
    let mut fallen = Vec::new();
    for (name, request, said, expected) in cases {
        let got = told(request, said.as_bytes());
        let same = got.len() == expected.len()
            && got.iter().zip(&expected).all(|(got, want)| got == want || (name == "long" && got.starts_with(want)));
        if !same {
            fallen.push(format!("{name}: expected {expected:?}, got {got:?}"));
        }
    }
    assert!(fallen.is_empty(), "{}", fallen.join("\n"));
}

/// Headers with and without the alpha; a line between a header and its PDU; a PDU that does not come.
#[test]
fn a_header_waits_for_its_pdu_and_takes_nothing_else() {
    let sending = || Some(sms::send(20, Duration::from_secs(5), Duration::from_secs(150)));
    let pdu = "07913306092049F0040B913336766883F500002080629173140800";
    check(vec![
        ("alpha", None, format!("\r\n+CMT: \"+336\",,27\r\n{pdu}\r\n"), vec!["Message"]),
        ("no alpha", None, format!("+CMT: 27\r\n{pdu}\r\n"), vec!["Message"]),
        ("empty alpha", None, format!("+CMT: ,27\r\n{pdu}\r\n"), vec!["Message"]),
        ("between", None, format!("+CMT: ,27\r\n+CREG: 1\r\n{pdu}\r\n"), vec!["Registration", "Message"]),
        ("a stranger between", None, format!("+CMT: ,27\r\n^NEWS: 4,2\r\n{pdu}\r\n"), vec!["unknown ^NEWS: 4,2", "Message"]),
        (
            "a stranger in an answer",
            Some(sms::read(1)),
            format!("+CMGR: 0,,27\r\n+UNHEARD-OF: 1\r\n{pdu}\r\nOK\r\n"),
            vec!["unknown +UNHEARD-OF: 1", "done ok [\"+CMGR: 0,,27+data\"]"],
        ),
        ("damaged", Some(sms::read(1)), "+CMGR: 0,,27\r\n0791:3306092049F0\r\nOK\r\n".into(), vec!["done ok [\"+CMGR: 0,,27+data\"]"]),
        ("a digit lost", None, "+CMT: ,27\r\n0791330609204\r\nRING\r\n".into(), vec!["Message", "Ring"]),
        ("a result for a PDU", Some(network::signal_read()), "+CMT: ,27\r\nOK\r\n".into(), vec!["Message", "done ok []"]),
        ("twice", None, format!("+CMT: ,27\r\n+CMT: ,27\r\n{pdu}\r\n"), vec!["Message", "Message"]),
        ("lost before a prompt", sending(), "+CMT: ,27\r\n> ".into(), vec!["Message", "prompt"]),
        ("before a prompt", sending(), format!("+CMT: ,27\r\n{pdu}\r\n> "), vec!["Message", "prompt"]),
    ]);
}

/// Lines that no manual names, where a PDU is expected: none of them is the PDU, and none makes the box wait for ever.
#[test]
fn a_line_that_nobody_knows_is_no_pdu() {
    let pdu = "07913306092049F0040B913336766883F500002080629173140800";
    let read = || Some(sms::read(1));
    let bare = || Some(Request::new("AT+CGSN", Duration::from_secs(5)).bare());
    let strangers = |count: usize| "FOO: 1\r\n".repeat(count);
    let mut at_the_bound = vec!["unknown FOO: 1"; 8];
    at_the_bound.extend(["Message", "unknown FOO: 1", "Ring"]);
    check(vec![
        ("a sign", None, format!("+CMT: ,27\r\n!NAME: 1\r\n{pdu}\r\n"), vec!["unknown !NAME: 1", "Message"]),
        ("a word", None, format!("+CDS: 27\r\nFOO: 1\r\n{pdu}\r\n"), vec!["unknown FOO: 1", "Report"]),
        ("hex letters", None, format!("+CMT: ,27\r\nDECADE: 1\r\n{pdu}\r\n"), vec!["unknown DECADE: 1", "Message"]),
        ("no colon", None, format!("+CMT: ,27\r\nwelcome\r\n{pdu}\r\n"), vec!["unknown welcome", "Message"]),
        (
            "in an answer",
            read(),
            format!("+CMGR: 0,,27\r\n!NAME: 1\r\nFOO: 1\r\n{pdu}\r\nOK\r\n"),
            vec!["unknown !NAME: 1", "unknown FOO: 1", "done ok [\"+CMGR: 0,,27+data\"]"],
        ),
        (
            "no PDU behind it",
            read(),
            "+CMGR: 0,,27\r\nFOO: 1\r\nOK\r\nRING\r\n".into(),
            vec!["unknown FOO: 1", "done ok [\"+CMGR: 0,,27\"]", "Ring"],
        ),
        ("a digit for OK", read(), "+CMGR: 0,,27\r\n0\r\nRING\r\n".into(), vec!["done ok [\"+CMGR: 0,,27\"]", "Ring"]),
        ("damaged", None, "+CMT: ,27\r\n07913306?92049F0\r\nFOO: 1\r\n".into(), vec!["Message", "unknown FOO: 1"]),
        ("text mode", None, "+CMT: \"+336\",,\"26/11/23\"\r\nHello\r\nFOO: 1\r\n".into(), vec!["Message", "unknown FOO: 1"]),
        ("another answer", bare(), format!("+CMT: ,27\r\nSIMCOM\r\n{pdu}\r\nOK\r\n"), vec!["Message", "done ok [\"SIMCOM\"]"]),
        ("few", None, format!("+CMT: ,27\r\n{}{pdu}\r\n", strangers(8)), [vec!["unknown FOO: 1"; 8], vec!["Message"]].concat()),
        ("many", None, format!("+CMT: ,27\r\n{}RING\r\n", strangers(9)), at_the_bound),
    ]);
}

#[test]
fn nothing_a_modem_says_is_lost_or_taken_for_something_else() {
    let sending = || Some(sms::send(20, Duration::from_secs(5), Duration::from_secs(150)));
    let registration = || Some(network::registration_read(network::Domain::Circuit));
    let long = "x".repeat(5000);
    let cases: Vec<Case> = vec![
        // Parameters without blanks, without quotes, in small letters.
        ("tight", None, "+CMTI:\"SM\",3\r\n".into(), vec!["MessageStored"]),
        ("bare", None, "+CMTI: SM,3\r\n".into(), vec!["MessageStored"]),
        ("small", None, "+cmti: \"SM\", 3\r\n".into(), vec!["MessageStored"]),
        ("half", None, "+CMTI: \"SM\r\n".into(), vec!["unknown +CMTI: \"SM"]),
        // Prompts: behind a URC, without a blank, within a line, and where nobody waits for one.
        ("behind", sending(), "\r\n+CMTI: \"SM\",3\r\n> ".into(), vec!["MessageStored", "prompt"]),
        ("before", sending(), "\r\n> \r\n+CMTI: \"SM\",3\r\n".into(), vec!["prompt", "MessageStored"]),
        ("glued", sending(), "\r\n>+CMTI: \"SM\",3\r\n".into(), vec!["prompt", "MessageStored"]),
        ("blank", sending(), "AT+CMGS=20\r>".into(), vec!["prompt"]),
        ("own line", sending(), "\r\n>\r\n".into(), vec!["prompt"]),
        ("within", sending(), "\r\n+X: a > b\r\n".into(), vec!["unknown +X: a > b"]),
        ("nobody", None, "\r\n> \r\n".into(), vec!["unknown >"]),
        ("refused", sending(), "\r\n+CMS ERROR: 304\r\n".into(), vec!["done Refused(Cms(Some(CmsError(304)))) []"]),
        // Digits for words, with an echo.
        ("V0", Some(network::signal_read()), "AT+CSQ\r+CSQ: 17,99\r\n0\r".into(), vec!["done ok [\"+CSQ: 17,99\"]"]),
        ("V0 no", Some(network::signal_read()), "AT+CSQ\r4\r".into(), vec!["done Refused(Error) []"]),
        ("V0 ring", Some(network::signal_read()), "0\r2\r".into(), vec!["done ok []", "Ring"]),
        ("a digit", None, "7\r\n".into(), vec!["unknown 7"]),
        // The same code as an answer and as a notice.
        (
            "both",
            registration(),
            "+CREG: 1,\"84CD\",\"D3\"\r\n+CREG: 2,1,\"84CD\",\"D3\"\r\nOK\r\n".into(),
            vec!["Registration", "done ok [\"+CREG: 2,1,\\\"84CD\\\",\\\"D3\\\"\"]"],
        ),
        ("short", registration(), "+CREG: 5\r\n+CREG: 0,5\r\nOK\r\n".into(), vec!["Registration", "done ok [\"+CREG: 0,5\"]"]),
        // Errors in words, in other words, without a blank, with something glued behind.
        ("words", Some(network::signal_read()), "+CME ERROR: SIM busy\r\n".into(), vec!["done Refused(Cme(Some(CmeError(14)))) []"]),
        ("strange", Some(network::signal_read()), "+CME ERROR: zut\r\n".into(), vec!["done Refused(Cme(None)) []"]),
        (
            "glued on",
            Some(network::signal_read()),
            "+CME ERROR:25+CMTI: \"SM\",1\r\n".into(),
            vec!["done Refused(Cme(Some(CmeError(25)))) []", "MessageStored"],
        ),
        // A call ends while something else is asked: that is no answer.
        ("call", Some(network::signal_read()), "NO CARRIER\r\n+CSQ: 1,0\r\nOK\r\n".into(), vec!["CallEnd", "done ok [\"+CSQ: 1,0\"]"]),
        // Noise: bytes of power-up, a name that is no UTF-8, a line without end, a word longer than a word.
        ("noise", None, "\0\u{1}\u{7f}\r\nRDY\r\n".into(), vec!["Boot"]),
        ("ringing", None, "RINGING\r\n".into(), vec!["unknown RINGING"]),
        ("long", None, format!("{long}\r\nRING\r\n"), vec!["unknown", "Ring"]),
        // A quote that was lost swallows neither a notice nor a result.
        (
            "lost quote",
            Some(network::signal_read()),
            "+CUSD: 0,\"Balance\r\n+CMTI: \"SM\",3\r\nOK\r\n".into(),
            vec!["Ussd", "MessageStored", "done ok []"],
        ),
        ("menu", None, "+CUSD: 1,\"1. Pay\r\n2. Stop\",15\r\n".into(), vec!["Ussd"]),
        // A reply nobody waits for.
        ("late", None, "+CMGS: 17\r\nOK\r\n".into(), vec!["orphan +CMGS: 17", "unknown OK"]),
    ];
    check(cases);
}

#[test]
fn a_list_without_end_takes_no_memory_without_end_and_mixes_no_messages() {
    let listed: Vec<String> = (0..1_030).map(|index| format!("+CMGL: {index},1,,2\r\n{index:04}\r\n")).collect();
    let mut chat = Chat::new(Pace::default());
    chat.handle(Tick::from_nanos(1), Input::Command(sms::list()));
    chat.handle(Tick::from_nanos(1), Input::Bytes(format!("{}OK\r\n", listed.concat()).as_bytes()));
    let outputs: Vec<Output> = std::iter::from_fn(|| chat.poll_output()).collect();
    let Some(Output::Event(Event::Done(done))) = outputs.last() else { panic!("it ends: {:?}", outputs.last()) };
    let stored = sms::listed(&done.lines);
    assert_eq!(stored.len(), 1_024);
    assert!(stored.iter().all(|stored| stored.pdu == format!("{:04}", stored.index.unwrap_or_default())), "each with its own PDU");
    let told = outputs.iter().filter(|output| matches!(output, Output::Event(Event::Unknown(_)))).count();
    assert_eq!(told, 12, "what found no room is told, headers and PDUs");
}

#[test]
fn a_command_is_one_line() {
    let mut chat = Chat::new(Pace::default());
    chat.handle(Tick::from_nanos(1), Input::Command(ussd_ask("*100#\",15\rAT+CMGD=1,4\r")));
    assert_eq!(chat.poll_output(), Some(Output::Transmit(b"AT+CUSD=1,\"*100#\",15\r".to_vec())));
}

fn ussd_ask(code: &str) -> Request {
    at_commands::command::ussd::ask(code)
}

#[test]
fn a_wake_of_a_single_try_ends() {
    for tries in [0, 1, 2] {
        let mut chat = Chat::new(Pace { tries, ..Pace::default() });
        let start = Tick::from_nanos(1);
        chat.handle(start, Input::Wake { until: Some(start.plus(Duration::from_secs(10))) });
        let mut mute = 0;
        for _ in 0..100 {
            let Some(due) = chat.poll_timeout() else { break };
            chat.handle(due, Input::Timer);
            mute += std::iter::from_fn(|| chat.poll_output()).filter(|output| *output == Output::Event(Event::Mute)).count();
        }
        assert_eq!((chat.poll_timeout(), mute), (None, 1), "{tries} tries");
    }
}

/// What a wake writes, at which millisecond, to a modem that says this at these milliseconds; and how it ends.
fn woken(until_ms: Option<u64>, said: &[(u64, &str)]) -> Vec<String> {
    let mut chat = Chat::new(Pace::default());
    let start = Tick::from_nanos(1);
    let after = |ms: u64| start.plus(Duration::from_millis(ms));
    let mut said: std::collections::VecDeque<_> = said.iter().collect();
    chat.handle(start, Input::Wake { until: until_ms.map(after) });
    let mut told = Vec::new();
    let mut now = start;
    for _ in 0..100 {
        while let Some(output) = chat.poll_output() {
            let words = match output {
                Output::Transmit(bytes) => String::from_utf8_lossy(&bytes).escape_debug().to_string(),
                Output::Event(event) => word(event),
            };
            told.push(format!("{} {words}", now.since(start).as_millis()));
        }
        let Some(due) = chat.poll_timeout() else { break };
        match said.front().copied().filter(|(ms, _)| after(*ms) < due) {
            Some((ms, text)) => {
                said.pop_front();
                now = after(*ms);
                chat.handle(now, Input::Bytes(text.as_bytes()));
            }
            None => {
                now = due;
                chat.handle(now, Input::Timer);
            }
        }
    }
    told
}

/// The escape stands in silence, comes once, and only where nothing answered.
#[test]
fn where_nothing_answers_the_line_may_be_in_data_mode() {
    let silent = woken(None, &[]);
    let end = ["6600 +++", "7800 \\r\\nATH\\r", "10800 \\u{1b}", "10820 AT\\r", "11820 mute"];
    assert_eq!(silent[silent.len() - 6..], [&["4400 AT\\r"], &end[..]].concat(), "{silent:?}");
    assert_eq!(silent.iter().filter(|line| line.ends_with("+++")).count(), 1);
    let left = woken(None, &[(7_700, "\r\nOK\r\n"), (7_900, "\r\nOK\r\n")]);
    assert_eq!(left[left.len() - 2..], ["7800 \\r\\nATH\\r", "8150 awake"], "{left:?}");
    let answers = woken(None, &[(350, "\r\nOK\r\n")]);
    assert_eq!(answers, ["0 \\u{1b}", "20 \\r\\n", "320 AT\\r", "600 awake"]);
}

/// Some answer ERROR to a bare `AT`, and OK to what they know.
#[test]
fn an_error_to_each_at_is_an_answer_too() {
    let error = "\r\nERROR\r\n";
    let each = woken(None, &[(321, error), (1_321, error), (2_321, error), (3_321, error), (4_321, error)]);
    let want = ["0 \\u{1b}", "20 \\r\\n", "320 AT\\r", "1320 AT\\r", "2320 AT\\r", "3320 AT\\r", "4320 AT\\r", "5570 awake"];
    assert_eq!(each, want);
    let once = woken(None, &[(321, error)]);
    assert_eq!(once.last().map(|line| line.ends_with("mute")), Some(true), "{once:?}");
    // While an attempt is unsettled nobody hurries.
    let settles = woken(Some(20_000), &[(3_021, error), (4_021, error), (5_021, error), (6_021, error), (7_021, error), (8_021, error)]);
    assert!(!settles.iter().any(|line| line.ends_with("awake")), "{settles:?}");
}

#[test]
fn a_networks_text_is_read_in_whichever_form_it_comes() {
    let cases = [
        ("AA180C3602", Some(15), "*100#"),
        // Eight letters and a wanted carriage return; seven letters and the padding.
        ("31D98C56B3DD70", Some(15), "12345678"),
        ("31D98C56B3DD1A", Some(15), "1234567"),
        ("0041D83DDE00", Some(72), "A\u{1F600}"),
        ("0041D83D", Some(72), "A\u{FFFD}"),
        ("004", Some(72), "004"),
        ("Your balance is 5.00", Some(72), "Your balance is 5.00"),
    ];
    for (string, dcs, expected) in cases {
        assert_eq!(ussd::read(string, dcs, Charset::Ira), expected, "{string}");
    }
}
