//! What the pretend billing system knows: charges by idempotency key, and how it was told to behave. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

/// How the billing system treats the next charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Behaviour {
    /// It charges and hands out a receipt.
    #[default]
    Ok,
    /// The bank says no.
    Fail,
    /// It charges, and never answers.
    ChargeThenSilence,
    /// It charges, and the connection breaks before the answer.
    ChargeThenReset,
    /// It answers 500 and charges nothing.
    Broken,
    /// The connection breaks before anything is charged.
    Down,
    /// It answers 202 and decides later: see [`Ledger::settle`].
    Later,
}

/// One charge, under the key it was asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The customer's account.
    pub account: String,
    /// The amount as it was asked.
    pub amount: String,
    /// The receipt, `None` while it is not decided and after a no.
    pub receipt: Option<String>,
    /// Whether the bank said no.
    pub refused: bool,
    /// How often this key was posted.
    pub posts: u32,
}

/// What a request is answered with.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// A status and a JSON body.
    Json(u16, Json),
    /// Nothing, ever; the connection stays open.
    Silence,
    /// The connection is closed.
    Reset,
}

/// The books.
#[derive(Debug, Default)]
pub struct Ledger {
    /// How charges are treated.
    pub behaviour: Behaviour,
    /// So many look-ups are not answered.
    pub silent_look_ups: u32,
    /// What endpoints besides the charge answer with, by path.
    pub answers: BTreeMap<String, Json>,
    charges: BTreeMap<String, Charge>,
    claims: Vec<String>,
    receipts: u32,
}

/// The first receipt is 8841; the demo's texts show it.
const FIRST_RECEIPT: u32 = 8841;

impl Ledger {
    /// Answers a POST to an endpoint path such as `/billing/charge`.
    pub fn post(&mut self, path: &str, key: Option<&str>, body: &Map<String, Json>) -> Reply {
        if let Some(answer) = self.answers.get(path).filter(|_| path != "/billing/charge") {
            return Reply::Json(200, answer.clone());
        }
        match (path, key) {
            ("/billing/charge", Some(key)) => self.charge(key, body),
            ("/billing/charge", None) => no(400, "a charge needs an Idempotency-Key"),
            ("/billing/claim_paid", _) => {
                self.claims.push(word(body, "account"));
                Reply::Json(200, json!({ "result": "ok" }))
            }
            ("/billing/balance", _) => {
                Reply::Json(200, json!({ "amount": "84.50", "due": "2026-11-12", "account": word(body, "account") }))
            }
            _ => no(404, "no such endpoint"),
        }
    }

    /// Answers `GET /billing/status?key=`, or keeps silent.
    pub fn look_up(&mut self, key: &str) -> Reply {
        if self.silent_look_ups > 0 {
            self.silent_look_ups -= 1;
            return Reply::Silence;
        }
        self.status(key)
    }

    /// What became of the charge of this key.
    pub fn status(&self, key: &str) -> Reply {
        match self.charges.get(key) {
            None => no(404, "never seen"),
            Some(Charge { refused: true, .. }) => Reply::Json(200, json!({ "result": "fail" })),
            Some(Charge { receipt: Some(receipt), .. }) => Reply::Json(200, json!({ "result": "ok", "receipt": receipt })),
            Some(_) => Reply::Json(200, json!({ "result": "pending" })),
        }
    }

    /// Decides every charge that was put off.
    pub fn settle(&mut self) {
        for charge in self.charges.values_mut().filter(|charge| charge.receipt.is_none() && !charge.refused) {
            self.receipts += 1;
            charge.receipt = Some((FIRST_RECEIPT + self.receipts - 1).to_string());
        }
    }

    /// Every charge by its key.
    pub fn charges(&self) -> &BTreeMap<String, Charge> {
        &self.charges
    }

    /// Accounts whose owners said that they had paid.
    pub fn claims(&self) -> &[String] {
        &self.claims
    }

    fn charge(&mut self, key: &str, body: &Map<String, Json>) -> Reply {
        match self.behaviour {
            Behaviour::Down => return Reply::Reset,
            Behaviour::Broken => return no(500, "out of order"),
            Behaviour::Ok | Behaviour::Fail | Behaviour::ChargeThenSilence | Behaviour::ChargeThenReset | Behaviour::Later => {}
        }
        self.book(key, body);
        match self.behaviour {
            Behaviour::ChargeThenSilence => Reply::Silence,
            Behaviour::ChargeThenReset => Reply::Reset,
            Behaviour::Later => Reply::Json(202, json!({ "result": "pending" })),
            Behaviour::Ok | Behaviour::Fail | Behaviour::Down | Behaviour::Broken => self.answer(key),
        }
    }

    /// The same key books once, whatever comes with it.
    fn book(&mut self, key: &str, body: &Map<String, Json>) {
        if let Some(known) = self.charges.get_mut(key) {
            known.posts += 1;
            return;
        }
        let refused = self.behaviour == Behaviour::Fail;
        let decided = !refused && self.behaviour != Behaviour::Later;
        self.receipts += u32::from(decided);
        let receipt = decided.then(|| (FIRST_RECEIPT + self.receipts - 1).to_string());
        let charge = Charge { account: word(body, "account"), amount: word(body, "amount"), receipt, refused, posts: 1 };
        self.charges.insert(key.to_owned(), charge);
    }

    fn answer(&self, key: &str) -> Reply {
        match self.status(key) {
            Reply::Json(200, body) if body["result"] == "fail" => no(402, "the bank said no"),
            other => other,
        }
    }
}

fn no(status: u16, reason: &str) -> Reply {
    Reply::Json(status, json!({ "result": "fail", "reason": reason }))
}

fn word(body: &Map<String, Json>, name: &str) -> String {
    match body.get(name) {
        Some(Json::String(word)) => word.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(behaviour: Behaviour, want: &Reply, status: &str, charged: usize) {
        let mut ledger = Ledger { behaviour, ..Ledger::default() };
        let body = json!({ "account": "ACC-1001733", "amount": "84.50" });
        let body = body.as_object().unwrap();
        assert_eq!(&ledger.post("/billing/charge", Some("k"), body), want, "{behaviour:?}");
        assert_eq!(&ledger.post("/billing/charge", Some("k"), body), want, "{behaviour:?}, again");
        assert_eq!(ledger.charges().len(), charged, "{behaviour:?}");
        match ledger.status("k") {
            Reply::Json(_, body) => assert_eq!(body["result"], status, "{behaviour:?}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_key_is_charged_once_however_the_answer_gets_lost() {
        let receipt = Reply::Json(200, json!({ "result": "ok", "receipt": "8841" }));
        check(Behaviour::Ok, &receipt, "ok", 1);
        check(Behaviour::Fail, &no(402, "the bank said no"), "fail", 1);
        check(Behaviour::ChargeThenSilence, &Reply::Silence, "ok", 1);
        check(Behaviour::ChargeThenReset, &Reply::Reset, "ok", 1);
        check(Behaviour::Broken, &no(500, "out of order"), "fail", 0);
        check(Behaviour::Down, &Reply::Reset, "fail", 0);
        check(Behaviour::Later, &Reply::Json(202, json!({ "result": "pending" })), "pending", 1);
    }

    #[test]
    fn what_was_put_off_is_settled_once() {
        let mut ledger = Ledger { behaviour: Behaviour::Later, ..Ledger::default() };
        ledger.post("/billing/charge", Some("k"), &Map::new());
        ledger.settle();
        ledger.settle();
        assert_eq!(ledger.charges()["k"].receipt.as_deref(), Some("8841"));
    }
}
