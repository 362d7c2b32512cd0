//! Packed audio (RFC 8216bis §3.1.3): frames as they are, behind a tag that says when the first is heard.

use crate::Error;
use crate::clock::wrapped;
use crate::codec::Codec;
use crate::segment::{AccessUnit, MOST_DRIFT};

/// `PRIV` of this owner holds the time (RFC 8216bis §3.1.3.1).
const OWNER: &[u8; 45] = b"com.apple.streaming.transportStreamTimestamp\0";
/// Header of a tag and of a frame (ID3v2.4 "Main Structure" §3.1, §4).
const HEADER_BYTES: u8 = 10;
/// Owner and time.
const PRIVATE_BYTES: u8 = 45 + 8;

/// A segment of packed audio whose length is known.
#[derive(Debug)]
pub struct Packed {
    codec: Codec,
    sizes: Vec<u32>,
    pts: i64,
    content_length: u64,
}

impl Packed {
    /// Plans a segment of these frames.
    ///
    /// It says the time of the first alone, and the others follow at once. Where the source has gaps between
    /// them, it says the time at which most are right.
    pub fn plan(codec: Codec, units: &[AccessUnit]) -> Result<Self, Error> {
        let pts = first_pts(&codec, units);
        let sizes: Vec<_> = units.iter().map(|unit| unit.bytes).collect();
        let mut content_length = u64::from(2 * HEADER_BYTES + PRIVATE_BYTES);
        for (unit, &bytes) in sizes.iter().enumerate() {
            let long = Error::LongFrame { unit, bytes: bytes.into() };
            content_length += codec.frame_bytes(bytes).ok_or(long)?;
        }
        Ok(Self { codec, sizes, pts, content_length })
    }

    /// Whether packed audio is exact for these frames: each begins where those before it end, but for roundings.
    /// Of others it can only say when most of them are heard; MPEG-TS can say it of each.
    pub fn is_exact(codec: &Codec, units: &[AccessUnit]) -> bool {
        let first = units.first().map_or(0, |unit| unit.pts);
        units.iter().enumerate().all(|(at, unit)| {
            let due = codec.frames_ticks(at).map(|ticks| first.saturating_add(ticks));
            due.is_some_and(|due| unit.pts.abs_diff(due) <= MOST_DRIFT)
        })
    }

    /// Bytes of the segment.
    pub fn content_length(&self) -> u64 {
        self.content_length
    }

    /// The segment. `media`: all frames, one behind the other.
    pub fn write(&self, media: &[u8]) -> Result<Vec<u8>, Error> {
        let planned = self.sizes.iter().map(|&size| u64::from(size)).sum::<u64>();
        let other = Error::MediaLength { got: media.len() as u64, planned };
        if media.len() as u64 != planned {
            return Err(other);
        }
        let mut out = Vec::with_capacity(usize::try_from(self.content_length).map_err(|_| other.clone())?);
        write_tag(self.pts, &mut out);
        let mut rest = media;
        for &size in &self.sizes {
            let at = usize::try_from(size).map_err(|_| other.clone())?;
            let (frame, later) = rest.split_at_checked(at).ok_or_else(|| other.clone())?;
            self.codec.write_frame(frame, &mut out);
            rest = later;
        }
        Ok(out)
    }
}

/// The time of the first frame by the one in the middle of all.
fn first_pts(codec: &Codec, units: &[AccessUnit]) -> i64 {
    let by = |(at, unit): (usize, &AccessUnit)| Some(unit.pts.saturating_sub(codec.frames_ticks(at)?));
    let mut times: Vec<_> = units.iter().enumerate().filter_map(by).collect();
    let first = units.first().map_or(0, |unit| unit.pts);
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied().unwrap_or(first);
    // Roundings are no gaps.
    if middle.abs_diff(first) <= 2 { first } else { middle }
}

