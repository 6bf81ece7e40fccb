//! A real browser on a real server: a reply comes in and appears on an open page, which is not loaded again.
//!
//! Debian's chromium and chromedriver have to be there (`scripts/test` installs them): without them this test fails.

mod modem;

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use answerback::engine::configure::{self, NewKey};
use answerback::engine::fleet::Fleet;
use answerback::engine::receive::{self, Arrival};
use answerback::engine::session::{NewSession, begin};
use answerback::engine::submit::{self, Begin};
use answerback::engine::{Engine, Reject, Work, modems};
use answerback::modem::io::{Identity, PartKey};
use answerback::settings::Settings;
use answerback::store::{Queue, Store, Writer};
use answerback::terms::Scope;
use answerback::time::{Clock, SystemClock, Tick, Timestamp};
use answerback::web;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

const FLOW: &str = r#"
flow = "outage.back"
lane = "outage"
start = "ask"
expires = "24h"

[step]
ask = { ask = { en = "{utility}: is your power back? Reply Y or N." }, want = "yesno", on = { yes = "good", no = "sorry" }, silence = { after = "23h", go = "nobody" } }
good = { done = { en = "Thank you." }, result = "back" }
sorry = { done = { en = "Thank you, we are on it." }, result = "still_off" }
nobody = { done = true, result = "no_answer" }
"#;

const PERSON: &str = "+380501112233";
const SIM: &str = "8938001000000000007";

/// The machine's clock, moved.
struct Moved {
    by_ms: AtomicI64,
}

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        SystemClock.now().shifted_ms(self.by_ms.load(Ordering::SeqCst))
    }

    fn tick(&self) -> Tick {
        SystemClock.tick()
    }
}

/// A store, an engine and its pages on a free port.
struct House {
    engine: Engine,
    fleet: Fleet,
    clock: Arc<Moved>,
    base: String,
    stop: watch::Sender<bool>,
    _dir: tempfile::TempDir,
}

impl House {
    async fn build() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (writer, _thread) = Writer::start(Store::open(dir.path()).unwrap()).unwrap();
        let clock = Arc::new(Moved { by_ms: AtomicI64::new(0) });
        let engine = Engine::new(writer, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        let (stop, stopping) = watch::channel(false);
        let fleet = Fleet::default();
        let router = web::router(engine.clone(), fleet.clone(), stopping);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let house = Self { engine, fleet, clock, base, stop, _dir: dir };
        house.run(configure).await;
        house
    }

    async fn run<T: Send + 'static>(&self, job: impl FnOnce(&mut Work<'_, '_>) -> Result<T, Reject> + Send + 'static) -> T {
        self.engine.run(Queue::Others, job).await.unwrap().into_inner()
    }

    /// Opens the sign-in link in a browser: what stands behind # is put into the form and sent.
    async fn sign_in(&self, browser: &Browser, scopes: &[Scope]) {
        let new = NewKey { name: "anna".into(), scopes: scopes.to_vec(), expires_at: None };
        let made = self.run(move |work| configure::new_key(work, &new)).await;
        browser.client.goto(&format!("{}/login#{}", self.base, made.secret)).await.unwrap();
        browser.reads("main h1", "Overview").await;
    }

    /// The question was put and the network took it, a minute ago.
    async fn ask(&self) {
        self.clock.by_ms.store(-60_000, Ordering::SeqCst);
        self.run(|work| {
            let request = NewSession {
                flow: "outage.back".into(),
                to: Some(PERSON.into()),
                data: [].into(),
                source: "test".into(),
                ..NewSession::default()
            };
            let message = begin(work, &request)?.answer.messages[0];
            let key = PartKey { message, seq: 1 };
            submit::claim(work, &key, SIM)?;
            match submit::begin_attempt(work, &key, SIM, "north")? {
                Begin::Go { attempt } => submit::submitted(work, &key, attempt, 7),
                Begin::Denied { why } => panic!("{why}"),
            }
        })
        .await;
        self.clock.by_ms.store(0, Ordering::SeqCst);
    }

    /// A text of the person comes in as the PDU a modem would hand over.
    async fn hear(&self, septets: &str) {
        let now = self.engine.now().civil(&jiff::tz::TimeZone::UTC);
        let digits: Vec<char> = now.strftime("%y%m%d%H%M%S").to_string().chars().collect();
        // Semi-octets: the digits of each pair change places.
        let stamp: String = digits.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
        // SMS-DELIVER without SMSC (23.040 sec 9.2.2.1): from PERSON, PID 0, DCS 0, stamp in UTC, one septet.
        let hex = format!("00040C918350101122330000{stamp}00{septets}");
        let arrival = Arrival { sim: SIM.into(), modem: "north".into(), hex, slot: None, live: true };
        self.run(move |work| receive::pdu(work, &arrival)).await;
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.engine.writer().close();
    }
}

