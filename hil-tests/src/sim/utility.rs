//! The utility's systems: what flows call, and who is told of events. It is the ground truth of both.

use std::collections::BTreeMap;
use std::time::Duration;

use answerback::courier::{Letter, Sent, Verb};
use answerback::time::Tick;
use serde_json::{Value as Json, json};

use super::fault::Manner;

/// What was asked of an endpoint under one key.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The endpoint by name.
    pub endpoint: String,
    /// When each POST arrived.
    pub posts: Vec<Tick>,
    /// How often it acted.
    pub acted: u32,
    /// It said no.
    pub refused: bool,
}

/// An event as the subscriber got it.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Its number.
    pub seq: i64,
    /// `webhook-id`.
    pub id: String,
    /// Its type.
    pub kind: String,
}

/// The systems.
#[derive(Debug)]
pub struct Utility {
    /// How calls are treated.
    pub manner: Manner,
    /// The subscriber takes nothing, since then.
    pub receiver_down: Option<Tick>,
    /// What an endpoint answers with where it does as asked, by its name; else what the flows of the site need.
    pub answers: BTreeMap<String, Json>,
    struck: BTreeMap<&'static str, u64>,
    asked: BTreeMap<String, Asked>,
    heard: Vec<Heard>,
}

/// Where the endpoints are; private, as in every real box.
pub const ENDPOINTS: &str = "http://10.0.0.1/";
/// Where their status is asked.
pub const STATUS: &str = "http://10.0.0.1/status";
/// Where events go.
pub const RECEIVER: &str = "http://10.0.0.2/events";

/// From then on a subscriber is down for days.
const DAYS: Duration = Duration::from_hours(36);

impl Default for Utility {
    fn default() -> Self {
        Self {
            manner: Manner::Good,
            receiver_down: None,
            answers: BTreeMap::new(),
            struck: BTreeMap::new(),
            asked: BTreeMap::new(),
            heard: Vec::new(),
        }
    }
}

impl Utility {
    /// A request arrives; what its sender will hear of it.
    pub fn arrives(&mut self, now: Tick, letter: &Letter) -> Sent {
        let uri = letter.target.uri();
        match (uri.host(), uri.path(), &letter.verb) {
            (Some("10.0.0.2"), _, Verb::Post(body)) => self.event(now, letter, body),
            (_, "/status", _) => self.status(uri.query().and_then(|query| query.strip_prefix("key=")).unwrap_or_default()),
            (_, path, Verb::Post(_)) => self.call(now, path.trim_start_matches('/'), header(letter, "idempotency-key")),
            (_, path, Verb::Get) => answer(200, &self.fields(path.trim_start_matches('/'), 0)),
        }
    }

    /// Every call by its key.
    pub fn asked(&self) -> &BTreeMap<String, Asked> {
        &self.asked
    }

    /// Every event as it was taken, oldest first.
    pub fn heard(&self) -> &[Heard] {
        &self.heard
    }

    /// How often each kind of trouble was met by a request.
    pub fn strikes(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.struck.iter().map(|(name, times)| (*name, *times))
    }

    fn note(&mut self, name: &'static str) {
        *self.struck.entry(name).or_default() += 1;
    }

    fn event(&mut self, now: Tick, letter: &Letter, body: &[u8]) -> Sent {
        if let Some(since) = self.receiver_down {
            self.note(if now.since(since) > DAYS { "receiver down for days" } else { "receiver down" });
            return Sent::Nothing { why: "connection refused".to_owned() };
        }
        let event: Json = serde_json::from_slice(body).unwrap_or_default();
        let heard = Heard {
            seq: event["seq"].as_i64().unwrap_or_default(),
            id: header(letter, "webhook-id").to_owned(),
            kind: event["type"].as_str().unwrap_or_default().to_owned(),
        };
        self.heard.push(heard);
        answer(200, &json!({}))
    }

    fn call(&mut self, now: Tick, endpoint: &str, key: &str) -> Sent {
        self.note(self.manner.name());
        if self.manner == Manner::Down {
            return Sent::Nothing { why: "connection refused".to_owned() };
        }
        let number = self.asked.len();
        let asked = self.asked.entry(key.to_owned()).or_default();
        endpoint.clone_into(&mut asked.endpoint);
        asked.posts.push(now);
        if matches!(self.manner, Manner::Good | Manner::ActsAndHangs | Manner::ActsAndBreaks | Manner::Later) {
            // Under one key it acts once, as docs/endpoints.md asks of it.
            asked.acted = 1;
        }
        asked.refused |= self.manner == Manner::Refuses;
        match self.manner {
            Manner::Good => answer(200, &self.fields(endpoint, number)),
            Manner::ActsAndHangs | Manner::Hangs => Sent::Perhaps { why: "no answer in time".to_owned() },
            Manner::ActsAndBreaks => Sent::Perhaps { why: "the connection broke".to_owned() },
            Manner::Refuses => answer(200, &json!({"result": "fail"})),
            Manner::Broken => answer(500, &json!({"error": "out of order"})),
            Manner::Later => answer(202, &json!({})),
            Manner::Down => Sent::Nothing { why: "connection refused".to_owned() },
        }
    }

    fn fields(&self, endpoint: &str, number: usize) -> Json {
        self.answers.get(endpoint).cloned().unwrap_or_else(|| fields(endpoint, number))
    }

    fn status(&mut self, key: &str) -> Sent {
        self.note("endpoint looked up");
        if self.manner == Manner::Down {
            return Sent::Nothing { why: "connection refused".to_owned() };
        }
        let key = key.replace("%3A", ":");
        match self.asked.get(&key) {
            Some(asked) if asked.acted > 0 => {
                let mut fields = self.fields(&asked.endpoint, 0);
                fields["result"] = json!("ok");
                answer(200, &fields)
            }
            Some(asked) if asked.refused => answer(200, &json!({"result": "fail"})),
            Some(_) | None => answer(404, &json!({})),
        }
    }
}

/// What each endpoint of the shipped flows answers with when it did what was asked.
fn fields(endpoint: &str, number: usize) -> Json {
    match endpoint {
        "billing.charge" => json!({"receipt": format!("{}", 8841 + number)}),
        "oms.report" => json!({"ticket": format!("T{}", 100 + number), "etr": "16:30"}),
        "wms.slots" => json!({"slots": [{"id": "a", "label": "Mon 9-12"}, {"id": "b", "label": "Tue 9-12"}], "count": 2, "first": "a"}),
        "billing.balance" => json!({"row": "12 Elm St: 84.50 due 28 Nov", "count": 1}),
        "wms.book" => json!({"date": "2026-12-01", "window": "9-12"}),
        _ => json!({}),
    }
}

fn header<'a>(letter: &'a Letter, name: &str) -> &'a str {
    letter.headers.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value.as_str())
}

fn answer(status: u16, body: &Json) -> Sent {
    Sent::Answered { status, body: body.to_string().into_bytes() }
}
