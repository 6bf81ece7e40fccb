//! Scenarios in words: one aligned line a step.

use std::fmt;
use std::time::Duration;

use answerback::terms::Word as _;

use super::script::{Deed, Look, Mood, Plug, Power, Rig, Step, Subject, What};

/// One line: time, line of the file, what, and what came of it.
pub(super) fn line(at: Duration, step: &Step, said: &str) -> String {
    let (verb, what) = words(&step.what);
    format!("{:>12}  line {:<4} {verb:<10} {what:<64} {said}", seconds(at), step.line)
}

/// `12.345 s`.
pub(super) fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

/// How a name comes to be.
pub(super) fn how_to_make(kind: &str) -> &'static str {
    match kind {
        "message" => "an earlier step has to `send` it",
        "session" => "an earlier step has to `ask` it",
        _ => "name its file in a [[flow]]",
    }
}

fn words(what: &What) -> (&'static str, String) {
    match what {
        What::Do(deed) => ("do", deed.to_string()),
        What::WaitUntil(look) => ("wait until", look.to_string()),
        What::Expect(look) => ("expect", look.to_string()),
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(send) => write!(f, "send {} to {} ({}): {:?}", send.message, send.to, send.policy.word(), send.text),
            Self::Ask(ask) => write!(f, "ask {} as {} to {}", ask.flow, ask.session, ask.to.as_deref().unwrap_or("its roster")),
            Self::Event(event) => match &event.session {
                Some(session) => write!(f, "{} happens to {session}", event.name),
                None => write!(f, "{} happens where {}", event.name, event.r#where.keys().cloned().collect::<Vec<_>>().join(", ")),
            },
            Self::Rig(rig) => write!(f, "{rig}"),
            Self::Unplug(modem) => write!(f, "pull the plug of modem {modem}"),
            Self::Plug(Plug::Back(modem)) => write!(f, "put the plug of modem {modem} back"),
            Self::Plug(Plug::Under { modem, link }) => write!(f, "put the plug of modem {modem} back, its port is {link} now"),
            Self::Pin(pin) => write!(f, "tell the box a PIN for modem {}", pin.modem),
            Self::Power(Power::Restart) => f.write_str("restart the box"),
            Self::Power(Power::Cut) => f.write_str("cut the box's power"),
            Self::Power(Power::On) => f.write_str("switch the box on"),
            Self::Billing(mood) => write!(f, "billing: {}", mood_word(*mood)),
            Self::Resolve(resolve) => write!(f, "a person decides about {}: {:?}", resolve.message, resolve.r#as),
        }
    }
}

fn mood_word(mood: Mood) -> &'static str {
    match mood {
        Mood::Ok => "charges and answers",
        Mood::Fail => "the bank says no",
        Mood::ChargeThenSilence => "charges and never answers",
        Mood::ChargeThenReset => "charges and breaks the connection",
        Mood::Broken => "answers 500 and charges nothing",
        Mood::Down => "breaks the connection and charges nothing",
        Mood::Later => "decides later",
        Mood::Settle => "decides what it put off",
    }
}

impl fmt::Display for Rig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { from, text, .. } => write!(f, "{from} texts {text:?}"),
            Self::Pdu { modem, pdu } => write!(f, "a PDU of {} octets arrives at modem {modem}", pdu.len() / 2),
            Self::Fault { modem, fault: None, .. } => write!(f, "modem {modem}: no faults any more"),
            Self::Fault { modem, times, fault: Some(fault), .. } => {
                let often = match times {
                    0 => "until cleared".to_owned(),
                    1 => "once".to_owned(),
                    times => format!("{times} times"),
                };
                write!(f, "fault of modem {modem}, {often}: {fault:?}")
            }
            Self::Set(set) => write!(f, "modem {}: stat {:?}, csq {:?}, mr {:?}, pin {:?}", set.modem, set.stat, set.csq, set.mr, set.pin),
            Self::Report(report) => write!(f, "a report arrives at modem {}: mr {:?}, st {}", report.modem, report.mr, report.st),
            Self::Urc(urc) => write!(f, "modem {} prints {}", urc.modem, urc.line),
            Self::Reset(modem) => write!(f, "modem {modem} loses its power for a moment"),
            Self::Phone(phone) => write!(f, "the phone {} is switched {}", phone.number, if phone.on { "on" } else { "off" }),
        }
    }
}

impl fmt::Display for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subjects: Vec<String> = self.subjects.iter().map(Subject::wanted).collect();
        f.write_str(&subjects.join("; "))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(look) => write!(f, "the phone {}", look.number),
            Self::Inbox(look) => write!(f, "the inbox from {}", look.from),
            Self::Message(look) => write!(f, "the message {}", look.name),
            Self::Session(look) => write!(f, "the session {}", look.name),
            Self::Billing(_) => f.write_str("billing"),
            Self::Network(_) => f.write_str("the network"),
            Self::Modem(look) => write!(f, "modem {}", look.modem),
            Self::Struck(look) => write!(f, "{} in modem {}", look.name, look.modem),
        }
    }
}

impl Subject {
    /// What is to be so.
    fn wanted(&self) -> String {
        match self {
            Self::Phone(look) => format!("{self}: {}", texts(look.count, look.text.as_deref(), look.containing.as_deref())),
            Self::Inbox(look) => format!("{self}: {}", texts(look.count, look.text.as_deref(), look.containing.as_deref())),
            Self::Message(look) => {
                let said = [
                    look.state.map(|state| state.word().to_owned()),
                    look.certainty.map(|certainty| certainty.word().to_owned()),
                    look.attempts.map(|attempts| format!("{attempts} attempts")),
                    look.possibly_twice.map(|twice| (if twice { "possibly twice" } else { "not marked twice" }).to_owned()),
                ];
                format!("{self}: {}", joined(said))
            }
            Self::Session(look) => {
                let said = [
                    look.state.map(|state| state.word().to_owned()),
                    look.step.as_ref().map(|step| format!("at {step}")),
                    look.result.as_ref().map(|result| format!("result {result}")),
                ];
                format!("{self}: {}", joined(said))
            }
            Self::Billing(look) => {
                let said = [look.charges.map(|count| format!("{count} charges")), look.posts.map(|count| format!("posted {count} times"))];
                format!("{self}: {}", joined(said))
            }
            Self::Network(look) => {
                let to = look.to.as_ref().map_or_else(String::new, |to| format!(" for {to}"));
                format!("{self} took {}{to}", look.took)
            }
            Self::Modem(look) => {
                let said = [
                    look.ready.map(|ready| (if ready { "ready" } else { "not ready" }).to_owned()),
                    look.code.as_ref().map(|code| format!("code {code}")),
                    look.stored.map(|stored| format!("{stored} texts in it")),
                    look.pin_tries.map(|tries| format!("{tries} PIN tries left")),
                ];
                format!("{self}: {}", joined(said))
            }
            Self::Struck(look) => format!("{self}, {} times", look.times.unwrap_or(1)),
        }
    }
}

fn texts(count: Option<usize>, text: Option<&str>, containing: Option<&str>) -> String {
    let count = count.map_or_else(|| "a text".to_owned(), |count| format!("{count} texts"));
    match (text, containing) {
        (Some(text), _) => format!("{count} {text:?}"),
        (None, Some(part)) => format!("{count} with {part:?}"),
        (None, None) => count,
    }
}

fn joined<const N: usize>(said: [Option<String>; N]) -> String {
    said.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
