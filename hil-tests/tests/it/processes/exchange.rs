//! One message, or one text that comes in, through one trouble: the port goes, an answer is lost, the power goes.

use std::time::Duration;

use answerback::time::{Clock as _, SystemClock};
use hil_tests::emulator::fault::{Fault, Place};
use hil_tests::emulator::network::Taken;
use serde_json::{Value as Json, json};

use super::judge::{judge, on_air, seen};
use super::site::{CUSTOMER, PATIENCE, PLAIN, POLL_EVERY, Setting, Site, deadline};

/// What happens to one message.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub setting: Setting,
    /// `alarm`, `notice` or `once`.
    pub policy: &'static str,
    /// What goes wrong, and how often.
    pub faults: Vec<(Fault, u32)>,
    /// The point at which the power goes.
    pub killed_at: Option<&'static str>,
    /// The port comes back when it has gone, under this name.
    pub back_as: Option<&'static str>,
    /// A text comes in while the modem has `AT+CMGS` and has not answered.
    pub text_meanwhile: bool,
    /// How it ends.
    pub ends: Ends,
}

/// How a message ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// It never was in doubt, and was sent.
    Sent,
    /// It was in doubt, and a witness of this kind proved that the network had it.
    Proved(&'static str),
    /// It is in doubt, the policy sent it again and marked it.
    SentAgain,
    /// It is in doubt, and nothing is sent by itself.
    Waits,
    /// The network took it once, and the box knows that, at once or by a witness.
    OnAirOnce,
    /// As soon as all octets have left it is in doubt, otherwise it goes out again; a few milliseconds decide that.
    ByCtrlZ,
}

/// TP-ST: received by the phone.
pub const DELIVERED: u8 = 0;
/// A port that goes stays away this long: long enough to be seen.
pub const BACK_MS: u64 = 400;
/// A second text in silence would come within this time.
const SILENCE: Duration = Duration::from_secs(1);
/// The PDU behind the prompt has so many octets.
pub const PDU_OCTETS: usize = 121;
const WORDS: &str =
    "Water is off on Elm Street until 6 pm. Crews are at work, and we text you when it is back. Reply STOP to end these texts.";

/// Plays it and judges it; a line for the table.
pub async fn exchange(plot: Exchange) -> Result<((), String), String> {
    let mut site = Site::build(plot.setting).await?;
    let line = run(&mut site, &plot).await;
    let line = line.map_err(|wrong| format!("{wrong}\n{}", site.machine.last_log_lines()))?;
    site.machine.stop().await;
    Ok(((), line))
}

async fn run(site: &mut Site, plot: &Exchange) -> Result<String, String> {
    for (fault, times) in &plot.faults {
        site.rig.fault(0, fault.clone(), *times).await?;
    }
    site.machine.order_to_die_at(plot.killed_at)?;
    let id = accepted(site, plot.policy).await?;
    if plot.text_meanwhile {
        site.until_crossed(b"AT+CMGS").await?;
        site.rig.inject(0, CUSTOMER, "Is it back?").await?;
    }
    if plot.killed_at.is_some() {
        rise(site).await?;
    }
    if let Some(name) = plot.back_as {
        site.until_gone().await?;
        site.rig.plug(0, Some(name)).await?;
    }
    let path = format!("/v1/messages/{id}");
    if plot.ends == Ends::Proved("report") {
        prove(site, &path).await?;
    }
    site.until(&path, "the end of it", |message| rests(message, plot.ends)).await?;
    tokio::time::sleep(SILENCE).await;
    let message = site.until(&path, "its rest", |message| rests(message, plot.ends)).await?;
    if plot.text_meanwhile {
        came_in_once(site, "Is it back?").await?;
    }
    judge(site, &[]).await?;
    let taken = site.rig.sent().await?;
    let ours = |taken: &&Taken| taken.text.as_deref() == Some(WORDS);
    if let Some(other) = taken.iter().filter(ours).find(|taken| taken.pdu.len() != 2 * PDU_OCTETS) {
        return Err(format!("the PDU has {} octets, not {PDU_OCTETS}", other.pdu.len() / 2));
    }
    let sent = on_air(&message, &taken);
    as_told(&message, plot, sent).map_err(|wrong| format!("{wrong}; {sent} on air: {message:#}"))?;
    let attempts = message["attempts"].as_array().map_or(0, Vec::len);
    Ok(format!("{}, {}, {sent} on air, {attempts} attempts", words(&message["state"]), words(&message["certainty"])))
}

