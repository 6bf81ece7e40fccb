//! Subscribers of the event log: who they are, what they got, what they did not get, and "send again".

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use super::fields::{Line, line, refusal, tick};
use super::guard::{Sealed, Visitor};
use super::layout::{Tone, pill};
use super::settings::{framed_tab, must_be_admin, with_form};
use super::show::{Calendar, words};
use super::{Around, No, Pages, around, oops};
use crate::engine::{Reject, Work, configure};
use crate::ids::WebhookId;
use crate::store::{Delivery, DeliveryState, Event, Paging, Queue, Reader, Result as Stored, WebhookRow};

const HERE: &str = "/settings/webhooks";
const DELIVERIES_MAX: u32 = 50;

/// A subscriber with the counts of what waits and what was given up.
struct Listed {
    webhook: WebhookRow,
    waiting: u32,
    dead: u32,
}

fn listed(reader: &Reader<'_>) -> Stored<Vec<Listed>> {
    let count = |webhook: WebhookRow| {
        let waiting = reader.deliveries_in(webhook.id, DeliveryState::Waiting)?;
        Ok(Listed { waiting, dead: reader.deliveries_in(webhook.id, DeliveryState::Dead)?, webhook })
    };
    reader.webhooks()?.into_iter().map(count).collect()
}

/// `GET /settings/webhooks`
pub async fn page(visitor: Visitor, State(pages): State<Pages>) -> Result<Html<String>, No> {
    let (around, listed) = pages.read(|reader| Ok((around(reader)?, listed(reader)?))).await?;
    Ok(shown(&around, &visitor, &listed, None, None))
}

/// `POST /settings/webhooks`
pub async fn save(State(pages): State<Pages>, form: Sealed) -> Result<Response, No> {
    must_be_admin(&form)?;
    let wanted = configure::NewWebhook {
        name: form.text("name").to_owned(),
        url: form.text("url").to_owned(),
        types: form.text("types").split([',', ' ']).filter(|kind| !kind.is_empty()).map(str::to_owned).collect(),
        secret: None,
        private: form.ticked("private"),
        enabled: true,
    };
    let done = with_form(pages.engine.run(Queue::Others, move |work| configure::webhook(work, &wanted)).await)?;
    let (around, listed) = pages.read(|reader| Ok((around(reader)?, listed(reader)?))).await?;
    match done {
        Ok(saved) => Ok(shown(&around, &form.visitor, &listed, Some(&saved), None).into_response()),
        Err(no) => Ok((StatusCode::UNPROCESSABLE_ENTITY, shown(&around, &form.visitor, &listed, None, Some(&no))).into_response()),
    }
}

fn shown(around: &Around, visitor: &Visitor, listed: &[Listed], saved: Option<&WebhookRow>, no: Option<&Reject>) -> Html<String> {
    let content = html! {
        p class="soft" { "Other systems hear what happens here. What they have to do is in docs/webhooks.md." }
        @if let Some(saved) = saved {
            div class="note good" role="status" {
                p { "Saved. Events for " b { (words(&saved.name)) } " are signed with this secret; give it to the other side now, it is not shown again:" }
                code class="mono words" { (saved.secret.expose()) }
            }
        }
        section class="card" {
            @if listed.is_empty() { p class="empty" { "Nobody listens yet." } }
            ul class="rows" { @for one in listed { (row(one)) } }
        }
        @if visitor.is_admin() { (form(visitor, no)) }
    };
    framed_tab("Webhooks", HERE, around, visitor, &content)
}

fn row(one: &Listed) -> Markup {
    let webhook = &one.webhook;
    html! {
        li { a class="whole" href=(format!("{HERE}/{}", webhook.id)) {
            div class="row" {
                span class="lead" { (words(&webhook.name)) } span class="mono" { (words(&webhook.url)) }
                span class="end" { (health(one)) }
            }
            div class="small soft" { (types(webhook)) }
        } }
    }
}

