//! What goes wrong: every fault with a weight by which it strikes often enough to be seen.

use std::time::Duration;

use answerback::time::Tick;

use super::{Act, Maker};
use crate::emulator::fault::{Fault as Radio, Place};
use crate::sim::fault::{Commit, Fault, Manner, Moment};

/// Where a port goes away.
const PLACES: &[Place] = &[
    Place::Prompt,
    Place::AtPrompt,
    Place::Pdu,
    Place::Taken,
    Place::NotTaken,
    Place::Reference,
    Place::Ok,
    Place::Answer,
    Place::Read,
    Place::Deleted,
    Place::NotDeleted,
];

impl Maker {
    pub(super) fn fault(&mut self) -> Fault {
        let modem = self.modem();
        match self.below(100) {
            0..=43 => self.radio(modem),
            44..=45 => Fault::LastReference { modem, mr: 253 + self.below(3) as u8 },
            46..=48 => Fault::Unplug { modem, back: self.back(), renamed: self.below(2) == 0 },
            49..=50 => Fault::NoNetwork { modem, back: self.back() },
            51..=53 => Fault::PhoneOff { person: self.below(self.people.len() as u64) as usize, back: self.back() },
            54..=72 => self.crash_at(),
            73..=76 => match self.below(4) {
                0 => Fault::Crash { back: self.back(), power: false },
                1 => Fault::Crash { back: self.back(), power: true },
                _ => Fault::Stop { back: self.back() },
            },
            // A box that tries again every second does the same for hours.
            77..=78 => Fault::DiskFull { back: self.back().min(Duration::from_mins(2)) },
            79 => {
                let fsync = Duration::from_millis(*self.pick(&[300, 4_000, 15_000]));
                Fault::SlowDisk { fsync, back: self.back() }
            }
            80..=83 => {
                let dead = Duration::from_secs(1 + self.below(90));
                Fault::SamePduAgain { modem, restart: (self.below(2) == 0).then_some(dead) }
            }
            84..=88 => self.clock_step(),
            89 => Fault::Restart { modem },
            90..=91 => Fault::ReceiverDown { back: self.back() * 10 },
            _ => Fault::Endpoint { manner: *self.pick(Manner::BAD), back: Duration::from_mins(1) + self.back() * 5 },
        }
    }

    /// The subscriber is down for days, and the run is as much longer.
    pub(super) fn long_weekend(&mut self) -> ((Tick, Act), Duration) {
        let back = Duration::from_hours(38 + self.below(24));
        ((self.near(), Act::Fault(Fault::ReceiverDown { back })), back)
    }

    /// From the beginning of a trouble to its end.
    fn back(&mut self) -> Duration {
        let most = *self.pick(&[5, 60, 600, 7_200]);
        Duration::from_secs(1 + self.below(most))
    }

    fn crash_at(&mut self) -> Fault {
        let at = Moment::Next(*self.pick(Commit::ALL));
        Fault::CrashAt { at, after: self.below(2) == 0, back: Duration::from_secs(1 + self.below(90)) }
    }

    fn clock_step(&mut self) -> Fault {
        let by = *self.pick(&[3_600, 7_200, 21_600, 86_400 * 365, 86_400 * 3_650]);
        let sign = if self.below(2) == 0 { -1 } else { 1 };
        Fault::ClockStep { by_ms: sign * by * 1_000, back: self.back() }
    }

    /// A fault of the radio: what is an event waits until it strikes, what is a state has an end.
    fn radio(&mut self, modem: usize) -> Fault {
        let taken = self.below(2) == 0;
        let (times, until) = (1 + self.below(3) as u32, None);
        let event = |fault| Fault::Radio { modem, fault, times, until };
        match self.below(30) {
            // Some come while the driver still waits, some when it has given up.
            0 if times == 1 => event(Radio::LatePrompt { ms: 4_000 + 4_000 * modem as u64 }),
            0 => event(Radio::DropPrompt),
            1 | 2 => event(Radio::LostAnswer { taken }),
            3 => event(Radio::ErrorAfterPdu { taken }),
            4 => event(Radio::OkWithoutReference { taken }),
            5 | 6 => {
                let cms = *self.pick(&[1, 28, 50, 69, 17, 38, 41, 42, 47, 331, 332, 500, 305, 512]);
                event(Radio::Refuse { cms })
            }
            7 => {
                let cms = *self.pick(&[304, 322, 330, 331, 500]);
                event(Radio::RefuseEarly { cms })
            }
            8 => {
                let ms = self.below(200_000);
                event(Radio::LateAnswer { ms })
            }
            9 => {
                let text = (*self.pick(&[">", "\r\n>\r\n", "\n> "])).to_owned();
                event(Radio::Prompt { text })
            }
            10 => event(Radio::GluedPrompt { line: "+CMTI: \"SM\",9".to_owned() }),
            11..=16 => self.vanish(modem),
            17 => self.noise(modem),
            18..=20 => self.state(modem),
            21..=24 => self.report(modem),
            _ => self.parts(modem),
        }
    }

    fn vanish(&mut self, modem: usize) -> Fault {
        let octets = self.below(60) as usize;
        let place = *self.pick(PLACES);
        let back_ms = Some(1_000 + self.below(60_000));
        let fault = if self.below(6) == 0 { Radio::ResetMidPdu { octets } } else { Radio::Vanish { place, octets, back_ms } };
        Fault::Radio { modem, fault, times: 1, until: None }
    }

    fn noise(&mut self, modem: usize) -> Fault {
        let urc = Radio::UrcInside { line: "^RSSI:18".to_owned() };
        let garbage = Radio::Garbage { hex: "00ff80414243".to_owned() };
        let fault = self.pick(&[urc, Radio::Nul, garbage, Radio::Busy, Radio::EchoBack]).clone();
        Fault::Radio { modem, fault, times: 1 + self.below(30) as u32, until: None }
    }

    fn state(&mut self, modem: usize) -> Fault {
        let fault =
            self.pick(&[Radio::SimFull, Radio::Deaf, Radio::SilentReset, Radio::Hung, Radio::Dead, Radio::Chop, Radio::SimFull]).clone();
        // A radio that is stuck stays so: the box has to find what helps.
        let stuck = self.pick(&[Radio::Silent, Radio::NoService, Radio::RadioStuck]).clone();
        match self.below(4) {
            0 => Fault::Radio { modem, fault: stuck, times: 0, until: Some(Duration::from_hours(2)) },
            _ => Fault::Radio { modem, fault, times: 0, until: Some(Duration::from_mins(1) + self.back()) },
        }
    }

    fn report(&mut self, modem: usize) -> Fault {
        let late = Radio::LateReport { ms: 60_000 * (1 + self.below(300)) };
        let fault = self.pick(&[Radio::ReportFirst, Radio::DoubleReport, late, Radio::NoReport]).clone();
        Fault::Radio { modem, fault, times: 1 + self.below(4) as u32, until: None }
    }

    fn parts(&mut self, modem: usize) -> Fault {
        let fault = self.pick(&[Radio::ReverseParts, Radio::LosePart, Radio::DoubleDelivery, Radio::LostUrc]).clone();
        Fault::Radio { modem, fault, times: 1 + self.below(6) as u32, until: None }
    }
}
