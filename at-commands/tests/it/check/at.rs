//! AT lines: their neutral form, echoes, final results, damaged answers and whole streams through the chat.

use std::time::Duration;

use at_commands::Tick;
use at_commands::answer::{Final, Line, Params, Value as Param};
use at_commands::chat::{Chat, ChatError, Event, Info, Input, Output, Pace, Request};
use at_commands::command::sms;
use at_commands::syntax::{Syntax, Token};
use serde_json::{Value, json};

use super::{at_typed, string};

/// `at-reply`: the lines in their neutral form, and what they mean where a test says so.
pub fn check_reply(vector: &Value) -> Result<(), String> {
    let text = string(vector, "text")?;
    if let Some(wanted) = vector.pointer("/expect/lines") {
        let got: Vec<Value> = lines(text).iter().map(|line| neutral(line)).collect();
        same_lines(wanted, &got)?;
    }
    match vector.pointer("/expect/typed") {
        Some(typed) => at_typed::check(vector, typed, text),
        None => Ok(()),
    }
}

/// `at-final`: whether the command is over, and whether it failed.
pub fn check_final(vector: &Value) -> Result<(), String> {
    check_reply(vector)
}

/// `at-echo`: with the echo and without it, the chat tells the same.
pub fn check_echo(vector: &Value) -> Result<(), String> {
    let text = string(vector, "text")?;
    let without = vector.pointer("/expect/without_echo").and_then(Value::as_str).ok_or("no without_echo")?;
    let echo = text.strip_suffix(without).ok_or("the echo is no prefix")?;
    let with_echo = events(Some(Request::new(echo, Duration::from_secs(5))), text.as_bytes());
    let without_echo = events(Some(Request::new(echo, Duration::from_secs(5))), without.as_bytes());
    if with_echo == without_echo { Ok(()) } else { Err(format!("{with_echo:?} is not {without_echo:?}")) }
}

