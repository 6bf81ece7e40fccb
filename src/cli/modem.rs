//! `answerback modem`: the modems, one line each.

use serde_json::{Value, json};

use super::client::Client;
use super::{Failure, Place, segment, table};

/// List and restart modems.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Example:\n  answerback modem list")]
pub enum Modem {
    /// List the modems and what each of them needs.
    #[command(after_help = "Example:\n  answerback modem list --json")]
    List,
    /// Set the PIN of the SIM in a modem: it is sent once, and only while all three tries are left.
    #[command(
        after_help = "Example (the PIN is read from standard input, so that no list of processes shows it):\n  echo 1234 | answerback modem pin ttyUSB0"
    )]
    Pin {
        /// Its name.
        name: String,
    },
    /// Start the bring-up of one modem again.
    #[command(after_help = "Example:\n  answerback modem restart ttyUSB0")]
    Restart {
        /// Its name.
        name: String,
    },
}

impl Modem {
    /// Does it.
    pub async fn go(self, place: &Place, client: &Client) -> Result<(), Failure> {
        match self {
            Self::List => place.print(&client.get("/v1/modems").await?, |answer| modems(&answer["items"])),
            Self::Pin { name } => {
                let mut pin = String::new();
                std::io::stdin().read_line(&mut pin).map_err(|error| Failure::no(format!("the PIN cannot be read: {error}")))?;
                let body = json!({ "pin": pin.trim() });
                let answer = client.post(&format!("/v1/modems/{}/pin", segment(&name)), &body).await?;
                place.print(&answer, |_| format!("{} has its PIN", table::plain(&name)));
            }
            Self::Restart { name } => {
                let answer = client.post(&format!("/v1/modems/{}/restart", segment(&name)), &json!({})).await?;
                place.print(&answer, |_| format!("{} starts again", table::plain(&name)));
            }
        }
        Ok(())
    }
}

/// The table of modems, also for `status`.
pub fn modems(items: &Value) -> String {
    let row = |modem: &Value| {
        let cell = |name: &str| table::cell(&modem[name]);
        vec![cell("name"), cell("state"), cell("iccid"), cell("operator"), cell("signal_dbm"), cell("model"), cell("port"), cell("words")]
    };
    let rows: Vec<Vec<String>> = items.as_array().into_iter().flatten().map(row).collect();
    table::table(&["MODEM", "STATE", "SIM", "OPERATOR", "DBM", "MODEL", "PORT", "NOTE"], &rows)
}
