//! Bringing a modem up, one explicit setting after the other (never ATZ: it restores bad profiles). A modem that answers
//! ERROR to half of this still works if it can send.
//!
//! The SIM's PIN is `pin`'s business; what is read again while it serves is `health`'s.

use at_commands::Tick;
use at_commands::answer::{Final, Numbered};
use at_commands::chat::{ChatError, Done, Request};
use at_commands::command::network::{self, Domain};
use at_commands::command::{call, clock, identity, ports, setup, sim, sms};
use at_commands::error::{CmeError, CmsError};

use super::clock::ModemClock;
use super::driver::{Driver, Job, State};
use super::indications::Phase2Plus;
use super::io::Identity;

/// The steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    ResultsOn,
    ResultsInWords,
    EchoOff,
    ErrorNumbers,
    Manufacturer,
    Model,
    Ports,
    Firmware,
    Imei,
    Function,
    FunctionOn,
    CardId(usize),
    PinState,
    PinTries(usize),
    PinNote,
    PinEnter,
    Imsi,
    CardIdAgain(usize),
    SmsReady,
    ServiceCentre,
    Charset,
    PduMode,
    Mode,
    Service,
    MemoriesOffered,
    OtherMemory(usize),
    OtherList(usize),
    Memories,
    MemoriesRead,
    IndicationsOffered,
    ServicesOffered,
    Phase2Plus,
    Indications(usize),
    IndicationsRead,
    List,
    Registrations(usize),
    KeepLink,
    CallerId,
    Extra(usize),
    ZoneReports(u8),
    ClockUpdates(usize),
    OperatorFormat,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It is to be asked.
    Next,
    /// It is asked.
    Asked,
    /// It is asked again then: the SIM is busy.
    Pause { until: Tick },
    /// The note about the PIN is being written.
    Noting,
}

/// What the bring-up found out and set.
#[derive(Debug, Default)]
pub(super) struct Setup {
    /// The memory that reads, writes and receives; `None` where the modem names none.
    pub(super) home: Option<String>,
    /// Memories that can be read.
    readable: Vec<String>,
    pub(super) offered: Option<sms::Indications>,
    /// Whether what the modem shows is to be acknowledged.
    pub(super) phase_2plus: Phase2Plus,
    /// What `+CNMI` was set to.
    pub(super) indications: Option<[u8; 5]>,
    /// Registrations the modem knows, in the order of [`Domain::ALL`].
    pub(super) domains: Vec<Domain>,
    /// Registrations that were answered by `OK` alone.
    pub(super) wordless: Vec<Domain>,
    /// `ATE0` was taken: an echo from then on is a sign that the settings are lost.
    pub(super) echo_off: bool,
    /// `+CMEE=1` was taken.
    pub(super) error_numbers: bool,
    /// What is known of its clock.
    pub(super) clock: ModemClock,
    /// Which alphabet strings come in.
    pub(super) charset: at_commands::text::ussd::Charset,
    /// What it needs for sending and does not have.
    pub(super) lacks: Option<Lack>,
    /// The way that told the ICCID.
    pub(super) card_way: Option<usize>,
    /// Since when the SIM has been busy.
    busy_since: Option<Tick>,
    /// The step that was asked once without an answer.
    missed: Option<Step>,
    /// The last step that was answered by `OK`.
    agreed: Option<Step>,
    /// A line that nobody understands came while it was asked who it is.
    pub(super) noise: bool,
    /// How often it was asked again for that.
    pub(super) asked_again: u8,
}

/// What keeps a modem that is set up from sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lack {
    /// `AT+CMGF=0` does not hold.
    PduMode,
    /// The SIM's service centre is known to be empty.
    ServiceCentre,
}

/// What can be read beside home, where the modem has it: texts in the SIM or in the modem, and status reports.
const OTHERS: [&str; 3] = ["SM", "ME", REPORTS];
/// The memory of status reports.
pub(super) const REPORTS: &str = "SR";

