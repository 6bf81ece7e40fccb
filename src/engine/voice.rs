//! Which SIM can call: learned from what came of its calls, said in plain words, and looked at anew after a day.

use std::time::Duration;

use super::emit::About;
use super::{Reject, Work};
use crate::modem::io::RingEnd;
use crate::store::{Ring, SimVoice};
use crate::time::Timestamp;

/// Calls in a row that never rang, without a word why, until a SIM counts as one without voice.
const SILENT_FAILURES_MAX: u32 = 3;
/// What was learned is looked at anew after this time: an operator may have mended it.
const VOICE_AGAIN: Duration = Duration::from_hours(24);

/// What an end says of the voice service of the SIM.
pub(super) fn learn(work: &mut Work<'_, '_>, row: &Ring, end: &RingEnd) -> Result<(), Reject> {
    let Some(iccid) = &row.iccid else { return Ok(()) };
    let known = work.tx.sim_voice(iccid)?;
    let fresh = SimVoice { iccid: iccid.clone(), works: false, none: false, failures: 0, why: None, at: work.now };
    let before = known.clone().unwrap_or_else(|| fresh.clone());
    let failed = |why: &Option<String>| {
        let failures = before.failures.saturating_add(1);
        let none = failures >= SILENT_FAILURES_MAX || why.as_deref().is_some_and(is_about_service);
        SimVoice { works: before.works && !none, none, failures, why: why.clone(), ..fresh.clone() }
    };
    let learned = match end {
        RingEnd::Answered | RingEnd::Busy => Some(SimVoice { works: true, ..fresh.clone() }),
        RingEnd::NotAnswered { .. } | RingEnd::NoCarrier { .. } if row.rang => Some(SimVoice { works: true, ..fresh.clone() }),
        RingEnd::NoCarrier { cause } => Some(failed(cause)),
        RingEnd::Refused { why } => Some(failed(&Some(why.clone()))),
        RingEnd::NotAnswered { .. } | RingEnd::NotDialed { .. } | RingEnd::Unknown | RingEnd::InDoubt { .. } => None,
    };
    let Some(learned) = learned else { return Ok(()) };
    work.tx.save_sim_voice(&learned)?;
    if learned.none && !before.none {
        let data = serde_json::json!({"modem": row.modem, "iccid": iccid, "words": words(&learned, work.now)});
        let subject = iccid.clone();
        work.emit("call.no_voice", About { subject: &subject, msisdn: None, session: None }, data)?;
    }
    Ok(())
}

/// Causes by which a network says that this SIM or this modem has no voice service (24.008 table 10.5.123), as modems spell them.
fn is_about_service(why: &str) -> bool {
    const WORDS: [&str; 7] =
        ["not subscribed", "not authorized", "not implemented", "not supported", "not allowed", "bearer", "service option"];
    const CAUSES: [&str; 8] = ["50", "57", "58", "63", "65", "69", "70", "79"];
    let folded = why.to_ascii_lowercase();
    let numbered = folded.strip_prefix("cause ").is_some_and(|cause| CAUSES.contains(&cause));
    numbered || matches!(why, "cme_3" | "cme_4") || WORDS.iter().any(|word| folded.contains(word))
}

/// What was learned of a SIM that has no voice now.
pub(super) fn without_voice(work: &Work<'_, '_>, iccid: &str) -> Result<Option<SimVoice>, Reject> {
    Ok(work.tx.sim_voice(iccid)?.filter(|voice| lacks_voice(voice, work.now)))
}

/// Whether a SIM counts as one without voice now.
pub fn lacks_voice(voice: &SimVoice, now: Timestamp) -> bool {
    voice.none && voice.at.plus(VOICE_AGAIN) > now
}

/// What is known of the voice service of a SIM, in words for a technician; `None` while nothing is.
pub fn words(voice: &SimVoice, now: Timestamp) -> Option<String> {
    if lacks_voice(voice, now) {
        let why = voice.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
        let again = voice.at.plus(VOICE_AGAIN);
        return Some(format!(
            "This SIM cannot call{why}: it has no voice service here. Texts are not affected. Ask its operator for voice, or use another \
             SIM for ring-outs; the box tries it again after {again}."
        ));
    }
    voice.works.then(|| "This SIM can call.".to_owned())
}
