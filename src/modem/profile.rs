//! Every protocol time of the driver, and what models do differently: quirks are rows of data, found by maker and model.
//!
//! What can be asked of a modem with a test command is not in here.

use std::time::Duration;

use at_commands::chat::Pace;
use at_commands::text::ussd::Form;

/// The times and choices one modem is driven with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The times of the dialogue: wake, silence, prompt gaps.
    pub pace: Pace,
    /// No command may take longer than this, whatever its family allows; `final_answer` is apart.
    pub command_max: Duration,
    /// How long the data prompt may take.
    pub prompt: Duration,
    /// T_final: how long the answer to a PDU may take. Must exceed TR1M (24.011: 35 to 45 s and its repeats).
    pub final_answer: Duration,
    /// An urgent message waits no longer behind one that is on air: another modem may take it.
    pub held_up: Duration,
    /// How long the prompt is held open for the attempt's commit.
    pub persist: Duration,
    /// Pause before a busy SIM is asked again.
    pub busy_pause: Duration,
    /// How long a SIM may be busy before the bring-up goes on without it.
    pub busy_max: Duration,
    /// Pause before a modem that needs a person is asked again.
    pub barred_pause: Duration,
    /// Signal and registration are read this often while idle.
    pub keep_alive: Duration,
    /// `+CNMI?` is compared with what was set this often.
    pub verify: Duration,
    /// `+CPMS?` is read this often, and what lies there is listed.
    pub storage: Duration,
    /// `+CMGF?` and `+CMEE?` are compared this often.
    pub modes: Duration,
    /// Looking through the memories of a modem that may be deaf.
    pub deaf_sweep: Duration,
    /// `+CCLK?` is read this often.
    pub clock: Duration,
    /// The SIM is asked this often who it is: some modems do not tell that it was exchanged.
    pub card: Duration,
    /// A check that is late by this much goes before the next message.
    pub overdue: Duration,
    /// How long the driver stays in another memory for the commit of what it read there.
    pub memory_stay: Duration,
    /// A message told and not committed is told again by a sweep after this.
    pub stored_wait: Duration,
    /// Rung 2 of the ladder: setting everything again may take this long.
    pub settings_budget: Duration,
    /// A call that does not ring for this long is over.
    pub ring_silence: Duration,
    /// How long a call that goes out may take until it rings there.
    pub dial_setup: Duration,
    /// How often a call that goes out is looked at.
    pub dial_look: Duration,
    /// How long the network may take for its answer by USSD.
    pub ussd: Duration,
    /// A menu that nobody answers is ended after this.
    pub ussd_menu: Duration,
    /// How a USSD string is written, best first; the next form is tried where the modem does not understand one.
    pub ussd_forms: Vec<Form>,
    /// A modem that finds no network for so long is helped.
    pub registration_wait: Duration,
    /// It is not reset before it has been silent for so long: some start for 20 s, and a message may take longer.
    pub reset_silence: Duration,
    /// Rung 4: from the radio's start to a registration.
    pub radio_budget: Duration,
    /// Rung 5: from the reset to a modem that serves.
    pub reset_budget: Duration,
    /// What rung 6 may take, the start of the modem included.
    pub usb_budget: Duration,
    /// What rung 7 may take, the start of the modem included.
    pub power_budget: Duration,
    /// The pause behind the first round that did not help; it doubles.
    pub quarantine_min: Duration,
    /// The longest pause.
    pub quarantine_max: Duration,
    /// What resets it.
    pub reset: &'static str,
    /// Memories, best first; the first one the modem offers for all three purposes is taken.
    pub memories: Vec<&'static str>,
    /// `+CNMI` settings, best first.
    pub indications: Vec<[u8; 5]>,
    /// What has the modem set its clock by the network, best first: only behind the first one it is known to show local time.
    pub clock_updates: Vec<&'static str>,
    /// It tells which of its USB interfaces is which port.
    pub tells_ports: bool,
    /// Further commands of the bring-up; ERROR is fine.
    pub extra: Vec<&'static str>,
    /// Those that may keep it from telling of texts, each with what undoes it.
    pub when_deaf: Vec<(&'static str, &'static str)>,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            pace: Pace::default(),
            command_max: Duration::from_mins(3),
            prompt: Duration::from_secs(10),
            final_answer: Duration::from_secs(150),
            held_up: Duration::from_secs(15),
            persist: Duration::from_secs(10),
            busy_pause: Duration::from_secs(2),
            busy_max: Duration::from_secs(40),
            barred_pause: Duration::from_mins(1),
            keep_alive: Duration::from_secs(30),
            verify: Duration::from_mins(1),
            storage: Duration::from_mins(3),
            modes: Duration::from_mins(10),
            deaf_sweep: Duration::from_mins(1),
            clock: Duration::from_mins(10),
            card: Duration::from_mins(5),
            overdue: Duration::from_mins(1),
            memory_stay: Duration::from_secs(2),
            stored_wait: Duration::from_mins(1),
            settings_budget: Duration::from_secs(15),
            ring_silence: super::call::RING_SILENCE,
            dial_setup: Duration::from_secs(15),
            dial_look: Duration::from_secs(1),
            ussd: Duration::from_mins(1),
            ussd_menu: Duration::from_mins(2),
            ussd_forms: vec![Form::Plain, Form::PackedHex],
            registration_wait: Duration::from_mins(5),
            reset_silence: Duration::from_secs(30),
            radio_budget: Duration::from_mins(1),
            reset_budget: Duration::from_secs(90),
            usb_budget: Duration::from_mins(1),
            power_budget: Duration::from_mins(2),
            quarantine_min: Duration::from_mins(1),
            quarantine_max: Duration::from_hours(1),
            reset: "AT+CFUN=1,1",
            memories: vec!["ME", "SM", "MT"],
            indications: vec![[2, 1, 0, 1, 0], [2, 1, 0, 2, 0], [2, 1, 0, 0, 0]],
            clock_updates: vec!["AT+CTZU=1"],
            tells_ports: false,
            extra: Vec::new(),
            when_deaf: vec![("AT^CURC=0", "AT^CURC=1")],
        }
    }
}

