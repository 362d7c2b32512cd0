//! Key frames as the head holds them: by column, which deflates to little more than the noise in their sizes.

use serde::{Deserialize, Serialize};

use crate::key_frames::{KeyFrame, KeySample, MAX_KEY_FRAMES, key_frames};

/// The key frames of a track.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct StoredKeyFrames {
    /// When the first is presented, then the distance of each from the one before, in ticks.
    distances: Vec<u64>,
    /// The lowest byte of each size, then the next byte of each, and so on: four for each key frame.
    size_planes: Vec<u8>,
}

impl StoredKeyFrames {
    pub(super) fn new(all: &[KeyFrame]) -> Self {
        let mut before = 0;
        let distances = all.iter().map(|key| key.start - std::mem::replace(&mut before, key.start));
        let plane =
            |place: usize| all.iter().filter_map(move |key| key.bytes.to_le_bytes().get(place).copied());
        Self { distances: distances.collect(), size_planes: (0..4).flat_map(plane).collect() }
    }

    /// `None` if they are not those of a track that ends at `end`.
    pub(super) fn read(&self, end: u64) -> Option<Vec<KeyFrame>> {
        let count = self.distances.len();
        if count > MAX_KEY_FRAMES || self.size_planes.len() != count * 4 {
            return None;
        }
        let mut start = 0u64;
        let mut samples = Vec::new();
        for (place, &distance) in self.distances.iter().enumerate() {
            start = start.checked_add(distance).filter(|_| distance > 0 || place == 0)?;
            let byte = |plane: usize| self.size_planes.get(plane * count + place).copied();
            let bytes = u32::from_le_bytes([byte(0)?, byte(1)?, byte(2)?, byte(3)?]);
            samples.push(KeySample { start, bytes, sample: 0 });
        }
        (samples.is_empty() || start < end).then(|| key_frames(&samples, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let key = |start, bytes| KeySample { start, bytes, sample: 0 };
        let all = key_frames(&[key(512, 70_000), key(25_600, 1), key(51_200, u32::MAX)], 60_000);
        assert_eq!(StoredKeyFrames::new(&all).read(60_000), Some(all.clone()));
        assert_eq!(StoredKeyFrames::new(&all).read(51_200), None);
        assert_eq!(StoredKeyFrames::default().read(0), Some(Vec::new()));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let stored = |distances: &[u64], planes| StoredKeyFrames {
            distances: distances.to_vec(),
            size_planes: vec![0; planes],
        };
        assert!(stored(&[5, 0], 8).read(100).is_none(), "two at one time");
        assert!(stored(&[5, 5], 7).read(100).is_none(), "a size too few");
        assert!(stored(&[5, u64::MAX], 8).read(100).is_none(), "beyond all times");
    }
}
