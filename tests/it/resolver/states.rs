//! Texts and states of a person, drawn at random: what people write, and what the box may be in the middle of.

use answerback::conversation::view::{AgentHold, Asked, ClosedThread, Guard, HeldAnswer, Inbound, Replier, SmscClock};
use answerback::terms::{Category, Purpose, QuestionState, SessionState, Word as _};
use answerback::text::Text;
use answerback::time::Timestamp;
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

/// A question of a person.
#[derive(Debug, Clone, Copy)]
pub struct Open {
    /// Which of [`QUESTIONS`].
    pub which: usize,
    /// So many seconds ago.
    pub ago: i64,
    /// Waits, is kept, or stands behind the door.
    pub state: QuestionState,
    /// A read-back proposes yes.
    pub proposed: bool,
    pub asked_again: u8,
    pub tagged: bool,
    /// On the other SIM.
    pub other_sim: bool,
}

/// A state of a person, as plain choices: a failing one can be read.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is drawn by itself")]
pub struct State {
    pub open: Vec<Open>,
    /// Sessions that ended: which, how, how many seconds ago.
    pub ended: Vec<(usize, &'static str, i64)>,
    /// A session that a STOP parked, with its question withdrawn.
    pub parked: bool,
    pub guard: [u32; 4],
    pub agent: bool,
    /// Nobody of the house holds the thread any more, since so many seconds: told, or closed.
    pub left: Option<(i64, bool)>,
    /// Out of nothing, of some, of everything.
    pub out: u8,
    pub stop_asked: bool,
    pub held: bool,
    pub accounts: u32,
    pub plain_since: bool,
}

fn opens() -> impl Strategy<Value = Open> {
    let state = prop_oneof![6 => Just(QuestionState::Waiting), 1 => Just(QuestionState::Kept), 1 => Just(QuestionState::Held)];
    let flags = (prop::bool::weighted(0.2), 0..3_u8, prop::bool::weighted(0.2), prop::bool::weighted(0.2));
    (0..QUESTIONS.len(), 1..4000_i64, state, flags).prop_map(|(which, ago, state, (proposed, asked_again, tagged, other_sim))| Open {
        which,
        ago,
        state,
        proposed,
        asked_again,
        tagged,
        other_sim,
    })
}

const ENDS: &[&str] = &["expired", "silence", "event:paid", "done", "closed"];

pub fn states() -> impl Strategy<Value = State> {
    let open = prop::collection::vec(opens(), 0..=8);
    let ended = prop::collection::vec((0..QUESTIONS.len(), prop::sample::select(ENDS), 1..2_000_000_i64), 0..3);
    let left = prop::option::weighted(0.2, (1..9000_i64, any::<bool>()));
    let flags = (any::<bool>(), 0..3_u8, prop::bool::weighted(0.2), any::<bool>(), 1..3_u32, any::<bool>(), prop::bool::weighted(0.2));
    (open, ended, prop::array::uniform4(0..8_u32), left, flags).prop_map(
        |(open, ended, guard, left, (agent, out, stop_asked, held, accounts, plain_since, parked))| State {
            open,
            ended,
            parked,
            guard,
            agent,
            left,
            out,
            stop_asked,
            held,
            accounts,
            plain_since,
        },
    )
}

impl State {
    pub fn view(&self, stage: &Stage) -> Replier {
        let questions: Vec<Asked> = self.open.iter().enumerate().map(|(at, open)| opened(stage, at, *open)).collect();
        let ids: Vec<i64> = questions.iter().map(|asked| asked.question.id).collect();
        let mut replier = person(questions);
        replier.person.sent.sort_by_key(|sent| std::cmp::Reverse(sent.accepted_at));
        if self.plain_since
            && let Some(last) = replier.person.sent.first().cloned()
        {
            let mut plain = last;
            (plain.question, plain.session, plain.purpose) = (None, None, Purpose::Plain);
            plain.accepted_at = stage.now;
            replier.person.sent.insert(0, plain);
        }
        let [equal, service, asked, fallback] = self.guard;
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
        if let Some((ago, told)) = self.left {
            let at = stage.now.shifted_ms(-ago * 1000);
            replier.handed_back_at = told.then_some(at);
            replier.closed_thread = (!told).then(|| ClosedThread { who: "Ana".to_owned(), queue: "billing".to_owned(), at });
        }
        replier.person.out_of = match self.out {
            0 => Vec::new(),
            1 => vec![Category::Billing, Category::Survey],
            _ => Category::WORDS.iter().map(|(category, _)| *category).collect(),
        };
        replier.person.stop_asked = self.stop_asked;
        replier.person.accounts = self.accounts;
        replier.person.ended = self.ended.iter().enumerate().map(|(at, ended)| over(stage, at, *ended)).collect();
        if self.parked {
            let mut parked = stage.open(300, "outage.confirm", "ask", -200);
            (parked.session.state, parked.question.state) = (SessionState::Parked, QuestionState::Withdrawn);
            parked.question.closed_at = Some(stage.now.shifted_ms(-100_000));
            replier.closed.push(parked);
        }
        replier.held = (self.held && ids.len() > 1).then(|| HeldAnswer {
            text: Text::new("y"),
            stamp: stage.now,
            offered: ids,
            until: stage.now.shifted_ms(60_000),
        });
        replier
    }
}

fn opened(stage: &Stage, at: usize, open: Open) -> Asked {
    let (flow, step) = QUESTIONS[open.which];
    let mut asked = stage.open(at as i64 + 1, flow, step, -open.ago);
    let question = &mut asked.question;
    question.state = open.state;
    question.asked_again = open.asked_again;
    question.proposed = open.proposed.then(|| "yes".to_owned());
    question.tag = open.tagged.then_some(at as u8 + 20);
    if open.other_sim {
        question.sim = Some("B".to_owned());
    }
    if open.state == QuestionState::Held {
        (question.accepted_at, question.delivered_at, question.sim) = (None, None, None);
    }
    asked
}

fn over(stage: &Stage, at: usize, (which, how, ago): (usize, &'static str, i64)) -> Asked {
    let (flow, step) = QUESTIONS[which];
    let mut asked = stage.open(at as i64 + 200, flow, step, -ago - 600);
    let ended_at = stage.now.shifted_ms(-ago * 1000);
    asked.question.state = if how == "expired" { QuestionState::Expired } else { QuestionState::Withdrawn };
    asked.question.closed_at = Some(ended_at);
    asked.session.state = match how {
        "expired" => SessionState::Expired,
        "closed" => SessionState::Closed,
        _ => SessionState::Completed,
    };
    asked.session.ended_at = Some(ended_at);
    asked.session.ended_by = Some(how.to_owned());
    asked
}

/// How a text comes.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is drawn by itself")]
pub struct Arrival {
    pub other_sim: bool,
    /// Seconds from its reading to its stamp; `None` is no date.
    pub stamp: Option<i64>,
    /// Found by a sweep.
    pub swept: bool,
    pub loops: bool,
    pub shifted: bool,
    pub gap: bool,
    pub samples: u32,
    /// A part of it never came.
    pub incomplete: bool,
}

pub fn arrivals() -> impl Strategy<Value = Arrival> {
    let stamp = prop_oneof![
        4 => (-20..=0_i64).prop_map(Some),
        2 => (-100_000..0_i64).prop_map(Some),
        1 => Just(None),
        1 => Just(Some(3600)),
        1 => Just(Some(-30 * 86_400)),
    ];
    let rare = || prop::bool::weighted(0.15);
    (stamp, rare(), rare(), rare(), rare(), rare(), prop::sample::select(vec![0, 9]), rare()).prop_map(
        |(stamp, other_sim, swept, loops, shifted, gap, samples, incomplete)| Arrival {
            other_sim,
            stamp,
            swept,
            loops,
            shifted,
            gap,
            samples,
            incomplete,
        },
    )
}

impl Arrival {
    pub fn of(self, text: &str, now: Timestamp) -> Inbound {
        let mut inbound = super::stage::inbound(text, now);
        if self.other_sim {
            "B".clone_into(&mut inbound.sim);
        }
        inbound.scts = self.stamp.map(|seconds| now.shifted_ms(seconds * 1000));
        (inbound.live, inbound.loop_prevention) = (!self.swept, self.loops);
        inbound.smsc = SmscClock { samples: self.samples, shifted: self.shifted, gap: self.gap, ..SmscClock::default() };
        inbound.incomplete = self.incomplete.then_some((1, 2));
        inbound
    }

    /// Whether its stamp may be believed (conversation.md section 2).
    pub fn is_trusted(self) -> bool {
        let witnessed = !self.swept && !self.gap;
        self.stamp.is_some_and(|seconds| seconds <= 600 && !(witnessed && seconds < -7 * 86_400)) && !(witnessed && self.shifted)
    }
}
