//! The SIM card: who it is, its PIN counter that really burns, its SMSC number and its TP-MR.

/// Who a SIM is and what it remembers over a power cycle.
#[derive(Debug, Clone)]
pub struct Card {
    /// ICCID.
    pub iccid: String,
    /// IMSI.
    pub imsi: String,
    /// Its number in E.164.
    pub number: String,
    /// `+CSCA`.
    pub smsc: String,
    /// The PIN.
    pub pin: String,
    /// The PUK.
    pub puk: String,
    /// Whether the PIN is asked for.
    pub pin_enabled: bool,
    /// PIN tries left.
    pub pin_tries: u8,
    /// PUK tries left; at 0 the card is dead.
    pub puk_tries: u8,
    /// The PIN was given since power-on.
    pub(super) verified: bool,
    /// TP-MR of the last submission (EF_SMSS).
    pub last_mr: u8,
    /// There is a card in the holder.
    pub present: bool,
}

/// What a card wants before it serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    Nothing,
    Pin,
    Puk,
    Missing,
    Dead,
}

/// What a try did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tried {
    Ok,
    Wrong,
    NotAsked,
    Blocked,
}

/// A PIN has 3 tries, a PUK 10 (TS 102 221 section 9.5).
pub(super) const PIN_TRIES: u8 = 3;
const PUK_TRIES: u8 = 10;

/// Cards from this number on are another operator's.
const ELSEWHERE: u16 = 100;

impl Card {
    /// The emulated card number `index`, with its own ICCID, IMSI and number.
    pub fn numbered(index: u16) -> Self {
        Self {
            iccid: with_check_digit(&format!("898800112233{index:06}")),
            imsi: format!("00101{index:010}"),
            number: format!("+1555010{:04}", u32::from(index) + 1000),
            smsc: if index < ELSEWHERE { "+15550109999" } else { "+15550108888" }.to_owned(),
            pin: "1234".to_owned(),
            puk: "12345678".to_owned(),
            pin_enabled: false,
            pin_tries: PIN_TRIES,
            puk_tries: PUK_TRIES,
            verified: false,
            last_mr: 0,
            present: true,
        }
    }

    pub(super) fn wants(&self) -> Wants {
        match self {
            Self { present: false, .. } => Wants::Missing,
            Self { puk_tries: 0, .. } => Wants::Dead,
            Self { pin_tries: 0, .. } => Wants::Puk,
            Self { pin_enabled: true, verified: false, .. } => Wants::Pin,
            Self { .. } => Wants::Nothing,
        }
    }

    pub(super) fn try_pin(&mut self, pin: &str) -> Tried {
        match self.wants() {
            Wants::Nothing => Tried::NotAsked,
            Wants::Missing | Wants::Dead => Tried::Blocked,
            // A PIN sent where a PUK is asked for burns a PUK try.
            Wants::Puk => self.try_puk(pin, pin),
            Wants::Pin => self.verify(pin),
        }
    }

    pub(super) fn try_puk(&mut self, puk: &str, new_pin: &str) -> Tried {
        if self.puk_tries == 0 || !self.present {
            return Tried::Blocked;
        }
        if puk != self.puk {
            self.puk_tries -= 1;
            return if self.puk_tries == 0 { Tried::Blocked } else { Tried::Wrong };
        }
        new_pin.clone_into(&mut self.pin);
        (self.pin_tries, self.puk_tries, self.verified) = (PIN_TRIES, PUK_TRIES, true);
        Tried::Ok
    }

    /// `+CLCK="SC",<0|1>,<pin>`.
    pub(super) fn lock(&mut self, on: bool, pin: &str) -> Tried {
        if self.pin_tries == 0 {
            return Tried::Blocked;
        }
        let tried = self.verify(pin);
        if tried == Tried::Ok {
            self.pin_enabled = on;
        }
        tried
    }

    fn verify(&mut self, pin: &str) -> Tried {
        if pin == self.pin {
            (self.pin_tries, self.verified) = (PIN_TRIES, true);
            return Tried::Ok;
        }
        self.pin_tries -= 1;
        if self.pin_tries == 0 { Tried::Blocked } else { Tried::Wrong }
    }

    /// The TP-MR of the next submission: 8 bits, 255 is followed by 0.
    pub(super) fn next_mr(&mut self) -> u8 {
        self.last_mr = self.last_mr.wrapping_add(1);
        self.last_mr
    }
}

/// A number of `digits` with its Luhn check digit behind it, as IMEI and ICCID have it.
pub(super) fn with_check_digit(digits: &str) -> String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_wrong_pins_ask_for_the_puk_and_ten_wrong_puks_kill() {
        let mut card = Card { pin_enabled: true, ..Card::numbered(1) };
        assert_eq!(card.wants(), Wants::Pin);
        let tried: Vec<Tried> = (0..3).map(|_| card.try_pin("0000")).collect();
        assert_eq!(tried, [Tried::Wrong, Tried::Wrong, Tried::Blocked]);
        assert_eq!((card.wants(), card.pin_tries), (Wants::Puk, 0));
        assert_eq!(card.try_pin("1234"), Tried::Wrong, "a PIN burns a PUK try");
        assert_eq!(card.puk_tries, 9);
        assert_eq!(card.try_puk("12345678", "4321"), Tried::Ok);
        assert_eq!((card.wants(), card.pin_tries), (Wants::Nothing, 3));
        for _ in 0..10 {
            card.try_puk("0", "1");
        }
        assert_eq!(card.wants(), Wants::Dead);
    }

    #[test]
    fn the_reference_wraps_from_255_to_0() {
        let mut card = Card { last_mr: 254, ..Card::numbered(1) };
        assert_eq!([card.next_mr(), card.next_mr(), card.next_mr()], [255, 0, 1]);
    }

    #[test]
    fn check_digits_are_luhn() {
        assert_eq!(with_check_digit("49015420323751"), "490154203237518");
    }
}