fn health(one: &Listed) -> Markup {
    html! {
        @if !one.webhook.enabled { (pill(Tone::Bad, "switched off")) }
        @else if one.dead > 0 { (pill(Tone::Bad, &format!("{} given up", one.dead))) }
        @else if one.waiting > 0 { (pill(Tone::Wait, &format!("{} waiting", one.waiting))) }
        @else { (pill(Tone::Good, "up to date")) }
    }
}

fn types(webhook: &WebhookRow) -> Markup {
    html! { @if webhook.events.is_empty() { "hears everything" } @else { "hears " (words(&webhook.events.join(", "))) } }
}

fn form(visitor: &Visitor, no: Option<&Reject>) -> Markup {
    html! {
        h3 { "Add or change a webhook" }
        section class="card" { div class="in" {
            (refusal(no))
            form method="post" action=(HERE) {
                input type="hidden" name="csrf" value=(visitor.csrf);
                div class="fields" {
                    (line(&Line { name: "name", label: "Name", value: "", hint: "For example billing." }, no))
                    (line(&Line { name: "url", label: "Address", value: "", hint: "http or https." }, no))
                    (line(&Line { name: "types", label: "Events", value: "", hint: "For example session.*, message.in_doubt. Empty: all." }, no))
                }
                (tick("private", "The address lies in our own network or on this box", false))
                button class="main" type="submit" { "Save webhook" }
            }
        } }
    }
}

/// `GET /settings/webhooks/{id}`
pub async fn one(visitor: Visitor, State(pages): State<Pages>, Path(id): Path<String>) -> Result<Html<String>, No> {
    let id = webhook_id(&id)?;
    let (around, webhook, deliveries) =
        pages.read(move |reader| Ok((around(reader)?, reader.webhook(id)?, deliveries(reader, id)?))).await?;
    let webhook = webhook.ok_or_else(|| oops(StatusCode::NOT_FOUND, "There is no such webhook."))?;
    let calendar = pages.calendar(&around.settings);
    let content = html! {
        p { a href=(HERE) { "All webhooks" } }
        section class="card" { div class="in" {
            h2 { (words(&webhook.name)) }
            p class="mono" { (words(&webhook.url)) }
            p class="soft" { (types(&webhook)) @if webhook.allow_private { ", private addresses allowed" } }
            @if visitor.is_admin() { (switches(&webhook, &visitor.csrf)) }
        } }
        h3 { "Deliveries, newest first" }
        section class="card wide" { (table(&deliveries, &webhook, &visitor, &calendar)) }
    };
    Ok(framed_tab(&webhook.name, HERE, &around, &visitor, &content))
}

fn deliveries(reader: &Reader<'_>, id: WebhookId) -> Stored<Vec<(Delivery, Option<Event>)>> {
    let newest = reader.deliveries(id, None, Paging::newest(DELIVERIES_MAX))?.items;
    newest
        .into_iter()
        .map(|delivery| Ok((reader.event(delivery.seq)?, delivery)))
        .map(|both| both.map(|(event, delivery)| (delivery, event)))
        .collect()
}

fn switches(webhook: &WebhookRow, csrf: &str) -> Markup {
    let toggle = if webhook.enabled { ("off", "Switch off") } else { ("on", "Switch on") };
    html! {
        div class="actions" {
            @for (act, label, sure) in [(toggle.0, toggle.1, None), ("replay", "Send again what was given up", None), ("remove", "Remove", Some("What waits for it will not be sent."))] {
                form method="post" action=(format!("{HERE}/{}", webhook.id)) data-sure=[sure] {
                    input type="hidden" name="csrf" value=(csrf);
                    button name="do" value=(act) class=[sure.map(|_| "danger")] { (label) }
                }
            }
        }
    }
}