impl Setup {
    /// The memories beside home that can be read. "MT" is both of the SIM and of the modem.
    pub(super) fn other_memories(&self) -> impl Iterator<Item = &'static str> {
        let home = self.home.as_deref();
        let is_home = move |memory: &str| home.is_none_or(|home| home == memory || (home == "MT" && memory != REPORTS));
        OTHERS.into_iter().filter(move |memory| !is_home(memory) && self.readable.iter().any(|name| name == memory))
    }
}

impl Phase {
    pub(super) fn until(self) -> Option<Tick> {
        match self {
            Self::Pause { until } => Some(until),
            Self::Next | Self::Asked | Self::Noting => None,
        }
    }
}

impl Driver {
    pub(super) fn begin_bring_up(&mut self) {
        self.setup = Setup::default();
        self.pin_after_restart();
        self.identity = Identity::default();
        self.inbox.modem_restarted();
        self.acknowledging.modem_restarted();
        self.health.modem_restarted();
        self.ussd.modem_restarted();
        self.go(Step::ResultsOn);
    }

    pub(super) fn go(&mut self, step: Step) {
        self.state = State::BringUp { step, phase: Phase::Next };
    }

    /// Asks the current step, or goes over it; false when there is nothing to do but wait.
    pub(super) fn start_step(&mut self, now: Tick) -> bool {
        let State::BringUp { step, .. } = self.state else { return false };
        match self.request(step) {
            Some(request) => {
                self.state = State::BringUp { step, phase: Phase::Asked };
                self.ask(now, request);
            }
            None => self.skip(now, step),
        }
        true
    }

    /// The command of a step; `None` where it does not apply to this modem.
    fn request(&self, step: Step) -> Option<Request> {
        match step {
            Step::ResultsOn => Some(setup::results_on()),
            Step::ResultsInWords => Some(setup::results_in_words()),
            Step::EchoOff => Some(setup::echo_off()),
            Step::ErrorNumbers => Some(setup::error_numbers()),
            Step::Manufacturer => Some(identity::manufacturer()),
            Step::Model => Some(identity::model()),
            Step::Ports => self.profile.tells_ports.then(ports::modes_read),
            Step::Firmware => Some(identity::firmware()),
            Step::Imei => Some(identity::imei()),
            Step::Function => Some(network::function_read()),
            Step::FunctionOn => Some(network::function_set(1)),
            Step::CardId(way) | Step::CardIdAgain(way) => {
                let wanted = self.identity.iccid.is_empty();
                identity::ICCID_WAYS.get(way).filter(|_| wanted).map(|way| identity::iccid_by(way))
            }
            Step::PinState => Some(sim::pin_state_read()),
            Step::PinTries(row) => self.tries_request(row),
            Step::PinNote => None,
            Step::PinEnter => self.pin_request(),
            Step::Imsi => Some(identity::imsi()),
            Step::SmsReady => Some(sms::storages_read()),
            Step::ServiceCentre => Some(sms::service_centre_read()),
            Step::Charset => Some(setup::charset("IRA")),
            Step::PduMode => Some(sms::pdu_mode()),
            Step::Mode => Some(sms::mode_read()),
            Step::Service => Some(sms::service(0)),
            Step::MemoriesOffered => Some(sms::storages_test()),
            Step::OtherMemory(at) => self.other_memory(at).map(sms::storage_to_read),
            Step::OtherList(at) => self.other_memory(at).map(|_| sms::list()),
            Step::Memories => self.setup.home.as_deref().map(sms::storages_set),
            Step::MemoriesRead => Some(sms::storages_read()),
            Step::IndicationsOffered => Some(sms::indications_test()),
            Step::ServicesOffered => self.stores_nothing().then(sms::services_test),
            Step::Phase2Plus => (self.setup.phase_2plus == Phase2Plus::Offered).then(|| sms::service(1)),
            Step::Indications(at) => self.indications(at).map(sms::indications_set),
            Step::IndicationsRead => Some(sms::indications_read()),
            Step::List => Some(sms::list()),
            Step::Registrations(at) => Domain::ALL.get(at).map(|domain| network::registration_set(*domain)),
            Step::KeepLink => Some(sms::keep_link(2)),
            Step::CallerId => Some(call::caller_id_on()),
            Step::Extra(at) => self.extra(at).map(|line| Request::new(*line, self.profile.command_max)),
            Step::ZoneReports(n) => (n > 0).then(|| clock::zone_reports(n)),
            Step::ClockUpdates(at) => self.profile.clock_updates.get(at).map(|line| Request::new(*line, self.profile.command_max)),
            Step::OperatorFormat => Some(network::operator_format(0)),
        }
    }

