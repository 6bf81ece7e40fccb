//! Messages: 27.005 in PDU mode. `+CSMS`, `+CPMS`, `+CMGF`, `+CSCA`, `+CNMI`, `+CMGL`, `+CMGR`, `+CMGS`, `+CMGD`, `+CMMS`, `+CNMA`.
//!
//! PDUs pass through as the hex the modem printed; they are decoded in `pdu`.

use core::time::Duration;

use super::{LIST, QUERY, STORAGE, all, first};
use crate::answer::{Line, Params, Value};
use crate::chat::{Info, Request};

/// `AT+CMGF=0`: PDU mode.
pub fn pdu_mode() -> Request {
    Request::new("AT+CMGF=0", QUERY)
}

/// `AT+CMGF?`.
pub fn mode_read() -> Request {
    Request::new("AT+CMGF?", QUERY).answered_by("+CMGF")
}

/// `<mode>` of `+CMGF?`: 0 is PDU mode.
pub fn mode(lines: &[Info]) -> Option<u16> {
    first(lines, "+CMGF")?.small(0)
}

/// `AT+CSMS=<service>`.
pub fn service(service: u8) -> Request {
    Request::new(format!("AT+CSMS={service}"), QUERY).answered_by("+CSMS")
}

/// `AT+CSMS=?`.
pub fn services_test() -> Request {
    Request::new("AT+CSMS=?", QUERY).answered_by("+CSMS")
}

/// Whether `+CSMS=?` lists this service.
pub fn offers_service(lines: &[Info], service: i64) -> bool {
    first(lines, "+CSMS").is_some_and(|params| params.values.iter().any(|value| value.numbers().contains(&service)))
}

/// `AT+CMMS=<n>`: keep the radio link between messages.
pub fn keep_link(n: u8) -> Request {
    Request::new(format!("AT+CMMS={n}"), QUERY)
}

/// `AT+CSCA?`.
pub fn service_centre_read() -> Request {
    Request::new("AT+CSCA?", QUERY).answered_by("+CSCA")
}

/// The number of the service centre, also where it comes as UCS-2 hex; empty where the SIM has none.
pub fn service_centre(lines: &[Info]) -> Option<String> {
    let text = first(lines, "+CSCA")?.text(0).unwrap_or_default();
    Some(from_ucs2_hex(&text).unwrap_or(text))
}

/// `"002B0039..."`: a number in UCS-2 hex. Plain numbers are shorter than 20 digits and do not begin with 00.
fn from_ucs2_hex(text: &str) -> Option<String> {
    let looks_so = text.len() >= 8 && text.len().is_multiple_of(4) && text.as_bytes().chunks(4).all(|group| group.starts_with(b"00"));
    if !looks_so {
        return None;
    }
    text.as_bytes()
        .chunks(4)
        .map(|group| {
            let digits = core::str::from_utf8(group).ok()?;
            char::from_u32(u32::from_str_radix(digits, 16).ok()?)
        })
        .collect()
}

/// The three memories of `+CPMS`, as far as an answer names them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Storages {
    /// Read and delete, send and write, receive: each with its used and total slots.
    pub memories: [Option<Storage>; 3],
}

/// One memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    /// `SM`, `ME`, `SR` ...; empty where a set answer leaves the name out.
    pub memory: String,
    /// Slots in use.
    pub used: u16,
    /// Slots in all.
    pub total: u16,
}

/// `AT+CPMS=?`.
pub fn storages_test() -> Request {
    Request::new("AT+CPMS=?", STORAGE).answered_by("+CPMS")
}

/// The memories a modem offers for each of the three purposes; empty where it names none.
pub fn storages_offered(lines: &[Info]) -> [Vec<String>; 3] {
    let Some(mut params) = first(lines, "+CPMS") else { return Default::default() };
    // Wavecom brackets the whole list once more: `(("SM","BM"),("SM"))`.
    if let [Value::List(inner)] = params.values.as_slice()
        && inner.iter().all(|value| matches!(value, Value::List(_)))
    {
        params.values = inner.clone();
    }
    let at = |place: usize| params.values.get(place).map(Value::texts).unwrap_or_default();
    [at(0), at(1), at(2)]
}

/// `AT+CPMS?`.
pub fn storages_read() -> Request {
    Request::new("AT+CPMS?", STORAGE).answered_by("+CPMS")
}

