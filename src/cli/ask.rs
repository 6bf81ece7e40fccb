//! `answerback ask`: opens a session of a flow with one person.

use serde_json::{Map, Value, json};

use super::client::Client;
use super::{Failure, Place, table};

/// Ask a person the question of a flow.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  answerback ask pay.past_due +380501112233 --set account=733 --set amount=84.50 --set due=2026-11-20 --set card=1234 --set mandate=true"
)]
pub struct Ask {
    /// The flow by name.
    flow: String,
    /// The number: E.164, or a national form of the box's country. A flow that pages a roster takes none.
    to: Option<String>,
    /// A slot the flow needs.
    #[arg(long = "set", value_name = "SLOT=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (slot, value) = text.split_once('=').ok_or("write it as SLOT=VALUE")?;
    Ok((slot.trim().to_owned(), value.to_owned()))
}

impl Ask {
    /// Asks.
    pub async fn go(self, place: &Place, client: &Client) -> Result<(), Failure> {
        let data: Map<String, Value> = self.set.into_iter().map(|(slot, value)| (slot, Value::String(value))).collect();
        let answer = client.post("/v1/sessions", &json!({ "flow": self.flow, "to": self.to, "data": data })).await?;
        place.print(&answer, |answer| format!("asked as {}", table::cell(&answer["id"])));
        Ok(())
    }
}
