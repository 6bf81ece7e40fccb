//! What holds for any text in any state (conversation.md sections 1 and 2).

use std::sync::LazyLock;

use answerback::conversation::effect::{Effect, TaskKind};
use answerback::conversation::matching::Heard;
use answerback::conversation::view::{Inbound, Sender};
use answerback::conversation::{Outcome, Resolution};
use answerback::terms::QuestionState;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::stage::{Stage, inbound, person};
use super::states::{Open, QUESTIONS, State, arrivals, states, texts};

static STAGE: LazyLock<Stage> = LazyLock::new(|| Stage::new("UA"));

/// Enough for each property to meet every rule; the run stays within seconds.
const CASES: u32 = 96;

/// The same cases in every run, so that what falls was changed. `PROPTEST_CASES=20000 PROPTEST_RNG_SEED=7` draws others.
fn config() -> ProptestConfig {
    let drawn = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return drawn;
    }
    ProptestConfig { cases: CASES, rng_seed: RngSeed::Fixed(1), ..drawn }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_resolver_is_total_and_deterministic(text in texts(), state in states(), arrival in arrivals()) {
        let (view, inbound) = (state.view(&STAGE), arrival.of(&text, STAGE.now));
        let first = STAGE.decide(&view, &inbound);
        prop_assert!((2..=17).contains(&first.rule), "rule {}", first.rule);
        prop_assert!(!first.why.is_empty());
        prop_assert_eq!(first, STAGE.decide(&view, &inbound));
    }

    #[test]
    fn another_open_question_never_changes_who_gets_a_tagged_answer(
        which in 0..QUESTIONS.len(), other in 0..QUESTIONS.len(), answer in prop::sample::select(vec!["Y", "y ", "N", "1 ", "2 ", "PAY ", "4417 "]),
        before in any::<bool>(),
    ) {
        let (flow, step) = QUESTIONS[which];
        let mut tagged = STAGE.open(1, flow, step, -300);
        tagged.question.tag = Some(7);
        let (flow, step) = QUESTIONS[other];
        let second = STAGE.open(2, flow, step, if before { -600 } else { -60 });
        let text = format!("{answer}7");
        let alone = STAGE.hear(&person(vec![tagged.clone()]), &text);
        let both = if before { vec![second, tagged] } else { vec![tagged, second] };
        let beside = STAGE.hear(&person(both), &text);
        if alone.rule == 10 {
            prop_assert_eq!((alone.rule, alone.session, alone.answer), (beside.rule, beside.session, beside.answer));
        }
    }

    /// The same with whatever else is open, kept, held behind the door, tagged or on the other SIM.
    #[test]
    fn no_other_questions_change_who_gets_a_tagged_answer(
        which in 0..QUESTIONS.len(), answer in prop::sample::select(vec!["Y", "y ", "N", "1 ", "2 ", "PAY ", "4417 "]), state in states(),
    ) {
        let (flow, step) = QUESTIONS[which];
        let mut tagged = STAGE.open(100, flow, step, -300);
        tagged.question.tag = Some(7);
        let text = format!("{answer}7");
        let alone = STAGE.hear(&person(vec![tagged.clone()]), &text);
        let mut all = state.view(&STAGE).person.questions;
        all.push(tagged);
        let beside = STAGE.hear(&person(all), &text);
        if alone.rule == 10 {
            prop_assert_eq!((alone.rule, alone.session, alone.answer), (beside.rule, beside.session, beside.answer));
        }
    }

    /// Whatever is open and however the text comes: a charge has an answer's own word, a tag or the digits of its account, or
    /// every condition of the gate.
    #[test]
    fn a_bare_yes_moves_money_only_through_the_gate(text in risky(), state in risky_states(), arrival in arrivals()) {
        let (view, inbound) = (state.view(&STAGE), arrival.of(&text, STAGE.now));
        let resolution = STAGE.decide(&view, &inbound);
        if charges(&resolution) {
            prop_assert!(arrival.is_trusted() && !arrival.incomplete, "{}", resolution.why);
            let asked = view.person.questions.iter().find(|asked| Some(asked.question.id) == resolution.question).expect("its question");
            let stamp = inbound.scts.expect("a trusted stamp is a date");
            prop_assert!(asked.question.accepted_at.is_some_and(|at| at <= stamp), "written before the prompt was out: {}", resolution.why);
            let words = Heard::read(&text, &STAGE.packs).words;
            let names_it = |word: &String| ["pay", "pagar", "733"].contains(&word.as_str());
            if resolution.rule != 10 && !words.iter().any(names_it) {
                prop_assert_eq!(asked.question.sim.as_deref(), Some(inbound.sim.as_str()));
                let newest = view.person.sent.iter().find(|sent| sent.accepted_at <= stamp);
                prop_assert_eq!(newest.and_then(|sent| sent.question), Some(asked.question.id), "{}", resolution.why);
                let near = |closed: &answerback::conversation::view::Asked| {
                    closed.question.closed_at.is_some_and(|at| stamp.ms_since(at) < 120_000)
                };
                prop_assert!(!view.closed.iter().any(near), "{}", resolution.why);
            }
        }
    }

    #[test]
    fn no_text_moves_money_where_the_gate_is_shut(text in texts(), why in 0..5_usize) {
        let (view, inbound) = shut(&text, why);
        let resolution = STAGE.decide(&view, &inbound);
        if charges(&resolution) {
            let words = Heard::read(&text, &STAGE.packs).words;
            let own = words.iter().any(|word| word == "pay" || word == "pagar");
            prop_assert!(own && why != STAMP, "{:?} moved money: {}", text, resolution.why);
        }
    }

    #[test]
    fn only_an_exact_form_moves_money(text in texts()) {
        let bill = STAGE.open(1, "pay.past_due", "ask", -300);
        let resolution = STAGE.hear(&person(vec![bill]), &text);
        if charges(&resolution) {
            let lexicon = &STAGE.packs.lexicon;
            let heard = Heard::read(&text, &STAGE.packs);
            let core = heard.core(lexicon);
            let own = |word: &String| word == "pay" || word == "pagar";
            // "Yes, pay", "ok yes": a strong form, beside it light ones and orders to pay.
            let is_order = |words: &[String]| {
                let left = lexicon.yes_light.without(&lexicon.yes.without(&lexicon.pay.without(words)));
                left.is_empty() && (lexicon.yes.is_in(words) || lexicon.pay.is_in(words))
            };
            let exact = core.iter().all(own) || lexicon.yes.is(core) || lexicon.yes.is(&heard.words) || is_order(core);
            prop_assert!(exact, "{:?} moved money", text);
        }
    }

    #[test]
    fn danger_words_always_make_a_task(
        before in calm(), after in calm(), danger in prop::sample::select(DANGER), state in states(), arrival in arrivals(), named in 0..9_u8,
    ) {
        let text = format!("{before}\n{danger}\n{after}");
        let mut inbound = arrival.of(&text, STAGE.now);
        if named == 0 {
            inbound.from = Sender::NoReply("Utility".to_owned());
        }
        let resolution = STAGE.decide(&state.view(&STAGE), &inbound);
        let urgent = |effect: &Effect| matches!(effect, Effect::Task(task) if task.kind == TaskKind::Danger && task.urgent);
        prop_assert!(resolution.danger && resolution.effects.iter().any(urgent), "{:?}: rule {}", text, resolution.rule);
    }

    #[test]
    fn stop_is_recorded_in_every_state(
        stop in prop::sample::select(STOPS), state in states(), arrival in arrivals(),
    ) {
        let inbound = arrival.of(stop, STAGE.now);
        let resolution = STAGE.decide(&state.view(&STAGE), &inbound);
        let recorded = |effect: &Effect| matches!(effect, Effect::Consent(change) if !change.granted && !change.pending);
        prop_assert!(resolution.outcome == Outcome::OptOut && resolution.effects.iter().any(recorded), "{}: {}", stop, resolution.why);
    }
}

