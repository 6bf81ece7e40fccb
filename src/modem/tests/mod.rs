//! The driver against scripts: lines of what is sent, received and told, at which time. A script is `scripts/*.txt`; its
//! language is described in `script.rs`. Add a case by adding a file and its name below.

mod chance;
mod script;

use script::check;

macro_rules! scripts {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            check(stringify!($name), include_str!(concat!("scripts/", stringify!($name), ".txt")));
        })*
    };
}

scripts! {
    a_card_that_wants_its_pin_again_brings_it_up_again,
    a_command_without_answer_is_gone_over,
    a_late_prompt_is_left_with_esc,
    a_line_damaged_on_its_way_is_read_again,
    a_line_that_stays_odd_is_told_as_it_is,
    a_fax_modem_is_told_as_one,
    a_fault_in_front_of_the_prompt_is_no_network_cause,
    a_missing_sim_is_asked_for_again,
    a_modem_that_names_no_memory_is_read_and_freed,
    a_modem_that_refuses_half_of_it_still_sends,
    a_modem_that_refuses_everything_is_mended,
    a_modem_that_does_not_tell_of_texts_is_found,
    a_modem_that_falls_over_and_over_is_left_alone,
    a_modem_without_a_memory_cannot_receive,
    a_modem_that_stops_answering_is_opened_anew,
    a_note_made_while_the_modem_restarted_holds,
    a_part_goes_out_when_prompt_and_row_are_there,
    a_part_kept_first_is_sent_from_its_slot,
    a_note_that_cannot_be_written_is_made_later,
    a_pin_is_not_sent_with_tries_missing,
    a_pin_of_one_sim_is_not_sent_to_another,
    a_pin_that_failed_before_is_not_sent,
    a_pin_without_answer_counts_as_sent,
    a_port_lost_after_ctrl_z_is_doubt,
    a_port_lost_before_ctrl_z_is_no_doubt,
    a_puk_is_never_sent,
    a_reset_waits_for_half_a_minute_of_silence,
    a_restart_in_the_middle_of_a_part_is_doubt,
    a_retry_for_the_prompt_ends_with_the_port,
    a_second_answer_frees_no_later_message,
    a_silent_modem_is_reset_and_then_left_alone,
    a_settle_without_answer_ends_at_its_time,
    a_registration_without_a_word_is_no_obstacle,
    a_slow_radio_has_more_time_for_its_answer,
    a_slow_store_leaves_the_prompt,
    a_stick_tells_its_ports_before_its_name,
    a_slow_unit_gets_a_pause_behind_the_prompt,
    a_weak_supply_is_told_once_an_hour,
    a_wrong_pin_is_never_sent_again,
    an_echo_in_service_makes_it_look,
    calls_are_rejected_where_the_settings_say_so,
    calls_are_told_once_each,
    an_error_instead_of_the_prompt_sends_no_pdu,
    an_index_used_again_is_not_deleted_by_an_old_answer,
    an_open_attempt_of_yesterday_settles_first,
    an_unknown_port_is_never_reset,
    another_memory_is_chosen_and_left_again,
    a_sim_exchanged_in_silence_is_found,
    a_sim_that_is_told_of_is_looked_at,
    a_sim_taken_out_is_told_as_missing,
    a_sim_that_is_not_ready_is_waited_for,
    another_sim_is_told_with_ready,
    behind_a_silence_the_memory_is_chosen_before_an_index_is_named,
    bring_up_goes_step_by_step,
    deleted_only_when_committed,
    denied_before_and_at_the_prompt,
    digits_for_result_codes_are_understood,
    five_refusals_stop_the_sim,
    lost_settings_bring_it_up_again,
    no_prompt_is_tried_once_more,
    noise_is_told_masked,
    noise_while_it_says_who_it_is_is_asked_over,
    one_part_may_wait_behind_another,
    registration_lost_and_found,
    reports_and_direct_messages_are_told,
    ring_is_dialed_watched_and_hung_up,
    ring_ends_as_the_network_says,
    ring_that_a_modem_tells_nothing_of_is_unknown,
    ring_of_a_modem_that_answers_late_is_ended_in_time,
    ring_that_does_not_end_ends_with_the_radio,
    ring_and_texts_wait_for_each_other,
    ring_and_a_call_that_comes_in,
    ring_with_a_modem_that_is_lost_is_in_doubt,
    ring_left_up_is_ended_first,
    several_numbers_put_off_restart_the_radio,
    silence_after_ctrl_z_is_doubt_and_settles,
    the_card_itself_tells_the_tries,
    the_list_of_modes_is_followed,
    the_pin_goes_out_once_after_the_note,
    the_same_slot_is_told_once,
    the_sim_is_asked_what_it_can_witness,
    the_time_is_told_where_the_network_set_it,
    the_time_of_a_line_stands_where_there_is_no_clock,
    three_silent_failures_restart_the_radio,
    two_unanswered_commands_set_it_up_again,
    typed_commands_go_between_exchanges,
    unknown_tries_are_not_three,
    ussd_a_late_answer_finds_its_exchange,
    ussd_another_form_goes_out_where_the_modem_did_not_understand,
    ussd_answers_come_before_and_behind_ok,
    ussd_goes_between_messages_and_never_into_one,
    ussd_menus_are_answered_left_and_closed,
    ussd_without_an_answer_is_unknown,
    urcs_come_before_and_behind_the_prompt,
    what_cannot_be_decoded_is_told_as_it_came,
    what_is_shown_is_acknowledged_when_committed,
    what_is_shown_by_a_modem_that_wants_no_answer_gets_none,
    what_lies_in_another_memory_is_told_again,
    what_lies_in_another_memory_unsaid_is_found,
    what_is_urgent_is_handed_back_behind_a_hung_message,
    what_is_urgent_overtakes_the_part_in_hand,
    what_is_urgent_waits_behind_a_message_a_little,
    where_its_reset_does_not_help_the_helper_is_asked,
    without_a_pin_in_the_settings_a_person_is_asked,
    without_a_network_the_radio_is_restarted,
}

