//! TP-Failure-Cause: why a service centre or a phone refused a TPDU (3GPP 23.040 sec 9.2.3.22). What to do about it is policy.

/// The cause octet, kept as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FailureCause(u8);

impl FailureCause {
    /// From the octet.
    #[must_use]
    pub const fn new(octet: u8) -> Self {
        Self(octet)
    }

    /// The octet.
    pub const fn octet(self) -> u8 {
        self.0
    }

    /// The meaning in plain words; reserved values are read as FF.
    pub const fn words(self) -> &'static str {
        match self.0 {
            0x80 => "telematic interworking is not supported",
            0x81 => "short message type 0 is not supported",
            0x82 => "the short message cannot be replaced",
            0x8F => "protocol identifier error, unspecified",
            0x90 => "the alphabet is not supported",
            0x91 => "the message class is not supported",
            0x9F => "data coding scheme error, unspecified",
            0xA0 => "the command cannot be carried out",
            0xA1 => "the command is not supported",
            0xAF => "command error, unspecified",
            0xB0 => "the TPDU is not supported",
            0xC0 => "the service centre is busy",
            0xC1 => "no subscription at the service centre",
            0xC2 => "the service centre's system failed",
            0xC3 => "invalid address of the short message entity",
            0xC4 => "the destination is barred",
            0xC5 => "duplicate refused",
            0xC6 => "the validity period format is not supported",
            0xC7 => "the validity period is not supported",
            0xD0 => "the SIM's message storage is full",
            0xD1 => "the SIM cannot store messages",
            0xD2 => "error in the phone",
            0xD3 => "the phone's memory capacity is exceeded",
            0xD4 => "the SIM application toolkit is busy",
            0xD5 => "data download error",
            0xE0..=0xFE => "a value of an application's own",
            _ => "unspecified",
        }
    }
}
