//! `+CNMI`: how a new message is shown (27.005 section 3.4.1).

use super::Brain;
use super::answer::Answer;
use super::storage::Memory;
use super::syntax::{Op, parameters};

impl Brain {
    pub(super) fn cnmi(&mut self, op: &Op) -> Answer {
        match op {
            Op::Read => {
                let [mode, mt, bm, ds, bfr] = self.set.cnmi;
                Answer::line(format!("+CNMI: {mode},{mt},{bm},{ds},{bfr}"))
            }
            Op::Test => {
                let lists: Vec<String> = self.dialect.cnmi.iter().map(|list| listed(list)).collect();
                Answer::line(format!("+CNMI: {}", lists.join(",")))
            }
            Op::Set(value) => self.set_cnmi(&parameters(value)),
            Op::Run(_) => {
                self.set.cnmi = [0; 5];
                Answer::ok()
            }
        }
    }

    /// Parameters that are left out keep their value; anything not listed refuses the whole command.
    fn set_cnmi(&mut self, values: &[String]) -> Answer {
        let mut wanted = self.set.cnmi;
        if values.len() > wanted.len() {
            return Answer::cms(303);
        }
        for (place, value) in values.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
            match value.parse::<u8>() {
                Ok(number) if self.dialect.cnmi[place].contains(&number) => wanted[place] = number,
                Ok(_) | Err(_) => return Answer::cms(303),
            }
        }
        if self.dialect.cnmi_ds_refused.contains(&wanted[3]) || (wanted[3] == 2 && !self.storage.exists(Memory::Sr)) {
            return Answer::cms(303);
        }
        self.set.cnmi = wanted;
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

/// `(0,1,2)`.
fn listed(values: &[u8]) -> String {
    let values: Vec<String> = values.iter().map(u8::to_string).collect();
    format!("({})", values.join(","))
}
