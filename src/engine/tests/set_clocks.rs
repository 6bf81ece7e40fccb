//! The wall clock is set wrong and right again: what a text may answer goes by the time in which both happened.

use super::{PERSON, Rig, SIM, deliver, status_report};
use crate::engine::clock;
use crate::engine::receive::{self, Arrival};
use crate::store::{ClockJump, Newest};
use crate::terms::Policy;
use crate::time::Timestamp;

/// A box whose clock is `ahead_ms` before the network's.
struct Site {
    rig: Rig,
    ahead_ms: i64,
    before: Newest,
    mr: u8,
}

impl Site {
    fn new() -> Self {
        let rig = Rig::new();
        let before = rig.read(|reader| reader.newest_rows());
        Self { rig, ahead_ms: 0, before, mr: 0 }
    }

    fn truth(&self) -> Timestamp {
        self.rig.now.shifted_ms(-self.ahead_ms)
    }

    fn is_set(&mut self, by_ms: i64) {
        let (from, before) = (self.rig.now, self.before.clone());
        self.rig.now = from.shifted_ms(by_ms);
        self.ahead_ms += by_ms;
        self.rig.run(|work| clock::jumped(work, &ClockJump { from, by_ms, before }));
    }

    /// Other texts go out, and their reports tell the centre's time.
    fn learns(&mut self, times: u8) {
        for _ in 0..times {
            self.mr += 1;
            let id = self.rig.plain(Policy::Notice, &format!("notice {}", self.mr));
            self.rig.send(id, self.mr);
            self.reported(self.truth());
        }
    }

    fn reported(&mut self, taken: Timestamp) {
        self.rig.wait(9);
        self.rig.arrives(status_report(self.mr, PERSON, taken, 0));
        self.rig.wait(60);
    }

    fn asks(&mut self) {
        self.mr += 1;
        let question = self.rig.past_due().messages[0];
        self.rig.send(question, self.mr);
        self.reported(self.truth());
    }

    /// A sweep finds what was written at `stamp`; the answer it was taken for.
    fn finds(&mut self, stamp: Timestamp, text: &str) -> Option<String> {
        let arrival =
            Arrival { sim: SIM.to_owned(), modem: super::MODEM.to_owned(), hex: deliver(PERSON, stamp, text), slot: None, live: false };
        self.rig.run(|work| receive::pdu(work, &arrival));
        self.rig.last_inbound().answer
    }
}

const HOUR: i64 = 3_600_000;

/// `wrong`: how many reports come while the clock is wrong, `right`: how many behind that.
fn check(by_ms: i64, wrong: u8, right: u8) {
    let name = format!("{} h, {wrong} reports, then {right}", by_ms / HOUR);
    let mut site = Site::new();
    site.learns(3);
    site.is_set(by_ms);
    site.learns(wrong);
    let old = site.truth();
    site.rig.wait(300);
    site.asks();
    site.is_set(-by_ms);
    site.learns(right);
    assert_eq!(site.finds(old, "N"), None, "{name}: it was written before it was asked");
    site.rig.wait(60);
    assert_eq!(site.finds(site.truth(), "N").as_deref(), Some("no"), "{name}: and this one behind it");
}

#[test]
fn a_text_is_fenced_by_the_time_it_was_written_in_though_the_clock_was_set() {
    for by_ms in [6 * HOUR, -HOUR, HOUR / 2, -HOUR / 2] {
        for (wrong, right) in [(0, 0), (12, 0), (12, 12), (0, 12)] {
            check(by_ms, wrong, right);
        }
    }
}

/// A box without a battery for its clock starts in the past, and is set right a moment later.
#[test]
fn what_was_learned_of_a_centre_before_the_daemon_began_stays() {
    let mut site = Site::new();
    site.learns(12);
    site.before = site.rig.read(|reader| reader.newest_rows());
    site.rig.now = site.rig.now.shifted_ms(-HOUR / 20);
    site.ahead_ms = -HOUR / 20;
    site.learns(2);
    site.is_set(HOUR / 20);
    let known = site.rig.read(|reader| reader.smsc_clock("+380501000000"));
    assert_eq!((known.clock.offset_ms, known.recent), (0, vec![0; 14]));
}