    /// The step after this one when it is answered, in whatever way, or does not apply.
    fn after(step: Step) -> Option<Step> {
        Some(match step {
            Step::ResultsOn => Step::ResultsInWords,
            Step::ResultsInWords => Step::EchoOff,
            Step::EchoOff => Step::ErrorNumbers,
            Step::ErrorNumbers => Step::Manufacturer,
            Step::Manufacturer => Step::Model,
            Step::Model => Step::Ports,
            Step::Ports => Step::Firmware,
            Step::Firmware => Step::Imei,
            Step::Imei => Step::Function,
            Step::Function | Step::FunctionOn => Step::CardId(0),
            Step::CardId(_) => Step::PinState,
            Step::PinState => Step::Imsi,
            Step::PinTries(_) => Step::PinNote,
            Step::PinNote => Step::PinEnter,
            Step::PinEnter => Step::PinState,
            Step::Imsi => Step::CardIdAgain(0),
            Step::CardIdAgain(_) => Step::SmsReady,
            Step::SmsReady => Step::ServiceCentre,
            Step::ServiceCentre => Step::Charset,
            Step::Charset => Step::PduMode,
            Step::PduMode => Step::Mode,
            Step::Mode => Step::Service,
            Step::Service => Step::MemoriesOffered,
            Step::MemoriesOffered => Step::OtherMemory(0),
            Step::OtherMemory(_) => Step::Memories,
            Step::OtherList(at) => Step::OtherMemory(at + 1),
            Step::Memories => Step::MemoriesRead,
            Step::MemoriesRead => Step::IndicationsOffered,
            Step::IndicationsOffered => Step::ServicesOffered,
            Step::ServicesOffered => Step::Phase2Plus,
            Step::Phase2Plus => Step::Indications(0),
            Step::Indications(_) => Step::IndicationsRead,
            Step::IndicationsRead => Step::List,
            Step::List => Step::Registrations(0),
            Step::Registrations(_) => Step::KeepLink,
            Step::KeepLink => Step::CallerId,
            Step::CallerId => Step::Extra(0),
            Step::Extra(_) => Step::ZoneReports(2),
            Step::ZoneReports(_) => Step::ClockUpdates(0),
            Step::ClockUpdates(_) => Step::OperatorFormat,
            Step::OperatorFormat => return None,
        })
    }

    pub(super) fn skip(&mut self, now: Tick, step: Step) {
        if step == Step::ServiceCentre {
            if self.may_be_misheard() {
                return self.go(Step::Manufacturer);
            }
            self.tell_identity();
        }
        match Self::after(step) {
            Some(next) => self.go(next),
            None => self.serve(now),
        }
    }

    /// Everything is set: messages may come and go once it is registered.
    fn serve(&mut self, now: Tick) {
        // `ERROR` to each `AT` may be its manner; to everything it is none.
        if self.setup.agreed.is_none() {
            return self.mute(now);
        }
        self.ladder.settled();
        self.heed_falls(now);
        self.state = State::Serving(Job::Free);
        self.health.begin(now);
    }

    pub(super) fn step_done(&mut self, now: Tick, done: &Done) {
        let State::BringUp { step, .. } = self.state else { return };
        self.setup.agreed = if done.result.is_ok() { Some(step) } else { self.setup.agreed };
        match &done.result {
            Err(ChatError::Lost | ChatError::Restarted) => {}
            Err(ChatError::Timeout | ChatError::NoPrompt | ChatError::Cancelled) if done.lines.is_empty() => self.step_missed(now, step),
            Err(ChatError::Refused(result)) if is_busy(result) && waits_for_sim(step) => self.step_busy(now, step),
            result => {
                let ok = result.is_ok() || !done.lines.is_empty();
                self.step_answered(now, step, ok, done);
            }
        }
    }

