//! The command line a terminal types, cut into commands (V.250 section 5.2: basic, S-parameter and extended syntax).

/// One command of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// The name in upper case: `+CMGS`, `^CURC`, `E`, `&F`.
    pub(super) name: String,
    /// What is done with it.
    pub(super) op: Op,
}

/// The four forms of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Op {
    /// `AT+CMGF`; for a basic command its number: `ATE0`.
    Run(Option<u32>),
    /// `AT+CMGF?`.
    Read,
    /// `AT+CMGF=?`.
    Test,
    /// `AT+CMGF=0`: what stands behind the equals sign.
    Set(String),
}

impl Command {
    /// Whether a list of a dialect names it: by its name (`+CCID`), as it is spelled (`+CSMS=1`), or by a form (`+CPIN?`, `^PORTSEL=`).
    pub(super) fn is_in(&self, list: &[&str]) -> bool {
        let spelled = self.spelled();
        let form = matches!(self.op, Op::Set(_)).then(|| format!("{}=", self.name));
        list.iter().any(|row| *row == self.name || *row == spelled || Some(*row) == form.as_deref())
    }

    /// The spelling used by the tables of a dialect: `+CSMS=1`, `+CPIN?`.
    pub(super) fn spelled(&self) -> String {
        match &self.op {
            Op::Run(None) => self.name.clone(),
            Op::Run(Some(number)) => format!("{}{number}", self.name),
            Op::Read => format!("{}?", self.name),
            Op::Test => format!("{}=?", self.name),
            Op::Set(value) => format!("{}={value}", self.name),
        }
    }
}

/// The commands of a line, `AT` included; `None` when it is no command line at all (the modem stays silent).
pub(super) fn parse(line: &str) -> Option<Vec<Command>> {
    let start = line.to_ascii_uppercase().find("AT")?;
    let mut rest = line[start + 2..].trim();
    let mut commands = Vec::new();
    while !rest.is_empty() {
        let (command, left) = first(rest)?;
        commands.push(command);
        rest = left.trim_start();
    }
    Some(commands)
}

fn first(text: &str) -> Option<(Command, &str)> {
    let head = text.chars().next()?;
    match head {
        '+' | '^' | '#' | '$' | '*' | '!' | '%' => Some(extended(text)),
        '&' => basic(text, 2),
        'A'..='Z' | 'a'..='z' => basic(text, 1),
        ';' => Some((Command { name: String::new(), op: Op::Run(None) }, &text[1..])),
        _ => None,
    }
}

fn extended(text: &str) -> (Command, &str) {
    let end = unquoted_semicolon(text).unwrap_or(text.len());
    let (command, left) = (&text[..end], text.get(end + 1..).unwrap_or(""));
    let cut = command.find(['=', '?']).unwrap_or(command.len());
    let name = command[..cut].trim().to_ascii_uppercase();
    let op = match command[cut..].trim() {
        "" => Op::Run(None),
        "?" => Op::Read,
        "=?" => Op::Test,
        set => Op::Set(set.trim_start_matches('=').trim().to_owned()),
    };
    (Command { name, op }, left)
}

fn unquoted_semicolon(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, sign)| {
        quoted ^= sign == '"';
        (sign == ';' && !quoted).then_some(at)
    })
}

/// `E0`, `&F`, `Z`; `D` takes the rest of the line, `S7=30` its value.
fn basic(text: &str, letters: usize) -> Option<(Command, &str)> {
    let name = text.get(..letters)?.to_ascii_uppercase();
    let rest = &text[letters..];
    if name == "D" {
        let end = rest.find(';').map_or(rest.len(), |at| at + 1);
        return Some((Command { name, op: Op::Set(rest[..end].to_owned()) }, &rest[end..]));
    }
    let digits = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
    let number = rest[..digits].parse().ok();
    let rest = &rest[digits..];
    if let Some(value) = rest.strip_prefix('=').filter(|_| name == "S") {
        let end = value.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(value.len());
        return Some((Command { name, op: Op::Set(value[..end].to_owned()) }, &value[end..]));
    }
    if let Some(left) = rest.strip_prefix('?') {
        return Some((Command { name, op: Op::Read }, left));
    }
    Some((Command { name, op: Op::Run(number) }, rest))
}

/// The parameters behind `=`, quotes taken off; an empty place is an empty text.
pub(super) fn parameters(text: &str) -> Vec<String> {
    let (mut list, mut current, mut quoted) = (Vec::new(), String::new(), false);
    for sign in text.chars() {
        match sign {
            '"' => quoted = !quoted,
            ',' if !quoted => list.push(std::mem::take(&mut current)),
            ' ' if !quoted => {}
            other => current.push(other),
        }
    }
    list.push(current);
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, want: &[&str]) {
        let got: Vec<String> = parse(line).unwrap_or_default().iter().map(Command::spelled).collect();
        assert_eq!(got, want, "{line}");
    }

    #[test]
    fn a_line_is_cut_into_its_commands() {
        let cases: &[(&str, &[&str])] = &[
            ("AT", &[]),
            ("ate0v1+cmee=1;+creg?", &["E0", "V1", "+CMEE=1", "+CREG?"]),
            ("AT+CUSD=1,\"*1;2#\",15;&F", &["+CUSD=1,\"*1;2#\",15", "&F"]),
            ("garbage AT+CSQ", &["+CSQ"]),
            ("ATD*100#;", &["D=*100#;"]),
            ("ATS7=30", &["S=30"]),
            ("AT+CNMI=?", &["+CNMI=?"]),
            ("AT^CURC=0", &["^CURC=0"]),
            ("hello", &[]),
        ];
        for (line, want) in cases {
            check(line, want);
        }
    }

    #[test]
    fn parameters_lose_their_quotes() {
        assert_eq!(parameters("\"SM\",,\"a,b\", 3"), ["SM", "", "a,b", "3"]);
    }
}
