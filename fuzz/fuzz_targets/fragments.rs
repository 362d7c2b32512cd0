//! Bytes as what follows the `moov` of a fragmented file with two tracks.
//!
//! Each sample lies within the file, and decoding times never fall.

#![no_main]

use bytes::Bytes;
use isobmff::SampleDefaults;
use isobmff::fragmented::hints;
use isobmff::read::Boxes;
use isobmff::testing::fragments::{movie_of, with_mvex};
use isobmff::testing::{SourceMovie, SourceTrack, mp4a};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|fragments: &[u8]| {
    let track = |id| SourceTrack::new(id, *b"soun", 48_000, mp4a(48_000, 0x1190));
    let movie = SourceMovie { timescale: 1000, tracks: vec![track(1), track(2)] };
    let defaults = SampleDefaults { duration: 1024, size: 1, ..SampleDefaults::default() };
    let file = [with_mvex(&movie.moov(), &[(1, defaults), (2, defaults)]), fragments.to_vec()].concat();
    let file = Bytes::from(file);
    if let Ok(movie) = movie_of(&file) {
        for track in movie.tracks.iter().flatten() {
            let mut end = 0;
            for sample in track.table.samples() {
                let sample = sample.expect("tables that were made are whole");
                assert!(sample.index == 0 || sample.decode_time == end);
                assert!(sample.offset + u64::from(sample.size) <= file.len() as u64);
                end = sample.decode_time.saturating_add(sample.duration.into());
            }
        }
    }
    let mut places = Vec::new();
    for found in Boxes::new(isobmff::FourCc(*b"file"), fragments, 0).flatten() {
        let _ = hints::of_sidx(&found, &mut places);
    }
    let _ = hints::of_mfra(fragments, &mut places);
    let _ = hints::mfra_bytes(fragments);
    let _ = hints::fragment_in(fragments);
    let kept = hints::thinned(places, 1, 100);
    assert!(kept.windows(2).all(|pair| pair[1] - pair[0] >= 100));
});
