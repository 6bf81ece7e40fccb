//! Signing in with an API key, and out.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};

use super::guard::{Fields, Sealed, own_page};
use super::visit::{COOKIE, token};
use super::{No, Pages, layout, told};
use crate::chance::Os;
use crate::signature::sha256_hex;

/// The form. `/login#KEY` fills it in: what stands behind `#` never leaves the browser.
pub async fn form(State(pages): State<Pages>) -> Result<Html<String>, No> {
    let utility = pages.read(told).await?.utility;
    Ok(Html(layout::plain("Sign in", &utility, &card(None)).into_string()))
}

fn card(wrong: Option<&str>) -> Markup {
    html! {
        section class="card" { div class="in" {
            h1 { "Sign in" }
            @if let Some(words) = wrong { p class="note bad" role="alert" { (words) } }
            form method="post" action="/login" {
                input type="text" name="user" value="answerback" autocomplete="username" hidden;
                div class="field" {
                    label for="key" { "API key" }
                    input id="key" name="key" type="password" autocomplete="current-password" required autofocus data-key-field
                        aria-describedby="key-hint";
                    p class="hint" id="key-hint" {
                        "Somebody with access to the box makes one: " code { "answerback key create --name you --scope read,admin" }
                    }
                }
                button class="main" type="submit" { "Sign in" }
            }
        } }
    }
}

/// Takes the key and opens a session.
pub async fn sign_in(State(pages): State<Pages>, headers: HeaderMap, fields: Fields) -> Result<Response, No> {
    own_page(&headers)?;
    let hash = sha256_hex(fields.text("key").as_bytes());
    let now = pages.engine.now();
    let (key, settings) = pages.read(move |reader| Ok((reader.key_by_hash(&hash)?, told(reader)?))).await?;
    let Some(key) = key.filter(|key| key.works(now)) else {
        let card = card(Some("This is no key of this box, or it was revoked or has expired."));
        return Ok((StatusCode::UNAUTHORIZED, Html(layout::plain("Sign in", &settings.utility, &card).into_string())).into_response());
    };
    let token = pages.visits.open(key.id, pages.engine.clock().tick(), &mut Os);
    Ok(with_cookie(&format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict")))
}

/// Ends the session.
pub async fn sign_out(State(pages): State<Pages>, headers: HeaderMap, _: Sealed) -> Response {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    for token in cookies.filter_map(token) {
        pages.visits.close(token);
    }
    with_cookie(&format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"))
}

fn with_cookie(cookie: &str) -> Response {
    let mut response = Redirect::to("/").into_response();
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}
