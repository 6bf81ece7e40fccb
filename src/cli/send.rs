//! `answerback send`: one message.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Client;
use super::{Failure, Place, message, segment, table};

/// Send one message to a number.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  answerback send +380501112233 \"Your meter will be read on Friday.\" --policy notice --wait")]
pub struct Send {
    /// The number: E.164, or a national form of the box's country.
    to: String,
    /// What it says.
    text: String,
    /// What happens when it is not known whether it was sent: alarm, notice or once.
    #[arg(long, default_value = "notice", value_parser = ["alarm", "notice", "once"])]
    policy: String,
    /// ICCID of the SIM it must leave on.
    #[arg(long)]
    sim: Option<String>,
    /// Message class: 0 is shown at once and not kept, 1 kept in the phone, 2 on the SIM.
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=3))]
    class: Option<u8>,
    /// Ask for no delivery report.
    #[arg(long)]
    no_report: bool,
    /// Wait until the network has taken it, or has refused.
    #[arg(long)]
    wait: bool,
}

/// How long `--wait` waits: a part may need three attempts of 150 s.
const WAIT_S_MAX: u64 = 600;
const LOOK_AGAIN: Duration = Duration::from_millis(250);

impl Send {
    /// Sends it.
    pub async fn go(self, place: &Place, client: &Client) -> Result<(), Failure> {
        let mut body = json!({ "to": self.to, "text": self.text, "policy": self.policy });
        if let Some(class) = self.class {
            body["class"] = json!(class);
        }
        if self.no_report {
            body["report"] = json!(false);
        }
        if let Some(sim) = &self.sim {
            body["sim"] = json!(sim);
        }
        let accepted = client.post("/v1/messages", &body).await?;
        if !self.wait {
            place.print(&accepted, |answer| {
                let eta = message::eta(&answer["eta"]);
                format!("accepted as {} ({} parts), on air {eta}", table::cell(&answer["id"]), answer["parts"])
            });
            return Ok(());
        }
        let message = settled(client, accepted["id"].as_str().unwrap_or_default()).await?;
        let state = message["state"].as_str().unwrap_or_default().to_owned();
        place.print(&message, |message| format!("{} {}", table::cell(&message["id"]), table::cell(&message["state"])));
        match state.as_str() {
            "submitted" | "delivered" => Ok(()),
            "in_doubt" | "parked" => {
                Err(Failure::no("it is not known whether it was sent; `answerback resolve` decides what becomes of it"))
            }
            _ => Err(Failure::no(format!("it was not sent: {state}"))),
        }
    }
}

async fn settled(client: &Client, id: &str) -> Result<Value, Failure> {
    for _ in 0..WAIT_S_MAX * 1000 / LOOK_AGAIN.as_millis() as u64 {
        let message = client.get(&format!("/v1/messages/{}", segment(id))).await?;
        if !matches!(message["state"].as_str(), Some("accepted" | "queued" | "sending")) {
            return Ok(message);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Err(Failure::no(format!("{id} still waits for a modem after {WAIT_S_MAX} s; `answerback status` tells why")))
}
