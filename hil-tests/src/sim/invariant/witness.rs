//! What people wrote, clients asked and endpoints did, against what the box made of it: it may not be deaf, and it may not say
//! of a call what the other side knows better.

use answerback::store::page::Paging;
use answerback::store::{InboundRow, MessageFilter};
use answerback::terms::{CallState, Purpose};

use super::inbound::own_words;
use crate::sim::Sim;
use crate::sim::office::Ask;
use crate::sim::site::CALLED;

const PAGE: u32 = 100;
const CALLS_MAX: u32 = 500;
/// What somebody in danger writes here.
const DANGER: &[&str] = &["smell gas", "wire down"];
/// STOP is rule 4, whatever else is open.
const STOP_RULE: u8 = 4;

/// Whoever writes of danger is heard.
pub(super) fn danger_is_heard(sim: &Sim) -> Result<(), String> {
    let deaf = |row: &InboundRow| !row.danger && DANGER.iter().any(|words| own_words(row.text.expose()).contains(words));
    match inbounds(sim)?.iter().find(|row| deaf(row)) {
        Some(row) => Err(format!("text {} ({:?}) raised no alarm", row.id, row.text.expose())),
        None => Ok(()),
    }
}

/// Whoever writes STOP has said STOP.
pub(super) fn stop_is_heard(sim: &Sim) -> Result<(), String> {
    let deaf = |row: &InboundRow| row.rule.is_some_and(|rule| rule != STOP_RULE) && row.text.expose().eq_ignore_ascii_case("stop");
    match inbounds(sim)?.iter().find(|row| deaf(row)) {
        Some(row) => Err(format!("text {} of {} says STOP and rule {:?} took it", row.id, row.sender, row.rule)),
        None => Ok(()),
    }
}

/// A request for a message makes one, however often it is sent.
pub(super) fn requests_make_one_message(sim: &Sim) -> Result<(), String> {
    let asked = sim.office.requests().iter().filter(|request| matches!(request.ask, Ask::Message(_))).count();
    let (mut made, mut cursor) = (0, None);
    loop {
        let page = sim.read(|reader| reader.messages(&MessageFilter::default(), Paging::new(PAGE, cursor)));
        let page = page.map_err(|error| error.to_string())?;
        made += page.items.iter().filter(|message| message.purpose == Purpose::Plain).count();
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    if made > asked { Err(format!("{asked} requests made {made} messages")) } else { Ok(()) }
}

/// `ok` was done, `fail` was not.
pub(super) fn calls_are_true(sim: &Sim) -> Result<(), String> {
    for endpoint in CALLED {
        let calls = sim.read(|reader| reader.calls_of_endpoint(endpoint, CALLS_MAX)).map_err(|error| error.to_string())?;
        for call in calls.iter().filter(|call| !call.read) {
            let acted = sim.utility.asked().get(&call.key()).is_some_and(|asked| asked.acted > 0);
            match call.state {
                CallState::Ok if !acted => return Err(format!("{} is said to be done and was not", call.key())),
                CallState::Fail if acted => return Err(format!("{} is said to have failed and was done", call.key())),
                CallState::Ok | CallState::Fail | CallState::Queued | CallState::Calling | CallState::Unknown => {}
            }
        }
    }
    Ok(())
}

fn inbounds(sim: &Sim) -> Result<Vec<InboundRow>, String> {
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let page = sim.read(|reader| reader.inbounds(None, Paging::new(PAGE, cursor))).map_err(|error| error.to_string())?;
        rows.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(rows);
        }
    }
}
