//! `answerback flow`: the technician's tools for flow files. They need no daemon: a flow is tried before it is put anywhere.

use std::io::{BufReader, stdin, stdout};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::client::Client;
use super::{Failure, Place, ask_daemon, say, segment, table};
use crate::conversation::flow::Flow as Parsed;
use crate::conversation::lint::{self, Finding, Severity, Site};
use crate::conversation::packs::Packs;
use crate::office::Queues;
use crate::rehearsal::{self, Manner, Replay, Trouble, Try};
use crate::settings::Settings;
use crate::terms::{LINK_PAGES, Lane, Word as _, default_lanes};
use crate::time::Timestamp;

/// Check, try and replay flow files.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Example:\n  answerback flow check flows/*.flow.toml")]
pub enum Flow {
    /// Say what the loader finds, by line.
    #[command(
        after_help = "Example:\n  answerback flow check flows\n  answerback flow check flows/pay.past_due.flow.toml --settings box.toml"
    )]
    Check {
        /// Flow files, or folders of them: flows that are checked together may run each other.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// An exported configuration to check with: its settings, endpoints, queues and rosters. What it does not hold is taken as known.
        #[arg(long, value_name = "FILE")]
        settings: Option<PathBuf>,
    },
    /// Answer a flow at the keyboard: one reply a line, one JSON object with what it does.
    #[command(
        after_help = "Example:\n  echo Y | answerback flow try flows/pay.past_due.flow.toml --set amount=84.50 --http billing.charge=unknown"
    )]
    Try {
        /// The flow file.
        file: PathBuf,
        /// Further flow files that it may run.
        #[arg(long, value_name = "FILE")]
        beside: Vec<PathBuf>,
        /// What an endpoint answers.
        #[arg(long, value_name = "NAME=ok|fail|unknown")]
        http: Vec<String>,
        /// What the flow is told.
        #[arg(long, value_name = "SLOT=VALUE")]
        set: Vec<String>,
        /// When it is, for example 2026-11-16T10:00:00+02:00.
        #[arg(long, value_name = "TIME", value_parser = instant)]
        now: Option<Timestamp>,
        /// Every line meets a new session at its first question.
        #[arg(long)]
        fresh: bool,
    },
    /// Hold a flow against the replies that customers really wrote to this box; nothing is kept and nothing moves.
    #[command(after_help = "Example:\n  answerback flow rehearse flows/pay.past_due.flow.toml --since 30d")]
    Rehearse {
        /// A flow file, or the name of a flow of the box.
        flow: String,
        /// How far back: 30d, 12h.
        #[arg(long, default_value = "30d", value_name = "TIME")]
        since: String,
    },
    /// Run case files through the engine and say which pass.
    #[command(after_help = "Example:\n  answerback flow replay --flows flows tests/data/cases")]
    Replay {
        /// The directory of the flows.
        #[arg(long, value_name = "DIR")]
        flows: PathBuf,
        /// Settings to run with.
        #[arg(long, value_name = "FILE")]
        settings: Option<PathBuf>,
        /// Run every case with every PDU twice.
        #[arg(long)]
        double: bool,
        /// Run every case with a restart after every line.
        #[arg(long)]
        restart: bool,
        /// Run every case with parts in the other order.
        #[arg(long)]
        swap: bool,
        /// Run every case as it is written. Without any of these four, all of them are run.
        #[arg(long)]
        plain: bool,
        /// Case files, or directories of them.
        #[arg(required = true)]
        cases: Vec<PathBuf>,
    },
}

fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "write it like 2026-11-16T10:00:00Z".to_owned())
}

