//! Texts out of templates: slots formatted by type and language, system slots filled in, lists cut to what one text holds.

use std::collections::BTreeMap;

use at_commands::text::{Encoding, SegmentOptions, segment};

use super::flow::bounds::ACCOUNT_LETTERS_MAX;
use super::flow::template::Piece;
use super::flow::{Kind, Need, Template, Texts};
use super::packs::Packs;
use super::rules::Rules;
use crate::text::Text;
use crate::value::{Money, Row, Value};

/// What a text may use: the slots of a session and what the moment adds.
pub struct Facts<'a> {
    /// Flows, packs, settings.
    pub rules: &'a Rules<'a>,
    /// The language it is written in.
    pub language: &'a str,
    /// Slots of the session.
    pub slots: &'a BTreeMap<String, Value>,
    /// System slots of the moment: `link`, `code`, `person`, `from`, `heard`, `heard_at`.
    pub system: BTreeMap<&'static str, String>,
}

/// A flow's text in the best language for it.
pub fn texts(texts: &Texts, facts: &Facts<'_>) -> Text {
    Text::new(tidy(&template(pick(texts, facts.language, facts.rules.packs), facts)))
}

/// The key that blocks twins: the same data is the same key, whatever language a person is written to in.
pub fn key(template: &Template, slots: &BTreeMap<String, Value>, from: &str) -> String {
    let written = |name: &str| match (name, slots.get(name)) {
        ("from", _) => from.to_owned(),
        (_, Some(value)) => plain(value),
        (_, None) => String::new(),
    };
    let pieces = template.pieces.iter().map(|piece| match piece {
        Piece::Words(words) => words.clone(),
        Piece::Slot { name, .. } => written(name),
    });
    pieces.collect()
}

/// A value as systems write it.
fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Money(money) => money.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Time(time) => clock(*time),
        Value::Bool(truth) => truth.to_string(),
        Value::Rows(rows) => rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>().join(","),
    }
}

fn clock(time: jiff::civil::Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// One of the box's own texts, with `{name}`s out of `extra`.
pub fn built_in(rules: &Rules<'_>, language: &str, name: &str, extra: &[(&str, &str)]) -> Text {
    let mut text = rules.packs.text(language, name);
    if rules.settings.utility.is_empty() {
        // A box that was not named yet says nothing in place of its name.
        text = ["{utility}: ", "{utility}："].iter().fold(text, |text, name| text.replace(name, ""));
    }
    for (slot, value) in [("utility", rules.settings.utility.as_str()), ("emergency", rules.settings.emergency.as_str())] {
        text = text.replace(&format!("{{{slot}}}"), value);
    }
    for (slot, value) in extra {
        text = text.replace(&format!("{{{slot}}}"), value);
    }
    Text::new(tidy(&text))
}

/// A text with a sentence behind it, where there is one.
pub fn with_hint(text: &Text, hint: &str) -> Text {
    if hint.is_empty() || text.is_empty() { text.clone() } else { Text::new(format!("{} {hint}", text.expose())) }
}

/// The text of a language, else of the default one, else English, else whichever is there.
pub fn pick<'t>(texts: &'t Texts, language: &str, packs: &Packs) -> &'t Template {
    let by = &texts.by_language;
    let default = packs.languages().first().map_or("en", String::as_str);
    let found = by.get(language).or_else(|| by.get(default)).or_else(|| by.get("en")).or_else(|| by.values().next());
    // The reader refuses a text without words.
    found.expect("a text has at least one language")
}

/// How the list of a question is shown.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// The slot that holds its rows.
    pub slot: String,
    /// The row that this page begins with.
    pub from: usize,
    /// "None of these", where the text does not say it by itself.
    pub none: Option<String>,
    /// "More", where rows that do not fit have a page of their own.
    pub more: Option<String>,
    /// What may stand behind the text: its tag.
    pub tag: String,
    /// Most parts that the flow allows; `None` is one, and two of UCS-2.
    pub parts_max: Option<u8>,
}

