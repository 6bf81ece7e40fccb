//! The page of one modem, and its form for USSD.

use answerback::delivery::cap::{Cap, Held};
use answerback::engine::{modems, recovery, told, ussd};
use answerback::modem::io::{Cell, Identity, ModemEvent, UssdAsk, UssdEnd};
use answerback::store::Sim;
use answerback::terms::{Ailment, Rung, Scope};

use super::House;

const PAGE: &str = "/modems/north%20gate";

#[tokio::test]
async fn a_code_is_asked_from_the_page_and_its_answer_is_shown_as_words() {
    let house = House::build().await;
    let (cookie, csrf) = house.sign_in(&[Scope::Admin]).await;
    let asked = house.post(&format!("{PAGE}/ussd"), &cookie, &format!("{csrf}&do=code&code=*100%23")).await;
    assert_eq!((asked.status, asked.location.as_str()), (303, PAGE));
    let body = house.get(PAGE, &cookie).await.body;
    assert!(body.contains("*100#") && body.contains("asking"), "{body}");
    let text = "1. Top up\n2. <b>Leave</b>".to_owned();
    house
        .run(move |work| {
            let row = work.tx.ussds_of_modem("north gate", 1)?.remove(0);
            ussd::ended(work, "north gate", Some(row.id), 1, &UssdEnd::Answered { text, menu: true })
        })
        .await;
    let body = house.get(PAGE, &cookie).await.body;
    assert!(body.contains("1. Top up") && body.contains("&lt;b&gt;Leave") && body.contains("waits for a reply"), "{body}");
    assert!(body.contains("Leave the menu"), "{body}");
    let left = house.post(&format!("{PAGE}/ussd"), &cookie, &format!("{csrf}&do=cancel")).await;
    assert_eq!(left.status, 303);
}

#[tokio::test]
async fn what_is_no_code_is_said_beside_the_field_and_only_an_admin_asks() {
    let house = House::build().await;
    let (cookie, csrf) = house.sign_in(&[Scope::Admin]).await;
    let no = house.post(&format!("{PAGE}/ussd"), &cookie, &format!("{csrf}&do=code&code=hello")).await;
    assert_eq!(no.status, 422);
    assert!(no.body.contains("a code is 1 to 182 digits"), "{}", no.body);
    let (cookie, csrf) = house.sign_in(&[Scope::Agent]).await;
    assert!(!house.get(PAGE, &cookie).await.body.contains("name=\"code\""));
    assert_eq!(house.post(&format!("{PAGE}/ussd"), &cookie, &format!("{csrf}&do=code&code=*100%23")).await.status, 403);
    let asked = house.run(|work| Ok(work.tx.ussds_open()?)).await;
    assert!(asked.is_empty(), "{asked:?}");
    assert_eq!(house.get("/modems/nowhere", &cookie).await.status, 404);
}

#[tokio::test]
async fn a_pin_is_given_where_the_sim_asks_for_it_and_is_never_shown() {
    let house = House::build().await;
    let (cookie, csrf) = house.sign_in(&[Scope::Admin]).await;
    assert!(!house.get(PAGE, &cookie).await.body.contains("name=\"pin\""), "its SIM does not ask");
    house
        .run(|work| {
            modems::identity(work, "north gate", &Identity { imei: "35".to_owned(), iccid: "8938001".to_owned(), ..Identity::default() })?;
            modems::not_ready(work, "north gate", "sim_pin", "The SIM asks for its PIN, and all 3 tries are left.")
        })
        .await;
    let body = house.get(PAGE, &cookie).await.body;
    for words in ["all 3 tries are left", "it never uses the second or the last one", "type=\"password\"", "name=\"pin\""] {
        assert!(body.contains(words), "{words}: {body}");
    }
    let no = house.post(&format!("{PAGE}/pin"), &cookie, &format!("{csrf}&pin=98x7")).await;
    assert!(no.status == 422 && no.body.contains("a PIN has 4 to 8 digits") && !no.body.contains("98x7"), "{}", no.body);
    let done = house.post(&format!("{PAGE}/pin"), &cookie, &format!("{csrf}&pin=9817")).await;
    assert_eq!((done.status, done.location.as_str()), (303, PAGE));
    let pins = house.run(|work| Ok(work.tx.pins()?)).await;
    assert_eq!(pins.iter().map(|pin| (pin.iccid.as_deref(), pin.pin.as_str())).collect::<Vec<_>>(), [(Some("8938001"), "9817")]);
    assert!(!house.get(PAGE, &cookie).await.body.contains("9817"));
    // Who may not set it is not asked for it.
    let (cookie, csrf) = house.sign_in(&[Scope::Agent]).await;
    assert!(!house.get(PAGE, &cookie).await.body.contains("name=\"pin\""));
    assert_eq!(house.post(&format!("{PAGE}/pin"), &cookie, &format!("{csrf}&pin=1234")).await.status, 403);
}