/// The network's report is told until the box has read it: a modem that starts throws away what comes before it is set up.
async fn prove(site: &Site, path: &str) -> Result<(), String> {
    let until = deadline();
    site.until(path, "the doubt", |message| seen(message, "silence")).await?;
    while !site.api.get(path).await.is_ok_and(|message| seen(&message, "report")) {
        if SystemClock.tick() >= until {
            return Err("no report was read".to_owned());
        }
        site.rig.report(0, None, DELIVERED).await?;
        tokio::time::sleep(SILENCE).await;
    }
    Ok(())
}

fn words(json: &Json) -> &str {
    json.as_str().unwrap_or_default()
}

/// A client asks until it has an answer, under one key.
async fn accepted(site: &mut Site, policy: &str) -> Result<String, String> {
    let until = deadline();
    let body = json!({ "to": CUSTOMER, "text": WORDS, "policy": policy });
    loop {
        match site.api.post("/v1/messages", "the-one-message", &body).await {
            Ok(answer) => return Ok(words(&answer["id"]).to_owned()),
            Err(reason) if SystemClock.tick() >= until => return Err(reason),
            Err(_) if site.machine.has_ended() => return Err("it died before it answered".to_owned()),
            Err(_) => tokio::time::sleep(POLL_EVERY).await,
        }
    }
}

async fn rise(site: &mut Site) -> Result<(), String> {
    let until = deadline();
    while !site.machine.has_ended() {
        if SystemClock.tick() >= until {
            return Err("it did not come to the point".to_owned());
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
    site.be_patient();
    site.machine.order_to_die_at(None)?;
    site.machine.start_again().await
}

/// Whether nothing more is to come of its own.
fn rests(message: &Json, ends: Ends) -> bool {
    let sent = message["state"] == "submitted" || message["state"] == "delivered";
    let doubtful = message["state"] == "in_doubt" || message["state"] == "parked";
    match ends {
        Ends::Sent | Ends::Proved(_) | Ends::SentAgain | Ends::OnAirOnce => sent,
        Ends::Waits => doubtful,
        Ends::ByCtrlZ => sent || doubtful,
    }
}

/// What the API says is what was.
fn as_told(message: &Json, plot: &Exchange, sent: usize) -> Result<(), String> {
    let doubt = seen(message, "silence");
    let attempts = message["attempts"].as_array().cloned().unwrap_or_default();
    let refused = attempts.iter().filter(|attempt| attempt["state"] == "aborted" || attempt["state"] == "refused").count();
    let tries = attempts.len() - refused;
    // Only the first may not have come to the network.
    let lost = plot.killed_at == Some("before Ctrl-Z") || plot.faults.iter().any(|(fault, _)| *fault == Fault::LostAnswer { taken: false });
    let once = sent == 1 && tries == 1 && message["possibly_twice"] == false;
    let for_a_person = message["policy"] != "once" || message["state"] == "parked";
    let holds = match plot.ends {
        Ends::Sent => !doubt && once,
        Ends::Proved(kind) => doubt && seen(message, kind) && once,
        Ends::OnAirOnce => once,
        Ends::SentAgain => doubt && tries > 1 && sent == tries - usize::from(lost) && message["possibly_twice"] == true,
        Ends::Waits => doubt && tries == 1 && message["certainty"] == "in_doubt" && for_a_person,
        Ends::ByCtrlZ => once || (doubt && sent == 0 && tries == 1 && message["certainty"] == "in_doubt" && for_a_person),
    };
    if holds { Ok(()) } else { Err(format!("not {:?}", plot.ends)) }
}

/// A text comes in and the port goes, once.
pub async fn text_in(place: Place) -> Result<((), String), String> {
    let site = Site::build(PLAIN).await?;
    site.rig.fault(0, Fault::Vanish { place, octets: 0, back_ms: Some(BACK_MS) }, 1).await?;
    site.rig.inject(0, CUSTOMER, "Is it back?").await?;
    site.until_gone().await?;
    came_in_once(&site, "Is it back?").await?;
    judge(&site, &[]).await?;
    site.machine.stop().await;
    Ok(((), "taken once, its slot is free".to_owned()))
}

/// A text is there once, and its slot is free.
async fn came_in_once(site: &Site, text: &str) -> Result<(), String> {
    let path = format!("/v1/conversations/{CUSTOMER}");
    let there = |with: &Json| with["thread"].as_array().is_some_and(|lines| lines.iter().any(|line| line["direction"] == "in"));
    site.until(&path, "the text", there).await?;
    site.rig.wait_for_stored(0, [0; 3], PATIENCE).await?;
    let sent =
        |list: &Json| super::site::items(list).iter().all(|message| message["state"] == "submitted" || message["state"] == "delivered");
    site.until("/v1/messages", "the answer to it", sent).await?;
    let texts = site.texts_in().await?;
    if texts.len() == 1 && texts[0]["text"] == text { Ok(()) } else { Err(format!("it is not there once: {texts:#?}")) }
}
