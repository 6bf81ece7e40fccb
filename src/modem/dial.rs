//! A telephone that is rung: dial, watch, hang up (V.250 6.3.1, 27.007 6.2, 6.5, 7.18). Nobody speaks: it rings, and the person
//! then reads the text.
//!
//! The row is on disk as given to this modem before `ATD` is written. What came of it is what the modem says (`+CLCC`, a URC, a
//! result code); where it says nothing it is unknown, and nothing is dialed a second time from here.

use std::time::Duration;

use at_commands::Tick;
use at_commands::answer::{Final, Numbered};
use at_commands::chat::{self, ChatError, Done};
use at_commands::command::call;
use at_commands::error::{CmeError, CmsError};
use at_commands::urc::{CallEnd, CallProgress};

use super::call::HangUp;
use super::driver::{Driver, Job, State, earliest};
use super::io::{ModemEvent, RingEnd, RingErrand};
use super::mask::mask;
use super::profile::Profile;

/// What is wanted, and the call that is up.
///
/// ```text
///   wanted ── ATD ──► Dialing ── OK ──► Up ── its time, or taken ──► Ending ── gone ──► (told)
///                        │ refused      │ BUSY, NO CARRIER ...         │ AT+CHUP, ATH, and at last the radio
///                        ▼              ▼                              │
///                     (told)         Asking ── +CEER ──► (told)        └── looked at until it is gone
/// ```
#[derive(Debug, Default)]
pub(super) struct Dialing {
    wanted: Option<Wanted>,
    live: Option<Live>,
    /// The modem does not list its calls.
    lists_none: bool,
    /// A call of an earlier life may still be up.
    left: Option<HangUp>,
}

#[derive(Debug)]
struct Wanted {
    errand: RingErrand,
    since: Tick,
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts of one call that come in any order, and none excludes another")]
struct Live {
    id: i64,
    ring_for: Duration,
    stage: Stage,
    /// It is hung up then.
    until: Tick,
    /// When it is looked at next; `None` is now.
    look: Option<Tick>,
    /// It was heard to ring there.
    alerting: bool,
    /// Somebody took it.
    connected: bool,
    /// The modem told something of this call: what it did not tell has not been.
    followed: bool,
    /// It is not wanted any more.
    cut: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// `ATD` is to be written, or is in flight.
    Dialing,
    /// It rings there, as far as is known.
    Up,
    /// It is to be hung up.
    Ending(HangUp),
    /// It was hung up; is it gone?
    Checking(HangUp),
    /// The network ended it; why?
    Asking(CallEnd),
}

/// A command of this room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DialJob {
    /// `ATD`.
    Dial,
    /// `AT+CLCC`.
    Look,
    /// `AT+CHUP`, `ATH`.
    End(HangUp),
    /// `AT+CEER`.
    Why,
    /// The end of what an earlier life left.
    Left(HangUp),
}

impl Dialing {
    /// A call of an earlier life may be up.
    pub(super) fn after(may_be_ringing: bool) -> Self {
        Self { left: may_be_ringing.then_some(HangUp::Chup), ..Self::default() }
    }

    /// Whether a call is up: then only it and what comes in is looked after.
    pub(super) fn is_up(&self) -> bool {
        self.live.is_some()
    }

    /// Whether one is up or waits for its turn: no text is taken then.
    pub(super) fn is_wanted(&self) -> bool {
        self.live.is_some() || self.wanted.is_some()
    }

    /// When something of it is over.
    pub(super) fn deadline(&self, profile: &Profile) -> Option<Tick> {
        let waits = self.wanted.as_ref().map(|wanted| wanted.since.plus(profile.overdue));
        let next = self.live.as_ref().and_then(|live| match live.stage {
            Stage::Up if self.lists_none => Some(live.until),
            Stage::Up => earliest(Some(live.until), live.look),
            Stage::Checking(_) => live.look,
            Stage::Dialing | Stage::Ending(_) | Stage::Asking(_) => None,
        });
        earliest(waits, next)
    }
}

impl Driver {
    /// Whether a call goes out now.
    pub fn is_ringing(&self) -> bool {
        self.dialing.is_up()
    }

