//! `/v1/modems/{id}/signal/days` and `/months`: what becomes of a modem's signal over the years.

use answerback::engine::{Work, modems, told};
use answerback::modem::io::{Identity, ModemEvent};
use answerback::settings::Settings;
use answerback::store::{Queue, SIGNAL_DAYS_KEPT};
use answerback::time::{Day, Timestamp};
use serde_json::{Value, json};

use super::TestApp;

const DAY_MS: i64 = 86_400_000;

impl TestApp {
    /// Readings of a modem, each so long before now.
    async fn read(&self, modem: &'static str, readings: Vec<(i64, i16)>) {
        let job = move |work: &mut Work<'_, '_>| {
            let now = work.now;
            for (ago_ms, dbm) in &readings {
                work.now = now.shifted_ms(-ago_ms);
                told::event(work, modem, "", &ModemEvent::Signal(Some(*dbm)))?;
            }
            Ok(())
        };
        self.engine.run(Queue::Modems, job).await.expect("noted");
    }

    async fn identify(&self, modem: &'static str) {
        let identity = Identity { imei: "35".to_owned(), ..Identity::default() };
        self.engine.run(Queue::Modems, move |work| modems::identity(work, modem, &identity)).await.expect("noted");
    }
}

fn items(answer: &Value) -> &[Value] {
    answer["items"].as_array().map(Vec::as_slice).unwrap_or_default()
}

#[tokio::test]
async fn a_day_and_a_month_are_told_with_the_weakest_the_mean_and_the_strongest() {
    let app = TestApp::start().await;
    app.get("/v1/modems/north/signal/days").await.problem(404, "not_found");
    app.get("/v1/modems/north/signal/months").await.problem(404, "not_found");
    let today = Day::of(app.engine.now(), &jiff::tz::TimeZone::UTC);
    // A month is over 62 days ago, whatever day it is.
    app.read("north", vec![(62 * DAY_MS, -60), (DAY_MS, -91), (DAY_MS, -80), (DAY_MS, -83), (0, -75)]).await;
    app.read("south", vec![(0, -51)]).await;
    let days = app.get("/v1/modems/north/signal/days").await.ok(200);
    let row = |ago: i64, low, mean, high, readings| json!({ "day": today.minus(ago).to_string(), "low_dbm": low, "mean_dbm": mean, "high_dbm": high, "readings": readings });
    assert_eq!(items(&days), [row(0, -75, -75, -75, 1), row(1, -91, -85, -80, 3), row(62, -60, -60, -60, 1)]);
    let page = app.get("/v1/modems/north/signal/days?limit=1").await.ok(200);
    let cursor = page["next"].as_str().expect("there are more");
    assert_eq!(items(&app.get(&format!("/v1/modems/north/signal/days?limit=1&cursor={cursor}")).await.ok(200)), [row(1, -91, -85, -80, 3)]);
    let months = app.get("/v1/modems/north/signal/months").await.ok(200);
    let sum: i64 = items(&months).iter().filter_map(|month| month["days"].as_i64()).sum();
    assert_eq!(sum, 3, "{months}");
    let first = json!({ "month": &today.minus(62).to_string()[..7], "low_dbm": -60, "mean_dbm": -60, "high_dbm": -60, "days": 1 });
    assert_eq!(items(&months).last(), Some(&first), "{months}");
}

#[tokio::test]
async fn ten_years_are_kept_and_a_clock_that_was_wrong_costs_no_day() {
    let app = TestApp::start().await;
    app.read("north", (0..SIGNAL_DAYS_KEPT + 100).rev().map(|day| (day * DAY_MS, -80)).collect()).await;
    // The clock was a hundred years ahead, then at the beginning of time.
    let now = app.engine.now().unix_ms();
    app.read("north", vec![(-36_500 * DAY_MS, -51), (now, -51), (0, -80)]).await;
    let (mut count, mut next, mut oldest) = (0, String::new(), Value::Null);
    loop {
        let page = app.get(&format!("/v1/modems/north/signal/days?limit=500{next}")).await.ok(200);
        count += items(&page).len();
        assert!(items(&page).iter().all(|row| row["high_dbm"] == -80), "{page}");
        oldest = items(&page).last().map_or(oldest, |row| row["day"].clone());
        let Some(cursor) = page["next"].as_str() else { break };
        next = format!("&cursor={cursor}");
    }
    let today = Day::of(app.engine.now(), &jiff::tz::TimeZone::UTC);
    assert_eq!((count as i64, oldest), (SIGNAL_DAYS_KEPT - 1, json!(today.minus(SIGNAL_DAYS_KEPT - 2).to_string())));
    assert!((120..=121).contains(&items(&app.get("/v1/modems/north/signal/months").await.ok(200)).len()));
}

#[tokio::test]
async fn a_day_begins_at_midnight_of_the_settings_zone() {
    let app = TestApp::start().await;
    // 13 hours and a half ahead of UTC or behind it: today, on either side.
    for (zone, hours) in [("Etc/GMT-14", 14), ("Etc/GMT+12", -12)] {
        let settings = Settings { zone: zone.to_owned(), country: "US".to_owned(), emergency: "911".to_owned(), ..Settings::default() };
        app.engine.run(Queue::Others, move |work| answerback::engine::configure::settings(work, &settings)).await.expect("set");
        let name = if hours > 0 { "east" } else { "west" };
        app.read(name, vec![(0, -70)]).await;
        let there = app.engine.now().shifted_ms(hours * 3_600_000);
        let want = Day::of(Timestamp::from_unix_ms(there.unix_ms()), &jiff::tz::TimeZone::UTC).to_string();
        assert_eq!(items(&app.get(&format!("/v1/modems/{name}/signal/days")).await.ok(200))[0]["day"], json!(want));
    }
}

#[tokio::test]
async fn the_history_goes_along_when_the_radio_shows_up_under_another_name() {
    let app = TestApp::start().await;
    app.read("north", vec![(DAY_MS, -90), (0, -90)]).await;
    app.identify("north").await;
    app.read("south", vec![(0, -70)]).await;
    app.identify("south").await;
    app.get("/v1/modems/north/signal/days").await.problem(404, "not_found");
    let days = app.get("/v1/modems/south/signal/days").await.ok(200);
    let told: Vec<_> = items(&days).iter().map(|row| [&row["low_dbm"], &row["mean_dbm"], &row["high_dbm"], &row["readings"]]).collect();
    assert_eq!(told, [[&json!(-90), &json!(-80), &json!(-70), &json!(2)], [&json!(-90), &json!(-90), &json!(-90), &json!(1)]]);
}
