//! What modems say about themselves becomes their row, and an event where it matters to people.

use std::time::Duration;

use super::emit::About;
use super::stranded::ALARM_WAIT;
use super::{Reject, Work, recovery, ring, selftest, whereabouts};
use crate::conversation::effect::{NewTask, TaskKind};
use crate::conversation::hours;
use crate::modem::io::{CANNOT_RECEIVE, Cell, DEAD, FALLS, Identity, Remembered, Supply};
use crate::modem::profile::Profile;
use crate::store::{Modem, ModemState, Paging, Reader};
use crate::text::Text;
use crate::time::{Day, Tick, Timestamp};

/// Storage this full is told: at the last slots the network starts to hold texts back.
const STORAGE_NEARLY_FULL_PERCENT: u32 = 80;

/// Codes of modems that the box cannot help by itself.
const GIVEN_UP: [&str; 4] = [DEAD, FALLS, "sends_fail", "sim_refused"];
/// Who closed the task of a modem that is back.
const BY_ITSELF: &str = "the modem is back";
/// Who closed the task of a modem that is driven through another port now.
const ELSEWHERE: &str = "the modem answers on another port";

/// A supervisor begins with a port.
pub fn opened(work: &mut Work<'_, '_>, name: &str, port: &str) -> Result<(), Reject> {
    let mut modem = row(work, name)?;
    port.clone_into(&mut modem.port);
    modem.line_speed = None;
    save(work, modem)
}

/// On its line it answers at a speed that was found by trying.
pub fn speed(work: &mut Work<'_, '_>, name: &str, baud: u32) -> Result<(), Reject> {
    let modem = Modem { line_speed: Some(baud), ..row(work, name)? };
    save(work, modem)
}

/// What is said of a speed that was found by trying.
pub fn speed_words(baud: u32) -> String {
    format!(
        "It answers at {baud} baud, which was found by trying. With baud = {baud} beside its port in the configuration nothing has to be tried."
    )
}

/// What `<stat>` of `+CREG?` means for texts (27.007 sec 7.2).
pub const fn registration_words(stat: u8) -> &'static str {
    match stat {
        0 => "on none, and it does not look for one",
        1 => "at home",
        2 => "on none, it looks for one",
        3 => "refused: the network does not let this SIM in",
        5 => "roaming",
        6 => "at home, for texts only",
        7 => "roaming, for texts only",
        8 => "emergency calls only: nothing can be sent",
        9 => "at home, calls not preferred",
        10 => "roaming, calls not preferred",
        11 => "access to the operator's own services only: nothing can be sent",
        _ => "unknown",
    }
}

/// The modem said who it is. The row of a port that the same radio had before goes.
pub fn identity(work: &mut Work<'_, '_>, name: &str, identity: &Identity) -> Result<(), Reject> {
    let mut modem = row(work, name)?;
    let same_radio = |other: &Modem| other.name != name && other.imei.as_ref().is_some_and(|imei| *imei == identity.imei);
    for former in work.tx.modems()?.into_iter().filter(same_radio) {
        work.tx.remove_modem(&former.name)?;
        modem.reject_calls |= former.reject_calls;
        for task in work.tx.open_modem_tasks(&task_beginning(&former.name))? {
            work.tx.close_task(task, ELSEWHERE, work.now)?;
        }
        work.tx.rename_signals(&former.name, name)?;
        work.tx.rename_signal_days(&former.name, name)?;
        work.tx.rename_places(&former.name, name)?;
    }
    let known = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let sim_before = modem.iccid.clone();
    modem.imei = known(&identity.imei);
    modem.iccid = known(&identity.iccid);
    modem.imsi = known(&identity.imsi);
    modem.manufacturer = known(&identity.manufacturer);
    modem.model = known(&identity.model);
    modem.firmware = known(&identity.firmware);
    modem.smsc = known(&identity.smsc);
    let exchanged = sim_before.is_some() && modem.iccid.is_some() && sim_before != modem.iccid;
    let data = serde_json::json!({"modem": name, "iccid": modem.iccid, "before": &sim_before});
    let can_send = modem.iccid.clone().filter(|_| modem.state == ModemState::Ready);
    save(work, modem)?;
    if let Some(iccid) = can_send {
        work.tx.sim_is_back(&iccid)?;
    }
    if exchanged {
        sim_away(work, sim_before.as_deref())?;
        tell(work, "modem.sim", name, data)?;
    }
    Ok(())
}

