//! Movies laid out by hand from the syntax tables of ISO/IEC 14496-12.

use super::*;
use crate::UNITY_MATRIX;
use crate::testing::{
    ENG, SourceMovie, SourceSample, SourceTrack, UND, boxed, dinf, dref, elst, hdlr, mdhd, mp4a, mvhd, stco,
    stsc, stsd, stsz, stts, tkhd,
};

const AT: u64 = 4000;

fn parse(body: &[Vec<u8>]) -> Result<Movie, Error> {
    Movie::parse(&boxed(*b"moov", &body.concat()).into(), AT)
}

fn tables() -> Vec<u8> {
    let entry = mp4a(48_000, 0x1190);
    boxed(*b"stbl", &[stsd(&[entry]), stts(&[]), stsc(&[]), stsz(&[]), stco(&[])].concat())
}

/// The boxes of a sound track, each of which a test may replace.
struct Parts {
    tkhd: Vec<u8>,
    edts: Vec<u8>,
    mdhd: Vec<u8>,
    elng: Vec<u8>,
    hdlr: Vec<u8>,
    dinf: Vec<u8>,
    stbl: Vec<u8>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            tkhd: tkhd(0, 7, UNITY_MATRIX, (0, 0)),
            edts: Vec::new(),
            mdhd: mdhd(0, 48_000, 96_000, UND),
            elng: Vec::new(),
            hdlr: hdlr(*b"soun", b"\0"),
            dinf: dinf(),
            stbl: tables(),
        }
    }
}

impl Parts {
    fn trak(self) -> Vec<u8> {
        let minf = boxed(*b"minf", &[self.dinf, self.stbl].concat());
        let mdia = boxed(*b"mdia", &[self.mdhd, self.elng, self.hdlr, minf].concat());
        boxed(*b"trak", &[self.tkhd, self.edts, mdia].concat())
    }

    fn track(self) -> Result<Track, TrackFault> {
        parse(&[mvhd(0, 1000), self.trak()]).unwrap().tracks.remove(0)
    }

    fn error(self) -> Error {
        self.track().unwrap_err().error
    }
}

fn with_edits(body: &[u8]) -> Parts {
    Parts { edts: boxed(*b"edts", &boxed(*b"elst", body)), ..Parts::default() }
}

fn language(code: u16) -> Language {
    Parts { mdhd: mdhd(0, 48_000, 0, code), ..Parts::default() }.track().unwrap().language
}

fn reason(error: &Error) -> &'static str {
    match error {
        Error::Invalid { reason, .. } | Error::Unsupported { reason, .. } => reason,
        other => panic!("no reason: {other:?}"),
    }
}

#[test]
fn both_versions_of_the_headers() {
    const TURNED: [i32; 9] = [0, 0x1_0000, 0, -0x1_0000, 0, 0, 0x0280_0000, 0, 0x4000_0000];
    for version in [0, 1] {
        let parts = Parts {
            tkhd: tkhd(version, 0x0102_0304, TURNED, (0x0280_8000, 0x0168_0000)),
            mdhd: mdhd(version, 90_000, 1234, ENG),
            ..Parts::default()
        };
        let movie = parse(&[mvhd(version, 600), parts.trak()]).unwrap();
        assert_eq!((movie.timescale.get(), movie.is_fragmented), (600, false));
        assert_eq!(movie.creation_time, 0x0101);
        let track = movie.tracks[0].as_ref().unwrap();
        assert_eq!((track.id, track.handler), (0x0102_0304, FourCc(*b"soun")));
        assert_eq!((track.timescale.get(), track.duration), (90_000, 1234));
        assert_eq!((track.matrix, track.size), (TURNED, (0x0280_8000, 0x0168_0000)));
        assert_eq!(track.language, Language::Iso(*b"eng"));
        assert_eq!((track.entries.len(), track.edits.len(), track.table.len()), (1, 0, 0));
    }
}

/// `mvhd` is 108 bytes in version 0, so the track starts at 4000 + 8 + 108.
#[test]
fn offsets_count_from_the_start_of_the_file() {
    let track = Parts::default().track().unwrap();
    assert_eq!(track.offset, 4116);
}

#[test]
fn a_duration_of_all_ones_is_unknown() {
    let duration = |version, value| {
        Parts { mdhd: mdhd(version, 1, value, UND), ..Parts::default() }.track().unwrap().duration
    };
    assert_eq!(duration(0, 0xffff_ffff), 0);
    assert_eq!(duration(1, 0xffff_ffff), 0xffff_ffff);
    assert_eq!(duration(1, u64::MAX), 0);
}

/// §8.4.2.3: three letters of five bits, 1 for `a`. `deu` is 4, 5, 21: 0x1000 + 0xa0 + 0x15 = 0x10b5.
/// QuickTime: below 0x400 the number of a Macintosh language, 0x7fff unspecified.
#[test]
fn languages() {
    assert_eq!(language(0x10b5), Language::Iso(*b"deu"));
    assert_eq!(language(UND), Language::Iso(*b"und"));
    assert_eq!(language(0), Language::Macintosh(0));
    assert_eq!(language(11), Language::Macintosh(11));
    assert_eq!(language(0x3ff), Language::Macintosh(0x3ff));
    assert_eq!(language(0x400), Language::Iso(*b"a``"));
    assert_eq!(language(0x7fff), Language::Macintosh(0x7fff));
}

