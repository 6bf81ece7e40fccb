//! What follows when it is not known whether a part was sent (reliability.md section 2). One table, no exceptions:
//! policy `once` never sends again without a person.

use std::time::Duration;

use crate::terms::Policy;

/// What to do with a part in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Wait so long for a witness.
    Wait(Duration),
    /// Queue it again, marked possibly twice.
    SendAgain,
    /// Wait for a person.
    Park,
}

/// Decides for a part that has had `attempts` tries; a witness may take `wait` to come, and `waited` says that it had that long.
pub fn decide(policy: Policy, attempts: u32, wait: Duration, waited: bool) -> Decision {
    if policy == Policy::Once || attempts >= policy.attempts_max() {
        Decision::Park
    } else if waited || wait.is_zero() {
        Decision::SendAgain
    } else {
        Decision::Wait(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_keeps_its_promise() {
        let three_minutes = Decision::Wait(Duration::from_mins(3));
        for (policy, attempts, waited, want) in [
            (Policy::Alarm, 1, false, Decision::SendAgain),
            (Policy::Alarm, 2, false, Decision::SendAgain),
            (Policy::Alarm, 3, false, Decision::Park),
            (Policy::Notice, 1, false, three_minutes),
            (Policy::Notice, 1, true, Decision::SendAgain),
            (Policy::Notice, 2, true, Decision::Park),
            (Policy::Once, 1, false, Decision::Park),
            (Policy::Once, 0, true, Decision::Park),
        ] {
            assert_eq!(decide(policy, attempts, policy.doubt_wait(), waited), want, "{policy:?} {attempts} {waited}");
        }
    }
}
