//! Presentations of several files: folders, sets and lists, as other programs read them.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

mod captions;
mod costs;
mod filters;
mod ladders;
mod manifests;
mod naming;
mod previews;
mod programmes;
mod refusals;
mod sound_alone;

use std::collections::BTreeMap;

use origin::Config;
use origin::source::MemorySource;
use packaging::Policy;
use serde_json::{Value, json};
use tests::{Client, fixtures};

/// A file of the feature that every test of this kind needs.
const FILM: &str = "feature/film_180p.mp4";
/// How long the feature is, in milliseconds.
const END: u64 = 10_000;
/// MP4s of the feature in the order in which a folder has them.
const SOURCES: [&str; 5] =
    ["film_180p.mp4", "film_90p.mp4", "film_46p.mp4", "film_audio_en_ad.mp4", "film_audio_fr.mp4"];
/// Captions of the feature.
const CAPTIONS: [&str; 6] =
    ["film.de.srt", "film.en.sdh.vtt", "film.en.vtt", "film.fr.forced.vtt", "film.he.vtt", "film.ja.ttml"];

/// The folder of the feature in memory, to which tests add what they want.
struct Shelf(MemorySource);

impl Shelf {
    fn new() -> Self {
        let mut source = MemorySource::default();
        let root = &fixtures::named(FILM).root;
        for folder in ["feature", "feature/more", "feature/sheets", "presentation", "presentation/thumbs"] {
            for entry in std::fs::read_dir(root.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let name = path.file_name().unwrap().to_str().unwrap();
                    source.insert(&format!("{folder}/{name}"), std::fs::read(&path).unwrap());
                }
            }
        }
        Self(source)
    }

    fn with(mut self, key: &str, bytes: impl Into<bytes::Bytes>) -> Self {
        self.0.insert(key, bytes);
        self
    }

    fn with_json(self, key: &str, set: &Value) -> Self {
        self.with(key, serde_json::to_vec_pretty(set).unwrap())
    }

    fn client(self) -> Client<MemorySource> {
        Client::new(self.0)
    }

    /// A client that cuts everything at this distance.
    fn client_cut_at(self, millis: u32) -> Client<MemorySource> {
        let segment_millis = std::num::NonZeroU32::new(millis).unwrap();
        let policy = Policy { segment_millis, ..Policy::default() };
        Client::with_config(self.0, Config { policy, ..Config::default() })
    }
}

/// Sources of a set by their paths.
fn paths(names: &[&str]) -> Value {
    names.iter().map(|name| json!({ "path": name })).collect()
}

/// The attributes of a tag of a playlist, in the order of their names.
fn attributes(line: &str) -> BTreeMap<String, String> {
    let (_, mut rest) = line.split_once(':').unwrap();
    let mut out = BTreeMap::new();
    while let Some((name, after)) = rest.split_once('=') {
        let (value, more) = match after.strip_prefix('"') {
            Some(quoted) => {
                let (value, more) = quoted.split_once('"').unwrap();
                (value, more.trim_start_matches(','))
            }
            None => after.split_once(',').unwrap_or((after, "")),
        };
        out.insert(name.to_owned(), value.to_owned());
        rest = more;
    }
    out
}
