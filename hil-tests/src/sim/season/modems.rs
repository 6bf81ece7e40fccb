//! Seasons of modems that have to be looked after, and of what may leave on them.

use std::time::Duration;

use answerback::settings::Caps;
use answerback::terms::{Policy, Rank};

use super::{QUIET, Season, said_to};
use crate::emulator::brain::Habits;
use crate::emulator::fault::{Fault as Radio, Place};
use crate::sim::fault::{Commit, Fault};
use crate::sim::office::Ask;
use crate::sim::plan::Act;
use crate::sim::plan::energy::peak;

/// A number that speaks of the SIM.
const BARRED: u16 = 50;
const NONE: Caps = Caps { minute: 0, day: 0, month: 0, recipients: 0 };

impl Season {
    /// A queue of notices, and an alarm behind them.
    pub(super) fn an_alarm_behind_notices(&mut self) {
        self.answer = Some(Duration::from_secs(4));
        for place in 0..10 {
            self.message(100 + place, QUIET, Policy::Notice);
        }
        let alarm = Ask::Message(answerback::engine::accept::NewMessage { rank: Some(Rank(2)), ..said_to(QUIET, Policy::Alarm) });
        self.at(115, Act::Ask(Box::new(alarm)));
    }

    /// Two modems that have been there for long, and texts to the first one that are answered.
    pub(super) fn somebody_who_knows_a_sim(&mut self) {
        self.modems = 2;
        self.minutes = 15;
        for place in 0..3 {
            self.text(450 + 60 * place, "HELP");
        }
    }

    /// Texts to this many people, each SIM with this cap.
    pub(super) fn more_than_it_may(&mut self, caps: Caps) {
        self.setup.caps = Some(caps);
        for person in 0..8_u64 {
            self.message(100 + person, &format!("+1555555{:04}", 910 + person), Policy::Notice);
        }
    }

    pub(super) fn more_than_a_minute_holds(&mut self) {
        self.more_than_it_may(Caps { minute: 2, ..NONE });
    }

    pub(super) fn more_than_a_day_holds(&mut self) {
        self.more_than_it_may(Caps { day: 3, ..NONE });
    }

    pub(super) fn more_than_a_month_holds(&mut self) {
        self.more_than_it_may(Caps { month: 3, ..NONE });
    }

    pub(super) fn more_people_than_it_may(&mut self) {
        self.more_than_it_may(Caps { recipients: 2, ..NONE });
    }

    /// Nothing but its power helps it, which the box cannot switch; the process dies again and again.
    pub(super) fn dead_through_many_lives(&mut self) {
        self.fault(200, Fault::Radio { modem: 0, fault: Radio::Dead, times: 0, until: None });
        for life in 1..6 {
            self.fault(200 + 480 * life, Fault::Crash { back: Duration::from_secs(5), power: false });
        }
        self.minutes = 60;
    }

    /// A restart takes a hung modem away; later it hangs again.
    pub(super) fn taken_away_by_its_help(&mut self) {
        self.fault(190, Fault::TakenAway { modem: 0, back: Duration::from_mins(20) });
        for second in [200, 1_900] {
            self.fault(second, Fault::Radio { modem: 0, fault: Radio::Hung, times: 0, until: None });
        }
        self.minutes = 50;
    }

    /// The network refuses whatever the SIM sends.
    pub(super) fn refused_again_and_again(&mut self) {
        self.fault(95, Fault::Radio { modem: 0, fault: Radio::Refuse { cms: BARRED }, times: 0, until: None });
        for person in 0..10_u64 {
            self.message(100 + 2 * person, &format!("+1555555{:04}", 910 + person), Policy::Notice);
        }
    }

    /// The port goes whenever a text is on air.
    pub(super) fn falls_with_each_text(&mut self) {
        let fault = Radio::Vanish { place: Place::NotTaken, octets: 0, back_ms: Some(5_000) };
        self.fault(95, Fault::Radio { modem: 0, fault, times: 0, until: None });
        for person in 0..10_u64 {
            self.message(100 + person, &format!("+1555555{:04}", 910 + person), Policy::Once);
        }
        self.minutes = 58;
    }

    /// The process dies before what was shown is on disk.
    pub(super) fn crash_with_what_was_shown(&mut self) {
        self.habits = vec![Habits { shows_only: true, ..Habits::default() }];
        self.crash_at(95, Commit::Receive, false);
        self.texts(100, &["hello", "is anybody there", "thanks"]);
    }

    /// An answer that is too light for a load.
    pub(super) fn light_answer_to_a_switch(&mut self) {
        self.setup.joined = true;
        let words = ["ok", "ok 👍", "sure"];
        let said = words[self.chance.below(words.len() as u64) as usize];
        self.at(100, Act::Ask(Box::new(Ask::Session(peak(QUIET, 28)))));
        self.text(130, said);
    }
}
