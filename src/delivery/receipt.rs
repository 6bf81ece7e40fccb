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
    /// TP-MR it was accepted with, or the one expected while it is in doubt.
    pub mr: u8,
    /// The network has said this TP-MR: it is no guess.
    pub known: bool,
    /// To whom.
    pub to: Msisdn,
    /// When its row was committed, which is before the network could see it (box time).
    pub begun_at: Timestamp,
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

/// The youngest attempt that fits by a reference the network has said; else the one part whose expected reference fits. Where
/// several parts could be meant, the report proves nothing.
pub fn owner(report: &ReportKey, open: &[OpenAttempt]) -> Option<i64> {
    let fits =
        |attempt: &&OpenAttempt| attempt.mr == report.mr && same_tail(attempt.to.digits(), &report.ra_digits) && in_time(report, attempt);
    let fitting: Vec<&OpenAttempt> = open.iter().filter(fits).collect();
    let known = fitting.iter().filter(|attempt| attempt.known).max_by_key(|attempt| attempt.begun_at);
    let guessed = fitting.iter().max_by_key(|attempt| attempt.begun_at);
    let one_part = fitting.iter().all(|attempt| Some(attempt.part) == guessed.map(|guessed| guessed.part));
    known.or(guessed.filter(|_| one_part)).map(|attempt| attempt.attempt)
}

fn same_tail(da: &str, ra: &str) -> bool {
    let ra: String = ra.chars().filter(char::is_ascii_digit).collect();
    let tail = TAIL_DIGITS.min(da.len());
    ra.len() >= tail && da[da.len() - tail..] == ra[ra.len() - tail..]
}

fn in_time(report: &ReportKey, attempt: &OpenAttempt) -> bool {
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
            mr,
            known: true,
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
        assert_eq!(owner(&report, &open), want, "{name}");
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

    /// Attempts to one number: `=` the reference is known, `?` it is expected; a letter for each part.
    fn check_doubts(attempts: &[&str], want: Option<i64>) {
        let to = "+380501112233";
        let open: Vec<OpenAttempt> = attempts
            .iter()
            .zip(1..)
            .map(|(words, id)| {
                let (known, letter) = (words.starts_with('='), words.as_bytes()[1]);
                OpenAttempt { attempt: id, known, part: attempt(i64::from(letter), 7, to, 0).part, ..attempt(id, 7, to, -20 + id) }
            })
            .collect();
        let report = ReportKey { mr: 7, ra_digits: to.to_owned(), submitted_at: Some(NOW.minus(SLACK / 6)), read_at: NOW };
        assert_eq!(owner(&report, &open), want, "{attempts:?}");
    }

    #[test]
    fn a_guess_proves_something_only_where_no_other_part_fits() {
        check_doubts(&["?a"], Some(1));
        check_doubts(&["?a", "?b"], None);
        check_doubts(&["?a", "?b", "?a"], None);
        check_doubts(&["?a", "?a"], Some(2));
        check_doubts(&["=a", "?b"], Some(1));
        check_doubts(&["?a", "=b"], Some(2));
        check_doubts(&[], None);
    }
}