/// [`texts`] with a list in it, and the row that the next page begins with, where the rows take more than this one.
pub fn texts_with_list(texts: &Texts, facts: &Facts<'_>, list: &List) -> (Text, Option<usize>) {
    let (words, next) = filled(pick(texts, facts.language, facts.rules.packs), facts, list);
    (Text::new(tidy(&words)), next)
}

/// Whether a text speaks of this number itself: "0 none of these".
pub fn offers(texts: &Texts, number: i64) -> bool {
    let number = number.to_string();
    let says = |words: &str| words.split(|sign: char| !sign.is_alphanumeric()).any(|word| word == number);
    let pieces = texts.by_language.values().flat_map(|template| &template.pieces);
    pieces.into_iter().any(|piece| matches!(piece, Piece::Words(words) if says(words)))
}

/// A template without its braces.
pub fn template(template: &Template, facts: &Facts<'_>) -> String {
    filled(template, facts, &List::default()).0
}

fn filled(template: &Template, facts: &Facts<'_>, list: &List) -> (String, Option<usize>) {
    let plain = List { tag: facts.rules.packs.text(facts.language, "tagged_value"), ..List::default() };
    let (mut out, mut next) = (String::new(), None);
    for (at, piece) in template.pieces.iter().enumerate() {
        match piece {
            Piece::Words(words) => out.push_str(words),
            Piece::Slot { name, numbered: true, .. } => {
                let list = if *name == list.slot { list } else { &plain };
                let behind: String = template.pieces[at + 1..].iter().map(|piece| spoken(piece, facts)).collect();
                let fits = |words: &str| fits(&format!("{out}{words}{behind} {}", list.tag), list.parts_max);
                let (words, further) = numbered(&rows(facts.slots.get(name)), list, &fits);
                out.push_str(&words);
                next = next.or(further);
            }
            Piece::Slot { numbered: false, .. } => out.push_str(&spoken(piece, facts)),
        }
    }
    (out, next)
}

/// A list is paged to what is left of one text of the GSM alphabet, or of two parts of UCS-2 where the flow does not allow one only.
fn fits(text: &str, parts_max: Option<u8>) -> bool {
    let options = SegmentOptions { parts_max: PARTS_UCS2_MAX, ..SegmentOptions::default() };
    let Ok(cut) = segment(text, &options) else { return false };
    match cut.encoding {
        Encoding::Gsm7 => cut.parts.len() == 1,
        Encoding::Ucs2 => cut.parts.len() <= usize::from(parts_max.unwrap_or(PARTS_UCS2_MAX)),
    }
}

/// Parts of a text that is written in UCS-2, where its flow does not say otherwise.
const PARTS_UCS2_MAX: u8 = 2;

/// A piece without a list.
fn spoken(piece: &Piece, facts: &Facts<'_>) -> String {
    match piece {
        Piece::Words(words) => words.clone(),
        Piece::Slot { numbered: true, .. } => String::new(),
        Piece::Slot { name, numbered: false, most } => cut(slot(name, facts), facts.slots.get(name), *most),
    }
}

/// Words that are longer than a text may show of them end in dots. A figure is never cut: it would be another one.
fn cut(words: String, value: Option<&Value>, most: Option<u16>) -> String {
    let most = most.map_or(usize::MAX, usize::from);
    let is_figure = matches!(value, Some(Value::Number(_) | Value::Money(_) | Value::Date(_) | Value::Time(_) | Value::Bool(_)));
    if is_figure || words.chars().count() <= most {
        return words;
    }
    // Signs that every alphabet has: an ellipsis would make the text UCS-2.
    let dots = if most > 2 * DOTS.len() { DOTS } else { "" };
    let kept: String = words.chars().take(most - dots.len()).collect();
    format!("{}{dots}", kept.trim_end())
}

const DOTS: &str = "...";

