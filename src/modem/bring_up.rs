//! Bringing a modem up, one explicit setting after the other (never ATZ: it restores bad profiles). A modem that answers
//! ERROR to half of this still works if it can send.
//!
//! The SIM's PIN is `pin`'s business; what is read again while it serves is `health`'s.

use at_commands::Tick;
use at_commands::answer::{Final, Numbered};
use at_commands::chat::{ChatError, Done, Request};
use at_commands::command::network::{self, Domain};
use at_commands::command::{call, identity, setup, sim, sms};
use at_commands::error::{CmeError, CmsError};

use super::driver::{Driver, Job, State};
use super::io::{Identity, ModemEvent};

/// The steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    ResultsOn,
    ResultsInWords,
    EchoOff,
    ErrorNumbers,
    Manufacturer,
    Model,
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
    Indications(usize),
    IndicationsRead,
    List,
    Registrations(usize),
    KeepLink,
    CallerId,
    Extra(usize),
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

/// Noise that lasts is a fault of the cable, and a modem that nobody knows can still send.
const ASKED_AGAIN_MAX: u8 = 3;

/// What the bring-up found out and set.
#[derive(Debug, Default)]
pub(super) struct Setup {
    /// The memory that reads, writes and receives; `None` where the modem names none.
    pub(super) home: Option<String>,
    /// Memories that can be read.
    readable: Vec<String>,
    offered: Option<sms::Indications>,
    /// What `+CNMI` was set to.
    pub(super) indications: Option<[u8; 5]>,
    /// Registrations the modem knows, in the order of [`Domain::ALL`].
    pub(super) domains: Vec<Domain>,
    /// `ATE0` was taken: an echo from then on is a sign that the settings are lost.
    pub(super) echo_off: bool,
    /// `+CMEE=1` was taken.
    pub(super) error_numbers: bool,
    /// Which alphabet strings come in.
    pub(super) charset: at_commands::text::ussd::Charset,
    /// What it needs for sending and does not have.
    pub(super) lacks: Option<Lack>,
    /// Since when the SIM has been busy.
    busy_since: Option<Tick>,
    /// The step that was asked once without an answer.
    missed: Option<Step>,
    /// A line that nobody understands came while it was asked who it is.
    pub(super) noise: bool,
    /// How often it was asked again for that.
    asked_again: u8,
}

