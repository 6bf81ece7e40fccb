//! TP-Protocol-Identifier: what kind of entity a message is for (3GPP 23.040 sec 9.2.3.9). The TPDUs keep the octet; this reads it.

/// The meaning of TP-PID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pid {
    /// 00 to 1F: from entity to entity, with the protocol between them; 0 is the plain short message.
    Plain(u8),
    /// 20 to 3F: telematic interworking, with the type of device.
    Telematic(u8),
    /// 40: acknowledged and dropped, never shown ("silent" message).
    Type0,
    /// 41 to 47: replaces the message of the same number from the same sender and service centre.
    Replace(u8),
    /// 48: triggers a device.
    DeviceTriggering,
    /// 5E: enhanced message service (obsolete).
    EnhancedMessage,
    /// 5F: return call.
    ReturnCall,
    /// 7C: ANSI-136 R-DATA.
    Ansi136RData,
    /// 7D: data for the phone.
    MeDataDownload,
    /// 7E: takes a personalisation off the phone.
    MeDepersonalization,
    /// 7F: data for the (U)SIM.
    SimDataDownload,
    /// 49 to 5D, 60 to 7B and 80 to BF: reserved.
    Reserved(u8),
    /// C0 to FF: as the service centre likes.
    ScSpecific(u8),
}

impl Pid {
    /// Reads the octet.
    #[must_use]
    pub const fn of(octet: u8) -> Self {
        match octet {
            0x00..=0x1F => Self::Plain(octet),
            0x20..=0x3F => Self::Telematic(octet & 0x1F),
            0x40 => Self::Type0,
            0x41..=0x47 => Self::Replace(octet & 0x07),
            0x48 => Self::DeviceTriggering,
            0x5E => Self::EnhancedMessage,
            0x5F => Self::ReturnCall,
            0x7C => Self::Ansi136RData,
            0x7D => Self::MeDataDownload,
            0x7E => Self::MeDepersonalization,
            0x7F => Self::SimDataDownload,
            0x49..=0x5D | 0x60..=0x7B | 0x80..=0xBF => Self::Reserved(octet),
            0xC0..=0xFF => Self::ScSpecific(octet),
        }
    }

    /// A person is to see the message. Reserved values are read as 0, as the standard says, and are shown.
    pub const fn is_for_a_person(self) -> bool {
        match self {
            Self::Plain(_)
            | Self::Telematic(_)
            | Self::Replace(_)
            | Self::EnhancedMessage
            | Self::ReturnCall
            | Self::Reserved(_)
            | Self::ScSpecific(_) => true,
            Self::Type0
            | Self::DeviceTriggering
            | Self::Ansi136RData
            | Self::MeDataDownload
            | Self::MeDepersonalization
            | Self::SimDataDownload => false,
        }
    }
}
