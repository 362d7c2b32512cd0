//! Films of any length that need no disk: tables as a muxer writes them, media that follows from its place.
//!
//! Pictures: 25 a second, groups of 2 s, B-frames, about 3 Mbit/s. Sound: AAC, 128 kbit/s. After each picture
//! comes the sound that goes with it, as most muxers interleave. Sizes are noise, so that nothing about
//! them compresses better than in real films.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::ops::Range;

use bytes::Bytes;
use isobmff::testing::{
    UND, avc1, boxed, co64, ctts, dinf, hdlr, mdhd, mp4a, mvhd, stsc, stsd, stss, stsz, stts, tkhd,
};
use origin::Source;
use origin::source::{Object, SourceError};

const PICTURES_A_SECOND: u32 = 25;
const GROUP: u32 = 50;
const PICTURE_TICKS: u32 = 512;
const FRAME_TICKS: u32 = 1024;
const FTYP: &[u8] = b"\0\0\0\x10ftypisom\0\0\0\0";
const MDAT_HEADER: u64 = 16;

/// A film as a source with one object.
#[derive(Debug, Clone)]
pub struct Film {
    /// Its name.
    pub key: String,
    /// Length of `moov`.
    pub moov_bytes: u64,
    bytes: u64,
    moov_at: u64,
    moov: Bytes,
    media: Range<u64>,
}

/// Where `moov` stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoovPlace {
    /// Before the media.
    Front,
    /// Behind it.
    End,
}

struct Tables {
    pictures: Vec<u32>,
    frames: Vec<u32>,
    /// Sound frames behind each picture.
    frames_in_chunk: Vec<u32>,
}

impl Film {
    /// A film of so many seconds.
    pub fn new(seconds: u32, place: MoovPlace) -> Self {
        Self::with_rate(seconds, place, 1)
    }

    /// A film whose pictures have so many times the usual size.
    pub fn with_rate(seconds: u32, place: MoovPlace, factor: u32) -> Self {
        let tables = Tables::new(seconds, factor);
        let media_bytes =
            tables.pictures.iter().chain(&tables.frames).map(|&size| u64::from(size)).sum::<u64>();
        let moov_bytes = tables.moov(0).len() as u64;
        let ftyp = FTYP.len() as u64;
        let (moov_at, media_at) = match place {
            MoovPlace::Front => (ftyp, ftyp + moov_bytes + MDAT_HEADER),
            MoovPlace::End => (ftyp + MDAT_HEADER + media_bytes, ftyp + MDAT_HEADER),
        };
        Self {
            key: "film.mp4".to_owned(),
            moov_bytes,
            bytes: ftyp + moov_bytes + MDAT_HEADER + media_bytes,
            moov_at,
            moov: tables.moov(media_at).into(),
            media: media_at..media_at + media_bytes,
        }
    }

    fn byte(&self, at: u64) -> u8 {
        let mdat = [
            &1u32.to_be_bytes()[..],
            b"mdat",
            &(self.media.end - self.media.start + MDAT_HEADER).to_be_bytes(),
        ];
        let within = |start: u64, bytes: &[u8]| {
            usize::try_from(at.checked_sub(start)?).ok().and_then(|index| bytes.get(index).copied())
        };
        within(0, FTYP)
            .or_else(|| within(self.moov_at, &self.moov))
            .or_else(|| within(self.media.start - MDAT_HEADER, &mdat.concat()))
            .unwrap_or_else(|| media_byte(at))
    }
}

/// What stands at a place of the media.
pub fn media_byte(at: u64) -> u8 {
    let mixed = at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed.to_be_bytes().first().copied().unwrap_or(0)
}

impl Source for Film {
    async fn head(&self, key: &str) -> Result<Object, SourceError> {
        let etag = "\"d41d8cd98f00b204e9800998ecf8427e\"".to_owned();
        (key == self.key)
            .then(|| Object { key: key.to_owned(), bytes: self.bytes, etag, revision: None })
            .ok_or(SourceError::NotFound)
    }

