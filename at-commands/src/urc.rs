//! Unsolicited result codes: one table, one small parser per code (27.005 3.4, 27.007 6 and 8, and the makers' own).
//!
//! A code the table does not know is no [`Urc`]: `chat` tells it as an unknown line with its text. Nothing here is fatal.

mod call;

pub use call::{CallEnd, CallProgress};

use crate::answer::{Line, Params};
use crate::command::clock::{self, Clock};
use crate::command::network::{Domain, Registration};
use crate::command::sim::PinState;
use crate::command::ussd::UssdAnswer;

/// Something a modem says without being asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Urc {
    /// `+CMTI`: a message was stored.
    MessageStored {
        /// The memory, as the modem names it; empty where it gives a bare number.
        memory: String,
        /// The slot.
        index: u16,
    },
    /// `+CDSI`: a status report was stored.
    ReportStored {
        /// The memory.
        memory: String,
        /// The slot.
        index: u16,
    },
    /// `+CMT` and its second line.
    Message {
        /// `<length>`: octets of the TPDU without the SMSC.
        length: Option<u16>,
        /// The second line, as it came.
        pdu: String,
    },
    /// `+CDS` and its second line.
    Report {
        /// `<length>`.
        length: Option<u16>,
        /// The second line, as it came.
        pdu: String,
    },
    /// `+CBM` and its second line: a cell broadcast page.
    Broadcast {
        /// The second line.
        pdu: String,
    },
    /// `+CREG`, `+CGREG`, `+CEREG`, `+C5GREG`.
    Registration(Registration),
    /// `+CPIN`: the SIM's lock changed.
    Pin(PinState),
    /// `+CUSD`.
    Ussd(UssdAnswer),
    /// `RING` or `+CRING`.
    Ring,
    /// `+CLIP`.
    CallerId {
        /// The number; empty when withheld.
        number: String,
        /// Type of address.
        toa: u8,
        /// 0 valid, 1 withheld, 2 not available.
        validity: u8,
    },
    /// `+CCWA`.
    CallWaiting {
        /// The number.
        number: String,
        /// Type of address.
        toa: u8,
        /// `<class>`.
        class: u16,
    },
    /// A call ended or failed: `NO CARRIER`, `BUSY`, `^CEND`.
    CallEnd(CallEnd),
    /// How far a call that goes out is: `^CONF`, `^CONN`, `+COLP`, `+UCALLSTAT`, `VOICE CALL: BEGIN`.
    CallProgress(CallProgress),
    /// The modem has just started: everything set before is lost.
    Boot,
    /// SMS commands work from now on.
    SmsReady,
    /// `^SMMEMFULL`, `#SMSFULL`, `+CIEV: smsfull`: nothing more is received until a slot is free.
    StorageFull,
    /// Under-voltage, power down, over-temperature: hardware, not software.
    Supply(Supply),
    /// `^SIMST`, `+QUSIM`, `^SSIM`, `+QSIMSTAT`: the state of the SIM in the maker's numbers.
    Sim {
        /// The maker's number; `None` for a word.
        state: Option<u16>,
        /// A second number, where there is one.
        lock: Option<u16>,
    },
    /// `^SRVST`: 0 none, 1 restricted, 2 valid.
    Service(u16),
    /// `+QIND: "csq"`, `^RSSI`: signal in units of `+CSQ`.
    Signal {
        /// 0 to 31, or 100 to 191 in LTE steps of 1 dB; `None` is unknown.
        rssi: Option<u16>,
        /// Bit error class.
        ber: Option<u16>,
    },
    /// The network told its time, or its zone alone: `+CTZE`, `+CTZV`, `^NWTIME`, `*PSUTTZ`, `#NITZ`.
    NetworkTime(Option<Clock>),
    /// A notice without consequences for messages: modes, flow, clocks, indicators, other services.
    Notice {
        /// Its code: `^MODE`, `+ZUSIMR`.
        code: String,
    },
}

/// What a modem says of its supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supply {
    /// The voltage is too low.
    Under,
    /// The voltage is too high.
    Over,
    /// It switches itself off.
    Off,
    /// It is too hot or too cold.
    Temperature,
}

