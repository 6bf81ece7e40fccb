//! What the lines of a modem mean to the dialogue: echo, answer, end of an answer, URC, or nothing anybody understands
//! (V.250 sec 5.7, 27.005 sec 3.4).

use super::request::Text;
use super::{Chat, ChatError, ESC, Event, First, Flight, Header, Info, LINES_MAX, Phase, State, Wake};
use crate::Tick;
use crate::answer::{Final, Line, Params};
use crate::command::network::Registration;
use crate::command::sms;
use crate::syntax::{Hint, Token};
use crate::urc;

impl Chat {
    pub(super) fn bytes(&mut self, now: Tick, mut bytes: &[u8]) {
        self.set_hint();
        while let Some(token) = self.syntax.take(&mut bytes) {
            match token {
                Token::DataPrompt => self.prompt(now),
                Token::Overlong(beginning) => self.event(Event::Unknown(beginning)),
                Token::PduLine(line) | Token::Line(line) => self.second_line(now, &line),
            }
            self.set_hint();
        }
    }

    fn set_hint(&mut self) {
        let hint = match &self.state {
            // Also behind a header: its line is hex, and where it was lost the prompt must not be.
            State::Prompting { .. } | State::Cancelling { .. } | State::Waking(_) => Hint::Prompt,
            State::Idle | State::Waiting { .. } | State::AtPrompt { .. } | State::Pasting { .. } if self.headers.is_empty() => Hint::Line,
            State::Idle | State::Waiting { .. } | State::AtPrompt { .. } | State::Pasting { .. } => Hint::Pdu,
        };
        self.syntax.hint(hint);
    }

    fn prompt(&mut self, now: Tick) {
        // No second line comes any more, and the echo of our own PDU is none.
        while let Some(header) = self.headers.pop() {
            self.close_header(header, None);
        }
        match core::mem::replace(&mut self.state, State::Idle) {
            State::Prompting { flight, .. } => {
                self.state = State::AtPrompt { flight };
                self.event(Event::Prompt);
            }
            // The prompt of a command given up: leave it before anything else is written.
            State::Waking(mut wake) => {
                self.transmit(vec![ESC]);
                wake.phase = Phase::Guard { until: now.plus(self.pace.escape_guard) };
                wake.tries_left = wake.tries_left.clamp(1, self.pace.tries.saturating_sub(1).max(1));
                self.state = State::Waking(wake);
            }
            State::Cancelling { flight, until } => {
                self.transmit(vec![ESC]);
                self.state = State::Cancelling { flight, until };
            }
            other => self.state = other,
        }
    }

    /// A line, which may be the one behind a header. In PDU mode that is hex, so a result code, a URC or a line that nobody knows is
    /// what it looks like in its place.
    fn second_line(&mut self, now: Tick, line: &str) {
        let Some(header) = self.headers.pop() else { return self.line(now, line) };
        if let First::Urc(_) = header.first
            && urc::parse(line).is_some_and(|urc| urc.takes_data())
        {
            // The second line of the first one did not come: a list of headers must not grow with what a modem repeats.
            self.close_header(header, None);
            return self.line(now, line);
        }
        if header.is_text_mode_reply() || is_pdu(line) {
            return self.close_header(header, Some(line.to_owned()));
        }
        if Final::parse(line).is_some() || self.is_digit_result(line) {
            self.close_header(header, None);
            return self.line(now, line);
        }
        if urc::parse(line).is_some() || is_echo(line) || self.open_text.is_some() {
            self.headers.push(header);
            return self.line(now, line);
        }
        if self.opens_reply(line) {
            self.close_header(header, None);
            return self.line(now, line);
        }
        if !is_told(line) && (header.announces_no_length() || is_damaged_pdu(line)) {
            return self.close_header(header, Some(line.to_owned()));
        }
        self.strange_line(now, header, line);
    }

    /// A line between a header and its second line that neither of them explains: told, and not many of them.
    fn strange_line(&mut self, now: Tick, mut header: Header, line: &str) {
        header.strange_lines = header.strange_lines.saturating_add(1);
        if header.strange_lines > STRANGE_LINES_MAX {
            self.close_header(header, None);
        } else {
            self.headers.push(header);
        }
        self.line(now, line);
    }

