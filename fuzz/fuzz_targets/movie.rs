//! Bytes as a whole file, from the search for `moov` to the plan of the first segment.

#![no_main]

use bytes::Bytes;
use isobmff::testing::fragments::movie_of;
use libfuzzer_sys::fuzz_target;
use packaging::index::{IndexDraft, Page};
use packaging::presentation::Presentation;
use packaging::route::{InitForm, Playlist};
use packaging::{Policy, SourceObject, manifest};

fuzz_target!(|file: &[u8]| {
    let file = Bytes::copy_from_slice(file);
    let Ok(movie) = movie_of(&file) else { return };
    let source = SourceObject { bytes: file.len() as u64, etag: "tag".to_owned(), revision: None };
    let Ok(draft) = IndexDraft::new(&movie, source, Policy::default()) else { return };
    let Ok(index) = draft.finish(&|_| None) else { return };
    let (asset, version) = (&index.head.asset, index.head.version);
    let presentation = Presentation::of(asset, version.into()).expect("there is a track");
    let options = packaging::route::Options::default();
    let _ = manifest::hls::multivariant(&presentation, &options);
    let _ = manifest::dash::mpd(&presentation, &options);
    for track in &asset.tracks {
        manifest::hls::media(asset, track, Playlist::default(), None);
        track.init(InitForm::Source).expect("every track has its source's form");
        track.init(InitForm::OutOfBand);
        let first = &track.segmentation.segments[0];
        let page =
            Page::of_index(&index.bytes, version, track.path(), first.start).expect("what was written reads");
        let plan = page.plan(first.start).expect("what was measured can be planned").expect("it is there");
        assert_eq!(plan.content_length, first.bytes);
        assert!(plan.source_ranges().all(|range| range.end <= file.len() as u64));
    }
});
