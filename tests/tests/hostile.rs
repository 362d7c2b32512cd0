//! Damaged files: no panic, no second wasted, no memory from a count that a file declares.
//!
//! Every case follows from one number. `FRAGMINT_HOSTILE_SEED=n FRAGMINT_HOSTILE_CASES=1` repeats case `n`
//! alone; more cases make a longer search.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use bytes::Bytes;
use isobmff::testing::fragments::movie_of;
use packaging::index::{Index, IndexDraft, Page};
use packaging::manifest::{dash, hls};
use packaging::presentation::Presentation;
use packaging::route::{InitForm, Options, Playlist};
use packaging::set::CaptionForm;
use packaging::{PackagedTrack, Policy, SourceObject, TrackCodec};
use peak_alloc::PeakAlloc;
use tests::fixtures;
use tests::random::Random;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const CASES: u64 = 60_000;
const MOST_TIME: Duration = Duration::from_secs(1);
const MOST_BYTES: usize = 64 << 20;

const BASES: [&str; 18] = [
    "aac-in-mov.mov",
    "aac-only.m4a",
    "ac3.mp4",
    "av1.mp4",
    "avc3.mp4",
    "fragmented-hybrid.mp4",
    "fragmented-previous.mp4",
    "fragmented-recording.mp4",
    "fragmented-sidx.mp4",
    "hdr10.mp4",
    "hole-in-audio.mp4",
    "late-audio-primed.mp4",
    "late-video.mp4",
    "opus-only.mp4",
    "stz2.mp4",
    "two-audio.mp4",
    "two-edits-gap.mp4",
    "vp9-opus.mp4",
];

/// Boxes whose fields decide about times, places and sizes.
const TABLES: [&[u8; 4]; 20] = [
    b"stts", b"ctts", b"stsc", b"stsz", b"stz2", b"stco", b"stss", b"elst", b"mdhd", b"mvhd", b"tkhd",
    b"stsd", b"avcC", b"hvcC", b"esds", b"dOps", b"trex", b"tfhd", b"tfdt", b"trun",
];

/// Values at the edges of what 32-bit fields hold.
const EDGES: [u32; 8] = [0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_fffe, 0x0001_0000];

/// One test in this file: the counts of memory are the whole program's.
#[test]
fn damaged_files_do_no_harm() {
    let variable = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let first = variable("FRAGMINT_HOSTILE_SEED").unwrap_or(0);
    let cases = variable("FRAGMINT_HOSTILE_CASES").unwrap_or(CASES);
    let bases: Vec<_> = BASES.iter().map(|key| Base::new(fixtures::named(key).bytes())).collect();
    for base in &bases {
        assert!(package(&base.bytes.clone().into()), "an undamaged file is packaged");
    }
    let mut packaged = 0;
    let mut harm = Vec::new();
    for seed in first..first + cases {
        let mut random = Random::new(seed);
        let which = random.below(BASES.len());
        let file = Bytes::from(bases[which].damaged(&mut random));
        match trial(&file) {
            Ok(is_packaged) => packaged += u64::from(is_packaged),
            Err(what) => harm.push(format!("seed {seed} ({}): {what}", BASES[which])),
        }
        assert!(harm.len() < 20, "{harm:#?}");
    }
    assert!(harm.is_empty(), "{harm:#?}");
    // If nearly all are refused, or none, the damage misses the code that it is meant for.
    assert!(
        cases < 1000 || (cases / 20..cases * 19 / 20).contains(&packaged),
        "{packaged} of {cases} are packaged"
    );
}

/// Whether a file is packaged, or what harm it did.
fn trial(file: &Bytes) -> Result<bool, String> {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let started = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| package(file)));
    let (elapsed, bytes) = (started.elapsed(), MEMORY.peak_usage().saturating_sub(before));
    let is_packaged = outcome.map_err(|_| "a panic".to_owned())?;
    if elapsed > MOST_TIME {
        return Err(format!("{elapsed:?}"));
    }
    if bytes > MOST_BYTES {
        return Err(format!("{bytes} bytes of memory"));
    }
    Ok(is_packaged)
}

