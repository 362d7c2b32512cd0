//! Fragments of Smooth Streaming: `moof` with one `traf`, and the header of `mdat` ([MS-SSTR] §2.2.4).
//!
//! There is no init segment, so everything that `trex` would say stands in `tfhd`, and no `tfdt`: the time is
//! in `tfxd`. Clients move the data behind the first `trun` alone, so there is never a second.

use crate::FourCc;
use crate::fragment::{FragmentSample, FragmentShape, write_runs, write_tfhd};
use crate::write::BoxWriter;

/// `TfxdBox` is a `uuid` box of this type (§2.2.4.4).
const TFXD: [u8; 16] =
    [0x6d, 0x1d, 0x9b, 0x05, 0x42, 0xd5, 0x44, 0xe6, 0x80, 0xe2, 0x14, 0x1d, 0xaf, 0xf7, 0x57, 0xb2];
/// `track_ID` of all fragments; clients write their own.
const TRACK_ID: u32 = 1;
const MOOF_TRAF_MFHD: u64 = 8 + 8 + 16;
const TFXD_BYTES: u64 = 8 + 16 + 4 + 16;
const MDAT_HEADER_BYTES: u64 = 8;

/// One sample of a fragment of Smooth Streaming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmoothSample {
    /// Ticks to the next sample's decoding time.
    pub duration: u32,
    /// Bytes.
    pub size: u32,
    /// Composition minus decoding time in ticks. There are no edit lists, so what is shown before the sample
    /// that it depends on has a negative one (`trun` version 1).
    pub composition_offset: i32,
    /// Whether decoding can start here.
    pub is_sync: bool,
}

/// Where a fragment stands in its track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmoothPlace {
    /// `mfhd.sequence_number` (ISO/IEC 14496-12 §8.8.5), from 1.
    pub sequence_number: u32,
    /// `FragmentAbsoluteTime`: the time that the manifest names the fragment by, in ticks.
    pub time: u64,
    /// `FragmentDuration`, in ticks.
    pub duration: u64,
}

/// Writes everything that stands before the media of a fragment.
///
/// The samples' bytes follow without gaps, in the order given. `None` if the media is 2 GiB or more.
pub fn write_smooth_header(place: SmoothPlace, samples: &[SmoothSample]) -> Option<Vec<u8>> {
    let samples: Vec<_> = samples.iter().map(SmoothSample::as_written).collect();
    let shape = FragmentShape::of_one_run(&samples);
    let moof_bytes = MOOF_TRAF_MFHD + shape.tfhd_bytes() + shape.runs_bytes() + TFXD_BYTES;
    let media = samples.iter().map(|sample| u64::from(sample.size)).sum::<u64>();
    let data_offset = moof_bytes + MDAT_HEADER_BYTES;
    // `data_offset` of a track run is a signed 32-bit field (ISO/IEC 14496-12 §8.8.8).
    i32::try_from(data_offset + media).ok()?;
    let mut w = BoxWriter::default();
    w.open(b"moof", |w| {
        w.open_full(b"mfhd", 0, 0, |w| w.u32(place.sequence_number));
        w.open(b"traf", |w| {
            write_tfhd(w, TRACK_ID, &shape);
            write_runs(w, &shape, (1, data_offset), &samples);
            write_tfxd(w, place);
        });
    });
    w.u32(u32::try_from(media + MDAT_HEADER_BYTES).ok()?);
    w.fourcc(FourCc(*b"mdat"));
    Some(w.into_bytes())
}

/// `TfxdBox`. Always version 1: 32 bits of 10 MHz are seven minutes.
fn write_tfxd(w: &mut BoxWriter, place: SmoothPlace) {
    w.open(b"uuid", |w| {
        w.raw(&TFXD);
        w.u32(1 << 24);
        w.u64(place.time);
        w.u64(place.duration);
    });
}

