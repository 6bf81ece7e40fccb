//! Telephones that are rung: one row for each call, committed as `calling` before a modem dials; and what was learned of the voice
//! service of a SIM.

use rusqlite::named_params;

use super::columns::Spelled;
use super::error::Result;
use super::row::Row;
use super::{Page, Paging, Reader, Tx};
use crate::ids::SessionId;
use crate::msisdn::Msisdn;
use crate::terms::RingState;
use crate::time::Timestamp;

/// One call that goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    /// Row number; 0 before it has one.
    pub id: i64,
    /// The row its list begins with; 0 begins one.
    pub list: i64,
    /// Whose telephone.
    pub to: Msisdn,
    /// Who wants it: a key's name, `local:UID`, `flow`.
    pub source: String,
    /// The session that wants it.
    pub session: Option<SessionId>,
    /// How long it rings, in seconds.
    pub ring_s: u16,
    /// How long behind the call before it, in seconds.
    pub pause_s: u32,
    /// The SIM it must go out on.
    pub sim: Option<String>,
    /// The rest of the list is not wanted once somebody took a call of it.
    pub until_answered: bool,
    /// How far it is.
    pub state: RingState,
    /// Not before this instant.
    pub due_at: Timestamp,
    /// Worthless after this instant.
    pub expires_at: Timestamp,
    /// How often a modem had it and certainly dialed nobody.
    pub refusals: u32,
    /// The SIM that refused it last.
    pub not_on: Option<String>,
    /// A modem has it, and it is not wanted any more.
    pub unwanted: bool,
    /// The modem that had it last.
    pub modem: Option<String>,
    /// The SIM in that modem.
    pub iccid: Option<String>,
    /// It was heard to ring there.
    pub rang: bool,
    /// Why it ended so, as a stable word or in words of the network.
    pub why: Option<String>,
    /// When it was wanted.
    pub ordered_at: Timestamp,
    /// When a modem was given it; nobody was dialed before.
    pub dialed_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Ring {
    /// A call that nobody was given yet, wanted now and worthless then.
    pub const fn waiting(to: Msisdn, ring_s: u16, now: Timestamp, expires_at: Timestamp) -> Self {
        Self {
            id: 0,
            list: 0,
            to,
            source: String::new(),
            session: None,
            ring_s,
            pause_s: 0,
            sim: None,
            until_answered: true,
            state: RingState::Waiting,
            due_at: now,
            expires_at,
            refusals: 0,
            not_on: None,
            unwanted: false,
            modem: None,
            iccid: None,
            rang: false,
            why: None,
            ordered_at: now,
            dialed_at: None,
            ended_at: None,
        }
    }
}

/// What was learned of the voice service of a SIM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimVoice {
    /// Which SIM.
    pub iccid: String,
    /// A telephone was heard to ring.
    pub works: bool,
    /// It has none.
    pub none: bool,
    /// Calls in a row that never rang.
    pub failures: u32,
    /// Why, in words of the network.
    pub why: Option<String>,
    /// When that was learned.
    pub at: Timestamp,
}

/// Calls that are kept.
const KEPT: i64 = 20_000;

fn read(row: &Row<'_>) -> Result<Ring> {
    Ok(Ring {
        id: row.get("id")?,
        list: row.get("list")?,
        to: row.get("msisdn")?,
        source: row.get("source")?,
        session: row.get("session")?,
        ring_s: row.get("ring_s")?,
        pause_s: row.get("pause_s")?,
        sim: row.get("sim")?,
        until_answered: row.get("until_answered")?,
        state: row.get::<_, Spelled<_>>("state")?.0,
        due_at: row.get("due_at")?,
        expires_at: row.get("expires_at")?,
        refusals: row.get("refusals")?,
        not_on: row.get("not_on")?,
        unwanted: row.get("unwanted")?,
        modem: row.get("modem")?,
        iccid: row.get("iccid")?,
        rang: row.get("rang")?,
        why: row.get("why")?,
        ordered_at: row.get("ordered_at")?,
        dialed_at: row.get("dialed_at")?,
        ended_at: row.get("ended_at")?,
    })
}

