//! The port goes in the middle of an exchange: in doubt exactly when all octets had left, out again when they had not; a text
//! that comes in is taken once. It comes back under its name or another.

use hil_tests::emulator::fault::{Fault, Place};

use super::exchange::{BACK_MS, Ends, Exchange, PDU_OCTETS, exchange, text_in};
use super::site::{PLAIN, Setting};
use super::together;

const SCANNING: Setting = Setting { scanning: true, ..PLAIN };
/// It waits a while behind the prompt, and takes a PDU in pieces.
const SLOW: Setting = Setting { dialect: "sim800", ..PLAIN };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_port_may_go_at_every_point_of_an_exchange() {
    let named = cuts().into_iter().map(|plot| (name(&plot), plot)).collect();
    together("port gone", named, exchange).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_port_may_go_while_a_text_is_read_or_deleted() {
    let places = [Place::Read, Place::NotDeleted, Place::Deleted];
    together("port gone", places.map(|place| (format!("a text comes in, {place:?}"), place)).to_vec(), text_in).await;
}

fn name(plot: &Exchange) -> String {
    let back = plot.back_as.unwrap_or("the same name");
    let Some((Fault::Vanish { place, octets, .. }, _)) = plot.faults.first() else { return "no fault".to_owned() };
    format!("{place:?} {octets}, {}, back as {back}", plot.setting.dialect)
}

/// Policy `once`: whatever goes out a second time is seen.
fn cut(setting: Setting, place: Place, octets: usize, ends: Ends) -> Exchange {
    let faults = vec![(Fault::Vanish { place, octets, back_ms: Some(BACK_MS) }, 1)];
    Exchange { setting, policy: "once", faults, killed_at: None, back_as: None, text_meanwhile: false, ends }
}

fn elsewhere(place: Place, ends: Ends) -> Exchange {
    let faults = vec![(Fault::Vanish { place, octets: 0, back_ms: None }, 1)];
    Exchange { faults, back_as: Some("other0"), ..cut(SCANNING, place, 0, ends) }
}

fn cuts() -> Vec<Exchange> {
    vec![
        cut(PLAIN, Place::Prompt, 0, Ends::Sent),
        cut(SLOW, Place::AtPrompt, 0, Ends::ByCtrlZ),
        cut(SLOW, Place::Pdu, 1, Ends::ByCtrlZ),
        cut(PLAIN, Place::Pdu, 1, Ends::Waits),
        cut(PLAIN, Place::Pdu, PDU_OCTETS / 2, Ends::Waits),
        cut(PLAIN, Place::Pdu, PDU_OCTETS, Ends::Waits),
        cut(PLAIN, Place::NotTaken, 0, Ends::Waits),
        cut(PLAIN, Place::Taken, 0, Ends::Proved("report")),
        cut(PLAIN, Place::Reference, 0, Ends::Proved("report")),
        cut(PLAIN, Place::Ok, 0, Ends::OnAirOnce),
        elsewhere(Place::Prompt, Ends::Sent),
        elsewhere(Place::Taken, Ends::Proved("report")),
        elsewhere(Place::NotTaken, Ends::Waits),
    ]
}
