//! Lines of an answer: final result codes (V.250 5.7.1, 27.005 3.2.5, 27.007 9.1) and information responses with their
//! parameters, also damaged ones: real modems lose quotes, leave fields out and glue two lines together.
//!
//! What a parameter means is the business of `command` and `urc`.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_while, take_while1};
use nom::character::complete::{char, digit1, space0};
use nom::combinator::{all_consuming, eof, map, opt, recognize, rest, value, verify};
use nom::multi::separated_list1;
use nom::sequence::{delimited, pair, preceded, separated_pair, terminated};
use nom::{IResult, Parser};

use crate::error::{CmeError, CmsError};

/// One line, by its form alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line<'a> {
    /// The end of an answer, and what some firmware glues behind it.
    Final(Final, Option<&'a str>),
    /// `+CODE: parameters`, or `+CODE:` alone.
    Info {
        /// `+CODE`, `^CODE`, `Manufacturer`.
        code: &'a str,
        /// What follows the colon.
        rest: &'a str,
    },
    /// Anything else.
    Text(&'a str),
}

/// The end of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Final {
    /// `OK`.
    Ok,
    /// `CONNECT`, with or without a speed.
    Connect,
    /// `ERROR`, `COMMAND NOT SUPPORT`, `TOO MANY PARAMETERS`.
    Error,
    /// `NO CARRIER`.
    NoCarrier,
    /// `NO DIALTONE`.
    NoDialtone,
    /// `BUSY`.
    Busy,
    /// `NO ANSWER`.
    NoAnswer,
    /// `+CME ERROR: n`; `None` where the modem answers nothing, or words of its own.
    Cme(Option<CmeError>),
    /// `+CMS ERROR: n`; `None` where the modem answers nothing, or words of its own.
    Cms(Option<CmsError>),
    /// `MODEM ERROR: n`.
    Modem(u16),
}

/// The number of an error, with the table it is from: 30 of one is another thing in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Numbered {
    /// Of 27.007 sec 9.2.
    Cme(CmeError),
    /// Of 27.005 sec 3.2.5.
    Cms(CmsError),
    /// Of `MODEM ERROR`, the maker's own.
    Modem(u16),
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing between two commas.
    Empty,
    /// A decimal number without leading zeros.
    Number(i64),
    /// Text in quotes.
    Quoted(String),
    /// Text without quotes, also a number with leading zeros.
    Raw(String),
    /// `a-b`, inside a list.
    Range(i64, i64),
    /// `( ... )`.
    List(Vec<Value>),
}

/// The parameters of an information response.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Params {
    /// The values, in order.
    pub values: Vec<Value>,
    /// What is wrong with the line; the values are then what could be recovered.
    pub damaged: Option<&'static str>,
}

impl<'a> Line<'a> {
    /// Reads the form of one line.
    pub fn parse(line: &'a str) -> Self {
        let line = line.trim();
        if let Some((result, glued)) = Final::parse(line) {
            return Line::Final(result, glued);
        }
        match info_code(line) {
            Ok((rest, code)) => Line::Info { code, rest: rest.trim() },
            Err(_) => Line::Text(line),
        }
    }
}

impl Final {
    /// Reads a final result code; what is glued behind an error number comes second.
    pub fn parse(line: &str) -> Option<(Self, Option<&str>)> {
        if let Ok((_, result)) = words(line) {
            return Some((result, None));
        }
        numbered(line).ok().map(|(glued, result)| (result, (!glued.is_empty()).then_some(glued)))
    }

    /// A result in V0 form: one digit.
    pub fn parse_digit(line: &str) -> Option<Self> {
        match line {
            "0" => Some(Self::Ok),
            "1" => Some(Self::Connect),
            "3" => Some(Self::NoCarrier),
            "4" => Some(Self::Error),
            "6" => Some(Self::NoDialtone),
            "7" => Some(Self::Busy),
            "8" => Some(Self::NoAnswer),
            _ => None,
        }
    }

