//! What a technician may type to a modem: one command, which neither sends, dials, deletes nor locks, and which leaves what the box
//! has set as it is (V.250 5.2.1, 27.005, 27.007).
//!
//! V.250 lets commands stand behind each other, with blanks anywhere and in either case. So the line is brought to one form first,
//! that form is looked at, and that form is what goes out: what is looked at is what the modem reads.

/// Why it may not be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// A stable word.
    pub code: &'static str,
    /// What to do instead.
    pub words: &'static str,
}

/// A command line of a technician is short; the longest settings of makers have some hundred signs.
pub const LENGTH_MAX: usize = 160;

/// The line as it may go out, or why not.
pub fn checked(line: &str) -> Result<String, Refusal> {
    if line.len() > LENGTH_MAX {
        return Err(TOO_LONG);
    }
    if !line.bytes().all(|octet| (b' '..=b'~').contains(&octet)) {
        return Err(NOT_ONE_LINE);
    }
    let line = in_one_form(line).ok_or(OPEN_QUOTE)?;
    let Some(command) = line.strip_prefix("AT") else { return Err(NO_AT) };
    if command.contains(';') {
        return Err(SEVERAL);
    }
    // V.250 5.4.1: basic commands stand behind each other without a sign between them, so only whole lines are known for harmless.
    if !command.starts_with(EXTENDED) {
        return if HARMLESS.contains(&command) { Ok(line) } else { Err(BASIC) };
    }
    look_at(command).map_or(Ok(()), Err)?;
    Ok(line)
}

/// Signs that begin an extended command: the standard's and the makers'.
const EXTENDED: [char; 8] = ['+', '^', '#', '$', '*', '%', '!', '@'];

/// Basic commands that ask.
const HARMLESS: [&str; 8] = ["", "I", "I0", "I1", "I2", "I3", "I4", "&V"];

/// Outside quotes no blanks and capital letters; `None` where a quote stays open.
fn in_one_form(line: &str) -> Option<String> {
    let mut quoted = false;
    let mut form = String::with_capacity(line.len());
    for sign in line.chars() {
        quoted ^= sign == '"';
        match sign {
            ' ' if !quoted => {}
            _ if quoted => form.push(sign),
            _ => form.push(sign.to_ascii_uppercase()),
        }
    }
    (!quoted).then_some(form)
}

/// What stands against an extended command.
fn look_at(command: &str) -> Option<Refusal> {
    let is_name = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '.' | '/' | ':' | '_');
    let name = command.get(1..)?.split(|sign| !is_name(sign)).next().unwrap_or_default();
    let rest = command.get(1 + name.len()..).unwrap_or_default();
    if name.is_empty() || !(rest.is_empty() || rest == "?" || rest.starts_with('=')) {
        return Some(NO_COMMAND);
    }
    if rest == "=?" && SLOW_LISTS.contains(&name) {
        return Some(SLOW);
    }
    if rest == "?" || rest == "=?" {
        return None;
    }
    let acts = FORBIDDEN.iter().find(|(stems, _)| stems.iter().any(|stem| name.contains(stem))).map(|(_, refusal)| *refusal);
    acts.or_else(|| hides_another(rest).then_some(SEVERAL))
}

/// Another command inside the value: behind it where a modem reads on without `;`, or in quotes for makers' commands that take a line.
fn hides_another(value: &str) -> bool {
    let begins = |text: &str| {
        let mut signs = text.chars();
        signs.next().is_some_and(|sign| EXTENDED.contains(&sign)) && signs.next().is_some_and(|sign| sign.is_ascii_alphabetic())
    };
    let pieces: Vec<&str> = value.split('"').collect();
    let bare = pieces.iter().step_by(2).any(|piece| piece.char_indices().any(|(at, _)| begins(&piece[at..])));
    let quoted = pieces.iter().skip(1).step_by(2).any(|piece| piece.trim_start().to_ascii_uppercase().starts_with("AT"));
    bare || quoted
}

/// `AT+COPS=?` and its like take minutes and let nothing else through.
const SLOW_LISTS: [&str; 4] = ["COPS", "COPN", "QCOPS", "WSCAN"];

