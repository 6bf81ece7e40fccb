//! What a stage saw, against what the scenario wants: the same judgement on every rung. Pure.

use answerback::terms::{MessageState, SessionState, Word as _};

use super::script::{BillingLook, MessageLook, ModemLook, NetworkLook, SessionLook, StruckLook, Subject};

/// What a stage saw of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Facts {
    /// Texts, oldest first.
    Texts(Vec<String>),
    /// A message.
    Message(MessageFacts),
    /// A session.
    Session(SessionFacts),
    /// The billing system's books.
    Billing {
        /// Charges in them.
        charges: usize,
        /// How often they were posted, all together.
        posts: usize,
    },
    /// To whom each PDU went that the network took.
    Network(Vec<String>),
    /// A modem.
    Modem(ModemFacts),
    /// What was met in a modem and its network, and how often.
    Struck(Vec<(String, u64)>),
}

/// What the API says of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageFacts {
    /// `state`.
    pub state: String,
    /// `certainty`.
    pub certainty: String,
    /// How many attempts it lists.
    pub attempts: usize,
    /// `possibly_twice`.
    pub possibly_twice: bool,
}

/// What the API says of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionFacts {
    /// `state`.
    pub state: String,
    /// `step`.
    pub step: String,
    /// `result`.
    pub result: Option<String>,
}

/// What the API says of a modem, and what lies in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModemFacts {
    /// `state` is `ready`.
    pub ready: bool,
    /// `code`.
    pub code: Option<String>,
    /// Texts in its memories; `None` where nobody can look.
    pub stored: Option<usize>,
    /// PIN tries left; `None` where nobody can look.
    pub pin_tries: Option<u8>,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// It is so.
    Met,
    /// It is not so now; this is.
    NotYet(String),
    /// It cannot become so any more; this is.
    Never(String),
}

/// Holds facts against a subject.
pub fn judge(subject: &Subject, facts: &Facts) -> Sight {
    match (subject, facts) {
        (Subject::Phone(look), Facts::Texts(seen)) => texts(look.count, look.text.as_deref(), look.containing.as_deref(), seen),
        (Subject::Inbox(look), Facts::Texts(seen)) => texts(look.count, look.text.as_deref(), look.containing.as_deref(), seen),
        (Subject::Message(look), Facts::Message(seen)) => message(look, seen),
        (Subject::Session(look), Facts::Session(seen)) => session(look, seen),
        (Subject::Billing(look), Facts::Billing { charges, posts }) => billing(look, *charges, *posts),
        (Subject::Network(look), Facts::Network(seen)) => network(look, seen),
        (Subject::Modem(look), Facts::Modem(seen)) => modem(look, seen),
        (Subject::Struck(look), Facts::Struck(seen)) => struck(look, seen),
        (_, facts) => Sight::Never(format!("the stage answered with something else: {facts:?}")),
    }
}

/// Texts on a screen only become more.
fn texts(count: Option<usize>, text: Option<&str>, containing: Option<&str>, seen: &[String]) -> Sight {
    let fits = |shown: &&String| text.is_none_or(|text| *shown == text) && containing.is_none_or(|part| shown.contains(part));
    let found = seen.iter().filter(fits).count();
    let words = format!("{found} of {}: {seen:?}", seen.len());
    match count {
        None if found > 0 => Sight::Met,
        Some(count) if found == count => Sight::Met,
        Some(count) if found > count => Sight::Never(words),
        None | Some(_) => Sight::NotYet(words),
    }
}

fn message(look: &MessageLook, seen: &MessageFacts) -> Sight {
    let words = format!("{}, {}, {} attempts, possibly_twice = {}", seen.state, seen.certainty, seen.attempts, seen.possibly_twice);
    let wrong = look.state.is_some_and(|state| state.word() != seen.state)
        || look.certainty.is_some_and(|certainty| certainty.word() != seen.certainty)
        || look.attempts.is_some_and(|attempts| attempts != seen.attempts)
        || look.possibly_twice.is_some_and(|twice| twice != seen.possibly_twice);
    let over = [MessageState::Delivered, MessageState::Failed, MessageState::Refused, MessageState::Withdrawn];
    let too_often = look.attempts.is_some_and(|attempts| seen.attempts > attempts);
    let marked = look.possibly_twice == Some(false) && seen.possibly_twice;
    let elsewhere = look.state.is_some_and(|state| state.word() != seen.state);
    match wrong {
        false => Sight::Met,
        true if too_often || marked || (elsewhere && over.iter().any(|state| state.word() == seen.state)) => Sight::Never(words),
        true => Sight::NotYet(words),
    }
}

fn session(look: &SessionLook, seen: &SessionFacts) -> Sight {
    let words = format!("{} at {}, result {}", seen.state, seen.step, seen.result.as_deref().unwrap_or("none"));
    let right = look.state.is_none_or(|state| state.word() == seen.state)
        && look.step.as_ref().is_none_or(|step| *step == seen.step)
        && look.result.as_ref().is_none_or(|result| Some(result) == seen.result.as_ref());
    let running = [SessionState::Opening, SessionState::Asked, SessionState::Parked].iter().any(|state| state.word() == seen.state);
    match (right, running) {
        (true, _) => Sight::Met,
        (false, true) => Sight::NotYet(words),
        (false, false) => Sight::Never(words),
    }
}

