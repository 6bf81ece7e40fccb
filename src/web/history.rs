//! The signal of a modem over a week, as a drawing without script.

use maud::{Markup, html};

use crate::store::{SIGNAL_KEEP_MS, SIGNAL_STEP_MS, Signal};
use crate::time::Timestamp;

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
    let y = (STRONGEST - i64::from(dbm).clamp(WEAKEST, STRONGEST)) * HEIGHT / (STRONGEST - WEAKEST);
    format!("{x},{y}")
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
}
