//! Every route of the API, in one table: the router, the guard, `/openapi.json` and `/docs` are made of these rows.

use axum::routing::{delete, get, post, put};

use super::at::{self, AtAnswer, NewAt};
use super::audit::{self, AuditView, Verified};
use super::balances::{self, BalanceTrial, BalanceView, NewBalance, TrialView};
use super::calls::{self, CallView};
use super::config::{self, Applied, Config, NewConfig};
use super::contacts::{self, ContactView, NewContact};
use super::conversations::{
    self, ClosedThread, Consent, Conversation, NewConsent, NewNote, NewReply, NoteView, Releasing, Replied, Taking, TaskView,
};
use super::endpoints::{self, Endpoint, NewEndpoint};
use super::events::{self, NewEvent, Reached};
use super::flows::{self, Activation, Checked, FlowDetail, FlowPut, FlowText, FlowView, Held, Rehearsal, Rehearsed, Replies, RevisionView};
use super::health::{self, Health};
use super::keys::{self, KeyView, MadeKey, NewKey};
use super::list::{List, Pages};
use super::messages::{self, Accepted, Decision, Draft, MessageDetail, NewMessage, Preview};
use super::metrics;
use super::modems::{self, Modem, NewPin, Rejection, Status};
use super::places::{self, PlaceView};
use super::queues::{self, NewQueue, QueueView};
use super::recoveries::{self, RecoveryView};
use super::rings::{self, NewRing, RingList, RingView};
use super::rosters::{self, NewRoster, RosterView};
use super::selftests::{self, NewSelfTest, SelfTestView};
use super::sessions::{self, Begun, NewSession, SessionDetail};
use super::settings::{self, LaneView, SettingsView};
use super::signals::{self, SignalDayView, SignalMonthView, SignalView};
use super::table::{ADMIN, AGENT, ALARM, Needs, READ, READ_OR_SEND, Route, SEND, SEND_OR_AGENT};
use super::trace;
use super::ussd::{self, NewUssd, UssdView};
use super::view::{EventView, Message, SessionView};
use super::webhooks::{self, DeliveryView, NewWebhook, Replayed, Tested, Webhook};

