//! `flow rehearse` from the command line to the rows: the replies that it holds a flow against were typed on a phone and came in
//! over the air.

use serde_json::json;

use super::site::{CUSTOMER, PLAIN, Site, items};

const FLOW: &str = include_str!("../../../../flows/pay.past_due.flow.toml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_flow_is_held_against_what_came_over_the_air() {
    Site::plays(PLAIN, play).await;
}

async fn play(site: &Site) -> Result<(), String> {
    let data = json!({ "account": "00451189", "amount": "84.50", "due": "2026-11-12", "card": "1234", "mandate": true });
    let body = json!({ "flow": "pay.past_due", "to": CUSTOMER, "data": data });
    let begun = site.api.post("/v1/sessions", "the-one-question", &body).await?;
    for (heard, words) in ["pagar ya", "Y"].into_iter().enumerate() {
        shown(site, heard + 1).await?;
        site.answers(CUSTOMER, words).await?;
        let understood = |thread: &serde_json::Value| {
            let thread = thread["thread"].as_array().into_iter().flatten();
            thread.filter(|line| line["direction"] == "in" && line["rule"].is_number()).count() == heard + 1
        };
        site.until(&format!("/v1/conversations/{CUSTOMER}"), "the reply", understood).await?;
    }
    let session = begun["id"].as_str().unwrap_or_default();
    let ended = site.until(&format!("/v1/sessions/{session}"), "the end", |session| session["state"] == "completed").await?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    for (name, text, want) in [
        ("same", FLOW.to_owned(), "2 replies: 2 as before, 0 to steps that ask no more, 0 otherwise; unclear 1 before, 1 now"),
        ("wider", wider(), "2 replies: 1 as before, 0 to steps that ask no more, 1 otherwise; unclear 1 before, 0 now"),
        ("other", renamed(), "2 replies: 0 as before, 2 to steps that ask no more, 0 otherwise; unclear 0 before, 0 now"),
    ] {
        let file = folder.path().join(format!("{name}.flow.toml"));
        std::fs::write(&file, text).map_err(|error| error.to_string())?;
        let told = site.machine.command(&["flow", "rehearse", &file.to_string_lossy(), "--since", "30d"]).await?;
        if !told.lines().any(|line| line == want) {
            return Err(format!("{name}: {want:?} is not in {told:?}"));
        }
        let differs = told.lines().any(|line| line.contains("pagar ya") && line.contains("unclear") && line.contains("yes"));
        if differs != (name == "wider") {
            return Err(format!("{name}: {told}"));
        }
    }
    let by_name = site.machine.command(&["flow", "rehearse", "pay.past_due"]).await?;
    let after = site.api.get(&format!("/v1/sessions/{session}")).await?;
    let unmoved = by_name.contains("2 as before") && after["visit"] == ended["visit"] && after["step"] == ended["step"];
    if unmoved { Ok(()) } else { Err(format!("{by_name}\n{after:#}")) }
}

/// The same with one more word for yes.
fn wider() -> String {
    FLOW.replace("es = [\"pagar\"]", "es = [\"pagar\", \"pagar ya\"]")
}

/// The same with another name for the step that asks.
fn renamed() -> String {
    FLOW.replace("[step.ask]", "[step.question]").replace("\"ask\"", "\"question\"")
}

/// Waits until the customer has so many texts, and the box knows it.
async fn shown(site: &Site, texts: usize) -> Result<(), String> {
    let arrived = |list: &serde_json::Value| items(list).iter().filter(|message| message["state"] == "delivered").count() >= texts;
    site.until("/v1/messages", "the text", arrived).await.map(drop)
}
