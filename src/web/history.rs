//! The signal of a modem over a week and over the months, as drawings without script.

use maud::{Markup, html};

use crate::store::{Paging, Reader, Result, SIGNAL_KEEP_MS, SIGNAL_STEP_MS, Signal, SignalDay, SignalMonth};
use crate::time::{Day, Timestamp};

const WIDTH: i64 = 700;
const HEIGHT: i64 = 100;
/// 27.007 section 8.5: -113 dBm is nothing, -51 is all.
const WEAKEST: i64 = -113;
const STRONGEST: i64 = -51;

/// The card with the drawing; readings of neighbouring ten minutes are joined, and a gap stays one.
pub fn card(signals: &[Signal], now: Timestamp) -> Markup {
    let extremes = signals.iter().map(|signal| signal.low).min().zip(signals.iter().map(|signal| signal.high).max());
    html! {
        section class="card" {
            header { h2 { "Signal of the last seven days" } }
            @match extremes {
                None => p class="empty" { "No reading yet." },
                Some((low, high)) => div class="in" {
                    svg class="history" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(format!("signal from {low} to {high} dBm")) {
                        @for day in 0..8 {
                            @let x = day * WIDTH / 7;
                            line x1=(x) y1="0" x2=(x) y2=(HEIGHT) stroke="currentColor" stroke-opacity="0.15" {}
                        }
                        @for line in lines(signals, now) {
                            polyline points=(line) fill="none" stroke="currentColor" stroke-width="1.5" {}
                        }
                    }
                    p class="small soft" { "From " (low) " to " (high) " dBm; one stroke of the grid is a day." }
                },
            }
        }
    }
}

/// The days and months on the page: this month and the twelve before it, so that a month stands beside the one of last year.
pub struct Year {
    /// Where each of its months begins, newest first.
    begins: Vec<Day>,
    today: Day,
    /// Newest first.
    days: Vec<SignalDay>,
    months: Vec<SignalMonth>,
}

const MONTHS_SHOWN: usize = 13;
/// So many days have thirteen months at most.
const DAYS_SHOWN: u32 = 397;

impl Year {
    /// Up to today.
    pub fn read(reader: &Reader<'_>, modem: &str, today: Day) -> Result<Self> {
        Ok(Self::of(today, reader.signal_days(modem, today, Paging::newest(DAYS_SHOWN))?.items))
    }

    fn of(today: Day, mut days: Vec<SignalDay>) -> Self {
        let begins: Vec<Day> =
            std::iter::successors(Some(today.month()), |month| Some(month.minus(1).month())).take(MONTHS_SHOWN).collect();
        days.retain(|row| begins.last().is_some_and(|begin| row.day >= *begin));
        Self { begins, today, months: SignalMonth::of(&days), days }
    }

    fn x(&self, day: Day) -> i64 {
        let begin = self.begins.last().map_or(0, |begin| begin.number());
        (day.number() - begin) * WIDTH / (self.today.number() - begin).max(1)
    }
}

/// The card with the days of a year and a row for each month; nothing before the first day is over.
pub fn year(year: &Year) -> Markup {
    html! {
        @if year.days.iter().any(|row| row.day < year.today) {
            section class="card" {
                header { h2 { "Signal by months" } }
                div class="in" {
                    svg class="history" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label="signal of each day since the same month of last year" {
                        @for begin in &year.begins {
                            line x1=(year.x(*begin)) y1="0" x2=(year.x(*begin)) y2=(HEIGHT) stroke="currentColor" stroke-opacity="0.15" {}
                        }
                        @for row in &year.days {
                            line x1=(year.x(row.day)) y1=(y(row.low)) x2=(year.x(row.day)) y2=(y(row.high)) stroke="currentColor" stroke-opacity="0.3" stroke-width="1.5" stroke-linecap="square" {}
                        }
                        @for line in means(year) { polyline points=(line) fill="none" stroke="currentColor" stroke-width="1.5" {} }
                    }
                    p class="small soft" { "A bar is a day from its weakest to its strongest reading, the line its mean; one stroke of the grid is a month. All in dBm; ten years are kept." }
                }
                div class="wide" {
                    table {
                        thead { tr { th { "Month" } th { "Mean" } th { "Low" } th { "High" } } }
                        tbody { @for month in &year.months { (month_row(month)) } }
                    }
                }
            }
        }
    }
}

