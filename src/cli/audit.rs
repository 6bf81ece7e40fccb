//! `answerback audit`: what was decided, by whom and why.

use serde_json::Value;

use super::client::Client;
use super::{Failure, Place, table};

/// Look at the audit log, or reckon its hashes anew.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Example:\n  answerback audit verify")]
pub enum Audit {
    /// The newest decisions first.
    #[command(after_help = "Example:\n  answerback audit list --json")]
    List,
    /// Whether nothing was changed or taken out; exits with 1 where something was.
    #[command(after_help = "Example:\n  answerback audit verify")]
    Verify,
}

impl Audit {
    /// Does it.
    pub async fn go(self, place: &Place, client: &Client) -> Result<(), Failure> {
        match self {
            Self::List => place.print(&client.get("/v1/audit").await?, listed),
            Self::Verify => {
                let answer = client.get("/v1/audit/verify").await?;
                if answer["whole"] != Value::Bool(true) {
                    return Err(Failure::no(format!(
                        "row {} of the audit log was changed, or one before it was taken out",
                        answer["broken_at"]
                    )));
                }
                place.print(&answer, |answer| format!("the audit log is whole: {} rows", answer["rows"]));
            }
        }
        Ok(())
    }
}

fn listed(answer: &Value) -> String {
    let rows = answer["items"].as_array().cloned().unwrap_or_default();
    let row = |row: &Value| {
        let detail = table::plain(&row["detail"].to_string());
        let cell = |name: &str| table::cell(&row[name]);
        vec![cell("n"), cell("at"), cell("who"), cell("action"), cell("subject"), detail]
    };
    let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
    table::table(&["N", "AT", "WHO", "ACTION", "SUBJECT", "DETAIL"], &rows)
}