/// What `AT+CPMS?` answered: names and counts. An empty answer (Nokia S60, Samsung) has no memory at all.
pub fn storages(lines: &[Info]) -> Option<Storages> {
    let params = first(lines, "+CPMS")?;
    Some(Storages { memories: [named(&params, 0), named(&params, 3), named(&params, 6)] })
}

fn named(params: &Params, at: usize) -> Option<Storage> {
    Some(Storage { memory: params.text(at)?, used: params.small(at.saturating_add(1))?, total: params.small(at.saturating_add(2))? })
}

/// `AT+CPMS="M","M","M"`: all three, because the first alone leaves the one that receives as it was.
pub fn storages_set(memory: &str) -> Request {
    Request::new(format!("AT+CPMS=\"{memory}\",\"{memory}\",\"{memory}\""), STORAGE).answered_by("+CPMS")
}

/// `AT+CPMS="M"`: only where to read and delete.
pub fn storage_to_read(memory: &str) -> Request {
    Request::new(format!("AT+CPMS=\"{memory}\""), STORAGE).answered_by("+CPMS")
}

/// What `AT+CPMS=...` answered: used and total of each memory, without names.
pub fn storages_after_set(lines: &[Info]) -> Storages {
    let Some(params) = first(lines, "+CPMS") else { return Storages::default() };
    let unnamed = |at: usize| Some(Storage { memory: String::new(), used: params.small(at)?, total: params.small(at.saturating_add(1))? });
    Storages { memories: [unnamed(0), unnamed(2), unnamed(4)] }
}

/// What `+CNMI` can be set to, or is set to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Indications {
    /// `<mode>`.
    pub mode: Vec<i64>,
    /// `<mt>`.
    pub mt: Vec<i64>,
    /// `<bm>`.
    pub bm: Vec<i64>,
    /// `<ds>`.
    pub ds: Vec<i64>,
    /// `<bfr>`.
    pub bfr: Vec<i64>,
}

/// `AT+CNMI=?`.
pub fn indications_test() -> Request {
    Request::new("AT+CNMI=?", QUERY).answered_by("+CNMI")
}

/// `AT+CNMI?`.
pub fn indications_read() -> Request {
    Request::new("AT+CNMI?", QUERY).answered_by("+CNMI")
}

/// `AT+CNMI=<mode>,<mt>,<bm>,<ds>,<bfr>`.
pub fn indications_set(values: [u8; 5]) -> Request {
    let [mode, mt, bm, ds, bfr] = values;
    Request::new(format!("AT+CNMI={mode},{mt},{bm},{ds},{bfr}"), QUERY)
}

/// What `AT+CNMI=?` offers.
pub fn indications_offered(lines: &[Info]) -> Option<Indications> {
    let p = first(lines, "+CNMI")?;
    Some(Indications { mode: p.numbers(0), mt: p.numbers(1), bm: p.numbers(2), ds: p.numbers(3), bfr: p.numbers(4) })
}

/// What `AT+CNMI?` says.
pub fn indications(lines: &[Info]) -> Option<Vec<i64>> {
    Some(first(lines, "+CNMI")?.values.iter().filter_map(Value::number).collect())
}

/// A stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The slot; `None` in the answer of `+CMGR`, which does not name it.
    pub index: Option<u16>,
    /// 0 unread, 1 read, 2 unsent, 3 sent.
    pub stat: u16,
    /// `<length>`: octets of the TPDU without the SMSC.
    pub length: Option<u16>,
    /// The PDU as it came; empty where none came.
    pub pdu: String,
}

impl Stored {
    /// Whether `<length>` agrees with the digits: octets less one and less the SMSC's.
    pub fn length_matches(&self) -> bool {
        let is_hex = self.pdu.len().is_multiple_of(2) && self.pdu.bytes().all(|digit| digit.is_ascii_hexdigit());
        let smsc = self.pdu.get(..2).and_then(|octet| usize::from_str_radix(octet, 16).ok());
        let tpdu = smsc.and_then(|smsc| (self.pdu.len() / 2).checked_sub(smsc.saturating_add(1)));
        is_hex && self.length.is_none_or(|length| tpdu == Some(usize::from(length)))
    }
}

/// `AT+CMGL=4`: everything.
pub fn list() -> Request {
    Request::new("AT+CMGL=4", LIST).answered_by("+CMGL").with_pdus()
}

