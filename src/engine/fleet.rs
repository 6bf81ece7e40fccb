//! [`Fleet`]: the modems that are there now, with the queue into each. Made once in `daemon`; the supervisors (serial) tell
//! it what their modem can do, the dispatcher (timers) hands it parts, the API asks it for restarts.
//!
//! It holds nothing that must survive: claims are row states, and what a modem is and was is its row in the store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};

use crate::modem::io::{ModemCommand, Submission};

/// A modem has one part on air and one in hand; the rest of the room is for commands of people.
const COMMANDS_MAX: usize = 8;

/// The modems that are there now. Clones share it.
#[derive(Clone)]
pub struct Fleet {
    shared: Arc<Shared>,
}

struct Shared {
    modems: Mutex<BTreeMap<String, Member>>,
    changed: watch::Sender<u64>,
}

struct Member {
    commands: mpsc::Sender<ModemCommand>,
    sim: Option<String>,
    free: bool,
}

/// A modem that takes a part now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeModem {
    /// Its name.
    pub modem: String,
    /// ICCID of its SIM.
    pub sim: String,
}

impl Default for Fleet {
    fn default() -> Self {
        let (changed, _) = watch::channel(0);
        Self { shared: Arc::new(Shared { modems: Mutex::default(), changed }) }
    }
}

impl Fleet {
    /// A supervisor begins: it reads what its modem shall do from the answer. Joining again replaces the queue.
    pub fn join(&self, modem: &str) -> mpsc::Receiver<ModemCommand> {
        let (commands, queue) = mpsc::channel(COMMANDS_MAX);
        self.lock().insert(modem.to_owned(), Member { commands, sim: None, free: false });
        queue
    }

    /// `ModemEvent::Ready`: it can send on this SIM.
    pub fn ready(&self, modem: &str, sim: &str) {
        self.change(modem, |member| member.sim = Some(sim.to_owned()));
    }

    /// `ModemEvent::Free`: it takes one more part now.
    pub fn free(&self, modem: &str) {
        self.change(modem, |member| member.free = true);
    }

    /// `ModemEvent::NotReady`: it takes no parts until it is ready again.
    pub fn not_ready(&self, modem: &str) {
        self.change(modem, |member| (member.sim, member.free) = (None, false));
    }

    /// The supervisor ends, or its port is gone for good.
    pub fn leave(&self, modem: &str) {
        self.lock().remove(modem);
        self.shared.changed.send_modify(|count| *count += 1);
    }

    /// Those that take a part now.
    pub fn free_modems(&self) -> Vec<FreeModem> {
        let modems = self.lock();
        let free = modems.iter().filter(|(_, member)| member.free);
        free.filter_map(|(modem, member)| Some(FreeModem { modem: modem.clone(), sim: member.sim.clone()? })).collect()
    }

    /// Whether any modem can send: `/readyz`.
    pub fn can_send(&self) -> bool {
        self.lock().values().any(|member| member.sim.is_some())
    }

    /// Hands a claimed part to a modem. `false`: it does not take one any more, and the claim must be given back.
    pub fn submit(&self, modem: &str, submission: Submission) -> bool {
        let mut modems = self.lock();
        let Some(member) = modems.get_mut(modem).filter(|member| member.free && member.sim.is_some()) else { return false };
        member.free = false;
        member.commands.try_send(ModemCommand::Submit(submission)).is_ok()
    }

    /// Starts the bring-up of a modem again. `false`: there is no such modem, or it is too busy to hear.
    pub fn restart(&self, modem: &str) -> bool {
        self.lock().get(modem).is_some_and(|member| member.commands.try_send(ModemCommand::Restart).is_ok())
    }

    /// Changes whenever a modem got ready, free or lost.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changed.subscribe()
    }

    fn change(&self, modem: &str, change: impl FnOnce(&mut Member)) {
        if let Some(member) = self.lock().get_mut(modem) {
            change(member);
        }
        self.shared.changed.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Member>> {
        self.shared.modems.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Seeded;
    use crate::ids::MessageId;
    use crate::modem::io::PartKey;
    use crate::time::Timestamp;

    fn part() -> Submission {
        let message = MessageId::new(Timestamp::from_unix_ms(1), &mut Seeded::new(1));
        Submission { part: PartKey { message, seq: 1 }, pdu: Vec::new(), tpdu_octets: 0 }
    }

    #[test]
    fn a_modem_takes_one_part_for_each_free_place() {
        let fleet = Fleet::default();
        let mut queue = fleet.join("north");
        assert!(!fleet.submit("north", part()) && !fleet.can_send());
        fleet.ready("north", "8938001");
        fleet.free("north");
        assert_eq!(fleet.free_modems(), [FreeModem { modem: "north".to_owned(), sim: "8938001".to_owned() }]);
        assert!(fleet.submit("north", part()));
        assert!(fleet.free_modems().is_empty() && !fleet.submit("north", part()));
        assert!(matches!(queue.try_recv(), Ok(ModemCommand::Submit(_))));
        fleet.not_ready("north");
        fleet.leave("north");
        assert!(!fleet.restart("north"));
    }

    #[test]
    fn those_who_wait_hear_of_changes() {
        let fleet = Fleet::default();
        let mut changes = fleet.changes();
        let _queue = fleet.join("north");
        fleet.ready("north", "8938001");
        assert!(changes.has_changed().expect("the fleet lives"));
        changes.mark_unchanged();
        fleet.leave("north");
        assert!(changes.has_changed().expect("the fleet lives"));
    }
}
