//! A call that came in: one row and one event. Anybody can make a network show any number, so nothing else follows from it.

use std::time::Duration;

use super::emit::About;
use super::{Reject, Work, modems};
use crate::msisdn::Msisdn;
use crate::store::Call;

/// What a modem tells of a call when it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called<'a> {
    /// The number as the modem showed it; empty where it showed none.
    pub number: &'a str,
    /// The caller hid it.
    pub withheld: bool,
    /// How often it rang.
    pub rings: u16,
    /// It was rejected.
    pub rejected: bool,
    /// From its first ring to its last.
    pub lasted: Duration,
}

/// Takes it down and tells it.
pub fn came(work: &mut Work<'_, '_>, modem: &str, sim: &str, called: &Called<'_>) -> Result<(), Reject> {
    let from = match work.book.country() {
        Some(country) => Msisdn::parse(called.number, country).ok(),
        None => Msisdn::from_e164(called.number).ok(),
    };
    let call = Call {
        id: 0,
        modem: modem.to_owned(),
        iccid: modems::sim_of(work, modem, sim)?,
        from,
        withheld: called.withheld,
        rings: called.rings,
        rejected: called.rejected,
        at: work.now.minus(called.lasted),
    };
    let id = work.tx.insert_call_in(&call)?;
    let known = call.from.as_ref().map(|from| work.tx.contact(from)).transpose()?.flatten().is_some();
    let data = serde_json::json!({
        "call": id, "modem": modem, "iccid": call.iccid, "from": call.from, "withheld": call.withheld, "known": known,
        "rings": call.rings, "rejected": call.rejected, "began": call.at,
    });
    work.emit("call.received", About { subject: modem, msisdn: call.from.as_ref(), session: None }, data)?;
    Ok(())
}
