//! The numbers of `+CMS ERROR` and `+CME ERROR`: the number is always kept, its name, class and words come from one table.
//!
//! Meanings: 24.011 annex E-2, 23.040 9.2.3.22, 27.005 3.2.5, 27.007 9.2. The class is a judgement for an SMS gateway, not a
//! standard. Whether a number after Ctrl-Z leaves the outcome open is decided by the modem driver, not here.

use core::fmt;

/// The number behind `+CMS ERROR:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CmsError(pub u16);

/// The number behind `+CME ERROR:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CmeError(pub u16);

/// What an SMS gateway does about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Again after 2 to 8 s, a few times, then as [`Class::BackOff`].
    RetrySoon,
    /// Again after 30 s, doubling to 10 min, and after an hour each hour; another modem may try.
    BackOff,
    /// Wait until the modem is registered again.
    WaitNetwork,
    /// A technician has to change a setting.
    FixConfig,
    /// This recipient will never get it.
    PermanentRecipient,
    /// The SIM or its contract: barred, no credit, not subscribed.
    Account,
    /// The gateway built the message wrongly.
    PduBug,
    /// Stop using the SIM.
    SimStop,
    /// It may have been sent.
    UnknownOutcome,
    /// No failure.
    Ignore,
    /// Read and delete stored messages, then go on.
    SweepStorage,
    /// The meaning differs per vendor.
    Vendor,
}

impl CmsError {
    /// The number of a modem that answers words (`+CMEE=2`, or firmware that ignores `+CMEE`).
    pub fn of_words(words: &str) -> Option<Self> {
        number_of(CMS, words).map(Self)
    }

    /// The standard's name of this number, or of the range it lies in.
    pub fn name(self) -> &'static str {
        look_up(CMS, self.0).map_or_else(|| self.range().0, |row| row.name)
    }

    /// What to do about it.
    pub fn class(self) -> Class {
        look_up(CMS, self.0).map_or_else(|| self.range().1, |row| row.class)
    }

    /// A sentence for a technician: number, name and what to do.
    pub fn words(self) -> String {
        format!("+CMS ERROR {}, {}: {}", self.0, self.name(), self.class().advice())
    }

    /// What a modem of this maker (the answer of `+CGMI`) means by a number of its own; `None` where nobody wrote it down.
    pub fn vendor_name(self, maker: &str) -> Option<&'static str> {
        self.of_maker(maker).map(|row| row.name)
    }

    /// What to do about it when a modem of this maker says it: numbers above 511 mean something else with each of them.
    pub fn class_by(self, maker: &str) -> Class {
        self.of_maker(maker).map_or_else(|| self.class(), |row| row.class)
    }

    /// As [`words`](Self::words), where a modem of this maker says it.
    pub fn words_by(self, maker: &str) -> String {
        let name = self.vendor_name(maker).unwrap_or_else(|| self.name());
        format!("+CMS ERROR {}, {name}: {}", self.0, self.class_by(maker).advice())
    }

    fn of_maker(self, maker: &str) -> Option<&'static Row> {
        let maker = maker.to_ascii_lowercase();
        VENDOR.iter().find(|(who, row)| row.code == self.0 && maker.contains(*who)).map(|(_, row)| row)
    }

    fn range(self) -> (&'static str, Class) {
        match self.0 {
            0 => ("no cause given", Class::UnknownOutcome),
            1..=127 => ("refused by the network", Class::BackOff),
            128..=255 => ("refused by the service centre", Class::BackOff),
            256..=511 => ("refused by the modem", Class::UnknownOutcome),
            512.. => ("meaning of the manufacturer", Class::Vendor),
        }
    }
}

impl CmeError {
    /// The number of a modem that answers words.
    pub fn of_words(words: &str) -> Option<Self> {
        number_of(CME, words).map(Self)
    }

    /// The standard's name of this number.
    pub fn name(self) -> &'static str {
        look_up(CME, self.0).map_or("meaning of the manufacturer", |row| row.name)
    }

    /// What to do about it.
    pub fn class(self) -> Class {
        look_up(CME, self.0).map_or(Class::Vendor, |row| row.class)
    }

    /// A sentence for a technician: number, name and what to do.
    pub fn words(self) -> String {
        format!("+CME ERROR {}, {}: {}", self.0, self.name(), self.class().advice())
    }
}

impl fmt::Display for CmsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+CMS ERROR {} ({})", self.0, self.name())
    }
}

impl fmt::Display for CmeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+CME ERROR {} ({})", self.0, self.name())
    }
}

