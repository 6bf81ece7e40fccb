//! What a driver tells is overheard before the box does anything with it: by those who judge, by a restart that takes its modem away,
//! and by a shell that has no patience.

use std::time::Duration;

use answerback::modem::io::{ModemEvent, Remembered};

use super::mutation::Mutation;
use super::{Cure, Sim, invariant};

/// From the word of a driver to the moment at which the port is gone.
const GOING: Duration = Duration::from_millis(300);

impl Sim {
    pub(super) fn overhears(&mut self, place: usize, event: &ModemEvent) {
        let now = self.tick();
        let Some(shell) = self.shell(place) else { return };
        let (id, modem, name) = (shell.id, shell.modem, shell.name.clone());
        invariant::hears(self, id, modem, event);
        let taken = self.taken_away.iter().position(|(of, _)| *of == modem);
        if let (ModemEvent::Rung { rung, .. }, Some(taken)) = (event, taken)
            && rung.restarts()
        {
            let (_, back) = self.taken_away.remove(taken);
            self.coverage.count("a restart takes a modem away");
            invariant::taken_away(self, modem, *rung);
            self.cures.push((now.plus(GOING), self.cure_count, Cure::Away(modem, back)));
            self.cure_count += 1;
        }
        let anew = match event {
            ModemEvent::NotReady { code: "sim_refused" | "sends_fail", .. } => self.sabotaged(Mutation::PauseIgnored),
            ModemEvent::Refused { .. } => self.sabotaged(Mutation::RefusalsForgotten),
            _ => false,
        };
        if let Some(ram) = self.ram.as_ref().filter(|_| anew) {
            ram.fleet.rebuild(&name);
        }
    }

    /// What the box remembers of a modem, as a sabotaged one does.
    pub(super) fn remembers(&self, remembered: Remembered) -> Remembered {
        match self.mutation {
            Some(Mutation::BudgetForgotten) => Remembered { restarts: Vec::new(), ..remembered },
            Some(Mutation::HarmForgotten) => Remembered { avoid: Vec::new(), ..remembered },
            Some(Mutation::FallsForgotten) => Remembered { falls: Vec::new(), ..remembered },
            _ => remembered,
        }
    }
}
