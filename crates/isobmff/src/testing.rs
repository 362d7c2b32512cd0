//! Movies laid out by hand, for the tests of this crate and of those above it.
//!
//! One function writes one box, in the order of the standard's syntax table. [`SourceMovie`] puts them
//! together: every sample is a chunk and a run of its own, so that nothing is left to the writer's choice.

pub mod fragments;

use bytes::Bytes;

use crate::write::BoxWriter;
use crate::{Edit, UNITY_MATRIX};

/// One sample of a [`SourceTrack`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceSample {
    /// `stts`: ticks to the next sample's decoding time.
    pub duration: u32,
    /// `ctts`: composition minus decoding time.
    pub offset: i32,
    /// `stsz`: bytes.
    pub size: u32,
    /// Whether `stss` lists it.
    pub is_sync: bool,
    /// `stsc`: number of the sample entry, from 1.
    pub description: u32,
}

impl SourceSample {
    /// A sync sample without composition offset, described by the first entry.
    pub const fn sync(duration: u32, size: u32) -> Self {
        Self { duration, offset: 0, size, is_sync: true, description: 1 }
    }
}

/// One track of a [`SourceMovie`].
#[derive(Debug, Clone)]
pub struct SourceTrack {
    /// `tkhd.track_ID`.
    pub id: u32,
    /// `hdlr.handler_type`.
    pub handler: [u8; 4],
    /// `mdhd.timescale`.
    pub timescale: u32,
    /// `mdhd.language`, packed.
    pub language: u16,
    /// `tkhd.matrix`.
    pub matrix: [i32; 9],
    /// `tkhd.width` and `height` in 1/65536 pixels.
    pub size: (u32, u32),
    /// Whole sample entries.
    pub entries: Vec<Vec<u8>>,
    /// `elst`; no `edts` if empty.
    pub edits: Vec<Edit>,
    /// In decoding order; their bytes lie one after the other from [`Self::first_byte`] on.
    pub samples: Vec<SourceSample>,
}

impl SourceTrack {
    /// A track in an undetermined language, upright, without edits.
    pub fn new(id: u32, handler: [u8; 4], timescale: u32, entry: Vec<u8>) -> Self {
        Self {
            id,
            handler,
            timescale,
            language: UND,
            matrix: UNITY_MATRIX,
            size: (0, 0),
            entries: vec![entry],
            edits: Vec::new(),
            samples: Vec::new(),
        }
    }

    /// The same with these edits: duration in ticks of the movie, media time.
    #[must_use]
    pub fn with_edits(mut self, edits: &[(u64, Option<u64>)]) -> Self {
        let edit = |&(duration, media_time): &(u64, Option<u64>)| Edit {
            duration,
            media_time,
            rate: Edit::RATE_ONE,
        };
        self.edits = edits.iter().map(edit).collect();
        self
    }

    /// The same with these samples.
    #[must_use]
    pub fn with_samples(mut self, samples: impl IntoIterator<Item = SourceSample>) -> Self {
        self.samples = samples.into_iter().collect();
        self
    }

    /// Where the first sample lies: tracks are 16 MiB apart.
    pub fn first_byte(&self) -> u64 {
        u64::from(self.id) << 24
    }

    /// The first byte behind the last sample.
    pub fn end_byte(&self) -> u64 {
        self.first_byte() + self.samples.iter().map(|s| u64::from(s.size)).sum::<u64>()
    }

    fn trak(&self) -> Vec<u8> {
        let minf = boxed(*b"minf", &[dinf(), self.stbl()].concat());
        let mdia = [mdhd(0, self.timescale, 0, self.language), hdlr(self.handler, b"\0"), minf].concat();
        let edts = if self.edits.is_empty() { Vec::new() } else { boxed(*b"edts", &elst(&self.edits)) };
        let tkhd = tkhd(0, self.id, self.matrix, self.size);
        boxed(*b"trak", &[tkhd, edts, boxed(*b"mdia", &mdia)].concat())
    }

