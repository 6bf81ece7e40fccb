//! Short plans in which one sabotage must show: each surely has the load and the fault that the sabotaged rule is there for. The
//! seed chooses how the modems speak, how slow everything is, and when exactly things happen.

mod modems;

use std::collections::BTreeMap;
use std::time::Duration;

use answerback::chance::Seeded;
use answerback::engine::accept::NewMessage;
use answerback::engine::ring::NewRing;
use answerback::engine::session::NewSession;
use answerback::engine::ussd::NewUssd;
use answerback::modem::io::UssdAsk;
use answerback::settings::{Caps, ProofOfLife};
use answerback::terms::Policy;
use answerback::text::Text;
use answerback::time::{Tick, Timestamp};
use answerback::value::{Money, Value};

use super::fault::{Commit, Fault, Loss, Manner, Moment};
use super::mutation::Mutation;
use super::office::Ask;
use super::plan::ussd::BALANCE;
use super::plan::{Act, Plan, Setup};
use crate::emulator::brain::Habits;
use crate::emulator::dialect::Dialect;
use crate::emulator::fault::Fault as Radio;
use crate::emulator::network::NetworkOptions;

/// Somebody who writes only what the plan says.
pub(super) const QUIET: &str = "+15555550900";
/// A Monday morning in Chicago, in November: no lane sleeps.
const WALL_MS: i64 = 1_795_446_000_000;
/// Within so long after its last act such a site comes to rest.
pub const REST: Duration = Duration::from_hours(1);

struct Season {
    chance: Seeded,
    acts: Vec<(Tick, Act)>,
    modems: u64,
    /// Whose cards ask for their PINs.
    locked: Vec<usize>,
    people: Vec<String>,
    /// How the box is set up; who is on call sleeps.
    setup: Setup,
    /// What the modems do with references.
    habits: Vec<Habits>,
    /// How long the network takes for an answer, where that matters.
    answer: Option<Duration>,
    minutes: u64,
}

/// The plan of a seed for a sabotage.
pub fn plan(mutation: Mutation, seed: u64) -> Plan {
    let mut season = Season {
        chance: Seeded::new(seed),
        acts: Vec::new(),
        modems: 1,
        locked: Vec::new(),
        people: Vec::new(),
        setup: Setup::default(),
        habits: Vec::new(),
        answer: None,
        minutes: 10,
    };
    season.fill(mutation);
    let chance = &mut season.chance;
    let mut among = |choices: &[u64]| Duration::from_millis(choices[chance.below(choices.len() as u64) as usize]);
    let network = NetworkOptions {
        answer: season.answer.unwrap_or_else(|| among(&[500, 2_000, 4_000])),
        delivery: among(&[200, 1_000, 3_000]),
        report: among(&[100, 1_000]),
        wall_ms: WALL_MS,
        seed,
        ..NetworkOptions::default()
    };
    let fsync = among(&[1, 5, 20]);
    let modems = (0..season.modems).map(|_| Dialect::all()[chance.below(Dialect::all().len() as u64) as usize]).collect();
    let people = season.people.iter().map(|number| (number.clone(), chance.next_u64())).collect();
    season.acts.sort_by_key(|(at, _)| *at);
    let until = Tick::default().plus(Duration::from_mins(season.minutes));
    let helps = (0..season.modems).map(|_| Vec::new()).collect();
    let (habits, locked, acts, setup) = (season.habits, season.locked, season.acts, season.setup);
    let on_call = Vec::new();
    Plan { seed, modems, habits, locked, helps, network, people, setup, on_call, says: None, fsync, acts, until }
}