fn configure(work: &mut Work<'_, '_>) -> Result<(), Reject> {
    let settings = Settings { utility: "Acme Power".into(), country: "UA".into(), emergency: "112".into(), ..Settings::default() };
    configure::settings(work, &settings)?;
    let put = configure::put_flow(work, "outage.back.flow.toml", FLOW, "test")?;
    configure::activate_flow(work, &put.name, put.revision)?;
    modems::opened(work, "north", "/dev/ttyUSB0")?;
    let identity = Identity { imei: "350000000000001".into(), iccid: SIM.into(), model: "EC25".into(), ..Identity::default() };
    modems::identity(work, "north", &identity)?;
    modems::ready(work, "north")
}

/// Chromium under its driver. Both are ended by the id of the process group that this test made.
struct Browser {
    driver: Child,
    client: Client,
    _profile: tempfile::TempDir,
}

const MISSING: &str =
    "needs the Debian packages chromium and chromium-driver: run scripts/test, or apt-get install chromium chromium-driver";
const PATIENCE: Duration = Duration::from_secs(30);

impl Browser {
    async fn start() -> Self {
        let chromium = ["chromium", "chromium-browser"].iter().find_map(|name| on_path(name));
        let chromium = chromium.unwrap_or_else(|| panic!("chromium is not installed; this test {MISSING}"));
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver does not start ({error}); this test {MISSING}"));
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("chromedriver says its port").unwrap();
            let line = line.expect("chromedriver says its port before it ends");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        let profile = tempfile::tempdir().unwrap();
        let data_dir = format!("--user-data-dir={}", profile.path().display());
        let flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
        let quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1200,900"];
        let args: Vec<&str> = flags.into_iter().chain(quiet).chain([data_dir.as_str()]).collect();
        let wanted = serde_json::json!({ "goog:chromeOptions": { "binary": chromium, "args": args } });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap_or_else(|error| panic!("chromium does not start ({error}); this test {MISSING}"));
        Self { driver, client, _profile: profile }
    }

    async fn see(&self, css: &str) -> fantoccini::elements::Element {
        match self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("no {css} ({error}) on the page:\n{}", self.client.source().await.unwrap_or_default()),
        }
    }

    /// What an element reads. In one step, because the page exchanges its parts while it is looked at.
    async fn text(&self, css: &str) -> String {
        self.see(css).await;
        let source = format!("return document.querySelector({css:?})?.innerText ?? ''");
        self.script(&source).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an element reads so.
    async fn reads(&self, css: &str, wanted: &str) {
        let source = format!("return document.querySelector({css:?})?.innerText.includes({wanted:?}) ?? false");
        for _ in 0..600 {
            if self.script(&source).await == true {
                return;
            }
            tokio::time::sleep(PATIENCE / 600).await;
        }
        panic!("{css} does not read {wanted}: {}", self.text(css).await);
    }

    async fn script(&self, source: &str) -> serde_json::Value {
        self.client.execute(source, Vec::new()).await.unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(id) = self.driver.id() {
            let group = nix::unistd::Pid::from_raw(id as i32);
            // It may have ended by itself.
            nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL).ok();
        }
    }
}

fn on_path(name: &str) -> Option<String> {
    let paths = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&paths).map(|dir| dir.join(name)).find(|file| file.is_file())?;
    Some(found.display().to_string())
}

/// What most phones have today, in pixels of CSS.
const PHONE_WIDTH: u32 = 390;

/// No page is wider than a phone: nothing has to be pushed sideways.
async fn fits_a_phone(browser: &Browser, house: &House, paths: &[&str]) {
    browser.client.set_window_size(PHONE_WIDTH, 900).await.unwrap();
    for path in paths {
        browser.client.goto(&format!("{}{path}", house.base)).await.unwrap();
        browser.see("main").await;
        assert_eq!(browser.script("return window.innerWidth").await, PHONE_WIDTH);
        let over = browser.script("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
        assert_eq!(over, 0, "{path} is wider than the window");
        let hidden = browser.script("const nav = document.querySelector('nav'); return nav.scrollWidth - nav.clientWidth").await;
        assert_eq!(hidden, 0, "{path}: a part of the navigation is out of sight");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_appears_on_the_open_page() {
    let house = House::build().await;
    house.ask().await;
    let browser = Browser::start().await;
    house.sign_in(&browser, &[Scope::Read, Scope::Admin]).await;
    browser.reads("main", "is your power back?").await;

    browser.client.goto(&format!("{}/conversations/{PERSON}", house.base)).await.unwrap();
    browser.see(".live.on").await;
    browser.reads(".turn.out", "sent").await;
    browser.script("window.theSamePage = true").await;
    let before = house.clock.tick();
    // "Y": one septet, 0x59.
    house.hear("0159").await;
    assert_eq!(browser.text(".turn.in .bubble").await, "Y");
    println!("from the PDU to the page: {} ms", house.clock.tick().since(before).as_millis());
    browser.reads(".turn.in .why", "Rule 12").await;
    browser.reads(".turn.in .why", "yes").await;
    browser.reads("main", "completed").await;
    assert_eq!(browser.script("return window.theSamePage === true").await, true, "the page was loaded again");

    let pages = ["/", "/conversations", "/tasks", "/settings", "/settings/endpoints", "/settings/webhooks", "/settings/flows"];
    fits_a_phone(&browser, &house, &pages).await;
    fits_a_phone(&browser, &house, &["/settings/flows/outage.back"]).await;
}