impl Reader<'_> {
    /// One call.
    pub fn ring(&self, id: i64) -> Result<Option<Ring>> {
        self.one("SELECT * FROM ring WHERE id = ?1", [id], read)
    }

    /// The newest calls first.
    pub fn rings(&self, paging: Paging) -> Result<Page<Ring>> {
        let sql = "SELECT * FROM ring WHERE id < :before ORDER BY id DESC LIMIT :rows";
        let rows = self.all(sql, named_params! {":before": paging.before(), ":rows": paging.rows()}, read)?;
        Ok(Page::cut(rows, paging, |ring| ring.id))
    }

    /// Calls whose end is still to come, the oldest first.
    pub fn rings_open(&self) -> Result<Vec<Ring>> {
        self.all("SELECT * FROM ring WHERE state IN ('waiting', 'calling') ORDER BY id LIMIT 1000", [], read)
    }

    /// The calls of one list, in order.
    pub fn rings_of_list(&self, list: i64) -> Result<Vec<Ring>> {
        self.all("SELECT * FROM ring WHERE list = ?1 ORDER BY id LIMIT 1000", [list], read)
    }

    /// The calls of one session, in order; of very many the newest.
    pub fn rings_of_session(&self, session: SessionId) -> Result<Vec<Ring>> {
        let sql = "SELECT * FROM (SELECT * FROM ring WHERE session = ?1 ORDER BY id DESC LIMIT 1000) ORDER BY id";
        self.all(sql, [session], read)
    }

    /// How often a telephone was dialed since an instant; what the clock says is still to come does not count.
    pub fn rings_dialed_since(&self, to: &Msisdn, since: Timestamp, now: Timestamp) -> Result<u32> {
        let sql = "SELECT count(*) FROM ring WHERE msisdn = ?1 AND dialed_at IS NOT NULL AND dialed_at > ?2 AND dialed_at <= ?3";
        Ok(self.one(sql, (to, since, now), |row| Ok(row.get(0)?))?.unwrap_or(0))
    }

    /// Whether a call of this modem was left in doubt since an instant: it may still be up.
    pub fn ring_left_since(&self, modem: &str, since: Timestamp) -> Result<bool> {
        let sql = "SELECT count(*) FROM ring WHERE modem = ?1 AND state = 'in_doubt' AND ended_at > ?2";
        let left: u32 = self.one(sql, (modem, since), |row| Ok(row.get(0)?))?.unwrap_or(0);
        Ok(left > 0)
    }

    /// What was learned of the voice service of a SIM.
    pub fn sim_voice(&self, iccid: &str) -> Result<Option<SimVoice>> {
        self.one("SELECT * FROM sim_voice WHERE iccid = ?1", [iccid], |row| {
            Ok(SimVoice {
                iccid: row.get("iccid")?,
                works: row.get("works")?,
                none: row.get("none")?,
                failures: row.get("failures")?,
                why: row.get("why")?,
                at: row.get("at")?,
            })
        })
    }
}

impl Tx<'_> {
    /// Inserts a call and answers its number; the oldest go. One without a list begins one.
    pub fn insert_ring(&mut self, ring: &Ring) -> Result<i64> {
        let sql = "INSERT INTO ring (list, msisdn, source, session, ring_s, pause_s, sim, until_answered, state, due_at, expires_at,
                       refusals, not_on, unwanted, modem, iccid, rang, why, ordered_at, dialed_at, ended_at)
                   VALUES (:list, :to, :source, :session, :ring_s, :pause_s, :sim, :until_answered, :state, :due_at, :expires_at,
                       :refusals, :not_on, :unwanted, :modem, :iccid, :rang, :why, :ordered_at, :dialed_at, :ended_at)";
        let id = self.insert(
            sql,
            named_params! {
                ":list": ring.list, ":to": ring.to, ":source": ring.source, ":session": ring.session, ":ring_s": ring.ring_s,
                ":pause_s": ring.pause_s, ":sim": ring.sim, ":until_answered": ring.until_answered, ":state": Spelled(ring.state),
                ":due_at": ring.due_at, ":expires_at": ring.expires_at, ":refusals": ring.refusals, ":not_on": ring.not_on,
                ":unwanted": ring.unwanted, ":modem": ring.modem, ":iccid": ring.iccid, ":rang": ring.rang, ":why": ring.why,
                ":ordered_at": ring.ordered_at, ":dialed_at": ring.dialed_at, ":ended_at": ring.ended_at,
            },
        )?;
        if ring.list == 0 {
            self.change("UPDATE ring SET list = id WHERE id = ?1", [id])?;
        }
        self.change("DELETE FROM ring WHERE id <= ?1 AND state NOT IN ('waiting', 'calling')", [id - KEPT])?;
        self.touch().errands += 1;
        Ok(id)
    }

    /// Writes back where a call is in its life.
    pub fn save_ring(&mut self, ring: &Ring) -> Result<()> {
        let sql = "UPDATE ring SET state = :state, due_at = :due_at, refusals = :refusals, not_on = :not_on, unwanted = :unwanted,
                       modem = :modem, iccid = :iccid, rang = :rang, why = :why, dialed_at = :dialed_at, ended_at = :ended_at
                   WHERE id = :id";
        self.change(
            sql,
            named_params! {
                ":id": ring.id, ":state": Spelled(ring.state), ":due_at": ring.due_at, ":refusals": ring.refusals,
                ":not_on": ring.not_on, ":unwanted": ring.unwanted, ":modem": ring.modem, ":iccid": ring.iccid, ":rang": ring.rang,
                ":why": ring.why, ":dialed_at": ring.dialed_at, ":ended_at": ring.ended_at,
            },
        )?;
        self.touch().errands += 1;
        Ok(())
    }

    /// Keeps what was learned of the voice service of a SIM.
    pub fn save_sim_voice(&mut self, voice: &SimVoice) -> Result<()> {
        let sql = "INSERT INTO sim_voice (iccid, works, none, failures, why, at) VALUES (:iccid, :works, :none, :failures, :why, :at)
                   ON CONFLICT (iccid) DO UPDATE SET works = :works, none = :none, failures = :failures, why = :why, at = :at";
        self.change(
            sql,
            named_params! {
                ":iccid": voice.iccid, ":works": voice.works, ":none": voice.none, ":failures": voice.failures, ":why": voice.why,
                ":at": voice.at,
            },
        )?;
        Ok(())
    }
}
