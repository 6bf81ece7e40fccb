//! What each fault is counted as, and who acts it out.

use super::{Fault, RingFate};

/// Who acts a fault out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The modem.
    Modem,
    /// The network.
    Network,
}

impl Fault {
    /// What its strikes are counted under: the name in the control protocol, with what matters of its fields.
    pub const fn name(&self) -> &'static str {
        if let Some(name) = self.of_network() {
            return name;
        }
        if let Some(name) = self.of_line() {
            return name;
        }
        match self.of_calls() {
            Some(name) => name,
            None => self.of_modem(),
        }
    }

    /// Who acts this fault out.
    pub const fn actor(&self) -> Actor {
        if self.of_network().is_some() { Actor::Network } else { Actor::Modem }
    }

    /// Of reports and texts on their way.
    const fn of_network(&self) -> Option<&'static str> {
        Some(match self {
            Self::ReportFirst => "report_first",
            Self::DoubleReport => "double_report",
            Self::LateReport { .. } => "late_report",
            Self::NoReport => "no_report",
            Self::DoubleDelivery => "double_delivery",
            Self::LosePart => "lose_part",
            Self::ReverseParts => "reverse_parts",
            Self::TextClass { .. } => "text_class",
            _ => return None,
        })
    }

    /// Of the line between box and modem.
    const fn of_line(&self) -> Option<&'static str> {
        Some(match self {
            Self::UrcInside { .. } => "urc_inside",
            Self::GluedPrompt { .. } => "glued_prompt",
            Self::Prompt { .. } => "prompt",
            Self::EchoBack => "echo_back",
            Self::Nul => "nul",
            Self::Chop => "chop",
            Self::Garbage { .. } => "garbage",
            Self::Glued { .. } => "glued",
            Self::Burst { .. } => "burst",
            Self::Numeric => "numeric",
            Self::DataMode => "data_mode",
            _ => return None,
        })
    }

    /// Of calls and USSD.
    const fn of_calls(&self) -> Option<&'static str> {
        Some(match self {
            Self::Ring { fate } => rung(*fate),
            Self::NoCallList => "no_call_list",
            Self::CallHangs => "call_hangs",
            Self::NoChup => "no_chup",
            Self::CallEndLost => "call_end_lost",
            Self::UssdSilent => "ussd_silent",
            Self::UssdLate { .. } => "ussd_late",
            Self::UssdEarly => "ussd_early",
            Self::UssdEnds => "ussd_ends",
            Self::UssdRefuse { .. } => "ussd_refuse",
            Self::UssdPacked => "ussd_packed",
            Self::UssdForm { .. } => "ussd_form",
            _ => return None,
        })
    }

    /// Of all else.
    const fn of_modem(&self) -> &'static str {
        match self {
            Self::DropPrompt => "drop_prompt",
            Self::LatePrompt { .. } => "late_prompt",
            Self::LostAnswer { taken: true } => "lost_answer, taken",
            Self::LostAnswer { taken: false } => "lost_answer, not taken",
            Self::ErrorAfterPdu { taken: true } => "error_after_pdu, taken",
            Self::ErrorAfterPdu { taken: false } => "error_after_pdu, not taken",
            Self::OkWithoutReference { taken: true } => "ok_without_reference, taken",
            Self::OkWithoutReference { taken: false } => "ok_without_reference, not taken",
            Self::Refuse { cms } => refusal(*cms),
            Self::RefuseEarly { .. } => "refuse_early",
            Self::LateAnswer { .. } => "late_answer",
            Self::ResetMidPdu { .. } => "reset_mid_pdu",
            Self::SilentReset => "silent_reset",
            Self::Vanish { place, .. } => place.name(),
            Self::SimFull => "sim_full",
            Self::Deaf => "deaf",
            Self::LostUrc => "lost_urc",
            Self::SwitchSilences => "switch_silences",
            Self::Hung => "hung",
            Self::Dead => "dead",
            Self::Silent => "silent",
            Self::NoService => "no_service",
            Self::RadioStuck => "radio_stuck",
            Self::Busy => "busy",
            Self::ShowsOnly => "shows_only",
            Self::ShowsAndStores { told: true } => "shows_and_stores, told",
            Self::ShowsAndStores { told: false } => "shows_and_stores, silent",
            Self::AcknowledgeLost => "acknowledge_lost",
            Self::SimBusy { .. } => "sim_busy",
            Self::SilentWhenFull => "silent_when_full",
            Self::AcknowledgesItself => "acknowledges_itself",
            Self::AcknowledgeLate => "acknowledge_late",
            Self::ReportFirst
            | Self::DoubleReport
            | Self::LateReport { .. }
            | Self::NoReport
            | Self::DoubleDelivery
            | Self::LosePart
            | Self::ReverseParts
            | Self::TextClass { .. }
            | Self::UrcInside { .. }
            | Self::GluedPrompt { .. }
            | Self::Prompt { .. }
            | Self::EchoBack
            | Self::Nul
            | Self::Chop
            | Self::Garbage { .. }
            | Self::Glued { .. }
            | Self::Burst { .. }
            | Self::Numeric
            | Self::DataMode
            | Self::Ring { .. }
            | Self::NoCallList
            | Self::CallHangs
            | Self::NoChup
            | Self::CallEndLost
            | Self::UssdSilent
            | Self::UssdLate { .. }
            | Self::UssdEarly
            | Self::UssdEnds
            | Self::UssdRefuse { .. }
            | Self::UssdPacked
            | Self::UssdForm { .. } => "",
        }
    }
}

/// What a call is counted as.
const fn rung(fate: RingFate) -> &'static str {
    match fate {
        RingFate::Answered => "ring, answered",
        RingFate::Busy => "ring, busy",
        RingFate::NoAnswer => "ring, no answer",
        RingFate::Rejected => "ring, rejected",
        RingFate::NoCarrier => "ring, no carrier",
        RingFate::NoVoice => "ring, no voice",
        RingFate::Refused { .. } => "ring, refused",
        RingFate::Held => "ring, held",
    }
}

/// A refusal by what it says of the next try (at-domain section 12): about the number, the SIM, now, nothing, the modem.
const fn refusal(cms: u16) -> &'static str {
    match cms {
        1 | 28 => "refuse, the number",
        8 | 10 | 29 | 30 | 50 | 69 => "refuse, the SIM",
        17 | 21 | 27 | 38 | 41 | 42 | 47 | 331 => "refuse, for now",
        332 | 500 => "refuse, who knows",
        _ => "refuse, the modem",
    }
}
