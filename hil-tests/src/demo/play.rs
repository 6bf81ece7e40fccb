//! The conversation: billing asks about the past-due bill, the customer answers "Y", the charge is called once and the
//! receipt goes out. Three witnesses watch (the daemon's event log, the billing system, the customer's phone); one loop tells.

use std::time::Duration;

use answerback::time::{Clock as _, SystemClock};
use serde_json::{Value as Json, json};
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;

use super::stage::{MODEMS, Stage};
use super::{Scene, Story};
use crate::api::Api;
use crate::emulator::RigHandle;
use crate::emulator::network::HandsetText;
use crate::utility::{Call, Hook, Seen};

/// Who is asked.
pub const CUSTOMER: &str = "+15555550123";
const ACCOUNT: &str = "00451189";
/// A person reads before they answer.
const READING: Duration = Duration::from_millis(1_500);
/// A second charge, were there one, would come within this time.
const SETTLE: Duration = Duration::from_millis(700);
const SIGHTINGS_MAX: usize = 256;

/// Something a witness saw.
enum Sighting {
    /// An event of the daemon's log.
    Event(Json),
    /// The customer's phone shows its n-th text.
    Phone(HandsetText),
    /// The customer sent an answer.
    Answered,
    Hook(Hook),
    Call(Call),
    /// A witness can go on no longer.
    Failed(String),
}

/// Plays it; an error names what was missing.
pub async fn conversation(stage: &Stage, patience: Duration, tell: &mut impl FnMut(&str)) -> Result<(), String> {
    let mut story = Story::new(SystemClock.now());
    let (sightings, mut seen) = mpsc::channel(SIGHTINGS_MAX);
    let mut witnesses = JoinSet::new();
    witnesses.spawn(watch_events(stage.api.clone(), sightings.clone()));
    witnesses.spawn(watch_phone(stage.rig.handle(), sightings.clone()));
    witnesses.spawn(watch_billing(stage.utility.watch(), sightings.clone()));
    let session = ask(stage).await?;
    tell(&story.happened(Scene::Accepted, SystemClock.now(), &format!("billing asks; the daemon accepts: 202, session {session}")));
    let telling = async {
        while !story.missing().is_empty() {
            let Some(sighting) = seen.recv().await else { break };
            tell_one(&mut story, sighting, &stage.rig.handle(), &sightings, tell)?;
        }
        Ok(())
    };
    // Running out of time is told by what is missing.
    let told: Result<(), String> = tokio::time::timeout(patience, telling).await.unwrap_or(Ok(()));
    told?;
    let missing: Vec<&str> = story.missing().into_iter().map(Scene::words).collect();
    if !missing.is_empty() {
        return Err(format!("not completed within {} s; missing: {}", patience.as_secs(), missing.join(", ")));
    }
    tokio::time::sleep(SETTLE).await;
    charged_once(stage)?;
    tell(&story.line(SystemClock.now(), "completed: asked, answered, charged once, receipt delivered"));
    Ok(())
}

async fn ask(stage: &Stage) -> Result<String, String> {
    let body = json!({
        "flow": "pay.past_due",
        "to": CUSTOMER,
        "data": { "account": ACCOUNT, "amount": "84.50", "due": "2026-11-12", "card": "1234", "mandate": true },
    });
    let answer = stage.api.post("/v1/sessions", "demo-00451189-2026-11-12", &body).await?;
    answer["id"].as_str().map(str::to_owned).ok_or_else(|| format!("the daemon's answer has no id: {answer}"))
}

fn tell_one(
    story: &mut Story,
    sighting: Sighting,
    rig: &RigHandle,
    sightings: &mpsc::Sender<Sighting>,
    tell: &mut impl FnMut(&str),
) -> Result<(), String> {
    let now = SystemClock.now();
    let line = match sighting {
        Sighting::Failed(reason) => return Err(reason),
        Sighting::Event(event) => match event_line(story, &event) {
            Some((Some(scene), what)) => story.happened(scene, now, &what),
            Some((None, what)) => story.line(now, &what),
            None => return Ok(()),
        },
        Sighting::Phone(shown) => {
            let question = story.count(Scene::Shown) == 0;
            if question {
                tokio::spawn(answer(rig.clone(), shown.from.clone(), sightings.clone()));
            }
            let scene = if question { Scene::Shown } else { Scene::Receipt };
            story.happened(scene, now, &format!("the customer's phone shows, from {}: {}", shown.from, shown.text))
        }
        Sighting::Answered => story.happened(Scene::Answered, now, "the customer answers: Y"),
        Sighting::Hook(hook) => match hook_line(&hook) {
            Some(what) => story.happened(Scene::Told, now, &what),
            None => return Ok(()),
        },
        Sighting::Call(call) => {
            let (key, signed) = (call.key.as_deref().unwrap_or("none"), if call.verified { "signed" } else { "NOT SIGNED" });
            story.happened(Scene::Charged, now, &format!("billing is called: POST {} key {key}, {signed}: {}", call.path, call.body))
        }
    };
    tell(&line);
    Ok(())
}