    fn stbl(&self) -> Vec<u8> {
        let each = || self.samples.iter();
        let numbers = || 1u32..;
        let offsets = each().scan(self.first_byte(), |at, sample| {
            let here = *at;
            *at += u64::from(sample.size);
            Some(here)
        });
        let sync: Vec<u32> = numbers().zip(each()).filter(|(_, s)| s.is_sync).map(|(n, _)| n).collect();
        let runs: Vec<_> = numbers().zip(each()).map(|(n, s)| [n, 1, s.description]).collect();
        let mut tables = vec![
            stsd(&self.entries),
            stts(&each().map(|s| [1, s.duration]).collect::<Vec<_>>()),
            stsc(&runs),
            stsz(&each().map(|s| s.size).collect::<Vec<_>>()),
            co64(&offsets.collect::<Vec<_>>()),
        ];
        if each().any(|s| s.offset != 0) {
            tables.push(ctts(1, &each().map(|s| (1, s.offset)).collect::<Vec<_>>()));
        }
        if sync.len() < self.samples.len() {
            tables.push(stss(&sync));
        }
        boxed(*b"stbl", &tables.concat())
    }
}

/// A whole movie.
#[derive(Debug, Clone)]
pub struct SourceMovie {
    /// `mvhd.timescale`.
    pub timescale: u32,
    /// In file order.
    pub tracks: Vec<SourceTrack>,
}

impl SourceMovie {
    /// The `moov` box.
    pub fn moov(&self) -> Bytes {
        let traks = self.tracks.iter().flat_map(SourceTrack::trak);
        let body = mvhd(0, self.timescale).into_iter().chain(traks).collect::<Vec<_>>();
        boxed(*b"moov", &body).into()
    }

    /// Length of a file that ends with the last sample.
    pub fn file_bytes(&self) -> u64 {
        self.tracks.iter().map(SourceTrack::end_byte).max().unwrap_or(0)
    }
}

/// `und` as `mdhd` packs it.
pub const UND: u16 = 0x55c4;
/// `eng` as `mdhd` packs it.
pub const ENG: u16 = 0x15c7;

/// A box with this body.
pub fn boxed(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    written(|w| w.open(&kind, |w| w.raw(body)))
}

fn written(fill: impl FnOnce(&mut BoxWriter)) -> Vec<u8> {
    let mut w = BoxWriter::default();
    fill(&mut w);
    w.into_bytes()
}

fn table<T: Copy>(kind: [u8; 4], version: u8, rows: &[T], mut row: impl FnMut(&mut BoxWriter, T)) -> Vec<u8> {
    written(|w| {
        w.open_full(&kind, version, 0, |w| {
            w.u32(u32::try_from(rows.len()).unwrap_or(u32::MAX));
            for &value in rows {
                row(w, value);
            }
        });
    })
}

/// A time, a duration, or a number that version 1 of a box makes 64 bits wide.
fn wide(w: &mut BoxWriter, version: u8, value: u64) {
    match version {
        1 => w.u64(value),
        _ => w.u32(u32::try_from(value).unwrap_or(u32::MAX)),
    }
}

fn write_matrix(w: &mut BoxWriter, matrix: [i32; 9]) {
    for cell in matrix {
        w.u32(cell.cast_unsigned());
    }
}

/// `mvhd` (ISO/IEC 14496-12 §8.2.2).
pub fn mvhd(version: u8, timescale: u32) -> Vec<u8> {
    written(|w| {
        w.open_full(b"mvhd", version, 0, |w| {
            wide(w, version, 0x0101);
            wide(w, version, 0x0202);
            w.u32(timescale);
            wide(w, version, 0);
            w.u32(0x1_0000);
            w.u16(0x100);
            w.zeros(10);
            write_matrix(w, UNITY_MATRIX);
            w.zeros(24);
            w.u32(u32::MAX);
        });
    })
}

