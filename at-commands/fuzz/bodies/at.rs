//! What must hold for any bytes of a modem's port: no panic, bounded lines, nothing lost or told twice, and the same events
//! however the bytes are cut. Plain functions: the bounded run in the tests and the cargo-fuzz targets call the same ones.

use at_commands::Tick;
use at_commands::answer::{Line, Params};
use at_commands::chat::{Chat, Event, Info, Input, Output, Pace, Request};
use at_commands::command::{call, clock, identity, network, setup, sim, sms, ussd};
use at_commands::syntax::{Hint, LINE_OCTETS_MAX, Syntax, Token};
use at_commands::urc;
use std::time::Duration;

/// A body and its name.
pub type Body = (&'static str, fn(&[u8]));

/// All of them.
pub const BODIES: &[Body] = &[("syntax", syntax), ("answers", answers), ("chat", chat)];

/// Bytes into lines: every line is bounded, holds no line end, and comes again from its own text.
pub fn syntax(bytes: &[u8]) {
    for hint in [Hint::Line, Hint::Prompt, Hint::Pdu] {
        let tokens = |bytes: &mut dyn Iterator<Item = &[u8]>| {
            let mut syntax = Syntax::default();
            let mut tokens = Vec::new();
            for mut piece in bytes {
                syntax.hint(hint);
                while let Some(token) = syntax.take(&mut piece) {
                    tokens.push(token);
                    syntax.hint(hint);
                }
            }
            tokens
        };
        let whole = tokens(&mut std::iter::once(bytes));
        assert_eq!(tokens(&mut bytes.chunks(1)), whole, "byte by byte makes other lines");
        for token in whole {
            match token {
                Token::DataPrompt => assert!(hint == Hint::Prompt, "a prompt that nobody expected"),
                Token::PduLine(line) => check_line(&line, hint == Hint::Pdu),
                Token::Line(line) => check_line(&line, hint != Hint::Pdu),
                Token::Overlong(line) => assert!(line.len() >= LINE_OCTETS_MAX, "a line of {} octets is not too long", line.len()),
            }
        }
    }
}

fn check_line(line: &str, wanted: bool) {
    assert!(wanted, "the hint says which kind of line comes");
    assert!(line.len() <= LINE_OCTETS_MAX * 3, "{} octets in a line", line.len());
    assert!(!line.is_empty() && !line.contains(['\r', '\n', '\0']), "{line:?}");
}

/// One text as a line, as parameters, as a URC and as the answer of every command.
pub fn answers(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let text = text.lines().next().unwrap_or_default();
    let _ = (Line::parse(text), Params::parse(text).values.len(), urc::parse(text));
    let (code, rest) = text.split_once(':').unwrap_or((text, ""));
    let by_chance = READ_BY_CODE.get(bytes.len() % READ_BY_CODE.len()).copied().unwrap_or_default();
    for wanted in [code, by_chance] {
        let lines = [Info { line: format!("{wanted}: {rest}"), data: Some(rest.to_owned()) }];
        read_all(&lines);
        let _ = urc::parse(&lines[0].line);
    }
}

const READ_BY_CODE: &[&str] = &[
    "+CREG", "+CEREG", "+CSQ", "+CESQ", "+COPS", "+CFUN", "+CCLK", "+CPMS", "+CNMI", "+CMGL", "+CMGR", "+CMGS", "+CSCA", "+CPIN", "+CPINR",
    "^CPIN", "+CSIM", "+QPINC", "+CRSM", "+CNUM", "+CLCC", "+CUSD", "+CIND", "+CSCS", "+CMEE", "+CMGF", "+CCID", "+CMTI", "+CLIP", "+QIND",
];

fn read_all(lines: &[Info]) {
    let _ = (network::registration(lines, network::Domain::Circuit), network::registration(lines, network::Domain::Evolved));
    let _ = (network::signal_dbm(lines), network::extended_signal(lines), network::operator(lines), network::operators(lines));
    let _ = (network::function(lines), clock::clock(lines));
    let _ = (sms::storages(lines), sms::storages_offered(lines), sms::storages_after_set(lines), sms::mode(lines));
    let _ = (sms::indications(lines), sms::indications_offered(lines), sms::service_centre(lines), sms::sent(lines));
    for stored in sms::listed(lines).into_iter().chain(sms::message(lines)) {
        let _ = stored.length_matches();
    }
    let _ = (sim::pin_state(lines), sim::tries(lines), sim::file(lines), sim::own_numbers(lines));
    let _ = (identity::text(lines), identity::iccid(lines), identity::digits(lines), identity::product_field(lines, "Model"));
    let _ = (setup::charsets(lines), setup::indicators(lines), setup::error_mode(lines), call::calls(lines));
    let asked =
        lines.first().and_then(|info| info.line.split_once(':')).and_then(|(_, rest)| ussd::UssdAnswer::parse(&Params::parse(rest)));
    let _ = asked.and_then(|answer| answer.words(at_commands::text::ussd::Charset::Gsm));
}

/// A dialogue: bytes below 80 and above BF come from the modem, those between are what the owner and the clock do.
pub fn chat(script: &[u8]) {
    let whole = run(script, usize::MAX);
    assert_eq!(whole, run(script, 1), "byte by byte tells something else");
    let mut prompted = false;
    for output in &whole {
        match output {
            Output::Event(Event::Prompt) => prompted = true,
            Output::Transmit(bytes) if bytes.contains(&CTRL_Z) => {
                assert!(prompted, "Ctrl-Z without a prompt");
                prompted = false;
            }
            Output::Event(_) | Output::Transmit(_) => {}
        }
    }
    let commands = script.iter().filter(|byte| is_command(**byte)).count();
    let ended = whole.iter().filter(|output| matches!(output, Output::Event(Event::Done(_)))).count();
    // The queue is bounded: a command that found no place is the only one without an end.
    assert!(ended <= commands && (ended == commands || commands > 16), "{ended} of {commands} commands ended");
}

const CTRL_Z: u8 = 0x1A;

fn is_command(byte: u8) -> bool {
    (0x80..0x90).contains(&byte)
}

fn request(which: u8) -> Request {
    let (short, long) = (Duration::from_secs(5), Duration::from_secs(150));
    match which % 8 {
        0 => network::signal_read(),
        1 => sms::list(),
        2 => sms::read(3),
        3 => sms::send(20, short, long),
        4 => identity::manufacturer(),
        5 => sim::pin_state_read(),
        6 => network::registration_read(network::Domain::Circuit),
        _ => ussd::ask("*100#"),
    }
}

/// What a chat tells and writes; the bytes between two other things are given in pieces of at most `piece`.
fn run(script: &[u8], piece: usize) -> Vec<Output> {
    let mut chat = Chat::new(Pace::default());
    let mut now = Tick::from_nanos(1);
    let mut told = Vec::new();
    let mut rest = script;
    while let Some((first, after)) = rest.split_first() {
        let is_said = |byte: &u8| !(0x80..0xC0).contains(byte);
        rest = if is_said(first) {
            let length = rest.iter().take_while(|byte| is_said(byte)).count();
            let (said, after) = rest.split_at(length);
            said.chunks(piece).for_each(|piece| chat.handle(now, Input::Bytes(piece)));
            after
        } else {
            now = step(&mut chat, now, *first);
            after
        };
        while let Some(output) = chat.poll_output() {
            told.push(output);
        }
    }
    chat.handle(now, Input::Lost);
    while let Some(output) = chat.poll_output() {
        told.push(output);
    }
    told
}

fn step(chat: &mut Chat, now: Tick, byte: u8) -> Tick {
    match byte {
        0x80..0x90 => chat.handle(now, Input::Command(request(byte))),
        0x90 => chat.handle(now, Input::Data(b"0001000B9144".to_vec())),
        0x91 => chat.handle(now, Input::Cancel),
        0x92 => chat.handle(now, Input::Wake { until: None }),
        0x93 => chat.handle(now, Input::Wake { until: Some(now.plus(Duration::from_secs(5))) }),
        0x94 => chat.handle(now, Input::Restarted),
        0x95 => chat.handle(now, Input::Lost),
        _ => return pass(chat, now, now.plus(Duration::from_millis(1 << (byte & 0x0F)))),
    }
    now
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
