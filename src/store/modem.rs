//! Modems as they last described themselves, and SIMs with what was proved on them.

use rusqlite::named_params;

use super::columns::Spelled;
use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::delivery::cap::{Cap, Held, Usage};
use crate::msisdn::Msisdn;
use crate::terms::Word;
use crate::time::Timestamp;

/// State of a modem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModemState {
    /// Registered: can send.
    Ready,
    /// There, but cannot send; `code` and `words` say why.
    NotReady,
    /// Nothing known since the daemon started.
    Unknown,
}

impl Word for ModemState {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Ready, "ready"), (Self::NotReady, "not_ready"), (Self::Unknown, "unknown")];
}

/// One modem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modem {
    /// Its name in the configuration, else its port.
    pub name: String,
    /// Its tty.
    pub port: String,
    /// Calls that come in are rejected.
    pub reject_calls: bool,
    /// Whether it can send.
    pub state: ModemState,
    /// Why not, as a stable code.
    pub code: Option<String>,
    /// Why not, and what to do.
    pub words: Option<String>,
    /// `+CGSN`.
    pub imei: Option<String>,
    /// ICCID of its SIM.
    pub iccid: Option<String>,
    /// `+CIMI`.
    pub imsi: Option<String>,
    /// `+CGMI`.
    pub manufacturer: Option<String>,
    /// `+CGMM`.
    pub model: Option<String>,
    /// `+CGMR`.
    pub firmware: Option<String>,
    /// `+CSCA?`.
    pub smsc: Option<String>,
    /// Signal in dBm.
    pub signal_dbm: Option<i16>,
    /// `<stat>` of `+CREG?`.
    pub registration: Option<u8>,
    /// Operator name or MCCMNC.
    pub operator: Option<String>,
    /// Slots in use of the memory that receives.
    pub storage_used: Option<u16>,
    /// Slots of that memory.
    pub storage_total: Option<u16>,
    /// Since when it has been registered without a gap; `None` while it is not.
    pub ready_since: Option<Timestamp>,
    /// By how much the box's clock was ahead of what the network says, when that was heard last.
    pub clock_ahead_ms: Option<i64>,
    /// When that was.
    pub clock_heard_at: Option<Timestamp>,
    /// It was told that the box's clock is not to be trusted.
    pub clock_untrusted: bool,
    /// Where it is registered now: row number of its stay.
    pub place: Option<i64>,
    /// When something was said of its bad supply last.
    pub supply_at: Option<Timestamp>,
    /// Speed of its line in baud, where that was found by trying.
    pub line_speed: Option<u32>,
    /// When anything of this changed.
    pub changed_at: Timestamp,
}

impl Modem {
    /// A modem of which only the port is known.
    pub fn new(name: &str, port: &str, now: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            port: port.to_owned(),
            reject_calls: false,
            state: ModemState::Unknown,
            code: None,
            words: None,
            imei: None,
            iccid: None,
            imsi: None,
            manufacturer: None,
            model: None,
            firmware: None,
            smsc: None,
            signal_dbm: None,
            registration: None,
            operator: None,
            storage_used: None,
            storage_total: None,
            ready_since: None,
            clock_ahead_ms: None,
            clock_heard_at: None,
            clock_untrusted: false,
            place: None,
            supply_at: None,
            line_speed: None,
            changed_at: now,
        }
    }
}

/// What was proved on a SIM.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sim {
    /// Its key everywhere.
    pub iccid: String,
    /// The last TP-MR the network answered with.
    pub mr_last: Option<u8>,
    /// Last proven send.
    pub sent_at: Option<Timestamp>,
    /// Last proven receive.
    pub received_at: Option<Timestamp>,
    /// Parts the network accepted.
    pub submitted: u64,
    /// Attempts that ended in doubt.
    pub doubts: u64,
    /// TPDUs received.
    pub received: u64,
    /// What it sent of what it may send.
    pub usage: Usage,
    /// Why and until when it sends only what is urgent.
    pub held: Option<Held>,
    /// Its own number, once it is known.
    pub number: Option<Msisdn>,
    /// Its service centre takes no validity period.
    pub no_validity: bool,
}

