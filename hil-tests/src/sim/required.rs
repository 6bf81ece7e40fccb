//! Every fault that has to have struck before a run of many seeds shows anything, by the name its strikes are counted under.

/// The names, in the order of reliability.md sections 1 to 6.
pub const REQUIRED: &[&str] = &[
    // The line between box and modem.
    "urc_inside",
    "echo_back",
    "glued_prompt",
    "prompt",
    "drop_prompt",
    "late_prompt",
    "garbage",
    "nul",
    "chop",
    "busy",
    "hung",
    "dead",
    "silent",
    "no_service",
    "radio_stuck",
    "silent_reset",
    "deaf",
    "lost_urc",
    // The answer to a submission.
    "lost_answer, taken",
    "lost_answer, not taken",
    "late_answer",
    "error_after_pdu, taken",
    "error_after_pdu, not taken",
    "ok_without_reference, taken",
    "ok_without_reference, not taken",
    "refuse_early",
    "refuse, the number",
    "refuse, the SIM",
    "refuse, for now",
    "refuse, who knows",
    "refuse, the modem",
    "a number that nobody has",
    "reset_mid_pdu",
    "a duplicate is refused",
    "a self-test, done",
    "a self-test, ended",
    "a text sent again is refused as a duplicate",
    // What a SIM may send, and has to prove.
    "a SIM at its cap of a minute",
    "a SIM at its cap of a day",
    "a SIM at its cap of a month",
    "a SIM at its cap of people",
    "a proof of life comes in",
    "a proof of life is missing",
    // Telephones that are rung.
    "ring, answered",
    "ring, busy",
    "ring, no answer",
    "ring, rejected",
    "ring, no carrier",
    "ring, no voice",
    "ring, refused",
    "ring, held",
    "no_call_list",
    "call_hangs",
    "call_end_lost",
    "no_chup",
    "vanish, dialed",
    "killed while a telephone rings",
    "power cut while a telephone rings",
    "port lost while a telephone rings",
    "a call, told",
    "a call, in doubt",
    "a call is taken back",
    "an alarm rings",
    "a danger rings",
    "acknowledges an alarm",
    "passes an alarm on",
    // What the network is asked by USSD.
    "ussd_silent",
    "ussd_late",
    "ussd_early",
    "ussd_ends",
    "ussd_refuse",
    "ussd_form",
    "ussd_packed",
    "a code, answered",
    "a code, a menu",
    "a menu, answered",
    "a code, cancelled",
    "a code, not sent",
    "a code, refused",
    "a code, no answer",
    "a code, lost in the middle",
    // Modems that are looked after.
    "a deaf modem is found",
    "a hung modem is back or given up",
    "seeds with 8 modems",
    "numeric",
    "glued",
    "burst",
    "sim_busy",
    "text_class",
    "switch_silences",
    "acknowledge_lost",
    "acknowledge_late",
    "a text in another memory",
    "an alarm is sent whole from another SIM",
    "a person hears of what waits for a SIM",
    "a SIM that is refused rests",
    "a modem that falls rests",
    "a modem is restarted for the last time of an hour",
    "a restart takes a modem away",
    "a restart that takes a modem away is noted",
    // The port.
    "vanish, prompt",
    "vanish, pdu",
    "vanish, taken",
    "vanish, not_taken",
    "vanish, answer",
    "vanish, at_prompt",
    "vanish, reference",
    "vanish, ok",
    "vanish, read",
    "vanish, deleted",
    "vanish, not_deleted",
    "vanish, written",
    "port vanishes, back under another name",
    "unplugged",
    "unplugged, back under another name",
    "two modems swap their names",
    "modem told to restart",
    "a card that asks for its PIN",
    // Reports and texts on their way.
    "report_first",
    "double_report",
    "late_report",
    "no_report",
    "last reference wraps",
    "reverse_parts",
    "a part is missing",
    "a part comes twice",
    "double_delivery",
    "the same PDU again",
    "the same PDU again, after a restart",
    "shown only, and acknowledged by the box",
    "shown only, and not acknowledged in time",
    "sim_full, told",
    "sim_full, silent",
    "no network",
    "phone off",
    // The process and its disk.
    "crash before Accept",
    "crash after Accept",
    "crash before Claim",
    "crash after Claim",
    "crash before Attempt",
    "crash after Attempt",
    "crash before Outcome",
    "crash after Outcome",
    "crash before Recover",
    "crash after Recover",
    "crash before Receive",
    "crash after Receive",
    "crash before Due",
    "crash after Due",
    "crash before CallStart",
    "crash after CallStart",
    "crash before CallEnd",
    "crash after CallEnd",
    "crash before Hook",
    "crash after Hook",
    "crash before Ring",
    "crash after Ring",
    "crash before RingEnd",
    "crash after RingEnd",
    "crash before Other",
    "crash after Other",
    "crash",
    "power cut",
    "stopped in order",
    "disk full",
    "slow disk",
    // The clock.
    "clock step, hours forward",
    "clock step, hours back",
    "clock step, years forward",
    "clock step, years back",
    // The utility.
    "endpoint acts and hangs",
    "endpoint acts and breaks",
    "endpoint hangs",
    "endpoint refuses",
    "endpoint is broken",
    "endpoint is down",
    "endpoint answers later",
    "endpoint looked up",
    "a load is switched",
    "a load is left alone",
    "receiver down",
    "receiver down for days",
    // The desk and the clients.
    "a system tells what happened",
    "an agent takes a thread",
    "an agent gives a thread back",
    "an agent writes",
    "the desk notes a STOP",
    "the desk notes a START",
    "a message is taken back",
    // The people.
    "answers exactly",
    "answers with courtesy",
    "answers with a tag",
    "answers twice in one text",
    "negates",
    "asks back",
    "uses a word of the flow",
    "uses a keyword",
    "slips",
    "tells of danger",
    "tells of danger in another language",
    "stops in plain words",
    "answers with a condition",
    "signs the answer",
    "answers with figures",
    "reacts to the question",
    "answers with the tag it reads",
    "corrects itself",
    "writes German or French",
    "writes another script",
    "sends a picture of a face",
    "sends nothing",
    "sends control characters",
    "writes at length",
    "writes Spanish",
    "writes Ukrainian",
    "answers nothing",
    "answers to another SIM",
    "answers hours later",
    "presses send twice",
    "writes without being asked",
    "a stranger writes",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::fault::{Commit, Coverage, Moment, crash_name};

    #[test]
    fn every_commit_boundary_is_required() {
        for commit in Commit::ALL {
            for after in [false, true] {
                assert!(REQUIRED.contains(&crash_name(*commit, after).as_str()), "{commit:?}");
            }
        }
        assert_ne!(Moment::Next(Commit::Accept), Moment::Number(0));
    }

    #[test]
    fn no_name_stands_twice() {
        for (place, name) in REQUIRED.iter().enumerate() {
            assert!(!REQUIRED[..place].contains(name), "{name}");
        }
    }

    #[test]
    fn a_rig_without_one_fault_is_blind_to_it() {
        let mut coverage = Coverage::default();
        for name in REQUIRED.iter().filter(|name| **name != "phone off") {
            coverage.count(*name);
        }
        coverage.count("something else");
        assert_eq!(coverage.blind(), ["phone off"]);
        assert_eq!(coverage.blindness(1_000).as_deref(), Some("the rig is blind to phone off"));
        assert_eq!(coverage.blindness(999), None, "a few seeds need not show everything");
        coverage.count("phone off");
        assert_eq!((coverage.blind(), coverage.blindness(1_000)), (vec![], None));
    }
}
