//! What must hold whatever happened, by what the network took, what billing has in its books, and what the API says.

use std::collections::BTreeSet;

use answerback::time::{Clock as _, SystemClock};
use hil_tests::emulator::network::Taken;
use serde_json::Value as Json;

use super::site::{POLL_EVERY, Site, deadline, items};

/// All of it; `resent` are the messages that a person sent once more.
pub async fn judge(site: &Site, resent: &[String]) -> Result<(), String> {
    let taken = site.rig.sent().await?;
    let messages = site.messages().await?;
    for message in &messages {
        truthful(message, &taken, resent).map_err(|wrong| format!("{wrong}: {message:#}\n{}", site.machine.last_log_lines()))?;
    }
    let known = |one: &Taken| messages.iter().any(|message| one.text.as_deref() == message["text"].as_str());
    if let Some(unknown) = taken.iter().find(|one| !known(one)) {
        return Err(format!("the network took what no message says: {unknown:?}"));
    }
    charged_once(site)?;
    let events = whole_log(site).await?;
    told(site, &events).await
}

/// How often the network took a message.
pub fn on_air(message: &Json, taken: &[Taken]) -> usize {
    taken.iter().filter(|one| one.text.as_deref() == message["text"].as_str()).count()
}

/// Whether there is evidence of this kind about a message; `silence` is a doubt.
pub fn seen(message: &Json, kind: &str) -> bool {
    list(message, "evidence").iter().any(|seen| seen["kind"] == kind)
}

/// T1 to T3 of reliability.md section 2, for one message of one part.
fn truthful(message: &Json, taken: &[Taken], resent: &[String]) -> Result<(), &'static str> {
    let times = on_air(message, taken);
    let attempts = list(message, "attempts");
    let sends: Vec<&Json> = attempts.iter().filter(|attempt| attempt["state"] != "aborted" && attempt["state"] != "refused").collect();
    let by_a_person = resent.iter().filter(|id| message["id"] == id.as_str()).count();
    let sure = message["state"] == "submitted" || message["state"] == "delivered";
    let rules = [
        (times <= sends.len(), "the network took it more often than attempts were written down"),
        (message["policy"] != "once" || times <= 1 + by_a_person, "policy once, and twice on air without a person"),
        (times <= 1 || message["possibly_twice"] == true, "twice on air and not marked"),
        (sends.iter().skip(1).all(|attempt| attempt["again"] == true), "a second attempt is not marked"),
        (attempts.iter().all(|attempt| attempt["state"] != "attempting"), "an attempt is open at rest"),
        (!sure || times > 0, "told as sent, and the network never took it"),
        (!sure || message["certainty"] == "submitted", "sent, and its certainty is not"),
        (message["certainty"] != "not_sent" || times == 0, "told as not sent, and the network took it"),
        (message["state"] != "parked" || message["certainty"] == "in_doubt", "it waits for a person, and nobody says that it is in doubt"),
    ];
    rules.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, wrong)| Err(wrong))
}

fn list(message: &Json, name: &str) -> Vec<Json> {
    message[name].as_array().cloned().unwrap_or_default()
}

/// No key is posted twice, and no account is charged under two keys.
fn charged_once(site: &Site) -> Result<(), String> {
    let ledger = site.utility.ledger();
    let charges = ledger.charges();
    if charges.len() > 1 || charges.values().any(|charge| charge.posts > 1) {
        return Err(format!("charged more than once: {charges:?}"));
    }
    Ok(())
}

/// The event log without a gap, oldest first.
async fn whole_log(site: &Site) -> Result<Vec<Json>, String> {
    let mut events: Vec<Json> = Vec::new();
    loop {
        let page = items(&site.api.get(&format!("/v1/events?after={}&limit=500", events.len())).await?);
        if page.is_empty() {
            return Ok(events);
        }
        for event in page {
            if event["seq"] != events.len() + 1 {
                return Err(format!("a gap in the log before {event}"));
            }
            events.push(event);
        }
    }
}

/// Each event of the conversation was told to the subscriber at least once, signed; those of a conversation in their order.
async fn told(site: &Site, events: &[Json]) -> Result<(), String> {
    let until = deadline();
    loop {
        let hooks = site.utility.hooks();
        let taken: BTreeSet<&str> = hooks.iter().filter(|hook| hook.verified && hook.status < 300).map(|hook| hook.id.as_str()).collect();
        let of_conversation = events.iter().filter(|event| !event["msisdn"].is_null());
        let Some(missing) = of_conversation.into_iter().find(|event| !taken.contains(event["id"].as_str().unwrap_or_default())) else {
            break;
        };
        if SystemClock.tick() >= until {
            return Err(format!("the subscriber never heard of {missing}\n{}", site.machine.last_log_lines()));
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
    let mut seen = BTreeSet::new();
    let hooks = site.utility.hooks();
    let of_person = hooks.iter().filter(|hook| !hook.body["msisdn"].is_null());
    let firsts: Vec<i64> = of_person.filter(|hook| seen.insert(hook.id.as_str())).filter_map(|hook| hook.body["seq"].as_i64()).collect();
    if firsts.is_sorted() { Ok(()) } else { Err(format!("the conversation was told out of order: {firsts:?}")) }
}
