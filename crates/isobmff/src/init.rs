//! Init segments: the CMAF header of one track (ISO/IEC 23000-19 §7.3.1).
//!
//! ```text
//! ftyp
//! moov
//!   mvhd
//!   trak: tkhd, [edts: elst], mdia: mdhd, [elng], hdlr,
//!         minf: vmhd|smhd, dinf: dref: url, stbl: stsd, stts, stsc, stsz, stco
//!   mvex: trex
//! ```

use crate::write::BoxWriter;
use crate::{FourCc, Timescale, TrackDefaults};

/// The number of the only track of every init segment.
pub const TRACK_ID: u32 = 1;
/// The unity matrix (ISO/IEC 14496-12 §8.3.2.1).
pub const UNITY_MATRIX: [i32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// What the track holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitKind {
    /// Pictures.
    Video {
        /// Presentation size in pixels, before the matrix is applied.
        size: (u16, u16),
        /// `tkhd.matrix`.
        matrix: [i32; 9],
    },
    /// Sound.
    Audio,
    /// Captions as WebVTT: handler `text`, null media header (ISO/IEC 14496-30 §7.3).
    Text,
    /// Captions as TTML: handler `subt`, subtitle media header (ISO/IEC 14496-30 §5.3).
    Subtitle,
}

/// All that an init segment says.
#[derive(Debug, Clone, Copy)]
pub struct InitTrack<'a> {
    /// What it holds.
    pub kind: InitKind,
    /// Ticks per second of `mdhd`, `tfdt` and `trun`.
    pub timescale: Timescale,
    /// Composition time that is presented at 0, in ticks: priming or reorder delay.
    pub media_time: u32,
    /// The whole sample entry.
    pub entry: &'a [u8],
    /// ISO 639-2/T letters, `und` if unknown.
    pub language: [u8; 3],
    /// BCP 47 tag, if it says more than `language` does.
    pub language_tag: Option<&'a str>,
    /// Written to `trex`.
    pub defaults: TrackDefaults,
    /// Compatible brands beside `iso6`, in order.
    pub brands: &'a [FourCc],
}

/// Writes the init segment.
pub fn write_init(track: &InitTrack<'_>) -> Vec<u8> {
    let mut w = BoxWriter::default();
    write_ftyp(&mut w, track.brands);
    w.open(b"moov", |w| {
        write_mvhd(w, track.timescale);
        w.open(b"trak", |w| {
            write_tkhd(w, track.kind);
            write_edits(w, track.media_time);
            w.open(b"mdia", |w| write_mdia(w, track));
        });
        w.open(b"mvex", |w| write_trex(w, track.defaults));
    });
    w.into_bytes()
}

/// `ftyp` (ISO/IEC 14496-12 §4.3). The first brand is the major one with minor version 0 (23000-19 §7.2).
fn write_ftyp(w: &mut BoxWriter, brands: &[FourCc]) {
    const ISO6: FourCc = FourCc(*b"iso6");
    w.open(b"ftyp", |w| {
        w.fourcc(brands.first().copied().unwrap_or(ISO6));
        w.u32(0);
        w.fourcc(ISO6);
        for &brand in brands {
            w.fourcc(brand);
        }
    });
}

/// `mvhd` (§8.2.2); duration 0 as the samples lie in fragments (23000-19 §7.5.1).
fn write_mvhd(w: &mut BoxWriter, timescale: Timescale) {
    w.open_full(b"mvhd", 0, 0, |w| {
        w.zeros(8);
        w.u32(timescale.get());
        w.u32(0);
        w.u32(0x1_0000);
        w.u16(0x100);
        w.zeros(10);
        write_matrix(w, UNITY_MATRIX);
        w.zeros(24);
        w.u32(TRACK_ID + 1);
    });
}

/// `tkhd` (§8.3.2); enabled, in the movie and in its preview (23000-19 §7.5.4).
fn write_tkhd(w: &mut BoxWriter, kind: InitKind) {
    let ((width, height), matrix, volume) = match kind {
        InitKind::Video { size, matrix } => (size, matrix, 0),
        InitKind::Audio => ((0, 0), UNITY_MATRIX, 0x100),
        InitKind::Text | InitKind::Subtitle => ((0, 0), UNITY_MATRIX, 0),
    };
    w.open_full(b"tkhd", 0, 7, |w| {
        w.zeros(8);
        w.u32(TRACK_ID);
        w.zeros(4 + 4 + 8 + 4);
        w.u16(volume);
        w.zeros(2);
        write_matrix(w, matrix);
        w.u32(u32::from(width) << 16);
        w.u32(u32::from(height) << 16);
    });
}

