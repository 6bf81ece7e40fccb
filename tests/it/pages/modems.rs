//! The page of one modem, and its form for USSD.

use answerback::delivery::cap::{Cap, Held};
use answerback::engine::{modems, recovery, ussd};
use answerback::modem::io::{Identity, UssdEnd};
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
