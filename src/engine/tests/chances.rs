//! Chance instead of a script: whatever happens in whatever order, the promises of reliability.md hold. The seed is in the
//! message of a failure.

use super::{PERSON, Rig, SIM, plain, status_report};
use crate::chance::Seeded;
use crate::engine::doubt::{self, As};
use crate::engine::submit::{self, Begin};
use crate::engine::{accept, queue};
use crate::ids::{MessageId, PartKey};
use crate::store::Paging;
use crate::terms::{AttemptState, PartState, Policy};

const SEEDS: u64 = 60;
const STEPS: u32 = 80;
const SIMS: [&str; 2] = [SIM, "8938001000000000002"];
const MODEMS: [&str; 2] = ["north", "south"];

/// What a run has to remember that the box does not tell.
#[derive(Default)]
struct Run {
    messages: Vec<(MessageId, Policy)>,
    /// The attempt each SIM has open.
    open: [Option<(PartKey, i64)>; 2],
    /// Sends that a person allowed.
    allowed: Vec<MessageId>,
    mr: u8,
}

fn step(rig: &mut Rig, run: &mut Run, dice: &mut Seeded) {
    let sim = dice.below(2) as usize;
    match (dice.below(12), run.open[sim]) {
        (0, _) => {
            let policy = [Policy::Alarm, Policy::Notice, Policy::Once][dice.below(3) as usize];
            let id = rig.run(|work| accept::message(work, &plain(policy, "hello"))).answer.id;
            run.messages.push((id, policy));
        }
        (1..=4, None) => begin(rig, run, sim),
        (5, Some((key, attempt))) => {
            run.mr = run.mr.wrapping_add(1);
            rig.run(|work| submit::submitted(work, &key, attempt, run.mr));
            run.open[sim] = None;
        }
        (6, Some((key, attempt))) => {
            rig.run(|work| submit::refused(work, &key, Some(attempt), Some(38)));
            run.open[sim] = None;
        }
        (7, Some((key, attempt))) => {
            rig.run(|work| submit::aborted(work, &key, Some(attempt), "no prompt"));
            run.open[sim] = None;
        }
        (8, Some((key, attempt))) => {
            rig.run(|work| doubt::in_doubt(work, &key, attempt, "timeout"));
            run.open[sim] = None;
        }
        (9, _) => {
            rig.run(|work| doubt::restart_modem(work, MODEMS[sim], "unplug"));
            run.open[sim] = None;
        }
        (10, _) => witness(rig, run, SIMS[sim], dice),
        _ => rig.wait(dice.below(120)),
    }
}

fn begin(rig: &mut Rig, run: &mut Run, sim: usize) {
    let waiting = rig.read(|reader| queue::waiting(reader, rig.now));
    let Some(part) = waiting.first().map(|part| part.part) else { return };
    let Ok(Some(_)) = rig.try_run(|work| submit::claim(work, &part, SIMS[sim])) else { return };
    if let Begin::Go { attempt } = rig.run(|work| submit::begin_attempt(work, &part, SIMS[sim], MODEMS[sim])) {
        run.open[sim] = Some((part, attempt));
    }
}

fn witness(rig: &mut Rig, run: &mut Run, sim: &str, dice: &mut Seeded) {
    let taken = rig.now.shifted_ms(-(dice.below(60_000) as i64));
    match dice.below(4) {
        0 => drop(rig.run(|work| doubt::orphan(work, sim, run.mr))),
        1 => drop(rig.arrives(status_report(dice.below(20) as u8, PERSON, taken, 0))),
        2 => drop(rig.arrives(status_report(run.mr, PERSON, taken, [0, 0x20, 0x41][dice.below(3) as usize]))),
        _ => {
            let parked = rig.read(|reader| reader.messages_in_doubt(9)).into_iter().next();
            if let Some(message) = parked {
                rig.run(|work| doubt::resolve(work, message.id, As::Resend, "anna"));
                run.allowed.push(message.id);
            }
        }
    }
}

/// Every promise that must hold after every step.
fn hold(rig: &Rig, run: &Run, seed: u64) {
    for (id, policy) in &run.messages {
        let attempts = rig.read(|reader| reader.attempts_of(*id));
        // Sends that may have reached the network: all but the refused and the aborted.
        let sends = attempts.iter().filter(|it| !matches!(it.state, AttemptState::Refused | AttemptState::Aborted)).count();
        let allowed = run.allowed.iter().filter(|it| *it == id).count();
        let most = policy.attempts_max() as usize;
        assert!(sends <= most + allowed * most, "seed {seed}: {sends} sends of a message of policy {policy:?}, {allowed} allowed");
        if *policy == Policy::Once {
            assert!(sends <= 1 + allowed, "seed {seed}: a payment prompt was sent twice without a person");
        }
        let marked = attempts.iter().skip_while(|it| matches!(it.state, AttemptState::Refused | AttemptState::Aborted)).skip(1);
        for again in marked.filter(|it| !matches!(it.state, AttemptState::Refused | AttemptState::Aborted)) {
            assert!(again.again, "seed {seed}: a second send is not marked");
        }
        let part = rig.part(*id, 1);
        // A report of one of several attempts names none.
        let one_of = |reader: &crate::store::Reader<'_>| reader.evidence_of(*id);
        let reported = rig.read(one_of).iter().any(|seen| seen.kind == "report" && seen.attempt.is_none());
        let proved = reported || attempts.iter().any(|it| it.state == AttemptState::Submitted);
        if matches!(part.state, PartState::Submitted | PartState::Delivered) {
            assert!(proved, "seed {seed}: submitted without a proof");
        }
        let open = run.open.iter().flatten().any(|(key, _)| key.message == *id);
        assert_eq!(part.state == PartState::Claimed, open, "seed {seed}: claimed means that a modem has it");
    }
    let events = rig.read(|reader| reader.events(Paging::newest(1))).items;
    let newest = events.first().map_or(0, |event| event.seq);
    assert_eq!(newest, rig.count_events(), "seed {seed}: a gap in the log");
}

#[test]
fn no_order_of_events_breaks_a_promise() {
    for seed in 0..SEEDS {
        let (mut rig, mut run, mut dice) = (Rig::bare(), Run::default(), Seeded::new(seed));
        MODEMS.iter().zip(SIMS).for_each(|(modem, sim)| rig.has_modem(modem, sim));
        for _ in 0..STEPS {
            step(&mut rig, &mut run, &mut dice);
            hold(&rig, &run, seed);
        }
    }
}
