//! One `[[step]]` of a file, and how it becomes a step of the scenario.

use answerback::conversation::flow::reader::propose;
use serde::Deserialize;

use super::Span;
use super::script::{
    Ask, BillingLook, Deed, Event, InboxLook, Look, MessageLook, ModemLook, Mood, NetworkLook, Phone, PhoneLook, Pin, Plug, Power, Report,
    Resolve, Rig, SendText, SessionLook, SetModem, StruckLook, Subject, Urc, What, When,
};
use crate::emulator::fault::Fault;

/// A step as it is written: at most one time, and exactly one of the verbs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    at: Option<Span>,
    after: Option<Span>,
    send: Option<SendText>,
    ask: Option<Ask>,
    event: Option<Event>,
    text: Option<WrittenText>,
    pdu: Option<WrittenPdu>,
    fault: Option<toml::Table>,
    set: Option<SetModem>,
    report: Option<Report>,
    urc: Option<Urc>,
    reset: Option<usize>,
    phone: Option<Phone>,
    unplug: Option<usize>,
    plug: Option<Plug>,
    pin: Option<Pin>,
    restart: Option<bool>,
    power_cut: Option<bool>,
    power_on: Option<bool>,
    billing: Option<Mood>,
    resolve: Option<Resolve>,
    wait_until: Option<WrittenLook>,
    expect: Option<WrittenLook>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenText {
    from: String,
    text: String,
    modem: Option<usize>,
    times: Option<u16>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPdu {
    #[serde(default)]
    modem: usize,
    pdu: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLook {
    within: Option<Span>,
    phone: Option<PhoneLook>,
    inbox: Option<InboxLook>,
    message: Option<MessageLook>,
    session: Option<SessionLook>,
    billing: Option<BillingLook>,
    network: Option<NetworkLook>,
    modem: Option<ModemLook>,
    struck: Option<StruckLook>,
}

const VERBS: &str = "send, ask, event, text, pdu, fault, set, report, urc, reset, phone, unplug, plug, pin, restart, power_cut, power_on, billing, resolve, \
                     wait_until or expect";

/// What a step cannot be, and what to write instead.
pub(super) type Wrong = (String, String);

impl Written {
    /// When it begins and what it is.
    pub(super) fn into_step(self) -> Result<(When, What), Wrong> {
        let when = match (self.at, self.after) {
            (None, None) => When::Now,
            (Some(at), None) => When::At(at.0),
            (None, Some(after)) => When::After(after.0),
            (Some(_), Some(_)) => return Err(wrong("a step has `at` or `after`, not both", "keep one of them")),
        };
        let mut found = self.into_whats()?;
        match (found.pop(), found.is_empty()) {
            (Some(what), true) => Ok((when, what)),
            (Some(_), false) => Err(wrong("a step does one thing", "make a [[step]] of each")),
            (None, _) => Err(wrong("this step does nothing", &format!("give it one of {VERBS}"))),
        }
    }

    fn into_whats(self) -> Result<Vec<What>, Wrong> {
        let fault = self.fault.map(fault).transpose()?;
        let modem_text =
            |text: WrittenText| Rig::Text { from: text.from, text: text.text, modem: text.modem, times: text.times.unwrap_or(1) };
        let rig = [
            self.text.map(modem_text),
            self.pdu.map(|pdu| Rig::Pdu { modem: pdu.modem, pdu: pdu.pdu }),
            fault,
            self.set.map(Rig::Set),
            self.report.map(Rig::Report),
            self.urc.map(Rig::Urc),
            self.reset.map(Rig::Reset),
            self.phone.map(Rig::Phone),
        ];
        let box_power =
            [(self.restart, Power::Restart, "restart"), (self.power_cut, Power::Cut, "power_cut"), (self.power_on, Power::On, "power_on")];
        let deeds = [
            self.send.map(Deed::Send),
            self.ask.map(Deed::Ask),
            self.event.map(Deed::Event),
            self.unplug.map(Deed::Unplug),
            self.plug.map(Deed::Plug),
            self.pin.map(Deed::Pin),
            self.billing.map(Deed::Billing),
            self.resolve.map(Deed::Resolve),
        ];
        let mut whats: Vec<What> = deeds.into_iter().chain(rig.into_iter().map(|rig| rig.map(Deed::Rig))).flatten().map(What::Do).collect();
        for (said, power, name) in box_power {
            match said {
                None => {}
                Some(true) => whats.push(What::Do(Deed::Power(power))),
                Some(false) => {
                    return Err(wrong(&format!("`{name} = false` does nothing"), &format!("write {name} = true, or take it out")));
                }
            }
        }
        whats.extend(self.wait_until.map(look).transpose()?.map(What::WaitUntil));
        whats.extend(self.expect.map(look).transpose()?.map(What::Expect));
        Ok(whats)
    }
}

/// `fault`: its name and fields as in the control protocol, with `modem` and `times` beside them.
fn fault(mut written: toml::Table) -> Result<Rig, Wrong> {
    let mut number = |name: &str, otherwise: u32| match written.remove(name) {
        None => Ok(otherwise),
        Some(value) => value
            .as_integer()
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(|| wrong(&format!("`{name}` must be a whole number"), &format!("write {name} = 1"))),
    };
    let (modem, times) = (number("modem", 0)? as usize, number("times", 1)?);
    let ms_on_ptys = written.remove("ms_on_ptys");
    if written.get("fault").is_some_and(|name| name.as_str() == Some("none")) {
        return Ok(Rig::Fault { modem, times, fault: None, on_ptys: None });
    }
    let shorter = ms_on_ptys.map(|ms| {
        let mut shorter = written.clone();
        match shorter.insert("ms".to_owned(), ms) {
            Some(_) => read(shorter),
            None => Err(wrong("`ms_on_ptys` takes the place of `ms`, and there is none", "take it out")),
        }
    });
    Ok(Rig::Fault { modem, times, fault: Some(read(written)?), on_ptys: shorter.transpose()? })
}

/// A fault by its name and its fields.
fn read(written: toml::Table) -> Result<Fault, Wrong> {
    let names: Vec<String> = written.keys().cloned().collect();
    let fault = Fault::deserialize(written).map_err(|error| super::trouble::in_words(error.message()))?;
    // A fault without fields lets serde pass over any field.
    let known: Vec<String> = serde_json::to_value(&fault)
        .ok()
        .and_then(|fault| fault.as_object().map(|fields| fields.keys().cloned().collect()))
        .unwrap_or_default();
    if let Some(name) = names.iter().find(|name| !known.contains(name)) {
        let known: Vec<&str> = known.iter().map(String::as_str).chain(["modem", "times"]).collect();
        return Err((format!("this fault has no `{name}`"), propose(name, &known)));
    }
    Ok(fault)
}

fn look(written: WrittenLook) -> Result<Look, Wrong> {
    let subjects = [
        written.phone.map(Subject::Phone),
        written.inbox.map(Subject::Inbox),
        written.message.map(Subject::Message),
        written.session.map(Subject::Session),
        written.billing.map(Subject::Billing),
        written.network.map(Subject::Network),
        written.modem.map(Subject::Modem),
        written.struck.map(Subject::Struck),
    ];
    let subjects: Vec<Subject> = subjects.into_iter().flatten().collect();
    if subjects.is_empty() {
        return Err(wrong("it looks at nothing", "give it phone, inbox, message, session, billing, network, modem or struck"));
    }
    if let Some(idle) = subjects.iter().find(|subject| asks_nothing(subject)) {
        return Err(wrong(
            &format!("it says nothing of {idle} that could be wrong"),
            "say what must be so, for example state = \"delivered\"",
        ));
    }
    Ok(Look { within: written.within.map(|within| within.0), subjects })
}

fn asks_nothing(subject: &Subject) -> bool {
    match subject {
        Subject::Message(MessageLook { state: None, certainty: None, attempts: None, possibly_twice: None, .. }) => true,
        Subject::Session(SessionLook { state: None, step: None, result: None, .. }) => true,
        Subject::Billing(BillingLook { charges: None, posts: None }) => true,
        Subject::Modem(ModemLook { ready: None, code: None, stored: None, pin_tries: None, .. }) => true,
        Subject::Message(_)
        | Subject::Session(_)
        | Subject::Billing(_)
        | Subject::Modem(_)
        | Subject::Phone(_)
        | Subject::Inbox(_)
        | Subject::Struck(_)
        | Subject::Network(_) => false,
    }
}

fn wrong(reason: &str, proposal: &str) -> Wrong {
    (reason.to_owned(), proposal.to_owned())
}