impl Season {
    fn fill(&mut self, mutation: Mutation) {
        match mutation {
            Mutation::DeleteBeforeCommit => self.crash_with_texts(),
            Mutation::AnswerBeforeCommit => self.crash_with_message(Commit::Accept, false),
            Mutation::RepeatedAskIsNew => self.crash_with_message(Commit::Accept, true),
            Mutation::TellBeforeCommit => self.crash_with_message(Commit::Outcome, false),
            Mutation::ForgetOpenAttempts => self.crash_with_message(Commit::Attempt, true),
            Mutation::SendBeforeCommit => self.messages_on_slow_disk(),
            Mutation::PostBeforeCommit => self.paid_with(Some((125, Commit::CallStart)), None),
            Mutation::RepostFromCalling => self.paid_with(Some((125, Commit::CallEnd)), None),
            Mutation::LookUpFindsNothing => self.paid_with(None, Some(Manner::ActsAndHangs)),
            Mutation::UnknownIsDone => self.paid_with(None, Some(Manner::Hangs)),
            Mutation::DeleteOnFullDisk | Mutation::ForgetOnFullDisk => self.full_disk(),
            Mutation::ResendInDoubt => self.doubtful(Radio::LostAnswer { taken: true }),
            Mutation::RefusedInDoubt => self.doubtful(Radio::ErrorAfterPdu { taken: true }),
            Mutation::SubmittedInDoubt => self.doubtful(Radio::LostAnswer { taken: false }),
            Mutation::ReferenceProves => self.doubtful(Radio::LostAnswer { taken: false }),
            Mutation::SameReference => self.held_for_a_phone(),
            Mutation::OrphanToAnother => self.doubt_and_another(),
            Mutation::ReceiptByReference => self.same_reference(),
            Mutation::IgnoreLastCheck => self.expires_at_the_prompt(),
            Mutation::ClaimWithoutCommit => self.messages(1),
            Mutation::ClaimToTwo => self.messages(2),
            Mutation::ForgetGiveBack => self.gone_before_the_claim(),
            Mutation::SkipDangerTap => self.texts(100, &["I smell gas in the kitchen", "Y, and there is a wire down in the street"]),
            Mutation::ForgetFence => self.old_answer(),
            Mutation::DropGate => self.light_answer(),
            Mutation::DropSwitchGate => self.light_answer_to_a_switch(),
            Mutation::RepetitionIsNew => self.repetition(),
            Mutation::IgnoreStop | Mutation::ConfirmTwice => self.stop(),
            Mutation::ClockJumpIgnored => self.clock_is_set(),
            Mutation::PartIsWhole => self.text(100, &long()),
            Mutation::SkipEvent => self.messages(1),
            Mutation::RingOnTwo => self.rings(2, 1),
            Mutation::RingEngaged => self.rings(2, 2),
            Mutation::RingBeforeCommit | Mutation::RingUntold | Mutation::RingToldTwice => self.rings(1, 1),
            Mutation::RingAgain => self.lost_while_it_rings(Loss::Power),
            Mutation::ForgetRings => self.lost_while_it_rings(Loss::Process),
            Mutation::RingForAnHour => self.rings_on_and_on(),
            Mutation::NobodyRung => self.alarm(),
            Mutation::DuplicateIsRefused => self.refused_as_a_duplicate(),
            Mutation::ForgetUsage => self.dies_at_its_cap(),
            Mutation::ProofBelieved | Mutation::ProofTooOften | Mutation::ProofIsAText => self.proves_that_it_lives(),
            Mutation::PinByName => self.names_swapped(),
            Mutation::NeverListens => self.radio(200, Radio::Deaf),
            Mutation::MendForever => self.hangs(),
            Mutation::UssdAgain | Mutation::UssdAnswered | Mutation::UssdUntold => self.unanswered_code(),
            Mutation::SimNeverGone => self.gone_between_parts(),
            Mutation::RankForgotten => self.an_alarm_behind_notices(),
            Mutation::WishIgnored => self.somebody_who_knows_a_sim(),
            Mutation::NoCapOfMinute => self.more_than_a_minute_holds(),
            Mutation::NoCapOfDay => self.more_than_a_day_holds(),
            Mutation::NoCapOfMonth => self.more_than_a_month_holds(),
            Mutation::NoCapOfPeople => self.more_people_than_it_may(),
            Mutation::BudgetForgotten => self.dead_through_many_lives(),
            Mutation::HarmForgotten => self.taken_away_by_its_help(),
            Mutation::PauseIgnored | Mutation::RefusalsForgotten => self.refused_again_and_again(),
            Mutation::FallsForgotten => self.falls_with_each_text(),
            Mutation::AcknowledgeBeforeCommit => self.crash_with_what_was_shown(),
            Mutation::FailedHookIsDone | Mutation::HooksOutOfOrder => self.receiver_down(),
        }
    }

    /// So many clients want one telephone rung.
    fn rings(&mut self, modems: u64, clients: u64) {
        self.modems = modems;
        for client in 0..clients {
            self.ring(100 + client);
        }
    }

