//! What a modem says by itself of a call that goes out (V.250 5.7, 27.007 7.8, and the makers' own words).

use super::Urc;
use crate::answer::{Final, Params};

/// With which word a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallEnd {
    /// `NO CARRIER`, or a maker's own word without a cause.
    NoCarrier,
    /// `NO DIALTONE`.
    NoDialtone,
    /// `BUSY`.
    Busy,
    /// `NO ANSWER`.
    NoAnswer,
    /// `^CEND` with the cause of 24.008 10.5.4.11.
    Cause(u16),
}

/// How far a call that goes out is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallProgress {
    /// It rings there.
    Alerting,
    /// Somebody took it.
    Connected,
}

impl CallEnd {
    /// The end that a result code of V.250 tells; none of the others ends a call.
    pub fn of(result: &Final) -> Option<Self> {
        match result {
            Final::NoCarrier => Some(Self::NoCarrier),
            Final::NoDialtone => Some(Self::NoDialtone),
            Final::Busy => Some(Self::Busy),
            Final::NoAnswer => Some(Self::NoAnswer),
            Final::Ok | Final::Connect | Final::Error | Final::Cme(_) | Final::Cms(_) | Final::Modem(_) => None,
        }
    }
}

/// `+UCALLSTAT: <id>,<stat>`: 0 and 7 are connected, 3 is alerting, 6 is over; the others say nothing new.
pub(super) fn u_blox(code: &str, params: &Params) -> Option<Urc> {
    match params.number(1)? {
        0 | 7 => Some(Urc::CallProgress(CallProgress::Connected)),
        3 => Some(Urc::CallProgress(CallProgress::Alerting)),
        6 => Some(Urc::CallEnd(CallEnd::NoCarrier)),
        _ => Some(Urc::Notice { code: code.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn check(line: &str, want: Option<Urc>) {
        assert_eq!(parse(line), want, "{line}");
    }

    #[test]
    fn a_call_is_followed_in_the_words_of_every_maker() {
        let (end, progress) = (|end| Some(Urc::CallEnd(end)), |progress| Some(Urc::CallProgress(progress)));
        let cases = [
            ("BUSY", end(CallEnd::Busy)),
            ("NO ANSWER", end(CallEnd::NoAnswer)),
            ("NO DIAL TONE", end(CallEnd::NoDialtone)),
            ("^CEND:1,5,29,16", end(CallEnd::Cause(16))),
            ("^CEND:1,0,104", end(CallEnd::NoCarrier)),
            ("VOICE CALL: END: 000017", end(CallEnd::NoCarrier)),
            ("VOICE CALL: END", end(CallEnd::NoCarrier)),
            ("+UCALLSTAT: 1,6", end(CallEnd::NoCarrier)),
            ("^CONF:1", progress(CallProgress::Alerting)),
            ("+UCALLSTAT: 1,3", progress(CallProgress::Alerting)),
            ("^CONN:1,0", progress(CallProgress::Connected)),
            ("+COLP: \"+15550100200\",145", progress(CallProgress::Connected)),
            ("VOICE CALL: BEGIN", progress(CallProgress::Connected)),
            ("+UCALLSTAT: 1,2", Some(Urc::Notice { code: "+UCALLSTAT".to_owned() })),
            ("^ORIG:1,0", Some(Urc::Notice { code: "^ORIG".to_owned() })),
        ];
        for (line, want) in cases {
            check(line, want);
        }
    }
}