    async fn read(&self, _: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        let is_media = self.media.start <= range.start && range.end <= self.media.end;
        if is_media {
            return Ok(range.map(media_byte).collect());
        }
        let moov = self.moov_at..self.moov_at + self.moov.len() as u64;
        if moov.start <= range.start && range.end <= moov.end {
            let at = |position: u64| usize::try_from(position - moov.start).unwrap();
            return Ok(self.moov.slice(at(range.start)..at(range.end)));
        }
        Ok(range.map(|at| self.byte(at)).collect())
    }

    async fn list(&self, _: &str) -> Result<Vec<Object>, SourceError> {
        Ok(Vec::new())
    }
}

impl Tables {
    fn new(seconds: u32, factor: u32) -> Self {
        let mut noise = 0x1234_5678_9abc_def1u64;
        let mut between = |least: u32, most: u32| {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            least + u32::try_from(noise % u64::from(most - least)).unwrap()
        };
        let count = seconds * PICTURES_A_SECOND;
        let pictures = (0..count).map(|i| match (i % GROUP, i % 4) {
            (0, _) => between(60_000, 110_000),
            (_, 1) => between(10_000, 40_000),
            _ => between(2_000, 12_000),
        });
        let pictures: Vec<_> = pictures.map(|size: u32| size * factor).collect();
        let end = |picture: u32| {
            u64::from(picture + 1) * 48_000 / u64::from(PICTURES_A_SECOND) / u64::from(FRAME_TICKS)
        };
        let mut done = 0;
        let frames_in_chunk: Vec<_> = (0..count)
            .map(|picture| {
                let frames = u32::try_from(end(picture) - done).unwrap();
                done = end(picture);
                frames
            })
            .collect();
        let frames = frames_in_chunk.iter().sum::<u32>();
        Self { pictures, frames: (0..frames).map(|_| between(280, 400)).collect(), frames_in_chunk }
    }

    /// `moov` for media that begins at this byte.
    fn moov(&self, media_at: u64) -> Vec<u8> {
        let mut at = media_at;
        let mut frames = self.frames.iter();
        let (mut picture_offsets, mut frame_offsets) = (Vec::new(), Vec::new());
        for (&picture, &count) in self.pictures.iter().zip(&self.frames_in_chunk) {
            picture_offsets.push(at);
            at += u64::from(picture);
            if count > 0 {
                frame_offsets.push(at);
                at += frames.by_ref().take(count as usize).map(|&size| u64::from(size)).sum::<u64>();
            }
        }
        let pictures = u32::try_from(self.pictures.len()).unwrap();
        let composition = (0..pictures).map(|i| match (i % GROUP, i % 4) {
            (48.., _) | (_, 0) => (1, 512),
            (_, 1) => (1, 1536),
            _ => (1, 0),
        });
        let sync: Vec<_> = (1..=pictures).step_by(GROUP as usize).collect();
        let video = [
            stsd(&[avc1((1280, 720), &[])]),
            stts(&[[pictures, PICTURE_TICKS]]),
            ctts(0, &composition.collect::<Vec<_>>()),
            stss(&sync),
            stsc(&[[1, 1, 1]]),
            stsz(&self.pictures),
            co64(&picture_offsets),
        ];
        let chunks = (1..).zip(self.frames_in_chunk.iter().filter(|&&count| count > 0));
        let sound = [
            stsd(&[mp4a(48_000, 0x1190)]),
            stts(&[[u32::try_from(self.frames.len()).unwrap(), FRAME_TICKS]]),
            stsc(&chunks.map(|(chunk, &count)| [chunk, count, 1]).collect::<Vec<_>>()),
            stsz(&self.frames),
            co64(&frame_offsets),
        ];
        let video = trak(1, *b"vide", 12_800, &video.concat());
        let sound = trak(2, *b"soun", 48_000, &sound.concat());
        boxed(*b"moov", &[mvhd(0, 1000), video, sound].concat())
    }
}

fn trak(id: u32, handler: [u8; 4], timescale: u32, stbl: &[u8]) -> Vec<u8> {
    const UNITY: [i32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
    let size = if handler == *b"vide" { (1280 << 16, 720 << 16) } else { (0, 0) };
    let minf = boxed(*b"minf", &[dinf(), boxed(*b"stbl", stbl)].concat());
    let mdia = boxed(*b"mdia", &[mdhd(0, timescale, 0, UND), hdlr(handler, b""), minf].concat());
    boxed(*b"trak", &[tkhd(0, id, UNITY, size), mdia].concat())
}
