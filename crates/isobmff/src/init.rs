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

use crate::trak::{EditBox, TrackBox, write_mvhd, write_trak};
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
    // To the end, at rate 1.
    let edit = EditBox { duration: 0, media_time: Some(track.media_time.into()) };
    let said = TrackBox {
        id: TRACK_ID,
        kind: track.kind,
        timescale: track.timescale,
        // 0, as the samples lie in fragments (23000-19 §7.5.1).
        durations: (0, 0),
        edits: if track.media_time == 0 { &[] } else { &[edit] },
        entry: track.entry,
        language: track.language,
        language_tag: track.language_tag,
    };
    write_ftyp(&mut w, track.brands);
    w.open(b"moov", |w| {
        write_mvhd(w, track.timescale, 0, TRACK_ID + 1);
        write_trak(w, &said, write_empty_tables);
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

/// The tables of a track whose samples lie in fragments (23000-19 §7.5.12).
fn write_empty_tables(w: &mut BoxWriter) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Boxes;

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