    fn lost_while_it_rings(&mut self, loss: Loss) {
        let loss = Fault::WhileRinging { loss, after: Duration::from_secs(3), back: Duration::from_secs(10) };
        self.fault(95, loss);
        self.ring(100);
        self.minutes = 20;
    }

    /// A modem that says nothing of its call, and texts that wait for it.
    fn rings_on_and_on(&mut self) {
        for fault in [Radio::NoCallList, Radio::CallEndLost] {
            self.fault(95, Fault::Radio { modem: 0, fault, times: 0, until: None });
        }
        self.ring(100);
        for place in 0..8 {
            self.text(110 + 60 * place, "hello");
        }
        self.minutes = 20;
    }

    fn alarm(&mut self) {
        self.setup.on_call = vec!["+15555550400".to_owned()];
        let text = |words: &str| Value::Text(words.to_owned());
        let data = [("alarm", text("A7")), ("site", text("Pump 3")), ("text", text("low pressure")), ("level", Value::Number(3))];
        self.session_with(100, "alarm.page", None, &data);
    }

    fn ring(&mut self, second: u64) {
        let (to, source) = (QUIET.to_owned(), "simulation".to_owned());
        self.at(second, Act::Ring(Box::new(NewRing { to, seconds: 25, times: 1, pause: 0, sim: None, source })));
    }

    fn crash_with_texts(&mut self) {
        self.crash_at(95, Commit::Receive, false);
        self.texts(100, &["hello", "is anybody there", "thanks"]);
    }

    fn crash_with_message(&mut self, commit: Commit, after: bool) {
        self.crash_at(95, commit, after);
        self.message(100, QUIET, Policy::Notice);
    }

    /// As many texts as the SIM may send, and more behind the next start.
    fn dies_at_its_cap(&mut self) {
        self.setup.caps = Some(Caps { minute: 0, day: 2, month: 0, recipients: 0 });
        for second in [100, 130, 250, 280] {
            self.message(second, QUIET, Policy::Notice);
        }
        self.fault(200, Fault::Crash { back: Duration::from_secs(5), power: false });
    }

    fn proves_that_it_lives(&mut self) {
        self.setup.proofs = Some(ProofOfLife::ITSELF);
        self.message(100, QUIET, Policy::Notice);
    }

    /// The centre holds a text for a phone that is off, and its answer is lost: the same text is refused as a duplicate.
    fn refused_as_a_duplicate(&mut self) {
        self.habits = vec![Habits { honours_mr: true, ..Habits::default() }];
        self.people.push(QUIET.to_owned());
        self.minutes = 20;
        self.at(60, Act::SelfTest { modem: 0 });
        self.fault(400, Fault::PhoneOff { person: 0, back: Duration::from_mins(30) });
        self.radio(410, Radio::LostAnswer { taken: true });
        self.message(420, QUIET, Policy::Alarm);
    }

    /// The modem sends the reference it is given, and the box knows. The centre holds a text for a phone that is off; the next one
    /// to that phone gets no answer and did not leave.
    fn held_for_a_phone(&mut self) {
        self.habits = vec![Habits { honours_mr: true, ..Habits::default() }];
        self.people.push(QUIET.to_owned());
        self.minutes = 20;
        self.at(60, Act::SelfTest { modem: 0 });
        self.fault(400, Fault::PhoneOff { person: 0, back: Duration::from_mins(30) });
        self.message(420, QUIET, Policy::Alarm);
        self.radio(460, Radio::LostAnswer { taken: false });
        self.message(480, QUIET, Policy::Alarm);
    }

    /// Two sticks with a PIN each come back under each other's names.
    fn names_swapped(&mut self) {
        self.messages(2);
        self.locked = vec![0, 1];
        self.fault(200, Fault::Swap { one: 0, other: 1, back: Duration::from_secs(20) });
        self.message(300, QUIET, Policy::Notice);
    }

    fn hangs(&mut self) {
        self.fault(200, Fault::Radio { modem: 0, fault: Radio::Hung, times: 0, until: None });
        self.minutes = 20;
    }