/// What may not be carried out, by a piece of its name: makers put letters of their own in front.
const FORBIDDEN: &[(&[&str], Refusal)] = &[
    (&["CMGS", "CMSS", "CMGC", "CMGW", "SMSEND", "CMGQ"], SENDS),
    (&["CMGD", "CMGR", "CMGL", "CNMA", "MGDA", "SMGL", "SMGR", "CPBW"], TEXTS),
    (&["CUSD"], NETWORK_CODE),
    (&["CHUP", "CHLD", "CDU", "DIAL", "CVHU", "CMOD", "ATD", "DTMF", "VTS", "MDC", "CTFR", "CCFC", "CHLA", "ORIG", "CLDT"], DIALS),
    (
        &[
            "CPIN", "CLCK", "CPWD", "SPIC", "PCT", "CRSM", "CSIM", "CGLA", "CCHO", "CRLA", "CACM", "CAMM", "CPUC", "SIMLOCK", "PERSO",
            "CARDLOCK", "CPNNUM",
        ],
        LOCKS,
    ),
    (
        &[
            "CFUN", "RESET", "REBOOT", "RST", "POWD", "POFF", "SMSO", "SHDN", "QPOW", "POWEROFF", "MSO", "CPWROFF", "CPOF", "MSOFF",
            "CRESET", "SYSHALT",
        ],
        RESTARTS,
    ),
    (
        &[
            "CMGF", "CNMI", "CPMS", "CSMS", "CSCS", "CSCA", "CSMP", "CMEE", "CMUX", "IPR", "ICF", "IFC", "CSAS", "CRES", "SMGO", "CURC",
            "QURCCFG", "SMSMODE", "CREG", "CGREG", "CEREG", "CLIP", "CRC", "WIND", "CGSMS", "CMMS", "CSDH",
        ],
        OURS,
    ),
    (
        &[
            "SEND", "CGDATA", "CIP", "DATA", "PPP", "SISW", "SISR", "USO", "QIOPEN", "FTP", "HTTP", "MQTT", "EMAIL", "SMTP", "SSL",
            "NDISDUP", "CGACT", "QIACT", "FS", "FILE", "QF", "UPLOAD", "DOWNL", "EDMUX", "CMEC", "CKPD", "STGI", "STGR", "STKTR", "CUSATW",
        ],
        DATA,
    ),
    (
        &[
            "FACTORY",
            "NVRESTORE",
            "QPRTPARA",
            "RESTORE",
            "DEFAULT",
            "ERASE",
            "DELETE",
            "FOTA",
            "UPDATE",
            "FWUP",
            "SWITCH",
            "FLASH",
            "IMEI",
            "EGMR",
            "SIMEI",
            "WIMEI",
            "DIAG",
            "BOOT",
            "QDOWN",
            "SETPORT",
            "U2DIAG",
            "USBCFG",
            "USBCOMP",
            "UDUSB",
            "CLAC",
        ],
        FACTORY,
    ),
    (&["COPS", "CGATT", "CPLS", "CPOL"], REGISTERS),
];

const TOO_LONG: Refusal = Refusal { code: "at_too_long", words: "a command has at most 160 signs" };
const NOT_ONE_LINE: Refusal =
    Refusal { code: "at_not_one_line", words: "one line of plain letters, digits and signs: no line ends, Ctrl-Z or ESC" };
const OPEN_QUOTE: Refusal = Refusal { code: "at_open_quote", words: "a quote is not closed: write \" in front of the value and behind it" };
const NO_AT: Refusal = Refusal { code: "at_no_command", words: "a command begins with AT, for example AT+CSQ; A/ and +++ are none" };
const SEVERAL: Refusal = Refusal { code: "at_several", words: "one command at a time: send them one after the other, without `;`" };
const BASIC: Refusal = Refusal {
    code: "at_basic",
    words: "of the commands without a sign in front only ATI and AT&V may be sent: dialing is `answerback ring`, and what they set the box sets by itself",
};
const NO_COMMAND: Refusal = Refusal { code: "at_no_command", words: "write AT+NAME, AT+NAME?, AT+NAME=? or AT+NAME=VALUE" };
const SLOW: Refusal = Refusal {
    code: "at_slow",
    words: "looking for networks takes minutes in which no text gets through: use AT+COPS? or `answerback doctor`",
};
const SENDS: Refusal = Refusal { code: "at_sends", words: "it sends a text past the books: use `answerback send`" };
const TEXTS: Refusal = Refusal {
    code: "at_texts",
    words: "it reads, marks or deletes what lies on the SIM: the box reads it by itself, and `answerback tail` shows it",
};
const NETWORK_CODE: Refusal = Refusal { code: "at_ussd", words: "use `answerback modem ussd`: it keeps what the network answered" };
const DIALS: Refusal = Refusal { code: "at_dials", words: "it makes or ends calls: use `answerback ring`" };
const LOCKS: Refusal =
    Refusal { code: "at_locks", words: "it can lock the SIM for good: use `answerback modem pin`, or a telephone for PUK and locks" };
const RESTARTS: Refusal =
    Refusal { code: "at_restarts", words: "it takes the modem away in the middle of a text: use `answerback modem restart`" };
const OURS: Refusal =
    Refusal { code: "at_ours", words: "the box sets this itself and would be deaf without it: only asking for it with ? is allowed" };
