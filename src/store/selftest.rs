//! Self-tests of SIMs in modems: where each of them is, and what it has seen.

use rusqlite::named_params;

use super::columns::{Json, Spelled};
use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::delivery::witness::Findings;
use crate::ids::MessageId;
use crate::msisdn::Msisdn;
use crate::terms::Word;
use crate::time::Timestamp;

/// What a test is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SelfTestState {
    /// Taken down; it begins when nothing else waits for the modem.
    Waiting,
    /// The modem is asked for the SIM's number and its last reference.
    Looking,
    /// The first text is on its way.
    First,
    /// The modem is asked for the last reference again.
    Between,
    /// The second text is on its way.
    Second,
    /// The modem is asked for the last time.
    Behind,
    /// Both texts have left: a report and the texts themselves may come.
    Listening,
    /// It has seen what there is to see.
    Done,
    /// It could not go on; `why` says so.
    Ended,
}

impl Word for SelfTestState {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Waiting, "waiting"),
        (Self::Looking, "looking"),
        (Self::First, "first"),
        (Self::Between, "between"),
        (Self::Second, "second"),
        (Self::Behind, "behind"),
        (Self::Listening, "listening"),
        (Self::Done, "done"),
        (Self::Ended, "ended"),
    ];
}

impl SelfTestState {
    /// Something of it is still to come.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Done | Self::Ended)
    }
}

/// One test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfTest {
    /// Row number.
    pub id: i64,
    /// The modem by name.
    pub modem: String,
    /// IMEI of its radio.
    pub imei: String,
    /// The SIM that was in it.
    pub iccid: String,
    /// The SIM's own number, once it is known.
    pub number: Option<Msisdn>,
    /// Who wants it: a key's id, `local:UID`.
    pub asker: String,
    /// What its texts are known by when they come in.
    pub token: String,
    /// What it is at.
    pub state: SelfTestState,
    /// The modem is to be asked, and has not been given that yet.
    pub look: bool,
    /// The first text.
    pub first: Option<MessageId>,
    /// The second.
    pub second: Option<MessageId>,
    /// What was seen.
    pub findings: Findings,
    /// Why it could not go on, as a stable word.
    pub why: Option<String>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// It waits no longer than until then for what comes next.
    pub due_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Tests that are kept of one modem.
const KEPT: i64 = 50;
/// Modems of one box have no more at once.
const OPEN_MAX: u32 = 1_000;

fn read(row: &Row<'_>) -> Result<SelfTest> {
    Ok(SelfTest {
        id: row.get("id")?,
        modem: row.get("modem")?,
        imei: row.get("imei")?,
        iccid: row.get("iccid")?,
        number: row.get("number")?,
        asker: row.get("asker")?,
        token: row.get("token")?,
        state: row.get::<_, Spelled<_>>("state")?.0,
        look: row.get("look")?,
        first: row.get("first")?,
        second: row.get("second")?,
        findings: row.get::<_, Json<_>>("findings")?.0,
        why: row.get("why")?,
        asked_at: row.get("asked_at")?,
        due_at: row.get("due_at")?,
        ended_at: row.get("ended_at")?,
    })
}

impl Reader<'_> {
    /// One test.
    pub fn selftest(&self, id: i64) -> Result<Option<SelfTest>> {
        self.one("SELECT * FROM selftest WHERE id = ?1", [id], read)
    }

    /// The test whose texts carry this.
    pub fn selftest_of_token(&self, token: &str) -> Result<Option<SelfTest>> {
        self.one("SELECT * FROM selftest WHERE token = ?1", [token], read)
    }

    /// The newest tests of a modem first.
    pub fn selftests_of_modem(&self, modem: &str, limit: u32) -> Result<Vec<SelfTest>> {
        self.all("SELECT * FROM selftest WHERE modem = ?1 ORDER BY id DESC LIMIT ?2", (modem, limit), read)
    }

    /// Tests whose end is still to come.
    pub fn selftests_open(&self) -> Result<Vec<SelfTest>> {
        self.all("SELECT * FROM selftest WHERE ended_at IS NULL ORDER BY due_at LIMIT ?1", [OPEN_MAX], read)
    }

    /// What the last whole test of a SIM in a modem has seen.
    pub fn findings_of(&self, iccid: &str, imei: &str) -> Result<Option<Findings>> {
        let sql = "SELECT findings FROM selftest WHERE iccid = ?1 AND imei = ?2 AND state = 'done' ORDER BY id DESC LIMIT 1";
        self.one(sql, (iccid, imei), |row| Ok(row.get::<_, Json<_>>(0)?.0))
    }

    /// When the next test waits no longer.
    pub fn next_selftest_due(&self) -> Result<Option<Timestamp>> {
        Ok(self.one("SELECT MIN(due_at) FROM selftest WHERE ended_at IS NULL", [], |row| Ok(row.get(0)?))?.flatten())
    }
}

impl Tx<'_> {
    /// Inserts a test and answers its number; the oldest of its modem go.
    pub fn insert_selftest(&mut self, test: &SelfTest) -> Result<i64> {
        let sql = "INSERT INTO selftest (modem, imei, iccid, number, asker, token, state, look, first, second, findings, why, asked_at,
                       due_at, ended_at)
                   VALUES (:modem, :imei, :iccid, :number, :asker, :token, :state, :look, :first, :second, :findings, :why, :asked_at,
                       :due_at, :ended_at)";
        let id = self.insert(
            sql,
            named_params! {
                ":modem": test.modem, ":imei": test.imei, ":iccid": test.iccid, ":number": test.number, ":asker": test.asker,
                ":token": test.token, ":state": Spelled(test.state), ":look": test.look, ":first": test.first, ":second": test.second,
                ":findings": Json(&test.findings), ":why": test.why, ":asked_at": test.asked_at, ":due_at": test.due_at,
                ":ended_at": test.ended_at,
            },
        )?;
        let last =
            "DELETE FROM selftest WHERE modem = ?1 AND id <= (SELECT id FROM selftest WHERE modem = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
        self.change(last, (&test.modem, KEPT))?;
        self.touch().errands += 1;
        Ok(id)
    }

    /// Writes a test back.
    pub fn save_selftest(&mut self, test: &SelfTest) -> Result<()> {
        let sql = "UPDATE selftest SET number = :number, state = :state, look = :look, first = :first, second = :second,
                       findings = :findings, why = :why, due_at = :due_at, ended_at = :ended_at
                   WHERE id = :id";
        self.change(
            sql,
            named_params! {
                ":id": test.id, ":number": test.number, ":state": Spelled(test.state), ":look": test.look, ":first": test.first,
                ":second": test.second, ":findings": Json(&test.findings), ":why": test.why, ":due_at": test.due_at,
                ":ended_at": test.ended_at,
            },
        )?;
        self.touch().errands += 1;
        self.touch().timers += 1;
        Ok(())
    }
}
