//! What is sent: the step's values as JSON under one key, signed; and the question what became of it.

use std::time::Duration;

use super::verdict::Asked;
use crate::courier::{Letter, Verb};
use crate::engine::json::{object, to_json};
use crate::store::{Calling, EndpointRow};
use crate::target::{BadTarget, Reach, Target};
use crate::time::Timestamp;
use crate::value::Value;

/// A call with all that is needed to make it or to ask after it.
pub struct Started {
    /// The row.
    pub call: Calling,
    /// Where to; `None` where nobody configured it.
    pub endpoint: Option<EndpointRow>,
    /// What a yes must bring.
    pub asked: Asked,
}

/// A question may take this long.
const LOOK_UP_PATIENCE: Duration = Duration::from_secs(10);

impl Started {
    /// The request of the step, or why there is none in words.
    pub fn letter(&self, now: Timestamp) -> Result<Letter, String> {
        let endpoint = self.endpoint()?;
        let target = Target::parse(&endpoint.url, Reach::of(endpoint.allow_private)).map_err(words)?;
        let patience = Duration::from_millis(u64::from(endpoint.timeout_ms));
        // A look-up may be configured as GET: its values then stand in the address.
        if self.call.read && endpoint.method.eq_ignore_ascii_case("GET") {
            let target = self.call.body.iter().try_fold(target, |target, (name, value)| target.with_query(name, &plain(value)));
            return Ok(self.signed(endpoint, target.map_err(words)?, Verb::Get, patience, now));
        }
        let body = serde_json::Value::Object(object(&self.call.body)).to_string().into_bytes();
        Ok(self.signed(endpoint, target, Verb::Post(body), patience, now))
    }

    /// The question what became of the call.
    pub fn question(&self, now: Timestamp) -> Result<Letter, String> {
        let endpoint = self.endpoint()?;
        let url = endpoint.status_url.as_deref().ok_or("the endpoint has no status_url")?;
        let reach = Reach::of(endpoint.allow_private);
        let target = status_target(url, reach, &self.call.key()).map_err(words)?;
        Ok(self.signed(endpoint, target, Verb::Get, LOOK_UP_PATIENCE, now))
    }

    fn endpoint(&self) -> Result<&EndpointRow, String> {
        let missing = || format!("endpoint `{}` is not configured", self.call.endpoint);
        self.endpoint.as_ref().ok_or_else(missing)
    }

    fn signed(&self, endpoint: &EndpointRow, target: Target, verb: Verb, patience: Duration, now: Timestamp) -> Letter {
        let key = self.call.key();
        let body: &[u8] = if let Verb::Post(body) = &verb { body } else { &[] };
        let headers = vec![
            ("webhook-signature", endpoint.secret.sign(&key, now, body)),
            ("webhook-timestamp", (now.unix_ms() / 1000).to_string()),
            ("webhook-id", key.clone()),
            ("idempotency-key", key),
        ];
        Letter { target, verb, headers, patience }
    }
}

/// The key takes the place of `{key}`, else it is added as `?key=`.
fn status_target(url: &str, reach: Reach, key: &str) -> Result<Target, BadTarget> {
    if url.contains("{key}") {
        return Target::parse(&url.replace("{key}", &crate::target::percent(key)), reach);
    }
    Target::parse(url, reach)?.with_query("key", key)
}

fn plain(value: &Value) -> String {
    match to_json(value) {
        serde_json::Value::String(words) => words,
        other => other.to_string(),
    }
}

fn words(error: BadTarget) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Seeded;
    use crate::ids::SessionId;
    use crate::signature::Secret;
    use crate::terms::CallState;
    use crate::value::Money;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_795_205_400_000);

    fn started(read: bool, method: &str, url: &str, status_url: Option<&str>) -> Started {
        let mut chance = Seeded::new(1);
        let body = [("account".to_owned(), Value::Text("A&B".into())), ("amount".to_owned(), Value::Money(Money { hundredths: 8450 }))];
        let call = Calling {
            id: 1,
            session: SessionId::new(NOW, &mut chance),
            step: "charge".into(),
            visit: 3,
            endpoint: "billing.charge".into(),
            read,
            body: body.into(),
            state: CallState::Calling,
            detail: None,
            queued_at: NOW,
            started_at: None,
            ended_at: None,
            lookups: 0,
            told: false,
            due_at: None,
        };
        let endpoint = EndpointRow {
            name: "billing.charge".into(),
            url: url.into(),
            status_url: status_url.map(str::to_owned),
            method: method.into(),
            secret: Secret::generate(&mut chance),
            timeout_ms: 10_000,
            allow_private: false,
            created_at: NOW,
            updated_at: NOW,
        };
        Started { call, endpoint: Some(endpoint), asked: Asked::default() }
    }

    fn check(letter: Result<Letter, String>, uri: &str, body: Option<&str>) {
        let letter = letter.unwrap();
        assert_eq!(letter.target.uri().to_string(), uri);
        let posted = if let Verb::Post(body) = &letter.verb { Some(String::from_utf8(body.clone()).unwrap()) } else { None };
        assert_eq!(posted.as_deref(), body);
        let key = letter.headers.iter().find(|(name, _)| *name == "idempotency-key").map(|(_, value)| value.clone());
        assert!(key.unwrap().ends_with(":charge:3"));
    }

    #[test]
    fn changes_are_posted_and_look_ups_may_be_got() {
        let url = "https://b.example/charge";
        let json = r#"{"account":"A&B","amount":"84.50"}"#;
        check(started(false, "POST", url, None).letter(NOW), url, Some(json));
        check(started(false, "GET", url, None).letter(NOW), url, Some(json));
        check(started(true, "POST", url, None).letter(NOW), url, Some(json));
        check(started(true, "GET", url, None).letter(NOW), "https://b.example/charge?account=A%26B&amount=84.50", None);
    }

    #[test]
    fn the_key_is_asked_after() {
        let url = "https://b.example/charge";
        let one = started(false, "POST", url, Some("https://b.example/calls/{key}"));
        let key = one.call.key().replace(':', "%3A");
        check(one.question(NOW), &format!("https://b.example/calls/{key}"), None);
        let other = started(false, "POST", url, Some("https://b.example/status"));
        check(other.question(NOW), &format!("https://b.example/status?key={key}"), None);
    }

    #[test]
    fn what_cannot_be_called_says_why() {
        assert!(started(false, "POST", "http://10.0.0.1/", None).letter(NOW).unwrap_err().contains("private"));
        let nobody = Started { endpoint: None, ..started(false, "POST", "https://b.example/", None) };
        assert_eq!(nobody.letter(NOW).unwrap_err(), "endpoint `billing.charge` is not configured");
        assert!(started(false, "POST", "https://b.example/", None).question(NOW).unwrap_err().contains("status_url"));
    }
}
