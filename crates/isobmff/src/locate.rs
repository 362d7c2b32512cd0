//! Where the `moov` box is: asks for byte ranges instead of reading them.
//!
//! A file with `moov` in front takes one read, or two if `moov` is long; one with `moov` behind the
//! media takes two, or three if it is long or several large `mdat` boxes come first.

use std::ops::Range;

use bytes::Bytes;

use crate::read::{BoxHeader, Boxes};
use crate::{Error, FourCc};

/// What the first read asks for: the front matter of nearly all files, and all of a small one.
const HEAD_BYTES: u64 = 64 << 10;
/// What lies behind the media is read whole up to this size.
const TAIL_BYTES: u64 = 16 << 20;
/// Largest accepted `moov`: about 40 h of a film with two tracks.
pub const MAX_MOOV_BYTES: u64 = 128 << 20;
/// A file of more boxes than this before `moov` is refused.
const MAX_STEPS: u32 = 64;

const FILE: FourCc = FourCc(*b"file");
const MOOV: FourCc = FourCc(*b"moov");

/// The next thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Read these bytes of the file and pass them to [`MovieLocator::feed`].
    Fetch(Range<u64>),
    /// The `moov` box, header included, and where it starts in the file.
    Found {
        /// The whole box.
        moov: Bytes,
        /// Byte offset of the box in the file.
        offset: u64,
    },
}

/// Finds `moov` in a file of known length.
#[derive(Debug)]
pub struct MovieLocator {
    file_bytes: u64,
    wanted: Range<u64>,
    steps: u32,
    tail_tried: bool,
}

impl MovieLocator {
    /// A locator for a file of `file_bytes` bytes; the first step is always a fetch.
    pub fn new(file_bytes: u64) -> Self {
        Self { file_bytes, wanted: 0..HEAD_BYTES.min(file_bytes), steps: 0, tail_tried: false }
    }

    /// The range that [`Self::feed`] expects.
    pub fn wanted(&self) -> Range<u64> {
        self.wanted.clone()
    }

    /// Takes the bytes of the range asked for last.
    pub fn feed(&mut self, bytes: &Bytes) -> Result<Step, Error> {
        let start = self.wanted.start;
        if bytes.len() as u64 != self.wanted.end.saturating_sub(start) {
            return Err(Error::Truncated { kind: FILE, offset: start, missing: 1 });
        }
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(Error::Limit {
                kind: FILE,
                offset: start,
                what: "boxes before `moov`",
                limit: MAX_STEPS.into(),
            });
        }
        let guess = (self.tail_tried && self.is_tail()).then(|| moov_at_end(bytes, start)).flatten();
        guess.map_or_else(|| self.walk(bytes, start), Ok)
    }

    fn is_tail(&self) -> bool {
        self.wanted.end == self.file_bytes && self.wanted.start > 0
    }

    /// Goes from box to box as far as the bytes reach.
    fn walk(&mut self, bytes: &Bytes, start: u64) -> Result<Step, Error> {
        let mut at = 0usize;
        loop {
            let here = start + at as u64;
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(header) = BoxHeader::parse(rest, here) else {
                return self.beyond(here);
            };
            let size = header.size.unwrap_or(self.file_bytes.saturating_sub(here));
            if size < u64::from(header.len) {
                return Err(Error::Invalid {
                    kind: header.kind,
                    offset: here,
                    reason: "the box is smaller than its header",
                });
            }
            if header.kind == MOOV {
                return self.moov(rest, bytes, here, size);
            }
            match usize::try_from(size).ok().and_then(|size| at.checked_add(size)) {
                Some(next) if next <= bytes.len() && next as u64 + start < self.file_bytes => at = next,
                _ => return self.beyond(here.saturating_add(size)),
            }
        }
    }

    fn moov(&mut self, rest: &[u8], bytes: &Bytes, offset: u64, size: u64) -> Result<Step, Error> {
        if size > MAX_MOOV_BYTES {
            return Err(Error::Limit { kind: MOOV, offset, what: "size in bytes", limit: MAX_MOOV_BYTES });
        }
        let end = offset + size;
        if end > self.file_bytes {
            return Err(Error::Truncated { kind: MOOV, offset, missing: end - self.file_bytes });
        }
        match usize::try_from(size).ok().and_then(|size| rest.get(..size)) {
            Some(whole) => Ok(Step::Found { moov: bytes.slice_ref(whole), offset }),
            None => Ok(self.fetch(offset..end)),
        }
    }

    /// The walk goes on at `position`, which has not been read.
    fn beyond(&mut self, position: u64) -> Result<Step, Error> {
        // Eight bytes is the smallest box; less at the end of a file is padding.
        if position.saturating_add(8) > self.file_bytes {
            return Err(Error::Missing { kind: MOOV, parent: FILE, offset: 0 });
        }
        let left = self.file_bytes - position;
        if left <= TAIL_BYTES {
            return Ok(self.fetch(position..self.file_bytes));
        }
        // Several large boxes: the second look goes where the walk leads, the third to the end of
        // the file, where writers of such files put `moov`; after that the walk goes on.
        if self.steps >= 2 && !self.tail_tried {
            self.tail_tried = true;
            return Ok(self.fetch(self.file_bytes - TAIL_BYTES..self.file_bytes));
        }
        Ok(self.fetch(position..position + HEAD_BYTES))
    }

    fn fetch(&mut self, range: Range<u64>) -> Step {
        self.wanted = range.clone();
        Step::Fetch(range)
    }
}