/// Reads one line as a URC. A two-line URC comes with an empty `pdu`; see [`Urc::takes_data`].
pub fn parse(line: &str) -> Option<Urc> {
    match Line::parse(line) {
        Line::Final(result, _) => CallEnd::of(&result).map(Urc::CallEnd),
        Line::Info { code, rest } => {
            let row = CODES.iter().find(|row| row.0.eq_ignore_ascii_case(code))?;
            (row.1)(code, &Params::parse(rest))
        }
        Line::Text(text) => {
            let (word, urc) = WORDS.iter().find(|row| starts_with(text, row.0))?;
            Some(urc.clone().unwrap_or_else(|| Urc::Notice { code: (*word).to_owned() }))
        }
    }
}

impl Urc {
    /// Whether the next line belongs to this URC, whatever it looks like.
    pub fn takes_data(&self) -> bool {
        matches!(self, Self::Message { .. } | Self::Report { .. } | Self::Broadcast { .. })
    }

    /// The URC with its second line.
    pub fn with_data(self, line: String) -> Self {
        match self {
            Self::Message { length, .. } => Self::Message { length, pdu: line },
            Self::Report { length, .. } => Self::Report { length, pdu: line },
            Self::Broadcast { .. } => Self::Broadcast { pdu: line },
            other => other,
        }
    }
}

type Parser = fn(&str, &Params) -> Option<Urc>;

