//! What many modems send in a minute, and how long each waits for the daemon meanwhile. The network's time for one text is
//! the physical limit beside it.

use std::collections::BTreeMap;
use std::time::Duration;

use answerback::time::{Clock as _, SystemClock};
use at_commands::Tick;
use serde_json::json;
use tokio::sync::mpsc;

use super::{Options, SETTINGS, Spread, accept, folder, processor_time, resident_kib};
use crate::api::Api;
use crate::emulator::fault::Fault;
use crate::emulator::{Crossed, Rig, RigOptions};
use crate::machine::Machine;

/// How many modems, and from Ctrl-Z to `+CMGS` on each.
const TABLE: [(usize, Duration); 6] = [
    (1, Duration::ZERO),
    (4, Duration::ZERO),
    (8, Duration::ZERO),
    (1, Duration::from_secs(2)),
    (4, Duration::from_secs(2)),
    (8, Duration::from_secs(2)),
];
/// Texts of each modem where the network takes no time; where it takes some, as many as take half a minute.
const TEXTS_QUICK: usize = 500;
const TEXTS_SLOW: usize = 15;
/// More than eight modems send while one of them works and hangs.
const TEXTS_BESIDE: usize = 600;
/// Of a queue of very many texts.
const MODEMS: usize = 8;
const CLIENTS: usize = 64;
const ALARMS: usize = 10;
const SETTLES_IN: Duration = Duration::from_secs(5);
/// Texts are queued within this, and leave at one instant.
const HELD_FOR: Duration = Duration::from_secs(2);
const HELD_FOR_EACH: Duration = Duration::from_millis(3);
const WATCHED_FOR: Duration = Duration::from_mins(1);
const PATIENCE: Duration = Duration::from_mins(4);

/// Sends with 1, 4 and 8 modems, and looks at 8 that have nothing to do.
pub async fn measure(options: &Options, mut tell: impl FnMut(&str)) -> Result<(), String> {
    let mut of_one = BTreeMap::new();
    for (modems, network) in TABLE {
        let measured = burst(options, modems, network).await?;
        let one = *of_one.entry(network).or_insert(measured.per_minute);
        tell(&format!(
            "modems          {modems} at {} s: {:.0} texts/min, {:.2} times one; idle share {:.4}; added to the network's time: {}",
            network.as_secs(),
            measured.per_minute,
            measured.per_minute / one,
            measured.idle,
            measured.added,
        ));
    }
    beside_a_hung_one(options, &mut tell).await?;
    at_rest(options, &mut tell).await
}

struct Measured {
    per_minute: f64,
    /// Of the time from a modem's first command to its last result: the share between a result and the next command.
    idle: f64,
    /// From one result to the next, less the network's time.
    added: Spread,
}

/// A daemon, its modems and what crosses their ports.
struct Stand {
    machine: Machine,
    rig: Rig,
    wire: mpsc::UnboundedReceiver<Crossed>,
    _folder: tempfile::TempDir,
}

async fn stand(options: &Options, modems: usize, network: Duration) -> Result<Stand, String> {
    let folder = folder(options)?;
    let (tap, wire) = mpsc::unbounded_channel();
    let quick = RigOptions::quick(&folder.path().join("ports"));
    let rig = Rig::start(RigOptions { modems, latency: network, delivery: Duration::ZERO, tap: Some(tap), ..quick })
        .map_err(|error| format!("the modems: {error}"))?;
    let ports: Vec<_> = (0..modems).map(|modem| rig.port(modem)).collect();
    let mut machine = Machine::start(&options.program, folder.path(), &ports).await?;
    machine.import("measure.toml", SETTINGS).await?;
    machine.wait_for("/readyz").await?;
    tokio::time::sleep(SETTLES_IN).await;
    Ok(Stand { machine, rig, wire, _folder: folder })
}

async fn burst(options: &Options, modems: usize, network: Duration) -> Result<Measured, String> {
    let mut stand = stand(options, modems, network).await?;
    let count = modems * if network.is_zero() { TEXTS_QUICK } else { TEXTS_SLOW };
    let before = stand.rig.sent().await?.len();
    drain(&mut stand.wire);
    queue(&stand, count).await?;
    stand.rig.wait_for_sent(before + count, PATIENCE).await?;
    tokio::time::sleep(network).await;
    stand.machine.stop().await;
    Ok(figures(&crossings(&mut stand.wire), network))
}

