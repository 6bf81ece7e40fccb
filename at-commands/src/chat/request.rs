//! What `chat` is asked for and what it tells: requests, answers, events, and the times it keeps.

use core::fmt;
use core::time::Duration;

use crate::answer::Final;
use crate::urc::Urc;

/// One command: its line, how its answer looks, how long it may take.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The command line without CR.
    pub line: String,
    /// How long the final result may take, from the line, or from Ctrl-Z where there is a prompt.
    pub timeout: Duration,
    /// Codes of its information responses.
    pub codes: Vec<&'static str>,
    /// Which lines without a code of its own belong to its answer.
    pub text: Text,
    /// Each of its information responses is followed by a PDU line.
    pub pdus: bool,
    /// How long the data prompt may take; `None` for a command without one.
    pub prompt: Option<Duration>,
    /// Some modems send no OK behind its information response.
    pub silence_completes: bool,
}

/// Which lines without a code of its own belong to the answer of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// None.
    None,
    /// Bare text.
    Bare,
    /// Nobody knows how its answer looks: every line that is no URC, and lines with its own name.
    Any,
}

/// How much a chat holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Commands that wait.
    pub commands: usize,
    /// Information responses of the command in flight.
    pub lines: usize,
    /// First lines whose second line has not come.
    pub headers: usize,
    /// Octets that make no line yet.
    pub octets: usize,
}

impl Held {
    /// It never holds more, whatever a modem says.
    pub const MAX: Self =
        Self { commands: super::QUEUE_MAX, lines: super::LINES_MAX, headers: super::HEADERS_MAX, octets: super::OCTETS_MAX };
}

impl Request {
    /// A command that is answered by a result code alone.
    pub fn new(line: impl Into<String>, timeout: Duration) -> Self {
        Self { line: line.into(), timeout, codes: Vec::new(), text: Text::None, pdus: false, prompt: None, silence_completes: false }
    }

    /// Its information responses begin with this code.
    pub fn answered_by(mut self, code: &'static str) -> Self {
        self.codes.push(code);
        self
    }

    /// It may be answered with bare text.
    pub fn bare(mut self) -> Self {
        self.text = Text::Bare;
        self
    }

    /// A command of a person: every line that is no URC belongs to its answer, and so does a line with its own name.
    pub fn raw(mut self) -> Self {
        self.text = Text::Any;
        self
    }

    /// Each information response has a second line.
    pub fn with_pdus(mut self) -> Self {
        self.pdus = true;
        self
    }

    /// A data prompt comes within this time.
    pub fn with_prompt(mut self, within: Duration) -> Self {
        self.prompt = Some(within);
        self
    }

    /// An information response and a second of silence are an answer too.
    pub fn complete_after_silence(mut self) -> Self {
        self.silence_completes = true;
        self
    }

    /// Whether this code opens one of its information responses.
    pub(crate) fn expects(&self, code: &str) -> bool {
        let named = || self.text == Text::Any && self.line.to_ascii_uppercase().contains(&code.to_ascii_uppercase());
        self.codes.iter().any(|wanted| wanted.eq_ignore_ascii_case(code)) || named()
    }

    /// Whether results of a call (`NO CARRIER`, `BUSY`) can be its result.
    pub(crate) fn is_of_a_call(&self) -> bool {
        let line = self.line.to_ascii_uppercase();
        line.starts_with("ATD") || line == "ATA" || line == "ATH" || line == "AT+CHUP"
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let holds_pin = self.line.contains("CPIN=") || self.line.contains("CLCK=");
        let shown = if holds_pin { "(secret)" } else { self.line.as_str() };
        write!(f, "Request({shown})")
    }
}

/// One information response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// The line.
    pub line: String,
    /// Its second line, where it has one.
    pub data: Option<String>,
}

/// The end of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// What it answered so far, also where it failed in the end.
    pub lines: Vec<Info>,
    /// Ctrl-Z went out: from then on a message may be on the air.
    pub data_sent: bool,
    /// How it ended.
    pub result: Result<(), ChatError>,
}

/// Why a command did not end with OK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatError {
    /// No final result in time. [`Event::Awake`] or [`Event::Mute`] follows.
    Timeout,
    /// No data prompt in time; ESC went out. [`Event::Awake`] or [`Event::Mute`] follows.
    NoPrompt,
    /// The modem said no.
    Refused(Final),
    /// The owner said no at the prompt; ESC went out.
    Cancelled,
    /// The port is gone.
    Lost,
    /// The modem started anew in the middle.
    Restarted,
}

/// What `chat` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The modem waits for data: answer with [`Input::Data`] or [`Input::Cancel`].
    Prompt,
    /// The command in flight ended.
    Done(Done),
    /// The modem said something unasked.
    Urc(Urc),
    /// `+CMGS: n` that belongs to no command in flight.
    Orphan(String),
    /// A line nobody understands, or a reply nobody waits for.
    Unknown(String),
    /// The modem answers `AT` and is quiet: what was outstanding is over.
    Awake,
    /// The modem did not answer `AT` in all the tries, nor behind `+++`.
    Mute,
}

/// What happens to `chat`.
#[derive(Debug)]
pub enum Input<'a> {
    /// Bytes of the port.
    Bytes(&'a [u8]),
    /// A command to send; queued behind the one in flight. With sixteen in the queue it is dropped: a bug of the owner.
    Command(Request),
    /// The data for the prompt, without Ctrl-Z.
    Data(Vec<u8>),
    /// No data for the prompt, or no longer a wish for one: ESC.
    Cancel,
    /// ESC, wait, `AT` until it answers and is quiet; where nothing answers, `+++` and `ATH` once. With `until`, listen that long at most and do not hurry.
    Wake {
        /// An attempt is unsettled: give an orphan answer time until then.
        until: Option<crate::Tick>,
    },
    /// The modem started anew: what is in flight will not be answered.
    Restarted,
    /// The port is gone.
    Lost,
    /// The deadline has come.
    Timer,
}

/// What `chat` wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Write these bytes.
    Transmit(Vec<u8>),
    /// Tell the owner.
    Event(Event),
}

/// The times and sizes `chat` keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// Silence after ESC.
    pub escape_guard: Duration,
    /// How long input is drained before the first `AT` of a wake.
    pub drain: Duration,
    /// How long `AT` may take in a wake.
    pub attention: Duration,
    /// How many times a wake says `AT`.
    pub tries: u8,
    /// Silence in front of `+++` and behind it: a second is what modems want.
    pub hush: Duration,
    /// How long `ATH` may take.
    pub hang_up: Duration,
    /// How long the port must be quiet before the next command.
    pub quiet: Duration,
    /// The same while an attempt is unsettled.
    pub settle_quiet: Duration,
    /// How long the result of a cancelled prompt may take.
    pub cancel: Duration,
    /// Silence that completes an answer without OK.
    pub silence: Duration,
    /// Pause between prompt and data (Wavecom, SIM900).
    pub prompt_gap: Duration,
    /// Data goes out in pieces of this many octets; 0 is all at once.
    pub piece_octets: usize,
    /// Pause between two pieces.
    pub piece_gap: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            escape_guard: Duration::from_millis(20),
            drain: Duration::from_millis(300),
            attention: Duration::from_secs(1),
            tries: 5,
            hush: Duration::from_millis(1_200),
            hang_up: Duration::from_secs(3),
            quiet: Duration::from_millis(250),
            settle_quiet: Duration::from_secs(3),
            cancel: Duration::from_secs(2),
            silence: Duration::from_secs(1),
            prompt_gap: Duration::ZERO,
            piece_octets: 0,
            piece_gap: Duration::from_millis(10),
        }
    }
}