/// It is registered and can send.
pub fn ready(work: &mut Work<'_, '_>, name: &str) -> Result<(), Reject> {
    let mut modem = row(work, name)?;
    let news = modem.state != ModemState::Ready;
    if news {
        modem.ready_since = Some(work.now);
    }
    recovery::well(work, &modem)?;
    for task in work.tx.open_modem_tasks(&task_beginning(name))? {
        work.tx.close_task(task, BY_ITSELF, work.now)?;
    }
    modem.state = ModemState::Ready;
    modem.code = None;
    modem.words = None;
    let data = serde_json::json!({"modem": name, "iccid": modem.iccid, "operator": modem.operator});
    if let Some(iccid) = &modem.iccid {
        work.tx.sim_is_back(iccid)?;
    }
    save(work, modem)?;
    if news {
        tell(work, "modem.up", name, data)?;
    }
    Ok(())
}

/// It cannot send.
pub fn not_ready(work: &mut Work<'_, '_>, name: &str, code: &str, words: &str) -> Result<(), Reject> {
    let mut modem = row(work, name)?;
    let news = modem.state != ModemState::NotReady || modem.code.as_deref() != Some(code);
    modem.state = ModemState::NotReady;
    modem.ready_since = None;
    modem.code = Some(code.to_owned());
    modem.words = Some(words.to_owned());
    sim_away(work, modem.iccid.as_deref())?;
    if code == DEAD {
        recovery::given_up(work, &modem)?;
    }
    save(work, modem)?;
    if news {
        tell(work, "modem.down", name, serde_json::json!({"modem": name, "code": code, "words": words}))?;
    }
    if GIVEN_UP.contains(&code) { ask_for_help(work, name, words) } else { Ok(()) }
}

/// No modem can send with this SIM from now on.
fn sim_away(work: &mut Work<'_, '_>, iccid: Option<&str>) -> Result<(), Reject> {
    match iccid {
        Some(iccid) => Ok(work.tx.sim_is_away(iccid, work.now, work.book.sim_wait(ALARM_WAIT))?),
        None => Ok(()),
    }
}

/// The box has tried what it may: somebody has to look at the modem. One task stands for it until the modem can send again.
fn ask_for_help(work: &mut Work<'_, '_>, name: &str, words: &str) -> Result<(), Reject> {
    let beginning = task_beginning(name);
    if !work.tx.open_modem_tasks(&beginning)?.is_empty() {
        return Ok(());
    }
    let (queue, note) = (work.book.settings.control_room.clone(), Text::new(format!("{beginning}{words}")));
    work.task(&NewTask { kind: TaskKind::Modem, queue, urgent: true, note, session: None, msisdn: None, due: None })
}

fn task_beginning(name: &str) -> String {
    format!("Modem {name}: ")
}

/// What is said of a modem that had lost what it was set to.
pub(super) const LOST_SETTING: &str = "it had stopped telling of texts that come; it is set up again, and they are looked for.";
/// What is said of a modem that is set to tell of texts and does not.
pub(super) const UNSAID: &str = "texts come, and it does not tell of them, although it is set to: only looks at its memory find them, now once a minute. \
    Its lines may go to another port of the stick: name that port; or update its firmware, or take another modem.";

const CANNOT_RECEIVE_WORDS: &str = "it sends, and nothing that comes can be read from it: it has no memory for texts that a program may read. \
    Questions leave on another modem where there is one; for answers take a GSM modem that has such a memory.";

/// It is ready, and nothing that comes reaches the box: shown with the modem, told, and a task for a technician.
pub fn cannot_receive(work: &mut Work<'_, '_>, name: &str) -> Result<(), Reject> {
    let mut modem = row(work, name)?;
    modem.code = Some(CANNOT_RECEIVE.to_owned());
    modem.words = Some(CANNOT_RECEIVE_WORDS.to_owned());
    save(work, modem)?;
    let beginning = format!("Receiving of modem {name}: ");
    if !work.tx.open_modem_tasks(&beginning)?.is_empty() {
        return Ok(());
    }
    deaf(work, name, CANNOT_RECEIVE_WORDS)?;
    let (queue, note) = (work.book.settings.control_room.clone(), Text::new(format!("{beginning}{CANNOT_RECEIVE_WORDS}")));
    work.task(&NewTask { kind: TaskKind::Modem, queue, urgent: false, note, session: None, msisdn: None, due: None })
}

