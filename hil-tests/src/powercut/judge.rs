//! What must hold of a database after a power cut, given what the world had seen before it. Pure; reliability.md
//! sections 2 and 7 have the promises.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use super::marks::Mark;

/// A promise that a cut may break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Promise {
    /// The database opens, and is what SQLite wrote.
    Opens,
    /// What was answered with success is there (R1).
    Remembers,
    /// The same request with the same key gets the first answer again.
    Repeats,
    /// Every PDU that may be on air has its attempt row (L1).
    Intent,
    /// A second attempt is marked, and none waits in silence (T2).
    Marked,
    /// Policy `once` puts a part on air once (R3).
    Once,
    /// A text that was deleted from a SIM is on disk (R5).
    Keeps,
    /// An http step that was posted is never posted again by itself.
    CallsOnce,
    /// An event that a subscriber heard of is in the log, and the log has no gap.
    Tells,
    /// After R0 nothing is claimed, under way or being called.
    Rests,
}

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub promise: Promise,
    /// By what.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.promise, self.what)
    }
}

/// What a database says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Ids of messages, sessions, keys and webhooks.
    pub ids: BTreeSet<String>,
    /// Ids that a repeated request is answered with.
    pub repeatable: BTreeSet<String>,
    /// The outbox.
    pub parts: Vec<Part>,
    /// Every PDU from a SIM, as it was printed.
    pub inbound: BTreeSet<String>,
    /// Http steps by their key.
    pub calls: BTreeMap<String, Call>,
    /// The ids of the log.
    pub events: BTreeSet<String>,
    /// The log's numbers have a gap.
    pub gap: bool,
}

/// One part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `MESSAGE/SEQ`.
    pub name: String,
    /// Its PDU as rows and the air have it in common.
    pub pdu: Vec<u8>,
    /// Its state's word.
    pub state: String,
    /// Its message's policy.
    pub policy: String,
    /// It is marked as possibly sent twice.
    pub possibly_twice: bool,
    /// Its attempts, oldest first.
    pub attempts: Vec<Attempt>,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its state's word.
    pub state: String,
    /// It is marked as a possible duplicate.
    pub again: bool,
}

/// One http step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its state's word.
    pub state: String,
    /// It changes nothing and may be asked again.
    pub read: bool,
}

impl Attempt {
    /// Whether the network may have it.
    fn counts(&self) -> bool {
        !matches!(self.state.as_str(), "refused" | "aborted")
    }
}

/// Every promise broken by a database: as it was found, and after R0.
pub fn judge<'m>(found: &Facts, restarted: &Facts, marks: impl IntoIterator<Item = &'m Mark>) -> Vec<Violation> {
    let mut broken = Vec::new();
    let mut air: HashMap<&[u8], usize> = HashMap::new();
    for mark in marks {
        match mark {
            Mark::Answered { status, id } => answered(found, *status, id, &mut broken),
            Mark::Called { key } => called(found, restarted, key, &mut broken),
            Mark::Told { event } if !found.events.contains(event) => tell(&mut broken, Promise::Tells, format!("{event} is gone")),
            Mark::Freed { hex } if !found.inbound.contains(hex) => tell(&mut broken, Promise::Keeps, format!("{hex} is gone")),
            Mark::Told { .. } | Mark::Freed { .. } => {}
            Mark::OnAir { pdu } => *air.entry(pdu.as_slice()).or_default() += 1,
        }
    }
    on_air(found, &air, &mut broken);
    if found.gap {
        tell(&mut broken, Promise::Tells, "the event log has a gap".to_owned());
    }
    at_rest(restarted, &mut broken);
    broken
}

fn tell(broken: &mut Vec<Violation>, promise: Promise, what: String) {
    broken.push(Violation { promise, what });
}

/// Accepted with a key: the answer's id is there, and the key leads to it.
const ACCEPTED: u16 = 202;

fn answered(found: &Facts, status: u16, id: &str, broken: &mut Vec<Violation>) {
    if !found.ids.contains(id) {
        return tell(broken, Promise::Remembers, format!("{id} was answered {status} and is gone"));
    }
    if status == ACCEPTED && !found.repeatable.contains(id) {
        tell(broken, Promise::Repeats, format!("{id} would be made a second time by the same request"));
    }
}

fn called(found: &Facts, restarted: &Facts, key: &str, broken: &mut Vec<Violation>) {
    let again = |facts: &Facts| facts.calls.get(key).is_none_or(|call| call.state == "queued" && !call.read);
    if again(found) {
        tell(broken, Promise::CallsOnce, format!("{key} was posted, and its row does not know"));
    } else if again(restarted) {
        tell(broken, Promise::CallsOnce, format!("{key} was posted, and is queued again"));
    }
}

fn on_air(found: &Facts, air: &HashMap<&[u8], usize>, broken: &mut Vec<Violation>) {
    let mut parts: HashMap<&[u8], Vec<&Part>> = HashMap::new();
    for part in &found.parts {
        parts.entry(part.pdu.as_slice()).or_default().push(part);
    }
    for (pdu, times) in air {
        let same = parts.get(pdu).map_or(&[][..], Vec::as_slice);
        // A PDU that left cannot have been aborted: that is ESC instead of Ctrl-Z.
        let rows: usize = same.iter().map(|part| part.attempts.iter().filter(|attempt| attempt.state != "aborted").count()).sum();
        if rows < *times {
            let names: Vec<&str> = same.iter().map(|part| part.name.as_str()).collect();
            tell(broken, Promise::Intent, format!("a PDU left {times} times, {names:?} have {rows} attempts"));
        }
        if let [only] = same
            && only.policy == "once"
            && *times > 1
        {
            tell(broken, Promise::Once, format!("{} left {times} times", only.name));
        }
    }
}

