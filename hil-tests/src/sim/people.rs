//! Simulated people: each reads what comes to the phone and answers, or not, in one of the ways people do.

use std::collections::BTreeMap;
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
    /// Alarms are theirs.
    on_call: bool,
    seen: usize,
    replies: Vec<Reply>,
    ways: BTreeMap<&'static str, u64>,
}

/// What somebody is about to write.
#[derive(Debug, Clone)]
struct Reply {
    at: Tick,
    to: String,
    text: String,
}

/// A way to answer: its name, how many of [`WEIGHTS`] answers are so, and the words.
struct Way {
    name: &'static str,
    weight: u64,
    words: &'static [&'static str],
}

const fn way(name: &'static str, weight: u64, words: &'static [&'static str]) -> Way {
    Way { name, weight, words }
}

/// Fastest thumbs; stamps count whole seconds, so that nobody answers in the second of the question.
const READING: Duration = Duration::from_millis(2_500);

const LONG: &str = "I already paid on Monday, please check your books and let me know what you have found there before I pay anything \
     twice because that has happened before and it took you three months to pay it back to me";
const LONG_YES: &str = "Yes, please do, and tell the people who come that the gate at the back is open but the one in front is not, because \
     of the roots of the old tree, and that the dog is in the garden but does not bite anybody who is friendly to it";

/// What people say to a question, and instead of an answer.
const WAYS: &[Way] = &[
    way("answers exactly", 40, &["Y", "Y", "Y", "y", "N", "n", "Yes", "No", "YES", "1", "2", "3", "4", "5"]),
    way(
        "answers with courtesy",
        10,
        &["yes please", "no thanks", "Yes!!!", "Y.", "ok", "OK", "Y, thank you", "Good morning, Y", "N sorry"],
    ),
    way("answers with a tag", 8, &["Y 1", "N 2", "Y1", "2 N", "Y 3", "1 2"]),
    way("answers twice in one text", 4, &["Y N", "Y and 2", "1 and 3", "yes. no.", "Y\nN"]),
    way("negates", 5, &["not yes", "no don't", "I do not want to pay", "not now", "yes and no", "never"]),
    way("asks back", 6, &["ok but when?", "who is this", "how much?", "why", "Y?", "1 or 2?"]),
    way("uses a word of the flow", 8, &["pay", "call", "CALL me", "later", "change", "not needed", "join", "JOIN", "skip", "in", "out"]),
    way("uses a keyword", 6, &["STOP", "stop", "START", "HELP", "agent", "stop it", "UNSTOP", "talk to someone"]),
    way("slips", 4, &["STPO", "HLEP", "Yse", "yess", "Nno", "SOTP please"]),
    way("tells of danger", 2, &["I smell gas in the kitchen", "Y, and there is a wire down in the street", "fire at the pole"]),
    way(
        "tells of danger in another language",
        2,
        &["huele a gas", "es riecht nach Gas", "пахне газом", "ça sent le gaz", "gaz kokusu var"],
    ),
    way(
        "stops in plain words",
        2,
        &["stop texting me", "please do not text me again", "remove me from your list", "no me escriban", "не пишіть мені більше"],
    ),
    way(
        "answers with a condition",
        5,
        &[
            "yes but call me after 5",
            "Y only if it is tomorrow",
            "ok but not today",
            "yes I already paid",
            "sí pero mañana",
            "ja aber später",
        ],
    ),
    way(
        "signs the answer",
        3,
        &["Y\n-- \nTom", "Yes. Kind regards, Maria", "N\n\nSent from my iPhone", "\"Y\"", "Yes please, thanks, Ana"],
    ),
    way("answers with figures", 4, &["04417", "04 417", "17:00", "tomorrow at 5 pm", "12/01", "84,50", "2 or 3", "+15555550123", "ACK 37"]),
    way("reacts to the question", 3, &["Liked \u{201c}{}\u{201d}", "👍 to \u{201c}{}\u{201d}", "Laughed at \u{201c}{}\u{201d}"]),
    way("answers with the tag it reads", 4, &["Y{#}", "N{#}", "1 {#}", "yes {#}"]),
    way("corrects itself", 3, &["N|Y", "Y|N", "no|wait, yes", "1|2", "Y|sorry, no", "STPO|no"]),
    way("sends a picture of a face", 3, &["👍", "👎", "🙂🙂", "Y 👍"]),
    way("sends nothing", 2, &["", " ", "\n", "."]),
    way("sends control characters", 2, &["\u{0}\u{202e}Y", "Y\u{1a}", "\u{1b}N", "+CMGS: 7\r\nOK\r\n", "\u{feff}1"]),
    way("writes at length", 3, &[LONG, LONG_YES]),
    way("writes Spanish", 4, &["Sí", "si", "No, gracias", "AYUDA", "BAJA", "pagar", "¿cuándo?", "no quiero"]),
    way("writes Ukrainian", 2, &["так", "ні", "інший час", "дякую"]),
    way("writes German or French", 2, &["Ja bitte", "nein danke", "STOPP", "oui merci", "non", "ARRET", "vielleicht", "ok mais quand ?"]),
    way("writes another script", 2, &["نعم", "لا شكرا", "हाँ जी", "नहीं", "是的", "不用了", "はい、お願いします", "いいえ", "да", "нет"]),
    way("answers nothing", 3, &["maybe tomorrow", "thanks", "lol", "wrong number", "99", "0"]),
];

const WEIGHTS: u64 = {
    let (mut sum, mut place) = (0, 0);
    while place < WAYS.len() {
        sum += WAYS[place].weight;
        place += 1;
    }
    sum
};

impl Person {
    /// Somebody with this number and a seed of moods.
    pub fn new(number: String, seed: u64) -> Self {
        let mut chance = Seeded::new(seed);
        let answers_percent = [20, 60, 90, 100][chance.below(4) as usize];
        Self { number, chance, answers_percent, on_call: false, seen: 0, replies: Vec::new(), ways: BTreeMap::new() }
    }

    /// Somebody who is on call, and may sleep.
    pub fn on_call(number: String, seed: u64) -> Self {
        let mut person = Self { on_call: true, ..Self::new(number, seed) };
        person.answers_percent = [0, 10, 40, 100][person.chance.below(4) as usize];
        person
    }

    /// Somebody who says one thing to the first text, and nothing more.
    pub fn who_says(number: String, text: &str) -> Self {
        let mut person = Self::new(number, 0);
        person.answers_percent = 0;
        // Whoever asks is found when the first text is there.
        person.replies.push(Reply { at: Tick::from_nanos(u64::MAX), to: String::new(), text: text.to_owned() });
        person
    }

    /// Looks at the phone: `shown` are all texts so far, `numbers` those of the box.
    pub fn look(&mut self, now: Tick, shown: &[HandsetText], numbers: &[String]) {
        for text in shown.iter().skip(self.seen) {
            if self.chance.below(100) < self.answers_percent {
                let to = self.whom(&text.from, numbers);
                self.think(now, to, &text.text);
            } else if let Some(ready) = self.replies.iter_mut().find(|reply| reply.to.is_empty()) {
                (ready.at, ready.to) = (now.plus(READING), text.from.clone());
            }
        }
        self.seen = self.seen.max(shown.len());
    }

    /// Mostly the number that wrote; some have the other one of the utility in their phone.
    fn whom(&mut self, from: &str, numbers: &[String]) -> String {
        if self.chance.below(12) > 0 || numbers.len() < 2 {
            return from.to_owned();
        }
        let other = &numbers[self.chance.below(numbers.len() as u64) as usize];
        if other != from {
            self.note("answers to another SIM");
        }
        other.clone()
    }

    fn think(&mut self, now: Tick, to: String, read: &str) {
        let minutes = [0, 0, 0, 1, 10, 120, 400, 900][self.chance.below(8) as usize];
        if minutes >= 120 {
            self.note("answers hours later");
        }
        let at = now.plus(READING).plus(Duration::from_millis(self.chance.below(60_000 * (minutes + 1))));
        let words = self.words(read);
        let (text, corrected) = match words.split_once('|') {
            Some((first, second)) => (first.to_owned(), Some(second.to_owned())),
            None => (words, None),
        };
        if let Some(text) = corrected {
            let at = at.plus(Duration::from_secs(2 + self.chance.below(90)));
            self.replies.push(Reply { at, to: to.clone(), text });
        }
        // Some press "send" twice.
        if self.chance.below(12) == 0 {
            self.note("presses send twice");
            self.replies.push(Reply { at: at.plus(Duration::from_secs(1)), to: to.clone(), text: text.clone() });
        }
        self.replies.push(Reply { at, to, text });
    }

    fn words(&mut self, read: &str) -> String {
        if self.on_call && self.chance.below(5) > 0 {
            return self.words_of_duty(read);
        }
        let mut lot = self.chance.below(WEIGHTS);
        for way in WAYS {
            if lot < way.weight {
                self.note(way.name);
                let words = way.words[self.chance.below(way.words.len() as u64) as usize];
                return words.replace("{}", read).replace("{#}", &tag_in(read));
            }
            lot -= way.weight;
        }
        String::new()
    }

    fn words_of_duty(&mut self, read: &str) -> String {
        let code = code_in(read);
        if self.chance.below(4) > 0 {
            self.note("acknowledges an alarm");
            return format!("ACK {code}");
        }
        self.note("passes an alarm on");
        format!("PASS {code}")
    }

    fn note(&mut self, way: &'static str) {
        *self.ways.entry(way).or_default() += 1;
    }

    /// How often this person did what.
    pub fn ways(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.ways.iter().map(|(name, times)| (*name, *times))
    }

    /// When this person writes next.
    pub fn due(&self) -> Option<Tick> {
        self.replies.iter().filter(|reply| !reply.to.is_empty()).map(|reply| reply.at).min()
    }

    /// What this person writes now: to which number, and the text.
    pub fn write(&mut self, now: Tick) -> Option<(String, String)> {
        let place = self.replies.iter().position(|reply| !reply.to.is_empty() && reply.at <= now)?;
        let reply = self.replies.remove(place);
        Some((reply.to, reply.text))
    }

    /// Puts the phone away for good.
    pub fn stop_answering(&mut self) {
        self.answers_percent = 0;
    }
}

/// The number in "Reply Y7 or N7"; none where the text has no tag.
fn tag_in(read: &str) -> String {
    let behind = read.rsplit_once("Reply Y").map_or("", |(_, behind)| behind);
    behind.chars().take_while(char::is_ascii_digit).collect()
}

/// The code in "ACK 37: Pump 3"; none where the text has no code.
fn code_in(read: &str) -> String {
    let behind = read.split_once("ACK ").map_or("", |(_, behind)| behind);
    behind.chars().take_while(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::required::REQUIRED;

    fn texts(count: usize) -> Vec<HandsetText> {
        let text = HandsetText { from: "+15550101001".to_owned(), text: "Y or N?".to_owned(), parts: 1, at_ms: 0 };
        vec![text; count]
    }

    #[test]
    fn people_answer_in_every_way() {
        let numbers = ["+15550101001".to_owned(), "+15550101002".to_owned()];
        let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
        for seed in 0..40 {
            let mut person = Person::new("+15555550100".to_owned(), seed);
            person.look(Tick::default(), &texts(60), &numbers);
            for (name, times) in person.ways() {
                *seen.entry(name).or_default() += times;
            }
        }
        for way in WAYS {
            assert!(seen.contains_key(way.name) && REQUIRED.contains(&way.name), "{}", way.name);
        }
    }

    #[test]
    fn a_tag_is_read_where_there_is_one() {
        for (read, tag) in [("Is it? Reply Y7 or N7.", "7"), ("Reply Y or N", ""), ("", "")] {
            assert_eq!(tag_in(read), tag, "{read}");
        }
        for (read, code) in [("ACK 37: Pump 3 low. Or PASS 37 to pass it on.", "37"), ("Pump 3 acknowledged.", ""), ("", "")] {
            assert_eq!(code_in(read), code, "{read}");
        }
    }

    #[test]
    fn the_same_seed_says_the_same() {
        let said = |seed| {
            let mut person = Person::new("+15555550100".to_owned(), seed);
            person.look(Tick::default(), &texts(20), &["+15550101001".to_owned()]);
            std::iter::from_fn(|| person.write(Tick::from_nanos(u64::MAX - 1))).collect::<Vec<_>>()
        };
        assert_eq!(said(7), said(7));
        assert_ne!(said(7), said(8));
    }

    #[test]
    fn who_says_one_thing_says_it_once() {
        let mut person = Person::who_says("+15555550100".to_owned(), "Y");
        assert_eq!((person.due(), person.write(Tick::from_nanos(u64::MAX))), (None, None), "nobody has asked");
        person.look(Tick::default(), &texts(3), &[]);
        assert_eq!(person.write(Tick::default().plus(READING)), Some(("+15550101001".to_owned(), "Y".to_owned())));
        assert_eq!(person.due(), None);
    }
}
