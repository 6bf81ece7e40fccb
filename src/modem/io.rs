//! What goes into the modem driver and what comes out: the sans-IO contract between `modem` and `serial`.

use std::fmt;
use std::time::Duration;

use at_commands::Tick;
use at_commands::command::ports::PortModes;
pub use at_commands::urc::Supply;

pub use super::pin::{Pin, PinRefusal};
pub use super::who::Cell;
use crate::committed::{Committed, Slot};
pub use crate::ids::PartKey;
use crate::terms::{Ailment, Rank, Rung};
use crate::time::Timestamp;

/// One thing that happened to a driver. `Driver::handle(now: Tick, input)` never blocks and never fails.
#[derive(Debug)]
pub enum Input<'a> {
    /// The port was opened; the settle and the bring-up begin.
    Opened,
    /// Bytes came.
    Bytes(&'a [u8]),
    /// The port is gone.
    Lost,
    /// Somebody wants something of this modem.
    Command(ModemCommand),
    /// What the driver read from a slot, or was shown, is on disk: it may be deleted, or acknowledged.
    Stored(Committed<Slot>),
    /// The attempt asked for by `Persist` is on disk: the PDU may go out.
    AttemptCommitted {
        /// Row number of the attempt.
        attempt: i64,
    },
    /// The attempt must not be made (disk full, withdrawn, opted out, expired): ESC.
    AttemptDenied,
    /// The try asked for by `PersistPin` is on disk as failed: this PIN may go out, once.
    PinPersisted(Pin),
    /// No PIN is to be sent.
    PinDenied(PinRefusal),
    /// The deadline of `poll_timeout` has come.
    Timer,
}

/// What may be asked of a modem.
#[derive(Debug, Clone)]
pub enum ModemCommand {
    /// Send one part.
    Submit(Submission),
    /// Start the bring-up again.
    Restart,
    /// Build the driver anew from the store: its PIN changed. The shell carries this out.
    Rebuild,
    /// Calls that come in are rejected from now on, or not any more.
    RejectCalls(bool),
    /// Ask the network by USSD.
    Ussd(UssdErrand),
    /// Read the SIM's own number and the reference of its last text, and tell both.
    Look,
    /// Ring a telephone.
    Ring(RingErrand),
    /// The ring of this row is not wanted any more; 0 is whichever rings.
    EndRing(i64),
    /// One command of a technician.
    At(AtErrand),
}

/// One telephone that somebody wants rung.
#[derive(Clone, PartialEq, Eq)]
pub struct RingErrand {
    /// Its row, which is on disk as given to this modem; the driver hands it back and looks at nothing in it.
    pub id: i64,
    /// In E.164.
    pub number: String,
    /// How long it rings.
    pub ring_for: Duration,
}

impl fmt::Debug for RingErrand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RingErrand").field("id", &self.id).field("ring_for", &self.ring_for).finish_non_exhaustive()
    }
}

impl RingErrand {
    /// It was not dialed.
    pub fn not_dialed(&self, why: &'static str) -> ModemEvent {
        ModemEvent::Rang { id: self.id, end: RingEnd::NotDialed { why }, rang: false }
    }
}

/// What came of a telephone that was to ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RingEnd {
    /// Certainly nothing went out: `not_ready`, `busy`, `withdrawn`, `lost`, `no_number`.
    NotDialed {
        /// Why.
        why: &'static str,
    },
    /// Somebody took it, and the box hung up.
    Answered,
    /// It was engaged.
    Busy,
    /// It rang and nobody took it; `cut` when the box hung up before its time.
    NotAnswered {
        /// It was not wanted any more.
        cut: bool,
    },
    /// The network ended it, or never put it through.
    NoCarrier {
        /// In words of the modem, where it had some.
        cause: Option<String>,
    },
    /// The modem refused to dial: nothing went out.
    Refused {
        /// `cme_4`, `error`.
        why: String,
    },
    /// It was dialed, and this modem does not tell what came of a call.
    Unknown,
    /// It was dialed, or may have been, and the modem was lost or started anew.
    InDoubt {
        /// `lost`, `restarted`, `no_answer`.
        why: &'static str,
    },
}