/// §8.4.6: a full box with a tag that ends in zero; some leave out version and flags, or the zero.
#[test]
fn an_extended_language_wins() {
    let tagged = |body: &[u8]| {
        Parts { elng: boxed(*b"elng", body), mdhd: mdhd(0, 1, 0, ENG), ..Parts::default() }
            .track()
            .unwrap()
            .language
    };
    let brazil = Language::Tag("pt-BR".to_owned());
    assert_eq!(tagged(b"\0\0\0\0pt-BR\0"), brazil);
    assert_eq!(tagged(b"pt-BR\0"), brazil);
    assert_eq!(tagged(b"\0\0\0\0pt-BR"), brazil);
    for nonsense in [&b""[..], b"\0\0\0\0\0", b"\0\0\0\0en\"US\0", b"\0\0\0\0\xff\xfe\0"] {
        assert_eq!(tagged(nonsense), Language::Iso(*b"eng"), "{nonsense:?}");
    }
}

/// ISO names end in zero; QuickTime's have a length in front ("Handler reference atoms").
#[test]
fn handler_names() {
    let name = |bytes: &[u8]| Parts { hdlr: hdlr(*b"soun", bytes), ..Parts::default() }.track().unwrap().name;
    assert_eq!(name(b"SoundHandler\0"), "SoundHandler");
    assert_eq!(name(b"\x0cSoundHandler"), "SoundHandler");
    assert_eq!(name(b"SoundHandler"), "SoundHandler");
    assert_eq!(name(b""), "");
    assert_eq!(name(b"\0"), "");
    assert_eq!(name(b"a\x1bb\0"), "ab");
    assert_eq!(name(&[b'x'; 300]).len(), 128);
}

/// Oracle: the syntax table of §8.6.6.2; 0x07d0 is 2000, 0x0400 is 1024.
#[test]
fn edits_of_version_0() {
    #[rustfmt::skip]
    let body = [
        0, 0, 0, 0, 0, 0, 0, 2,
        0, 0, 0x07, 0xd0, 0xff, 0xff, 0xff, 0xff, 0, 1, 0, 0,
        0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0,
    ];
    let edits = with_edits(&body).track().unwrap().edits;
    let expected = [
        Edit { duration: 2000, media_time: None, rate: 0x1_0000 },
        Edit { duration: 0, media_time: Some(1024), rate: 0 },
    ];
    assert_eq!(edits, expected);
}

#[test]
fn edits_of_version_1() {
    #[rustfmt::skip]
    let body = [
        1, 0, 0, 0, 0, 0, 0, 2,
        0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0,
    ];
    let edits = with_edits(&body).track().unwrap().edits;
    let expected = [
        Edit { duration: 1 << 32, media_time: Some((1 << 32) + 2), rate: 0x1_0000 },
        Edit { duration: 5, media_time: None, rate: -0x1_0000 },
    ];
    assert_eq!(edits, expected);
}

