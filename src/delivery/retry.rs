//! What follows when the network or the modem said no: again later, or never, by the class of the error.
//!
//! A pause belongs to the part, never to the queue: one bad number costs the others nothing.

use std::time::Duration;

use at_commands::error::Class;

/// What to do with a refused part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Queue it again, not before this pause is over.
    Retry(Duration),
    /// Nothing will change by trying again.
    Fail,
}

/// Tries of a fault that goes away within seconds; what outlives them is a fault of minutes.
const QUICK_TRIES: u32 = 4;
/// Tries of a fault that goes away within minutes; with their pauses they span about an hour.
const GROWING_TRIES: u32 = 9;
/// What outlives these too is tried at this pace until its time is over: a number that never takes a text costs an attempt an hour.
const SLOWLY: Duration = Duration::from_hours(1);
/// A technician or the operator has to act: the part waits at this pace until its time is over.
const WAIT_FOR_PERSON: Duration = Duration::from_mins(10);
const QUICK_STEP: Duration = Duration::from_secs(2);
const BACK_OFF_MIN: Duration = Duration::from_secs(30);
const BACK_OFF_MAX: Duration = Duration::from_mins(10);
/// The pause of a part that a SIM refused and another one, which has not, can take.
pub const OTHER_SIM: Duration = Duration::from_secs(1);

/// Decides after the `refusals`-th definite refusal of a part (from 1). `None`: a bare ERROR before the PDU.
pub fn after_refusal(class: Option<Class>, refusals: u32) -> Verdict {
    match class {
        None | Some(Class::RetrySoon | Class::Ignore | Class::SweepStorage) => Verdict::Retry(soon(refusals)),
        Some(Class::BackOff | Class::Vendor | Class::UnknownOutcome) => Verdict::Retry(growing(refusals)),
        Some(Class::WaitNetwork) => Verdict::Retry(BACK_OFF_MIN),
        Some(Class::FixConfig | Class::Account | Class::SimStop) => Verdict::Retry(WAIT_FOR_PERSON),
        Some(Class::PermanentRecipient | Class::PduBug) => Verdict::Fail,
    }
}

fn soon(refusals: u32) -> Duration {
    if refusals > QUICK_TRIES { growing(refusals - QUICK_TRIES) } else { QUICK_STEP * refusals.max(1) }
}

fn growing(refusals: u32) -> Duration {
    if refusals > GROWING_TRIES {
        return SLOWLY;
    }
    let doublings = refusals.saturating_sub(1).min(10);
    (BACK_OFF_MIN * (1 << doublings)).min(BACK_OFF_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(class: Option<Class>, refusals: u32, want_s: Option<u64>) {
        let want = want_s.map_or(Verdict::Fail, |s| Verdict::Retry(Duration::from_secs(s)));
        assert_eq!(after_refusal(class, refusals), want, "{class:?} {refusals}");
    }

    #[test]
    fn each_class_has_its_pace() {
        check(None, 1, Some(2));
        check(None, 4, Some(8));
        check(None, 5, Some(30));
        check(Some(Class::RetrySoon), 2, Some(4));
        check(Some(Class::RetrySoon), 6, Some(60));
        check(Some(Class::RetrySoon), 13, Some(600));
        check(Some(Class::RetrySoon), 14, Some(3600));
        check(Some(Class::BackOff), 1, Some(30));
        check(Some(Class::BackOff), 2, Some(60));
        check(Some(Class::BackOff), 9, Some(600));
        check(Some(Class::BackOff), 10, Some(3600));
        check(Some(Class::Vendor), u32::MAX, Some(3600));
        check(Some(Class::WaitNetwork), 99, Some(30));
        check(Some(Class::Account), 99, Some(600));
        check(Some(Class::PermanentRecipient), 1, None);
        check(Some(Class::PduBug), 1, None);
    }
}