/// `malformed-reply`: the answer is an error where it is read, and the lines are whole.
pub fn check_malformed_reply(vector: &Value) -> Result<(), String> {
    let text = string(vector, "text")?;
    let wanted: Vec<&str> = vector
        .pointer("/expect/lines")
        .and_then(Value::as_array)
        .map(|lines| lines.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let got = lines(text);
    if got != wanted {
        return Err(format!("lines {got:?}"));
    }
    match sms::message(&infos(text, "+CMGR")) {
        Some(stored) if stored.length_matches() && decodes(&stored.pdu) => Err("header and PDU agree and the PDU decodes".to_owned()),
        Some(_) | None => Ok(()),
    }
}

/// `at-stream`: the events of the chat, in order, in one piece and byte by byte.
pub fn check_stream(vector: &Value) -> Result<(), String> {
    let text = string(vector, "text")?;
    let wanted = vector.pointer("/expect/events").and_then(Value::as_array).ok_or("no events")?;
    let whole = stream(wanted, text, false);
    let bytewise = stream(wanted, text, true);
    if whole != bytewise {
        return Err(format!("byte by byte it is {bytewise:?}, in one piece {whole:?}"));
    }
    let wanted: Vec<Value> = wanted.iter().filter(|event| event.get("echo").is_none()).map(plain).collect();
    // Lines of an answer are told with its end: among themselves they keep their order, and so do all the others.
    let of = |events: &[Value], reply: bool| -> Vec<Value> {
        events.iter().filter(|event| event.get("reply").is_some() == reply).cloned().collect()
    };
    for reply in [true, false] {
        if of(&wanted, reply) != of(&whole, reply) {
            return Err(format!("{:?} instead of {:?}", of(&whole, reply), of(&wanted, reply)));
        }
    }
    Ok(())
}

/// An event without what the chat does not tell: the form of a result code, the words of a reply cut short.
fn plain(event: &Value) -> Value {
    match event.get("reply").and_then(Value::as_str) {
        Some(reply) if reply.ends_with("...") => json!({"reply": reply.split(':').next(), "body": event.get("body")}),
        _ if event.get("urc").is_some() => json!({"urc": urc_of(event)}),
        _ => {
            let mut event = event.clone();
            if let Some(fields) = event.as_object_mut() {
                fields.remove("form");
            }
            event
        }
    }
}

/// A wanted URC as the crate reads its lines.
fn urc_of(event: &Value) -> String {
    let field = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let urc = at_commands::urc::parse(&field("urc")).map(|urc| if urc.takes_data() { urc.with_data(field("pdu")) } else { urc });
    urc.map_or_else(|| "no URC".to_owned(), |urc| format!("{urc:?}"))
}

fn stream(wanted: &[Value], text: &str, bytewise: bool) -> Vec<Value> {
    let request = wanted
        .iter()
        .any(|event| event.get("reply").is_some() || event.get("final").is_some() || event.get("prompt").is_some())
        .then(|| in_flight(wanted));
    let cut_short = wanted.iter().any(|event| event.get("reply").and_then(Value::as_str).is_some_and(|reply| reply.ends_with("...")));
    let text = if text.ends_with('\r') || text.ends_with('\n') || text.ends_with(' ') { text.to_owned() } else { format!("{text}\r\n") };
    let told = if bytewise { events_of(request, text.as_bytes().chunks(1)) } else { events_of(request, std::iter::once(text.as_bytes())) };
    told.into_iter().flat_map(|event| show(event, cut_short)).collect()
}

/// The command that is answered by these events.
fn in_flight(wanted: &[Value]) -> Request {
    let has =
        |code: &str| wanted.iter().any(|event| event.get("reply").and_then(Value::as_str).is_some_and(|reply| reply.starts_with(code)));
    let timeout = Duration::from_secs(5);
    let known = [("+CSQ", false), ("+CMGL", true), ("+CMGR", true), ("+CPIN", false), ("+CREG", false), ("+CNUM", false)];
    if wanted.iter().any(|event| event.get("prompt").is_some()) {
        return sms::send(20, timeout, timeout);
    }
    let Some((code, pdus)) = known.into_iter().find(|(code, _)| has(code)) else { return Request::new("AT", timeout) };
    let request = Request::new(format!("AT{code}"), timeout).answered_by(code);
    if pdus { request.with_pdus() } else { request }
}

fn show(event: Event, cut_short: bool) -> Vec<Value> {
    match event {
        Event::Prompt => vec![json!({"prompt": true})],
        Event::Urc(urc) => vec![json!({"urc": format!("{urc:?}")})],
        Event::Orphan(line) | Event::Unknown(line) => vec![json!({"reply": line})],
        Event::Awake | Event::Mute => Vec::new(),
        Event::Done(done) => {
            let mut shown: Vec<Value> = done.lines.iter().map(|info| show_info(info, cut_short)).collect();
            shown.push(match done.result {
                Ok(()) => json!({"final": "OK"}),
                Err(ChatError::Refused(Final::Cme(Some(code)))) => json!({"final": format!("+CME ERROR: {}", code.0)}),
                Err(error) => json!({"final": format!("{error:?}")}),
            });
            shown
        }
    }
}

fn show_info(info: &Info, cut_short: bool) -> Value {
    match &info.data {
        Some(body) if cut_short => json!({"reply": info.line.split(':').next(), "body": body}),
        Some(pdu) => json!({"reply": info.line, "pdu": pdu}),
        None => json!({"reply": info.line}),
    }
}

/// What the chat tells while this command is in flight and these bytes come.
fn events(request: Option<Request>, bytes: &[u8]) -> Vec<Event> {
    events_of(request, std::iter::once(bytes))
}

fn events_of<'a>(request: Option<Request>, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Event> {
    let mut chat = Chat::new(Pace::default());
    let now = Tick::from_nanos(1);
    if let Some(request) = request {
        chat.handle(now, Input::Command(request));
    }
    let mut told = Vec::new();
    for piece in pieces {
        chat.handle(now, Input::Bytes(piece));
        if told.last() == Some(&Event::Prompt) {
            chat.handle(now, Input::Data(Vec::new()));
        }
        while let Some(output) = chat.poll_output() {
            match output {
                Output::Event(event) => {
                    let at_prompt = event == Event::Prompt;
                    told.push(event);
                    if at_prompt {
                        chat.handle(now, Input::Data(Vec::new()));
                    }
                }
                Output::Transmit(_) => {}
            }
        }
    }
    told
}

