//! One message on its way out: the write-ahead attempt W0 to W3 (reliability.md section 2).
//!
//! Ctrl-Z is the point of no return. Before it ESC cancels and there is no doubt; after it only a reference or a definite
//! number ends the attempt, everything else is in doubt and never resent from here.

use at_commands::Tick;
use at_commands::answer::{Final, Numbered};
use at_commands::chat::{self, ChatError, Done};
use at_commands::command::sms;
use at_commands::error::{CmeError, CmsError};

use super::driver::{Driver, Job, State};
use super::io::{ModemEvent, Output, Submission};

/// The message in hand.
///
/// ```text
///   Asking ── '>' ──► AtPrompt ── row committed ──► OnAir ── +CMGS / error / silence ──► (told)
///     │ error, no '>',      │ denied, or late            (Ctrl-Z went out)
///     ▼ denied, lost        ▼ ESC
///   Ended { outcome } ◄── Leaving          told as soon as the answer to Persist is known
/// ```
#[derive(Debug)]
pub(super) struct Sending {
    submission: Submission,
    way: Way,
    row: Row,
    stage: Stage,
    /// The prompt stayed away once already.
    asked_again: bool,
    /// What was urgent behind it has been handed back once.
    let_pass: bool,
}

/// How it leaves. What is kept first has its row behind the slot: keeping sends nothing.
///
/// ```text
///   Keep ── +CMGW: slot ──► FromSlot ── row committed ──► AT+CMSS ── +CMSS / error / silence ──► (told)
///     │ refused, no prompt
///     ▼
///   Direct
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// `AT+CMGS`.
    Direct,
    /// `AT+CMGW` comes first.
    Keep,
    /// `AT+CMSS` of this slot.
    FromSlot(u16),
}

/// What became of the attempt's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    Unasked,
    Asked,
    Committed(i64),
    Denied,
}

#[derive(Debug)]
enum Stage {
    /// `AT+CMGS` is out, or about to leave.
    Asking,
    /// `AT+CMGW` is out.
    Keeping,
    /// It lies in its slot and its row is not there yet.
    InSlot,
    /// The prompt is there and the row is not.
    AtPrompt { until: Tick },
    /// ESC is out.
    Leaving { why: &'static str },
    /// Ctrl-Z is out.
    OnAir { since: Tick },
    /// Nothing went out; the row's answer is missing.
    Ended { outcome: Outcome },
}

/// How it ended before Ctrl-Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Refused { code: Option<u16> },
    Aborted { why: &'static str },
}

impl Sending {
    fn new(submission: Submission) -> Self {
        let way = if submission.keep { Way::Keep } else { Way::Direct };
        Self { submission, way, row: Row::Unasked, stage: Stage::Asking, asked_again: false, let_pass: false }
    }

    /// When the prompt is left without the row.
    pub(super) fn deadline(&self) -> Option<Tick> {
        match self.stage {
            Stage::AtPrompt { until } => Some(until),
            Stage::Asking | Stage::Keeping | Stage::InSlot | Stage::Leaving { .. } | Stage::OnAir { .. } | Stage::Ended { .. } => None,
        }
    }

    /// It is over but for the answer to `Persist`.
    pub(super) fn awaits_row(&self) -> bool {
        self.row == Row::Asked
    }

    fn is_on_air(&self) -> bool {
        matches!(self.stage, Stage::OnAir { .. })
    }
}

impl Driver {
    /// Whether an answer to `Persist` is still owed: deliver it before this driver is dropped.
    pub fn owes_outcome(&self) -> bool {
        self.sending.as_ref().is_some_and(Sending::awaits_row)
    }

    /// Whether Ctrl-Z is out and nothing definite has come.
    pub(super) fn has_handed_over(&self) -> bool {
        self.sending.as_ref().is_some_and(Sending::is_on_air)
    }

