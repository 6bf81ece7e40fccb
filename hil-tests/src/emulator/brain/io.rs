//! What goes into a modem and what comes out: the contract of `brain` with whoever drives it.

use std::time::Duration;

use super::{Habits, NetworkTime};
use crate::emulator::fault::Fault;

/// What happens to a modem.
#[derive(Debug)]
pub enum Input<'a> {
    /// Octets from the terminal.
    Bytes(&'a [u8]),
    /// Something from the network.
    Network(Downlink),
    /// The person at the rig does something.
    Control(Control),
    /// The deadline of `poll_timeout` has come.
    Timer,
}

/// What the network tells a modem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Downlink {
    /// A text for this SIM; answered with `Uplink::Acknowledge` or `Uplink::Refuse`.
    Deliver {
        /// The network's number of this try.
        id: u64,
        /// SMSC octets and SMS-DELIVER.
        pdu: Vec<u8>,
    },
    /// A status report, answered like a text.
    Report {
        /// The network's number of this try.
        id: u64,
        /// SMSC octets and SMS-STATUS-REPORT.
        pdu: Vec<u8>,
    },
    /// The answer to a submission: `Err` is the cause that ends up in `+CMS ERROR`.
    Submitted {
        /// RP-Message-Reference of the submission (3GPP TS 24.011 clause 8.2.3).
        rp: u64,
        /// What the service centre said.
        result: Result<(), u16>,
    },
    /// Somebody calls; `None` withholds the number.
    Ring {
        /// The caller in E.164.
        from: Option<String>,
    },
    /// The caller hung up.
    RingEnds,
}

/// What a modem tells the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uplink {
    /// SMS-SUBMIT with its SMSC octets; TP-MR is already the modem's.
    Submit {
        /// TP-MR.
        mr: u8,
        /// RP-Message-Reference: a text that is sent again has its TP-MR, and another one of these. Wider than on air.
        rp: u64,
        /// SMSC octets and SMS-SUBMIT.
        pdu: Vec<u8>,
    },
    /// RP-ACK.
    Acknowledge {
        /// Of this try.
        id: u64,
    },
    /// RP-ERROR; 22 is "memory capacity exceeded", the network waits for `MemoryAvailable`.
    Refuse {
        /// Of this try.
        id: u64,
        /// The cause.
        cause: u16,
    },
    /// RP-SMMA: a slot is free again.
    MemoryAvailable,
    /// Registered: what waits may come.
    Attached,
    /// Not reachable from now on.
    Detached,
    /// Another SIM, with this number.
    Card {
        /// In E.164.
        number: String,
        /// The service centre of its network.
        smsc: String,
    },
}

/// What a person at the rig can do to a modem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// Switches a fault on for so many strikes (0 = until cleared).
    Arm(Fault, u32),
    /// Switches one fault off.
    Disarm(Fault),
    /// Switches all faults off.
    ClearFaults,
    /// Power off and on; boot lines follow.
    PowerCycle,
    /// Its USB device is taken from its drivers and given back: it starts anew, unless only its power helps.
    UsbReset,
    /// The terminal was unplugged: what was typed is lost, the modem loses power.
    Unplugged,
    /// The network's answer to registration from now on (27.007 `<stat>`).
    Registration(u8),
    /// `+CSQ` from now on.
    Signal(u8),
    /// Another cell serves from now on.
    Cell(u32),
    /// What the network says of its time from now on; `None` of one that says nothing.
    NetworkTime(Option<NetworkTime>),
    /// Prints a line as if unasked.
    Urc(String),
    /// TP-MR of the last submission, to try the wrap.
    LastMr(u8),
    /// What it does with references from now on.
    Habits(Habits),
    /// What the network says by USSD to this code, or to this reply while a menu is open, from now on.
    Ussd {
        /// The code or the reply.
        code: String,
        /// Its words.
        text: String,
        /// It waits for a reply.
        menu: bool,
    },
    /// Another card is put in while the modem is on.
    SwapSim {
        /// Which card, by its number.
        sim: u16,
        /// The modem tells nothing of it and stays registered.
        silent: bool,
    },
    /// Changes the PIN settings of the card.
    Pin {
        /// Ask for it.
        enabled: bool,
        /// The PIN.
        pin: String,
    },
}

/// What a modem wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Octets for the terminal.
    Transmit(Vec<u8>),
    /// Something for the network.
    ToNetwork(Uplink),
    /// The port goes away, and comes back after the time where one is given.
    Gone {
        /// How long.
        back: Option<Duration>,
    },
    /// A line for whoever watches the rig.
    Log(String),
}
