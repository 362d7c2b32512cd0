//! Sample tables made of samples, one after the other: how a fragmented file becomes a progressive one.
//!
//! The tables have the bytes that a muxer would write, so that one reader reads both.

use bytes::Bytes;

use super::{ChunkOffsets, Entries, SampleTable, Sizes};

/// A sample to be put into tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BuiltSample {
    /// Ticks to the next sample's decoding time.
    pub(crate) duration: u32,
    /// Composition minus decoding time.
    pub(crate) composition_offset: i32,
    /// Where its first byte lies in the file.
    pub(crate) offset: u64,
    /// Bytes.
    pub(crate) size: u32,
    /// Whether decoding can start here.
    pub(crate) is_sync: bool,
    /// Which sample entry describes it, from 1.
    pub(crate) description: u32,
}

/// Tables to which samples are added in decoding order.
#[derive(Debug, Default)]
pub(crate) struct SampleTableBuilder {
    offset: u64,
    start: u64,
    /// By how much all decoding times are later than stated, and composition offsets smaller.
    lead: u32,
    count: u32,
    end_time: u64,
    last_duration: u32,
    times: Runs,
    /// Nothing as long as all offsets are 0.
    composition: Option<Runs>,
    chunks: Chunks,
    sizes: BuiltSizes,
    /// Numbers of the sync samples; nothing as long as all are.
    sync: Option<Vec<u8>>,
}

impl SampleTableBuilder {
    /// Tables without samples; messages name the `stbl` at `offset`.
    pub(crate) fn new(offset: u64) -> Self {
        Self { offset, ..Self::default() }
    }

    /// How many samples there are.
    pub(crate) fn len(&self) -> u32 {
        self.count
    }

    /// Bytes of the tables until now.
    pub(crate) fn bytes(&self) -> usize {
        self.times.bytes.len()
            + self.composition.as_ref().map_or(0, |runs| runs.bytes.len())
            + self.chunks.offsets.len()
            + self.chunks.runs.len()
            + self.sizes.table.as_ref().map_or(0, Vec::len)
            + self.sync.as_ref().map_or(0, Vec::len)
    }

    /// Decoding time at which the last sample ends.
    pub(crate) fn end_time(&self) -> u64 {
        self.end_time
    }

    /// Decoding time of the last sample.
    pub(crate) fn last_time(&self) -> u64 {
        self.end_time.saturating_sub(self.last_duration.into())
    }

    /// Sets the decoding time of the first sample; for tables without samples alone. If it is negative, decoding
    /// begins at 0 all the same, and composition offsets make up for it. `None` if it is too far before 0.
    pub(crate) fn start_at(&mut self, time: i64) -> Option<()> {
        const MOST_LEAD: u32 = 1 << 30;
        self.lead = u32::try_from(time.min(0).unsigned_abs()).ok().filter(|&lead| lead <= MOST_LEAD)?;
        self.start = time.max(0).unsigned_abs();
        self.end_time = self.start;
        Some(())
    }

    /// By how much decoding times are later here than the file states them.
    pub(crate) fn lead(&self) -> u32 {
        self.lead
    }

    /// The first sample comes so much later; for tables without samples alone.
    pub(crate) fn pause(&mut self, ticks: u32) {
        self.start = self.start.saturating_add(ticks.into());
        self.end_time = self.start;
    }

    /// Gives the last sample another duration.
    pub(crate) fn set_last_duration(&mut self, duration: u32) {
        if self.count > 0 {
            self.end_time = self.last_time().saturating_add(duration.into());
            self.last_duration = duration;
            self.times.replace_last(duration);
        }
    }

    /// Adds a sample.
    pub(crate) fn push(&mut self, sample: &BuiltSample) {
        self.count += 1;
        self.end_time = self.end_time.saturating_add(sample.duration.into());
        self.last_duration = sample.duration;
        self.times.push(sample.duration);
        self.push_composition(sample.composition_offset.saturating_sub_unsigned(self.lead));
        self.push_sync(sample.is_sync);
        self.chunks.push(sample);
        self.sizes.push(sample.size);
    }

