//! Very many open sessions: what they cost in memory, how late their timers fire, and what one more text costs.
//!
//! The engine, its store on the measured disk and the loop of the timers are the product's; no modem is there, so each prompt
//! is written down as accepted the way a driver tells it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use answerback::conversation::effect::{Due, TimerKind};
use answerback::engine::receive::{self, Arrival};
use answerback::engine::session::{self, NewSession};
use answerback::engine::{Engine, Reject, Work, configure, submit};
use answerback::ids::SessionId;
use answerback::settings::{Caps, Settings};
use answerback::store::{Modem, ModemState, Queue, Store, Writer};
use answerback::time::{Clock as _, SystemClock, Timestamp};
use answerback::timers;
use answerback::value::Value;
use at_commands::hex;
use at_commands::pdu::{Address, Deliver, Smsc};
use at_commands::text::{SegmentOptions, segment};
use tokio::sync::watch;

use super::{Options, Spread, disk, folder};

/// A question with a reminder and a silence, and an end that says nothing.
const FLOW: &str = r#"flow = "measure.visit"
lane = "visits"
needs = { place = "text:20" }
start = "ask"
expires = "2d"
quiet = "send"

[step.ask]
ask = { en = "{utility}: may we read the meter at {place} tomorrow? Reply Y or N." }
want = "yesno"
on = { yes = "come", no = "stay" }
remind = [{ after = "20h" }]
silence = { after = "40h", go = "missed" }

[step.come]
done = { en = "Thank you, see you tomorrow." }

[step.stay]
done = true

[step.missed]
done = true
result = "no_answer"
"#;

const SIM: &str = "89490200001234567890";
const MODEM: &str = "north";
/// So many sessions are begun in one transaction.
const BATCH: usize = 100;
const BESIDE_EVERY: Duration = Duration::from_millis(20);
const BETWEEN: Duration = Duration::from_millis(10);
/// After this the timers that have not fired are lost.
const PATIENCE: Duration = Duration::from_mins(10);

/// How much is done with the sessions.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Texts received with few sessions open, and with all of them.
    pub texts: usize,
    /// Timers one after the other.
    pub apart: usize,
    /// Timers of one instant.
    pub together: usize,
    /// Texts that come in while those fire.
    pub beside: usize,
    /// Until the first timer fires: the due times are written by then.
    pub ahead: Duration,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { texts: 200, apart: 1_000, together: 5_000, beside: 50, ahead: Duration::from_secs(5) }
    }
}

/// Opens `count` sessions and measures beside them.
pub async fn measure(options: &Options, count: usize, sizes: Sizes, tell: &mut impl FnMut(&str)) -> Result<(), String> {
    let Sizes { texts, apart, together, beside, ahead } = sizes;
    let few = (count / 100).max(texts);
    let count = count.max(few + texts + apart + together + beside);
    let folder = folder(options)?;
    tell(&format!("disk            write of 4 KiB and fdatasync: {}", disk::fsync(folder.path()).map_err(|error| error.to_string())?));
    let place = Place::new(folder.path()).await?;
    let mut open = place.begin(0..few).await?;
    let before = resident_kib()?;
    tell(&format!("sessions        {few} open: {before} KiB resident, {} KiB on disk", place.on_disk()?));
    let seldom = place.texts(0..texts).await?;
    tell(&format!("resolve         {few} open: {seldom}"));
    let began = SystemClock.tick();
    open.extend(place.begin(few..count).await?);
    let seconds = SystemClock.tick().since(began).as_secs_f64();
    let after = resident_kib()?;
    let (rows, disk) = (count - texts, place.on_disk()?);
    tell(&format!(
        "sessions        {rows} open: {after} KiB resident ({:+} KiB), {disk} KiB on disk, {:.0} begun/s",
        after - before,
        (count - few) as f64 / seconds
    ));
    let often = place.texts(few..few + texts).await?;
    let ratio = often.percentile(50).as_secs_f64() / seldom.percentile(50).as_secs_f64();
    tell(&format!("resolve         {rows} open: {often}; p50 {ratio:.2} times that of {few}"));
    let (first, burst) = (few + texts, few + texts + apart);
    let (late, cost) = place.timers(&open[first..burst], (ahead, BETWEEN)).await?;
    tell(&format!("timers          {apart} within {:?}: late by {late}; {cost:.3} ms CPU each", BETWEEN * apart as u32));
    let last = burst + together;
    let (fired, heard) =
        tokio::join!(place.timers(&open[burst..last], (ahead, Duration::ZERO)), place.texts_beside(ahead, last..last + beside));
    let (late, cost) = fired?;
    tell(&format!("timers          {together} at one instant: late by {late}; {cost:.3} ms CPU each with the texts beside them"));
    tell(&format!("resolve         meanwhile, a text every {} ms: {}", BESIDE_EVERY.as_millis(), heard?));
    tell(&format!("memory          after them: {} KiB resident", resident_kib()?));
    place.stop().await;
    Ok(())
}

