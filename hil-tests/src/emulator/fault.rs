//! What can go wrong with a modem or its network, as data that is switched on per modem. at-domain section 14 is the list.

mod fate;
mod name;
mod place;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use fate::RingFate;
pub use name::Actor;
pub use place::Place;

/// One fault. In the control protocol its name is the value of `fault`, its fields stand beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The prompt after `AT+CMGS` is lost.
    DropPrompt,
    /// The prompt after `AT+CMGS` comes this much later.
    LatePrompt {
        /// Milliseconds.
        ms: u64,
    },
    /// The final answer after Ctrl-Z is lost; `taken` says whether the network got the message.
    LostAnswer {
        /// The network took it.
        taken: bool,
    },
    /// A bare `ERROR` after Ctrl-Z.
    ErrorAfterPdu {
        /// The network took it.
        taken: bool,
    },
    /// `OK` without `+CMGS: mr`.
    OkWithoutReference {
        /// The network took it.
        taken: bool,
    },
    /// The submission is refused with this CMS number, after the PDU.
    Refuse {
        /// `+CMS ERROR: cms`.
        cms: u16,
    },
    /// The submission is refused in front of the prompt.
    RefuseEarly {
        /// `+CMS ERROR: cms`.
        cms: u16,
    },
    /// The answer to a submission comes this much later.
    LateAnswer {
        /// Milliseconds.
        ms: u64,
    },
    /// This line comes at every gap of every answer.
    UrcInside {
        /// The line, without line ends.
        line: String,
    },
    /// The prompt stands directly behind a URC.
    GluedPrompt {
        /// The line in front of it.
        line: String,
    },
    /// Another form of the prompt (`>` without blank, `\r\n>\r\n` ...).
    Prompt {
        /// What is printed.
        text: String,
    },
    /// This line stands directly behind the number of the next `+CME ERROR` or `+CMS ERROR`.
    Glued {
        /// The line, without line ends.
        line: String,
    },
    /// So many octets of unasked lines stand in front of the next answer: the first half one line, the rest many.
    Burst {
        /// How many.
        octets: usize,
    },
    /// Results are digits, as behind `ATV0`, now and after every start.
    Numeric,
    /// Echo is on again, as after a silent reset.
    EchoBack,
    /// NUL octets around every answer.
    Nul,
    /// Every answer is written octet by octet.
    Chop,
    /// The modem resets itself after this many octets behind the prompt; the port stays.
    ResetMidPdu {
        /// Octets behind the prompt.
        octets: usize,
    },
    /// Settings are lost without a word.
    SilentReset,
    /// The port goes away.
    Vanish {
        /// When.
        place: Place,
        /// Octets behind the prompt, for `pdu`; octets of the answer, for `answer`.
        #[serde(default)]
        octets: usize,
        /// It comes back after this many milliseconds; without it, it stays away until `plug`.
        #[serde(default)]
        back_ms: Option<u64>,
    },
    /// Every memory is full.
    SimFull,
    /// Behind the word that a memory is full it indicates no text any more, until CNMI is set again.
    SilentWhenFull,
    /// CNMI falls back to 0,0 without a word.
    Deaf,
    /// A `+CMTI`, `+CMT`, `+CDS` or `+CDSI` is not printed.
    LostUrc,
    /// The command that stops the lines of the vendor stops those that tell of texts and reports as well; `+CNMI?` stays right.
    SwitchSilences,
    /// The modem answers nothing at all.
    Hung,
    /// The modem answers nothing at all, and only without power for a while does it come to.
    Dead,
    /// The line is in data mode, as a PPP link leaves it: what is typed is data, until `+++` with a second of silence around it.
    DataMode,
    /// The modem does what it is told and prints nothing, until it is reset.
    Silent,
    /// The radio finds no network, until it is switched off and on.
    NoService,
    /// Every submission fails with CMS 500, until the radio is switched off and on.
    RadioStuck,
    /// SIM busy: CME 14, CMS 314.
    Busy,
    /// The SIM is busy for so long from now on.
    SimBusy {
        /// Milliseconds.
        ms: u64,
        /// With which number it says so: 14 or 515.
        cme: u16,
    },
    /// Garbage is printed in front of the next answer.
    Garbage {
        /// Octets in hex.
        hex: String,
    },
    /// The status report comes before `+CMGS`.
    ReportFirst,
    /// The status report comes twice.
    DoubleReport,
    /// The status report comes this much later than others.
    LateReport {
        /// Milliseconds.
        ms: u64,
    },
    /// No status report comes.
    NoReport,
    /// The network delivers the next text twice.
    DoubleDelivery,
    /// The network loses the next part for this SIM.
    LosePart,
    /// The parts of the next text come in reverse order.
    ReverseParts,
    /// The next text has this class.
    TextClass {
        /// 0 to 3.
        class: u8,
    },
    /// The modem stores nothing of itself: it shows what comes, and only with `+CSMS=1`.
    ShowsOnly,
    /// The modem shows a text as `+CMT` and keeps a copy, of which it tells as well or says nothing.
    ShowsAndStores {
        /// `+CMTI` comes behind it.
        told: bool,
    },
    /// The network does not hear an acknowledgement by `+CNMA`, and sends again.
    AcknowledgeLost,
    /// The modem acknowledges what it shows by itself, and answers `+CNMA` with CMS 340.
    AcknowledgesItself,
    /// The time for `+CNMA` is over at once: the modem refuses what it shows, and CNMI falls back to 0,0.
    AcknowledgeLate,
    /// `AT+CHUP` is not known.
    NoChup,
    /// The modem does not say that a call is over.
    CallEndLost,
    /// What comes of the next call that goes out.
    Ring {
        /// What.
        fate: RingFate,
    },
    /// `AT+CLCC` is not known.
    NoCallList,
    /// A call that goes out ends with the radio only.
    CallHangs,
    /// The network takes a USSD request and says nothing.
    UssdSilent,
    /// The network's answer by USSD comes this much later.
    UssdLate {
        /// Milliseconds.
        ms: u64,
    },
    /// The answer by USSD stands in front of OK.
    UssdEarly,
    /// The network ends a USSD exchange without a word.
    UssdEnds,
    /// `AT+CUSD` is refused with this CME number.
    UssdRefuse {
        /// `+CME ERROR: cme`.
        cme: u16,
    },
    /// The modem understands the strings of USSD as hex of packed septets only.
    UssdPacked,
    /// The answer by USSD is written in another form.
    UssdForm {
        /// Which.
        form: UssdForm,
    },
}

