//! The stamp of a text in box time, whether it is trusted, and the two fences (conversation.md section 2).

use super::case::Case;
use crate::conversation::machine::{FIRST_ASKED, HEARD, HEARD_AT};
use crate::conversation::normal;
use crate::conversation::view::{Asked, Inbound, SmscClock};
use crate::time::Timestamp;
use crate::value::Value;

/// When a text was written, as far as its service centre can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    /// In box time; the time of reading where the stamp is distrusted.
    pub stamp: Timestamp,
    /// Why the stamp is not believed.
    pub doubt: Option<Doubt>,
    /// Slack of the hard fence while little is known of the service centre.
    pub slack_ms: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    NoDate,
    Ahead,
    WeeksOld,
    Shifted,
}

const AHEAD_MS: i64 = 10 * 60 * 1000;
const OLD_MS: i64 = 7 * 86_400 * 1000;
const SAMPLES_MIN: u32 = 5;
const SLACK_UNSURE_MS: i64 = 120_000;
const SLACK_MS: i64 = 10_000;

impl Clock {
    /// Whether the stamp is believed.
    pub const fn trusted(&self) -> bool {
        self.doubt.is_none()
    }

    /// Said beside the reason.
    pub const fn distrust(&self) -> Option<&'static str> {
        match self.doubt {
            None => None,
            Some(Doubt::NoDate) => Some("its stamp is no date: the time of reading counts"),
            Some(Doubt::Ahead) => Some("its stamp lies ahead: the time of reading counts"),
            Some(Doubt::Shifted) => Some("its service centre's clock is off by quarter hours: the time of reading counts"),
            Some(Doubt::WeeksOld) => Some("it came live with a stamp older than 7 days: the time of reading counts"),
        }
    }
}

/// The stamp in box time. A swept text keeps its stamp: old is simply true.
pub(super) fn stamped(inbound: &Inbound) -> Clock {
    let slack_ms = if inbound.smsc.samples < SAMPLES_MIN { SLACK_UNSURE_MS } else { SLACK_MS };
    match believed(inbound.scts, inbound.received_at, inbound.live, &inbound.smsc) {
        Ok(stamp) => Clock { stamp, doubt: None, slack_ms },
        Err(doubt) => Clock { stamp: inbound.received_at, doubt: Some(doubt), slack_ms },
    }
}

/// When a text was written, in box time; when it was read, where its stamp is not believed.
pub fn written_at(scts: Option<Timestamp>, read: Timestamp, live: bool, smsc: &SmscClock) -> Timestamp {
    believed(scts, read, live, smsc).unwrap_or(read)
}

fn believed(scts: Option<Timestamp>, read: Timestamp, live: bool, smsc: &SmscClock) -> Result<Timestamp, Doubt> {
    let stamp = scts.ok_or(Doubt::NoDate)?.shifted_ms(smsc.offset_ms);
    if stamp.ms_since(read) > AHEAD_MS {
        return Err(Doubt::Ahead);
    }
    // After a gap an old stamp is as true as in a sweep.
    let witnessed = live && !smsc.gap;
    if witnessed && read.ms_since(stamp) > OLD_MS {
        return Err(Doubt::WeeksOld);
    }
    if witnessed && smsc.shifted {
        return Err(Doubt::Shifted);
    }
    Ok(stamp)
}

/// What the fences say about a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fence {
    /// Passed both.
    Open,
    /// Accepted before the stamp, on the phone after it: probably something older is meant.
    Soft,
    /// The text was written before the question was out.
    Shut,
    /// The same text again that this session has taken already.
    Again,
    /// Another text, written after the last one this session took and before its present question was out.
    Correction,
}

impl Case<'_, '_> {
    /// Where the text stands to the fences of a question. `exact`: no slack (money, switching, a bare ACK).
    pub(super) fn fence(&self, asked: &Asked, exact: bool) -> Fence {
        let question = &asked.question;
        let Some(accepted) = question.accepted_at else { return Fence::Shut };
        let stamp = self.clock.stamp;
        if self.clock.trusted() && self.replier.handed_back_at.is_some_and(|told| accepted < told && stamp < told) {
            return Fence::Shut;
        }
        let moved_on = asked.session.slots.contains_key(HEARD);
        if moved_on && self.is_repeated(asked, accepted) {
            return Fence::Again;
        }
        if !self.clock.trusted() {
            return Fence::Open;
        }
        // Within one session a reply that crossed the newer prompt answers the older one.
        let asked_before = matches!(asked.session.slots.get(FIRST_ASKED), Some(Value::Number(visit)) if *visit < i64::from(question.visit));
        let slack = if exact || moved_on || asked_before { 0 } else { self.clock.slack_ms };
        if stamp.ms_since(accepted) < -slack {
            let after_last = matches!(asked.session.slots.get(HEARD_AT), Some(Value::Number(ms)) if stamp.unix_ms() > *ms);
            return if moved_on && after_last { Fence::Correction } else { Fence::Shut };
        }
        match question.delivered_at {
            Some(delivered) if stamp < delivered => Fence::Soft,
            Some(_) | None => Fence::Open,
        }
    }

    /// The same words again, stamped before or within a minute of the newer prompt's acceptance.
    fn is_repeated(&self, asked: &Asked, accepted: Timestamp) -> bool {
        let Some(Value::Text(last)) = asked.session.slots.get(HEARD) else { return false };
        let stamp = self.clock.stamp;
        let arrived = asked.question.delivered_at.is_some_and(|delivered| stamp.ms_since(delivered) > ARRIVED_MS);
        !arrived && stamp.ms_since(accepted) <= REPEATED_MS && normal::words(last) == normal::words(self.inbound.text.expose())
    }
}

const REPEATED_MS: i64 = 60_000;
const ARRIVED_MS: i64 = 10_000;