/// The table.
pub const ROUTES: &[Route] = &[
    Route::get("/v1/messages", READ, || get(messages::list), "The newest messages first.")
        .query(messages::QUERY)
        .gives::<List<Message>>(200),
    Route::post("/v1/messages", SEND, || post(messages::create), "Send one message; 202 says that it is on disk.")
        .takes::<NewMessage>()
        .gives::<Accepted>(202)
        .creates(),
    Route::post("/v1/messages/preview", READ_OR_SEND, || post(messages::preview), "Encoding, parts and the characters that forced UCS-2.")
        .takes::<Draft>()
        .gives::<Preview>(200),
    Route::post("/v1/messages/{id}/cancel", SEND, || post(messages::cancel), "Take a message back while it can be.").gives::<Message>(200),
    Route::post("/v1/messages/{id}/resolve", AGENT, || post(messages::resolve), "Decide what becomes of a message in doubt.")
        .takes::<Decision>()
        .gives::<Message>(200),
    Route::get("/v1/messages/{id}", READ_OR_SEND, || get(messages::one), "One message: state, certainty, every try and what was seen.")
        .gives::<MessageDetail>(200),
    Route::post("/v1/sessions", SEND, || post(sessions::create), "Ask a question: begin a session of a flow.")
        .takes::<NewSession>()
        .gives::<Begun>(202)
        .creates(),
    Route::post("/v1/sessions/{id}/close", SEND_OR_AGENT, || post(sessions::close), "Close a session.").gives::<SessionView>(200),
    Route::get("/v1/sessions", READ, || get(sessions::list), "The newest sessions first.")
        .query(sessions::QUERY)
        .gives::<List<SessionView>>(200),
    Route::get("/v1/sessions/{id}", READ_OR_SEND, || get(sessions::one), "One session: transcript, slots and why it moved.")
        .gives::<SessionDetail>(200),
    Route::post("/v1/events", SEND, || post(events::happened), "Something happened outside: paid, restored, cleared.")
        .takes::<NewEvent>()
        .gives::<Reached>(202)
        .creates()
        .waits(),
    Route::get("/v1/events", READ, || get(events::log), "The event log, by pages or as a long poll.")
        .query(events::LOG_QUERY)
        .gives::<List<EventView>>(200)
        .waits(),
    Route::get("/v1/events/stream", READ, || get(events::stream), "The event log as server-sent events.")
        .query(events::STREAM_QUERY)
        .gives_nothing(200)
        .waits(),
    Route::get("/v1/conversations/{msisdn}", READ, || get(conversations::one), "Everything with one person.").gives::<Conversation>(200),
    Route::get("/v1/tasks", READ, || get(conversations::tasks), "What people have to do, newest first.")
        .query(conversations::TASKS_QUERY)
        .gives::<List<TaskView>>(200),
    Route::post("/v1/tasks/{id}/close", AGENT, || post(conversations::close_task), "Close a task.").gives::<TaskView>(200),
    Route::post("/v1/conversations/{msisdn}/take", AGENT, || post(conversations::take), "Take a thread: the box is silent there.")
        .takes::<Taking>()
        .gives_nothing(204),
    Route::post(
        "/v1/conversations/{msisdn}/release",
        AGENT,
        || post(conversations::release),
        "Give a thread back; one session may go on at a chosen step.",
    )
    .takes::<Releasing>()
    .gives_nothing(204),
    Route::post("/v1/conversations/{msisdn}/reply", AGENT, || post(conversations::reply), "Answer in a thread; the first text takes it.")
        .takes::<NewReply>()
        .gives::<Replied>(202)
        .creates(),
    Route::post(
        "/v1/conversations/{msisdn}/note",
        AGENT,
        || post(conversations::note),
        "Write a note beside it, of a call that may close or move a session; it is never texted.",
    )
    .takes::<NewNote>()
    .gives::<NoteView>(201)
    .creates(),
    Route::post(
        "/v1/conversations/{msisdn}/close",
        AGENT,
        || post(conversations::close),
        "Close every session with this person, their tasks and the hold.",
    )
    .gives::<ClosedThread>(200),
    Route::get("/v1/contacts", READ, || get(contacts::list), "What the box knows of people, the newest first.")
        .query(Pages::QUERY)
        .gives::<List<ContactView>>(200),
    Route::post("/v1/contacts", AGENT, || post(contacts::put), "Write down what is known of a number; what is left out stays.")
        .takes::<NewContact>()
        .gives::<ContactView>(201)
        .creates(),
    Route::get("/v1/contacts/{number}", READ, || get(contacts::one), "One contact.").gives::<ContactView>(200),
    Route::delete("/v1/contacts/{number}", AGENT, || delete(contacts::remove), "Forget what is known of a number.").gives_nothing(204),
    Route::post("/v1/consents", AGENT, || post(conversations::record_consent), "Record an opt-in or an opt-out with its proof.")
        .takes::<NewConsent>()
        .gives::<List<Consent>>(201)
        .creates(),
    Route::get("/v1/consents/{msisdn}", READ, || get(conversations::consents), "The consent records of a person.")
        .gives::<List<Consent>>(200),
    Route::get("/v1/flows", READ, || get(flows::list), "Every flow and what the loader finds in it.").gives::<List<FlowView>>(200),
    Route::post("/v1/flows", ADMIN, || post(flows::put), "Keep a text as the newest revision of its flow.")
        .takes::<FlowText>()
        .gives::<FlowPut>(201)
        .creates(),
    Route::post("/v1/flows/check", READ, || post(flows::check), "What the loader says of a text; nothing is kept.")
        .takes::<FlowText>()
        .gives::<Checked>(200),
    Route::post("/v1/flows/try", READ, || post(flows::rehearse), "What would these replies do? Nothing is kept, sent or called.")
        .takes::<Rehearsal>()
        .gives::<Rehearsed>(200),
    Route::post("/v1/flows/rehearse", READ, || post(flows::replies), "What would this text make of the replies that the box has stored?")
        .takes::<Replies>()
        .gives::<Held>(200),
    Route::get("/v1/flows/{name}", READ, || get(flows::one), "One flow with its revisions.").gives::<FlowDetail>(200),
    Route::post("/v1/flows/{name}/activate", ADMIN, || post(flows::activate), "New sessions begin with this revision.")
        .takes::<Activation>()
        .gives::<RevisionView>(200),
    Route::post("/v1/flows/{name}/retire", ADMIN, || post(flows::retire), "No new session begins with this flow.").gives_nothing(204),
    Route::get("/v1/endpoints", READ, || get(endpoints::list), "The named addresses that flows may call.").gives::<List<Endpoint>>(200),
    Route::post("/v1/endpoints", ADMIN, || post(endpoints::put), "Put an endpoint in place, by its name.")
        .takes::<NewEndpoint>()
        .gives::<Endpoint>(201)
        .creates(),
    Route::get("/v1/endpoints/{name}", READ, || get(endpoints::one), "One endpoint.").gives::<Endpoint>(200),
    Route::delete("/v1/endpoints/{name}", ADMIN, || delete(endpoints::remove), "Take an endpoint away.").gives_nothing(204),
    Route::get("/v1/queues", READ, || get(queues::list), "The queues of people, their office hours, and what they say now.")
        .gives::<List<QueueView>>(200),
    Route::post("/v1/queues", ADMIN, || post(queues::put), "Put a queue in place, by its name.")
        .takes::<NewQueue>()
        .gives::<QueueView>(201)
        .creates(),
    Route::get("/v1/queues/{name}", READ, || get(queues::one), "One queue.").gives::<QueueView>(200),
    Route::delete(
        "/v1/queues/{name}",
        ADMIN,
        || delete(queues::remove),
        "Take what was set of a queue away, unless an active flow needs it.",
    )
    .gives_nothing(204),
    Route::get("/v1/rosters", READ, || get(rosters::list), "Who is on call, and who would be paged now.").gives::<List<RosterView>>(200),
    Route::post("/v1/rosters", ADMIN, || post(rosters::put), "Put a roster in place, by its name.")
        .takes::<NewRoster>()
        .gives::<RosterView>(201)
        .creates(),
    Route::get("/v1/rosters/{name}", READ, || get(rosters::one), "One roster.").gives::<RosterView>(200),
    Route::delete("/v1/rosters/{name}", ADMIN, || delete(rosters::remove), "Take a roster away, unless an active flow pages it.")
        .gives_nothing(204),
    Route::get("/v1/webhooks", READ, || get(webhooks::list), "Who hears events.").gives::<List<Webhook>>(200),
    Route::post("/v1/webhooks", ADMIN, || post(webhooks::put), "Put a subscriber in place, by its name.")
        .takes::<NewWebhook>()
        .gives::<Webhook>(201)
        .creates(),
    Route::get("/v1/webhooks/{id}", READ, || get(webhooks::one), "One subscriber.").gives::<Webhook>(200),
    Route::delete("/v1/webhooks/{id}", ADMIN, || delete(webhooks::remove), "Take a subscriber away.").gives_nothing(204),
    Route::get("/v1/webhooks/{id}/deliveries", READ, || get(webhooks::deliveries), "What was delivered, what waits, what is dead.")
        .query(webhooks::QUERY)
        .gives::<List<DeliveryView>>(200),
    Route::post("/v1/webhooks/{id}/replay", ADMIN, || post(webhooks::replay), "Send dead letters again.").gives::<Replayed>(200),
    Route::post(
        "/v1/webhooks/{id}/rotate",
        ADMIN,
        || post(webhooks::rotate),
        "Give a subscriber a new secret; the old one signs beside it for a day.",
    )
    .gives::<Webhook>(200),
    Route::post("/v1/webhooks/{id}/test", ADMIN, || post(webhooks::test), "Send the event webhook.test.").gives::<Tested>(200),
    Route::get("/v1/settings", READ, || get(settings::show), "The settings.").gives::<SettingsView>(200),
    Route::put("/v1/settings", ADMIN, || put(settings::put), "Replace the settings.").takes::<SettingsView>().gives::<SettingsView>(200),
    Route::get("/v1/lanes", READ, || get(settings::lanes), "The lanes.").gives::<List<LaneView>>(200),
    Route::get("/v1/config", ADMIN, || get(config::export), "The whole configuration, as one document.")
        .query(config::QUERY)
        .gives::<Config>(200),
    Route::post("/v1/config", ADMIN, || post(config::import), "Apply a configuration as a whole.")
        .takes::<NewConfig>()
        .gives::<Applied>(200),
    Route::get("/v1/keys", ADMIN, || get(keys::list), "The keys, without their secrets.").gives::<List<KeyView>>(200),
    Route::post("/v1/keys", ADMIN, || post(keys::create), "Make a key; it is shown once.")
        .takes::<NewKey>()
        .gives::<MadeKey>(201)
        .creates(),
    Route::post("/v1/keys/{id}/revoke", ADMIN, || post(keys::revoke), "Revoke a key at once.").gives::<KeyView>(200),
    Route::get("/v1/audit", ADMIN, || get(audit::list), "What was decided, by whom and why, newest first.")
        .query(Pages::QUERY)
        .gives::<List<AuditView>>(200),
    Route::get("/v1/audit/verify", ADMIN, || get(audit::verify), "Whether the audit log is whole.").gives::<Verified>(200),
    Route::get("/v1/modems", READ, || get(modems::list), "Every modem.").gives::<List<Modem>>(200),
    Route::get("/v1/modems/{id}", READ, || get(modems::one), "One modem.").gives::<Modem>(200),
    Route::post("/v1/modems/{id}/restart", ADMIN, || post(modems::restart), "Start the bring-up of a modem again.").gives::<Modem>(200),
    Route::post("/v1/modems/{id}/pin", ADMIN, || post(modems::pin), "Set the PIN of the SIM in a modem.")
        .takes::<NewPin>()
        .gives::<Modem>(200),
    Route::post(
        "/v1/modems/{id}/ussd",
        ADMIN,
        || post(ussd::ask),
        "Ask the network by USSD on the SIM of a modem; 202 while it has not answered.",
    )
    .takes::<NewUssd>()
    .gives::<UssdView>(200)
    .creates()
    .waits(),
    Route::post(
        "/v1/modems/{id}/selftest",
        ADMIN,
        || post(selftests::ask),
        "See what can be proved with the SIM of a modem after a lost answer: sends 2 texts over it to itself.",
    )
    .takes::<NewSelfTest>()
    .gives::<SelfTestView>(202)
    .creates()
    .waits(),
    Route::get("/v1/modems/{id}/selftest", READ, || get(selftests::list), "The last self-tests of a modem, newest first.")
        .gives::<List<SelfTestView>>(200),
    Route::get("/v1/modems/{id}/recoveries", READ, || get(recoveries::list), "What was tried for a modem that failed, newest first.")
        .gives::<List<RecoveryView>>(200),
    Route::get(
        "/v1/modems/{id}/trace",
        ADMIN,
        || get(trace::show),
        "What went over a modem's port lately, without PINs, numbers and contents.",
    )
    .query(trace::TRACE_QUERY)
    .gives::<trace::Trace>(200)
    .waits(),
    Route::get("/v1/modems/{id}/ussd", READ, || get(ussd::list), "The last exchanges by USSD, newest first.").gives::<List<UssdView>>(200),
    Route::post(
        "/v1/modems/{id}/reject-calls",
        ADMIN,
        || post(modems::reject_calls),
        "Say whether calls to the SIM of a modem are rejected.",
    )
    .takes::<Rejection>()
    .gives::<Modem>(200),
    Route::get("/v1/modems/{id}/signal", READ, || get(signals::week), "The signal of a modem over a week, a row for ten minutes.")
        .gives::<List<SignalView>>(200),
    Route::get("/v1/modems/{id}/signal/days", READ, || get(signals::days), "The signal of a modem by days, newest first, for ten years.")
        .query(Pages::QUERY)
        .gives::<List<SignalDayView>>(200),
    Route::get("/v1/modems/{id}/signal/months", READ, || get(signals::months), "The same by months: weakest, mean and strongest.")
        .gives::<List<SignalMonthView>>(200),
    Route::get("/v1/modems/{id}/places", READ, || get(places::list), "Where a modem was registered, and its signal there, newest first.")
        .query(Pages::QUERY)
        .gives::<List<PlaceView>>(200),
    Route::post(
        "/v1/modems/{id}/at",
        ADMIN,
        || post(at::ask),
        "Send one AT command to a modem and see its answer; what sends, dials, deletes, locks or resets is refused.",
    )
    .takes::<NewAt>()
    .gives::<AtAnswer>(200)
    .waits(),
    Route::post("/v1/rings", ALARM, || post(rings::order), "Ring a telephone: it rings, says nothing, and is hung up.")
        .takes::<NewRing>()
        .gives::<RingList>(202)
        .creates(),
    Route::get("/v1/rings", READ_OR_SEND, || get(rings::list), "The calls that go out, newest first.")
        .query(Pages::QUERY)
        .gives::<List<RingView>>(200),
    Route::get("/v1/rings/{id}", READ_OR_SEND, || get(rings::one), "The calls of one order.").gives::<RingList>(200),
    Route::post("/v1/rings/{id}/cancel", ALARM, || post(rings::cancel), "Ring nobody of an order any more; what rings is hung up.")
        .gives::<RingList>(200),
    Route::get("/v1/calls", READ, || get(calls::list), "The calls that came in, newest first.")
        .query(Pages::QUERY)
        .gives::<List<CallView>>(200),
    Route::get("/v1/balances", READ, || get(balances::list), "How the balances of SIMs are asked for, and what was read last.")
        .gives::<List<BalanceView>>(200),
    Route::post("/v1/balances", ADMIN, || post(balances::put), "Put the balance rule of a SIM in place.")
        .takes::<NewBalance>()
        .gives::<BalanceView>(201)
        .creates(),
    Route::post(
        "/v1/balances/try",
        ADMIN,
        || post(balances::try_out),
        "Try a balance rule on what the network said last; nothing is asked.",
    )
    .takes::<BalanceTrial>()
    .gives::<TrialView>(200),
    Route::delete("/v1/balances/{iccid}", ADMIN, || delete(balances::remove), "Take the balance rule of a SIM away.").gives_nothing(204),
    Route::get("/v1/status", READ, || get(modems::status), "The box at a glance.").gives::<Status>(200),
    Route::get("/metrics", Needs::Nothing, || get(metrics::text), "Counts for Prometheus.").gives_nothing(200),
    Route::get("/healthz", Needs::Nothing, || get(health::live), "Whether the process answers.").gives::<Health>(200),
    Route::get("/readyz", Needs::Nothing, || get(health::ready), "Whether a modem can send.").gives::<Health>(200),
];