/// What an event of the log means for the story.
fn event_line(story: &Story, event: &Json) -> Option<(Option<Scene>, String)> {
    let data = &event["data"];
    let said = |name: &str| data[name].as_str().map_or_else(|| data[name].to_string(), str::to_owned);
    match event["type"].as_str()? {
        "message.submitted" => {
            let what = format!("the modem took it, the network has it: {} ({})", said("purpose"), subject(event));
            Some((Some(Scene::Submitted), what))
        }
        "message.received" => {
            Some((Some(Scene::Understood), format!("the daemon understands it by rule {}: {}", said("rule"), said("why"))))
        }
        "message.delivered" => {
            // The question's own report comes before the charge, the receipt's after it.
            let scene = (story.count(Scene::Charged) > 0).then_some(Scene::Delivered);
            Some((scene, format!("the delivery report is back: {} ({})", said("purpose"), subject(event))))
        }
        _ => None,
    }
}

fn subject(event: &Json) -> String {
    event["subject"].as_str().unwrap_or("a message").to_owned()
}

fn hook_line(hook: &Hook) -> Option<String> {
    let ended = hook.body["type"].as_str() == Some("session.completed");
    let signed = if hook.verified { "its signature is right" } else { "ITS SIGNATURE IS WRONG" };
    (ended && hook.verified).then(|| format!("billing hears by webhook: session.completed, {signed}: {}", hook.body["data"]))
}

fn charged_once(stage: &Stage) -> Result<(), String> {
    let calls: Vec<Call> = stage.utility.calls().into_iter().filter(|call| call.path == "/billing/charge").collect();
    match calls.as_slice() {
        [one] if one.verified && one.key.is_some() => Ok(()),
        [one] => Err(format!("the charge was called without a key or signature: {one:?}")),
        many => Err(format!("the charge was called {} times, not once", many.len())),
    }
}

/// The customer reads, then answers the number that asked.
async fn answer(rig: RigHandle, asked_from: String, sightings: mpsc::Sender<Sighting>) {
    tokio::time::sleep(READING).await;
    let sighting = match reply(&rig, &asked_from).await {
        Ok(_parts) => Sighting::Answered,
        Err(reason) => Sighting::Failed(format!("the customer cannot answer {asked_from}: {reason}")),
    };
    // Nobody listens when the conversation has ended.
    let _ended = sightings.send(sighting).await;
}

async fn reply(rig: &RigHandle, number: &str) -> Result<usize, String> {
    for modem in 0..MODEMS {
        if rig.number(modem).await? == number {
            return rig.inject(modem, CUSTOMER, "Y").await;
        }
    }
    Err("no modem has this number".to_owned())
}

/// Reads the daemon's event log from its beginning, by long poll.
async fn watch_events(api: Api, sightings: mpsc::Sender<Sighting>) {
    let mut after = 0_i64;
    loop {
        let page = match api.get(&format!("/v1/events?after={after}&wait=20")).await {
            Ok(page) => page,
            Err(reason) => return drop(sightings.send(Sighting::Failed(reason)).await),
        };
        for event in page["items"].as_array().cloned().unwrap_or_default() {
            after = after.max(event["seq"].as_i64().unwrap_or(after));
            if sightings.send(Sighting::Event(event)).await.is_err() {
                return;
            }
        }
    }
}

async fn watch_billing(mut seen: broadcast::Receiver<Seen>, sightings: mpsc::Sender<Sighting>) {
    while let Ok(seen) = seen.recv().await {
        let sighting = match seen {
            Seen::Hook(hook) => Sighting::Hook(hook),
            Seen::Call(call) => Sighting::Call(call),
            Seen::LookUp(_) => continue,
        };
        if sightings.send(sighting).await.is_err() {
            return;
        }
    }
}

async fn watch_phone(rig: RigHandle, sightings: mpsc::Sender<Sighting>) {
    for count in 1.. {
        // The conversation's own time-out ends this task.
        let Ok(texts) = rig.wait_for_text(CUSTOMER, count, Duration::from_hours(1)).await else { return };
        let Some(text) = texts.get(count - 1) else { return };
        if sightings.send(Sighting::Phone(text.clone())).await.is_err() {
            return;
        }
    }
}