/// What moves money moves none with a word of any pack behind it that turns, questions or doubts it.
#[test]
fn nothing_that_turns_a_meaning_moves_money() {
    let bill = person(vec![STAGE.open(1, "pay.past_due", "ask", -300)]);
    check_turned(PAYING, |text| charges(&STAGE.hear(&bill, text)));
}

/// Nor behind a tag.
#[test]
fn nothing_that_turns_a_meaning_moves_money_by_its_tag() {
    let mut bill = STAGE.open(1, "pay.past_due", "ask", -300);
    bill.question.tag = Some(7);
    let bill = person(vec![bill]);
    for text in ["Y7?", "Y 7?", "Y? 7", "Y7 ?", "yes7??", "PAY7?", "Y７？"] {
        assert!(!charges(&STAGE.hear(&bill, text)), "{text}");
    }
    check_turned(TAGGED, |text| charges(&STAGE.hear(&bill, text)));
}

/// The same for an answer without a risk: it is asked about, however it is put.
#[test]
fn nothing_that_turns_a_meaning_is_an_answer() {
    let asked = person(vec![STAGE.open(1, "outage.confirm", "ask", -300)]);
    check_turned(CONFIRMING, |text| STAGE.hear(&asked, text).answer.is_some());
}

/// Each text alone acts; with any turn behind it, however it is parted from it, it does not. A debug build takes each turn once.
fn check_turned(texts: &[&str], acts: impl Fn(&str) -> bool) {
    for text in texts {
        assert!(acts(text), "{text}");
    }
    let lexicon = &STAGE.packs.lexicon;
    let pairs: Vec<(&str, &str)> = texts.iter().flat_map(|text| STOPPING.iter().map(move |stop| (*text, *stop))).collect();
    let step = if cfg!(debug_assertions) { pairs.len() } else { 1 };
    let mut wrong = Vec::new();
    for (at, turn) in TURNS.iter().enumerate() {
        for (text, stop) in pairs.iter().skip(at % step).step_by(step) {
            let turned = format!("{text}{stop}{turn}");
            let words = Heard::read(&turned, &STAGE.packs).words;
            // "No creo" is a no of its own.
            let is_form = [&lexicon.yes_light, &lexicon.no_light, &lexicon.no].iter().any(|phrases| phrases.is(&words));
            if !is_form && acts(&turned) {
                wrong.push(turned);
            }
        }
    }
    assert!(wrong.is_empty(), "{} acted: {wrong:#?}", wrong.len());
}

