//! A box for the pty tests: emulated modems, the real supervisor, driver, engine and store; the test is the dispatcher.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use answerback::engine::accept::NewMessage;
use answerback::engine::fleet::Fleet;
use answerback::engine::{Engine, accept, submit};
use answerback::ids::{MessageId, PartKey};
use answerback::modem::profile::Profile;
use answerback::serial::hotplug::Roots;
use answerback::serial::{self, Pace, PortWish, Ports, Shared, Vitals};
use answerback::store::{self, Message, Queue, Reader, Result as Stored, Store, Writer};
use answerback::terms::{MessageState, PartState, Policy};
use answerback::text::Text;
use answerback::time::{Clock, SystemClock};
use answerback::timers;
use hil_tests::emulator::dialect::Dialect;
use hil_tests::emulator::{Rig, RigOptions};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub const PATIENCE: Duration = Duration::from_mins(1);
pub const PHONE: &str = "+15550100200";

/// The first modem of a rig, as a technician names it.
pub fn north(rig: &Rig) -> PortWish {
    PortWish { path: rig.port(0), name: "north".to_owned(), baud: None, scanned: false }
}

/// A box with one modem: rig, store, supervisor.
pub struct Bench {
    pub rig: Rig,
    pub engine: Engine,
    pub fleet: Fleet,
    stop: watch::Sender<bool>,
    serial: JoinHandle<()>,
    writer: Writer,
    dir: tempfile::TempDir,
}

impl Bench {
    /// One generic modem.
    pub fn start() -> Self {
        Self::with("generic", north)
    }

