//! Which modem a part may leave on.
//!
//! A message that began on a SIM goes on there: parts from two senders never join on the phone. A person's last SIM is
//! a wish, which a sick modem ends after [`STICKY_WAIT`], and at once for what is urgent. A SIM that has just refused a part
//! lets another one try.

use std::time::Duration;

use crate::terms::Rank;
use crate::time::Timestamp;

/// A modem as the scheduler sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModemView {
    /// IMEI of the radio.
    pub imei: String,
    /// ICCID of the SIM in it.
    pub iccid: String,
    /// Registered and able to send.
    pub ready: bool,
    /// Since when `ready` has its value.
    pub since: Timestamp,
    /// It has a part in hand or an unsettled attempt.
    pub busy: bool,
    /// Rank of the part in hand that is not on air yet.
    pub in_hand: Option<Rank>,
    /// A telephone is rung on it, for a minute at most.
    pub ringing: bool,
    /// When it last took a part; `None` is never.
    pub last_sent_at: Option<Timestamp>,
    /// From then on its exchange takes longer than it should, or it has an attempt that is not settled.
    pub late_from: Option<Timestamp>,
}

impl ModemView {
    /// Nobody knows when it can send the next part.
    fn is_late(&self, now: Timestamp) -> bool {
        self.late_from.is_some_and(|from| from <= now)
    }
}

/// What a part asks of the SIM it leaves on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SimWish {
    /// Any SIM will do.
    Any,
    /// This one if it can send; the ICCID of the person's last conversation.
    Prefer(String),
    /// This one or none: an earlier part of the message left on it, or the client named it.
    Only(String),
}

/// How long a part waits for the preferred SIM to come back.
pub const STICKY_WAIT: Duration = Duration::from_mins(5);

/// A SIM that a part may not leave on, because it has come to its cap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Barred {
    /// Which.
    pub iccid: String,
    /// Until when.
    pub until: Timestamp,
}

/// What a part asks of the modem it leaves on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asks {
    /// On which SIM.
    pub sim: SimWish,
    /// SIMs at their cap that it may not leave on.
    pub barred: Vec<Barred>,
    /// The SIM that refused it last.
    pub refused_by: Option<String>,
}

impl Asks {
    /// Any SIM will do.
    pub const ANY: Self = Self { sim: SimWish::Any, barred: Vec::new(), refused_by: None };

    fn bars(&self, modem: &ModemView, now: Timestamp) -> bool {
        self.barred.iter().any(|bar| bar.iccid == modem.iccid && bar.until > now)
    }

    fn was_refused_by(&self, iccid: &str) -> bool {
        self.refused_by.as_deref() == Some(iccid)
    }
}

/// Whether a part that asks for this and has this rank may leave on `modem` now, given all modems.
pub fn may_use(asks: &Asks, rank: Rank, modem: &ModemView, modems: &[ModemView], now: Timestamp) -> bool {
    if asks.bars(modem, now) {
        return false;
    }
    let wished = match &asks.sim {
        SimWish::Any => true,
        SimWish::Only(iccid) => return modem.iccid == *iccid,
        SimWish::Prefer(iccid) => modem.iccid == *iccid || asks.was_refused_by(iccid) || gone(iccid, rank, asks, modems, now),
    };
    wished && !yields(asks, rank, modem, modems, now)
}

/// Whether a modem leaves a part to another one that can send: its SIM has refused it, or it is urgent and the modem is late.
fn yields(asks: &Asks, rank: Rank, modem: &ModemView, modems: &[ModemView], now: Timestamp) -> bool {
    let had_better_not = |one: &ModemView| asks.was_refused_by(&one.iccid) || (rank.is_urgent() && one.is_late(now));
    let could = |other: &ModemView| other.ready && !other.ringing && !asks.bars(other, now) && !had_better_not(other);
    had_better_not(modem) && modems.iter().any(could)
}

