//! USSD: what a person or a balance rule wants of the network becomes a row, a modem is given it after the commit, and what
//! the network said is written to the same row.
//!
//! Nobody can tell a code that shows a balance from one that spends it: nothing is asked twice, and what may have gone out
//! and has no answer is unknown, never open and never repeated.

use super::{Reject, Work, balance};
use crate::modem::io::{UssdAsk, UssdEnd, UssdErrand};
use crate::store::{Ussd, UssdKind, UssdState};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUssd {
    /// Name of the modem.
    pub modem: String,
    /// What is wanted.
    pub ask: UssdAsk,
    /// Who wants it.
    pub asker: String,
}

/// 23.038 section 5: as many septets as 160 octets hold.
const CHARACTERS_MAX: usize = 182;

/// Takes it down; a modem is given it behind the commit.
pub fn ask(work: &mut Work<'_, '_>, new: &NewUssd) -> Result<i64, Reject> {
    let modem = work.tx.modem(&new.modem)?.ok_or_else(|| Reject::not_found("modem"))?;
    let (kind, asked) = match &new.ask {
        UssdAsk::Code(code) => (UssdKind::Code, checked_code("/code", code)?),
        UssdAsk::Reply(reply) => (UssdKind::Reply, checked_reply(reply)?),
        UssdAsk::Cancel => (UssdKind::Cancel, ""),
    };
    let open = work.tx.ussds_open()?.into_iter().any(|open| open.modem == new.modem);
    if open && new.ask != UssdAsk::Cancel {
        return Err(Reject::new("ussd_open", "an exchange by USSD is under way on this modem; wait for its answer, or cancel it"));
    }
    let row = Ussd {
        id: 0,
        modem: new.modem.clone(),
        iccid: modem.iccid,
        asker: new.asker.clone(),
        kind,
        asked: asked.to_owned(),
        state: UssdState::Waiting,
        answer: None,
        why: None,
        tries: 0,
        asked_at: work.now,
        ended_at: None,
    };
    Ok(work.tx.insert_ussd(&row)?)
}

/// A code as people key it in: digits, stars and hashes.
pub(super) fn checked_code<'c>(pointer: &str, code: &'c str) -> Result<&'c str, Reject> {
    let keyed = code.bytes().all(|key| key.is_ascii_digit() || matches!(key, b'*' | b'#' | b'+'));
    if keyed && (1..=CHARACTERS_MAX).contains(&code.len()) {
        return Ok(code);
    }
    Err(Reject::at("invalid", pointer, "a code is 1 to 182 digits, * and #, for example *100#"))
}

fn checked_reply(reply: &str) -> Result<&str, Reject> {
    let plain = reply.chars().all(|sign| (sign == ' ' || sign.is_ascii_graphic()) && sign != '"');
    if plain && (1..=CHARACTERS_MAX).contains(&reply.len()) {
        return Ok(reply);
    }
    Err(Reject::at("invalid", "/reply", "a reply is 1 to 182 plain letters, digits and signs, without quotes"))
}

/// Takes what waits for a modem: from here on it may go out. The names of the modems come with it.
pub fn claim(work: &mut Work<'_, '_>) -> Result<Vec<(String, UssdErrand)>, Reject> {
    let mut claimed = Vec::new();
    for mut row in work.tx.ussds_open()? {
        if row.state != UssdState::Waiting {
            continue;
        }
        row.state = UssdState::Asking;
        work.tx.save_ussd(&row)?;
        let ask = match row.kind {
            UssdKind::Code | UssdKind::Network => UssdAsk::Code(row.asked),
            UssdKind::Reply => UssdAsk::Reply(row.asked),
            UssdKind::Cancel => UssdAsk::Cancel,
        };
        claimed.push((row.modem, UssdErrand { id: row.id, ask }));
    }
    Ok(claimed)
}

/// How an exchange ended, as its modem tells it. A late answer takes the place of "unknown", and nothing else is written over.
pub fn ended(work: &mut Work<'_, '_>, modem: &str, id: Option<i64>, tries: u8, end: &UssdEnd) -> Result<(), Reject> {
    let Some(mut row) = id.map(|id| work.tx.ussd(id)).transpose()?.flatten() else {
        return said_by_network(work, modem, end);
    };
    if !row.state.is_open() && row.state != UssdState::Unknown {
        return Ok(());
    }
    write(&mut row, end);
    row.tries = row.tries.max(tries);
    row.ended_at = Some(work.now);
    work.tx.save_ussd(&row)?;
    balance::heard(work, &row)
}