/// It had stopped telling of texts that come; from here on they are looked for.
pub fn deaf(work: &mut Work<'_, '_>, name: &str, words: &str) -> Result<(), Reject> {
    let iccid = row(work, name)?.iccid;
    tell(work, "modem.deaf", name, serde_json::json!({"modem": name, "iccid": iccid, "words": words}))
}

/// What is said of a supply is said again after this.
const SUPPLY_AGAIN: Duration = Duration::from_hours(1);

/// It says that its supply or its temperature is bad: an event and a task for a technician, once an hour whatever it says.
pub fn supply(work: &mut Work<'_, '_>, name: &str, supply: Supply) -> Result<(), Reject> {
    let mut modem = row(work, name)?;
    let hour = work.now.last(SUPPLY_AGAIN);
    if modem.supply_at.is_some_and(|told| hour.contains(&told)) {
        return Ok(());
    }
    modem.supply_at = Some(work.now);
    save(work, modem)?;
    let (code, words) = supply_words(supply);
    tell(work, "modem.supply", name, serde_json::json!({"modem": name, "code": code, "words": words}))?;
    let beginning = format!("Supply of modem {name}: ");
    if !work.tx.open_modem_tasks(&beginning)?.is_empty() {
        return Ok(());
    }
    let (queue, note) = (work.book.settings.control_room.clone(), Text::new(format!("{beginning}{words}")));
    work.task(&NewTask { kind: TaskKind::Modem, queue, urgent: false, note, session: None, msisdn: None, due: None })
}

const fn supply_words(supply: Supply) -> (&'static str, &'static str) {
    match supply {
        Supply::Under => (
            "under_voltage",
            "its supply is too weak, and it may lose texts or restart while it sends. Use a powered hub or a stronger supply (a modem takes 2 A for moments) and a short cable.",
        ),
        Supply::Over => {
            ("over_voltage", "the voltage of its supply is too high. Unplug it and measure the supply before you use it again.")
        }
        Supply::Off => (
            "power_down",
            "it switched itself off. Check its supply: use a powered hub or a stronger supply and a short cable; then unplug it and plug it in again.",
        ),
        Supply::Temperature => ("temperature", "it is too hot or too cold to work well. Give it air, or another place."),
    }
}

/// Its signal changed.
pub fn signal(work: &mut Work<'_, '_>, name: &str, dbm: Option<i16>) -> Result<(), Reject> {
    let mut modem = row(work, name)?;
    modem.signal_dbm = dbm;
    if let Some(dbm) = dbm {
        work.tx.note_signal(name, dbm, work.now)?;
        work.tx.note_signal_of_day(name, dbm, Day::of(work.now, &hours::zone(None, None, &work.book.settings)))?;
        whereabouts::signal(work, &modem, dbm)?;
    }
    save(work, modem)
}

/// Its registration changed.
pub fn registration(work: &mut Work<'_, '_>, name: &str, stat: u8, operator: Option<&str>, cell: Option<Cell>) -> Result<(), Reject> {
    let mut modem = row(work, name)?;
    whereabouts::registered(work, &mut modem, stat, operator, cell)?;
    modem.registration = Some(stat);
    modem.operator = operator.map(str::to_owned).or(modem.operator);
    save(work, modem)
}

/// How full its memory is.
pub fn storage(work: &mut Work<'_, '_>, name: &str, used: u16, total: u16) -> Result<(), Reject> {
    let full = |used: u16, total: u16| total > 0 && u32::from(used) * 100 >= u32::from(total) * STORAGE_NEARLY_FULL_PERCENT;
    let mut modem = row(work, name)?;
    let before = full(modem.storage_used.unwrap_or(0), modem.storage_total.unwrap_or(0));
    modem.storage_used = Some(used);
    modem.storage_total = Some(total);
    save(work, modem)?;
    if full(used, total) && !before {
        tell(work, "modem.storage", name, serde_json::json!({"modem": name, "used": used, "total": total}))?;
    }
    Ok(())
}