    fn close_header(&mut self, header: Header, data: Option<String>) {
        match header.first {
            First::Urc(urc) => self.event(Event::Urc(urc.with_data(data.unwrap_or_default()))),
            First::Reply { .. } => {
                if let Some(flight) = self.state.flight_mut()
                    && let Some(info) = flight.lines.last_mut()
                {
                    info.data = data;
                }
            }
        }
    }

    /// A lone digit that ends the command in flight.
    fn is_digit_result(&self, line: &str) -> bool {
        Final::parse_digit(line).is_some() && self.takes_digit(line)
    }

    fn opens_reply(&self, line: &str) -> bool {
        let Line::Info { code, .. } = Line::parse(line) else { return false };
        self.state.flight().is_some_and(|flight| flight.request.expects(code))
    }

    fn line(&mut self, now: Tick, line: &str) {
        if line.is_empty() || self.joins_open_text(line) {
            return;
        }
        if self.is_echo_of_flight(line) {
            self.echoed = true;
            return;
        }
        match Line::parse(line) {
            Line::Final(result, glued) => {
                self.final_result(now, result, line);
                if let Some(glued) = glued {
                    self.line(now, glued);
                }
            }
            Line::Info { code, rest } => self.info(line, code, rest),
            // V.250 table 1: the only digit that ends no command.
            Line::Text("2") if self.digits => self.event(Event::Urc(urc::Urc::Ring)),
            Line::Text(text) => match Final::parse_digit(text) {
                Some(result) if self.takes_digit(text) => {
                    self.digits = true;
                    self.final_result(now, result, line);
                }
                Some(_) | None => self.text(line),
            },
        }
    }

    /// A network's text may run over several lines: `+CUSD: 1,"Balance` ... `menu",15`. True where this line is part of one.
    fn joins_open_text(&mut self, line: &str) -> bool {
        let opens = line.get(..6).is_some_and(|code| code.eq_ignore_ascii_case("+CUSD:"));
        let mut text = match self.open_text.take() {
            Some(text) if !self.ends_open_text(line) && text.len() < OPEN_TEXT_OCTETS_MAX => text + "\n" + line,
            Some(text) => {
                self.unasked(&text);
                return false;
            }
            None if opens => line.to_owned(),
            None => return false,
        };
        if text.matches('"').count() % 2 == 0 {
            self.unasked(&text);
        } else {
            self.open_text = Some(core::mem::take(&mut text));
        }
        true
    }

    /// Tells a text whose closing quote will not come any more.
    pub(super) fn tell_open_text(&mut self) {
        if let Some(text) = self.open_text.take() {
            self.unasked(&text);
        }
    }

    /// A closing quote was lost: no network's menu has a line that ends a command, tells an event or opens an answer.
    fn ends_open_text(&self, line: &str) -> bool {
        let told = line.starts_with(SIGNS) && (urc::parse(line).is_some() || self.opens_reply(line));
        told || Final::parse(line).is_some()
    }

    /// A lone digit is a result code where a command waits for one, and for bare text only once digits were seen.
    fn takes_digit(&self, text: &str) -> bool {
        match &self.state {
            State::Waking(wake) => matches!(wake.phase, Phase::Answer { .. }) && text == "0",
            State::Waiting { flight, .. } | State::Prompting { flight, .. } | State::Cancelling { flight, .. } => {
                self.digits || flight.request.text == Text::None
            }
            State::Idle | State::AtPrompt { .. } | State::Pasting { .. } => false,
        }
    }

    fn info(&mut self, line: &str, code: &str, rest: &str) {
        let Some(request) = self.state.flight().map(|flight| &flight.request) else { return self.unasked(line) };
        if request.expects(code) && !is_urc_of(code, rest) {
            let pdus = request.pdus;
            if self.keep(line) && pdus {
                self.headers.push(Header::new(First::Reply { text_mode: rest.starts_with('"') }));
            }
            return;
        }
        if urc::parse(line).is_none() && (request.text == Text::Any || (request.text == Text::Bare && !code.starts_with(['+', '^', '#']))) {
            self.keep(line);
            return;
        }
        self.unasked(line);
    }

    fn text(&mut self, line: &str) {
        let bare = self.state.flight().is_some_and(|flight| flight.request.text != Text::None);
        if !bare || urc::parse(line).is_some() {
            return self.unasked(line);
        }
        self.keep(line);
    }

    fn unasked(&mut self, line: &str) {
        match urc::parse(line) {
            Some(urc) if urc.takes_data() => self.headers.push(Header::new(First::Urc(urc))),
            Some(urc) => self.event(Event::Urc(urc)),
            None if sms::sent_line(line).is_some() => self.event(Event::Orphan(line.to_owned())),
            None => self.event(Event::Unknown(line.to_owned())),
        }
    }