fn month_row(month: &SignalMonth) -> Markup {
    let all = &month.all;
    let name = all.day.date().strftime("%b %Y").to_string();
    html! { tr { td { (name) } td { (all.mean()) } td { (all.low) } td { (all.high) } } }
}

/// The means of each stretch of days without a gap.
fn means(year: &Year) -> Vec<String> {
    let stretches = year.days.chunk_by(|one, next| one.day.number() - next.day.number() == 1);
    let line = |stretch: &[SignalDay]| {
        let points: Vec<String> = stretch.iter().rev().map(|row| format!("{},{}", year.x(row.day), y(row.mean()))).collect();
        points.join(" ")
    };
    stretches.map(line).collect()
}

/// The points of each stretch without a gap: there along the strongest, and back along the weakest.
fn lines(signals: &[Signal], now: Timestamp) -> Vec<String> {
    let near = |pair: &[Signal; 2]| pair[1].at.ms_since(pair[0].at) <= SIGNAL_STEP_MS;
    let stretches = signals.chunk_by(|one, next| near(&[*one, *next]));
    stretches
        .map(|stretch| {
            let there = stretch.iter().map(|signal| point(signal.at, signal.high, now));
            let back = stretch.iter().rev().map(|signal| point(signal.at, signal.low, now));
            there.chain(back).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

fn point(at: Timestamp, dbm: i16, now: Timestamp) -> String {
    let x = WIDTH - (now.ms_since(at) * WIDTH / SIGNAL_KEEP_MS).clamp(0, WIDTH);
    format!("{x},{}", y(dbm))
}

fn y(dbm: i16) -> i64 {
    (STRONGEST - i64::from(dbm).clamp(WEAKEST, STRONGEST)) * HEIGHT / (STRONGEST - WEAKEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_stays_a_gap() {
        let now = Timestamp::from_unix_ms(SIGNAL_KEEP_MS);
        let at = |steps: i64, low, high| Signal { at: Timestamp::from_unix_ms(steps * SIGNAL_STEP_MS), low, high };
        let signals = [at(0, -113, -51), at(1, -82, -82), at(504, -51, -51)];
        assert_eq!(lines(&signals, now), ["0,0 1,50 1,50 0,100", "350,0 350,0"]);
        assert!(lines(&[], now).is_empty());
        let odd = [at(9_999, 99, 300)];
        assert_eq!(lines(&odd, now), ["700,0 700,0"], "a clock or a modem that is wrong stays in the picture");
    }

    #[test]
    fn a_year_begins_with_the_same_month_of_last_year() {
        let utc = jiff::tz::TimeZone::UTC;
        let of = |y, m, d| Day::of(Timestamp::of_calendar((y, m, d), (12, 0, 0)).expect("a day"), &utc);
        let row = |day, low, high| SignalDay { day, low, high, sum: i64::from(low) + i64::from(high), readings: 2 };
        let today = of(2026, 10, 31);
        let days = vec![row(today, -113, -51), row(today.minus(1), -82, -82), row(of(2025, 10, 1), -51, -51)];
        let year = Year::of(today, [days.as_slice(), &[row(of(2025, 9, 30), -60, -60)]].concat());
        assert_eq!(year.begins.last(), Some(&of(2025, 10, 1)));
        assert_eq!(means(&year), ["698,50 700,50", "0,0"], "a gap stays a gap");
        let names: Vec<(String, i16)> = year.months.iter().map(|month| (month.all.day.to_string(), month.all.mean())).collect();
        assert_eq!(names, [("2026-10-01".to_owned(), -82), ("2025-10-01".to_owned(), -51)]);
    }
}
