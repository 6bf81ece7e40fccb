//! What a refusal teaches: what its number means with this maker, and what this service centre does not take.

use at_commands::pdu::{Smsc, Submit};

use super::{MODEM, Rig, SIM};
use crate::engine::{modems, submit};
use crate::ids::{MessageId, PartKey};
use crate::modem::io::Identity;
use crate::terms::{PartState, Policy};

fn refused(rig: &mut Rig, id: MessageId, code: u16) {
    let attempt = rig.attempt(id, 1);
    rig.run(|work| submit::refused(work, &PartKey { message: id, seq: 1 }, Some(attempt), Some(code)));
}

#[test]
fn a_number_of_the_maker_is_classed_by_the_maker() {
    for (maker, state) in [("SIMCOM_Ltd", PartState::Failed), ("WAVECOM MODEM", PartState::Queued), ("", PartState::Queued)] {
        let mut rig = Rig::bare();
        let identity = Identity { iccid: SIM.to_owned(), manufacturer: maker.to_owned(), ..Identity::default() };
        rig.run(|work| modems::identity(work, MODEM, &identity));
        let id = rig.plain(Policy::Notice, "hello");
        refused(&mut rig, id, 517);
        assert_eq!(rig.state(id), state, "{maker}");
    }
}

/// Whether the text has a validity period as it leaves over this SIM.
fn has_validity(rig: &mut Rig, id: MessageId, iccid: &str) -> bool {
    let key = PartKey { message: id, seq: 1 };
    let submission = rig.run(|work| submit::claim(work, &key, iccid)).expect("no quiet hours");
    rig.run(|work| submit::give_back(work, &key, iccid));
    rig.wait(10);
    Submit::decode(&submission.pdu, Smsc::Present).expect("our own PDU").vp.is_some()
}

#[test]
fn a_centre_that_takes_no_validity_period_gets_none_from_then_on() {
    for code in [198, 199] {
        let mut rig = Rig::bare();
        rig.has_modem(MODEM, SIM);
        let id = rig.plain(Policy::Notice, "hello");
        assert!(has_validity(&mut rig, id, SIM));
        refused(&mut rig, id, code);
        assert_eq!((rig.state(id), rig.part(id, 1).refusals), (PartState::Queued, 0), "{code}: the box's own doing");
        rig.wait(10);
        assert!(!has_validity(&mut rig, id, SIM), "{code}");
        assert!(has_validity(&mut rig, id, "8938001000000000099"), "{code}: another SIM has another centre");
        // Where it did not help, it is a refusal like any other.
        refused(&mut rig, id, code);
        assert_eq!(rig.part(id, 1).refusals, 1, "{code}");
        let next = rig.plain(Policy::Notice, "the next one");
        assert!(!has_validity(&mut rig, next, SIM), "{code}: remembered");
    }
}
