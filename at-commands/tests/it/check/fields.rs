//! Fields, and their description in the words of the vectors.

use super::pdu::{object, value};
use super::{octets, same, wants_error};
use at_commands::hex;
use at_commands::pdu::{Address, Alphabet, Dcs, DecodeError, EnhancedPeriod, Ie, Npi, Timestamp, Ton, Udh, ValidityPeriod, WaitingKind};
use serde_json::{Map, Value, json};

/// Where a project refuses a value that the standard lets a receiver read, `expect.reference` has the reading:
/// 23.040 sec 9.1.2.5 wants F behind an odd number of digits and gives the receiver no rule for another nibble there, and the
/// length says which digits count; sec 9.2.3.12.3 says unused octets of an enhanced period "shall be ... zero" by the sender.
fn refused_or_read(vector: &Value, read: Result<Value, DecodeError>) -> Result<(), String> {
    let Ok(read) = read else { return Ok(()) };
    let reference = vector.pointer("/expect/reference").unwrap_or(&Value::Null);
    if *reference == read || reference == "accepts" { Ok(()) } else { Err(format!("read as {read}, and should be an error")) }
}

fn compare(vector: &Value, ours: Result<Value, DecodeError>) -> Result<(), String> {
    if wants_error(vector) {
        return refused_or_read(vector, ours.map(|ours| ours.get("value").cloned().unwrap_or_default()));
    }
    same(vector.get("expect").unwrap_or(&Value::Null), &ours.map_err(|error| error.to_string())?)
}

pub fn check_address(vector: &Value) -> Result<(), String> {
    let ours = Address::decode(&octets(vector)?).map(|(address, octets)| {
        let mut ours = object(self::address(&address));
        ours.extend(object(json!({ "value": value(&address), "octets": octets })));
        Value::Object(ours)
    });
    compare(vector, ours)
}

pub fn check_smsc_address(vector: &Value) -> Result<(), String> {
    let ours = Address::decode_smsc(&octets(vector)?).map(|(address, octets)| {
        let mut ours = address.as_ref().map(|address| object(self::address(address))).unwrap_or_default();
        ours.extend(object(json!({ "value": address.as_ref().map(value), "octets": octets })));
        Value::Object(ours)
    });
    compare(vector, ours)
}

pub fn check_timestamp(vector: &Value) -> Result<(), String> {
    compare(vector, Timestamp::decode(&octets(vector)?).map(timestamp))
}

pub fn check_validity(vector: &Value) -> Result<(), String> {
    let vpf = vector.get("vpf").and_then(Value::as_u64).and_then(|vpf| u8::try_from(vpf).ok()).ok_or("no vpf")?;
    let ours = ValidityPeriod::decode(vpf, &octets(vector)?);
    compare(vector, ours.map(|(period, _)| period.as_ref().map_or(json!({ "format": "none", "none": true }), validity)))
}

pub fn check_dcs(vector: &Value) -> Result<(), String> {
    let [octet] = octets(vector)?[..] else { return Err("a coding scheme is one octet".to_owned()) };
    compare(vector, Ok(dcs(Dcs::new(octet))))
}

pub fn check_udh(vector: &Value) -> Result<(), String> {
    let octets = octets(vector)?;
    let ours = Udh::decode(&octets).map(|(header, taken)| {
        let mut ours = object(udh(&header));
        ours.insert("udhl".to_owned(), json!(taken - 1));
        ours.insert("tail".to_owned(), json!(hex::encode(&octets[taken..])));
        Value::Object(ours)
    });
    compare(vector, ours)
}

pub fn number(address: &Address) -> Option<String> {
    address.number()
}

pub fn smsc_address(address: &Address) -> Value {
    self::address(address)
}

pub fn address(address: &Address) -> Value {
    let toa = address.type_of_address();
    let ton = match toa.ton() {
        Ton::Unknown => "unknown",
        Ton::International => "international",
        Ton::National => "national",
        Ton::NetworkSpecific => "network-specific",
        Ton::Subscriber => "subscriber",
        Ton::Alphanumeric => "alphanumeric",
        Ton::Abbreviated => "abbreviated",
        Ton::Reserved => "reserved",
    };
    let npi = match toa.npi() {
        Npi::Unknown => "unknown".to_owned(),
        Npi::Isdn => "isdn".to_owned(),
        Npi::Data => "data".to_owned(),
        Npi::Telex => "telex".to_owned(),
        Npi::ScSpecific5 => "sc-specific-5".to_owned(),
        Npi::ScSpecific6 => "sc-specific-6".to_owned(),
        Npi::National => "national".to_owned(),
        Npi::Private => "private".to_owned(),
        Npi::Ermes => "ermes".to_owned(),
        Npi::Reserved(other) => format!("reserved-{other}"),
    };
    let mut ours = object(json!({ "toa": format!("{:02X}", toa.octet()), "ton": ton, "npi": npi }));
    match address.alphanumeric() {
        Some(text) => ours.insert("text".to_owned(), json!(text)),
        None => ours.insert("number".to_owned(), json!(number(address))),
    };
    Value::Object(ours)
}

