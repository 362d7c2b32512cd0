//! Bytes as a `moov` box: its tracks and all their samples.
//!
//! The file is said to be large, so that sample tables that point anywhere are packaged too.

#![no_main]

use bytes::Bytes;
use isobmff::Movie;
use libfuzzer_sys::fuzz_target;
use packaging::plan::SegmentPlan;
use packaging::{Asset, Policy};

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
    let Ok(asset) = Asset::new(&movie, 1 << 40, Policy::default()) else { return };
    for track in &asset.tracks {
        for (index, segment) in track.segmentation.segments.iter().enumerate().take(16) {
            let plan = SegmentPlan::new(track, index, segment).expect("what was measured can be planned");
            assert_eq!(plan.content_length, segment.bytes);
        }
    }
});
