//! Samples by column: each field of all samples together, which deflates to what little it says.
//!
//! A column of numbers is written as planes: the lowest byte of each number, then the next byte of each, as
//! many planes as the largest number needs. Durations and flags are runs.

use isobmff::{FragmentSample, MAX_SAMPLES};
use serde::{Deserialize, Serialize};

use super::ReadError;

/// A packaged sample as pages know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PagedSample {
    pub(crate) sample: FragmentSample,
    /// Where its bytes begin; `None`: it is the silent frame.
    pub(crate) offset: Option<u64>,
}

/// What stands before the planes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ColumnFacts {
    /// How many samples there are.
    samples: u32,
    /// Bytes of each number: sizes, composition offsets, gaps.
    widths: [u8; 3],
    /// Where the bytes of the first sample that is not silent begin.
    first_offset: u64,
    /// (samples, ticks) of equal durations.
    durations: Vec<(u32, u32)>,
    /// Lengths of runs of sync samples, others, sync samples, …
    sync: Vec<u32>,
    /// Lengths of runs of samples with bytes, silent ones, …
    silent: Vec<u32>,
}

/// Collects samples.
#[derive(Default)]
pub(super) struct ColumnsWriter {
    facts: ColumnFacts,
    sizes: Vec<u64>,
    offsets: Vec<u64>,
    /// Distance of each sample from the end of the one before, zigzag.
    gaps: Vec<u64>,
    /// End of the last sample with bytes.
    end: Option<u64>,
}

impl ColumnsWriter {
    pub(super) fn push(&mut self, row: &PagedSample) {
        let FragmentSample { duration, size, composition_offset, is_sync } = row.sample;
        self.facts.samples += 1;
        match self.facts.durations.last_mut() {
            Some((count, ticks)) if *ticks == duration => *count += 1,
            _ => self.facts.durations.push((1, duration)),
        }
        flip(&mut self.facts.sync, !is_sync);
        flip(&mut self.facts.silent, row.offset.is_none());
        self.sizes.push(size.into());
        self.offsets.push(composition_offset.into());
        let gap = row.offset.map_or(0, |offset| {
            let expected = *self.end.get_or_insert_with(|| {
                self.facts.first_offset = offset;
                offset
            });
            self.end = Some(offset.wrapping_add(size.into()));
            zigzag(offset.wrapping_sub(expected))
        });
        self.gaps.push(gap);
    }

    /// The facts, and the planes in order: sizes, composition offsets, gaps.
    pub(super) fn finish(mut self) -> (ColumnFacts, Vec<u8>) {
        let mut planes = Vec::new();
        let columns = [&self.sizes, &self.offsets, &self.gaps];
        for (column, width) in columns.into_iter().zip(&mut self.facts.widths) {
            *width = write_planes(column, &mut planes);
        }
        (self.facts, planes)
    }
}

/// Adds one to the present run, which has the state `state`; runs alternate and the first one's is `false`.
fn flip(runs: &mut Vec<u32>, state: bool) {
    if runs.is_empty() {
        runs.push(0);
    }
    if runs.len().is_multiple_of(2) != state {
        runs.push(0);
    }
    if let Some(last) = runs.last_mut() {
        *last += 1;
    }
}

/// Small distances to either side as small numbers.
fn zigzag(distance: u64) -> u64 {
    let signed = distance.cast_signed();
    (signed << 1 ^ signed >> 63).cast_unsigned()
}

fn unzigzag(value: u64) -> u64 {
    value >> 1 ^ (value & 1).wrapping_neg()
}

/// The width of the column in bytes.
fn write_planes(column: &[u64], out: &mut Vec<u8>) -> u8 {
    let all = column.iter().fold(0, |all, value| all | value);
    let width = (u64::BITS - all.leading_zeros()).div_ceil(8);
    for plane in 0..width {
        out.extend(
            column.iter().map(|value| (value >> (8 * plane)).to_le_bytes().first().copied().unwrap_or(0)),
        );
    }
    u8::try_from(width).unwrap_or(8)
}

/// The samples of a page, read in place.
#[derive(Debug)]
pub(super) struct Columns {
    facts: ColumnFacts,
    planes: Vec<u8>,
}