    /// Keeps a line of the answer; one that finds no room is told instead, and its second line will be too.
    fn keep(&mut self, line: &str) -> bool {
        if let Some(flight) = self.state.flight_mut()
            && flight.lines.len() < LINES_MAX
        {
            flight.lines.push(Info { line: line.to_owned(), data: None });
            return true;
        }
        self.event(Event::Unknown(line.to_owned()));
        false
    }

    fn final_result(&mut self, now: Tick, result: Final, line: &str) {
        self.headers.clear();
        match core::mem::replace(&mut self.state, State::Idle) {
            State::Waking(wake) => self.awake_result(now, wake, &result),
            State::Cancelling { flight, .. } => {
                self.done(flight, Err(ChatError::Cancelled));
                self.start_next(now);
            }
            State::Idle => self.unasked(line),
            mut busy => {
                let of_call = result.is_of_a_call() && busy.flight().is_some_and(|flight| !flight.request.is_of_a_call());
                match busy.flight_mut() {
                    Some(_) if of_call => {
                        self.state = busy;
                        self.unasked(line);
                    }
                    Some(flight) => {
                        let ended = core::mem::replace(flight, Flight::none());
                        self.done(ended, if result.is_ok() { Ok(()) } else { Err(ChatError::Refused(result)) });
                        self.start_next(now);
                    }
                    None => {}
                }
            }
        }
    }

    fn awake_result(&mut self, now: Tick, mut wake: Wake, result: &Final) {
        if result.is_ok() && matches!(wake.phase, Phase::Answer { .. } | Phase::Quiet { .. }) {
            wake.phase = Phase::Quiet { until: now.plus(self.pace.quiet) };
        } else if *result == Final::Error && matches!(wake.phase, Phase::Answer { .. }) {
            wake.refused = true;
        }
        self.state = State::Waking(wake);
    }

    fn is_echo_of_flight(&self, line: &str) -> bool {
        let of_flight =
            self.state.flight().is_some_and(|flight| line == flight.request.line || (!flight.data.is_empty() && line == flight.data));
        of_flight || is_echo(line)
    }
}

/// What the names of URCs and answers begin with.
const SIGNS: [char; 6] = ['+', '^', '#', '*', '$', '%'];

/// A network's text has at most 182 characters; a quote lost on the way must not swallow more than this.
pub(super) const OPEN_TEXT_OCTETS_MAX: usize = 1024;

/// Lines that nobody knows between a header and its PDU; behind more of them no PDU comes.
const STRANGE_LINES_MAX: u8 = 8;

/// A damaged PDU has at least so many digits, and so many for each character that is none.
const DAMAGED_DIGITS_MIN: usize = 8;

/// `AT` and a sign that no name of a maker has behind it.
fn is_echo(line: &str) -> bool {
    let Some((at, command)) = line.split_at_checked(2) else { return false };
    at.eq_ignore_ascii_case("AT") && (command.starts_with(['+', '^', '#', '$', '*', '%', '!']) || line == "AT")
}

/// `+CODE: ...` of a maker: a PDU with a character lost does not begin so.
fn is_told(line: &str) -> bool {
    matches!(Line::parse(line), Line::Info { code, .. } if code.starts_with(SIGNS))
}

/// Octets in hex.
fn is_pdu(line: &str) -> bool {
    !line.is_empty() && line.len().is_multiple_of(2) && line.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Hex with characters lost or bent on its way: nothing else that a modem says has so many digits and so little beside them.
fn is_damaged_pdu(line: &str) -> bool {
    let digits = line.bytes().filter(u8::is_ascii_hexdigit).count();
    digits >= DAMAGED_DIGITS_MIN && line.len().saturating_sub(digits).saturating_mul(DAMAGED_DIGITS_MIN) <= digits
}

/// `+CREG: 1,"84CD",...` while `AT+CREG?` is in flight is a URC all the same.
fn is_urc_of(code: &str, rest: &str) -> bool {
    let is_registration = matches!(code.to_ascii_uppercase().as_str(), "+CREG" | "+CGREG" | "+CEREG" | "+C5GREG");
    is_registration && !Registration::is_answer(&Params::parse(rest)) && !Params::parse(rest).values.is_empty() && !rest.contains('(')
}
