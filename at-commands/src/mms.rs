//! The announcement of a picture message: M-Notification.ind (OMA-TS-MMS_ENC sec 6.2), pushed to port 2948 over SMS (WAP-230-WSP
//! sec 8.2.4.1). Who sent the picture stands in it; the text itself comes from the operator's message centre.

/// The port of connectionless WAP push.
pub const PUSH_PORT: u16 = 2948;

/// Who sent a picture message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// A phone number, as the message centre writes it.
    Number(String),
    /// Another address: e-mail, IP, a code of the operator.
    Other(String),
    /// The sender does not want to be known, or the message centre does not say.
    Hidden,
}

/// A picture message waits at the operator's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Who sent it.
    pub from: Sender,
    /// Where it lies.
    pub location: Option<String>,
}

impl Notification {
    /// Reads the whole user data of a push, its parts joined, without the header; `None` where it announces no picture message.
    ///
    /// ```
    /// use at_commands::mms::{Notification, Sender};
    ///
    /// let mut push = vec![0x01, 0x06, 0x01, 0xBE];
    /// push.extend(b"\x8C\x82\x98t1\0\x8D\x90\x89\x18\x80+15550100200/TYPE=PLMN\0\x83http://mmsc/1\0");
    /// let notification = Notification::decode(&push).unwrap();
    /// assert_eq!(notification.from, Sender::Number("+15550100200".to_owned()));
    /// ```
    #[must_use]
    pub fn decode(push: &[u8]) -> Option<Self> {
        let mut body = Octets(message(push)?);
        let (mut is_notification, mut from, mut location) = (false, Sender::Hidden, None);
        while let Some(field) = body.next() {
            if field < FIELD_WELL_KNOWN {
                // A field of somebody's own: its name, then a text.
                body.text()?;
                body.text()?;
                continue;
            }
            match field {
                MESSAGE_TYPE => is_notification = body.next()? == NOTIFICATION_IND,
                FROM => from = sender(body.counted()?),
                LOCATION => location = Some(String::from_utf8_lossy(body.text()?).into_owned()),
                _ => body.skip_value()?,
            }
        }
        is_notification.then_some(Self { from, location })
    }
}

/// Field names below this are written out.
const FIELD_WELL_KNOWN: u8 = 0x80;
const LOCATION: u8 = 0x83;
const FROM: u8 = 0x89;
const MESSAGE_TYPE: u8 = 0x8C;
const NOTIFICATION_IND: u8 = 0x82;
const ADDRESS_PRESENT: u8 = 0x80;

/// WSP: a push, and the media type of a picture message, as a number and written out.
const PUSH: u8 = 0x06;
const MMS_MESSAGE: u8 = 0x3E | 0x80;
const MMS_MESSAGE_TEXT: &[u8] = b"application/vnd.wap.mms-message";

/// The picture message's own fields in a push.
fn message(push: &[u8]) -> Option<&[u8]> {
    let mut octets = Octets(push);
    let _transaction = octets.next()?;
    if octets.next()? != PUSH {
        return None;
    }
    let length = octets.uintvar()?;
    let mut headers = Octets(octets.take(length)?);
    media_type(&mut headers)?.then_some(octets.0)
}

/// Whether the first header says a picture message: a number, a text, or either with parameters behind it.
fn media_type(headers: &mut Octets<'_>) -> Option<bool> {
    let first = *headers.0.first()?;
    if first >= FIELD_WELL_KNOWN {
        return Some(first == MMS_MESSAGE);
    }
    if first > LENGTH_QUOTE {
        return Some(headers.text()?.eq_ignore_ascii_case(MMS_MESSAGE_TEXT));
    }
    let mut general = Octets(headers.counted()?);
    let inner = *general.0.first()?;
    if inner >= FIELD_WELL_KNOWN { Some(inner == MMS_MESSAGE) } else { Some(general.text()?.eq_ignore_ascii_case(MMS_MESSAGE_TEXT)) }
}

/// From-value: a token, and behind the one of a present address an encoded string.
fn sender(value: &[u8]) -> Sender {
    let Some((&ADDRESS_PRESENT, address)) = value.split_first() else { return Sender::Hidden };
    let mut address = Octets(address);
    let words = if address.0.first().is_some_and(|first| *first <= LENGTH_QUOTE) { with_charset(&mut address) } else { address.text() };
    let Some(words) = words.map(String::from_utf8_lossy).filter(|words| !words.is_empty()) else { return Sender::Hidden };
    match words.split_once("/TYPE=") {
        Some((number, "PLMN")) => Sender::Number(number.to_owned()),
        Some((other, _)) => Sender::Other(other.to_owned()),
        None => Sender::Other(words.into_owned()),
    }
}

/// A length, a character set and a text. Addresses are ASCII in every set that is used.
fn with_charset<'a>(octets: &mut Octets<'a>) -> Option<&'a [u8]> {
    let mut value = Octets(octets.counted()?);
    value.skip_value()?;
    value.text()
}

/// 31: the length follows as a variable number. Less is a length, more is a text or a short number.
const LENGTH_QUOTE: u8 = 31;
/// A text whose first octet would be read as a number stands behind this.
const TEXT_QUOTE: u8 = 0x7F;

