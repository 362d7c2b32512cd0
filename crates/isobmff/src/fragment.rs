//! Media segments: `styp`, `sidx` if wanted, `moof` with one `traf`, and the header of `mdat`
//! (ISO/IEC 14496-12 §8.8, ISO/IEC 23000-19 §7.3).
//!
//! What is equal for all samples goes into defaults, so that a segment costs as few bytes as the format
//! allows. A `traf` may hold several `trun`: one begins at each sync sample, because a new run costs 24
//! bytes and flags for each sample cost four bytes times the samples.

use crate::segment_index::{SubsegmentReference, sidx_bytes, write_sidx};
use crate::write::BoxWriter;
use crate::{TimedEvent, Timescale};

/// `sample_flags` (§8.8.3.1) of a sample that depends on no other.
pub const SYNC_FLAGS: u32 = 0x0200_0000;
/// `sample_flags` of a sample that depends on others and is no sync sample.
pub const NON_SYNC_FLAGS: u32 = 0x0101_0000;

const STYP_BYTES: u64 = 24;
const MDAT_HEADER_BYTES: u64 = 8;
/// A `trun` with its data offset and no other optional field.
const TRUN_BYTES: u64 = 20;

/// What `trex` (§8.8.3) in the init segment says of all samples of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrackDefaults {
    /// The most common duration, in ticks.
    pub duration: u32,
    /// The most common flags.
    pub flags: u32,
}

/// One sample of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FragmentSample {
    /// Ticks to the next sample's decoding time.
    pub duration: u32,
    /// Bytes.
    pub size: u32,
    /// Composition minus decoding time in ticks; never negative (`trun` version 0), because ffmpeg and
    /// GStreamer misread negative ones in fragments.
    pub composition_offset: u32,
    /// Whether decoding can start here.
    pub is_sync: bool,
}

/// Which of the optional fields a segment needs. Decides the length of everything but the media.
#[derive(Debug, PartialEq, Eq)]
pub struct FragmentShape {
    default_duration: Option<u32>,
    default_size: Option<u32>,
    default_flags: Option<u32>,
    has_sample_flags: bool,
    runs: Vec<RunShape>,
}

#[derive(Debug, PartialEq, Eq)]
struct RunShape {
    samples: usize,
    has_first_flags: bool,
    has_durations: bool,
    has_offsets: bool,
}

impl FragmentShape {
    /// The smallest shape for these samples.
    pub fn of(samples: &[FragmentSample], track: TrackDefaults) -> Self {
        let duration = most_common_duration(samples, track.duration);
        let size = samples.first().map(|s| s.size).filter(|&size| samples.iter().all(|s| s.size == size));
        let all_sync = samples.iter().all(|s| s.is_sync);
        let flags = if all_sync { SYNC_FLAGS } else { NON_SYNC_FLAGS };
        let later_sync = if all_sync { 0 } else { samples.iter().skip(1).filter(|s| s.is_sync).count() };
        let has_sample_flags = later_sync as u64 * (TRUN_BYTES + 4) > samples.len() as u64 * 4;
        let mut shape = Self {
            default_duration: Some(duration).filter(|&d| d != track.duration),
            default_size: size,
            default_flags: Some(flags).filter(|&f| f != track.flags && !has_sample_flags),
            has_sample_flags,
            runs: Vec::new(),
        };
        // An odd duration, such as the last one of a track, costs four bytes for each sample of its run,
        // or a run of its own.
        let enters = |s: &FragmentSample| s.is_sync && !all_sync && !has_sample_flags;
        let candidates = [false, true].map(|splits| split_into_runs(samples, duration, enters, splits));
        let bytes = |runs: &Vec<RunShape>| runs.iter().map(|run| shape.trun_bytes(run)).sum::<u64>();
        shape.runs = candidates.into_iter().min_by_key(bytes).unwrap_or_default();
        shape
    }

    /// A shape that needs no `trex` and has one run, as clients of Smooth Streaming want it.
    pub(crate) fn of_one_run(samples: &[FragmentSample]) -> Self {
        let all_sync = samples.iter().all(|s| s.is_sync);
        let has_sample_flags = !all_sync && samples.iter().skip(1).any(|s| s.is_sync);
        let first = samples.first();
        let duration = first.map(|s| s.duration).filter(|&d| samples.iter().all(|s| s.duration == d));
        let size = first.map(|s| s.size).filter(|&size| samples.iter().all(|s| s.size == size));
        let flags = if all_sync { SYNC_FLAGS } else { NON_SYNC_FLAGS };
        Self {
            default_duration: duration,
            default_size: size,
            default_flags: Some(flags).filter(|_| !has_sample_flags),
            has_sample_flags,
            runs: vec![RunShape {
                samples: samples.len(),
                has_first_flags: !all_sync && !has_sample_flags && first.is_some_and(|s| s.is_sync),
                has_durations: duration.is_none(),
                has_offsets: samples.iter().any(|s| s.composition_offset != 0),
            }],
        }
    }

