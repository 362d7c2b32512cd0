//! Sample tables read in place: run-length tables are never expanded (ISO/IEC 14496-12 §8.6-8.7).
//!
//! A [`SampleCursor`] is a few integers; copied, it is a place to start again from, so that any part of
//! a track is read without what lies before it.

mod build;

use bytes::Bytes;

use crate::read::{BoxRef, Reader};
use crate::{Error, FourCc};

pub(crate) use build::{BuiltSample, SampleTableBuilder};

/// Most samples of a track: 150 h of sound, 38 h of video at 120 pictures a second.
pub const MAX_SAMPLES: u32 = 1 << 24;

/// Most samples of constant size, which no table stands behind: 18 h of AC-3.
pub(crate) const MAX_CONSTANT_SIZE_SAMPLES: u32 = 1 << 21;

/// One sample as the tables describe it; all times in ticks of the track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Number of the sample in decoding order, from 0.
    pub index: u32,
    /// Decoding time.
    pub decode_time: u64,
    /// Time to the next sample's decoding time (`stts`).
    pub duration: u32,
    /// Composition minus decoding time (`ctts`).
    pub composition_offset: i32,
    /// Where its first byte lies in the file.
    pub offset: u64,
    /// Bytes.
    pub size: u32,
    /// Whether decoding can start here (`stss`).
    pub is_sync: bool,
    /// Which sample entry describes it, from 1 (`stsc`).
    pub description: u32,
}

/// The tables of one track.
#[derive(Debug, Clone)]
pub struct SampleTable {
    offset: u64,
    /// Decoding time of the first sample.
    start: u64,
    count: u32,
    times: Entries<8>,
    composition: Option<Entries<8>>,
    chunk_runs: Entries<12>,
    chunks: ChunkOffsets,
    sizes: Sizes,
    sync: Option<Entries<4>>,
}

/// A place in a [`SampleTable`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SampleCursor {
    index: u32,
    decode_time: u64,
    time_run: Run,
    composition_run: Run,
    chunk_run: u32,
    next_chunk: u32,
    left_in_chunk: u32,
    description: u32,
    offset: u64,
    next_sync: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Run {
    next: u32,
    left: u32,
    value: u32,
}

impl SampleTable {
    /// Reads the tables of `stbl`; `moov` is the buffer that the box lies in.
    pub fn parse(stbl: &BoxRef<'_>, moov: &Bytes) -> Result<Self, Error> {
        let table = |kind: &[u8; 4]| stbl.find(FourCc(*kind));
        let sizes = match (table(b"stsz")?, table(b"stz2")?) {
            (Some(found), _) => Sizes::parse_stsz(&found, moov)?,
            (None, Some(found)) => Sizes::parse_stz2(&found, moov)?,
            (None, None) => stbl.require(FourCc(*b"stsz")).and_then(|b| Sizes::parse_stsz(&b, moov))?,
        };
        let chunks = match (table(b"stco")?, table(b"co64")?) {
            (_, Some(found)) => ChunkOffsets::Long(Entries::parse(&found, moov)?),
            (Some(found), None) => ChunkOffsets::Short(Entries::parse(&found, moov)?),
            (None, None) => {
                return Err(Error::Missing {
                    kind: FourCc(*b"stco"),
                    parent: stbl.kind,
                    offset: stbl.offset,
                });
            }
        };
        let count = sizes.count();
        let limit = match sizes {
            Sizes::Constant { .. } => MAX_CONSTANT_SIZE_SAMPLES,
            Sizes::Words(_) | Sizes::Compact { .. } => MAX_SAMPLES,
        };
        if count > limit {
            return Err(Error::Limit {
                kind: stbl.kind,
                offset: stbl.offset,
                what: "number of samples",
                limit: limit.into(),
            });
        }
        Ok(Self {
            offset: stbl.offset,
            start: 0,
            count,
            times: Entries::parse(&stbl.require(FourCc(*b"stts"))?, moov)?,
            composition: table(b"ctts")?.map(|b| Entries::parse(&b, moov)).transpose()?,
            chunk_runs: Entries::parse(&stbl.require(FourCc(*b"stsc"))?, moov)?,
            chunks,
            sizes,
            sync: table(b"stss")?.map(|b| Entries::parse(&b, moov)).transpose()?,
        })
    }

    /// How many samples `stsz` or `stz2` declares. Not a promise: reading them may end in an error.
    pub fn len(&self) -> u32 {
        self.count
    }