    /// Takes a message, or says at once why not.
    pub(super) fn submit(&mut self, _now: Tick, submission: Submission) {
        let refuse = if self.dialing.is_wanted() {
            Some("ringing")
        } else if !self.health.is_ready() {
            Some("not_ready")
        } else if self.waiting.as_ref().is_some_and(|waiting| !submission.rank.may_overtake(waiting.rank)) {
            Some("busy")
        } else {
            None
        };
        if let Some(why) = refuse {
            return self.tell(ModemEvent::Aborted { part: submission.part, attempt: None, why });
        }
        self.abort_waiting("overtaken");
        self.free_told = false;
        self.waiting = Some(submission);
    }

    /// The one place is free: say so once, early enough that the next message is here when this one is answered.
    pub(super) fn tell_free(&mut self) {
        let room = self.waiting.is_none() && !self.dialing.is_wanted() && self.sending.as_ref().is_none_or(Sending::is_on_air);
        let serving = matches!(self.state, State::Serving(_)) && self.health.is_ready() && !self.unsettled;
        if room && serving && !self.free_told {
            self.free_told = true;
            self.tell(ModemEvent::Free);
        }
    }

    /// Hands back the message that waits behind the one in hand.
    pub(super) fn abort_waiting(&mut self, why: &'static str) {
        if let Some(submission) = self.waiting.take() {
            self.tell(ModemEvent::Aborted { part: submission.part, attempt: None, why });
        }
    }

    /// Gives up a message whose `AT+CMGS` was to be asked once more, or whose `AT+CMSS` had not left.
    pub(super) fn abort_retry(&mut self, why: &'static str) {
        if self.sending.as_ref().is_some_and(|sending| matches!(sending.stage, Stage::Asking | Stage::InSlot)) {
            self.end(Outcome::Aborted { why });
        }
    }

    pub(super) fn next_send(&self) -> Option<Job> {
        let again = self.sending.as_ref().is_some_and(|sending| match sending.stage {
            Stage::Asking => true,
            Stage::InSlot => matches!(sending.row, Row::Committed(_)),
            Stage::Keeping | Stage::AtPrompt { .. } | Stage::Leaving { .. } | Stage::OnAir { .. } | Stage::Ended { .. } => false,
        });
        let fresh = self.sending.is_none() && self.waiting.is_some() && self.health.is_ready();
        (again || fresh).then_some(Job::Send)
    }

    /// W1: `AT+CMGS` leaves and the row is asked for at the same time.
    pub(super) fn start_send(&mut self, now: Tick) -> bool {
        if self.sending.is_none() {
            let Some(submission) = self.waiting.take() else { return false };
            self.sending = Some(Sending::new(submission));
        }
        let Some(sending) = &mut self.sending else { return false };
        match sending.way {
            Way::Direct => self.start_direct(now),
            Way::Keep => {
                sending.stage = Stage::Keeping;
                let request = sms::write(sending.submission.tpdu_octets, self.profile.prompt);
                self.state = State::Serving(Job::Keep);
                self.ask(now, request);
            }
            Way::FromSlot(index) => {
                sending.stage = Stage::OnAir { since: now };
                self.state = State::Serving(Job::Send);
                // Not by `ask`: it waits for the network.
                self.chat.handle(now, chat::Input::Command(sms::send_stored(index, self.final_answer())));
            }
        }
        true
    }

    fn start_direct(&mut self, now: Tick) {
        let final_answer = self.final_answer();
        let Some(sending) = &mut self.sending else { return };
        let request = sms::send(sending.submission.tpdu_octets, self.profile.prompt, final_answer);
        let persist = (sending.row == Row::Unasked).then_some(Output::Persist(sending.submission.part));
        sending.row = if persist.is_some() { Row::Asked } else { sending.row };
        self.state = State::Serving(Job::Send);
        self.ask(now, request);
        self.drain(now);
        self.outputs.extend(persist);
    }

