//! Whole processes: a daemon on a pty that loses its power, its modem or an answer in the worst moments. The judge is what
//! the emulated network took, what the billing system has in its books, and what the API says afterwards.
//!
//! Each scenario has a box of its own; a few run at once, because they mostly wait.

mod answers;
mod cuts;
mod doubts;
mod exchange;
mod judge;
mod kills;
mod rehearse;
mod rings;
mod site;
mod story;
mod trace;

use std::time::Instant;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Over all tests of this file.
static AT_ONCE: Semaphore = Semaphore::const_new(6);

/// Plays every scenario, prints a table of them, and fails with what went wrong in any; answers what each gave.
async fn together<S, T, F, P>(title: &str, scenarios: Vec<(String, S)>, play: F) -> Vec<T>
where
    S: Send + 'static,
    T: Send + 'static,
    F: Fn(S) -> P + Copy + Send + 'static,
    P: Future<Output = Result<(T, String), String>> + Send,
{
    let began = Instant::now();
    let mut playing = JoinSet::new();
    let count = scenarios.len();
    for (place, (name, scenario)) in scenarios.into_iter().enumerate() {
        playing.spawn(async move {
            // It is never closed.
            let _turn = AT_ONCE.acquire().await;
            let began = Instant::now();
            (place, name, play(scenario).await, began.elapsed())
        });
    }
    let mut ended = playing.join_all().await;
    ended.sort_by_key(|(place, ..)| *place);
    println!("\n{title} | what came of it | seconds");
    let (mut given, mut wrong) = (Vec::new(), Vec::new());
    for (_, name, result, took) in ended {
        let words = match result {
            Ok((found, words)) => {
                given.push(found);
                words
            }
            Err(words) => {
                wrong.push(format!("{name}: {words}"));
                "WRONG".to_owned()
            }
        };
        println!("{name} | {words} | {:.1}", took.as_secs_f32());
    }
    println!("{count} scenarios in {:.1} s", began.elapsed().as_secs_f32());
    assert!(wrong.is_empty(), "{} of {count} are wrong:\n{}", wrong.len(), wrong.join("\n\n"));
    given
}
