//! The SIM: `+CPIN` (27.007 8.3), the tries left (`+CPINR`, 8.65, and the makers' own), `+CSIM`, `+CRSM`, `+CNUM`.
//!
//! Whether a PIN may be sent is decided by the modem driver, never here.

use super::{PIN, QUERY, all, first};
use crate::answer::{Params, Value};
use crate::chat::{Info, Request};

/// What a SIM asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinState {
    /// Nothing.
    Ready,
    /// Its PIN.
    Pin,
    /// Its PUK: three wrong PINs were entered.
    Puk,
    /// PIN2: only for fixed dialling and charges; messages work.
    Pin2,
    /// PUK2: messages work.
    Puk2,
    /// There is no SIM.
    Missing,
    /// The SIM is starting up.
    NotReady,
    /// A lock of the device or the network, in the standard's words.
    Device(String),
    /// No words at all, such as the `0` of a fax modem.
    Unknown,
}

impl PinState {
    /// Reads `READY`, `SIM PIN`, `PH-NET PIN` ...
    pub fn parse(text: &str) -> Self {
        match text.trim().trim_matches('"').to_ascii_uppercase().as_str() {
            "READY" => Self::Ready,
            "SIM PIN" => Self::Pin,
            "SIM PUK" => Self::Puk,
            "SIM PIN2" => Self::Pin2,
            "SIM PUK2" => Self::Puk2,
            "NOT INSERTED" | "SIM NOT INSERTED" | "SIM REMOVED" | "NO SIM" => Self::Missing,
            "NOT READY" | "SIM NOT READY" | "SIM BUSY" => Self::NotReady,
            other if !other.contains(|sign: char| sign.is_alphabetic()) => Self::Unknown,
            other => Self::Device(other.to_owned()),
        }
    }
}

/// `AT+CPIN?`. Wavecom sends no OK behind `+CPIN: READY`, so a line alone is an answer after a second of silence.
pub fn pin_state_read() -> Request {
    Request::new("AT+CPIN?", PIN).answered_by("+CPIN").bare().complete_after_silence()
}

/// What `AT+CPIN?` answered.
pub fn pin_state(lines: &[Info]) -> Option<PinState> {
    if let Some(params) = first(lines, "+CPIN") {
        return params.text(0).map(|text| PinState::parse(&text));
    }
    // One old stick leaves the code out: `   SIM PUK2`.
    let text = lines.first()?.line.trim();
    (text == "READY" || text.starts_with("SIM ") || text.starts_with("PH-")).then(|| PinState::parse(text))
}

/// `AT+CPIN="..."`.
pub fn pin_enter(pin: &str) -> Request {
    Request::new(format!("AT+CPIN=\"{pin}\""), PIN)
}

/// The ways to ask how many tries are left, by maker (lower case; empty = any), in the order they are tried.
pub const TRIES_WAYS: &[(&str, &str, &str)] = &[
    ("", "AT+CPINR=\"SIM PIN\"", "+CPINR"),
    ("huawei", "AT^CPIN?", "^CPIN"),
    ("quectel", "AT+QPINC=\"SC\"", "+QPINC"),
    ("simcom", "AT+SPIC", "+SPIC"),
    ("cinterion", "AT^SPIC=\"SC\"", "^SPIC"),
    ("gemalto", "AT^SPIC=\"SC\"", "^SPIC"),
    ("thales", "AT^SPIC=\"SC\"", "^SPIC"),
    ("siemens", "AT^SPIC=\"SC\"", "^SPIC"),
    ("telit", "AT#PCT", "#PCT"),
    ("u-blox", "AT+UPINCNT", "+UPINCNT"),
    ("wavecom", "AT+CPINC", "+CPINC"),
    ("sierra", "AT+CPINC", "+CPINC"),
    ("", "AT+CSIM=10,\"0020000100\"", "+CSIM"),
];

/// Asks for the tries left in the way of one row of [`TRIES_WAYS`].
pub fn tries_by(row: usize) -> Option<Request> {
    TRIES_WAYS.get(row).map(|(_, line, code)| Request::new(*line, QUERY).answered_by(code))
}