/// Texts that leave at one instant: returns then.
async fn queue(stand: &Stand, count: usize) -> Result<(), String> {
    let api = stand.machine.api(stand.machine.key("measure", &["send:notice", "read"]).await?);
    // Held back while they are queued: what is measured is the modems, not the API.
    let held_for = HELD_FOR + HELD_FOR_EACH * u32::try_from(count).unwrap_or(u32::MAX);
    let held = SystemClock.now().plus(held_for).to_string();
    for number in 0..count {
        let body = json!({ "to": format!("+1557{number:07}"), "text": "Power will be off on Tuesday from 9 to 11.", "policy": "notice", "not_before": held });
        api.post("/v1/messages", &format!("fleet-{number}"), &body).await?;
    }
    tokio::time::sleep(held_for).await;
    Ok(())
}

/// What seven modems do beside an eighth that works, and beside the same one while it answers nothing and is being mended.
async fn beside_a_hung_one(options: &Options, tell: &mut impl FnMut(&str)) -> Result<(), String> {
    let network = Duration::from_secs(2);
    let mut stand = stand(options, MODEMS, network).await?;
    queue(&stand, TEXTS_BESIDE).await?;
    let mut added = Vec::new();
    for what in ["works", "hangs"] {
        if what == "hangs" {
            stand.rig.fault(0, Fault::Hung, 0).await.map_err(|error| format!("the modem: {error}"))?;
        }
        drain(&mut stand.wire);
        tokio::time::sleep(WATCHED_FOR).await;
        let mut seen = crossings(&mut stand.wire);
        let texts_of_it = seen.remove(&0).map_or(0, |events| events.iter().filter(|(_, what)| *what == Crossing::Result).count());
        let rest = figures(&seen, network);
        tell(&format!(
            "isolation       one of {MODEMS} {what} ({texts_of_it} texts): the others {:.0} texts/min; idle share {:.4}; added to the network's time: {}",
            rest.per_minute, rest.idle, rest.added
        ));
        added.push((network + rest.added.percentile(99)).as_secs_f64());
    }
    tell(&format!("isolation       time of one text of the others at p99: {:.4} times that before", added[1] / added[0]));
    stand.machine.stop().await;
    Ok(())
}