/// What a new driver of a modem must know, as how long an answer to its last doubt may still come.
pub fn remembered(reader: &Reader<'_>, name: &str, profile: &Profile, now: Timestamp, tick: Tick) -> crate::store::Result<Remembered> {
    let modem = reader.modem(name)?;
    let final_answer = modem.as_ref().map_or(Ok(profile.final_answer), |own| final_answer(reader, own, profile))?;
    let sim = modem.as_ref().and_then(|own| own.iccid.as_deref());
    let doubts = sim.map(|sim| reader.attempts_in_doubt(sim)).transpose()?.unwrap_or_default();
    let left = doubts.first().map(|attempt| attempt.at.plus(final_answer).ms_since(now)).filter(|left| *left > 0);
    let settle_until = left.map(|ms| tick.plus(Duration::from_millis(ms.unsigned_abs())));
    let past = modem.as_ref().map(|own| recovery::past(reader, own, now, tick)).transpose()?.unwrap_or_default();
    let look = doubts.first().map(|attempt| reader.was_tried_behind(attempt)).transpose()?.is_some_and(|behind| !behind);
    let look = look || selftest::waits_for_reference(reader, name)?;
    let reject_calls = modem.as_ref().is_some_and(|modem| modem.reject_calls);
    let may_be_ringing = reader.ring_left_since(name, now.minus(ring::LEFT_FOR))?;
    let falls = recovery::falls(reader, now, tick)?;
    Ok(Remembered { settle_until, reject_calls, may_be_ringing, falls, look, ..past })
}

/// T_final of a modem where it was registered last.
fn final_answer(reader: &Reader<'_>, modem: &Modem, profile: &Profile) -> crate::store::Result<Duration> {
    let model = |text: &Option<String>| text.clone().unwrap_or_default();
    let last = reader.places(&modem.name, Paging::newest(1))?.items;
    let access = last.first().and_then(|place| place.spot.access);
    Ok(profile.clone().with_quirks(&model(&modem.manufacturer), &model(&modem.model)).final_answer_over(access))
}

/// The SIM of a modem: the one its driver told, else the one it had last. Late answers and reports come before a modem has
/// said who it is, and they are the witnesses of what was on air when the box lost its power.
pub fn sim_of(work: &Work<'_, '_>, name: &str, told: &str) -> Result<String, Reject> {
    if !told.is_empty() {
        return Ok(told.to_owned());
    }
    Ok(work.tx.modem(name)?.and_then(|modem| modem.iccid).unwrap_or_default())
}

/// The daemon starts: nothing is known of any modem yet.
pub fn restart(work: &mut Work<'_, '_>) -> Result<(), Reject> {
    for mut modem in work.tx.modems()? {
        modem.state = ModemState::Unknown;
        modem.ready_since = None;
        modem.place = None;
        modem.code = None;
        modem.words = None;
        sim_away(work, modem.iccid.as_deref())?;
        save(work, modem)?;
    }
    // How long the box was off says nothing about a SIM.
    Ok(work.tx.sims_are_away_from(work.now)?)
}

/// Whether calls that come in are rejected.
pub fn set_reject_calls(work: &mut Work<'_, '_>, name: &str, rejects: bool) -> Result<(), Reject> {
    let mut modem = work.tx.modem(name)?.ok_or_else(|| Reject::not_found("modem"))?;
    modem.reject_calls = rejects;
    save(work, modem)
}

fn row(work: &Work<'_, '_>, name: &str) -> Result<Modem, Reject> {
    Ok(work.tx.modem(name)?.unwrap_or_else(|| Modem::new(name, "", work.now)))
}

fn save(work: &mut Work<'_, '_>, mut modem: Modem) -> Result<(), Reject> {
    modem.changed_at = work.now;
    Ok(work.tx.save_modem(&modem)?)
}

fn tell(work: &mut Work<'_, '_>, kind: &str, name: &str, data: serde_json::Value) -> Result<(), Reject> {
    work.emit(kind, About { subject: name, msisdn: None, session: None }, data)?;
    Ok(())
}
