//! Bytes as a `moov` box: its tracks and all their samples.
//!
//! The file is said to be large, so that sample tables that point anywhere are packaged too.

#![no_main]

use bytes::Bytes;
use isobmff::Movie;
use libfuzzer_sys::fuzz_target;
use packaging::index::{IndexDraft, Page};
use packaging::{Policy, SourceObject};

/// More would take seconds for each input and find nothing new.
const MOST_SAMPLES: usize = 1 << 16;

fuzz_target!(|moov: &[u8]| {
    let moov = Bytes::copy_from_slice(moov);
    let Ok(movie) = Movie::parse(&moov, 1 << 33) else { return };
    let tracks = || movie.tracks.iter().flatten();
    for track in tracks() {
        let mut clock = 0;
        for sample in track.table.samples().take(MOST_SAMPLES).map_while(Result::ok) {
            assert_eq!(sample.decode_time, clock);
            clock += u64::from(sample.duration);
        }
    }
    if tracks().any(|track| track.table.len() as usize > MOST_SAMPLES) {
        return;
    }
    let source = SourceObject { bytes: 1 << 40, etag: "tag".to_owned(), revision: None };
    let Ok(draft) = IndexDraft::new(&movie, source, Policy::default()) else { return };
    let Ok(index) = draft.finish(&|_| None) else { return };
    let (asset, version) = (&index.head.asset, index.head.version);
    for track in &asset.tracks {
        for segment in track.segmentation.segments.iter().take(16) {
            let page = Page::of_index(&index.bytes, version, track.path(), segment.start);
            let plan = page.expect("what was written reads").plan(segment.start);
            let plan = plan.expect("what was measured can be planned").expect("it is there");
            assert_eq!(plan.content_length, segment.bytes);
        }
    }
});
