//! Septets into octets and back, least significant bit first (3GPP 23.038 sec 6.1.2), with the fill bits behind a user data header
//! and the carriage-return rule of USSD. What a septet means is `gsm7`'s work.

use crate::pdu::Octets;

const CARRIAGE_RETURN: u8 = 0x0D;

/// Eight septets are seven octets: the words below are 56 bits of a `u64`, so that they need no loop over bits.
const GROUP_SEPTETS: usize = 8;
const GROUP_OCTETS: usize = 7;

/// Bits between a header of so many octets and the first septet (3GPP 23.040 sec 9.2.3.24).
pub const fn fill_bits(header_octets: usize) -> u32 {
    // Eight bits an octet are one more than a septet.
    match header_octets % 7 {
        0 => 0,
        over => 7_u32.wrapping_sub(over as u32),
    }
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
    let fill = fill_bits.min(6);
    // The bits of the last group that did not fill an octet: as many as the fill.
    let mut carry: u64 = 0;
    let (groups, rest) = septets.as_chunks::<GROUP_SEPTETS>();
    for group in groups {
        let bits = carry | word(group) << fill;
        let [seven @ .., high] = bits.to_le_bytes();
        out.extend_from_slice(&seven);
        carry = u64::from(high);
    }
    let bits = carry | word(rest) << fill;
    let used = rest.len().saturating_mul(7).saturating_add(fill as usize).div_ceil(8);
    out.extend_from_slice(bits.to_le_bytes().get(..used).unwrap_or_default());
}

/// Up to eight septets side by side, the first lowest.
fn word(septets: &[u8]) -> u64 {
    septets.iter().rev().fold(0, |bits, septet| bits << 7 | u64::from(septet & 0x7F))
}

/// `count` septets of `octets` after `fill_bits` (0 to 6); fewer where the octets, or the room for `N`, end before.
#[must_use]
pub fn unpack<const N: usize>(octets: &[u8], count: usize, fill_bits: u32) -> Octets<N> {
    let mut unpacked = Octets::new();
    let mut left = whole_septets(octets, fill_bits).min(count).min(N);
    for group in groups(octets, fill_bits) {
        let wanted = left.min(GROUP_SEPTETS);
        if wanted == 0 || !unpacked.extend(group.get(..wanted).unwrap_or_default()) {
            break;
        }
        left = left.saturating_sub(wanted);
    }
    unpacked
}

/// How many septets end within `octets`.
fn whole_septets(octets: &[u8], fill_bits: u32) -> usize {
    octets.len().saturating_mul(8).saturating_sub(fill_bits.min(6) as usize) / 7
}

/// The septets of `octets` by eights, also those that end beyond it.
fn groups(octets: &[u8], fill_bits: u32) -> impl Iterator<Item = [u8; GROUP_SEPTETS]> {
    let fill = fill_bits.min(6);
    (0..octets.len()).step_by(GROUP_OCTETS).map(move |at| {
        // With a fill the last septet of a group ends in the octet behind the seven.
        let window = octets.get(at..).unwrap_or_default();
        let bits = match window.first_chunk::<8>() {
            Some(window) => u64::from_le_bytes(*window),
            None => window.iter().rev().fold(0, |bits, octet| bits << 8 | u64::from(*octet)),
        };
        let bits = bits >> fill;
        [0, 7, 14, 21, 28, 35, 42, 49].map(|shift| (bits >> shift) as u8 & 0x7F)
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
    let mut septets: Vec<u8> = groups(octets, fill_bits).flatten().collect();
    septets.truncate(whole_septets(octets, fill_bits));
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