/// `tkhd` (§8.3.2).
pub fn tkhd(version: u8, id: u32, matrix: [i32; 9], (width, height): (u32, u32)) -> Vec<u8> {
    written(|w| {
        w.open_full(b"tkhd", version, 7, |w| {
            wide(w, version, 0x0101);
            wide(w, version, 0x0202);
            w.u32(id);
            w.zeros(4);
            wide(w, version, 0x0303);
            w.zeros(8 + 2 + 2 + 2 + 2);
            write_matrix(w, matrix);
            w.u32(width);
            w.u32(height);
        });
    })
}

/// `mdhd` (§8.4.2) with a language that is packed already.
pub fn mdhd(version: u8, timescale: u32, duration: u64, language: u16) -> Vec<u8> {
    written(|w| {
        w.open_full(b"mdhd", version, 0, |w| {
            wide(w, version, 0x0101);
            wide(w, version, 0x0202);
            w.u32(timescale);
            wide(w, version, duration);
            w.u16(language);
            w.u16(0);
        });
    })
}

/// `hdlr` (§8.4.3).
pub fn hdlr(handler: [u8; 4], name: &[u8]) -> Vec<u8> {
    written(|w| {
        w.open_full(b"hdlr", 0, 0, |w| {
            w.zeros(4);
            w.raw(&handler);
            w.zeros(12);
            w.raw(name);
        });
    })
}

/// `dinf` whose one reference says that the media lies in the same file (§8.7.2).
pub fn dinf() -> Vec<u8> {
    boxed(*b"dinf", &dref(&[0, 0, 0, 12, b'u', b'r', b'l', b' ', 0, 0, 0, 1]))
}

/// `dref` with one entry.
pub fn dref(entry: &[u8]) -> Vec<u8> {
    written(|w| {
        w.open_full(b"dref", 0, 0, |w| {
            w.u32(1);
            w.raw(entry);
        });
    })
}

/// `elst` (§8.6.6), version 1.
pub fn elst(edits: &[Edit]) -> Vec<u8> {
    table(*b"elst", 1, edits, |w, edit| {
        w.u64(edit.duration);
        w.u64(edit.media_time.unwrap_or(u64::MAX));
        w.u32(edit.rate.cast_unsigned());
    })
}

/// `stsd` (§8.5.2).
pub fn stsd(entries: &[Vec<u8>]) -> Vec<u8> {
    written(|w| {
        w.open_full(b"stsd", 0, 0, |w| {
            w.u32(u32::try_from(entries.len()).unwrap_or(u32::MAX));
            for entry in entries {
                w.raw(entry);
            }
        });
    })
}

/// `stts` (§8.6.1.2): count, delta.
pub fn stts(runs: &[[u32; 2]]) -> Vec<u8> {
    table(*b"stts", 0, runs, |w, run| run.iter().for_each(|&field| w.u32(field)))
}

/// `ctts` (§8.6.1.3): count, offset.
pub fn ctts(version: u8, runs: &[(u32, i32)]) -> Vec<u8> {
    table(*b"ctts", version, runs, |w, (count, offset)| {
        w.u32(count);
        w.u32(offset.cast_unsigned());
    })
}

/// `stsc` (§8.7.4): first chunk, samples per chunk, sample description.
pub fn stsc(runs: &[[u32; 3]]) -> Vec<u8> {
    table(*b"stsc", 0, runs, |w, run| run.iter().for_each(|&field| w.u32(field)))
}

/// `stco` (§8.7.5).
pub fn stco(offsets: &[u32]) -> Vec<u8> {
    table(*b"stco", 0, offsets, BoxWriter::u32)
}

/// `co64` (§8.7.5).
pub fn co64(offsets: &[u64]) -> Vec<u8> {
    table(*b"co64", 0, offsets, BoxWriter::u64)
}

