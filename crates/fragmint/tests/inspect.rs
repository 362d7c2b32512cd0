//! `fragmint inspect`, as people run it.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tests::fixtures;

/// Beside it are a set and more of its ladder.
const FILM: &str = "feature/film_180p.mp4";

/// What `fragmint inspect --json` says of a path.
fn inspect(path: &Path) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fragmint"));
    let output = command.args(["inspect", "--json"]).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Groups of 3 s beside groups of 2 s: with segments of 2 s the first boundary differs.
#[test]
fn inspect_says_where_sizes_part() {
    let root = &fixtures::named(FILM).root;
    let folder = std::env::temp_dir().join(format!("fragmint-unlike-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (from, to) in [("film_180p.mp4", "film_180p.mp4"), ("more/unaligned.mp4", "film_136p.mp4")] {
        std::fs::copy(root.join("feature").join(from), folder.join(to)).unwrap();
    }
    let sources = ["film_180p.mp4", "film_136p.mp4"].map(|path| json!({ "path": path }));
    let set = json!({ "sources": sources, "segmentSeconds": 2 });
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
