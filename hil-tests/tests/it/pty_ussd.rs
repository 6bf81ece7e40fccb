//! USSD over a pty: supervisor, driver, engine and store against every form an emulated modem writes it in.

use std::time::Duration;

use answerback::balance::Level;
use answerback::engine::balance;
use answerback::engine::ussd::{self, NewUssd};
use answerback::modem::io::UssdAsk;
use answerback::store::{Queue, Ussd, UssdState};
use answerback::terms::{MessageState, Policy};
use hil_tests::emulator::brain::Control;
use hil_tests::emulator::fault::{Fault, UssdForm};

use crate::bench::{Bench, PATIENCE, north};

impl Bench {
    async fn asks(&self, ask: UssdAsk) -> i64 {
        let new = NewUssd { modem: "north".to_owned(), ask, asker: "test".to_owned() };
        self.engine.run(Queue::Others, move |work| ussd::ask(work, &new)).await.expect("taken").into_inner()
    }

    async fn ended(&self, id: i64) -> Ussd {
        self.until("the exchange ends", move |reader| Ok(reader.ussd(id)?.filter(|row| !row.state.is_open()))).await
    }

    async fn exchange(&self, ask: UssdAsk) -> Ussd {
        let id = self.asks(ask).await;
        self.ended(id).await
    }

    /// What the network heard.
    async fn heard(&self) -> Vec<String> {
        let look = |world: &hil_tests::emulator::world::World| world.brains().first().map(|brain| brain.ussd_heard().to_vec());
        self.rig.wait_for_world(look, PATIENCE).await.expect("the rig").expect("a modem")
    }
}

