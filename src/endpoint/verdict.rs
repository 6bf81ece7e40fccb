//! What an endpoint's answer means for the flow: a total, pure function. docs/endpoints.md is its prose.
//!
//! The rule behind the table: `fail` is said only when the other side said no, or certainly never acted. Everything
//! that may have acted is `unknown`, and only what certainly did not leave, or changes nothing, is tried again.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::conversation::flow::Need;
use crate::conversation::render::{kind_word, typed};
use crate::courier::Sent;
use crate::engine::json::{from_json, to_json};
use crate::value::Value;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// A look-up: it changes nothing and may be repeated.
    pub read: bool,
    /// What a yes must bring, because the flow saves it.
    pub fields: Vec<Wanted>,
    /// What was sent: a yes that names it otherwise has done something else.
    pub sent: BTreeMap<String, Value>,
    /// What the amounts that were sent are in; empty where nobody said so.
    pub currency: String,
}

/// A field that the flow saves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Its name in the answer.
    pub field: String,
    /// The type that the flow names for its slot.
    pub need: Option<Need>,
    /// Some text of the flow shows it.
    pub shown: bool,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Done, with the fields of the answer that a slot can hold.
    Ok(BTreeMap<String, Value>),
    /// The other side said no.
    Fail(String),
    /// It may or may not have been done.
    Unknown(String),
    /// Certainly not done, or harmless: the same request may go again.
    Again(String),
}

/// What the outcome of a step's POST means.
pub fn of_call(sent: &Sent, asked: &Asked) -> Verdict {
    let verdict = match sent {
        Sent::Nothing { why } => Verdict::Again(why.clone()),
        Sent::Perhaps { why } => Verdict::Unknown(why.clone()),
        Sent::Answered { status, body } => of_answer(*status, body, asked),
    };
    match verdict {
        Verdict::Unknown(why) if asked.read => Verdict::Again(why),
        other => other,
    }
}

fn of_answer(status: u16, body: &[u8], asked: &Asked) -> Verdict {
    match status {
        202 => Verdict::Unknown("accepted, the result comes later (202)".to_owned()),
        200..=299 => of_body(status, body, asked),
        // 408: it gave up while reading. 409: the same key is being worked on. Either may have acted.
        408 | 409 => Verdict::Unknown(format!("status {status}")),
        // Turned away at the door: too early, too many.
        425 | 429 => Verdict::Again(format!("status {status}")),
        400..=499 => Verdict::Fail(reason(status, body)),
        300..=399 => Verdict::Unknown(format!("it sends us to another address (status {status}): redirects are not followed")),
        _ => Verdict::Unknown(format!("it answered with an error of its own ({})", reason(status, body))),
    }
}

fn of_body(status: u16, body: &[u8], asked: &Asked) -> Verdict {
    let Some(fields) = fields(body) else {
        let what = if body.trim_ascii_start().starts_with(b"<") { "a web page" } else { "something that cannot be read" };
        return Verdict::Unknown(format!("it answered with {what}, not a JSON object (status {status})"));
    };
    match fields.get("result").and_then(Json::as_str) {
        Some("fail") => Verdict::Fail(reason(status, body)),
        Some("unknown" | "pending") => Verdict::Unknown(reason(status, body)),
        Some(_) | None => saved(&fields, asked),
    }
}

/// Done; but a receipt that is missing must not become an empty word in a customer's text.
fn saved(fields: &Map<String, Json>, asked: &Asked) -> Verdict {
    let known = |(name, json): (&String, &Json)| from_json(json).map(|value| (name.clone(), value));
    let values: BTreeMap<String, Value> = fields.iter().filter(|(name, _)| *name != "result").filter_map(known).collect();
    if let Some((field, sent, said)) = otherwise(fields, asked) {
        return Verdict::Unknown(format!("the answer says `{field}` {said}, and {sent} was sent: a person has to look at it"));
    }
    if let Some(currency) = other_currency(fields, asked) {
        let ours = &asked.currency;
        return Verdict::Unknown(format!(
            "the answer says `currency` {currency}, and the amount was sent in {ours}: a person has to look at it"
        ));
    }
    match asked.fields.iter().find_map(|wanted| useless(values.get(&wanted.field), wanted, asked.read)) {
        Some(why) => Verdict::Unknown(format!("done, but {why}")),
        None => Verdict::Ok(values),
    }
}

