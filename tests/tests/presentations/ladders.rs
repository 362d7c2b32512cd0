//! What may be switched between, and what `inspect` says of it.

use serde_json::json;
use tests::{fixtures, inspect, offer};

use crate::{FILM, Shelf, paths};

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

/// `inspect` of the same, on disk.
#[test]
fn inspect_says_where_sizes_part() {
    let root = &fixtures::named(FILM).root;
    let folder = std::env::temp_dir().join(format!("fragmint-unlike-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (from, to) in [("film_180p.mp4", "film_180p.mp4"), ("more/unaligned.mp4", "film_136p.mp4")] {
        std::fs::copy(root.join("feature").join(from), folder.join(to)).unwrap();
    }
    let set = json!({ "sources": paths(&["film_180p.mp4", "film_136p.mp4"]), "segmentSeconds": 2 });
    std::fs::write(folder.join("set.json"), set.to_string()).unwrap();
    let [by_set, by_folder] = ["set.json", ""].map(|name| inspect(&folder.join(name)));
    std::fs::remove_dir_all(&folder).unwrap();

    assert_eq!(by_set["switching_sets"].as_array().unwrap().len(), 2, "{}", by_set["switching_sets"]);
    let notes = by_set["notes"].to_string();
    // Key frames at 0, 2, 4... and at 0, 3, 6...: the second segments start at 2 s and at 3 s.
    assert!(notes.contains("segment 1 starts at 2.000000 s and at 3.000000 s"), "{notes}");
    // Every 6 s both have one.
    assert_eq!(by_folder["switching_sets"].as_array().unwrap().len(), 1, "{}", by_folder["switching_sets"]);
    assert!(!by_folder["notes"].to_string().contains("not aligned"));
}

#[test]
fn inspect_shows_what_players_get() {
    let report = inspect(&fixtures::named(FILM).root.join("feature/set.json"));
    let kinds = |kind: &str| {
        report["tracks"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|track| track["kind"] == kind && track["delivered"] == true)
            .count()
    };
    assert_eq!((kinds("video"), kinds("audio"), kinds("text")), (3, 4, 6));
    assert_eq!(report["duration_seconds"], 10.0);
    assert_eq!(report["closed_captions"], json!(["CC1"]));
    assert_eq!(report["previews"]["tile"], json!([96, 54]));
    assert!(report["players"]["hls"].as_array().unwrap().len() >= 10);
    assert_eq!(report["switching_sets"].as_array().unwrap().len(), 1);
}
