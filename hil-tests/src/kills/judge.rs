//! What the network saw against what the box says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::Promised;
use crate::api::Api;
use crate::emulator::network::Taken;

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Texts that the API promised to send.
    pub promised: usize,
    /// Of these, taken by the network more than once; every one is marked.
    pub twice: usize,
    /// Of these, still in doubt or waiting for a person; the API says so.
    pub in_doubt: usize,
    /// Texts that people wrote.
    pub written: usize,
    /// What was broken, in words.
    pub violations: Vec<String>,
    /// The daemon's last words, where something was broken.
    pub log: String,
}

/// What a webhook was told.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Webhook ids by the text they tell of.
    texts: BTreeMap<String, BTreeSet<String>>,
}

impl Told {
    /// A request of the daemon.
    pub fn hears(&mut self, request: &str) {
        let Some((head, body)) = request.split_once("\r\n\r\n") else { return };
        let Ok(body) = serde_json::from_str::<Json>(body) else { return };
        if body["type"] != "message.received" {
            return;
        }
        let id = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("webhook-id:").map(|id| id.trim().to_owned()));
        if let (Some(id), Some(text)) = (id, body["data"]["text"].as_str()) {
            self.texts.entry(text.to_owned()).or_default().insert(id);
        }
    }
}

pub(super) async fn judge(api: &Api, promised: &BTreeMap<String, Promised>, written: &[String], taken: &[Taken], told: &Told) -> Report {
    let mut report = Report { promised: promised.len(), written: written.len(), ..Report::default() };
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for one in taken {
        *times.entry(&one.to).or_default() += 1;
    }
    for (to, message) in promised {
        match api.get(&format!("/v1/messages/{}", message.id)).await {
            Ok(said) => report.weigh(to, message, &said, times.get(to.as_str()).copied().unwrap_or(0)),
            Err(error) => report.violations.push(format!("{to}: a promised message is gone: {error}")),
        }
    }
    for text in written {
        match told.texts.get(text).map_or(0, BTreeSet::len) {
            1 => {}
            0 => report.violations.push(format!("{text:?} was written and nobody was told")),
            ids => report.violations.push(format!("{text:?} was written once and told as {ids} texts")),
        }
    }
    report
}

impl Report {
    /// One message: what is said of it against how often the network took it.
    fn weigh(&mut self, to: &str, message: &Promised, said: &Json, times: usize) {
        let state = said["state"].as_str().unwrap_or_default();
        let marked = said["possibly_twice"].as_bool().unwrap_or(false);
        let mut broken = |what: &str| self.violations.push(format!("{to} ({}), {state}, taken {times} times: {what}", message.policy));
        match (state, times) {
            ("delivered" | "submitted", 0) => broken("it is said to be sent and was not"),
            ("delivered" | "submitted", _) => {}
            // A doubt is told as one; a person decides.
            ("parked" | "in_doubt", _) if message.policy == "once" => self.in_doubt += 1,
            (_, 0) => broken("it was promised and did not leave"),
            (_, _) => broken("it left and is not said to be sent"),
        }
        if times > 1 {
            self.twice += 1;
            if message.policy == "once" {
                self.violations.push(format!("{to}: sent {times} times, and nobody asked for the second"));
            } else if !marked {
                self.violations.push(format!("{to} ({}): sent {times} times without a mark", message.policy));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(policy: &'static str, said: &Json, times: usize, violations: usize) {
        let mut report = Report::default();
        report.weigh("+1", &Promised { id: "msg".to_owned(), policy }, said, times);
        assert_eq!(report.violations.len(), violations, "{policy} {said} {times}: {:?}", report.violations);
    }

    #[test]
    fn what_is_said_is_held_against_what_was_seen() {
        check("notice", &json!({ "state": "delivered", "possibly_twice": false }), 1, 0);
        check("notice", &json!({ "state": "delivered", "possibly_twice": false }), 0, 1);
        check("notice", &json!({ "state": "delivered", "possibly_twice": false }), 2, 1);
        check("alarm", &json!({ "state": "delivered", "possibly_twice": true }), 2, 0);
        check("alarm", &json!({ "state": "queued" }), 0, 1);
        check("once", &json!({ "state": "parked" }), 0, 0);
        check("once", &json!({ "state": "parked" }), 1, 0);
        check("once", &json!({ "state": "delivered", "possibly_twice": true }), 2, 1);
        check("notice", &json!({ "state": "failed" }), 1, 1);
    }

    #[test]
    fn a_text_is_told_under_one_id() {
        let mut told = Told::default();
        let request = |id: &str| {
            format!("POST / HTTP/1.1\r\nWebhook-Id: {id}\r\n\r\n{}", json!({ "type": "message.received", "data": { "text": "hi" } }))
        };
        for id in ["a", "a", "b"] {
            told.hears(&request(id));
        }
        assert_eq!(told.texts["hi"].len(), 2);
    }
}
