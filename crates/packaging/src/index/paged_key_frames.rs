//! Which samples of a page are key frames that the head lists.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::key_frames::KeySample;

/// The listed key frames among the samples of a page. When each is presented follows from the samples.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PagedKeyFrames {
    /// Number of the first one in the track, from 0.
    pub(super) first_number: u32,
    /// Number of the first one's sample in the page, then the distance of each from the one before.
    distances: Vec<u32>,
    /// When the one behind the last is presented, in ticks; the end of the track if there is none.
    pub(super) end: u64,
}

impl PagedKeyFrames {
    /// Those among the samples of a page, which have these numbers in the track that ends at `track_end`.
    pub(super) fn of(all: &[KeySample], samples: &Range<u32>, track_end: u64) -> Self {
        let first = all.partition_point(|key| key.sample < samples.start);
        let own = || all.iter().skip(first).take_while(|key| key.sample < samples.end);
        let mut before = samples.start;
        let distances = own().map(|key| key.sample - std::mem::replace(&mut before, key.sample)).collect();
        let next = all.get(first + own().count());
        Self {
            first_number: u32::try_from(first).unwrap_or(u32::MAX),
            distances,
            end: next.map_or(track_end, |next| next.start),
        }
    }

    /// The numbers of their samples in the page.
    pub(super) fn samples(&self) -> impl Iterator<Item = u32> + '_ {
        self.distances.iter().scan(0u32, |at, &distance| {
            *at = at.saturating_add(distance);
            Some(*at)
        })
    }

    /// Bytes in memory, roughly.
    pub(super) fn bytes(&self) -> usize {
        self.distances.len() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out by hand: pages of 100 samples, key frames at samples 0, 50, 130, 250.
    #[test]
    fn each_page_has_its_own() {
        let key = |(sample, start)| KeySample { sample, start, bytes: 1 };
        let all = [(0, 0), (50, 2000), (130, 5200), (250, 10_000)].map(key);
        let of = |samples: Range<u32>| {
            let page = PagedKeyFrames::of(&all, &samples, 12_000);
            (page.first_number, page.samples().collect::<Vec<_>>(), page.end)
        };
        assert_eq!(of(0..100), (0, vec![0, 50], 5200));
        assert_eq!(of(100..200), (2, vec![30], 10_000));
        assert_eq!(of(200..300), (3, vec![50], 12_000));
        assert_eq!(of(300..400).1, Vec::<u32>::new());
    }
}
