//! The format of case files (`*.case.toml`): what was open, what was heard, what must follow.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Answer;
use super::Trouble;
use super::phones::Phone;
use crate::conversation::effect::{ConsentChange, Proof};
use crate::conversation::packs::Packs;
use crate::msisdn::Msisdn;
use crate::terms::{Category, Word};
use crate::value::{Row, Value};

/// A case file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it is about, in words.
    pub case: String,
    pub(super) flows: Vec<String>,
    pub(super) person: String,
    #[serde(default)]
    pub(super) open: Vec<Open>,
    #[serde(default)]
    pub(super) heard: Vec<Heard>,
    pub(super) want: OneOrMany,
    #[serde(default)]
    pub(super) then: Vec<Then>,
    #[serde(default)]
    http: BTreeMap<String, toml::Value>,
    #[serde(default)]
    pub(super) texts: Vec<Plain>,
    #[serde(default)]
    pub(super) smsc: Smsc,
    pub(super) lang: Option<String>,
    sims: Option<Vec<String>>,
    pub(super) agent: Option<Agent>,
    #[serde(default)]
    pub(super) opted_in: Vec<String>,
    pub(super) accounts: Option<Vec<String>>,
    #[serde(default)]
    facts: BTreeMap<String, toml::Value>,
    #[serde(default)]
    pub(super) rosters: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) aliases: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) phones: BTreeMap<String, Does>,
}

/// What a telephone does that is rung: always the same, or call by call.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Does {
    Always(String),
    InTurn(Vec<String>),
}

impl Does {
    pub(super) fn phones(&self, key: &str) -> Result<Vec<Phone>, Trouble> {
        match self {
            Self::Always(word) => Ok(vec![Phone::of(key, word)?]),
            Self::InTurn(words) if words.is_empty() => Err(Trouble(format!("{key}: name what it does"))),
            Self::InTurn(words) => words.iter().map(|word| Phone::of(key, word)).collect(),
        }
    }
}

/// A question that is open when the case begins.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Open {
    pub id: String,
    pub flow: String,
    pub step: String,
    pub sim: Option<String>,
    #[serde(default)]
    pub sent: i64,
    pub delivered: Option<i64>,
    pub tag: Option<u8>,
    pub expired: Option<i64>,
    #[serde(default)]
    pub paged: Vec<String>,
    #[serde(default)]
    pub codes: BTreeMap<String, String>,
    #[serde(default)]
    data: BTreeMap<String, toml::Value>,
}

/// A text that comes in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Heard {
    pub from: Option<String>,
    pub sim: Option<String>,
    pub sc_time: i64,
    pub at: i64,
    pub text: Option<String>,
    pub live: Option<bool>,
    #[serde(default)]
    pub parts: Vec<String>,
    pub order: Option<Vec<usize>>,
    pub gap: Option<i64>,
    #[serde(default)]
    pub no_reply: bool,
}

/// A plain message of ours.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plain {
    pub at: i64,
    pub sim: Option<String>,
    pub text: String,
    #[serde(default)]
    pub agent: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Smsc {
    /// Seconds to add to a service-centre time.
    pub offset: i64,
    pub samples: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Agent {
    pub queue: String,
    pub taken: i64,
    pub left: Option<i64>,
    pub closed: Option<i64>,
}

/// Something else that happens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Then {
    pub at: i64,
    #[serde(default)]
    pub tick: bool,
    pub event: Option<String>,
    pub session: Option<String>,
    pub start: Option<String>,
    pub id: Option<String>,
    pub report: Option<String>,
    pub gone: Option<String>,
    pub phone: Option<String>,
    pub does: Option<Does>,
    #[serde(default)]
    data: BTreeMap<String, toml::Value>,
}

/// A table, or a list of tables: whichever it is, a key that does not exist is named.
#[derive(Debug, Clone)]
pub(super) enum OneOrMany {
    One(Box<Want>),
    Many(Vec<Want>),
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TableOrList)
    }
}

struct TableOrList;

impl<'de> Visitor<'de> for TableOrList {
    type Value = OneOrMany;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a table of what is wanted, or a list of them, one for each text")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Want::deserialize(MapAccessDeserializer::new(map)).map(|want| OneOrMany::One(Box::new(want)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq)).map(OneOrMany::Many)
    }
}