/// Why a field that the flow saves would make no sense in its slot. A look-up may say by an empty word that there is nothing.
fn useless(value: Option<&Value>, wanted: &Wanted, read: bool) -> Option<String> {
    let field = &wanted.field;
    let blank = matches!(value, Some(Value::Text(words)) if words.trim().is_empty());
    let (Some(value), false) = (value, blank && !read) else {
        return Some(format!("the answer has no usable `{field}`"));
    };
    match wanted.need {
        Some(need) if !blank && typed(need, value).is_none() => Some(format!("its `{field}` is not {}", kind_word(need.kind))),
        None if wanted.shown && matches!(value, Value::Bool(_)) => Some(format!("its `{field}` is true or false, and a text shows it")),
        None if wanted.shown && !read && matches!(value, Value::Rows(_)) => Some(format!("its `{field}` is a list, and a text shows it")),
        Some(_) | None => None,
    }
}

/// A currency in the answer that is not the one of the amounts that went out.
fn other_currency(fields: &Map<String, Json>, asked: &Asked) -> Option<String> {
    let money = asked.sent.values().any(|value| matches!(value, Value::Money(_)));
    if asked.read || !money || asked.currency.is_empty() || asked.sent.contains_key("currency") {
        return None;
    }
    let said = plain(fields.get("currency").filter(|said| !said.is_null())?);
    (!said.trim().eq_ignore_ascii_case(&asked.currency)).then_some(said)
}

/// A field that was sent to a changing step and comes back as something else, unless the flow saves it to learn of a change.
fn otherwise<'a>(fields: &Map<String, Json>, asked: &'a Asked) -> Option<(&'a String, String, String)> {
    if asked.read {
        return None;
    }
    let changed = |(field, sent): (&'a String, &Value)| {
        let said = fields.get(field).filter(|said| !said.is_null() && !asked.fields.iter().any(|wanted| wanted.field == **field))?;
        let (sent, said) = (plain(&to_json(sent)), plain(said));
        (sent != said && sent.parse::<f64>().ok().zip(said.parse::<f64>().ok()).is_none_or(|(a, b)| (a - b).abs() > 1e-9))
            .then_some((field, sent, said))
    };
    asked.sent.iter().find_map(changed)
}

fn plain(json: &Json) -> String {
    let words = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    words.chars().filter(|c| !c.is_control()).take(REASON_CHARS_MAX).collect()
}

/// An empty body counts as an empty object.
fn fields(body: &[u8]) -> Option<Map<String, Json>> {
    if body.trim_ascii().is_empty() {
        return Some(Map::new());
    }
    serde_json::from_slice(body).ok()
}

const REASON_CHARS_MAX: usize = 120;

fn reason(status: u16, body: &[u8]) -> String {
    let said = fields(body).and_then(|fields| {
        let word = ["reason", "detail", "title", "error"].iter().find_map(|name| fields.get(*name)?.as_str().map(str::to_owned));
        word.map(|word| word.chars().filter(|c| !c.is_control()).take(REASON_CHARS_MAX).collect::<String>())
    });
    said.map_or_else(|| format!("status {status}"), |said| format!("status {status}: {said}"))
}

/// What an answer of the look-up address says about an unknown call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// It was done.
    Ok(BTreeMap<String, Value>),
    /// It was refused.
    Fail(String),
    /// The key was never seen there.
    NotFound,
    /// Ask again later.
    Later(String),
}

/// What the outcome of `GET status_url?key=` means.
pub fn of_look_up(sent: &Sent, asked: &Asked) -> Looked {
    match sent {
        Sent::Nothing { why } | Sent::Perhaps { why } => Looked::Later(why.clone()),
        Sent::Answered { status: 404, .. } => Looked::NotFound,
        Sent::Answered { status: 200, body } => of_look_up_body(body, asked),
        Sent::Answered { status, body } => Looked::Later(reason(*status, body)),
    }
}

