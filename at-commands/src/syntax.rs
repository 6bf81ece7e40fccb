//! Bytes of a modem's port cut into lines, PDU lines and data prompts, one byte at a time (V.250 5.7, 27.005 3.5.1).
//!
//! It knows nothing of commands or answers: `chat` hints what may come next. Any run of CR and LF ends a line, so V1, V0
//! and CR CR LF framing are the same to it. A `>` is a prompt only at the start of a line and only while one is expected.

/// What the bytes so far amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A line that is not empty.
    Line(String),
    /// A line that came while [`Hint::Pdu`] was set.
    PduLine(String),
    /// `> `: the modem waits for the PDU.
    DataPrompt,
    /// The beginning of a line longer than [`LINE_OCTETS_MAX`]; the rest of it is dropped.
    Overlong(String),
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hint {
    /// Lines.
    #[default]
    Line,
    /// Lines, or a data prompt.
    Prompt,
    /// The second line of a pair: data, whatever it looks like.
    Pdu,
}

/// The longest line kept: a PDU has at most 352 digits, `+CLAC` lists about 2,000 characters.
pub const LINE_OCTETS_MAX: usize = 4096;

/// The state machine.
///
/// ```text
///            other byte                CR or LF: Line or PduLine
///   Start ─────────────────► Within ─────────────────────────────► Start
///     │ '>' and a prompt expected      │ 4 KiB: Overlong
///     ▼                                ▼
///   Prompted ── blank or other ─► Start        Resync ── CR or LF ─► Start
/// ```
#[derive(Debug, Clone, Default)]
pub struct Syntax {
    state: State,
    hint: Hint,
    line: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Start,
    Within,
    Prompted,
    Resync,
}

impl Syntax {
    /// Says what may come next. A prompt or a PDU line that came sets it back to [`Hint::Line`].
    pub fn hint(&mut self, hint: Hint) {
        self.hint = hint;
    }

    /// Takes one byte.
    pub fn feed(&mut self, byte: u8) -> Option<Token> {
        let end = matches!(byte, b'\r' | b'\n');
        if !end && is_noise(byte) {
            return None;
        }
        match self.state {
            State::Prompted if byte == b' ' => {
                self.state = State::Start;
                None
            }
            State::Start | State::Prompted if end || matches!(byte, b' ' | b'\t') => {
                self.state = State::Start;
                None
            }
            State::Start | State::Prompted if byte == b'>' && self.hint == Hint::Prompt => {
                self.state = State::Prompted;
                self.hint = Hint::Line;
                Some(Token::DataPrompt)
            }
            State::Start | State::Prompted => {
                self.line.push(byte);
                self.state = State::Within;
                None
            }
            State::Within if end => Some(self.finish()),
            State::Within => self.push(byte),
            State::Resync => {
                if end {
                    self.state = State::Start;
                }
                None
            }
        }
    }

    /// Takes bytes up to the first that completes something, and leaves the rest in `bytes`; `None` when all are taken.
    pub fn take(&mut self, bytes: &mut &[u8]) -> Option<Token> {
        while let Some((first, rest)) = bytes.split_first() {
            let run = if self.state == State::Within { self.ordinary(bytes) } else { 0 };
            if let Some((ordinary, rest)) = bytes.split_at_checked(run).filter(|_| run > 0) {
                self.line.extend_from_slice(ordinary);
                *bytes = rest;
                continue;
            }
            *bytes = rest;
            if let Some(token) = self.feed(*first) {
                return Some(token);
            }
        }
        None
    }

    /// How many of `bytes` only make the line longer.
    fn ordinary(&self, bytes: &[u8]) -> usize {
        let room = LINE_OCTETS_MAX.saturating_sub(self.line.len());
        bytes.iter().take(room).take_while(|byte| !is_noise(**byte)).count()
    }

    /// Octets of the line that is not whole.
    pub fn held(&self) -> usize {
        self.line.len()
    }

    /// Forgets the half line: the port was closed.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    fn push(&mut self, byte: u8) -> Option<Token> {
        if self.line.len() < LINE_OCTETS_MAX {
            self.line.push(byte);
            return None;
        }
        let text = self.text();
        self.state = State::Resync;
        Some(Token::Overlong(text))
    }

    fn finish(&mut self) -> Token {
        let text = self.text();
        self.state = State::Start;
        if self.hint == Hint::Pdu {
            self.hint = Hint::Line;
            return Token::PduLine(text);
        }
        Token::Line(text)
    }

    /// What the line has so far. Operator names come in any charset: a line is bytes first, and what is no UTF-8 becomes U+FFFD.
    fn text(&mut self) -> String {
        let text = String::from_utf8_lossy(self.line.trim_ascii_end()).into_owned();
        self.line.clear();
        text
    }
}

/// NUL and 0xFF on power-up, form feeds, flow control, and the echo of ESC and Ctrl-Z. CR and LF are asked about before.
fn is_noise(byte: u8) -> bool {
    byte == 0xFF || byte == 0x7F || (byte < 0x20 && byte != b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hint: Hint, bytes: &[u8], want: &[Token]) {
        let mut syntax = Syntax::default();
        syntax.hint(hint);
        let got: Vec<Token> = bytes.iter().filter_map(|byte| syntax.feed(*byte)).collect();
        assert_eq!(got, want, "{:?}", String::from_utf8_lossy(bytes));
    }

    fn line(text: &str) -> Token {
        Token::Line(text.to_owned())
    }

    #[test]
    fn every_framing_gives_the_same_lines() {
        for bytes in ["\r\nOK\r\n", "OK\r\n", "OK\r", "\r\r\n\r\nOK\r\r\n", "\0\0OK\r\n", " OK \r\n", "\t\r\n \tOK\t\r\n"] {
            check(Hint::Line, bytes.as_bytes(), &[line("OK")]);
        }
        check(Hint::Line, b"\xff\xff\r\n+CSQ: 1,99\r\n\x0c\r\nOK\r\n", &[line("+CSQ: 1,99"), line("OK")]);
        check(Hint::Line, b"\r\nOK", &[]);
    }

    #[test]
    fn a_prompt_counts_at_the_start_of_a_line_while_it_is_expected() {
        for bytes in ["\r\n> ", "> ", "\n>", "\r\n>\r\n", ">", "AT+CMGS=20\r\r\n> "] {
            let want: Vec<Token> =
                if bytes.starts_with('A') { vec![line("AT+CMGS=20"), Token::DataPrompt] } else { vec![Token::DataPrompt] };
            check(Hint::Prompt, bytes.as_bytes(), &want);
        }
        check(Hint::Prompt, b"\r\n+X: a>b\r\n> ", &[line("+X: a>b"), Token::DataPrompt]);
        check(Hint::Line, b"\r\n> \r\nOK\r\n", &[line(">"), line("OK")]);
        check(Hint::Prompt, b"> 0001\r\n> \r\n", &[Token::DataPrompt, line("0001"), line(">")]);
    }

    #[test]
    fn the_line_after_a_two_line_header_is_data() {
        check(Hint::Pdu, b"\r\n\r\nOK\r\nOK\r\n", &[Token::PduLine("OK".to_owned()), line("OK")]);
    }

    #[test]
    fn a_line_without_end_is_cut_and_the_next_one_is_whole() {
        let mut bytes = vec![b'A'; LINE_OCTETS_MAX + 100];
        bytes.extend_from_slice(b"\r\nOK\r\n");
        check(Hint::Line, &bytes, &[Token::Overlong("A".repeat(LINE_OCTETS_MAX)), line("OK")]);
    }
}