/// What must follow a text. Only the keys present are looked at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Want {
    pub rule: Option<u8>,
    pub session: Option<String>,
    pub answer: Option<String>,
    pub value: Option<toml::Value>,
    pub step: Option<String>,
    pub calls: Option<Vec<String>>,
    pub sent: Option<usize>,
    pub says: Option<String>,
    pub to: Option<String>,
    pub danger: Option<bool>,
    pub callback: Option<bool>,
    pub consent: Option<String>,
    pub agent: Option<String>,
    pub open: Option<Vec<String>>,
    pub rings: Option<Vec<String>>,
}

impl Case {
    /// Reads a case file.
    pub fn parse(source: &str) -> Result<Self, Trouble> {
        let case: Self = toml::from_str(source).map_err(|error| {
            let before = error.span().and_then(|span| source.get(..span.start)).unwrap_or_default();
            Trouble(format!("line {}: {}", before.matches('\n').count() + 1, error.message().trim().replace('\n', " ")))
        })?;
        case.check()?;
        let rows = case.wants().len();
        if rows != case.heard.len() {
            return Err(Trouble(format!("{} texts are heard and {rows} rows are wanted", case.heard.len())));
        }
        Ok(case)
    }

    /// The opt-in that the person has given before the case.
    pub(super) fn opt_in(&self, msisdn: Msisdn) -> Result<Option<ConsentChange>, Trouble> {
        let category = |word: &String| Category::from_word(word).ok_or_else(|| Trouble(format!("opted_in: `{word}` is no category")));
        let categories = self.opted_in.iter().map(category).collect::<Result<Vec<_>, _>>()?;
        let (source, proof) = ("rehearsal".to_owned(), Proof::default());
        let change = ConsentChange { msisdn, categories, granted: true, source, proof, pending: false };
        Ok(Some(change).filter(|change| !change.categories.is_empty()))
    }

    /// What no type can say: words out of a few, and keys that exclude each other.
    fn check(&self) -> Result<(), Trouble> {
        let word = |key: &str, word: &Option<String>, known: &[&str]| match word {
            Some(word) if !known.contains(&word.as_str()) => Err(Trouble(format!("{key}: `{word}` is none of {}", known.join(", ")))),
            Some(_) | None => Ok(()),
        };
        let languages = Packs::shipped();
        word("lang", &self.lang, &languages.iter().map(String::as_str).collect::<Vec<_>>())?;
        for want in self.wants() {
            word("want.consent", &want.consent, &["in", "out"])?;
        }
        self.then.iter().try_for_each(|then| {
            let (event, start, report) = (then.event.is_some(), then.start.is_some(), then.report.is_some());
            let said = [then.tick, event, start, report, then.gone.is_some(), then.phone.is_some()];
            if said.iter().filter(|said| **said).count() != 1 {
                return Err(Trouble(format!("then at {}: name one of tick, event, start, report, gone, phone", then.at)));
            }
            if then.phone.is_some() != then.does.is_some() {
                return Err(Trouble(format!("then at {}: `phone` and `does` stand together", then.at)));
            }
            if let (Some(number), Some(does)) = (&then.phone, &then.does) {
                self.phone("then.phone", number, does)?;
            }
            word("then.report", &then.report, &["delivered", "failed"])
        })?;
        self.phones.iter().try_for_each(|(number, does)| self.phone("phones", number, does))?;
        self.heard.iter().try_for_each(Heard::check)
    }

    /// A telephone that the box may ring, and what it does.
    fn phone(&self, key: &str, number: &str, does: &Does) -> Result<(), Trouble> {
        if !self.rosters.values().flatten().any(|known| known == number) {
            return Err(Trouble(format!("{key}: {number} is on no roster of the case, and the box rings nobody else")));
        }
        does.phones(&format!("{key} {number}")).map(drop)
    }

    pub(super) fn wants(&self) -> Vec<&Want> {
        match &self.want {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many.iter().collect(),
        }
    }