impl Profile {
    /// The times for an emulated modem: nothing takes longer than two seconds.
    pub fn emulator() -> Self {
        let ms = Duration::from_millis;
        let pace = Pace {
            escape_guard: ms(5),
            drain: ms(30),
            attention: ms(300),
            tries: 5,
            quiet: ms(40),
            settle_quiet: ms(200),
            cancel: ms(500),
            silence: ms(200),
            hang_up: ms(500),
            ..Pace::default()
        };
        Self {
            pace,
            command_max: ms(2000),
            prompt: ms(1000),
            final_answer: ms(2000),
            persist: ms(2000),
            busy_pause: ms(200),
            busy_max: ms(10_000),
            barred_pause: ms(2000),
            keep_alive: ms(1000),
            verify: ms(2000),
            storage: ms(1500),
            modes: ms(2000),
            clock: ms(1000),
            card: ms(2000),
            overdue: ms(2000),
            memory_stay: ms(200),
            stored_wait: ms(2000),
            settings_budget: ms(2000),
            dial_setup: ms(1000),
            dial_look: ms(100),
            ussd: ms(1500),
            ussd_menu: ms(2000),
            registration_wait: ms(2000),
            reset_silence: ms(1500),
            radio_budget: ms(2000),
            reset_budget: ms(2000),
            usb_budget: ms(2000),
            power_budget: ms(2000),
            quarantine_min: ms(3000),
            quarantine_max: ms(6000),
            ..Self::default()
        }
    }

