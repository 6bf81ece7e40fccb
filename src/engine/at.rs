//! What a technician types to a modem: looked at, written down with who typed it, and written down with what came of it. The command
//! is on record before it goes out, its answer behind it.

use std::time::Duration;

use super::fleet::Fleet;
use super::{Engine, Reject, Work};
use crate::modem::io::AtEnd;
use crate::modem::mask::mask;
use crate::modem::typed;
use crate::store::{Decision, Queue};

/// A command of a technician.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Name of the modem.
    pub modem: String,
    /// Who typed it.
    pub who: String,
    /// What.
    pub command: String,
}

/// What the audit keeps of an answer.
const KEPT_LETTERS_MAX: usize = 2_000;

/// A command that went out, and what the modem answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What went out.
    pub command: String,
    /// The modem's lines; the last one is its result.
    pub lines: Vec<String>,
}

/// Has a modem carry it out, and waits for what comes of it: so long for its turn, so long again for its answer.
pub async fn carry_out(engine: &Engine, fleet: &Fleet, request: Asked, within: Duration) -> Result<Answer, Reject> {
    let noted = request.clone();
    let command = engine.run(Queue::Others, move |work| asked(work, &noted)).await?.into_inner();
    let end = match fleet.at(&request.modem, command.clone(), within) {
        // Nobody answers any more where its driver is gone.
        Some(answer) => answer.await.unwrap_or(AtEnd::NoAnswer { why: "lost", lines: Vec::new() }),
        None => AtEnd::NotSent { why: "modem_gone" },
    };
    let told = end.clone();
    engine.run(Queue::Others, move |work| answered(work, &request, &told)).await?;
    match end {
        AtEnd::Answered { lines } => Ok(Answer { command, lines }),
        AtEnd::NotSent { .. } | AtEnd::NoAnswer { .. } => Err(silence(&end)),
    }
}

/// Looks at it and writes it down; the line that goes out.
pub fn asked(work: &mut Work<'_, '_>, asked: &Asked) -> Result<String, Reject> {
    if work.tx.modem(&asked.modem)?.is_none() {
        return Err(Reject::not_found("modem"));
    }
    let line = typed::checked(&asked.command).map_err(|refusal| Reject::at(refusal.code, "/command", refusal.words))?;
    note(work, asked, "modem.at", &mask(&line))?;
    Ok(line)
}

/// Writes down what came of it.
pub fn answered(work: &mut Work<'_, '_>, asked: &Asked, end: &AtEnd) -> Result<(), Reject> {
    let words = match end {
        AtEnd::Answered { lines } => spoken(lines),
        AtEnd::NotSent { why } => format!("not sent: {why}"),
        AtEnd::NoAnswer { why, lines } => format!("no answer ({why}) {}", spoken(lines)),
    };
    note(work, asked, "modem.at.answered", words.trim_end())
}

/// Why there is no answer, and what to do.
fn silence(end: &AtEnd) -> Reject {
    let (code, words) = match end {
        AtEnd::NotSent { why: "modem_gone" | "lost" } => ("modem_gone", "the port of this modem is not there now; nothing was sent"),
        AtEnd::NotSent { why: "ringing" } => ("at_busy", "the modem rings somebody; nothing was sent: try again in a minute"),
        AtEnd::NotSent { why: "busy" } => ("at_busy", "a text or another command was in hand all the time; nothing was sent: try again"),
        AtEnd::NotSent { .. } => {
            ("at_not_ready", "the modem is being set up or helped; nothing was sent: `answerback modem list` tells why")
        }
        AtEnd::NoAnswer { .. } | AtEnd::Answered { .. } => {
            ("at_no_answer", "it was sent and the modem gave no result in time; it may have been carried out. See `answerback modem trace`")
        }
    };
    Reject::new(code, words)
}

fn spoken(lines: &[String]) -> String {
    let masked: Vec<String> = lines.iter().map(|line| mask(line)).collect();
    masked.join(" | ").chars().take(KEPT_LETTERS_MAX).collect()
}

fn note(work: &mut Work<'_, '_>, asked: &Asked, action: &str, detail: &str) -> Result<(), Reject> {
    work.tx.insert_audit(&Decision { who: &asked.who, action, subject: &asked.modem, detail }, work.now)?;
    Ok(())
}