    fn unanswered_code(&mut self) {
        self.radio(199, Radio::UssdSilent);
        let (modem, ask) = ("modem0".to_owned(), UssdAsk::Code(BALANCE.to_owned()));
        self.at(200, Act::Ussd(NewUssd { modem, ask, asker: "the simulation".to_owned() }));
    }

    fn messages(&mut self, modems: u64) {
        self.modems = modems;
        for place in 0..4 {
            self.message(100 + 20 * place, QUIET, Policy::Notice);
        }
    }

    fn messages_on_slow_disk(&mut self) {
        self.slow_disk(95, 4);
        self.message(100, QUIET, Policy::Notice);
    }

    /// What comes in over one modem fills the disk while the other waits for its answer, which cannot be noted.
    fn full_disk(&mut self) {
        self.modems = 2;
        self.answer = Some(Duration::from_mins(1));
        self.message(100, QUIET, Policy::Notice);
        self.fault(104, Fault::DiskFull { back: Duration::from_secs(100) });
        for place in 0..24 {
            let text = Act::Text { from: QUIET.to_owned(), modem: place % 2, text: long() };
            self.at(105 + place as u64, text);
        }
    }

    fn doubt_and_another(&mut self) {
        self.doubtful(Radio::LostAnswer { taken: false });
        self.message(500, QUIET, Policy::Notice);
        self.minutes = 15;
    }

    /// The modem is lost between a claim and its hand-over.
    fn gone_before_the_claim(&mut self) {
        self.slow_disk(95, 8);
        self.message(96, QUIET, Policy::Notice);
        self.fault(107, Fault::NoNetwork { modem: 0, back: Duration::from_mins(1) });
    }

    /// The only modem is unplugged for long behind the first part of a long text.
    fn gone_between_parts(&mut self) {
        self.answer = Some(Duration::from_secs(20));
        let ask = NewMessage { text: Text::new(long()), ..said_to(QUIET, Policy::Notice) };
        self.at(100, Act::Ask(Box::new(Ask::Message(ask))));
        self.fault(130, Fault::Unplug { modem: 0, back: Duration::from_mins(25), renamed: false });
        self.minutes = 30;
    }

    /// A text for one modem, which is away, is read when a question has left over the other one.
    fn old_answer(&mut self) {
        self.modems = 2;
        self.fault(95, Fault::Unplug { modem: 0, back: Duration::from_secs(250), renamed: false });
        self.text(100, "Y");
        self.outage(260);
        self.minutes = 15;
    }

    /// An answer that is too light for money.
    fn light_answer(&mut self) {
        let words = ["ok", "ok 👍", "yes but call me after 5", "Y I already paid"];
        let said = words[self.chance.below(words.len() as u64) as usize];
        self.pay(100);
        self.text(130, said);
    }

    fn repetition(&mut self) {
        self.text(100, "hello");
        self.fault(130, Fault::SamePduAgain { modem: 0, restart: None });
    }

    fn stop(&mut self) {
        self.message(100, QUIET, Policy::Notice);
        self.text(120, "STOP");
        self.message(150, QUIET, Policy::Notice);
        self.pay(170);
    }

    /// The clock is set forwards while a doubt waits for its witness.
    fn clock_is_set(&mut self) {
        self.radio(95, Radio::LostAnswer { taken: false });
        self.message(100, QUIET, Policy::Notice);
        self.fault(300, Fault::ClockStep { by_ms: 86_400_000, back: Duration::from_mins(20) });
        self.minutes = 30;
    }

    fn receiver_down(&mut self) {
        self.fault(99, Fault::ReceiverDown { back: Duration::from_secs(90) });
        self.message(100, QUIET, Policy::Notice);
        self.message(200, QUIET, Policy::Notice);
    }

    /// A bill that is answered with Y.
    fn paid_with(&mut self, crash: Option<(u64, Commit)>, manner: Option<Manner>) {
        if let Some((at, commit)) = crash {
            self.crash_at(at, commit, false);
        }
        if let Some(manner) = manner {
            self.fault(120, Fault::Endpoint { manner, back: Duration::from_mins(2) });
        }
        self.pay(100);
        self.text(130, "Y");
        self.minutes = 30;
    }

    /// One message whose answer says nothing.
    fn doubtful(&mut self, fault: Radio) {
        self.radio(95, fault);
        self.message(100, QUIET, Policy::Once);
    }