/// Commands that begin a text and results that end one, by modem.
fn crossings(wire: &mut mpsc::UnboundedReceiver<Crossed>) -> BTreeMap<usize, Vec<(Tick, Crossing)>> {
    let mut seen: BTreeMap<usize, Vec<(Tick, Crossing)>> = BTreeMap::new();
    while let Ok(crossed) = wire.try_recv() {
        let text = String::from_utf8_lossy(&crossed.octets);
        let what = match crossed.from_modem {
            true if text.contains("+CMGS:") => Crossing::Result,
            false if text.contains("AT+CMGS=") => Crossing::Command,
            _ => continue,
        };
        seen.entry(crossed.modem).or_default().push((crossed.at, what));
    }
    seen
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Crossing {
    Command,
    Result,
}

fn figures(seen: &BTreeMap<usize, Vec<(Tick, Crossing)>>, network: Duration) -> Measured {
    let (mut texts, mut waited, mut worked, mut added) = (0_usize, Duration::ZERO, Duration::ZERO, Vec::new());
    for events in seen.values() {
        let results: Vec<Tick> = events.iter().filter(|(_, what)| *what == Crossing::Result).map(|(at, _)| *at).collect();
        texts += results.len();
        added.extend(results.windows(2).map(|pair| pair[1].since(pair[0]).saturating_sub(network)));
        let gaps = events.windows(2).filter(|pair| pair[0].1 == Crossing::Result && pair[1].1 == Crossing::Command);
        waited += gaps.map(|pair| pair[1].0.since(pair[0].0)).sum::<Duration>();
        worked += span(events.iter().map(|(at, _)| *at));
    }
    let whole = span(seen.values().flatten().map(|(at, _)| *at)).as_secs_f64();
    Measured {
        per_minute: texts as f64 * 60.0 / whole.max(f64::MIN_POSITIVE),
        idle: waited.as_secs_f64() / worked.as_secs_f64().max(f64::MIN_POSITIVE),
        added: Spread::of(added),
    }
}

fn span(times: impl Iterator<Item = Tick> + Clone) -> Duration {
    let (first, last) = (times.clone().min(), times.max());
    first.zip(last).map(|(first, last)| last.since(first)).unwrap_or_default()
}

/// A queue of very many texts before eight modems: memory, the way of an alarm past it, and a start with it.
pub async fn crowd(options: &Options, count: usize, mut tell: impl FnMut(&str)) -> Result<(), String> {
    let network = Duration::from_secs(2);
    let mut stand = stand(options, MODEMS, network).await?;
    let api = stand.machine.api(stand.machine.key("measure", &["send:notice", "send:alarm", "read"]).await?);
    tell(&format!("crowd           {MODEMS} modems, nothing stored: {} KiB resident", resident_kib(&stand.machine).unwrap_or_default()));
    let accepted = accept::posts(&api, CLIENTS, count).await?;
    tell(&format!(
        "crowd           {count} texts accepted: {} each; {} KiB resident",
        Spread::of(accepted),
        resident_kib(&stand.machine).unwrap_or_default()
    ));
    drain(&mut stand.wire);
    tokio::time::sleep(WATCHED_FOR).await;
    let measured = figures(&crossings(&mut stand.wire), network);
    tell(&format!(
        "crowd           behind them: {:.0} texts/min, idle share {:.4}; added to the network's time: {}",
        measured.per_minute, measured.idle, measured.added
    ));
    let mut passed = Vec::new();
    for number in 0..ALARMS {
        passed.push(alarm(&mut stand, &api, number).await?);
    }
    tell(&format!("crowd           an alarm, from its POST to its AT+CMGS: {}", Spread::of(passed)));
    tell(&format!("crowd           after them: {} KiB resident", resident_kib(&stand.machine).unwrap_or_default()));
    stand.machine.power_cut().await?;
    drain(&mut stand.wire);
    let begun = SystemClock.tick();
    stand.machine.start_again().await?;
    let answers = SystemClock.tick().since(begun);
    let sends = next_command(&mut stand.wire, "AT+CMGS=").await?.since(begun);
    tell(&format!(
        "crowd           killed and started: answers after {:.1} s, the first AT+CMGS after {:.1} s; {} KiB resident",
        answers.as_secs_f64(),
        sends.as_secs_f64(),
        resident_kib(&stand.machine).unwrap_or_default()
    ));
    stand.machine.stop().await;
    Ok(())
}

/// From the POST of an alarm to the command that carries it.
async fn alarm(stand: &mut Stand, api: &Api, number: usize) -> Result<Duration, String> {
    let to = format!("+1558{number:07}");
    let digits: String = to
        .trim_start_matches('+')
        .as_bytes()
        .chunks(2)
        .flat_map(|pair| [pair.get(1).map_or('F', |&digit| char::from(digit)), char::from(pair[0])])
        .collect();
    drain(&mut stand.wire);
    let begun = SystemClock.tick();
    let body = json!({ "to": to, "text": "Pump 3 has failed.", "policy": "alarm" });
    api.post("/v1/messages", &format!("alarm-{number}"), &body).await?;
    // The PDU follows its command within a prompt's time; it names the number.
    Ok(next_command(&mut stand.wire, &digits).await?.since(begun))
}

async fn next_command(wire: &mut mpsc::UnboundedReceiver<Crossed>, words: &str) -> Result<Tick, String> {
    let find = async {
        while let Some(crossed) = wire.recv().await {
            if !crossed.from_modem && String::from_utf8_lossy(&crossed.octets).contains(words) {
                return Some(crossed.at);
            }
        }
        None
    };
    tokio::time::timeout(PATIENCE, find).await.ok().flatten().ok_or_else(|| format!("no {words} within {} s", PATIENCE.as_secs()))
}

fn drain(wire: &mut mpsc::UnboundedReceiver<Crossed>) {
    while wire.try_recv().is_ok() {}
}

/// Eight modems and nothing to send: the processor's time and the memory.
async fn at_rest(options: &Options, tell: &mut impl FnMut(&str)) -> Result<(), String> {
    let stand = stand(options, MODEMS, Duration::ZERO).await?;
    let before = processor_time(&stand.machine).unwrap_or_default();
    tokio::time::sleep(WATCHED_FOR).await;
    let used = processor_time(&stand.machine).unwrap_or_default().saturating_sub(before);
    tell(&format!(
        "rest            {MODEMS} modems, nothing to send: {:.3} % of a core over {} s; {} KiB resident",
        100.0 * used.as_secs_f64() / WATCHED_FOR.as_secs_f64(),
        WATCHED_FOR.as_secs(),
        resident_kib(&stand.machine).unwrap_or_default(),
    ));
    stand.machine.stop().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Tick {
        Tick::from_nanos(ms * 1_000_000)
    }

    #[test]
    fn waiting_is_between_a_result_and_the_next_command() {
        use Crossing::{Command, Result};
        let one = vec![(at(0), Command), (at(90), Result), (at(100), Command), (at(200), Result)];
        let measured = figures(&BTreeMap::from([(0, one)]), Duration::from_millis(80));
        assert!((measured.idle - 0.05).abs() < 1e-9);
        assert!((measured.per_minute - 600.0).abs() < 1e-6);
        assert_eq!(measured.added.percentile(50), Duration::from_millis(30));
    }
}