    /// One modem of a dialect on a port of the test's choice.
    pub fn with(dialect: &str, wish: impl FnOnce(&Rig) -> PortWish) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let options = RigOptions { dialect: Dialect::named(dialect).expect("a dialect"), ..RigOptions::quick(&dir.path().join("dev")) };
        let rig = Rig::start(options).expect("ptys");
        let ports = Ports::Named(vec![wish(&rig)]);
        Self::on(dir, rig, ports)
    }

    /// A rig of the test's choice.
    pub fn on(dir: tempfile::TempDir, rig: Rig, ports: Ports) -> Self {
        // Nobody listens there.
        let nobody = dir.path().join("nobody.sock");
        Self::helped(dir, rig, ports, &nobody)
    }

    /// A rig of the test's choice, on a machine below these roots.
    pub fn rooted(dir: tempfile::TempDir, rig: Rig, ports: Ports, roots: Roots) -> Self {
        let nobody = dir.path().join("nobody.sock");
        Self::begin(dir, rig, ports, &nobody, roots)
    }

    /// A rig of the test's choice, and a root helper behind this socket.
    pub fn helped(dir: tempfile::TempDir, rig: Rig, ports: Ports, helper: &Path) -> Self {
        Self::begin(dir, rig, ports, helper, Roots::default())
    }

    fn begin(dir: tempfile::TempDir, rig: Rig, ports: Ports, helper: &Path, roots: Roots) -> Self {
        let (writer, _thread) = Writer::start(store_in(&dir.path().join("state"))).expect("a writer");
        let engine = Engine::new(writer.clone(), Arc::new(SystemClock)).expect("a store in a file");
        let fleet = Fleet::default();
        let shared =
            Shared::new(engine.clone(), fleet.clone(), Profile::emulator(), Pace::emulator(), Vitals::default()).helped(helper).on(roots);
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(timers::errands(engine.clone(), fleet.clone(), stopped.clone()));
        let serial = tokio::spawn(serial::run(shared, ports, stopped));
        Self { rig, engine, fleet, stop, serial, writer, dir }
    }

    /// Reads until `look` finds something.
    pub async fn until<T: Send + 'static>(
        &self,
        what: &str,
        look: impl Fn(&Reader<'_>) -> Stored<Option<T>> + Clone + Send + 'static,
    ) -> T {
        let mut pulse = self.engine.pulse();
        let looking = async {
            loop {
                pulse.borrow_and_update();
                if let Some(found) = self.engine.read(look.clone()).await.expect("the store reads") {
                    return found;
                }
                // Not every write is told to those who wait.
                let _moved = tokio::time::timeout(Duration::from_millis(100), pulse.changed()).await;
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.unwrap_or_else(|_| panic!("in vain: {what}"))
    }

    /// Waits until a modem takes a part.
    pub async fn until_ready(&self) {
        let mut changes = self.fleet.changes();
        let waiting = async {
            while !self.fleet.views().iter().any(|view| view.ready && !view.busy) {
                changes.changed().await.expect("the fleet lives");
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("a modem gets ready");
    }

    /// Waits until the row of `north` has this code; its words.
    pub async fn until_code(&self, code: &'static str) -> String {
        let words = self.until(code, move |reader| {
            let modem = reader.modem("north")?;
            Ok(modem.filter(|modem| modem.code.as_deref() == Some(code)).and_then(|modem| modem.words))
        });
        words.await
    }

    /// Waits until the supervisor has told something new about `north`.
    pub async fn until_opened_again(&self) {
        let before = self.engine.read(|reader| reader.modem("north")).await.expect("the store reads").map(|modem| modem.changed_at);
        let look = move |reader: &Reader<'_>| {
            let modem = reader.modem("north")?;
            Ok(modem
                .filter(|modem| Some(modem.changed_at) > before && modem.code.as_deref().is_some_and(|code| code.starts_with("sim_")))
                .map(drop))
        };
        self.until("the SIM is asked again", look).await;
    }

    /// Accepts a message and hands its parts to the modem, as the dispatcher does.
    pub async fn send(&self, text: &str, policy: Policy) -> MessageId {
        let (message, parts) = self.accept(text, policy).await;
        for seq in 1..=parts {
            self.hand_over(PartKey { message, seq }).await;
        }
        message
    }

    /// Accepts a message; somebody else has to send it.
    pub async fn accept(&self, text: &str, policy: Policy) -> (MessageId, u8) {
        let request = NewMessage {
            to: PHONE.to_owned(),
            text: Text::new(text),
            policy,
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
            source: "test".to_owned(),
            idempotency: None,
        };
        let accepted = self.engine.run(Queue::Others, move |work| accept::message(work, &request)).await.expect("accepted");
        (accepted.answer.id, accepted.answer.parts)
    }

    /// The real dispatcher, until the bench ends.
    pub fn dispatch(&self) {
        tokio::spawn(timers::dispatch(self.engine.clone(), self.fleet.clone(), Arc::default(), self.stop.subscribe()));
    }

    /// Claims the part as soon as it may leave and gives it to the modem.
    pub async fn hand_over(&self, part: PartKey) {
        let due = part;
        let look = move |reader: &Reader<'_>| {
            let part = reader.part(&due)?;
            Ok(part.filter(|part| part.state == PartState::Queued && part.due_at <= SystemClock.now()).map(drop))
        };
        self.until("the part may leave", look).await;
        self.until_ready().await;
        let view = self.fleet.views().into_iter().find(|view| view.ready && !view.busy).expect("it is ready");
        let iccid = view.iccid.clone();
        let claimed = self.engine.run(Queue::Others, move |work| submit::claim(work, &part, &iccid)).await.expect("claimed");
        assert!(
            self.fleet.submit(&view.imei, claimed.into_inner().expect("a plain message has no quiet hours"), self.engine.now()),
            "the modem takes it"
        );
    }

    /// Waits until a message is in this state.
    pub async fn until_state(&self, id: MessageId, state: MessageState) -> Message {
        let look = move |reader: &Reader<'_>| Ok(reader.message(id)?.filter(|message| message.state == state));
        self.until(&format!("the message gets {state:?}"), look).await
    }

    /// Stops it in order.
    pub async fn stop(self) -> tempfile::TempDir {
        self.stop.send(true).expect("the supervisors listen");
        tokio::time::timeout(PATIENCE, self.serial).await.expect("they end").expect("without a panic");
        self.writer.close();
        self.dir
    }
}

/// The writer of a box that was just stopped may still hold it, for as long as its thread needs to end.
fn store_in(dir: &Path) -> Store {
    let end = std::time::Instant::now() + Duration::from_secs(10);
    loop {
        match Store::open(dir) {
            Err(store::Error::InUse { .. }) if std::time::Instant::now() < end => std::thread::sleep(Duration::from_millis(20)),
            opened => return opened.expect("a store"),
        }
    }
}
