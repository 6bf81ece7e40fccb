//! Which `+CNMI` a modem is set to: what it offers, in the order of the profile (27.005 3.4.1).

use at_commands::command::sms;

use super::bring_up::Step;
use super::driver::Driver;

/// `+CSMS=1`: what the modem shows directly is acknowledged by the box, not by itself.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase2Plus {
    /// Not offered, or not asked for.
    #[default]
    Off,
    /// `+CSMS=?` lists it.
    Offered,
    /// It is set.
    Taken,
}

impl Driver {
    /// The setting at `at` of those the modem offers; all of them where it offers nothing readable.
    pub(super) fn indications(&self, at: usize) -> Option<[u8; 5]> {
        let fits = |values: &[i64], wanted: u8| values.is_empty() || values.contains(&i64::from(wanted));
        let Some(offered) = &self.setup.offered else { return self.profile.indications.get(at).copied() };
        let settings = self.profile.indications.iter().map(|[mode, mt, bm, ds, bfr]| {
            let mode = if fits(&offered.mode, *mode) { *mode } else { lowest(&offered.mode, &[1, 3, 0], *mode) };
            let bfr = if fits(&offered.bfr, *bfr) { *bfr } else { lowest(&offered.bfr, &[1], *bfr) };
            [mode, self.routing(&offered.mt, *mt), *bm, *ds, bfr]
        });
        // Many claim ds=1 in the list and refuse it, and some the other way round: the list only orders what is tried.
        let (listed, unlisted): (Vec<_>, Vec<_>) = settings.partition(|setting| fits(&offered.ds, setting[3]));
        listed.into_iter().chain(unlisted).nth(at)
    }

    /// `+CSMS=1` was taken: it may offer more from now on.
    pub(super) fn phase_2plus_taken(&mut self) {
        self.setup.phase_2plus = Phase2Plus::Taken;
        self.go(Step::IndicationsOffered);
    }

    /// It stores no message and tells of it: `mt=1` is not offered.
    pub(super) fn stores_nothing(&self) -> bool {
        let lacks = |offered: &sms::Indications| !offered.mt.is_empty() && !offered.mt.contains(&1);
        self.setup.phase_2plus != Phase2Plus::Taken && self.setup.offered.as_ref().is_some_and(lacks)
    }

    /// It keeps what comes where it can be read, whether or not it names that memory, or shows it.
    pub(super) fn can_receive(&self) -> bool {
        self.setup.home.is_some() || !self.inbox.unlisted || self.setup.indications.is_some_and(|[_, mt, ..]| mt >= 2)
    }

    /// Stored first, wherever that is offered. Shown directly only where the box acknowledges it: without that a message is gone with
    /// one octet that gets lost. Else none, and the memory is looked through now and then.
    fn routing(&self, offered: &[i64], wish: u8) -> u8 {
        match offered {
            [] => wish,
            some if some.contains(&i64::from(wish)) => wish,
            some if some.contains(&2) && self.setup.phase_2plus == Phase2Plus::Taken => 2,
            some => lowest(some, &[0], wish),
        }
    }

    pub(super) fn indications_came(&mut self, lines: &[at_commands::chat::Info]) {
        let Some(values) = sms::indications(lines) else { return };
        let said: Vec<u8> = values.iter().filter_map(|value| u8::try_from(*value).ok()).collect();
        if let Ok(setting) = <[u8; 5]>::try_from(said) {
            self.setup.indications = Some(setting);
        }
    }
}

/// The first of these that is offered, or else the wish as it was.
fn lowest(offered: &[i64], order: &[u8], wish: u8) -> u8 {
    order.iter().copied().find(|value| offered.contains(&i64::from(*value))).unwrap_or(wish)
}