impl Flow {
    /// Does it.
    pub fn go(self, place: &Place) -> Result<(), Failure> {
        match self {
            Self::Rehearse { flow, since } => ask_daemon(place, async |client: &Client| rehearse(place, client, &flow, &since).await),
            Self::Check { files, settings } => check(place, &files, settings.as_deref()),
            Self::Try { file, beside, http, set, now, fresh } => {
                let request = Try { file, beside, http, set, now, fresh };
                let tried = rehearsal::try_flow(&request, &mut BufReader::new(stdin()), &mut stdout());
                tried.map_err(|trouble| Failure::no(trouble.to_string()))
            }
            Self::Replay { flows, settings, double, restart, swap, plain, cases } => {
                let manners = manners([plain, double, restart, swap]);
                replay(&Replay { flows, cases, settings, manners })
            }
        }
    }
}

/// The manners that were asked for; all of them where none was.
fn manners(asked: [bool; 4]) -> Vec<Manner> {
    let chosen: Vec<Manner> = Manner::ALL.iter().zip(asked).filter(|(_, asked)| *asked).map(|(manner, _)| *manner).collect();
    if chosen.is_empty() { Manner::ALL.to_vec() } else { chosen }
}

fn replay(request: &Replay) -> Result<(), Failure> {
    let summary = rehearsal::replay(request, &mut stdout()).map_err(|trouble| Failure::no(trouble.to_string()))?;
    if !summary.unknown_endpoints.is_empty() {
        let names = summary.unknown_endpoints.iter().cloned().collect::<Vec<_>>().join(", ");
        super::aside(&format!("warning: nobody knows here whether the box has these endpoints (--settings FILE says): {names}"));
    }
    // The last line on standard output has said how many.
    if summary.failed == 0 { Ok(()) } else { Err(Failure::no("")) }
}

async fn rehearse(place: &Place, client: &Client, flow: &str, since: &str) -> Result<(), Failure> {
    let text = if Path::new(flow).exists() {
        std::fs::read_to_string(flow).map_err(|error| Failure::no(format!("{flow}: cannot be read ({error})")))?
    } else {
        let one = client.get(&format!("/v1/flows/{}", segment(flow))).await?;
        one["revisions"][0]["text"].as_str().unwrap_or_default().to_owned()
    };
    let answer = client.post("/v1/flows/rehearse", &serde_json::json!({ "text": text, "file": flow, "since": since })).await?;
    place.print(&answer, |answer| {
        let row = |one: &serde_json::Value| ["times", "step", "was", "now", "text"].map(|name| table::cell(&one[name])).to_vec();
        let rows: Vec<Vec<String>> = answer["differs"].as_array().into_iter().flatten().map(row).collect();
        let count = |name: &str| table::cell(&answer[name]);
        let summary = format!(
            "{} replies: {} as before, {} to steps that ask no more, {} otherwise; unclear {} before, {} now",
            count("replies"),
            count("same"),
            count("gone"),
            rows.iter().filter_map(|row| row.first()?.parse::<u64>().ok()).sum::<u64>(),
            count("unclear_before"),
            count("unclear_now"),
        );
        if rows.is_empty() { summary } else { format!("{}\n{summary}", table::table(&["TIMES", "STEP", "WAS", "NOW", "TEXT"], &rows)) }
    });
    Ok(())
}

/// Every flow file that is named; of a folder, those in it.
fn flow_files(given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in given {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).map_err(|error| Failure::no(format!("{}: {error}", path.display())))?;
        let mut inside: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        inside.retain(|path| path.to_string_lossy().ends_with(".flow.toml"));
        if inside.is_empty() {
            return Err(Failure::no(format!("{}: no file here ends in .flow.toml", path.display())));
        }
        inside.sort();
        files.append(&mut inside);
    }
    Ok(files)
}

/// What there is outside the flows; `None` is not known.
#[derive(Default)]
struct Known {
    endpoints: Option<Vec<String>>,
    queues: Option<Vec<String>>,
    rosters: Option<Vec<String>>,
    lanes: Option<Vec<Lane>>,
}