/// One edit of duration 0, that is, to the end, at rate 1: the only form that browsers must honour
/// (W3C "ISO BMFF Byte Stream Format" §3) and the one of 23000-19 §7.5.13.
fn write_edits(w: &mut BoxWriter, media_time: u32) {
    if media_time == 0 {
        return;
    }
    w.open(b"edts", |w| {
        w.open_full(b"elst", 1, 0, |w| {
            w.u32(1);
            w.u64(0);
            w.u64(media_time.into());
            w.u32(0x1_0000);
        });
    });
}

fn write_mdia(w: &mut BoxWriter, track: &InitTrack<'_>) {
    w.open_full(b"mdhd", 0, 0, |w| {
        w.zeros(8);
        w.u32(track.timescale.get());
        w.u32(0);
        w.u16(packed_language(track.language));
        w.u16(0);
    });
    if let Some(tag) = track.language_tag {
        w.open_full(b"elng", 0, 0, |w| {
            w.raw(tag.as_bytes());
            w.u8(0);
        });
    }
    let (handler, name) = match track.kind {
        InitKind::Video { .. } => (b"vide", "VideoHandler"),
        InitKind::Audio => (b"soun", "SoundHandler"),
        InitKind::Text => (b"text", "TextHandler"),
        InitKind::Subtitle => (b"subt", "SubtitleHandler"),
    };
    w.open_full(b"hdlr", 0, 0, |w| {
        w.zeros(4);
        w.raw(handler);
        w.zeros(12);
        w.raw(name.as_bytes());
        w.u8(0);
    });
    w.open(b"minf", |w| {
        match track.kind {
            InitKind::Video { .. } => w.open_full(b"vmhd", 0, 1, |w| w.zeros(8)),
            InitKind::Audio => w.open_full(b"smhd", 0, 0, |w| w.zeros(4)),
            InitKind::Text => w.open_full(b"nmhd", 0, 0, |_| {}),
            InitKind::Subtitle => w.open_full(b"sthd", 0, 0, |_| {}),
        }
        w.open(b"dinf", |w| {
            w.open_full(b"dref", 0, 0, |w| {
                w.u32(1);
                w.open_full(b"url ", 0, 1, |_| {});
            });
        });
        w.open(b"stbl", |w| write_empty_tables(w, track.entry));
    });
}

/// The tables of a track whose samples lie in fragments (23000-19 §7.5.12).
fn write_empty_tables(w: &mut BoxWriter, entry: &[u8]) {
    w.open_full(b"stsd", 0, 0, |w| {
        w.u32(1);
        w.raw(entry);
    });
    w.open_full(b"stts", 0, 0, |w| w.u32(0));
    w.open_full(b"stsc", 0, 0, |w| w.u32(0));
    w.open_full(b"stsz", 0, 0, |w| w.zeros(8));
    w.open_full(b"stco", 0, 0, |w| w.u32(0));
}

/// `trex` (§8.8.3).
fn write_trex(w: &mut BoxWriter, defaults: TrackDefaults) {
    w.open_full(b"trex", 0, 0, |w| {
        w.u32(TRACK_ID);
        w.u32(1);
        w.u32(defaults.duration);
        w.u32(0);
        w.u32(defaults.flags);
    });
}

fn write_matrix(w: &mut BoxWriter, matrix: [i32; 9]) {
    for cell in matrix {
        w.u32(cell.cast_unsigned());
    }
}

/// Three letters of five bits each (§8.4.2.3); `und` if one is no lower-case letter.
fn packed_language(letters: [u8; 3]) -> u16 {
    let letters = if letters.iter().all(u8::is_ascii_lowercase) { letters } else { *b"und" };
    letters.iter().fold(0, |packed, letter| packed << 5 | u16::from(letter & 31))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Boxes;

    /// Oracle: `eng` is 0x15c7 in every file of the field; ffmpeg's `und` is 0x55c4.
    #[test]
    fn languages() {
        assert_eq!(packed_language(*b"eng"), 0x15c7);
        assert_eq!(packed_language(*b"und"), 0x55c4);
        assert_eq!(packed_language([0, 1, 2]), 0x55c4);
    }

    #[test]
    fn an_edit_only_where_there_is_a_delay() {
        const BRANDS: &[FourCc] = &[FourCc(*b"cmfc")];
        let track = |media_time| InitTrack {
            kind: InitKind::Audio,
            timescale: Timescale::new(48_000).unwrap(),
            media_time,
            entry: &[0, 0, 0, 8, b'm', b'p', b'4', b'a'],
            language: *b"und",
            language_tag: None,
            defaults: TrackDefaults { duration: 1024, flags: 0 },
            brands: BRANDS,
        };
        let has_edit = |bytes: &[u8]| bytes.windows(4).any(|name| name == b"elst");
        assert!(!has_edit(&write_init(&track(0))));
        let bytes = write_init(&track(1024));
        assert!(has_edit(&bytes));
        let kinds: Vec<_> =
            Boxes::new(FourCc(*b"file"), &bytes, 0).map(|b| b.unwrap().kind.to_string()).collect();
        assert_eq!(kinds, ["ftyp", "moov"]);
    }
}