fn read(row: &Row<'_>) -> Result<Modem> {
    Ok(Modem {
        name: row.get("name")?,
        port: row.get("port")?,
        reject_calls: row.get("reject_calls")?,
        state: row.get::<_, Spelled<_>>("state")?.0,
        code: row.get("code")?,
        words: row.get("words")?,
        imei: row.get("imei")?,
        iccid: row.get("iccid")?,
        imsi: row.get("imsi")?,
        manufacturer: row.get("manufacturer")?,
        model: row.get("model")?,
        firmware: row.get("firmware")?,
        smsc: row.get("smsc")?,
        signal_dbm: row.get("signal_dbm")?,
        registration: row.get("registration")?,
        operator: row.get("operator")?,
        storage_used: row.get("storage_used")?,
        storage_total: row.get("storage_total")?,
        ready_since: row.get("ready_since")?,
        clock_ahead_ms: row.get("clock_ahead_ms")?,
        clock_heard_at: row.get("clock_heard_at")?,
        clock_untrusted: row.get("clock_untrusted")?,
        place: row.get("place")?,
        supply_at: row.get("supply_at")?,
        line_speed: row.get("line_speed")?,
        changed_at: row.get("changed_at")?,
    })
}

fn read_sim(row: &Row<'_>) -> Result<Sim> {
    Ok(Sim {
        iccid: row.get("iccid")?,
        mr_last: row.get("mr_last")?,
        sent_at: row.get("sent_at")?,
        received_at: row.get("received_at")?,
        submitted: row.get::<_, i64>("submitted")? as u64,
        doubts: row.get::<_, i64>("doubts")? as u64,
        received: row.get::<_, i64>("received")? as u64,
        usage: Usage {
            minute_until: row.get("minute_until")?,
            minute_parts: row.get("minute_parts")?,
            day_until: row.get("day_until")?,
            day_parts: row.get("day_parts")?,
            day_people: row.get("day_people")?,
            month_until: row.get("month_until")?,
            month_parts: row.get("month_parts")?,
        },
        held: row.get::<_, Option<Spelled<Cap>>>("held_by")?.zip(row.get("held_until")?).map(|(cap, until)| Held { cap: cap.0, until }),
        number: row.get("number")?,
        no_validity: row.get("no_validity")?,
    })
}

impl Reader<'_> {
    /// Every modem by name.
    pub fn modems(&self) -> Result<Vec<Modem>> {
        self.all("SELECT * FROM modem ORDER BY name LIMIT 1000", [], read)
    }

    /// One modem.
    pub fn modem(&self, name: &str) -> Result<Option<Modem>> {
        self.one("SELECT * FROM modem WHERE name = ?1", [name], read)
    }

    /// ICCIDs of the SIMs that can send now.
    pub fn ready_sims(&self) -> Result<Vec<String>> {
        let sql = "SELECT iccid FROM modem WHERE state = 'ready' AND iccid IS NOT NULL ORDER BY iccid LIMIT 1000";
        self.all(sql, [], |row| Ok(row.get(0)?))
    }

    /// ICCIDs of the SIMs whose modem sends and can receive nothing, where another one can do both.
    pub fn mute_sims(&self) -> Result<Vec<String>> {
        let sql = "SELECT iccid FROM modem WHERE state = 'ready' AND code = 'cannot_receive' AND iccid IS NOT NULL
                   AND (SELECT COUNT(*) FROM modem WHERE state = 'ready' AND code IS NULL) > 0 LIMIT 1000";
        self.all(sql, [], |row| Ok(row.get(0)?))
    }

    /// What was proved on a SIM.
    pub fn sim(&self, iccid: &str) -> Result<Option<Sim>> {
        self.one("SELECT * FROM sim WHERE iccid = ?1", [iccid], read_sim)
    }

    /// Every SIM that was ever seen.
    pub fn sims(&self) -> Result<Vec<Sim>> {
        self.all("SELECT * FROM sim ORDER BY iccid LIMIT 1000", [], read_sim)
    }

    /// SIMs that send only what is urgent now.
    pub fn held_sims(&self, now: Timestamp) -> Result<Vec<Sim>> {
        self.all("SELECT * FROM sim WHERE held_until > ?1 ORDER BY iccid LIMIT 1000", [now], read_sim)
    }
}

