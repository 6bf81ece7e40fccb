//! A busy daemon that is killed again and again at moments of chance, and what is left of its promises: nothing accepted is lost,
//! nothing is sent twice without a mark, nothing is said that the network did not see. The modems and the network go on meanwhile.

mod judge;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use answerback::chance::Seeded;
use answerback::time::{Clock as _, SystemClock};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::api::Api;
use crate::emulator::{Rig, RigHandle, RigOptions};
use crate::machine::Machine;
use crate::measure::hook::{self, Request};

pub use judge::{Report, Told};

/// What to do to a daemon.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The program.
    pub program: PathBuf,
    /// How often it is killed.
    pub kills: usize,
    /// It lives so long at most before the next kill.
    pub lives_max: Duration,
    /// How many modems.
    pub modems: usize,
    /// From Ctrl-Z to `+CMGS`, and from there to the phone.
    pub network: Duration,
    /// How long what is on its way may take at the end.
    pub patience: Duration,
    /// Seed of the moments.
    pub seed: u64,
}

const SETTINGS: &str =
    "[settings]\nutility = \"City Power\"\ncountry = \"US\"\nzone = \"Etc/UTC\"\nemergency = \"911\"\n[settings.caps]\nminute = 0\n";
const POLICIES: [&str; 3] = ["notice", "alarm", "once"];
const BETWEEN_POSTS: Duration = Duration::from_millis(100);
const BETWEEN_TEXTS: Duration = Duration::from_millis(130);
/// A client that was not answered asks again, with the same key.
const CLIENT_PAUSE: Duration = Duration::from_millis(100);
const POLL: Duration = Duration::from_millis(500);
/// The modems are at rest when none has sent for so long: what is asked of the API one by one is then true of one moment.
const STILL: Duration = Duration::from_secs(3);

/// A text that the API promised to send.
#[derive(Debug, Clone)]
pub struct Promised {
    /// The message.
    pub id: String,
    /// What a doubt does.
    pub policy: &'static str,
}

#[derive(Clone, Default)]
struct Books {
    /// By the number it is for.
    promised: Arc<Mutex<BTreeMap<String, Promised>>>,
    /// What people wrote, by what they wrote.
    written: Arc<Mutex<Vec<String>>>,
    over: Arc<AtomicBool>,
}

/// Kills the daemon as often as planned and judges what came of it.
pub async fn run(plan: &Plan, mut tell: impl FnMut(&str)) -> Result<Report, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let quick = RigOptions::quick(&folder.path().join("ports"));
    let rig = RigOptions { modems: plan.modems, latency: plan.network, delivery: plan.network, seed: plan.seed, ..quick };
    let rig = Rig::start(rig).map_err(|error| format!("the modems: {error}"))?;
    let (address, mut told) = hook::listen().await.map_err(|error| format!("the receiver: {error}"))?;
    let ports: Vec<_> = (0..plan.modems).map(|modem| rig.port(modem)).collect();
    let mut machine = Machine::start(&plan.program, folder.path(), &ports).await?;
    let webhook = format!("[[webhook]]\nname = \"kills\"\nurl = \"http://{address}/\"\nprivate = true\n");
    machine.import("kills.toml", &format!("{SETTINGS}\n{webhook}")).await?;
    let api = machine.api(machine.key("kills", &["send:notice", "send:alarm", "send:once", "read"]).await?);
    machine.wait_for("/readyz").await?;
    let books = Books::default();
    let busy = [tokio::spawn(post(api.clone(), books.clone())), tokio::spawn(write(rig.handle(), plan.modems, books.clone()))];
    kill(plan, &mut machine, &mut tell).await?;
    end(&books, busy).await;
    let rest = rest(plan, &api, &rig, &books, &mut told).await;
    let log = if rest.violations.is_empty() { String::new() } else { machine.last_log_lines() };
    machine.stop().await;
    Ok(Report { log, ..rest })
}

async fn kill(plan: &Plan, machine: &mut Machine, tell: &mut impl FnMut(&str)) -> Result<(), String> {
    let mut chance = Seeded::new(plan.seed);
    let lives_max = u64::try_from(plan.lives_max.as_millis()).unwrap_or(u64::MAX).max(1);
    for number in 1..=plan.kills {
        tokio::time::sleep(Duration::from_millis(chance.below(lives_max))).await;
        machine.power_cut().await?;
        // Restarted by hand or by systemd: at once or a little later.
        tokio::time::sleep(Duration::from_millis(chance.below(500))).await;
        machine.start_again().await?;
        if number % 20 == 0 {
            tell(&format!("{number} of {} kills", plan.kills));
        }
    }
    machine.wait_for("/readyz").await
}

/// A client of the API that asks again until it has an answer.
async fn post(api: Api, books: Books) {
    for number in 0.. {
        if books.over.load(Ordering::Relaxed) {
            return;
        }
        let (to, policy) = (format!("+1557{number:07}"), POLICIES[number % POLICIES.len()]);
        let body = json!({ "to": to, "text": format!("Power will be off on Tuesday from 9 to 11. Notice {number}."), "policy": policy });
        loop {
            match api.post("/v1/messages", &format!("kills-{number}"), &body).await {
                Ok(answer) => {
                    let id = answer["id"].as_str().unwrap_or_default().to_owned();
                    books.promised.lock().unwrap_or_else(PoisonError::into_inner).insert(to, Promised { id, policy });
                    break;
                }
                Err(_down) => tokio::time::sleep(CLIENT_PAUSE).await,
            }
        }
        tokio::time::sleep(BETWEEN_POSTS).await;
    }
}

/// People who write, whatever the box does.
async fn write(rig: RigHandle, modems: usize, books: Books) {
    for number in 0.. {
        if books.over.load(Ordering::Relaxed) {
            return;
        }
        let (from, text) = (format!("+1559{number:07}"), format!("when will it be back {number}"));
        // A full memory is the network's to try again later.
        if rig.inject(number % modems, &from, &text).await.is_ok() {
            books.written.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        }
        tokio::time::sleep(BETWEEN_TEXTS).await;
    }
}

async fn end(books: &Books, busy: [JoinHandle<()>; 2]) {
    books.over.store(true, Ordering::Relaxed);
    for task in busy {
        // It ends by itself, now that the daemon lives.
        let _ended = task.await;
    }
}

/// Waits until all is settled, and judges.
async fn rest(plan: &Plan, api: &Api, rig: &Rig, books: &Books, told: &mut mpsc::UnboundedReceiver<Request>) -> Report {
    let promised = books.promised.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let written = books.written.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let (mut events, deadline) = (Told::default(), SystemClock.tick().plus(plan.patience));
    let (mut sent, mut since) = (0, SystemClock.tick());
    loop {
        tokio::time::sleep(POLL).await;
        while let Ok(request) = told.try_recv() {
            events.hears(&request.text);
        }
        let taken = rig.sent().await.unwrap_or_default();
        let (now, moved) = (SystemClock.tick(), taken.len() != sent);
        if moved {
            (sent, since) = (taken.len(), now);
        }
        let late = now >= deadline;
        if !late && now.since(since) < STILL {
            continue;
        }
        let report = judge::judge(api, &promised, &written, &taken, &events).await;
        if report.violations.is_empty() || late {
            return report;
        }
    }
}