impl Columns {
    /// Checks that the planes are as long as the facts say.
    pub(super) fn new(facts: ColumnFacts, planes: Vec<u8>) -> Result<Self, ReadError> {
        let width = facts.widths.iter().map(|&width| u64::from(width)).sum::<u64>();
        let is_whole = width * u64::from(facts.samples) == planes.len() as u64;
        if facts.samples > MAX_SAMPLES || !is_whole || facts.widths.iter().any(|&width| width > 8) {
            return Err(ReadError::Damaged("the columns have another length"));
        }
        let sum = |runs: &[u32]| runs.iter().map(|&run| u64::from(run)).sum::<u64>();
        let durations = facts.durations.iter().map(|&(run, _)| u64::from(run)).sum::<u64>();
        let samples = u64::from(facts.samples);
        if [durations, sum(&facts.sync), sum(&facts.silent)].iter().any(|&sum| sum != samples) {
            return Err(ReadError::Damaged("the runs have another length"));
        }
        Ok(Self { facts, planes })
    }

    /// How many samples there are.
    pub(super) fn len(&self) -> u32 {
        self.facts.samples
    }

    /// Bytes in memory, roughly.
    pub(super) fn bytes(&self) -> usize {
        self.planes.len() + (self.facts.durations.len() + self.facts.sync.len()) * 8
    }

    /// All samples in order.
    pub(super) fn samples(&self) -> impl Iterator<Item = PagedSample> + '_ {
        let [sizes, offsets, gaps] = self.columns();
        let durations =
            self.facts.durations.iter().flat_map(|&(run, ticks)| std::iter::repeat_n(ticks, to_usize(run)));
        let sync = runs(&self.facts.sync).map(|is_other| !is_other);
        let silent = runs(&self.facts.silent);
        let mut at = self.facts.first_offset;
        durations.zip(sync).zip(silent).enumerate().map(move |(index, ((duration, is_sync), is_silent))| {
            // Columns of 32-bit numbers; a wider one is damage that the checksum did not show.
            let narrow = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
            let size = narrow(sizes.get(index));
            let composition_offset = narrow(offsets.get(index));
            let offset = (!is_silent).then(|| {
                let offset = at.wrapping_add(unzigzag(gaps.get(index)));
                at = offset.wrapping_add(size.into());
                offset
            });
            PagedSample { sample: FragmentSample { duration, size, composition_offset, is_sync }, offset }
        })
    }

    fn columns(&self) -> [Column<'_>; 3] {
        let mut rest = self.planes.as_slice();
        self.facts.widths.map(|width| {
            let (own, later) =
                rest.split_at(rest.len().min(usize::from(width) * to_usize(self.facts.samples)));
            rest = later;
            Column { planes: own, samples: to_usize(self.facts.samples) }
        })
    }
}

struct Column<'a> {
    planes: &'a [u8],
    samples: usize,
}

impl Column<'_> {
    fn get(&self, index: usize) -> u64 {
        let planes = self.planes.chunks_exact(self.samples.max(1));
        let bytes = planes.map(|plane| u64::from(plane.get(index).copied().unwrap_or(0)));
        bytes.enumerate().fold(0, |value, (plane, byte)| value | byte << (8 * plane))
    }
}

fn runs(lengths: &[u32]) -> impl Iterator<Item = bool> + '_ {
    lengths.iter().enumerate().flat_map(|(i, &run)| std::iter::repeat_n(i % 2 == 1, to_usize(run)))
}

fn to_usize(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_distances_are_small_numbers() {
        assert_eq!([0u64, 1, u64::MAX, 2].map(zigzag), [0, 2, 1, 4]);
        for distance in [0, 1, u64::MAX, 1 << 40, (1u64 << 40).wrapping_neg(), u64::MAX / 2] {
            assert_eq!(unzigzag(zigzag(distance)), distance);
        }
    }

    /// Planes laid out by hand: 0x0102, 0x0003 -> low bytes 02 03, high bytes 01 00.
    #[test]
    fn planes() {
        let mut out = Vec::new();
        assert_eq!(write_planes(&[0x0102, 3], &mut out), 2);
        assert_eq!(out, [2, 3, 1, 0]);
        assert_eq!(write_planes(&[0, 0], &mut out), 0);
        assert_eq!(write_planes(&[u64::MAX], &mut out), 8);
    }
}