/// Captions can be written in all forms, and none is longer than was said.
fn assert_text(index: &Index, track: &PackagedTrack) {
    assert!(track.init(InitForm::Wvtt).is_some() && track.init(InitForm::Stpp).is_some());
    for segment in &track.segmentation.segments {
        let page = Page::of_index(&index.bytes, index.head.version, track.path(), segment.start).unwrap();
        for form in [CaptionForm::WebVtt, CaptionForm::Wvtt, CaptionForm::Stpp] {
            let body = page.captions(segment.start, form, None).unwrap().unwrap();
            assert!(body.len() as u64 <= segment.bytes);
        }
    }
}

/// All that the origin does with a file, but for reading media. `false` if it is refused.
fn package(file: &Bytes) -> bool {
    let Ok(movie) = movie_of(file) else { return false };
    let source = SourceObject { bytes: file.len() as u64, etag: "\"tag\"".to_owned(), revision: None };
    let Ok(draft) = IndexDraft::new(&movie, source, Policy::default()) else { return false };
    let read = |range: &Range<u64>| {
        let at = |position: u64| usize::try_from(position).ok().filter(|&at| at <= file.len());
        Some(file.slice(at(range.start)?..at(range.end)?))
    };
    let Ok(index) = draft.finish(&read) else { return false };
    let (asset, version) = (&index.head.asset, index.head.version);
    let presentation = Presentation::of(asset, version.into()).unwrap();
    let options = Options::default();
    assert!(hls::multivariant(&presentation, &options).unwrap().starts_with("#EXTM3U\n"));
    assert!(roxmltree::Document::parse(&dash::mpd(&presentation, &options).unwrap()).is_ok());
    for track in &asset.tracks {
        assert!(hls::media(asset, track, Playlist::default(), None).ends_with("#EXT-X-ENDLIST\n"));
        if let TrackCodec::Text(_) = track.codec {
            assert_text(&index, track);
            continue;
        }
        assert!(track.init(InitForm::Source).is_some());
        let last = track.segmentation.segments.len() - 1;
        for segment in [0, last / 2, last].map(|at| track.segmentation.segments[at]) {
            let page = Page::of_index(&index.bytes, version, track.path(), segment.start).unwrap();
            let plan = page.plan(segment.start).unwrap().unwrap();
            assert_eq!(plan.content_length, segment.bytes);
            assert!(
                plan.source_ranges().all(|range| range.start < range.end && range.end <= file.len() as u64)
            );
        }
    }
    true
}

/// A whole file and where its boxes are.
struct Base {
    bytes: Vec<u8>,
    moov: Range<usize>,
    /// `moov` and each `moof`.
    headers: Vec<Range<usize>>,
    /// All boxes in those down to the tables, parents before children.
    boxes: Vec<Range<usize>>,
    tables: Vec<Range<usize>>,
}

impl Base {
    fn new(bytes: Vec<u8>) -> Self {
        let kind = |b: &Range<usize>| &bytes[b.start + 4..b.start + 8];
        let headers: Vec<_> = children(&bytes, 0..bytes.len())
            .into_iter()
            .filter(|b| [&b"moov"[..], b"moof"].contains(&kind(b)))
            .collect();
        let moov = headers.iter().find(|b| kind(b) == b"moov").unwrap().clone();
        let containers =
            [&b"moov"[..], b"trak", b"edts", b"mdia", b"minf", b"stbl", b"dinf", b"mvex", b"moof", b"traf"];
        let mut boxes = Vec::new();
        let mut open = headers.clone();
        while let Some(parent) = open.pop() {
            if containers.contains(&kind(&parent)) {
                open.extend(children(&bytes, parent.start + 8..parent.end));
            }
            boxes.push(parent);
        }
        let size = |at: usize| u32::from_be_bytes(bytes[at - 4..at].try_into().unwrap()) as usize;
        let in_header = |header: &Range<usize>| {
            let end = header.end;
            let places =
                (header.start..end - 4).filter(|&at| TABLES.iter().any(|kind| bytes[at..at + 4] == kind[..]));
            places.map(|at| at - 4..(at - 4 + size(at)).min(end)).collect::<Vec<_>>()
        };
        let tables = headers.iter().flat_map(in_header).collect();
        Self { bytes, moov, headers, boxes, tables }
    }