/// A `moov` from which a chain of whole boxes leads exactly to the end of the file.
fn moov_at_end(bytes: &Bytes, start: u64) -> Option<Step> {
    let ends = |at: usize| {
        let rest = bytes.get(at..)?;
        let mut boxes = Boxes::new(FILE, rest, start + at as u64);
        let first = boxes.next()?.ok()?;
        let starts_with_mvhd = first.children().next()?.ok()?.kind == FourCc(*b"mvhd");
        (starts_with_mvhd && boxes.all(|item| item.is_ok())).then_some(first)
    };
    bytes
        .windows(4)
        .enumerate()
        .filter(|(_, name)| *name == b"moov")
        .filter_map(|(at, _)| ends(at.checked_sub(4)?))
        .next_back()
        .map(|found| Step::Found { moov: bytes.slice_ref(found.whole), offset: found.offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain_box(kind: [u8; 4], payload: &[u8]) -> Vec<u8> {
        let mut out = u32::try_from(payload.len() + 8).unwrap().to_be_bytes().to_vec();
        out.extend(kind);
        out.extend(payload);
        out
    }

    fn moov(len: usize) -> Vec<u8> {
        plain_box(*b"moov", &plain_box(*b"mvhd", &vec![0; len]))
    }

    /// Runs the locator over a file described by its non-zero parts; returns reads and the offset.
    fn locate(file_bytes: u64, parts: &[(u64, Vec<u8>)]) -> Result<(u32, u64, usize), Error> {
        let mut locator = MovieLocator::new(file_bytes);
        let mut reads = 0;
        let mut range = locator.wanted();
        loop {
            reads += 1;
            let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap()];
            for (offset, part) in parts {
                for (i, &byte) in part.iter().enumerate() {
                    let at = offset + i as u64;
                    if range.contains(&at) {
                        bytes[usize::try_from(at - range.start).unwrap()] = byte;
                    }
                }
            }
            match locator.feed(&bytes.into())? {
                Step::Fetch(next) => range = next,
                Step::Found { moov, offset } => return Ok((reads, offset, moov.len())),
            }
        }
    }

    fn large_mdat(size: u64) -> Vec<u8> {
        [&[0, 0, 0, 1][..], b"mdat", &size.to_be_bytes()].concat()
    }

    const GIB: u64 = 1 << 30;

    #[test]
    fn front() {
        let file = [plain_box(*b"ftyp", &[0; 12]), plain_box(*b"wide", &[]), moov(100)].concat();
        assert_eq!(locate(5 * GIB, &[(0, file)]), Ok((1, 28, 116)));
    }

    #[test]
    fn long_moov_in_front_takes_two_reads() {
        let file = [plain_box(*b"ftyp", &[0; 12]), moov(200_000)].concat();
        assert_eq!(locate(5 * GIB, &[(0, file)]), Ok((2, 20, 200_016)));
    }

    #[test]
    fn behind_a_64_bit_mdat_takes_two_reads() {
        let tail = moov(300_000);
        let size = 5 * GIB + tail.len() as u64;
        assert_eq!(locate(size, &[(0, large_mdat(5 * GIB)), (5 * GIB, tail)]), Ok((2, 5 * GIB, 300_016)));
    }

    #[test]
    fn behind_three_large_mdat_takes_three_reads() {
        let tail = [moov(300_000), plain_box(*b"free", &[0; 9])].concat();
        let parts =
            [(0, large_mdat(GIB)), (GIB, large_mdat(GIB)), (2 * GIB, large_mdat(GIB)), (3 * GIB, tail)];
        let size = 3 * GIB + 300_016 + 17;
        assert_eq!(locate(size, &parts), Ok((3, 3 * GIB, 300_016)));
    }

    #[test]
    fn faults_are_named() {
        let endless = plain_box(*b"mdat", &[0; 4]).into_iter().skip(4).collect::<Vec<_>>();
        let to_the_end = [&[0, 0, 0, 0][..], &endless].concat();
        assert!(matches!(locate(GIB, &[(0, to_the_end)]), Err(Error::Missing { .. })));
        assert!(matches!(locate(0, &[]), Err(Error::Missing { .. })));
        let cut = moov(100);
        assert!(matches!(locate(50, &[(0, cut)]), Err(Error::Truncated { missing: 66, .. })));
        assert!(matches!(locate(GIB, &[]), Err(Error::Missing { .. } | Error::Limit { .. })));
    }
}