/// Each of these pays.
const PAYING: &[&str] = &["Y", "yes", "PAY", "pay", "Yes, pay", "yes please pay it now", "Y please"];
/// Each of these pays the bill with the tag 7.
const TAGGED: &[&str] = &["Y7", "yes 7", "PAY7", "pay 7"];
/// Each of these is an answer.
const CONFIRMING: &[&str] = &["Y", "yes", "Yes please", "No", "n", "Y - John Miller", "Hello, yes", "yes, thanks for the reminder"];
/// How one thing is parted from the next.
const STOPPING: &[&str] = &[" ", ", ", ". ", " - ", "\n"];

/// Words of all packs that turn, question or doubt; not those that are an answer or a courtesy somewhere, too.
static TURNS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let lexicon = &STAGE.packs.lexicon;
    let turns = [&lexicon.negators, &lexicon.contrast, &lexicon.question, &lexicon.but];
    let known = [&lexicon.yes, &lexicon.no, &lexicon.yes_light, &lexicon.no_light, &lexicon.declines, &lexicon.accepts, &lexicon.yes_whole];
    let more = [&lexicon.no_whole, &lexicon.harmless, &lexicon.courtesy, &lexicon.stop, &lexicon.help, &lexicon.start];
    let is_else = |form: &Vec<String>| known.iter().chain(&more).any(|phrases| phrases.is(form));
    let plain = turns.into_iter().flat_map(|phrases| phrases.iter()).filter(|form| !is_else(form));
    plain.map(|form| form.join(" ")).chain(["?".to_owned()]).collect()
});

/// What people answer to a bill.
fn risky() -> impl Strategy<Value = String> {
    let bare =
        prop::sample::select(vec!["Y", "yes", "y!", "yes please", "ja", "да", "PAY", "pay", "Y7", "y 733", "1", "A", "ok", "yes and no"]);
    prop_oneof![4 => bare.prop_map(str::to_owned), 1 => texts()]
}

/// States in which a bill is open, and mostly the last that was sent.
fn risky_states() -> impl Strategy<Value = State> {
    (states(), 0..4_u8).prop_map(|(mut state, kind)| {
        state.open.truncate(2);
        let bill = Open {
            which: 0,
            ago: 30,
            state: QuestionState::Waiting,
            proposed: kind == 1,
            asked_again: 0,
            tagged: kind == 2,
            other_sim: false,
        };
        state.open.push(bill);
        (state.agent, state.plain_since) = (false, state.plain_since && kind == 3);
        state
    })
}

const DANGER: &[&str] = &[
    "I smell gas",
    "gas leak in the kitchen",
    "the wire is down",
    "there are sparks",
    "huele a gas",
    "пахне газом",
    "es riecht nach Gas",
    "有煤气味",
    "ガス臭いです",
    "رائحة غاز",
    "गैस लीक",
    "gaz kokusu",
];

const STOPS: &[&str] = &[
    "STOP",
    "stop.",
    "Stop please",
    "STOPALL",
    "Stop texting me",
    "СТОП",
    "ARRET",
    "baja",
    "don't text me any more, do not text me",
    "退订",
    "配信停止",
    "dur",
];

const STAMP: usize = 2;

/// Words without quotes: what a reaction quotes is our own text.
fn calm() -> impl Strategy<Value = String> {
    texts().prop_map(|text| text.replace(['“', '”', '"', '„', '«', '»', '\u{202e}', '\u{0}'], " "))
}

/// One bill, and one reason why a bare yes may not pay it.
fn shut(text: &str, why: usize) -> (answerback::conversation::view::Replier, Inbound) {
    let bill = STAGE.open(1, "pay.past_due", "ask", -300);
    let mut view = person(vec![bill.clone()]);
    let mut inbound = inbound(text, STAGE.now);
    match why {
        0 => "B".clone_into(&mut inbound.sim),
        1 => {
            let mut newer = view.person.sent[0].clone();
            (newer.question, newer.session) = (None, None);
            newer.accepted_at = STAGE.now.shifted_ms(-60_000);
            view.person.sent.insert(0, newer);
        }
        STAMP => inbound.scts = None,
        3 => {
            let mut closed = STAGE.open(2, "outage.confirm", "ask", -600);
            closed.question.closed_at = Some(STAGE.now.shifted_ms(-30_000));
            closed.question.state = QuestionState::Answered;
            view.closed.push(closed);
        }
        _ => {
            let mut agent = view.person.sent[0].clone();
            agent.purpose = answerback::terms::Purpose::Agent;
            agent.accepted_at = STAGE.now.shifted_ms(-200_000);
            view.person.sent.insert(0, agent);
        }
    }
    (view, inbound)
}

fn charges(resolution: &Resolution) -> bool {
    resolution.effects.iter().any(|effect| matches!(effect, Effect::Call(call) if call.endpoint == "billing.charge"))
}
