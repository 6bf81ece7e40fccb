//! `answerback message`: what is known of one message.

use serde_json::Value;

use super::client::Client;
use super::{Failure, Place, segment, table};

/// Look at a message.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Example:\n  answerback message show msg_01kb3x6e0q7m2w9r5t8y1u4i0p")]
pub enum MessageCommand {
    /// Show its state, when it should leave, every try and what was seen.
    #[command(after_help = "Example:\n  answerback message show msg_01kb3x6e0q7m2w9r5t8y1u4i0p")]
    Show {
        /// Its id.
        message: String,
    },
}

impl MessageCommand {
    /// Shows it.
    pub async fn go(self, place: &Place, client: &Client) -> Result<(), Failure> {
        let Self::Show { message } = self;
        let message = client.get(&format!("/v1/messages/{}", segment(&message))).await?;
        place.print(&message, people);
        Ok(())
    }
}

/// When something that waits should be on air, in words.
pub fn eta(eta: &Value) -> String {
    eta.as_str().map_or_else(|| "unknown while no modem can send it".to_owned(), table::plain)
}

fn people(message: &Value) -> String {
    let cell = |name: &str| table::cell(&message[name]);
    let mut head = vec![format!("{}  to {}  {}  ({})", cell("id"), cell("to"), cell("state"), cell("certainty"))];
    if matches!(message["state"].as_str(), Some("accepted" | "queued" | "sending")) {
        head.push(format!("should be on air  {}", eta(&message["eta"])));
    }
    if message["reason"].is_string() {
        head.push(cell("reason"));
    }
    let rows = |list: &str, names: &[&str]| -> Vec<Vec<String>> {
        let items = message[list].as_array().into_iter().flatten();
        items.map(|item| names.iter().map(|name| table::cell(&item[*name])).collect()).collect()
    };
    let mut blocks = vec![head.join("\n")];
    for (list, names, heading) in TABLES {
        let rows = rows(list, names);
        if !rows.is_empty() {
            blocks.push(table::table(heading, &rows));
        }
    }
    blocks.join("\n\n")
}

/// Lists of a message: the columns, and what stands above them.
type Columns = (&'static str, &'static [&'static str], &'static [&'static str]);
const TABLES: &[Columns] = &[
    (
        "timeline",
        &["seq", "state", "sim", "submitted_at", "delivered_at", "reason"],
        &["PART", "STATE", "SIM", "SUBMITTED", "DELIVERED", "WHY"],
    ),
    ("attempts", &["seq", "at", "sim", "modem", "state", "reason"], &["PART", "TRIED", "SIM", "MODEM", "STATE", "WHY"]),
    ("evidence", &["seq", "at", "kind", "raw"], &["PART", "SEEN", "KIND", "WHAT"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_says_when_it_should_leave() {
        let message =
            |state: &str, eta: Value| serde_json::json!({ "id": "m", "to": "+1", "state": state, "certainty": "not_sent", "eta": eta });
        for (message, want) in [
            (message("queued", "2026-11-22T22:00:00Z".into()), "should be on air  2026-11-22T22:00:00Z"),
            (message("queued", Value::Null), "should be on air  unknown while no modem can send it"),
        ] {
            assert!(people(&message).ends_with(want), "{}", people(&message));
        }
        assert!(!people(&message("submitted", Value::Null)).contains("on air"));
    }
}
