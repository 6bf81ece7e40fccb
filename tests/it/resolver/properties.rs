//! What holds for any text in any state (conversation.md sections 1 and 2).

use std::sync::LazyLock;

use answerback::conversation::effect::{Effect, TaskKind};
use answerback::conversation::matching::Heard;
use answerback::conversation::view::Inbound;
use answerback::conversation::{Outcome, Resolution};
use proptest::prelude::*;

use super::stage::{Stage, inbound, person};
use super::states::{QUESTIONS, states, texts};

static STAGE: LazyLock<Stage> = LazyLock::new(|| Stage::new("UA"));

/// Enough for each property to meet every rule; the run stays within seconds.
const CASES: u32 = 96;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) })]

    #[test]
    fn the_resolver_is_total_and_deterministic(text in texts(), state in states()) {
        let view = state.view(&STAGE);
        let first = STAGE.hear(&view, &text);
        prop_assert!((2..=17).contains(&first.rule), "rule {}", first.rule);
        prop_assert!(!first.why.is_empty());
        prop_assert_eq!(first, STAGE.hear(&view, &text));
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
            let own = core.iter().all(|word| word == "pay" || word == "pagar");
            prop_assert!(own || lexicon.yes.is(&core) || lexicon.yes.is(&heard.words), "{:?} moved money", text);
        }
    }

    #[test]
    fn danger_words_always_make_a_task(before in calm(), after in calm(), danger in prop::sample::select(DANGER), state in states()) {
        let text = format!("{before}\n{danger}\n{after}");
        let resolution = STAGE.hear(&state.view(&STAGE), &text);
        let urgent = |effect: &Effect| matches!(effect, Effect::Task(task) if task.kind == TaskKind::Danger && task.urgent);
        prop_assert!(resolution.danger && resolution.effects.iter().any(urgent), "{:?}: rule {}", text, resolution.rule);
    }

    #[test]
    fn stop_is_recorded_in_every_state(
        stop in prop::sample::select(STOPS), state in states(), loops in any::<bool>(), swept in any::<bool>(), ago in 0..100_000_i64,
    ) {
        let mut inbound = inbound(stop, STAGE.now);
        (inbound.loop_prevention, inbound.live) = (loops, !swept);
        inbound.scts = Some(STAGE.now.shifted_ms(-ago * 1000));
        let resolution = STAGE.decide(&state.view(&STAGE), &inbound);
        let recorded = |effect: &Effect| matches!(effect, Effect::Consent(change) if !change.granted && !change.pending);
        prop_assert!(resolution.outcome == Outcome::OptOut && resolution.effects.iter().any(recorded), "{}: {}", stop, resolution.why);
    }
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
            closed.question.state = answerback::terms::QuestionState::Answered;
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
