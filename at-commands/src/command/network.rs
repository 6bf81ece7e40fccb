//! Network: `+CREG` and its sisters (27.007 7.2, 10.1.20, 10.1.22, 10.1.47), `+CSQ`, `+CESQ`, `+COPS`, `+CFUN`. Clocks: `clock`.

use super::{QUERY, RADIO, SCAN, all, first};
use crate::answer::{Params, Value};
use crate::chat::{Info, Request};

/// Which of the four registrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Domain {
    /// `+CREG`: circuit switched.
    Circuit,
    /// `+CGREG`: packets on 2G and 3G.
    Packet,
    /// `+CEREG`: LTE.
    Evolved,
    /// `+C5GREG`: 5G.
    Fifth,
}

impl Domain {
    /// All of them, in the order they are asked.
    pub const ALL: [Self; 4] = [Self::Circuit, Self::Packet, Self::Evolved, Self::Fifth];

    /// `+CREG` ...
    pub const fn code(self) -> &'static str {
        match self {
            Self::Circuit => "+CREG",
            Self::Packet => "+CGREG",
            Self::Evolved => "+CEREG",
            Self::Fifth => "+C5GREG",
        }
    }
}

/// A registration, asked for or told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Which one.
    pub domain: Domain,
    /// `<n>`, in an answer.
    pub n: Option<u8>,
    /// `<stat>`.
    pub stat: u8,
    /// Area code: hex in the line, with or without quotes; 0 where it is absent or damaged.
    pub area: u64,
    /// Cell.
    pub cell: u64,
    /// `<AcT>`.
    pub access: Option<u8>,
}

impl Registration {
    /// SMS works: home, roaming, SMS only (6, 7) or CSFB not preferred (9, 10).
    pub fn carries_sms(stat: u8) -> bool {
        matches!(stat, 1 | 5 | 6 | 7 | 9 | 10)
    }

    /// Whether these parameters are an answer (`<n>,<stat>,...`), not a URC (`<stat>,...`): the second one is an unquoted
    /// short decimal. An area code like `0001` has four digits, a status one or two.
    pub fn is_answer(params: &Params) -> bool {
        match params.values.get(1) {
            Some(Value::Number(number)) => (0..100).contains(number) && !looks_like_area(params),
            Some(Value::Raw(text)) => {
                text.len() <= 4
                    && text.bytes().all(|byte| byte.is_ascii_digit())
                    && same_padding(params)
                    && text.parse::<u8>().is_ok_and(|stat| stat < 20)
            }
            Some(Value::Empty | Value::Quoted(_) | Value::Range(..) | Value::List(_)) | None => false,
        }
    }

    /// Reads an answer, or a URC where a maker sends URCs in the form of an answer and the other way round.
    pub fn parse(domain: Domain, params: &Params) -> Option<Self> {
        if Self::is_answer(params) {
            let n = params.number(0)?.try_into().ok()?;
            return Self::from_status(domain, Some(n), params, 1);
        }
        Self::from_status(domain, None, params, 0)
    }

    /// Reads a URC; the form of an answer is taken for one too.
    pub fn unsolicited(domain: Domain, params: &Params) -> Option<Self> {
        Self::parse(domain, params)
    }

    fn from_status(domain: Domain, n: Option<u8>, params: &Params, at: usize) -> Option<Self> {
        let stat = params.number(at)?.try_into().ok()?;
        // Some LTE sticks put a routing area between area and cell: `1F00, 20 ,79D903 ,7`.
        let with_routing_area =
            domain == Domain::Evolved && params.values.len() > at.saturating_add(4) && is_short(params, at.saturating_add(2));
        let cell_at = at.saturating_add(if with_routing_area { 3 } else { 2 });
        Some(Self {
            domain,
            n,
            stat,
            area: hex(params, at.saturating_add(1)).unwrap_or_default(),
            cell: hex(params, cell_at).unwrap_or_default(),
            access: params
                .number(cell_at.saturating_add(1))
                .and_then(|access| access.try_into().ok())
                .filter(|access| *access <= ACCESS_MAX),
        })
    }
}

