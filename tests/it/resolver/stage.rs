//! One person, some open questions, one text: the resolver without an engine.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use answerback::chance::Seeded;
use answerback::conversation::effect::Effect;
use answerback::conversation::flow::Flow;
use answerback::conversation::packs::Packs;
use answerback::conversation::session::{FlowRef, Question, SentText, Session};
use answerback::conversation::view::{Asked, Guard, Inbound, PersonView, Replier, Sender, SmscClock};
use answerback::conversation::{Begin, Flows, Resolution, Rosters, Rules, begin, resolve};
use answerback::ids::MessageId;
use answerback::msisdn::Msisdn;
use answerback::office::Queues;
use answerback::settings::Settings;
use answerback::terms::{Category, Lane, Purpose, QuestionState, default_lanes};
use answerback::text::Text;
use answerback::time::Timestamp;
use answerback::value::{Money, Row, Value};

/// Monday.
pub const START: &str = "2026-11-23T10:00:00Z";
/// The SIM that everything goes over where nothing else is said.
pub const SIM: &str = "A";
pub const PERSON: &str = "+380501112233";

/// Everything that holds for all texts of a test.
pub struct Stage {
    pub flows: Flows,
    pub packs: Packs,
    pub settings: Settings,
    pub lanes: Vec<Lane>,
    pub rosters: Rosters,
    pub queues: Queues,
    pub now: Timestamp,
    /// SIMs that can send.
    pub sims: Vec<String>,
}

/// Loaded once: they are the same for every stage.
static PACKS: std::sync::LazyLock<Packs> = std::sync::LazyLock::new(|| Packs::load(&Packs::shipped()).expect("packs"));

impl Stage {
    /// Every shipped flow and every pack, in this country.
    pub fn new(country: &str) -> Self {
        let settings = Settings {
            utility: "Northgrid".to_owned(),
            country: country.to_owned(),
            emergency: "112".to_owned(),
            public_url: "https://northgrid.example".to_owned(),
            ..Settings::default()
        };
        let packs = PACKS.clone();
        let now = Timestamp::parse(START).expect("a time");
        let (flows, lanes, rosters, queues) = (Flows::default(), default_lanes(), Rosters::new(), Queues::default());
        let mut stage = Self { flows, packs, settings, lanes, rosters, queues, now, sims: Vec::new() };
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows");
        for entry in std::fs::read_dir(shipped).expect("flows") {
            let path = entry.expect("an entry").path();
            stage.add(&std::fs::read_to_string(&path).expect("a flow"));
        }
        stage
    }

    /// One more flow.
    pub fn add(&mut self, source: &str) -> String {
        let flow = Arc::new(Flow::parse("t", source).expect("a flow"));
        let name = flow.name.clone();
        self.flows.insert(1, flow);
        self.flows.activate(&name, 1);
        name
    }