    /// Whether the command did what it was asked.
    pub fn is_ok(&self) -> bool {
        matches!(self, Self::Ok | Self::Connect)
    }

    /// The number of a refusal; `None` for every result without one.
    pub fn number(&self) -> Option<Numbered> {
        match self {
            Self::Cme(Some(code)) => Some(Numbered::Cme(*code)),
            Self::Cms(Some(code)) => Some(Numbered::Cms(*code)),
            Self::Modem(code) => Some(Numbered::Modem(*code)),
            Self::Ok
            | Self::Connect
            | Self::Error
            | Self::NoCarrier
            | Self::NoDialtone
            | Self::Busy
            | Self::NoAnswer
            | Self::Cme(None)
            | Self::Cms(None) => None,
        }
    }

    /// Results that end a call and come on their own as well.
    pub fn is_of_a_call(&self) -> bool {
        matches!(self, Self::NoCarrier | Self::Busy | Self::NoAnswer | Self::NoDialtone | Self::Connect)
    }
}

impl Value {
    /// The value as text, as the modem wrote it; a list and a range have none.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Empty | Self::Range(..) | Self::List(_) => None,
            Self::Number(number) => Some(number.to_string()),
            Self::Quoted(text) | Self::Raw(text) => Some(text.clone()),
        }
    }

    /// The value as a number: leading zeros and quotes are forgiven.
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Quoted(text) | Self::Raw(text) => text.trim().parse().ok(),
            Self::Empty | Self::Range(..) | Self::List(_) => None,
        }
    }

    /// Every number a test answer names: `(0-2,4)` is 0, 1, 2, 4; a lone value is itself. At most 256 of them.
    pub fn numbers(&self) -> Vec<i64> {
        match self {
            Self::Range(first, last) => (*first..=*last).take(NUMBERS_MAX).collect(),
            Self::List(values) => values.iter().flat_map(Self::numbers).take(NUMBERS_MAX).collect(),
            Self::Empty | Self::Number(_) | Self::Quoted(_) | Self::Raw(_) => self.number().into_iter().collect(),
        }
    }

    /// Every text a test answer names: `("SM","ME")` or a lone value.
    pub fn texts(&self) -> Vec<String> {
        match self {
            Self::List(values) => values.iter().flat_map(Self::texts).collect(),
            Self::Empty | Self::Number(_) | Self::Quoted(_) | Self::Raw(_) | Self::Range(..) => self.text().into_iter().collect(),
        }
    }
}

impl Params {
    /// Reads what follows the colon. Never fails: damage is marked and what can be recovered is there.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::default();
        }
        if nesting(text) > NESTING_MAX {
            let fields = text.split(',').map(|field| classify(field.trim_matches(['"', '(', ')', ' '])));
            return Self { values: fields.collect(), damaged: Some("brackets stand within brackets without end") };
        }
        match all_consuming(items).parse(text) {
            Ok((_, values)) => Self { values, damaged: None },
            Err(_) => Self { values: recover(text), damaged: Some(damage(text)) },
        }
    }

    /// The number at `at`.
    pub fn number(&self, at: usize) -> Option<i64> {
        self.values.get(at)?.number()
    }

    /// A small number at `at`.
    pub fn small(&self, at: usize) -> Option<u16> {
        self.number(at)?.try_into().ok()
    }

    /// The text at `at`.
    pub fn text(&self, at: usize) -> Option<String> {
        self.values.get(at)?.text()
    }

    /// The numbers a test answer allows at `at`.
    pub fn numbers(&self, at: usize) -> Vec<i64> {
        self.values.get(at).map(Value::numbers).unwrap_or_default()
    }
}

/// A test answer that names more numbers than this is damage.
const NUMBERS_MAX: usize = 256;

/// Lists within lists: Wavecom has two. The parser goes down once for each, so a line of brackets must not lead it on.
const NESTING_MAX: usize = 8;

