//! Customer link pages: `/l/{token}`. Looking never consumes, because preview robots look; sending does, once.
//!
//! The token in the address is the only proof asked for: 128 bits or more, its hash is stored, it works once and dies.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};

use super::customer::{self, Asked, FormView, Outcome};
use super::guard::Fields;
use super::{No, Pages, store_failed, told};
use crate::conversation::session::Session;
use crate::engine::link::{self, Page};
use crate::settings::Settings;
use crate::store::LinkRow;
use crate::value::Value;

/// `GET /l/{token}`
pub async fn look(State(pages): State<Pages>, Path(token): Path<String>) -> Result<Response, No> {
    let (settings, page) = find(&pages, &token).await?;
    Ok(match page {
        Page::Open(row, session) => Html(shown(&settings, &token, &row, &session, false)).into_response(),
        Page::Used(_, session) => ended(&settings, &session.language, Outcome::Already),
        Page::Gone => ended(&settings, first_language(&settings), Outcome::Expired),
    })
}

/// `POST /l/{token}`
pub async fn send(State(pages): State<Pages>, Path(token): Path<String>, fields: Fields) -> Result<Response, No> {
    let (settings, page) = find(&pages, &token).await?;
    let Page::Open(row, session) = page else {
        return look(State(pages), Path(token)).await;
    };
    let asks = asks(&row, &session);
    let (book, now) = (pages.engine.book().await.map_err(|error| store_failed(&error))?, pages.engine.now());
    let answer = |asked: &Asked| {
        let words = fields.text(&asked.slot);
        let value = if asked.choices.is_empty() {
            link::written(&book, &session, &asked.slot, words, now)
        } else {
            Some(Value::Text(words.to_owned()))
        };
        Some((asked.slot.clone(), value.filter(|_| customer::acceptable(asked, words))?))
    };
    let Some(data) = asks.iter().map(answer).collect::<Option<BTreeMap<String, Value>>>() else {
        let form = Html(shown(&settings, &token, &row, &session, true));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, form).into_response());
    };
    let key = token.clone();
    let done = pages.run(move |work| link::submit(work, &key, &data)).await?;
    if !done {
        // Somebody was quicker, with the same link or by text.
        return look(State(pages), Path(token)).await;
    }
    Ok(ended(&settings, &session.language, Outcome::Taken))
}

async fn find(pages: &Pages, token: &str) -> Result<(Settings, Page), No> {
    let (token, now) = (token.to_owned(), pages.engine.now());
    pages.read(move |reader| Ok((told(reader)?, link::look(reader, &token, now)?))).await
}

fn shown(settings: &Settings, token: &str, row: &LinkRow, session: &Session, missing: bool) -> String {
    let facts = row.show.iter().filter_map(|slot| Some((slot.clone(), session.slots.get(slot)?.clone()))).collect();
    let view = FormView {
        utility: &settings.utility,
        language: &session.language,
        page: &row.page,
        facts,
        asks: asks(row, session),
        action: &format!("/l/{token}"),
        currency: &settings.currency,
        missing,
    };
    customer::form(&view).into_string()
}

/// A list for `slot` is what the session holds as `slots`, or under the slot's own name.
fn asks(row: &LinkRow, session: &Session) -> Vec<Asked> {
    let held = |slot: &String| session.slots.get(&format!("{slot}s")).or_else(|| session.slots.get(slot));
    row.fills.iter().map(|slot| customer::asked(&row.page, slot, &session.language, held(slot))).collect()
}

fn first_language(settings: &Settings) -> &str {
    settings.languages.first().map_or("en", String::as_str)
}

fn ended(settings: &Settings, language: &str, outcome: Outcome) -> Response {
    let status = if outcome == Outcome::Expired { StatusCode::GONE } else { StatusCode::OK };
    (status, Html(customer::outcome(&settings.utility, language, outcome).into_string())).into_response()
}