impl SmoothSample {
    /// `sample_composition_time_offset` is signed in version 1 and has the same bits.
    fn as_written(&self) -> FragmentSample {
        FragmentSample {
            duration: self.duration,
            size: self.size,
            composition_offset: self.composition_offset.cast_unsigned(),
            is_sync: self.is_sync,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_SECONDS: SmoothPlace =
        SmoothPlace { sequence_number: 2, time: 0x1_0000_0000, duration: 20_000_000 };

    fn sample(duration: u32, size: u32, composition_offset: i32, is_sync: bool) -> SmoothSample {
        SmoothSample { duration, size, composition_offset, is_sync }
    }

    /// Oracle: bytes laid out by hand from the syntax tables of ISO/IEC 14496-12 §8.8 and [MS-SSTR] §2.2.4.
    #[test]
    fn pictures() {
        let samples = [
            sample(400_000, 1000, 0, true),
            sample(400_000, 10, 400_000, false),
            sample(400_000, 9, -400_000, false),
        ];
        let bytes = write_smooth_header(TWO_SECONDS, &samples).unwrap();
        #[rustfmt::skip]
        let expected = [
            0, 0, 0, 148, b'm', b'o', b'o', b'f',
            0, 0, 0, 16, b'm', b'f', b'h', b'd', 0, 0, 0, 0, 0, 0, 0, 2,
            0, 0, 0, 124, b't', b'r', b'a', b'f',
            0, 0, 0, 24, b't', b'f', b'h', b'd', 0, 2, 0, 0x28, 0, 0, 0, 1,
            0, 6, 0x1a, 0x80, 1, 1, 0, 0,
            0, 0, 0, 48, b't', b'r', b'u', b'n', 1, 0, 0x0a, 0x05, 0, 0, 0, 3, 0, 0, 0, 156,
            2, 0, 0, 0,
            0, 0, 3, 0xe8, 0, 0, 0, 0,
            0, 0, 0, 10, 0, 6, 0x1a, 0x80,
            0, 0, 0, 9, 0xff, 0xf9, 0xe5, 0x80,
            0, 0, 0, 44, b'u', b'u', b'i', b'd', 0x6d, 0x1d, 0x9b, 0x05, 0x42, 0xd5, 0x44, 0xe6,
            0x80, 0xe2, 0x14, 0x1d, 0xaf, 0xf7, 0x57, 0xb2, 1, 0, 0, 0,
            0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x31, 0x2d, 0,
            0, 0, 4, 3, b'm', b'd', b'a', b't',
        ];
        assert_eq!(bytes, expected);
    }

    /// Frames of 1024 samples at 48 kHz last 213 333 or 213 334 ticks: each says its own. All are sync samples,
    /// which `tfhd` says for all.
    #[test]
    fn sound() {
        let samples = [sample(213_333, 300, 0, true), sample(213_334, 301, 0, true)];
        let bytes = write_smooth_header(TWO_SECONDS, &samples).unwrap();
        assert_eq!(bytes.len(), 8 + 16 + 8 + 20 + (20 + 16) + 44 + 8);
        assert_eq!(bytes[40..52], [0, 2, 0, 0x20, 0, 0, 0, 1, 2, 0, 0, 0]);
        assert_eq!(bytes[60..64], [1, 0, 3, 1]);
        assert_eq!(bytes[72..80], [0, 3, 0x41, 0x55, 0, 0, 1, 0x2c]);
    }

    /// Several sync samples in one run: flags for each.
    #[test]
    fn short_groups_of_pictures_are_flagged_one_by_one() {
        let samples: Vec<_> = (0..4).map(|i| sample(400_000, i, 0, i % 2 == 0)).collect();
        let bytes = write_smooth_header(TWO_SECONDS, &samples).unwrap();
        assert_eq!(bytes[40..52], [0, 2, 0, 0x08, 0, 0, 0, 1, 0, 6, 0x1a, 0x80]);
        assert_eq!(bytes[60..64], [1, 0, 6, 1]);
        assert_eq!(bytes[76..80], [2, 0, 0, 0]);
        assert_eq!(bytes[84..88], [1, 1, 0, 0]);
    }

    #[test]
    fn two_gigabytes_are_refused() {
        assert_eq!(write_smooth_header(TWO_SECONDS, &[sample(1, u32::MAX / 2, 0, true)]), None);
    }
}
