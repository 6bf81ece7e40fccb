//! Parts into a text: any order, doubles, reused references (3GPP 23.040 sec 9.2.3.24.1). Pure over a slice: what waits for its
//! missing parts waits in a store, not here.

use super::language::Shift;
use super::{gsm7, ucs2};
use crate::pdu::{Concat, UserData};

/// One part that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Which part of which message.
    pub concat: Concat,
    /// When the service centre got it, in Unix milliseconds (or the arrival, where its clock is broken): it tells two messages
    /// with the same reference apart.
    pub at_ms: i64,
    /// What it says.
    pub ud: UserData,
}

/// What the parts make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assembled {
    /// All parts are there.
    Complete {
        /// The whole text.
        text: String,
        /// Which parts of the slice are in it, doubles included.
        used: Vec<usize>,
    },
    /// All parts are there and they are data, not text.
    Binary {
        /// The octets of all parts.
        octets: Vec<u8>,
        /// Which parts of the slice are in it, doubles included.
        used: Vec<usize>,
    },
    /// Parts are missing.
    Missing {
        /// How many there are.
        have: u8,
        /// How many there should be.
        total: u8,
    },
}

/// Joins the message that the last part of `parts` belongs to.
///
/// Give all waiting parts of one SIM and one sender in the order they arrived, the new one last. Parts with another
/// reference, width or total are left out; the same part twice counts once; the same number with another content is a
/// message that reuses the reference, and each part goes to the message it is nearest to in time.
#[must_use]
pub fn assemble(parts: &[Part]) -> Assembled {
    let total = parts.last().map_or(0, |last| last.concat.total);
    message_of_last(parts).map_or(Assembled::Missing { have: 0, total }, |message| message.outcome(total))
}

/// The parts of the message that the last one belongs to.
fn message_of_last(parts: &[Part]) -> Option<Message<'_>> {
    let last = parts.last()?;
    let mut messages: Vec<Message<'_>> = Vec::new();
    let mut current = 0;
    for (index, part) in parts.iter().enumerate() {
        if same_key(part.concat, last.concat) && part.concat.is_consistent() {
            current = place(&mut messages, index, part);
        }
    }
    (current < messages.len()).then(|| messages.swap_remove(current))
}

/// The text of an incomplete message, with `mark` where one or more parts are missing: what came is delivered, marked, when
/// the rest has been waited for long enough. Parts are taken as [`assemble`] takes them; data parts say nothing.
#[must_use]
pub fn partial(parts: &[Part], mark: &str) -> String {
    let (Some(message), Some(last)) = (message_of_last(parts), parts.last()) else {
        return String::new();
    };
    let mut text = String::new();
    let mut run: Vec<&UserData> = Vec::new();
    let mut missing = false;
    for seq in 1..=last.concat.total {
        match message.parts.iter().find(|(_, part)| part.concat.seq == seq) {
            Some((_, part)) => {
                run.push(&part.ud);
                missing = false;
            }
            None if missing => {}
            None => {
                push_text(&mut text, &run);
                run.clear();
                text.push_str(mark);
                missing = true;
            }
        }
    }
    push_text(&mut text, &run);
    text
}

fn push_text(text: &mut String, run: &[&UserData]) {
    match join(run) {
        Joined::Text(joined) => text.push_str(&joined),
        Joined::Binary(_) => {}
    }
}

fn same_key(a: Concat, b: Concat) -> bool {
    (a.reference, a.wide, a.total) == (b.reference, b.wide, b.total)
}

/// Puts the part into the message it fits, or a new one; which one.
fn place<'p>(messages: &mut Vec<Message<'p>>, index: usize, part: &'p Part) -> usize {
    let fits = messages.iter().enumerate().filter(|(_, message)| message.accepts(part));
    let nearest = fits.min_by_key(|(_, message)| message.distance(part.at_ms)).map(|(at, _)| at);
    let at = nearest.unwrap_or_else(|| {
        messages.push(Message::default());
        messages.len().saturating_sub(1)
    });
    if let Some(message) = messages.get_mut(at) {
        message.parts.push((index, part));
    }
    at
}

#[derive(Debug, Default)]
struct Message<'p> {
    parts: Vec<(usize, &'p Part)>,
}

impl Message<'_> {
    /// The number is free here, or this is the same part again.
    fn accepts(&self, part: &Part) -> bool {
        self.parts.iter().all(|(_, other)| other.concat.seq != part.concat.seq || other.ud == part.ud)
    }

    /// Milliseconds to the nearest part.
    fn distance(&self, at_ms: i64) -> u64 {
        self.parts.iter().map(|(_, part)| part.at_ms.abs_diff(at_ms)).min().unwrap_or(u64::MAX)
    }

    fn outcome(&self, total: u8) -> Assembled {
        let mut ordered: Vec<&(usize, &Part)> = self.parts.iter().collect();
        ordered.sort_by_key(|(_, part)| part.concat.seq);
        ordered.dedup_by_key(|(_, part)| part.concat.seq);
        let have = ordered.len() as u8;
        if have < total {
            return Assembled::Missing { have, total };
        }
        let mut used: Vec<usize> = self.parts.iter().map(|(index, _)| *index).collect();
        used.sort_unstable();
        let contents: Vec<&UserData> = ordered.iter().map(|(_, part)| &part.ud).collect();
        match join(&contents) {
            Joined::Text(text) => Assembled::Complete { text, used },
            Joined::Binary(octets) => Assembled::Binary { octets, used },
        }
    }
}

enum Joined {
    Text(String),
    Binary(Vec<u8>),
}

/// Joins septets with septets and octets with octets before they become text: an escape or a surrogate pair may lie across parts.
fn join(contents: &[&UserData]) -> Joined {
    let mut text = String::new();
    let mut binary = Vec::new();
    let mut run: Vec<u8> = Vec::new();
    let mut rest = contents;
    while let Some((first, after)) = rest.split_first() {
        run.extend_from_slice(first.units());
        let coding = Coding::of(first);
        if after.first().is_none_or(|next| Coding::of(next) != coding) {
            match coding {
                Coding::Gsm7(shift) => text.push_str(&gsm7::decode(&run, shift)),
                Coding::Ucs2 => text.push_str(&ucs2::decode_lossy(&run)),
                Coding::Data => binary.extend_from_slice(&run),
            }
            run.clear();
        }
        rest = after;
    }
    if binary.is_empty() || !text.is_empty() { Joined::Text(text) } else { Joined::Binary(binary) }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gsm7(Shift),
    Ucs2,
    Data,
}

impl Coding {
    const fn of(content: &UserData) -> Self {
        match content {
            UserData::Gsm7 { shift, .. } => Self::Gsm7(*shift),
            UserData::Ucs2(_) => Self::Ucs2,
            UserData::Data(_) => Self::Data,
        }
    }
}
