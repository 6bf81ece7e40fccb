//! Every stable `code` of a refusal with its status and meaning: the anchors that a problem's `type` points at, and the one
//! place where a `Reject` of the engine gets its status.

use axum::http::StatusCode;

/// One code.
pub struct Code {
    /// Its spelling.
    pub code: &'static str,
    /// The status it comes with.
    pub status: StatusCode,
    /// What it means, for the docs.
    pub meaning: &'static str,
}

const fn code(code: &'static str, status: StatusCode, meaning: &'static str) -> Code {
    Code { code, status, meaning }
}

/// The table, by code.
pub const CODES: &[Code] = &[
    code("bad_query", StatusCode::BAD_REQUEST, "A query parameter or a header cannot be read."),
    code("bad_request", StatusCode::BAD_REQUEST, "The request cannot be read."),
    code("busy", StatusCode::SERVICE_UNAVAILABLE, "The box has more to write than it can take. Retry-After says when to try again."),
    code("disk_full", StatusCode::INSUFFICIENT_STORAGE, "The disk of the box is full. Alarms are taken while any room is left."),
    code("expired_key", StatusCode::UNAUTHORIZED, "The key has expired."),
    code("idempotency_key_reused", StatusCode::UNPROCESSABLE_ENTITY, "The Idempotency-Key was used for another request."),
    code("internal", StatusCode::INTERNAL_SERVER_ERROR, "Something inside the box went wrong; its log tells more under the request_id."),
    code("invalid", StatusCode::UNPROCESSABLE_ENTITY, "A value of the body is wrong; `errors` points at it."),
    code("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED, "The address does not take this method."),
    code("modem_gone", StatusCode::CONFLICT, "The port of this modem is not there now."),
    code("no_key", StatusCode::UNAUTHORIZED, "No key was sent."),
    code("no_modem", StatusCode::SERVICE_UNAVAILABLE, "No modem can send."),
    code("not_found", StatusCode::NOT_FOUND, "There is no such thing, or no such address."),
    code("not_json", StatusCode::BAD_REQUEST, "The body is not JSON (415 where its Content-Type says so)."),
    code("revoked_key", StatusCode::UNAUTHORIZED, "The key was revoked."),
    code("scope", StatusCode::FORBIDDEN, "The key does not have the scope this needs."),
    code("stopping", StatusCode::SERVICE_UNAVAILABLE, "The daemon is stopping."),
    code("timeout", StatusCode::SERVICE_UNAVAILABLE, "The request took too long. Ask again with the same Idempotency-Key."),
    code("too_large", StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
    code("unreadable", StatusCode::BAD_REQUEST, "The body could not be read."),
    code("wrong_key", StatusCode::UNAUTHORIZED, "This is no key of this box."),
];

/// The status of a code; a business no that nobody listed is still a no about the request's content.
pub fn status_of(code: &str) -> StatusCode {
    CODES.iter().find(|known| known.code == code).map_or(StatusCode::UNPROCESSABLE_ENTITY, |known| known.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_says_each_code_once() {
        assert!(CODES.windows(2).all(|pair| pair[0].code < pair[1].code));
    }
}
