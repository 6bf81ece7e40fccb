//! Where a modem was registered, as a table.

use maud::{Markup, html};

use super::show::{Calendar, words};
use crate::store::Place;

/// Stays shown on the page of a modem.
pub const SHOWN: u32 = 20;

/// The card with the table, newest first.
pub fn card(places: &[Place], calendar: &Calendar) -> Markup {
    html! {
        section class="card" {
            header { h2 { "Where it was registered" } }
            @if places.is_empty() { p class="empty" { "It has not told of a network yet." } }
            ul class="rows" { @for place in places { (row(place, calendar)) } }
        }
    }
}

fn row(place: &Place, calendar: &Calendar) -> Markup {
    let operator = place.spot.operator.as_deref().unwrap_or("a network without a name");
    html! {
        li data-key=(format!("place-{}", place.n)) {
            div class="row" {
                span class="lead" { (words(operator)) }
                @if let Some(access) = place.spot.access { span class="soft" { (at_commands::command::network::access_name(access)) } }
                @if place.spot.registration == 5 || place.spot.registration == 7 { span class="soft" { "roaming" } }
                span class="end" { (calendar.time(place.since)) " to " (calendar.time(place.seen_at)) }
            }
            div class="small soft" {
                @match place.spot.cell {
                    Some(cell) => { "Cell " (format!("{cell:X}")) @if let Some(area) = place.spot.area { " in area " (format!("{area:X}")) } },
                    None => "The modem names no cell",
                }
                @if place.visits > 1 { " · came " (place.visits) " times" }
                @if let Some((low, high)) = place.low.zip(place.high) { " · signal " (low) " to " (high) " dBm" }
            }
        }
    }
}