/// The highest `<AcT>` of 27.007 with room to grow; anything above is another field.
const ACCESS_MAX: u8 = 20;

/// `AT+CREG=2`: URCs with area and cell.
pub fn registration_set(domain: Domain) -> Request {
    Request::new(format!("AT{}=2", domain.code()), QUERY)
}

/// `AT+CREG?`.
pub fn registration_read(domain: Domain) -> Request {
    Request::new(format!("AT{}?", domain.code()), QUERY).answered_by(domain.code())
}

/// What `AT+CREG?` answered.
pub fn registration(lines: &[Info], domain: Domain) -> Option<Registration> {
    Registration::parse(domain, &first(lines, domain.code())?)
}

/// `AT+CSQ`.
pub fn signal_read() -> Request {
    Request::new("AT+CSQ", QUERY).answered_by("+CSQ")
}

/// `+CSQ` in dBm; `None` is unknown. TD-SCDMA and LTE sticks answer 100 to 191 for -116 to -25 dBm.
pub fn signal_dbm(lines: &[Info]) -> Option<i16> {
    match first(lines, "+CSQ")?.number(0)? {
        rssi @ 0..=31 => i16::try_from(rssi.saturating_mul(2).saturating_sub(113)).ok(),
        rssi @ 100..=191 => i16::try_from(rssi.saturating_sub(216)).ok(),
        _ => None,
    }
}

/// `+CESQ`, in the standard's levels: 99 and 255 are unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtendedSignal {
    /// `<rxlev>`, 0 to 63.
    pub rxlev: u16,
    /// `<ber>`, 0 to 7.
    pub ber: u16,
    /// `<rscp>`, 0 to 96.
    pub rscp: u16,
    /// `<ecno>`, 0 to 49.
    pub ecno: u16,
    /// `<rsrq>`, 0 to 34.
    pub rsrq: u16,
    /// `<rsrp>`, 0 to 97.
    pub rsrp: u16,
}

impl ExtendedSignal {
    /// GSM RSSI in dBm.
    pub fn rssi_dbm(&self) -> Option<i16> {
        (self.rxlev <= 63).then(|| (self.rxlev as i16).saturating_sub(111))
    }

    /// UMTS RSCP in dBm.
    pub fn rscp_dbm(&self) -> Option<i16> {
        (self.rscp <= 96).then(|| (self.rscp as i16).saturating_sub(121))
    }

    /// UMTS Ec/Io in dB.
    pub fn ecno_db(&self) -> Option<f64> {
        (self.ecno <= 49).then(|| f64::from(self.ecno) / 2.0 - 24.5)
    }

    /// LTE RSRQ in dB.
    pub fn rsrq_db(&self) -> Option<f64> {
        (self.rsrq <= 34).then(|| f64::from(self.rsrq) / 2.0 - 20.0)
    }

    /// LTE RSRP in dBm.
    pub fn rsrp_dbm(&self) -> Option<i16> {
        (self.rsrp <= 97).then(|| (self.rsrp as i16).saturating_sub(141))
    }
}

/// `AT+CESQ`.
pub fn extended_signal_read() -> Request {
    Request::new("AT+CESQ", QUERY).answered_by("+CESQ")
}

/// What `AT+CESQ` answered.
pub fn extended_signal(lines: &[Info]) -> Option<ExtendedSignal> {
    let params = first(lines, "+CESQ")?;
    let at = |place| params.small(place);
    Some(ExtendedSignal { rxlev: at(0)?, ber: at(1)?, rscp: at(2)?, ecno: at(3)?, rsrq: at(4)?, rsrp: at(5)? })
}

/// `+COPS?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// `<mode>`.
    pub mode: u8,
    /// `<format>`: 0 long, 1 short, 2 digits.
    pub format: u8,
    /// The name or the MCC and MNC.
    pub name: String,
    /// `<AcT>`.
    pub access: Option<u8>,
}

/// `AT+COPS=3,<format>`: how `+COPS?` names the operator; changes nothing on the air.
pub fn operator_format(format: u8) -> Request {
    Request::new(format!("AT+COPS=3,{format}"), QUERY)
}

/// `AT+COPS?`.
pub fn operator_read() -> Request {
    Request::new("AT+COPS?", RADIO).answered_by("+COPS")
}