#[tokio::test]
async fn a_sim_at_its_cap_is_said_in_plain_words() {
    let house = House::build().await;
    let (cookie, _) = house.sign_in(&[Scope::Read]).await;
    assert!(!house.get("/", &cookie).await.body.contains("may send in a day"));
    let until = house.engine.now().plus(std::time::Duration::from_mins(10));
    house
        .run(move |work| {
            modems::identity(work, "north gate", &Identity { imei: "35".to_owned(), iccid: "8938001".to_owned(), ..Identity::default() })?;
            Ok(work.tx.save_sim(&Sim { iccid: "8938001".to_owned(), held: Some(Held { cap: Cap::Day, until }), ..Sim::default() })?)
        })
        .await;
    let body = house.get("/", &cookie).await.body;
    assert!(body.contains("Its SIM has sent what it may send in a day. Only safety and alarms leave on it until"), "{body}");
}

#[tokio::test]
async fn what_went_over_the_port_is_for_an_admin_and_without_the_people() {
    let house = House::build().await;
    let words = b"\r\n+CLIP: \"+15550100200\",<b>\r\n";
    house.engine.wires().record("north gate", house.engine.now(), answerback::modem::wire::Way::Received, words);
    let (cookie, _) = house.sign_in(&[Scope::Admin]).await;
    let body = house.get(PAGE, &cookie).await.body;
    assert!(body.contains("&lt; &lt;CR&gt;&lt;LF&gt;+CLIP: &quot;+15000000000&quot;,&lt;b&gt;&lt;CR&gt;&lt;LF&gt;"), "{body}");
    let (cookie, _) = house.sign_in(&[Scope::Read]).await;
    assert!(!house.get(PAGE, &cookie).await.body.contains("CLIP"));
}

#[tokio::test]
async fn what_was_done_for_a_modem_is_shown_with_what_came_of_it() {
    let house = House::build().await;
    let (cookie, _) = house.sign_in(&[Scope::Read]).await;
    assert!(house.get(PAGE, &cookie).await.body.contains("It has needed no help."));
    house
        .run(|work| {
            modems::identity(work, "north gate", &Identity { imei: "35".to_owned(), ..Identity::default() })?;
            recovery::tried(work, "north gate", Rung::Radio, Ailment::NotRegistered)?;
            recovery::tried(work, "north gate", Rung::Reset, Ailment::NotRegistered)
        })
        .await;
    let body = house.get(PAGE, &cookie).await.body;
    for words in ["Radio off and on", "did not help", "Reset", "not known yet", "it found no network"] {
        assert!(body.contains(words), "{words}: {body}");
    }
}

