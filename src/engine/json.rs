//! JSON <-> [`Value`], for events, requests and what http steps send and save. The pure layers have no JSON type.
//!
//! Money, dates and times are JSON strings (`"84.50"`, `"2026-11-12"`, `"17:30"`): no float ever holds an amount.
//! An answer's string stays words here; the flow knows the type of its slot and reads it.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::value::{Money, Row, Value};

/// The JSON object of a step's `send`.
pub fn object(values: &BTreeMap<String, Value>) -> Map<String, Json> {
    values.iter().map(|(name, value)| (name.clone(), to_json(value))).collect()
}

/// One value as JSON.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Text(words) => json!(words),
        Value::Number(number) => json!(number),
        Value::Money(money) => json!(money.to_string()),
        Value::Date(date) => json!(date.to_string()),
        Value::Time(time) => json!(time.strftime("%H:%M").to_string()),
        Value::Bool(yes) => json!(yes),
        Value::Rows(rows) => rows.iter().map(|row| json!({ "id": row.id, "label": row.label })).collect(),
    }
}

/// What a slot can hold of a JSON value; `None` where it cannot hold it.
pub fn from_json(json: &Json) -> Option<Value> {
    match json {
        Json::String(words) => Some(Value::Text(words.clone())),
        Json::Bool(yes) => Some(Value::Bool(*yes)),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Some(Value::Number(whole)),
            None => Money::parse(&number.to_string()).map(Value::Money),
        },
        Json::Array(rows) => rows.iter().map(row).collect::<Option<Vec<_>>>().map(Value::Rows),
        Json::Null | Json::Object(_) => None,
    }
}

fn row(json: &Json) -> Option<Row> {
    let words = |json: &Json| match json {
        Json::String(words) => Some(words.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    };
    match json {
        Json::Object(fields) => Some(Row { id: words(fields.get("id")?)?, label: words(fields.get("label")?)? }),
        other => words(other).map(|both| Row { id: both.clone(), label: both }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: Value, text: &str) {
        assert_eq!(to_json(&value).to_string(), text);
    }

    #[test]
    fn values_are_written_without_floats() {
        check(Value::Money(Money { hundredths: 8450 }), r#""84.50""#);
        check(Value::Date(jiff::civil::date(2026, 11, 12)), r#""2026-11-12""#);
        check(Value::Time(jiff::civil::time(17, 30, 0, 0)), r#""17:30""#);
        check(Value::Number(-3), "-3");
        check(Value::Bool(true), "true");
        check(Value::Text("\"Y\"".to_owned()), r#""\"Y\"""#);
        check(Value::Rows(vec![Row { id: "1".into(), label: "8-12".into() }]), r#"[{"id":"1","label":"8-12"}]"#);
    }

    #[test]
    fn answers_are_read_or_refused() {
        let rows = |ids: &[(&str, &str)]| {
            Some(Value::Rows(ids.iter().map(|(id, label)| Row { id: (*id).into(), label: (*label).into() }).collect()))
        };
        for (json, want) in [
            (r#""8841""#, Some(Value::Text("8841".into()))),
            ("8841", Some(Value::Number(8841))),
            ("84.5", Some(Value::Money(Money { hundredths: 8450 }))),
            ("84.501", None),
            ("1e300", None),
            ("true", Some(Value::Bool(true))),
            ("null", None),
            (r#"{"a":1}"#, None),
            (r#"[{"id":7,"label":"Tue"},{"id":"b","label":"Wed"}]"#, rows(&[("7", "Tue"), ("b", "Wed")])),
            (r#"["Tue"]"#, rows(&[("Tue", "Tue")])),
            (r#"[{"id":7}]"#, None),
            ("[]", rows(&[])),
        ] {
            assert_eq!(from_json(&serde_json::from_str(json).unwrap()), want, "{json}");
        }
    }
}
