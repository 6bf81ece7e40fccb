//! The one player: it takes a scenario step by step, on any stage. A stage does, shows and lets time pass; the player
//! decides when, judges, and tells one line a step.

use std::collections::BTreeMap;
use std::time::Duration;

use super::judge::{Facts, Sight, judge};
use super::script::{Deed, Look, Rig, Scenario, Step, StruckLook, Subject, What, When};
use super::tell;

/// What a rung of the ladder has to offer. Time is the stage's own: real, or as fast as the next event.
pub trait Stage {
    /// Time since the scene began.
    fn now(&self) -> Duration;

    /// Does something; what came of it in a few words, or why it could not be done.
    fn act(&mut self, deed: &Deed) -> Result<String, String>;

    /// Shows a subject as it is now.
    fn see(&mut self, subject: &Subject) -> Result<Facts, String>;

    /// Lets time pass: until something happens, at most so long. Some time passes every time.
    fn pass(&mut self, at_most: Duration);

    /// How long a look waits where the scenario does not say it.
    fn patience(&self) -> Duration;

    /// How long the scene settles at the end, where the scenario asks for so much.
    fn settles(&self, asked: Duration) -> Duration {
        asked
    }

    /// What the box said last, for a failure.
    fn last_words(&mut self) -> String;
}

/// Why a scenario did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The file.
    pub file: String,
    /// The line of the step.
    pub line: usize,
    /// What happened instead.
    pub words: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.words)
    }
}

/// Plays every step, then lets the scene settle and looks at every expectation again.
pub fn play(scenario: &Scenario, stage: &mut dyn Stage, tell: &mut dyn FnMut(&str)) -> Result<(), Failure> {
    let failed = |line: usize, words: String, stage: &mut dyn Stage| {
        let last = stage.last_words();
        let words = if last.is_empty() { words } else { format!("{words}\n{last}") };
        Failure { file: scenario.file.clone(), line, words }
    };
    for step in &scenario.steps {
        wait_for(step.when, stage);
        let began = stage.now();
        let said = take(step, stage);
        match &said {
            Ok(words) => tell(&tell::line(began, step, words)),
            Err(words) => tell(&tell::line(began, step, &format!("NOT SO: {words}"))),
        }
        said.map_err(|words| failed(step.line, words, stage))?;
    }
    pass_until(stage.now() + stage.settles(scenario.settle), stage);
    for step in &scenario.steps {
        let What::Expect(look) = &step.what else { continue };
        match look_at(look, stage) {
            Ok(Sight::Met) => {}
            Ok(Sight::NotYet(words) | Sight::Never(words)) | Err(words) => {
                tell(&tell::line(stage.now(), step, &format!("NOT SO AT THE END: {words}")));
                return Err(failed(step.line, format!("this was so, and is not so any more: {words}"), stage));
            }
        }
    }
    every_fault_was_met(scenario, stage).map_err(|(line, words)| failed(line, words, stage))
}

/// A fault that was switched on and never met would leave the scenario to show nothing.
fn every_fault_was_met(scenario: &Scenario, stage: &mut dyn Stage) -> Result<(), (usize, String)> {
    let mut switched_on: BTreeMap<(usize, &str), u64> = BTreeMap::new();
    for step in &scenario.steps {
        let What::Do(Deed::Rig(Rig::Fault { modem, fault: Some(fault), .. })) = &step.what else { continue };
        let times = switched_on.entry((*modem, fault.name())).or_default();
        *times += 1;
        let subject = Subject::Struck(StruckLook { modem: *modem, name: fault.name().to_owned(), times: Some(*times) });
        let seen = stage.see(&subject).map_err(|words| (step.line, words))?;
        if let Sight::NotYet(words) | Sight::Never(words) = judge(&subject, &seen) {
            return Err((step.line, format!("this fault was never met: {words}")));
        }
    }
    Ok(())
}

fn wait_for(when: When, stage: &mut dyn Stage) {
    match when {
        When::Now => {}
        When::At(at) => pass_until(at, stage),
        When::After(pause) => pass_until(stage.now() + pause, stage),
    }
}

fn pass_until(at: Duration, stage: &mut dyn Stage) {
    while stage.now() < at {
        let left = at.saturating_sub(stage.now());
        stage.pass(left);
    }
}

fn take(step: &Step, stage: &mut dyn Stage) -> Result<String, String> {
    match &step.what {
        What::Do(deed) => stage.act(deed),
        What::WaitUntil(look) | What::Expect(look) => wait_until(look, stage),
    }
}