/// One command of a technician.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtErrand {
    /// Whoever waits for it knows it by this; the driver hands it back.
    pub id: u64,
    /// The command line, as [`typed`](super::typed) lets it through.
    pub line: String,
    /// How long it may wait for its turn, and then for its answer.
    pub within: Duration,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtEnd {
    /// The modem answered.
    Answered {
        /// Its lines, and its result as the last one.
        lines: Vec<String>,
    },
    /// It was not sent: `not_ready`, `ringing`, `busy`, `lost`.
    NotSent {
        /// Why.
        why: &'static str,
    },
    /// It was sent and no result came: `no_answer`, `lost`, `restarted`.
    NoAnswer {
        /// Why.
        why: &'static str,
        /// What had come by then.
        lines: Vec<String>,
    },
}

/// One USSD exchange that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UssdErrand {
    /// Its row; the driver hands it back and looks at nothing in it.
    pub id: i64,
    /// What is wanted.
    pub ask: UssdAsk,
}

impl UssdErrand {
    /// It never went out.
    pub fn not_sent(&self, why: &'static str) -> ModemEvent {
        ModemEvent::Ussd { id: Some(self.id), tries: 0, end: UssdEnd::NotSent { why } }
    }
}

/// What is wanted by USSD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UssdAsk {
    /// `*100#`.
    Code(String),
    /// An answer to the menu that is open.
    Reply(String),
    /// The end of the menu that is open, or of an exchange that waits.
    Cancel,
}

/// How a USSD exchange ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UssdEnd {
    /// The network answered; with `menu` it waits for a reply.
    Answered {
        /// Its words; empty where it said none.
        text: String,
        /// A reply or a cancel is expected.
        menu: bool,
    },
    /// The menu was ended, as wished.
    Cancelled,
    /// Nothing went to the network: `not_ready`, `busy`, `no_menu`, `menu_open`, `lost`, `unsayable`.
    NotSent {
        /// Why.
        why: &'static str,
    },
    /// A definite no of the modem or the network.
    Refused {
        /// Why: `cme_30`, `error`, `not_supported`.
        why: String,
    },
    /// It went out and no answer came: nobody knows whether it was carried out.
    Unknown {
        /// Why: `no_answer`, `lost`, `restarted`, `ended`, `cancelled` ...
        why: &'static str,
    },
}

/// One part, ready for `AT+CMGS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Which part; the driver hands it back and looks at nothing in it.
    pub part: PartKey,
    /// Urgency: it takes the place of a less urgent one that waits in hand where [`Rank::may_overtake`] says so.
    pub rank: Rank,
    /// SMSC octets and SUBMIT TPDU, as they go out behind the prompt.
    pub pdu: Vec<u8>,
    /// Octets of the TPDU alone: the `<length>` of `AT+CMGS`.
    pub tpdu_octets: usize,
    /// It is kept in the modem's memory first and sent from there (W4), where the modem can do that.
    pub keep: bool,
}

/// The code of a modem that was given up: it answers nothing and nothing helped.
pub const DEAD: &str = "dead";
/// What a modem that falls over and over is called: it starts by itself, or goes away with a message in hand.
pub const FALLS: &str = "falls";
/// What a modem is called that sends and can receive nothing.
pub const CANNOT_RECEIVE: &str = "cannot_receive";

/// One thing the driver wants. Drain `poll_output` to `None` after every `handle`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Write these bytes to the port.
    Transmit(Vec<u8>),
    /// Commit the attempt row of this part now (W1); answer with `AttemptCommitted` or `AttemptDenied`, also after `Lost`:
    /// an outcome whose row is still being written is told only when the answer is in.
    Persist(PartKey),
    /// The PIN of this SIM is wanted: note durably, now, that the pair (SIM, PIN) failed. Answer with `PinPersisted`, or with
    /// `PinDenied` where there is none or that note exists already. `PinAccepted` takes the note back.
    PersistPin {
        /// ICCID, or `imei:` and the IMEI where the SIM does not tell its ICCID before the PIN.
        sim: String,
        /// The IMEI.
        imei: String,
    },
    /// Rung 3 of the ladder: close the port, look for the modem, open it again (`Lost` is not needed, `Opened` is).
    Reopen,
    /// Rungs 6 and 7: close the port, have the root helper do this, find the modem, open its port (`Opened`). Where the helper
    /// refuses, the port is opened all the same.
    Help(Rung),
    /// Tell the box.
    Event(ModemEvent),
}