    /// T_final over this access technology (`<AcT>` of 27.007 7.3).
    pub fn final_answer_over(&self, access: Option<u8>) -> Duration {
        let slow = access.and_then(|access| SLOW_ACCESS.iter().find(|(known, _)| *known == access));
        slow.map_or(self.final_answer, |(_, seconds)| self.final_answer.max(Duration::from_secs(*seconds)))
    }

    /// What is known of this maker and model, worked into the times and choices.
    pub fn with_quirks(mut self, maker: &str, model: &str) -> Self {
        let (maker, model) = (maker.to_ascii_lowercase(), model.to_ascii_lowercase());
        for quirk in QUIRKS.iter().filter(|quirk| maker.contains(quirk.maker) && model.contains(quirk.model)) {
            self.pace.prompt_gap = self.pace.prompt_gap.max(Duration::from_millis(quirk.prompt_gap_ms));
            if quirk.piece_octets > 0 {
                self.pace.piece_octets = quirk.piece_octets;
            }
            if quirk.packed_ussd {
                self.ussd_forms = vec![Form::PackedHex, Form::Plain];
            }
            if !quirk.memories.is_empty() {
                self.memories = quirk.memories.to_vec();
            }
            if !quirk.clock_updates.is_empty() {
                self.clock_updates = quirk.clock_updates.to_vec();
            }
            if quirk.final_answer_s > 0 {
                self.final_answer = Duration::from_secs(quirk.final_answer_s);
            }
            self.tells_ports |= quirk.tells_ports;
            self.extra.extend(quirk.extra);
            if !quirk.reset.is_empty() {
                self.reset = quirk.reset;
            }
        }
        self
    }
}

/// Access technologies that repeat what they send for minutes, with the seconds an answer may take (24.011 5.3.2.1).
const SLOW_ACCESS: &[(u8, u64)] = &[
    // EC-GSM-IoT; Quectel's LTE-M too, in coverage enhancement mode B.
    (8, 220),
    // NB-IoT.
    (9, 420),
];

/// What one model does differently.
struct Quirk {
    /// Part of `+CGMI`, lower case; empty is any.
    maker: &'static str,
    /// Part of `+CGMM`, lower case; empty is any.
    model: &'static str,
    prompt_gap_ms: u64,
    piece_octets: usize,
    memories: &'static [&'static str],
    /// It wants and gives the strings of USSD as hex of packed septets.
    packed_ussd: bool,
    /// `AT^GETPORTMODE`.
    tells_ports: bool,
    /// T_final; 0 is that of all.
    final_answer_s: u64,
    clock_updates: &'static [&'static str],
    extra: &'static [&'static str],
    reset: &'static str,
}

const NONE: Quirk = Quirk {
    maker: "",
    model: "",
    prompt_gap_ms: 0,
    piece_octets: 0,
    memories: &[],
    packed_ussd: false,
    tells_ports: false,
    final_answer_s: 0,
    clock_updates: &[],
    extra: &[],
    reset: "",
};

