//! Exchanges by USSD: what was asked of the network on a SIM, by whom, and what it said.

use rusqlite::named_params;

use super::columns::Spelled;
use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::terms::Word;
use crate::time::Timestamp;

/// What was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UssdKind {
    /// A code.
    Code,
    /// An answer to a menu.
    Reply,
    /// The end of a menu.
    Cancel,
    /// Nobody asked: the network said something by itself.
    Network,
}

impl Word for UssdKind {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Code, "code"), (Self::Reply, "reply"), (Self::Cancel, "cancel"), (Self::Network, "network")];
}

/// How far an exchange is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UssdState {
    /// No modem has it yet.
    Waiting,
    /// A modem has it: it may have gone out.
    Asking,
    /// The network answered.
    Answered,
    /// The network answered and waits for a reply.
    Menu,
    /// The menu was ended.
    Cancelled,
    /// It never went out.
    NotSent,
    /// The modem or the network said no.
    Refused,
    /// It may or may not have been carried out.
    Unknown,
}

impl Word for UssdState {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Waiting, "waiting"),
        (Self::Asking, "asking"),
        (Self::Answered, "answered"),
        (Self::Menu, "menu"),
        (Self::Cancelled, "cancelled"),
        (Self::NotSent, "not_sent"),
        (Self::Refused, "refused"),
        (Self::Unknown, "unknown"),
    ];
}

impl UssdState {
    /// Whether its end is still to come.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Asking)
    }
}

/// One exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ussd {
    /// Row number; 0 before it has one.
    pub id: i64,
    /// Name of the modem.
    pub modem: String,
    /// The SIM that was in it.
    pub iccid: Option<String>,
    /// Who asked: a key's name, `local:UID`, `balance`, or `network`.
    pub asker: String,
    /// What was wanted.
    pub kind: UssdKind,
    /// The code or the reply.
    pub asked: String,
    /// How far it is.
    pub state: UssdState,
    /// The network's words.
    pub answer: Option<String>,
    /// Why it ended otherwise, as a stable word.
    pub why: Option<String>,
    /// Forms of the string that were tried.
    pub tries: u8,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Exchanges that are kept of one modem.
const KEPT: i64 = 200;

fn read(row: &Row<'_>) -> Result<Ussd> {
    Ok(Ussd {
        id: row.get("id")?,
        modem: row.get("modem")?,
        iccid: row.get("iccid")?,
        asker: row.get("asker")?,
        kind: row.get::<_, Spelled<_>>("kind")?.0,
        asked: row.get("asked")?,
        state: row.get::<_, Spelled<_>>("state")?.0,
        answer: row.get("answer")?,
        why: row.get("why")?,
        tries: row.get("tries")?,
        asked_at: row.get("asked_at")?,
        ended_at: row.get("ended_at")?,
    })
}

impl Reader<'_> {
    /// One exchange.
    pub fn ussd(&self, id: i64) -> Result<Option<Ussd>> {
        self.one("SELECT * FROM ussd WHERE id = ?1", [id], read)
    }

    /// The newest exchanges of a modem first.
    pub fn ussds_of_modem(&self, modem: &str, limit: u32) -> Result<Vec<Ussd>> {
        self.all("SELECT * FROM ussd WHERE modem = ?1 ORDER BY id DESC LIMIT ?2", (modem, limit), read)
    }

    /// What the network said last to this code on this SIM.
    pub fn last_ussd_answer(&self, iccid: &str, asked: &str) -> Result<Option<String>> {
        let sql = "SELECT answer FROM ussd WHERE modem = (SELECT name FROM modem WHERE iccid = ?1 ORDER BY name LIMIT 1) AND iccid = ?1
                       AND asked = ?2 AND answer IS NOT NULL ORDER BY id DESC LIMIT 1";
        self.one(sql, (iccid, asked), |row| Ok(row.get(0)?))
    }

    /// Exchanges whose end is still to come, the oldest first.
    pub fn ussds_open(&self) -> Result<Vec<Ussd>> {
        self.all("SELECT * FROM ussd WHERE state IN ('waiting', 'asking') ORDER BY id LIMIT 1000", [], read)
    }
}

impl Tx<'_> {
    /// Inserts an exchange and answers its number; the oldest of its modem go.
    pub fn insert_ussd(&mut self, ussd: &Ussd) -> Result<i64> {
        let sql = "INSERT INTO ussd (modem, iccid, asker, kind, asked, state, answer, why, tries, asked_at, ended_at)
                   VALUES (:modem, :iccid, :asker, :kind, :asked, :state, :answer, :why, :tries, :asked_at, :ended_at)";
        let id = self.insert(
            sql,
            named_params! {
                ":modem": ussd.modem, ":iccid": ussd.iccid, ":asker": ussd.asker, ":kind": Spelled(ussd.kind), ":asked": ussd.asked,
                ":state": Spelled(ussd.state), ":answer": ussd.answer, ":why": ussd.why, ":tries": ussd.tries,
                ":asked_at": ussd.asked_at, ":ended_at": ussd.ended_at,
            },
        )?;
        let last = "DELETE FROM ussd WHERE modem = ?1 AND id <= (SELECT id FROM ussd WHERE modem = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
        self.change(last, (&ussd.modem, KEPT))?;
        self.touch().errands += 1;
        Ok(id)
    }

    /// Writes the state of an exchange back.
    pub fn save_ussd(&mut self, ussd: &Ussd) -> Result<()> {
        let sql = "UPDATE ussd SET state = :state, answer = :answer, why = :why, tries = :tries, ended_at = :ended_at WHERE id = :id";
        self.change(
            sql,
            named_params! {
                ":id": ussd.id, ":state": Spelled(ussd.state), ":answer": ussd.answer, ":why": ussd.why, ":tries": ussd.tries,
                ":ended_at": ussd.ended_at,
            },
        )?;
        self.touch().errands += 1;
        Ok(())
    }
}