/// An engine with its timers running.
struct Place {
    engine: Engine,
    dir: std::path::PathBuf,
    stop: watch::Sender<bool>,
    timers: tokio::task::JoinHandle<()>,
}

impl Place {
    async fn new(dir: &Path) -> Result<Self, String> {
        let store = Store::open(dir).map_err(|error| error.to_string())?;
        let (writer, _) = Writer::start(store).map_err(|error| error.to_string())?;
        let engine = Engine::new(writer, Arc::new(SystemClock)).ok_or("a store on disk has readers")?;
        let (stop, stopping) = watch::channel(false);
        let timers = tokio::spawn(timers::expiry(engine.clone(), Arc::new(AtomicU64::new(0)), stopping));
        let place = Self { engine, dir: dir.to_owned(), stop, timers };
        place.run(set_up).await?;
        Ok(place)
    }

    async fn run<T: Send + 'static>(&self, job: impl FnOnce(&mut Work<'_, '_>) -> Result<T, Reject> + Send + 'static) -> Result<T, String> {
        self.engine.run(Queue::Others, job).await.map(answerback::committed::Committed::into_inner).map_err(|reject| reject.to_string())
    }

    /// Begins sessions with these people, each asked, and its prompt accepted.
    async fn begin(&self, people: std::ops::Range<usize>) -> Result<Vec<SessionId>, String> {
        let mut begun = Vec::with_capacity(people.len());
        let all: Vec<usize> = people.collect();
        for chunk in all.chunks(BATCH) {
            let chunk = chunk.to_vec();
            let ids: Vec<SessionId> = self.run(move |work| chunk.into_iter().map(|person| begin_one(work, person)).collect()).await?;
            begun.extend(ids);
        }
        Ok(begun)
    }

    /// One text from each of these people: from the PDU to the COMMIT that holds what follows from it.
    async fn texts(&self, people: std::ops::Range<usize>) -> Result<Spread, String> {
        let mut times = Vec::with_capacity(people.len());
        for person in people {
            let hex = pdu(person, self.engine.now())?;
            let arrival = Arrival { sim: SIM.to_owned(), modem: MODEM.to_owned(), hex, slot: None, live: true };
            let began = SystemClock.tick();
            let received = self.engine.run(Queue::Modems, move |work| receive::pdu(work, &arrival).map(drop)).await;
            received.map_err(|reject| reject.to_string())?;
            times.push(SystemClock.tick().since(began));
        }
        Ok(Spread::of(times))
    }

    /// One text after the other from when the timers fire, in the same tact however long each takes.
    async fn texts_beside(&self, ahead: Duration, people: std::ops::Range<usize>) -> Result<Spread, String> {
        tokio::time::sleep(ahead).await;
        let mut tact = tokio::time::interval(BESIDE_EVERY);
        let mut times = Vec::with_capacity(people.len());
        for person in people {
            tact.tick().await;
            times.push(self.texts(person..person + 1).await?.percentile(100));
        }
        Ok(Spread::of(times))
    }

    /// Lets the silence of these sessions be over, one after the other, and says how late each was told and what each cost the
    /// writer in milliseconds.
    async fn timers(&self, sessions: &[SessionId], (ahead, between): (Duration, Duration)) -> Result<(Spread, f64), String> {
        let first = self.engine.now().plus(ahead);
        let due: BTreeMap<SessionId, Timestamp> =
            sessions.iter().enumerate().map(|(n, id)| (*id, first.plus(between * n as u32))).collect();
        let mut seen = self.engine.read(|reader| reader.newest_event()).await.map_err(|error| error.to_string())?;
        let set = due.clone();
        self.run(move |work| set.into_iter().try_for_each(|(id, at)| Ok(work.tx.set_timer(id, 1, TimerKind::Silence, Due::At(at))?)))
            .await?;
        let mut pulse = self.engine.pulse();
        let mut late = BTreeMap::new();
        let before = writer_cpu()?;
        let end = SystemClock.tick();
        while late.len() < due.len() {
            pulse.mark_unchanged();
            let from = seen;
            let events = self.engine.read(move |reader| reader.events_after(from, 1_000)).await.map_err(|error| error.to_string())?;
            let now = self.engine.now();
            for event in &events {
                seen = event.seq;
                let ended = event.session.filter(|_| event.kind == "session.completed");
                if let Some((id, at)) = ended.and_then(|id| Some((id, *due.get(&id)?))) {
                    late.insert(id, Duration::from_millis(u64::try_from(now.ms_since(at)).unwrap_or(0)));
                }
            }
            if SystemClock.tick().since(end) > PATIENCE {
                return Err(format!("{} of {} timers never fired", due.len() - late.len(), due.len()));
            }
            if events.is_empty() {
                // What is told changes with a COMMIT.
                let _ = tokio::time::timeout(Duration::from_millis(100), pulse.changed()).await;
            }
        }
        let cost = writer_cpu()?.saturating_sub(before).as_secs_f64() * 1_000.0 / due.len() as f64;
        Ok((Spread::of(late.into_values().collect()), cost))
    }

    /// The store with its log, in KiB.
    fn on_disk(&self) -> Result<u64, String> {
        let entries = std::fs::read_dir(&self.dir).map_err(|error| error.to_string())?;
        let sizes = entries.filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len()));
        Ok(sizes.sum::<u64>() / 1024)
    }

    async fn stop(self) {
        self.stop.send_replace(true);
        // It ends by itself; how it ended is nobody's concern any more.
        let _ = self.timers.await;
        self.engine.writer().close();
    }
}

