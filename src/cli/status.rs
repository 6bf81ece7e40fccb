//! `answerback status`: modems, queue, what is in doubt, and when each SIM last proved that it works.

use serde_json::Value;

use super::client::Client;
use super::{Failure, Place, message, modem, table};

/// Show modems, queue, what is in doubt and the last proven send and receive of each SIM.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  answerback status\n  answerback status --json")]
pub struct Status {}

impl Status {
    /// Shows it.
    pub async fn go(self, place: &Place, client: &Client) -> Result<(), Failure> {
        let status = client.get("/v1/status").await?;
        place.print(&status, people);
        Ok(())
    }
}

fn people(status: &Value) -> String {
    let number = |name: &str| table::cell(&status[name]);
    let counts = format!(
        "queue {}   in doubt {}   open sessions {}   open tasks {}   dead letters {}",
        number("queue"),
        number("in_doubt"),
        number("sessions_open"),
        number("tasks_open"),
        number("dead_letters")
    );
    let mut blocks = vec![counts];
    if status["queue"].as_u64().is_some_and(|queue| queue > 0) {
        blocks.push(format!("the queue should be on air  {}", message::eta(&status["queue_eta"])));
    }
    blocks.extend(status["health"].as_array().into_iter().flatten().map(|complaint| format!("LOOK  {}", table::cell(&complaint["words"]))));
    blocks.push(modem::modems(&status["modems"]));
    let sims: Vec<Vec<String>> = status["sims"].as_array().into_iter().flatten().map(sim).collect();
    if !sims.is_empty() {
        blocks.push(table::table(
            &["SIM", "LAST SENT", "LAST RECEIVED", "SUBMITTED", "DOUBTS", "RECEIVED", "TODAY", "BALANCE", "PROOF"],
            &sims,
        ));
    }
    let doubts: Vec<Vec<String>> = status["doubts"].as_array().into_iter().flatten().map(doubt).collect();
    if !doubts.is_empty() {
        blocks.push(table::table(&["IN DOUBT", "TO", "STATE", "SINCE", "WHY"], &doubts));
    }
    blocks.join("\n\n")
}

fn sim(sim: &Value) -> Vec<String> {
    let known = ["iccid", "sent_at", "received_at", "submitted", "doubts", "received"].iter().map(|name| table::cell(&sim[*name]));
    known.chain([today(&sim["usage"]), table::cell(&sim["balance"]["amount"]), proof(&sim["proof_of_life"])]).collect()
}

/// What its texts to the box itself show.
fn proof(proof: &Value) -> String {
    match (proof["missing"].as_bool(), proof["proved_at"].as_str()) {
        (None, _) => "-".to_owned(),
        (Some(true), _) => "MISSING".to_owned(),
        (Some(false), Some(_)) => table::cell(&proof["proved_at"]),
        (Some(false), None) => "not yet".to_owned(),
    }
}

/// Parts of today; and where the SIM has come to a cap, which one and until when.
fn today(usage: &Value) -> String {
    let parts = table::cell(&usage["day"]);
    match usage["held_by"].as_str() {
        Some(cap) => format!("{parts}, held by its {cap} cap until {}", table::cell(&usage["held_until"])),
        None => parts,
    }
}

fn doubt(message: &Value) -> Vec<String> {
    ["id", "to", "state", "created_at", "reason"].iter().map(|name| table::cell(&message[*name])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sim_at_its_cap_says_which_and_until_when() {
        for (usage, want) in [
            (serde_json::json!({ "day": 7, "held_by": null, "held_until": null }), "7"),
            (
                serde_json::json!({ "day": 9, "held_by": "day", "held_until": "2026-11-22T22:00:00Z" }),
                "9, held by its day cap until 2026-11-22T22:00:00Z",
            ),
        ] {
            assert_eq!(today(&usage), want);
        }
    }
}
