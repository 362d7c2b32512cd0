//! The boxes that say what a track is (ISO/IEC 14496-12 §8.3 to §8.6): the same in front of fragments and of a
//! progressive file, but for durations, edits and the tables of samples.

use crate::Timescale;
use crate::init::{InitKind, UNITY_MATRIX};
use crate::write::BoxWriter;

/// What the boxes of a track say beside its tables.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrackBox<'a> {
    /// `track_ID`.
    pub(crate) id: u32,
    pub(crate) kind: InitKind,
    /// Ticks per second of `mdhd`.
    pub(crate) timescale: Timescale,
    /// Of the presentation in the movie's ticks, of the media in the track's.
    pub(crate) durations: (u64, u64),
    pub(crate) edits: &'a [EditBox],
    /// The whole sample entry.
    pub(crate) entry: &'a [u8],
    /// ISO 639-2/T letters.
    pub(crate) language: [u8; 3],
    /// BCP 47 tag.
    pub(crate) language_tag: Option<&'a str>,
}

/// One edit at rate 1 (§8.6.6).
#[derive(Debug, Clone, Copy)]
pub(crate) struct EditBox {
    /// In the movie's ticks; 0: to the end.
    pub(crate) duration: u64,
    /// In the track's ticks; `None`: nothing is shown.
    pub(crate) media_time: Option<u64>,
}

/// `mvhd` (§8.2.2); the duration in ticks of `timescale`.
pub(crate) fn write_mvhd(w: &mut BoxWriter, timescale: Timescale, duration: u64, next_track: u32) {
    let length = Length::of(duration);
    w.open_full(b"mvhd", length.version, 0, |w| {
        length.zeros(w, 2);
        w.u32(timescale.get());
        length.write(w, duration);
        w.u32(0x1_0000);
        w.u16(0x100);
        w.zeros(10);
        write_matrix(w, UNITY_MATRIX);
        w.zeros(24);
        w.u32(next_track);
    });
}

/// `trak`; `fill` writes the tables behind `stsd`.
pub(crate) fn write_trak(w: &mut BoxWriter, track: &TrackBox<'_>, fill: impl FnOnce(&mut BoxWriter)) {
    w.open(b"trak", |w| {
        write_tkhd(w, track);
        write_edits(w, track.edits);
        w.open(b"mdia", |w| {
            write_mdhd(w, track);
            write_hdlr(w, track.kind);
            write_minf(w, track, fill);
        });
    });
}

/// Durations of 32 bits where they suffice: version 0, which all readers take.
#[derive(Clone, Copy)]
struct Length {
    version: u8,
}

impl Length {
    fn of(duration: u64) -> Self {
        Self { version: u8::from(u32::try_from(duration).is_err()) }
    }

    fn write(self, w: &mut BoxWriter, value: u64) {
        match u32::try_from(value) {
            Ok(short) if self.version == 0 => w.u32(short),
            _ => w.u64(value),
        }
    }

    fn zeros(self, w: &mut BoxWriter, fields: usize) {
        w.zeros(fields * if self.version == 0 { 4 } else { 8 });
    }
}

/// `tkhd` (§8.3.2); enabled, in the movie and in its preview (23000-19 §7.5.4).
fn write_tkhd(w: &mut BoxWriter, track: &TrackBox<'_>) {
    let ((width, height), matrix, volume) = match track.kind {
        InitKind::Video { size, matrix } => (size, matrix, 0),
        InitKind::Audio => ((0, 0), UNITY_MATRIX, 0x100),
        InitKind::Text | InitKind::Subtitle => ((0, 0), UNITY_MATRIX, 0),
    };
    let length = Length::of(track.durations.0);
    w.open_full(b"tkhd", length.version, 7, |w| {
        length.zeros(w, 2);
        w.u32(track.id);
        w.zeros(4);
        length.write(w, track.durations.0);
        w.zeros(8 + 4);
        w.u16(volume);
        w.zeros(2);
        write_matrix(w, matrix);
        w.u32(u32::from(width) << 16);
        w.u32(u32::from(height) << 16);
    });
}

/// `edts` (§8.6.5). In front of fragments it has one edit of duration 0: the only form that browsers must honour
/// (W3C "ISO BMFF Byte Stream Format" §3) and the one of 23000-19 §7.5.13.
fn write_edits(w: &mut BoxWriter, edits: &[EditBox]) {
    const NOTHING: u64 = u64::MAX;
    if edits.is_empty() {
        return;
    }
    w.open(b"edts", |w| {
        w.open_full(b"elst", 1, 0, |w| {
            w.u32(u32::try_from(edits.len()).unwrap_or(u32::MAX));
            for edit in edits {
                w.u64(edit.duration);
                w.u64(edit.media_time.unwrap_or(NOTHING));
                w.u32(0x1_0000);
            }
        });
    });
}

fn write_mdhd(w: &mut BoxWriter, track: &TrackBox<'_>) {
    let length = Length::of(track.durations.1);
    w.open_full(b"mdhd", length.version, 0, |w| {
        length.zeros(w, 2);
        w.u32(track.timescale.get());
        length.write(w, track.durations.1);
        w.u16(packed_language(track.language));
        w.u16(0);
    });
    if let Some(tag) = track.language_tag {
        w.open_full(b"elng", 0, 0, |w| {
            w.raw(tag.as_bytes());
            w.u8(0);
        });
    }
}

fn write_hdlr(w: &mut BoxWriter, kind: InitKind) {
    let (handler, name) = match kind {
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
}

fn write_minf(w: &mut BoxWriter, track: &TrackBox<'_>, fill: impl FnOnce(&mut BoxWriter)) {
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
        w.open(b"stbl", |w| {
            w.open_full(b"stsd", 0, 0, |w| {
                w.u32(1);
                w.raw(track.entry);
            });
            fill(w);
        });
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

    /// Oracle: `eng` is 0x15c7 in every file of the field; ffmpeg's `und` is 0x55c4.
    #[test]
    fn languages() {
        assert_eq!(packed_language(*b"eng"), 0x15c7);
        assert_eq!(packed_language(*b"und"), 0x55c4);
        assert_eq!(packed_language([0, 1, 2]), 0x55c4);
    }
}
