//! What only the running daemon knows: modems, SIMs, flows and the webhooks' dead letters.

use serde_json::Value;

use super::Finding;
use crate::cli::Failure;
use crate::cli::client::Client;
use crate::cli::table::cell;

/// Asks the daemon.
pub async fn check(client: &Client) -> Result<Vec<Finding>, Failure> {
    let status = client.get("/v1/status").await?;
    let mut findings = vec![Finding::good("daemon", format!("runs, version {}", cell(&status["version"])))];
    findings.extend(modems(&status["modems"]));
    findings.extend(network_time(&status["modems"]));
    findings.extend(settings(&client.get("/v1/settings").await?));
    findings.extend(flows(client).await?);
    findings.push(doubts(&status));
    findings.push(dead_letters(&status));
    Ok(findings)
}

fn modems(items: &Value) -> Vec<Finding> {
    let items = items.as_array().cloned().unwrap_or_default();
    if items.is_empty() {
        return vec![Finding::bad("modems", "the daemon has found none", "plug one in; see the ports above")];
    }
    items.iter().flat_map(modem).collect()
}

/// Weaker than this and texts get lost on the way up.
const SIGNAL_DBM_MIN: i64 = -105;

fn modem(modem: &Value) -> Vec<Finding> {
    let what = cell(&modem["name"]);
    let mut found = Vec::new();
    if modem["state"] == "ready" {
        found.push(Finding::good(&what, format!("ready on {}", cell(&modem["operator"]))));
    } else {
        let words = format!("{} ({})", cell(&modem["words"]), cell(&modem["code"]));
        found.push(Finding::bad(&what, words, "the words say what it needs; `answerback modem restart` tries again"));
        return found;
    }
    if let Some(dbm) = modem["signal_dbm"].as_i64().filter(|dbm| *dbm < SIGNAL_DBM_MIN) {
        found.push(Finding::warn(&what, format!("signal {dbm} dBm is weak"), "move the antenna, or use an outdoor one"));
    }
    if modem["smsc"].as_str().unwrap_or_default().is_empty() {
        found.push(Finding::bad(
            &what,
            "the SIM has no service-centre number",
            "ask the operator for it and store it on the SIM (AT+CSCA)",
        ));
    }
    let (used, total) = (modem["storage_used"].as_i64(), modem["storage_total"].as_i64());
    if let (Some(used), Some(total)) = (used, total)
        && used * 10 >= total * 9
        && total > 0
    {
        found.push(Finding::warn(
            &what,
            format!("its storage holds {used} of {total}"),
            "texts that are read should leave it; look at the log",
        ));
    }
    found
}

/// The box's clock beside what the modems' networks say.
fn network_time(modems: &Value) -> Vec<Finding> {
    let told = modems.as_array().into_iter().flatten().filter(|modem| modem["state"] == "ready").map(|modem| &modem["network_time"]);
    let fix = "timedatectl set-ntp true, or set the clock by hand; the box never sets it from a modem";
    let finding = |told: &Value| {
        let (untrusted, words) = (told["untrusted"].as_bool()?, cell(&told["words"]));
        Some(if untrusted { Finding::bad("network time", words, fix) } else { Finding::good("network time", words) })
    };
    told.filter_map(finding).collect()
}

fn settings(settings: &Value) -> Vec<Finding> {
    let missing: Vec<&str> =
        ["utility", "country", "emergency"].into_iter().filter(|name| settings[*name].as_str().unwrap_or_default().is_empty()).collect();
    let mut found = Vec::new();
    if !missing.is_empty() {
        let fix = "set it on the settings page, or with `answerback config import`";
        found.push(Finding::bad("settings", format!("not set: {}", missing.join(", ")), fix));
    }
    if settings["public_url"].as_str().unwrap_or_default().is_empty() {
        let fix = "set public_url when a proxy with a certificate leads customers' phones here";
        found.push(Finding::warn("settings", "no public_url: steps with a link take their `expired` branch", fix));
    }
    found
}

async fn flows(client: &Client) -> Result<Vec<Finding>, Failure> {
    let flows = client.get("/v1/flows").await?;
    let mut found = Vec::new();
    for flow in flows["items"].as_array().into_iter().flatten() {
        let what = format!("flow {}", cell(&flow["name"]));
        let findings = flow["findings"].as_array().cloned().unwrap_or_default();
        let Some(first) = findings.first() else {
            found.push(Finding::good(&what, format!("revision {} is right", flow["revision"])));
            continue;
        };
        let words = format!("line {}: {}", first["line"], cell(&first["reason"]));
        found.push(if first["severity"] == "error" {
            Finding::bad(&what, words, cell(&first["proposal"]))
        } else {
            Finding::warn(&what, words, cell(&first["proposal"]))
        });
    }
    if found.is_empty() {
        found.push(Finding::warn("flows", "none is active", "import one: `answerback config import`, or use the flows page"));
    }
    Ok(found)
}

fn doubts(status: &Value) -> Finding {
    match status["in_doubt"].as_i64().unwrap_or_default() {
        0 => Finding::good("in doubt", "nothing"),
        count => Finding::warn(
            "in doubt",
            format!("{count} messages may or may not have been sent"),
            "`answerback status` lists them, `answerback resolve` decides",
        ),
    }
}

fn dead_letters(status: &Value) -> Finding {
    match status["dead_letters"].as_i64().unwrap_or_default() {
        0 => Finding::good("webhooks", "no dead letters"),
        count => Finding::bad(
            "webhooks",
            format!("{count} events could not be delivered"),
            "repair the receiver, then send them again on the webhooks page",
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cli::doctor::Health;

    #[test]
    fn a_clock_that_no_network_confirms_is_named_with_its_fix() {
        let modem = |state: &str, told: Value| json!({ "state": state, "network_time": told });
        let off = json!({ "untrusted": true, "words": "the box's clock is 3 h 12 min ahead" });
        let right = json!({ "untrusted": false, "words": "the box's clock agrees" });
        let found = network_time(&json!([
            modem("ready", off.clone()),
            modem("ready", right),
            modem("ready", Value::Null),
            modem("not_ready", off),
            modem("ready", json!({ "untrusted": "rubbish" })),
        ]));
        let told: Vec<_> = found.iter().map(|finding| (finding.health, finding.words.as_str(), finding.fix.is_empty())).collect();
        assert_eq!(told, [(Health::Bad, "the box's clock is 3 h 12 min ahead", false), (Health::Good, "the box's clock agrees", true)]);
    }
}