    /// Whether the track has no samples, as in the header of a fragmented file.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether there is a `stss` and it lists nothing: a track that cannot be entered anywhere.
    pub fn has_no_sync_sample(&self) -> bool {
        self.sync.as_ref().is_some_and(|table| table.len() == 0)
    }

    /// Where the `stbl` is.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Decoding time of the first sample.
    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    /// Moves all decoding times, no further than to 0.
    pub(crate) fn start_earlier(&mut self, ticks: u64) {
        self.start = self.start.saturating_sub(ticks);
    }

    /// Whether nothing but a count says how many samples there are.
    pub(crate) fn is_constant_size(&self) -> bool {
        matches!(self.sizes, Sizes::Constant { .. })
    }

    /// All samples in decoding order; ends after the first fault.
    pub fn samples(&self) -> Samples<'_> {
        self.samples_from(SampleCursor { decode_time: self.start, ..SampleCursor::default() })
    }

    /// The samples from a place on that [`Samples::cursor`] gave for the same table.
    pub fn samples_from(&self, cursor: SampleCursor) -> Samples<'_> {
        Samples { table: self, cursor, failed: false }
    }

    fn read(&self, at: &mut SampleCursor) -> Result<Sample, Error> {
        let duration = self
            .times
            .run_value(&mut at.time_run)
            .ok_or_else(|| self.invalid("`stts` describes fewer samples than `stsz`"))?;
        // A `ctts` that ends early stands for zeros, as in ffmpeg's and Chromium's readers. Version 0 is
        // read as signed too: QuickTime writes negative offsets in it (ffmpeg mov.c does the same).
        let composition = self.composition.as_ref().and_then(|t| t.run_value(&mut at.composition_run));
        while at.left_in_chunk == 0 {
            self.enter_chunk(at)?;
        }
        let size = self.sizes.get(at.index).ok_or_else(|| self.invalid("`stsz` ends early"))?;
        let sample = Sample {
            index: at.index,
            decode_time: at.decode_time,
            duration,
            composition_offset: composition.unwrap_or(0).cast_signed(),
            offset: at.offset,
            size,
            is_sync: self.is_sync(at),
            description: at.description,
        };
        at.index += 1;
        at.decode_time = at.decode_time.saturating_add(duration.into());
        at.left_in_chunk -= 1;
        at.offset = at
            .offset
            .checked_add(size.into())
            .ok_or_else(|| self.invalid("a sample ends beyond 2^64 bytes"))?;
        Ok(sample)
    }

    /// Goes to the first sample of the next chunk (`stsc`, §8.7.4).
    fn enter_chunk(&self, at: &mut SampleCursor) -> Result<(), Error> {
        at.offset = self
            .chunks
            .get(at.next_chunk)
            .ok_or_else(|| self.invalid("the chunks hold fewer samples than `stsz` declares"))?;
        at.next_chunk += 1;
        // `first_chunk` counts from 1, so it names the chunk just entered.
        while let Some([first, ..]) = self.chunk_runs.fields::<3>(at.chunk_run) {
            if first > at.next_chunk {
                break;
            }
            at.chunk_run += 1;
        }
        let run = at.chunk_run.checked_sub(1).and_then(|run| self.chunk_runs.fields::<3>(run));
        let [_, samples_per_chunk, description] =
            run.ok_or_else(|| self.invalid("`stsc` does not describe the first chunk"))?;
        at.left_in_chunk = samples_per_chunk;
        at.description = description;
        Ok(())
    }

    fn is_sync(&self, at: &mut SampleCursor) -> bool {
        // No `stss`: every sample is a sync sample (§8.6.2).
        let Some(table) = &self.sync else { return true };
        let number = at.index + 1;
        while let Some([listed]) = table.fields::<1>(at.next_sync) {
            if listed >= number {
                return listed == number;
            }
            at.next_sync += 1;
        }
        false
    }

    fn invalid(&self, reason: &'static str) -> Error {
        Error::Invalid { kind: FourCc(*b"stbl"), offset: self.offset, reason }
    }
}

/// Iterator over the samples of a table.
#[derive(Debug, Clone)]
pub struct Samples<'a> {
    table: &'a SampleTable,
    cursor: SampleCursor,
    failed: bool,
}

impl Samples<'_> {
    /// The place of the next sample.
    pub fn cursor(&self) -> SampleCursor {
        self.cursor
    }
}

impl Iterator for Samples<'_> {
    type Item = Result<Sample, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.cursor.index >= self.table.count {
            return None;
        }
        let item = self.table.read(&mut self.cursor);
        self.failed = item.is_err();
        Some(item)
    }
}

