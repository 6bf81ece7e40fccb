//! TPDUs, and what is no TPDU.

use super::fields::{address, dcs, number, smsc_address, timestamp, udh, validity};
use super::{octets, same, string};
use at_commands::hex;
use at_commands::pdu::{
    Address, Answer, Command, Dcs, DecodeError, Deliver, DeliverReport, Inbound, Outbound, Parameters, Smsc, StatusReport, Submit,
    SubmitReport, Udh, UserData,
};
use serde_json::{Map, Value, json};

pub fn check_deliver(vector: &Value) -> Result<(), String> {
    let (octets, smsc) = input(vector)?;
    let Inbound::Deliver(message) = Inbound::decode(&octets, smsc).map_err(said)? else {
        return Err("decoded as a status report".to_owned());
    };
    let encoded = message.encode(smsc).map_err(|error| error.to_string())?;
    let again = Deliver::decode(&encoded, smsc).map_err(said)?;
    unchanged(message == again)?;
    let mut ours = object(json!({
        "type": "SMS-DELIVER", "mms_bit": !message.more_messages, "lp": message.loop_prevention,
        "sri": message.status_report_indication, "rp": message.reply_path, "oa": address(&message.oa),
        "pid": format!("{:02X}", message.pid), "scts": timestamp(message.scts), "tpdu_len": message.tpdu_octets(),
        "smsc": message.smsc.as_ref().map(smsc_address),
    }));
    ours.extend(object(dcs(message.dcs)));
    ours.extend(content(message.dcs, &message.udh, &message.ud));
    same(expected(vector)?, &Value::Object(ours))
}

pub fn check_submit(vector: &Value) -> Result<(), String> {
    let (octets, smsc) = input(vector)?;
    let Outbound::Submit(message) = Outbound::decode(&octets, smsc).map_err(said)? else {
        return Err("decoded as a command".to_owned());
    };
    let encoded = message.encode(smsc).map_err(|error| error.to_string())?;
    unchanged(message == Submit::decode(&encoded, smsc).map_err(said)?)?;
    let vpf = message.vp.as_ref().map_or(0, |vp| match vp {
        at_commands::pdu::ValidityPeriod::Enhanced(_) => 1,
        at_commands::pdu::ValidityPeriod::Relative(_) => 2,
        at_commands::pdu::ValidityPeriod::Absolute(_) => 3,
    });
    let mut ours = object(json!({
        "type": "SMS-SUBMIT", "rd": message.reject_duplicates, "vpf": vpf, "srr": message.status_report_request,
        "rp": message.reply_path, "mr": message.mr, "da": address(&message.da), "pid": format!("{:02X}", message.pid),
        "vp": message.vp.as_ref().map(validity), "tpdu_len": message.tpdu_octets(),
        "smsc": message.smsc.as_ref().map(smsc_address),
    }));
    ours.extend(object(dcs(message.dcs)));
    ours.extend(content(message.dcs, &message.udh, &message.ud));
    same(expected(vector)?, &Value::Object(ours))
}

pub fn check_status_report(vector: &Value) -> Result<(), String> {
    let (octets, smsc) = input(vector)?;
    let Inbound::StatusReport(report) = Inbound::decode(&octets, smsc).map_err(said)? else {
        return Err("decoded as a message".to_owned());
    };
    let encoded = report.encode(smsc).map_err(|error| error.to_string())?;
    unchanged(report == StatusReport::decode(&encoded, smsc).map_err(said)?)?;
    let mut ours = object(json!({
        "type": "SMS-STATUS-REPORT", "mms_bit": !report.more_messages, "lp": report.loop_prevention, "srq": report.qualifier,
        "udhi": false, "mr": report.mr, "ra": address(&report.ra), "scts": timestamp(report.scts), "dt": timestamp(report.dt),
        "st": format!("{:02X}", report.st.octet()), "tpdu_len": report.tpdu_octets(),
        "smsc": report.smsc.as_ref().map(smsc_address),
    }));
    if let Some(parameters) = &report.parameters {
        ours.insert("pi".to_owned(), json!(format!("{:02X}", parameters.indicator())));
        ours.extend(optional(parameters));
    }
    same(expected(vector)?, &Value::Object(ours))
}

pub fn check_command(vector: &Value) -> Result<(), String> {
    let (octets, smsc) = input(vector)?;
    let Outbound::Command(command) = Outbound::decode(&octets, smsc).map_err(said)? else {
        return Err("decoded as a message".to_owned());
    };
    let encoded = command.encode(smsc).map_err(|error| error.to_string())?;
    unchanged(command == Command::decode(&encoded, smsc).map_err(said)?)?;
    let mut data = command.udh.as_octets().to_vec();
    data.extend_from_slice(&command.data);
    let ours = json!({
        "type": "SMS-COMMAND", "srr": command.status_report_request, "udhi": command.udh.is_present(), "mr": command.mr,
        "pid": format!("{:02X}", command.pid), "ct": format!("{:02X}", command.ct), "mn": command.mn, "da": address(&command.da),
        "cd": hex::encode(&data), "tpdu_len": command.tpdu_octets(), "smsc": command.smsc.as_ref().map(smsc_address),
    });
    same(expected(vector)?, &ours)
}

