//! `answerback desk`: what staff does with conversations.

use serde_json::{Value, json};

use super::client::Client;
use super::{Failure, Place, segment, table};

/// See what waits for a person, take a conversation, answer, note, give it back.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Example:\n  answerback desk reply +15550100200 \"A crew is on its way.\"")]
pub enum Desk {
    /// What people have to do, newest first.
    #[command(after_help = "Example:\n  answerback desk list")]
    List {
        /// The closed ones, too.
        #[arg(long)]
        all: bool,
    },
    /// Everything with one person: texts, rules, notes.
    #[command(after_help = "Example:\n  answerback desk show +15550100200")]
    Show {
        /// Their number.
        number: String,
    },
    /// Take a conversation: the box is silent there.
    #[command(after_help = "Example:\n  answerback desk take +15550100200 --queue billing")]
    Take {
        /// Their number.
        number: String,
        /// For which queue.
        #[arg(long, default_value = "default")]
        queue: String,
    },
    /// Text somebody; the first text takes the conversation.
    #[command(after_help = "Example:\n  answerback desk reply +15550100200 \"A crew is on its way.\"")]
    Reply {
        /// Their number.
        number: String,
        /// The words.
        text: String,
    },
    /// Write a note beside a conversation; it is never texted.
    #[command(
        after_help = "Example:\n  answerback desk note +15550100200 \"Called: pays on Friday.\" --task task_01kb3x6e0q7m2w9r5t8y1u4i0p"
    )]
    Note {
        /// Their number.
        number: String,
        /// The words.
        text: String,
        /// The task that is done with it.
        #[arg(long, value_name = "ID")]
        task: Option<String>,
        #[command(flatten)]
        settled: Settled,
    },
    /// Give a conversation back: its sessions go on.
    #[command(after_help = "Example:\n  answerback desk release +15550100200 --session ses_01kb3x6e0q7m2w9r5t8y1u4i0p --step ask")]
    Release {
        /// Their number.
        number: String,
        /// The session that goes on at a chosen step.
        #[arg(long, value_name = "ID", requires = "step")]
        session: Option<String>,
        /// That step: one that asks, tells or ends.
        #[arg(long, requires = "session")]
        step: Option<String>,
    },
    /// Close a conversation: its sessions end.
    #[command(after_help = "Example:\n  answerback desk close +15550100200")]
    Close {
        /// Their number.
        number: String,
    },
    /// Close a task.
    #[command(after_help = "Example:\n  answerback desk done task_01kb3x6e0q7m2w9r5t8y1u4i0p")]
    Done {
        /// Its id.
        task: String,
    },
}

/// What a call has settled.
#[derive(Debug, clap::Args)]
pub struct Settled {
    /// The session it is about.
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// The session is over with it.
    #[arg(long, requires = "session", conflicts_with = "go")]
    close: bool,
    /// The session goes on at this step: one that asks, tells or ends.
    #[arg(long, value_name = "STEP", requires = "session")]
    go: Option<String>,
}

impl Desk {
    /// Does it.
    pub async fn go(self, place: &Place, client: &Client) -> Result<(), Failure> {
        let path = |number: &str, verb: &str| {
            let verb = if verb.is_empty() { String::new() } else { format!("/{verb}") };
            format!("/v1/conversations/{}{verb}", segment(number))
        };
        match self {
            Self::List { all } => place.print(&client.get(if all { "/v1/tasks?open=false" } else { "/v1/tasks" }).await?, listed),
            Self::Show { number } => place.print(&client.get(&path(&number, "")).await?, shown),
            Self::Take { number, queue } => {
                let answer = client.post(&path(&number, "take"), &json!({ "queue": queue })).await?;
                place.print(&answer, |_| format!("{number} is yours; the box is silent there until `desk release`"));
            }
            Self::Reply { number, text } => {
                let answer = client.post(&path(&number, "reply"), &json!({ "text": text })).await?;
                place.print(&answer, |answer| format!("queued as {}; the conversation is yours", table::cell(&answer["id"])));
            }
            Self::Note { number, text, task, settled: Settled { session, close, go } } => {
                let body = given(json!({ "text": text, "close": close }), &[("session", session), ("go", go)]);
                let answer = client.post(&path(&number, "note"), &body).await?;
                if let Some(task) = &task {
                    client.post(&format!("/v1/tasks/{}/close", segment(task)), &json!({})).await?;
                }
                place.print(&answer, |_| format!("noted{}", if task.is_some() { ", the task is done" } else { "" }));
            }
            Self::Release { number, session, step } => {
                let body = given(json!({}), &[("session", session), ("step", step)]);
                let answer = client.post(&path(&number, "release"), &body).await?;
                place.print(&answer, |_| format!("{number} is the box's again"));
            }
            Self::Close { number } => {
                let answer = client.post(&path(&number, "close"), &json!({})).await?;
                place.print(&answer, |answer| format!("{} sessions closed", answer["sessions"]));
            }
            Self::Done { task } => {
                let answer = client.post(&format!("/v1/tasks/{}/close", segment(&task)), &json!({})).await?;
                place.print(&answer, |_| format!("{task} is done"));
            }
        }
        Ok(())
    }
}

/// The body with those of these fields that were given.
fn given(mut body: Value, fields: &[(&str, Option<String>)]) -> Value {
    for (name, value) in fields {
        if let Some(value) = value {
            body[*name] = json!(value);
        }
    }
    body
}

fn listed(answer: &Value) -> String {
    let row = |task: &Value| {
        let urgent = if task["urgent"] == true { table::bad("urgent") } else { String::new() };
        let cell = |name: &str| table::cell(&task[name]);
        vec![cell("id"), cell("queue"), cell("kind"), urgent, cell("msisdn"), cell("created_at"), cell("note")]
    };
    let rows: Vec<Vec<String>> = answer["items"].as_array().into_iter().flatten().map(row).collect();
    table::table(&["TASK", "QUEUE", "KIND", "", "NUMBER", "SINCE", "ABOUT"], &rows)
}

fn shown(answer: &Value) -> String {
    let mut lines = Vec::new();
    for line in answer["thread"].as_array().into_iter().flatten() {
        let cell = |name: &str| table::cell(&line[name]);
        if line["direction"] == "in" {
            lines.push(format!("{}  > {}", cell("received_at"), cell("text")));
            lines.push(format!("    rule {}: {}", cell("rule"), cell("why")));
        } else {
            lines.push(format!("{}  < {} ({})", cell("created_at"), cell("text"), cell("state")));
        }
    }
    for note in answer["notes"].as_array().into_iter().flatten() {
        lines.push(format!("{}  note of {}: {}", table::cell(&note["at"]), table::cell(&note["by"]), table::cell(&note["text"])));
    }
    if let Some(who) = answer["held_by"].as_str() {
        lines.push(format!("held by {}", table::plain(who)));
    }
    lines.join("\n")
}