    /// `AT+CMGW` ended: it lies in a slot and its row is asked for, or it goes the plain way.
    pub(super) fn keep_done(&mut self, done: &Done) {
        let Some(sending) = &mut self.sending else { return };
        let part = sending.submission.part;
        if matches!(done.result, Err(ChatError::Lost | ChatError::Restarted)) {
            let why = if done.result == Err(ChatError::Lost) { "lost" } else { "restarted" };
            return self.end(Outcome::Aborted { why });
        }
        if let Some(index) = sms::written(&done.lines) {
            (sending.way, sending.row, sending.stage) = (Way::FromSlot(index), Row::Asked, Stage::InSlot);
            return self.outputs.push_back(Output::Persist(part));
        }
        (sending.way, sending.stage) = (Way::Direct, Stage::Asking);
        self.tell(ModemEvent::Kept { part, stat: None });
    }

    pub(super) fn prompt_came(&mut self, now: Tick) {
        let Some(sending) = &mut self.sending else { return self.chat.handle(now, chat::Input::Cancel) };
        match (&sending.stage, sending.row) {
            (Stage::Keeping, _) => self.hand_over(now),
            (Stage::Asking, Row::Committed(_)) => self.send_data(now),
            (Stage::Asking, Row::Unasked | Row::Asked) => sending.stage = Stage::AtPrompt { until: now.plus(self.profile.persist) },
            (Stage::Asking, Row::Denied) => self.leave(now, "denied"),
            (Stage::InSlot | Stage::AtPrompt { .. } | Stage::Leaving { .. } | Stage::OnAir { .. } | Stage::Ended { .. }, _) => {}
        }
    }

    pub(super) fn attempt_committed(&mut self, now: Tick, attempt: i64) {
        let Some(sending) = &mut self.sending else { return };
        if sending.row != Row::Asked {
            return;
        }
        sending.row = Row::Committed(attempt);
        match sending.stage {
            Stage::AtPrompt { .. } => self.send_data(now),
            Stage::Ended { outcome } => self.end(outcome),
            Stage::Asking | Stage::Keeping | Stage::InSlot | Stage::Leaving { .. } | Stage::OnAir { .. } => {}
        }
    }

    pub(super) fn attempt_denied(&mut self, now: Tick) {
        let asked = matches!(self.state, State::Serving(Job::Send));
        let Some(sending) = &mut self.sending else { return };
        if sending.row != Row::Asked {
            return;
        }
        sending.row = Row::Denied;
        match sending.stage {
            Stage::Asking if asked => self.leave(now, "denied"),
            Stage::Asking | Stage::InSlot => self.end(Outcome::Aborted { why: "denied" }),
            Stage::AtPrompt { .. } => self.leave(now, "denied"),
            Stage::Ended { outcome } => self.end(outcome),
            Stage::Keeping | Stage::Leaving { .. } | Stage::OnAir { .. } => {}
        }
    }

    /// W2: the row is durable and the prompt is there.
    fn send_data(&mut self, now: Tick) {
        let Some(sending) = &mut self.sending else { return };
        sending.stage = Stage::OnAir { since: now };
        self.hand_over(now);
    }

    fn hand_over(&mut self, now: Tick) {
        let Some(sending) = &self.sending else { return };
        let data = at_commands::hex::encode(&sending.submission.pdu).into_bytes();
        self.chat.handle(now, chat::Input::Data(data));
    }

    fn leave(&mut self, now: Tick, why: &'static str) {
        if let Some(sending) = &mut self.sending {
            sending.stage = Stage::Leaving { why };
            self.chat.handle(now, chat::Input::Cancel);
        }
    }

    /// When an urgent message behind one that is on air is handed back, so that another modem may take it. Once: where there is
    /// no other, it comes again and waits.
    pub(super) fn held_up_due(&self) -> Option<Tick> {
        let Sending { stage: Stage::OnAir { since }, let_pass: false, .. } = self.sending.as_ref()? else { return None };
        self.waiting.as_ref().filter(|waiting| waiting.rank.is_urgent()).map(|_| since.plus(self.profile.held_up))
    }

    pub(super) fn sending_deadline(&mut self, now: Tick) {
        if self.held_up_due().is_some_and(|due| due <= now) {
            if let Some(sending) = &mut self.sending {
                sending.let_pass = true;
            }
            self.abort_waiting("held_up");
        }
        if self.sending.as_ref().and_then(Sending::deadline).is_some_and(|until| until <= now) {
            self.leave(now, "store_slow");
        }
    }