    /// The finished tables.
    pub(crate) fn finish(mut self) -> SampleTable {
        self.chunks.close();
        SampleTable {
            offset: self.offset,
            start: self.start,
            count: self.count,
            times: self.times.finish(),
            composition: self.composition.map(Runs::finish),
            chunk_runs: entries(self.chunks.runs),
            chunks: ChunkOffsets::Long(entries(self.chunks.offsets)),
            sizes: self.sizes.finish(),
            sync: self.sync.map(entries),
        }
    }

    fn push_composition(&mut self, offset: i32) {
        let value = offset.cast_unsigned();
        match &mut self.composition {
            Some(runs) => runs.push(value),
            None if value == 0 => {}
            None => {
                let mut runs = Runs { count: self.count - 1, ..Runs::default() };
                runs.push(value);
                self.composition = Some(runs);
            }
        }
    }

    fn push_sync(&mut self, is_sync: bool) {
        match &mut self.sync {
            Some(numbers) if is_sync => numbers.extend(self.count.to_be_bytes()),
            None if !is_sync => self.sync = Some((1..self.count).flat_map(u32::to_be_bytes).collect()),
            Some(_) | None => {}
        }
    }
}

/// A table of (count, value) runs; the last one may still grow.
#[derive(Debug, Default)]
struct Runs {
    bytes: Vec<u8>,
    count: u32,
    value: u32,
}

impl Runs {
    fn push(&mut self, value: u32) {
        if value != self.value {
            self.close();
            self.value = value;
        }
        self.count += 1;
    }

    fn replace_last(&mut self, value: u32) {
        self.count = self.count.saturating_sub(1);
        self.push(value);
    }

    fn close(&mut self) {
        if self.count > 0 {
            self.bytes.extend(self.count.to_be_bytes());
            self.bytes.extend(self.value.to_be_bytes());
            self.count = 0;
        }
    }

    fn finish(mut self) -> Entries<8> {
        self.close();
        entries(self.bytes)
    }
}

/// `co64` and `stsc`: a chunk is a run of samples that lie one after the other.
#[derive(Debug, Default)]
struct Chunks {
    offsets: Vec<u8>,
    runs: Vec<u8>,
    number: u32,
    samples: u32,
    description: u32,
    end: u64,
    last_run: Option<(u32, u32)>,
}

impl Chunks {
    fn push(&mut self, sample: &BuiltSample) {
        let goes_on = self.samples > 0 && sample.offset == self.end && sample.description == self.description;
        if !goes_on {
            self.close();
            self.offsets.extend(sample.offset.to_be_bytes());
            self.number += 1;
            self.description = sample.description;
        }
        self.samples += 1;
        self.end = sample.offset.saturating_add(sample.size.into());
    }

    fn close(&mut self) {
        let run = (self.samples, self.description);
        if self.samples > 0 && self.last_run != Some(run) {
            for field in [self.number, self.samples, self.description] {
                self.runs.extend(field.to_be_bytes());
            }
            self.last_run = Some(run);
        }
        self.samples = 0;
    }
}

/// `stsz`: one size as long as all are equal.
#[derive(Debug, Default)]
struct BuiltSizes {
    count: u32,
    first: u32,
    table: Option<Vec<u8>>,
}

impl BuiltSizes {
    fn push(&mut self, size: u32) {
        if self.count == 0 {
            self.first = size;
        }
        if self.table.is_none() && size != self.first {
            let same = (0..self.count).flat_map(|_| self.first.to_be_bytes());
            self.table = Some(same.collect());
        }
        if let Some(table) = &mut self.table {
            table.extend(size.to_be_bytes());
        }
        self.count += 1;
    }

    fn finish(self) -> Sizes {
        match self.table {
            Some(table) => Sizes::Words(entries(table)),
            None => Sizes::Constant { size: self.first, count: self.count },
        }
    }
}

fn entries<const N: usize>(bytes: Vec<u8>) -> Entries<N> {
    Entries(Bytes::from(bytes))
}
