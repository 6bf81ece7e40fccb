//! Texts and states of a person, drawn at random: what people write, and what the box may be in the middle of.

use answerback::conversation::view::{AgentHold, Asked, Guard, HeldAnswer, Replier};
use answerback::terms::{Category, Purpose, QuestionState};
use answerback::text::Text;
use proptest::prelude::*;

use super::stage::{Stage, person};

/// Pieces of texts; joined they are answers, half answers, commands and noise.
pub const PIECES: &[&str] = &[
    "y",
    "yes",
    "Y",
    "no",
    "n",
    "ok",
    "sure",
    "sí",
    "да",
    "так",
    "ja",
    "نعم",
    "हाँ",
    "是",
    "はい",
    "pay",
    "PAY",
    "1",
    "2",
    "7",
    "Y7",
    "n7",
    "04417",
    "8",
    "but",
    "not",
    "if",
    "?",
    "please",
    "thanks",
    "tomorrow",
    "17:00",
    "12/01",
    "call me",
    "agent",
    "help",
    "start",
    "out",
    "bal",
    "read 04417",
    "ACK 37",
    "pass",
    "already",
    "paid",
    "👍",
    "👎",
    "🙏",
    "!!!",
    "\n",
    "wrong number",
    "my power is out",
    "who is this",
    "A",
    "733",
    "STPO",
    "\u{202e}",
    "\u{0}",
    "\u{200b}",
    "“",
    "Liked “Reply Y or N”",
    "-- Tom",
    "Sent from my phone",
    "0501112233",
    "٢٣",
    "＃",
    "ß",
];

/// What people write, and what nobody writes.
pub fn texts() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..6).prop_map(|pieces| pieces.join(" "));
    prop_oneof![6 => pieces, 1 => ".{0,40}", 1 => "\\PC{0,200}"]
}

/// The questions of the shipped flows that may be open.
pub const QUESTIONS: &[(&str, &str)] = &[
    ("pay.past_due", "ask"),
    ("pay.past_due", "why"),
    ("crew.visit", "ask"),
    ("outage.confirm", "ask"),
    ("outage.report", "back"),
    ("meter.read", "ask"),
    ("survey.visit", "score"),
    ("survey.visit", "sorry"),
];

/// A state of a person, as plain choices: a failing one can be read.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is drawn by itself")]
pub struct State {
    pub open: Vec<(usize, i64, bool)>,
    pub guard: [u32; 4],
    pub agent: bool,
    pub out: bool,
    pub stop_asked: bool,
    pub held: bool,
    pub accounts: u32,
    pub plain_since: bool,
}

pub fn states() -> impl Strategy<Value = State> {
    let open = prop::collection::vec((0..QUESTIONS.len(), 1..4000_i64, prop::bool::weighted(0.8)), 0..=8);
    let flags = (any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.2), any::<bool>(), 1..3_u32, any::<bool>());
    (open, prop::array::uniform4(0..8_u32), flags).prop_map(|(open, guard, (agent, out, stop_asked, held, accounts, plain_since))| State {
        open,
        guard,
        agent,
        out,
        stop_asked,
        held,
        accounts,
        plain_since,
    })
}

impl State {
    pub fn view(&self, stage: &Stage) -> Replier {
        let questions: Vec<Asked> = self.open.iter().enumerate().map(|(at, open)| opened(stage, at, *open)).collect();
        let ids: Vec<i64> = questions.iter().map(|asked| asked.question.id).collect();
        let mut replier = person(questions);
        let view = &mut replier.person;
        view.sent.sort_by_key(|sent| std::cmp::Reverse(sent.accepted_at));
        if self.plain_since
            && let Some(last) = view.sent.first().cloned()
        {
            let mut plain = last;
            (plain.question, plain.session, plain.purpose) = (None, None, Purpose::Plain);
            plain.accepted_at = stage.now;
            view.sent.insert(0, plain);
        }
        let [equal, service, asked, fallback] = self.guard;
        view.out_of = if self.out { vec![Category::Billing, Category::Survey] } else { Vec::new() };
        view.stop_asked = self.stop_asked;
        view.accounts = self.accounts;
        replier.guard = Guard {
            equal_last_hour: equal,
            service_last_hour: service,
            asked_last_day: asked,
            fallback_last_day: fallback,
            begun_last_hour: service,
            hints_last_day: fallback,
            safety_last_10_min: equal % 2,
            fire_last_10_min: asked.min(equal % 2),
        };
        replier.agent = self.agent.then(|| AgentHold { who: "Ana".to_owned(), queue: "billing".to_owned(), active_at: stage.now });
        replier.held = (self.held && ids.len() > 1).then(|| HeldAnswer {
            text: Text::new("y"),
            stamp: stage.now,
            offered: ids,
            until: stage.now.shifted_ms(60_000),
        });
        replier
    }
}

fn opened(stage: &Stage, at: usize, (which, ago, waits): (usize, i64, bool)) -> Asked {
    let (flow, step) = QUESTIONS[which];
    let mut asked = stage.open(at as i64 + 1, flow, step, -ago);
    asked.question.state = if waits { QuestionState::Waiting } else { QuestionState::Kept };
    asked
}
