//! Consent: what is kept as proof, and what a STOP lets through.

use super::{PERSON, Rig, SIM};
use crate::conversation::session::FlowRef;
use crate::msisdn::Msisdn;
use crate::store::ConsentRow;
use crate::terms::Category;

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
