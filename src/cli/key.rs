//! `answerback key`: the keys of other systems.

use serde_json::{Value, json};

use super::client::Client;
use super::{Failure, Place, segment, table};

/// Make, list and revoke API keys.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Example:\n  answerback key create --name billing --scope send:once --scope read")]
pub enum Key {
    /// Make a key; it is shown once.
    #[command(after_help = "Example:\n  answerback key create --name billing --scope send:once --scope read")]
    Create {
        /// Which system will use it.
        #[arg(long)]
        name: String,
        /// What it may do; repeat it, or write a list with commas.
        #[arg(long = "scope", required = true, value_delimiter = ',', value_parser = ["send:alarm", "send:notice", "send:once", "read", "agent", "admin"])]
        scopes: Vec<String>,
        /// When it ends, for example 2027-12-31T00:00:00Z.
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
    },
    /// List the keys, without their secrets.
    #[command(after_help = "Example:\n  answerback key list --json")]
    List,
    /// Revoke a key at once.
    #[command(after_help = "Example:\n  answerback key revoke key_01kb3x6e0q7m2w9r5t8y1u4i0p")]
    Revoke {
        /// Its id.
        id: String,
    },
}

impl Key {
    /// Does it.
    pub async fn go(self, place: &Place, client: &Client) -> Result<(), Failure> {
        match self {
            Self::Create { name, scopes, expires } => {
                let mut body = json!({ "name": name, "scopes": scopes });
                if let Some(expires) = expires {
                    body["expires"] = json!(expires);
                }
                let made = client.post("/v1/keys", &body).await?;
                place.print(&made, |made| {
                    format!("{}\nkeep it now: only its hash is stored ({})", table::cell(&made["key"]), table::cell(&made["id"]))
                });
            }
            Self::List => place.print(&client.get("/v1/keys").await?, listed),
            Self::Revoke { id } => {
                let answer = client.post(&format!("/v1/keys/{}/revoke", segment(&id)), &json!({})).await?;
                place.print(&answer, |_| format!("revoked {id}"));
            }
        }
        Ok(())
    }
}

fn listed(answer: &Value) -> String {
    let keys = answer["items"].as_array().cloned().unwrap_or_default();
    let row = |key: &Value| {
        let scopes: Vec<&str> = key["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let state = if key["revoked_at"].is_null() { "live" } else { "revoked" };
        let cell = |name: &str| table::cell(&key[name]);
        vec![
            cell("id"),
            cell("name"),
            cell("prefix"),
            table::plain(&scopes.join(" ")),
            state.to_owned(),
            cell("created_at"),
            cell("expires_at"),
        ]
    };
    let rows: Vec<Vec<String>> = keys.iter().map(row).collect();
    table::table(&["ID", "NAME", "BEGINS", "SCOPES", "STATE", "CREATED", "EXPIRES"], &rows)
}