    /// `AT+CMGS` ended, one way or the other.
    pub(super) fn send_done(&mut self, now: Tick, done: &Done) {
        let Some(sending) = &mut self.sending else { return };
        if done.data_sent || sending.is_on_air() {
            return self.answered(now, done);
        }
        if done.result == Err(ChatError::NoPrompt) && !sending.asked_again && sending.row != Row::Denied {
            sending.asked_again = true;
            sending.stage = Stage::Asking;
            return;
        }
        let outcome = match (&sending.stage, &done.result) {
            (Stage::Leaving { why }, _) => Outcome::Aborted { why },
            (_, Err(ChatError::Refused(result))) => Outcome::Refused { code: number(result) },
            (_, Ok(()) | Err(ChatError::NoPrompt | ChatError::Timeout)) => Outcome::Aborted { why: "no_prompt" },
            (_, Err(ChatError::Cancelled)) => Outcome::Aborted { why: "denied" },
            (_, Err(ChatError::Lost)) => Outcome::Aborted { why: "lost" },
            (_, Err(ChatError::Restarted)) => Outcome::Aborted { why: "restarted" },
        };
        let pdu = sending.submission.pdu.clone();
        self.look_into(&outcome);
        self.end(outcome);
        match outcome {
            Outcome::Refused { code } => self.blame_refusal(now, code, &pdu),
            Outcome::Aborted { why: "no_prompt" } => self.ladder.failed(),
            Outcome::Aborted { .. } => {}
        }
    }

    /// Tells how it ended, or keeps it until the row's answer is known.
    fn end(&mut self, outcome: Outcome) {
        let Some(mut sending) = self.sending.take() else { return };
        if let Way::FromSlot(index) = sending.way {
            self.witness.slot_is_done_with(sending.submission.part, index, false);
        }
        let attempt = match sending.row {
            Row::Asked => {
                sending.stage = Stage::Ended { outcome };
                self.sending = Some(sending);
                return;
            }
            Row::Committed(attempt) => Some(attempt),
            Row::Denied | Row::Unasked => None,
        };
        let part = sending.submission.part;
        self.tell(match outcome {
            Outcome::Refused { code } => ModemEvent::Refused { part, attempt, code },
            Outcome::Aborted { why } => ModemEvent::Aborted { part, attempt, why },
        });
    }

    /// W3: Ctrl-Z went out; only a reference or a definite number is an answer.
    fn answered(&mut self, now: Tick, done: &Done) {
        let Some(Sending { submission, way, row: Row::Committed(attempt), stage, .. }) = self.sending.take() else { return };
        let part = submission.part;
        if let Way::FromSlot(index) = way {
            self.witness.slot_is_done_with(part, index, true);
        }
        if let Some(sent) = sms::sent(&done.lines) {
            self.ladder.sent();
            return self.tell(ModemEvent::Submitted { part, attempt, mr: sent.mr, acknowledged: sent.ack.is_some() });
        }
        if is_duplicate(&done.result) {
            return self.tell(ModemEvent::Duplicate { part, attempt });
        }
        let reason = match &done.result {
            Ok(()) => "no_reference".to_owned(),
            Err(ChatError::Refused(result)) => match definite(result) {
                Some(code) => {
                    self.look_into(&Outcome::Refused { code: Some(code) });
                    self.tell(ModemEvent::Refused { part, attempt: Some(attempt), code: Some(code) });
                    return self.blame_refusal(now, Some(code), &submission.pdu);
                }
                None => reason(result),
            },
            Err(ChatError::Timeout | ChatError::NoPrompt | ChatError::Cancelled) => "timeout".to_owned(),
            Err(ChatError::Lost) => "lost".to_owned(),
            Err(ChatError::Restarted) => "restarted".to_owned(),
        };
        if !matches!(done.result, Err(ChatError::Lost | ChatError::Restarted)) {
            self.ladder.failed();
        }
        self.tell(ModemEvent::InDoubt { part, attempt, reason });
        self.witness.want_reference();
        if let (Stage::OnAir { since }, Err(ChatError::Lost)) = (&stage, &done.result) {
            self.remembered.settle_until = Some(since.plus(self.final_answer()));
        }
        // The next Ctrl-Z waits until this port is quiet, so that a late reference has one owner.
        self.unsettled = true;
        self.free_told = false;
        self.abort_waiting("unsettled");
        if matches!(done.result, Ok(()) | Err(ChatError::Refused(_))) {
            self.chat.handle(now, chat::Input::Wake { until: None });
        }
    }

