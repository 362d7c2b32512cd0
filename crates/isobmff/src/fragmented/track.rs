//! The samples of one track, from `moov` and from all fragments.

use crate::sample_table::{BuiltSample, MAX_CONSTANT_SIZE_SAMPLES, SampleTable, SampleTableBuilder};
use crate::{Error, FourCc, MAX_SAMPLES, Track};

use super::moof::{DecodeTime, Run};

/// Most bytes of the tables of all tracks together: as many as a `moov` may have.
const MAX_TABLE_BYTES: usize = 128 << 20;

const TRUN: FourCc = FourCc(*b"trun");

/// What the tables of all tracks have cost.
#[derive(Debug, Default)]
pub(super) struct Budget {
    table_bytes: usize,
    /// Samples that nothing stands behind but a count.
    unlisted: u32,
}

/// A run of samples and where it belongs.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) run: Run<'a>,
    /// Where the first sample lies in the file.
    pub(super) start: u64,
    /// Number of the sample entry, from 1.
    pub(super) description: u32,
    /// Decoding time of the first sample, if it is stated.
    pub(super) decode_time: Option<DecodeTime>,
    /// Number of the fragment.
    pub(super) fragment: u32,
    pub(super) file_bytes: u64,
}

/// What has been found of a track.
#[derive(Debug, Default)]
pub(super) enum TrackSamples {
    /// No fragment of it: the tables in `moov` stay.
    #[default]
    Untouched,
    Open {
        table: Box<SampleTableBuilder>,
        /// Number of the fragment in which the file ended before a sample did.
        cut_in: Option<u32>,
    },
    Failed(Error),
}

impl TrackSamples {
    /// Adds the samples of a run.
    pub(super) fn take(&mut self, track: &Track, part: &Part<'_>, budget: &mut Budget) {
        self.change(track, budget, |table, cut_in, budget| {
            if !part.run.is_listed() {
                budget.add_unlisted(part.run.count, (TRUN, part.run.offset))?;
            }
            match *cut_in {
                Some(fragment) if fragment == part.fragment => return Ok(()),
                Some(_) => {
                    return Err(invalid(
                        TRUN,
                        part.run.offset,
                        "samples of an earlier fragment lie behind the end of the file",
                    ));
                }
                None => {}
            }
            if let Some(time) = part.decode_time {
                move_to(table, time)?;
            }
            if push(table, part)? == Reached::EndOfFile {
                *cut_in = Some(part.fragment);
            }
            Ok(())
        });
    }

    /// Adds a time without samples.
    pub(super) fn pause(&mut self, track: &Track, ticks: u32, budget: &mut Budget) {
        self.change(track, budget, |table, _, _| {
            let end = table.end_time().saturating_add(ticks.into());
            if table.len() == 0 {
                table.pause(ticks);
            } else {
                let duration = u32::try_from(end - table.last_time());
                table.set_last_duration(duration.unwrap_or(u32::MAX));
            }
            Ok(())
        });
    }

    /// Decoding time of what comes next, if nothing else states it.
    pub(super) fn end_time(&self, track: &Track) -> Option<i64> {
        match self {
            Self::Untouched if track.table.is_empty() => Some(0),
            Self::Open { table, .. } => i64::try_from(table.end_time()).ok(),
            Self::Untouched | Self::Failed(_) => None,
        }
    }

    /// The tables, if fragments had something to add.
    pub(super) fn finish(self) -> Result<Option<SampleTable>, Error> {
        match self {
            Self::Untouched => Ok(None),
            Self::Open { table, .. } => Ok(Some(table.finish())),
            Self::Failed(error) => Err(error),
        }
    }

    /// Changes the tables; a fault ends them.
    fn change(
        &mut self,
        track: &Track,
        budget: &mut Budget,
        change: impl FnOnce(&mut SampleTableBuilder, &mut Option<u32>, &mut Budget) -> Result<(), Error>,
    ) {
        if matches!(self, Self::Untouched) {
            *self = match restate(&track.table, budget) {
                Ok(table) => Self::Open { table: Box::new(table), cut_in: None },
                Err(error) => Self::Failed(error),
            };
        }
        if let Self::Open { table, cut_in } = self {
            let before = table.bytes();
            let done = change(table, cut_in, budget)
                .and_then(|()| budget.add_table(table.bytes().saturating_sub(before), track.offset));
            if let Err(error) = done {
                *self = Self::Failed(error);
            }
        }
    }
}

