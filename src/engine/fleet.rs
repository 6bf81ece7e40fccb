//! [`Fleet`]: the modems that are there now, with the queue into each. Made once in `daemon`; the supervisors (serial) tell
//! it what their modem can do, the dispatcher (timers) hands it parts, the API asks it for restarts.
//!
//! It holds nothing that must survive: claims are row states, and what a modem is and was is its row in the store.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};

use crate::delivery::pace::Pace;
use crate::delivery::route::ModemView;
use crate::ids::PartKey;
use crate::modem::io::{AtEnd, AtErrand, Identity, ModemCommand, RingErrand, Submission, UssdErrand};
use crate::time::Timestamp;

/// A modem has one part on air and one in hand; the rest of the room is for commands of people.
const COMMANDS_MAX: usize = 8;

/// Technicians who type at once.
const ASKED_MAX: usize = 64;

/// The modems that are there now. Clones share it.
#[derive(Clone)]
pub struct Fleet {
    shared: Arc<Shared>,
}

struct Shared {
    modems: Mutex<BTreeMap<String, Member>>,
    /// How long each SIM takes for a part, since the daemon started.
    paces: Mutex<BTreeMap<String, Pace>>,
    /// Who waits for the answer to a command of a technician.
    asked: Mutex<BTreeMap<u64, Asker>>,
    asked_count: AtomicU64,
    changed: watch::Sender<u64>,
}

/// A SIM in a modem, as an estimate sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Which.
    pub iccid: String,
    /// Its modem can send.
    pub ready: bool,
    /// Since when `ready` has its value.
    pub since: Timestamp,
    /// Parts that its modem has.
    pub in_hand: u64,
    /// How long it takes for a part.
    pub pace: Pace,
}

/// Who waits for the answer to a command, and of which modem.
struct Asker {
    modem: String,
    tell: oneshot::Sender<AtEnd>,
}

struct Member {
    commands: mpsc::Sender<ModemCommand>,
    /// `None` until its identity is known.
    view: Option<ModemView>,
    /// The parts that it has, the one it is at first.
    has: VecDeque<PartKey>,
    /// Since when it is at that one.
    at_it_since: Option<Timestamp>,
}

impl Member {
    fn new(commands: mpsc::Sender<ModemCommand>) -> Self {
        Self { commands, view: None, has: VecDeque::new(), at_it_since: None }
    }

    /// It has nothing any more.
    fn is_empty_handed(&mut self) {
        self.has.clear();
        self.at_it_since = None;
        if let Some(view) = &mut self.view {
            view.late_from = None;
        }
    }

    /// It is at the next part it has, if there is one.
    fn is_at_next(&mut self, pace: Pace, now: Timestamp) {
        self.at_it_since = self.has.front().map(|_| now);
        if let Some(view) = &mut self.view {
            view.late_from = self.at_it_since.map(|since| since.plus(pace.late_after()));
        }
    }
}

impl Default for Fleet {
    fn default() -> Self {
        let (changed, _) = watch::channel(0);
        let (modems, paces, asked) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { shared: Arc::new(Shared { modems, paces, asked, asked_count: AtomicU64::new(0), changed }) }
    }
}

impl Fleet {
    /// A supervisor begins: it reads what its modem shall do from the answer. Joining again replaces the queue.
    pub fn join(&self, modem: &str) -> mpsc::Receiver<ModemCommand> {
        let (commands, queue) = mpsc::channel(COMMANDS_MAX);
        self.forget_askers(modem);
        self.lock().insert(modem.to_owned(), Member::new(commands));
        queue
    }

    /// `ModemEvent::Ready`: it can send. Its place for a part is free only when `free` says so.
    pub fn ready(&self, modem: &str, identity: &Identity, now: Timestamp) {
        let (imei, iccid) = (identity.imei.clone(), identity.iccid.clone());
        self.change(modem, |member| {
            let last_sent_at = member.view.as_ref().and_then(|view| view.last_sent_at);
            let at_rest = ModemView {
                imei,
                iccid,
                ready: true,
                since: now,
                busy: true,
                in_hand: None,
                ringing: false,
                last_sent_at,
                late_from: None,
            };
            member.view = Some(at_rest);
            member.is_empty_handed();
        });
    }

    /// `ModemEvent::Identity`: with another SIM than before it can send nothing until it is ready with that.
    pub fn identified(&self, modem: &str, identity: &Identity, now: Timestamp) {
        let holds_it = |member: &Member| member.view.as_ref().is_none_or(|view| view.iccid == identity.iccid);
        if self.lock().get(modem).is_none_or(holds_it) {
            return;
        }
        self.not_ready(modem, now);
        self.change(modem, |member| {
            if let Some(view) = &mut member.view {
                view.iccid.clone_from(&identity.iccid);
            }
        });
    }