/// The lines of a text, whatever ends them.
pub fn lines(text: &str) -> Vec<String> {
    let mut syntax = Syntax::default();
    let tokens = text.bytes().chain(*b"\r\n").filter_map(|byte| syntax.feed(byte));
    tokens
        .filter_map(|token| match token {
            Token::Line(line) | Token::PduLine(line) => Some(line),
            Token::DataPrompt | Token::Overlong(_) => None,
        })
        .collect()
}

/// The information responses of this code, each with the line behind it.
pub fn infos(text: &str, code: &str) -> Vec<Info> {
    let lines = lines(text);
    let header = |line: &String| matches!(Line::parse(line), Line::Info { code: found, .. } if found == code);
    let with_next = lines.iter().enumerate().filter(|(_, line)| header(line));
    with_next
        .map(|(at, line)| {
            let data = lines.get(at + 1).filter(|next| Final::parse(next).is_none() && !header(next)).cloned();
            Info { line: line.clone(), data }
        })
        .collect()
}

/// Whether a PDU of a modem's storage, in either direction, decodes.
pub fn decodes(hex: &str) -> bool {
    use at_commands::pdu::{Inbound, Smsc, Submit};
    let Ok(octets) = at_commands::hex::decode(hex) else { return false };
    Inbound::decode(&octets, Smsc::Present).is_ok() || Submit::decode(&octets, Smsc::Present).is_ok()
}

fn neutral(line: &str) -> Value {
    if line.starts_with("AT") {
        return json!({"echo": line});
    }
    match Line::parse(line) {
        Line::Final(result, _) => final_form(&result, line),
        Line::Info { code, rest } => {
            let params = Params::parse(rest);
            match params.damaged {
                Some(why) => json!({"prefix": code, "rest": rest, "malformed": why}),
                None => json!({"prefix": code, "params": params.values.iter().map(param).collect::<Vec<_>>()}),
            }
        }
        Line::Text(text) => json!({"text": text}),
    }
}

fn final_form(result: &Final, line: &str) -> Value {
    let behind = line.split_once(':').map_or("", |(_, rest)| rest.trim());
    match result {
        Final::Ok => json!({"final": "ok", "text": line}),
        Final::Connect => json!({"final": "connect", "text": line}),
        Final::Error => json!({"final": "error", "text": line}),
        Final::NoCarrier => json!({"final": "no-carrier", "text": line}),
        Final::NoDialtone => json!({"final": "no-dialtone", "text": line}),
        Final::Busy => json!({"final": "busy", "text": line}),
        Final::NoAnswer => json!({"final": "no-answer", "text": line}),
        Final::Cme(code) => json!({"final": "cme-error", "code": code.filter(|_| is_number(behind)).map(|code| code.0), "text": behind}),
        Final::Cms(code) => json!({"final": "cms-error", "code": code.filter(|_| is_number(behind)).map(|code| code.0), "text": behind}),
        // The neutral form knows no MODEM ERROR.
        Final::Modem(_) => json!({"text": line}),
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn param(value: &Param) -> Value {
    match value {
        Param::Empty => Value::Null,
        Param::Number(number) => json!(number),
        Param::Quoted(text) => json!({"q": text}),
        Param::Raw(text) => json!({"raw": text}),
        Param::Range(first, last) => json!({"range": [first, last]}),
        Param::List(values) => values.iter().map(param).collect(),
    }
}

/// The same lines; of a damaged one only that it is damaged and what it says, not the words for it.
fn same_lines(wanted: &Value, got: &[Value]) -> Result<(), String> {
    let without_words = |line: &Value| {
        let mut line = line.clone();
        if let Some(malformed) = line.get_mut("malformed") {
            *malformed = json!(true);
        }
        line
    };
    let wanted: Vec<Value> = wanted.as_array().map(|lines| lines.iter().map(without_words).collect()).unwrap_or_default();
    let got: Vec<Value> = got.iter().map(without_words).collect();
    if wanted == got { Ok(()) } else { Err(format!("lines {} instead of {}", json!(got), json!(wanted))) }
}
