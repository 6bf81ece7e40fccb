//! `answerback roster`: who is on call.

use hyper::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::{Failure, Place, segment, table};

/// List, set and remove rosters.
#[derive(Debug, clap::Subcommand)]
#[command(
    after_help = "Example:\n  answerback roster set oncall.water \"Anna=+15550100300/4471\" \"Ben=+15550100301@mon-fri 08:00-16:00\""
)]
pub enum RosterCommand {
    /// List the rosters and who would be paged now.
    #[command(after_help = "Example:\n  answerback roster list")]
    List,
    /// Put a roster in place: people in calling order, each with shifts where they have some.
    #[command(
        after_help = "Example:\n  answerback roster set oncall.water \"Anna=+15550100300/4471/+15550100390\" \"Ben=+15550100301@mon-fri 08:00-16:00@sat,sun 18:00-06:00\""
    )]
    Set {
        /// Its name in flow files.
        name: String,
        /// `NAME=NUMBER`, then `/ALIAS` for each short number or other phone that their texts may come from, then `@SHIFT` for
        /// each shift.
        #[arg(required = true, value_parser = person)]
        people: Vec<Value>,
    },
    /// Take a roster away, unless an active flow pages it.
    #[command(after_help = "Example:\n  answerback roster remove oncall.water")]
    Remove {
        /// Its name.
        name: String,
    },
}

fn person(text: &str) -> Result<Value, String> {
    let (name, rest) = text.split_once('=').ok_or_else(|| "write NAME=NUMBER, for example Anna=+15550100300".to_owned())?;
    let mut parts = rest.split('@').map(str::trim);
    let mut numbers = parts.next().unwrap_or_default().split('/').map(str::trim);
    let number = numbers.next().unwrap_or_default();
    let (aliases, shifts): (Vec<&str>, Vec<&str>) = (numbers.collect(), parts.collect());
    Ok(json!({ "name": name.trim(), "number": number, "aliases": aliases, "shifts": shifts }))
}

impl RosterCommand {
    /// Does it.
    pub async fn go(self, place: &Place, client: &Client) -> Result<(), Failure> {
        match self {
            Self::List => place.print(&client.get("/v1/rosters").await?, listed),
            Self::Set { name, people } => {
                let answer = client.post("/v1/rosters", &json!({ "name": name, "people": people })).await?;
                let count = answer["people"].as_array().map_or(0, Vec::len);
                place.print(&answer, |_| format!("roster {name}: {count} in calling order"));
            }
            Self::Remove { name } => {
                let answer = client.call(Method::DELETE, &format!("/v1/rosters/{}", segment(&name)), None).await?.accepted()?;
                place.print(&answer, |_| format!("removed {name}"));
            }
        }
        Ok(())
    }
}

fn listed(answer: &Value) -> String {
    let mut rows = Vec::new();
    for roster in answer["items"].as_array().into_iter().flatten() {
        for (n, person) in roster["people"].as_array().into_iter().flatten().enumerate() {
            let list = |name: &str| person[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
            let shifts = if list("shifts").is_empty() { "always".to_owned() } else { table::plain(&list("shifts").join("; ")) };
            let aliases = table::plain(&list("aliases").join(", "));
            let cell = |name: &str| table::cell(&person[name]);
            rows.push(vec![
                table::cell(&roster["name"]),
                (n + 1).to_string(),
                cell("name"),
                cell("number"),
                aliases,
                cell("on_duty"),
                shifts,
            ]);
        }
    }
    table::table(&["ROSTER", "CALL", "NAME", "NUMBER", "ALIASES", "ON DUTY", "SHIFTS"], &rows)
}
