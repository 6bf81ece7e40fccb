//! The page of a modem in a real browser: what a technician types to it, and the calls that come in and go out while it is open.

use std::time::Duration;

use answerback::engine::call::{self, Called};
use answerback::engine::ring::{self, NewRing};
use answerback::engine::{Work, modems, told};
use answerback::modem::io::{AtEnd, Identity, ModemCommand, ModemEvent, RingEnd};
use answerback::terms::Scope;
use fantoccini::Locator;
use serde_json::json;
use tokio::sync::mpsc;

use super::{Browser, House, PERSON, SIM, fits_a_phone};

const PAGE: &str = "/modems/north";
const DAY_MS: i64 = 86_400_000;
const FIELD: &str = "form[action^=\"/modems/north/at\"] input[name=command]";

impl House {
    /// A modem that is served, without a driver: its commands are read from the answer.
    fn plug_in(&self) -> mpsc::Receiver<ModemCommand> {
        let commands = self.fleet.join("north");
        let identity = Identity { imei: "350000000000001".into(), iccid: SIM.into(), ..Identity::default() };
        self.fleet.ready("north", &identity, self.engine.now());
        commands
    }

    /// More than a year of readings, worse in the last months, and a week in tens of minutes.
    async fn lived(&self) {
        let read = |work: &mut Work<'_, '_>, ago_ms: i64, dbm: i64| {
            let now = work.now;
            work.now = now.shifted_ms(-ago_ms);
            let noted = told::event(work, "north", SIM, &ModemEvent::Signal(i16::try_from(dbm).ok()));
            work.now = now;
            noted
        };
        self.run(move |work| {
            for day in (7..420).rev() {
                let worse = if day < 60 { 14 } else { 0 };
                read(work, day * DAY_MS, -78 - worse - day % 5)?;
                read(work, day * DAY_MS + 60_000, -71 - worse)?;
            }
            for step in (0..1_000).rev() {
                read(work, step * 600_000, -88 - step % 7)?;
            }
            Ok(())
        })
        .await;
    }

    /// Somebody calls the SIM and gives up.
    async fn called(&self, number: &'static str, withheld: bool, rejected: bool) {
        let called = Called { number, withheld, rings: 3, rejected, lasted: Duration::from_secs(12) };
        self.run(move |work| call::came(work, "north", SIM, &called)).await;
    }

    /// A telephone is rung, and this comes of it.
    async fn rung(&self, to: &'static str, end: RingEnd) {
        let ringers = self.fleet.ringers();
        let given = self
            .run(move |work| {
                let new = NewRing { to: to.into(), seconds: 20, times: 1, pause: 0, sim: None, source: "test".into() };
                ring::order(work, &new)?;
                ring::claim(work, &ringers)
            })
            .await;
        let id = given[0].1.id;
        self.run(move |work| ring::ended(work, id, &end, true)).await;
    }
}

impl Browser {
    async fn open(&self, house: &House) {
        self.client.goto(&format!("{}{PAGE}", house.base)).await.unwrap();
        self.see(".live.on").await;
    }

    /// Types a command and sends the form.
    async fn types(&self, command: &str) {
        let field = self.see(FIELD).await;
        field.clear().await.unwrap();
        field.send_keys(command).await.unwrap();
        self.client.find(Locator::Css("form[action^=\"/modems/north/at\"] button")).await.unwrap().click().await.unwrap();
    }

