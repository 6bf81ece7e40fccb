//! The utility's programs as clients of the API: they ask with an Idempotency-Key and ask again until they are answered.

use std::time::Duration;

use answerback::engine::accept::NewMessage;
use answerback::engine::idempotent::Idempotency;
use answerback::engine::session::NewSession;
use answerback::ids::{MessageId, SessionId};
use answerback::time::Tick;

/// What a client asks for.
#[derive(Debug, Clone)]
pub enum Ask {
    /// A plain message.
    Message(NewMessage),
    /// A session.
    Session(NewSession),
}

/// What the box answered: 202.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The message has this id.
    Message(MessageId),
    /// The session has this id and these first texts.
    Session(SessionId, Vec<MessageId>),
}

/// One request with what became of it.
#[derive(Debug)]
pub struct Request {
    /// What is asked.
    pub ask: Ask,
    /// When it was sent last; asked again when no answer comes.
    pub sent_at: Option<Tick>,
    /// The client has read 202.
    pub told: bool,
    /// What the answer names.
    pub said: Option<Said>,
    /// Refused for good, with the code.
    pub refused: Option<&'static str>,
}

/// A client waits this long for an answer before it asks again.
const PATIENCE: Duration = Duration::from_secs(15);

/// All clients.
#[derive(Debug, Default)]
pub struct Office {
    requests: Vec<Request>,
}

impl Office {
    /// Sends a request for the first time; its number.
    pub fn ask(&mut self, mut ask: Ask) -> usize {
        let number = self.requests.len();
        let idempotency =
            Some(Idempotency { owner: "office".to_owned(), key: format!("request-{number}"), body_sha256: format!("{number}") });
        match &mut ask {
            Ask::Message(message) => message.idempotency = idempotency,
            Ask::Session(session) => session.idempotency = idempotency,
        }
        self.requests.push(Request { ask, sent_at: None, told: false, said: None, refused: None });
        number
    }

    /// Every request.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// One request.
    pub fn request_mut(&mut self, number: usize) -> Option<&mut Request> {
        self.requests.get_mut(number)
    }

    /// When a client asks again.
    pub fn due(&self) -> Option<Tick> {
        self.open().map(|(_, request)| request.sent_at.map_or_else(Tick::default, |at| at.plus(PATIENCE))).min()
    }

    /// The requests that are sent (again) now.
    pub fn send(&mut self, now: Tick) -> Vec<(usize, Ask)> {
        let due = |request: &Request| request.sent_at.is_none_or(|at| at.plus(PATIENCE) <= now);
        let numbers: Vec<usize> = self.open().filter(|(_, request)| due(request)).map(|(number, _)| number).collect();
        let mut sent = Vec::new();
        for number in numbers {
            if let Some(request) = self.requests.get_mut(number) {
                request.sent_at = Some(now);
                sent.push((number, request.ask.clone()));
            }
        }
        sent
    }

    fn open(&self) -> impl Iterator<Item = (usize, &Request)> {
        self.requests.iter().enumerate().filter(|(_, request)| !request.told && request.refused.is_none())
    }
}