#[tokio::test]
async fn what_a_modem_says_of_itself_stands_on_its_page() {
    let house = House::build().await;
    let (cookie, _) = house.sign_in(&[Scope::Read]).await;
    house
        .run(|work| {
            let identity = Identity { manufacturer: "Maker".to_owned(), model: "M35".to_owned(), ..Identity::default() };
            modems::identity(work, "north gate", &identity)?;
            modems::speed(work, "north gate", 9_600)?;
            modems::storage(work, "north gate", 3, 23)?;
            modems::registration(work, "north gate", 5, None, None)
        })
        .await;
    let body = house.get(PAGE, &cookie).await.body;
    for words in ["Maker M35", "3 of 23 slots in use", "roaming", "answers at 9600 baud"] {
        assert!(body.contains(words), "{words}: {body}");
    }
}

#[tokio::test]
async fn a_clock_that_no_network_confirms_is_said_in_plain_words() {
    let house = House::build().await;
    let (cookie, _) = house.sign_in(&[Scope::Read]).await;
    let now = house.engine.now();
    let told = |ahead_ms: i64| ModemEvent::NetworkTime { at: now.shifted_ms(-ahead_ms), or: None };
    house.run(|work| modems::ready(work, "north gate")).await;
    let right = told(2_000);
    house.run(move |work| told::event(work, "north gate", "", &right)).await;
    assert!(house.get(PAGE, &cookie).await.body.contains("agrees with what the network says"));
    assert!(!house.get("/", &cookie).await.body.contains("connect NTP"));
    let wrong = told(-90 * 60_000);
    house.run(move |work| told::event(work, "north gate", "", &wrong)).await;
    for page in [PAGE, "/"] {
        let body = house.get(page, &cookie).await.body;
        let words = "behind what the network says (modem north gate); set the clock or connect NTP";
        assert!(body.contains(words) && body.contains("clock is 1 h "), "{page}: {body}");
    }
}

#[tokio::test]
async fn the_page_shows_where_a_modem_was() {
    let house = House::build().await;
    let (cookie, _) = house.sign_in(&[Scope::Read]).await;
    assert!(house.get(PAGE, &cookie).await.body.contains("It has not told of a network yet."));
    let cell = Some(Cell { area: 0x84CD, cell: 0x00D3_0173, access: Some(7) });
    let told = [ModemEvent::Registration { stat: 5, operator: Some("<b>Net".to_owned()), cell }, ModemEvent::Signal(Some(-77))];
    for event in told {
        house.run(move |work| told::event(work, "north gate", "", &event)).await;
    }
    let body = house.get(PAGE, &cookie).await.body;
    for words in ["Cell D30173", "in area 84CD", "E-UTRAN", "roaming", "&lt;b&gt;Net", "signal -77 to -77 dBm"] {
        assert!(body.contains(words), "{words} in {body}");
    }
}

#[tokio::test]
async fn the_page_shows_the_months_behind_the_week() {
    let house = House::build().await;
    let (cookie, _) = house.sign_in(&[Scope::Read]).await;
    let read = |work: &mut answerback::engine::Work<'_, '_>, ago: i64, dbm| {
        let now = work.now;
        work.now = now.shifted_ms(-ago * 86_400_000);
        told::event(work, "north gate", "", &ModemEvent::Signal(Some(dbm)))?;
        work.now = now;
        Ok(work.now.shifted_ms(-ago * 86_400_000).civil(&jiff::tz::TimeZone::UTC).strftime("%b %Y").to_string())
    };
    house.run(move |work| read(work, 0, -70)).await;
    assert!(!house.get(PAGE, &cookie).await.body.contains("Signal by months"), "a year of one day says nothing");
    let last = house.run(move |work| read(work, 40, -93).and_then(|last| read(work, 41, -61).map(|_| last))).await;
    let long_ago = house.run(move |work| read(work, 500, -101)).await;
    let body = house.get(PAGE, &cookie).await.body;
    assert!(body.contains("Signal by months") && body.contains(&format!("<td>{last}</td>")), "{last} in {body}");
    assert!(!body.contains(&format!("<td>{long_ago}</td>")), "{long_ago} in {body}");
}

