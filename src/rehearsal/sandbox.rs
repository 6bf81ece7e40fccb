//! `flow try`: what would this text do now? One reply a line in, one JSON object a line out.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::case::answer;
use super::{Answer, Trouble, World, radio, samples};
use crate::conversation::Begin;
use crate::conversation::flow::{Flow, Kind, Verb};
use crate::conversation::session::FlowRef;
use crate::engine::session;
use crate::ids::SessionId;
use crate::msisdn::Msisdn;
use crate::roster::{OnCall, Roster};
use crate::store::EVENTS_MAX;
use crate::store::page::Paging;
use crate::time::Timestamp;
use crate::value::Value;

/// What `flow try` was asked for.
#[derive(Debug, Clone)]
pub struct Try {
    /// The flow file.
    pub file: PathBuf,
    /// Further flow files that it may run.
    pub beside: Vec<PathBuf>,
    /// Results of endpoints: `NAME=ok|fail|unknown`.
    pub http: Vec<String>,
    /// Values of slots: `slot=value`.
    pub set: Vec<String>,
    /// When it is; `None` is a Monday at ten.
    pub now: Option<Timestamp>,
    /// Every line meets a new session at its first question.
    pub fresh: bool,
}

const PERSON: &str = "+380501112233";
const SIM: &str = "A";
/// People need a moment to answer.
const ANSWER_AFTER: Duration = Duration::from_mins(1);
/// A line is a text: 255 parts of 153 letters hold no more.
const LINE_OCTETS_MAX: usize = 200_000;

/// Reads replies, one a line (a line that begins with `"` is a JSON string), and writes what each would do.
pub fn try_flow(request: &Try, input: &mut dyn BufRead, out: &mut dyn Write) -> Result<(), Trouble> {
    let flow = samples::flow(&request.file)?;
    let mut flows = vec![Arc::clone(&flow)];
    for path in &request.beside {
        flows.push(samples::flow(path)?);
    }
    let mut desk = Desk::open(request, &flow, &flows)?;
    let mut line = String::new();
    loop {
        line.clear();
        let read = input.read_line(&mut line).map_err(|error| Trouble(format!("standard input: {error}")))?;
        if read == 0 {
            return Ok(());
        }
        let text = reply(line.trim_end_matches(['\n', '\r']))?;
        if request.fresh && desk.used {
            desk = Desk::open(request, &flow, &flows)?;
        }
        let said = desk.hear(&text)?;
        writeln!(out, "{said}").and_then(|()| out.flush()).map_err(|error| Trouble(error.to_string()))?;
    }
}

/// The flow files of the API's sandbox.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    /// The one that is tried.
    pub tried: &'a str,
    /// Those of the box.
    pub active: &'a [String],
    /// Further ones; they take the place of the box's of the same name.
    pub beside: &'a [String],
}

/// A flow that is only a text so far, and what each of these replies would do: the sandbox of the API.
pub fn try_text(request: &Try, texts: &Texts<'_>, replies: &[String]) -> Result<Vec<Json>, Trouble> {
    let read = |source: &str| {
        let flow = Flow::parse(&request.file.display().to_string(), source);
        flow.map(Arc::new).map_err(|found| {
            let first = found.first().map(|one| format!("{}:{}: {}: {}", one.path, one.line, one.key, one.reason));
            Trouble(first.unwrap_or_else(|| "the flow cannot be read".to_owned()))
        })
    };
    let flow = read(texts.tried)?;
    // Flows that no longer read are not in use; the last of a name is the one that counts.
    let mut flows: Vec<Arc<Flow>> = texts.active.iter().filter_map(|source| read(source).ok()).collect();
    for source in texts.beside {
        flows.push(read(source)?);
    }
    flows.push(Arc::clone(&flow));
    let mut desk = Desk::open(request, &flow, &flows)?;
    let mut told = Vec::with_capacity(replies.len());
    for reply in replies {
        refuse_endless(reply)?;
        if request.fresh && desk.used {
            desk = Desk::open(request, &flow, &flows)?;
        }
        told.push(desk.hear(reply)?);
    }
    Ok(told)
}

fn refuse_endless(line: &str) -> Result<(), Trouble> {
    if line.len() > LINE_OCTETS_MAX {
        return Err(Trouble(format!("a line of {} octets is no text", line.len())));
    }
    Ok(())
}

fn reply(line: &str) -> Result<String, Trouble> {
    refuse_endless(line)?;
    if line.starts_with('"') {
        return serde_json::from_str(line).map_err(|error| Trouble(format!("{line}: {error}")));
    }
    Ok(line.to_owned())
}

/// A world with one session and one person at the phone.
struct Desk {
    world: World,
    session: SessionId,
    reference: u16,
    used: bool,
}