/// Octets that are read from left to right.
struct Octets<'a>(&'a [u8]);

impl<'a> Octets<'a> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of seven bits an octet, the highest first; five octets at most.
    fn uintvar(&mut self) -> Option<usize> {
        let mut number: usize = 0;
        for _ in 0..5 {
            let octet = self.next()?;
            number = number.checked_mul(128)?.checked_add(usize::from(octet & 0x7F))?;
            if octet & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A value with its length in front.
    fn counted(&mut self) -> Option<&'a [u8]> {
        let length = match self.next()? {
            LENGTH_QUOTE => self.uintvar()?,
            short if short < LENGTH_QUOTE => usize::from(short),
            _ => return None,
        };
        self.take(length)
    }

    /// A text up to its zero.
    fn text(&mut self) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|octet| *octet == 0)?;
        let text = self.take(end)?;
        self.next()?;
        Some(text.strip_prefix(&[TEXT_QUOTE]).unwrap_or(text))
    }

    /// Any value, by its first octet (WAP-230-WSP sec 8.4.1.2).
    fn skip_value(&mut self) -> Option<()> {
        let first = *self.0.first()?;
        match first {
            0..=LENGTH_QUOTE => self.counted().map(drop),
            FIELD_WELL_KNOWN.. => self.next().map(drop),
            _ => self.text().map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A push with these media type octets and this From value.
    fn push(media: &[u8], from: &[u8]) -> Vec<u8> {
        let mut octets = vec![0x2A, 0x06, media.len() as u8];
        octets.extend(media);
        octets.extend(b"\x8C\x82\x98id-7\0\x8D\x92");
        octets.extend(b"\x8A\x80\x8E\x02\x75\x30\x88\x05\x81\x03\x03\xF4\x80");
        octets.extend(b"\x89");
        octets.extend(from);
        octets.extend(b"\x96\x0B\xEAWire down\0X-Own\0x\0\x83http://mmsc.example/id-7\0");
        octets
    }

    fn from(value: &[u8]) -> Option<Sender> {
        Notification::decode(&push(&[0xBE, 0xAF, 0x84], value)).map(|notification| notification.from)
    }

    fn counted(value: &[u8]) -> Vec<u8> {
        let mut octets = if value.len() < 31 { vec![value.len() as u8] } else { vec![31, value.len() as u8] };
        octets.extend(value);
        octets
    }

    #[test]
    fn the_sender_is_read_in_every_form_that_the_encoding_has() {
        let number = Some(Sender::Number("+380501112233".to_owned()));
        assert_eq!(from(&counted(b"\x80+380501112233/TYPE=PLMN\0")), number);
        assert_eq!(from(&counted(b"\x80\x19\xEA+380501112233/TYPE=PLMN\0")), number, "UTF-8 as a short number");
        assert_eq!(from(&counted(b"\x80\x1A\x01\x03+380501112233/TYPE=PLMN\0")), number, "ASCII as a long number");
        assert_eq!(from(&counted(b"\x80\x1F\x19\xEA+380501112233/TYPE=PLMN\0")), number, "a length behind 31");
        assert_eq!(from(&counted(b"\x80\x7Fann@utility.example\0")), Some(Sender::Other("ann@utility.example".to_owned())));
        assert_eq!(from(&counted(b"\x8010.0.0.7/TYPE=IPv4\0")), Some(Sender::Other("10.0.0.7".to_owned())));
        assert_eq!(from(&counted(b"\x81")), Some(Sender::Hidden));
        assert_eq!(from(&counted(b"\x80\0")), Some(Sender::Hidden));
    }

    #[test]
    fn the_media_type_is_a_number_or_a_text_with_or_without_parameters() {
        let value = counted(b"\x80+380501112233/TYPE=PLMN\0");
        let text = b"application/vnd.wap.mms-message\0";
        let with_parameter = [&[0x03, 0xBE, 0x81, 0xEA][..], &[0xAF, 0x84]].concat();
        for media in [&[0xBE][..], text, &with_parameter] {
            let read = Notification::decode(&push(media, &value)).expect("a notification");
            assert_eq!(read.from, Sender::Number("+380501112233".to_owned()), "{media:X?}");
            assert_eq!(read.location.as_deref(), Some("http://mmsc.example/id-7"));
        }
        assert_eq!(Notification::decode(&push(&[0xAE], &value)), None, "a service indication is none");
        assert_eq!(Notification::decode(&push(b"text/vnd.wap.si\0", &value)), None);
    }

    #[test]
    fn what_ends_too_early_or_is_something_else_is_no_notification() {
        let whole = push(&[0xBE], &counted(b"\x80+380501112233/TYPE=PLMN\0"));
        for end in 0..whole.len() {
            if let Some(read) = Notification::decode(&whole[..end]) {
                // Cut between two fields it is still one.
                assert!(read.location.is_none(), "{end}");
            }
        }
        let mut delivery = whole.clone();
        let at = delivery.windows(2).position(|pair| pair == [0x8C, 0x82]).expect("a type") + 1;
        delivery[at] = 0x86;
        assert_eq!(Notification::decode(&delivery), None, "a delivery report of a picture announces none");
        for start in 0..=255 {
            let _ = Notification::decode(&[start, start, start, start, start, start, start]);
        }
    }
}
