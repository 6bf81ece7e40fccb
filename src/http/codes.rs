//! Every stable `code` of a refusal with its status and meaning: the anchors that a problem's `type` points at, and the one
//! place where a `Reject` of the engine gets its status.

use axum::http::StatusCode;

/// One code.
pub struct Code {
    /// Its spelling.
    pub word: &'static str,
    /// The status it comes with.
    pub status: StatusCode,
    /// What it means, for the docs.
    pub meaning: &'static str,
}

const fn code(word: &'static str, status: StatusCode, meaning: &'static str) -> Code {
    Code { word, status, meaning }
}

/// The table, by code.
pub const CODES: &[Code] = &[
    code("already_closed", StatusCode::CONFLICT, "The task was closed before."),
    code("already_ended", StatusCode::CONFLICT, "The session has ended."),
    code("already_open", StatusCode::CONFLICT, "A session of this flow with this key is open already."),
    code("at_basic", StatusCode::UNPROCESSABLE_ENTITY, "Of the commands without a sign in front only ATI and AT&V may be typed."),
    code("at_busy", StatusCode::CONFLICT, "The modem had something else in hand all the time; nothing was sent. Try again."),
    code("at_data", StatusCode::UNPROCESSABLE_ENTITY, "The command opens a connection, writes files or speaks for the SIM."),
    code("at_dials", StatusCode::UNPROCESSABLE_ENTITY, "The command makes or ends calls; POST /v1/rings rings."),
    code("at_factory", StatusCode::UNPROCESSABLE_ENTITY, "The command changes the modem for good."),
    code("at_locks", StatusCode::UNPROCESSABLE_ENTITY, "The command can lock the SIM for good."),
    code("at_no_answer", StatusCode::GATEWAY_TIMEOUT, "The command went out and the modem gave no result in time."),
    code("at_no_command", StatusCode::UNPROCESSABLE_ENTITY, "This is no AT command of one line."),
    code("at_not_one_line", StatusCode::UNPROCESSABLE_ENTITY, "A command is one line of plain letters, digits and signs."),
    code("at_not_ready", StatusCode::CONFLICT, "The modem is being set up or helped; nothing was sent."),
    code("at_open_quote", StatusCode::UNPROCESSABLE_ENTITY, "A quote of the command is not closed."),
    code("at_ours", StatusCode::UNPROCESSABLE_ENTITY, "The box sets this itself; it can only be asked for."),
    code("at_registers", StatusCode::UNPROCESSABLE_ENTITY, "The command takes the SIM off its network."),
    code("at_restarts", StatusCode::UNPROCESSABLE_ENTITY, "The command takes the modem away; there is a restart for that."),
    code("at_sends", StatusCode::UNPROCESSABLE_ENTITY, "The command sends a text past the books; POST /v1/messages sends."),
    code("at_several", StatusCode::UNPROCESSABLE_ENTITY, "One command at a time."),
    code("at_slow", StatusCode::UNPROCESSABLE_ENTITY, "The command takes minutes in which no text gets through."),
    code("at_texts", StatusCode::UNPROCESSABLE_ENTITY, "The command reads, marks or deletes what lies on the SIM."),
    code("at_too_long", StatusCode::UNPROCESSABLE_ENTITY, "A command has at most 160 signs."),
    code("at_ussd", StatusCode::UNPROCESSABLE_ENTITY, "The network is asked by POST /v1/modems/{id}/ussd."),
    code("bad_address", StatusCode::UNPROCESSABLE_ENTITY, "An address of another system is none that the box may call."),
    code("bad_flow", StatusCode::UNPROCESSABLE_ENTITY, "The loader refuses the flow file; `errors` has every finding with its line."),
    code("bad_query", StatusCode::BAD_REQUEST, "A query parameter or a header cannot be read."),
    code("bad_request", StatusCode::BAD_REQUEST, "The request cannot be read."),
    code("bad_value", StatusCode::UNPROCESSABLE_ENTITY, "A slot has another type than the flow says."),
    code("busy", StatusCode::SERVICE_UNAVAILABLE, "The box has more to write than it can take. Retry-After says when to try again."),
    code("disk_full", StatusCode::INSUFFICIENT_STORAGE, "The disk of the box is full. Alarms are taken while any room is left."),
    code("expired_key", StatusCode::UNAUTHORIZED, "The key has expired."),
    code("idempotency_mismatch", StatusCode::UNPROCESSABLE_ENTITY, "The Idempotency-Key was used for another request."),
    code("in_use", StatusCode::CONFLICT, "Something else needs it; the detail names what."),
    code("internal", StatusCode::INTERNAL_SERVER_ERROR, "Something inside the box went wrong; its log tells more under the request_id."),
    code("invalid", StatusCode::UNPROCESSABLE_ENTITY, "A value of the body is wrong; `errors` points at it."),
    code("invalid_number", StatusCode::UNPROCESSABLE_ENTITY, "The number is none that can be texted."),
    code("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED, "The address does not take this method."),
    code("missing_slot", StatusCode::UNPROCESSABLE_ENTITY, "The flow needs a slot that was not given."),
    code("modem_gone", StatusCode::CONFLICT, "The port of this modem is not there now."),
    code("modem_not_ready", StatusCode::CONFLICT, "The modem cannot send now."),
    code("no_key", StatusCode::UNAUTHORIZED, "No key was sent."),
    code("no_modem", StatusCode::SERVICE_UNAVAILABLE, "No modem can send."),
    code("no_opt_in", StatusCode::CONFLICT, "These texts need an opt-in that the number has not given."),
    code("not_cancellable", StatusCode::CONFLICT, "There is nothing left to take back."),
    code("not_claimable", StatusCode::CONFLICT, "The part does not wait for a modem."),
    code("not_found", StatusCode::NOT_FOUND, "There is no such thing, or no such address."),
    code("not_in_doubt", StatusCode::CONFLICT, "It is known what became of the message."),
    code("not_json", StatusCode::BAD_REQUEST, "The body is not JSON (415 where its Content-Type says so)."),
    code("not_taken", StatusCode::CONFLICT, "Nobody holds the conversation."),
    code("opted_out", StatusCode::CONFLICT, "The number opted out of these texts."),
    code("revoked_key", StatusCode::UNAUTHORIZED, "The key was revoked."),
    code("scope", StatusCode::FORBIDDEN, "The key does not have the scope this needs."),
    code("selftest_open", StatusCode::CONFLICT, "A self-test of this modem is under way."),
    code("sim_at_cap", StatusCode::CONFLICT, "The SIM has sent what it may for now."),
    code("stop_not_passable", StatusCode::FORBIDDEN, "Only safety texts may pass a STOP, and only where the settings allow it."),
    code("stopping", StatusCode::SERVICE_UNAVAILABLE, "The daemon is stopping."),
    code("taken", StatusCode::CONFLICT, "Somebody else holds the conversation."),
    code("timeout", StatusCode::SERVICE_UNAVAILABLE, "The request took too long. Ask again with the same Idempotency-Key."),
    code("too_large", StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
    code("too_long", StatusCode::UNPROCESSABLE_ENTITY, "The text needs more parts than it may take."),
    code("too_many_rings", StatusCode::CONFLICT, "Too many calls wait to be made."),
    code("too_many_sessions", StatusCode::CONFLICT, "Too many sessions are open with this number."),
    code("unknown_flow", StatusCode::UNPROCESSABLE_ENTITY, "There is no such active flow."),
    code("unknown_slot", StatusCode::UNPROCESSABLE_ENTITY, "The flow has no such slot."),
    code("unknown_step", StatusCode::UNPROCESSABLE_ENTITY, "The flow has no such step."),
    code("unreadable", StatusCode::BAD_REQUEST, "The body could not be read."),
    code("unsayable", StatusCode::UNPROCESSABLE_ENTITY, "A text of the flow cannot be made from this data."),
    code("ussd_open", StatusCode::CONFLICT, "An exchange by USSD is under way on this modem."),
    code("wrong_key", StatusCode::UNAUTHORIZED, "This is no key of this box."),
    code(
        "wrong_number",
        StatusCode::CONFLICT,
        "Whoever has the number says that it is the wrong one, and nobody has said otherwise since.",
    ),
];

/// The status of a code; a business no that nobody listed is still a no about the request's content.
pub fn status_of(code: &str) -> StatusCode {
    CODES.iter().find(|known| known.word == code).map_or(StatusCode::UNPROCESSABLE_ENTITY, |known| known.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_the_engine_is_in_the_table() {
        // The sources are the list: a code that is new there must get its status here.
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine");
        let mut sources = String::new();
        read(&root, &mut sources);
        let words: String = sources.split_whitespace().collect();
        let mut found = 0;
        for call in ["Reject::new(\"", "Reject::at(\""] {
            for rest in words.split(call).skip(1) {
                let code = rest.split('"').next().unwrap_or_default();
                assert!(CODES.iter().any(|known| known.word == code), "{code} is not in the table");
                found += 1;
            }
        }
        assert!(found > 20, "{found} refusals found");
    }

    fn read(dir: &std::path::Path, sources: &mut String) {
        for entry in std::fs::read_dir(dir).expect("a directory").flatten() {
            let path = entry.path();
            if path.is_dir() {
                read(&path, sources);
            } else {
                sources.push_str(&std::fs::read_to_string(&path).expect("a source"));
            }
        }
    }

    #[test]
    fn the_table_is_sorted_and_says_each_code_once() {
        assert!(CODES.windows(2).all(|pair| pair[0].word < pair[1].word));
    }
}
