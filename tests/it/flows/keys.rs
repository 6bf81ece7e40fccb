//! Keys that only a conversation shows, each through the engine: the flow is tried as a technician would try it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use answerback::conversation::Begin;
use answerback::conversation::effect::TaskKind;
use answerback::conversation::flow::Flow;
use answerback::conversation::session::FlowRef;
use answerback::engine::{link, session};
use answerback::msisdn::Msisdn;
use answerback::rehearsal::{Texts, Try, World, try_text};
use answerback::settings::Settings;
use answerback::store::{MessageFilter, Paging, Task};
use answerback::terms::Category;
use answerback::time::Timestamp;
use answerback::value::Value as Slot;
use serde_json::Value;

fn tried(flow: &str, beside: &[&str], replies: &[&str]) -> Result<Vec<Value>, String> {
    let request =
        Try { file: PathBuf::from("t.flow.toml"), beside: Vec::new(), http: Vec::new(), set: Vec::new(), now: None, fresh: false };
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
    let (active, beside) = (Vec::new(), owned(beside));
    let texts = Texts { tried: flow, active: &active, beside: &beside };
    try_text(&request, &texts, &owned(replies)).map_err(|trouble| trouble.to_string())
}

const HEAD: &str = "flow = \"t\"\nlane = \"account\"\nstart = \"ask\"\nexpires = \"1d\"\n";

#[test]
fn an_ended_session_hears_the_answers_that_it_keeps() {
    let flow = format!(
        "{HEAD}[step]\nask = {{ ask = {{ en = \"{{utility}}: Y or N?\" }}, want = \"yesno\", on = {{ yes = \"yes\", no = \"no\" }} }}\n\
         yes = {{ done = {{ en = \"Noted: yes. Text N to change it.\" }}, result = \"yes\", keep = {{ step = \"ask\", for = \"2h\" }} }}\n\
         no = {{ done = {{ en = \"Noted: no.\" }}, result = \"no\" }}\n"
    );
    let told = tried(&flow, &[], &["Y", "N", "Y"]).expect("it runs");
    assert_eq!((&told[0]["step"], &told[0]["rule"]), (&"yes".into(), &12.into()), "{told:#?}");
    assert_eq!((&told[1]["step"], &told[1]["said"][0]), (&"no".into(), &"Noted: no.".into()), "the ended session heard it: {told:#?}");
    assert_ne!(told[2]["rule"], 12, "the second end keeps nothing: {told:#?}");
    let without = flow.replace(", keep = { step = \"ask\", for = \"2h\" }", "");
    assert_ne!(tried(&without, &[], &["Y", "N"]).expect("it runs")[1]["rule"], 12, "without `keep` nothing is heard");
}

#[test]
fn the_lane_of_a_sub_flow_counts_while_it_runs() {
    let outer = format!("{HEAD}[step]\nask = {{ run = \"inner\", go = \"end\" }}\nend = {{ done = true }}\n");
    let inner = "flow = \"inner\"\nlane = \"outage\"\nstart = \"say\"\nexpires = \"1d\"\n[step]\n\
                 say = { tell = { en = \"{utility}: hello\" }, wait = \"x\" }\n[event.x]\ngo = \"end\"\n[step.end]\ndone = true\n";
    let read = |source: &str| Arc::new(Flow::parse("t.flow.toml", source).expect("a flow"));
    let settings = Settings { utility: "Acme".to_owned(), ..Settings::default() };
    let now = Timestamp::from_unix_ms(1_795_449_600_000);
    let mut world =
        World::new(&[read(&outer), read(inner)], settings, Vec::new(), &["A".to_owned()], BTreeMap::default(), now).expect("a world");
    let begin = Begin::new(FlowRef { name: "t".to_owned(), revision: 1 }, Msisdn::from_e164("+380501112233").ok(), BTreeMap::default());
    world.job(|work| session::place(work, begin)).expect("it begins");
    let said = world.read(|reader| reader.messages(&MessageFilter::default(), Paging::newest(5))).expect("messages").items;
    assert_eq!(said.iter().map(|message| message.category).collect::<Vec<_>>(), [Category::Outage]);
}

#[test]
fn a_flow_that_goes_round_in_circles_ends_with_words() {
    // The loader sees circles of one way; a sub-flow that runs itself is seen when it runs.
    let flow = format!("{HEAD}[step]\nask = {{ run = \"t\", go = \"end\" }}\nend = {{ done = true }}\n");
    let read = Arc::new(Flow::parse("t.flow.toml", &flow).expect("a flow"));
    let now = Timestamp::from_unix_ms(1_795_449_600_000);
    let mut world = World::new(&[read], Settings::default(), Vec::new(), &["A".to_owned()], BTreeMap::default(), now).expect("a world");
    let begin = Begin::new(FlowRef { name: "t".to_owned(), revision: 1 }, Msisdn::from_e164("+380501112233").ok(), BTreeMap::default());
    let id = world.job(|work| session::place(work, begin)).expect("it begins");
    let events = world.read(|reader| reader.events_of_session(id)).expect("events");
    let why = events.iter().find(|event| event.kind == "session.failed").map(|event| event.data["reason"].clone());
    assert_eq!(why, Some("sub-flows are nested too deep".into()), "{events:#?}");
}