    /// Bytes of `styp`, `moof` and the header of `mdat`, without a `sidx`.
    pub fn header_bytes(&self) -> u64 {
        STYP_BYTES + self.moof_bytes() + MDAT_HEADER_BYTES
    }

    fn moof_bytes(&self) -> u64 {
        const MOOF_TRAF_MFHD_TFDT: u64 = 8 + 8 + 16 + 20;
        MOOF_TRAF_MFHD_TFDT + self.tfhd_bytes() + self.runs_bytes()
    }

    /// Bytes of `tfhd`.
    pub(crate) fn tfhd_bytes(&self) -> u64 {
        let defaults = [self.default_duration, self.default_size, self.default_flags];
        16 + 4 * defaults.iter().flatten().count() as u64
    }

    /// Bytes of all `trun`.
    pub(crate) fn runs_bytes(&self) -> u64 {
        self.runs.iter().map(|run| self.trun_bytes(run)).sum()
    }

    fn trun_bytes(&self, run: &RunShape) -> u64 {
        let fields = [run.has_durations, self.default_size.is_none(), self.has_sample_flags, run.has_offsets];
        let for_each = 4 * fields.iter().filter(|&&has| has).count() as u64;
        TRUN_BYTES + 4 * u64::from(run.has_first_flags) + for_each * run.samples as u64
    }
}

/// One run from each sample that `enters` on to the next; with `splits`, also from each place on where
/// durations begin or cease to be the usual one.
fn split_into_runs(
    samples: &[FragmentSample],
    usual: u32,
    enters: impl Fn(&FragmentSample) -> bool,
    splits: bool,
) -> Vec<RunShape> {
    let mut runs: Vec<RunShape> = Vec::new();
    for sample in samples {
        let is_odd = sample.duration != usual;
        let changes = splits && runs.last().is_some_and(|run| run.has_durations != is_odd);
        if runs.is_empty() || changes || enters(sample) {
            let has_first_flags = enters(sample);
            runs.push(RunShape { samples: 0, has_first_flags, has_durations: false, has_offsets: false });
        }
        if let Some(run) = runs.last_mut() {
            run.samples += 1;
            run.has_durations |= is_odd;
            run.has_offsets |= sample.composition_offset != 0;
        }
    }
    runs
}

fn most_common_duration(samples: &[FragmentSample], usual: u32) -> u32 {
    let count = |wanted: u32| samples.iter().filter(|s| s.duration == wanted).count();
    if count(usual) > 0 || samples.is_empty() {
        return usual;
    }
    // A candidate by majority vote; if there is no majority any value will do.
    let mut candidate = (usual, 0usize);
    for sample in samples {
        match candidate {
            (_, 0) => candidate = (sample.duration, 1),
            (value, votes) if value == sample.duration => candidate = (value, votes + 1),
            (value, votes) => candidate = (value, votes - 1),
        }
    }
    candidate.0
}

/// Where a segment stands in its track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FragmentPlace {
    /// `mfhd.sequence_number` (§8.8.5), from 1.
    pub sequence_number: u32,
    /// `track_ID` of the init segment.
    pub track_id: u32,
    /// `tfdt` (§8.8.12): decoding time of the first sample, in ticks.
    pub decode_time: u64,
    /// What a `sidx` in front of the fragment says; `None`: there is no `sidx`.
    pub index: Option<FragmentIndex>,
}

/// What a `sidx` says of the only subsegment of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FragmentIndex {
    /// Ticks per second of the track.
    pub timescale: Timescale,
    /// Presentation time of the segment's start, in ticks.
    pub earliest: u64,
    /// How long the segment is presented, in ticks.
    pub duration: u64,
    /// Type of the stream access point that the segment starts with.
    pub sap_type: u8,
}

impl FragmentIndex {
    /// Bytes that the index adds to a segment.
    pub const BYTES: u64 = sidx_bytes(1);
}

/// Writes everything that stands before the media of a segment.
///
/// The samples' bytes follow without gaps, in the order given. `None` if the media is 4 GiB or more.
pub fn write_fragment_header(
    place: FragmentPlace,
    shape: &FragmentShape,
    samples: &[FragmentSample],
) -> Option<Vec<u8>> {
    write_fragment_header_with_events(place, shape, samples, None)
}

