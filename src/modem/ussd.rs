//! USSD: one code, one reply or one cancel at a time, between messages and never inside one (27.007 sec 7.15).
//!
//! The answer is a URC, before or after OK, up to a minute later. What went out is never asked again by itself: only a string
//! that the modem itself did not understand goes out once more in another form, and the count of forms is told. Before a code
//! whatever dialogue may still be open is cancelled: its answer would be taken for that of the code, or the code for a reply.

use at_commands::Tick;
use at_commands::answer::{Final, Numbered};
use at_commands::chat::{ChatError, Done, Request};
use at_commands::command::ussd::{self, UssdAnswer};
use at_commands::error::{CmeError, CmsError};
use at_commands::text::ussd::Charset;

use super::driver::{Driver, Job, State, earliest};
use super::io::{ModemEvent, UssdAsk, UssdEnd, UssdErrand};

/// What is wanted, what is under way, and whether the network waits for a reply.
///
/// ```text
///   wanted ── AT+CUSD ──► asked { until: None } ── OK ──► asked { until } ── +CUSD ──► (told)
///      ▲                        │ the modem does not understand the string     │ silence: unknown, and the answer may
///      └──── in the next form ──┘                                              ▼ still come late
/// ```
#[derive(Debug, Default)]
pub(super) struct Ussd {
    wanted: Option<Wanted>,
    asked: Option<Asked>,
    /// The network waits for a reply until then.
    menu: Option<Tick>,
    /// An exchange that was given up, and how long its answer may still be taken for its own.
    late: Option<(i64, Tick)>,
    /// No dialogue is open: not of an exchange that was given up, nor of one that another process began.
    is_closed: bool,
    /// The form that this modem understood since it started.
    form: usize,
}

#[derive(Debug)]
struct Wanted {
    errand: UssdErrand,
    since: Tick,
    /// Forms of the string that were tried before.
    tries: u8,
}

#[derive(Debug)]
struct Asked {
    errand: UssdErrand,
    tries: u8,
    /// Its end was told.
    told: bool,
    /// `None` while `AT+CUSD` is in flight.
    until: Option<Tick>,
}

/// A command of this room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UssdJob {
    /// What was asked for.
    Errand,
    /// The end of a menu that nobody answered, and of what may be open before a code goes out.
    Close,
}

/// A network that was slow tells its answer up to this many times the patience later.
const LATE_TIMES: u32 = 4;

impl Ussd {
    /// Which form it understands may be a setting that it has lost: in another one the network would hear rubbish.
    pub(super) fn modem_restarted(&mut self) {
        self.form = 0;
    }

    /// When something of it is over.
    pub(super) fn deadline(&self) -> Option<Tick> {
        self.asked.as_ref().and_then(|asked| asked.until)
    }

    /// When a menu is to be ended.
    pub(super) fn menu_due(&self) -> Option<Tick> {
        self.menu.filter(|_| self.asked.is_none())
    }
}

impl Driver {
    /// Takes an errand, or says at once why not.
    pub(super) fn ussd_wanted(&mut self, now: Tick, errand: UssdErrand) {
        let cancels = errand.ask == UssdAsk::Cancel;
        let (menu, asked) = (self.ussd.menu.is_some(), self.ussd.asked.is_some());
        let why = match &errand.ask {
            _ if !matches!(self.state, State::Serving(_)) || !self.health.is_ready() => Some("not_ready"),
            _ if self.ussd.wanted.is_some() || (asked && !cancels) => Some("busy"),
            UssdAsk::Code(_) if menu => Some("menu_open"),
            UssdAsk::Reply(_) if !menu => Some("no_menu"),
            UssdAsk::Cancel if !menu && !asked => Some("no_menu"),
            UssdAsk::Code(_) | UssdAsk::Reply(_) | UssdAsk::Cancel => None,
        };
        match why {
            Some(why) => self.tell(errand.not_sent(why)),
            None => self.ussd.wanted = Some(Wanted { errand, since: now, tries: 0 }),
        }
    }

    /// The next command of this room; with `late` only what has waited behind messages for too long.
    pub(super) fn next_ussd(&self, now: Tick, late: bool) -> Option<Job> {
        let waits = |wanted: &Wanted| !late || now.since(wanted.since) >= self.profile.overdue;
        if let Some(wanted) = self.ussd.wanted.as_ref().filter(|wanted| waits(wanted)) {
            let may_mix = !self.ussd.is_closed && matches!(wanted.errand.ask, UssdAsk::Code(_));
            return Some(Job::Ussd(if may_mix { UssdJob::Close } else { UssdJob::Errand }));
        }
        let close = !late && self.ussd.menu_due().is_some_and(|due| due <= now);
        close.then_some(Job::Ussd(UssdJob::Close))
    }