fn set_up(work: &mut Work<'_, '_>) -> Result<(), Reject> {
    let settings = Settings {
        utility: "City Power".to_owned(),
        country: "US".to_owned(),
        emergency: "911".to_owned(),
        // One SIM asks them all within minutes.
        caps: Caps { minute: 0, day: 0, month: 0, recipients: 0 },
        ..Settings::default()
    };
    configure::settings(work, &settings)?;
    let put = configure::keep_flow(work, "measure.visit.flow.toml", FLOW, "measure")?;
    work.tx.activate_flow(&put.name, put.revision)?;
    let modem = Modem { state: ModemState::Ready, iccid: Some(SIM.to_owned()), ..Modem::new(MODEM, MODEM, work.now) };
    Ok(work.tx.save_modem(&modem)?)
}

fn begin_one(work: &mut Work<'_, '_>, person: usize) -> Result<SessionId, Reject> {
    let request = NewSession {
        flow: "measure.visit".to_owned(),
        to: Some(number(person)),
        data: BTreeMap::from([("place".to_owned(), Value::Text(format!("{person} Elm Street")))]),
        source: "measure".to_owned(),
        ..NewSession::default()
    };
    let begun = session::begin(work, &request)?.answer;
    for message in begun.messages {
        for part in work.tx.parts_of(message)? {
            let refused = || Reject::new("internal", "the prompt does not leave");
            let claimed = submit::claim(work, &part.key, SIM)?.ok_or_else(refused)?;
            let submit::Begin::Go { attempt } = submit::begin_attempt(work, &claimed.part, SIM, MODEM)? else { return Err(refused()) };
            submit::submitted(work, &claimed.part, attempt, (person % 256) as u8)?;
        }
    }
    Ok(begun.id)
}

fn number(person: usize) -> String {
    format!("+1202{person:07}")
}

/// A "Y" as the network hands it over.
fn pdu(person: usize, now: Timestamp) -> Result<String, String> {
    let words = |error: &dyn std::fmt::Display| error.to_string();
    let cut = segment("Y", &SegmentOptions::default()).map_err(|error| words(&error))?;
    let part = cut.parts.into_iter().next().ok_or("a text has a part")?;
    let scts = at_commands::pdu::Timestamp::from_unix_ms(now.unix_ms(), 0).ok_or("a time of this century")?;
    let deliver = Deliver {
        smsc: Address::from_e164("+12025550000").ok(),
        more_messages: false,
        loop_prevention: false,
        status_report_indication: false,
        reply_path: false,
        oa: Address::from_e164(&number(person)).map_err(|error| words(&error))?,
        pid: 0,
        dcs: part.dcs,
        scts,
        udh: part.udh,
        ud: part.ud,
    };
    Ok(hex::encode(&deliver.encode(Smsc::Present).map_err(|error| words(&error))?))
}

/// What the thread of the writer has computed: it tells what work costs, however busy the machine is.
fn writer_cpu() -> Result<Duration, String> {
    let words = |error: std::io::Error| error.to_string();
    for thread in std::fs::read_dir("/proc/self/task").map_err(words)? {
        let folder = thread.map_err(words)?.path();
        if std::fs::read_to_string(folder.join("comm")).is_ok_and(|name| name.trim() == "writer") {
            let spent = std::fs::read_to_string(folder.join("schedstat")).map_err(words)?;
            let first = spent.split(' ').next().and_then(|nanos| nanos.parse().ok());
            return first.map(Duration::from_nanos).ok_or_else(|| "no time in schedstat".to_owned());
        }
    }
    Err("no thread of the writer".to_owned())
}

/// Resident set of this process in KiB.
fn resident_kib() -> Result<i64, String> {
    let status = std::fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    line.trim().trim_end_matches(" kB").parse().map_err(|_| "no number".to_owned())
}
