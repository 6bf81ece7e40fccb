//! Numbers that may be somebody else's: out of service, silent for long, and what is not used there.

use super::{PERSON, Rig, past_due};
use crate::engine::session;
use crate::engine::submit;
use crate::engine::verify::doubt_of;
use crate::ids::PartKey;
use crate::msisdn::Msisdn;
use crate::store::Contact;
use crate::value::Value;

fn person() -> Msisdn {
    Msisdn::from_e164(PERSON).expect("a number")
}

fn known(rig: &mut Rig) {
    let facts = [("meter".to_owned(), Value::Text("M-7".to_owned()))].into();
    let contact = Contact { msisdn: person(), name: None, language: None, zone: None, accounts: 1, facts };
    rig.run(|work| Ok(work.tx.save_contact(&contact, work.now)?));
}

fn doubt(rig: &Rig) -> Option<String> {
    let contact = rig.read(|reader| reader.contact(&person())).expect("a contact");
    doubt_of(&contact).map(str::to_owned)
}

fn facts(rig: &mut Rig) -> usize {
    rig.run(|work| Ok(work.person(&person())?.facts.len()))
}

fn tasks(rig: &Rig) -> Vec<String> {
    let tasks = rig.read(|reader| reader.tasks(true, crate::store::Paging::newest(50))).items;
    tasks.into_iter().map(|task| task.queue).collect()
}

/// The first text of a bill is refused with this cause.
fn refused(rig: &mut Rig, cause: u16) {
    let begun = rig.past_due();
    let attempt = rig.attempt(begun.messages[0], 1);
    rig.run(|work| submit::refused(work, &PartKey { message: begun.messages[0], seq: 1 }, Some(attempt), Some(cause)));
}

#[test]
fn a_number_that_nobody_has_is_looked_at_and_its_facts_are_not_used() {
    for (cause, want) in [(1, Some("out of service".to_owned())), (30, Some("out of service".to_owned())), (196, None), (41, None)] {
        let mut rig = Rig::new();
        known(&mut rig);
        refused(&mut rig, cause);
        assert_eq!(doubt(&rig), want, "cause {cause}");
        assert_eq!(facts(&mut rig), usize::from(want.is_none()), "cause {cause}");
        assert_eq!(tasks(&rig).iter().any(|queue| queue == "billing"), want.is_some(), "cause {cause}");
        rig.run(|work| work.unverify(&person(), crate::engine::verify::Doubted::Silent));
        assert!(tasks(&rig).len() <= 1, "one task: {:?}", tasks(&rig));
    }
}

#[test]
fn half_a_year_of_silence_is_a_doubt_and_a_sign_of_life_is_none() {
    for (texts_after_days, want) in
        [(&[181][..], Some("silent for half a year")), (&[179], None), (&[100, 281], Some("silent for half a year")), (&[100, 270], None)]
    {
        let mut rig = Rig::new();
        known(&mut rig);
        let mut day = 0;
        for at in texts_after_days {
            rig.wait((at - day) * 86_400);
            day = *at;
            rig.hears("hello");
        }
        assert_eq!(doubt(&rig).as_deref(), want, "{texts_after_days:?}");
        assert_eq!(facts(&mut rig), usize::from(want.is_none()), "{texts_after_days:?}");
    }
}

#[test]
fn who_says_wrong_number_is_asked_for_no_money_until_somebody_has_looked() {
    let mut rig = Rig::new();
    known(&mut rig);
    rig.hears("wrong number");
    assert_eq!((doubt(&rig).as_deref(), facts(&mut rig)), (Some("wrong number"), 0));
    let no = rig.try_run(|work| session::begin(work, &past_due())).expect_err("refused");
    assert_eq!(no.code, "wrong_number");
    let contact = rig.read(|reader| reader.contact(&person())).expect("a contact");
    assert_eq!(contact.facts.len(), 1, "nothing of the other person is kept");
}
