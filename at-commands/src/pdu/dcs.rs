//! TP-Data-Coding-Scheme: all 256 values (3GPP 23.038 sec 4). Reserved codings are read as the default alphabet, as the
//! standard says, and say that they are reserved.

/// The data coding scheme, as the octet on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dcs(u8);

impl Dcs {
    /// Default alphabet, no class.
    pub const GSM7: Self = Self(0x00);
    /// 8-bit data, no class.
    pub const EIGHT_BIT: Self = Self(0x04);
    /// UCS-2, no class.
    pub const UCS2: Self = Self(0x08);

    /// From the octet.
    #[must_use]
    pub const fn new(octet: u8) -> Self {
        Self(octet)
    }

    /// The octet.
    pub const fn octet(self) -> u8 {
        self.0
    }

    /// This general coding (00xx group) with a message class; other groups stay as they are.
    #[must_use]
    pub const fn with_class(self, class: Class) -> Self {
        if self.0 >> 7 == 0 { Self(self.0 & 0xFC | 0x10 | class as u8) } else { self }
    }

    /// The alphabet the user data is in.
    pub const fn alphabet(self) -> Alphabet {
        let general = match self.0 >> 2 & 0x03 {
            0 => Alphabet::Gsm7,
            1 => Alphabet::EightBit,
            2 => Alphabet::Ucs2,
            _ => Alphabet::Reserved,
        };
        match self.0 >> 4 {
            0x0..=0x7 => general,
            0x8..=0xB => Alphabet::Reserved,
            0xC | 0xD => Alphabet::Gsm7,
            0xE => Alphabet::Ucs2,
            // 1111: bit 2 alone decides; bit 3 is reserved and means nothing.
            _ if self.0 & 0x04 == 0 => Alphabet::Gsm7,
            _ => Alphabet::EightBit,
        }
    }

    /// The message class, where one is given.
    pub const fn class(self) -> Option<Class> {
        if matches!(self.0 >> 4, 0x1 | 0x3 | 0x5 | 0x7 | 0xF) { Some(Class::of(self.0)) } else { None }
    }

    /// The user data is compressed (3GPP 23.042); this crate keeps it as octets.
    pub const fn compressed(self) -> bool {
        self.0 >> 7 == 0 && self.0 & 0x20 != 0
    }

    /// The message is marked for automatic deletion (01xx group).
    pub const fn auto_delete(self) -> bool {
        self.0 >> 6 == 1
    }

    /// Message waiting indication (groups 1100 to 1110).
    pub const fn waiting(self) -> Option<Waiting> {
        let store = match self.0 >> 4 {
            0xC => false,
            0xD | 0xE => true,
            _ => return None,
        };
        Some(Waiting { store, active: self.0 & 0x08 != 0, kind: WaitingKind::of(self.0) })
    }

    /// TP-UDL counts septets: an uncompressed 7-bit alphabet, reserved codings included.
    pub const fn counts_septets(self) -> bool {
        let seven_bit = match self.alphabet() {
            Alphabet::Gsm7 | Alphabet::Reserved => true,
            Alphabet::EightBit | Alphabet::Ucs2 => false,
        };
        seven_bit && !self.compressed()
    }
}

/// What the user data is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alphabet {
    /// GSM 7-bit, default alphabet or a national one named in the header.
    Gsm7,
    /// 8-bit data: not text.
    EightBit,
    /// UCS-2, in practice UTF-16.
    Ucs2,
    /// A reserved coding, to be read as [`Alphabet::Gsm7`].
    Reserved,
}

/// Message class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Class {
    /// Shown at once, not stored ("flash").
    Flash = 0,
    /// Mobile equipment.
    Equipment = 1,
    /// SIM.
    Sim = 2,
    /// Terminal equipment.
    Terminal = 3,
}

impl Class {
    /// From the low two bits.
    #[must_use]
    pub const fn of(bits: u8) -> Self {
        match bits & 0x03 {
            0 => Self::Flash,
            1 => Self::Equipment,
            2 => Self::Sim,
            _ => Self::Terminal,
        }
    }
}

/// A message waiting indication: not a text of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Waiting {
    /// The text is to be kept.
    pub store: bool,
    /// The indication is switched on, not off.
    pub active: bool,
    /// What is waiting.
    pub kind: WaitingKind,
}

/// What a message waiting indication is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WaitingKind {
    /// Voice mail.
    Voicemail,
    /// Fax.
    Fax,
    /// Electronic mail.
    Email,
    /// Something else, video included.
    Other,
}

impl WaitingKind {
    /// From the low two bits of the data coding scheme or of information element 01.
    #[must_use]
    pub const fn of(bits: u8) -> Self {
        match bits & 0x03 {
            0 => Self::Voicemail,
            1 => Self::Fax,
            2 => Self::Email,
            _ => Self::Other,
        }
    }
}
