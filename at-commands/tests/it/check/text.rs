//! Alphabets and packing.

use super::pdu::{content, object};
use super::{octets, same, wants_error};
use at_commands::pdu::{Dcs, UserData};
use at_commands::text::{Language, Shift, gsm7, packing, ucs2};
use serde_json::{Value, json};

pub fn check_gsm7(vector: &Value) -> Result<(), String> {
    let octets = octets(vector)?;
    let number = |key: &str| vector.get(key).and_then(Value::as_u64).unwrap_or_default();
    let fill = u32::try_from(number("fill_bits")).map_err(|error| error.to_string())?;
    let language = |key: &str| u8::try_from(number(key)).ok().and_then(Language::of).ok_or("an unknown language");
    let shift = Shift { locking: language("locking")?, single: language("single")? };
    let septets = if vector.get("packing").and_then(Value::as_str) == Some("ussd") {
        packing::unpack_ussd(&octets, fill)
    } else {
        // TP-UDL counts the septets of a short message; the octets alone do not say.
        let count = vector.pointer("/expect/septets").and_then(Value::as_u64).ok_or("no count of septets")?;
        let count = usize::try_from(count).map_err(|error| error.to_string())?;
        packing::unpack::<255>(&octets, count, fill).to_vec()
    };
    let text = gsm7::decode(&septets, shift);
    same(vector.get("expect").unwrap_or(&Value::Null), &json!({ "septets": septets.len(), "codes": septets, "text": text }))
}

pub fn check_ucs2(vector: &Value) -> Result<(), String> {
    let octets = octets(vector)?;
    match ucs2::decode(&octets) {
        Err(_) if wants_error(vector) => Ok(()),
        Ok(text) if wants_error(vector) => Err(format!("read as {text:?}, and should be an error")),
        Err(error) => Err(error.to_string()),
        Ok(text) => {
            same(vector.get("expect").unwrap_or(&Value::Null), &json!({ "text": text }))?;
            if ucs2::encode(&text) == octets { Ok(()) } else { Err("encodes to other octets".to_owned()) }
        }
    }
}

/// The vector's hex starts behind TP-UDL, which is in `expect`.
pub fn check_userdata(vector: &Value) -> Result<(), String> {
    let udl = vector.pointer("/expect/udl").and_then(Value::as_u64).and_then(|udl| u8::try_from(udl).ok()).ok_or("no udl")?;
    let mut octets = octets(vector)?;
    octets.insert(0, udl);
    let scheme = vector.get("dcs").and_then(Value::as_str).and_then(|dcs| u8::from_str_radix(dcs, 16).ok()).ok_or("no dcs")?;
    let udhi = vector.get("udhi") == Some(&Value::Bool(true));
    let dcs = Dcs::new(scheme);
    let (header, ud) = UserData::decode(&octets, dcs, udhi).map_err(|error| error.to_string())?;
    let mut ours = object(Value::Object(content(dcs, &header, &ud)));
    ours.insert("fill_bits".to_owned(), json!(packing::fill_bits(header.as_octets().len())));
    same(vector.get("expect").unwrap_or(&Value::Null), &Value::Object(ours))
}
