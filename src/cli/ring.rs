//! `answerback ring`: a telephone.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Client;
use super::{Failure, Place};

/// Ring a telephone: it rings, says nothing, and is hung up when somebody takes it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  answerback ring +380501112233 --seconds 25 --times 3 --wait\nA call says nothing: text the person what it is about. Who takes it has acknowledged nothing."
)]
pub struct Ring {
    /// The number: E.164, or a national form of the box's country.
    to: String,
    /// How long it rings each time, 5 to 60 s.
    #[arg(long)]
    seconds: Option<u16>,
    /// How often at most, 1 to 5; once somebody took it, no more.
    #[arg(long)]
    times: Option<u8>,
    /// The pause between two calls, in seconds.
    #[arg(long)]
    pause: Option<u32>,
    /// ICCID of the SIM it must go out on.
    #[arg(long)]
    sim: Option<String>,
    /// Wait until it is known what came of it.
    #[arg(long)]
    wait: bool,
}

/// Five calls of a minute with half an hour between them, and a queue in front.
const WAIT_S_MAX: u64 = 3 * 3_600;
const LOOK_AGAIN: Duration = Duration::from_millis(500);

impl Ring {
    /// Rings it.
    pub async fn go(self, place: &Place, client: &Client) -> Result<(), Failure> {
        let mut body = json!({ "to": self.to });
        let numbers = [("seconds", self.seconds.map(u32::from)), ("times", self.times.map(u32::from)), ("pause", self.pause)];
        for (name, value) in numbers.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            body[name] = json!(value);
        }
        if let Some(sim) = &self.sim {
            body["sim"] = json!(sim);
        }
        let ordered = client.post("/v1/rings", &body).await?;
        if !self.wait {
            place.print(&ordered, |answer| format!("accepted as {}", answer["id"]));
            return Ok(());
        }
        let over = over(client, &ordered["id"]).await?;
        place.print(&over, lines);
        let rang = |call: &Value| matches!(call["state"].as_str(), Some("answered" | "not_answered" | "busy"));
        if over["calls"].as_array().into_iter().flatten().any(rang) {
            return Ok(());
        }
        Err(Failure::no("it is not known that anything rang; `answerback ring --help` and `answerback doctor` tell more"))
    }
}

async fn over(client: &Client, id: &Value) -> Result<Value, Failure> {
    for _ in 0..WAIT_S_MAX * 1000 / LOOK_AGAIN.as_millis() as u64 {
        let list = client.get(&format!("/v1/rings/{id}")).await?;
        if list["open"] == false {
            return Ok(list);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Err(Failure::no(format!("{id} is not over after {WAIT_S_MAX} s; `answerback status` tells why")))
}

fn lines(list: &Value) -> String {
    let line = |call: &Value| {
        let words = call["words"].as_str().map(|words| format!(": {}", super::table::plain(words))).unwrap_or_default();
        format!("{} {}{words}", super::table::cell(&call["to"]), super::table::cell(&call["state"]))
    };
    list["calls"].as_array().into_iter().flatten().map(line).collect::<Vec<_>>().join("\n")
}
