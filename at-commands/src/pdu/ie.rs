//! Information elements of the user data header (3GPP 23.040 sec 9.2.3.24.1 to .24.16). Known ones are typed; an element of a
//! wrong length, or an unknown one, stays `Other` with its bytes.

use super::dcs::WaitingKind;
use super::octets::Octets;

const CONCAT_8: u8 = 0x00;
const SPECIAL_MESSAGE: u8 = 0x01;
const PORTS_8: u8 = 0x04;
const PORTS_16: u8 = 0x05;
const SMSC_CONTROL: u8 = 0x06;
const UDH_SOURCE: u8 = 0x07;
const CONCAT_16: u8 = 0x08;
const SINGLE_SHIFT: u8 = 0x24;
const LOCKING_SHIFT: u8 = 0x25;

/// One information element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ie<'a> {
    /// 00 or 08: this is one part of a longer message.
    Concat(Concat),
    /// 01: something is waiting for the person (9.2.3.24.2).
    SpecialMessage(SpecialMessage),
    /// 04 or 05: the message is for an application (9.2.3.24.3 and .4).
    Ports(Ports),
    /// 06: which status reports the service centre is to make (9.2.3.24.5).
    SmscControl(u8),
    /// 07: who made the header that follows (9.2.3.24.6).
    Source(u8),
    /// 24: the single shift table, by language (9.2.3.24.15).
    SingleShift(u8),
    /// 25: the locking shift table, by language (9.2.3.24.16).
    LockingShift(u8),
    /// Any other, as it came.
    Other {
        /// The identifier.
        id: u8,
        /// The octets.
        data: &'a [u8],
    },
}

impl<'a> Ie<'a> {
    /// The element `id` with these octets.
    #[must_use]
    pub const fn of(id: u8, data: &'a [u8]) -> Self {
        match (id, data) {
            (CONCAT_8, &[reference, total, seq]) => Self::Concat(Concat { reference: reference as u16, wide: false, total, seq }),
            (CONCAT_16, &[high, low, total, seq]) => {
                Self::Concat(Concat { reference: u16::from_be_bytes([high, low]), wide: true, total, seq })
            }
            (SPECIAL_MESSAGE, &[indication, count]) => Self::SpecialMessage(SpecialMessage { indication, count }),
            (PORTS_8, &[destination, source]) => Self::Ports(Ports { destination: destination as u16, source: source as u16, wide: false }),
            (PORTS_16, &[a, b, c, d]) => {
                Self::Ports(Ports { destination: u16::from_be_bytes([a, b]), source: u16::from_be_bytes([c, d]), wide: true })
            }
            (SMSC_CONTROL, &[selector]) => Self::SmscControl(selector),
            (UDH_SOURCE, &[source]) => Self::Source(source),
            (SINGLE_SHIFT, &[language]) => Self::SingleShift(language),
            (LOCKING_SHIFT, &[language]) => Self::LockingShift(language),
            (id, data) => Self::Other { id, data },
        }
    }

    /// The identifier on the wire.
    pub const fn id(&self) -> u8 {
        match self {
            Self::Concat(Concat { wide: false, .. }) => CONCAT_8,
            Self::Concat(_) => CONCAT_16,
            Self::SpecialMessage(_) => SPECIAL_MESSAGE,
            Self::Ports(Ports { wide: false, .. }) => PORTS_8,
            Self::Ports(_) => PORTS_16,
            Self::SmscControl(_) => SMSC_CONTROL,
            Self::Source(_) => UDH_SOURCE,
            Self::SingleShift(_) => SINGLE_SHIFT,
            Self::LockingShift(_) => LOCKING_SHIFT,
            Self::Other { id, .. } => *id,
        }
    }

    /// The octets behind identifier and length.
    #[must_use]
    pub fn data(&self) -> Octets<140> {
        let octets = match self {
            Self::Concat(concat) if concat.wide => {
                let [high, low] = concat.reference.to_be_bytes();
                Octets::of(&[high, low, concat.total, concat.seq])
            }
            Self::Concat(concat) => Octets::of(&[concat.reference as u8, concat.total, concat.seq]),
            Self::SpecialMessage(message) => Octets::of(&[message.indication, message.count]),
            Self::Ports(ports) if ports.wide => {
                let ([a, b], [c, d]) = (ports.destination.to_be_bytes(), ports.source.to_be_bytes());
                Octets::of(&[a, b, c, d])
            }
            Self::Ports(ports) => Octets::of(&[ports.destination as u8, ports.source as u8]),
            Self::SmscControl(octet) | Self::Source(octet) | Self::SingleShift(octet) | Self::LockingShift(octet) => Octets::of(&[*octet]),
            Self::Other { data, .. } => Octets::of(data.get(..data.len().min(140)).unwrap_or_default()),
        };
        octets.unwrap_or_default()
    }

    /// Appends the element; `false` when it does not fit.
    pub(crate) fn write(&self, out: &mut Octets<140>) -> bool {
        if let Self::Other { data, .. } = self
            && data.len() > 137
        {
            return false;
        }
        let data = self.data();
        out.push(self.id()) && out.push(data.len() as u8) && out.extend(&data)
    }
}

/// Which part of which message this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Concat {
    /// Reference of the whole message, 8 or 16 bits.
    pub reference: u16,
    /// The reference has 16 bits (element 08).
    pub wide: bool,
    /// Number of parts.
    pub total: u8,
    /// Number of this part, from 1.
    pub seq: u8,
}

impl Concat {
    /// Zero parts, part zero or a part beyond the last make an element that is to be ignored (9.2.3.24.1).
    pub const fn is_consistent(&self) -> bool {
        self.total > 0 && self.seq > 0 && self.seq <= self.total
    }
}

/// Application ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ports {
    /// The receiver's port; 2948 is WAP push.
    pub destination: u16,
    /// The sender's port.
    pub source: u16,
    /// The ports have 16 bits (element 05).
    pub wide: bool,
}

/// A special message indication: messages are waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpecialMessage {
    /// Store bit, profile and type.
    pub indication: u8,
    /// How many are waiting.
    pub count: u8,
}

impl SpecialMessage {
    /// The message is to be kept after the indication was shown.
    pub const fn store(&self) -> bool {
        self.indication & 0x80 != 0
    }

    /// What is waiting: bits 1 and 0.
    pub const fn kind(&self) -> WaitingKind {
        WaitingKind::of(self.indication)
    }

    /// Type with its extension, bits 4 to 0.
    pub const fn extended_kind(&self) -> u8 {
        self.indication & 0x1F
    }
}