/// What keeps a modem that is set up from sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lack {
    /// `AT+CMGF=0` does not hold.
    PduMode,
    /// The SIM's service centre is known to be empty.
    ServiceCentre,
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
        self.health.modem_restarted();
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
            Step::Indications(at) => self.indications(at).map(sms::indications_set),
            Step::IndicationsRead => Some(sms::indications_read()),
            Step::List => Some(sms::list()),
            Step::Registrations(at) => Domain::ALL.get(at).map(|domain| network::registration_set(*domain)),
            Step::KeepLink => Some(sms::keep_link(2)),
            Step::CallerId => Some(call::caller_id_on()),
            Step::Extra(at) => self.profile.extra.get(at).map(|line| Request::new(*line, self.profile.command_max)),
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
            Step::Model => Step::Firmware,
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
            Step::IndicationsOffered => Step::Indications(0),
            Step::Indications(_) => Step::IndicationsRead,
            Step::IndicationsRead => Step::List,
            Step::List => Step::Registrations(0),
            Step::Registrations(_) => Step::KeepLink,
            Step::KeepLink => Step::CallerId,
            Step::CallerId => Step::Extra(0),
            Step::Extra(_) => Step::OperatorFormat,
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
        self.ladder.settled();
        self.state = State::Serving(Job::Free);
        self.health.begin(now);
    }

    pub(super) fn step_done(&mut self, now: Tick, done: &Done) {
        let State::BringUp { step, .. } = self.state else { return };
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
        let since = *self.setup.busy_since.get_or_insert(now);
        if now.since(since) > self.profile.busy_max {
            return self.step_answered(now, step, false, &NOTHING);
        }
        self.state = State::BringUp { step, phase: Phase::Pause { until: now.plus(self.profile.busy_pause) } };
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
            Step::Model => {
                self.identity.model = identity::text(lines).unwrap_or_default();
                self.apply_quirks();
            }
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
                let memory = self.other_memory(at).unwrap_or_default().to_owned();
                self.listed(now, &memory, lines);
            }
            Step::Memories => self.memories_set(ok),
            Step::MemoriesRead => self.memories_came(lines),
            Step::IndicationsOffered => self.setup.offered = sms::indications_offered(lines),
            Step::Indications(at) if !ok => return self.go(Step::Indications(at + 1)),
            Step::Indications(at) => self.setup.indications = self.indications(at),
            Step::IndicationsRead => self.indications_came(lines),
            Step::List => {
                let home = self.setup.home.clone().unwrap_or_default();
                self.listed(now, &home, lines);
            }
            Step::Registrations(at) => return self.domain_set(at, ok),
            Step::Extra(at) => return self.go(Step::Extra(at + 1)),
            Step::ResultsOn
            | Step::ResultsInWords
            | Step::Function
            | Step::FunctionOn
            | Step::PinNote
            | Step::SmsReady
            | Step::PduMode
            | Step::Mode
            | Step::Service
            | Step::KeepLink
            | Step::CallerId
            | Step::OperatorFormat => {}
        }
        self.skip(now, step);
    }

    fn apply_quirks(&mut self) {
        self.profile = self.plain_profile.clone().with_quirks(&self.identity.manufacturer, &self.identity.model);
        self.chat.set_pace(self.profile.pace.clone());
    }

    /// Keeps an ICCID; otherwise the next way to ask for it, if there is one.
    fn card_id(&mut self, lines: &[at_commands::chat::Info], way: usize) -> Option<usize> {
        if let Some(iccid) = identity::iccid(lines) {
            self.identity.iccid = iccid;
            return None;
        }
        (way + 1 < identity::ICCID_WAYS.len()).then_some(way + 1)
    }

    fn service_centre_came(&mut self, lines: &[at_commands::chat::Info]) {
        if let Some(number) = sms::service_centre(lines) {
            self.setup.lacks = number.is_empty().then_some(Lack::ServiceCentre);
            self.identity.smsc = number;
        }
    }

    /// Something is missing or garbled and there was noise on the line: it is asked once more who it is, and no more than
    /// [`ASKED_AGAIN_MAX`] times.
    fn may_be_misheard(&mut self) -> bool {
        let who = &self.identity;
        let garbled = [&who.manufacturer, &who.model, &who.firmware].iter().any(|words| words.contains(char::REPLACEMENT_CHARACTER));
        let lacks = garbled || who.imei.is_empty() || who.iccid.is_empty();
        let again = lacks && std::mem::take(&mut self.setup.noise) && self.setup.asked_again < ASKED_AGAIN_MAX;
        if again {
            self.setup.asked_again += 1;
            self.identity = Identity::default();
        }
        again
    }

    /// Tells who it is, where that is not what was told last.
    pub(super) fn tell_identity(&mut self) {
        if self.card.told != self.identity {
            if self.card.told.iccid != self.identity.iccid {
                // Another SIM: whoever hears `Ready` next finds this one's name, and what was meant for the old one goes back.
                self.abort_waiting("sim_changed");
                self.free_told = false;
                self.health.forget_ready();
            }
            self.card.told = self.identity.clone();
            self.tell(ModemEvent::Identity(self.identity.clone()));
        }
    }

    fn memories_offered(&mut self, lines: &[at_commands::chat::Info]) {
        let [read, write, receive] = sms::storages_offered(lines);
        let everywhere = |memory: &&&str| [&read, &write, &receive].iter().all(|offered| offered.iter().any(|name| name == **memory));
        self.setup.home = self.profile.memories.iter().find(everywhere).map(|memory| (*memory).to_owned());
        self.setup.readable = read;
    }

    /// Memories beside home that may hold messages of earlier days, or of class 2.
    fn other_memory(&self, at: usize) -> Option<&str> {
        let home = self.setup.home.as_deref()?;
        let others = ["SM", "ME"].into_iter().filter(|memory| *memory != home && home != "MT");
        others.filter(|memory| self.setup.readable.iter().any(|name| name == memory)).nth(at)
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

    /// The setting at `at` of those the modem offers; all of them where it offers nothing readable.
    fn indications(&self, at: usize) -> Option<[u8; 5]> {
        let fits = |values: &[i64], wanted: u8| values.is_empty() || values.contains(&i64::from(wanted));
        let Some(offered) = &self.setup.offered else { return self.profile.indications.get(at).copied() };
        let settings = self.profile.indications.iter().map(|[mode, mt, bm, ds, bfr]| {
            let mode = if fits(&offered.mode, *mode) { *mode } else { lowest(&offered.mode, &[1, 3, 0], *mode) };
            let bfr = if fits(&offered.bfr, *bfr) { *bfr } else { lowest(&offered.bfr, &[1], *bfr) };
            [mode, *mt, *bm, *ds, bfr]
        });
        // Many claim ds=1 in the list and refuse it, and some the other way round: the list only orders what is tried.
        let (listed, unlisted): (Vec<_>, Vec<_>) = settings.partition(|setting| fits(&offered.ds, setting[3]));
        listed.into_iter().chain(unlisted).nth(at)
    }

    fn indications_came(&mut self, lines: &[at_commands::chat::Info]) {
        let Some(values) = sms::indications(lines) else { return };
        let said: Vec<u8> = values.iter().filter_map(|value| u8::try_from(*value).ok()).collect();
        if let Ok(setting) = <[u8; 5]>::try_from(said) {
            self.setup.indications = Some(setting);
        }
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

/// The first of these that is offered, or else the wish as it was.
fn lowest(offered: &[i64], order: &[u8], wish: u8) -> u8 {
    order.iter().copied().find(|value| offered.contains(&i64::from(*value))).unwrap_or(wish)
}

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
