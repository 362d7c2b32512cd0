//! Numbers that look random and follow from one.
#![expect(clippy::unwrap_used, reason = "on machines of 64 bits nothing fails here")]

/// xorshift64* (Vigna 2016), seeded through a multiplication so that neighbouring seeds differ.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// All numbers follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number, of 48 bits.
    pub fn any(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    /// A number below `limit`; 0 if that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.any()).unwrap() % limit.max(1)
    }
}
