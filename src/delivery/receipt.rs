//! Which attempt a status report belongs to: SIM, MR, RA and time together (at-domain.md section 6).
//!
//! MR alone has 256 values and wraps within minutes; the service centre's time stamp is what makes a match unique.

use std::time::Duration;

use crate::ids::PartKey;
use crate::msisdn::Msisdn;
use crate::time::Timestamp;

/// An attempt of one SIM that may still get a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAttempt {
    /// Row number.
    pub attempt: i64,
    /// The part it was made for.
    pub part: PartKey,
    /// TP-MR it was accepted with, or a guess.
    pub mr: Reference,
    /// To whom.
    pub to: Msisdn,
    /// When its row was committed, which is before the network could see it (box time).
    pub begun_at: Timestamp,
}

/// What is known of the TP-MR of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// The network has said it.
    Known(u8),
    /// One more than the last that was known: wrong where a text between them left and nobody said so.
    Guessed(u8),
    /// Nothing was ever known of this SIM.
    Any,
}

/// Whom a report belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// This attempt.
    Attempt(i64),
    /// This part, by one of several attempts in doubt; nobody can say by which. The oldest comes first.
    OneOf(PartKey, Vec<i64>),
}

/// What a STATUS-REPORT says about its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportKey {
    /// TP-MR.
    pub mr: u8,
    /// Digits of TP-RA, in whatever form the network uses.
    pub ra_digits: String,
    /// TP-SCTS in box time: when the centre took the SUBMIT. `None` where it is no date.
    pub submitted_at: Option<Timestamp>,
    /// When the box read the report.
    pub read_at: Timestamp,
}

/// The centre's clock and ours may differ by this much until the offset is learned.
const SLACK: Duration = Duration::from_mins(2);
/// The longest time between our row and the centre's stamp: the final result may take 7 minutes on NB-IoT.
const SUBMIT_MAX: Duration = Duration::from_mins(7);
/// Without a usable stamp an attempt this old is not matched: MR may have wrapped.
const BLIND_MAX: Duration = Duration::from_hours(1);
/// Networks write RA in national form, with 00, or without a prefix: the last digits decide.
const TAIL_DIGITS: usize = 8;

/// The youngest attempt whose reference the network has said and that fits. Else the part that alone is in doubt: a guessed
/// reference proves something only where no other part to this number may have it.
pub fn owner(report: &ReportKey, open: &[OpenAttempt]) -> Option<Owner> {
    let theirs = || open.iter().filter(|attempt| same_tail(attempt.to.digits(), &report.ra_digits));
    let known = theirs().filter(|attempt| attempt.mr == Reference::Known(report.mr) && in_time(report, attempt));
    if let Some(known) = known.max_by_key(|attempt| attempt.begun_at) {
        return Some(Owner::Attempt(known.attempt));
    }
    let guessed = |attempt: &OpenAttempt| attempt.mr == Reference::Guessed(report.mr);
    let fits = |attempt: &&OpenAttempt| in_time(report, attempt) && (guessed(attempt) || attempt.mr == Reference::Any);
    let in_doubt = || theirs().filter(|attempt| !matches!(attempt.mr, Reference::Known(_)));
    let fitting = in_doubt().filter(fits).min_by_key(|attempt| attempt.attempt)?;
    // A younger one may have been stamped by a clock that was set meanwhile: then its time says nothing.
    if theirs().any(|attempt| attempt.mr == Reference::Known(report.mr) && attempt.attempt > fitting.attempt) {
        return None;
    }
    let possible = in_doubt().filter(|attempt| in_time(report, attempt) || guessed(attempt) || attempt.attempt > fitting.attempt);
    let mut possible: Vec<&OpenAttempt> = possible.collect();
    possible.sort_by_key(|attempt| attempt.attempt);
    match possible.as_slice() {
        [only] => Some(Owner::Attempt(only.attempt)),
        several if several.iter().all(|other| other.part == fitting.part) => {
            Some(Owner::OneOf(fitting.part, several.iter().map(|attempt| attempt.attempt).collect()))
        }
        _ => None,
    }
}

fn same_tail(da: &str, ra: &str) -> bool {
    let ra: String = ra.chars().filter(char::is_ascii_digit).collect();
    let tail = TAIL_DIGITS.min(da.len());
    ra.len() >= tail && da[da.len() - tail..] == ra[ra.len() - tail..]
}

