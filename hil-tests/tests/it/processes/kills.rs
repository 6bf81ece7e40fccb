//! Every point at which the power can go: W0 to R3 of reliability.md section 2, around every http step and webhook, around
//! every text that comes in. A point the daemon came to and that nobody died at fails the table.

use std::collections::BTreeSet;

use hil_tests::emulator::fault::{Fault, Place};
use hil_tests::utility::Behaviour;

use super::story::{CALL_LEFT, From, LOOK_UP_LEFT, Plot, QUESTION, RECEIPT, play};
use super::together;

/// Points that differ from no other: a job that writes nothing.
const SAME_AS_OTHERS: [&str; 1] = ["written: prepare a look-up"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_power_may_go_at_every_point() {
    let plots = plots();
    let died_at: BTreeSet<&str> = plots.iter().flat_map(|plot| plot.deaths.iter().map(|(_, point)| *point)).collect();
    let named = plots.into_iter().map(|plot| (name(&plot), plot)).collect();
    let reached = together("killed at", named, play).await;
    let reached: BTreeSet<String> = reached.into_iter().flatten().collect();
    let missed: Vec<&String> =
        reached.iter().filter(|point| !died_at.contains(point.as_str()) && !SAME_AS_OTHERS.contains(&point.as_str())).collect();
    assert!(missed.is_empty(), "the daemon came to points that the table does not have: {missed:?}");
}

fn name(plot: &Plot) -> String {
    let deaths: Vec<String> = plot.deaths.iter().map(|(from, point)| format!("{from:?}/{point}")).collect();
    let fault = plot.fault.as_ref().map(|(fault, _)| format!(" {fault:?}")).unwrap_or_default();
    format!("{}{fault}", deaths.join(", "))
}

/// The conversation without trouble, but for these deaths.
fn deaths(deaths: &[(From, &'static str)]) -> Plot {
    Plot {
        deaths: deaths.to_vec(),
        billing: Behaviour::Ok,
        silent_look_ups: 0,
        fault: None,
        doubts: &[],
        person: false,
        maybe: false,
        witness: None,
        never_charged: false,
    }
}

/// One death before the question is settled, one behind it.
fn two(question: &'static str, reply: &'static str) -> Plot {
    deaths(&[(From::Question, question), (From::Reply, reply)])
}

fn plots() -> Vec<Plot> {
    let mut plots = nothing_in_doubt();
    plots.extend(in_doubt());
    plots.extend(starts());
    plots.extend(http_steps());
    plots.extend(with_faults());
    plots
}

/// W0, W1 and behind W3: what was not on air goes out once, what is known stays known. Texts are read again.
fn nothing_in_doubt() -> Vec<Plot> {
    vec![
        two("written: serve a client", "before AT+CMGR"),
        two("committed: serve a client", "after AT+CMGR"),
        two("written: claim parts", "written: take what was read"),
        two("committed: claim parts", "committed: take what was read"),
        two("before AT+CMGS", "before AT+CMGD"),
        two("after AT+CMGS", "after AT+CMGD"),
        two("written: begin an attempt", "before AT+CMGS"),
        two("committed: note a submission", "written: claim parts"),
        two("written: store what was shown", "committed: note a submission"),
        two("committed: store what was shown", "written: begin an attempt"),
        deaths(&[(From::After, "committed: queue webhooks")]),
        deaths(&[(From::After, "answered: webhook")]),
        deaths(&[(From::After, "committed: end webhooks")]),
    ]
}

/// W2: the row is there, and nobody knows whether Ctrl-Z went out. Policy of the flow is `once`.
fn in_doubt() -> Vec<Plot> {
    let not_taken = |from, point, doubts| Plot { doubts, person: true, ..deaths(&[(from, point)]) };
    let taken = |from, point, doubts, witness| Plot { doubts, witness: Some(witness), ..deaths(&[(from, point)]) };
    vec![
        not_taken(From::Question, "committed: begin an attempt", &[QUESTION]),
        not_taken(From::Question, "before Ctrl-Z", &[QUESTION]),
        not_taken(From::Reply, "committed: begin an attempt", &[RECEIPT]),
        not_taken(From::Reply, "before Ctrl-Z", &[RECEIPT]),
        taken(From::Question, "after Ctrl-Z", &[QUESTION], "orphan"),
        taken(From::Question, "written: note a submission", &[QUESTION], "report"),
        taken(From::Reply, "after Ctrl-Z", &[RECEIPT], "orphan"),
        taken(From::Reply, "written: note a submission", &[RECEIPT], "report"),
    ]
}

/// R0 to R2, on the way up after a death on air; and again, and again.
fn starts() -> Vec<Plot> {
    let after_ctrl_z = |points: &[&'static str]| {
        let first = (From::Question, "after Ctrl-Z");
        let all: Vec<_> = std::iter::once(first).chain(points.iter().map(|point| (From::Start, *point))).collect();
        Plot { doubts: &[QUESTION], ..deaths(&all) }
    };
    vec![
        after_ctrl_z(&["opened", "written: take over the last run"]),
        after_ctrl_z(&["committed: take over the last run", "serving"]),
        after_ctrl_z(&["written: take over calls", "committed: take over calls"]),
        after_ctrl_z(&["written: let time pass", "committed: let time pass"]),
        after_ctrl_z(&["written: take over what was open", "committed: take over what was open"]),
        after_ctrl_z(&["before ESC", "after ESC"]),
        after_ctrl_z(&["written: use a late reference"]),
        after_ctrl_z(&["committed: use a late reference"]),
        after_ctrl_z(&["written: note its identity", "committed: note its identity"]),
        after_ctrl_z(&["written: note that it is ready", "committed: note that it is ready"]),
        after_ctrl_z(&["written: note what it witnesses"]),
        after_ctrl_z(&["committed: note what it witnesses"]),
        after_ctrl_z(&["before AT+CMGL", "after AT+CMGL"]),
    ]
}

/// Around the `calling` row and its octets, and around the look-up that follows a call without an answer.
fn http_steps() -> Vec<Plot> {
    let call = |point| deaths(&[(From::Reply, point)]);
    let silent = |point| Plot { billing: Behaviour::ChargeThenSilence, ..call(point) };
    let look_up = |point| Plot { billing: Behaviour::ChargeThenReset, ..call(point) };
    vec![
        call("written: start a call"),
        Plot { never_charged: true, ..call("committed: start a call") },
        silent(CALL_LEFT),
        call("answered: call"),
        call("written: end a call"),
        call("committed: end a call"),
        look_up("committed: prepare a look-up"),
        Plot { silent_look_ups: 1, ..look_up(LOOK_UP_LEFT) },
        look_up("answered: look-up"),
        look_up("written: end a look-up"),
        look_up("committed: end a look-up"),
    ]
}

/// What a modem in trouble tells.
fn with_faults() -> Vec<Plot> {
    let trouble = |fault: Fault, times, point| Plot { fault: Some((fault, times)), ..deaths(&[(From::Question, point)]) };
    // What the modem said is not on disk: nobody can know that nothing went out.
    let open = |fault, times, point| Plot { doubts: &[QUESTION], person: true, ..trouble(fault, times, point) };
    let lost = |point| Plot { doubts: &[QUESTION], ..trouble(Fault::LostAnswer { taken: true }, 1, point) };
    let vanish = Fault::Vanish { place: Place::Prompt, octets: 0, back_ms: Some(200) };
    let gone = |point| Plot { maybe: true, ..open(vanish.clone(), 1, point) };
    vec![
        lost("written: note a doubt"),
        lost("committed: note a doubt"),
        open(Fault::DropPrompt, 2, "written: give a part back"),
        trouble(Fault::DropPrompt, 2, "committed: give a part back"),
        open(Fault::RefuseEarly { cms: 314 }, 1, "written: note a refusal"),
        trouble(Fault::RefuseEarly { cms: 314 }, 1, "committed: note a refusal"),
        gone("written: note that it cannot send"),
        gone("committed: note that it cannot send"),
    ]
}
