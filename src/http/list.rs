//! Lists: `limit` and an opaque `cursor`, newest first.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::ApiError;
use crate::store::page::LIMIT_MAX;
use crate::store::{Page, Paging};

/// Rows of a page where the caller does not say.
const LIMIT_DEFAULT: u32 = 50;

/// One page of a list, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T: ToSchema> {
    /// The items.
    pub items: Vec<T>,
    /// Hand it back as `cursor` for the items that follow; absent at the end.
    pub next: Option<String>,
}

impl<T: ToSchema> List<T> {
    /// A page of the store, each row rendered.
    pub fn of<R>(page: Page<R>, render: impl FnMut(R) -> T) -> Self {
        Self { items: page.items.into_iter().map(render).collect(), next: page.next.map(|cursor| cursor.to_string()) }
    }

    /// Everything there is.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

/// The query of a list that can only be leafed through.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pages {
    limit: Option<u32>,
    cursor: Option<String>,
}

impl Pages {
    /// What the docs say of it.
    pub const QUERY: &[(&str, &str)] =
        &[("limit", "At most so many items, 1 to 500; 50 when absent."), ("cursor", "`next` of the page before.")];

    /// Which page is meant.
    pub fn paging(&self) -> Result<Paging, ApiError> {
        paging(self.limit, self.cursor.as_deref())
    }
}

/// Reads the two parameters.
pub fn paging(limit: Option<u32>, cursor: Option<&str>) -> Result<Paging, ApiError> {
    let limit = limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(ApiError::parameter("limit", format!("must be 1 to {LIMIT_MAX}")));
    }
    let cursor = cursor
        .map(str::parse)
        .transpose()
        .map_err(|error: crate::store::page::BadCursor| ApiError::parameter("cursor", error.to_string()))?;
    Ok(Paging::new(limit, cursor))
}
