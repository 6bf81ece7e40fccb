//! Bad input is the normal case: very long texts, directions and controls, NULs, figures without digits, pictures only.

use std::collections::BTreeMap;

use answerback::chance::Seeded;
use answerback::conversation::effect::Effect;
use answerback::conversation::flow::Flow;
use answerback::conversation::session::FlowRef;
use answerback::conversation::view::PersonView;
use answerback::conversation::{Begin, Refused, begin};
use answerback::msisdn::Msisdn;
use answerback::terms::{Purpose, QuestionState, Rank};
use answerback::value::{Money, Value};

use super::matcher::BODIES;
use super::stage::{PERSON, Stage, person};
use super::states::PIECES;

#[test]
fn odd_texts_are_asked_about_and_never_act() {
    let stage = Stage::new("UA");
    let bill = stage.open(1, "pay.past_due", "ask", -300);
    let visit = stage.open(2, "crew.visit", "ask", -300);
    let meter = stage.open(3, "meter.read", "ask", -300);
    let long = ["y ".repeat(5_000), "да".repeat(5_000), "5".repeat(10_000), "y\u{301}".repeat(5_000), "是".repeat(39_000)];
    let odd = [
        "",
        " \n\t ",
        "\0\0\0",
        "\u{202e}on\u{202c}",
        "\u{2066}\u{2069}",
        "\u{1f595}\u{1f595}",
        "☎️📞",
        "½",
        "Ⅷ",
        "٪",
        "一千万",
        "№",
        "....",
        "????",
        "\u{fffd}",
    ];
    for text in long.iter().map(String::as_str).chain(odd) {
        for asked in [&bill, &visit, &meter] {
            let resolution = stage.hear(&person(vec![asked.clone()]), text);
            let shown: String = text.chars().take(12).collect();
            let acted = resolution.answer.is_some() || resolution.value.is_some();
            // Five thousand times "y" is one yes for a visit and nothing for a bill.
            let is_yes = text.starts_with('y') || text.starts_with('是');
            assert!(
                !acted || (is_yes && asked.session.flow.name == "crew.visit"),
                "{shown:?} on {}: {}",
                asked.session.flow.name,
                resolution.why
            );
        }
    }
}

#[test]
fn what_is_invisible_does_not_hide_an_answer() {
    let stage = Stage::new("UA");
    let visit = stage.open(1, "outage.confirm", "ask", -300);
    for text in ["\u{202a}yes\u{202c}", "y\u{200b}es", "YES\0", "\u{feff}Yes", "ｙｅｓ", "yes\u{a0}please", "y\u{ad}es", "\r\nyes\r\n"] {
        assert_eq!(stage.hear(&person(vec![visit.clone()]), text).answer.as_deref(), Some("yes"), "{text:?}");
    }
}

#[test]
fn any_bytes_are_survived_by_the_matcher() {
    let files = ["en", "de", "uk", "ar", "hi", "zh", "ja", "tr"];
    let read = |name: &str| std::fs::read_to_string(format!("{}/tests/data/unseen/first/{name}.txt", env!("CARGO_MANIFEST_DIR")));
    let replies: String = files.iter().map(|name| read(name).expect("replies")).collect();
    let seeds: Vec<&[u8]> = replies.lines().step_by(3).chain(PIECES.iter().copied()).map(str::as_bytes).collect();
    let mut chance = Seeded::new(0x5EED);
    for (name, body) in BODIES {
        for seed in &seeds {
            let mutant = mutated(seed, &seeds, &mut chance);
            let outcome = std::panic::catch_unwind(|| (body(seed), body(&mutant)));
            assert!(outcome.is_ok(), "{name} fell on {seed:?} or {mutant:?}");
        }
    }
}

/// One to four changes: a byte, a cut, a double, a splice.
fn mutated(seed: &[u8], seeds: &[&[u8]], chance: &mut Seeded) -> Vec<u8> {
    let mut below = |bound: usize| (chance.next_u64() % bound.max(1) as u64) as usize;
    let mut bytes = seed.to_vec();
    for _ in 0..=below(3) {
        let at = below(bytes.len());
        match below(5) {
            0 => bytes.truncate(at),
            1 => bytes.extend_from_within(at..),
            2 => bytes.insert(at, below(256) as u8),
            3 => bytes.extend_from_slice(seeds[below(seeds.len())]),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = below(256) as u8),
        }
    }
    bytes
}

/// The key of a session is made of data: the language somebody is written to in does not make a second bill.
#[test]
fn one_bill_in_two_languages_is_a_twin() {
    let mut stage = Stage::new("UA");
    stage.settings.currency = "EUR".to_owned();
    let name = "pay.past_due";
    let flow: &Flow = &stage.flows.active(name).expect("a flow").1.clone();
    let data = BTreeMap::from([
        ("account".to_owned(), Value::Text("20417733".to_owned())),
        ("amount".to_owned(), Value::Money(Money { hundredths: 8450 })),
        ("due".to_owned(), Value::Date(jiff::civil::date(2026, 11, 27))),
        ("card".to_owned(), Value::Text("1234".to_owned())),
        ("mandate".to_owned(), Value::Bool(true)),
    ]);
    let open = |language: &str, view: &PersonView| {
        let mut request = Begin::new(FlowRef { name: name.to_owned(), revision: 1 }, Msisdn::from_e164(PERSON).ok(), data.clone());
        request.language = Some(language.to_owned());
        begin(flow, request, Some(view), &stage.rules(), stage.now, &mut Seeded::new(3))
    };
    let mut view = person(Vec::new()).person;
    let first = open("es", &view).expect("a session").session;
    assert_eq!(first.key.as_deref(), Some("20417733:2026-11-27"));
    view.sessions.push(first);
    for language in ["en", "es", "de", "ja"] {
        assert!(matches!(open(language, &view), Err(Refused::Twin { .. })), "{language}");
    }
}

/// Who was paged and has left the roster meanwhile gets a refusal, not the inbox of the customers.
#[test]
fn a_code_of_an_alarm_that_is_over_is_refused_whoever_has_it() {
    let stage = Stage::new("UA");
    let mut over = stage.open(1, "pay.past_due", "ask", -600);
    over.question.code = Some("37".to_owned());
    over.question.state = QuestionState::Superseded;
    let mut view = person(Vec::new());
    assert_ne!(stage.hear(&view, "ACK 37").rule, 8, "a customer's words");
    view.closed.push(over);
    assert_eq!(stage.hear(&view, "ACK 37").rule, 8);
}

#[test]
fn what_nobody_awaits_is_answered_behind_the_alarms() {
    let stage = Stage::new("GB");
    for (text, purpose, rank) in
        [("the lamp in our street is dark", Purpose::Fallback, 3), ("STOP", Purpose::Service, 1), ("HELP", Purpose::Service, 1)]
    {
        let effects = stage.hear(&person(Vec::new()), text).effects;
        let said = effects.iter().find_map(|effect| match effect {
            Effect::Say { outgoing, .. } => Some((outgoing.purpose, outgoing.rank)),
            _ => None,
        });
        assert_eq!(said, Some((purpose, Rank(rank))), "{text}");
    }
}
