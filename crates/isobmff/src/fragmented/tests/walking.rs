//! What a walk asks for: counts of reads and bytes.

use bytes::Bytes;

use super::*;
use crate::fragmented::{Found, FragmentWalk};

/// A file of repeated fragments that is never in memory as a whole.
struct Film {
    fragment: Vec<u8>,
    media: u64,
    count: u64,
}

impl Film {
    fn new(moof_bytes: usize, media: u64, count: u64) -> Self {
        let mut fragment = boxed(*b"moof", &vec![0; moof_bytes - 8]);
        fragment.extend(u32::try_from(media).unwrap().to_be_bytes());
        fragment.extend(b"mdat");
        Self { fragment, media, count }
    }

    fn stride(&self) -> u64 {
        self.fragment.len() as u64 - 8 + self.media
    }

    fn read(&self, range: std::ops::Range<u64>) -> Bytes {
        let byte = |at: u64| {
            let within = usize::try_from(at % self.stride()).unwrap();
            self.fragment.get(within).copied().unwrap_or(0xee)
        };
        range.map(byte).collect()
    }

    /// Reads, bytes and fragments of a walk.
    fn walk(&self) -> (u64, u64, u64) {
        let bytes = self.stride() * self.count;
        let mut walk = FragmentWalk::new(0, bytes, bytes);
        let (mut reads, mut read, mut found) = (0, 0, 0);
        while let Some(range) = walk.wanted() {
            reads += 1;
            read += range.end - range.start;
            let count = |item: Found<'_>| {
                found += u64::from(matches!(item, Found::Moof(_)));
                Ok::<_, Error>(())
            };
            walk.feed(range.start, &self.read(range.clone()), count).unwrap();
        }
        (reads, read, found)
    }
}

/// Two seconds of sound at 64 kbit/s each: 300 fragments of 16 kB, read many at a time.
#[test]
fn small_fragments_are_read_many_at_a_time() {
    let (reads, bytes, found) = Film::new(500, 16_000, 300).walk();
    assert_eq!(found, 300);
    assert!(reads <= 10, "{reads}");
    assert!(bytes <= 300 * 16_500 + (4 << 20));
}

/// Six seconds of 4 Mbit/s each: the media between is not read.
#[test]
fn large_fragments_take_a_read_each() {
    let (reads, bytes, found) = Film::new(2000, 3_000_000, 200).walk();
    assert_eq!((found, reads), (200, 200));
    assert!(bytes <= 200 * (16 << 10), "{bytes}");
}

/// A `moof` that is longer than the window is asked for as a whole; the next window is as long.
#[test]
fn windows_grow_with_the_fragments() {
    let (reads, _, found) = Film::new(100_000, 3_000_000, 50).walk();
    assert_eq!(found, 50);
    assert!(reads <= 53, "{reads}");
}

/// A walk over a part ends at the first box behind it, whatever else the bytes hold.
#[test]
fn a_walk_ends_where_it_should() {
    let film = Film::new(100, 1000, 10);
    let bytes = film.read(0..film.stride() * 10);
    let end = bytes.len() as u64;
    let mut walk = FragmentWalk::new(film.stride(), film.stride() * 3, end);
    let mut places = Vec::new();
    let take = |item: Found<'_>| match item {
        Found::Moof(moof) | Found::Sidx(moof) | Found::Emsg(moof) => {
            places.push(moof.offset / film.stride());
            Ok::<_, Error>(())
        }
    };
    walk.feed(0, &bytes, take).unwrap();
    assert_eq!(places, [1, 2]);
    assert!(walk.is_over() && walk.position() == film.stride() * 3);
    walk.walk_until(end);
    assert_eq!(walk.wanted().unwrap().start, film.stride() * 3);
}

#[test]
fn what_is_no_box_is_a_fault_and_padding_is_the_end() {
    let walk = |bytes: &[u8]| {
        let mut walk = FragmentWalk::new(0, u64::MAX, bytes.len() as u64);
        walk.feed(0, &Bytes::copy_from_slice(bytes), |_| Ok::<_, Error>(())).map(|()| walk.is_over())
    };
    let free = boxed(*b"free", &[]);
    assert_eq!(walk(&[free.clone(), vec![0; 40]].concat()), Ok(true));
    assert_eq!(walk(&[free.clone(), vec![0; 3]].concat()), Ok(true));
    assert!(matches!(
        walk(&[free, vec![0, 0, 0, 5, 1, 1, 1, 1, 1]].concat()),
        Err(Error::Invalid { offset: 8, .. })
    ));
}

/// The most that a walk may cost is bounded whatever the file says.
#[test]
fn endless_boxes_end() {
    let film = Film { fragment: boxed(*b"free", &vec![0; 300_000]), media: 8, count: 1 << 40 };
    let mut walk = FragmentWalk::new(0, u64::MAX, film.stride() * film.count);
    let mut reads = 0;
    let end = loop {
        let range = walk.wanted().unwrap();
        reads += 1;
        let bytes = film.read(range.start..range.start + 16);
        if let Err(error) = walk.feed(range.start, &bytes, |_| Ok::<_, Error>(())) {
            break error;
        }
    };
    assert!(matches!(end, Error::Limit { .. }) && reads <= (1 << 15) + 1, "{end} after {reads}");
}
