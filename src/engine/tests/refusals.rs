//! A clear no that will not last: the text waits as long as it is worth something, and another SIM may try.

use super::*;
use crate::delivery::route::ModemView;
use crate::delivery::schedule;
use crate::engine::queue;

const OTHER: &str = "8938003000000000002";
/// "Temporary failure".
const TEMPORARY: u16 = 41;

/// Two modems that can send; a text to somebody who is texted from the first one.
fn two_sims() -> Rig {
    let mut rig = Rig::bare();
    for (name, iccid) in [(MODEM, SIM), ("south", OTHER)] {
        rig.has_modem(name, iccid);
        rig.run(|work| modems::ready(work, name));
    }
    let before = rig.plain(Policy::Notice, "before");
    rig.send(before, 1);
    rig
}

fn refused_on(rig: &mut Rig, id: MessageId, sim: &str, code: u16) {
    let key = PartKey { message: id, seq: 1 };
    rig.run(|work| submit::claim(work, &key, sim)).expect("not at night");
    let Begin::Go { attempt } = rig.run(|work| submit::begin_attempt(work, &key, sim, MODEM)) else { panic!("denied") };
    rig.run(|work| submit::refused(work, &key, Some(attempt), Some(code)));
}

/// On which SIM the first of what waits would leave now.
fn leaves_on(rig: &Rig) -> Option<(MessageId, String)> {
    let view = |iccid: &str| ModemView {
        imei: format!("imei of {iccid}"),
        iccid: iccid.to_owned(),
        ready: true,
        since: START,
        busy: false,
        in_hand: None,
        ringing: false,
        last_sent_at: None,
        late_from: None,
    };
    let waiting = rig.read(|reader| queue::waiting(reader, rig.now));
    let claims = schedule::next(&waiting, &[view(SIM), view(OTHER)], rig.now);
    claims.into_iter().next().map(|claim| (claim.part.message, claim.iccid))
}

#[test]
fn a_temporary_fault_ends_no_text_before_its_time() {
    for code in [Some(TEMPORARY), Some(300), Some(17), None] {
        let mut rig = Rig::bare();
        let id = rig.plain(Policy::Notice, "worth three days");
        let mut tries = 0;
        while rig.now < START.plus(Duration::from_hours(72)) {
            let attempt = rig.attempt(id, 1);
            tries += 1;
            rig.run(|work| submit::refused(work, &PartKey { message: id, seq: 1 }, Some(attempt), code));
            let part = rig.part(id, 1);
            assert_eq!(part.state, PartState::Queued, "{code:?}, refusal {tries}");
            rig.wait(u64::try_from(part.due_at.ms_since(rig.now)).expect("later").div_ceil(1000));
        }
        assert_eq!(rig.state(id), PartState::Expired, "{code:?}");
        assert!(tries < 100, "{code:?}: a number that never takes it costs little, not {tries} tries");
    }
}

#[test]
fn a_sim_that_refused_a_text_lets_another_one_try_at_once() {
    for code in [TEMPORARY, 17, 38, 331] {
        let mut rig = two_sims();
        let id = rig.plain(Policy::Notice, "to the same person");
        assert_eq!(leaves_on(&rig), Some((id, SIM.to_owned())), "the person's SIM");
        refused_on(&mut rig, id, SIM, code);
        rig.wait(1);
        assert_eq!(leaves_on(&rig), Some((id, OTHER.to_owned())), "{code}");
        refused_on(&mut rig, id, OTHER, code);
        rig.wait(1);
        assert_eq!(leaves_on(&rig), None, "{code}: now the number has to wait, and nobody else");
        let next = rig.plain(Policy::Notice, "nobody waits for it");
        assert_eq!(leaves_on(&rig), Some((next, SIM.to_owned())), "{code}");
        rig.send(next, 2);
        rig.wait(60);
        assert_eq!(leaves_on(&rig), Some((id, SIM.to_owned())), "{code}: each in its turn");
    }
}

#[test]
fn what_is_bound_to_its_sim_waits_there() {
    let mut rig = two_sims();
    let named = NewMessage { sim: Some(SIM.to_owned()), ..plain(Policy::Notice, "from this number only") };
    let id = rig.run(|work| accept::message(work, &named)).answer.id;
    refused_on(&mut rig, id, SIM, 38);
    assert_eq!(rig.part(id, 1).due_at, rig.now.plus(Duration::from_secs(30)), "no other SIM may take it");
    rig.wait(30);
    assert_eq!(leaves_on(&rig), Some((id, SIM.to_owned())));
}

#[test]
fn a_sessions_text_that_was_refused_is_worded_anew_for_the_other_sim() {
    let mut rig = Rig::new();
    let begun = rig.past_due();
    rig.send(begun.messages[0], 1);
    let visit = rig.session(begun.id).visit;
    rig.run(|work| {
        let kind = crate::conversation::effect::TimerKind::Remind(0);
        work.advance(begun.id, crate::conversation::Trigger::Timer { kind, visit }).map(drop)
    });
    let reminder = rig.read(|reader| reader.messages_of_session(begun.id)).pop().expect("a reminder");
    refused_on(&mut rig, reminder.id, SIM, TEMPORARY);
    rig.wait(2);
    rig.run(|work| submit::claim(work, &PartKey { message: reminder.id, seq: 1 }, OTHER)).expect("taken");
    let told = rig.message(reminder.id);
    assert!(told.text.expose().ends_with("(We now write from this number.)"), "{}", told.text.expose());
    assert_eq!(rig.read(|reader| reader.parts_of(told.id)).len(), usize::from(told.parts));
}
