//! What a self-test has seen of a SIM in a modem, and what can be proved with them after a lost answer (reliability.md
//! sections 1 and 2): the witnesses, each with the words for a technician.
//!
//! It judges and sends nothing: the test is the engine's.

use serde::{Deserialize, Serialize};

use crate::terms::Word;

/// What was seen. Fields are filled as the test goes on; what is not there was not seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Findings {
    /// The reference that the SIM kept before, between and behind the two texts; `None` where it could not be read.
    pub kept_references: Vec<Option<u8>>,
    /// The first text could be kept in the modem's memory, and what the memory said of it behind the answer.
    pub stat: Option<u16>,
    /// The answer to the first text.
    pub first: Option<Answered>,
    /// The answer to the second, which asked for the reference of the first and for no duplicate.
    pub second: Option<Answered>,
    /// The service centre refused the second as a duplicate of the first.
    pub duplicate_refused: bool,
    /// A status report came, and how.
    pub report: Option<Shown>,
    /// Milliseconds from the first answer to the text that came in.
    pub came_back_ms: Option<i64>,
    /// Milliseconds by which the service centre's clock is ahead of the box.
    pub centre_ahead_ms: Option<i64>,
}

/// An answer to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// TP-MR.
    pub mr: u8,
    /// The service centre's acknowledgement was given along.
    pub acknowledged: bool,
    /// From the row to the answer.
    pub took_ms: i64,
}

/// How a report came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// `+CDS`.
    Directly,
    /// `+CDSI`, from a slot.
    Stored,
}

impl Word for Shown {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Directly, "directly"), (Self::Stored, "stored")];
}

/// What follows for the sending of texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Proved {
    /// The modem sends the reference that the box writes.
    pub mr_honoured: bool,
    /// The service centre refuses a duplicate (W3).
    pub duplicates_refused: bool,
    /// The SIM keeps the reference of its last text, and it can be read (W5).
    pub reference_kept: bool,
}

/// What one witness is worth here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// It was seen to work.
    Works,
    /// It was not seen.
    NotSeen,
}

impl Word for Worth {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Works, "green"), (Self::NotSeen, "amber")];
}

/// One line of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Witness {
    /// `W2` ...; the numbers of reliability.md.
    pub id: &'static str,
    /// What it is.
    pub name: &'static str,
    /// Whether it works.
    pub worth: Worth,
    /// What that means after a lost answer.
    pub words: &'static str,
}

impl Findings {
    /// What follows for the sending of texts.
    pub fn proved(&self) -> Proved {
        let same = |a: Option<Answered>, b: Option<Answered>| a.zip(b).is_some_and(|(a, b)| a.mr == b.mr);
        Proved {
            mr_honoured: self.duplicate_refused || same(self.first, self.second),
            duplicates_refused: self.duplicate_refused,
            reference_kept: self.reference_kept(),
        }
    }

    /// It was another one before, and the one of the first text behind it.
    fn reference_kept(&self) -> bool {
        match (self.kept_references.as_slice(), self.first) {
            ([Some(before), Some(behind), ..], Some(first)) => before != behind && *behind == first.mr,
            _ => false,
        }
    }

    /// The longest answer.
    pub fn answer_ms(&self) -> Option<i64> {
        self.first.into_iter().chain(self.second).map(|answered| answered.took_ms).max()
    }

    /// Every witness, with what it means.
    pub fn witnesses(&self) -> Vec<Witness> {
        let proved = self.proved();
        let acknowledged = self.first.into_iter().chain(self.second).any(|answered| answered.acknowledged);
        let seen = [self.report.is_some(), proved.duplicates_refused, self.stat == Some(SENT), proved.reference_kept, acknowledged];
        let rows = WITNESSES.iter().zip(seen).map(|((id, name, works, not_seen), seen)| {
            let (worth, words) = if seen { (Worth::Works, *works) } else { (Worth::NotSeen, *not_seen) };
            Witness { id, name, worth, words }
        });
        rows.collect()
    }
}

/// `<stat>` of a message that was sent.
const SENT: u16 = 3;

/// Id, name, what it means where it works and where it was not seen.
const WITNESSES: [(&str, &str, &str, &str); 5] = [
    (
        "W2",
        "Status report",
        "If an answer is lost, a status report can prove that the text was taken.",
        "No status report came: if an answer is lost, none will say that the text was taken, and deliveries are not known.",
    ),
    (
        "W3",
        "Duplicates refused",
        "If an answer is lost, a text sent again is refused where the first was taken and not delivered yet: that proves the first.",
        "A text sent again is not known to be refused as a duplicate: after a lost answer it may arrive twice, and is marked so.",
    ),
    (
        "W4",
        "Memory says sent",
        "A text sent from the modem's memory is marked there as sent; the box does not need it for ordinary texts.",
        "The modem's memory does not say which texts were sent; the box does not need it for ordinary texts.",
    ),
    (
        "W5",
        "SIM's last reference",
        "If an answer is lost, the SIM tells whether the modem used a reference: a strong hint, never a proof.",
        "The SIM's last reference cannot be read or does not move: after a lost answer there is no hint from the SIM.",
    ),
    (
        "ack",
        "Acknowledgement in the answer",
        "The answer to a text carries the service centre's acknowledgement.",
        "The answer to a text is only a reference; that is usual, and enough.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(mr: u8) -> Answered {
        Answered { mr, acknowledged: false, took_ms: 2_000 }
    }

    /// References before and behind, of the two answers, whether the second was refused; honoured, refused, kept.
    fn check(kept: [Option<u8>; 2], first: u8, second: Option<u8>, refused: bool, want: [bool; 3]) {
        let findings = Findings {
            kept_references: kept.to_vec(),
            first: Some(answered(first)),
            second: second.map(answered),
            duplicate_refused: refused,
            ..Findings::default()
        };
        let proved = findings.proved();
        assert_eq!([proved.mr_honoured, proved.duplicates_refused, proved.reference_kept], want, "{kept:?} {first} {second:?} {refused}");
    }

    #[test]
    fn what_was_seen_says_what_can_be_proved() {
        check([Some(41), Some(42)], 42, Some(43), false, [false, false, true]);
        check([Some(41), Some(42)], 42, Some(42), false, [true, false, true]);
        check([Some(41), Some(42)], 42, None, true, [true, true, true]);
        check([Some(41), Some(41)], 42, Some(43), false, [false, false, false]);
        check([Some(42), Some(42)], 42, Some(43), false, [false, false, false]);
        check([None, Some(42)], 42, Some(43), false, [false, false, false]);
        check([Some(255), Some(0)], 0, Some(0), false, [true, false, true]);
        check([Some(255), Some(9)], 0, None, false, [false, false, false]);
    }

    #[test]
    fn each_witness_has_its_words() {
        let nothing = Findings::default().witnesses();
        assert!(nothing.iter().all(|witness| witness.worth == Worth::NotSeen), "{nothing:?}");
        let all = Findings {
            kept_references: vec![Some(1), Some(2)],
            stat: Some(3),
            first: Some(Answered { mr: 2, acknowledged: true, took_ms: 1 }),
            duplicate_refused: true,
            report: Some(Shown::Directly),
            ..Findings::default()
        };
        assert!(all.witnesses().iter().all(|witness| witness.worth == Worth::Works), "{:?}", all.witnesses());
        assert_ne!(nothing[0].words, all.witnesses()[0].words);
    }
}
