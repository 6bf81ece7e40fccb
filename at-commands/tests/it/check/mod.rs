//! One checker per kind of vector (see `tests/data/README.md`): what the crate makes of the input is described as JSON in the
//! vectors' own words and compared with what they expect. Shared by the tests and by `examples/vectors.rs`.

mod at;
mod at_typed;
mod fields;
mod pdu;
mod text;

use serde_json::Value;

/// Checks one vector; the error says what differs.
pub type Checker = fn(&Value) -> Result<(), String>;

/// The checker of each kind.
pub const CHECKERS: &[(&str, Checker)] = &[
    ("deliver", pdu::check_deliver),
    ("submit", pdu::check_submit),
    ("status-report", pdu::check_status_report),
    ("command", pdu::check_command),
    ("report", pdu::check_report),
    ("malformed", pdu::check_malformed),
    ("address", fields::check_address),
    ("smsc-address", fields::check_smsc_address),
    ("timestamp", fields::check_timestamp),
    ("validity", fields::check_validity),
    ("dcs", fields::check_dcs),
    ("udh", fields::check_udh),
    ("gsm7", text::check_gsm7),
    ("ucs2", text::check_ucs2),
    ("userdata", text::check_userdata),
    ("at-reply", at::check_reply),
    ("at-final", at::check_final),
    ("at-echo", at::check_echo),
    ("at-stream", at::check_stream),
    ("malformed-reply", at::check_malformed_reply),
];

/// One line of a vector file. Other decoders' wrong answers are quoted there with lone surrogates, which JSON can write and
/// a `Value` cannot hold: they become U+FFFD.
pub fn parse(line: &str) -> Result<Value, String> {
    let mut sound = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('\\') {
        sound.push_str(&rest[..at]);
        rest = &rest[at..];
        let escape = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => &rest[..12],
            (Some(0xD800..=0xDFFF), _) => {
                sound.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            (Some(_), _) => &rest[..6],
            (None, _) => rest.get(..2).unwrap_or(rest),
        };
        sound.push_str(escape);
        rest = &rest[escape.len()..];
    }
    sound.push_str(rest);
    serde_json::from_str(&sound).map_err(|error| error.to_string())
}

/// The number of the `\uXXXX` that `text` starts with.
fn unit(text: &str) -> Option<u16> {
    text.strip_prefix("\\u").and_then(|digits| u16::from_str_radix(digits.get(..4)?, 16).ok())
}

/// Checks one vector by its kind.
pub fn check(vector: &Value) -> Result<(), String> {
    let vector = &corrected(vector);
    let kind = string(vector, "kind")?;
    let checker = CHECKERS.iter().find(|(name, _)| *name == kind);
    let (_, checker) = checker.ok_or_else(|| format!("no checker for the kind {kind:?}"))?;
    checker(vector)
}

/// Vectors whose expectation contradicts their own input: id, where, and what the input says.
const CORRECTED: &[(&str, &str, &str)] = &[
    // The twelve UCS-2 units of the line are +97254120032; the expectation has a 0 more.
    ("at-reply-gammu-044", "/expect/typed/number", "+97254120032"),
];

fn corrected(vector: &Value) -> Value {
    let mut vector = vector.clone();
    for (id, place, value) in CORRECTED {
        if vector["id"].as_str() == Some(id)
            && let Some(wrong) = vector.pointer_mut(place)
        {
            *wrong = Value::from(*value);
        }
    }
    vector
}

/// The octets of the vector's `hex`.
fn octets(vector: &Value) -> Result<Vec<u8>, String> {
    at_commands::hex::decode(string(vector, "hex")?).map_err(|error| error.to_string())
}

fn string<'v>(value: &'v Value, key: &str) -> Result<&'v str, String> {
    value.get(key).and_then(Value::as_str).ok_or_else(|| format!("the vector has no text {key:?}"))
}

fn wants_error(vector: &Value) -> bool {
    vector.pointer("/expect/error") == Some(&Value::Bool(true))
}

/// Keys of `expect` that say something about the vector, not about the value.
const REMARKS: [&str; 6] = ["rule", "upstream", "warthog618", "reference_ok", "note", "lenient"];

/// Every key that `expect` names must have the same value in `ours`; a null in `expect` is also met by a missing key.
fn same(expect: &Value, ours: &Value) -> Result<(), String> {
    let mut differences = Vec::new();
    differ("", expect, ours, &mut differences);
    if differences.is_empty() { Ok(()) } else { Err(differences.join("; ")) }
}

fn differ(path: &str, expect: &Value, ours: &Value, out: &mut Vec<String>) {
    match (expect, ours) {
        (Value::Object(expect), Value::Object(ours)) => {
            for (key, wanted) in expect.iter().filter(|(key, _)| !REMARKS.contains(&key.as_str())) {
                differ(&format!("{path}/{key}"), wanted, ours.get(key).unwrap_or(&Value::Null), out);
            }
        }
        (Value::Array(expect), Value::Array(ours)) if expect.len() == ours.len() => {
            for (index, (wanted, got)) in expect.iter().zip(ours).enumerate() {
                differ(&format!("{path}/{index}"), wanted, got, out);
            }
        }
        _ if expect == ours || is_name_of_ours(path, expect) => {}
        _ => out.push(format!("{path}: expected {expect}, got {ours}")),
    }
}

/// Names for values of the type-of-address octet that the vectors' page does not list: the octet itself is compared as `toa`.
fn is_name_of_ours(path: &str, expect: &Value) -> bool {
    let listed = ["unknown", "international", "national", "alphanumeric", "subscriber", "abbreviated", "isdn", "private"];
    let named = path.ends_with("/ton") || path.ends_with("/npi");
    named && expect.as_str().is_some_and(|name| !listed.contains(&name) && !name.starts_with("sc-specific"))
}