    /// Not answered in time: once more, then over it.
    fn step_missed(&mut self, now: Tick, step: Step) {
        if self.setup.missed == Some(step) || step == Step::PinEnter {
            return self.step_answered(now, step, false, &NOTHING);
        }
        self.setup.missed = Some(step);
        self.state = State::BringUp { step, phase: Phase::Next };
    }

    fn step_busy(&mut self, now: Tick, step: Step) {
        match self.busy_until(now) {
            Some(until) => self.state = State::BringUp { step, phase: Phase::Pause { until } },
            None => self.step_answered(now, step, false, &NOTHING),
        }
    }

    /// When a SIM that is busy is asked again; `None` where it has been busy for too long.
    pub(super) fn busy_until(&mut self, now: Tick) -> Option<Tick> {
        let since = *self.setup.busy_since.get_or_insert(now);
        (now.since(since) <= self.profile.busy_max).then(|| now.plus(self.profile.busy_pause))
    }

    /// "SMS ready": do not wait out the pause.
    pub(super) fn sms_ready(&mut self) {
        if let State::BringUp { phase, .. } = &mut self.state
            && phase.until().is_some()
        {
            *phase = Phase::Next;
        }
    }

    fn step_answered(&mut self, now: Tick, step: Step, ok: bool, done: &Done) {
        let lines = &done.lines;
        match step {
            Step::EchoOff => self.setup.echo_off = ok,
            Step::ErrorNumbers => self.setup.error_numbers = ok,
            Step::Charset => self.setup.charset = super::ussd::charset(ok),
            Step::Manufacturer => self.identity.manufacturer = identity::text(lines).unwrap_or_default(),
            Step::Model => self.model_came(lines),
            Step::Ports => self.ports_came(lines),
            Step::Firmware => self.identity.firmware = identity::text(lines).unwrap_or_default(),
            Step::Imei => self.identity.imei = identity::digits(lines).unwrap_or_default(),
            Step::Function if network::function(lines).is_some_and(|fun| fun != 1) => return self.go(Step::FunctionOn),
            Step::CardId(way) => {
                if let Some(next) = self.card_id(lines, way) {
                    return self.go(Step::CardId(next));
                }
            }
            Step::CardIdAgain(way) => {
                if let Some(next) = self.card_id(lines, way) {
                    return self.go(Step::CardIdAgain(next));
                }
            }
            Step::PinState => return self.pin_state_came(now, done),
            Step::PinTries(row) => return self.tries_came(now, row, lines),
            Step::PinEnter => return self.pin_entered(now, ok),
            Step::Imsi => self.identity.imsi = identity::digits(lines).unwrap_or_default(),
            Step::ServiceCentre => self.service_centre_came(lines),
            Step::Mode if sms::mode(lines) == Some(1) => self.setup.lacks = Some(Lack::PduMode),
            Step::MemoriesOffered => self.memories_offered(lines),
            Step::OtherMemory(at) if ok => return self.go(Step::OtherList(at)),
            Step::OtherMemory(at) => return self.go(Step::OtherMemory(at + 1)),
            Step::OtherList(at) => {
                let memory = self.other_memory(at).unwrap_or_default();
                self.listed(now, memory, lines);
            }
            Step::Memories => self.memories_set(ok),
            Step::MemoriesRead => self.memories_came(lines),
            Step::IndicationsOffered => self.setup.offered = sms::indications_offered(lines),
            Step::ServicesOffered if sms::offers_service(lines, 1) => self.setup.phase_2plus = Phase2Plus::Offered,
            Step::Phase2Plus if ok => return self.phase_2plus_taken(),
            Step::Indications(at) if !ok => return self.go(Step::Indications(at + 1)),
            Step::Indications(at) => self.setup.indications = self.indications(at),
            Step::IndicationsRead => self.indications_came(lines),
            Step::List => {
                self.inbox.unlisted = !ok;
                self.listed(now, &self.setup.home.clone().unwrap_or_default(), lines);
            }
            Step::Registrations(at) => return self.domain_set(at, ok),
            Step::Extra(at) => return self.go(Step::Extra(at + 1)),
            Step::ZoneReports(n) if !ok => return self.go(Step::ZoneReports(n.saturating_sub(1))),
            Step::ClockUpdates(at) if !ok => return self.go(Step::ClockUpdates(at + 1)),
            Step::ClockUpdates(at) => self.setup.clock.follows_network(at),
            Step::ResultsOn
            | Step::ResultsInWords
            | Step::Function
            | Step::FunctionOn
            | Step::PinNote
            | Step::SmsReady
            | Step::PduMode
            | Step::Mode
            | Step::Service
            | Step::ServicesOffered
            | Step::Phase2Plus
            | Step::KeepLink
            | Step::CallerId
            | Step::ZoneReports(_)
            | Step::OperatorFormat => {}
        }
        self.skip(now, step);
    }

