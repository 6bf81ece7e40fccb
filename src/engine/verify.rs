//! Numbers that may be somebody else's by now: the wrong one, out of service, or silent for long (conversation.md section 3, case
//! 13). What the box knows of a person is not used there until the utility says that the number is theirs.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Reject, Work};
use crate::conversation::effect::{NewTask, TaskKind};
use crate::conversation::hours::OUTAGE_HOURS;
use crate::msisdn::Msisdn;
use crate::store::{Contact, Part};
use crate::terms::{Category, PartState};
use crate::text::Text;
use crate::time::Timestamp;
use crate::value::Value;

/// The fact that says why a number is not known to be its person's; no request can name it.
pub const UNVERIFIED: &str = "@unverified";
/// The queue that looks after numbers.
const QUEUE: &str = "billing";
/// Numbers are given to others after three months and more without a sign of life.
const SILENT_MAX: Duration = Duration::from_hours(24 * 180);
/// 2020: what was written by a clock before it says nothing about silence.
const CLOCK_MIN: Timestamp = Timestamp::from_unix_ms(1_577_836_800_000);
/// Causes of the network (3GPP 24.011): nobody has the number.
const UNASSIGNED: u16 = 1;
const UNKNOWN_SUBSCRIBER: u16 = 30;
/// TP-ST: the number cannot be obtained.
const NOT_OBTAINABLE: u16 = 0x43;

/// Why a number is doubted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubted {
    /// Whoever has it says so.
    WrongNumber,
    /// The network has no such subscriber.
    Unreachable,
    /// Nothing came and nothing arrived for half a year.
    Silent,
}

impl Doubted {
    /// The word that stands in rows and answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::WrongNumber => "wrong number",
            Self::Unreachable => "out of service",
            Self::Silent => "silent for half a year",
        }
    }
}

/// Why the number of a contact is not known to be theirs.
pub fn doubt_of(contact: &Contact) -> Option<&str> {
    match contact.facts.get(UNVERIFIED) {
        Some(Value::Text(why)) => Some(why),
        Some(_) | None => None,
    }
}

/// The facts that may be used: of a doubted number only when its texts may come.
pub(super) fn facts_of(contact: Contact) -> BTreeMap<String, Value> {
    let is_doubted = doubt_of(&contact).is_some();
    let mut facts = contact.facts;
    facts.retain(|name, _| !name.starts_with('@') && (!is_doubted || name == OUTAGE_HOURS));
    facts
}

/// Whether the network says that nobody has the number of this part.
pub(super) fn is_gone(part: &Part) -> bool {
    match (part.state, part.error, part.submitted_at) {
        (PartState::Failed, Some(cause), None) => matches!(cause, UNASSIGNED | UNKNOWN_SUBSCRIBER),
        (PartState::Failed, Some(status), Some(_)) => status == NOT_OBTAINABLE,
        _ => false,
    }
}

impl Work<'_, '_> {
    /// Notes that a number may be another's. Of a wrong one everything personal is forgotten; the others keep it until the utility
    /// has looked, which is a task.
    pub(super) fn unverify(&mut self, person: &Msisdn, why: Doubted) -> Result<(), Reject> {
        let contact = self.tx.contact(person)?;
        let mut contact = match (contact, why) {
            (Some(contact), _) => contact,
            (None, Doubted::WrongNumber) => {
                Contact { msisdn: person.clone(), name: None, language: None, zone: None, accounts: 1, facts: BTreeMap::new() }
            }
            // Nothing is known that could be told to a stranger.
            (None, Doubted::Unreachable | Doubted::Silent) => return Ok(()),
        };
        if doubt_of(&contact).is_some_and(|before| before == Doubted::WrongNumber.word() || why != Doubted::WrongNumber) {
            return Ok(());
        }
        if why == Doubted::WrongNumber {
            contact = Contact { name: None, accounts: 1, facts: BTreeMap::new(), ..contact };
        }
        contact.facts.insert(UNVERIFIED.to_owned(), Value::Text(why.word().to_owned()));
        self.tx.save_contact(&contact, self.now)?;
        match why {
            // The text that says so has made its task.
            Doubted::WrongNumber => Ok(()),
            Doubted::Unreachable | Doubted::Silent => {
                let note = Text::new(format!(
                    "the number is {}: is it still theirs? What is known of the person is not used until then",
                    why.word()
                ));
                let (kind, queue, msisdn) = (TaskKind::Inbox, QUEUE.to_owned(), Some(person.clone()));
                self.task(&NewTask { kind, queue, urgent: false, note, session: None, msisdn, due: None })
            }
        }
    }

    /// A text came from a number: was there any sign of life from it in the last half year?
    pub(super) fn look_for_silence(&mut self, person: &Msisdn, inbound: i64) -> Result<(), Reject> {
        let Some(contact) = self.tx.contact(person)?.filter(|contact| !contact.facts.is_empty()) else { return Ok(()) };
        if doubt_of(&contact).is_some() {
            return Ok(());
        }
        let signs = [self.tx.contact_written_at(person)?, self.tx.heard_before(person, inbound)?, self.tx.newest_delivery(person)?];
        match signs.into_iter().flatten().max() {
            Some(last) if last >= CLOCK_MIN && self.now > last.plus(SILENT_MAX) => self.unverify(person, Doubted::Silent),
            Some(_) | None => Ok(()),
        }
    }

    /// Refuses texts with somebody's facts in them to whoever says that they are not that person.
    pub(super) fn refuse_wrong_number(&self, person: &Msisdn, category: Category) -> Result<(), Reject> {
        let is_personal = matches!(category, Category::Billing | Category::Account | Category::Energy | Category::Visits);
        let contact = self.tx.contact(person)?.filter(|_| is_personal);
        if contact.as_ref().and_then(doubt_of) != Some(Doubted::WrongNumber.word()) {
            return Ok(());
        }
        let words = "whoever has this number wrote that it is the wrong one; where it is right, POST /v1/contacts with `verified = true`";
        Err(Reject::at("wrong_number", "/to", words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Seeded;
    use crate::ids::{MessageId, PartKey};
    use crate::terms::Rank;

    #[test]
    fn the_network_says_in_two_ways_that_nobody_has_a_number() {
        let now = Timestamp::from_unix_ms(1_795_000_000_000);
        let to = Msisdn::from_e164("+12025550123").expect("a number");
        let key = PartKey { message: MessageId::new(now, &mut Seeded::new(1)), seq: 1 };
        for (state, error, was_sent, want) in [
            (PartState::Failed, Some(1), false, true),
            (PartState::Failed, Some(30), false, true),
            (PartState::Failed, Some(38), false, false),
            // The same number means another thing in a report: 1 of TP-ST is no failure, 43 hex is.
            (PartState::Failed, Some(1), true, false),
            (PartState::Failed, Some(0x43), true, true),
            (PartState::Failed, Some(0x43), false, false),
            (PartState::Failed, Some(0x46), true, false),
            (PartState::Submitted, Some(0x43), true, false),
            (PartState::Failed, None, false, false),
        ] {
            let queued = Part::queued(key, 1, &to, Rank(5), Vec::new(), now);
            let part = Part { state, error, submitted_at: was_sent.then_some(now), ..queued };
            assert_eq!(is_gone(&part), want, "{state:?} {error:?} {was_sent}");
        }
    }
}
