//! Faults that are a state of the modem rather than an event: they are there the moment they are switched on.

use super::Brain;
use crate::emulator::fault::Fault;

impl Brain {
    /// What is a state rather than an event happens at once.
    pub(super) fn arm(&mut self, fault: Fault, times: u32) {
        match fault {
            Fault::EchoBack => {
                self.faults.begins(&fault);
                self.set.echo = true;
            }
            Fault::Deaf => {
                self.faults.begins(&fault);
                self.set.cnmi = [0; 5];
            }
            Fault::SilentReset => {
                let fresh = self.fresh();
                if self.set != fresh {
                    self.faults.note(fault.name());
                }
                self.set = fresh;
            }
            Fault::NoService => {
                self.faults.arm(fault, times);
                self.lose_network();
            }
            Fault::SimBusy { ms, cme } => {
                self.faults.arm(fault, times);
                self.is_busy_for(ms, cme);
            }
            Fault::Numeric => {
                self.faults.arm(fault, times);
                self.set.verbose = false;
            }
            Fault::DataMode => {
                self.faults.arm(fault, times);
                self.goes_online();
            }
            other => self.faults.arm(other, times),
        }
    }
}