    /// The file with one to four kinds of damage.
    fn damaged(&self, random: &mut Random) -> Vec<u8> {
        let mut out = self.bytes.clone();
        // The last kinds move bytes, after which the places above are stale.
        for _ in 0..=random.below(3) {
            match random.below(4) {
                0 => self.flip(&mut out, random),
                1 => set_field(&mut out, self.header(random), random),
                _ => set_field(&mut out, self.tables[random.below(self.tables.len())].clone(), random),
            }
        }
        match random.below(12) {
            0 => out.truncate(random.below(out.len())),
            1 => splice(&mut out, random),
            2 | 3 => self.repeat_box(&mut out, random),
            4 => self.drop_box(&mut out, random),
            5 => scale_edits(&mut out, &self.moov, random),
            _ => {}
        }
        out
    }

    /// `moov` or, as often, any `moof`.
    fn header(&self, random: &mut Random) -> Range<usize> {
        let any = random.below(self.headers.len());
        if random.below(2) == 0 { self.moov.clone() } else { self.headers[any].clone() }
    }

    fn flip(&self, out: &mut [u8], random: &mut Random) {
        let header = self.header(random);
        for _ in 0..=random.below(8) {
            out[header.start + random.below(header.len())] ^= 1 << random.below(8);
        }
    }

    fn repeat_box(&self, out: &mut Vec<u8>, random: &mut Random) {
        let chosen = self.boxes[random.below(self.boxes.len())].clone();
        let copy = out[chosen.clone()].to_vec();
        out.splice(chosen.end..chosen.end, copy);
        self.resize_parents(out, &chosen, i64::try_from(chosen.len()).unwrap());
    }

    fn drop_box(&self, out: &mut Vec<u8>, random: &mut Random) {
        let chosen = self.boxes[random.below(self.boxes.len())].clone();
        out.drain(chosen.clone());
        self.resize_parents(out, &chosen, -i64::try_from(chosen.len()).unwrap());
    }

    fn resize_parents(&self, out: &mut [u8], child: &Range<usize>, by: i64) {
        for parent in self.boxes.iter().filter(|b| b.start < child.start && b.end >= child.end) {
            let size = i64::try_from(parent.len()).unwrap() + by;
            out[parent.start..parent.start + 4].copy_from_slice(&u32::try_from(size).unwrap().to_be_bytes());
        }
    }
}

/// The boxes that fill a range.
fn children(bytes: &[u8], range: Range<usize>) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut at = range.start;
    while at + 8 <= range.end {
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        if size < 8 || at + size > range.end {
            break;
        }
        out.push(at..at + size);
        at += size;
    }
    out
}

/// Puts an edge value, a neighbour of the old value, or anything into a 32-bit field.
fn set_field(out: &mut [u8], range: Range<usize>, random: &mut Random) {
    let fields = range.len() / 4;
    // The first fields of a table matter most.
    let field = if random.below(2) == 0 { random.below(fields.min(8)) } else { random.below(fields) };
    let at = range.start + field * 4;
    let old = u32::from_be_bytes(out[at..at + 4].try_into().unwrap());
    let new = match random.below(4) {
        0 => old.wrapping_add(1),
        1 => u32::try_from(random.any() & 0xffff_ffff).unwrap(),
        _ => EDGES[random.below(EDGES.len())],
    };
    out[at..at + 4].copy_from_slice(&new.to_be_bytes());
}

/// Moves a piece of the file to another place.
fn splice(out: &mut Vec<u8>, random: &mut Random) {
    let start = random.below(out.len());
    let end = (start + random.below(4096)).min(out.len());
    let piece: Vec<_> = out.drain(start..end).collect();
    let to = random.below(out.len());
    out.splice(to..to, piece);
}

/// Multiplies the durations and media times of all edits.
fn scale_edits(out: &mut [u8], moov: &Range<usize>, random: &mut Random) {
    let places: Vec<_> = (moov.start..moov.end - 4).filter(|&at| &out[at..at + 4] == b"elst").collect();
    for at in places {
        for field in (at + 12..at + 36).step_by(4).filter(|field| field + 4 <= moov.end) {
            let old = u32::from_be_bytes(out[field..field + 4].try_into().unwrap());
            let factor = 1 << random.below(24);
            out[field..field + 4].copy_from_slice(&old.wrapping_mul(factor).to_be_bytes());
        }
    }
}