fn table(deliveries: &[(Delivery, Option<Event>)], webhook: &WebhookRow, visitor: &Visitor, calendar: &Calendar) -> Markup {
    html! {
        @if deliveries.is_empty() { p class="empty" { "Nothing was to be delivered yet." } }
        @else {
            table {
                thead { tr { th { "Event" } th { "About" } th { "State" } th { "Tries" } th { "Last answer" } th { span class="hidden" { "Send again" } } } }
                tbody { @for (delivery, event) in deliveries { tr {
                    td { @if let Some(event) = event { (event.kind) br; span class="soft small" { (calendar.time(event.at)) } } }
                    td { (words(&delivery.conversation)) }
                    td { (state(delivery, calendar)) }
                    td { (delivery.attempts) }
                    td { (answer(delivery)) }
                    td { @if visitor.is_admin() && delivery.state != DeliveryState::Waiting { (again(delivery, webhook, &visitor.csrf)) } }
                } } }
            }
        }
    }
}

fn state(delivery: &Delivery, calendar: &Calendar) -> Markup {
    match delivery.state {
        DeliveryState::Done => pill(Tone::Good, "delivered"),
        DeliveryState::Dead => pill(Tone::Bad, "given up"),
        DeliveryState::Waiting => {
            html! { (pill(Tone::Wait, "waiting")) @if delivery.attempts > 0 { br; span class="soft small" { "next try " (calendar.time(delivery.due_at)) } } }
        }
    }
}

fn answer(delivery: &Delivery) -> Markup {
    html! {
        @match (&delivery.last_error, delivery.last_status) {
            (Some(error), _) => span class="small" { (words(error)) },
            (None, Some(status)) => (status),
            (None, None) => "",
        }
    }
}

fn again(delivery: &Delivery, webhook: &WebhookRow, csrf: &str) -> Markup {
    html! {
        form method="post" action=(format!("{HERE}/{}", webhook.id)) {
            input type="hidden" name="csrf" value=(csrf);
            input type="hidden" name="delivery" value=(delivery.id);
            button name="do" value="again" { "Send again" }
        }
    }
}

/// `POST /settings/webhooks/{id}`
pub async fn act(State(pages): State<Pages>, Path(id): Path<String>, form: Sealed) -> Result<Response, No> {
    must_be_admin(&form)?;
    let id = webhook_id(&id)?;
    let delivery = form.text("delivery").parse::<i64>().ok();
    let back = match form.text("do") {
        "on" => pages.run(move |work| switch(work, id, true)).await.map(|()| format!("{HERE}/{id}")),
        "off" => pages.run(move |work| switch(work, id, false)).await.map(|()| format!("{HERE}/{id}")),
        "replay" => pages.run(move |work| replay_dead(work, id)).await.map(|()| format!("{HERE}/{id}")),
        "again" => pages.run(move |work| replay_one(work, id, delivery)).await.map(|()| format!("{HERE}/{id}")),
        "remove" => pages.run(move |work| configure::remove_webhook(work, id)).await.map(|()| HERE.to_owned()),
        _ => Err(oops(StatusCode::BAD_REQUEST, "This button is not known.")),
    }?;
    Ok(Redirect::to(&back).into_response())
}

fn webhook_id(text: &str) -> Result<WebhookId, No> {
    text.parse().map_err(|_| oops(StatusCode::NOT_FOUND, "There is no such webhook."))
}

fn switch(work: &mut Work<'_, '_>, id: WebhookId, enabled: bool) -> Result<(), Reject> {
    let webhook = work.tx.webhook(id)?.ok_or_else(|| Reject::not_found("webhook"))?;
    Ok(work.tx.save_webhook(&WebhookRow { enabled, ..webhook })?)
}

fn replay_dead(work: &mut Work<'_, '_>, id: WebhookId) -> Result<(), Reject> {
    work.tx.replay_dead_deliveries(id, work.now)?;
    Ok(())
}

fn replay_one(work: &mut Work<'_, '_>, id: WebhookId, delivery: Option<i64>) -> Result<(), Reject> {
    let row = delivery.map(|delivery| work.tx.delivery(delivery)).transpose()?.flatten().filter(|row| row.webhook == id);
    let row = row.ok_or_else(|| Reject::not_found("delivery"))?;
    work.tx.replay_delivery(row.id, work.now)?;
    Ok(())
}