    /// Sends it; false where there is no form for what is wanted.
    pub(super) fn start_ussd(&mut self, now: Tick, job: UssdJob) -> bool {
        let request = match job {
            UssdJob::Close => {
                self.ussd.menu = None;
                self.ussd.is_closed = true;
                Some(ussd::cancel())
            }
            UssdJob::Errand => self.take_errand(),
        };
        if let Some(request) = request {
            self.state = State::Serving(Job::Ussd(job));
            self.ask(now, request);
        }
        // Also where it was told instead: the next job may leave.
        true
    }

    fn take_errand(&mut self) -> Option<Request> {
        let Wanted { errand, tries, .. } = self.ussd.wanted.take()?;
        let request = match &errand.ask {
            UssdAsk::Cancel => Some(ussd::cancel()),
            UssdAsk::Code(text) | UssdAsk::Reply(text) => {
                let form = self.profile.ussd_forms.get(self.ussd.form).copied();
                form.and_then(|form| ussd::ask_in(text, form))
            }
        };
        let Some(mut request) = request else {
            self.tell(ModemEvent::Ussd { id: Some(errand.id), tries, end: UssdEnd::NotSent { why: "unsayable" } });
            return None;
        };
        request.timeout = request.timeout.min(self.profile.ussd);
        // Whatever was asked before, a cancel ends it.
        self.ussd_over(UssdEnd::Unknown { why: "cancelled" });
        self.ussd.late = None;
        self.ussd.menu = None;
        self.ussd.is_closed = errand.ask == UssdAsk::Cancel;
        self.ussd.asked = Some(Asked { errand, tries: tries.saturating_add(1), told: false, until: None });
        Some(request)
    }

    /// `AT+CUSD` was answered.
    pub(super) fn ussd_done(&mut self, now: Tick, job: UssdJob, done: &Done) {
        let UssdJob::Errand = job else { return };
        let Some(asked) = &mut self.ussd.asked else { return };
        let cancels = asked.errand.ask == UssdAsk::Cancel;
        self.ussd.is_closed |= matches!(done.result, Err(ChatError::Refused(_)));
        match &done.result {
            Ok(()) if cancels => self.ussd_over(UssdEnd::Cancelled),
            Ok(()) if asked.told => self.ussd.asked = None,
            Ok(()) => asked.until = Some(now.plus(self.profile.ussd)),
            Err(ChatError::Refused(result)) if !asked.told && self.may_try_another_form(result) => self.another_form(now),
            Err(ChatError::Refused(result)) => self.ussd_over(UssdEnd::Refused { why: reason(result) }),
            Err(ChatError::Timeout | ChatError::NoPrompt | ChatError::Cancelled) => self.ussd_given_up(now, "no_answer"),
            Err(ChatError::Lost) => self.ussd_given_up(now, "lost"),
            Err(ChatError::Restarted) => self.ussd_given_up(now, "restarted"),
        }
    }

    /// Only where the modem says by a number that it did not take the string: then nothing has left it.
    fn may_try_another_form(&self, result: &Final) -> bool {
        let Some(asked) = &self.ussd.asked else { return false };
        let text = match &asked.errand.ask {
            UssdAsk::Code(text) | UssdAsk::Reply(text) => text,
            UssdAsk::Cancel => return false,
        };
        // A cancel that waits is obeyed: the code is not asked once more.
        let more = self.ussd.wanted.is_none() && usize::from(asked.tries) < self.profile.ussd_forms.len();
        let sayable = self.profile.ussd_forms.get(self.next_form()).is_some_and(|form| ussd::ask_in(text, *form).is_some());
        // With numbers switched on, a fault of the network has one.
        let not_understood = match result {
            Final::Error => self.setup.error_numbers,
            Final::Cme(Some(CmeError(code))) => matches!(code, 3 | 4 | 24..=27 | 50 | 53 | 257),
            Final::Ok
            | Final::Connect
            | Final::NoCarrier
            | Final::NoDialtone
            | Final::Busy
            | Final::NoAnswer
            | Final::Cme(None)
            | Final::Cms(_)
            | Final::Modem(_) => false,
        };
        more && sayable && not_understood
    }

    fn next_form(&self) -> usize {
        (self.ussd.form + 1) % self.profile.ussd_forms.len().max(1)
    }

    fn another_form(&mut self, now: Tick) {
        self.ussd.form = self.next_form();
        if let Some(Asked { errand, tries, .. }) = self.ussd.asked.take() {
            self.ussd.wanted = Some(Wanted { errand, since: now, tries });
        }
    }

