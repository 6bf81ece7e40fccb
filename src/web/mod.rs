//! L4. Pages for the technician, and the customer link pages; all assets embedded. docs/pages.md is the manual.
//!
//! Handlers parse, ask the store or the engine, and render; templates are plain functions from rows to markup. Who may
//! see what is decided in `guard`, what other people wrote is shown by `show`, and nothing here sends anything.

mod act;
mod assets;
mod balances;
mod consents;
mod conversations;
mod customer;
mod endpoints;
mod fields;
mod flows;
mod guard;
mod happened;
mod history;
mod layout;
mod link;
mod live;
mod login;
mod modems;
mod overview;
mod pins;
mod places;
mod selftests;
mod settings;
mod show;
mod tasks;
mod thread;
mod visit;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use tokio::sync::watch;

use crate::committed::Committed;
use crate::engine::book::SETTINGS;
use crate::engine::eta::Outlook;
use crate::engine::fleet::Fleet;
use crate::engine::{Engine, Reject, Work};
use crate::settings::Settings;
use crate::store::{Error, Overview, Queue, Reader, Result};
use guard::Visitor;
use layout::{Frame, Place};
use show::Calendar;

/// What every handler has at hand. Clones share it.
#[derive(Clone)]
struct Pages {
    engine: Engine,
    fleet: Fleet,
    stopping: watch::Receiver<bool>,
    visits: Arc<visit::Visits>,
}

/// A flow file is the largest thing anybody sends here.
const FORM_OCTETS_MAX: usize = 256 * 1024;

/// Every page. The daemon merges it beside the API; open streams end when `stopping` says so.
pub fn router(engine: Engine, fleet: Fleet, stopping: watch::Receiver<bool>) -> Router {
    let pages = Pages { engine, fleet, stopping, visits: Arc::default() };
    Router::new()
        .route("/", get(overview::page))
        .route("/part/overview", get(overview::part))
        .route("/live", get(live))
        .route("/conversations", get(conversations::list))
        .route("/part/conversations", get(conversations::list_part))
        .route("/conversations/{number}", get(conversations::one))
        .route("/conversations/{number}/consents", post(consents::record))
        .route("/part/conversations/{number}", get(conversations::one_part))
        .route("/modems/{name}", get(modems::page))
        .route("/part/modems/{name}", get(modems::part))
        .route("/modems/{name}/ussd", post(modems::ask))
        .route("/modems/{name}/pin", post(pins::set))
        .route("/modems/{name}/balance", post(balances::act))
        .route("/modems/{name}/selftest", post(selftests::ask))
        .route("/modems/{name}/at", post(modems::type_at))
        .route("/tasks", get(tasks::page))
        .route("/part/tasks", get(tasks::part))
        .route("/tasks/{id}/close", post(act::close_task))
        .route("/messages/{id}/resolve", post(act::resolve))
        .route("/settings", get(settings::page).post(settings::save))
        .route("/settings/endpoints", get(endpoints::page).post(endpoints::save))
        .route("/settings/endpoints/remove", post(endpoints::remove))
        .route("/settings/webhooks", get(webhooks::page).post(webhooks::save))
        .route("/settings/webhooks/{id}", get(webhooks::one).post(webhooks::act))
        .route("/settings/flows", get(flows::list))
        .route("/settings/flows/{name}", get(flows::edit).post(flows::save))
        .route("/login", get(login::form).post(login::sign_in))
        .route("/logout", post(login::sign_out))
        .route("/l/{token}", get(link::look).post(link::send))
        .route("/assets/{name}", get(assets::asset))
        .layer(DefaultBodyLimit::max(FORM_OCTETS_MAX))
        .layer(from_fn(secure))
        .with_state(pages)
}

async fn live(_: Visitor, State(pages): State<Pages>) -> Response {
    live::feed(pages.engine.pulse(), pages.stopping)
}

/// The policy of every answer: nothing from elsewhere, nothing inline, in nobody's frame, in nobody's cache.
async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name.clone()).or_insert(HeaderValue::from_static(value));
    }
    response
}

const HEADERS: &[(header::HeaderName, &str)] = &[
    (header::CONTENT_SECURITY_POLICY, "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // `no-referrer` would make browsers send `Origin: null` with our own forms.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
];

impl Pages {
    /// Reads in one snapshot; what goes wrong becomes a page that says so.
    async fn read<T: Send + 'static>(&self, read: impl FnOnce(&Reader<'_>) -> Result<T> + Send + 'static) -> std::result::Result<T, No> {
        self.engine.read(read).await.map_err(|error| store_failed(&error))
    }

    /// Reads with what an estimate looks at.
    async fn outlook<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Outlook<'_>) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, No> {
        let (lanes, seats, now) = (self.engine.lanes(), self.fleet.seats(), self.engine.now());
        self.read(move |reader| read(&Outlook { reader, lanes: &lanes, seats: &seats, now })).await
    }

    /// Does one thing, all of it or nothing; a no becomes a page that says why.
    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Work<'_, '_>) -> std::result::Result<T, Reject> + Send + 'static,
    ) -> std::result::Result<T, No> {
        self.engine.run(Queue::Others, job).await.map(Committed::into_inner).map_err(|reject| refused(&reject))
    }

    fn calendar(&self, settings: &Settings) -> Calendar {
        Calendar::new(&settings.zone, self.engine.now())
    }
}

/// What stands around every page of the technician.
struct Around {
    settings: Settings,
    overview: Overview,
}

fn around(reader: &Reader<'_>) -> Result<Around> {
    Ok(Around { settings: told(reader)?, overview: reader.overview()? })
}

/// The settings, or what a box has before it is told.
fn told(reader: &Reader<'_>) -> Result<Settings> {
    Ok(reader.setting(SETTINGS)?.unwrap_or_default())
}

fn framed(title: &str, place: Place, around: &Around, visitor: &Visitor, content: &Markup) -> Html<String> {
    let tasks = around.overview.open_tasks as usize;
    let frame = Frame { title, place, utility: &around.settings.utility, tasks, csrf: &visitor.csrf };
    Html(layout::page(&frame, content).into_string())
}

/// A refusal, as the page that says so.
struct No(Box<Response>);

impl IntoResponse for No {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// A refusal as a page.
fn oops(status: StatusCode, words: &str) -> No {
    let content = html! {
        section class="card" { div class="in" {
            h1 { "That did not work" }
            p class="note bad" role="alert" { (words) }
            p { a href="/" { "Back to the overview" } }
        } }
    };
    No(Box::new((status, Html(layout::plain("That did not work", "", &content).into_string())).into_response()))
}

/// A business no as a page. What is the box's own fault is logged here, once.
fn refused(reject: &Reject) -> No {
    if let Some(cause) = &reject.cause {
        return store_failed(cause);
    }
    let status = if reject.code == "not_found" { StatusCode::NOT_FOUND } else { StatusCode::CONFLICT };
    oops(status, &reject.detail)
}

fn store_failed(error: &Error) -> No {
    tracing::error!(%error, "A page was not served: {error}");
    oops(StatusCode::SERVICE_UNAVAILABLE, &format!("The box cannot read or write its data at the moment: {error}."))
}
