//! `answerback balance`: how the balances of SIMs are asked for.

use hyper::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::{Failure, Place, segment, table};

/// List, try, set and remove the rules by which balances of SIMs are asked for by USSD.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Example:\n  answerback balance set 8938001000000000018 '*100#' 'Balance: {} EUR' --warn 5.00 --critical 1.00")]
pub enum Balance {
    /// List the rules and what was read last.
    #[command(after_help = "Example:\n  answerback balance list")]
    List,
    /// Try a rule on what the network said last to its code; nothing is asked and nothing is kept.
    #[command(after_help = "Example:\n  answerback balance try 8938001000000000018 '*100#' 'Balance: {} EUR' --warn 5.00")]
    Try {
        #[command(flatten)]
        rule: Rule,
        /// Try it on these words instead.
        #[arg(long)]
        answer: Option<String>,
    },
    /// Put a rule in place.
    #[command(after_help = "Example:\n  answerback balance set 8938001000000000018 '*100#' 'Balance: {} EUR' --warn 5.00 --every 1440")]
    Set {
        #[command(flatten)]
        rule: Rule,
    },
    /// Take the rule of a SIM away.
    #[command(after_help = "Example:\n  answerback balance remove 8938001000000000018")]
    Remove {
        /// ICCID of the SIM.
        iccid: String,
    },
}

/// One rule.
#[derive(Debug, clap::Args)]
pub struct Rule {
    /// ICCID of the SIM; `answerback status` shows it.
    iccid: String,
    /// What is asked, in quotes: a shell takes * and # for its own.
    code: String,
    /// The network's words with {} where the number stands and * for what changes.
    pattern: String,
    /// At or below this amount it is told.
    #[arg(long)]
    warn: Option<String>,
    /// At or below this one it is told again.
    #[arg(long)]
    critical: Option<String>,
    /// How often it is asked at most, in minutes.
    #[arg(long, default_value_t = 1_440)]
    every: u32,
}

impl Rule {
    fn body(&self) -> Value {
        json!({
            "iccid": self.iccid, "code": self.code, "pattern": self.pattern, "warn": self.warn, "critical": self.critical,
            "every_minutes": self.every,
        })
    }
}

impl Balance {
    /// Does it.
    pub async fn go(self, place: &Place, client: &Client) -> Result<(), Failure> {
        match self {
            Self::List => place.print(&client.get("/v1/balances").await?, listed),
            Self::Try { rule, answer } => {
                let tried = client.post("/v1/balances/try", &json!({ "rule": rule.body(), "answer": answer })).await?;
                place.print(&tried, |tried| words(tried).unwrap_or_else(|no| no));
                if let Err(no) = words(&tried) {
                    return Err(Failure::no(no));
                }
            }
            Self::Set { rule } => {
                let answer = client.post("/v1/balances", &rule.body()).await?;
                place.print(&answer, |answer| {
                    format!("{} is asked for its balance with {}", table::cell(&answer["iccid"]), table::cell(&answer["code"]))
                });
            }
            Self::Remove { iccid } => {
                let answer = client.call(Method::DELETE, &format!("/v1/balances/{}", segment(&iccid)), None).await?.accepted()?;
                place.print(&answer, |_| format!("removed the rule of {}", table::plain(&iccid)));
            }
        }
        Ok(())
    }
}

/// What a rule reads, or why it reads nothing.
fn words(tried: &Value) -> Result<String, String> {
    let Some(answer) = tried["answer"].as_str() else {
        return Err("the network has said nothing to this code on this SIM yet; ask it: answerback modem ussd NAME CODE".to_owned());
    };
    match tried["amount"].as_str() {
        Some(amount) => Ok(format!("reads {amount} ({}) in: {}", table::cell(&tried["level"]), table::plain(answer))),
        None => Err(format!("the pattern does not fit: {}", table::plain(answer))),
    }
}

fn listed(answer: &Value) -> String {
    let row = |rule: &Value| {
        let cell = |name: &str| table::cell(&rule[name]);
        let last = |name: &str| table::cell(&rule["last"][name]);
        vec![
            cell("iccid"),
            cell("code"),
            cell("pattern"),
            cell("warn"),
            cell("critical"),
            last("amount"),
            last("level"),
            last("read_at"),
            last("problem"),
        ]
    };
    let rows: Vec<Vec<String>> = answer["items"].as_array().into_iter().flatten().map(row).collect();
    table::table(&["SIM", "CODE", "PATTERN", "WARN", "CRITICAL", "BALANCE", "LEVEL", "READ", "PROBLEM"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_says_what_it_read_or_why_it_read_nothing() {
        for (tried, want) in [
            (json!({ "answer": "Balance: 3.20 EUR", "amount": "3.20", "level": "warn" }), Ok("reads 3.20 (warn) in: Balance: 3.20 EUR")),
            (json!({ "answer": "Try later", "amount": null, "level": "unknown" }), Err("the pattern does not fit: Try later")),
            (json!({ "answer": null, "amount": null, "level": "unknown" }), Err("the network has said nothing to this code")),
        ] {
            match (words(&tried), want) {
                (Ok(words), Ok(want)) => assert_eq!(words, want),
                (Err(words), Err(want)) => assert!(words.starts_with(want), "{words}"),
                (got, want) => panic!("{got:?} instead of {want:?}"),
            }
        }
    }
}