/// How deep the brackets of a text go.
fn nesting(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for byte in text.bytes() {
        match byte {
            b'(' => depth = depth.saturating_add(1),
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = depth.max(deepest);
    }
    deepest
}

fn info_code(line: &str) -> IResult<&str, &str> {
    let name = (opt(verify(nom::character::complete::anychar, |sign| "+^#$*%!&".contains(*sign))), take_while1(is_code));
    terminated(recognize(name), char(':')).parse(line)
}

fn is_code(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-')
}

fn words(line: &str) -> IResult<&str, Final> {
    let connect = value(Final::Connect, (tag("CONNECT"), opt(preceded(char(' '), rest))));
    let exact = |word: &'static str, result: Final| value(result, tag(word));
    all_consuming(alt((
        exact("OK", Final::Ok),
        exact("ERROR", Final::Error),
        exact("COMMAND NOT SUPPORT", Final::Error),
        exact("TOO MANY PARAMETERS", Final::Error),
        exact("NO CARRIER", Final::NoCarrier),
        exact("NO DIALTONE", Final::NoDialtone),
        exact("NO DIAL TONE", Final::NoDialtone),
        exact("NO ANSWER", Final::NoAnswer),
        exact("BUSY", Final::Busy),
        connect,
    )))
    .parse(line)
}

/// The error forms; the remaining input is what is glued behind the number.
fn numbered(line: &str) -> IResult<&str, Final> {
    let code = |input| -> IResult<&str, Option<u16>> {
        opt(verify(map(digit1, |d: &str| d.parse().ok()), Option::is_some)).map(Option::flatten).parse(input)
    };
    if let Ok((_, number)) =
        all_consuming(preceded((tag::<_, _, nom::error::Error<&str>>("MODEM ERROR:"), space0), map(digit1, str::parse))).parse(line)
    {
        return Ok(("", Final::Modem(number.unwrap_or(u16::MAX))));
    }
    let (after, cme) = alt((value(true, tag("+CME ERROR:")), value(false, tag("+CMS ERROR:")))).parse(line)?;
    let (glued, number) = preceded(space0, code).parse(after)?;
    let words = after.trim();
    let result = match (cme, number) {
        (true, None) => Final::Cme(CmeError::of_words(words)),
        (false, None) => Final::Cms(CmsError::of_words(words)),
        (true, Some(code)) => Final::Cme(Some(CmeError(code))),
        (false, Some(code)) => Final::Cms(Some(CmsError(code))),
    };
    let glued = if glued.starts_with(['+', '^', '#', '$', '*', '%']) { glued } else { "" };
    Ok((glued, result))
}

fn items(input: &str) -> IResult<&str, Vec<Value>> {
    separated_list1(char(','), delimited(space0, item, space0)).parse(input)
}

fn item(input: &str) -> IResult<&str, Value> {
    alt((quoted, list, bare)).parse(input)
}

fn quoted(input: &str) -> IResult<&str, Value> {
    map(delimited(char('"'), take_till(|sign| sign == '"'), char('"')), |text: &str| Value::Quoted(text.to_owned())).parse(input)
}

fn list(input: &str) -> IResult<&str, Value> {
    let member = delimited(space0, alt((range, item)), space0);
    let members = alt((value(Vec::new(), (space0, nom::combinator::peek(char(')')))), separated_list1(char(','), member)));
    map(delimited(char('('), members, char(')')), Value::List).parse(input)
}

fn range(input: &str) -> IResult<&str, Value> {
    let ends = separated_pair(digits, (space0, char('-'), space0), digits);
    let followed = nom::combinator::peek(pair(space0, alt((recognize(char(',')), recognize(char(')')), eof))));
    map(terminated(ends, followed), |(first, last)| Value::Range(first, last)).parse(input)
}

fn digits(input: &str) -> IResult<&str, i64> {
    nom::combinator::map_res(digit1, str::parse).parse(input)
}

fn bare(input: &str) -> IResult<&str, Value> {
    map(take_while(|sign| !matches!(sign, ',' | '"' | '(' | ')')), |text: &str| classify(text.trim())).parse(input)
}

/// A bare word: nothing, a canonical decimal number, or text.
fn classify(text: &str) -> Value {
    if text.is_empty() {
        return Value::Empty;
    }
    let canonical = text.strip_prefix('-').unwrap_or(text);
    let is_number = canonical == "0" || (!canonical.starts_with('0') && canonical.bytes().all(|byte| byte.is_ascii_digit()));
    match text.parse() {
        Ok(number) if is_number => Value::Number(number),
        Ok(_) | Err(_) => Value::Raw(text.to_owned()),
    }
}

/// What a damaged line still says: fields at its commas, quotes stripped, lists kept where their brackets match.
fn recover(text: &str) -> Vec<Value> {
    let mut depth = 0_usize;
    let at_comma = |sign| {
        match sign {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        sign == ',' && depth == 0
    };
    text.split(at_comma).map(recover_field).collect()
}

fn recover_field(field: &str) -> Value {
    let field = field.trim();
    if let Ok((_, value)) = all_consuming(item).parse(field) {
        return value;
    }
    if let Some(inner) = field.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        let words = inner.split(['"', ',', ' ']).map(str::trim).filter(|word| !word.is_empty());
        return Value::List(words.map(classify).collect());
    }
    classify(field.trim_matches(|sign| matches!(sign, '"' | ')' | '(')).trim())
}

fn damage(text: &str) -> &'static str {
    if text.matches('"').count() % 2 == 1 { "a quote is missing" } else { "brackets or quotes are out of place" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: &[Value], damaged: bool) {
        let got = Params::parse(text);
        assert_eq!(got.values, want, "{text}");
        assert_eq!(got.damaged.is_some(), damaged, "{text}");
    }

    fn raw(text: &str) -> Value {
        Value::Raw(text.to_owned())
    }

    fn quoted(text: &str) -> Value {
        Value::Quoted(text.to_owned())
    }

    #[test]
    fn parameters_keep_what_they_are() {
        use Value::{Empty, List, Number, Range};
        check("", &[], false);
        check("2,1,\"84CD\",\"00D30173\",7", &[Number(2), Number(1), quoted("84CD"), quoted("00D30173"), Number(7)], false);
        check("002,0011", &[raw("002"), raw("0011")], false);
        check(",,145", &[Empty, Empty, Number(145)], false);
        check("(0-2,4),(),\"ME\"", &[List(vec![Range(0, 2), Number(4)]), List(vec![]), quoted("ME")], false);
        check("-80, 5 ", &[Number(-80), Number(5)], false);
        check("99999999999999999999", &[raw("99999999999999999999")], false);
    }

    #[test]
    fn a_damaged_line_gives_what_it_still_says() {
        use Value::Number;
        check("0,0,\"TELE2,0", &[Number(0), Number(0), raw("TELE2"), Number(0)], true);
        check("\"\",+79139131234\",145", &[quoted(""), raw("+79139131234"), Number(145)], true);
        check("(\"GSM\" \"UCS2\")", &[Value::List(vec![raw("GSM"), raw("UCS2")])], true);
        check(&format!("{}1,\"SM\"", "(".repeat(4_000)), &[Number(1), raw("SM")], true);
    }

    #[test]
    fn a_final_result_keeps_its_number_and_what_is_glued_behind() {
        let cases = [
            ("OK", Some((Final::Ok, None))),
            ("CONNECT 9600", Some((Final::Connect, None))),
            ("+CME ERROR: 515", Some((Final::Cme(Some(CmeError(515))), None))),
            ("+CMS ERROR: SIM failure", Some((Final::Cms(Some(CmsError(313))), None))),
            ("+CMS ERROR: the SIM fell out", Some((Final::Cms(None), None))),
            ("+CME ERROR: 25+CNUM: \"\"", Some((Final::Cme(Some(CmeError(25))), Some("+CNUM: \"\"")))),
            ("MODEM ERROR: 5", Some((Final::Modem(5), None))),
            ("MODEM ERROR: apple", None),
            ("OKAY", None),
        ];
        for (line, want) in cases {
            assert_eq!(Final::parse(line), want, "{line}");
        }
    }
}