fn wait_until(look: &Look, stage: &mut dyn Stage) -> Result<String, String> {
    let began = stage.now();
    let within = look.within.unwrap_or_else(|| stage.patience());
    loop {
        let passed = stage.now().saturating_sub(began);
        match look_at(look, stage)? {
            Sight::Met => return Ok(format!("so after {}", tell::seconds(passed))),
            Sight::Never(words) => return Err(words),
            Sight::NotYet(words) if passed >= within => return Err(format!("not within {}: {words}", tell::seconds(within))),
            Sight::NotYet(_) => stage.pass(within.saturating_sub(passed)),
        }
    }
}

/// All subjects together: the first that is not so decides.
fn look_at(look: &Look, stage: &mut dyn Stage) -> Result<Sight, String> {
    let mut first = Sight::Met;
    for subject in &look.subjects {
        match judge(subject, &stage.see(subject)?) {
            Sight::Met => {}
            Sight::Never(words) => return Ok(Sight::Never(format!("{subject}: {words}"))),
            Sight::NotYet(words) if first == Sight::Met => first = Sight::NotYet(format!("{subject}: {words}")),
            Sight::NotYet(_) => {}
        }
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::super::read::read;
    use super::*;

    /// A phone that gets a text at each of these times.
    struct Paper {
        now: Duration,
        texts_at_ms: Vec<u64>,
        done: Vec<String>,
    }

    impl Stage for Paper {
        fn now(&self) -> Duration {
            self.now
        }

        fn act(&mut self, deed: &Deed) -> Result<String, String> {
            self.done.push(format!("{} ms: {deed}", self.now.as_millis()));
            Ok(String::new())
        }

        fn see(&mut self, _: &Subject) -> Result<Facts, String> {
            let shown = self.texts_at_ms.iter().filter(|at| u128::from(**at) <= self.now.as_millis());
            Ok(Facts::Texts(shown.map(|at| format!("text of {at}")).collect()))
        }

        fn pass(&mut self, at_most: Duration) {
            self.now += at_most.min(Duration::from_millis(100));
        }

        fn patience(&self) -> Duration {
            Duration::from_secs(5)
        }

        fn last_words(&mut self) -> String {
            String::new()
        }
    }

    fn check(steps: &str, texts_at_ms: &[u64], want: Result<&str, (usize, &str)>) {
        let source = format!("title = \"t\"\nabout = \"a\"\nsettle = \"2 s\"\n{steps}");
        let scenario = read("x.scenario.toml", &source, std::path::Path::new(".")).expect("a scenario");
        let mut stage = Paper { now: Duration::ZERO, texts_at_ms: texts_at_ms.to_vec(), done: Vec::new() };
        let mut lines = Vec::new();
        let outcome = play(&scenario, &mut stage, &mut |line| lines.push(line.to_owned()));
        match (outcome, want) {
            (Ok(()), Ok(done)) => assert_eq!(stage.done.join("; "), done),
            (Err(failure), Err((line, words))) => {
                assert_eq!(failure.line, line, "{failure}");
                assert!(failure.words.contains(words), "{failure}");
            }
            (outcome, want) => panic!("{outcome:?} instead of {want:?}\n{}", lines.join("\n")),
        }
    }

    const ONE: &str = "[[step]]\nexpect.phone = { number = \"+15550100200\", count = 1 }\n";

    #[test]
    fn an_expectation_is_waited_for_and_must_last() {
        check(ONE, &[1_000], Ok(""));
        check(ONE, &[], Err((4, "not within 5.000 s")));
        // The second text comes while the scene settles.
        check(ONE, &[1_000, 2_500], Err((4, "is not so any more")));
    }

    #[test]
    fn steps_begin_at_their_time() {
        let steps =
            format!("[[step]]\nat = \"1 s\"\nunplug = 0\n[[step]]\nafter = \"500 ms\"\nplug = 0\n[[step]]\nat = \"1 s\"\nplug = 0\n{ONE}");
        check(
            &steps,
            &[0],
            Ok("1000 ms: pull the plug of modem 0; 1500 ms: put the plug of modem 0 back; 1500 ms: put the plug of modem 0 back"),
        );
    }

    #[test]
    fn what_can_never_be_so_is_not_waited_for() {
        let steps = "[[step]]\nwait_until = { within = \"10 d\", phone = { number = \"+15550100200\", count = 1 } }\n";
        check(&format!("{steps}{ONE}"), &[100, 100], Err((4, "2 of 2")));
    }
}