/// Codes with a colon.
const CODES: &[(&str, Parser)] = &[
    ("+CMTI", |_, p| stored(p).map(|(memory, index)| Urc::MessageStored { memory, index })),
    ("+CDSI", |_, p| stored(p).map(|(memory, index)| Urc::ReportStored { memory, index })),
    ("+CMT", |_, p| Some(Urc::Message { length: last(p), pdu: String::new() })),
    ("+CDS", |_, p| Some(Urc::Report { length: last(p), pdu: String::new() })),
    ("+CBM", |_, _| Some(Urc::Broadcast { pdu: String::new() })),
    ("+CREG", |_, p| Registration::unsolicited(Domain::Circuit, p).map(Urc::Registration)),
    ("+CGREG", |_, p| Registration::unsolicited(Domain::Packet, p).map(Urc::Registration)),
    ("+CEREG", |_, p| Registration::unsolicited(Domain::Evolved, p).map(Urc::Registration)),
    ("+C5GREG", |_, p| Registration::unsolicited(Domain::Fifth, p).map(Urc::Registration)),
    ("+CPIN", |_, p| p.text(0).map(|state| Urc::Pin(PinState::parse(&state)))),
    ("+CUSD", |_, p| UssdAnswer::parse(p).map(Urc::Ussd)),
    ("+CRING", |_, _| Some(Urc::Ring)),
    ("+CLIP", |_, p| Some(Urc::CallerId { number: p.text(0).unwrap_or_default(), toa: octet(p, 1), validity: octet(p, 5) })),
    ("+CCWA", |_, p| {
        Some(Urc::CallWaiting { number: p.text(0).unwrap_or_default(), toa: octet(p, 1), class: p.small(2).unwrap_or_default() })
    }),
    // `^CEND:<id>,<seconds>,<status>[,<cause>]`.
    ("^CEND", |_, p| Some(Urc::CallEnd(p.small(3).map_or(CallEnd::NoCarrier, CallEnd::Cause)))),
    ("^CONF", |_, _| Some(Urc::CallProgress(CallProgress::Alerting))),
    ("^CONN", |_, _| Some(Urc::CallProgress(CallProgress::Connected))),
    ("+COLP", |_, _| Some(Urc::CallProgress(CallProgress::Connected))),
    ("+UCALLSTAT", call::u_blox),
    // `^BOOT:20952548,0,0,0,72` comes every few minutes: only `^BOOT` alone means a start.
    ("^BOOT", notice),
    ("+CFUN", |_, p| (p.number(0) == Some(1)).then_some(Urc::Boot)),
    ("*ATREADY", |_, _| Some(Urc::Boot)),
    ("*EMRDY", |_, _| Some(Urc::Boot)),
    ("+KSUP", |_, _| Some(Urc::Boot)),
    ("+WIND", wind),
    ("+QIND", quectel),
    ("^SMMEMFULL", |_, _| Some(Urc::StorageFull)),
    ("#SMSFULL", |_, _| Some(Urc::StorageFull)),
    ("+CIEV", indicator),
    // Cinterion: 1 = the memory is full and a message waits.
    ("^SMGO", |code, p| if p.number(0) == Some(1) { Some(Urc::StorageFull) } else { notice(code, p) }),
    ("+CMTE", |code, p| if p.number(0) == Some(0) { notice(code, p) } else { Some(Urc::Supply(Supply::Temperature)) }),
    ("^SBC", |_, p| {
        let over = p.text(0).is_some_and(|words| words.to_ascii_lowercase().starts_with("over"));
        Some(Urc::Supply(if over { Supply::Over } else { Supply::Under }))
    }),
    ("^SIMST", sim),
    ("+QUSIM", sim),
    ("+QSIMSTAT", sim),
    ("^SSIM", sim),
    ("+SIM", sim),
    ("+SIMCARD", sim),
    ("#QSS", sim),
    ("+UUSIMSTAT", sim),
    ("^SRVST", |_, p| p.small(0).map(Urc::Service)),
    ("^RSSI", |_, p| Some(Urc::Signal { rssi: p.small(0).and_then(known_rssi), ber: None })),
    // Huawei.
    ("^MODE", notice),
    ("^DSFLOWRPT", notice),
    ("^HCSQ", notice),
    ("^NWTIME", network_time),
    ("^TIME", notice),
    ("^STIN", notice),
    ("^NDISSTAT", notice),
    ("^ORIG", notice),
    ("^EARST", notice),
    ("^LWURC", notice),
    ("^THERM", notice),
    ("^HSPARPT", notice),
    ("^CSNR", notice),
    ("^CRSSI", notice),
    ("^ANLEVEL", notice),
    ("^RFSWITCH", notice),
    ("^NDISEND", notice),
    ("^CERSSI", notice),
    ("^LOCCHD", notice),
    ("^CUSATP", notice),
    ("^CUSATEND", notice),
    ("^REJINFO", notice),
    ("^PLMN", notice),
    ("^ACTIVEBAND", notice),
    // ZTE.
    ("+ZUSIMR", notice),
    ("+ZPASR", notice),
    ("+ZDONR", notice),
    ("+ZEND", notice),
    ("+ZURDY", notice),
    ("+ZCONSTAT", notice),
    ("+ZGIPDNS", notice),
    ("+ZMSRI", notice),
    // Quectel, SIMCom, Telit, u-blox, Cinterion, Sierra.
    ("+QNTP", notice),
    ("+QIURC", notice),
    ("+CLTS", notice),
    ("*PSUTTZ", network_time),
    ("*PSNWID", notice),
    ("DST", notice),
    ("+CPSI", notice),
    ("+NITZ", notice),
    ("#NITZ", network_time),
    ("#PSNT", notice),
    ("+UMWI", notice),
    ("+UMNOPROF", notice),
    ("+UUPSDD", notice),
    ("+UUPSDA", notice),
    ("^SYSINFO", notice),
    ("^SCKS", sim),
    ("+PACSP", notice),
    ("+QCSQ", notice),
    ("+QMTSTAT", notice),
    ("+CNSMOD", notice),
    ("+STIN", notice),
    ("+STKPCI", notice),
    ("*ISIMAID", notice),
    ("SRING", notice),
    ("#STN", notice),
    ("#MWI", notice),
    ("+UREG", notice),
    ("+UUSORD", notice),
    ("+UUSOCL", notice),
    ("+UUSTS", notice),
    ("^SIND", notice),
    ("^SCTM_B", notice),
    ("+KCELL", notice),
    ("+WDSI", notice),
    // 27.007.
    ("+CTZV", network_time),
    ("+CTZE", network_time),
    ("+CTZEU", network_time),
    ("+CTZU", notice),
    ("+CGEV", notice),
    ("+CSSI", notice),
    ("+CSSU", notice),
    ("+CDEV", notice),
    ("+CKEV", notice),
    ("+CR", notice),
    ("+CBMI", notice),
    ("+CCWV", notice),
    ("+CEREJ", notice),
    ("+CSCON", notice),
    ("+CEDRXP", notice),
    ("+CIREPI", notice),
    ("+CNEM", notice),
    ("+CNAP", notice),
    ("+CDIP", notice),
    ("+RXDTMF", notice),
];

