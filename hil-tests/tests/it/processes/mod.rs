//! Whole processes: a daemon on ptys that loses its power in the worst moments. The judge is what the emulated network
//! and the billing system saw, and what the API says afterwards.

use std::path::Path;
use std::time::Duration;

use answerback::time::{Clock as _, SystemClock};
use hil_tests::api::Api;
use hil_tests::emulator::{Rig, RigOptions};
use hil_tests::machine::Machine;
use hil_tests::utility::{Behaviour, Seen, Utility};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

const CUSTOMER: &str = "+15555550123";
const PATIENCE: Duration = Duration::from_secs(40);
const POLL_EVERY: Duration = Duration::from_millis(50);
/// Stamps count whole seconds: who answers within the second of the prompt wrote before it was out, says the fence.
const READING: Duration = Duration::from_millis(1_500);
/// A second charge or a second text would come within this time.
const SETTLE: Duration = Duration::from_secs(2);

struct Site {
    rig: Rig,
    utility: Utility,
    machine: Machine,
    api: Api,
    _folder: TempDir,
}

/// A box that is ready, with billing and the past-due flow; `latency` is the radio's time for one text.
async fn site(latency: Duration) -> Site {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let links = folder.path().join("ports");
    let rig = Rig::start(RigOptions { latency, ..RigOptions::quick(&links) }).expect("the modems");
    let utility = Utility::start(None).await.expect("billing");
    let program = Path::new(env!("CARGO_BIN_EXE_daemon-under-test"));
    let mut machine = Machine::start(program, folder.path(), &[rig.port(0), rig.port(1)]).await.expect("the daemon");
    machine.import("site.toml", &configuration(&utility)).await.expect("the configuration");
    let key = machine.key("billing", &["send:once", "send:notice", "send:alarm", "read"]).await.expect("a key");
    let api = machine.api(key);
    machine.wait_for("/readyz").await.expect("a modem that can send");
    Site { rig, utility, machine, api, _folder: folder }
}

fn configuration(utility: &Utility) -> String {
    let flow = concat!(env!("CARGO_MANIFEST_DIR"), "/../flows/pay.past_due.flow.toml");
    let endpoint = |name: &str, path: &str| {
        let (url, status) = (utility.url(path), utility.url("/billing/status"));
        format!("[[endpoint]]\nname = \"{name}\"\nurl = \"{url}\"\nstatus = \"{status}\"\nprivate = true\ntimeout = 60\n")
    };
    format!(
        "[settings]\nutility = \"City Power\"\ncountry = \"US\"\nzone = \"{}\"\ncurrency = \"USD\"\nemergency = \"911\"\n\n{}\n{}\n[[flow]]\nfile = \"{flow}\"\n",
        hil_tests::demo::daytime_zone(SystemClock.now()),
        endpoint("billing.charge", "/billing/charge"),
        endpoint("billing.claim_paid", "/billing/claim_paid"),
    )
}

impl Site {
    async fn ask(&self) -> String {
        let body = json!({
            "flow": "pay.past_due", "to": CUSTOMER,
            "data": { "account": "00451189", "amount": "84.50", "due": "2026-11-12", "card": "1234", "mandate": true },
        });
        let answer = self.api.post("/v1/sessions", "the-one-question", &body).await.expect("202");
        answer["id"].as_str().expect("an id").to_owned()
    }

    /// The customer answers the number that asked, once the question has arrived.
    async fn answer(&self, text: &str) {
        let shown = self.rig.wait_for_text(CUSTOMER, 1, PATIENCE).await.expect("the question on the phone");
        tokio::time::sleep(READING).await;
        for modem in 0..2 {
            if self.rig.number(modem).await.expect("a number") == shown[0].from {
                self.rig.inject(modem, CUSTOMER, text).await.expect("the answer on its way");
                return;
            }
        }
        panic!("no modem has the number {}", shown[0].from);
    }