/// A table of `N`-byte entries behind a version, flags and a 32-bit count.
#[derive(Debug, Clone)]
struct Entries<const N: usize>(Bytes);

impl<const N: usize> Entries<N> {
    fn parse(found: &BoxRef<'_>, moov: &Bytes) -> Result<Self, Error> {
        let mut reader = found.reader();
        reader.full_box()?;
        let count = reader.u32()?;
        let bytes = usize::try_from(count).ok().and_then(|count| count.checked_mul(N));
        let table = reader.take(bytes.unwrap_or(usize::MAX))?;
        Ok(Self(moov.slice_ref(table)))
    }

    fn len(&self) -> usize {
        self.0.len() / N
    }

    fn entry(&self, index: u32) -> Option<&[u8]> {
        let start = usize::try_from(index).ok()?.checked_mul(N)?;
        self.0.get(start..start.checked_add(N)?)
    }

    fn fields<const F: usize>(&self, index: u32) -> Option<[u32; F]> {
        let mut reader = Reader::new(FourCc(*b"stbl"), 0, self.entry(index)?);
        let mut out = [0; F];
        for field in &mut out {
            *field = reader.u32().ok()?;
        }
        Some(out)
    }

    /// The value for the next sample of a table of (count, value) runs.
    fn run_value(&self, run: &mut Run) -> Option<u32> {
        while run.left == 0 {
            [run.left, run.value] = self.fields::<2>(run.next)?;
            run.next += 1;
        }
        run.left -= 1;
        Some(run.value)
    }
}

#[derive(Debug, Clone)]
enum ChunkOffsets {
    Short(Entries<4>),
    Long(Entries<8>),
}

impl ChunkOffsets {
    fn get(&self, index: u32) -> Option<u64> {
        match self {
            Self::Short(table) => table.fields::<1>(index).map(|[offset]| offset.into()),
            Self::Long(table) => table.entry(index)?.try_into().ok().map(u64::from_be_bytes),
        }
    }
}

#[derive(Debug, Clone)]
enum Sizes {
    Constant {
        size: u32,
        count: u32,
    },
    Words(Entries<4>),
    /// `stz2` (§8.7.3.3): fields of 4, 8 or 16 bits.
    Compact {
        field_bits: u8,
        count: u32,
        table: Bytes,
    },
}

impl Sizes {
    fn parse_stsz(found: &BoxRef<'_>, moov: &Bytes) -> Result<Self, Error> {
        let mut reader = found.reader();
        reader.full_box()?;
        let size = reader.u32()?;
        let count = reader.u32()?;
        if size != 0 {
            return Ok(Self::Constant { size, count });
        }
        let bytes = usize::try_from(count).ok().and_then(|count| count.checked_mul(4));
        Ok(Self::Words(Entries(moov.slice_ref(reader.take(bytes.unwrap_or(usize::MAX))?))))
    }

    fn parse_stz2(found: &BoxRef<'_>, moov: &Bytes) -> Result<Self, Error> {
        let mut reader = found.reader();
        reader.full_box()?;
        reader.skip(3)?;
        let field_bits = reader.u8()?;
        let count = reader.u32()?;
        if !matches!(field_bits, 4 | 8 | 16) {
            return Err(found.invalid("the field size is not 4, 8 or 16 bits"));
        }
        let bits = u64::from(count) * u64::from(field_bits);
        let table = reader.take(usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX))?;
        Ok(Self::Compact { field_bits, count, table: moov.slice_ref(table) })
    }

    fn count(&self) -> u32 {
        match self {
            Self::Constant { count, .. } | Self::Compact { count, .. } => *count,
            Self::Words(table) => u32::try_from(table.len()).unwrap_or(u32::MAX),
        }
    }

    fn get(&self, index: u32) -> Option<u32> {
        match self {
            Self::Constant { size, .. } => Some(*size),
            Self::Words(table) => table.fields::<1>(index).map(|[size]| size),
            Self::Compact { field_bits, table, .. } => {
                let index = usize::try_from(index).ok()?;
                match field_bits {
                    4 => {
                        let pair = u32::from(*table.get(index / 2)?);
                        Some(if index % 2 == 0 { pair >> 4 } else { pair & 15 })
                    }
                    8 => table.get(index).copied().map(u32::from),
                    _ => {
                        let bytes = table.get(index * 2..index * 2 + 2)?;
                        Some(u16::from_be_bytes(bytes.try_into().ok()?).into())
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