/// Reports say nothing about their RP message: the vectors that have a cause are of an RP-ERROR.
pub fn check_report(vector: &Value) -> Result<(), String> {
    let (octets, smsc) = input(vector)?;
    let expect = expected(vector)?;
    let answer = if expect.get("fcs").is_some_and(|fcs| !fcs.is_null()) { Answer::Error } else { Answer::Ack };
    let (encoded, fcs, parameters, mut ours) = match string(expect, "type")? {
        "SMS-DELIVER-REPORT" => {
            let report = DeliverReport::decode(&octets, smsc, answer).map_err(said)?;
            (report.encode(smsc), report.fcs, report.parameters.clone(), json!({ "tpdu_len": report.tpdu_octets() }))
        }
        "SMS-SUBMIT-REPORT" => {
            let report = SubmitReport::decode(&octets, smsc, answer).map_err(said)?;
            let ours = json!({ "scts": timestamp(report.scts), "tpdu_len": report.tpdu_octets() });
            (report.encode(smsc), report.fcs, report.parameters.clone(), ours)
        }
        other => return Err(format!("no report is called {other:?}")),
    };
    unchanged(encoded.is_ok_and(|encoded| octets.starts_with(&encoded)))?;
    let mut merged = object(ours.take());
    merged.insert("type".to_owned(), expect.get("type").cloned().unwrap_or_default());
    merged.insert("fcs".to_owned(), json!(fcs.map(|fcs| format!("{:02X}", fcs.octet()))));
    merged.insert("pi".to_owned(), json!(format!("{:02X}", parameters.indicator())));
    merged.extend(optional(&parameters));
    same(expect, &Value::Object(merged))
}

/// What must be an error, in the direction the vector names or, for `either`, in both.
pub fn check_malformed(vector: &Value) -> Result<(), String> {
    let Ok(octets) = octets(vector) else { return Ok(()) };
    let smsc = smsc(vector);
    let accepted = match string(vector, "direction")? {
        "MT" => to_the_phone(&octets, smsc).is_ok(),
        "MO" => from_the_phone(&octets, smsc).is_ok(),
        _ => Inbound::decode(&octets, smsc).is_ok() || Outbound::decode(&octets, smsc).is_ok(),
    };
    if accepted { Err("decoded, and should be an error".to_owned()) } else { Ok(()) }
}

/// A report never has the service centre's octets in front: with them, TP-MTI 1 can only be a misplaced SMS-SUBMIT.
fn to_the_phone(octets: &[u8], smsc: Smsc) -> Result<(), DecodeError> {
    match (smsc, octets.first().map(|first| first & 0x03)) {
        (Smsc::Absent, Some(1)) => SubmitReport::decode(octets, smsc, Answer::Error).map(|_| ()),
        _ => Inbound::decode(octets, smsc).map(|_| ()),
    }
}

fn from_the_phone(octets: &[u8], smsc: Smsc) -> Result<(), DecodeError> {
    match (smsc, octets.first().map(|first| first & 0x03)) {
        (Smsc::Absent, Some(0)) => DeliverReport::decode(octets, smsc, Answer::Error).map(|_| ()),
        _ => Outbound::decode(octets, smsc).map(|_| ()),
    }
}

fn input(vector: &Value) -> Result<(Vec<u8>, Smsc), String> {
    Ok((octets(vector)?, smsc(vector)))
}

fn smsc(vector: &Value) -> Smsc {
    if vector.get("smsc_present") == Some(&Value::Bool(true)) { Smsc::Present } else { Smsc::Absent }
}

fn expected(vector: &Value) -> Result<&Value, String> {
    vector.get("expect").ok_or_else(|| "the vector expects nothing".to_owned())
}

fn said(error: DecodeError) -> String {
    error.to_string()
}

fn unchanged(same: bool) -> Result<(), String> {
    if same { Ok(()) } else { Err("encoding and decoding again gives another value".to_owned()) }
}

pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn optional(parameters: &Parameters) -> Map<String, Value> {
    let mut ours = Map::new();
    if let Some(pid) = parameters.pid {
        ours.insert("pid".to_owned(), json!(format!("{pid:02X}")));
    }
    if let Some(scheme) = parameters.dcs {
        ours.extend(object(dcs(scheme)));
    }
    if let Some(ud) = &parameters.ud {
        ours.extend(content(parameters.dcs.unwrap_or(Dcs::GSM7), &parameters.udh, ud));
    }
    ours
}

/// Header and user data.
pub fn content(dcs: Dcs, header: &Udh, ud: &UserData) -> Map<String, Value> {
    let mut ours = object(json!({ "udl": ud.length(header), "udhi": header.is_present() }));
    if header.is_present() {
        ours.insert("udh".to_owned(), udh(header));
        ours.insert("udh_hex".to_owned(), json!(hex::encode(header.as_octets())));
    }
    match ud {
        UserData::Gsm7 { septets, .. } => {
            ours.insert("septets".to_owned(), json!(septets.len()));
        }
        UserData::Ucs2(octets) => {
            let whole = &octets[..octets.len() / 2 * 2];
            ours.insert("ucs2_odd_length".to_owned(), json!(octets.len() % 2 == 1));
            ours.insert("lone_surrogate".to_owned(), json!(at_commands::text::ucs2::decode(whole).is_err()));
        }
        UserData::Data(octets) => {
            ours.insert("data".to_owned(), json!(hex::encode(octets)));
        }
    }
    if !dcs.compressed() {
        ours.insert("text".to_owned(), json!(ud.text()));
    }
    ours
}

/// The number or the letters, as the field vectors write them.
pub fn value(address: &Address) -> Value {
    json!(address.alphanumeric().map(str::to_owned).or_else(|| number(address)))
}
