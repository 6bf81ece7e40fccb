//! Consent: what is kept as proof, and what a STOP lets through.

use super::{PERSON, Rig, SIM, past_due};
use crate::conversation::session::FlowRef;
use crate::engine::configure;
use crate::engine::consent::Approved;
use crate::engine::session::{self, NewSession};
use crate::msisdn::Msisdn;
use crate::store::{ConsentRow, Paging};
use crate::terms::Category;
use crate::time::Timestamp;
use crate::value::Value;

fn newest(rig: &Rig) -> ConsentRow {
    let person = Msisdn::from_e164(PERSON).expect("a number");
    rig.read(|reader| reader.consents_of(&person)).pop().expect("a record")
}

fn flow(name: &str) -> FlowRef {
    FlowRef { name: name.to_owned(), revision: 1 }
}

#[test]
fn the_proof_of_a_stop_is_what_was_shown_and_what_was_replied() {
    let mut rig = Rig::new();
    let session = rig.past_due().id;
    let shown = rig.send_next(1).expect("the bill");
    rig.wait(60);
    rig.hears("Stop texting me");
    let ConsentRow { at, change, .. } = newest(&rig);
    let proof = &change.proof;
    assert_eq!((at, change.source.as_str(), change.granted), (rig.now, "sms", false));
    assert_eq!((proof.reply.expose(), proof.shown.as_ref().map(|text| text.expose())), ("Stop texting me", Some(shown.as_str())));
    assert_eq!((proof.sim.as_deref(), &proof.flow, proof.session), (Some(SIM), &Some(flow("pay.past_due")), Some(session)));
    assert_eq!(rig.events(0).iter().filter(|kind| *kind == "consent.out").count(), 1);
}

#[test]
fn the_proof_of_an_opt_in_is_the_question_and_its_yes() {
    let mut rig = Rig::new();
    rig.hears("JOIN");
    let shown = rig.send_next(1).expect("the opt-in question");
    assert!(shown.contains("reply YES"), "{shown}");
    rig.wait(60);
    rig.hears("Yes please");
    let ConsentRow { change, .. } = newest(&rig);
    let proof = &change.proof;
    assert_eq!((change.source.as_str(), change.granted), ("flow:consent.join@1", true));
    assert_eq!(change.categories, [Category::Billing, Category::Outage, Category::Visits]);
    assert_eq!((proof.reply.expose(), proof.shown.as_ref().map(|text| text.expose())), ("Yes please", Some(shown.as_str())));
    assert_eq!((proof.sim.as_deref(), &proof.flow), (Some(SIM), &Some(flow("consent.join"))));
    let told = rig.read(|reader| reader.events_after(0, 500)).into_iter().find(|event| event.kind == "consent.in").expect("told");
    assert_eq!(told.data["categories"], serde_json::json!(["billing", "outage", "visits"]));
    assert_eq!(told.session, proof.session);
}

/// A box in the United States whose utility wants a STOP to end one category, at this moment.
fn american(now: &str) -> Rig {
    let mut rig = Rig::new();
    rig.run(|work| {
        let mut settings = work.book.settings.clone();
        (settings.country, settings.stop_scope) = ("US".to_owned(), "category".to_owned());
        configure::settings(work, &settings)
    });
    rig.now = Timestamp::parse(now).expect("a time");
    rig
}

#[test]
fn a_stop_ends_one_category_where_and_while_that_is_lawful() {
    for (now, text, want) in [
        ("2026-11-23T15:00:00Z", "STOP", &[Category::Billing][..]),
        ("2026-11-23T15:00:00Z", "STOP ALL", &[]),
        ("2027-01-31T15:00:00Z", "STOP", &[]),
    ] {
        let mut rig = american(now);
        rig.past_due();
        assert!(rig.send_next(1).is_some(), "the bill");
        rig.wait(60);
        rig.hears(text);
        assert_eq!(newest(&rig).change.categories, want, "{text} at {now}");
    }
}

const GAS: &str = "flow = \"gas\"\nlane = \"safety\"\nneeds = { place = \"text:30\" }\nstart = \"say\"\nexpires = \"1h\"\n[step]\nsay = { done = { en = \"{utility}: gas smells at {place}. Leave the building.\" } }\n";

fn gas(flow: &str) -> NewSession {
    let data = if flow == "gas" { vec![("place".to_owned(), Value::Text("12 Elm Street".to_owned()))] } else { Vec::new() };
    NewSession { flow: flow.to_owned(), data: data.into_iter().collect(), ..past_due() }
}

fn approved(approver: &str, reason: &str) -> Approved {
    Approved { approver: approver.to_owned(), reason: reason.to_owned() }
}

fn decisions(rig: &Rig) -> Vec<crate::store::AuditRow> {
    rig.read(|reader| reader.audit(Paging::newest(9))).items
}

#[test]
fn a_safety_text_passes_a_stop_only_where_that_is_allowed_and_approved() {
    let mut rig = Rig::new();
    let put = rig.run(|work| configure::put_flow(work, "gas.flow.toml", GAS, "test"));
    rig.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
    rig.hears("STOP");
    assert!(rig.send_next(1).is_some(), "the confirmation");
    rig.wait(60);
    let code = |rig: &mut Rig, flow: &str, by: Option<&Approved>| {
        let done = rig.try_run(|work| match by {
            Some(by) => session::begin_past_stop(work, &gas(flow), by),
            None => session::begin(work, &gas(flow)),
        });
        done.err().map(|no| no.code)
    };
    let anna = approved("Anna Bell, head of safety", "gas at the pumping station");
    assert_eq!(code(&mut rig, "gas", None), Some("opted_out"));
    assert_eq!(code(&mut rig, "gas", Some(&anna)), Some("stop_not_passable"), "off by default");
    rig.run(|work| {
        let settings = crate::settings::Settings { safety_passes_stop: true, ..work.book.settings.clone() };
        configure::settings(work, &settings)
    });
    assert_eq!(code(&mut rig, "gas", None), Some("opted_out"), "nobody has approved it");
    assert_eq!(code(&mut rig, "gas", Some(&approved(" ", "gas"))), Some("invalid"));
    assert_eq!(code(&mut rig, "gas", Some(&approved("Anna", ""))), Some("invalid"));
    assert_eq!(code(&mut rig, "outage.confirm", Some(&anna)), Some("stop_not_passable"), "only safety");
    assert_eq!(decisions(&rig), [], "nothing was decided yet");
    assert_eq!(code(&mut rig, "gas", Some(&anna)), None);
    assert!(rig.send_next(2).expect("the safety text").contains("Leave the building"));
    let [decision] = decisions(&rig).try_into().expect("one decision");
    assert_eq!((decision.who.as_str(), decision.action.as_str(), decision.subject.as_str()), ("test", "stop.passed", PERSON));
    let detail: serde_json::Value = serde_json::from_str(&decision.detail).expect("JSON");
    assert_eq!((&detail["approver"], &detail["reason"]), (&anna.approver.as_str().into(), &anna.reason.as_str().into()));
}

#[test]
fn whoever_did_not_stop_needs_no_approval() {
    let mut rig = Rig::new();
    let put = rig.run(|work| configure::put_flow(work, "gas.flow.toml", GAS, "test"));
    rig.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
    rig.run(|work| {
        let settings = crate::settings::Settings { safety_passes_stop: true, ..work.book.settings.clone() };
        configure::settings(work, &settings)
    });
    rig.run(|work| session::begin_past_stop(work, &gas("gas"), &approved("Anna", "gas")));
    assert_eq!(decisions(&rig), []);
}
