//! What a durable deed costs the flash: octets written and flushes, read from a record. Pure.

use std::fmt;

use super::log::Deed;
use super::marks::Mark;

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    /// Octets written to the database's files.
    pub octets: usize,
    /// Flushes.
    pub flushes: usize,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} KiB written, {} flushes", self.octets / 1024, self.octets % 1024 * 10 / 1024, self.flushes)
    }
}

/// What was written from a place up to another one.
pub fn of(deeds: &[Deed]) -> Cost {
    let mut cost = Cost::default();
    for deed in deeds {
        match deed {
            Deed::Written { octets, .. } => cost.octets += octets.len(),
            Deed::Synced { .. } => cost.flushes += 1,
            Deed::Started
            | Deed::Created { .. }
            | Deed::Truncated { .. }
            | Deed::FolderSynced { .. }
            | Deed::Removed { .. }
            | Deed::Left { .. }
            | Deed::Heard { .. }
            | Deed::Closed { .. } => {}
        }
    }
    cost
}

/// The median cost from the answer that names one of these ids to the answer that names the next; `None` where one has no answer.
pub fn median(deeds: &[Deed], marks: &[(usize, Mark)], ids: &[String]) -> Option<Cost> {
    let answer = |id: &String| {
        marks.iter().find(|(_, mark)| matches!(mark, Mark::Answered { id: known, .. } if known == id)).map(|(place, _)| *place)
    };
    let places: Vec<usize> = ids.iter().map(answer).collect::<Option<_>>()?;
    let mut costs: Vec<Cost> = places.windows(2).map(|pair| of(&deeds[pair[0]..pair[1]])).collect();
    costs.sort_unstable();
    costs.get(costs.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_stands_between_two_answers() {
        let write = |count: usize| Deed::Written { file: "a".to_owned(), at: 0, octets: vec![0; count] };
        let sync = || Deed::Synced { file: "a".to_owned(), before: 0 };
        let left = || Deed::Left { fd: 1, terminal: false, octets: Vec::new() };
        let deeds = [write(9), left(), write(10), write(20), sync(), left(), write(5000), sync(), left(), write(1), left()];
        let answered = |place: usize, id: &str| (place, Mark::Answered { status: 202, id: id.to_owned() });
        let marks = [answered(1, "a"), answered(5, "b"), answered(8, "c"), answered(10, "d")];
        let ids = ["a", "b", "c", "d"].map(str::to_owned);
        assert_eq!(median(&deeds, &marks, &ids), Some(Cost { octets: 30, flushes: 1 }));
        assert_eq!(median(&deeds, &marks, &["a".to_owned(), "x".to_owned()]), None);
        assert_eq!(of(&deeds[5..]).to_string(), "4.8 KiB written, 1 flushes");
    }
}
