//! Chance, passed in: the operating system's in the product, a seeded sequence in tests and in the simulation.

/// A source of random octets.
pub trait Chance: Send {
    /// Fills `octets` with random values.
    fn fill(&mut self, octets: &mut [u8]);
}

/// The operating system's random numbers: the only source for keys, link tokens and ids in the product.
pub struct Os;

impl Chance for Os {
    fn fill(&mut self, octets: &mut [u8]) {
        // The kernel's generator cannot fail after boot; a box without one must not make guessable keys.
        getrandom::fill(octets).expect("the kernel's random numbers");
    }
}

/// A sequence fixed by its seed (SplitMix64), for tests and the simulation.
#[derive(Debug, Clone)]
pub struct Seeded {
    state: u64,
}

impl Seeded {
    /// The sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which must not be 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next_u64() % bound
    }
}

impl Chance for Seeded {
    fn fill(&mut self, octets: &mut [u8]) {
        for chunk in octets.chunks_mut(8) {
            let word = self.next_u64().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_sequence() {
        let (mut a, mut b) = (Seeded::new(5), Seeded::new(5));
        let (mut left, mut right) = ([0; 21], [0; 21]);
        a.fill(&mut left);
        b.fill(&mut right);
        assert_eq!(left, right);
        assert_ne!(left, [0; 21]);
    }
}
