//! `/metrics`: counts for Prometheus, read from the store when they are asked for. Numbers of people are in none of them.

use std::sync::atomic::{AtomicI64, AtomicU64};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::App;
use super::error::ApiError;
use crate::store::{Life, Modem, ModemState, Overview, Sim, Tally};
use crate::time::Timestamp;

type Labels = Vec<(&'static str, String)>;
type Gauges = Family<Labels, Gauge<i64, AtomicI64>>;
type Counters = Family<Labels, Counter<u64, AtomicU64>>;

const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The counts of this moment.
pub async fn text(State(app): State<App>) -> Result<Response, ApiError> {
    let (overview, modems, sims, lives, events, tallies) = app
        .read(|reader| {
            Ok((reader.overview()?, reader.modems()?, reader.sims()?, reader.lives()?, reader.newest_event()?, reader.tallies()?))
        })
        .await?;
    let mut registry = Registry::with_prefix("answerback");
    counts(&mut registry, &overview);
    of_modems(&mut registry, &modems);
    of_sims(&mut registry, &sims);
    doubts(&mut registry, &tallies);
    proofs(&mut registry, &sims, &lives, app.now());
    let totals = [("events", "Events in the log.", events as u64), ("commits", "Batches written.", app.engine().writer().batches())];
    for (name, help, value) in totals {
        let counter = Counter::<u64, AtomicU64>::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    }
    let mut text = String::new();
    encode(&mut text, &registry).map_err(ApiError::internal)?;
    Ok(([(header::CONTENT_TYPE, FORMAT)], text).into_response())
}

fn counts(registry: &mut Registry, overview: &Overview) {
    for (name, help, value) in [
        ("parts_queued", "Parts that wait for a modem.", overview.queued),
        ("parts_claimed", "Parts that a modem has.", overview.claimed),
        ("messages_in_doubt", "Messages that may or may not have been sent.", overview.in_doubt),
        ("messages_parked", "Messages that wait for a person's word.", overview.parked),
        ("questions_open", "Questions that wait for an answer.", overview.open_questions),
        ("sessions_open", "Open sessions.", overview.open_sessions),
        ("http_steps_open", "Http steps without an outcome.", overview.open_calls),
        ("tasks_open", "Tasks nobody has closed.", overview.open_tasks),
        ("deliveries_waiting", "Events that wait for a webhook.", overview.deliveries_waiting),
        ("deliveries_dead", "Events that a webhook never took.", overview.deliveries_dead),
    ] {
        let gauge = Gauge::<i64, AtomicI64>::default();
        gauge.set(i64::from(value));
        registry.register(name, help, gauge);
    }
}

fn of_modems(registry: &mut Registry, modems: &[Modem]) {
    let (ready, signal, used, total) = (Gauges::default(), Gauges::default(), Gauges::default(), Gauges::default());
    for modem in modems {
        let labels = vec![("modem", modem.name.clone())];
        ready.get_or_create(&labels).set(i64::from(modem.state == ModemState::Ready));
        for (gauges, value) in [
            (&signal, modem.signal_dbm.map(i64::from)),
            (&used, modem.storage_used.map(i64::from)),
            (&total, modem.storage_total.map(i64::from)),
        ] {
            if let Some(value) = value {
                gauges.get_or_create(&labels).set(value);
            }
        }
    }
    registry.register("modem_ready", "Whether the modem can send.", ready);
    registry.register("modem_signal_dbm", "Signal in dBm.", signal);
    registry.register("modem_storage_used", "Slots in use of the memory that receives.", used);
    registry.register("modem_storage_total", "Slots of that memory.", total);
}

/// How long ago each SIM last proved that it sends and receives.
fn proofs(registry: &mut Registry, sims: &[Sim], lives: &[Life], now: Timestamp) {
    let (sent, received, missing) = (Gauges::default(), Gauges::default(), Gauges::default());
    for sim in sims {
        let labels = vec![("iccid", sim.iccid.clone())];
        for (gauges, at) in [(&sent, sim.sent_at), (&received, sim.received_at)] {
            if let Some(at) = at {
                gauges.get_or_create(&labels).set(now.ms_since(at) / 60_000);
            }
        }
    }
    for life in lives {
        missing.get_or_create(&vec![("iccid", life.iccid.clone())]).set(i64::from(life.missing));
    }
    registry.register("sim_proven_send_minutes", "Minutes since the network last accepted a part.", sent);
    registry.register("sim_proven_receive_minutes", "Minutes since the SIM last received anything.", received);
    registry.register("sim_proof_missing", "Whether the last proof of life never came in.", missing);
}

/// Doubts by what led to them, by who resolved them, and what may have left twice.
fn doubts(registry: &mut Registry, tallies: &[Tally]) {
    for (name, label, help) in [
        ("in_doubt", "reason", "Attempts of which it was not known whether they left, by reason."),
        ("resolved", "witness", "Doubts that ended, by who or what ended them."),
    ] {
        let counters = Counters::default();
        for tally in tallies.iter().filter(|tally| tally.name == name) {
            counters.get_or_create(&vec![(label, tally.label.clone())]).inc_by(tally.n);
        }
        registry.register(name, help, counters);
    }
    let twice = Counter::<u64, AtomicU64>::default();
    twice.inc_by(tallies.iter().filter(|tally| tally.name == "possible_dup").map(|tally| tally.n).sum());
    registry.register("possible_dup", "Attempts that may have put a text on air for the second time.", twice);
}

fn of_sims(registry: &mut Registry, sims: &[Sim]) {
    let (submitted, doubts, received) = (Counters::default(), Counters::default(), Counters::default());
    for sim in sims {
        let labels = vec![("iccid", sim.iccid.clone())];
        submitted.get_or_create(&labels).inc_by(sim.submitted);
        doubts.get_or_create(&labels).inc_by(sim.doubts);
        received.get_or_create(&labels).inc_by(sim.received);
    }
    registry.register("sim_submitted", "Parts the network accepted.", submitted);
    registry.register("sim_doubts", "Attempts that ended in doubt.", doubts);
    registry.register("sim_received", "TPDUs received.", received);
}