    /// Every row of the card with this heading, as it reads.
    async fn rows(&self, heading: &str) -> Vec<String> {
        let source = format!(
            "const card = [...document.querySelectorAll('.card')].find((one) => one.querySelector('h2')?.innerText === {heading:?});
             return [...card?.querySelectorAll('li') ?? []].map((row) => row.innerText)"
        );
        let rows = self.script(&source).await;
        rows.as_array().into_iter().flatten().filter_map(|row| row.as_str().map(str::to_owned)).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_to_a_modem_is_answered_on_its_page() {
    let house = House::build().await;
    let mut commands = house.plug_in();
    let fleet = house.fleet.clone();
    let driver = tokio::spawn(async move {
        let mut lines = Vec::new();
        while let Some(ModemCommand::At(errand)) = commands.recv().await {
            lines.push(errand.line);
            let end = match lines.len() {
                1 => AtEnd::Answered { lines: vec!["+COPS: 0,0,\"<b>Net</b>\",7".to_owned(), "OK".to_owned()] },
                _ => AtEnd::NotSent { why: "ringing" },
            };
            fleet.at_ended(errand.id, end);
        }
        lines
    });
    let browser = Browser::start().await;
    house.sign_in(&browser, &[Scope::Admin]).await;
    browser.open(&house).await;
    browser.types(" at + cops? ").await;
    // What the modem says is words, never markup.
    browser.reads("[role=status] pre", "+COPS: 0,0,\"<b>Net</b>\",7\nOK").await;
    assert_eq!(browser.text("[role=status] p").await, "AT+COPS?");
    // The form stands at the end of a long page: who has sent it reads the answer at once.
    let top =
        browser.script("return document.querySelector('[role=status] pre').getBoundingClientRect().bottom - window.innerHeight").await;
    assert!(top.as_f64().is_some_and(|below| below <= 0.0), "the answer is {top} pixels below what is seen");

    // What is half typed stays while the page is kept fresh.
    browser.see(".live.on").await;
    let field = browser.see(FIELD).await;
    field.clear().await.unwrap();
    field.send_keys("AT+CS").await.unwrap();
    house.called(PERSON, false, false).await;
    browser.reads("main", "Calls that came in").await;
    assert_eq!(browser.script(&format!("return document.querySelector({FIELD:?}).value")).await, "AT+CS");
    browser.reads("[role=status] pre", "OK").await;

    // What could harm is refused beside its field, with what to do instead; what was typed is not lost.
    browser.types("AT+CFUN=1,1").await;
    browser.reads("#command-wrong", "answerback modem restart").await;
    assert_eq!(browser.script(&format!("return document.querySelector({FIELD:?}).value")).await, "AT+CFUN=1,1");
    browser.types("AT+CSQ").await;
    browser.reads("[role=alert]", "the modem rings somebody; nothing was sent").await;
    fits_a_phone(&browser, &house, &[PAGE]).await;
    house.fleet.leave("north");
    assert_eq!(driver.await.unwrap(), ["AT+COPS?", "AT+CSQ"], "what was refused did not go out");

    // Only an admin types.
    house.sign_in(&browser, &[Scope::Read, Scope::Agent]).await;
    browser.open(&house).await;
    assert_eq!(browser.client.find_all(Locator::Css(FIELD)).await.unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pin_is_typed_where_the_sim_asks_and_nobody_reads_it() {
    const PIN: &str = "form[action^=\"/modems/north/pin\"] input[name=pin]";
    let house = House::build().await;
    let mut commands = house.plug_in();
    house.fleet.not_ready("north", house.engine.now());
    house.run(|work| modems::not_ready(work, "north", "sim_pin", "The SIM asks for its PIN, and all 3 tries are left.")).await;
    let browser = Browser::start().await;
    house.sign_in(&browser, &[Scope::Admin]).await;
    browser.open(&house).await;
    let gives = async |pin: &str| {
        browser.see(PIN).await.send_keys(pin).await.unwrap();
        browser.client.find(Locator::Css("form[action^=\"/modems/north/pin\"] button")).await.unwrap().click().await.unwrap();
    };
    gives("12").await;
    browser.reads("#pin-wrong", "a PIN has 4 to 8 digits").await;
    assert_eq!(
        browser.script(&format!("const it = document.querySelector({PIN:?}); return [it.type, it.value]")).await,
        json!(["password", ""])
    );
    let below_the_bar =
        "const edge = (name) => document.querySelector(name).getBoundingClientRect(); return edge('#pin-of-sim').top - edge('.top').bottom";
    let below = browser.script(below_the_bar).await;
    assert!(below.as_f64().is_some_and(|below| (0.0..300.0).contains(&below)), "its heading is {below} pixels below the bar");
    fits_a_phone(&browser, &house, &[PAGE]).await;
    gives("9817").await;
    assert!(matches!(commands.recv().await, Some(ModemCommand::Rebuild)), "the modem is brought up with it");
    assert_eq!(house.run(|work| Ok(work.tx.pins()?)).await[0].pin, "9817");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_of_both_ways_appear_on_the_open_page() {
    let house = House::build().await;
    let _commands = house.plug_in();
    house.lived().await;
    let browser = Browser::start().await;
    house.sign_in(&browser, &[Scope::Read]).await;
    browser.open(&house).await;
    let months = browser.script("return document.querySelectorAll('main table tbody tr').length").await;
    assert_eq!(months, 13, "this month and the twelve before it");
    browser.script("window.theSamePage = true").await;
    house.called(PERSON, false, false).await;
    house.called("", true, true).await;
    house.called("", false, false).await;
    for (to, end) in [
        ("+380501112201", RingEnd::Answered),
        ("+380501112202", RingEnd::Busy),
        ("+380501112203", RingEnd::NotAnswered { cut: false }),
        ("+380501112204", RingEnd::NoCarrier { cause: Some("<b>Call barred</b>".to_owned()) }),
        ("+380501112205", RingEnd::InDoubt { why: "lost" }),
    ] {
        house.rung(to, end).await;
    }
    browser.reads("main", "+380501112205").await;
    // The newest stand first.
    let calls = browser.rows("Calls that came in").await;
    for (row, words) in calls.iter().zip([["no number", "missed"], ["number hidden", "rejected"], [PERSON, "missed"]]) {
        assert!(words.iter().all(|words| row.contains(words)), "{words:?}: {calls:?}");
    }
    let rings = browser.rows("Telephones it rang").await;
    for (row, words) in rings.iter().zip([
        ["+380501112205", "in doubt"],
        ["+380501112204", "not put through"],
        ["+380501112203", "nobody took it"],
        ["+380501112202", "engaged"],
        ["+380501112201", "somebody took it"],
    ]) {
        assert!(words.iter().all(|words| row.contains(words)), "{words:?}: {rings:?}");
    }
    assert_eq!((calls.len(), rings.len()), (3, 5));
    assert!(rings[1].contains("<b>Call barred</b>"), "{rings:?}");
    assert_eq!(browser.script("return window.theSamePage === true").await, true, "the page was loaded again");
    let gaps = "const cards = [...document.querySelectorAll('[data-live] .card')].map((card) => card.getBoundingClientRect());
                return Math.min(...cards.slice(1).map((card, n) => card.top - cards[n].bottom))";
    let gap = browser.script(gaps).await;
    assert!(gap.as_f64().is_some_and(|gap| gap >= 8.0), "the cards are {gap} pixels apart");
    fits_a_phone(&browser, &house, &[PAGE]).await;
    // Found and clicked at once: the rows are written anew while the page is open.
    let click = format!("[...document.querySelectorAll('main a')].find((link) => link.innerText === {PERSON:?}).click()");
    browser.script(&click).await;
    browser.reads("main h1", PERSON).await;
}
