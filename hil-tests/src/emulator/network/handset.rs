//! A simulated phone: it joins the parts of a text and keeps what it received. It never answers by itself.

use std::time::Duration;

use at_commands::Tick;
use at_commands::pdu::{Concat, Submit};
use at_commands::text::{Assembled, Part, assemble};
use serde::Serialize;

use super::reports::Origin;
use super::{Due, Network, RECEIVED};

/// What a phone shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandsetText {
    /// Who sent it.
    pub from: String,
    /// The whole text.
    pub text: String,
    /// How many parts it came in.
    pub parts: u8,
    /// Unix milliseconds of its last part.
    pub at_ms: i64,
}

/// A phone.
#[derive(Debug, Default)]
pub(super) struct Handset {
    off: bool,
    texts: Vec<HandsetText>,
    parts: Vec<(String, Part)>,
    waiting: Vec<(Tick, Submit, Origin)>,
}

/// What a service centre assumes when the sender gives no TP-VP.
const VALIDITY: Duration = Duration::from_hours(24);
/// TP-ST 46: the validity period expired.
const VALIDITY_EXPIRED: u8 = 0x46;

impl Handset {
    pub(super) fn texts(&self) -> &[HandsetText] {
        &self.texts
    }

    /// The texts that wait until it is on.
    pub(super) fn awaited(&self) -> impl Iterator<Item = &Origin> {
        self.waiting.iter().map(|(_, _, origin)| origin)
    }

    /// Switches it on or off; on, it gives what waited for it.
    pub(super) fn power(&mut self, on: bool) -> Vec<(Submit, Origin)> {
        self.off = !on;
        if self.off {
            return Vec::new();
        }
        std::mem::take(&mut self.waiting).into_iter().map(|(_, submit, origin)| (submit, origin)).collect()
    }

    fn show(&mut self, from: &str, submit: &Submit, at_ms: i64) {
        let Some(concat) = submit.udh.concat().filter(Concat::is_consistent) else {
            let text = submit.text().unwrap_or_default();
            return self.texts.push(HandsetText { from: from.to_owned(), text, parts: 1, at_ms });
        };
        self.parts.push((from.to_owned(), Part { concat, at_ms, ud: submit.ud }));
        let same = |(sender, part): &&(String, Part)| sender == from && same_text(part.concat, concat);
        let found: Vec<Part> = self.parts.iter().filter(same).map(|(_, part)| *part).collect();
        if let Assembled::Complete { text, .. } = assemble(&found) {
            self.parts.retain(|(sender, part)| sender != from || !same_text(part.concat, concat));
            self.texts.push(HandsetText { from: from.to_owned(), text, parts: concat.total, at_ms });
        }
    }
}

fn same_text(a: Concat, b: Concat) -> bool {
    (a.reference, a.wide, a.total) == (b.reference, b.wide, b.total)
}

impl Network {
    pub(super) fn arrive_at_handset(&mut self, number: &str, submit: &Submit, origin: Origin) {
        let from = self.sims.get(origin.modem).map_or_else(String::new, |sim| sim.number.clone());
        let (at_ms, now) = (self.wall_ms(), self.now);
        let handset = self.handsets.entry(number.to_owned()).or_default();
        if handset.off {
            let minutes = submit.vp.and_then(|period| period.minutes());
            let validity = minutes.map_or(VALIDITY, |minutes| Duration::from_secs(u64::from(minutes) * 60));
            let modem = origin.modem;
            handset.waiting.push((now.plus(validity), submit.clone(), origin));
            self.note(modem, "phone off");
            return self.later(validity, Due::Expire { number: number.to_owned() });
        }
        handset.show(&from, submit, at_ms);
        self.report_later(origin, RECEIVED);
    }

    /// Gives up what waited too long for a phone that is off.
    pub(super) fn expire(&mut self, number: &str) {
        let now = self.now;
        let Some(handset) = self.handsets.get_mut(number) else { return };
        let (late, still): (Vec<_>, Vec<_>) = std::mem::take(&mut handset.waiting).into_iter().partition(|(until, ..)| *until <= now);
        handset.waiting = still;
        for (_, _, origin) in late {
            self.report_later(origin, VALIDITY_EXPIRED);
        }
    }
}