/// Whether the preferred SIM is out of reach for long enough to take another.
fn gone(iccid: &str, rank: Rank, asks: &Asks, modems: &[ModemView], now: Timestamp) -> bool {
    let patience_ms = if rank.is_urgent() { 0 } else { STICKY_WAIT.as_millis() as i64 };
    if asks.barred.iter().any(|bar| bar.iccid == iccid && bar.until.ms_since(now) > patience_ms) {
        return true;
    }
    // What is urgent waits for no call either, and for no exchange of which nobody knows when it ends.
    let held_up = |modem: &ModemView| patience_ms == 0 && (modem.ringing || modem.is_late(now));
    let away = |modem: &ModemView| (!modem.ready && now.ms_since(modem.since) >= patience_ms) || held_up(modem);
    modems.iter().find(|modem| modem.iccid == iccid).is_none_or(away)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000_000);

    fn modem(iccid: &str, ready: bool, since_s: i64) -> ModemView {
        ModemView {
            imei: format!("imei-{iccid}"),
            iccid: iccid.to_owned(),
            ready,
            since: NOW.shifted_ms(-since_s * 1000),
            busy: false,
            in_hand: None,
            ringing: false,
            last_sent_at: None,
            late_from: None,
        }
    }

    fn asks(sim: &SimWish) -> Asks {
        Asks { sim: sim.clone(), ..Asks::ANY }
    }

    #[test]
    fn what_is_urgent_leaves_on_another_sim_while_the_persons_one_rings_somebody() {
        let modems = [ModemView { ringing: true, busy: true, ..modem("A", true, 0) }, modem("B", true, 0)];
        let wish = asks(&SimWish::Prefer("A".to_owned()));
        for (rank, other) in [(1, true), (2, true), (3, false), (5, false)] {
            assert_eq!(may_use(&wish, Rank(rank), &modems[1], &modems, NOW), other, "rank {rank}");
        }
        let only = asks(&SimWish::Only("A".to_owned()));
        assert!(!may_use(&only, Rank(1), &modems[1], &modems, NOW), "a message stays on its SIM");
    }

    #[test]
    fn what_is_urgent_passes_a_modem_that_is_held_up() {
        let (prefer, only) = (SimWish::Prefer("A".to_owned()), SimWish::Only("A".to_owned()));
        for (wish, rank, late_s, b_ready, want) in [
            (&prefer, 2, Some(0), true, (false, true)),
            (&prefer, 1, Some(-60), true, (false, true)),
            (&SimWish::Any, 2, Some(0), true, (false, true)),
            (&prefer, 2, Some(1), true, (true, false)),
            (&prefer, 2, None, true, (true, false)),
            (&prefer, 3, Some(0), true, (true, false)),
            // There is no other: it waits there.
            (&SimWish::Any, 2, Some(0), false, (true, true)),
            (&only, 2, Some(0), true, (true, false)),
        ] {
            let late_from = late_s.map(|s| NOW.shifted_ms(s * 1000));
            let modems = [ModemView { late_from, busy: true, ..modem("A", true, 0) }, modem("B", b_ready, 0)];
            let may = |modem| may_use(&asks(wish), Rank(rank), modem, &modems, NOW);
            assert_eq!((may(&modems[0]), may(&modems[1])), want, "{wish:?}, rank {rank}, late for {late_s:?}, B {b_ready}");
        }
    }

    fn check(name: &str, wish: &SimWish, rank: u8, a_ready: bool, a_since_s: i64, want: (bool, bool)) {
        let modems = [modem("A", a_ready, a_since_s), modem("B", true, 0)];
        let may = |modem| may_use(&asks(wish), Rank(rank), modem, &modems, NOW);
        assert_eq!((may(&modems[0]), may(&modems[1])), want, "{name}");
    }

    /// A is at its cap for so many seconds.
    fn check_barred(name: &str, wish: &SimWish, for_s: i64, want: (bool, bool)) {
        let modems = [modem("A", true, 0), modem("B", true, 0)];
        let barred = vec![Barred { iccid: "A".to_owned(), until: NOW.shifted_ms(for_s * 1000) }];
        let asks = Asks { barred, ..asks(wish) };
        let may = |modem| may_use(&asks, Rank(5), modem, &modems, NOW);
        assert_eq!((may(&modems[0]), may(&modems[1])), want, "{name}");
    }

    #[test]
    fn a_sim_at_its_cap_is_passed() {
        let (prefer, only) = (SimWish::Prefer("A".to_owned()), SimWish::Only("A".to_owned()));
        check_barred("any other", &SimWish::Any, 3600, (false, true));
        check_barred("the person's SIM has room in a minute", &prefer, 60, (false, false));
        check_barred("the person's SIM has room tomorrow", &prefer, 3600, (false, true));
        check_barred("a message stays on its SIM", &only, 3600, (false, false));
        check_barred("the cap is over", &only, 0, (true, false));
    }

    /// A has refused it; B can send or cannot.
    fn check_refused(name: &str, wish: &SimWish, b_ready: bool, b_barred: bool, want: (bool, bool)) {
        let modems = [modem("A", true, 0), modem("B", b_ready, 0)];
        let barred = b_barred.then(|| Barred { iccid: "B".to_owned(), until: NOW.shifted_ms(1) });
        let asks = Asks { refused_by: Some("A".to_owned()), barred: barred.into_iter().collect(), ..asks(wish) };
        let may = |modem| may_use(&asks, Rank(5), modem, &modems, NOW);
        assert_eq!((may(&modems[0]), may(&modems[1])), want, "{name}");
    }

    #[test]
    fn a_sim_that_refused_a_part_lets_another_one_try() {
        let (prefer, only) = (SimWish::Prefer("A".to_owned()), SimWish::Only("A".to_owned()));
        check_refused("the person's SIM", &prefer, true, false, (false, true));
        check_refused("any", &SimWish::Any, true, false, (false, true));
        check_refused("there is no other", &SimWish::Any, false, false, (true, true));
        check_refused("the other one is at its cap", &prefer, true, true, (true, false));
        check_refused("a message stays on its SIM", &only, true, false, (true, false));
    }

    #[test]
    fn a_part_goes_where_it_may() {
        let (prefer, only) = (SimWish::Prefer("A".to_owned()), SimWish::Only("A".to_owned()));
        check("any", &SimWish::Any, 5, true, 0, (true, true));
        check("the person's SIM", &prefer, 5, true, 0, (true, false));
        check("the person's SIM just fell out", &prefer, 5, false, 10, (true, false));
        check("the person's SIM is sick", &prefer, 5, false, 301, (true, true));
        check("an alarm does not wait", &prefer, 2, false, 0, (true, true));
        check("a message stays on its SIM", &only, 1, false, 9999, (true, false));
        check("a SIM that left the box", &SimWish::Prefer("C".to_owned()), 5, true, 0, (true, true));
        check("a named SIM that left the box", &SimWish::Only("C".to_owned()), 5, true, 0, (false, false));
    }
}