/// As [`write_fragment_header`], with event messages in front of the fragment, whose times are in ticks of this
/// time scale. A `sidx` comes behind them: what it refers to begins right there.
pub fn write_fragment_header_with_events(
    place: FragmentPlace,
    shape: &FragmentShape,
    samples: &[FragmentSample],
    events: Option<(Timescale, &[TimedEvent<'_>])>,
) -> Option<Vec<u8>> {
    let media = samples.iter().map(|s| u64::from(s.size)).sum::<u64>();
    let mdat_bytes = u32::try_from(media + MDAT_HEADER_BYTES).ok()?;
    i32::try_from(shape.moof_bytes() + MDAT_HEADER_BYTES + media).ok()?;
    let mut w = BoxWriter::default();
    write_styp(&mut w);
    if let Some((timescale, events)) = events {
        for event in events {
            event.write(&mut w, timescale);
        }
    }
    if let Some(index) = place.index {
        let fragment = shape.moof_bytes() + MDAT_HEADER_BYTES + media;
        let reference = SubsegmentReference {
            bytes: u32::try_from(fragment).ok()?,
            duration: u32::try_from(index.duration).ok()?,
            sap_type: index.sap_type,
        };
        write_sidx(&mut w, place.track_id, index.timescale, index.earliest, &[reference]);
    }
    w.open(b"moof", |w| {
        w.open_full(b"mfhd", 0, 0, |w| w.u32(place.sequence_number));
        w.open(b"traf", |w| {
            write_tfhd(w, place.track_id, shape);
            // Always version 1: a 32-bit time overflows after 13 h at 90 kHz.
            w.open_full(b"tfdt", 1, 0, |w| w.u64(place.decode_time));
            write_runs(w, shape, (0, shape.moof_bytes() + MDAT_HEADER_BYTES), samples);
        });
    });
    w.u32(mdat_bytes);
    w.raw(b"mdat");
    Some(w.into_bytes())
}

/// `styp` (§8.16.2) with the brands of a DASH media segment and of a CMAF segment.
fn write_styp(w: &mut BoxWriter) {
    w.open(b"styp", |w| {
        w.raw(b"msdh");
        w.u32(0);
        w.raw(b"msdhcmfs");
    });
}

/// `tfhd` (§8.8.7) with data offsets relative to `moof`.
pub(crate) fn write_tfhd(w: &mut BoxWriter, track_id: u32, shape: &FragmentShape) {
    const DEFAULT_BASE_IS_MOOF: u32 = 0x02_0000;
    let fields = [(0x08, shape.default_duration), (0x10, shape.default_size), (0x20, shape.default_flags)];
    let flags = fields.iter().filter(|(_, value)| value.is_some()).map(|(flag, _)| flag).sum::<u32>();
    w.open_full(b"tfhd", 0, DEFAULT_BASE_IS_MOOF | flags, |w| {
        w.u32(track_id);
        fields.iter().filter_map(|(_, value)| *value).for_each(|value| w.u32(value));
    });
}

/// All `trun`, of this version, of media that begins so many bytes behind the start of `moof`.
pub(crate) fn write_runs(
    w: &mut BoxWriter,
    shape: &FragmentShape,
    (version, mut data_offset): (u8, u64),
    samples: &[FragmentSample],
) {
    let mut rest = samples;
    for run in &shape.runs {
        let (own, later) = rest.split_at(run.samples.min(rest.len()));
        rest = later;
        write_trun(w, shape, run, (version, data_offset, own));
        data_offset += own.iter().map(|s| u64::from(s.size)).sum::<u64>();
    }
}

/// `trun` (§8.8.8); composition offsets are unsigned in version 0 and signed in version 1. The data offset is always there, as ISO/IEC 23000-19 §7.5.17 asks.
fn write_trun(
    w: &mut BoxWriter,
    shape: &FragmentShape,
    run: &RunShape,
    (version, data_offset, samples): (u8, u64, &[FragmentSample]),
) {
    let has_sizes = shape.default_size.is_none();
    let optional = [
        (run.has_first_flags, 0x004),
        (run.has_durations, 0x100),
        (has_sizes, 0x200),
        (shape.has_sample_flags, 0x400),
        (run.has_offsets, 0x800),
    ];
    let flags = optional.iter().filter(|(has, _)| *has).fold(0x001, |flags, (_, flag)| flags | flag);
    w.open_full(b"trun", version, flags, |w| {
        w.u32(u32::try_from(samples.len()).unwrap_or(u32::MAX));
        w.u32(u32::try_from(data_offset).unwrap_or(u32::MAX));
        if run.has_first_flags {
            w.u32(SYNC_FLAGS);
        }
        for sample in samples {
            if run.has_durations {
                w.u32(sample.duration);
            }
            if has_sizes {
                w.u32(sample.size);
            }
            if shape.has_sample_flags {
                w.u32(if sample.is_sync { SYNC_FLAGS } else { NON_SYNC_FLAGS });
            }
            if run.has_offsets {
                w.u32(sample.composition_offset);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIDEO: TrackDefaults = TrackDefaults { duration: 512, flags: NON_SYNC_FLAGS };

    fn sample(duration: u32, size: u32, composition_offset: u32, is_sync: bool) -> FragmentSample {
        FragmentSample { duration, size, composition_offset, is_sync }
    }

    fn written(samples: &[FragmentSample], track: TrackDefaults) -> Vec<u8> {
        let shape = FragmentShape::of(samples, track);
        let place =
            FragmentPlace { sequence_number: 3, track_id: 1, decode_time: 0x1_0000_0002, index: None };
        let bytes = write_fragment_header(place, &shape, samples).unwrap();
        assert_eq!(bytes.len() as u64, shape.header_bytes());
        bytes
    }

    /// Oracle: bytes laid out by hand from the syntax tables of §8.8.
    #[test]
    fn two_video_samples() {
        let bytes = written(&[sample(512, 1000, 1024, true), sample(512, 10, 0, false)], VIDEO);
        #[rustfmt::skip]
        let expected = [
            0, 0, 0, 24, b's', b't', b'y', b'p', b'm', b's', b'd', b'h', 0, 0, 0, 0,
            b'm', b's', b'd', b'h', b'c', b'm', b'f', b's',
            0, 0, 0, 108, b'm', b'o', b'o', b'f',
            0, 0, 0, 16, b'm', b'f', b'h', b'd', 0, 0, 0, 0, 0, 0, 0, 3,
            0, 0, 0, 84, b't', b'r', b'a', b'f',
            0, 0, 0, 16, b't', b'f', b'h', b'd', 0, 2, 0, 0, 0, 0, 0, 1,
            0, 0, 0, 20, b't', b'f', b'd', b't', 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2,
            0, 0, 0, 40, b't', b'r', b'u', b'n', 0, 0, 0x0a, 0x05, 0, 0, 0, 2, 0, 0, 0, 116,
            2, 0, 0, 0,
            0, 0, 3, 0xe8, 0, 0, 4, 0,
            0, 0, 0, 10, 0, 0, 0, 0,
            0, 0, 3, 0xfa, b'm', b'd', b'a', b't',
        ];
        assert_eq!(bytes, expected);
    }

    /// 6 s of 25 pictures a second with a sync sample every 2 s: 150 × 8 bytes, three runs.
    #[test]
    fn overhead_of_video() {
        let samples: Vec<_> = (0..150).map(|i| sample(512, 5000 + i, 1024, i % 50 == 0)).collect();
        assert_eq!(written(&samples, VIDEO).len(), 24 + 52 + 16 + 3 * 24 + 1200 + 8);
    }

    /// 6 s of AAC: 282 × 4 bytes of sizes, nothing else for each sample.
    #[test]
    fn overhead_of_audio() {
        let samples: Vec<_> = (0..282).map(|i| sample(1024, 300 + i, 0, true)).collect();
        let bytes = written(&samples, TrackDefaults { duration: 1024, flags: SYNC_FLAGS });
        assert_eq!(bytes.len(), 24 + 52 + 16 + 20 + 282 * 4 + 8);
    }

    #[test]
    fn constant_sizes_and_odd_durations_go_to_defaults() {
        let samples = vec![sample(999, 64, 0, true); 5];
        // Duration and size and flags in `tfhd`, nothing for each sample.
        assert_eq!(written(&samples, VIDEO).len(), 24 + 52 + 16 + 12 + 20 + 8);
    }

    #[test]
    fn many_sync_samples_are_flagged_one_by_one() {
        let samples: Vec<_> = (0..20).map(|i| sample(512, i, 0, i % 2 == 0)).collect();
        // One run; size and flags for each sample.
        assert_eq!(written(&samples, VIDEO).len(), 24 + 52 + 16 + 20 + 20 * 8 + 8);
    }

    /// One odd duration at the end costs a run of its own (20 + 4 + 4 bytes), not 4 bytes a sample.
    #[test]
    fn an_odd_last_duration_is_cheap() {
        let mut samples: Vec<_> = (0..282).map(|i| sample(1024, 300 + i, 0, true)).collect();
        samples[281].duration = 512;
        let bytes = written(&samples, TrackDefaults { duration: 1024, flags: SYNC_FLAGS });
        assert_eq!(bytes.len(), 24 + 52 + 16 + 20 + 281 * 4 + (20 + 8) + 8);
    }

    #[test]
    fn four_gigabytes_are_refused() {
        let samples = vec![sample(1, u32::MAX, 0, true); 2];
        let shape = FragmentShape::of(&samples, VIDEO);
        let place = FragmentPlace { sequence_number: 1, track_id: 1, decode_time: 0, index: None };
        assert_eq!(write_fragment_header(place, &shape, &samples), None);
    }
}