    /// Two texts under one reference; the phone of the first is on again when the second is under way.
    fn same_reference(&mut self) {
        self.people = vec!["+15555550901".to_owned(), "+15555550902".to_owned()];
        for (person, back) in [(0, 200), (1, 3_000)] {
            self.fault(95, Fault::PhoneOff { person, back: Duration::from_secs(back) });
        }
        for (at, person) in [(100, 0), (150, 1)] {
            self.fault(at - 3, Fault::LastReference { modem: 0, mr: 9 });
            let to = self.people[person].clone();
            self.message(at, &to, Policy::Notice);
        }
    }

    /// Messages whose time is over at about the prompt.
    fn expires_at_the_prompt(&mut self) {
        self.slow_disk(95, 3);
        for place in 0..6 {
            let second = 100 + 18 * place;
            let mut message = said_to(QUIET, Policy::Notice);
            message.expires_at = Some(Timestamp::from_unix_ms(WALL_MS + second * 1_000 + 5_000 + 1_000 * place));
            self.at(second.unsigned_abs(), Act::Ask(Box::new(Ask::Message(message))));
        }
    }

    fn at(&mut self, second: u64, act: Act) {
        let ms = second * 1_000 + self.chance.below(500);
        self.acts.push((Tick::default().plus(Duration::from_millis(ms)), act));
    }

    fn fault(&mut self, second: u64, fault: Fault) {
        self.at(second, Act::Fault(fault));
    }

    fn radio(&mut self, second: u64, fault: Radio) {
        self.fault(second, Fault::Radio { modem: 0, fault, times: 1, until: None });
    }

    fn crash_at(&mut self, second: u64, commit: Commit, after: bool) {
        self.fault(second, Fault::CrashAt { at: Moment::Next(commit), after, back: Duration::from_secs(10) });
    }

    fn slow_disk(&mut self, second: u64, commit_s: u64) {
        self.fault(second, Fault::SlowDisk { fsync: Duration::from_secs(commit_s), back: Duration::from_mins(2) });
    }

    fn message(&mut self, second: u64, to: &str, policy: Policy) {
        self.at(second, Act::Ask(Box::new(Ask::Message(said_to(to, policy)))));
    }

    fn text(&mut self, second: u64, text: &str) {
        self.at(second, Act::Text { from: QUIET.to_owned(), modem: 0, text: text.to_owned() });
    }

    fn texts(&mut self, second: u64, texts: &[&str]) {
        for (place, text) in (0..).zip(texts) {
            self.text(second + 25 * place, text);
        }
    }

    /// Pay an overdue bill?
    fn pay(&mut self, second: u64) {
        let data = [
            ("account", Value::Text("04417733".to_owned())),
            ("amount", Value::Money(Money { hundredths: 8_450 })),
            ("due", Value::Date(jiff::civil::date(2026, 11, 28))),
            ("card", Value::Text("1234".to_owned())),
            ("mandate", Value::Bool(true)),
        ];
        self.session(second, "pay.past_due", &data);
    }

    /// Is your power out?
    fn outage(&mut self, second: u64) {
        self.session(second, "outage.confirm", &[("place", Value::Text("Elm St 5".to_owned()))]);
    }

    fn session(&mut self, second: u64, flow: &str, data: &[(&str, Value)]) {
        self.session_with(second, flow, Some(QUIET), data);
    }

    fn session_with(&mut self, second: u64, flow: &str, to: Option<&str>, data: &[(&str, Value)]) {
        let data: BTreeMap<String, Value> = data.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let session =
            NewSession { flow: flow.to_owned(), to: to.map(str::to_owned), data, source: "simulation".to_owned(), ..NewSession::default() };
        self.at(second, Act::Ask(Box::new(Ask::Session(session))));
    }
}

/// More than one part holds.
fn long() -> String {
    "The water is off in our street since the morning. ".repeat(5)
}

/// A plain message.
pub(super) fn said_to(to: &str, policy: Policy) -> NewMessage {
    NewMessage {
        to: to.to_owned(),
        text: Text::new("Your power is back."),
        policy,
        rank: None,
        category: None,
        not_before: None,
        expires_at: None,
        sim: None,
        parts_max: None,
        class: None,
        report: true,
        replaces: None,
        tags: Vec::new(),
        source: "simulation".to_owned(),
        idempotency: None,
    }
}