/// Lines without a colon, by what they begin with; `None` is a notice.
const WORDS: &[(&str, Option<Urc>)] = &[
    ("RING", Some(Urc::Ring)),
    ("RDY", Some(Urc::Boot)),
    ("START", Some(Urc::Boot)),
    ("^SYSSTART", Some(Urc::Boot)),
    ("^BOOT", Some(Urc::Boot)),
    ("STARTUP", Some(Urc::Boot)),
    ("APP RDY", Some(Urc::Boot)),
    ("SMS DONE", Some(Urc::SmsReady)),
    ("SMS Ready", Some(Urc::SmsReady)),
    ("^SSIM READY", Some(Urc::SmsReady)),
    ("+PBREADY", Some(Urc::SmsReady)),
    // SIMCom.
    ("VOICE CALL: BEGIN", Some(Urc::CallProgress(CallProgress::Connected))),
    ("VOICE CALL: END", Some(Urc::CallEnd(CallEnd::NoCarrier))),
    ("VOICE CALL: END:", Some(Urc::CallEnd(CallEnd::NoCarrier))),
    ("Call Ready", None),
    ("PB DONE", None),
    ("^SMMEMFULL", Some(Urc::StorageFull)),
    ("UNDER-VOLTAGE", Some(Urc::Supply(Supply::Under))),
    ("OVER-VOLTAGE", Some(Urc::Supply(Supply::Over))),
    ("NORMAL POWER DOWN", Some(Urc::Supply(Supply::Off))),
    ("POWER DOWN", Some(Urc::Supply(Supply::Off))),
    ("POWERED DOWN", Some(Urc::Supply(Supply::Off))),
    ("^SHUTDOWN", Some(Urc::Supply(Supply::Off))),
    ("+SHUTDOWN", Some(Urc::Supply(Supply::Off))),
    ("^EXIT", Some(Urc::Supply(Supply::Off))),
];

/// Whether a line is this word: exactly, or for words of several letters with a tail that begins with a blank or a comma.
fn starts_with(text: &str, word: &str) -> bool {
    let Some((head, tail)) = text.split_at_checked(word.len()) else { return false };
    head.eq_ignore_ascii_case(word) && (tail.is_empty() || tail.starts_with([' ', ',']))
}

fn stored(params: &Params) -> Option<(String, u16)> {
    // Some sticks answer the memory as a number: `+CMTI: 0,111`.
    let memory = match params.values.first()? {
        crate::answer::Value::Number(_) => String::new(),
        other => other.text().unwrap_or_default(),
    };
    Some((memory, params.small(1)?))
}

/// `<length>` is the last parameter: `[<alpha>],<length>` or `<length>` alone.
fn last(params: &Params) -> Option<u16> {
    params.values.last()?.number()?.try_into().ok()
}

/// 99 and 199 are "not known or not detectable".
fn known_rssi(rssi: u16) -> Option<u16> {
    (!matches!(rssi, 99 | 199)).then_some(rssi)
}

fn octet(params: &Params, at: usize) -> u8 {
    params.number(at).and_then(|number| number.try_into().ok()).unwrap_or_default()
}

/// Wavecom: 3 = ready for commands after a start, 4 = everything is ready, the others are calls and services.
fn wind(code: &str, params: &Params) -> Option<Urc> {
    match params.number(0)? {
        3 => Some(Urc::Boot),
        4 => Some(Urc::SmsReady),
        _ => notice(code, params),
    }
}

