//! `flow replay`: case files through the engine, plain, doubled, restarted after every line, and with the part order swapped.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::case::{Case, Heard, Open, Then};
use super::judge::{Row, judge};
use super::{Answer, Trouble, World, radio, samples};
use crate::conversation::effect::TimerKind;
use crate::conversation::flow::{Flow, Verb};
use crate::conversation::session::FlowRef;
use crate::conversation::view::SmscClock;
use crate::conversation::{Begin, Trigger};
use crate::engine::accept::NewMessage;
use crate::engine::session::NewSession;
use crate::engine::{Reject, Work, accept, consent, danger, happened, people, session};
use crate::ids::SessionId;
use crate::msisdn::Msisdn;
use crate::roster::{OnCall, Roster};
use crate::settings::Settings;
use crate::store::Contact;
use crate::terms::{Category, Lane, Policy, default_lanes};
use crate::text::Text;
use crate::time::Timestamp;
use crate::value::Value;

/// How a case is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As it is written.
    Plain,
    /// Every PDU comes twice.
    Doubled,
    /// The box restarts after every line.
    Restarted,
    /// Parts come in the other order.
    Swapped,
}

impl Manner {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Plain, Self::Doubled, Self::Restarted, Self::Swapped];

    const fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Doubled => "doubled",
            Self::Restarted => "restarted",
            Self::Swapped => "swapped",
        }
    }
}

/// What `flow replay` was asked for.
#[derive(Debug, Clone)]
pub struct Replay {
    /// Where the flows are.
    pub flows: PathBuf,
    /// Case files, or directories of them.
    pub cases: Vec<PathBuf>,
    /// Real settings.
    pub settings: Option<PathBuf>,
    /// In which manners each case runs.
    pub manners: Vec<Manner>,
}

/// How many passed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Cases that passed in every manner.
    pub passed: usize,
    /// Cases that fell in one.
    pub failed: usize,
    /// Endpoints of their flows, where no settings say whether the box has them.
    pub unknown_endpoints: BTreeSet<String>,
}

/// Runs every case, one line a case, then `N passed, M failed`.
pub fn replay(request: &Replay, out: &mut dyn Write) -> Result<Summary, Trouble> {
    let settings = request.settings.as_deref().map_or_else(|| Ok(samples::settings()), samples::settings_of)?;
    let known = request.settings.as_deref().map(|file| samples::names_of(file, "endpoint")).transpose()?.flatten();
    let lanes = request.settings.as_deref().map_or_else(|| Ok(default_lanes()), samples::lanes_of)?;
    let mut stage = Stage { settings, lanes, known, unknown: BTreeSet::new() };
    let shelf = shelf(&request.flows)?;
    let mut summary = Summary::default();
    let mut say = |line: String| writeln!(out, "{line}").map_err(|error| Trouble(error.to_string()));
    for file in files(&request.cases)? {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match run_file(&file, &shelf, &mut stage, &request.manners) {
            Ok(title) => {
                summary.passed += 1;
                say(format!("ok    {name}: {title}"))?;
            }
            Err(Trouble(why)) => {
                summary.failed += 1;
                say(format!("FAIL  {name}: {why}"))?;
            }
        }
    }
    say(format!("{} passed, {} failed", summary.passed, summary.failed))?;
    Ok(Summary { unknown_endpoints: stage.unknown, ..summary })
}

/// What every case runs on.
struct Stage {
    settings: Settings,
    lanes: Vec<Lane>,
    /// Endpoints of the box, where the settings come from one.
    known: Option<Vec<String>>,
    unknown: BTreeSet<String>,
}

