//! Reads the fragments of a source: in the order of the file, and where the file says where they are, many at once.

use std::ops::Range;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use isobmff::fragmented::{Found, FragmentWalk, Fragments, hints};
use isobmff::read::Boxes;
use isobmff::{FourCc, Movie};

use super::make::SourceReader;
use super::places::places;
use crate::error::Error;
use crate::source::{Source, SourceError};

/// Parts of a file that are walked over at once.
pub(super) const PARALLEL_WALKS: usize = 16;
/// What a walk ahead of the others may hold in memory, and how many reads it may take.
const MOST_HELD_BYTES: usize = 1 << 20;
const MOST_READS_AHEAD: u32 = 256;
/// Nor may one read be longer.
const MOST_READ_BYTES: u64 = 4 << 20;

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
    let places = if walk.is_over() {
        Vec::new()
    } else {
        places(reader, walk.position(), std::mem::take(&mut found.hints)).await?
    };
    let parts =
        places.iter().zip(places.iter().skip(1).chain([&file_bytes])).map(|(&start, &end)| start..end);
    let mut trails =
        stream::iter(parts.collect::<Vec<_>>()).map(|part| walk_ahead(reader, part)).buffered(PARALLEL_WALKS);
    while let Some(trail) = trails.try_next().await? {
        walk.walk_until(trail.start);
        while found.step(&mut walk, reader).await? {}
        // Only where the chain of boxes leads is what was found there a part of it.
        if walk.position() == trail.start {
            for (offset, held) in &trail.boxes {
                found.take_held(*offset, held)?;
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
            Found::Emsg(emsg) => self.fragments.take_event(emsg),
        }
        Ok(())
    }

    fn take_held(&mut self, offset: u64, held: &Bytes) -> Result<(), packaging::Error> {
        for found in Boxes::new(FourCc(*b"file"), held, offset) {
            let found = found?;
            match &found.kind.0 {
                b"emsg" => self.fragments.take_event(&found),
                _ => self.fragments.take(&found)?,
            }
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

/// What a walk ahead of the others came upon.
struct Trail {
    start: u64,
    /// Where the box behind the last one begins.
    end: u64,
    /// Where each is, and the box: fragments and the events in front of them.
    boxes: Vec<(u64, Bytes)>,
}

/// Walks over a part of the file as far as it makes sense and memory allows. If a box begins where the part does,
/// what is found is what any walk finds that comes there.
async fn walk_ahead<S: Source>(reader: &SourceReader<'_, S>, part: Range<u64>) -> Result<Trail, SourceError> {
    let mut walk = FragmentWalk::new(part.start, part.end, reader.object.bytes);
    let mut trail = Trail { start: part.start, end: part.start, boxes: Vec::new() };
    let mut held = 0;
    for _ in 0..MOST_READS_AHEAD {
        let Some(range) = walk.wanted().filter(|range| range.end - range.start <= MOST_READ_BYTES) else {
            break;
        };
        let bytes = reader.read(range.clone()).await?;
        let fed = walk.feed(range.start, &bytes, |found| {
            if let Found::Moof(found) | Found::Emsg(found) = found {
                held += found.whole.len();
                if held > MOST_HELD_BYTES {
                    return Err(Stop);
                }
                trail.end = found.offset + found.whole.len() as u64;
                trail.boxes.push((found.offset, Bytes::copy_from_slice(found.whole)));
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