/// How a modem writes what the network said by USSD (at-domain section 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UssdForm {
    /// Hex of UCS-2, scheme 72.
    Ucs2,
    /// Hex of UCS-2 under scheme 15.
    Ucs2UnderFifteen,
    /// Hex of UCS-2 behind a language, scheme 17.
    Language,
    /// Hex of packed septets.
    Packed,
    /// Hex of UCS-2 with rubbish behind a NUL.
    Rubbish,
    /// A carriage return behind the text.
    TrailingCr,
}

/// The faults switched on for one modem or one SIM, each with the number of times it still strikes.
#[derive(Debug, Default)]
pub struct Faults {
    armed: Vec<(Fault, u32)>,
    struck: BTreeMap<&'static str, u64>,
    /// Switched on as a state of the modem, and not shown yet.
    unseen: Vec<&'static str>,
}

impl Faults {
    /// Switches a fault on; it strikes `times` times, 0 is until it is cleared.
    pub fn arm(&mut self, fault: Fault, times: u32) {
        self.armed.push((fault, if times == 0 { u32::MAX } else { times }));
    }

    /// Switches every fault off.
    pub fn clear(&mut self) {
        self.armed.clear();
    }

    /// What is still switched on.
    pub fn armed(&self) -> impl Iterator<Item = &Fault> {
        self.armed.iter().map(|(fault, _)| fault)
    }

    /// Whether a fault is on, without using it up.
    pub fn on(&self, fault: &Fault) -> bool {
        self.armed().any(|armed| armed == fault)
    }

    /// The first fault `picked` knows, used up by one.
    pub fn strike<T>(&mut self, picked: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        let place = self.armed.iter().position(|(fault, _)| picked(fault).is_some())?;
        let (fault, left) = &mut self.armed[place];
        let found = picked(fault);
        *self.struck.entry(fault.name()).or_default() += 1;
        if *left != u32::MAX {
            *left -= 1;
        }
        if *left == 0 {
            self.armed.remove(place);
        }
        found
    }

    /// Whether the port is to go away at this place.
    pub fn on_place(&self, wanted: Place) -> bool {
        self.armed().any(|fault| matches!(fault, Fault::Vanish { place, .. } if *place == wanted))
    }

    /// How often each fault struck.
    pub fn strikes(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.struck.iter().map(|(name, times)| (*name, *times))
    }

    /// Something has gone wrong under this name.
    pub fn note(&mut self, name: &'static str) {
        *self.struck.entry(name).or_default() += 1;
    }

    /// A fault that is a state of the modem is on; it strikes when it shows.
    pub fn begins(&mut self, fault: &Fault) {
        self.unseen.push(fault.name());
    }

    /// The state of this name shows, if it is there by a fault.
    pub fn shows(&mut self, name: &'static str) {
        if let Some(place) = self.unseen.iter().position(|unseen| *unseen == name) {
            self.unseen.swap_remove(place);
            self.note(name);
        }
    }

    /// The state of this name was ended before it showed.
    pub fn ends(&mut self, name: &'static str) {
        self.unseen.retain(|unseen| *unseen != name);
    }

    /// Switches one fault off for good.
    pub fn cure(&mut self, fault: &Fault) {
        self.armed.retain(|(armed, _)| armed != fault);
    }

    /// Uses up a fault without fields; whether it was on.
    pub fn struck(&mut self, fault: &Fault) -> bool {
        self.strike(|armed| (armed == fault).then_some(())).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_as_often_as_it_was_armed() {
        let mut faults = Faults::default();
        faults.arm(Fault::DropPrompt, 2);
        faults.arm(Fault::Nul, 0);
        assert!(faults.struck(&Fault::DropPrompt) && faults.struck(&Fault::DropPrompt) && !faults.struck(&Fault::DropPrompt));
        assert!((0..100).all(|_| faults.struck(&Fault::Nul)));
        faults.clear();
        assert!(!faults.on(&Fault::Nul));
    }

    #[test]
    fn a_fault_is_spelled_as_in_the_manual() {
        let cases = [
            (r#"{"fault":"drop_prompt"}"#, Fault::DropPrompt),
            (r#"{"fault":"lost_answer","taken":true}"#, Fault::LostAnswer { taken: true }),
            (r#"{"fault":"ussd_form","form":"ucs2_under_fifteen"}"#, Fault::UssdForm { form: UssdForm::Ucs2UnderFifteen }),
            (
                r#"{"fault":"vanish","place":"pdu","octets":20,"back_ms":500}"#,
                Fault::Vanish { place: Place::Pdu, octets: 20, back_ms: Some(500) },
            ),
        ];
        for (text, want) in cases {
            assert_eq!(serde_json::from_str::<Fault>(text).ok(), Some(want), "{text}");
        }
    }
}
