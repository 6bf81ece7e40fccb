//! What is wrong with a PDU, said so that a technician can point at the octet: field, offset, cause.
//! Nothing here is a panic: octets from a radio are input, never a bug.

use std::fmt;

/// A PDU that does not decode.
///
/// Prints as `TP-UDL says 12 septets, 9 octets left at octet 27 (ud)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    outer: &'static str,
    inner: &'static str,
    /// Offset of the octet, counted from the start of what was given to `decode`.
    pub offset: usize,
    /// What is wrong there.
    pub cause: DecodeCause,
}

impl DecodeError {
    pub(crate) const fn new(field: &'static str, offset: usize, cause: DecodeCause) -> Self {
        Self { outer: "", inner: field, offset, cause }
    }

    /// The same error inside the field `outer`: `value` becomes `oa.value`.
    pub(crate) const fn within(mut self, outer: &'static str) -> Self {
        self.outer = outer;
        self
    }

    /// The dotted path of the field, by its name in 3GPP 23.040 without the `TP-`: `oa.value`, `scts`, `ud`.
    #[must_use]
    pub fn field(&self) -> String {
        match (self.outer, self.inner) {
            ("", inner) => inner.to_owned(),
            (outer, "") => outer.to_owned(),
            (outer, inner) => format!("{outer}.{inner}"),
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at octet {} ({})", self.cause, self.offset, self.field())
    }
}

impl std::error::Error for DecodeError {}

/// The cause of a [`DecodeError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeCause {
    /// The octets end inside the field.
    Short {
        /// Octets the field needs.
        need: usize,
        /// Octets that are left.
        left: usize,
    },
    /// TP-UDL announces more septets than there are octets for.
    UdlSeptets {
        /// Septets announced.
        udl: u8,
        /// Octets that are left.
        left: usize,
    },
    /// TP-UDL announces more octets than there are.
    UdlOctets {
        /// Octets announced.
        udl: u8,
        /// Octets that are left.
        left: usize,
    },
    /// A length above what the standard allows.
    TooLong {
        /// The length found.
        length: usize,
        /// The longest allowed.
        max: usize,
        /// What is counted: `digits`, `octets`.
        unit: &'static str,
    },
    /// A semi-octet that is not a decimal digit.
    Digit(u8),
    /// The filler F among the digits of an address.
    Filler,
    /// The first octet names another type of TPDU, or one that does not go in this direction.
    MessageType {
        /// TP-MTI, 0 to 3.
        mti: u8,
        /// The type that was looked for.
        wanted: &'static str,
    },
    /// TP-UDHI is set and there is no user data for the header to be in.
    NoHeader,
    /// The user data header is longer than the user data.
    HeaderBeyond {
        /// TP-UDHL.
        udhl: u8,
        /// Octets of user data after that octet.
        left: usize,
    },
    /// An information element is longer than the header it is in.
    ElementBeyond {
        /// The information element's identifier.
        id: u8,
        /// Octets it announces.
        length: u8,
        /// Octets left in the header.
        left: usize,
    },
    /// A validity period format that the standard reserves.
    ReservedValidity(u8),
}

impl fmt::Display for DecodeCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Short { need, left } => write!(f, "{need} {} needed, {left} left", plural(need)),
            Self::UdlSeptets { udl, left } => write!(f, "TP-UDL says {udl} septets, {left} {} left", plural(left)),
            Self::UdlOctets { udl, left } => write!(f, "TP-UDL says {udl} octets, {left} {} left", plural(left)),
            Self::TooLong { length, max, unit } => write!(f, "{length} {unit}, at most {max} are allowed"),
            Self::Digit(nibble) => write!(f, "semi-octet {nibble:X} is not a decimal digit"),
            Self::Filler => f.write_str("the filler F stands among the digits"),
            Self::MessageType { mti, wanted } => write!(f, "TP-MTI {mti} is not that of {wanted}"),
            Self::NoHeader => f.write_str("TP-UDHI is set and there is no user data header"),
            Self::HeaderBeyond { udhl, left } => write!(f, "TP-UDHL says {udhl} octets, {left} {} left", plural(left)),
            Self::ElementBeyond { id, length, left } => {
                write!(f, "information element {id:02X} says {length} octets, {left} {} left in the header", plural(left))
            }
            Self::ReservedValidity(format) => write!(f, "validity period format {format} is reserved"),
        }
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "octet" } else { "octets" }
}

/// A TPDU whose fields cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncodeError {
    /// Header and text together are longer than a TPDU of this type holds.
    UserDataTooLong {
        /// Octets of header and text.
        octets: usize,
        /// Octets allowed.
        max: usize,
    },
    /// The data coding scheme names another alphabet than the user data is in.
    Alphabet {
        /// The data coding scheme.
        dcs: u8,
    },
    /// A report with user data and no indication of it, or the other way round.
    MissingUserData,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UserDataTooLong { octets, max } => write!(f, "the user data is {octets} octets long, at most {max} fit"),
            Self::Alphabet { dcs } => write!(f, "data coding scheme {dcs:02X} is not that of the user data"),
            Self::MissingUserData => f.write_str("a header needs user data to be in"),
        }
    }
}

impl std::error::Error for EncodeError {}
