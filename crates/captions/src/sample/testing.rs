//! Samples that are not what they should be.

use std::time::{Duration, Instant};

use super::TextSample;

/// Numbers that follow from a seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }

    /// Changes, removes, adds or repeats a few bytes.
    pub(crate) fn damaged(&mut self, good: &[u8]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len().max(1));
            let value = u8::try_from(self.below(256)).unwrap();
            match self.below(6) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes.insert(at.min(bytes.len()), value),
                2 => bytes.extend_from_within(at.min(bytes.len())..),
                3 if at < bytes.len() => bytes[at] = 0xff,
                4 if at < bytes.len() => bytes[at] ^= 1 << (value % 8),
                _ if at < bytes.len() => bytes[at] = value,
                _ => {}
            }
        }
        bytes
    }
}

/// Samples of a second each.
pub(crate) fn by_the_second<'a>(samples: &[&'a [u8]]) -> Vec<TextSample<'a>> {
    (0..).zip(samples).map(|(n, data)| TextSample { start: n * 1000, end: (n + 1) * 1000, data }).collect()
}

/// Hands `read` thousands of damaged copies of each sample, in pairs, and holds it to a minute for all.
pub(crate) fn survives_damage(good: &[&[u8]], mut read: impl FnMut(&[TextSample<'_>])) {
    let (mut random, begun) = (Random(0x5eed), Instant::now());
    for _ in 0..4_000 {
        for sample in good {
            let damaged = [random.damaged(sample), random.damaged(sample)];
            read(&by_the_second(&damaged.each_ref().map(Vec::as_slice)));
        }
    }
    assert!(begun.elapsed() < Duration::from_mins(1));
}
