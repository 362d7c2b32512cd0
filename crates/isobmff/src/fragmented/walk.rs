//! From box to box behind `moov`: asks for byte ranges instead of reading them.
//!
//! A window is read at each place where the walk goes on. As long as the next fragment lies in the window or
//! closely behind it, windows double, so that small fragments are read many at a time; behind a long `mdat`
//! one is as long as a `moof`.

use std::ops::Range;

use bytes::Bytes;

use crate::event::MAX_EMSG_BYTES;
use crate::read::{BoxHeader, BoxRef};
use crate::{Error, FourCc};

/// Largest accepted `moof`.
pub const MAX_MOOF_BYTES: u64 = 16 << 20;
/// A longer `sidx` is left out: it could not name more than 65,535 parts.
const MAX_SIDX_BYTES: u64 = 1 << 20;
/// Most boxes of one walk.
const MAX_BOXES: u32 = 1 << 23;
/// Most ranges that one walk asks for.
const MAX_REQUESTS: u32 = 1 << 15;

/// What the first window has, and any one behind a long box: a `moof` of a few hundred samples.
const LEAST_WINDOW_BYTES: u64 = 16 << 10;
/// Windows double up to this.
const MOST_WINDOW_BYTES: u64 = 4 << 20;
/// Where the next fragment lies no further behind the window than this, reading on costs less than a second read.
const NEAR_BYTES: u64 = 256 << 10;

const FILE: FourCc = FourCc(*b"file");