    /// The SIMs of the box: those the case names.
    pub(super) fn sims(&self) -> Vec<String> {
        if let Some(sims) = &self.sims {
            return sims.clone();
        }
        let named = self.open.iter().map(|open| &open.sim);
        let named = named.chain(self.heard.iter().map(|heard| &heard.sim)).chain(self.texts.iter().map(|text| &text.sim));
        let mut sims: Vec<String> = named.flatten().cloned().collect();
        sims.sort();
        sims.dedup();
        if sims.is_empty() { vec!["A".to_owned()] } else { sims }
    }

    pub(super) fn endpoints(&self) -> Result<BTreeMap<String, Vec<Answer>>, Trouble> {
        self.http.iter().map(|(name, value)| Ok((name.clone(), answers(name, value)?))).collect()
    }

    pub(super) fn facts(&self) -> Result<BTreeMap<String, Value>, Trouble> {
        values(&self.facts)
    }
}

impl Heard {
    fn check(&self) -> Result<(), Trouble> {
        let at = self.at;
        if self.text.is_some() != self.parts.is_empty() {
            return Err(Trouble(format!("heard at {at}: a text has either `text` or `parts`")));
        }
        if self.parts.is_empty() && (self.order.is_some() || self.gap.is_some()) {
            return Err(Trouble(format!("heard at {at}: `order` and `gap` are those of `parts`")));
        }
        match self.order.iter().flatten().find(|place| !(1..=self.parts.len()).contains(place)) {
            Some(place) => Err(Trouble(format!("heard at {at}: order: there is no part {place}"))),
            None => Ok(()),
        }
    }
}

impl Open {
    pub fn data(&self) -> Result<BTreeMap<String, Value>, Trouble> {
        values(&self.data)
    }
}

impl Then {
    pub fn data(&self) -> Result<BTreeMap<String, Value>, Trouble> {
        values(&self.data)
    }
}

fn answers(name: &str, value: &toml::Value) -> Result<Vec<Answer>, Trouble> {
    Ok(match value {
        toml::Value::Array(list) => {
            let mut all = Vec::new();
            for one in list {
                all.extend(answers(name, one)?);
            }
            all
        }
        toml::Value::Table(slots) => vec![Answer::Ok(values(&slots.clone().into_iter().collect())?)],
        toml::Value::String(word) => {
            vec![answer(word).ok_or_else(|| Trouble(format!("http {name}: `{word}` is not ok, fail or unknown")))?]
        }
        other => return Err(Trouble(format!("http {name}: {} is no result", other.type_str()))),
    })
}

/// `ok`, `fail`, `unknown`.
pub(super) fn answer(word: &str) -> Option<Answer> {
    Some(match word {
        "ok" => Answer::Ok(BTreeMap::new()),
        "fail" => Answer::Fail,
        "unknown" => Answer::Unknown,
        _ => return None,
    })
}

pub(super) fn values(table: &BTreeMap<String, toml::Value>) -> Result<BTreeMap<String, Value>, Trouble> {
    table.iter().map(|(slot, value)| Ok((slot.clone(), slot_value(slot, value)?))).collect()
}

fn slot_value(slot: &str, value: &toml::Value) -> Result<Value, Trouble> {
    Ok(match value {
        toml::Value::String(text) => Value::Text(text.clone()),
        toml::Value::Integer(number) => Value::Number(*number),
        toml::Value::Boolean(truth) => Value::Bool(*truth),
        toml::Value::Float(number) => Value::Text(number.to_string()),
        toml::Value::Datetime(at) => Value::Text(at.to_string()),
        toml::Value::Array(rows) => Value::Rows(rows.iter().filter_map(row).collect()),
        toml::Value::Table(_) => return Err(Trouble(format!("{slot}: a table is no value"))),
    })
}

fn row(value: &toml::Value) -> Option<Row> {
    match value {
        toml::Value::String(label) => Some(Row { id: label.clone(), label: label.clone() }),
        toml::Value::Integer(number) => Some(Row { id: number.to_string(), label: number.to_string() }),
        toml::Value::Table(row) => {
            let words = |key: &str| row.get(key).and_then(toml::Value::as_str).map(str::to_owned);
            Some(Row { id: words("id")?, label: words("label")? })
        }
        toml::Value::Float(_) | toml::Value::Boolean(_) | toml::Value::Datetime(_) | toml::Value::Array(_) => None,
    }
}
