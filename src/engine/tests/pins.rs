//! A PIN follows its SIM: which one a SIM is given, and when none.

use super::Rig;
use crate::engine::pin::{self, Locked};
use crate::engine::{Reject, Work, modems};
use crate::modem::io::{Identity, Pin, PinRefusal};

/// Two sticks: what their SIMs and radios are called.
const WEST: (&str, &str) = ("8938001000000000001", "350000000000017");
const EAST: (&str, &str) = ("8938001000000000025", "350000000000025");

/// The stick says who it is, and that its SIM asks for its PIN; of some SIMs no ICCID is told before that.
fn says(work: &mut Work<'_, '_>, name: &str, (iccid, imei): (&str, &str)) -> Result<(), Reject> {
    let identity = Identity { imei: imei.to_owned(), iccid: iccid.to_owned(), ..Identity::default() };
    modems::identity(work, name, &identity)?;
    modems::not_ready(work, name, "sim_pin", "The SIM asks for its PIN.")
}

fn asks(rig: &mut Rig, modem: &str, (iccid, imei): (&str, &str)) -> Result<Pin, PinRefusal> {
    let by_modem = format!("imei:{imei}");
    let sim = if iccid.is_empty() { by_modem.as_str() } else { iccid };
    rig.run(|work| pin::try_once(work, Locked { modem, sim, imei }))
}

fn takes(rig: &mut Rig, modem: &str, (iccid, imei): (&str, &str)) {
    rig.run(|work| pin::accepted(work, Locked { modem, sim: iccid, imei }));
}

fn set(rig: &mut Rig, name: &str, digits: &str) {
    rig.run(|work| pin::set(work, name, Some(digits)));
}

#[test]
fn two_sticks_that_swap_their_names_keep_their_pins() {
    let mut rig = Rig::bare();
    for (name, stick, digits) in [("ttyUSB0", WEST, "1111"), ("ttyUSB1", EAST, "2222")] {
        rig.run(|work| says(work, name, stick));
        set(&mut rig, name, digits);
    }
    assert_eq!(asks(&mut rig, "ttyUSB0", EAST), Ok(Pin::new("2222")));
    takes(&mut rig, "ttyUSB0", EAST);
    rig.run(|work| says(work, "ttyUSB0", EAST));
    assert_eq!(asks(&mut rig, "ttyUSB1", WEST), Ok(Pin::new("1111")));
    // Under a name of its own too.
    takes(&mut rig, "ttyUSB1", WEST);
    assert_eq!(asks(&mut rig, "ttyUSB7", WEST), Ok(Pin::new("1111")));
}

#[test]
fn a_sim_that_hides_its_number_gets_the_pin_of_its_modem() {
    let mut rig = Rig::bare();
    rig.run(|work| says(work, "ttyUSB0", ("", WEST.1)));
    set(&mut rig, "ttyUSB0", "1111");
    assert_eq!(asks(&mut rig, "ttyUSB3", ("", WEST.1)), Ok(Pin::new("1111")));
    assert_eq!(asks(&mut rig, "ttyUSB0", ("", EAST.1)), Err(PinRefusal::NotSet));
    assert_eq!(asks(&mut rig, "ttyUSB3", ("", WEST.1)), Err(PinRefusal::Spent), "once");
    // The SIM took it and says who it is: another SIM in that modem has another PIN.
    takes(&mut rig, "ttyUSB3", WEST);
    assert_eq!(asks(&mut rig, "ttyUSB3", (EAST.0, WEST.1)), Err(PinRefusal::NotSet));
}

#[test]
fn a_pin_set_for_a_name_alone_is_no_guess() {
    let mut rig = Rig::bare();
    rig.run(|work| modems::opened(work, "ttyUSB0", "/dev/ttyUSB0"));
    set(&mut rig, "ttyUSB0", "1111");
    rig.run(|work| modems::opened(work, "ttyUSB1", "/dev/ttyUSB1"));
    assert_eq!(asks(&mut rig, "ttyUSB0", WEST), Err(PinRefusal::Whose), "nobody knows what the other one is");
    rig.run(|work| modems::ready(work, "ttyUSB1"));
    assert_eq!(asks(&mut rig, "ttyUSB1", EAST), Err(PinRefusal::NotSet));
    assert_eq!(asks(&mut rig, "ttyUSB0", WEST), Ok(Pin::new("1111")), "the other one needs none");
    takes(&mut rig, "ttyUSB0", WEST);
    rig.run(|work| modems::opened(work, "ttyUSB2", "/dev/ttyUSB2"));
    assert_eq!(asks(&mut rig, "ttyUSB5", WEST), Ok(Pin::new("1111")), "it is its own now");
    assert_eq!(asks(&mut rig, "ttyUSB0", EAST), Err(PinRefusal::NotSet));
}

#[test]
fn a_pin_of_the_stick_that_is_gone_is_not_set_for_the_one_that_comes() {
    let mut rig = Rig::bare();
    rig.run(|work| says(work, "ttyUSB0", WEST));
    set(&mut rig, "ttyUSB0", "1111");
    rig.run(|work| modems::not_ready(work, "ttyUSB0", "lost", "unplugged"));
    set(&mut rig, "ttyUSB0", "2222");
    assert_eq!(asks(&mut rig, "ttyUSB0", WEST), Ok(Pin::new("1111")), "set before it was pulled");
    assert_eq!(asks(&mut rig, "ttyUSB0", EAST), Ok(Pin::new("2222")));
    rig.run(|work| says(work, "ttyUSB0", EAST));
    rig.run(|work| pin::set(work, "ttyUSB0", None));
    assert_eq!(asks(&mut rig, "ttyUSB0", EAST), Err(PinRefusal::NotSet), "and taken away");
}