    /// A refusal that says something about the modem: look at once instead of at the next round.
    fn look_into(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Refused { code: Some(code) } => match CmsError(*code).class_by(&self.identity.manufacturer) {
                at_commands::error::Class::WaitNetwork => self.health.want_registration(),
                at_commands::error::Class::SweepStorage => self.health.want_list(),
                at_commands::error::Class::RetrySoon
                | at_commands::error::Class::BackOff
                | at_commands::error::Class::FixConfig
                | at_commands::error::Class::PermanentRecipient
                | at_commands::error::Class::Account
                | at_commands::error::Class::PduBug
                | at_commands::error::Class::SimStop
                | at_commands::error::Class::UnknownOutcome
                | at_commands::error::Class::Ignore
                | at_commands::error::Class::Vendor => {}
            },
            Outcome::Refused { code: None } | Outcome::Aborted { .. } => {}
        }
    }
}

/// TP-FCS C5: the service centre has taken one with this reference before (W3).
fn is_duplicate(result: &Result<(), ChatError>) -> bool {
    const DUPLICATE: Numbered = Numbered::Cms(CmsError(197));
    matches!(result, Err(ChatError::Refused(refusal)) if refusal.number() == Some(DUPLICATE))
}

/// The number of a refusal that leaves no doubt after Ctrl-Z (reliability.md section 1); 197 proves that an earlier one
/// was taken, so it is no refusal.
fn definite(result: &Final) -> Option<u16> {
    match result.number()? {
        Numbered::Cms(CmsError(code)) => {
            let sure = matches!(code, 1..=196 | 198..=255 | 302..=305 | 310..=318 | 320..=322 | 330 | 331);
            sure.then_some(code)
        }
        Numbered::Cme(_) | Numbered::Modem(_) => None,
    }
}

/// The number of any refusal, in the terms of `+CMS ERROR`: 30 of one table is another thing in the other.
fn number(result: &Final) -> Option<u16> {
    match result.number()? {
        Numbered::Cms(CmsError(code)) | Numbered::Modem(code) => Some(code),
        Numbered::Cme(code) => Some(in_cms_terms(code)),
    }
}

/// What a fault of the modem (27.007 9.2) is called where messages are sent (27.005 3.2.5).
fn in_cms_terms(CmeError(code): CmeError) -> u16 {
    match code {
        3 => 302,
        4 => 303,
        10 => 310,
        11 => 311,
        12 => 316,
        13 => 313,
        14 => 314,
        15 => 315,
        17 => 317,
        18 => 318,
        20 => 322,
        23 => 320,
        30 | 32 => 331,
        31 => 332,
        // Nothing was sent and nobody knows why: the modem failed.
        _ => 300,
    }
}

/// Why it is in doubt, in the words of the evidence.
fn reason(result: &Final) -> String {
    match result {
        Final::Cms(Some(CmsError(code))) => format!("cms_{code}"),
        Final::Cme(Some(CmeError(code))) => format!("cme_{code}"),
        Final::Ok | Final::Connect => "no_reference".to_owned(),
        Final::Error
        | Final::NoCarrier
        | Final::NoDialtone
        | Final::Busy
        | Final::NoAnswer
        | Final::Cme(None)
        | Final::Cms(None)
        | Final::Modem(_) => "error".to_owned(),
    }
}
