//! Which scenarios a rung can play, and why not the others. Pure.

use std::collections::BTreeSet;

use super::script::{Deed, ModemLook, Mood, PhoneLook, Rig, Scenario, Step, Subject, What};

/// A rung of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    /// The product's rules on a clock that jumps.
    Simulation,
    /// A real daemon on emulated modems.
    Pty,
    /// A real daemon on real modems.
    Hardware {
        /// There is a second modem to be the customer's phone.
        second: bool,
    },
}

/// What the rung lacks for this scenario, in words; nothing means that it plays.
pub fn lacks(scenario: &Scenario, rung: Rung) -> Vec<String> {
    match rung {
        Rung::Simulation => simulation(scenario),
        Rung::Pty => Vec::new(),
        Rung::Hardware { second } => hardware(scenario, second),
    }
}

fn simulation(scenario: &Scenario) -> Vec<String> {
    let late = |step: &&Step| matches!(step.what, What::Do(Deed::Billing(Mood::Later | Mood::Settle)));
    let lacks = |step: &Step| format!("line {} has billing decide later, and the simulated billing system decides at once", step.line);
    scenario.steps.iter().filter(late).map(lacks).collect()
}

fn hardware(scenario: &Scenario, second: bool) -> Vec<String> {
    let mut found = BTreeSet::new();
    let mut customers = BTreeSet::new();
    if scenario.modems.len() > 1 {
        found.insert(format!("it has {} modems in the box, and this rung has one", scenario.modems.len()));
    }
    for step in &scenario.steps {
        let missing = match &step.what {
            What::Do(deed) => {
                customers.extend(customer(deed));
                needs(deed, second)
            }
            What::WaitUntil(look) | What::Expect(look) => {
                customers.extend(look.subjects.iter().filter_map(seen));
                look.subjects.iter().find_map(|subject| cannot_show(subject, second))
            }
        };
        found.extend(missing.map(|what| format!("line {} {what}", step.line)));
    }
    if !scenario.house.rosters.is_empty() {
        found.insert("it pages a roster, and this rung has one phone".to_owned());
    }
    if customers.len() > 1 {
        found.insert(format!("it has {} customers, and this rung has one phone", customers.len()));
    }
    found.into_iter().collect()
}

/// The customers a step speaks of; a sender in letters is none.
fn customer(deed: &Deed) -> Option<String> {
    match deed {
        Deed::Send(send) => Some(send.to.clone()),
        Deed::Ask(ask) => ask.to.clone(),
        Deed::Rig(Rig::Text { from, .. }) => Some(from.clone()),
        Deed::Rig(_)
        | Deed::Unplug(_)
        | Deed::Plug(_)
        | Deed::Pin(_)
        | Deed::Power(_)
        | Deed::Billing(_)
        | Deed::Resolve(_)
        | Deed::Event(_) => None,
    }
}

fn seen(subject: &Subject) -> Option<String> {
    match subject {
        Subject::Phone(look) => Some(look.number.clone()),
        Subject::Inbox(look) => Some(look.from.clone()),
        Subject::Message(_) | Subject::Session(_) | Subject::Billing(_) | Subject::Network(_) | Subject::Modem(_) | Subject::Struck(_) => {
            None
        }
    }
}

fn needs(deed: &Deed, second: bool) -> Option<&'static str> {
    match deed {
        Deed::Rig(Rig::Fault { .. }) => Some("switches a fault on, and real hardware has its own"),
        Deed::Rig(Rig::Text { .. }) if second => None,
        Deed::Rig(Rig::Text { .. }) => Some("has a customer who texts, and that needs a second modem"),
        Deed::Ask(_) if !second => {
            Some("asks a question: a SIM that texts itself would answer with the question; that needs a second modem")
        }
        Deed::Rig(Rig::Pdu { .. } | Rig::Set(_) | Rig::Report(_) | Rig::Urc(_) | Rig::Reset(_) | Rig::Phone(_)) => {
            Some("does what only the emulator can")
        }
        Deed::Unplug(_) | Deed::Plug(_) => Some("pulls a plug, and no program can"),
        Deed::Pin(_) => Some("gives a PIN, and one that is wrong would burn a real SIM"),
        Deed::Send(_) | Deed::Ask(_) | Deed::Power(_) | Deed::Billing(_) | Deed::Resolve(_) | Deed::Event(_) => None,
    }
}

fn cannot_show(subject: &Subject, second: bool) -> Option<&'static str> {
    match subject {
        Subject::Struck(_) => Some("asks which fault was met, and real hardware does not tell"),
        Subject::Network(_) => Some("asks what the network took, and only the operator knows"),
        Subject::Phone(PhoneLook { text: None, containing: None, .. }) if !second => Some(
            "counts every text on the phone: with one modem the box's own answer to itself is among them; name the text, or add a second modem",
        ),
        Subject::Modem(ModemLook { stored: Some(_), .. } | ModemLook { pin_tries: Some(_), .. }) => {
            Some("asks what lies in the modem, and only the box may look there")
        }
        Subject::Inbox(_) if !second => Some("looks at what a customer texted, and that needs a second modem"),
        Subject::Phone(_) | Subject::Inbox(_) | Subject::Message(_) | Subject::Session(_) | Subject::Billing(_) | Subject::Modem(_) => None,
    }
}