    /// `+CUSD` came, for whomever it is.
    pub(super) fn ussd_came(&mut self, now: Tick, answer: &UssdAnswer) {
        let text = answer.words(self.setup.charset).unwrap_or_default();
        let menu = answer.m == 1;
        self.ussd.menu = menu.then(|| now.plus(self.profile.ussd_menu));
        self.ussd.is_closed = !menu;
        let end = match answer.m {
            0 | 1 => UssdEnd::Answered { text, menu },
            4 => UssdEnd::Refused { why: "not_supported".to_owned() },
            // Many networks end with their last words.
            _ if !text.is_empty() => UssdEnd::Answered { text, menu },
            2 => UssdEnd::Unknown { why: "ended" },
            3 => UssdEnd::Unknown { why: "other_client" },
            5 => UssdEnd::Unknown { why: "network_timeout" },
            _ => UssdEnd::Unknown { why: "unknown_answer" },
        };
        match &self.ussd.asked {
            // The network's word that the dialogue has ended; the cancel's own answer tells it.
            Some(asked) if asked.errand.ask == UssdAsk::Cancel => {}
            Some(asked) if !asked.told => self.ussd_over(end),
            Some(_) | None => self.ussd_unasked(now, end),
        }
    }

    /// An answer that comes late, or the network by itself.
    fn ussd_unasked(&mut self, now: Tick, end: UssdEnd) {
        let id = self.ussd.late.take().filter(|(_, until)| *until > now).map(|(id, _)| id);
        let says = matches!(&end, UssdEnd::Answered { text, .. } if !text.is_empty());
        if id.is_some() || says {
            self.tell(ModemEvent::Ussd { id, tries: 0, end });
        }
    }

    /// Tells the end of what is asked, once.
    fn ussd_over(&mut self, end: UssdEnd) {
        let Some(asked) = &mut self.ussd.asked else { return };
        let (id, tries, told) = (asked.errand.id, asked.tries, asked.told);
        // In flight it still has its result to come, unless this is it.
        if asked.until.is_none() && matches!(end, UssdEnd::Answered { .. } | UssdEnd::Unknown { .. }) {
            asked.told = true;
        } else {
            self.ussd.asked = None;
        }
        if !told {
            self.tell(ModemEvent::Ussd { id: Some(id), tries, end });
        }
    }

    fn ussd_given_up(&mut self, now: Tick, why: &'static str) {
        let Some(Asked { errand, tries, told, .. }) = self.ussd.asked.take() else { return };
        if told {
            return;
        }
        self.ussd.late = Some((errand.id, now.plus(self.profile.ussd * LATE_TIMES)));
        self.tell(ModemEvent::Ussd { id: Some(errand.id), tries, end: UssdEnd::Unknown { why } });
    }

    /// What waited for too long is over, and what a modem that does not serve had to do is given back.
    pub(super) fn ussd_deadline(&mut self, now: Tick) {
        if self.ussd.deadline().is_some_and(|until| until <= now) {
            self.ussd_given_up(now, "no_answer");
        }
        let why = match &self.state {
            State::Serving(_) if self.health.is_ready() => return,
            State::Serving(_) => "not_ready",
            State::Closed => "lost",
            State::Waking | State::BringUp { .. } | State::Barred { .. } | State::AwaitingReopen => "restarted",
            State::Mending(_) | State::Dead { .. } => "restarted",
        };
        if let Some(Wanted { errand, tries, .. }) = self.ussd.wanted.take() {
            self.tell(ModemEvent::Ussd { id: Some(errand.id), tries, end: UssdEnd::NotSent { why } });
        }
        if why != "not_ready" {
            self.ussd_given_up(now, why);
            self.ussd.menu = None;
        }
    }

    /// The next time this room wants to be looked at while the port is free.
    pub(super) fn ussd_due(&self) -> Option<Tick> {
        let late = self.ussd.wanted.as_ref().map(|wanted| wanted.since.plus(self.profile.overdue));
        earliest(self.ussd.menu_due(), late)
    }
}

/// Which alphabet strings come in, by whether `AT+CSCS="IRA"` was taken.
pub(super) fn charset(is_ira: bool) -> Charset {
    if is_ira { Charset::Ira } else { Charset::Gsm }
}

/// Why it was refused, as a stable word.
fn reason(result: &Final) -> String {
    match result.number() {
        Some(Numbered::Cme(CmeError(code))) => format!("cme_{code}"),
        Some(Numbered::Cms(CmsError(code))) => format!("cms_{code}"),
        Some(Numbered::Modem(code)) => format!("modem_{code}"),
        None => "error".to_owned(),
    }
}
