//! A long film in fragments that needs no disk: headers in memory, zeros for media.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a film that cannot be made fails its test"
)]

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use isobmff::SampleDefaults;
use isobmff::testing::fragments::{Tfhd, Trun, mfra, moof, sidx, tfdt, with_mvex};
use isobmff::testing::{SourceMovie, SourceTrack, avc1, boxed, mp4a};
use origin::Source;
use origin::source::{Object, SourceError};

const PICTURES_A_SECOND: u32 = 25;
const PICTURE_TICKS: u32 = 512;
const FRAME_TICKS: u32 = 1024;
const NON_SYNC: u32 = 0x1_0000;

/// What tells where the fragments are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// A `sidx` before the first one.
    Sidx,
    /// An `mfra` at the end.
    Mfra,
    /// An `mfra` of the same length, all of whose places are wrong.
    WrongMfra,
    /// Nothing; a `free` box is where `mfra` would be.
    Nothing,
}

/// A film of pictures at 25 a second and sound as a source with one object; each read takes 20 ms.
#[derive(Debug)]
pub struct FragmentedFilm {
    /// Length of the file.
    pub bytes: u64,
    /// In file order: all but media.
    parts: Vec<(u64, Bytes)>,
    reads: AtomicU64,
    read: AtomicU64,
}

/// What one read takes.
pub const LATENCY: Duration = Duration::from_millis(20);
/// The name of the one object.
pub const KEY: &str = "film.mp4";

impl FragmentedFilm {
    /// A film of so many fragments of so many seconds each, with pictures of about this size.
    pub fn new((fragments, seconds): (u32, u32), picture_bytes: u32, hint: Hint) -> Self {
        let fragment = |number| fragment(number, seconds, picture_bytes);
        let sizes: Vec<_> = (0..fragments).map(|number| u32::try_from(fragment(number).1).unwrap()).collect();
        let mut head = [b"\0\0\0\x10ftypiso6\0\0\0\0".to_vec(), moov()].concat();
        if hint == Hint::Sidx {
            head.extend(sidx(1, 0, &sizes));
        }
        let mut at = head.len() as u64;
        let mut places = Vec::new();
        let mut parts = vec![(0, Bytes::from(head))];
        for (number, size) in (0..).zip(&sizes) {
            places.push(at);
            parts.push((at, fragment(number).0.into()));
            at += u64::from(*size);
        }
        let index = match hint {
            Hint::Mfra => mfra(1, &places),
            Hint::WrongMfra => mfra(1, &places.iter().map(|place| place + 4).collect::<Vec<_>>()),
            Hint::Sidx | Hint::Nothing => boxed(*b"free", &mfra(1, &places)[8..]),
        };
        let bytes = at + index.len() as u64;
        parts.push((at, index.into()));
        let zero = || AtomicU64::new(0);
        Self { bytes, parts, reads: zero(), read: zero() }
    }

    /// Reads until now and their bytes.
    pub fn cost(&self) -> (u64, u64) {
        (self.reads.load(Ordering::Relaxed), self.read.load(Ordering::Relaxed))
    }
}

impl Source for FragmentedFilm {
    async fn head(&self, key: &str) -> Result<Object, SourceError> {
        let object =
            Object { key: key.to_owned(), bytes: self.bytes, etag: "one".to_owned(), revision: None };
        (key == KEY).then_some(object).ok_or(SourceError::NotFound)
    }

    async fn read(&self, _: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.read.fetch_add(range.end - range.start, Ordering::Relaxed);
        tokio::time::sleep(LATENCY).await;
        let mut out = vec![0; usize::try_from(range.end - range.start).unwrap()];
        let first = self.parts.partition_point(|(at, part)| at + part.len() as u64 <= range.start);
        for (at, part) in self.parts[first..].iter().take_while(|(at, _)| *at < range.end) {
            let (from, to) = (range.start.max(*at), range.end.min(at + part.len() as u64));
            let place = |position: u64, start: u64| usize::try_from(position - start).unwrap();
            out[place(from, range.start)..place(to, range.start)]
                .copy_from_slice(&part[place(from, *at)..place(to, *at)]);
        }
        Ok(out.into())
    }

    async fn list(&self, _: &str) -> Result<Vec<Object>, SourceError> {
        Ok(Vec::new())
    }
}

fn moov() -> Vec<u8> {
    let mut video = SourceTrack::new(1, *b"vide", 12_800, avc1((1280, 720), &[]));
    video.size = (1280 << 16, 720 << 16);
    let sound = SourceTrack::new(2, *b"soun", 48_000, mp4a(48_000, 0x1190));
    let movie = SourceMovie { timescale: 1000, tracks: vec![video, sound] };
    let pictures = SampleDefaults { duration: PICTURE_TICKS, flags: NON_SYNC, ..SampleDefaults::default() };
    let frames = SampleDefaults { duration: FRAME_TICKS, ..SampleDefaults::default() };
    with_mvex(&movie.moov(), &[(1, pictures), (2, frames)])
}

/// All but the media of a fragment, and the length of the whole.
fn fragment(number: u32, seconds: u32, picture_bytes: u32) -> (Vec<u8>, u64) {
    let start = u64::from(number) * u64::from(seconds);
    let frames_before = |second: u64| second * 48_000 / u64::from(FRAME_TICKS);
    let frames = frames_before(start + u64::from(seconds)) - frames_before(start);
    let noise = |i: u32| (number * 7919 + i * 104_729) % 251;
    let pictures: Vec<_> = (0..seconds * PICTURES_A_SECOND).map(|i| picture_bytes + noise(i)).collect();
    let sound: Vec<_> = (0..u32::try_from(frames).unwrap()).map(|i| 280 + noise(i)).collect();
    let sum = |sizes: &[u32]| sizes.iter().map(|&size| u64::from(size)).sum::<u64>();
    let whole = |header: u64| {
        let place = |media: u64| i32::try_from(header + 8 + media).unwrap();
        let traf = |track, time, run: Trun| {
            let tfhd = Tfhd { track, is_base_moof: true, ..Tfhd::default() };
            boxed(*b"traf", &[tfhd.bytes(), tfdt(1, time), run.bytes()].concat())
        };
        let rows = |sizes: &[u32]| sizes.iter().map(|&size| vec![size]).collect();
        let run = |media, sizes: &[u32], first_flags| Trun {
            version: 1,
            row_flags: 0x200,
            data_offset: Some(place(media)),
            first_flags,
            rows: rows(sizes),
        };
        let video = traf(1, start * 12_800, run(0, &pictures, Some(0)));
        let audio = traf(2, frames_before(start) * u64::from(FRAME_TICKS), run(sum(&pictures), &sound, None));
        moof(number + 1, &[video, audio])
    };
    let mut bytes = whole(whole(0).len() as u64);
    let media = sum(&pictures) + sum(&sound);
    bytes.extend(u32::try_from(media + 8).unwrap().to_be_bytes());
    bytes.extend(b"mdat");
    let len = bytes.len() as u64 + media;
    (bytes, len)
}
