//! [`Reject`]: a business no with a stable code. Http maps the code to a status, pages show the words; neither is known here.

use crate::store;

/// Why something was not done. Everything the job had changed is rolled back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Reject {
    /// Stable: what a program may branch on.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub detail: String,
    /// JSON pointer into the request, and what is wrong there.
    pub errors: Vec<(String, String)>,
    /// The store's own error, where it could not go on: nothing else in this transaction can, either. For the log, not for the
    /// caller. What is wrong with one row alone is no cause.
    pub cause: Option<store::Error>,
}

impl Reject {
    /// A refusal with words.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), cause: None }
    }

    /// Something in the request is wrong at `pointer`.
    pub fn at(code: &'static str, pointer: &str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { errors: vec![(pointer.to_owned(), reason.clone())], ..Self::new(code, reason) }
    }

    /// The same where what was wrong stands inside something: its pointers begin there.
    #[must_use]
    pub fn within(mut self, pointer: &str) -> Self {
        for (inner, _) in &mut self.errors {
            *inner = format!("{pointer}{inner}");
        }
        self
    }

    /// There is no such thing.
    pub fn not_found(what: &str) -> Self {
        Self::new("not_found", format!("there is no such {what}"))
    }

    /// Adds another place.
    pub fn and_at(mut self, pointer: &str, reason: impl Into<String>) -> Self {
        self.errors.push((pointer.to_owned(), reason.into()));
        self
    }
}

impl From<store::Error> for Reject {
    fn from(error: store::Error) -> Self {
        let code = match &error {
            store::Error::Full => "disk_full",
            store::Error::Busy(_) | store::Error::Later(_) | store::Error::Closed => "busy",
            store::Error::Corrupt(_)
            | store::Error::Panicked
            | store::Error::Newer { .. }
            | store::Error::Unfinished { .. }
            | store::Error::Directory { .. }
            | store::Error::InUse { .. }
            | store::Error::Row { .. }
            | store::Error::Constraint(_)
            | store::Error::Sqlite(_) => "internal",
        };
        let of_one_row = matches!(error, store::Error::Row { .. } | store::Error::Constraint(_));
        let words = error.to_string();
        Self { cause: (!of_one_row).then_some(error), ..Self::new(code, words) }
    }
}