/// `stsz` (§8.7.3.2) with a size for each sample.
pub fn stsz(sizes: &[u32]) -> Vec<u8> {
    written(|w| {
        w.open_full(b"stsz", 0, 0, |w| {
            w.u32(0);
            w.u32(u32::try_from(sizes.len()).unwrap_or(u32::MAX));
            for &size in sizes {
                w.u32(size);
            }
        });
    })
}

/// `stsz` (§8.7.3.2) of `count` samples of one size.
pub fn stsz_constant(size: u32, count: u32) -> Vec<u8> {
    written(|w| {
        w.open_full(b"stsz", 0, 0, |w| {
            w.u32(size);
            w.u32(count);
        });
    })
}

/// `stz2` (§8.7.3.3) with its table as bytes.
pub fn stz2(field_bits: u8, count: u32, packed: &[u8]) -> Vec<u8> {
    written(|w| {
        w.open_full(b"stz2", 0, 0, |w| {
            w.zeros(3);
            w.u8(field_bits);
            w.u32(count);
            w.raw(packed);
        });
    })
}

/// `stss` (§8.6.2).
pub fn stss(numbers: &[u32]) -> Vec<u8> {
    table(*b"stss", 0, numbers, BoxWriter::u32)
}

/// An `avc1` entry (ISO/IEC 14496-15 §5.4.2): High profile, level 3.0, no parameter sets, then `boxes`.
pub fn avc1(size: (u16, u16), boxes: &[u8]) -> Vec<u8> {
    avc1_of(size, &[1, 0x64, 0, 0x1e, 0xff, 0xe0, 0], boxes)
}

/// The same with a sequence parameter set of four bytes, `67 64 00 1e`, and a picture parameter set of two,
/// `68 ee`: enough for those who only carry them.
pub fn avc1_with_sets(size: (u16, u16)) -> Vec<u8> {
    avc1_of(size, &[1, 0x64, 0, 0x1e, 0xff, 0xe1, 0, 4, 0x67, 0x64, 0, 0x1e, 1, 0, 2, 0x68, 0xee], &[])
}

fn avc1_of((width, height): (u16, u16), avcc: &[u8], boxes: &[u8]) -> Vec<u8> {
    written(|w| {
        w.open(b"avc1", |w| {
            w.zeros(6);
            w.u16(1);
            w.zeros(16);
            w.u16(width);
            w.u16(height);
            w.zeros(50);
            w.open(b"avcC", |w| w.raw(avcc));
            w.raw(boxes);
        });
    })
}

/// An `mp4a` entry (ISO/IEC 14496-14 §6.7.2) with this `AudioSpecificConfig` of two bytes; for instance
/// 0x1190: Low Complexity, 48 kHz, stereo.
pub fn mp4a(rate: u16, config: u16) -> Vec<u8> {
    written(|w| {
        w.open(b"mp4a", |w| {
            audio_fields(w, rate);
            w.open_full(b"esds", 0, 0, |w| {
                w.raw(&[3, 22, 0, 0, 0]); // ES_Descriptor
                w.raw(&[4, 17, 0x40, 0x15]); // DecoderConfigDescriptor: MPEG-4 audio
                w.zeros(11);
                w.raw(&[5, 2]); // DecoderSpecificInfo
                w.u16(config);
            });
        });
    })
}

/// A stereo `Opus` entry.
pub fn opus(pre_skip: u16) -> Vec<u8> {
    written(|w| {
        w.open(b"Opus", |w| {
            audio_fields(w, 48_000);
            w.open(b"dOps", |w| {
                w.raw(&[0, 2]);
                w.u16(pre_skip);
                w.u32(48_000);
                w.zeros(3);
            });
        });
    })
}

/// `AudioSampleEntry` (ISO/IEC 14496-12 §12.2.3) of two channels.
fn audio_fields(w: &mut BoxWriter, rate: u16) {
    w.zeros(6);
    w.u16(1);
    w.zeros(8);
    w.u16(2);
    w.u16(16);
    w.zeros(4);
    w.u16(rate);
    w.u16(0);
}