/// What `AT+CMGL` listed: `<index>,<stat>,[<alpha>],<length>`, also with the alpha left out altogether.
pub fn listed(lines: &[Info]) -> Vec<Stored> {
    lines
        .iter()
        .filter_map(|info| {
            let params = header(&info.line, "+CMGL")?;
            Some(Stored { index: Some(params.small(0)?), stat: params.small(1)?, length: length(&params, 2), pdu: pdu_of(info) })
        })
        .collect()
}

/// `AT+CMGR=<index>`.
pub fn read(index: u16) -> Request {
    Request::new(format!("AT+CMGR={index}"), STORAGE).answered_by("+CMGR").with_pdus()
}

/// What `AT+CMGR` read; `None` for an empty slot, which many modems answer with a bare OK.
pub fn message(lines: &[Info]) -> Option<Stored> {
    let info = lines.iter().find(|info| header(&info.line, "+CMGR").is_some())?;
    let params = header(&info.line, "+CMGR")?;
    // A few sticks put the index in front of the status: `4,1,,151`.
    let with_index = params.values.len() >= 4 && params.small(1).is_some_and(|stat| stat <= 4);
    let at = usize::from(with_index);
    let stored = Stored { index: None, stat: params.small(at)?, length: length(&params, at.saturating_add(1)), pdu: pdu_of(info) };
    (!stored.pdu.is_empty()).then_some(stored)
}

/// `AT+CMGD=<index>`. Never with a second parameter: that would delete what was not read.
pub fn delete(index: u16) -> Request {
    Request::new(format!("AT+CMGD={index}"), STORAGE)
}

/// `AT+CMGS=<octets>`: the PDU follows at the prompt.
pub fn send(tpdu_octets: usize, prompt: Duration, answer: Duration) -> Request {
    Request::new(format!("AT+CMGS={tpdu_octets}"), answer).answered_by("+CMGS").with_prompt(prompt)
}

/// `AT+CMGW=<octets>`: the PDU behind the prompt is kept in the memory that writes, and not sent.
pub fn write(tpdu_octets: usize, prompt: Duration) -> Request {
    Request::new(format!("AT+CMGW={tpdu_octets}"), STORAGE).answered_by("+CMGW").with_prompt(prompt)
}

/// The slot that `+CMGW` names.
pub fn written(lines: &[Info]) -> Option<u16> {
    first(lines, "+CMGW")?.small(0)
}

/// `AT+CMSS=<index>`: sends what is kept in a slot.
pub fn send_stored(index: u16, answer: Duration) -> Request {
    Request::new(format!("AT+CMSS={index}"), answer).answered_by("+CMSS")
}

/// What follows `+CMGS:` or `+CMSS:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// TP-MR.
    pub mr: u8,
    /// `<ackpdu>`, where `+CSMS=1` returns one.
    pub ack: Option<String>,
}

/// The reference in a `+CMGS` or `+CMSS` answer.
pub fn sent(lines: &[Info]) -> Option<Sent> {
    all(lines, "+CMGS")
        .chain(all(lines, "+CMSS"))
        .find_map(|params| Some(Sent { mr: params.number(0)?.try_into().ok()?, ack: params.text(1) }))
}

/// The reference in a line, for a `+CMGS` that comes when nobody waits for it any more.
pub fn sent_line(line: &str) -> Option<u8> {
    header(line, "+CMGS").or_else(|| header(line, "+CMSS"))?.number(0)?.try_into().ok()
}

/// `AT+CNMA=<n>`: 1 took it, 2 could not.
pub fn acknowledge(n: u8) -> Request {
    Request::new(format!("AT+CNMA={n}"), QUERY)
}

/// `AT+CNMA` alone, for those that know no other form.
pub fn acknowledge_plainly() -> Request {
    Request::new("AT+CNMA", QUERY)
}

fn header(line: &str, wanted: &str) -> Option<Params> {
    match Line::parse(line) {
        Line::Info { code, rest } if code.eq_ignore_ascii_case(wanted) => Some(Params::parse(rest)),
        Line::Info { .. } | Line::Text(_) | Line::Final(..) => None,
    }
}

/// `<length>` is the last parameter behind the status.
fn length(params: &Params, from: usize) -> Option<u16> {
    params.values.get(from..)?.last()?.number()?.try_into().ok()
}

fn pdu_of(info: &Info) -> String {
    info.data.clone().unwrap_or_default()
}
