//! `answerback queue`: queues of people and their office hours.

use hyper::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::{Failure, Place, segment, table};

/// List, set and reset the queues of people.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Example:\n  answerback queue set billing \"mon-fri 08:00-17:00\" --holiday 2026-12-25")]
pub enum QueueCommand {
    /// List the queues, their hours, and what a customer who is handed over now reads.
    #[command(after_help = "Example:\n  answerback queue list")]
    List,
    /// Put a queue in place.
    #[command(after_help = "Example:\n  answerback queue set billing \"mon-fri 08:00-17:00\" --holiday 2026-12-25 --tell oncall.billing")]
    Set {
        /// Its name in flow files.
        name: String,
        /// When somebody is there, in the box's zone; one that ends before it begins runs over midnight.
        #[arg(required = true)]
        hours: Vec<String>,
        /// A day on which nobody is; may be given several times.
        #[arg(long = "holiday", value_name = "DAY")]
        holidays: Vec<String>,
        /// The roster whose people on duty get a text when work comes in.
        #[arg(long = "tell", value_name = "ROSTER")]
        told: Option<String>,
    },
    /// Take what was set away: one that ships has its first hours again, another is gone unless an active flow names it.
    #[command(after_help = "Example:\n  answerback queue remove billing")]
    Remove {
        /// Its name.
        name: String,
    },
}

impl QueueCommand {
    /// Does it.
    pub async fn go(self, place: &Place, client: &Client) -> Result<(), Failure> {
        match self {
            Self::List => place.print(&client.get("/v1/queues").await?, listed),
            Self::Set { name, hours, holidays, told } => {
                let body = json!({ "name": name, "hours": hours, "holidays": holidays, "told": told });
                let answer = client.post("/v1/queues", &body).await?;
                place.print(&answer, |answer| format!("queue {name}: {}", joined(&answer["hours"])));
            }
            Self::Remove { name } => {
                let answer = client.call(Method::DELETE, &format!("/v1/queues/{}", segment(&name)), None).await?.accepted()?;
                place.print(&answer, |_| format!("removed {name}"));
            }
        }
        Ok(())
    }
}

fn joined(list: &Value) -> String {
    let items: Vec<&str> = list.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    table::plain(&items.join("; "))
}

fn listed(answer: &Value) -> String {
    let row = |queue: &Value| {
        let cell = |name: &str| table::cell(&queue[name]);
        vec![cell("name"), joined(&queue["hours"]), joined(&queue["holidays"]), cell("told"), cell("says")]
    };
    let rows: Vec<Vec<String>> = answer["items"].as_array().into_iter().flatten().map(row).collect();
    table::table(&["QUEUE", "HOURS", "HOLIDAYS", "TELLS", "SAYS NOW"], &rows)
}