impl Stage {
    /// Every endpoint that a case's flows call is there, as far as anybody knows, and what the case plays is called.
    fn endpoints(&mut self, case: &Case, flows: &[Arc<Flow>]) -> Result<BTreeMap<String, Vec<Answer>>, Trouble> {
        let called = flows.iter().flat_map(|flow| flow.steps.values()).filter_map(|step| match &step.verb {
            Verb::Http(http) => Some(http.endpoint.name.clone()),
            _ => None,
        });
        let called: BTreeSet<String> = called.collect();
        if let Some(known) = &self.known {
            if let Some(missing) = called.iter().find(|name| !known.contains(name)) {
                return Err(Trouble(format!("there is no endpoint {missing} in the settings")));
            }
        } else {
            self.unknown.extend(called.iter().cloned());
        }
        let played = case.endpoints()?;
        match played.keys().find(|name| !called.contains(*name)) {
            Some(stray) => Err(Trouble(format!("http: no flow of this case calls {stray}"))),
            None => Ok(played),
        }
    }
}

type Shelf = BTreeMap<String, Result<Arc<Flow>, Trouble>>;

/// Every flow of the directory by the name in it; one that does not load is only trouble for the cases that name it.
fn shelf(dir: &Path) -> Result<Shelf, Trouble> {
    let entries = std::fs::read_dir(dir).map_err(|error| Trouble(format!("{}: {error}", dir.display())))?;
    let mut shelf = Shelf::new();
    for entry in entries {
        let path = entry.map_err(|error| Trouble(error.to_string()))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(stem) = name.strip_suffix(".flow.toml") else { continue };
        let flow = samples::flow(&path);
        let key = flow.as_ref().map_or_else(|_| stem.to_owned(), |flow| flow.name.clone());
        shelf.insert(key, flow);
    }
    Ok(shelf)
}

fn files(given: &[PathBuf]) -> Result<Vec<PathBuf>, Trouble> {
    let mut files = Vec::new();
    for path in given {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).map_err(|error| Trouble(format!("{}: {error}", path.display())))?;
            let inside = entries.filter_map(Result::ok).map(|entry| entry.path());
            files.extend(inside.filter(|path| path.to_string_lossy().ends_with(".case.toml")));
        } else {
            files.push(path.clone());
        }
    }
    files.sort();
    Ok(files)
}

fn run_file(file: &Path, shelf: &Shelf, stage: &mut Stage, manners: &[Manner]) -> Result<String, Trouble> {
    let source = std::fs::read_to_string(file).map_err(|error| Trouble(error.to_string()))?;
    let case = Case::parse(&source)?;
    for manner in manners {
        let fallen = run(&case, shelf, stage, *manner)?;
        if !fallen.is_empty() {
            return Err(Trouble(format!("({}) {}", manner.word(), fallen.join("; "))));
        }
    }
    Ok(case.case)
}

