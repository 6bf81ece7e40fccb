//! Slots in JSON: a [`Value`] as other systems write and read it, without the type tags of the database.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::error::ApiError;
use crate::value::{Money, Row, Value};

/// A slot as JSON: money, dates and times are texts, rows are `{id, label}`.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(text),
        Value::Number(number) => json!(number),
        Value::Money(money) => json!(money.to_string()),
        Value::Date(date) => json!(date.to_string()),
        Value::Time(time) => json!(time.strftime("%H:%M").to_string()),
        Value::Bool(yes) => json!(yes),
        Value::Rows(rows) => rows.iter().map(|row| json!({ "id": row.id, "label": row.label })).collect(),
    }
}

/// All slots.
pub fn map_to_json(slots: &BTreeMap<String, Value>) -> Json {
    Json::Object(slots.iter().map(|(slot, value)| (slot.clone(), to_json(value))).collect())
}

/// Slots from a body. Types are the flow's to check: here a text stays a text, a number with a fraction is money.
pub fn map_from_json(pointer: &str, data: &Map<String, Json>) -> Result<BTreeMap<String, Value>, ApiError> {
    data.iter().map(|(slot, json)| Ok((slot.clone(), from_json(&format!("{pointer}/{slot}"), json)?))).collect()
}

fn from_json(pointer: &str, json: &Json) -> Result<Value, ApiError> {
    match json {
        Json::String(text) => Ok(Value::Text(text.clone())),
        Json::Bool(yes) => Ok(Value::Bool(*yes)),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Ok(Value::Number(whole)),
            None => Money::parse(&number.to_string()).map(Value::Money).ok_or_else(|| {
                ApiError::field(pointer, "a number with a fraction is an amount and has at most two digits behind the point")
            }),
        },
        Json::Array(rows) => {
            let row = |(n, row): (usize, &Json)| row_from_json(&format!("{pointer}/{n}"), row);
            Ok(Value::Rows(rows.iter().enumerate().map(row).collect::<Result<_, _>>()?))
        }
        Json::Object(_) => Err(ApiError::field(pointer, "a slot is a text, a number, true or false, or a list of rows {id, label}")),
        Json::Null => Err(ApiError::field(pointer, "null is no value; leave the slot out")),
    }
}

fn row_from_json(pointer: &str, row: &Json) -> Result<Row, ApiError> {
    let text = |key: &str| match &row[key] {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match (text("id"), text("label")) {
        (Some(id), Some(label)) => Ok(Row { id, label }),
        _ => Err(ApiError::field(pointer, "a row is {\"id\": ..., \"label\": ...}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: Json, want: Result<Value, &str>) {
        let read = from_json("/data/x", &json);
        match want {
            Ok(value) => assert_eq!(read.ok(), Some(value), "{json}"),
            Err(words) => assert!(format!("{:?}", read.expect_err("a refusal")).contains(words), "{json}"),
        }
    }

    #[test]
    fn slots_read_as_other_systems_write_them() {
        check(json!("733"), Ok(Value::Text("733".to_owned())));
        check(json!(733), Ok(Value::Number(733)));
        check(json!(84.5), Ok(Value::Money(Money { hundredths: 8450 })));
        check(json!(84.125), Err("at most two digits"));
        check(json!(true), Ok(Value::Bool(true)));
        check(json!([{"id": 1, "label": "one"}]), Ok(Value::Rows(vec![Row { id: "1".to_owned(), label: "one".to_owned() }])));
        check(json!([1]), Err("/data/x/0"));
        check(json!(null), Err("leave the slot out"));
        check(json!({}), Err("a slot is a text"));
    }

    #[test]
    fn what_was_read_is_written_alike() {
        for json in [json!("a"), json!(5), json!(false), json!([{"id": "1", "label": "one"}])] {
            assert_eq!(to_json(&from_json("", &json).expect("a slot")), json);
        }
        assert_eq!(to_json(&Value::Money(Money { hundredths: 8450 })), json!("84.50"));
    }
}