/// The PIN tries left, in any of the answers of [`TRIES_WAYS`].
pub fn tries(lines: &[Info]) -> Option<u16> {
    if let Some(params) = all(lines, "+CPINR").find(|params| params.text(0).is_none_or(|code| code == "SIM PIN")) {
        return params.small(1);
    }
    if let Some(params) = first(lines, "^CPIN") {
        return HuaweiPin::parse(&params).and_then(|state| state.pin);
    }
    if let Some(params) = first(lines, "+CSIM") {
        return csim_tries(&params);
    }
    if let Some(params) = first(lines, "+QPINC") {
        return params.small(1);
    }
    ["+SPIC", "^SPIC", "#PCT", "+UPINCNT", "+CPINC"].iter().find_map(|code| first(lines, code)?.small(0))
}

/// The tries left in the status word of VERIFY PIN without a PIN: `63Cx` is x, anything else is unknown.
pub fn csim_tries(params: &Params) -> Option<u16> {
    if params.damaged.is_some() {
        return None;
    }
    let answer = params.text(1)?;
    let word = answer.get(answer.len().checked_sub(4)?..)?;
    let left = word.strip_prefix("63C").or_else(|| word.strip_prefix("63c"))?;
    u16::from_str_radix(left, 16).ok()
}

/// `^CPIN: SIM PIN,3,10,3,10,3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HuaweiPin {
    /// What the SIM asks for.
    pub state: PinState,
    /// Tries left of what is asked for.
    pub left: Option<u16>,
    /// PUK tries.
    pub puk: Option<u16>,
    /// PIN tries.
    pub pin: Option<u16>,
    /// PUK2 tries.
    pub puk2: Option<u16>,
    /// PIN2 tries.
    pub pin2: Option<u16>,
}

impl HuaweiPin {
    /// Reads the parameters of `^CPIN`.
    pub fn parse(params: &Params) -> Option<Self> {
        let state = PinState::parse(&params.text(0)?);
        Some(Self {
            state,
            left: params.small(1),
            puk: params.small(2),
            pin: params.small(3),
            puk2: params.small(4),
            pin2: params.small(5),
        })
    }
}

/// The answer of `AT+CRSM`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimAnswer {
    /// Status word, first octet.
    pub sw1: u8,
    /// Status word, second octet.
    pub sw2: u8,
    /// Hex digits.
    pub data: String,
}

/// `AT+CRSM=176,...`: reads a transparent file of the SIM.
pub fn file_read(file: u16, octets: u8) -> Request {
    Request::new(format!("AT+CRSM=176,{file},0,0,{octets}"), QUERY).answered_by("+CRSM")
}

/// What `AT+CRSM` answered.
pub fn file(lines: &[Info]) -> Option<SimAnswer> {
    let params = first(lines, "+CRSM")?;
    Some(SimAnswer {
        sw1: params.number(0)?.try_into().ok()?,
        sw2: params.number(1)?.try_into().ok()?,
        data: params.text(2).unwrap_or_default(),
    })
}

/// EF_SMSS, "SMS status" (31.102 section 4.2.28).
const LAST_REFERENCE: u16 = 0x6F43;

/// Reads what the SIM keeps of the last text that was sent with it.
pub fn last_reference_read() -> Request {
    file_read(LAST_REFERENCE, 2)
}

/// TP-MR of the last text; `None` where the file was not read.
pub fn last_reference(lines: &[Info]) -> Option<u8> {
    let answer = file(lines)?;
    if !matches!(answer.sw1, 0x90 | 0x91) {
        return None;
    }
    u8::from_str_radix(answer.data.get(..2)?, 16).ok()
}

/// `AT+CNUM`.
pub fn own_numbers_read() -> Request {
    Request::new("AT+CNUM", QUERY).answered_by("+CNUM")
}

/// The numbers on the SIM, as far as somebody wrote them there.
pub fn own_numbers(lines: &[Info]) -> Vec<String> {
    all(lines, "+CNUM").map(|params| params.values.get(1).and_then(Value::text).unwrap_or_default()).collect()
}
