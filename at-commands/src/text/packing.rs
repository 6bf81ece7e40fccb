//! Septets into octets and back, least significant bit first (3GPP 23.038 sec 6.1.2), with the fill bits behind a user data header
//! and the carriage-return rule of USSD. What a septet means is `gsm7`'s work.

use crate::pdu::Octets;

const CARRIAGE_RETURN: u8 = 0x0D;

/// Bits between a header of so many octets and the first septet (3GPP 23.040 sec 9.2.3.24).
pub const fn fill_bits(header_octets: usize) -> u32 {
    let over = header_octets.wrapping_mul(8) % 7;
    ((7 - over) % 7) as u32
}

/// The packed octets of `septets`, after `fill_bits` (0 to 6) zero bits, which take an octet also where no septet follows.
#[must_use]
pub fn pack(septets: &[u8], fill_bits: u32) -> Vec<u8> {
    let mut octets = Vec::with_capacity(septets.len());
    pack_into(septets, fill_bits, &mut octets);
    octets
}

/// Appends the packed octets of `septets`.
pub fn pack_into(septets: &[u8], fill_bits: u32, out: &mut Vec<u8>) {
    let mut pending: u32 = 0;
    let mut bits = fill_bits.min(6);
    for septet in septets {
        pending |= u32::from(septet & 0x7F) << bits;
        bits += 7;
        if bits >= 8 {
            out.push(pending as u8);
            pending >>= 8;
            bits -= 8;
        }
    }
    if bits > 0 {
        out.push(pending as u8);
    }
}

/// `count` septets of `octets` after `fill_bits` (0 to 6); fewer where the octets, or the room for `N`, end before.
#[must_use]
pub fn unpack<const N: usize>(octets: &[u8], count: usize, fill_bits: u32) -> Octets<N> {
    let mut unpacked = Octets::new();
    for septet in septets(octets, fill_bits).take(count) {
        if !unpacked.push(septet) {
            break;
        }
    }
    unpacked
}

/// All whole septets of `octets` after `fill_bits` (0 to 6).
fn septets(octets: &[u8], fill_bits: u32) -> impl Iterator<Item = u8> {
    let fill = fill_bits.min(6);
    let (first, rest) = octets.split_first().map_or((None, octets), |(first, rest)| (Some(*first), rest));
    let mut octets = rest.iter();
    let mut pending = first.map_or(0, |first| u32::from(first) >> fill);
    let mut bits = first.map_or(0, |_| 8 - fill);
    std::iter::from_fn(move || {
        if bits < 7 {
            pending |= u32::from(*octets.next()?) << bits;
            bits += 8;
        }
        let septet = pending as u8 & 0x7F;
        pending >>= 7;
        bits -= 7;
        Some(septet)
    })
}

/// The packed octets of USSD or cell broadcast: seven spare bits hold a carriage return, so that no `@` appears (sec 6.1.2.3.1).
#[must_use]
pub fn pack_ussd(septets: &[u8]) -> Vec<u8> {
    let seven_spare = septets.len() % 8 == 7;
    let ends_as_padding = !septets.is_empty() && septets.len().is_multiple_of(8) && septets.last() == Some(&CARRIAGE_RETURN);
    if seven_spare || ends_as_padding {
        let mut padded = septets.to_vec();
        padded.push(CARRIAGE_RETURN);
        return pack(&padded, 0);
    }
    pack(septets, 0)
}

/// The septets of USSD: as many as the octets hold, less the carriage return that is padding.
#[must_use]
pub fn unpack_ussd(octets: &[u8], fill_bits: u32) -> Vec<u8> {
    let mut septets: Vec<u8> = self::septets(octets, fill_bits).collect();
    let padded = match septets.as_slice() {
        [.., CARRIAGE_RETURN] if septets.len().is_multiple_of(8) => true,
        [.., CARRIAGE_RETURN, CARRIAGE_RETURN] if septets.len() % 8 == 1 => true,
        _ => false,
    };
    if padded {
        septets.pop();
    }
    septets
}

#[cfg(test)]
mod tests {
    use super::{fill_bits, pack, pack_ussd, unpack, unpack_ussd};
    use crate::pdu::Octets;

    #[test]
    fn septets_go_there_and_back_at_every_length_and_fill() {
        for length in 0..=160_usize {
            let septets: Vec<u8> = (0..length).map(|index| (index * 37 % 128) as u8).collect();
            for fill in 0..7 {
                let octets = pack(&septets, fill);
                let back: Octets<160> = unpack(&octets, length, fill);
                assert_eq!(back.as_slice(), septets, "{length} septets, {fill} fill bits");
            }
            assert_eq!(unpack_ussd(&pack_ussd(&septets), 0), septets, "{length} septets as USSD");
        }
    }

    #[test]
    fn a_wanted_carriage_return_at_an_octet_boundary_survives_ussd() {
        assert_eq!(unpack_ussd(&pack_ussd(b"1234567\r"), 0), b"1234567\r");
    }

    #[test]
    fn fill_bits_align_the_text_to_a_septet() {
        assert_eq!([0, 3, 4, 6, 7, 12].map(fill_bits), [0, 4, 3, 1, 0, 2]);
    }
}