impl Known {
    fn of(file: &Path, settings: &Settings) -> Result<Self, Trouble> {
        let shipped = Queues::new(Vec::new(), settings);
        let queues = rehearsal::names_of(file, "queue")?.map(|mut names| {
            names.extend(shipped.iter().map(|queue| queue.name.clone()));
            names
        });
        let (endpoints, rosters) = (rehearsal::names_of(file, "endpoint")?, rehearsal::names_of(file, "roster")?);
        Ok(Self { endpoints, queues, rosters, lanes: Some(rehearsal::lanes_of(file)?) })
    }
}

/// The settings of the box that the flows are for, and what else is known of it.
fn site_of(file: Option<&Path>) -> Result<(Settings, Known), Trouble> {
    let Some(file) = file else { return Ok((checking(), Known::default())) };
    let settings = rehearsal::settings_of(file)?;
    let known = Known::of(file, &settings)?;
    Ok((settings, known))
}

fn check(place: &Place, given: &[PathBuf], settings: Option<&Path>) -> Result<(), Failure> {
    let files = &flow_files(given)?;
    let (settings, known) = site_of(settings).map_err(|trouble| Failure::no(trouble.to_string()))?;
    let packs = Packs::load(&settings.languages).map_err(|unknown| Failure::no(unknown.to_string()))?;
    let lanes = known.lanes.unwrap_or_else(default_lanes);
    let pages: Vec<String> = LINK_PAGES.iter().map(|page| (*page).to_owned()).collect();
    let mut sources = Vec::new();
    for file in files {
        let name = file.display().to_string();
        let source = std::fs::read_to_string(file).map_err(|error| Failure::no(format!("{name}: cannot be read ({error})")))?;
        sources.push((name, source));
    }
    // A folder is a whole: what its flows run must be in it.
    let beside: Vec<Arc<Parsed>> = sources.iter().filter_map(|(file, source)| Parsed::parse_all(file, source).0.map(Arc::new)).collect();
    let names: Vec<String> = beside.iter().map(|flow| flow.name.clone()).collect();
    let flows = given.iter().any(|path| path.is_dir()).then_some(names.as_slice());
    let (endpoints, queues, rosters) = (known.endpoints.as_deref(), known.queues.as_deref(), known.rosters.as_deref());
    let pages = Some(pages.as_slice());
    let site = Site { endpoints, queues, rosters, pages, flows, beside: &beside, lanes: &lanes, settings: &settings, packs: &packs };
    let mut refused = 0;
    let mut all = Vec::new();
    for (name, source) in &sources {
        let findings = lint::check_source(name, source, &site).1;
        refused += usize::from(findings.iter().any(|finding| finding.severity == Severity::Error));
        if place.json {
            all.push(serde_json::json!({ "file": name, "findings": findings.iter().map(as_json).collect::<Vec<_>>() }));
        } else {
            told(name, &findings);
        }
    }
    if place.json {
        say(&format!("{:#}", serde_json::Value::Array(all)));
    }
    if refused == 0 { Ok(()) } else { Err(Failure::no(format!("{refused} of {} files would be refused", files.len()))) }
}

/// A box with a name, an address and every language: what is missing then is missing in the flow.
fn checking() -> Settings {
    let languages = Packs::shipped();
    let public_url = "https://utility.example".to_owned();
    Settings { utility: "Utility".to_owned(), emergency: "112".to_owned(), public_url, languages, ..Settings::default() }
}

fn told(file: &str, findings: &[Finding]) {
    if findings.is_empty() {
        say(&format!("{file}: {}", table::good("right")));
    }
    for finding in findings {
        let severity = match finding.severity {
            Severity::Error => table::bad(finding.severity.word()),
            Severity::Warning => table::strong(finding.severity.word()),
        };
        let proposal = if finding.proposal.is_empty() { String::new() } else { format!("; {}", finding.proposal) };
        say(&format!("{file}:{}: {severity}: {}: {}{proposal}", finding.line, finding.key, finding.reason));
    }
}

fn as_json(finding: &Finding) -> serde_json::Value {
    let severity = finding.severity.word();
    serde_json::json!({
        "line": finding.line, "key": finding.key, "severity": severity, "reason": finding.reason, "proposal": finding.proposal,
    })
}