    pub fn rules(&self) -> Rules<'_> {
        let Self { flows, packs, settings, lanes, rosters, queues, sims, .. } = self;
        Rules { flows, packs, settings, lanes, rosters, queues, sims }
    }

    /// A question of this flow that was sent a while ago and reached the phone.
    pub fn open(&self, id: i64, flow: &str, step: &str, sent_s: i64) -> Asked {
        let mut request = Begin::new(FlowRef { name: flow.to_owned(), revision: 1 }, Msisdn::from_e164(PERSON).ok(), self.data(flow));
        request.at = Some(step.to_owned());
        request.free_door = true;
        request.asked_for = true;
        let exact = self.flows.get(&request.flow).expect("a flow").clone();
        let mut chance = Seeded::new(id as u64);
        let moved = begin(&exact, request, None, &self.rules(), self.now, &mut chance).expect("a session");
        let asked = moved.effects.iter().find_map(|effect| match effect {
            Effect::Ask(question, outgoing) => Some((question.clone(), outgoing.text.clone())),
            _ => None,
        });
        let (question, text) = asked.unwrap_or_else(|| panic!("{flow}.{step} asks nothing"));
        let accepted = self.now.shifted_ms(sent_s * 1000);
        let question = Question {
            id,
            session: moved.session.id,
            visit: question.visit,
            step: question.step,
            to: question.to,
            sim: Some(SIM.to_owned()),
            accepted_at: Some(accepted),
            delivered_at: Some(accepted.shifted_ms(5000)),
            tag: None,
            code: question.code,
            state: QuestionState::Waiting,
            asked_again: 0,
            proposed: None,
            keep_until: None,
            closed_at: None,
            text,
        };
        Asked { question, session: moved.session }
    }

    /// What a flow needs to be told.
    pub fn data(&self, flow: &str) -> BTreeMap<String, Value> {
        let pairs = [
            ("account", Value::Text("20417733".to_owned())),
            ("amount", Value::Money(Money { hundredths: 8450 })),
            ("due", Value::Date(jiff::civil::date(2026, 11, 27))),
            ("date", Value::Date(jiff::civil::date(2026, 11, 27))),
            ("card", Value::Text("1234".to_owned())),
            ("mandate", Value::Bool(true)),
            ("order", Value::Text("A1".to_owned())),
            ("window", Value::Text("8-12".to_owned())),
            ("place", Value::Text("Mill Lane 4".to_owned())),
            ("ticket", Value::Text("T1".to_owned())),
            ("meter", Value::Text("M1".to_owned())),
            ("last", Value::Number(4000)),
            ("high", Value::Number(9000)),
            ("digits", Value::Number(5)),
            ("day", Value::Date(jiff::civil::date(2026, 11, 27))),
            ("from_h", Value::Time(jiff::civil::time(17, 0, 0, 0))),
            ("to_h", Value::Time(jiff::civil::time(20, 0, 0, 0))),
            ("credit", Value::Money(Money { hundredths: 500 })),
            ("places", Value::Rows(vec![row("Mill Lane 4"), row("Hill Road 2")])),
        ];
        let exact = FlowRef { name: flow.to_owned(), revision: 1 };
        let flow = self.flows.get(&exact).expect("a flow");
        pairs.into_iter().filter(|(slot, _)| flow.needs.contains_key(*slot)).map(|(slot, value)| (slot.to_owned(), value)).collect()
    }

    /// A text that was written and read now.
    pub fn hear(&self, replier: &Replier, text: &str) -> Resolution {
        self.decide(replier, &inbound(text, self.now))
    }

    pub fn decide(&self, replier: &Replier, inbound: &Inbound) -> Resolution {
        resolve(inbound, Some(replier), &self.rules(), inbound.received_at, &mut Seeded::new(7))
    }
}

fn row(label: &str) -> Row {
    Row { id: label.to_owned(), label: label.to_owned() }
}

/// A live text of a trusted stamp.
pub fn inbound(text: &str, now: Timestamp) -> Inbound {
    Inbound {
        from: Sender::Number(Msisdn::from_e164(PERSON).expect("a number")),
        sim: SIM.to_owned(),
        text: Text::new(text),
        scts: Some(now),
        received_at: now,
        live: true,
        loop_prevention: false,
        incomplete: None,
        smsc: SmscClock { samples: 9, ..SmscClock::default() },
        picture_notice: false,
    }
}

/// Who writes, with these open questions, the newest last.
pub fn person(questions: Vec<Asked>) -> Replier {
    Replier {
        person: view(questions),
        closed: Vec::new(),
        held: None,
        agent: None,
        closed_thread: None,
        guard: Guard::default(),
        refused: Vec::new(),
        handed_back_at: None,
    }
}

fn view(questions: Vec<Asked>) -> PersonView {
    let sent: Vec<SentText> = questions.iter().rev().filter_map(sent_of).collect();
    PersonView {
        msisdn: Msisdn::from_e164(PERSON).expect("a number"),
        language: "en".to_owned(),
        out_of: Vec::new(),
        into: vec![Category::Energy, Category::Survey],
        begun: BTreeMap::new(),
        stopped_at: None,
        stop_asked: false,
        has_consent_record: true,
        questions,
        sessions: Vec::<Session>::new(),
        ended: Vec::new(),
        tags_used: Vec::new(),
        zone: None,
        sent,
        accounts: 1,
        facts: BTreeMap::new(),
    }
}

fn sent_of(asked: &Asked) -> Option<SentText> {
    Some(SentText {
        message: MessageId::new(asked.session.opened_at, &mut Seeded::new(asked.question.id as u64)),
        purpose: Purpose::Prompt,
        category: Category::Account,
        question: Some(asked.question.id),
        session: Some(asked.session.id),
        sim: asked.question.sim.clone()?,
        accepted_at: asked.question.accepted_at?,
        delivered_at: asked.question.delivered_at,
        text: asked.question.text.clone(),
    })
}
