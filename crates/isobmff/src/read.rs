//! Reading boxes and their fields from bytes in memory (ISO/IEC 14496-12 §4.2).
//!
//! Nothing here allocates, and every position is checked against the bytes that are really there.

use crate::{Error, FourCc};

/// One box inside a buffer.
#[derive(Debug, Clone, Copy)]
pub struct BoxRef<'a> {
    /// The box type.
    pub kind: FourCc,
    /// Where the box starts, counted from the start of the file.
    pub offset: u64,
    /// The whole box, header included.
    pub whole: &'a [u8],
    /// The box without its header.
    pub payload: &'a [u8],
}

impl<'a> BoxRef<'a> {
    /// A reader over the payload.
    pub fn reader(&self) -> Reader<'a> {
        Reader { kind: self.kind, offset: self.offset, rest: self.payload }
    }

    /// The boxes in the payload.
    pub fn children(&self) -> Boxes<'a> {
        self.children_after(0)
    }

    /// The boxes in the payload after `skip` bytes of fields.
    pub fn children_after(&self, skip: usize) -> Boxes<'a> {
        let start = skip.min(self.payload.len());
        let header = (self.whole.len() - self.payload.len()) as u64;
        Boxes {
            parent: self.kind,
            rest: self.payload.get(start..).unwrap_or_default(),
            offset: self.offset + header + start as u64,
            is_inside: true,
        }
    }

    /// The first child of this type, or `Missing`.
    pub fn require(&self, kind: FourCc) -> Result<Self, Error> {
        self.find(kind)?.ok_or(Error::Missing { kind, parent: self.kind, offset: self.offset })
    }

    /// The first child of this type, if there is one before any fault.
    pub fn find(&self, kind: FourCc) -> Result<Option<Self>, Error> {
        self.children().find_kind(kind)
    }

    /// A fault in this box.
    pub fn invalid(&self, reason: &'static str) -> Error {
        Error::Invalid { kind: self.kind, offset: self.offset, reason }
    }
}

/// The boxes that lie one after the other in a buffer. Ends after the first fault.
#[derive(Debug, Clone)]
pub struct Boxes<'a> {
    parent: FourCc,
    rest: &'a [u8],
    offset: u64,
    is_inside: bool,
}

impl<'a> Boxes<'a> {
    /// Boxes in `bytes`, whose first byte lies at `offset` in the file; `parent` is for messages.
    pub fn new(parent: FourCc, bytes: &'a [u8], offset: u64) -> Self {
        Self { parent, rest: bytes, offset, is_inside: false }
    }

    /// The first box of this type, if there is one before any fault.
    pub fn find_kind(self, kind: FourCc) -> Result<Option<BoxRef<'a>>, Error> {
        for item in self {
            let item = item?;
            if item.kind == kind {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }

    fn next_box(&mut self) -> Result<BoxRef<'a>, Error> {
        let header = BoxHeader::parse(self.rest, self.offset).ok_or(Error::Truncated {
            kind: self.parent,
            offset: self.offset,
            missing: 8u64.saturating_sub(self.rest.len() as u64).max(1),
        })?;
        if header.size.is_none() && self.is_inside {
            return Err(Error::Invalid {
                kind: header.kind,
                offset: self.offset,
                reason: "only the last box of a file may leave its size open",
            });
        }
        let len = header.size.unwrap_or(self.rest.len() as u64);
        if len < u64::from(header.len) {
            return Err(Error::Invalid {
                kind: header.kind,
                offset: self.offset,
                reason: "the box is smaller than its header",
            });
        }
        let cut = || Error::Truncated {
            kind: header.kind,
            offset: self.offset,
            missing: len.saturating_sub(self.rest.len() as u64),
        };
        let len_here = usize::try_from(len).map_err(|_| cut())?;
        let (whole, rest) = self.rest.split_at_checked(len_here).ok_or_else(cut)?;
        let payload = whole.get(usize::from(header.len)..).unwrap_or_default();
        let found = BoxRef { kind: header.kind, offset: self.offset, whole, payload };
        self.rest = rest;
        self.offset += len;
        Ok(found)
    }
}

impl<'a> Iterator for Boxes<'a> {
    type Item = Result<BoxRef<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        // QuickTime ends some containers with a 32-bit zero (QTFF "User data atoms"), and writers pad
        // with zeros: a rest made of nothing else is padding.
        let is_padding = |rest: &[u8]| rest.starts_with(&[0; 8]) || rest.len() < 8;
        if self.rest.is_empty() || (is_padding(self.rest) && self.rest.iter().all(|&b| b == 0)) {
            return None;
        }
        let item = self.next_box();
        if item.is_err() {
            self.rest = &[];
        }
        Some(item)
    }
}

/// The first fields of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoxHeader {
    /// The box type.
    pub kind: FourCc,
    /// Bytes from the start of the box to its payload: 8, or 16 with a 64-bit size.
    pub len: u8,
    /// Size of the box in bytes, header included; `None`: to the end of the enclosing space.
    pub size: Option<u64>,
}