    /// Takes an errand, or says at once why not.
    pub(super) fn ring_wanted(&mut self, now: Tick, errand: RingErrand) {
        let why = if !matches!(self.state, State::Serving(_)) || !self.health.is_ready() {
            Some("not_ready")
        } else if self.dialing.is_wanted() {
            Some("busy")
        } else {
            None
        };
        if let Some(why) = why {
            return self.tell(errand.not_dialed(why));
        }
        // What waits behind a text on air may leave on another SIM.
        self.abort_waiting("ringing");
        self.free_told = false;
        self.dialing.wanted = Some(Wanted { errand, since: now });
    }

    /// Nobody has to be rung any more.
    pub(super) fn ring_unwanted(&mut self, now: Tick, id: i64) {
        let meant = |other: i64| id == 0 || id == other;
        if let Some(Wanted { errand, .. }) = self.dialing.wanted.take_if(|wanted| meant(wanted.errand.id)) {
            return self.tell(errand.not_dialed("withdrawn"));
        }
        if let Some(live) = self.dialing.live.as_mut().filter(|live| meant(live.id)) {
            (live.cut, live.until) = (true, now);
        }
    }

    /// The next command of this room.
    pub(super) fn next_dial(&self) -> Option<Job> {
        let may_dial = self.dialing.wanted.is_some() && self.sending.is_none() && !self.is_called();
        let job = match (&self.dialing.live, self.dialing.left) {
            (None, Some(way)) => Some(DialJob::Left(way)),
            (None, None) => may_dial.then_some(DialJob::Dial),
            (Some(live), _) => match live.stage {
                // Its command is in flight.
                Stage::Dialing => None,
                Stage::Ending(way) => Some(DialJob::End(way)),
                Stage::Asking(_) => Some(DialJob::Why),
                Stage::Up | Stage::Checking(_) => (live.look.is_none() && !self.dialing.lists_none).then_some(DialJob::Look),
            },
        };
        job.map(Job::Dial)
    }

    /// Writes it; true also where it was told instead.
    pub(super) fn start_dial(&mut self, now: Tick, job: DialJob) -> bool {
        let request = match job {
            DialJob::Dial => self.take_ring(now),
            DialJob::Look => Some(call::list()),
            DialJob::End(way) => Some(way.request()),
            DialJob::Left(way) => {
                self.dialing.left = None;
                Some(way.request())
            }
            DialJob::Why => Some(call::why()),
        };
        let Some(request) = request else { return true };
        self.state = State::Serving(Job::Dial(job));
        if job == DialJob::Dial {
            // Some modems answer when the call is over: longer than any other command may take.
            self.chat.handle(now, chat::Input::Command(request));
        } else {
            self.ask(now, request);
        }
        true
    }

    fn take_ring(&mut self, now: Tick) -> Option<chat::Request> {
        let Wanted { errand, .. } = self.dialing.wanted.take()?;
        let longest = self.profile.dial_setup.saturating_add(errand.ring_for);
        let Some(request) = call::dial(&errand.number, longest) else {
            self.tell(errand.not_dialed("no_number"));
            return None;
        };
        self.dialing.live = Some(Live {
            id: errand.id,
            ring_for: errand.ring_for,
            stage: Stage::Dialing,
            until: now.plus(longest),
            look: None,
            alerting: false,
            connected: false,
            followed: false,
            cut: false,
        });
        Some(request)
    }

    pub(super) fn dial_done(&mut self, now: Tick, job: DialJob, done: &Done) {
        match job {
            DialJob::Dial => self.dialed(now, done),
            DialJob::Look => self.looked(now, done),
            DialJob::End(way) => self.hung_up(now, way, done),
            DialJob::Left(HangUp::Chup) if done.result.is_err() => self.dialing.left = Some(HangUp::Hook),
            DialJob::Left(_) => {}
            DialJob::Why => self.reason_came(done),
        }
    }

    /// `ATD` was answered.
    fn dialed(&mut self, now: Tick, done: &Done) {
        let Some(live) = &mut self.dialing.live else { return };
        match &done.result {
            Ok(()) => {
                (live.stage, live.look) = (Stage::Up, None);
                self.dial_deadline(now);
            }
            Err(ChatError::Refused(result)) => match CallEnd::of(result) {
                Some(end) => self.call_out_ended(end),
                None => self.ring_over(RingEnd::Refused { why: reason(result) }),
            },
            // It held the answer back until its time was over; the octets that asked it again have ended the call, or not.
            Err(ChatError::Timeout | ChatError::NoPrompt | ChatError::Cancelled) => live.stage = Stage::Ending(HangUp::Chup),
            Err(ChatError::Lost) => self.ring_lost("lost"),
            Err(ChatError::Restarted) => self.ring_lost("restarted"),
        }
    }

