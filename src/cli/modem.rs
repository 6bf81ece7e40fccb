//! `answerback modem`: the modems, one line each.

use serde_json::{Value, json};

use super::client::Client;
use super::{Failure, Place, say, segment, table};
use crate::modem::wire;

/// List modems, restart them, ask their networks.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Example:\n  answerback modem list")]
pub enum Modem {
    /// List the modems and what each of them needs.
    #[command(after_help = "Example:\n  answerback modem list --json")]
    List,
    /// Show one modem: what it needs, where it is registered and was, its signal.
    #[command(after_help = "Example:\n  answerback modem show ttyUSB0")]
    Show {
        /// Its name.
        name: String,
    },
    /// Set the PIN of the SIM in a modem: it is sent once, and only while all three tries are left.
    #[command(
        after_help = "Example (the PIN is read from standard input, so that no list of processes shows it):\n  echo 1234 | answerback modem pin ttyUSB0"
    )]
    Pin {
        /// Its name.
        name: String,
    },
    /// Ask the network by USSD, for example for the balance; a menu is answered with --reply, and left with --cancel.
    #[command(
        after_help = "Example:\n  answerback modem ussd ttyUSB0 '*100#'\n  answerback modem ussd ttyUSB0 --reply 2\n  answerback modem ussd ttyUSB0 --cancel\nNothing is ever asked twice: a code may cost money."
    )]
    Ussd {
        /// Its name.
        name: String,
        /// The code, in quotes: a shell takes * and # for its own.
        #[arg(required_unless_present_any = ["reply", "cancel"], conflicts_with_all = ["reply", "cancel"])]
        code: Option<String>,
        /// Answer the menu that is open.
        #[arg(long, conflicts_with = "cancel")]
        reply: Option<String>,
        /// Leave the menu that is open.
        #[arg(long)]
        cancel: bool,
    },
    /// See what can be proved after a lost answer: sends 2 texts over the SIM of a modem to the SIM itself.
    #[command(
        after_help = "Example:\n  answerback modem selftest ttyUSB0\n  answerback modem selftest ttyUSB0 --to +15550100200   # where the SIM does not know its own number\n2 texts leave on the SIM and are counted; they go behind everything that waits."
    )]
    Selftest {
        /// Its name.
        name: String,
        /// The SIM's own number.
        #[arg(long)]
        to: Option<String>,
        /// Only show the last ones; nothing is sent.
        #[arg(long, conflicts_with = "to")]
        history: bool,
    },
    /// Send one AT command and show its answer; what sends, dials, deletes, locks or resets is refused, and every use is on record.
    #[command(after_help = "Example:\n  answerback modem at ttyUSB0 'AT+CSQ'\nIt goes out between two exchanges, never inside one.")]
    At {
        /// Its name.
        name: String,
        /// The command, in quotes.
        command: String,
        /// How long it may wait for its turn, and then for its answer, in seconds.
        #[arg(long)]
        wait: Option<u8>,
    },
    /// Show the signal of a modem by months, as far back as it is kept: ten years.
    #[command(after_help = "Example:\n  answerback modem signal ttyUSB0\n  answerback modem signal ttyUSB0 --days   # the last 100 days")]
    Signal {
        /// Its name.
        name: String,
        /// By days.
        #[arg(long)]
        days: bool,
    },
    /// Show what was tried for a modem that failed, and what came of it.
    #[command(after_help = "Example:\n  answerback modem recoveries ttyUSB0")]
    Recoveries {
        /// Its name.
        name: String,
    },
    /// Show what goes over a modem's port, octet by octet; PINs, numbers and contents are replaced.
    #[command(
        after_help = "Examples:\n  answerback modem trace ttyUSB0              # what is kept, then what comes, until Ctrl-C\n  answerback modem trace ttyUSB0 --once --json > stick.trace.jsonl\nmodem-emulator --replay stick.trace.jsonl plays it back."
    )]
    Trace {
        /// Its name.
        name: String,
        /// Only what is kept now.
        #[arg(long)]
        once: bool,
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
            Self::Show { name } => {
                let address = format!("/v1/modems/{}", segment(&name));
                let places = client.get(&format!("{address}/places?limit={PLACES_SHOWN}")).await?;
                let answer = json!({ "modem": client.get(&address).await?, "places": places["items"] });
                place.print(&answer, shown);
            }
            Self::Pin { name } => {
                let mut pin = String::new();
                std::io::stdin().read_line(&mut pin).map_err(|error| Failure::no(format!("the PIN cannot be read: {error}")))?;
                let body = json!({ "pin": pin.trim() });
                let answer = client.post(&format!("/v1/modems/{}/pin", segment(&name)), &body).await?;
                place.print(&answer, |_| format!("{} has its PIN", table::plain(&name)));
            }
            Self::Ussd { name, code, reply, cancel } => {
                let body = match (code, reply, cancel) {
                    (Some(code), _, _) => json!({ "code": code }),
                    (None, Some(reply), _) => json!({ "reply": reply }),
                    (None, None, _) => json!({ "cancel": true }),
                };
                let answer = client.post(&format!("/v1/modems/{}/ussd", segment(&name)), &body).await?;
                place.print(&answer, said);
                if !matches!(answer["state"].as_str(), Some("answered" | "menu" | "cancelled")) {
                    return Err(Failure::no(answer["words"].as_str().unwrap_or("the network has not answered yet").to_owned()));
                }
            }
            Self::Selftest { name, to, history } => selftest(place, client, &name, to, history).await?,
            Self::At { name, command, wait } => {
                let body = match wait {
                    Some(wait) => json!({ "command": command, "wait": wait }),
                    None => json!({ "command": command }),
                };
                let answer = client.post(&format!("/v1/modems/{}/at", segment(&name)), &body).await?;
                place.print(&answer, |answer| {
                    let lines = answer["lines"].as_array().into_iter().flatten();
                    lines.map(table::cell).collect::<Vec<_>>().join("\n")
                });
                let result = answer["lines"].as_array().and_then(|lines| lines.last()).and_then(Value::as_str).unwrap_or_default();
                if result != "OK" {
                    return Err(Failure::no(format!("the modem said no: {}", table::plain(result))));
                }
            }
            Self::Signal { name, days } => {
                let what = if days { format!("days?limit={DAYS_SHOWN}") } else { "months".to_owned() };
                let answer = client.get(&format!("/v1/modems/{}/signal/{what}", segment(&name))).await?;
                place.print(&answer, |answer| signal(&answer["items"], days));
            }
            Self::Recoveries { name } => {
                let answer = client.get(&format!("/v1/modems/{}/recoveries", segment(&name))).await?;
                place.print(&answer, |answer| recoveries(&answer["items"]));
            }
            Self::Trace { name, once } => trace(place, client, &name, once).await?,
            Self::Restart { name } => {
                let answer = client.post(&format!("/v1/modems/{}/restart", segment(&name)), &json!({})).await?;
                place.print(&answer, |_| format!("{} starts again", table::plain(&name)));
            }
        }
        Ok(())
    }
}

