//! What the daemon adds to the radio: a reply's way to the webhook, and how long a modem idles between two texts.

use std::collections::HashMap;
use std::time::Duration;

use answerback::time::{Clock as _, SystemClock};
use at_commands::Tick;
use serde_json::json;
use tokio::sync::mpsc;

use super::hook::{self, Request};
use super::{Options, SETTINGS, Spread, folder, resident_kib};
use crate::api::Api;
use crate::emulator::{Crossed, Rig, RigOptions};
use crate::machine::Machine;

const MODEMS: usize = 2;
const PATIENCE: Duration = Duration::from_secs(30);
/// The radio of these measurements.
const ON_AIR: Duration = Duration::from_millis(20);

/// A daemon with two modems.
pub(super) async fn measure(options: &Options, tell: &mut impl FnMut(&str)) -> Result<(), String> {
    let folder = folder(options)?;
    let links = folder.path().join("ports");
    let (tap, mut wire) = mpsc::unbounded_channel();
    let rig = Rig::start(RigOptions { latency: ON_AIR, delivery: ON_AIR, tap: Some(tap), ..RigOptions::quick(&links) })
        .map_err(|error| format!("the modems: {error}"))?;
    let ports = [rig.port(0), rig.port(1)];
    let (address, mut requests) = hook::listen().await.map_err(|error| format!("the receiver: {error}"))?;
    let mut machine = Machine::start(&options.program, folder.path(), &ports).await?;
    let webhook = format!("[[webhook]]\nname = \"measure\"\nurl = \"http://{address}/\"\nprivate = true\n");
    machine.import("measure.toml", &format!("{SETTINGS}\n{webhook}")).await?;
    machine.wait_for("/readyz").await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    tell(&format!("memory          {MODEMS} modems, idle: {} KiB resident", resident_kib(&machine).unwrap_or_default()));
    let replies = replies(&rig, options.texts, &mut wire, &mut requests).await?;
    tell(&format!("reply           last octet of +CMTI to the webhook's first: {}", Spread::of(replies)));
    let api = machine.api(machine.key("measure", &["send:notice", "read"]).await?);
    let idle = idle(&rig, &api, options.texts, &mut wire).await?;
    tell(&format!("modem           from its result to the next AT+CMGS: {}", Spread::of(idle)));
    tell(&format!("memory          after {} texts: {} KiB resident", 2 * options.texts, resident_kib(&machine).unwrap_or_default()));
    machine.stop().await;
    Ok(())
}

async fn replies(
    rig: &Rig,
    count: usize,
    wire: &mut mpsc::UnboundedReceiver<Crossed>,
    requests: &mut mpsc::UnboundedReceiver<Request>,
) -> Result<Vec<Duration>, String> {
    let mut times = Vec::with_capacity(count);
    for number in 0..count {
        let from = format!("+1556{number:07}");
        drain(wire);
        rig.inject(number % MODEMS, &from, "when will it be back?").await?;
        let indicated = next_crossing(wire, "+CMTI").await?;
        let told = next_request(requests, &from).await?;
        times.push(told.since(indicated));
    }
    Ok(times)
}

fn drain(wire: &mut mpsc::UnboundedReceiver<Crossed>) {
    while wire.try_recv().is_ok() {}
}

async fn next_crossing(wire: &mut mpsc::UnboundedReceiver<Crossed>, words: &str) -> Result<Tick, String> {
    let find = async {
        while let Some(crossed) = wire.recv().await {
            if String::from_utf8_lossy(&crossed.octets).contains(words) {
                return Some(crossed.at);
            }
        }
        None
    };
    tokio::time::timeout(PATIENCE, find).await.ok().flatten().ok_or_else(|| format!("no {words} within {} s", PATIENCE.as_secs()))
}

async fn next_request(requests: &mut mpsc::UnboundedReceiver<Request>, from: &str) -> Result<Tick, String> {
    let find = async {
        while let Some(request) = requests.recv().await {
            if request.text.contains("message.received") && request.text.contains(from) {
                return Some(request.first_octet);
            }
        }
        None
    };
    tokio::time::timeout(PATIENCE, find)
        .await
        .ok()
        .flatten()
        .ok_or_else(|| format!("no webhook for {from} within {} s", PATIENCE.as_secs()))
}

/// Queues many texts and looks at the gaps on each line.
async fn idle(rig: &Rig, api: &Api, count: usize, wire: &mut mpsc::UnboundedReceiver<Crossed>) -> Result<Vec<Duration>, String> {
    drain(wire);
    let before = rig.sent().await?.len();
    for number in 0..count {
        let body = json!({ "to": format!("+1557{number:07}"), "text": "Power will be off on Tuesday from 9 to 11.", "policy": "notice" });
        api.post("/v1/messages", &format!("idle-{number}"), &body).await?;
    }
    let begun = SystemClock.tick();
    rig.wait_for_sent(before + count, PATIENCE * 4).await?;
    let seconds = SystemClock.tick().since(begun).as_secs_f64();
    if seconds > PATIENCE.as_secs_f64() * 4.0 {
        return Err("the queue did not drain".to_owned());
    }
    Ok(gaps(wire))
}

fn gaps(wire: &mut mpsc::UnboundedReceiver<Crossed>) -> Vec<Duration> {
    let mut results: HashMap<usize, Tick> = HashMap::new();
    let mut gaps = Vec::new();
    while let Ok(crossed) = wire.try_recv() {
        let text = String::from_utf8_lossy(&crossed.octets);
        if crossed.from_modem && text.contains("+CMGS:") {
            results.insert(crossed.modem, crossed.at);
        } else if !crossed.from_modem && text.contains("AT+CMGS=") {
            gaps.extend(results.remove(&crossed.modem).map(|result| crossed.at.since(result)));
        }
    }
    gaps
}
