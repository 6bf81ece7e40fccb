//! `answerback tail`: the event log as it grows.

use serde_json::Value;

use super::client::{Client, Enough};
use super::{Failure, Place, say, table};

/// Show events as they happen, until Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  answerback tail\n  answerback tail --after 0 --json | grep message.received")]
pub struct Tail {
    /// Begin behind this sequence number; 0 shows the whole log. Without it only new events are shown.
    #[arg(long, value_name = "SEQ")]
    after: Option<u64>,
}

impl Tail {
    /// Shows them.
    pub async fn go(self, place: &Place, client: &Client) -> Result<(), Failure> {
        let path = self.after.map_or_else(|| "/v1/events/stream".to_owned(), |after| format!("/v1/events/stream?after={after}"));
        client
            .events(&path, |event| {
                say(&if place.json { event.to_string() } else { line(event) });
                Enough::No
            })
            .await?;
        Err(Failure::not_running("the daemon has stopped"))
    }
}

fn line(event: &Value) -> String {
    let cell = |key: &str| table::cell(&event[key]);
    let data = table::plain(&event["data"].to_string());
    format!("{}  {:>6}  {:<20}  {}  {data}", cell("at"), cell("seq"), cell("type"), cell("subject"))
}