fn at_rest(restarted: &Facts, broken: &mut Vec<Violation>) {
    for part in &restarted.parts {
        let unsettled = part.attempts.iter().any(Attempt::counts);
        let waits = matches!(part.state.as_str(), "queued" | "claimed");
        if waits && unsettled && !part.possibly_twice {
            tell(broken, Promise::Marked, format!("{} may be on air and waits to be sent again, unmarked", part.name));
        }
        let mut before = false;
        for attempt in &part.attempts {
            if before && !attempt.again {
                tell(broken, Promise::Marked, format!("{} has a second attempt without a mark", part.name));
            }
            before |= attempt.counts();
        }
        if part.state == "claimed" || part.attempts.iter().any(|attempt| attempt.state == "attempting") {
            tell(broken, Promise::Rests, format!("{} is still in a modem's hand after R0", part.name));
        }
    }
    for (key, call) in restarted.calls.iter().filter(|(_, call)| call.state == "calling") {
        tell(broken, Promise::Rests, format!("{key} is still {} after R0", call.state));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(state: &str, again: bool) -> Attempt {
        Attempt { state: state.to_owned(), again }
    }

    fn part(state: &str, possibly_twice: bool, attempts: &[Attempt]) -> Part {
        let (name, pdu) = ("msg_1/1".to_owned(), vec![1, 2]);
        Part { name, pdu, state: state.to_owned(), policy: "once".to_owned(), possibly_twice, attempts: attempts.to_vec() }
    }

    /// A box that accepted one message with a key, has it on air and in doubt, kept a text, and called and told something.
    fn sound() -> Facts {
        Facts {
            ids: ["msg_1".to_owned()].into(),
            repeatable: ["msg_1".to_owned()].into(),
            parts: vec![part("parked", false, &[attempt("in_doubt", false)])],
            inbound: ["0791".to_owned()].into(),
            calls: [("s:charge:1".to_owned(), Call { state: "unknown".to_owned(), read: false })].into(),
            events: ["evt_1".to_owned()].into(),
            gap: false,
        }
    }

    fn marks() -> Vec<Mark> {
        vec![
            Mark::Answered { status: 202, id: "msg_1".to_owned() },
            Mark::OnAir { pdu: vec![1, 2] },
            Mark::Freed { hex: "0791".to_owned() },
            Mark::Called { key: "s:charge:1".to_owned() },
            Mark::Told { event: "evt_1".to_owned() },
        ]
    }

    /// The same facts before and after R0, changed by `change`, break exactly this.
    fn check(change: impl Fn(&mut Facts), broken: &[Promise]) {
        let mut facts = sound();
        change(&mut facts);
        let found: Vec<Promise> = judge(&facts, &facts, &marks()).into_iter().map(|violation| violation.promise).collect();
        assert_eq!(found, broken, "{facts:?}");
    }

    #[test]
    fn a_sound_database_breaks_nothing() {
        check(|_| (), &[]);
        check(|facts| facts.parts[0] = part("queued", true, &[attempt("in_doubt", false), attempt("in_doubt", true)]), &[]);
        check(|facts| facts.parts[0] = part("queued", false, &[attempt("refused", false)]), &[]);
    }

    #[test]
    fn every_loss_is_seen() {
        check(|facts| facts.ids.clear(), &[Promise::Remembers]);
        check(|facts| facts.repeatable.clear(), &[Promise::Repeats]);
        check(|facts| facts.parts[0].attempts.clear(), &[Promise::Intent]);
        check(|facts| facts.parts[0] = part("queued", false, &[attempt("aborted", false)]), &[Promise::Intent]);
        check(|facts| facts.parts.clear(), &[Promise::Intent]);
        check(|facts| facts.inbound.clear(), &[Promise::Keeps]);
        check(|facts| facts.calls.clear(), &[Promise::CallsOnce]);
        check(|facts| facts.events.clear(), &[Promise::Tells]);
        check(|facts| facts.gap = true, &[Promise::Tells]);
    }

    #[test]
    fn every_lie_is_seen() {
        check(|facts| facts.parts[0] = part("queued", false, &[attempt("in_doubt", false)]), &[Promise::Marked]);
        check(
            |facts| facts.parts[0] = part("parked", false, &[attempt("in_doubt", false), attempt("in_doubt", false)]),
            &[Promise::Marked],
        );
        check(|facts| facts.parts[0] = part("claimed", false, &[attempt("refused", false)]), &[Promise::Rests]);
        check(|facts| facts.parts[0] = part("parked", false, &[attempt("attempting", false)]), &[Promise::Rests]);
        check(|facts| facts.calls.values_mut().for_each(|call| call.state = "queued".to_owned()), &[Promise::CallsOnce]);
        check(|facts| facts.calls.values_mut().for_each(|call| call.state = "calling".to_owned()), &[Promise::Rests]);
        let (mut twice, facts) = (marks(), sound());
        twice.push(Mark::OnAir { pdu: vec![1, 2] });
        let found: Vec<Promise> = judge(&facts, &facts, &twice).into_iter().map(|violation| violation.promise).collect();
        assert_eq!(found, [Promise::Intent, Promise::Once]);
    }
}