/// A box that the walk came upon.
#[derive(Debug, Clone, Copy)]
pub enum Found<'a> {
    /// A fragment.
    Moof(BoxRef<'a>),
    /// An index of what follows it, which may help to find it sooner.
    Sidx(BoxRef<'a>),
    /// An event message of the fragment behind it.
    Emsg(BoxRef<'a>),
}

/// A walk over the top-level boxes of a part of a file.
#[derive(Debug, Clone)]
pub struct FragmentWalk {
    position: u64,
    until: u64,
    file_bytes: u64,
    /// Bytes that the next step needs at `position` at least.
    least: u64,
    window: u64,
    longest_moof: u64,
    boxes: u32,
    requests: u32,
}

impl FragmentWalk {
    /// A walk that begins with the box at `start` and ends at the first box from `until` on, in a file of
    /// `file_bytes` bytes.
    pub fn new(start: u64, until: u64, file_bytes: u64) -> Self {
        Self {
            position: start,
            until: until.min(file_bytes),
            file_bytes,
            least: 8,
            window: LEAST_WINDOW_BYTES,
            longest_moof: 0,
            boxes: 0,
            requests: 0,
        }
    }

    /// Where the next box begins.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whether there is nothing left to walk over.
    pub fn is_over(&self) -> bool {
        // Eight bytes is the smallest box; less at the end of a file is padding.
        self.position >= self.until || self.position.saturating_add(8) > self.file_bytes
    }

    /// The bytes to pass to [`Self::feed`], if any are needed.
    pub fn wanted(&self) -> Option<Range<u64>> {
        let bytes = self.window.max(self.least);
        (!self.is_over()).then(|| self.position..self.position.saturating_add(bytes).min(self.file_bytes))
    }

    /// Goes on where another walk has been: to a box that begins at `position`.
    pub fn skip_to(&mut self, position: u64) {
        self.position = self.position.max(position);
        self.least = 8;
    }

    /// The same walk, to the first box from `until` on.
    pub fn walk_until(&mut self, until: u64) {
        self.until = until.min(self.file_bytes);
    }

    /// Walks over `bytes`, which begin at `start` and have [`Self::position`] among them, and as far behind
    /// as they reach. What is found goes to `take`, whose error ends the walk.
    pub fn feed<E: From<Error>>(
        &mut self,
        start: u64,
        bytes: &Bytes,
        mut take: impl FnMut(Found<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.requests += 1;
        if self.requests > MAX_REQUESTS {
            return Err(self.limit("number of reads", MAX_REQUESTS).into());
        }
        self.least = 8;
        while !self.is_over() {
            let rest = self.position.checked_sub(start).and_then(|at| bytes.get(usize::try_from(at).ok()?..));
            match self.step(rest.unwrap_or_default())? {
                Step::Found(found) => take(found)?,
                Step::Passed => {}
                Step::Needs(least) => {
                    self.least = least;
                    break;
                }
            }
        }
        self.choose_window(start, bytes.len() as u64);
        Ok(())
    }

    /// Passes the box at [`Self::position`], where `rest` begins.
    fn step<'a>(&mut self, rest: &'a [u8]) -> Result<Step<'a>, Error> {
        let left = self.file_bytes - self.position;
        let Some(header) = BoxHeader::parse(rest, self.position) else {
            if left <= rest.len() as u64 {
                self.position = self.file_bytes;
                return Ok(Step::Passed);
            }
            return Ok(Step::Needs(left.min(LONGEST_HEADER_BYTES)));
        };
        let size = header.size.unwrap_or(left);
        if size < u64::from(header.len) {
            return Err(self.invalid(header.kind, "the box is smaller than its header"));
        }
        let wants = match &header.kind.0 {
            b"moof" => true,
            b"sidx" => size <= MAX_SIDX_BYTES,
            b"emsg" => size <= MAX_EMSG_BYTES,
            _ => false,
        };
        // A box that the file ends in is the last one, of a file that was cut while it was written.
        if wants && size <= left {
            if size > MAX_MOOF_BYTES {
                let (kind, offset, limit) = (header.kind, self.position, MAX_MOOF_BYTES);
                return Err(Error::Limit { kind, offset, what: "size in bytes", limit });
            }
            let Some(whole) = usize::try_from(size).ok().and_then(|size| rest.get(..size)) else {
                return Ok(Step::Needs(size));
            };
            self.pass(size)?;
            let payload = whole.get(usize::from(header.len)..).unwrap_or_default();
            let found = BoxRef { kind: header.kind, offset: self.position - size, whole, payload };
            return Ok(Step::Found(match &header.kind.0 {
                b"moof" => {
                    self.longest_moof = self.longest_moof.max(size);
                    Found::Moof(found)
                }
                b"emsg" => Found::Emsg(found),
                _ => Found::Sidx(found),
            }));
        }
        self.pass(size)?;
        Ok(Step::Passed)
    }

    fn pass(&mut self, size: u64) -> Result<(), Error> {
        self.boxes += 1;
        if self.boxes > MAX_BOXES {
            return Err(self.limit("number of boxes", MAX_BOXES));
        }
        self.position = self.position.saturating_add(size).min(self.file_bytes);
        Ok(())
    }

    /// How much to ask for next, behind `len` bytes that began at `start`.
    fn choose_window(&mut self, start: u64, len: u64) {
        let is_near = self.position.saturating_sub(start.saturating_add(len)) <= NEAR_BYTES;
        self.window = if is_near {
            (self.window.max(len) * 2).min(MOST_WINDOW_BYTES)
        } else {
            // Fragments of one file are much alike; a header more tells what comes behind.
            (self.longest_moof * 2 + LONGEST_HEADER_BYTES).clamp(LEAST_WINDOW_BYTES, MOST_WINDOW_BYTES)
        };
    }

    fn limit(&self, what: &'static str, limit: u32) -> Error {
        Error::Limit { kind: FILE, offset: self.position, what, limit: limit.into() }
    }

    fn invalid(&self, kind: FourCc, reason: &'static str) -> Error {
        Error::Invalid { kind, offset: self.position, reason }
    }
}

/// A box header with a 64-bit size.
const LONGEST_HEADER_BYTES: u64 = 16;

enum Step<'a> {
    Found(Found<'a>),
    /// A box that does not matter, or the end.
    Passed,
    /// So many bytes from the position on are needed at least.
    Needs(u64),
}