#[test]
fn a_negative_media_time_is_a_fault() {
    let version_0 = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe, 0, 1, 0, 0];
    assert_eq!(reason(&with_edits(&version_0).error()), "a media time is negative");
    let mut version_1 = vec![1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    version_1.extend([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
    assert_eq!(reason(&with_edits(&version_1).error()), "a media time is negative");
}

#[test]
fn the_limit_of_edits() {
    let edit = Edit { duration: 1, media_time: None, rate: Edit::RATE_ONE };
    let of = |count| Parts { edts: boxed(*b"edts", &elst(&vec![edit; count])), ..Parts::default() };
    assert_eq!(of(4096).track().unwrap().edits.len(), 4096);
    assert!(matches!(of(4097).error(), Error::Limit { limit: 4096, what: "number of edits", .. }));
}

/// 2^32 - 1 edits of 12 bytes are declared, one is there.
#[test]
fn declared_edits_are_no_promise() {
    let body = [&[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff][..], &[0; 12]].concat();
    assert!(
        matches!(with_edits(&body).error(), Error::Truncated { kind: FourCc(kind), .. } if kind == *b"elst")
    );
}

#[test]
fn the_limit_of_tracks() {
    let of = |count: usize| {
        let traks = std::iter::repeat_with(|| Parts::default().trak()).take(count);
        parse(&[vec![mvhd(0, 1000)], traks.collect()].concat())
    };
    assert_eq!(of(128).unwrap().tracks.len(), 128);
    assert!(matches!(of(129), Err(Error::Limit { limit: 128, what: "number of tracks", .. })));
}

#[test]
fn the_limit_of_sample_entries() {
    let of = |count| {
        let entries = vec![mp4a(48_000, 0x1190); count];
        let tables = [stsd(&entries), stts(&[]), stsc(&[]), stsz(&[]), stco(&[])].concat();
        Parts { stbl: boxed(*b"stbl", &tables), ..Parts::default() }
    };
    assert_eq!(of(32).track().unwrap().entries.len(), 32);
    assert!(matches!(of(33).error(), Error::Limit { limit: 32, .. }));
    assert_eq!(reason(&of(0).error()), "it has no sample entry");
}

#[test]
fn a_broken_track_does_not_spoil_the_others() {
    let broken = Parts { mdhd: mdhd(0, 0, 0, UND), ..Parts::default() }.trak();
    let nameless = Parts { tkhd: tkhd(0, 0, UNITY_MATRIX, (0, 0)), ..Parts::default() }.trak();
    let whole = Parts { tkhd: tkhd(0, 8, UNITY_MATRIX, (0, 0)), ..Parts::default() }.trak();
    let movie = parse(&[mvhd(0, 1000), broken, nameless, whole]).unwrap();
    let faults: Vec<_> = movie.tracks.iter().map(|t| t.as_ref().err()).collect();
    let zero_scale = faults[0].unwrap();
    assert_eq!((zero_scale.id, zero_scale.handler), (Some(7), Some(FourCc(*b"soun"))));
    assert_eq!(reason(&zero_scale.error), "the time scale is zero");
    let zero_id = faults[1].unwrap();
    assert_eq!((zero_id.id, zero_id.handler), (None, Some(FourCc(*b"soun"))));
    assert_eq!(reason(&zero_id.error), "the track number is zero");
    assert_eq!(movie.tracks[2].as_ref().unwrap().id, 8);
}

#[test]
fn movie_fragments_are_noticed() {
    assert!(parse(&[mvhd(0, 1000), boxed(*b"mvex", &[])]).unwrap().is_fragmented);
}

/// §8.7.2: flag 1 of an entry says that the media is in the same file; else a location follows.
#[test]
fn media_in_another_file_is_refused() {
    let of = |entry: &[u8]| Parts { dinf: boxed(*b"dinf", &dref(entry)), ..Parts::default() };
    let elsewhere = boxed(*b"url ", b"\0\0\0\0http://example.com/a.mp4\0");
    assert_eq!(reason(&of(&elsewhere).error()), "the media lies in another file");
    let here = boxed(*b"url ", b"\0\0\0\x01");
    assert!(of(&here).track().is_ok());
    // Writers that forget the flag leave the location empty.
    assert!(of(&boxed(*b"url ", b"\0\0\0\0")).track().is_ok());
    assert!(of(&boxed(*b"url ", b"\0\0\0\0\0")).track().is_ok());
    assert!(Parts { dinf: Vec::new(), ..Parts::default() }.track().is_ok());
}

#[test]
fn a_compressed_header_is_refused() {
    let error = parse(&[boxed(*b"cmov", &[0; 8])]).unwrap_err();
    assert_eq!(reason(&error), "the movie header is compressed (`cmov`)");
}

#[test]
fn a_movie_needs_a_time_scale() {
    assert_eq!(reason(&parse(&[mvhd(0, 0)]).unwrap_err()), "the time scale is zero");
    assert!(matches!(parse(&[]), Err(Error::Missing { kind: FourCc(kind), .. }) if kind == *b"mvhd"));
    let not_moov = Movie::parse(&boxed(*b"free", &[]).into(), AT);
    assert!(matches!(not_moov, Err(Error::Missing { kind: FourCc(kind), .. }) if kind == *b"moov"));
}

#[test]
fn a_missing_box_of_a_track_is_named() {
    let without = |parts: Parts| match parts.error() {
        Error::Missing { kind, .. } => kind.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(without(Parts { tkhd: Vec::new(), ..Parts::default() }), "tkhd");
    assert_eq!(without(Parts { mdhd: Vec::new(), ..Parts::default() }), "mdhd");
    assert_eq!(without(Parts { hdlr: Vec::new(), ..Parts::default() }), "hdlr");
    assert_eq!(without(Parts { stbl: Vec::new(), ..Parts::default() }), "stbl");
}

/// A cut anywhere gives an answer and no panic.
#[test]
fn every_prefix_of_a_movie_is_answered() {
    let samples = [SourceSample::sync(1024, 300); 3];
    let track = SourceTrack::new(1, *b"soun", 48_000, mp4a(48_000, 0x1190))
        .with_edits(&[(64, Some(1024))])
        .with_samples(samples);
    let moov = SourceMovie { timescale: 1000, tracks: vec![track] }.moov();
    assert_eq!(Movie::parse(&moov, 0).unwrap().tracks[0].as_ref().unwrap().table.samples().count(), 3);
    for len in 0..moov.len() {
        assert!(Movie::parse(&moov.slice(..len), 0).is_err());
        // The same bytes, with the size of `moov` that fits them.
        let mut patched = moov[..len].to_vec();
        if let Some(size) = patched.get_mut(..4) {
            size.copy_from_slice(&u32::try_from(len).unwrap().to_be_bytes());
        }
        let _ = Movie::parse(&patched.into(), 0);
    }
}
