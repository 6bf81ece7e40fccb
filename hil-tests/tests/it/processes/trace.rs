//! `modem trace` from the command line, and what it wrote played back to another box: nobody is in it, and the modem lives again.

use std::path::Path;

use hil_tests::emulator::ReplayPort;
use hil_tests::emulator::replay::Replay;
use hil_tests::machine::Machine;
use serde_json::json;

use super::site::{CUSTOMER, PATIENCE, PLAIN, POLL_EVERY, Setting, Site, items};

const TEXT: &str = "The crew comes on Tuesday between 8 and 10.";
const REPLY: &str = "Please ring at the back door";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_of_one_box_is_a_modem_for_the_next() {
    let dialects = ["generic", "huawei", "sim800"].map(|dialect| (dialect.to_owned(), dialect));
    super::together("trace of", dialects.into(), |dialect| async move {
        let site = Site::build(Setting { dialect, ..PLAIN }).await?;
        let traced = traced(&site).await;
        let log = site.machine.last_log_lines();
        site.machine.stop().await;
        let trace = traced.map_err(|wrong| format!("{wrong}\n{log}"))?;
        played(&trace).await?;
        Ok(((), format!("{} chunks", trace.lines().count())))
    })
    .await;
}

/// A text each way, and what the port carried.
async fn traced(site: &Site) -> Result<String, String> {
    let body = json!({ "to": CUSTOMER, "text": TEXT, "policy": "notice" });
    let sent = site.api.post("/v1/messages", "crew", &body).await?;
    let path = format!("/v1/messages/{}", sent["id"].as_str().unwrap_or_default());
    site.until(&path, "the report", |message| message["state"] == "delivered").await?;
    site.rig.inject(0, CUSTOMER, REPLY).await?;
    let came = |thread: &serde_json::Value| thread["thread"].as_array().into_iter().flatten().any(|line| line["direction"] == "in");
    site.until(&format!("/v1/conversations/{CUSTOMER}"), "the reply", came).await?;
    site.rig.wait_for_stored(0, [0, 0, 0], PATIENCE).await?;
    let modems = site.api.get("/v1/modems").await?;
    let name = items(&modems)[0]["name"].as_str().unwrap_or_default().to_owned();
    let shown = site.machine.command(&["modem", "trace", &name, "--once"]).await?;
    if !shown.contains("> AT+CMGS=") || !shown.contains("<Ctrl-Z>") || !shown.contains("< <CR><LF>+CMGS: ") {
        return Err(format!("what a person reads: {shown}"));
    }
    let trace = site.machine.command(&["--json", "modem", "trace", &name, "--once"]).await?;
    for secret in ["5555550123", "55555521", REPLY, TEXT] {
        let (plain, swapped) = (trace.contains(secret), trace.contains(&in_semi_octets(secret)));
        if plain || swapped {
            return Err(format!("{secret} is in the trace:\n{trace}"));
        }
    }
    site.machine.command(&["modem", "trace", "nowhere", "--once"]).await.expect_err("there is no such modem");
    Ok(trace)
}

/// Digits as a PDU writes them.
fn in_semi_octets(digits: &str) -> String {
    digits.as_bytes().chunks(2).flat_map(|pair| pair.iter().rev()).map(|digit| char::from(*digit)).collect()
}

/// What a driver checks by the clock: a machine that is slow asks it in one of the two runs only.
const BY_THE_CLOCK: [&str; 4] = ["AT+CPMS", "AT+CMGL", "AT+CNMI?", "AT+CCLK?"];

/// Another box on the recorded modem: it comes up, sends, and reads what came.
async fn played(trace: &str) -> Result<(), String> {
    let words = |error: std::io::Error| error.to_string();
    let folder = tempfile::tempdir().map_err(words)?;
    let port = ReplayPort::open(&folder.path().join("recorded"), Replay::read(trace)?).map_err(words)?;
    let program = Path::new(env!("CARGO_BIN_EXE_daemon-under-test"));
    let mut machine = Machine::start(program, folder.path(), &[port.link().to_owned()]).await?;
    machine.wait_for("/readyz").await?;
    let api = machine.api(machine.key("billing", &["send:notice", "read"]).await?);
    let body = json!({ "to": "+15555550177", "text": "Another text to somebody else", "policy": "notice" });
    let sent = api.post("/v1/messages", "other", &body).await?;
    let path = format!("/v1/messages/{}", sent["id"].as_str().unwrap_or_default());
    let over = tokio::time::timeout(PATIENCE, port.over(&BY_THE_CLOCK)).await;
    let told = async {
        let mut kinds: Vec<String> = Vec::new();
        while !["message.submitted", "message.received"].iter().all(|kind| kinds.iter().any(|told| told == kind)) {
            tokio::time::sleep(POLL_EVERY).await;
            let events = api.get("/v1/events?after=0&limit=500").await?;
            kinds = items(&events).iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect();
        }
        Ok::<_, String>(())
    };
    let told = tokio::time::timeout(PATIENCE, told).await;
    let message = api.get(&path).await?;
    let log = machine.last_log_lines();
    machine.stop().await;
    over.map_err(|_| format!("the trace was not played to its end\n{log}"))??;
    let strange: Vec<String> =
        port.strange().into_iter().filter(|said| !BY_THE_CLOCK.iter().any(|check| said.starts_with(check))).collect();
    if !strange.is_empty() {
        return Err(format!("not in the trace: {strange:?}\n{log}"));
    }
    told.map_err(|_| format!("a text was not sent, or the recorded one did not come in: {message:#}\n{log}"))?
}
