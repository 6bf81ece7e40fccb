//! Conditions of a `when` step: `slot op value` with `== != < <= > >=` and nothing else.

use crate::value::{Money, Value};

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The slot it looks at.
    pub slot: String,
    /// How it compares.
    pub op: Op,
    /// With what, as written.
    pub value: String,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `==`
    Equal,
    /// `!=`
    Not,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    More,
    /// `>=`
    MoreOrEqual,
}

/// Longer signs first, so that `<=` is not read as `<`.
const OPS: &[(&str, Op)] =
    &[("==", Op::Equal), ("!=", Op::Not), ("<=", Op::LessOrEqual), (">=", Op::MoreOrEqual), ("<", Op::Less), (">", Op::More)];

impl Branch {
    /// Reads `mandate == true`.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, op, at) =
            OPS.iter().filter_map(|(sign, op)| text.find(sign).map(|at| (*sign, *op, at))).min_by_key(|(sign, _, at)| {
                // The earliest sign; at one place the longer one.
                (*at, std::cmp::Reverse(sign.len()))
            })?;
        let slot = text[..at].trim();
        let value = text[at + sign.len()..].trim();
        let plain = !value.is_empty() && !value.contains(['<', '>', '=', '!', '&', '|']);
        (super::template::is_slot_name(slot) && plain).then(|| Self { slot: slot.to_owned(), op, value: value.to_owned() })
    }

    /// Whether it holds for this value; a missing value makes only `!=` true.
    pub fn holds(&self, value: Option<&Value>) -> bool {
        let Some(value) = value else { return self.op == Op::Not };
        let order = match value {
            Value::Number(number) => self.value.parse().ok().map(|other: i64| number.cmp(&other)),
            Value::Money(money) => Money::parse(&self.value).map(|other| money.cmp(&other)),
            Value::Bool(truth) => self.value.parse().ok().map(|other: bool| truth.cmp(&other)),
            Value::Date(date) => self.value.parse().ok().map(|other: jiff::civil::Date| date.cmp(&other)),
            Value::Time(time) => super::template::clock_time(&self.value).map(|other| time.cmp(&other)),
            Value::Rows(rows) => self.value.parse().ok().map(|other: usize| rows.len().cmp(&other)),
            Value::Text(text) => Some(self.words_order(text)),
        };
        order.map_or(self.op == Op::Not, |order| match self.op {
            Op::Equal => order.is_eq(),
            Op::Not => order.is_ne(),
            Op::Less => order.is_lt(),
            Op::LessOrEqual => order.is_le(),
            Op::More => order.is_gt(),
            Op::MoreOrEqual => order.is_ge(),
        })
    }

    /// Numbers in words of a system compare as numbers.
    fn words_order(&self, text: &str) -> std::cmp::Ordering {
        let other = self.value.trim_matches('"');
        match (text.parse::<i64>(), other.parse::<i64>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            _ => text.cmp(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_hold_by_type() {
        for (text, value, want) in [
            ("n == 0", Some(Value::Number(0)), true),
            ("n <= 4", Some(Value::Number(5)), false),
            ("level >= 3", Some(Value::Text("3".to_owned())), true),
            ("mandate == true", Some(Value::Bool(true)), true),
            ("mandate == true", None, false),
            ("mandate != true", None, true),
            ("kind == gas", Some(Value::Text("gas".to_owned())), true),
        ] {
            let branch = Branch::parse(text).expect(text);
            assert_eq!(branch.holds(value.as_ref()), want, "{text}");
        }
        for wrong in ["n", "n = 1", "n == ", "== 1", "n == 1 && m == 2", "N == 1"] {
            assert_eq!(Branch::parse(wrong), None, "{wrong}");
        }
    }
}
