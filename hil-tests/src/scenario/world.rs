//! The far side of the modems: what is done to the emulated world, and what it shows. Every rung that stands on the
//! emulator uses this, so that a fault is the same fault everywhere. Pure.

use at_commands::Tick;

use super::judge::Facts;
use super::script::{Rig, SetModem, Subject};
use crate::emulator::brain::{Brain, Control};
use crate::emulator::world::{World, WorldInput};

/// Does something; what came of it in a few words.
pub fn touch(world: &mut World, now: Tick, deed: &Rig) -> Result<String, String> {
    match deed {
        Rig::Text { from, text, modem, times } => {
            let (modem, texts) = letters(world, from, text, *modem, *times)?;
            for text in &texts {
                world.with_network(now, |network| network.inject(modem, from, text))?;
            }
            Ok(format!("{:?} to modem {modem}", texts.first().map_or("", String::as_str)))
        }
        Rig::Pdu { modem, pdu } => world.with_network(now, |network| network.inject_pdu(*modem, pdu)).map(|()| String::new()),
        Rig::Fault { modem, fault: None, .. } => {
            world.clear_faults(now, *modem);
            Ok(String::new())
        }
        Rig::Fault { modem, times, fault: Some(fault), .. } => {
            world.arm(now, *modem, fault.clone(), *times);
            Ok(String::new())
        }
        Rig::Set(set) => {
            for control in controls(set) {
                world.handle(now, WorldInput::Control { modem: set.modem, control });
            }
            Ok(String::new())
        }
        Rig::Report(report) => {
            let mr = world.with_network(now, |network| network.report(report.modem, report.mr, report.st))?;
            Ok(format!("about mr {mr}"))
        }
        Rig::Urc(urc) => {
            world.handle(now, WorldInput::Control { modem: urc.modem, control: Control::Urc(urc.line.clone()) });
            Ok(String::new())
        }
        Rig::Reset(modem) => {
            world.handle(now, WorldInput::Control { modem: *modem, control: Control::PowerCycle });
            Ok(String::new())
        }
        Rig::Phone(phone) => {
            world.with_network(now, |network| network.handset_power(&phone.number, phone.on));
            Ok(String::new())
        }
    }
}

/// What the world shows of a subject; `None` for what the box or billing has to be asked.
pub fn see(world: &World, subject: &Subject) -> Option<Facts> {
    match subject {
        Subject::Phone(look) => {
            let texts = world.network().received(&look.number);
            Some(Facts::Texts(texts.iter().map(|shown| shown.text.clone()).collect()))
        }
        Subject::Network(_) => Some(Facts::Network(world.network().taken().iter().map(|taken| taken.to.clone()).collect())),
        Subject::Struck(look) => {
            let brain = world.brains().get(look.modem).into_iter().flat_map(Brain::strikes);
            let struck = brain.chain(world.network().strikes_of(look.modem));
            Some(Facts::Struck(struck.map(|(name, times)| (name.to_owned(), times)).collect()))
        }
        Subject::Inbox(_) | Subject::Message(_) | Subject::Session(_) | Subject::Billing(_) | Subject::Modem(_) => None,
    }
}

/// PIN tries that the SIM in a modem has left.
pub(super) fn pin_tries(world: &World, modem: usize) -> Option<u8> {
    world.brains().get(modem).map(|brain| brain.card().pin_tries)
}

/// Texts in the memories of a modem.
pub(super) fn stored(world: &World, modem: usize) -> Option<usize> {
    world.brains().get(modem).map(|brain| brain.stored().iter().sum())
}

/// To which modem a customer writes, and what.
pub(super) fn letters(world: &World, from: &str, text: &str, modem: Option<usize>, times: u16) -> Result<(usize, Vec<String>), String> {
    let modem = modem.or_else(|| answered_by(world, from)).unwrap_or(0);
    let last = world.network().received(from).last().map(|shown| shown.text.as_str());
    Ok((modem, texts(text, times, last)?))
}

/// The texts a customer writes, who has read `last`.
pub(super) fn texts(text: &str, times: u16, last: Option<&str>) -> Result<Vec<String>, String> {
    let text = match (text.contains("{tag}"), last.and_then(tag)) {
        (false, _) => text.to_owned(),
        (true, Some(tag)) => text.replace("{tag}", tag),
        (true, None) => return Err(format!("the last text on the phone asks for no tag: {last:?}")),
    };
    let text = match (text.contains("{code}"), last.and_then(code)) {
        (false, _) => text,
        (true, Some(code)) => text.replace("{code}", code),
        (true, None) => return Err(format!("the last text on the phone has no code: {last:?}")),
    };
    if times == 1 {
        return Ok(vec![text]);
    }
    Ok((1..=times).map(|number| format!("{text} {number}")).collect())
}

/// The number behind a letter, as in "Reply Y7 or N7".
fn tag(text: &str) -> Option<&str> {
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    words.find_map(|word| {
        let tag = word.strip_prefix(|c: char| c.is_ascii_uppercase())?;
        (!tag.is_empty() && tag.bytes().all(|octet| octet.is_ascii_digit())).then_some(tag)
    })
}

/// The number behind "ACK".
fn code(text: &str) -> Option<&str> {
    let behind = text.split_once("ACK ")?.1;
    let digits = behind.split(|c: char| !c.is_ascii_digit()).next()?;
    (!digits.is_empty()).then_some(digits)
}

/// The modem whose SIM texted this phone last.
fn answered_by(world: &World, phone: &str) -> Option<usize> {
    let last = world.network().received(phone).last()?;
    world.brains().iter().position(|brain: &Brain| brain.card().number == last.from)
}

fn controls(set: &SetModem) -> Vec<Control> {
    let pin = set.pin.clone().map(|pin| Control::Pin { enabled: !pin.is_empty(), pin });
    [set.stat.map(Control::Registration), set.csq.map(Control::Signal), set.mr.map(Control::LastMr), pin].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_reads_the_tag_and_writes_it() {
        let last = Some("City Power: may we come at 10:00 (A 3)? Reply Y7 or N7.");
        assert_eq!(texts("N{tag}", 1, last), Ok(vec!["N7".to_owned()]));
        assert_eq!(texts("Hello", 2, None), Ok(vec!["Hello 1".to_owned(), "Hello 2".to_owned()]));
        assert!(texts("N{tag}", 1, Some("Reply Y or N.")).is_err());
        assert_eq!(texts("ACK {code}", 1, Some("ACK 37: Pump 3 low. Or PASS 37")), Ok(vec!["ACK 37".to_owned()]));
        assert!(texts("ACK {code}", 1, Some("Pump 3 is cleared")).is_err());
    }
}