fn code(text: &str) -> UssdAsk {
    UssdAsk::Code(text.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_is_read_in_every_form() {
    for dialect in ["generic", "huawei", "quectel"] {
        let bench = Bench::with(dialect, north);
        bench.until_ready().await;
        let said = Control::Ussd { code: "*100#".to_owned(), text: "Balance: 3.20 EUR until 1.12.".to_owned(), menu: false };
        bench.rig.control(0, said).await.expect("learnt");
        let forms =
            [UssdForm::Ucs2, UssdForm::Ucs2UnderFifteen, UssdForm::Language, UssdForm::Packed, UssdForm::Rubbish, UssdForm::TrailingCr];
        let forms: Vec<Option<UssdForm>> = std::iter::once(None).chain(forms.map(Some)).collect();
        for form in &forms {
            if let Some(form) = form {
                bench.rig.fault(0, Fault::UssdForm { form: *form }, 1).await.expect("armed");
            }
            let row = bench.exchange(code("*100#")).await;
            assert_eq!((row.state, row.tries), (UssdState::Answered, 1), "{dialect} {form:?}: {row:?}");
            assert_eq!(row.answer.as_deref(), Some("Balance: 3.20 EUR until 1.12."), "{dialect} {form:?}");
        }
        assert_eq!(bench.heard().await.len(), forms.len(), "{dialect}: each was asked once");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modem_that_understands_packed_strings_only_gets_them_and_the_network_hears_it_once() {
    let bench = Bench::start();
    bench.until_ready().await;
    bench.rig.fault(0, Fault::UssdPacked, 0).await.expect("armed");
    let row = bench.exchange(code("*100#")).await;
    assert_eq!((row.state, row.tries, row.answer.as_deref()), (UssdState::Answered, 2, Some("Balance 12.50")));
    assert_eq!(bench.heard().await, ["*100#"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_menu_is_walked_and_left() {
    let bench = Bench::start();
    bench.until_ready().await;
    for (code, text, menu) in [("*123#", "1. Balance\r\n2. Leave", true), ("1", "5.00. More? 1/2", true)] {
        let said = Control::Ussd { code: code.to_owned(), text: text.to_owned(), menu };
        bench.rig.control(0, said).await.expect("learnt");
    }
    let row = bench.exchange(code("*123#")).await;
    assert_eq!((row.state, row.answer.as_deref()), (UssdState::Menu, Some("1. Balance\n2. Leave")));
    let row = bench.exchange(UssdAsk::Reply("1".to_owned())).await;
    assert_eq!((row.state, row.answer.as_deref()), (UssdState::Menu, Some("5.00. More? 1/2")));
    assert_eq!(bench.exchange(UssdAsk::Cancel).await.state, UssdState::Cancelled);
    let row = bench.exchange(UssdAsk::Reply("2".to_owned())).await;
    assert_eq!((row.state, row.why.as_deref()), (UssdState::NotSent, Some("no_menu")));
    assert_eq!(bench.heard().await, ["*123#", "1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_answer_is_unknown_and_is_not_asked_again() {
    let bench = Bench::start();
    bench.until_ready().await;
    let cases = [
        (Fault::UssdSilent, UssdState::Unknown, "no_answer", 1),
        (Fault::UssdEnds, UssdState::Unknown, "ended", 1),
        (Fault::UssdRefuse { cme: 30 }, UssdState::Refused, "cme_30", 0),
    ];
    let mut heard = 0;
    for (fault, state, why, reached) in cases {
        bench.rig.fault(0, fault.clone(), 1).await.expect("armed");
        let row = bench.exchange(code("*104*1#")).await;
        assert_eq!((row.state, row.why.as_deref()), (state, Some(why)), "{fault:?}");
        heard += reached;
        assert_eq!(bench.heard().await.len(), heard, "{fault:?}");
    }
    // The driver waits for 1.5 s.
    bench.rig.fault(0, Fault::UssdLate { ms: 2_000 }, 1).await.expect("armed");
    let id = bench.asks(code("*100#")).await;
    assert_eq!(bench.ended(id).await.state, UssdState::Unknown);
    bench.until("the late answer", move |reader| Ok(reader.ussd(id)?.filter(|row| row.state == UssdState::Answered))).await;
    bench.rig.fault(0, Fault::UssdEarly, 1).await.expect("armed");
    assert_eq!(bench.exchange(code("*100#")).await.state, UssdState::Answered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modem_that_goes_away_leaves_it_unknown_and_one_that_is_not_there_is_not_asked() {
    let bench = Bench::start();
    bench.until_ready().await;
    bench.rig.fault(0, Fault::UssdSilent, 1).await.expect("armed");
    let id = bench.asks(code("*104*1#")).await;
    let look = |world: &hil_tests::emulator::world::World| world.brains().first().filter(|brain| !brain.ussd_heard().is_empty()).map(drop);
    bench.rig.wait_for_world(look, PATIENCE).await.expect("the rig").expect("heard");
    bench.rig.unplug(0).await.expect("unplugged");
    assert_eq!(bench.ended(id).await.state, UssdState::Unknown);
    let row = bench.exchange(code("*104*1#")).await;
    assert_eq!(row.state, UssdState::NotSent, "{row:?}");
    assert_eq!(bench.heard().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_go_on_while_the_network_thinks_about_a_code() {
    let bench = Bench::start();
    bench.until_ready().await;
    bench.rig.fault(0, Fault::UssdLate { ms: 1_000 }, 1).await.expect("armed");
    let id = bench.asks(code("*100#")).await;
    bench.dispatch();
    let mut texts = Vec::new();
    for number in 0..5 {
        texts.push(bench.accept(&format!("alarm {number}"), Policy::Alarm).await.0);
    }
    for text in texts {
        bench.until_state(text, MessageState::Delivered).await;
    }
    assert_eq!(bench.ended(id).await.state, UssdState::Answered);
    assert_eq!(bench.rig.wait_for_sent(5, Duration::from_secs(1)).await.expect("all").len(), 5, "none was sent twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_rule_asks_by_itself_once() {
    let bench = Bench::start();
    bench.until_ready().await;
    let modem = bench.until("its SIM", |reader| Ok(reader.modem("north")?.filter(|modem| modem.iccid.is_some()))).await;
    let iccid = modem.iccid.expect("it has one");
    let new = balance::NewBalance {
        iccid: iccid.clone(),
        code: "*100#".to_owned(),
        pattern: "Balance {}".to_owned(),
        warn: Some("13".to_owned()),
        critical: None,
        every_minutes: 15,
    };
    bench.engine.run(Queue::Others, move |work| balance::put(work, &new)).await.expect("a rule");
    let look = move |reader: &answerback::store::Reader<'_>| Ok(reader.balance(&iccid)?.filter(|rule| rule.amount.is_some()));
    let rule = bench.until("the balance", look).await;
    assert_eq!((rule.amount.map(|amount| amount.hundredths), rule.level), (Some(1250), Level::Warn));
    let told =
        |reader: &answerback::store::Reader<'_>| Ok(reader.events_after(0, 100)?.into_iter().find(|event| event.kind == "modem.sim"));
    assert_eq!(bench.until("the event", told).await.data["balance"], "12.50");
    let row = bench.exchange(code("*101#")).await;
    assert_eq!(row.state, UssdState::Answered);
    assert_eq!(bench.heard().await, ["*100#", "*101#"]);
}