    /// `ModemEvent::Free`: it takes one more part now.
    pub fn free(&self, modem: &str) {
        self.change(modem, |member| {
            if let Some(view) = &mut member.view {
                (view.busy, view.in_hand, view.ringing) = (false, None, false);
            }
        });
    }

    /// `ModemEvent::NotReady`: it takes no parts until it is ready again.
    pub fn not_ready(&self, modem: &str, now: Timestamp) {
        self.change(modem, |member| {
            if let Some(view) = member.view.as_mut().filter(|view| view.ready) {
                (view.ready, view.since, view.busy, view.in_hand, view.ringing) = (false, now, true, None, false);
                member.is_empty_handed();
            }
        });
    }

    /// A modem is done with a part; `sent`: the network has taken it, and how long that took is remembered.
    pub fn is_done_with(&self, modem: &str, part: &PartKey, sent: bool, now: Timestamp) {
        let mut paces = self.paces();
        self.change(modem, |member| {
            let Some(place) = member.has.iter().position(|has| has == part) else { return };
            member.has.remove(place);
            let Some(iccid) = member.view.as_ref().map(|view| view.iccid.clone()).filter(|_| place == 0) else { return };
            let pace = paces.entry(iccid).or_default();
            if let Some(since) = member.at_it_since.filter(|_| sent) {
                pace.took(Duration::from_millis(u64::try_from(now.ms_since(since)).unwrap_or(0)));
            }
            member.is_at_next(*pace, now);
        });
    }

    /// `ModemEvent::InDoubt`: nothing leaves on it before that is settled.
    pub fn unsettled(&self, modem: &str, now: Timestamp) {
        self.change(modem, |member| {
            member.is_empty_handed();
            if let Some(view) = &mut member.view {
                view.late_from = Some(now);
            }
        });
    }

    /// `ModemEvent::Settled`.
    pub fn settled(&self, modem: &str) {
        self.change(modem, Member::is_empty_handed);
    }

    /// How long a SIM takes for a part.
    pub fn pace(&self, iccid: &str) -> Pace {
        self.paces().get(iccid).copied().unwrap_or_default()
    }

    /// The supervisor ends, or its port is gone for good.
    pub fn leave(&self, modem: &str) {
        self.lock().remove(modem);
        self.forget_askers(modem);
        self.shared.changed.send_modify(|count| *count += 1);
    }

    /// All whose identity is known, as the scheduler sees them.
    pub fn views(&self) -> Vec<ModemView> {
        self.lock().values().filter_map(|member| member.view.clone()).collect()
    }

    /// Every SIM that was seen in a modem that is there.
    pub fn seats(&self) -> Vec<Seat> {
        let (paces, modems) = (self.paces(), self.lock());
        let seat = |member: &Member| {
            let view = member.view.as_ref()?;
            let pace = paces.get(&view.iccid).copied().unwrap_or_default();
            Some(Seat { iccid: view.iccid.clone(), ready: view.ready, since: view.since, in_hand: member.has.len() as u64, pace })
        };
        modems.values().filter_map(seat).collect()
    }

    /// Whether any modem can send: `/readyz`.
    pub fn can_send(&self) -> bool {
        self.lock().values().any(|member| member.view.as_ref().is_some_and(|view| view.ready))
    }

    /// Hands a claimed part to the modem of this IMEI, where it may overtake what is in hand there. `false`: it does not take one any more, and the claim must be given back.
    pub fn submit(&self, imei: &str, submission: Submission, now: Timestamp) -> bool {
        let (paces, mut modems) = (self.paces(), self.lock());
        let (rank, part) = (submission.rank, submission.part);
        let lets_pass = |view: &ModemView| view.in_hand.is_some_and(|in_hand| rank.may_overtake(in_hand));
        let takes = |view: &&mut ModemView| view.imei == imei && view.ready && (!view.busy || lets_pass(view));
        for member in modems.values_mut() {
            if let Some(view) = member.view.as_mut().filter(takes) {
                let given = member.commands.try_send(ModemCommand::Submit(submission));
                // It had its turn, also when its queue is full for a moment: the next part may find another modem. One that
                // nobody listens for any more takes nothing until its supervisor is back.
                view.last_sent_at = Some(now);
                (view.busy, view.in_hand) = match &given {
                    Ok(()) => (true, Some(rank)),
                    Err(TrySendError::Closed(_)) => (true, None),
                    Err(TrySendError::Full(_)) => (view.busy, view.in_hand),
                };
                if given.is_ok() {
                    let pace = paces.get(&view.iccid).copied().unwrap_or_default();
                    // A driver that forgets to tell what became of a part has fewer than that.
                    member.has.truncate(COMMANDS_MAX - 1);
                    member.has.push_back(part);
                    if member.has.len() == 1 {
                        member.is_at_next(pace, now);
                    }
                }
                return given.is_ok();
            }
        }
        false
    }