fn slot(name: &str, facts: &Facts<'_>) -> String {
    match name {
        "utility" => facts.rules.settings.utility.clone(),
        "emergency" => facts.rules.settings.emergency.clone(),
        _ => match (facts.system.get(name), facts.slots.get(name)) {
            (Some(value), _) => value.clone(),
            (None, Some(value)) => shown(value, facts.language, facts.rules),
            (None, None) => facts.rules.packs.text(facts.language, "missing"),
        },
    }
}

/// A value as a person of this language reads it.
pub fn shown(value: &Value, language: &str, rules: &Rules<'_>) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Money(money) => money_shown(*money, language, rules),
        Value::Date(date) => date_shown(*date, language, rules),
        Value::Time(time) => clock(*time),
        Value::Bool(truth) => truth.to_string(),
        Value::Rows(rows) => rows.iter().map(|row| row.label.as_str()).collect::<Vec<_>>().join(", "),
    }
}

fn money_shown(money: Money, language: &str, rules: &Rules<'_>) -> String {
    let plain = money.to_string();
    let number = if language == "en" || matches!(language, "zh" | "ja" | "hi") { plain } else { plain.replace('.', ",") };
    match rules.settings.currency.as_str() {
        "" => number,
        currency => format!("{number} {currency}"),
    }
}

/// A day as a person of this language reads it.
pub(super) fn date_shown(date: jiff::civil::Date, language: &str, rules: &Rules<'_>) -> String {
    let month = rules.packs.get(language).and_then(|pack| pack.months.get(usize::from(date.month() as u8) - 1));
    let Some(month) = month else { return date.to_string() };
    // The second name of a month is the short one.
    let month = month.split('|').nth(1).or_else(|| month.split('|').next()).unwrap_or_default();
    rules.packs.text(language, "date").replace("{day}", &date.day().to_string()).replace("{month}", month)
}

/// "1 Oak Street 12, 2 Mill Lane 4, 0 none of these, 9 more": as many rows as there is room for, always at least one; and the
/// row that the next page begins with, the first again behind the last.
fn numbered(rows: &[Row], list: &List, fits: &dyn Fn(&str) -> bool) -> (String, Option<usize>) {
    let from = if list.from < rows.len() { list.from } else { 0 };
    let items = |end: usize, has_more: bool, most: usize| {
        let shown = rows.iter().enumerate().take(end).skip(from).map(|(at, row)| item(at, row, most));
        let none = list.none.as_ref().map(|words| format!("{NONE} {words}"));
        let more = list.more.as_ref().filter(|_| has_more).map(|words| format!("{MORE} {words}"));
        shown.chain(none).chain(more).collect::<Vec<_>>().join(SEPARATOR)
    };
    let longest = rows.len().min(from + ROWS_MAX);
    let fitting = |has_more: bool| (from + 1..=longest).rev().find(|end| fits(&items(*end, has_more, usize::MAX)));
    let all = fitting(false).filter(|end| *end == rows.len() && from == 0);
    let has_more = list.more.is_some() && all.is_none() && !rows.is_empty();
    match all.or_else(|| fitting(has_more)) {
        Some(end) => (items(end, has_more, usize::MAX), has_more.then_some(if end < rows.len() { end } else { 0 })),
        // One row alone is too long: what there is room for of it.
        None => {
            let end = (from + 1).min(rows.len());
            let letters = rows.get(from).map_or(0, |row| row.label.chars().count()).min(ROW_LETTERS_MAX);
            let most = (ROW_LETTERS_MIN..letters).rev().find(|most| fits(&items(end, has_more, *most)));
            let words = items(end, has_more, most.unwrap_or(ROW_LETTERS_MIN));
            (words, has_more.then_some(if end < rows.len() { end } else { 0 }))
        }
    }
}

fn item(at: usize, row: &Row, most: usize) -> String {
    format!("{} {}", row_number(at), cut(row.label.clone(), None, u16::try_from(most).ok()))
}

/// A row is shown so many letters of at least: the loader keeps room for them.
pub const ROW_LETTERS_MIN: usize = 12;
/// No text has room for more.
const ROW_LETTERS_MAX: usize = 160;