const PLACES_SHOWN: u32 = 20;

/// One modem and where it was.
fn shown(answer: &Value) -> String {
    let modem = &answer["modem"];
    let facts =
        ["name", "state", "words", "operator", "signal_dbm", "iccid", "imei", "manufacturer", "model", "firmware", "smsc", "port", "voice"];
    let mut lines: Vec<String> = facts
        .iter()
        .filter(|fact| !modem[**fact].is_null())
        .map(|fact| format!("{:<13} {}", fact.replace('_', " "), table::cell(&modem[*fact])))
        .collect();
    let storage = modem["storage_used"].as_u64().zip(modem["storage_total"].as_u64());
    let storage = storage.map(|(used, total)| format!("{used} of {total} slots in use"));
    let said = [
        ("network", modem["registration_words"].as_str()),
        ("memory", storage.as_deref()),
        ("calls", modem["reject_calls"].as_bool().filter(|rejects| *rejects).map(|_| "those that come in are rejected")),
        ("line", modem["line_speed"]["words"].as_str()),
        ("clock", modem["network_time"]["words"].as_str()),
    ];
    lines.extend(said.iter().filter_map(|(name, words)| words.map(|words| format!("{name:<13} {}", table::plain(words)))));
    let row = |place: &Value| {
        let signal = match (place["low_dbm"].as_i64(), place["high_dbm"].as_i64()) {
            (Some(low), Some(high)) => format!("{low} to {high}"),
            _ => "-".to_owned(),
        };
        let known = ["since", "seen_at", "operator", "access", "area", "cell", "visits"].map(|name| table::cell(&place[name]));
        known.into_iter().chain([signal]).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = answer["places"].as_array().into_iter().flatten().map(row).collect();
    let places = table::table(&["SINCE", "SEEN", "OPERATOR", "ACCESS", "AREA", "CELL", "VISITS", "DBM"], &rows);
    format!("{}\n\n{places}", lines.join("\n"))
}

/// Starts a test and waits for its end, or shows the last ones.
async fn selftest(place: &Place, client: &Client, name: &str, to: Option<String>, history: bool) -> Result<(), Failure> {
    let address = format!("/v1/modems/{}/selftest", segment(name));
    if history {
        let answer = client.get(&address).await?;
        place.print(&answer, |answer| answer["items"].as_array().into_iter().flatten().map(tested).collect::<Vec<_>>().join("\n\n"));
        return Ok(());
    }
    eprintln!("answerback: the self-test sends 2 texts over the SIM of {} to itself; this takes a minute or two", table::plain(name));
    let mut answer = client.post(&address, &json!({ "to": to, "wait": SELFTEST_WAIT_S })).await?;
    let id = answer["id"].clone();
    while answer["ended_at"].is_null() {
        tokio::time::sleep(SELFTEST_PAUSE).await;
        let all = client.get(&address).await?;
        let mine = all["items"].as_array().into_iter().flatten().find(|test| test["id"] == id).cloned();
        answer = mine.ok_or_else(|| Failure::no("the self-test is not on record any more".to_owned()))?;
    }
    place.print(&answer, tested);
    match answer["words"].as_str() {
        Some(words) => Err(Failure::no(words.to_owned())),
        None => Ok(()),
    }
}

/// One request waits this long, then it is asked again.
const SELFTEST_WAIT_S: u64 = 25;
const SELFTEST_PAUSE: std::time::Duration = std::time::Duration::from_secs(2);

/// A test as a table of witnesses.
fn tested(test: &Value) -> String {
    let ms = |name: &str| test[name].as_i64().map_or("not seen".to_owned(), |ms| format!("{}.{:03} s", ms / 1000, ms.abs() % 1000));
    let row = |witness: &Value| ["id", "worth", "name", "words"].map(|name| table::cell(&witness[name])).to_vec();
    let rows: Vec<Vec<String>> = test["witnesses"].as_array().into_iter().flatten().map(row).collect();
    let head = format!(
        "{} {}: {} {}",
        table::cell(&test["modem"]),
        table::cell(&test["asked_at"]),
        table::cell(&test["state"]),
        table::cell(&test["words"])
    );
    if rows.is_empty() {
        return head;
    }
    let told = format!(
        "longest answer {}, back after {}, service centre ahead by {}, reports {}",
        ms("answer_ms"),
        ms("came_back_ms"),
        ms("centre_ahead_ms"),
        test["report"].as_str().unwrap_or("not seen"),
    );
    format!("{head}\n{}\n{told}", table::table(&["WITNESS", "WORTH", "NAME", "IF AN ANSWER IS LOST"], &rows))
}

/// Shows a port's octets as they come.
async fn trace(place: &Place, client: &Client, name: &str, once: bool) -> Result<(), Failure> {
    let (mut after, wait) = (0, if once { 0 } else { TRACE_WAIT_S });
    loop {
        let answer = client.get(&format!("/v1/modems/{}/trace?after={after}&wait={wait}", segment(name))).await?;
        if after > 0 && answer["missed"].as_u64().is_some_and(|missed| missed > 0) {
            eprintln!("answerback: {} chunks came faster than they were read", answer["missed"]);
        }
        for chunk in answer["items"].as_array().into_iter().flatten() {
            after = chunk["seq"].as_u64().unwrap_or(after);
            say(&if place.json { chunk.to_string() } else { crossed(chunk) });
        }
        if once {
            return Ok(());
        }
    }
}

/// A request that waits longer than this is cut by proxies.
const TRACE_WAIT_S: u64 = 30;

/// Octets as a person reads them.
fn crossed(chunk: &Value) -> String {
    let octets: Vec<u8> =
        chunk["octets"].as_str().unwrap_or_default().chars().filter_map(|sign| u8::try_from(u32::from(sign)).ok()).collect();
    let arrow = if chunk["way"] == "sent" { '>' } else { '<' };
    format!("{} {arrow} {}", table::cell(&chunk["at"]), wire::readable(&octets))
}

/// What the network said.
fn said(answer: &Value) -> String {
    let words = answer["answer"].as_str().unwrap_or_default();
    let lines: Vec<String> = words.lines().map(table::plain).collect();
    match answer["state"].as_str() {
        Some("menu") => format!("{}\n(the network waits for --reply or --cancel)", lines.join("\n")),
        Some("answered") => lines.join("\n"),
        Some("cancelled") => "the menu is left".to_owned(),
        _ => String::new(),
    }
}

const DAYS_SHOWN: u32 = 100;

/// Days or months, newest first.
fn signal(items: &Value, days: bool) -> String {
    let (when, count) = if days { ("day", "readings") } else { ("month", "days") };
    let row = |row: &Value| [when, "low_dbm", "mean_dbm", "high_dbm", count].map(|name| table::cell(&row[name])).to_vec();
    let rows: Vec<Vec<String>> = items.as_array().into_iter().flatten().map(row).collect();
    table::table(&[&when.to_uppercase(), "WEAKEST", "MEAN", "STRONGEST", &count.to_uppercase()], &rows)
}

fn recoveries(items: &Value) -> String {
    let row = |tried: &Value| ["at", "ailment", "rung", "outcome"].map(|name| table::cell(&tried[name])).to_vec();
    let rows: Vec<Vec<String>> = items.as_array().into_iter().flatten().map(row).collect();
    table::table(&["AT", "AILMENT", "RUNG", "OUTCOME"], &rows)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_of_a_modem_says_is_shown_here_as_well() {
        let modem = json!({
            "name": "north", "state": "ready", "storage_used": 3, "storage_total": 23, "reject_calls": true,
            "registration_words": "roaming", "voice": "It rings.", "line_speed": { "baud": 9_600, "words": "It answers at 9600 baud." },
        });
        let shown = shown(&json!({ "modem": modem, "places": [] }));
        let said = [
            "voice         It rings.",
            "network       roaming",
            "memory        3 of 23 slots in use",
            "line          It answers at 9600 baud.",
        ];
        for line in said.into_iter().chain(["calls         those that come in are rejected"]) {
            assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
        }
    }

    #[test]
    fn months_and_days_are_tables() {
        let months = json!([{ "month": "2026-10", "low_dbm": -101, "mean_dbm": -93, "high_dbm": -85, "days": 31 }]);
        let months = signal(&months, false);
        assert_eq!(months, "MONTH    WEAKEST  MEAN  STRONGEST  DAYS\n2026-10  -101     -93   -85        31");
        let days = json!([{ "day": "2026-10-03", "low_dbm": -101, "mean_dbm": -93, "high_dbm": -85, "readings": 1_440 }]);
        assert_eq!(signal(&days, true).lines().last(), Some("2026-10-03  -101     -93   -85        1440"));
    }
}
