//! Lines of a modem made fit for a log or a trace: PINs, numbers and message contents are masked.

/// The line with PINs gone, digits of numbers starred but for two at each end, and long hex replaced by its length.
pub fn mask(line: &str) -> String {
    let upper = line.to_ascii_uppercase();
    if let Some(at) = PIN_COMMANDS.iter().find_map(|command| upper.find(command).map(|at| at + command.len())) {
        return format!("{}****", &line[..at]);
    }
    let mut masked = String::with_capacity(line.len());
    let mut word = String::new();
    for sign in line.chars() {
        if sign.is_ascii_alphanumeric() {
            word.push(sign);
            continue;
        }
        mask_word(&word, &mut masked);
        word.clear();
        masked.push(sign);
    }
    mask_word(&word, &mut masked);
    masked
}

pub(super) const PIN_COMMANDS: &[&str] = &["+CPIN=", "+CLCK=", "+CPWD=", "^CPIN="];
/// Shorter runs of digits are indices, lengths and codes.
pub(super) const NUMBER_DIGITS_MIN: usize = 7;
/// Longer runs of hex digits are PDUs or strings.
pub(super) const HEX_DIGITS_MIN: usize = 24;

fn mask_word(word: &str, masked: &mut String) {
    if word.len() >= HEX_DIGITS_MIN && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        masked.push('<');
        masked.push_str(&word.len().to_string());
        masked.push_str(" hex digits>");
        return;
    }
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if digits < NUMBER_DIGITS_MIN {
        masked.push_str(word);
        return;
    }
    for (at, sign) in word.chars().enumerate() {
        let inner = at >= 2 && at + 2 < word.len();
        masked.push(if inner { '*' } else { sign });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_numbers_and_contents_do_not_pass() {
        let cases = [
            ("AT+CPIN=\"1234\"", "AT+CPIN=****"),
            ("t+cpin=1234", "t+cpin=****"),
            ("+CLIP: \"+15550100200\",145", "+CLIP: \"+15*******00\",145"),
            ("+CMTI: \"SM\",12", "+CMTI: \"SM\",12"),
            ("07913306092049F0040B913336766883F5", "<34 hex digits>"),
            ("+WTF: plain words", "+WTF: plain words"),
        ];
        for (line, want) in cases {
            assert_eq!(mask(line), want, "{line}");
        }
    }
}
