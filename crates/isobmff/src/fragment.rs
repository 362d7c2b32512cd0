//! Media segments: `styp`, `sidx` if wanted, `moof` with one `traf`, and the header of `mdat`
//! (ISO/IEC 14496-12 §8.8, ISO/IEC 23000-19 §7.3).
//!
//! What is equal for all samples goes into defaults, so that a segment costs as few bytes as the format
//! allows. A `traf` may hold several `trun`: one begins at each sync sample, because a new run costs 24
//! bytes and flags for each sample cost four bytes times the samples.

mod shape;

use self::shape::RunShape;
use crate::segment_index::{SubsegmentReference, sidx_bytes, write_sidx};
use crate::write::BoxWriter;
use crate::{TimedEvent, Timescale};

pub use self::shape::{FragmentSample, FragmentShape, TrackDefaults};

/// `sample_flags` (§8.8.3.1) of a sample that depends on no other.
pub const SYNC_FLAGS: u32 = 0x0200_0000;
/// `sample_flags` of a sample that depends on others and is no sync sample.
pub const NON_SYNC_FLAGS: u32 = 0x0101_0000;

const STYP_BYTES: u64 = 24;
const MDAT_HEADER_BYTES: u64 = 8;

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
mod tests;
