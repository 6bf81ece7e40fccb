//! `/docs`: the API for people, rendered on the box out of the same table and schemas as `/openapi.json`. No script, no
//! outside asset, so that it reads the same in a control room without internet.

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use super::table::{Needs, Route};
use crate::terms::{Scope, Word as _};

const CSP: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
const STYLE: &str = include_str!("docs.css");

/// The style sheet of the page.
pub async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")], STYLE).into_response()
}

/// The page around what [`page`] rendered.
pub fn response(page: String) -> Response {
    let mut response = Html(page).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, CSP);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Renders the page once, at start.
pub fn page(routes: &[Route], document: &Value) -> String {
    let schemas = &document["components"]["schemas"];
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Answerback API" }
                link rel="stylesheet" href="/docs/style.css";
            }
            body {
                header {
                    h1 { "Answerback API" }
                    p { (document["info"]["description"].as_str().unwrap_or_default()) }
                    p { "For programs: " a href="/openapi.json" { "openapi.json" } " (OpenAPI " (document["openapi"].as_str().unwrap_or_default()) ")" }
                }
                nav aria-label="Routes" { (contents(routes)) }
                main {
                    h2 { "Routes" }
                    @for route in routes { (entry(route)) }
                    h2 id="schemas" { "Bodies" }
                    @for (name, schema) in schemas.as_object().into_iter().flatten() { (body(name, schema)) }
                    h2 id="codes" { "Codes of refusals" }
                    (codes())
                }
            }
        }
    };
    page.into_string()
}

fn anchor(route: &Route) -> String {
    format!("{}-{}", route.verb().to_lowercase(), route.path.trim_start_matches('/').replace(['/', '{', '}', '.'], "-"))
}

fn contents(routes: &[Route]) -> Markup {
    html! {
        ul { @for route in routes { li { a href={ "#" (anchor(route)) } { code { (route.verb()) " " (route.path) } } } } }
    }
}

fn entry(route: &Route) -> Markup {
    html! {
        section id=(anchor(route)) {
            h3 { code { span class="verb" { (route.verb()) } " " (route.path) } }
            p { (route.summary) }
            dl {
                dt { "Scope" }
                dd { (scopes(route.needs)) }
                @if let Some(body) = route.body { dt { "Body" } dd { (link((body.name)())) } }
                @for (name, meaning) in route.query { dt { "?" (name) } dd { (meaning) } }
                @if route.creates { dt { "Idempotency-Key" } dd { "taken: the same key and body do it once" } }
                dt { "Answer" }
                dd { (route.answer.0) @if let Some(given) = route.answer.1 { " " (link((given.name)())) } }
            }
        }
    }
}

fn link(name: String) -> Markup {
    html! { a href={ "#schema-" (name) } { (name) } }
}

fn scopes(needs: Needs) -> String {
    match needs {
        Needs::Nothing => "none".to_owned(),
        Needs::AnyOf(scopes) => {
            let words: Vec<&str> = scopes.iter().filter(|scope| **scope != Scope::Admin).map(|scope| scope.word()).collect();
            if words.is_empty() { "admin".to_owned() } else { format!("{} or admin", words.join(", ")) }
        }
    }
}

fn body(name: &str, schema: &Value) -> Markup {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    html! {
        section id={ "schema-" (name) } {
            h3 { (name) }
            @if let Some(words) = schema["description"].as_str() { p { (words) } }
            @if let Some(properties) = schema["properties"].as_object() {
                table {
                    thead { tr { th scope="col" { "Key" } th scope="col" { "Type" } th scope="col" { "Meaning" } } }
                    tbody {
                        @for (key, property) in properties {
                            tr {
                                td { code { (key) } @if required.contains(&key.as_str()) { " (required)" } }
                                td { (kind(property)) }
                                td { (property["description"].as_str().unwrap_or_default()) }
                            }
                        }
                    }
                }
            } @else { p { (kind(schema)) } }
        }
    }
}

/// A schema in a few words: its type, or a link to the one it refers to.
fn kind(schema: &Value) -> Markup {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return link(name.to_owned());
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        return html! { (words.join(" | ")) };
    }
    for of in ["oneOf", "anyOf", "allOf"] {
        if let Some(kinds) = schema[of].as_array() {
            return html! { @for (n, one) in kinds.iter().enumerate() { @if n > 0 { " or " } (kind(one)) } };
        }
    }
    let base = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        other => other.as_str().unwrap_or("anything").to_owned(),
    };
    if schema["items"].is_null() {
        return html! { (base) };
    }
    html! { (base) " of " (kind(&schema["items"])) }
}

fn codes() -> Markup {
    html! {
        dl { @for known in super::codes::CODES { dt id=(known.word) { code { (known.word) } " " (known.status.as_u16()) } dd { (known.meaning) } } }
    }
}
