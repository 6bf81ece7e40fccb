//! Every point at which the power can go around a telephone that is rung: nobody is dialed twice for one row, a call that may have
//! rung is in doubt and stays so, and no call is left up.

use std::collections::BTreeSet;

use hil_tests::emulator::fault::{Fault, RingFate};
use serde_json::json;

use super::site::{CUSTOMER, PLAIN, POLL_EVERY, Site, deadline};
use super::together;
use answerback::time::{Clock as _, SystemClock};

/// Where it dies, what is then said of the call, and how often the network saw it dialed.
const DEATHS: [(&str, &str, usize); 9] = [
    ("written: claim a call", "answered", 1),
    ("committed: claim a call", "in_doubt", 0),
    ("before ATD", "in_doubt", 0),
    ("after ATD", "in_doubt", 1),
    ("before AT+CHUP", "in_doubt", 1),
    ("after AT+CHUP", "in_doubt", 1),
    ("written: note the end of a ring", "in_doubt", 1),
    ("committed: note the end of a ring", "answered", 1),
    ("written: take over the last run", "answered", 1),
];

/// Points of this story that the table of `kills` has, or that write nothing.
const KNOWN: [&str; 3] = ["ATD", "AT+CHUP", "ring"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_dialed_once_wherever_the_power_goes() {
    let plots = DEATHS.into_iter().map(|death| (death.0.to_owned(), death)).collect();
    let reached: BTreeSet<String> = together("a call, killed at", plots, play).await.into_iter().flatten().collect();
    let of_calls = |point: &&String| KNOWN.iter().any(|word| point.contains(word)) || point.ends_with(" a call");
    let died_at: BTreeSet<&str> = DEATHS.iter().map(|(point, ..)| *point).collect();
    let missed: Vec<&String> = reached.iter().filter(of_calls).filter(|point| !died_at.contains(point.as_str())).collect();
    assert!(missed.is_empty(), "the daemon came to points of calls that the table does not have: {missed:?}");
}

async fn play((point, state, dialed): (&'static str, &'static str, usize)) -> Result<(BTreeSet<String>, String), String> {
    let mut site = Site::build(PLAIN).await?;
    site.rig.fault(0, Fault::Ring { fate: RingFate::Answered }, 0).await?;
    let at_start = point.contains("last run");
    site.machine.order_to_die_at(if at_start { None } else { Some(point) })?;
    let body = json!({ "to": CUSTOMER, "seconds": 20 });
    let ordered = site.api.post("/v1/rings", "the-one-call", &body).await;
    let at = |ordered: &serde_json::Value| format!("/v1/rings/{}", ordered["id"]);
    if at_start {
        site.until(&at(ordered.as_ref().map_err(Clone::clone)?), "the end of the call", |list| list["open"] == false).await?;
        site.machine.power_cut().await?;
        site.machine.order_to_die_at(Some(point))?;
        let _dies = site.machine.start_again().await;
    }
    let until = deadline();
    while !site.machine.has_ended() {
        if SystemClock.tick() >= until {
            return Err(format!("it did not die\n{}", site.machine.last_log_lines()));
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
    site.machine.order_to_die_at(None)?;
    site.machine.start_again().await?;
    // It may have died with the answer in its hands: the same order again is answered as before.
    let ordered = match ordered {
        Ok(ordered) => ordered,
        Err(_died) => site.api.post("/v1/rings", "the-one-call", &body).await?,
    };
    let over = site.until(&at(&ordered), "the end of the call", |list| list["open"] == false).await?;
    let told = over["calls"][0]["state"].as_str().unwrap_or_default().to_owned();
    let hung_up = |world: &hil_tests::emulator::world::World| world.brains().iter().all(|brain| !brain.is_in_call()).then_some(());
    site.rig.wait_for_world(hung_up, super::site::PATIENCE).await?.ok_or("a call is left up")?;
    let seen = site.rig.wait_for_world(|world| Some(world.brains()[0].dialed().len()), super::site::PATIENCE).await?.unwrap_or_default();
    if (told.as_str(), seen) != (state, dialed) {
        return Err(format!("told {told}, dialed {seen} times, not {state} and {dialed}: {over:#}"));
    }
    let points = site.machine.points_reached();
    site.machine.stop().await;
    Ok((points, format!("{told}, dialed {seen} times")))
}