fn of_look_up_body(body: &[u8], asked: &Asked) -> Looked {
    let Some(fields) = fields(body) else {
        return Looked::Later("the look-up's body is not a JSON object".to_owned());
    };
    match fields.get("result").and_then(Json::as_str) {
        Some("not_found") => Looked::NotFound,
        Some("fail") => Looked::Fail(reason(200, body)),
        Some("ok") => match saved(&fields, asked) {
            Verdict::Ok(values) => Looked::Ok(values),
            Verdict::Fail(why) | Verdict::Unknown(why) | Verdict::Again(why) => Looked::Later(why),
        },
        Some(_) | None => Looked::Later("not decided yet".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::flow::Kind;

    fn asked(read: bool) -> Asked {
        Asked { read, fields: vec![wanted("receipt")], ..Asked::default() }
    }

    fn wanted(field: &str) -> Wanted {
        Wanted { field: field.to_owned(), need: None, shown: true }
    }

    fn answered(status: u16, body: &str) -> Sent {
        Sent::Answered { status, body: body.as_bytes().to_vec() }
    }

    fn word(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Ok(_) => "ok",
            Verdict::Fail(_) => "fail",
            Verdict::Unknown(_) => "unknown",
            Verdict::Again(_) => "again",
        }
    }

    fn check(sent: &Sent, writes: &str, reads: &str) {
        assert_eq!(word(&of_call(sent, &asked(false))), writes, "a changing step, {sent:?}");
        assert_eq!(word(&of_call(sent, &asked(true))), reads, "a look-up, {sent:?}");
    }

    #[test]
    fn fail_is_said_only_when_nothing_can_have_happened() {
        let why = String::new;
        for (sent, writes, reads) in [
            (Sent::Nothing { why: why() }, "again", "again"),
            (Sent::Perhaps { why: why() }, "unknown", "again"),
            (answered(200, r#"{"receipt":"8841"}"#), "ok", "ok"),
            (answered(201, r#"{"result":"ok","receipt":8841}"#), "ok", "ok"),
            (answered(200, r#"{"result":"fail","reason":"card expired"}"#), "fail", "fail"),
            (answered(200, r#"{"result":"pending"}"#), "unknown", "again"),
            (answered(202, ""), "unknown", "again"),
            (answered(200, "{}"), "unknown", "again"),
            (answered(204, ""), "unknown", "again"),
            (answered(200, r#"{"receipt":null}"#), "unknown", "again"),
            (answered(200, "<html>"), "unknown", "again"),
            (answered(200, "[]"), "unknown", "again"),
            (answered(303, ""), "unknown", "again"),
            (answered(400, ""), "fail", "fail"),
            (answered(402, r#"{"reason":"no funds"}"#), "fail", "fail"),
            (answered(404, ""), "fail", "fail"),
            (answered(408, ""), "unknown", "again"),
            (answered(409, ""), "unknown", "again"),
            (answered(422, ""), "fail", "fail"),
            (answered(429, ""), "again", "again"),
            (answered(500, ""), "unknown", "again"),
            (answered(503, ""), "unknown", "again"),
            (answered(100, ""), "unknown", "again"),
        ] {
            check(&sent, writes, reads);
        }
    }

    #[test]
    fn a_step_that_saves_nothing_is_content_with_an_empty_body() {
        assert_eq!(of_call(&answered(204, ""), &Asked::default()), Verdict::Ok(BTreeMap::new()));
    }

    #[test]
    fn an_answer_about_another_amount_is_no_yes() {
        let money = Value::Money(crate::value::Money { hundredths: 8450 });
        let sent: BTreeMap<_, _> = [("amount".to_owned(), money), ("place".to_owned(), Value::Text("p1".to_owned()))].into();
        let asked = |read, fields: &[&str]| {
            let fields = fields.iter().map(|field| wanted(field)).collect();
            Asked { read, fields, sent: sent.clone(), currency: "UAH".to_owned() }
        };
        for (body, fields, writes) in [
            (r#"{"amount":"84.50"}"#, &[][..], "ok"),
            (r#"{"amount":84.5}"#, &[], "ok"),
            (r#"{"amount":null}"#, &[], "ok"),
            (r#"{"amount":"8450.00"}"#, &[], "unknown"),
            (r#"{"amount":"nothing"}"#, &[], "unknown"),
            (r#"{"amount":"84.50","currency":"uah"}"#, &[], "ok"),
            (r#"{"amount":"84.50","currency":"EUR"}"#, &[], "unknown"),
            (r#"{"currency":null}"#, &[], "ok"),
            (r#"{"place":"3 Oak Street"}"#, &[], "unknown"),
            // The flow saves the place, to hear its name.
            (r#"{"place":"3 Oak Street"}"#, &["place"], "ok"),
        ] {
            assert_eq!(word(&of_call(&answered(200, body), &asked(false, fields))), writes, "{body}");
            assert_eq!(word(&of_call(&answered(200, body), &asked(true, fields))), "ok", "a look-up changes nothing: {body}");
        }
        let Verdict::Unknown(why) = of_call(&answered(200, r#"{"amount":"8450.00"}"#), &asked(false, &[])) else { panic!("a yes") };
        assert_eq!(why, "the answer says `amount` 8450.00, and 84.50 was sent: a person has to look at it");
    }

    #[test]
    fn a_field_of_another_type_is_no_yes() {
        let need = |kind| Some(Need { kind, optional: true, line: 0 });
        let bare = |field, need, shown| Asked { fields: vec![Wanted { field: String::from(field), need, shown }], ..Asked::default() };
        for (body, need, shown, writes, reads) in [
            (r#"{"x":true}"#, None, true, "unknown", "again"),
            (r#"{"x":true}"#, None, false, "ok", "ok"),
            (r#"{"x":["1","2"]}"#, None, true, "unknown", "ok"),
            (r#"{"x":{"no":1}}"#, None, false, "unknown", "again"),
            (r#"{"x":""}"#, None, false, "unknown", "ok"),
            (r#"{"x":" "}"#, need(Kind::Date), false, "unknown", "ok"),
            (r#"{"x":"soon"}"#, need(Kind::Date), false, "unknown", "again"),
            (r#"{"x":"2026-11-12"}"#, need(Kind::Date), true, "ok", "ok"),
            (r#"{"x":"lots"}"#, need(Kind::Money), true, "unknown", "again"),
            (r#"{"x":84.5}"#, need(Kind::Money), true, "ok", "ok"),
            (r#"{"x":[]}"#, need(Kind::List), true, "ok", "ok"),
            (r#"{"x":"none"}"#, need(Kind::List), true, "unknown", "again"),
        ] {
            for (read, want) in [(false, writes), (true, reads)] {
                let verdict = of_call(&answered(200, body), &Asked { read, ..bare("x", need, shown) });
                assert_eq!(word(&verdict), want, "{body} as {need:?}, read {read}: {verdict:?}");
            }
        }
    }

    #[test]
    fn a_reason_carries_no_control_characters() {
        let sent = answered(422, "{\"detail\":\"no\\u001b[31m\\n\"}");
        assert_eq!(of_call(&sent, &asked(false)), Verdict::Fail("status 422: no[31m".to_owned()));
    }

    #[test]
    fn a_look_up_settles_or_asks_again() {
        let receipt: BTreeMap<_, _> = [("receipt".to_owned(), Value::Text("8841".to_owned()))].into();
        for (sent, want) in [
            (answered(200, r#"{"result":"ok","receipt":"8841"}"#), Looked::Ok(receipt)),
            (answered(200, r#"{"result":"fail"}"#), Looked::Fail("status 200".into())),
            (answered(200, r#"{"result":"not_found"}"#), Looked::NotFound),
            (answered(404, ""), Looked::NotFound),
            (answered(200, r#"{"receipt":"8841"}"#), Looked::Later("not decided yet".into())),
            (answered(500, ""), Looked::Later("status 500".into())),
            (Sent::Perhaps { why: "reset".into() }, Looked::Later("reset".into())),
        ] {
            assert_eq!(of_look_up(&sent, &asked(false)), want, "{sent:?}");
        }
    }
}
