//! Status reports: who asked for one, what it says, and the faults of reports (23.040 section 9.2.2.3).

use std::time::Duration;

use at_commands::pdu::{Address, Smsc, Status, StatusReport, Timestamp};

use super::sim_line::{Kind, SimLine, Waiting};
use super::{Due, Network};
use crate::emulator::fault::Fault;

/// Where a text came from, as its report repeats it.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// Its place in the log of what was taken.
    pub(super) taken: usize,
    pub(super) modem: usize,
    pub(super) mr: u8,
    pub(super) ra: Address,
    pub(super) scts: Timestamp,
    pub(super) wanted: bool,
}

impl Network {
    /// A report of the tester's own choice about the last text that matches; gives the TP-MR it is about.
    pub fn report(&mut self, modem: usize, mr: Option<u8>, st: u8) -> Result<u8, String> {
        let place = self.taken.iter().rposition(|taken| taken.modem == modem && mr.is_none_or(|mr| taken.mr == mr));
        let place = place.ok_or_else(|| format!("the network took nothing like that from modem {modem}"))?;
        let taken = &self.taken[place];
        let ra = super::address(&taken.to)?;
        let scts = Timestamp::from_unix_ms(taken.at_ms, self.options.zone_quarters).ok_or("the rig's clock is out of range")?;
        let origin = Origin { taken: place, modem, mr: taken.mr, ra, scts, wanted: true };
        self.push_report(&origin, st);
        Ok(origin.mr)
    }

    /// Whether the centre still holds a text of this SIM with this reference to this number.
    pub(super) fn holds(&self, modem: usize, mr: u8, to: &str) -> bool {
        let is_it = |origin: &Origin| origin.modem == modem && origin.mr == mr && origin.ra.number().as_deref() == Some(to);
        let under_way = self.due.iter().any(|(_, _, due)| match due {
            Due::Arrive { origin, .. } => is_it(origin),
            Due::ToSim { waiting, .. } => waiting.origin.as_ref().is_some_and(is_it),
            Due::Answer { .. } | Due::Report { .. } | Due::Expire { .. } | Due::Retry { .. } => false,
        });
        let at_sim = || self.sims.iter().flat_map(SimLine::waiting).any(|waiting| waiting.origin.as_ref().is_some_and(is_it));
        let at_phone = || self.handsets.get(to).is_some_and(|phone| phone.awaited().any(is_it));
        under_way || at_sim() || at_phone()
    }

    /// The report of a text that arrived or expired, if one was asked for.
    pub(super) fn report_later(&mut self, origin: Origin, st: u8) {
        if !origin.wanted || self.struck(origin.modem, &Fault::NoReport) {
            return;
        }
        let late = self.sims.get_mut(origin.modem).and_then(|sim| {
            sim.faults.strike(|fault| match fault {
                Fault::LateReport { ms } => Some(Duration::from_millis(*ms)),
                _ => None,
            })
        });
        let delay = self.options.report + late.unwrap_or_default();
        if self.struck(origin.modem, &Fault::DoubleReport) {
            self.later(delay, Due::Report { origin: origin.clone(), st });
        }
        self.later(delay, Due::Report { origin, st });
    }

    pub(super) fn push_report(&mut self, origin: &Origin, st: u8) {
        let report = StatusReport {
            smsc: self.centre_of(origin.modem),
            more_messages: false,
            loop_prevention: false,
            qualifier: false,
            mr: origin.mr,
            ra: origin.ra.clone(),
            scts: origin.scts,
            dt: self.time(),
            st: Status::new(st),
            parameters: None,
        };
        if let Some(fate) = self.fates.get_mut(origin.taken) {
            fate.said.push(st);
        }
        let is_for_this_sim =
            self.taken.get(origin.taken).is_none_or(|taken| self.sims.get(origin.modem).is_none_or(|sim| sim.number == taken.from));
        if !is_for_this_sim {
            return;
        }
        // A report without user data always fits.
        if let Ok(pdu) = report.encode(Smsc::Present) {
            self.queue_for_sim(origin.modem, Waiting { kind: Kind::Report, pdu, origin: None });
        }
    }
}
