//! `/openapi.json` and `/docs` say what the router does, and need nothing from outside.

use std::collections::BTreeSet;

use answerback::http::ROUTES;
use serde_json::Value;

use super::TestApp;

async fn document(app: &TestApp) -> Value {
    app.call("GET", "/openapi.json", &[], Vec::new()).await.ok(200)
}

#[tokio::test]
async fn every_route_is_in_the_document_and_nothing_else() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", document["openapi"]);
    let mut told = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        told.extend(item.as_object().expect("an item").keys().map(|method| format!("{} {path}", method.to_uppercase())));
    }
    let there: BTreeSet<String> = ROUTES.iter().map(|route| format!("{} {}", route.verb(), route.path)).collect();
    assert_eq!(told, there);
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("a reference into this document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            references.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn creating_posts_take_an_idempotency_key_and_secured_ones_name_their_scopes() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    for route in ROUTES {
        let operation = &document["paths"][route.path][route.verb().to_lowercase()];
        let takes_key = operation["parameters"].as_array().into_iter().flatten().any(|one| one["name"] == "Idempotency-Key");
        assert_eq!(takes_key, route.creates, "{}", route.path);
        assert_eq!(operation["security"].is_null(), route.needs == answerback::http::Needs::Nothing, "{}", route.path);
    }
}

#[tokio::test]
async fn the_docs_page_is_whole_and_asks_for_nothing_outside() {
    let app = TestApp::start().await;
    let page = app.call("GET", "/docs", &[], Vec::new()).await;
    assert_eq!(page.status, 200);
    let csp = page.header("content-security-policy");
    assert!(csp.contains("default-src 'none'") && !csp.contains("unsafe"), "{csp}");
    assert!(!page.text.contains("<script") && !page.text.contains("style="), "nothing inline");
    for outside in ["src=\"http", "href=\"http", "url("] {
        assert!(!page.text.contains(outside), "{outside}");
    }
    for route in ROUTES {
        assert!(page.text.contains(route.path), "{}", route.path);
    }
    assert!(page.text.contains("id=\"no_key\""), "codes are explained where a problem's type points");
    assert_eq!(app.call("GET", "/docs/style.css", &[], Vec::new()).await.header("content-type"), "text/css; charset=utf-8");
}
