//! What a row of the route table is, and how rows become a router: every route passes the guard of its row, so that none
//! can be reached without the scope it names.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::MethodRouter;
use utoipa::openapi::{HttpMethod, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::App;
use super::auth::{self, Guard};
use crate::terms::Scope;

/// One route: its address, who may use it, what it takes and gives.
pub struct Route {
    /// Method.
    pub method: HttpMethod,
    /// Path, in axum's spelling, which is OpenAPI's.
    pub path: &'static str,
    /// Who may.
    pub needs: Needs,
    /// One line for the docs.
    pub summary: &'static str,
    /// The handler.
    pub handler: fn() -> MethodRouter<App>,
    /// The JSON body it takes.
    pub body: Option<Shape>,
    /// What it takes in the query: name and meaning.
    pub query: &'static [(&'static str, &'static str)],
    /// Status and body of a yes.
    pub answer: (u16, Option<Shape>),
    /// Whether it creates something: then it takes an `Idempotency-Key`.
    pub creates: bool,
    /// Whether it may take long by nature (long poll, stream): then the time-out of requests is not for it.
    pub waits: bool,
}

/// Who may use a route. `admin` may use every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Anybody who reaches the port.
    Nothing,
    /// A key with one of these scopes.
    AnyOf(&'static [Scope]),
}

/// Sending: which of the three is decided by the policy of the message or of the flow's lane.
pub const SEND: Needs = Needs::AnyOf(&[Scope::SendAlarm, Scope::SendNotice, Scope::SendOnce]);
/// Ringing telephones.
pub const ALARM: Needs = Needs::AnyOf(&[Scope::SendAlarm]);
/// Ending what was sent.
pub const SEND_OR_AGENT: Needs = Needs::AnyOf(&[Scope::SendAlarm, Scope::SendNotice, Scope::SendOnce, Scope::Agent]);
/// Looking.
pub const READ: Needs = Needs::AnyOf(&[Scope::Read, Scope::Agent]);
/// Working at the desk.
pub const AGENT: Needs = Needs::AnyOf(&[Scope::Agent]);
/// Looking at what one sent, too.
pub const READ_OR_SEND: Needs = Needs::AnyOf(&[Scope::Read, Scope::Agent, Scope::SendAlarm, Scope::SendNotice, Scope::SendOnce]);
/// Changing the box.
pub const ADMIN: Needs = Needs::AnyOf(&[Scope::Admin]);

/// The schema of a type, by name, and of all it mentions.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Its name in `#/components/schemas`.
    pub name: fn() -> String,
    /// Adds it and what it mentions.
    pub collect: fn(&mut Vec<(String, RefOr<Schema>)>),
}

/// The [`Shape`] of `T`.
pub const fn shape<T: ToSchema>() -> Shape {
    Shape { name: || T::name().into_owned(), collect: collect::<T> }
}

fn collect<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), <T as PartialSchema>::schema()));
    T::schemas(schemas);
}

impl Route {
    const fn new(method: HttpMethod, path: &'static str, needs: Needs, handler: fn() -> MethodRouter<App>, summary: &'static str) -> Self {
        Self { method, path, needs, summary, handler, body: None, query: &[], answer: (200, None), creates: false, waits: false }
    }

    /// Looks something up.
    pub const fn get(path: &'static str, needs: Needs, handler: fn() -> MethodRouter<App>, summary: &'static str) -> Self {
        Self::new(HttpMethod::Get, path, needs, handler, summary)
    }

    /// Does something.
    pub const fn post(path: &'static str, needs: Needs, handler: fn() -> MethodRouter<App>, summary: &'static str) -> Self {
        Self::new(HttpMethod::Post, path, needs, handler, summary)
    }

    /// Puts something in place.
    pub const fn put(path: &'static str, needs: Needs, handler: fn() -> MethodRouter<App>, summary: &'static str) -> Self {
        Self::new(HttpMethod::Put, path, needs, handler, summary)
    }

    /// Takes something away.
    pub const fn delete(path: &'static str, needs: Needs, handler: fn() -> MethodRouter<App>, summary: &'static str) -> Self {
        Self::new(HttpMethod::Delete, path, needs, handler, summary)
    }

    /// Takes this body.
    pub const fn takes<T: ToSchema>(self) -> Self {
        Self { body: Some(shape::<T>()), ..self }
    }

    /// Takes these query parameters.
    pub const fn query(self, query: &'static [(&'static str, &'static str)]) -> Self {
        Self { query, ..self }
    }

    /// Gives this on a yes.
    pub const fn gives<T: ToSchema>(self, status: u16) -> Self {
        Self { answer: (status, Some(shape::<T>())), ..self }
    }

    /// Gives no JSON on a yes.
    pub const fn gives_nothing(self, status: u16) -> Self {
        Self { answer: (status, None), ..self }
    }

    /// Creates something.
    pub const fn creates(self) -> Self {
        Self { creates: true, ..self }
    }

    /// May take long by nature.
    pub const fn waits(self) -> Self {
        Self { waits: true, ..self }
    }

    /// The word of the method.
    pub fn verb(&self) -> &'static str {
        match self.method {
            HttpMethod::Get => "GET",
            HttpMethod::Post => "POST",
            HttpMethod::Put => "PUT",
            HttpMethod::Delete => "DELETE",
            HttpMethod::Options => "OPTIONS",
            HttpMethod::Head => "HEAD",
            HttpMethod::Patch => "PATCH",
            HttpMethod::Trace => "TRACE",
        }
    }
}

/// The router of all rows, each behind its guard.
pub fn assemble(routes: &[Route], app: &App) -> Router {
    let all = routes.iter().fold(Router::new(), |all, route| {
        let guard = Guard { app: app.clone(), needs: route.needs, waits: route.waits };
        all.route(route.path, (route.handler)().route_layer(from_fn_with_state(guard, auth::pass)))
    });
    all.with_state(app.clone())
}