/// What `AT+COPS?` answered; `None` while there is no operator.
pub fn operator(lines: &[Info]) -> Option<Operator> {
    let params = first(lines, "+COPS")?;
    let octet = |at| params.number(at).and_then(|number| number.try_into().ok());
    Some(Operator { mode: octet(0)?, format: octet(1)?, name: params.text(2)?, access: octet(3) })
}

/// `AT+COPS=?`: takes up to three minutes and blocks the channel; never in service.
pub fn operators_test() -> Request {
    Request::new("AT+COPS=?", SCAN).answered_by("+COPS").bare()
}

/// One network of `+COPS=?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// 0 unknown, 1 available, 2 current, 3 forbidden.
    pub stat: u8,
    /// Long name.
    pub long: String,
    /// Short name.
    pub short: String,
    /// MCC and MNC.
    pub numeric: String,
    /// `<AcT>`.
    pub access: Option<u8>,
}

/// What `AT+COPS=?` answered: the networks; the lists of modes and formats behind them are left out.
pub fn operators(lines: &[Info]) -> Vec<Network> {
    // The list may go on in a second line without the code.
    let more = lines.iter().filter(|info| info.line.starts_with('(')).map(|info| Params::parse(&info.line));
    all(lines, "+COPS").chain(more).flat_map(|params| params.values.into_iter().filter_map(network)).collect()
}

fn network(value: Value) -> Option<Network> {
    let Value::List(fields) = value else { return None };
    // The lists of modes and formats hold bare numbers only.
    let is_network = fields.iter().skip(1).any(|field| matches!(field, Value::Quoted(_)));
    if fields.len() < 4 || !is_network {
        return None;
    }
    // Some firmware pads a name with NUL, which is @ in the alphabet of GSM.
    let text = |at: usize| fields.get(at).and_then(Value::text).unwrap_or_default().trim_end_matches('@').to_owned();
    let octet = |at: usize| fields.get(at).and_then(Value::number).and_then(|number| number.try_into().ok());
    Some(Network { stat: octet(0).unwrap_or_default(), long: text(1), short: text(2), numeric: text(3), access: octet(4) })
}

/// `AT+CFUN?`.
pub fn function_read() -> Request {
    Request::new("AT+CFUN?", QUERY).answered_by("+CFUN")
}

/// `AT+CFUN=<n>`.
pub fn function_set(fun: u8) -> Request {
    Request::new(format!("AT+CFUN={fun}"), RADIO)
}

/// `<fun>` of `+CFUN?`; `None` where a modem answers the test list instead.
pub fn function(lines: &[Info]) -> Option<u16> {
    first(lines, "+CFUN")?.small(0)
}

/// The name of an `<AcT>` (27.007 7.3).
pub fn access_name(access: u8) -> &'static str {
    match access {
        0 => "GSM",
        1 => "GSM compact",
        2 => "UTRAN",
        3 => "EDGE",
        4 => "HSDPA",
        5 => "HSUPA",
        6 => "HSPA",
        7 => "E-UTRAN",
        8 => "EC-GSM-IoT",
        9 => "E-UTRAN NB-S1",
        10 => "E-UTRA 5GCN",
        11 => "NR",
        12 => "NG-RAN",
        13 => "E-UTRA-NR",
        _ => "unknown",
    }
}

/// A quoted or bare hex number.
fn hex(params: &Params, at: usize) -> Option<u64> {
    let text = params.text(at)?;
    u64::from_str_radix(text.trim(), 16).ok()
}

/// One or two hex digits: a routing area, not a cell.
fn is_short(params: &Params, at: usize) -> bool {
    params.text(at).is_some_and(|text| text.trim().len() <= 2)
}

/// `1,9110,...`: a URC whose area code is written without quotes.
fn looks_like_area(params: &Params) -> bool {
    params.text(1).is_some_and(|text| text.len() > 2)
}

/// `002,001`: both padded, so an answer; `1,0001`: a URC.
fn same_padding(params: &Params) -> bool {
    matches!(params.values.first(), Some(Value::Raw(text)) if text.len() > 1)
}
