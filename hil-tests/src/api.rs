//! A way to a daemon's HTTP API: one request, one JSON answer.

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value as Json;

/// The API at an address, with a key.
#[derive(Debug, Clone)]
pub struct Api {
    base: String,
    key: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Api {
    /// `base` is like `http://127.0.0.1:8480`.
    pub fn new(base: String, key: String) -> Self {
        Self { base, key, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Reads a resource.
    pub async fn get(&self, path: &str) -> Result<Json, String> {
        self.call(Method::GET, path, None, Bytes::new()).await
    }

    /// Posts a JSON body with an idempotency key.
    pub async fn post(&self, path: &str, idempotency_key: &str, body: &Json) -> Result<Json, String> {
        self.call(Method::POST, path, Some(idempotency_key), Bytes::from(body.to_string())).await
    }

    async fn call(&self, method: Method, path: &str, idempotency_key: Option<&str>, body: Bytes) -> Result<Json, String> {
        let failed = |reason: &dyn std::fmt::Display| format!("{method} {path}: {reason}");
        let mut request = Request::builder().method(&method).uri(format!("{}{path}", self.base));
        if !self.key.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.key));
        }
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key).header("content-type", "application/json");
        }
        let request = request.body(Full::new(body)).map_err(|error| failed(&error))?;
        let response = self.client.request(request).await.map_err(|error| failed(&error))?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| failed(&error))?.to_bytes();
        if !status.is_success() {
            return Err(failed(&format!("{status} {}", String::from_utf8_lossy(&body))));
        }
        Ok(serde_json::from_slice(&body).unwrap_or(Json::Null))
    }
}