impl Tx<'_> {
    /// Inserts a modem or writes it back.
    pub fn save_modem(&mut self, modem: &Modem) -> Result<()> {
        let sql = "INSERT INTO modem (name, port, reject_calls, state, code, words, imei, iccid, imsi, manufacturer, model, firmware, smsc,
                       signal_dbm, registration, operator, storage_used, storage_total, ready_since,
                       clock_ahead_ms, clock_heard_at, clock_untrusted, place, supply_at, line_speed, changed_at)
                   VALUES (:name, :port, :reject_calls, :state, :code, :words, :imei, :iccid, :imsi, :manufacturer, :model, :firmware, :smsc,
                       :signal, :registration, :operator, :used, :total, :ready_since,
                       :clock_ahead, :clock_heard, :clock_untrusted, :place, :supply_at, :line_speed, :changed_at)
                   ON CONFLICT (name) DO UPDATE SET port = :port, reject_calls = :reject_calls, state = :state, code = :code, words = :words, imei = :imei,
                       iccid = :iccid, imsi = :imsi, manufacturer = :manufacturer, model = :model, firmware = :firmware, smsc = :smsc,
                       signal_dbm = :signal, registration = :registration, operator = :operator, storage_used = :used,
                       storage_total = :total, ready_since = :ready_since,
                       clock_ahead_ms = :clock_ahead, clock_heard_at = :clock_heard, clock_untrusted = :clock_untrusted, place = :place, supply_at = :supply_at, line_speed = :line_speed, changed_at = :changed_at";
        self.change(
            sql,
            named_params! {
                ":name": modem.name, ":port": modem.port, ":reject_calls": modem.reject_calls, ":state": Spelled(modem.state), ":code": modem.code,
                ":words": modem.words, ":imei": modem.imei, ":iccid": modem.iccid, ":imsi": modem.imsi,
                ":manufacturer": modem.manufacturer, ":model": modem.model, ":firmware": modem.firmware, ":smsc": modem.smsc,
                ":signal": modem.signal_dbm, ":registration": modem.registration, ":operator": modem.operator,
                ":used": modem.storage_used, ":total": modem.storage_total, ":ready_since": modem.ready_since,
                ":clock_ahead": modem.clock_ahead_ms, ":clock_heard": modem.clock_heard_at, ":clock_untrusted": modem.clock_untrusted,
                ":place": modem.place, ":supply_at": modem.supply_at, ":line_speed": modem.line_speed,
                ":changed_at": modem.changed_at,
            },
        )?;
        self.touch().parts += 1;
        Ok(())
    }

    /// Takes a modem away; `false` where there was none.
    pub fn remove_modem(&mut self, name: &str) -> Result<bool> {
        Ok(self.change("DELETE FROM modem WHERE name = ?1", [name])? == 1)
    }

    /// Inserts a SIM or writes it back.
    pub fn save_sim(&mut self, sim: &Sim) -> Result<()> {
        let sql = "INSERT INTO sim (iccid, mr_last, sent_at, received_at, submitted, doubts, received,
                       minute_until, minute_parts, day_until, day_parts, day_people, month_until, month_parts, held_by, held_until, number, no_validity)
                   VALUES (:iccid, :mr_last, :sent_at, :received_at, :submitted, :doubts, :received,
                       :minute_until, :minute_parts, :day_until, :day_parts, :day_people, :month_until, :month_parts, :held_by, :held_until, :number, :no_validity)
                   ON CONFLICT (iccid) DO UPDATE SET mr_last = :mr_last, sent_at = :sent_at, received_at = :received_at,
                       submitted = :submitted, doubts = :doubts, received = :received,
                       minute_until = :minute_until, minute_parts = :minute_parts, day_until = :day_until, day_parts = :day_parts,
                       day_people = :day_people, month_until = :month_until, month_parts = :month_parts,
                       held_by = :held_by, held_until = :held_until, number = :number, no_validity = :no_validity";
        let usage = &sim.usage;
        self.change(
            sql,
            named_params! {
                ":iccid": sim.iccid, ":mr_last": sim.mr_last, ":sent_at": sim.sent_at, ":received_at": sim.received_at,
                ":submitted": sim.submitted as i64, ":doubts": sim.doubts as i64, ":received": sim.received as i64,
                ":minute_until": usage.minute_until, ":minute_parts": usage.minute_parts, ":day_until": usage.day_until,
                ":day_parts": usage.day_parts, ":day_people": usage.day_people, ":month_until": usage.month_until,
                ":month_parts": usage.month_parts, ":held_by": sim.held.map(|held| Spelled(held.cap)),
                ":held_until": sim.held.map(|held| held.until), ":number": sim.number, ":no_validity": sim.no_validity,
            },
        )?;
        Ok(())
    }
}
