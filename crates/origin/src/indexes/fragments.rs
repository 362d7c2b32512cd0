//! Reads the fragments of a source: in the order of the file, and where the file says where they are, many at once.

use std::ops::Range;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use isobmff::fragmented::{Found, FragmentWalk, Fragments, hints};
use isobmff::read::Boxes;
use isobmff::{FourCc, Movie};

use super::make::SourceReader;
use crate::error::Error;
use crate::source::{Source, SourceError};

/// Parts of a file that are walked over at once.
const PARALLEL_WALKS: usize = 16;
/// A part is no shorter than this: one read takes as long as reading so much.
const LEAST_PART_BYTES: u64 = 1 << 20;
/// What a walk ahead of the others may hold in memory, and how many reads it may take.
const MOST_HELD_BYTES: usize = 1 << 20;
const MOST_READS_AHEAD: u32 = 64;
/// Where `mfra` is, if there is one.
const TAIL_BYTES: u64 = 64 << 10;

/// Adds the samples of all fragments behind `moov`, which ends at `moov_end`, to the movie. `seen`: bytes of the
/// file that have been read already, and where they begin.
pub(super) async fn add_fragments<S: Source>(
    reader: &SourceReader<'_, S>,
    movie: Movie,
    moov_end: u64,
    seen: (u64, Bytes),
) -> Result<Movie, Error> {
    let file_bytes = reader.object.bytes;
    let mut walk = FragmentWalk::new(moov_end, file_bytes, file_bytes);
    let mut found =
        Collected { fragments: Fragments::new(movie, file_bytes), hints: Vec::new(), is_begun: false };
    let seen_end = seen.0 + seen.1.len() as u64;
    if moov_end < seen_end {
        walk.feed(seen.0, &seen.1, |item| found.take(&item))?;
    }
    while !found.is_begun && found.step(&mut walk, reader).await? {}
    let places = places(reader, &walk, std::mem::take(&mut found.hints)).await?;
    let parts =
        places.iter().zip(places.iter().skip(1).chain([&file_bytes])).map(|(&start, &end)| start..end);
    let mut trails =
        stream::iter(parts.collect::<Vec<_>>()).map(|part| walk_ahead(reader, part)).buffered(PARALLEL_WALKS);
    while let Some(trail) = trails.try_next().await? {
        walk.walk_until(trail.start);
        while found.step(&mut walk, reader).await? {}
        // Only where the chain of boxes leads is what was found there a part of it.
        if walk.position() == trail.start {
            for (offset, moof) in &trail.moofs {
                found.take_moof(*offset, moof)?;
            }
            walk.skip_to(trail.end);
        }
    }
    walk.walk_until(file_bytes);
    while found.step(&mut walk, reader).await? {}
    Ok(found.fragments.finish())
}

/// What has been found on the way.
struct Collected {
    fragments: Fragments,
    hints: Vec<u64>,
    /// Whether there has been a fragment.
    is_begun: bool,
}

impl Collected {
    fn take(&mut self, found: &Found<'_>) -> Result<(), packaging::Error> {
        match found {
            Found::Moof(moof) => {
                self.is_begun = true;
                self.fragments.take(moof)?;
            }
            // A damaged index is as good as none.
            Found::Sidx(sidx) if !self.is_begun => drop(hints::of_sidx(sidx, &mut self.hints)),
            Found::Sidx(_) => {}
        }
        Ok(())
    }

    fn take_moof(&mut self, offset: u64, moof: &Bytes) -> Result<(), packaging::Error> {
        for found in Boxes::new(FourCc(*b"file"), moof, offset) {
            self.fragments.take(&found?)?;
        }
        Ok(())
    }

    /// Reads on, unless the walk is over.
    async fn step<S: Source>(
        &mut self,
        walk: &mut FragmentWalk,
        reader: &SourceReader<'_, S>,
    ) -> Result<bool, Error> {
        let Some(range) = walk.wanted() else { return Ok(false) };
        let bytes = reader.read(range.clone()).await?;
        walk.feed(range.start, &bytes, |found| self.take(&found))?;
        Ok(true)
    }
}

/// Where walks ahead begin: as `sidx` boxes before the first fragment say, or else `mfra` at the end.
async fn places<S: Source>(
    reader: &SourceReader<'_, S>,
    walk: &FragmentWalk,
    mut hints: Vec<u64>,
) -> Result<Vec<u64>, SourceError> {
    let file_bytes = reader.object.bytes;
    let is_short = walk.is_over() || file_bytes - walk.position() <= LEAST_PART_BYTES;
    if is_short {
        return Ok(Vec::new());
    }
    if hints.len() < 2 {
        hints = fragments_in_mfra(reader).await?;
    }
    let mut places = hints::thinned(hints, walk.position(), LEAST_PART_BYTES);
    places.retain(|&place| place < file_bytes);
    Ok(places)
}

async fn fragments_in_mfra<S: Source>(reader: &SourceReader<'_, S>) -> Result<Vec<u64>, SourceError> {
    let file_bytes = reader.object.bytes;
    let mut hints = Vec::new();
    let mut tail = reader.read(file_bytes.saturating_sub(TAIL_BYTES)..file_bytes).await?;
    let Some(bytes) = hints::mfra_bytes(&tail).filter(|&bytes| bytes <= file_bytes) else { return Ok(hints) };
    if bytes > tail.len() as u64 {
        tail = reader.read(file_bytes - bytes..file_bytes).await?;
    }
    let start = usize::try_from(tail.len() as u64 - bytes).unwrap_or(usize::MAX);
    // A damaged index is as good as none.
    drop(hints::of_mfra(tail.get(start..).unwrap_or_default(), &mut hints));
    Ok(hints)
}

/// What a walk ahead of the others came upon.
struct Trail {
    start: u64,
    /// Where the box behind the last one begins.
    end: u64,
    /// Where each is, and the box.
    moofs: Vec<(u64, Bytes)>,
}

/// Walks over a part of the file as far as it makes sense and memory allows. If a box begins where the part does,
/// what is found is what any walk finds that comes there.
async fn walk_ahead<S: Source>(reader: &SourceReader<'_, S>, part: Range<u64>) -> Result<Trail, SourceError> {
    let mut walk = FragmentWalk::new(part.start, part.end, reader.object.bytes);
    let mut trail = Trail { start: part.start, end: part.start, moofs: Vec::new() };
    let mut held = 0;
    for _ in 0..MOST_READS_AHEAD {
        let Some(range) = walk.wanted() else { break };
        if range.end - range.start > MOST_HELD_BYTES as u64 {
            break;
        }
        let bytes = reader.read(range.clone()).await?;
        let fed = walk.feed(range.start, &bytes, |found| {
            if let Found::Moof(moof) = found {
                held += moof.whole.len();
                if held > MOST_HELD_BYTES {
                    return Err(Stop);
                }
                trail.end = moof.offset + moof.whole.len() as u64;
                trail.moofs.push((moof.offset, Bytes::copy_from_slice(moof.whole)));
            }
            Ok(())
        });
        match fed {
            Ok(()) => trail.end = walk.position(),
            Err(Stop) => break,
        }
    }
    Ok(trail)
}

/// A walk ahead goes no further: it has found enough, or what is no box.
struct Stop;

impl From<isobmff::Error> for Stop {
    fn from(_: isobmff::Error) -> Self {
        Self
    }
}
