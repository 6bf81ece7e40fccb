//! What modems heard the network say of the time, beside the box's own clock. It is shown and told; nothing here sets a clock, moves a
//! row or judges a text: clocks of service centres are `clock`'s business.

use super::emit::About;
use super::{Reject, Work};
use crate::store::{Modem, ModemState};
use crate::time::Timestamp;

/// A box that is this far from the network is told so: replies of the last minutes, quiet hours and expiry go by its clock.
pub const UNTRUSTED_MS: u64 = 5 * 60 * 1000;

/// A modem told the network's time; where it may have shown UTC for local time, what is nearer to the box counts.
pub fn heard(work: &mut Work<'_, '_>, name: &str, at: Timestamp, or: Option<Timestamp>) -> Result<(), Reject> {
    let Some(mut modem) = work.tx.modem(name)? else { return Ok(()) };
    let ahead = |told: Timestamp| work.now.ms_since(told);
    let ahead_ms = or.map(ahead).into_iter().fold(ahead(at), |one, other| if other.abs() < one.abs() { other } else { one });
    let (told_before, untrusted) = (modem.clock_untrusted, is_untrusted(ahead_ms));
    modem.clock_ahead_ms = Some(ahead_ms);
    modem.clock_heard_at = Some(work.now);
    modem.clock_untrusted = untrusted;
    work.tx.save_modem(&modem)?;
    if untrusted != told_before {
        let kind = if untrusted { "time.untrusted" } else { "time.trusted" };
        let data = serde_json::json!({
            "modem": name, "iccid": modem.iccid, "box_ahead_s": ahead_ms / 1000, "words": words(name, ahead_ms),
        });
        work.emit(kind, About { subject: name, msisdn: None, session: None }, data)?;
    }
    Ok(())
}

/// Whether a box so far ahead of the network, or behind it, has a clock that somebody has to look at.
pub const fn is_untrusted(ahead_ms: i64) -> bool {
    ahead_ms.unsigned_abs() > UNTRUSTED_MS
}

/// What is wrong with the box's clock by a modem that is there now; `None` where nothing is.
pub fn complaint(modem: &Modem) -> Option<String> {
    let ahead_ms = modem.clock_ahead_ms.filter(|ahead_ms| modem.state == ModemState::Ready && is_untrusted(*ahead_ms))?;
    Some(words(&modem.name, ahead_ms))
}

/// How the box's clock stands to a network, and what to do.
pub fn words(name: &str, ahead_ms: i64) -> String {
    let network = format!("what the network says (modem {name})");
    if !is_untrusted(ahead_ms) {
        return format!("the box's clock agrees with {network}");
    }
    let way = if ahead_ms < 0 { "behind" } else { "ahead of" };
    format!("the box's clock is {} {way} {network}; set the clock or connect NTP", span(ahead_ms.unsigned_abs() / 60_000))
}

/// `3 h 12 min`, in the two largest units.
fn span(minutes: u64) -> String {
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) => format!("{rest} min"),
        (0, _) => format!("{hours} h {rest} min"),
        (1, _) => format!("1 day {hours} h"),
        (_, _) => format!("{days} days {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_said_in_words() {
        let (min, h) = (60_000, 3_600_000);
        for (ahead_ms, want) in [
            (0, "agrees with"),
            (5 * min, "agrees with"),
            (-5 * min, "agrees with"),
            (5 * min + 1, "is 5 min ahead of what"),
            (-6 * min, "is 6 min behind what"),
            (3 * h + 12 * min, "is 3 h 12 min ahead of what"),
            (-25 * h, "is 1 day 1 h behind what"),
            (9_000 * 24 * h, "is 9000 days 0 h ahead of what"),
            (i64::MIN, "behind what"),
        ] {
            let words = words("north", ahead_ms);
            assert!(words.contains(want) && words.contains("(modem north)"), "{ahead_ms}: {words}");
            assert_eq!(words.contains("set the clock or connect NTP"), is_untrusted(ahead_ms), "{words}");
        }
    }
}
