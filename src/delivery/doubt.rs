//! What follows when it is not known whether a part was sent (reliability.md section 2). One table, no exceptions:
//! policy `once` never sends again without a person.

use std::time::Duration;

use crate::terms::Policy;
use crate::time::Timestamp;

/// What to do with a part in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Wait for a witness until then.
    Wait(Timestamp),
    /// Queue it again, marked possibly twice.
    SendAgain,
    /// Wait for a person.
    Park,
}

/// Decides for a part that has had `attempts` tries and is in doubt since `since`; a witness may take `wait` to come.
pub fn decide(policy: Policy, attempts: u32, since: Timestamp, wait: Duration, now: Timestamp) -> Decision {
    if policy == Policy::Once || attempts >= policy.attempts_max() {
        return Decision::Park;
    }
    let until = since.plus(wait);
    if now < until { Decision::Wait(until) } else { Decision::SendAgain }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINCE: Timestamp = Timestamp::from_unix_ms(1_000_000_000);

    fn check(policy: Policy, attempts: u32, later_s: i64, want: Decision) {
        let now = SINCE.shifted_ms(later_s * 1000);
        assert_eq!(decide(policy, attempts, SINCE, policy.doubt_wait(), now), want, "{policy:?} {attempts} {later_s}");
    }

    #[test]
    fn each_policy_keeps_its_promise() {
        let until = SINCE.shifted_ms(180_000);
        check(Policy::Alarm, 1, 0, Decision::SendAgain);
        check(Policy::Alarm, 2, 0, Decision::SendAgain);
        check(Policy::Alarm, 3, 0, Decision::Park);
        check(Policy::Notice, 1, 0, Decision::Wait(until));
        check(Policy::Notice, 1, 179, Decision::Wait(until));
        check(Policy::Notice, 1, 180, Decision::SendAgain);
        check(Policy::Notice, 2, 999, Decision::Park);
        check(Policy::Once, 1, 0, Decision::Park);
        check(Policy::Once, 0, 9999, Decision::Park);
    }
}