/// What the modem says behind Ctrl-Z, and what becomes of the part (reliability.md section 1).
const BEHIND_CTRL_Z: &[(&str, &str)] = &[
    ("+CMGS: 0 | OK", "= Submitted 1 attempt 7 mr 0"),
    ("+CMGS: 255,\"07A1\" | OK", "= Submitted 1 attempt 7 mr 255"),
    // The reference is the proof, whatever comes behind it.
    ("+CMGS: 9 | ERROR", "= Submitted 1 attempt 7 mr 9"),
    ("+CMS ERROR: 1", "= Refused 1 attempt 7 code 1"),
    ("+CMS ERROR: 38", "= Refused 1 attempt 7 code 38"),
    ("+CMS ERROR: 194", "= Refused 1 attempt 7 code 194"),
    ("+CMS ERROR: 304", "= Refused 1 attempt 7 code 304"),
    ("+CMS ERROR: 313", "= Refused 1 attempt 7 code 313"),
    ("+CMS ERROR: 330", "= Refused 1 attempt 7 code 330"),
    // Proof that an earlier one was taken.
    ("+CMS ERROR: 197", "= Duplicate 1 attempt 7"),
    ("+CMS ERROR: 300", "= InDoubt 1 attempt 7 cms_300"),
    ("+CMS ERROR: 332", "= InDoubt 1 attempt 7 cms_332"),
    ("+CMS ERROR: 500", "= InDoubt 1 attempt 7 cms_500"),
    ("+CMS ERROR: 512", "= InDoubt 1 attempt 7 cms_512"),
    ("+CME ERROR: 30", "= InDoubt 1 attempt 7 cme_30"),
    ("+CMS ERROR: unknown error", "= InDoubt 1 attempt 7 cms_500"),
    ("+CMS ERROR: words of its own", "= InDoubt 1 attempt 7 error"),
    ("ERROR", "= InDoubt 1 attempt 7 error"),
    ("OK", "= InDoubt 1 attempt 7 no_reference"),
];

#[test]
fn behind_ctrl_z_only_a_reference_or_a_definite_number_ends_it() {
    for (answer, want) in BEHIND_CTRL_Z {
        let lines = format!("\\r\\n{}\\r\\n", answer.replace(" | ", "\\r\\n\\r\\n"));
        let settle = if want.contains("InDoubt") {
            "> \\e\n@ 35ms\n> \\r\\n\n> AT\\r\n< OK\n@ 40ms\n= Settled\n> AT+CRSM=176,28483,0,0,2\\r\n= Free\n< ERROR\n= Reference -\n"
        } else {
            ""
        };
        let script = format!(
            "serve\nsubmit 1\n> AT+CMGS=3\\r\n= Persist 1\ncommitted 7\n<< >\\x20\n> 00010001\\z\n= Free\n<< {lines}\n{want}\n{settle}"
        );
        check(answer, &script);
    }
}