/// What a modem says about itself and the air.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModemEvent {
    /// Who it is; comes before `Ready` and again when the SIM changes.
    Identity(Identity),
    /// Which USB interface of it is which port; comes before its identity.
    Ports(PortModes),
    /// It is registered and can send.
    Ready,
    /// The driver takes one more `Submit` now and will send it as soon as the one before is answered. Told with `Ready`
    /// and again whenever the place got free; of two that want that place the one that may not overtake the other is
    /// `Aborted` with `busy`, and the one that was overtaken with `overtaken`.
    Free,
    /// The SIM took its PIN: the note made for `PersistPin` is void.
    PinAccepted {
        /// The same name as in `PersistPin`.
        sim: String,
        /// The IMEI.
        imei: String,
    },
    /// It cannot send; words for a technician, with what to do.
    NotReady {
        /// A stable code: `sim_pin`, `sim_puk`, `sim_missing`, `not_registered`, `no_answer`, `no_smsc`, `lost` ...
        code: &'static str,
        /// What is wrong and what to do.
        words: String,
    },
    /// A message read from storage (or shown directly): raw hex line and where it lies. Answer with `Stored`.
    Received {
        /// The PDU in hex, SMSC included, exactly as the modem printed it.
        hex: String,
        /// Where it lies; `None` for direct delivery, and [`Slot::shown`] where that is to be acknowledged once it is stored.
        slot: Option<Slot>,
        /// Indicated as it came (`+CMTI`, `+CMT`, `+CDS`); false from a sweep.
        live: bool,
    },
    /// `+CMGS: mr` for this attempt.
    Submitted {
        /// The part.
        part: PartKey,
        /// The attempt row.
        attempt: i64,
        /// TP-MR.
        mr: u8,
        /// The modem gave the service centre's acknowledgement along.
        acknowledged: bool,
    },
    /// W3: the service centre refused it as a duplicate of one that it had taken.
    Duplicate {
        /// The part.
        part: PartKey,
        /// The attempt row.
        attempt: i64,
    },
    /// What the modem's memory says of a part that was sent from there; `None` where it could not be kept there at all.
    Kept {
        /// The part.
        part: PartKey,
        /// `<stat>`: 2 unsent, 3 sent.
        stat: Option<u16>,
    },
    /// W5: the reference that the SIM keeps of its last text; `None` where it cannot be read.
    Reference(Option<u8>),
    /// The SIM's own number as it is written on it; `None` where nobody wrote it there.
    OwnNumber(Option<String>),
    /// A definite no, before or after the PDU. `attempt` is `None` where no row was committed.
    Refused {
        /// The part.
        part: PartKey,
        /// The attempt row.
        attempt: Option<i64>,
        /// CMS or CME number; `None` for a bare ERROR in front of the PDU.
        code: Option<u16>,
    },
    /// Nothing was sent: ESC before Ctrl-Z, or denied.
    Aborted {
        /// The part.
        part: PartKey,
        /// The attempt row.
        attempt: Option<i64>,
        /// Why, for the evidence.
        why: &'static str,
    },
    /// Ctrl-Z went out and no definite answer came.
    InDoubt {
        /// The part.
        part: PartKey,
        /// The attempt row.
        attempt: i64,
        /// `timeout`, `lost`, `error`, `cms_332`, `cms_500`, `restarted`, `no_reference`.
        reason: String,
    },
    /// W1: an orphan `+CMGS: mr` while settling; proves the one unsettled attempt of this SIM.
    Orphan {
        /// TP-MR.
        mr: u8,
    },
    /// The settle is over: the port is quiet and answers.
    Settled,
    /// `AT+CSQ` in dBm; `None` is unknown.
    Signal(Option<i16>),
    /// Registration by the standard's number (0..10) and the operator, as far as known.
    Registration {
        /// `<stat>`.
        stat: u8,
        /// Operator name or MCCMNC.
        operator: Option<String>,
        /// Where it is registered, where the modem tells it.
        cell: Option<Cell>,
    },
    /// What the network says of the time.
    NetworkTime {
        /// The instant.
        at: Timestamp,
        /// Where this modem is not known to show local time: the instant if it shows UTC.
        or: Option<Timestamp>,
    },
    /// `+CPMS?` of the memory that receives.
    Storage {
        /// Slots in use.
        used: u16,
        /// Slots in all.
        total: u16,
    },
    /// A USSD exchange ended, or the network said something by itself.
    Ussd {
        /// Its row; `None` where nobody asked.
        id: Option<i64>,
        /// How many forms of the string were tried: a form that a modem does not understand is followed by the next.
        tries: u8,
        /// How.
        end: UssdEnd,
    },
    /// A rung of the recovery ladder is climbed now; `Ready` or `Submitted` says that it helped.
    Rung {
        /// What is tried.
        rung: Rung,
        /// What for.
        ailment: Ailment,
    },
    /// It started by itself in the middle of its work, or went away with a message in hand.
    Fell,
    /// Its supply or its temperature is bad; told once an hour.
    Supply(Supply),
    /// It had stopped telling of texts that come; they are looked for from here on.
    Deaf,
    /// It is ready, and has no memory that can be read: it sends, and nothing that comes reaches the box.
    CannotReceive,
    /// Texts come and it does not tell of them, although it is set to: only the looks at its memory find them.
    Unsaid,
    /// A call that came in is over.
    Called {
        /// The number as the modem showed it; empty where it showed none. It proves nothing.
        number: String,
        /// The caller hid it.
        withheld: bool,
        /// How often it rang.
        rings: u16,
        /// It was rejected.
        rejected: bool,
        /// From its first ring to its last.
        lasted: Duration,
    },
    /// A telephone that was to ring is done with.
    Rang {
        /// Its row.
        id: i64,
        /// What came of it.
        end: RingEnd,
        /// It was heard to ring there.
        rang: bool,
    },
    /// A command of a technician is done with.
    At {
        /// Who waits for it.
        id: u64,
        /// What came of it.
        end: AtEnd,
    },
    /// A line nobody understood, kept for the trace. Numbers and PINs are masked before it is logged.
    Noise(String),
}