#[test]
fn a_page_takes_what_the_question_of_its_slot_would_take() {
    let meter = Flow::parse("meter.read.flow.toml", include_str!("../../../flows/meter.read.flow.toml")).expect("a flow");
    let now = Timestamp::from_unix_ms(1_795_449_600_000);
    let settings = Settings { utility: "Acme".to_owned(), public_url: "https://acme.example".to_owned(), ..Settings::default() };
    let mut world = World::new(&[Arc::new(meter)], settings, Vec::new(), &["A".to_owned()], BTreeMap::new(), now).expect("a world");
    let number = |slot: &str, value| (slot.to_owned(), Slot::Number(value));
    let data = BTreeMap::from([
        ("meter".to_owned(), Slot::Text("M-7".to_owned())),
        number("last", 4_300),
        number("high", 5_000),
        number("digits", 5),
    ]);
    let person = Msisdn::from_e164("+380501112233").ok();
    let mut begin = Begin::new(FlowRef { name: "meter.read".to_owned(), revision: 1 }, person, data);
    begin.at = Some("form".to_owned());
    let id = world.job(|work| session::place(work, begin)).expect("it begins");
    let session = world.read(|reader| reader.session(id)).expect("read").expect("a session");
    let taken = |slot: &str, words: &str| link::written(&world.book, &session, slot, words, now).is_some();
    assert!(taken("reading", "4417") && taken("reading", " 04417 "), "a reading that fits");
    for wrong in ["abc", "", "4200", "99999", "44171234", "4417 4418"] {
        assert!(!taken("reading", wrong), "{wrong:?} is no reading of this meter");
    }
    assert!(taken("method", "debit"), "no question owns it: any words");
}

/// Conversation.md section 8, number 16: no phone could open the page, so the step takes its `expired` branch at once, without a word.
#[test]
fn without_a_public_address_a_link_has_expired_at_once() {
    let flow = format!(
        "{HEAD}[step]\nask = {{ link = {{ page = \"pay\", ttl = \"1h\" }}, tell = {{ en = \"{{utility}}: {{link}}\" }}, on = {{ done = \"good\", expired = \"over\" }} }}\n\
         good = {{ done = {{ en = \"Thank you.\" }} }}\nover = {{ done = {{ en = \"{{utility}}: please call us.\" }} }}\n"
    );
    for (public_url, step, says) in
        [("https://acme.example", "ask", "Acme: https://acme.example/l/"), ("", "over", "Acme: please call us.")]
    {
        let read = Arc::new(Flow::parse("t.flow.toml", &flow).expect("a flow"));
        let settings = Settings { utility: "Acme".to_owned(), public_url: public_url.to_owned(), ..Settings::default() };
        let now = Timestamp::from_unix_ms(1_795_449_600_000);
        let mut world = World::new(&[read], settings, Vec::new(), &["A".to_owned()], BTreeMap::default(), now).expect("a world");
        let begin = Begin::new(FlowRef { name: "t".to_owned(), revision: 1 }, Msisdn::from_e164("+380501112233").ok(), BTreeMap::default());
        let id = world.job(|work| session::place(work, begin)).expect("it begins");
        let session = world.read(|reader| reader.session(id)).expect("read").expect("a session");
        let said = world.read(|reader| reader.messages(&MessageFilter::default(), Paging::newest(5))).expect("messages").items;
        let said: Vec<&str> = said.iter().map(|message| message.text.expose()).collect();
        assert_eq!(session.step, step, "{public_url:?}: {said:?}");
        assert!(said.len() == 1 && said[0].starts_with(says), "{public_url:?}: {said:?}");
    }
}

/// A world with one flow of `tests/data/keys`.
fn world_of(source: &str) -> World {
    let read = Arc::new(Flow::parse("t.flow.toml", source).expect("a flow"));
    let settings = Settings { utility: "Acme".to_owned(), public_url: "https://acme.example".to_owned(), ..Settings::default() };
    World::new(&[read], settings, Vec::new(), &["A".to_owned()], BTreeMap::default(), NOW).expect("a world")
}

fn beginning(flow: &str, account: &str) -> Begin {
    let data = BTreeMap::from([("account".to_owned(), Slot::Text(account.to_owned()))]);
    Begin::new(FlowRef { name: flow.to_owned(), revision: 1 }, Msisdn::from_e164("+380501112233").ok(), data)
}