    /// Has a modem's driver built anew, because what it was told at its birth has changed. `false`: there is none now, and
    /// the next one is told anyway.
    pub fn rebuild(&self, modem: &str) -> bool {
        self.lock().get(modem).is_some_and(|member| member.commands.try_send(ModemCommand::Rebuild).is_ok())
    }

    /// Starts the bring-up of a modem again. `false`: there is no such modem, or it is too busy to hear.
    pub fn restart(&self, modem: &str) -> bool {
        self.lock().get(modem).is_some_and(|member| member.commands.try_send(ModemCommand::Restart).is_ok())
    }

    /// Tells a modem whether calls are rejected. One that is not there is told at its birth.
    pub fn reject_calls(&self, modem: &str, rejects: bool) {
        if let Some(member) = self.lock().get(modem) {
            // A queue that is full belongs to a modem that is not served now: its next driver reads the row.
            let _full = member.commands.try_send(ModemCommand::RejectCalls(rejects));
        }
    }

    /// Has a modem ask the network by USSD. `false`: there is no such modem, or it is too busy to hear.
    pub fn ussd(&self, modem: &str, errand: UssdErrand) -> bool {
        self.lock().get(modem).is_some_and(|member| member.commands.try_send(ModemCommand::Ussd(errand)).is_ok())
    }

    /// Has a modem read what its SIM can witness. `false`: there is no such modem, or it is too busy to hear.
    pub fn look(&self, modem: &str) -> bool {
        self.lock().get(modem).is_some_and(|member| member.commands.try_send(ModemCommand::Look).is_ok())
    }

    /// The modems that could ring a telephone now, by name, the least busy first.
    pub fn ringers(&self) -> Vec<(String, ModemView)> {
        let modems = self.lock();
        let seat = |(name, member): (&String, &Member)| Some((name.clone(), member.view.clone()?));
        let mut ringers: Vec<(String, ModemView)> =
            modems.iter().filter_map(seat).filter(|(_, view)| view.ready && !view.ringing).collect();
        ringers.sort_by_key(|(name, view)| (view.busy, view.last_sent_at, name.clone()));
        ringers
    }

    /// Has a modem ring a telephone: it is given no text until that is over. `false`: there is no such modem, or it cannot now.
    pub fn ring(&self, modem: &str, errand: RingErrand) -> bool {
        let mut rings = false;
        self.change(modem, |member| {
            let Some(view) = member.view.as_mut().filter(|view| view.ready && !view.ringing) else { return };
            rings = member.commands.try_send(ModemCommand::Ring(errand)).is_ok();
            if rings {
                (view.busy, view.in_hand, view.ringing) = (true, None, true);
            }
        });
        rings
    }

    /// Tells a modem that nobody has to be rung any more. One that is not there rings nobody.
    pub fn end_ring(&self, modem: &str, id: i64) {
        if let Some(member) = self.lock().get(modem) {
            // A queue that is full is told again with the next look.
            let _full = member.commands.try_send(ModemCommand::EndRing(id));
        }
    }

    /// Gives a modem a command of a technician; what comes of it. `None`: there is no such modem, or it is too busy to hear.
    pub fn at(&self, modem: &str, line: String, within: Duration) -> Option<oneshot::Receiver<AtEnd>> {
        let id = self.shared.asked_count.fetch_add(1, Ordering::Relaxed);
        let (tell, hear) = oneshot::channel();
        let mut asked = self.asked();
        // Who has gone away waits no more.
        asked.retain(|_, asker| !asker.tell.is_closed());
        if asked.len() >= ASKED_MAX {
            return None;
        }
        asked.insert(id, Asker { modem: modem.to_owned(), tell });
        drop(asked);
        let given =
            self.lock().get(modem).is_some_and(|member| member.commands.try_send(ModemCommand::At(AtErrand { id, line, within })).is_ok());
        if !given {
            self.asked().remove(&id);
        }
        given.then_some(hear)
    }

    /// A command of a technician is done with.
    pub fn at_ended(&self, id: u64, end: AtEnd) {
        if let Some(asker) = self.asked().remove(&id) {
            // Whoever asked may have gone away.
            let _gone = asker.tell.send(end);
        }
    }

    /// What a modem had is gone with its driver: whoever waits hears that.
    fn forget_askers(&self, modem: &str) {
        self.asked().retain(|_, asker| asker.modem != modem);
    }

    fn asked(&self) -> MutexGuard<'_, BTreeMap<u64, Asker>> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Locked before the modems by whoever needs both.
    fn paces(&self) -> MutexGuard<'_, BTreeMap<String, Pace>> {
        self.shared.paces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Member>> {
        self.shared.modems.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