pub fn timestamp(time: Timestamp) -> Value {
    let iso = time.to_string();
    let mut ours = object(json!({
        "raw": hex::encode(&time.encode()), "local": iso.get(..19), "tz_quarters": time.zone_quarters,
        "calendar_valid": time.is_calendar_valid(),
    }));
    if time.to_unix_ms().is_some() {
        ours.insert("iso".to_owned(), json!(iso));
    }
    Value::Object(ours)
}

pub fn validity(period: &ValidityPeriod) -> Value {
    let mut ours = Map::new();
    match period {
        ValidityPeriod::Relative(octet) => {
            ours.extend(object(json!({ "format": "relative", "raw": format!("{octet:02X}") })));
        }
        ValidityPeriod::Absolute(time) => {
            ours.extend(object(timestamp(*time)));
            ours.insert("format".to_owned(), json!("absolute"));
        }
        ValidityPeriod::Enhanced(enhanced) => {
            ours.extend(object(json!({
                "format": "enhanced", "raw": hex::encode(&enhanced.raw()), "single_shot": enhanced.single_shot(),
                "extension": enhanced.extended(),
            })));
            match enhanced.period() {
                EnhancedPeriod::None => ours.insert("none".to_owned(), json!(true)),
                EnhancedPeriod::Relative(_) => None,
                EnhancedPeriod::Seconds(seconds) => ours.insert("seconds".to_owned(), json!(seconds)),
                EnhancedPeriod::Clock { hours, minutes, seconds } => {
                    ours.insert("hms".to_owned(), json!(format!("{hours:02}:{minutes:02}:{seconds:02}")))
                }
            };
        }
    }
    if let Some(minutes) = period.minutes() {
        ours.insert("minutes".to_owned(), json!(minutes));
    }
    Value::Object(ours)
}

pub fn dcs(dcs: Dcs) -> Value {
    let alphabet = match dcs.alphabet() {
        Alphabet::Gsm7 => "gsm7",
        Alphabet::EightBit => "8bit",
        Alphabet::Ucs2 => "ucs2",
        Alphabet::Reserved if dcs.octet() < 0x80 => "gsm7-reserved",
        Alphabet::Reserved => "reserved-group",
    };
    let mut ours = object(json!({ "dcs": format!("{:02X}", dcs.octet()), "alphabet": alphabet }));
    if let Some(class) = dcs.class() {
        ours.insert("class".to_owned(), json!(class as u8));
    }
    for (key, set) in [("compressed", dcs.compressed()), ("auto_delete", dcs.auto_delete())] {
        if set {
            ours.insert(key.to_owned(), json!(true));
        }
    }
    if let Some(waiting) = dcs.waiting() {
        let kind = match waiting.kind {
            WaitingKind::Voicemail => "voicemail",
            WaitingKind::Fax => "fax",
            WaitingKind::Email => "email",
            WaitingKind::Other => "other",
        };
        ours.insert("mwi".to_owned(), json!({ "store": waiting.store, "active": waiting.active, "type": kind }));
    }
    Value::Object(ours)
}

pub fn udh(header: &Udh) -> Value {
    let ies: Vec<Value> =
        header.elements().map(|ie| json!({ "id": format!("{:02X}", ie.id()), "data": hex::encode(&ie.data()) })).collect();
    let mut ours = object(json!({ "ies": ies }));
    if let Some(concat) = header.concat() {
        let bits = if concat.wide { 16 } else { 8 };
        let described = json!({ "ref": concat.reference, "bits": bits, "total": concat.total, "seq": concat.seq });
        ours.insert("concat".to_owned(), described);
    }
    if let Some(ports) = header.ports() {
        let bits = if ports.wide { 16 } else { 8 };
        ours.insert("ports".to_owned(), json!({ "bits": bits, "dst": ports.destination, "src": ports.source }));
    }
    let mut special = Vec::new();
    for element in header.elements() {
        match element {
            Ie::SingleShift(id) => drop(ours.insert("single_shift".to_owned(), json!(id))),
            Ie::LockingShift(id) => drop(ours.insert("locking_shift".to_owned(), json!(id))),
            Ie::SpecialMessage(message) => {
                special.push(json!({ "store": message.store(), "type": message.indication & 0x7F, "count": message.count }));
            }
            Ie::Concat(_) | Ie::Ports(_) | Ie::SmscControl(_) | Ie::Source(_) | Ie::Other { .. } => {}
        }
    }
    if !special.is_empty() {
        ours.insert("special_message".to_owned(), json!(special));
    }
    Value::Object(ours)
}