    /// `+CLCC` came.
    fn looked(&mut self, now: Tick, done: &Done) {
        let Some(live) = &mut self.dialing.live else { return };
        live.look = Some(now.plus(self.profile.dial_look));
        if let Err(ChatError::Refused(_)) = &done.result {
            self.dialing.lists_none = true;
        }
        let calls = call::calls(&done.lines);
        let own = calls.iter().find(|call| !call.incoming && call.is_voice());
        match (live.stage, own, &done.result) {
            (Stage::Checking(way), Some(_), _) => self.another_way(now, way),
            (Stage::Checking(_), None, _) => self.ring_told(),
            (Stage::Up, Some(own), _) => {
                live.followed = true;
                match own.stat {
                    0 | 1 => self.call_goes_on(now, CallProgress::Connected),
                    3 => self.call_goes_on(now, CallProgress::Alerting),
                    _ => {}
                }
            }
            // It was listed and is gone: its end was lost on the way.
            (Stage::Up, None, Ok(())) if live.followed => self.call_out_ended(CallEnd::NoCarrier),
            (Stage::Up | Stage::Dialing | Stage::Ending(_) | Stage::Asking(_), _, _) => {}
        }
        self.dial_deadline(now);
    }

    /// What the modem says by itself of a call that goes out.
    pub(super) fn call_goes_on(&mut self, now: Tick, progress: CallProgress) {
        let Some(live) = &mut self.dialing.live else { return };
        live.followed = true;
        match progress {
            CallProgress::Alerting if !live.alerting => {
                live.alerting = true;
                live.until = live.until.min(now.plus(live.ring_for));
            }
            CallProgress::Alerting => {}
            CallProgress::Connected => {
                (live.connected, live.until) = (true, now);
                if live.stage == Stage::Up {
                    live.stage = Stage::Ending(HangUp::Chup);
                }
            }
        }
    }

    /// A call ended: the one that goes out, else the one that comes in.
    pub(super) fn call_ended(&mut self, end: CallEnd) {
        match self.dialing.live.as_ref().map(|live| live.stage) {
            Some(Stage::Up) if self.calls_both(end) => self.look_now(),
            Some(Stage::Up) => self.call_out_ended(end),
            // While it is dialed its results are those of `ATD`, and once it is hung up its end is no news: this is another call's.
            Some(Stage::Dialing | Stage::Ending(_) | Stage::Checking(_) | Stage::Asking(_)) | None => self.call_over(),
        }
    }

    fn look_now(&mut self) {
        if let Some(live) = &mut self.dialing.live {
            live.look = None;
        }
    }

    /// Whether it cannot be known whose end that was without a look.
    fn calls_both(&self, end: CallEnd) -> bool {
        let either = matches!(end, CallEnd::NoCarrier | CallEnd::Cause(_));
        either && self.is_called() && !self.dialing.lists_none
    }

    /// The network ended the call that goes out.
    fn call_out_ended(&mut self, end: CallEnd) {
        let Some(live) = &mut self.dialing.live else { return };
        live.followed = true;
        let asks = matches!(end, CallEnd::NoCarrier | CallEnd::NoDialtone) && !live.alerting && !live.connected;
        if asks {
            live.stage = Stage::Asking(end);
            return;
        }
        let end = live.how(Some(end), None);
        self.ring_over(end);
    }

    fn reason_came(&mut self, done: &Done) {
        let Some(live) = &self.dialing.live else { return };
        let Stage::Asking(end) = live.stage else { return };
        let said = if done.result.is_ok() { call::reason(&done.lines) } else { None };
        let said = said.map(|words| mask(&words).chars().take(CAUSE_LETTERS_MAX).collect());
        let end = live.how(Some(end), said);
        self.ring_over(end);
    }

    fn hung_up(&mut self, now: Tick, way: HangUp, done: &Done) {
        let Some(live) = &mut self.dialing.live else { return };
        let lists_none = self.dialing.lists_none;
        match &done.result {
            Err(ChatError::Lost) => self.ring_lost("lost"),
            Err(ChatError::Restarted) => self.ring_lost("restarted"),
            Ok(()) if lists_none => self.ring_told(),
            // A call that is gone by itself in this moment is refused to be hung up.
            Ok(()) | Err(_) if !lists_none => (live.stage, live.look) = (Stage::Checking(way), None),
            Ok(()) | Err(_) => self.another_way(now, way),
        }
    }

