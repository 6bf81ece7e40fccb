//! `+CNMI`: how a new message is shown (27.005 section 3.4.1).

use super::answer::Answer;
use super::syntax::{Op, parameters};
use super::{Brain, Mode};
use crate::emulator::fault::Fault;

impl Brain {
    pub(super) fn cnmi(&mut self, op: &Op) -> Answer {
        match op {
            Op::Read => {
                let [mode, mt, bm, ds, bfr] = self.set.cnmi;
                Answer::line(format!("+CNMI: {mode},{mt},{bm},{ds},{bfr}"))
            }
            Op::Test => {
                let lists: Vec<String> = self.offered().iter().map(|list| listed(list, self.dialect.cnmi_ranges)).collect();
                Answer::line(format!("+CNMI: {}", lists.join(",")))
            }
            Op::Set(value) => self.set_cnmi(&parameters(value)),
            Op::Run(_) => {
                self.set.cnmi = [0; 5];
                Answer::ok()
            }
        }
    }

    /// Whether it has power and tells nothing of what comes in.
    pub fn is_deaf(&self) -> bool {
        self.set.cnmi[1] == 0 && !matches!(self.mode, Mode::Off)
    }

    /// What can be set now.
    fn offered(&self) -> [&'static [u8]; 5] {
        if self.habits.shows_only || self.faults.on(&Fault::ShowsOnly) {
            let (mt, ds): (&[u8], &[u8]) = if self.set.csms == 1 { (&[0, 2], &[0, 1]) } else { (&[0], &[0]) };
            let [mode, _, bm, _, bfr] = self.dialect.cnmi;
            return [mode, mt, bm, ds, bfr];
        }
        self.dialect.cnmi_phase_2plus.filter(|_| self.set.csms == 1).unwrap_or(self.dialect.cnmi)
    }

    /// Parameters that are left out keep their value; anything not listed refuses the whole command.
    fn set_cnmi(&mut self, values: &[String]) -> Answer {
        let mut wanted = self.set.cnmi;
        if values.len() > wanted.len() {
            return Answer::cms(303);
        }
        for (place, value) in values.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
            match value.parse::<u8>() {
                Ok(number) if self.offered()[place].contains(&number) => wanted[place] = number,
                Ok(_) | Err(_) => return Answer::cms(303),
            }
        }
        if self.dialect.cnmi_ds_refused.contains(&wanted[3]) {
            return Answer::cms(303);
        }
        self.set.cnmi = wanted;
        self.faults.ends(Fault::Deaf.name());
        self.inbox.silent = false;
        if wanted[4] == 1 {
            self.inbox.buffered.clear();
        }
        if wanted[0] != 0 {
            for line in std::mem::take(&mut self.inbox.buffered) {
                self.urc(&line);
            }
        }
        Answer::ok()
    }
}

/// `(0,1,2)`, or `(0-2)` where more than two follow each other.
fn listed(values: &[u8], ranges: bool) -> String {
    let follow = values.len() > 2 && values.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    match values {
        [first, .., last] if ranges && follow => format!("({first}-{last})"),
        _ => format!("({})", values.iter().map(u8::to_string).collect::<Vec<_>>().join(",")),
    }
}
