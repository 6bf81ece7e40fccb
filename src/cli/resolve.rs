//! `answerback resolve`: a person decides what becomes of a message in doubt.

use serde_json::json;

use super::client::Client;
use super::{Failure, Place, segment, table};

/// Decide about a message that may or may not have been sent.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  answerback resolve msg_01kb3x6e0q7m2w9r5t8y1u4i0p --as sent")]
pub struct Resolve {
    /// Its id; `answerback status` lists what is in doubt.
    message: String,
    /// resend: send it again, it may arrive twice. sent: treat it as sent. cancel: give it up.
    #[arg(long = "as", value_parser = ["resend", "sent", "cancel"])]
    outcome: String,
}

impl Resolve {
    /// Decides.
    pub async fn go(self, place: &Place, client: &Client) -> Result<(), Failure> {
        let path = format!("/v1/messages/{}/resolve", segment(&self.message));
        let answer = client.post(&path, &json!({ "as": self.outcome })).await?;
        place.print(&answer, |answer| format!("{} is {}", table::cell(&answer["id"]), table::cell(&answer["state"])));
        Ok(())
    }
}