#[tokio::test]
async fn a_balance_rule_is_tried_saved_and_taken_away_on_the_page() {
    const SIM: &str = "8938001000000000018";
    let house = House::build().await;
    let (cookie, csrf) = house.sign_in(&[Scope::Admin]).await;
    let form = |act: &str, pattern: &str, warn: &str, every: &str| {
        let pattern = pattern.replace(' ', "+").replace('{', "%7B").replace('}', "%7D");
        format!("{csrf}&do={act}&code_of_balance=*100%23&pattern={pattern}&warn={warn}&critical=1&every_minutes={every}")
    };
    let address = format!("{PAGE}/balance");
    // A rule belongs to a SIM.
    assert_eq!(house.post(&address, &cookie, &form("save", "{}", "5", "60")).await.status, 409);
    let identity = Identity { imei: "35".to_owned(), iccid: SIM.to_owned(), ..Identity::default() };
    house.run(move |work| modems::identity(work, "north gate", &identity)).await;
    let tried = house.post(&address, &cookie, &form("try", "Balance: {} EUR", "5", "60")).await;
    assert!(tried.status == 200 && tried.body.contains("has said nothing to this code"), "{}", tried.body);
    house
        .run(|work| {
            let new = ussd::NewUssd { modem: "north gate".to_owned(), ask: UssdAsk::Code("*100#".to_owned()), asker: "x".to_owned() };
            let id = ussd::ask(work, &new)?;
            let text = "Balance: 3.20 EUR <b>".to_owned();
            ussd::ended(work, "north gate", Some(id), 1, &UssdEnd::Answered { text, menu: false })
        })
        .await;
    let tried = house.post(&address, &cookie, &form("try", "Balance: {} EUR", "5", "60")).await;
    assert!(tried.body.contains("<b>3.20</b>") && tried.body.contains("low") && tried.body.contains("EUR &lt;b&gt;"), "{}", tried.body);
    let tried = house.post(&address, &cookie, &form("try", "Saldo {}", "5", "60")).await;
    assert!(tried.body.contains("do not fit what the network said last") && tried.body.contains("value=\"Saldo {}\""), "{}", tried.body);
    let rules = |work: &mut answerback::engine::Work<'_, '_>| Ok(work.tx.balances()?);
    assert!(house.run(rules).await.is_empty(), "a try keeps nothing");
    for (form, words) in [
        (form("save", "no number", "5", "60"), "put {} where the number stands"),
        (form("save", "{}", "a lot", "60"), "write an amount like 5.00"),
        (form("save", "{}", "0.50", "60"), "the second limit is below the first"),
        (form("save", "{}", "5", "soon"), "15 minutes to 43200"),
        (form("try", "{}", "5", "1"), "15 minutes to 43200"),
        (form("save", "{}", "5", "60").replace("*100%23", "hello"), "a code is 1 to 182 digits"),
    ] {
        let no = house.post(&address, &cookie, &form).await;
        assert!(no.status == 422 && no.body.contains(words), "{words}: {} {}", no.status, no.body);
    }
    assert_eq!(house.post(&address, &cookie, &form("save", "Balance: {} EUR", "5", "60")).await.status, 303);
    let kept = house.run(rules).await;
    assert_eq!(
        kept.iter().map(|rule| (rule.iccid.as_str(), rule.pattern.as_str(), rule.every_minutes)).collect::<Vec<_>>(),
        [(SIM, "Balance: {} EUR", 60)]
    );
    assert!(house.get(PAGE, &cookie).await.body.contains("Take it away"));
    let (agent, agents) = house.sign_in(&[Scope::Agent]).await;
    assert_eq!(house.post(&address, &agent, &form("remove", "", "", "").replace(&csrf, &agents)).await.status, 403);
    assert_eq!(house.post(&address, &cookie, &form("remove", "", "", "")).await.status, 303);
    assert!(house.run(rules).await.is_empty());
}