    fn another_way(&mut self, now: Tick, way: HangUp) {
        match (way, &mut self.dialing.live) {
            (HangUp::Chup, Some(live)) => live.stage = Stage::Ending(HangUp::Hook),
            (HangUp::Hook, Some(_)) => {
                self.ring_told();
                self.radio_off(now);
            }
            (HangUp::Chup | HangUp::Hook, None) => {}
        }
    }

    /// What it came to when the box hung up.
    fn ring_told(&mut self) {
        if let Some(live) = &self.dialing.live {
            let end = live.how(None, None);
            self.ring_over(end);
        }
    }

    fn ring_over(&mut self, end: RingEnd) {
        if let Some(live) = self.dialing.live.take() {
            let rang = live.alerting || live.connected;
            self.tell(ModemEvent::Rang { id: live.id, end, rang });
        }
    }

    /// The modem is gone in the middle: whoever comes next hangs up first.
    fn ring_lost(&mut self, why: &'static str) {
        if self.dialing.live.is_some() {
            self.dialing.left = Some(HangUp::Chup);
            self.ring_over(RingEnd::InDoubt { why });
        }
    }

    /// Its time is over, or the modem does not serve any more.
    pub(super) fn dial_deadline(&mut self, now: Tick) {
        let why = match &self.state {
            State::Serving(_) => None,
            State::Closed => Some("lost"),
            State::Waking | State::BringUp { .. } | State::Barred { .. } => Some("restarted"),
            State::AwaitingReopen | State::Mending(_) | State::Dead { .. } => Some("restarted"),
        };
        let patience = self.profile.overdue;
        let late = |wanted: &mut Wanted| why.is_some() || now.since(wanted.since) >= patience;
        if let Some(Wanted { errand, .. }) = self.dialing.wanted.take_if(late) {
            self.tell(errand.not_dialed(why.unwrap_or("busy")));
        }
        if let Some(why) = why {
            return self.ring_lost(why);
        }
        let Some(live) = &mut self.dialing.live else { return };
        match live.stage {
            Stage::Up if live.until <= now => live.stage = Stage::Ending(HangUp::Chup),
            Stage::Up | Stage::Checking(_) => live.look = live.look.filter(|look| *look > now),
            Stage::Dialing | Stage::Ending(_) | Stage::Asking(_) => {}
        }
    }
}

impl Live {
    /// What came of it: how it ended, and what was told on the way.
    fn how(&self, end: Option<CallEnd>, cause: Option<String>) -> RingEnd {
        let cause = cause.or_else(|| match end {
            Some(CallEnd::Cause(number)) => Some(format!("cause {number}")),
            Some(_) | None => None,
        });
        match end {
            _ if self.connected => RingEnd::Answered,
            Some(CallEnd::Busy | CallEnd::Cause(USER_BUSY)) => RingEnd::Busy,
            Some(CallEnd::NoAnswer | CallEnd::Cause(NO_USER_RESPONDING | NO_ANSWER_FROM_USER)) => RingEnd::NotAnswered { cut: false },
            Some(CallEnd::NoCarrier | CallEnd::NoDialtone | CallEnd::Cause(_)) => RingEnd::NoCarrier { cause },
            None if self.followed => RingEnd::NotAnswered { cut: self.cut },
            None => RingEnd::Unknown,
        }
    }
}

impl HangUp {
    pub(super) fn request(self) -> chat::Request {
        match self {
            Self::Chup => call::hang_up(),
            Self::Hook => call::hook(),
        }
    }
}

/// 24.008 table 10.5.123.
const USER_BUSY: u16 = 17;
const NO_USER_RESPONDING: u16 = 18;
const NO_ANSWER_FROM_USER: u16 = 19;
/// `+CEER` is a short phrase.
const CAUSE_LETTERS_MAX: usize = 80;

/// Why the modem refused, as a stable word.
fn reason(result: &Final) -> String {
    match result.number() {
        Some(Numbered::Cme(CmeError(code))) => format!("cme_{code}"),
        Some(Numbered::Cms(CmsError(code))) => format!("cms_{code}"),
        Some(Numbered::Modem(code)) => format!("modem_{code}"),
        None => "error".to_owned(),
    }
}
