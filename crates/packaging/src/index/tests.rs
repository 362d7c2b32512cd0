//! Indexes that say other things than they should, under checksums that are right.

use bytes::Bytes;
use captions::{Captions, Cue, Span, Style};

use super::frame::{FrameName, deflate, read_frame, write_frame};
use super::page::{PAGE_MAGIC, page_identity};
use super::*;
use crate::manifest;
use crate::presentation::Presentation;
use crate::route::{Options, Playlist, Version};
use crate::synthetic::{aac, package, pictures, v1, video};
use crate::{Error, Policy, SourceObject};

/// Numbers that follow from a seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }
}

fn reframed(name: FrameName<'_>, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write_frame(name, &deflate(content).unwrap(), &mut out);
    out
}

/// Changes, removes or adds a few bytes.
fn damaged(content: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = content.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        let value = u8::try_from(random.below(256)).unwrap();
        match random.below(4) {
            0 => bytes.truncate(at.max(1)),
            1 => bytes.insert(at, value),
            2 => bytes[at] = 0xff,
            _ => bytes[at] = value,
        }
    }
    bytes
}

#[test]
fn damaged_pages_are_errors_or_plans() {
    let made = package(vec![video().with_samples(pictures(350, 50)), aac(600)]);
    let track = v1(&made);
    let identity = page_identity(track.version(), track.path(), 0);
    let name = FrameName { magic: PAGE_MAGIC, identity: &identity };
    let at = usize::try_from(track.locator.base).unwrap();
    let content = read_frame(name, &track.index()[at..]).unwrap();
    let mut random = Random(1);
    let mut read = 0;
    for _ in 0..20_000 {
        let frame = reframed(name, &damaged(&content, &mut random));
        let Ok(page) = Page::read(&frame, track.version(), track.path(), 0) else { continue };
        read += 1;
        for (segment, _) in page.of_media().unwrap().all() {
            let _ = page.plan(segment.start);
        }
        page.ranges();
    }
    assert!(read > 100, "the damage reaches the pages: {read}");
}

#[test]
fn damaged_heads_are_errors_or_assets() {
    let made = package(vec![video().with_samples(pictures(350, 50)), aac(600)]);
    let version = v1(&made).version();
    let identity = version.to_string();
    let name = FrameName { magic: *b"FMIX", identity: &identity };
    let content = read_frame(name, v1(&made).index()).unwrap();
    let mut random = Random(2);
    let mut read = 0;
    for _ in 0..20_000 {
        let frame = Bytes::from(reframed(name, &damaged(&content, &mut random)));
        let Ok(HeadStep::Whole(head)) = Head::read(&frame, version) else { continue };
        read += 1;
        let Ok(presentation) = Presentation::of(&head.asset, version.into()) else { continue };
        manifest::hls::multivariant(&presentation, &Options::default()).unwrap();
        let _ = manifest::dash::mpd(&presentation, &Options::default());
        presentation.notes();
        for track in &head.asset.tracks {
            manifest::hls::media(&head.asset, track, Playlist::default(), None);
        }
    }
    assert!(read > 100, "the damage reaches the heads: {read}");
}

/// A head is read in steps: too few bytes ask for as many as it has.
#[test]
fn a_long_head_asks_for_more() {
    let made = package(vec![video().with_samples(pictures(350, 50))]);
    let (index, version) = (v1(&made).index().clone(), v1(&made).version());
    let Ok(HeadStep::Longer(bytes)) = Head::read(&index.slice(..20), version) else { panic!("it is longer") };
    let whole = index.slice(..usize::try_from(bytes).unwrap());
    assert!(matches!(Head::read(&whole, version), Ok(HeadStep::Whole(_))));
    assert!(matches!(Head::read(&whole, Version(1)), Err(ReadError::Damaged(_))));
}

/// Captions that begin at these times and last so long, in milliseconds, each with a voice of its own.
fn said(times: impl Iterator<Item = (u64, u64)>, text: &str) -> Captions {
    let cues = times.enumerate().map(|(number, (start, length))| {
        let style = Style { voice: Some(format!("n{number}")), ..Style::default() };
        let text = vec![Span { text: text.to_owned(), style }];
        Cue { start, end: start + length, text, ..Cue::default() }
    });
    Captions { cues: cues.collect(), language: None }
}

fn captions_index(captions: Captions) -> Result<Index, Error> {
    let source = SourceObject { bytes: 1, etag: "e".to_owned(), revision: None };
    Index::of_captions(captions, "WebVTT", source, Policy::default())
}

/// Tens of thousands of captions and of segments, each of which the other could be multiplied with.
#[test]
fn many_captions_and_a_late_one() {
    let many = (0..40_000u64).map(|number| (number / 7, 1)).chain([(100 * 3_600_000, 1)]);
    let index = captions_index(said(many, "x")).unwrap();
    let segments = &index.head.asset.tracks[0].segmentation.segments;
    assert_eq!(segments.len(), 60_001);
    assert!(segments[0].bytes > 40_000 && segments[1].bytes < 1_000);
}

/// 62 kB of text in each of 13,800 segments would be a gigabyte: refused before it is written.
#[test]
fn a_long_caption_that_never_ends() {
    let found = captions_index(said([(0, 23 * 3_600_000)].into_iter(), &"&x".repeat(31_000)));
    assert!(matches!(found, Err(Error::NoTrack(_) | Error::TooLarge { .. })), "{found:?}");
    assert!(captions_index(said([(0, 23 * 3_600_000)].into_iter(), "x")).is_ok());
}

/// An end that is days away is a mistake: the caption is shown as long as there is anything else.
#[test]
fn a_caption_with_a_mistyped_end() {
    let found = captions_index(said([(0, 100 * 3_600_000), (10_000, 2_000)].into_iter(), "x")).unwrap();
    let segments = &found.head.asset.tracks[0].segmentation.segments;
    assert_eq!(segments.iter().map(|segment| segment.end).collect::<Vec<_>>(), [6_000, 12_000]);
}

/// A document may state its language by a code of three letters, as `xml:lang="fre"` does.
#[test]
fn the_language_that_captions_state() {
    let mut found = said([(0, 1_000)].into_iter(), "x");
    found.language = Some("fre-CA".to_owned());
    let index = captions_index(found).unwrap();
    assert_eq!(index.head.asset.tracks[0].labels.language.as_deref(), Some("fr-CA"));
}
