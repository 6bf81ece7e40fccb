//! The type-of-address octet: type of number and numbering plan (3GPP 23.040 sec 9.1.2.5).
//! Every value is kept; what the digits behind it mean is `address`'s work.

/// Type of number and numbering plan, as the octet on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeOfAddress(u8);

impl TypeOfAddress {
    /// International number, ISDN plan (91).
    pub const INTERNATIONAL: Self = Self(0x91);
    /// Unknown type, ISDN plan (81): national numbers as dialled, short codes.
    pub const UNKNOWN: Self = Self(0x81);
    /// National number, ISDN plan (A1).
    pub const NATIONAL: Self = Self(0xA1);
    /// Letters in the default alphabet (D0).
    pub const ALPHANUMERIC: Self = Self(0xD0);

    /// From the octet.
    #[must_use]
    pub const fn new(octet: u8) -> Self {
        Self(octet)
    }

    /// The octet.
    pub const fn octet(self) -> u8 {
        self.0
    }

    /// Type of number, bits 6 to 4.
    pub const fn ton(self) -> Ton {
        match self.0 >> 4 & 0x07 {
            0 => Ton::Unknown,
            1 => Ton::International,
            2 => Ton::National,
            3 => Ton::NetworkSpecific,
            4 => Ton::Subscriber,
            5 => Ton::Alphanumeric,
            6 => Ton::Abbreviated,
            _ => Ton::Reserved,
        }
    }

    /// Numbering plan, bits 3 to 0.
    pub const fn npi(self) -> Npi {
        match self.0 & 0x0F {
            0 => Npi::Unknown,
            1 => Npi::Isdn,
            3 => Npi::Data,
            4 => Npi::Telex,
            5 => Npi::ScSpecific5,
            6 => Npi::ScSpecific6,
            8 => Npi::National,
            9 => Npi::Private,
            10 => Npi::Ermes,
            other => Npi::Reserved(other),
        }
    }
}

/// Type of number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ton {
    /// 000: the network works it out.
    Unknown,
    /// 001: with country code, without prefix.
    International,
    /// 010: within the country, without prefix.
    National,
    /// 011: of the network operator.
    NetworkSpecific,
    /// 100: subscriber number.
    Subscriber,
    /// 101: letters, 3GPP 23.038 default alphabet.
    Alphanumeric,
    /// 110: abbreviated number.
    Abbreviated,
    /// 111: reserved for extension.
    Reserved,
}

/// Numbering plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Npi {
    /// 0000.
    Unknown,
    /// 0001: ISDN or telephone, E.164.
    Isdn,
    /// 0011: data, X.121.
    Data,
    /// 0100: telex.
    Telex,
    /// 0101: specific to the service centre.
    ScSpecific5,
    /// 0110: specific to the service centre.
    ScSpecific6,
    /// 1000: national.
    National,
    /// 1001: private.
    Private,
    /// 1010: ERMES, ETSI DE/PS 3 01-3.
    Ermes,
    /// Any other value.
    Reserved(u8),
}
