//! What the site is set up with: its flows, endpoints, people on call and settings.

use std::time::Duration;

use answerback::engine::{Reject, Work, configure};
use answerback::settings::{ProofOfLife, Settings};

use super::plan::Setup;
use super::utility::{ENDPOINTS, RECEIVER, STATUS};

/// Where the site is.
pub(super) const ZONE: &str = "America/Chicago";
/// From one proof of life of a SIM to the next, where there are any.
pub(super) const PROOF_EVERY: Duration = Duration::from_hours(1);

/// How the task begins about a SIM that gives no proof of life.
pub(super) fn proof_of(iccid: &str) -> String {
    format!("SIM {iccid} gives no proof of life: ")
}

/// The flows of the site.
pub(super) const FLOWS: &[(&str, &str)] = &[
    ("pay.past_due.flow.toml", include_str!("../../../flows/pay.past_due.flow.toml")),
    ("outage.confirm.flow.toml", include_str!("../../../flows/outage.confirm.flow.toml")),
    ("crew.visit.flow.toml", include_str!("../../../flows/crew.visit.flow.toml")),
    ("survey.visit.flow.toml", include_str!("../../../flows/survey.visit.flow.toml")),
    ("account.balance.flow.toml", include_str!("../../../flows/account.balance.flow.toml")),
    ("crew.job.flow.toml", include_str!("../../../flows/crew.job.flow.toml")),
    ("consent.join.flow.toml", include_str!("../../../flows/consent.join.flow.toml")),
    ("energy.peak.flow.toml", include_str!("../../../flows/energy.peak.flow.toml")),
    ("alarm.page.flow.toml", include_str!("../../../flows/alarm.page.flow.toml")),
];
/// The endpoints they call.
pub(super) const CALLED: &[&str] = &[
    "billing.charge",
    "billing.claim_paid",
    "billing.balance",
    "oms.report",
    "oms.not_out",
    "wms.slots",
    "wms.book",
    "wms.drop",
    "wms.accept",
    "wms.pass",
    "wms.en_route",
    "wms.done",
    "wms.note",
    "scada.ack",
    "drms.join",
    "drms.skip",
];

/// The rosters that the flows of the site page; the last on call is the boss.
fn rosters(work: &mut Work<'_, '_>, on_call: &[String]) -> Result<(), Reject> {
    let person = |number: &String| configure::NewOnCall {
        name: format!("Duty {}", number.get(number.len() - 2..).unwrap_or_default()),
        number: number.clone(),
        aliases: Vec::new(),
        shifts: Vec::new(),
    };
    let boss = on_call.len().saturating_sub(1);
    for (name, people) in [("control_room", on_call), ("oncall.water", on_call), ("managers.water", &on_call[boss..])] {
        if !people.is_empty() {
            let people = people.iter().map(person).collect();
            configure::roster(work, &configure::NewRoster { name: name.to_owned(), people })?;
        }
    }
    Ok(())
}

fn proofs(setup: &Setup) -> ProofOfLife {
    let every_hours = (PROOF_EVERY.as_secs() / 3_600) as u16;
    setup.proofs.map_or_else(ProofOfLife::default, |to| ProofOfLife { every_hours, to: to.to_owned() })
}

/// The configuration of the site.
pub(super) fn configured(work: &mut Work<'_, '_>, setup: &Setup) -> Result<(), Reject> {
    let settings = Settings {
        utility: "City Power".to_owned(),
        country: "US".to_owned(),
        zone: ZONE.to_owned(),
        currency: "USD".to_owned(),
        languages: answerback::conversation::packs::Packs::shipped(),
        emergency: "911".to_owned(),
        public_url: "http://box.example".to_owned(),
        caps: setup.caps.unwrap_or_default(),
        proof_of_life: proofs(setup),
        ..Settings::default()
    };
    for name in CALLED {
        configure::endpoint(work, &endpoint(name))?;
    }
    let receiver = configure::NewWebhook {
        name: "office".to_owned(),
        url: RECEIVER.to_owned(),
        types: Vec::new(),
        secret: None,
        private: true,
        enabled: true,
    };
    configure::webhook(work, &receiver)?;
    for (file, source) in FLOWS {
        let put = configure::keep_flow(work, file, source, "the simulation")?;
        // The loader has no word against them (a test asks it), and need not be asked by every run.
        work.tx.activate_flow(&put.name, put.revision)?;
    }
    rosters(work, &setup.on_call)?;
    // Last: it moves the mark by which the book is compiled anew.
    configure::settings(work, &settings)
}

pub(super) fn endpoint(name: &str) -> configure::NewEndpoint {
    configure::NewEndpoint {
        name: name.to_owned(),
        url: format!("{ENDPOINTS}{name}"),
        status_url: Some(STATUS.to_owned()),
        secret: None,
        timeout_s: Some(20),
        private: true,
    }
}

#[cfg(test)]
mod tests {
    use answerback::conversation::lint::Severity;
    use answerback::time::Tick;

    use super::super::Sim;
    use super::super::plan::Plan;
    use super::*;

    #[test]
    fn the_loader_takes_the_flows_of_the_site() {
        let setup = Setup { on_call: vec!["+15555550400".to_owned()], ..Setup::default() };
        let mut sim = Sim::new(&Plan { setup, ..Plan::of(1, 0.01) }, None, false).expect("a site");
        for (file, source) in FLOWS {
            let findings = sim.read(|reader| configure::look(reader, file, source)).expect("the loader reads");
            let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
            assert!(errors.is_empty(), "{file}: {errors:?}");
        }
        assert!(sim.step(Tick::from_nanos(u64::MAX)), "and the site lives");
    }
}