const DATA: Refusal = Refusal {
    code: "at_data",
    words: "it opens a connection, writes files or speaks for the SIM: do it with the modem taken out of the box",
};
const FACTORY: Refusal = Refusal { code: "at_factory", words: "it changes the modem for good: do it with the modem taken out of the box" };
const REGISTERS: Refusal =
    Refusal { code: "at_registers", words: "it takes the SIM off its network: use `answerback modem restart`, which looks for one anew" };

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, want: Result<&str, &str>) {
        let got = checked(line);
        assert_eq!(got.as_deref().map_err(|refusal| refusal.code), want, "{line:?}");
    }

    #[test]
    fn what_asks_may_be_typed_in_any_form() {
        for (line, sent) in [
            ("AT", "AT"),
            ("at+csq", "AT+CSQ"),
            (" a t + C s q ", "AT+CSQ"),
            ("ATI", "ATI"),
            ("AT&V", "AT&V"),
            ("AT+COPS?", "AT+COPS?"),
            ("AT+CPIN?", "AT+CPIN?"),
            ("AT+CNMI=?", "AT+CNMI=?"),
            ("AT^SYSINFOEX", "AT^SYSINFOEX"),
            ("AT+QENG=\"Serving cell\"", "AT+QENG=\"Serving cell\""),
            ("AT+QCFG=\"ims\",1", "AT+QCFG=\"ims\",1"),
            ("AT+CCID", "AT+CCID"),
            ("AT#MONI=7", "AT#MONI=7"),
            ("AT+CEER", "AT+CEER"),
            ("AT+CLCC", "AT+CLCC"),
        ] {
            check(line, Ok(sent));
        }
    }

    #[test]
    fn nothing_walks_round_the_list() {
        for (line, code) in [
            ("AT+CMGS=20", "at_sends"),
            ("at+cmgs=20", "at_sends"),
            ("AT + C M G S = 20", "at_sends"),
            ("AT+CSQ;+CMGS=20", "at_several"),
            ("AT+CSQ ; D+15550100200;", "at_several"),
            ("ATE0+CMGS=20", "at_basic"),
            ("ATI+CMGS=20", "at_basic"),
            ("ATD+15550100200", "at_basic"),
            ("atd112", "at_basic"),
            ("ATE0D112", "at_basic"),
            ("ATZ", "at_basic"),
            ("AT&F", "at_basic"),
            ("ATH", "at_basic"),
            ("ATO", "at_basic"),
            ("ATS0=1", "at_basic"),
            ("A/", "at_no_command"),
            ("+++", "at_no_command"),
            ("AT+CSQ\rAT+CMGS=20", "at_not_one_line"),
            ("AT+CSQ\u{1a}", "at_not_one_line"),
            ("AT+CSQ\u{1b}", "at_not_one_line"),
            ("AT+CＭGS=20", "at_not_one_line"),
            ("AT+CSQ=\"open", "at_open_quote"),
            ("AT+QCMGS=\"+15550100200\"", "at_sends"),
            ("AT#CMGS=20", "at_sends"),
            ("AT+CMSS=1", "at_sends"),
            ("AT+CMGW=20", "at_sends"),
            ("AT+CMGD=1,4", "at_texts"),
            ("AT+CMGDA=\"DEL ALL\"", "at_texts"),
            ("AT+CMGL=4", "at_texts"),
            ("AT+CUSD=1,\"*100#\",15", "at_ussd"),
            ("AT+CHUP", "at_dials"),
            ("AT^DIAL=1", "at_dials"),
            ("AT+CPIN=\"1234\"", "at_locks"),
            ("AT+CLCK=\"SC\",1,\"1234\"", "at_locks"),
            ("AT+CPWD=\"SC\",\"1234\",\"9999\"", "at_locks"),
            ("AT+CSIM=26,\"0020000108\"", "at_locks"),
            ("AT+CRSM=220,28476", "at_locks"),
            ("AT^CPIN=\"1234\"", "at_locks"),
            ("AT+CFUN=1,1", "at_restarts"),
            ("AT^RESET", "at_restarts"),
            ("AT#REBOOT", "at_restarts"),
            ("AT+QPOWD=1", "at_restarts"),
            ("AT+CMGF=1", "at_ours"),
            ("AT+CNMI=0,0", "at_ours"),
            ("AT+CPMS=\"SM\"", "at_ours"),
            ("AT+CGDATA=\"PPP\",1", "at_data"),
            ("AT+CIPSEND", "at_data"),
            ("AT+QISEND=0", "at_data"),
            ("AT+COPS=?", "at_slow"),
            ("AT+COPS=2", "at_registers"),
            ("AT^FACTORYDEFAULT", "at_factory"),
            ("AT+EGMR=1,7,\"350000000000017\"", "at_factory"),
            ("AT+X=\"AT+CMGS=20\"", "at_several"),
            ("AT+X=\" atd112\"", "at_several"),
            ("AT+X=1+CMGS=20", "at_several"),
            ("AT+CSQ?+CMGS=20", "at_no_command"),
            ("AT+CSQ&F", "at_no_command"),
            ("AT+", "at_no_command"),
        ] {
            check(line, Err(code));
        }
        check(&format!("AT+X={}", "9".repeat(LENGTH_MAX)), Err("at_too_long"));
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        for (_, refusal) in FORBIDDEN {
            assert!(
                refusal.words.contains('`') || refusal.words.contains("taken out") || refusal.words.contains("with ?"),
                "{}",
                refusal.words
            );
        }
    }
}
