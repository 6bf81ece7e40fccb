//! A lost answer, a lost prompt and a power cut on air, by policy: `alarm` sends again and says so, `notice` waits, `once` asks
//! a person; a witness ends each doubt.

use hil_tests::emulator::fault::Fault;

use super::exchange::{Ends, Exchange, exchange};
use super::site::{PLAIN, Setting};
use super::together;

const QUICK: Setting = Setting { quick: true, ..PLAIN };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_policy_keeps_its_promise() {
    let named = exchanges().into_iter().map(|plot| (name(&plot), plot)).collect();
    together("lost", named, exchange).await;
}

fn name(plot: &Exchange) -> String {
    let faults: Vec<String> = plot.faults.iter().map(|(fault, times)| format!("{fault:?} x{times}")).collect();
    let killed = plot.killed_at.map(|point| format!(", killed {point}")).unwrap_or_default();
    let meanwhile = if plot.text_meanwhile { ", a text comes in" } else { "" };
    format!("{}: {}{killed}{meanwhile}", plot.policy, faults.join(", "))
}

fn exchanges() -> Vec<Exchange> {
    let quiet = Exchange {
        setting: QUICK,
        policy: "once",
        faults: Vec::new(),
        killed_at: None,
        back_as: None,
        text_meanwhile: false,
        ends: Ends::Sent,
    };
    let mut all = Vec::new();
    for (policy, without_witness) in [("alarm", Ends::SentAgain), ("notice", Ends::Waits), ("once", Ends::Waits)] {
        let one = Exchange { policy, ends: without_witness, ..quiet.clone() };
        for taken in [true, false] {
            all.push(Exchange { faults: vec![(Fault::LostAnswer { taken }, 1), (Fault::NoReport, 0)], ..one.clone() });
        }
        all.push(Exchange { faults: vec![(Fault::LostAnswer { taken: true }, 1)], ends: Ends::Proved("report"), ..one.clone() });
        all.push(Exchange { setting: PLAIN, faults: vec![(Fault::NoReport, 0)], killed_at: Some("before Ctrl-Z"), ..one.clone() });
        let lost = vec![(Fault::LostAnswer { taken: true }, 1), (Fault::NoReport, 0)];
        all.push(Exchange { setting: PLAIN, faults: lost, killed_at: Some("after Ctrl-Z"), ..one });
    }
    all.push(Exchange { faults: vec![(Fault::DropPrompt, 1)], ..quiet.clone() });
    all.push(Exchange { faults: vec![(Fault::DropPrompt, 2)], ..quiet.clone() });
    all.push(Exchange { faults: vec![(Fault::DropPrompt, 1)], text_meanwhile: true, ..quiet.clone() });
    all.push(Exchange { setting: PLAIN, faults: vec![(Fault::LatePrompt { ms: 700 }, 1)], text_meanwhile: true, ..quiet });
    all
}