impl ModemEvent {
    /// Whether it tells a state, of which the next is told within minutes.
    pub const fn is_state(&self) -> bool {
        matches!(self, Self::Signal(_) | Self::Registration { .. } | Self::Storage { .. } | Self::NetworkTime { .. })
    }
}

/// Who a modem and its SIM are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// `+CGSN`.
    pub imei: String,
    /// ICCID of the SIM.
    pub iccid: String,
    /// `+CIMI`.
    pub imsi: String,
    /// `+CGMI`.
    pub manufacturer: String,
    /// `+CGMM`.
    pub model: String,
    /// `+CGMR`.
    pub firmware: String,
    /// `+CSCA?`.
    pub smsc: String,
}

/// What the store knows that a driver must be told when it is made.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact of the store; together they are no state machine")]
pub struct Remembered {
    /// An attempt of this SIM is unsettled: drain this long for an orphan `+CMGS` before sending.
    pub settle_until: Option<Tick>,
    /// Calls that come in are rejected.
    pub reject_calls: bool,
    /// A call that went out may still be up: hang up first.
    pub may_be_ringing: bool,
    /// A modem has answered on this port before: it may be reset.
    pub known: bool,
    /// The rung it stands on, not known to have helped.
    pub standing: Option<(Rung, Ailment)>,
    /// What restarted it in the last hour, and when.
    pub restarts: Vec<(Rung, Tick)>,
    /// When a modem, by its IMEI, started by itself or went away with a message in hand, in the last day: who is at this port shows later.
    pub falls: Vec<(String, Tick)>,
    /// Rungs that the root helper offers for this port.
    pub helps: Vec<Rung>,
    /// Rungs that did harm to modems of this model.
    pub avoid: Vec<Rung>,
    /// The last attempt on its SIM is in doubt, or a self-test waits: the SIM is asked for its last reference before anything else
    /// is sent.
    pub look: bool,
}