fn write(row: &mut Ussd, end: &UssdEnd) {
    (row.state, row.why) = match end {
        UssdEnd::Answered { menu, .. } => (if *menu { UssdState::Menu } else { UssdState::Answered }, None),
        UssdEnd::Cancelled => (UssdState::Cancelled, None),
        UssdEnd::NotSent { why } => (UssdState::NotSent, Some((*why).to_owned())),
        UssdEnd::Refused { why } => (UssdState::Refused, Some(why.clone())),
        UssdEnd::Unknown { why } => (UssdState::Unknown, Some((*why).to_owned())),
    };
    if let UssdEnd::Answered { text, .. } = end {
        row.answer = Some(text.clone());
    }
}

fn said_by_network(work: &mut Work<'_, '_>, modem: &str, end: &UssdEnd) -> Result<(), Reject> {
    let iccid = work.tx.modem(modem)?.and_then(|modem| modem.iccid);
    let mut row = Ussd {
        id: 0,
        modem: modem.to_owned(),
        iccid,
        asker: "network".to_owned(),
        kind: UssdKind::Network,
        asked: String::new(),
        state: UssdState::Unknown,
        answer: None,
        why: None,
        tries: 0,
        asked_at: work.now,
        ended_at: Some(work.now),
    };
    write(&mut row, end);
    work.tx.insert_ussd(&row)?;
    Ok(())
}

/// No modem of this name was there to be given it.
pub fn not_given(work: &mut Work<'_, '_>, modem: &str, id: i64) -> Result<(), Reject> {
    ended(work, modem, Some(id), 0, &UssdEnd::NotSent { why: "modem_gone" })
}

/// The daemon starts: what a modem had may have gone out, what waited has not.
pub fn restart(work: &mut Work<'_, '_>) -> Result<(), Reject> {
    for row in work.tx.ussds_open()? {
        let end = match row.state {
            UssdState::Waiting => UssdEnd::NotSent { why: "restarted" },
            UssdState::Asking
            | UssdState::Answered
            | UssdState::Menu
            | UssdState::Cancelled
            | UssdState::NotSent
            | UssdState::Refused
            | UssdState::Unknown => UssdEnd::Unknown { why: "restarted" },
        };
        ended(work, &row.modem, Some(row.id), 0, &end)?;
    }
    Ok(())
}

/// The driver of a modem is gone without a word about what it had.
pub fn restart_modem(work: &mut Work<'_, '_>, name: &str) -> Result<(), Reject> {
    for row in work.tx.ussds_open()? {
        if row.modem == name && row.state == UssdState::Asking {
            ended(work, name, Some(row.id), 0, &UssdEnd::Unknown { why: "restarted" })?;
        }
    }
    Ok(())
}

/// Why an exchange has no answer, and what to do, in words for a technician.
pub fn words(row: &Ussd) -> Option<String> {
    let why = row.why.as_deref()?;
    let words = match (row.state, why) {
        (UssdState::NotSent, "not_ready") => "The modem cannot reach its network now; nothing was sent. Ask again when it is ready.",
        (UssdState::NotSent, "busy") => "The modem has another exchange in hand; nothing was sent.",
        (UssdState::NotSent, "menu_open") => "A menu of the network is open on this modem; answer or cancel it first. Nothing was sent.",
        (UssdState::NotSent, "no_menu") => "No menu of the network is open on this modem; nothing was sent.",
        (UssdState::NotSent, "unsayable") => "The modem takes no form of this text; nothing was sent.",
        (UssdState::NotSent, "modem_gone") => "The port of this modem is not there now; nothing was sent.",
        (UssdState::NotSent, _) => "The modem was lost before it was asked; nothing was sent.",
        (UssdState::Refused, "not_supported") => "The network does not know this code, or offers no USSD on this SIM.",
        (UssdState::Refused, _) => "The modem or the network refused it; look the number of the error up in the modem's manual.",
        (UssdState::Unknown, "no_answer" | "network_timeout") => {
            "No answer came in time. It may have been carried out: look at the account before you ask again."
        }
        (UssdState::Unknown, "ended") => {
            "The network ended it without a word. It may have been carried out: look at the account before you ask again."
        }
        (UssdState::Unknown, _) => {
            "The exchange broke off in the middle. It may have been carried out: look at the account before you ask again."
        }
        (UssdState::Waiting | UssdState::Asking | UssdState::Answered | UssdState::Menu | UssdState::Cancelled, _) => return None,
    };
    Some(format!("{words} ({why})"))
}