    /// Polls a resource until it looks as wanted.
    async fn until(&self, path: &str, what: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        let mut last = Json::Null;
        let look = async {
            loop {
                last = self.api.get(path).await.unwrap_or_else(Json::String);
                if wanted(&last) {
                    return last.clone();
                }
                tokio::time::sleep(POLL_EVERY).await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, look).await;
        found.unwrap_or_else(|_| panic!("{what} did not come; {path} says {last:#}\n{}", self.machine.last_log_lines()))
    }

    fn charge_posts(&self) -> usize {
        self.utility.calls().iter().filter(|call| call.path == "/billing/charge").count()
    }

    async fn power_cut_and_back(&mut self) {
        self.machine.power_cut().await.expect("the process is killed");
        self.machine.start_again().await.expect("the daemon comes back");
        self.machine.wait_for("/readyz").await.expect("a modem that can send");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_while_a_charge_is_called_charges_once_and_finds_out() {
    let mut site = site(Duration::from_millis(20)).await;
    let session = site.ask().await;
    site.utility.ledger().behaviour = Behaviour::ChargeThenSilence;
    site.answer("Y").await;
    let charging = |seen: &Seen| matches!(seen, Seen::Call(call) if call.path == "/billing/charge");
    site.utility.wait_for(PATIENCE, charging).await.expect("the charge is called");
    site.utility.ledger().behaviour = Behaviour::Ok;
    site.power_cut_and_back().await;
    // The status look-up by key finds the charge; nobody posts it again.
    site.until(&format!("/v1/sessions/{session}"), "the receipt", |session| session["result"] == "paid").await;
    tokio::time::sleep(SETTLE).await;
    assert_eq!(site.charge_posts(), 1, "the charge is posted once");
    let shown = site.rig.received(CUSTOMER).await.expect("the phone's texts");
    assert!(shown.iter().any(|text| text.text.contains("Receipt 8841")), "the receipt is on the phone: {shown:?}");
    site.machine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_after_ctrl_z_leaves_a_doubt_and_no_second_text() {
    let mut site = site(Duration::from_secs(3)).await;
    let body = json!({ "to": CUSTOMER, "text": "Your code is 4711.", "policy": "once" });
    let accepted = site.api.post("/v1/messages", "one-code", &body).await.expect("202");
    let path = format!("/v1/messages/{}", accepted["id"].as_str().expect("an id"));
    site.rig.wait_for_sent(1, PATIENCE).await.expect("the network took it");
    site.power_cut_and_back().await;
    let message = site.until(&path, "the doubt", |message| message["certainty"] == "in_doubt").await;
    assert_eq!(message["state"], "parked", "policy once waits for a person: {message:#}");
    tokio::time::sleep(SETTLE).await;
    assert_eq!(site.rig.sent().await.expect("the network's log").len(), 1, "nothing is repeated in silence");
    site.machine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_202_leaves_after_a_power_cut() {
    let mut site = site(Duration::from_millis(20)).await;
    site.rig.unplug(0).await.expect("unplugged");
    site.rig.unplug(1).await.expect("unplugged");
    // Until the box knows, a text may be on its way to a modem; that would be a doubt after the cut, and rightly so.
    site.until("/readyz", "that no modem can send", Json::is_string).await;
    for number in 0..5 {
        let body = json!({ "to": CUSTOMER, "text": format!("Notice {number}"), "policy": "notice" });
        site.api.post("/v1/messages", &format!("notice-{number}"), &body).await.expect("202");
    }
    site.machine.power_cut().await.expect("the process is killed");
    site.rig.plug(0, None).await.expect("plugged");
    site.machine.start_again().await.expect("the daemon comes back");
    let sent = site.rig.wait_for_sent(5, PATIENCE).await;
    let sent = sent.unwrap_or_else(|reason| panic!("all five leave: {reason}\n{}", site.machine.last_log_lines()));
    assert_eq!(sent.len(), 5, "each once");
    site.machine.stop().await;
}
