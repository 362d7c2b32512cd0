//! What may be switched between.

use serde_json::json;
use tests::offer;

use crate::{Shelf, paths};

#[test]
fn aligned_sizes_are_one_switching_set() {
    let client = Shelf::new().client();
    for path in ["/feature/manifest.mpd", "/feature/set.json/manifest.mpd", "/feature/film.smil/manifest.mpd"]
    {
        let sets = offer::sets(&client, path);
        let video: Vec<_> = sets.iter().filter(|set| set.kind == "video").collect();
        assert_eq!(video.len(), 1, "{path}");
        assert_eq!(video[0].representations.len(), 3);
        let times = |at: usize| {
            let segments = video[0].representations[at].segments.iter();
            segments.map(|(start, duration, _)| (*start, *duration)).collect::<Vec<_>>()
        };
        assert!((1..3).all(|at| times(at) == times(0)), "{path}");
        assert_eq!(video[0].roles, ["main"]);
    }
}

/// Groups of 3 s beside groups of 2 s: with segments of 2 s the first boundary differs.
#[test]
fn unaligned_sizes_are_two() {
    let names = ["film_180p.mp4", "film_90p.mp4", "more/unaligned.mp4"];
    let set = json!({ "sources": paths(&names), "segmentSeconds": 2 });
    let client = Shelf::new().with_json("feature/unlike.json", &set).client();
    let sets = offer::sets(&client, "/feature/unlike.json/manifest.mpd");
    let video: Vec<_> =
        sets.iter().filter(|set| set.kind == "video").map(|set| set.representations.len()).collect();
    assert_eq!(video, [2, 1]);
    // All three are variants in HLS, where a player switches at its own risk.
    assert_eq!(offer::master(&client, "/feature/unlike.json/master.m3u8").variants.len(), 3);
}
