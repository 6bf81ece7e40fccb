//! Every route of the API, in one table: the router, the guard, `/openapi.json` and `/docs` are made of these rows.

use axum::routing::{get, post};

use super::conversations::{self, Conversation, TaskView};
use super::events;
use super::health::{self, Health};
use super::list::List;
use super::messages::{self, Accepted, Decision, Draft, MessageDetail, NewMessage, Preview};
use super::modems::{self, Modem, Status};
use super::sessions::{self, SessionDetail};
use super::table::{ADMIN, AGENT, Needs, READ, READ_OR_SEND, Route, SEND};
use super::view::{EventView, Message, SessionView};

/// The table.
pub fn all() -> Vec<Route> {
    vec![
        Route::get("/v1/messages", READ, || get(messages::list), "The newest messages first.")
            .query(messages::QUERY)
            .gives::<List<Message>>(200),
        Route::post("/v1/messages", SEND, || post(messages::create), "Send one message; 202 says that it is on disk.")
            .takes::<NewMessage>()
            .gives::<Accepted>(202)
            .creates(),
        Route::post(
            "/v1/messages/preview",
            READ_OR_SEND,
            || post(messages::preview),
            "Encoding, parts and the characters that forced UCS-2.",
        )
        .takes::<Draft>()
        .gives::<Preview>(200),
        Route::post("/v1/messages/{id}/cancel", SEND, || post(messages::cancel), "Take a message back while it can be.")
            .gives::<Message>(200),
        Route::post("/v1/messages/{id}/resolve", AGENT, || post(messages::resolve), "Decide what becomes of a message in doubt.")
            .takes::<Decision>()
            .gives::<Message>(200),
        Route::get("/v1/messages/{id}", READ_OR_SEND, || get(messages::one), "One message: state, certainty, every try and what was seen.")
            .gives::<MessageDetail>(200),
        Route::get("/v1/sessions", READ, || get(sessions::list), "The newest sessions first.")
            .query(sessions::QUERY)
            .gives::<List<SessionView>>(200),
        Route::get("/v1/sessions/{id}", READ_OR_SEND, || get(sessions::one), "One session: transcript, slots and why it moved.")
            .gives::<SessionDetail>(200),
        Route::get("/v1/events", READ, || get(events::log), "The event log, by pages or as a long poll.")
            .query(events::LOG_QUERY)
            .gives::<List<EventView>>(200)
            .waits(),
        Route::get("/v1/events/stream", READ, || get(events::stream), "The event log as server-sent events.")
            .query(events::STREAM_QUERY)
            .gives_nothing(200)
            .waits(),
        Route::get("/v1/conversations/{msisdn}", READ, || get(conversations::one), "Everything with one person.")
            .gives::<Conversation>(200),
        Route::get("/v1/tasks", READ, || get(conversations::tasks), "What people have to do, newest first.")
            .query(conversations::TASKS_QUERY)
            .gives::<List<TaskView>>(200),
        Route::get("/v1/modems", READ, || get(modems::list), "Every modem.").gives::<List<Modem>>(200),
        Route::get("/v1/modems/{id}", READ, || get(modems::one), "One modem.").gives::<Modem>(200),
        Route::post("/v1/modems/{id}/restart", ADMIN, || post(modems::restart), "Start the bring-up of a modem again.").gives::<Modem>(200),
        Route::get("/v1/status", READ, || get(modems::status), "The box at a glance.").gives::<Status>(200),
        Route::get("/healthz", Needs::Nothing, || get(health::live), "Whether the process answers.").gives::<Health>(200),
        Route::get("/readyz", Needs::Nothing, || get(health::ready), "Whether a modem can send.").gives::<Health>(200),
    ]
}