#[test]
fn one_key_opens_one_session() {
    let with_key = include_str!("../../data/keys/key.once.flow.toml");
    let without = with_key.replace("key = \"{account}\"\n", "");
    assert_ne!(with_key, without);
    for (source, again_opens) in [(with_key, false), (without.as_str(), true)] {
        let mut world = world_of(source);
        world.job(|work| session::place(work, beginning("key.once", "20417733"))).expect("the first one begins");
        let again = world.job(|work| session::place(work, beginning("key.once", "20417733")));
        assert_eq!(again.is_ok(), again_opens, "the same account again: {again:?}");
        world.job(|work| session::place(work, beginning("key.once", "20417734"))).expect("another account begins");
    }
}

#[test]
fn a_page_is_what_the_keys_of_its_step_say() {
    let mut world = world_of(include_str!("../../data/keys/key.link.flow.toml"));
    let id = world.job(|work| session::place(work, beginning("key.link", "20417733"))).expect("it begins");
    let links = world.read(|reader| reader.links_of(id)).expect("links");
    let [link] = links.as_slice() else { panic!("{links:#?}") };
    assert_eq!((link.page.as_str(), link.expires_at.ms_since(NOW)), ("pay", 3_600_000));
    assert_eq!((link.show.as_slice(), link.fills.as_slice()), (&["account".to_owned()][..], &["method".to_owned()][..]));
}

#[test]
fn a_consent_keeps_the_proof_that_its_step_names() {
    let source = include_str!("../../data/keys/key.leave.flow.toml");
    for (proof, reply) in [(", proof = \"list {from}: {heard}\"", "list +380501112233: "), ("", "")] {
        let flow = source.replace(", proof = \"list {from}: {heard}\"", proof);
        let mut world = world_of(&flow);
        let person = Msisdn::from_e164("+380501112233").expect("a number");
        let begin = Begin::new(FlowRef { name: "key.leave".to_owned(), revision: 1 }, Some(person.clone()), BTreeMap::default());
        world.job(|work| session::place(work, begin)).expect("it begins");
        let rows = world.read(|reader| reader.consents_of(&person)).expect("consents");
        let revoked: BTreeSet<_> = rows.iter().filter(|row| !row.change.granted).flat_map(|row| row.change.categories.clone()).collect();
        assert_eq!(revoked, BTreeSet::from([Category::Billing, Category::Outage, Category::Visits]), "{rows:#?}");
        assert!(rows.iter().all(|row| row.change.proof.reply.expose() == reply), "{rows:#?}");
    }
}

/// The task that a step of this verb makes, at once.
fn task_of(verb: &str) -> Task {
    let flow =
        format!("{HEAD}[step]\nask = {{ {verb}, tell = {{ en = \"{{utility}}: a person.\" }}, go = \"end\" }}\nend = {{ done = true }}\n");
    let read = Arc::new(Flow::parse("t.flow.toml", &flow).expect("a flow"));
    let settings = Settings { utility: "Acme".to_owned(), ..Settings::default() };
    let mut world = World::new(&[read], settings, Vec::new(), &["A".to_owned()], BTreeMap::default(), NOW).expect("a world");
    let begin = Begin::new(FlowRef { name: "t".to_owned(), revision: 1 }, Msisdn::from_e164("+380501112233").ok(), BTreeMap::default());
    world.job(|work| session::place(work, begin)).expect("it begins");
    let tasks = world.read(|reader| reader.tasks(true, Paging::newest(5))).expect("tasks").items;
    assert_eq!(tasks.len(), 1, "{verb}: {tasks:#?}");
    tasks.into_iter().next().expect("one")
}

const NOW: Timestamp = Timestamp::from_unix_ms(1_795_449_600_000);

#[test]
fn a_task_is_what_the_keys_of_its_step_say() {
    let agent = |keys: &str| task_of(&format!("agent = {{ queue = \"billing\"{keys} }}"));
    let plain = agent("");
    assert_eq!((plain.kind, plain.queue.as_str(), plain.urgent), (TaskKind::Agent, "billing", false));
    assert!(agent(", urgent = true").urgent);
    assert_eq!(agent(", note = \"about {from}\"").note.expose(), "about +380501112233");
    let callback = |keys: &str| task_of(&format!("callback = {{ queue = \"dispatch\"{keys} }}"));
    let soon = callback(", within = \"30m\"");
    assert_eq!((soon.kind, soon.queue.as_str()), (TaskKind::Callback, "dispatch"));
    let later = callback(", within = \"2h\"");
    let due = |task: &Task| task.due_at.map(|at| at.ms_since(NOW));
    assert_eq!((due(&soon), due(&later)), (Some(1_800_000), Some(7_200_000)));
    let to = callback(", within = \"2h\", to = [\"+380501119999\"]");
    assert!(to.note.expose().contains("+380501119999") && !later.note.expose().contains("+380501119999"), "{:?}", to.note.expose());
}