fn billing(look: &BillingLook, charges: usize, posts: usize) -> Sight {
    let words = format!("{charges} charges, posted {posts} times");
    let over = |wanted: Option<usize>, seen: usize| wanted.is_some_and(|wanted| seen > wanted);
    if look.charges.is_none_or(|wanted| wanted == charges) && look.posts.is_none_or(|wanted| wanted == posts) {
        return Sight::Met;
    }
    if over(look.charges, charges) || over(look.posts, posts) { Sight::Never(words) } else { Sight::NotYet(words) }
}

fn network(look: &NetworkLook, seen: &[String]) -> Sight {
    let took = seen.iter().filter(|to| look.to.as_ref().is_none_or(|wanted| wanted == *to)).count();
    match took.cmp(&look.took) {
        std::cmp::Ordering::Equal => Sight::Met,
        std::cmp::Ordering::Less => Sight::NotYet(format!("it took {took}")),
        std::cmp::Ordering::Greater => Sight::Never(format!("it took {took}")),
    }
}

fn modem(look: &ModemLook, seen: &ModemFacts) -> Sight {
    let right = look.ready.is_none_or(|ready| ready == seen.ready)
        && look.code.as_ref().is_none_or(|code| Some(code) == seen.code.as_ref())
        && look.stored.is_none_or(|stored| seen.stored == Some(stored))
        && look.pin_tries.is_none_or(|tries| seen.pin_tries == Some(tries));
    if right {
        return Sight::Met;
    }
    let ready = if seen.ready { "ready" } else { "not ready" };
    let stored = seen.stored.map_or_else(String::new, |stored| format!(", {stored} texts in it"));
    let tries = seen.pin_tries.map_or_else(String::new, |tries| format!(", {tries} PIN tries left"));
    Sight::NotYet(format!("{ready}, code {}{stored}{tries}", seen.code.as_deref().unwrap_or("none")))
}

/// A fault with fields may be counted under its name and one of them.
fn struck(look: &StruckLook, seen: &[(String, u64)]) -> Sight {
    let is_it = |name: &str| name.strip_prefix(look.name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(", "));
    let times: u64 = seen.iter().filter(|(name, _)| is_it(name)).map(|(_, times)| *times).sum();
    if times >= look.times.unwrap_or(1) {
        return Sight::Met;
    }
    let met: Vec<String> = seen.iter().map(|(name, times)| format!("{name} {times} times")).collect();
    Sight::NotYet(format!("{times} times; met were: {}", if met.is_empty() { "none".to_owned() } else { met.join(", ") }))
}

#[cfg(test)]
mod tests {
    use super::super::script::PhoneLook;
    use super::*;

    fn phone(count: Option<usize>, text: Option<&str>, seen: &[&str]) -> &'static str {
        let look = PhoneLook { number: "+15550100200".into(), count, text: text.map(str::to_owned), containing: None };
        kind(&judge(&Subject::Phone(look), &Facts::Texts(seen.iter().map(|text| (*text).to_owned()).collect())))
    }

    fn kind(sight: &Sight) -> &'static str {
        match sight {
            Sight::Met => "met",
            Sight::NotYet(_) => "not yet",
            Sight::Never(_) => "never",
        }
    }

    #[test]
    fn texts_only_become_more() {
        assert_eq!(phone(None, None, &[]), "not yet");
        assert_eq!(phone(None, Some("a"), &["b", "a"]), "met");
        assert_eq!(phone(Some(0), None, &[]), "met");
        assert_eq!(phone(Some(0), None, &["a"]), "never");
        assert_eq!(phone(Some(1), Some("a"), &["a", "b"]), "met");
        assert_eq!(phone(Some(1), Some("a"), &["a", "a"]), "never");
        assert_eq!(phone(Some(2), None, &["a"]), "not yet");
    }

    fn of_message(want: (MessageState, Option<usize>, Option<bool>), state: &str, attempts: usize, possibly_twice: bool) -> &'static str {
        let look = MessageLook { name: "m".into(), state: Some(want.0), certainty: None, attempts: want.1, possibly_twice: want.2 };
        let seen = MessageFacts { state: state.into(), certainty: "submitted".into(), attempts, possibly_twice };
        kind(&judge(&Subject::Message(look), &Facts::Message(seen)))
    }

    #[test]
    fn a_message_that_has_ended_elsewhere_never_comes_there() {
        assert_eq!(of_message((MessageState::Delivered, None, None), "submitted", 1, false), "not yet");
        assert_eq!(of_message((MessageState::Delivered, Some(1), None), "delivered", 1, false), "met");
        assert_eq!(of_message((MessageState::Parked, None, None), "delivered", 1, false), "never");
        assert_eq!(of_message((MessageState::Delivered, Some(1), None), "delivered", 2, false), "never");
        assert_eq!(of_message((MessageState::Delivered, None, Some(false)), "submitted", 2, true), "never");
    }

    #[test]
    fn what_the_network_took_too_much_stays_taken() {
        let look = |took| Subject::Network(NetworkLook { took, to: Some("+1".into()) });
        let seen = Facts::Network(vec!["+1".into(), "+2".into(), "+1".into()]);
        assert_eq!([1, 2, 3].map(|took| kind(&judge(&look(took), &seen))), ["never", "met", "not yet"]);
    }
}