/// The samples that `moov` describes, in tables that can grow.
fn restate(source: &SampleTable, budget: &mut Budget) -> Result<SampleTableBuilder, Error> {
    let mut table = SampleTableBuilder::new(source.offset());
    if source.is_constant_size() {
        budget.add_unlisted(source.len(), (FourCc(*b"stbl"), source.offset()))?;
    }
    for sample in source.samples() {
        let sample = sample?;
        table.push(&BuiltSample {
            duration: sample.duration,
            composition_offset: sample.composition_offset,
            offset: sample.offset,
            size: sample.size,
            is_sync: sample.is_sync,
            description: sample.description,
        });
    }
    budget.add_table(table.bytes(), source.offset())?;
    Ok(table)
}

/// The next sample's decoding time is `time`: the last one before lasts until then.
fn move_to(table: &mut SampleTableBuilder, time: DecodeTime) -> Result<(), Error> {
    let fault = |reason| {
        let (kind, offset) = time.stated_in;
        invalid(kind, offset, reason)
    };
    if table.len() == 0 {
        return table.start_at(time.ticks).ok_or_else(|| fault("the fragment starts long before 0"));
    }
    let last = i128::from(table.last_time()) - i128::from(table.lead());
    let duration = i128::from(time.ticks) - last;
    if duration < 0 {
        return Err(fault("the fragment starts before the last sample of the one before"));
    }
    let duration = u32::try_from(duration);
    table.set_last_duration(
        duration.map_err(|_| fault("the fragment starts more than 2^32 ticks behind the one before"))?,
    );
    Ok(())
}

/// How far the samples of a run reach.
#[derive(Debug, PartialEq, Eq)]
enum Reached {
    EndOfRun,
    /// The file ends before a sample does: it was cut while it was written. What comes before is whole.
    EndOfFile,
}

fn push(table: &mut SampleTableBuilder, part: &Part<'_>) -> Result<Reached, Error> {
    let mut offset = part.start;
    for sample in part.run.samples() {
        let end = offset.saturating_add(sample.size.into());
        if end > part.file_bytes {
            return Ok(Reached::EndOfFile);
        }
        if table.len() >= MAX_SAMPLES {
            let (what, limit) = ("number of samples", MAX_SAMPLES.into());
            return Err(Error::Limit { kind: TRUN, offset: part.run.offset, what, limit });
        }
        table.push(&BuiltSample {
            duration: sample.duration,
            composition_offset: sample.composition_offset,
            offset,
            size: sample.size,
            is_sync: sample.is_sync,
            description: part.description,
        });
        offset = end;
    }
    Ok(Reached::EndOfRun)
}

impl Budget {
    fn add_unlisted(&mut self, samples: u32, (kind, offset): (FourCc, u64)) -> Result<(), Error> {
        self.unlisted = self.unlisted.saturating_add(samples);
        if self.unlisted > MAX_CONSTANT_SIZE_SAMPLES {
            let (what, limit) =
                ("number of samples without a size of their own", MAX_CONSTANT_SIZE_SAMPLES.into());
            return Err(Error::Limit { kind, offset, what, limit });
        }
        Ok(())
    }

    fn add_table(&mut self, bytes: usize, offset: u64) -> Result<(), Error> {
        self.table_bytes = self.table_bytes.saturating_add(bytes);
        if self.table_bytes > MAX_TABLE_BYTES {
            let (what, limit) = ("bytes of the sample tables", MAX_TABLE_BYTES as u64);
            return Err(Error::Limit { kind: FourCc(*b"trak"), offset, what, limit });
        }
        Ok(())
    }
}

fn invalid(kind: FourCc, offset: u64, reason: &'static str) -> Error {
    Error::Invalid { kind, offset, reason }
}
