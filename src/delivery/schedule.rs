//! Which part leaves next: rank, then age, then its place in the outbox and in its message. A total function of what is due and who is free.

use super::route::{Asks, ModemView, may_use};
use crate::ids::PartKey;
use crate::terms::Rank;
use crate::time::Timestamp;

/// A part that waits for a modem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingPart {
    /// Which.
    pub part: PartKey,
    /// Urgency.
    pub rank: Rank,
    /// When its message was accepted.
    pub accepted_at: Timestamp,
    /// Row number of its message: of two that were accepted in one instant, the lower is older.
    pub n: i64,
    /// Not before this instant: quiet hours, a retry's pause, the client's wish.
    pub not_before: Option<Timestamp>,
    /// Worthless after this instant.
    pub expires_at: Option<Timestamp>,
    /// Of its modem.
    pub asks: Asks,
}

/// A part for a modem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Which part.
    pub part: PartKey,
    /// IMEI of the modem that takes it.
    pub imei: String,
    /// ICCID of the SIM in it.
    pub iccid: String,
}

/// What leaves now: at most one part for each modem that is ready and free.
pub fn next(waiting: &[WaitingPart], modems: &[ModemView], now: Timestamp) -> Vec<Claim> {
    let mut queue: Vec<&WaitingPart> = waiting.iter().filter(|part| is_due(part, now)).collect();
    queue.sort_by_key(|part| (part.rank, part.accepted_at, part.n, part.part));
    let mut free: Vec<&ModemView> = modems.iter().filter(|modem| modem.ready && !modem.busy).collect();
    free.sort_by_key(|modem| (modem.last_sent_at, &modem.imei));
    let mut claims: Vec<Claim> = Vec::new();
    for part in queue {
        if free.is_empty() && !part.rank.is_urgent() {
            break;
        }
        // Parts of one message that has no SIM yet must not spread over two: the first one binds it.
        if claims.iter().any(|claim| claim.part.message == part.part.message) {
            continue;
        }
        if let Some(place) = free.iter().position(|modem| may_use(&part.asks, part.rank, modem, modems, now)) {
            let modem = free.remove(place);
            claims.push(Claim { part: part.part, imei: modem.imei.clone(), iccid: modem.iccid.clone() });
        } else if let Some(modem) = overtaken(part, modems, &claims, now) {
            claims.push(Claim { part: part.part, imei: modem.imei.clone(), iccid: modem.iccid.clone() });
        }
    }
    claims
}

/// The modem whose part in hand must let this one pass: of several the one that has been on air longest. What is on air goes on.
fn overtaken<'m>(part: &WaitingPart, modems: &'m [ModemView], claims: &[Claim], now: Timestamp) -> Option<&'m ModemView> {
    let slower = |modem: &&ModemView| modem.ready && modem.in_hand.is_some_and(|in_hand| part.rank.may_overtake(in_hand));
    let open = |modem: &&ModemView| claims.iter().all(|claim| claim.imei != modem.imei);
    let mine = |modem: &&ModemView| may_use(&part.asks, part.rank, modem, modems, now);
    modems.iter().filter(slower).filter(open).filter(mine).min_by_key(|modem| (modem.last_sent_at, &modem.imei))
}

fn is_due(part: &WaitingPart, now: Timestamp) -> bool {
    part.not_before.is_none_or(|from| from <= now) && part.expires_at.is_none_or(|end| now < end)
}

/// When the next part that waits for its time becomes due or worthless; `None` when nothing waits for time.
pub fn next_change(waiting: &[WaitingPart], now: Timestamp) -> Option<Timestamp> {
    waiting.iter().flat_map(|part| [part.not_before, part.expires_at]).flatten().filter(|at| *at > now).min()
}

