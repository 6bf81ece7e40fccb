//! What must hold for any text that reaches the matcher: no panic, the same answer twice, words that are bounded, values
//! inside the limits of their question. A plain function: the bounded run in the tests and the cargo-fuzz target call it.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use answerback::chance::Seeded;
use answerback::conversation::flow::{Ask, Flow, Verb};
use answerback::conversation::machine::answer::Taken;
use answerback::conversation::matching::{Heard, Match, matched};
use answerback::conversation::packs::Packs;
use answerback::conversation::session::{FlowRef, Session};
use answerback::conversation::{Begin, Flows, Rosters, Rules, begin, danger, reaction};
use answerback::msisdn::Msisdn;
use answerback::office::Queues;
use answerback::settings::Settings;
use answerback::terms::default_lanes;
use answerback::time::Timestamp;
use answerback::value::Value;

/// A body and its name.
pub type Body = (&'static str, fn(&[u8]));

/// All of them.
pub const BODIES: &[Body] = &[("matcher", matcher)];

/// Questions of every kind, and everything a match needs.
struct Questions {
    flows: Flows,
    packs: Packs,
    settings: Settings,
    asks: Vec<(Ask, Session)>,
}

static QUESTIONS: LazyLock<Questions> = LazyLock::new(questions);

const PROMPTS: &str = include_str!("../../tests/data/unseen/prompts.toml");

fn questions() -> Questions {
    let flow = Arc::new(Flow::parse("prompts", PROMPTS).expect("a flow"));
    let packs = Packs::load(&Packs::shipped()).expect("packs");
    let settings = Settings { country: "UA".to_owned(), ..Settings::default() };
    let mut flows = Flows::default();
    flows.insert(1, flow.clone());
    let mut asks = Vec::new();
    {
        let lanes = default_lanes();
        let (rosters, queues) = (Rosters::new(), Queues::default());
        let (flows, packs, settings, sims) = (&flows, &packs, &settings, &[]);
        let rules = Rules { flows, packs, settings, lanes: &lanes, rosters: &rosters, queues: &queues, sims };
        for (name, step) in &flow.steps {
            let Verb::Ask(ask) = &step.verb else { continue };
            let person = Msisdn::from_e164("+380501112233").ok();
            let mut request = Begin::new(FlowRef { name: flow.name.clone(), revision: 1 }, person, BTreeMap::new());
            request.at = Some(name.clone());
            let moved = begin(&flow, request, None, &rules, now(), &mut Seeded::new(1)).expect("a session");
            asks.push(((**ask).clone(), moved.session));
        }
    }
    Questions { flows, packs, settings, asks }
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-23T10:00:00Z").expect("a time")
}

/// One text against a question of every kind.
pub fn matcher(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let all = &*QUESTIONS;
    let (lanes, rosters, queues) = (default_lanes(), Rosters::new(), Queues::default());
    let (flows, packs, settings, sims) = (&all.flows, &all.packs, &all.settings, &[]);
    let rules = Rules { flows, packs, settings, lanes: &lanes, rosters: &rosters, queues: &queues, sims };
    let heard = Heard::read(&text, &all.packs);
    assert_eq!(heard, Heard::read(&text, &all.packs), "the same text is read the same way");
    assert!(heard.words.len() <= text.chars().count() * SPELLED_MAX, "{} words", heard.words.len());
    assert!(heard.words.iter().all(|word| !word.is_empty()), "{:?}", heard.words);
    let _ = (danger::heard(&text, &all.packs), reaction::quoted(&text, &all.packs));
    for (ask, session) in &all.asks {
        let found = matched(&heard, ask, session, &rules, now());
        assert_eq!(found, matched(&heard, ask, session, &rules, now()));
        if let Match::Answer { taken, .. } = found {
            check(&taken, ask);
        }
    }
}

/// One sign may be spelled in several letters ("㎞", "ﷺ"), each a word at the worst.
const SPELLED_MAX: usize = 32;

fn check(taken: &Taken, ask: &Ask) {
    match taken {
        Taken::Named(name) => assert!(ask.on.contains_key(name), "{name} is no answer"),
        Taken::Value(Value::Number(number)) => assert!((0..=10).contains(number), "{number} is off the scale"),
        Taken::Value(Value::Text(text)) => assert!(!text.is_empty()),
        Taken::Value(_) | Taken::Row(_) | Taken::Over(_) | Taken::Under(_) => {}
    }
}