fn quectel(code: &str, params: &Params) -> Option<Urc> {
    let what = params.text(0)?;
    match what.as_str() {
        "SMS DONE" => Some(Urc::SmsReady),
        "csq" => Some(Urc::Signal { rssi: params.small(1).and_then(known_rssi), ber: params.small(2) }),
        "act" => params.text(1).map(|_| Urc::Notice { code: code.to_owned() }),
        "smsfull" => Some(Urc::StorageFull),
        _ => notice(code, params),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the table wants one signature for all of its parsers")]
fn network_time(code: &str, params: &Params) -> Option<Urc> {
    Some(Urc::NetworkTime(clock::told(code, params)))
}

fn indicator(code: &str, params: &Params) -> Option<Urc> {
    let full = params.text(0).is_some_and(|name| name.eq_ignore_ascii_case("smsfull")) && params.number(1) != Some(0);
    if full { Some(Urc::StorageFull) } else { notice(code, params) }
}

#[expect(clippy::unnecessary_wraps, reason = "the table wants one signature for all of its parsers")]
fn sim(_: &str, params: &Params) -> Option<Urc> {
    Some(Urc::Sim { state: params.small(0), lock: params.small(1) })
}

#[expect(clippy::unnecessary_wraps, reason = "the table wants one signature for all of its parsers")]
fn notice(code: &str, _: &Params) -> Option<Urc> {
    Some(Urc::Notice { code: code.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, want: Option<Urc>) {
        assert_eq!(parse(line), want, "{line}");
    }

    #[test]
    fn every_code_has_its_parser() {
        let stored = |memory: &str, index| Some(Urc::MessageStored { memory: memory.to_owned(), index });
        check("+CMTI: \"SM\",3", stored("SM", 3));
        check("+CMTI:\"ME\", 0", stored("ME", 0));
        check("+CMTI: 0,111", stored("", 111));
        check("+CDSI: \"SR\",7", Some(Urc::ReportStored { memory: "SR".to_owned(), index: 7 }));
        check("+CMT: ,24", Some(Urc::Message { length: Some(24), pdu: String::new() }));
        check("+CMT: 24", Some(Urc::Message { length: Some(24), pdu: String::new() }));
        check("RING", Some(Urc::Ring));
        check("RDY", Some(Urc::Boot));
        check("+CFUN: 1", Some(Urc::Boot));
        check("+QIND: SMS DONE", Some(Urc::SmsReady));
        check("SMS Ready", Some(Urc::SmsReady));
        check("UNDER-VOLTAGE WARNNING", Some(Urc::Supply(Supply::Under)));
        check("OVER-VOLTAGE POWER DOWN", Some(Urc::Supply(Supply::Over)));
        check("^SMMEMFULL:\"SM\"", Some(Urc::StorageFull));
        check("+CIEV: \"smsfull\",1", Some(Urc::StorageFull));
        check("NO CARRIER", Some(Urc::CallEnd(CallEnd::NoCarrier)));
        check("^BOOT:20952548,0,0,0,72", Some(Urc::Notice { code: "^BOOT".to_owned() }));
        check("+QIND:\"csq\",99,50", Some(Urc::Signal { rssi: None, ber: Some(50) }));
    }

    #[test]
    fn every_maker_says_the_same_things_in_words_of_its_own() {
        let notice = |code: &str| Some(Urc::Notice { code: code.to_owned() });
        let sim = |state, lock| Some(Urc::Sim { state, lock });
        let cases = [
            // Huawei, ZTE.
            ("^SIMST:1", sim(Some(1), None)),
            ("^SRVST:2", Some(Urc::Service(2))),
            ("^RSSI: 18", Some(Urc::Signal { rssi: Some(18), ber: None })),
            ("^MODE:5,4", notice("^MODE")),
            ("^DSFLOWRPT:0000240E,00000000,00000000", notice("^DSFLOWRPT")),
            ("+ZUSIMR:2", notice("+ZUSIMR")),
            ("+ZPASR: \"UMTS\"", notice("+ZPASR")),
            // Quectel, SIMCom.
            ("RDY", Some(Urc::Boot)),
            ("APP RDY", Some(Urc::Boot)),
            ("+QUSIM: 1", sim(Some(1), None)),
            ("+QIND: \"smsfull\",\"SM\"", Some(Urc::StorageFull)),
            ("POWERED DOWN", Some(Urc::Supply(Supply::Off))),
            ("*ATREADY: 1", Some(Urc::Boot)),
            ("+SIMCARD: NOT AVAILABLE", sim(None, None)),
            ("SMS Ready", Some(Urc::SmsReady)),
            ("NORMAL POWER DOWN", Some(Urc::Supply(Supply::Off))),
            ("+CMTE: 1", Some(Urc::Supply(Supply::Temperature))),
            ("+CMTE: 0", notice("+CMTE")),
            // Telit, u-blox.
            ("#SMSFULL: \"SM\"", Some(Urc::StorageFull)),
            ("#QSS: 3", sim(Some(3), None)),
            ("+UUSIMSTAT: 6", sim(Some(6), None)),
            ("+UMWI: 0,1", notice("+UMWI")),
            // Sierra, Wavecom, Cinterion.
            ("+WIND: 4", Some(Urc::SmsReady)),
            ("+WIND: 3", Some(Urc::Boot)),
            ("+WIND: 7", notice("+WIND")),
            ("+KSUP: 0", Some(Urc::Boot)),
            ("^SYSSTART AIRPLANE MODE", Some(Urc::Boot)),
            ("^SSIM READY", Some(Urc::SmsReady)),
            ("^SMGO: 1", Some(Urc::StorageFull)),
            ("^SMGO: 0", notice("^SMGO")),
            ("^SBC: Undervoltage", Some(Urc::Supply(Supply::Under))),
            ("^SHUTDOWN", Some(Urc::Supply(Supply::Off))),
        ];
        for (line, want) in cases {
            check(line, want);
        }
    }

    #[test]
    fn what_is_no_urc_is_left_to_the_caller() {
        for line in ["OK", "+WTF: iam not a known message", "+CMTI: \"SM\"", "STARTER", "123456789012345", "CONNECT"] {
            check(line, None);
        }
    }
}
