//! TP-Status: what became of a message (3GPP 23.040 sec 9.2.3.15). What to do about it is policy, not here.

/// The status octet of a report, kept as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(u8);

impl Status {
    /// Received by the phone (00).
    pub const DELIVERED: Self = Self(0x00);
    /// How the reserved values are to be read: temporary error, service rejected, gave up.
    const READ_AS: u8 = 0x63;

    /// From the octet.
    #[must_use]
    pub const fn new(octet: u8) -> Self {
        Self(octet)
    }

    /// The octet.
    pub const fn octet(self) -> u8 {
        self.0
    }

    /// The phone has the message. Every other value, "forwarded" included, is less than that.
    pub const fn is_delivered(self) -> bool {
        self.0 == 0
    }

    /// No further report follows.
    pub const fn is_final(self) -> bool {
        match self.class() {
            StatusClass::Complete | StatusClass::Failed | StatusClass::GaveUp => true,
            StatusClass::Trying => false,
        }
    }

    /// The class of the value; reserved ones are read as 63.
    pub const fn class(self) -> StatusClass {
        match self.0 {
            0x00..=0x1F => StatusClass::Complete,
            0x20..=0x3F => StatusClass::Trying,
            0x40..=0x5F => StatusClass::Failed,
            0x60..=0xFF => StatusClass::GaveUp,
        }
    }

    /// The meaning in plain words.
    pub const fn words(self) -> &'static str {
        let octet = if self.0 >= 0x80 { Self::READ_AS } else { self.0 };
        match octet {
            0x00 => "received by the phone",
            0x01 => "forwarded, delivery not confirmed",
            0x02 => "replaced by the service centre",
            0x20 | 0x60 => "congestion",
            0x21 | 0x61 => "the phone is busy",
            0x22 | 0x62 => "no response from the phone",
            0x23 | 0x63 => "service rejected",
            0x24 | 0x44 | 0x64 => "quality of service not available",
            0x25 | 0x65 => "error in the phone",
            0x40 => "remote procedure error",
            0x41 => "incompatible destination",
            0x42 => "connection rejected by the phone",
            0x43 => "not obtainable",
            0x45 => "no interworking",
            0x46 => "the validity period expired",
            0x47 => "deleted by the sender",
            0x48 => "deleted by the service centre",
            0x49 => "the message does not exist",
            0x10..=0x1F | 0x30..=0x3F | 0x50..=0x5F | 0x70..=0x7F => "a value of this service centre's own",
            _ => "reserved",
        }
    }
}

/// What a status means for the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusClass {
    /// 00 to 1F: the transaction is complete.
    Complete,
    /// 20 to 3F: a temporary error, the service centre still tries.
    Trying,
    /// 40 to 5F: a permanent error.
    Failed,
    /// 60 to 7F: a temporary error, the service centre gave up. 80 to FF are reserved and read as 63.
    GaveUp,
}