/// The number that picks a row. A row has the same on every page.
pub const fn row_number(at: usize) -> i64 {
    let number = at as i64 + 1;
    if number < MORE { number } else { number + 1 }
}

/// What picks none of the rows.
pub const NONE: i64 = 0;
/// What turns the page.
pub const MORE: i64 = 9;
/// Longer pages are not read.
const ROWS_MAX: usize = 8;
const SEPARATOR: &str = ", ";

/// The rows of a list slot; a single text is a list of one.
pub fn rows(value: Option<&Value>) -> Vec<Row> {
    match value {
        Some(Value::Rows(rows)) => rows.clone(),
        Some(Value::Text(text)) => vec![Row { id: text.clone(), label: text.clone() }],
        Some(Value::Number(_) | Value::Money(_) | Value::Date(_) | Value::Time(_) | Value::Bool(_)) | None => Vec::new(),
    }
}

/// One value for a system: a picked row is its id.
pub fn sent(value: &Value) -> Value {
    match value {
        Value::Rows(rows) if rows.len() == 1 => Value::Text(rows[0].id.clone()),
        other => other.clone(),
    }
}

/// Control characters out of data, and spaces that an empty slot left.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars().filter(|sign| !sign.is_control() || *sign == '\n') {
        if !(sign == ' ' && out.ends_with(' ')) {
            out.push(sign);
        }
    }
    out.trim().to_owned()
}

/// A value as the type a need names; `None` when it is none.
pub fn typed(need: Need, value: &Value) -> Option<Value> {
    Some(match (need.kind, value) {
        (Kind::Text(max), Value::Text(text)) if text.chars().count() <= usize::from(max) => value.clone(),
        (Kind::Text(_), Value::Number(number)) => Value::Text(number.to_string()),
        (Kind::Text(_), Value::Date(_) | Value::Time(_)) => value.clone(),
        (Kind::Text(_), Value::Rows(rows)) if rows.len() == 1 => value.clone(),
        (Kind::Int, Value::Number(_)) => value.clone(),
        (Kind::Int, Value::Text(text)) => Value::Number(text.parse().ok()?),
        (Kind::Money, Value::Money(_)) => value.clone(),
        (Kind::Money, Value::Text(text)) => Value::Money(Money::parse(text)?),
        (Kind::Money, Value::Number(whole)) => Value::Money(Money { hundredths: whole.checked_mul(100)? }),
        (Kind::Date, Value::Date(_)) => value.clone(),
        (Kind::Date, Value::Text(text)) => Value::Date(text.parse().ok()?),
        (Kind::Time, Value::Time(_)) => value.clone(),
        (Kind::Time, Value::Text(text)) => Value::Time(super::flow::template::clock_time(text)?),
        (Kind::Phone, Value::Text(_)) => value.clone(),
        (Kind::Account, Value::Text(text)) if (1..=usize::from(ACCOUNT_LETTERS_MAX)).contains(&text.chars().count()) => value.clone(),
        (Kind::Account, Value::Number(number)) => Value::Text(number.to_string()),
        (Kind::Bool, Value::Bool(_)) => value.clone(),
        (Kind::Bool, Value::Text(text)) => Value::Bool(text.parse().ok()?),
        (Kind::List, Value::Rows(_)) => value.clone(),
        _ => return None,
    })
}

/// The type in words, as the flow file writes it.
pub fn kind_word(kind: Kind) -> String {
    match kind {
        Kind::Text(max) => format!("text of at most {max} characters"),
        Kind::Int => "a whole number".to_owned(),
        Kind::Money => "an amount like 84.50".to_owned(),
        Kind::Date => "a day like 2026-11-26".to_owned(),
        Kind::Time => "a time like 17:00".to_owned(),
        Kind::Phone => "a phone number".to_owned(),
        Kind::Account => "an account number".to_owned(),
        Kind::Bool => "true or false".to_owned(),
        Kind::List => "a list of rows {id, label}".to_owned(),
    }
}