/// Something on the time line of a case.
enum Action<'a> {
    Open(&'a Open),
    Delivered(&'a Open),
    Expired(&'a Open),
    Text(usize),
    Taken,
    Left,
    Closed,
    Then(&'a Then),
    Part { row: usize, place: usize, first: bool, reference: u16 },
}

/// Runs one case in one manner; what fell, in words.
fn run(case: &Case, shelf: &Shelf, stage: &mut Stage, manner: Manner) -> Result<Vec<String>, Trouble> {
    let flows = case.flows.iter().map(|name| match shelf.get(name) {
        Some(flow) => flow.clone(),
        None => Err(Trouble(format!("there is no flow {name}"))),
    });
    let flows: Vec<Arc<Flow>> = flows.collect::<Result<_, _>>()?;
    let mut line = time_line(case, manner);
    line.sort_by_key(|(at, order, _)| (*at, *order));
    let begins = line.first().map_or(0, |(at, _, _)| (*at).min(0));
    let mut world =
        World::new(&flows, stage.settings.clone(), rosters(case)?, &case.sims(), stage.endpoints(case, &flows)?, second(begins))?;
    world.book.lanes.clone_from(&stage.lanes);
    let mut play = Play { case, world, names: BTreeMap::new(), rows: Vec::new() };
    play.world.smsc = SmscClock { offset_ms: case.smsc.offset * 1000, samples: case.smsc.samples, ..SmscClock::default() };
    for (number, does) in &case.phones {
        play.world.phones.does(number, does.phones("phones")?);
    }
    play.contact()?;
    for (at, _, action) in &line {
        play.world.run_to(second(*at))?;
        play.act(action, manner)?;
        play.world.run_to(second(*at))?;
        // What rings when the box dies is in doubt, and the case would be another one.
        if manner == Manner::Restarted && !play.world.phones.is_up() {
            play.world.restart()?;
        }
    }
    play.end_row()?;
    Ok(judge(case, &play.rows))
}

/// Who takes threads in a case.
const AGENT: &str = "agent";

fn second(at: i64) -> Timestamp {
    samples::START.shifted_ms(at * 1000)
}

fn rosters(case: &Case) -> Result<Vec<Roster>, Trouble> {
    let aliases = |number: &String| case.aliases.iter().filter(|(_, of)| *of == number).map(|(alias, _)| alias.clone()).collect();
    let on_call =
        |number: &String| Ok(OnCall { name: String::new(), number: number_of(number)?, aliases: aliases(number), shifts: Vec::new() });
    let roster = |(name, numbers): (&String, &Vec<String>)| {
        let people = numbers.iter().map(on_call).collect::<Result<_, Trouble>>()?;
        Ok(Roster { name: name.clone(), people })
    };
    case.rosters.iter().map(roster).collect()
}

fn number_of(text: &str) -> Result<Msisdn, Trouble> {
    Msisdn::from_e164(text).map_err(|error| Trouble(format!("{text}: {error}")))
}

fn time_line(case: &Case, manner: Manner) -> Vec<(i64, u8, Action<'_>)> {
    let mut line = Vec::new();
    for open in &case.open {
        line.push((open.sent, 0, Action::Open(open)));
        line.extend(open.delivered.map(|at| (at, 1, Action::Delivered(open))));
        line.extend(open.expired.map(|at| (at, 1, Action::Expired(open))));
    }
    line.extend(case.texts.iter().enumerate().map(|(at, text)| (text.at, 1, Action::Text(at))));
    if let Some(agent) = &case.agent {
        line.push((agent.taken, 2, Action::Taken));
        line.extend(agent.left.map(|left| (left, 2, Action::Left)));
        line.extend(agent.closed.map(|closed| (closed, 2, Action::Closed)));
    }
    line.extend(case.then.iter().map(|then| (then.at, 3, Action::Then(then))));
    for (row, heard) in case.heard.iter().enumerate() {
        line.extend(parts(row, heard, manner));
    }
    line
}

fn parts(row: usize, heard: &Heard, manner: Manner) -> Vec<(i64, u8, Action<'_>)> {
    let reference = row as u16 + 1;
    if heard.parts.is_empty() {
        return vec![(heard.at, 4, Action::Part { row, place: 0, first: true, reference })];
    }
    let mut order: Vec<usize> = heard.order.clone().unwrap_or_else(|| (1..=heard.parts.len()).collect());
    if manner == Manner::Swapped {
        order.reverse();
    }
    let gap = heard.gap.unwrap_or(1);
    let at = |nth: usize| heard.at + gap * nth as i64;
    order.iter().enumerate().map(|(nth, place)| (at(nth), 4, Action::Part { row, place: *place, first: nth == 0, reference })).collect()
}

/// A case while it runs.
pub(super) struct Play<'a> {
    pub case: &'a Case,
    pub world: World,
    pub names: BTreeMap<SessionId, String>,
    pub rows: Vec<Row>,
}

impl Play<'_> {
    fn contact(&mut self) -> Result<(), Trouble> {
        let case = self.case;
        let contact = Contact {
            msisdn: number_of(&case.person)?,
            name: None,
            language: Some(case.lang.clone().unwrap_or_else(|| "en".to_owned())),
            zone: None,
            accounts: case.accounts.as_ref().map_or(1, |accounts| accounts.len() as u32),
            facts: case.facts()?,
        };
        let now = self.world.now;
        self.world.job(|work| Ok(work.tx.save_contact(&contact, now)?))?;
        match case.opt_in(number_of(&case.person)?)? {
            Some(change) => self.world.job(|work| consent::note(work, &change)),
            None => Ok(()),
        }
    }

    fn act(&mut self, action: &Action<'_>, manner: Manner) -> Result<(), Trouble> {
        match action {
            Action::Open(open) => self.open(open),
            Action::Delivered(open) => {
                let session = self.session(&open.id)?;
                self.world.report(session, true)
            }
            Action::Expired(open) => self.expire(&open.id),
            Action::Text(at) => self.plain(*at),
            Action::Taken => self.agent(|work, person, queue| people::take_thread(work, person, AGENT, queue)),
            Action::Left => self.agent(|work, person, _| people::release_thread(work, person, AGENT)),
            Action::Closed => self.agent(|work, person, _| people::close_thread(work, person, AGENT).map(drop)),
            Action::Then(then) => self.then(then),
            Action::Part { row, place, first, reference } => {
                if *first {
                    self.begin_row(*row)?;
                }
                self.hear(*row, *place, *reference, manner)
            }
        }
    }

    fn open(&mut self, open: &Open) -> Result<(), Trouble> {
        let exact = FlowRef { name: open.flow.clone(), revision: 1 };
        let mut data = open.data()?;
        for (number, code) in &open.codes {
            data.insert(format!("@code:{number}"), Value::Text(code.clone()));
        }
        let paged = !open.paged.is_empty() || !open.codes.is_empty();
        let to = if paged { None } else { Some(number_of(&self.case.person)?) };
        let mut begin = Begin::new(exact, to, data);
        begin.at = Some(open.step.clone());
        begin.sim.clone_from(&open.sim);
        begin.tag = open.tag;
        begin.free_door = true;
        begin.asked_for = true;
        let id = self.world.job(|work| session::place(work, begin))?;
        self.names.insert(id, open.id.clone());
        for _ in 1..open.paged.len() {
            self.world.job(|work| {
                let visit = work.tx.session(id)?.map_or(0, |session| session.visit);
                work.advance(id, Trigger::Timer { kind: TimerKind::Page, visit }).map(drop)
            })?;
        }
        Ok(())
    }

    /// The session's time is over at this second, whatever its flow says.
    fn expire(&mut self, id: &str) -> Result<(), Trouble> {
        let session = self.session(id)?;
        self.world.job(|work| {
            if let Some(mut row) = work.tx.session(session)? {
                row.expires_at = work.now;
                work.tx.save_session(&row)?;
            }
            work.advance(session, Trigger::Timer { kind: TimerKind::Expires, visit: 0 }).map(drop)
        })
    }

    fn plain(&mut self, at: usize) -> Result<(), Trouble> {
        let Some(plain) = self.case.texts.get(at) else { return Ok(()) };
        if plain.agent {
            let person = number_of(&self.case.person)?;
            let (text, sim) = (Text::new(plain.text.clone()), plain.sim.clone());
            return self.world.job(|work| people::say(work, &person, text, sim.as_deref()).map(drop));
        }
        let request = NewMessage {
            to: self.case.person.clone(),
            text: Text::new(plain.text.clone()),
            policy: Policy::Notice,
            rank: None,
            category: Some(Category::Account),
            not_before: None,
            expires_at: None,
            sim: plain.sim.clone(),
            parts_max: None,
            class: None,
            report: true,
            replaces: None,
            tags: Vec::new(),
            source: "rehearsal".to_owned(),
            idempotency: None,
        };
        self.world.job(|work| accept::message(work, &request).map(drop))
    }

    fn agent(&mut self, act: impl FnOnce(&mut Work<'_, '_>, &Msisdn, &str) -> Result<(), Reject>) -> Result<(), Trouble> {
        let Some(agent) = &self.case.agent else { return Ok(()) };
        let person = number_of(&self.case.person)?;
        self.world.job(|work| act(work, &person, &agent.queue))
    }

    fn then(&mut self, then: &Then) -> Result<(), Trouble> {
        let data = then.data()?;
        if let Some(event) = &then.event {
            let session = self.session(then.session.as_deref().unwrap_or_default())?;
            return self.world.job(|work| happened::event(work, &[session], event, &data).map(drop));
        }
        if let Some(flow) = &then.start {
            let request = NewSession {
                flow: flow.clone(),
                to: Some(self.case.person.clone()),
                data,
                source: "rehearsal".to_owned(),
                ..NewSession::default()
            };
            let begun = self.world.job(|work| session::begin(work, &request))?;
            let id = begun.answer.id;
            self.names.insert(id, then.id.clone().unwrap_or_else(|| flow.clone()));
            return Ok(());
        }
        if let Some(report) = &then.report {
            let session = self.session(then.session.as_deref().unwrap_or_default())?;
            return self.world.report(session, report == "delivered");
        }
        if let (Some(number), Some(does)) = (&then.phone, &then.does) {
            self.world.phones.does(number, does.phones("then.phone")?);
            return Ok(());
        }
        if let Some(sim) = &then.gone {
            return self.world.lose(sim);
        }
        if then.tick { Ok(()) } else { Err(Trouble(format!("then at {}: nothing is said to happen", then.at))) }
    }

    /// A session by its name in the case: an `id`, or its flow's name.
    fn session(&mut self, name: &str) -> Result<SessionId, Trouble> {
        self.name_new_ones()?;
        let found = self.names.iter().rev().find(|(_, known)| *known == name).map(|(id, _)| *id);
        found.ok_or_else(|| Trouble(format!("there is no session {name}")))
    }

    /// Sessions opened during the case are called by their flow.
    pub(super) fn name_new_ones(&mut self) -> Result<(), Trouble> {
        for event in self.world.read(|reader| reader.events_after(0, crate::store::EVENTS_MAX))? {
            if event.kind == "session.opened"
                && let Some(id) = event.session
            {
                let flow = event.data.get("flow").and_then(|flow| flow.as_str()).unwrap_or_default().to_owned();
                // What the box does by itself about a danger is no session of this person.
                if flow == danger::FLOW && !self.case.flows.contains(&flow) {
                    continue;
                }
                self.names.entry(id).or_insert(flow);
            }
        }
        Ok(())
    }

    fn hear(&mut self, row: usize, place: usize, reference: u16, manner: Manner) -> Result<(), Trouble> {
        let Some(heard) = self.case.heard.get(row) else { return Ok(()) };
        let from = heard.from.clone().unwrap_or_else(|| self.case.person.clone());
        let sim = heard.sim.clone().or_else(|| self.case.sims().first().cloned()).unwrap_or_default();
        let pieces = pieces(heard, place, reference)?;
        let times = if manner == Manner::Doubled { 2 } else { 1 };
        for (words, concat) in pieces {
            for _ in 0..times {
                let part = radio::Part { text: &words, concat, no_reply: heard.no_reply };
                self.world.hear(&sim, &from, second(heard.sc_time), &part, heard.live.unwrap_or(true))?;
            }
        }
        Ok(())
    }
}

/// The words of a part with its place in the text.
type Piece = (String, Option<(u16, u8, u8)>);

/// A text as a phone cuts it, or one part as the case writes it.
fn pieces(heard: &Heard, place: usize, reference: u16) -> Result<Vec<Piece>, Trouble> {
    if let Some(text) = &heard.text {
        let cut = radio::cut(text);
        let total = cut.len() as u8;
        return Ok(cut.into_iter().zip(1..).map(|(words, seq)| (words, (total > 1).then_some((reference, total, seq)))).collect());
    }
    let words = heard.parts.get(place.saturating_sub(1)).cloned().ok_or_else(|| Trouble(format!("there is no part {place}")))?;
    Ok(vec![(words, Some((reference, heard.parts.len() as u8, place as u8)))])
}
