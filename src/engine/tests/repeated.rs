//! Something that happened is told again, in the middle of the first telling: no session hears of it twice.

use std::collections::BTreeMap;

use super::Rig;
use super::troubled::{self, VISIT};
use crate::engine::Reject;
use crate::engine::happened::{self, Happening, Kept, Step, Target};
use crate::engine::idempotent::{Answered, Idempotency};
use crate::ids::SessionId;

/// A box with five open visits.
fn visits() -> (Rig, Vec<SessionId>) {
    let mut rig = troubled::rig(&[("test.visit.flow.toml", VISIT)]);
    let to = |n: u32| format!("+38050111220{n}");
    let mut all: Vec<SessionId> = (0..5).map(|n| troubled::begin(&mut rig, "test.visit", &to(n), "7").id).collect();
    all.sort_unstable();
    (rig, all)
}

fn late(key: Option<&str>, body: &str) -> Happening {
    let idempotency = key.map(|key| Idempotency { owner: "test".to_owned(), key: key.to_owned(), body_sha256: body.to_owned() });
    Happening { event: "late".to_owned(), target: Target::Where(BTreeMap::new()), data: BTreeMap::new(), idempotency }
}

/// One request in the middle of its way: two sessions with each job.
struct Request {
    happening: Happening,
    so_far: Kept,
}

impl Request {
    fn new(happening: &Happening, all: &[SessionId]) -> Self {
        Self { happening: happening.clone(), so_far: Kept::nothing_of(all) }
    }

    fn step(&mut self, rig: &mut Rig, all: &[SessionId]) -> Result<Option<Answered<usize>>, Reject> {
        let (step, now) = rig.try_run(|work| happened::step(work, &self.happening, all, self.so_far, 2))?;
        self.so_far = now;
        Ok(match step {
            Step::More => None,
            Step::Done(answered) => Some(answered),
        })
    }

    fn finish(&mut self, rig: &mut Rig, all: &[SessionId]) -> Answered<usize> {
        loop {
            if let Some(answered) = self.step(rig, all).expect("not refused") {
                return answered;
            }
        }
    }
}

/// How often each session was told.
fn told(rig: &Rig, all: &[SessionId]) -> Vec<usize> {
    let is_late = |message: &crate::store::Message| message.text.expose().contains("late");
    all.iter().map(|id| rig.read(|reader| reader.messages_of_session(*id)).iter().filter(|message| is_late(message)).count()).collect()
}

#[test]
fn every_session_hears_of_it_once() {
    for key in [None, Some("k")] {
        let (mut rig, all) = visits();
        let answered = Request::new(&late(key, "a"), &all).finish(&mut rig, &all);
        assert_eq!((answered, told(&rig, &all)), (Answered { answer: 5, replayed: false }, vec![1; 5]), "{key:?}");
    }
}

#[test]
fn the_same_again_after_a_stop_in_the_middle_goes_on_where_it_stood() {
    let (mut rig, all) = visits();
    let happening = late(Some("k"), "a");
    let stopped = Request::new(&happening, &all).step(&mut rig, &all).expect("not refused");
    assert_eq!((stopped, told(&rig, &all)), (None, vec![1, 1, 0, 0, 0]));
    let again = Request::new(&happening, &all).finish(&mut rig, &all);
    assert_eq!((again, told(&rig, &all)), (Answered { answer: 5, replayed: false }, vec![1; 5]));
    let third = Request::new(&happening, &all).finish(&mut rig, &all);
    assert_eq!((third, told(&rig, &all)), (Answered { answer: 5, replayed: true }, vec![1; 5]));
}

#[test]
fn two_at_once_share_the_work() {
    let (mut rig, all) = visits();
    let happening = late(Some("k"), "a");
    let (mut one, mut two) = (Request::new(&happening, &all), Request::new(&happening, &all));
    one.step(&mut rig, &all).expect("not refused");
    two.step(&mut rig, &all).expect("not refused");
    assert_eq!(one.finish(&mut rig, &all).answer, 5);
    assert_eq!(two.finish(&mut rig, &all), Answered { answer: 5, replayed: true });
    assert_eq!(told(&rig, &all), vec![1; 5]);
}

#[test]
fn another_request_with_this_key_moves_nobody() {
    let (mut rig, all) = visits();
    Request::new(&late(Some("k"), "a"), &all).step(&mut rig, &all).expect("not refused");
    let refused = Request::new(&late(Some("k"), "b"), &all).step(&mut rig, &all).expect_err("another body");
    assert_eq!((refused.code, told(&rig, &all)), ("idempotency_mismatch", vec![1, 1, 0, 0, 0]));
}
