//! What a fragment says of its samples, and how long that is (ISO/IEC 14496-12 §8.8.7, §8.8.8).

use super::{MDAT_HEADER_BYTES, NON_SYNC_FLAGS, STYP_BYTES, SYNC_FLAGS};

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
    pub(super) default_duration: Option<u32>,
    pub(super) default_size: Option<u32>,
    pub(super) default_flags: Option<u32>,
    pub(super) has_sample_flags: bool,
    pub(super) runs: Vec<RunShape>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct RunShape {
    pub(super) samples: usize,
    pub(super) has_first_flags: bool,
    pub(super) has_durations: bool,
    pub(super) has_offsets: bool,
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

    pub(super) fn moof_bytes(&self) -> u64 {
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
