//! Pages of lists: newest first, with a cursor that callers hand back and do not look into.

use std::fmt;
use std::str::FromStr;

/// Most rows of one page.
pub const LIMIT_MAX: u32 = 500;

/// Which rows of a list are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    limit: u32,
    before: Option<Cursor>,
}

impl Paging {
    /// At most `limit` rows (1 to [`LIMIT_MAX`]) after the page that ended at `cursor`.
    pub fn new(limit: u32, cursor: Option<Cursor>) -> Self {
        Self { limit: limit.clamp(1, LIMIT_MAX), before: cursor }
    }

    /// The newest `limit` rows.
    pub fn newest(limit: u32) -> Self {
        Self::new(limit, None)
    }

    /// One row more than the page holds tells whether there is a next page.
    pub(super) fn rows(self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// Row numbers of the page are below this.
    pub(super) fn before(self) -> i64 {
        self.before.map_or(i64::MAX, |cursor| cursor.0)
    }
}

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(i64);

/// Not a cursor of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this list; take it from `next` of the page before")]
pub struct BadCursor;

const PREFIX: &str = "c";

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{:x}", self.0)
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let digits = text.strip_prefix(PREFIX).ok_or(BadCursor)?;
        i64::from_str_radix(digits, 16).ok().filter(|n| *n >= 0).map(Self).ok_or(BadCursor)
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, newest first.
    pub items: Vec<T>,
    /// Hand this back for the rows that follow; `None` at the end.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Cuts the row too many and makes the cursor; `number` is the row number of an item.
    pub(super) fn cut(mut rows: Vec<T>, paging: Paging, number: impl Fn(&T) -> i64) -> Self {
        let more = rows.len() > paging.limit as usize;
        rows.truncate(paging.limit as usize);
        let next = rows.last().filter(|_| more).map(|last| Cursor(number(last)));
        Self { items: rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        assert_eq!(Cursor(255).to_string().parse(), Ok(Cursor(255)));
        for wrong in ["", "c", "ff", "c-1", "cxyz", "cffffffffffffffffff"] {
            assert_eq!(wrong.parse::<Cursor>(), Err(BadCursor), "{wrong}");
        }
    }

    #[test]
    fn the_last_page_has_no_next() {
        let paging = Paging::newest(2);
        let full = Page::cut(vec![9_i64, 8, 7], paging, |n| *n);
        assert_eq!((full.items, full.next), (vec![9, 8], Some(Cursor(8))));
        assert_eq!(Page::cut(vec![9_i64, 8], paging, |n| *n).next, None);
    }
}
