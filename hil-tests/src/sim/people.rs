//! Simulated people: each reads what comes to the phone and answers, or not, in one of the ways people do.

use std::time::Duration;

use answerback::chance::Seeded;
use answerback::time::Tick;

use crate::emulator::network::HandsetText;

/// A person with a phone.
#[derive(Debug)]
pub struct Person {
    /// In E.164.
    pub number: String,
    chance: Seeded,
    /// Of 100 texts so many are answered.
    answers_percent: u64,
    seen: usize,
    replies: Vec<Reply>,
}

/// What somebody is about to write.
#[derive(Debug, Clone)]
struct Reply {
    at: Tick,
    to: String,
    text: String,
}

/// Fastest thumbs; stamps count whole seconds, so that nobody answers in the second of the question.
const READING: Duration = Duration::from_millis(2_500);

/// What people say to a question that asks for a yes or a no, or for a number.
const ANSWERS: &[&str] = &[
    "Y",
    "Y",
    "Y",
    "y",
    "Yes",
    "yes please",
    "N",
    "n",
    "No",
    "no thanks",
    "1",
    "2",
    "3",
    "4",
    "5",
    "Y 1",
    "N 2",
    "pay",
    "call",
    "CALL me",
    "not now",
    "Yes!!!",
    "Y.",
    "ok",
    "OK",
];
/// What people say that answers nothing.
const OTHERS: &[&str] = &[
    "ok but when?",
    "who is this",
    "I already paid on Monday, please check your books and let me know what you have found there before I pay anything twice because that has happened before and it took you three months to pay it back to me",
    "yes and no",
    "👍",
    "not yes",
    "maybe tomorrow",
    "STOP",
    "stop",
    "START",
    "HELP",
    "agent",
    "I smell gas in the kitchen",
    "Y, and there is a wire down in the street",
    "thanks",
    "",
    "\u{0}\u{202e}Y",
];

impl Person {
    /// Somebody with this number and a seed of moods.
    pub fn new(number: String, seed: u64) -> Self {
        let mut chance = Seeded::new(seed);
        let answers_percent = [20, 60, 90, 100][chance.below(4) as usize];
        Self { number, chance, answers_percent, seen: 0, replies: Vec::new() }
    }

    /// Looks at the phone: `shown` are all texts so far.
    pub fn look(&mut self, now: Tick, shown: &[HandsetText]) {
        for text in shown.iter().skip(self.seen) {
            if self.chance.below(100) < self.answers_percent {
                self.think(now, text.from.clone());
            }
        }
        self.seen = self.seen.max(shown.len());
    }

    fn think(&mut self, now: Tick, to: String) {
        let minutes = [0, 0, 1, 10, 120, 900][self.chance.below(6) as usize];
        let at = now.plus(READING).plus(Duration::from_millis(self.chance.below(60_000 * (minutes + 1))));
        let text = self.words();
        // Some press "send" twice.
        if self.chance.below(12) == 0 {
            self.replies.push(Reply { at: at.plus(Duration::from_secs(1)), to: to.clone(), text: text.clone() });
        }
        self.replies.push(Reply { at, to, text });
    }

    fn words(&mut self) -> String {
        let among = if self.chance.below(3) == 0 { OTHERS } else { ANSWERS };
        among[self.chance.below(among.len() as u64) as usize].to_owned()
    }

    /// When this person writes next.
    pub fn due(&self) -> Option<Tick> {
        self.replies.iter().map(|reply| reply.at).min()
    }

    /// What this person writes now: to which number, and the text.
    pub fn write(&mut self, now: Tick) -> Option<(String, String)> {
        let place = self.replies.iter().position(|reply| reply.at <= now)?;
        let reply = self.replies.remove(place);
        Some((reply.to, reply.text))
    }

    /// Puts the phone away for good.
    pub fn stop_answering(&mut self) {
        self.answers_percent = 0;
    }
}