fn in_time(report: &ReportKey, attempt: &OpenAttempt) -> bool {
    if report.read_at < attempt.begun_at {
        return false;
    }
    match report.submitted_at {
        Some(at) => at >= attempt.begun_at.minus(SLACK) && at <= attempt.begun_at.plus(SUBMIT_MAX + SLACK),
        None => report.read_at <= attempt.begun_at.plus(BLIND_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Seeded;
    use crate::ids::MessageId;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_795_000_000_000);

    fn attempt(id: i64, mr: u8, to: &str, begun_s: i64) -> OpenAttempt {
        let message = MessageId::new(NOW, &mut Seeded::new(id.unsigned_abs()));
        OpenAttempt {
            attempt: id,
            part: PartKey { message, seq: 1 },
            mr: Reference::Known(mr),
            to: Msisdn::from_e164(to).expect("a number"),
            begun_at: NOW.shifted_ms(begun_s * 1000),
        }
    }

    fn check(name: &str, mr: u8, ra: &str, stamped_s: Option<i64>, want: Option<i64>) {
        let open = [
            attempt(1, 7, "+380501112233", -4000),
            attempt(2, 7, "+380501112233", -10),
            attempt(3, 8, "+380501112233", -10),
            attempt(4, 7, "+380509998877", -5),
        ];
        let submitted_at = stamped_s.map(|s| NOW.shifted_ms(s * 1000));
        let report = ReportKey { mr, ra_digits: ra.to_owned(), submitted_at, read_at: NOW };
        assert_eq!(owner(&report, &open), want.map(Owner::Attempt), "{name}");
    }

    #[test]
    fn a_report_finds_its_one_attempt() {
        check("international", 7, "380501112233", Some(-8), Some(2));
        check("national", 7, "0501112233", Some(-8), Some(2));
        check("with 00", 7, "00380501112233", Some(-8), Some(2));
        check("another MR", 8, "380501112233", Some(-8), Some(3));
        check("another person", 7, "380509998877", Some(-3), Some(4));
        check("an MR nobody used", 9, "380501112233", Some(-8), None);
        check("the wrap: an old report finds the old attempt", 7, "380501112233", Some(-3990), Some(1));
        check("a stamp before anything was sent", 7, "380501112233", Some(-9000), None);
        check("a clock two minutes behind", 7, "380501112233", Some(-125), Some(2));
        check("no date: the youngest", 7, "380501112233", None, Some(2));
        check("a short RA proves nothing", 7, "2233", Some(-8), None);
    }

    /// Attempts to one number, each so many seconds ago: `=7` the reference is known, `?7` it is guessed, `?` nothing is known;
    /// a letter for each part. The report is of one that was taken 20 seconds ago.
    fn check_doubts(attempts: &[(&str, i64)], want: &[i64]) {
        let to = "+380501112233";
        let open: Vec<OpenAttempt> = attempts
            .iter()
            .zip(1..)
            .map(|((words, ago_s), id)| {
                let (sign, rest) = words.split_at(1);
                let (number, letter) = rest.split_at(rest.len() - 1);
                let mr = match (sign, number.parse()) {
                    ("=", Ok(mr)) => Reference::Known(mr),
                    (_, Ok(mr)) => Reference::Guessed(mr),
                    (_, Err(_)) => Reference::Any,
                };
                OpenAttempt { attempt: id, mr, part: attempt(i64::from(letter.as_bytes()[0]), 7, to, 0).part, ..attempt(id, 7, to, -ago_s) }
            })
            .collect();
        let report = ReportKey { mr: 7, ra_digits: to.to_owned(), submitted_at: Some(NOW.minus(SLACK / 6)), read_at: NOW };
        let owner = owner(&report, &open).map_or(Vec::new(), |owner| match owner {
            Owner::Attempt(id) => vec![id],
            Owner::OneOf(_, ids) => ids,
        });
        assert_eq!(owner, want, "{attempts:?}");
    }

    #[test]
    fn a_guess_proves_something_only_where_no_other_part_may_have_left() {
        check_doubts(&[("?7a", 20)], &[1]);
        check_doubts(&[("?a", 20)], &[1]);
        check_doubts(&[("?8a", 20)], &[]);
        check_doubts(&[("?7a", 20), ("?7b", 15)], &[]);
        // The first may have left as 6 or as 7, and then the second as 7 or as 8.
        check_doubts(&[("?6a", 25), ("?7b", 20)], &[]);
        check_doubts(&[("?7a", 25), ("?8b", 20)], &[]);
        // Long ago: its own report would carry another stamp.
        check_doubts(&[("?6a", 4_000), ("?7b", 20)], &[2]);
        check_doubts(&[("?7a", 4_000), ("?7b", 20)], &[]);
        check_doubts(&[("?7a", 25), ("?7a", 20)], &[1, 2]);
        check_doubts(&[("?7a", 25), ("?7a", 20), ("?8a", 19)], &[1, 2, 3]);
        check_doubts(&[("=7a", 25), ("?7b", 20)], &[1]);
        check_doubts(&[("?7a", 25), ("=7b", 20)], &[2]);
        check_doubts(&[("=6a", 25), ("?7b", 20)], &[2]);
        // The clock was set by an hour between the doubt and the text that has this reference, or the reference wrapped.
        check_doubts(&[("?a", 25), ("=7b", 3_620)], &[]);
        check_doubts(&[("?a", 25), ("?b", 3_620)], &[]);
        check_doubts(&[("=7b", 3_620), ("?7a", 25)], &[2]);
        check_doubts(&[], &[]);
    }
}