    fn model_came(&mut self, lines: &[at_commands::chat::Info]) {
        self.identity.model = identity::text(lines).unwrap_or_default();
        self.profile = self.plain_profile.clone().with_quirks(&self.identity.manufacturer, &self.identity.model);
        self.chat.set_pace(self.profile.pace.clone());
    }

    fn memories_offered(&mut self, lines: &[at_commands::chat::Info]) {
        let [read, write, receive] = sms::storages_offered(lines);
        let everywhere = |memory: &&&str| [&read, &write, &receive].iter().all(|offered| offered.iter().any(|name| name == **memory));
        self.setup.home = self.profile.memories.iter().find(everywhere).map(|memory| (*memory).to_owned());
        self.setup.readable = read;
    }

    /// Memories beside home that may hold messages of earlier days, texts of class 2, or status reports.
    fn other_memory(&self, at: usize) -> Option<&'static str> {
        self.setup.other_memories().nth(at)
    }

    /// Further commands: other ones where those may have made it deaf.
    fn extra(&self, at: usize) -> Option<&&'static str> {
        let deaf = self.ears.undone.then(|| self.profile.when_deaf.iter().find(|(set, _)| Some(set) == self.profile.extra.get(at)));
        deaf.flatten().map(|(_, undo)| undo).or_else(|| self.profile.extra.get(at))
    }

    fn memories_set(&mut self, ok: bool) {
        let home = self.setup.home.clone().filter(|_| ok);
        self.inbox.home_is(home.clone());
        self.setup.home = home;
    }

    fn memories_came(&mut self, lines: &[at_commands::chat::Info]) {
        let Some(storages) = sms::storages(lines) else { return };
        if self.setup.home.is_none() {
            self.setup.home = storages.memories[0].as_ref().map(|storage| storage.memory.clone());
            self.inbox.home_is(self.setup.home.clone());
        }
        self.storage_came(&storages);
    }

    fn domain_set(&mut self, at: usize, ok: bool) {
        // Units that refuse `=2` often answer the question all the same; only 5G is rare enough not to be asked then.
        if let Some(domain) = Domain::ALL.get(at).filter(|domain| ok || **domain != Domain::Fifth) {
            self.setup.domains.push(*domain);
        }
        self.go(Step::Registrations(at + 1));
    }
}

const NOTHING: Done = Done { lines: Vec::new(), data_sent: false, result: Ok(()) };

/// Still starting up: CME 14 and 515, CMS 302, 314 and 515.
pub(super) fn is_busy(result: &Final) -> bool {
    match result.number() {
        Some(Numbered::Cme(CmeError(code))) => matches!(code, 14 | 515),
        Some(Numbered::Cms(CmsError(code))) => matches!(code, 302 | 314 | 515),
        Some(Numbered::Modem(_)) | None => false,
    }
}

/// Steps that need the SIM: while it is busy they are put off, not skipped.
fn waits_for_sim(step: Step) -> bool {
    matches!(
        step,
        Step::PinState
            | Step::Imsi
            | Step::SmsReady
            | Step::ServiceCentre
            | Step::MemoriesOffered
            | Step::Memories
            | Step::MemoriesRead
            | Step::Indications(_)
            | Step::List
            | Step::OtherList(_)
    )
}