impl BoxHeader {
    /// Reads a header at the start of `bytes`; `None` if it is cut. `offset` is not checked.
    pub fn parse(bytes: &[u8], offset: u64) -> Option<Self> {
        let mut reader = Reader { kind: FourCc(*b"file"), offset, rest: bytes };
        let size = reader.u32().ok()?;
        let kind = reader.fourcc().ok()?;
        Some(match size {
            0 => Self { kind, len: 8, size: None },
            1 => Self { kind, len: 16, size: Some(reader.u64().ok()?) },
            _ => Self { kind, len: 8, size: Some(size.into()) },
        })
    }
}

/// Reads big-endian fields; every read past the end is `Truncated`.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    kind: FourCc,
    offset: u64,
    rest: &'a [u8],
}

macro_rules! integer_readers {
    ($($name:ident -> $type:ty),*) => {$(
        #[doc = concat!("The next big-endian `", stringify!($type), "`.")]
        pub fn $name(&mut self) -> Result<$type, Error> {
            self.array().map(<$type>::from_be_bytes)
        }
    )*};
}

impl<'a> Reader<'a> {
    /// A reader over `bytes`; `kind` and `offset` name the enclosing box in errors.
    pub fn new(kind: FourCc, offset: u64, bytes: &'a [u8]) -> Self {
        Self { kind, offset, rest: bytes }
    }

    integer_readers!(u8 -> u8, u16 -> u16, u32 -> u32, u64 -> u64, i16 -> i16, i32 -> i32, i64 -> i64);

    /// The next 24-bit unsigned integer.
    pub fn u24(&mut self) -> Result<u32, Error> {
        let [a, b, c] = self.array()?;
        Ok(u32::from_be_bytes([0, a, b, c]))
    }

    /// The next four-character code.
    pub fn fourcc(&mut self) -> Result<FourCc, Error> {
        self.array().map(FourCc)
    }

    /// `version` and `flags` of a full box (ISO/IEC 14496-12 §4.2.2).
    pub fn full_box(&mut self) -> Result<(u8, u32), Error> {
        Ok((self.u8()?, self.u24()?))
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (head, rest) = self.rest.split_first_chunk().ok_or_else(|| self.cut(N))?;
        self.rest = rest;
        Ok(*head)
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or_else(|| self.cut(count))?;
        self.rest = rest;
        Ok(head)
    }

    /// Leaves out `count` bytes.
    pub fn skip(&mut self, count: usize) -> Result<(), Error> {
        self.take(count).map(drop)
    }

    /// All bytes that have not been read.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn cut(&self, wanted: usize) -> Error {
        Error::Truncated {
            kind: self.kind,
            offset: self.offset,
            missing: wanted.saturating_sub(self.rest.len()) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: FourCc = FourCc(*b"file");

    fn kinds(bytes: &[u8]) -> Vec<Result<String, Error>> {
        Boxes::new(FILE, bytes, 100).map(|item| item.map(|b| b.kind.to_string())).collect()
    }

    /// Oracle: headers laid out by hand from ISO/IEC 14496-12 §4.2.
    #[test]
    fn sizes_of_all_three_kinds() {
        let mut bytes = vec![0, 0, 0, 9, b'f', b'r', b'e', b'e', 7];
        bytes.extend([0, 0, 0, 1, b'm', b'd', b'a', b't', 0, 0, 0, 0, 0, 0, 0, 17, 5]);
        bytes.extend([0, 0, 0, 0, b's', b'k', b'i', b'p', 1, 2, 3]);
        let found: Vec<_> = Boxes::new(FILE, &bytes, 100).map(Result::unwrap).collect();
        assert_eq!(found.iter().map(|b| b.offset).collect::<Vec<_>>(), [100, 109, 126]);
        assert_eq!(found.iter().map(|b| b.payload).collect::<Vec<_>>(), [&[7][..], &[5], &[1, 2, 3]]);
    }

    #[test]
    fn a_box_of_impossible_size_ends_the_walk() {
        let too_small = [0, 0, 0, 4, b'f', b'r', b'e', b'e', 0, 0, 0, 8, b's', b'k', b'i', b'p'];
        assert_eq!(kinds(&too_small).len(), 1);
        assert!(matches!(kinds(&too_small)[0], Err(Error::Invalid { offset: 100, .. })));
        let too_large = [0, 0, 0, 20, b'f', b'r', b'e', b'e'];
        assert_eq!(
            kinds(&too_large),
            [Err(Error::Truncated { kind: FourCc(*b"free"), offset: 100, missing: 12 })]
        );
    }

    #[test]
    fn trailing_zeros_are_padding_and_other_leftovers_are_not() {
        let padded = [0, 0, 0, 8, b'f', b'r', b'e', b'e', 0, 0, 0, 0];
        assert_eq!(kinds(&padded), [Ok("free".into())]);
        assert!(kinds(&[1, 2, 3])[0].is_err());
    }
}