/// Lengths have seven bits in each byte, and those here are less than 128.
fn write_tag(pts: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"ID3");
    out.extend([4, 0, 0, 0, 0, 0, HEADER_BYTES + PRIVATE_BYTES]);
    out.extend_from_slice(b"PRIV");
    out.extend([0, 0, 0, PRIVATE_BYTES, 0, 0]);
    out.extend_from_slice(OWNER);
    out.extend(wrapped(pts).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Adts;

    const AAC: Codec = Codec::Aac(Adts { object_type: 2, frequency_index: 3, channel_configuration: 2 });

    /// At 48 kHz: 1920 ticks a frame.
    fn units(sizes: &[u32], start: i64) -> Vec<AccessUnit> {
        let unit = |(pts, &bytes): (i64, &u32)| AccessUnit { bytes, pts, dts: pts, is_sync: true };
        (0..).map(|at| start + at * 1920).zip(sizes).map(unit).collect()
    }

    #[test]
    fn a_gap_behind_the_first_frame_moves_none_of_the_others() {
        let mut all = units(&[1; 9], 900_000);
        all[0].pts -= 1000;
        assert_eq!(first_pts(&AAC, &all), 900_000);
        all[0].pts += 1001;
        assert_eq!(first_pts(&AAC, &all), 900_001);
    }

    /// Frames of 44.1 kHz in a time scale of 48 kHz: 1115 ticks instead of 1114.6 are 40 ticks of 90 kHz too many
    /// after 50 of them.
    #[test]
    fn gaps_and_drift_are_not_exact() {
        let mut all = units(&[1; 50], 900_000);
        assert!(Packed::is_exact(&AAC, &all) && Packed::is_exact(&AAC, &[]));
        all[49].pts += 4;
        assert!(Packed::is_exact(&AAC, &all));
        all[49].pts += 1;
        assert!(!Packed::is_exact(&AAC, &all));
        // The first frame lasts no time.
        let mut all = units(&[1; 50], 900_000);
        all[0].pts += 1920;
        assert!(!Packed::is_exact(&AAC, &all));
        let aac = Codec::Aac(Adts { object_type: 2, frequency_index: 4, channel_configuration: 1 });
        let times = (0..50).map(|at| at * 1115 * 90_000 / 48_000);
        let unit = |pts| AccessUnit { bytes: 1, pts, dts: pts, is_sync: true };
        let all: Vec<_> = times.map(unit).collect();
        assert!(Packed::is_exact(&aac, &all[..4]) && !Packed::is_exact(&aac, &all));
    }

    /// Oracle: ID3v2.4 "Main Structure" §3.1 and "Native Frames" §4.27, by hand.
    #[test]
    fn the_tag_says_the_time() {
        let packed = Packed::plan(Codec::Ac3 { rate: 48_000 }, &units(&[3, 1], 900_000)).unwrap();
        let out = packed.write(b"abcd").unwrap();
        assert_eq!(out.len() as u64, packed.content_length());
        assert_eq!(out[..24], *b"ID3\x04\0\0\0\0\0\x3fPRIV\0\0\0\x35\0\0com.");
        assert_eq!(out[20..65], *b"com.apple.streaming.transportStreamTimestamp\0");
        assert_eq!(out[65..], *b"\0\0\0\0\0\x0d\xbb\xa0abcd");
    }

    #[test]
    fn frames_of_aac_get_headers() {
        let packed = Packed::plan(AAC, &units(&[3, 1], -1)).unwrap();
        let out = packed.write(b"abcd").unwrap();
        assert_eq!(out.len() as u64, packed.content_length());
        assert_eq!(out[65..73], ((1u64 << 33) - 1).to_be_bytes());
        assert_eq!((&out[80..83], &out[90..]), (&b"abc"[..], &b"d"[..]));
    }

    #[test]
    fn another_length_is_refused() {
        let packed = Packed::plan(AAC, &units(&[3, 1], 0)).unwrap();
        assert_eq!(packed.write(b"abc"), Err(Error::MediaLength { got: 3, planned: 4 }));
        assert!(matches!(Packed::plan(AAC, &units(&[1, 8185], 0)), Err(Error::LongFrame { unit: 1, .. })));
    }
}