impl Class {
    /// What to do, in one plain sentence.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::RetrySoon => "it is tried again in a few seconds",
            Self::BackOff => "it is tried again later, with growing pauses",
            Self::WaitNetwork => "sending waits until the modem is registered again",
            Self::FixConfig => "check the modem's settings and the number of the service centre",
            Self::PermanentRecipient => "this number cannot be reached; correct it",
            Self::Account => "check the SIM's contract, credit and barring with the operator",
            Self::PduBug => "the message was built wrongly; report it with its hex",
            Self::SimStop => "check the SIM card: is it inserted, working and unlocked?",
            Self::UnknownOutcome => "it may have been sent; it is not sent again without permission",
            Self::Ignore => "nothing needs to be done",
            Self::SweepStorage => "the memory is full; stored messages are read and deleted",
            Self::Vendor => "look the number up in the modem's manual",
        }
    }
}

struct Row {
    code: u16,
    name: &'static str,
    class: Class,
}

const fn row(code: u16, name: &'static str, class: Class) -> Row {
    Row { code, name, class }
}

fn look_up(table: &'static [Row], code: u16) -> Option<&'static Row> {
    table.get(table.binary_search_by_key(&code, |row| row.code).ok()?)
}

/// The row with this name, or the only one whose name begins with these words; capitals do not count. Words that fit several
/// rows name none of them: "unknown" is no unknown subscriber.
fn number_of(table: &[Row], words: &str) -> Option<u16> {
    let words = words.trim();
    if words.len() < WORDS_MIN {
        return None;
    }
    let begins = |row: &&Row| row.name.get(..words.len()).is_some_and(|name| name.eq_ignore_ascii_case(words));
    let mut rows = table.iter().filter(begins);
    let exact = rows.clone().find(|row| row.name.len() == words.len());
    let only = rows.next().filter(|_| rows.next().is_none());
    exact.or(only).map(|row| row.code)
}

/// Shorter words fit too many rows.
const WORDS_MIN: usize = 7;

/// `+CMS ERROR`, in the order of the numbers.
const CMS: &[Row] = &[
    row(1, "unassigned number", Class::PermanentRecipient),
    row(8, "operator determined barring", Class::Account),
    row(10, "call barred", Class::Account),
    row(17, "network failure", Class::BackOff),
    row(21, "transfer rejected", Class::BackOff),
    row(22, "memory capacity exceeded (at the destination)", Class::BackOff),
    row(27, "destination out of service", Class::BackOff),
    row(28, "unidentified subscriber", Class::Account),
    row(29, "facility rejected", Class::Account),
    row(30, "unknown subscriber", Class::PermanentRecipient),
    row(38, "network out of order", Class::BackOff),
    row(41, "temporary failure", Class::RetrySoon),
    row(42, "congestion", Class::BackOff),
    row(47, "resources unavailable", Class::BackOff),
    row(50, "facility not subscribed", Class::Account),
    row(69, "facility not implemented", Class::FixConfig),
    row(81, "invalid transfer reference", Class::RetrySoon),
    row(95, "invalid message", Class::PduBug),
    row(96, "invalid mandatory information (often the SMSC number or the address format)", Class::PduBug),
    row(97, "message type unknown", Class::PduBug),
    row(98, "not compatible with protocol state", Class::RetrySoon),
    row(99, "information element unknown", Class::PduBug),
    row(111, "protocol error", Class::RetrySoon),
    row(127, "interworking", Class::BackOff),
    row(128, "telematic interworking not supported (TP-FCS 80)", Class::PduBug),
    row(129, "type 0 not supported", Class::PduBug),
    row(130, "cannot replace", Class::PduBug),
    row(143, "TP-PID error", Class::PduBug),
    row(144, "alphabet not supported", Class::PduBug),
    row(145, "class not supported", Class::PduBug),
    row(159, "TP-DCS error", Class::PduBug),
    row(160, "command cannot be actioned", Class::PduBug),
    row(161, "command unsupported", Class::PduBug),
    row(175, "TP-command error", Class::PduBug),
    row(176, "TPDU not supported", Class::PduBug),
    row(192, "SC busy", Class::BackOff),
    row(193, "no SC subscription", Class::Account),
    row(194, "SC system failure", Class::BackOff),
    row(195, "invalid SME address", Class::PermanentRecipient),
    row(196, "destination barred", Class::PermanentRecipient),
    row(197, "rejected: duplicate", Class::Ignore),
    row(198, "TP-VPF not supported", Class::FixConfig),
    row(199, "TP-VP not supported", Class::FixConfig),
    row(208, "SIM storage full", Class::SweepStorage),
    row(209, "no storage in SIM", Class::FixConfig),
    row(210, "error in MS", Class::RetrySoon),
    row(211, "memory capacity exceeded", Class::SweepStorage),
    row(212, "SIM toolkit busy", Class::RetrySoon),
    row(213, "SIM data download error", Class::Ignore),
    row(255, "unspecified", Class::BackOff),
    row(300, "ME failure", Class::RetrySoon),
    row(301, "SMS service of ME reserved", Class::RetrySoon),
    row(302, "operation not allowed", Class::RetrySoon),
    row(303, "operation not supported", Class::FixConfig),
    row(304, "invalid PDU mode parameter", Class::PduBug),
    row(305, "invalid text mode parameter", Class::PduBug),
    row(310, "SIM not inserted", Class::SimStop),
    row(311, "SIM PIN required", Class::SimStop),
    row(312, "PH-SIM PIN required", Class::SimStop),
    row(313, "SIM failure", Class::SimStop),
    row(314, "SIM busy", Class::RetrySoon),
    row(315, "SIM wrong", Class::SimStop),
    row(316, "SIM PUK required", Class::SimStop),
    row(317, "SIM PIN2 required", Class::SimStop),
    row(318, "SIM PUK2 required", Class::SimStop),
    row(320, "memory failure", Class::RetrySoon),
    row(321, "invalid memory index", Class::Ignore),
    row(322, "memory full", Class::SweepStorage),
    row(330, "SMSC address unknown", Class::FixConfig),
    row(331, "no network service", Class::WaitNetwork),
    row(332, "network timeout", Class::UnknownOutcome),
    row(340, "no CNMA acknowledgement expected", Class::Ignore),
    row(500, "unknown error", Class::UnknownOutcome),
];

/// `+CME ERROR`, in the order of the numbers.
const CME: &[Row] = &[
    row(0, "phone failure", Class::RetrySoon),
    row(1, "no connection to phone", Class::RetrySoon),
    row(2, "phone adaptor link reserved", Class::RetrySoon),
    row(3, "operation not allowed", Class::RetrySoon),
    row(4, "operation not supported", Class::FixConfig),
    row(5, "PH-SIM PIN required", Class::SimStop),
    row(6, "PH-FSIM PIN required", Class::SimStop),
    row(7, "PH-FSIM PUK required", Class::SimStop),
    row(10, "SIM not inserted", Class::SimStop),
    row(11, "SIM PIN required", Class::SimStop),
    row(12, "SIM PUK required", Class::SimStop),
    row(13, "SIM failure", Class::SimStop),
    row(14, "SIM busy", Class::RetrySoon),
    row(15, "SIM wrong", Class::SimStop),
    row(16, "incorrect password: one attempt is burnt", Class::SimStop),
    row(17, "SIM PIN2 required", Class::SimStop),
    row(18, "SIM PUK2 required", Class::SimStop),
    row(20, "memory full", Class::SweepStorage),
    row(21, "invalid index", Class::Ignore),
    row(22, "not found", Class::Ignore),
    row(23, "memory failure", Class::RetrySoon),
    row(24, "text string too long", Class::FixConfig),
    row(25, "invalid characters in text string", Class::FixConfig),
    row(26, "dial string too long", Class::FixConfig),
    row(27, "invalid characters in dial string", Class::FixConfig),
    row(30, "no network service", Class::WaitNetwork),
    row(31, "network timeout", Class::UnknownOutcome),
    row(32, "emergency calls only", Class::WaitNetwork),
    row(40, "network personalisation PIN required", Class::SimStop),
    row(41, "network personalisation PUK required", Class::SimStop),
    row(42, "network subset personalisation PIN required", Class::SimStop),
    row(43, "network subset personalisation PUK required", Class::SimStop),
    row(44, "service provider personalisation PIN required", Class::SimStop),
    row(45, "service provider personalisation PUK required", Class::SimStop),
    row(46, "corporate personalisation PIN required", Class::SimStop),
    row(47, "corporate personalisation PUK required", Class::SimStop),
    row(48, "hidden key required", Class::SimStop),
    row(50, "incorrect parameters", Class::FixConfig),
    row(51, "command implemented but currently disabled", Class::RetrySoon),
    row(52, "command aborted by user", Class::RetrySoon),
    row(53, "not attached to the network", Class::WaitNetwork),
    row(100, "unknown", Class::RetrySoon),
    row(103, "illegal MS", Class::Account),
    row(106, "illegal ME", Class::Account),
    row(107, "GPRS services not allowed", Class::Account),
    row(111, "PLMN not allowed", Class::Account),
    row(112, "location area not allowed", Class::Account),
    row(113, "roaming not allowed in this location area", Class::Account),
    row(132, "service option not supported", Class::FixConfig),
    row(133, "requested service option not subscribed", Class::Account),
    row(134, "service option temporarily out of order", Class::BackOff),
    row(148, "unspecified GPRS error", Class::BackOff),
    row(149, "PDP authentication failure", Class::Account),
    row(150, "invalid mobile class", Class::FixConfig),
    row(515, "please wait (Wavecom, Huawei start-up)", Class::RetrySoon),
];

/// `+CMS ERROR` numbers above 511 by maker (lower case).
const VENDOR: &[(&str, Row)] = &[
    ("wavecom", row(512, "MM establishment failure", Class::RetrySoon)),
    ("simcom", row(512, "user abort", Class::RetrySoon)),
    ("wavecom", row(513, "lower layer failure", Class::RetrySoon)),
    ("simcom", row(513, "unable to store", Class::SweepStorage)),
    ("wavecom", row(514, "CP error", Class::RetrySoon)),
    ("simcom", row(514, "invalid status", Class::FixConfig)),
    ("wavecom", row(515, "please wait, start-up in progress", Class::RetrySoon)),
    ("simcom", row(515, "invalid character in address", Class::PduBug)),
    ("huawei", row(515, "please wait", Class::RetrySoon)),
    ("simcom", row(516, "invalid length", Class::PduBug)),
    ("simcom", row(517, "invalid character in PDU", Class::PduBug)),
    ("simcom", row(521, "timer expired", Class::UnknownOutcome)),
    ("simcom", row(522, "operation temporarily not allowed", Class::RetrySoon)),
    ("wavecom", row(531, "destination not in fixed dialling list", Class::Account)),
    ("simcom", row(532, "SIM not ready", Class::RetrySoon)),
    ("simcom", row(538, "invalid parameter", Class::PduBug)),
    ("simcom", row(549, "incorrect PDU length", Class::PduBug)),
    ("simcom", row(553, "incorrect PDU length (UDL)", Class::PduBug)),
    ("simcom", row(554, "incorrect SMSC length", Class::PduBug)),
    ("simcom", row(615, "network failure", Class::BackOff)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_in_order() {
        for table in [CMS, CME] {
            assert!(table.is_sorted_by(|a, b| a.code < b.code));
        }
    }

    #[test]
    fn a_number_keeps_itself_and_says_what_to_do() {
        let cases = [
            (38, "network out of order", Class::BackOff),
            (99, "information element unknown", Class::PduBug),
            (100, "refused by the network", Class::BackOff),
            (250, "refused by the service centre", Class::BackOff),
            (332, "network timeout", Class::UnknownOutcome),
            (400, "refused by the modem", Class::UnknownOutcome),
            (513, "meaning of the manufacturer", Class::Vendor),
            (u16::MAX, "meaning of the manufacturer", Class::Vendor),
        ];
        for (code, name, class) in cases {
            assert_eq!((CmsError(code).name(), CmsError(code).class()), (name, class), "{code}");
            assert!(CmsError(code).words().contains(&code.to_string()), "{code}");
        }
    }

    #[test]
    fn a_makers_number_means_something_with_its_maker_only() {
        assert_eq!(CmsError(513).vendor_name("WAVECOM MODEM"), Some("lower layer failure"));
        assert_eq!(CmsError(513).class_by("WAVECOM MODEM"), Class::RetrySoon);
        assert_eq!(CmsError(513).class_by("SIMCOM_Ltd"), Class::SweepStorage);
        assert_eq!((CmsError(513).vendor_name("Quectel"), CmsError(513).class_by("Quectel")), (None, Class::Vendor));
        assert_eq!(CmsError(38).class_by("SIMCOM_Ltd"), Class::BackOff, "the standard's numbers are the same with all");
        assert_eq!(
            CmsError(517).words_by("SIMCOM_Ltd"),
            "+CMS ERROR 517, invalid character in PDU: the message was built wrongly; report it with its hex"
        );
        assert_eq!(CmsError(38).words_by("SIMCOM_Ltd"), CmsError(38).words());
        assert!(VENDOR.iter().all(|(_, row)| row.code >= 512 && row.class != Class::Vendor));
    }

    #[test]
    fn words_have_numbers_too() {
        assert_eq!(CmeError::of_words("SIM not inserted"), Some(CmeError(10)));
        assert_eq!(CmeError::of_words("sim pin required"), Some(CmeError(11)));
        assert_eq!(CmeError::of_words("incorrect password"), Some(CmeError(16)));
        assert_eq!(CmsError::of_words("unknown error"), Some(CmsError(500)));
        assert_eq!(CmeError::of_words("SIM"), None);
        assert_eq!(CmeError::of_words("Unknown"), Some(CmeError(100)));
        assert_eq!((CmsError::of_words("Unknown"), CmsError::of_words("invalid")), (None, None), "they fit several");
        assert_eq!(CmsError::of_words("memory capacity exceeded"), Some(CmsError(211)));
        assert_eq!(CmeError::of_words("no such thing"), None);
    }
}