/// One row a model, with what was seen.
const QUIRKS: &[Quirk] = &[
    // ^RSSI, ^MODE and ^DSFLOWRPT every few seconds drown the port.
    Quirk { maker: "huawei", packed_ussd: true, tells_ports: true, extra: &["AT^CURC=0"], reset: "AT^RESET", ..NONE },
    // Loses characters when the PDU follows the prompt at once.
    Quirk { maker: "wavecom", prompt_gap_ms: 100, memories: &["SM"], extra: &["AT+WIND=0"], ..NONE },
    // The clock follows the network by a command of its own.
    Quirk { maker: "simcom", model: "900", prompt_gap_ms: 100, piece_octets: 64, clock_updates: &["AT+CLTS=1"], ..NONE },
    Quirk { maker: "simcom", model: "800", prompt_gap_ms: 50, piece_octets: 64, clock_updates: &["AT+CLTS=1"], ..NONE },
    // Older ones know #NITZ only.
    Quirk { maker: "telit", reset: "AT#REBOOT", clock_updates: &["AT+CTZU=1", "AT#NITZ=15,1"], ..NONE },
    // ME is RAM there: messages would be gone after a power cut.
    Quirk { maker: "telit", model: "he863", memories: &["SM"], ..NONE },
    // URCs may go to another port of the stick. With +CTZU=1 the clock shows UTC beside the zone, with 3 local time.
    Quirk { maker: "quectel", clock_updates: &["AT+CTZU=3", "AT+CTZU=1"], extra: &["AT+QURCCFG=\"urcport\",\"usbat\""], ..NONE },
    // Power saving eats the first characters of a command.
    Quirk { maker: "u-blox", extra: &["AT+UPSV=0"], reset: "AT+CFUN=16", ..NONE },
    // LTE-M in coverage enhancement mode B, which no registration tells of; NB-IoT is seen by its access technology.
    Quirk { maker: "u-blox", model: "sara-r4", final_answer_s: 220, ..NONE },
    Quirk { maker: "u-blox", model: "sara-r5", final_answer_s: 220, ..NONE },
    Quirk { maker: "quectel", model: "bg9", final_answer_s: 220, ..NONE },
    Quirk { maker: "quectel", model: "bc9", final_answer_s: 420, ..NONE },
    Quirk { maker: "simcom", model: "7000", final_answer_s: 220, ..NONE },
    Quirk { maker: "simcom", model: "7080", final_answer_s: 220, ..NONE },
    Quirk { maker: "siemens", model: "tc35", prompt_gap_ms: 50, piece_octets: 64, memories: &["SM"], ..NONE },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(maker: &str, model: &str, gap_ms: u64, memories: &[&str], extra: &[&str]) {
        let profile = Profile::default().with_quirks(maker, model);
        assert_eq!(profile.pace.prompt_gap, Duration::from_millis(gap_ms), "{maker} {model}");
        assert_eq!(profile.memories, memories, "{maker} {model}");
        assert_eq!(profile.extra, extra, "{maker} {model}");
    }

    #[test]
    fn a_quirk_is_found_by_maker_and_model() {
        check("Nobody", "X1", 0, &["ME", "SM", "MT"], &[]);
        check("HUAWEI", "E1752", 0, &["ME", "SM", "MT"], &["AT^CURC=0"]);
        check("WAVECOM MODEM", "MULTIBAND 900E 1800", 100, &["SM"], &["AT+WIND=0"]);
        check("SIMCOM_Ltd", "SIMCOM_SIM900", 100, &["ME", "SM", "MT"], &[]);
    }

    #[test]
    fn a_slow_radio_has_more_time_for_its_answer() {
        for (maker, model, access, seconds) in [
            ("Quectel", "EC25", None, 150),
            ("Quectel", "EC25", Some(7), 150),
            ("Quectel", "BG96", Some(7), 220),
            ("Quectel", "BG96", Some(8), 220),
            ("Quectel", "BG96", Some(9), 420),
            ("Quectel", "BC95-G", None, 420),
            ("Nobody", "X1", Some(9), 420),
            ("SIMCOM INCORPORATED", "SIMCOM_SIM7080G", Some(0), 220),
            ("u-blox", "SARA-R410M-02B", None, 220),
            ("u-blox", "SARA-U270", None, 150),
        ] {
            let time = Profile::default().with_quirks(maker, model).final_answer_over(access);
            assert_eq!(time, Duration::from_secs(seconds), "{maker} {model} {access:?}");
        }
    }

    #[test]
    fn nothing_but_a_busy_sim_takes_longer_than_two_seconds_on_the_emulator() {
        let profile = Profile::emulator();
        for time in [profile.command_max, profile.prompt, profile.final_answer, profile.persist, profile.settings_budget, profile.ussd] {
            assert!(time <= Duration::from_secs(2));
        }
        // But for a SIM that is busy at the start, as long as a scenario keeps it so.
        assert!(profile.busy_max <= Duration::from_secs(10));
    }
}
