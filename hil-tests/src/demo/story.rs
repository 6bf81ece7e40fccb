//! The demo's conversation as scenes: which have been seen, when, and which are missing. It prints and decides nothing
//! else; time is passed in.

use answerback::time::Timestamp;

/// What must be seen, in the order in which it is told. Later scenes may happen before earlier ones are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scene {
    /// The daemon answered 202.
    Accepted,
    /// A modem took the question, and the network took it from the modem.
    Submitted,
    /// It is on the customer's phone.
    Shown,
    /// The customer texted back.
    Answered,
    /// The daemon knows which question "Y" answers, and by which rule.
    Understood,
    /// Billing was asked to charge, with an idempotency key.
    Charged,
    /// The receipt is on the phone.
    Receipt,
    /// The report that the receipt arrived is matched to it.
    Delivered,
    /// Billing heard by a signed webhook how it ended.
    Told,
}

impl Scene {
    /// Every scene, in order.
    pub const ALL: [Self; 9] = [
        Self::Accepted,
        Self::Submitted,
        Self::Shown,
        Self::Answered,
        Self::Understood,
        Self::Charged,
        Self::Receipt,
        Self::Delivered,
        Self::Told,
    ];

    /// What is missing when the scene never came.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Accepted => "the daemon accepting the question (202)",
            Self::Submitted => "a modem taking the question (message.submitted)",
            Self::Shown => "the question on the customer's phone",
            Self::Answered => "the customer's answer",
            Self::Understood => "the answer understood (message.received with its rule)",
            Self::Charged => "the charge called at billing",
            Self::Receipt => "the receipt on the customer's phone",
            Self::Delivered => "the receipt's delivery report (message.delivered)",
            Self::Told => "billing told by webhook how the session ended (session.completed)",
        }
    }
}

/// The scenes seen so far.
#[derive(Debug)]
pub struct Story {
    began: Timestamp,
    seen: Vec<Scene>,
}

impl Story {
    /// Nothing has happened yet.
    pub fn new(began: Timestamp) -> Self {
        Self { began, seen: Vec::new() }
    }

    /// The line to print for a scene: time of day, seconds since the beginning, what happened.
    pub fn happened(&mut self, scene: Scene, now: Timestamp, what: &str) -> String {
        self.seen.push(scene);
        self.line(now, what)
    }

    /// The line to print for something beside the scenes.
    pub fn line(&self, now: Timestamp, what: &str) -> String {
        let clock = now.to_string();
        let time_of_day = clock.get(11..23).unwrap_or(&clock);
        let since_ms = now.ms_since(self.began).max(0);
        format!("{time_of_day}  +{:>2}.{:03} s  {what}", since_ms / 1000, since_ms % 1000)
    }

    /// How often a scene was seen.
    pub fn count(&self, scene: Scene) -> usize {
        self.seen.iter().filter(|seen| **seen == scene).count()
    }

    /// The scenes that have not come yet.
    pub fn missing(&self) -> Vec<Scene> {
        Scene::ALL.into_iter().filter(|scene| !self.seen.contains(scene)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_the_time_and_how_long_it_took() {
        let began = Timestamp::parse("2026-11-12T09:30:00Z").expect("a time");
        let mut story = Story::new(began);
        let line = story.happened(Scene::Shown, began.shifted_ms(1_234), "the phone shows it");
        assert_eq!(line, "09:30:01.234  + 1.234 s  the phone shows it");
    }

    #[test]
    fn what_is_missing_is_said_in_order() {
        let mut story = Story::new(Timestamp::from_unix_ms(0));
        for scene in Scene::ALL {
            assert!(story.missing().contains(&scene));
            story.happened(scene, Timestamp::from_unix_ms(1), "");
        }
        assert!(story.missing().is_empty());
        story.happened(Scene::Charged, Timestamp::from_unix_ms(2), "");
        assert_eq!(story.count(Scene::Charged), 2);
    }
}
