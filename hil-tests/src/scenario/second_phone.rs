//! A second modem as the customer's phone: driver, store and engine without the dispatcher, so that it shows what comes and
//! sends what it is told, and never answers by itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use answerback::engine::accept::{self, NewMessage};
use answerback::engine::fleet::Fleet;
use answerback::engine::{Engine, submit};
use answerback::ids::PartKey;
use answerback::modem::profile::Profile;
use answerback::serial::{self, Pace, PortWish, Ports, Shared, Vitals};
use answerback::store::{Paging, Queue, Store, Writer};
use answerback::terms::Policy;
use answerback::text::Text;
use answerback::time::SystemClock;
use tokio::sync::watch;

/// The phone; dropped, it lets go of its port.
pub(super) struct SecondPhone {
    engine: Engine,
    fleet: Fleet,
    stop: watch::Sender<bool>,
}

/// A modem registers within this time or has a fault.
const READY_WITHIN: Duration = Duration::from_mins(3);
/// The newest so many texts are looked at.
const TEXTS_MAX: u32 = 200;

impl SecondPhone {
    /// Brings the modem on `port` up.
    pub(super) async fn start(port: PathBuf, folder: &Path) -> Result<Self, String> {
        let store = Store::open(&folder.join("phone")).map_err(|error| format!("the phone's store: {error}"))?;
        let (writer, _thread) = Writer::start(store).map_err(|error| format!("the phone's store: {error}"))?;
        let engine = Engine::new(writer, Arc::new(SystemClock)).ok_or("the phone has no store")?;
        let fleet = Fleet::default();
        let shared = Shared::new(engine.clone(), fleet.clone(), Profile::default(), Pace::default(), Vitals::default());
        let (stop, stopped) = watch::channel(false);
        let wish = PortWish { path: port, name: "phone".to_owned(), baud: None, scanned: false };
        tokio::spawn(serial::run(shared, Ports::Named(vec![wish]), stopped));
        let phone = Self { engine, fleet, stop };
        phone.ready().await?;
        Ok(phone)
    }

    async fn ready(&self) -> Result<(), String> {
        let mut changes = self.fleet.changes();
        let waiting = async { while !self.fleet.views().iter().any(|view| view.ready && !view.busy) && changes.changed().await.is_ok() {} };
        if tokio::time::timeout(READY_WITHIN, waiting).await.is_ok() {
            return Ok(());
        }
        let row = self.engine.read(|reader| reader.modem("phone")).await.map_err(|error| error.to_string())?;
        let why = row.and_then(|row| row.words).unwrap_or_else(|| "it says nothing".to_owned());
        Err(format!("the second modem is not ready within {} s: {why}", READY_WITHIN.as_secs()))
    }

    /// What it shows, oldest first.
    pub(super) async fn texts(&self) -> Result<Vec<String>, String> {
        let rows = self.engine.read(|reader| reader.inbounds(None, Paging::newest(TEXTS_MAX))).await.map_err(|error| error.to_string())?;
        Ok(rows.items.into_iter().rev().map(|row| row.text.expose().to_owned()).collect())
    }

    /// Texts the box.
    pub(super) async fn send(&self, to: &str, text: &str) -> Result<(), String> {
        let request = NewMessage {
            to: to.to_owned(),
            text: Text::new(text),
            policy: Policy::Once,
            rank: None,
            category: None,
            not_before: None,
            expires_at: None,
            sim: None,
            parts_max: None,
            class: None,
            report: true,
            replaces: None,
            tags: Vec::new(),
            source: "scenario".to_owned(),
            idempotency: None,
        };
        let accepted = self.engine.run(Queue::Others, move |work| accept::message(work, &request)).await.map_err(|no| no.to_string())?;
        for seq in 1..=accepted.answer.parts {
            self.hand_over(PartKey { message: accepted.answer.id, seq }).await?;
        }
        Ok(())
    }

    async fn hand_over(&self, part: PartKey) -> Result<(), String> {
        self.ready().await?;
        let view = self.fleet.views().into_iter().find(|view| view.ready && !view.busy).ok_or("the second modem is busy")?;
        let iccid = view.iccid.clone();
        let claimed = self.engine.run(Queue::Others, move |work| submit::claim(work, &part, &iccid)).await.map_err(|no| no.to_string())?;
        let claimed = claimed.into_inner().ok_or("the phone's own quiet hours hold the text")?;
        if self.fleet.submit(&view.imei, claimed, self.engine.now()) { Ok(()) } else { Err("the second modem took nothing".to_owned()) }
    }
}

impl Drop for SecondPhone {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.engine.writer().close();
    }
}