/// When the next modem is late: what is urgent may go elsewhere then.
pub fn next_late(modems: &[ModemView], now: Timestamp) -> Option<Timestamp> {
    modems.iter().filter_map(|modem| modem.late_from).filter(|at| *at > now).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Seeded;
    use crate::delivery::route::SimWish;
    use crate::ids::MessageId;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000_000);

    fn part(name: u64, seq: u8, rank: u8, age_s: i64) -> WaitingPart {
        WaitingPart {
            part: PartKey { message: message(name), seq },
            rank: Rank(rank),
            accepted_at: NOW.shifted_ms(-age_s * 1000),
            n: 0,
            not_before: None,
            expires_at: None,
            asks: Asks::ANY,
        }
    }

    fn message(name: u64) -> MessageId {
        MessageId::new(Timestamp::from_unix_ms(0), &mut Seeded::new(name))
    }

    fn modem(iccid: &str) -> ModemView {
        ModemView {
            imei: iccid.to_lowercase(),
            iccid: iccid.to_owned(),
            ready: true,
            since: NOW,
            busy: false,
            in_hand: None,
            ringing: false,
            last_sent_at: None,
            late_from: None,
        }
    }

    fn check(name: &str, waiting: &[WaitingPart], modems: &[ModemView], want: &[(u64, u8, &str)]) {
        let got: Vec<(MessageId, u8, String)> =
            next(waiting, modems, NOW).into_iter().map(|claim| (claim.part.message, claim.part.seq, claim.iccid)).collect();
        let want: Vec<(MessageId, u8, String)> = want.iter().map(|(name, seq, sim)| (message(*name), *seq, (*sim).to_owned())).collect();
        assert_eq!(got, want, "{name}");
    }

    #[test]
    fn the_most_urgent_then_the_oldest_goes_first() {
        let one = [modem("A")];
        check("rank before age", &[part(1, 1, 5, 100), part(2, 1, 2, 1)], &one, &[(2, 1, "A")]);
        check("age within a rank", &[part(1, 1, 5, 1), part(2, 1, 5, 100)], &one, &[(2, 1, "A")]);
        let (first, second) = (WaitingPart { n: 1, ..part(1, 1, 5, 1) }, WaitingPart { n: 2, ..part(2, 1, 5, 1) });
        check("of one instant, as they were written", &[second.clone(), first.clone()], &one, &[(1, 1, "A")]);
        let (first, second) = (WaitingPart { n: 2, ..first }, WaitingPart { n: 1, ..second });
        check("whatever their ids are", &[first, second], &one, &[(2, 1, "A")]);
        check("parts in order", &[part(1, 2, 5, 1), part(1, 1, 5, 1)], &one, &[(1, 1, "A")]);
        check("an alarm overtakes ten thousand", &crowd_and_alarm(), &one, &[(99_999, 1, "A")]);
    }

    fn crowd_and_alarm() -> Vec<WaitingPart> {
        let mut crowd: Vec<WaitingPart> = (0..10_000).map(|n| part(n, 1, 5, 1000)).collect();
        crowd.push(part(99_999, 1, 2, 0));
        crowd
    }

    #[test]
    fn every_free_modem_gets_one() {
        let busy = ModemView { busy: true, ..modem("C") };
        let used = ModemView { last_sent_at: Some(NOW), ..modem("A") };
        check("two", &[part(1, 1, 5, 2), part(2, 1, 5, 1)], &[modem("A"), modem("B")], &[(1, 1, "A"), (2, 1, "B")]);
        check("not the busy one", &[part(1, 1, 5, 2)], &[busy], &[]);
        check("the rested one first", &[part(1, 1, 5, 2)], &[used, modem("B")], &[(1, 1, "B")]);
        check("a message does not spread", &[part(1, 1, 5, 2), part(1, 2, 5, 2)], &[modem("A"), modem("B")], &[(1, 1, "A")]);
        check("nobody is ready", &[part(1, 1, 5, 2)], &[ModemView { ready: false, ..modem("A") }], &[]);
    }

    #[test]
    fn what_is_urgent_overtakes_what_is_in_hand() {
        let with = |iccid: &str, rank: Option<u8>, ago_s: i64| ModemView {
            busy: true,
            in_hand: rank.map(Rank),
            last_sent_at: Some(NOW.shifted_ms(-ago_s * 1000)),
            ..modem(iccid)
        };
        let alarm = || part(1, 1, 2, 0);
        check("an alarm", &[alarm()], &[with("A", Some(5), 1)], &[(1, 1, "A")]);
        check("where most of the air time is over", &[alarm()], &[with("A", Some(5), 1), with("B", Some(5), 2)], &[(1, 1, "B")]);
        check("a free one first", &[alarm()], &[with("A", Some(5), 9), modem("B")], &[(1, 1, "B")]);
        check(
            "each in its own",
            &[alarm(), part(2, 1, 2, 0)],
            &[with("A", Some(5), 1), with("B", Some(5), 2)],
            &[(1, 1, "B"), (2, 1, "A")],
        );
        check("not another alarm", &[alarm()], &[with("A", Some(2), 1)], &[]);
        check("safety passes an alarm", &[part(1, 1, 1, 0)], &[with("A", Some(2), 1)], &[(1, 1, "A")]);
        check("not what is on air", &[alarm()], &[with("A", None, 1)], &[]);
        check("no notice does", &[part(1, 1, 3, 0)], &[with("A", Some(9), 1)], &[]);
        check("no modem that is gone", &[alarm()], &[ModemView { ready: false, ..with("A", Some(5), 1) }], &[]);
        let bound = WaitingPart { asks: Asks { sim: SimWish::Only("B".to_owned()), ..Asks::ANY }, ..alarm() };
        check("on its own SIM", &[bound], &[with("A", Some(5), 9), with("B", Some(5), 1)], &[(1, 1, "B")]);
    }

    #[test]
    fn time_is_kept() {
        let later = WaitingPart { not_before: Some(NOW.shifted_ms(5)), ..part(1, 1, 1, 0) };
        let stale = WaitingPart { expires_at: Some(NOW), ..part(2, 1, 1, 0) };
        check("not yet, no more", &[later.clone(), stale.clone()], &[modem("A")], &[]);
        assert_eq!(next_change(&[later, stale], NOW), Some(NOW.shifted_ms(5)));
    }

    #[test]
    fn an_alarm_goes_to_the_modem_that_is_not_held_up() {
        let held_up = ModemView { late_from: Some(NOW), ..modem("A") };
        let used = ModemView { last_sent_at: Some(NOW), ..modem("B") };
        check("the other one, though it is less rested", &[part(1, 1, 2, 0)], &[held_up.clone(), used.clone()], &[(1, 1, "B")]);
        check("a notice may wait", &[part(1, 1, 3, 0)], &[held_up.clone(), used], &[(1, 1, "A")]);
        check("there is no other", &[part(1, 1, 2, 0)], std::slice::from_ref(&held_up), &[(1, 1, "A")]);
        let soon = ModemView { late_from: Some(NOW.shifted_ms(7)), ..modem("B") };
        assert_eq!(next_late(&[held_up, soon, modem("C")], NOW), Some(NOW.shifted_ms(7)));
    }
}
