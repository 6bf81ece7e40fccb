//! People who have joined the peak hours of their utility, and are asked whether a load may be switched: by a chance of its own, beside
//! everything else.

use std::collections::BTreeMap;
use std::time::Duration;

use answerback::chance::Seeded;
use answerback::engine::session::NewSession;
use answerback::time::Tick;
use answerback::value::{Money, Value};

use super::Act;
use crate::sim::office::Ask;

/// Of so many sites one switches loads.
const SITES: u64 = 3;

/// Whether a site switches loads; its people have joined.
pub(super) fn joined(seed: u64) -> bool {
    Seeded::new(seed ^ 0x00E4_E269).below(SITES) == 0
}

/// Sessions of such a site.
pub(super) fn acts(seed: u64, until: Duration, people: &[(String, u64)], acts: &mut Vec<(Tick, Act)>) {
    if !joined(seed) {
        return;
    }
    let mut chance = Seeded::new(seed ^ 0x00E4_E26A);
    for _ in 0..3 + chance.below(8) {
        let place = chance.below(people.len() as u64) as usize;
        // One session of a person and a day at a time.
        let day = 26 + chance.below(5) as i8;
        let ms = 60_000 + chance.below(until.as_millis().max(1) as u64);
        acts.push((Tick::default().plus(Duration::from_millis(ms)), Act::Ask(Box::new(Ask::Session(peak(&people[place].0, day))))));
    }
}

/// Join the peak hours of a day of November?
pub(in crate::sim) fn peak(to: &str, day: i8) -> NewSession {
    let hour = |hour| Value::Time(jiff::civil::time(hour, 0, 0, 0));
    let data = [
        ("day", Value::Date(jiff::civil::date(2026, 11, day))),
        ("from_h", hour(17)),
        ("to_h", hour(20)),
        ("credit", Value::Money(Money { hundredths: 500 })),
    ];
    NewSession {
        flow: "energy.peak".to_owned(),
        to: Some(to.to_owned()),
        data: data.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>(),
        source: "simulation".to_owned(),
        ..NewSession::default()
    }
}
