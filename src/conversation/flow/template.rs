//! Texts with `{slots}`, and moments such as `{date} -1d 09:00`: parsed once, rendered by `render`.

use std::time::Duration;

/// A text with slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Words and slots in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Words(String),
    /// A slot.
    Slot {
        /// Its name.
        name: String,
        /// `{name:numbered}`: a numbered list.
        numbered: bool,
        /// Most letters of it that a person is shown; `None` is all of them.
        most: Option<u16>,
    },
}

impl Template {
    /// Reads `{utility}: {amount} was due {due}.`; says what is wrong with the braces otherwise.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find(['{', '}']) {
            if rest.as_bytes()[open] == b'}' {
                return Err("a `}` without its `{`".to_owned());
            }
            if open > 0 {
                pieces.push(Piece::Words(rest[..open].to_owned()));
            }
            let inside = &rest[open + 1..];
            let close = inside.find('}').ok_or_else(|| "a `{` without its `}`".to_owned())?;
            pieces.push(slot(&inside[..close])?);
            rest = &inside[close + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Words(rest.to_owned()));
        }
        Ok(Self { pieces })
    }

    /// The slots it uses.
    pub fn slots(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Words(_) => None,
            Piece::Slot { name, .. } => Some(name.as_str()),
        })
    }

    /// Every slot that is no numbered list shows so many letters at most as its name allows.
    pub fn bound(&mut self, most_of: impl Fn(&str) -> Option<u16>) {
        for piece in &mut self.pieces {
            if let Piece::Slot { name, numbered: false, most } = piece {
                *most = most_of(name);
            }
        }
    }

    /// The slot, when it is one slot and nothing else: its value keeps its type.
    pub fn single_slot(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [Piece::Slot { name, numbered: false, .. }] => Some(name),
            _ => None,
        }
    }
}

fn slot(inside: &str) -> Result<Piece, String> {
    let (name, form) = inside.split_once(':').map_or((inside, None), |(name, form)| (name, Some(form)));
    if !is_slot_name(name) {
        return Err(format!("`{{{inside}}}` is no slot; write a name of small letters, digits and _ between the braces"));
    }
    match form {
        None => Ok(Piece::Slot { name: name.to_owned(), numbered: false, most: None }),
        Some("numbered") => Ok(Piece::Slot { name: name.to_owned(), numbered: true, most: None }),
        Some(other) => Err(format!("`:{other}` is no form of a slot; `{{{name}:numbered}}` makes a numbered list")),
    }
}

/// Small letters, digits and `_`, a letter first.
pub fn is_slot_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// A day and time out of data: `{date} -1d 09:00`, `{day} {from_h}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The slot with the day.
    pub day: String,
    /// Days later (negative: earlier).
    pub shift_days: i32,
    /// The time of that day.
    pub time: TimeOf,
}

/// A time that is written down or held in a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeOf {
    /// Written.
    Fixed(jiff::civil::Time),
    /// In a slot.
    Slot(String),
}

impl Moment {
    /// Reads `{day} [+-Nd] (HH:MM | {time})`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split_whitespace();
        let day = braced(parts.next()?)?.to_owned();
        let mut next = parts.next()?;
        let mut shift_days = 0;
        if let Some(days) = next.strip_suffix('d') {
            shift_days = days.parse().ok()?;
            next = parts.next()?;
        }
        let time = match braced(next) {
            Some(slot) => TimeOf::Slot(slot.to_owned()),
            None => TimeOf::Fixed(clock_time(next)?),
        };
        parts.next().is_none().then_some(Self { day, shift_days, time })
    }

    /// The slots it uses.
    pub fn slots(&self) -> Vec<&str> {
        match &self.time {
            TimeOf::Fixed(_) => vec![&self.day],
            TimeOf::Slot(time) => vec![&self.day, time],
        }
    }
}

fn braced(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}').filter(|name| is_slot_name(name))
}

/// Reads `HH:MM`.
pub fn clock_time(text: &str) -> Option<jiff::civil::Time> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (i8, i8) = (hour.parse().ok()?, minute.parse().ok()?);
    jiff::civil::Time::new(hour, minute, 0, 0).ok()
}

/// Reads `90s`, `5m`, `72h`, `14d`; at most a year.
pub fn duration(text: &str) -> Option<Duration> {
    let number_ends = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..number_ends].parse().ok()?;
    let unit = match &text[number_ends..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.checked_mul(unit).filter(|seconds| *seconds <= YEAR_S).map(Duration::from_secs)
}

/// Longer than any conversation: a bigger number is a slip of the pen.
const YEAR_S: u64 = 366 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_read() {
        let template = Template::parse("{utility}: {slots:numbered} 0 keep").expect("a template");
        assert_eq!(template.slots().collect::<Vec<_>>(), ["utility", "slots"]);
        for (wrong, says) in
            [("{a", "without its `}`"), ("a}", "without its `{`"), ("{A}", "no slot"), ("{a:b}", "no form"), ("{}", "no slot")]
        {
            let reason = Template::parse(wrong).expect_err(wrong);
            assert!(reason.contains(says), "{wrong}: {reason}");
        }
    }

    #[test]
    fn moments_and_durations_read() {
        let moment = Moment::parse("{date} -1d 09:00").expect("a moment");
        assert_eq!((moment.day.as_str(), moment.shift_days), ("date", -1));
        assert_eq!(Moment::parse("{day} {to_h}").map(|m| m.time), Some(TimeOf::Slot("to_h".to_owned())));
        for wrong in ["date 09:00", "{date}", "{date} 9", "{date} 09:00 x", "{date} 25:00"] {
            assert_eq!(Moment::parse(wrong), None, "{wrong}");
        }
        assert_eq!(duration("72h"), Some(Duration::from_hours(72)));
        for wrong in ["72", "h", "1w", "-1h", "999999d", ""] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