impl Desk {
    fn open(request: &Try, flow: &Arc<Flow>, flows: &[Arc<Flow>]) -> Result<Self, Trouble> {
        let now = request.now.unwrap_or(samples::START);
        let data = data(request, flow, now)?;
        let (rosters, paged) = rosters(flow)?;
        let mut world = World::new(flows, samples::settings(), rosters, &[SIM.to_owned()], endpoints(request)?, now)?;
        let to = if paged { None } else { Msisdn::from_e164(PERSON).ok() };
        let mut begin = Begin::new(FlowRef { name: flow.name.clone(), revision: 1 }, to, data);
        begin.free_door = true;
        begin.asked_for = true;
        begin.sim = Some(SIM.to_owned());
        let id = world.job(|work| session::place(work, begin))?;
        world.pause(Duration::ZERO)?;
        world.calls.clear();
        Ok(Self { world, session: id, reference: 0, used: false })
    }

    fn hear(&mut self, text: &str) -> Result<Json, Trouble> {
        self.used = true;
        self.world.pause(ANSWER_AFTER)?;
        let (calls, sent, rung) = (self.world.calls.len(), self.world.sent.len(), self.world.phones.rung.len());
        let event = self.world.newest_event()?;
        let (now, parts) = (self.world.now, radio::cut(text));
        self.reference = self.reference.wrapping_add(1);
        for (at, words) in parts.iter().enumerate() {
            let concat = (parts.len() > 1).then_some((self.reference, parts.len() as u8, at as u8 + 1));
            self.world.hear(SIM, PERSON, now, &radio::Part { text: words, concat, no_reply: false }, true)?;
        }
        self.world.pause(Duration::ZERO)?;
        self.told((calls, sent, rung), event)
    }

    fn told(&mut self, (calls, sent, rung): (usize, usize, usize), event: i64) -> Result<Json, Trouble> {
        let newest = self.world.read(|reader| reader.inbounds(None, Paging::newest(1)))?.items.into_iter().next();
        let Some(inbound) = newest else { return Err(Trouble::of("the text was lost")) };
        let events = self.world.read(|reader| reader.events_after(event, EVENTS_MAX))?;
        let value = events.iter().filter(|event| event.kind == "session.answered").find_map(|event| event.data.get("value").cloned());
        let session = inbound.session.unwrap_or(self.session);
        let step = self.world.read(|reader| reader.session(session))?.map(|session| session.step);
        let said: Vec<&str> = self.world.sent[sent..].iter().map(|sent| sent.text.expose()).collect();
        Ok(json!({
            "rule": inbound.rule,
            "outcome": inbound.outcome,
            "answer": inbound.answer,
            "value": value,
            "note": note(&events),
            "step": step,
            "calls": &self.world.calls[calls..],
            "said": said,
            "rings": &self.world.phones.rung[rung..],
            "why": inbound.why,
        }))
    }
}

/// What was written beside the answer.
fn note(events: &[crate::store::Event]) -> Option<String> {
    let heard = events.iter().find(|event| event.kind == "message.received")?;
    heard.data.get("note").and_then(Json::as_str).map(str::to_owned)
}

fn data(request: &Try, flow: &Flow, now: Timestamp) -> Result<BTreeMap<String, Value>, Trouble> {
    let mut data = samples::needs(flow, now);
    for pair in &request.set {
        let (slot, value) = pair.split_once('=').ok_or_else(|| Trouble(format!("--set {pair}: write slot=value")))?;
        let kind = flow.needs.get(slot).map(|need| need.kind);
        let value = match (kind, value.parse::<i64>()) {
            (Some(Kind::Int) | None, Ok(number)) => Value::Number(number),
            _ => Value::Text(value.to_owned()),
        };
        data.insert(slot.to_owned(), value);
    }
    Ok(data)
}

fn endpoints(request: &Try) -> Result<BTreeMap<String, Vec<Answer>>, Trouble> {
    let mut endpoints: BTreeMap<String, Vec<Answer>> = BTreeMap::new();
    for pair in &request.http {
        let (name, word) = pair.split_once('=').ok_or_else(|| Trouble(format!("--http {pair}: write NAME=ok, fail or unknown")))?;
        let answer = answer(word).ok_or_else(|| Trouble(format!("--http {pair}: `{word}` is not ok, fail or unknown")))?;
        endpoints.entry(name.to_owned()).or_default().push(answer);
    }
    Ok(endpoints)
}

/// A flow that pages a roster pages the person at the keyboard.
fn rosters(flow: &Flow) -> Result<(Vec<Roster>, bool), Trouble> {
    let number = Msisdn::from_e164(PERSON).map_err(|error| Trouble(error.to_string()))?;
    let mut rosters: Vec<Roster> = Vec::new();
    for step in flow.steps.values() {
        let list = match &step.verb {
            Verb::Ask(ask) => ask.roster.as_ref().map(|roster| &roster.list),
            Verb::Callback(callback) => callback.list.as_ref(),
            Verb::Ring(ring) => Some(&ring.list),
            _ => None,
        };
        if let Some(list) = list.filter(|list| rosters.iter().all(|roster| roster.name != list.name)) {
            let person = OnCall { name: String::new(), number: number.clone(), aliases: Vec::new(), shifts: Vec::new() };
            rosters.push(Roster { name: list.name.clone(), people: vec![person] });
        }
    }
    let paged = !rosters.is_empty();
    Ok((rosters, paged))
}
