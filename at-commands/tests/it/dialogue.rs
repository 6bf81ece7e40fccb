//! Properties of the dialogue: any bytes are survived, in any state; cut anywhere, the same bytes tell the same.

use std::time::Duration;

use at_commands::Tick;
use at_commands::answer::Params;
use at_commands::chat::{Chat, Event, Input, Output, Pace, Request};
use at_commands::command::{network, sms};
use at_commands::urc;
use proptest::collection::vec;
use proptest::prelude::*;

/// One thing that happens to a chat.
#[derive(Debug, Clone)]
enum Step {
    Bytes(Vec<u8>),
    Command(usize),
    Data,
    Cancel,
    Wake(bool),
    Restarted,
    Lost,
    Time(u64),
}

const TIMEOUT: Duration = Duration::from_secs(5);

fn request(which: usize) -> Request {
    match which % 6 {
        0 => network::signal_read(),
        1 => sms::list(),
        2 => sms::read(3),
        3 => sms::send(20, TIMEOUT, TIMEOUT),
        4 => Request::new("AT+CGMI", TIMEOUT).bare(),
        _ => Request::new("AT+CPIN?", TIMEOUT).answered_by("+CPIN").complete_after_silence(),
    }
}

/// Pieces of what modems say, so that chance finds more than noise.
fn said() -> impl Strategy<Value = Vec<u8>> {
    let words = prop_oneof![
        Just("\r\nOK\r\n"),
        Just("\r\nERROR\r\n"),
        Just("\r\n+CMS ERROR: 500\r\n"),
        Just("\r\n> "),
        Just(">"),
        Just("\r\n+CMGL: 1,1,,22\r\n"),
        Just("\r\n+CMGR: 0,,22\r\n"),
        Just("07913306092049F0040B913336766883F5\r\n"),
        Just("\r\n+CMT: ,24\r\n"),
        Just("\r\n+CDS: 24\r\n"),
        Just("\r\n+CMTI: \"SM\",3\r\n"),
        Just("\r\n+CSQ: 17,99\r\n"),
        Just("+CMGS: 9\r\n"),
        Just("0\r"),
        Just("4\r"),
        Just("AT+CSQ\r"),
        Just("\0\u{c}"),
        Just("+CREG: 1,\"84"),
        Just("CD\",\"00D30173\"\r\n"),
        Just("RDY\r\n"),
    ];
    prop_oneof![4 => words.prop_map(|word| word.as_bytes().to_vec()), 1 => vec(any::<u8>(), 0..40)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => said().prop_map(Step::Bytes),
        3 => any::<usize>().prop_map(Step::Command),
        1 => Just(Step::Data),
        1 => Just(Step::Cancel),
        1 => any::<bool>().prop_map(Step::Wake),
        1 => Just(Step::Restarted),
        1 => Just(Step::Lost),
        3 => (1_u64..8_000).prop_map(Step::Time),
    ]
}

/// Runs the steps, each run of bytes cut into pieces of at most `piece` bytes, and returns what was told and written.
fn run(steps: &[Step], piece: usize) -> Vec<Output> {
    let mut chat = Chat::new(Pace::default());
    let mut now = Tick::from_nanos(1);
    let mut told = Vec::new();
    for step in steps {
        match step {
            Step::Bytes(bytes) => bytes.chunks(piece.max(1)).for_each(|piece| chat.handle(now, Input::Bytes(piece))),
            Step::Command(which) => chat.handle(now, Input::Command(request(*which))),
            Step::Data => chat.handle(now, Input::Data(b"0001".to_vec())),
            Step::Cancel => chat.handle(now, Input::Cancel),
            Step::Wake(settle) => chat.handle(now, Input::Wake { until: settle.then(|| now.plus(TIMEOUT)) }),
            Step::Restarted => chat.handle(now, Input::Restarted),
            Step::Lost => chat.handle(now, Input::Lost),
            Step::Time(ms) => now = pass(&mut chat, now, now.plus(Duration::from_millis(*ms))),
        }
        while let Some(output) = chat.poll_output() {
            told.push(output);
        }
    }
    told
}

/// Time passes; every deadline on the way fires, and a deadline that fired lies behind.
fn pass(chat: &mut Chat, mut now: Tick, end: Tick) -> Tick {
    for _ in 0..10_000 {
        let Some(due) = chat.poll_timeout().filter(|due| *due <= end) else { return end };
        now = now.max(due);
        chat.handle(now, Input::Timer);
        assert!(chat.poll_timeout().is_none_or(|next| next > now), "a deadline that fired is due again");
    }
    panic!("deadlines without end");
}

#[test]
fn a_text_of_several_lines_is_one_urc() {
    let text = "\r\n+CUSD: 1,\"Bal:$100.00 *\r\n1. Recharge\r\n*charges\",15\r\n\r\nOK\r\n";
    let steps = [Step::Command(0), Step::Bytes(text.as_bytes().to_vec())];
    let told: Vec<String> = run(&steps, usize::MAX).iter().map(|output| format!("{output:?}")).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[1].contains("Bal:$100.00 *\\n1. Recharge\\n*charges"), "{told:?}");
}

proptest! {
    #[test]
    fn byte_by_byte_tells_the_same_as_in_one_piece(steps in vec(step(), 0..40), piece in 1_usize..7) {
        prop_assert_eq!(run(&steps, usize::MAX), run(&steps, piece));
    }

    #[test]
    fn every_command_ends_exactly_once(steps in vec(step(), 0..40)) {
        let commands = steps.iter().filter(|step| matches!(step, Step::Command(_))).count();
        let mut steps = steps;
        steps.push(Step::Lost);
        let ended = run(&steps, usize::MAX).iter().filter(|output| matches!(output, Output::Event(Event::Done(_)))).count();
        // The queue is bounded: a command that found no place is the only one without an end.
        prop_assert!(ended <= commands && (ended == commands || commands > 16), "{} of {} commands ended", ended, commands);
    }

    #[test]
    fn ctrl_z_leaves_only_behind_a_prompt(steps in vec(step(), 0..40)) {
        let mut prompted = false;
        for output in run(&steps, usize::MAX) {
            match output {
                Output::Event(Event::Prompt) => prompted = true,
                Output::Transmit(bytes) if bytes.contains(&0x1A) => {
                    prop_assert!(prompted, "Ctrl-Z without a prompt");
                    prompted = false;
                }
                Output::Event(_) | Output::Transmit(_) => {}
            }
        }
    }

    #[test]
    fn any_line_is_survived(line in ".{0,120}") {
        let _ = (Params::parse(&line), urc::parse(&line), at_commands::answer::Line::parse(&line));
    }

    #[test]
    fn any_parameters_are_survived(tail in "[-\"(),0-9A-F x]{0,60}") {
        for code in ["+CREG", "+CMTI", "+CMT", "+CUSD", "+CLIP", "+CPMS", "+COPS", "+CMGL", "+CNMI", "+QIND"] {
            let line = format!("{code}: {tail}");
            let info = at_commands::chat::Info { line: line.clone(), data: None };
            let lines = std::slice::from_ref(&info);
            let _ = (urc::parse(&line), sms::storages(lines), sms::storages_offered(lines), sms::listed(lines));
            let _ = (network::operators(lines), network::operator(lines), sms::indications_offered(lines));
        }
    }
}
