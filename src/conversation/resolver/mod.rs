//! What happens to an inbound text: the danger tap, then rules 1-17, the first that takes it (conversation.md section 1).
//!
//! A total function: every text has a rule and a reason. Rule 1 (seen before) and the joining of parts are the engine's.

mod case;
mod clock;
mod consent;
mod gate;
mod inbox;
mod keywords;
mod late;
mod questions;
mod read_back;
mod staff;
mod tap;
mod which;

use super::rules::{Resolution, Rules};
use super::view::{Inbound, Replier, Sender};
use crate::chance::Chance;
use crate::time::Timestamp;
use case::Case;

pub use clock::written_at;
pub use gate::reaches_change;
pub use inbox::{alarm_of, unresolved};
pub use staff::speaks_as_staff;
pub use tap::alarm;

/// Decides about one complete inbound text. `replier` is `None` where no number can be answered (rule 2).
pub fn resolve(inbound: &Inbound, replier: Option<&Replier>, rules: &Rules<'_>, now: Timestamp, chance: &mut dyn Chance) -> Resolution {
    let (Some(replier), Sender::Number(_)) = (replier, &inbound.from) else {
        return inbox::no_reply(inbound, rules);
    };
    let mut case = Case::new(inbound, replier, rules, now, chance);
    case.tap();
    let mut resolution = first(&mut case);
    resolution.danger |= case.danger.is_some();
    resolution.silenced |= case.silenced;
    super::door::release(&replier.person, rules, &mut resolution.effects, now);
    resolution
}

/// The rules in order. Danger ends at rule 5 unless 8, 10 or a whole answer of 12 takes the text; while a person holds the
/// thread only 8 does.
fn first(case: &mut Case<'_, '_>) -> Resolution {
    let by = if case.danger.is_some() {
        case.rule_3()
            .or_else(|| case.rule_4())
            .or_else(|| case.rule_8())
            .or_else(|| case.unless_held(Case::rule_10))
            .or_else(|| case.unless_held(Case::rule_12_whole))
            .or_else(|| case.rule_5())
    } else {
        case.rule_3()
            .or_else(|| case.rule_4())
            .or_else(|| case.fire_answer())
            .or_else(|| case.rule_6())
            .or_else(|| case.rule_7())
            .or_else(|| case.rule_8())
            .or_else(|| case.rule_9())
            .or_else(|| case.rule_10())
            .or_else(|| case.rule_11())
            .or_else(|| case.rule_12())
            .or_else(|| case.rule_13())
            .or_else(|| case.rule_14())
            .or_else(|| case.rule_15())
            .or_else(|| case.may_mean_stop())
            .or_else(|| case.rule_16())
    };
    by.unwrap_or_else(|| case.rule_17())
}
