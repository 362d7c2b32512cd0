//! The documentation's own examples, and thousands of damaged ones.

use std::time::{Duration, Instant};

use super::key::{self, Kind};
use super::{Error, Labels, Set, SetClip, ThumbnailFiles, folder, json, limits, smil, tag, urlset};
use crate::route::TrackKind;

const DOCUMENT: &str = include_str!("../../../../docs/sets.md");
const SCHEMA: &str = include_str!("../../../../docs/set.schema.json");

/// The fenced examples in a language, in order.
fn examples(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    DOCUMENT.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// Each set's keys, and languages of captions.
fn summary(set: &Set) -> String {
    let sources: Vec<_> = set.sources.iter().map(|source| source.key.as_str()).collect();
    let languages = set.captions.iter().map(|c| c.labels.language.as_deref().unwrap_or("-"));
    let own = format!("{} | {}", sources.join(" "), languages.collect::<Vec<_>>().join(" "));
    let Some(programme) = &set.programme else { return own };
    let clips = programme.clips.iter().map(|SetClip { set, reach }| {
        format!("{} [{:?} {:?}]", summary(set), reach.from_millis, reach.to_millis)
    });
    clips.collect::<Vec<_>>().join("; ")
}

/// Oracle: the examples, read by a person.
#[test]
fn examples_in_the_documentation() {
    let found: Vec<_> = examples("json")
        .iter()
        .map(|text| summary(&json::read(text.as_bytes(), "films/dune.json").unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            "films/dune_1080p.mp4 films/dune_720p.mp4 films/dune_480p.mp4 films/dune_fr.mp4 \
         films/extras/described.mp4 | en fr en",
            "films/dune_1080p.mp4 films/dune_480p.mp4 | ",
            "films/intro.mp4 |  [None None]; films/film.mp4 | - [Some(61000) Some(300000)]",
            "films/dune_1080p.mp4 films/dune_720p.mp4 films/dune_fr.mp4 | en",
        ]
    );
    let found: Vec<_> = examples("xml")
        .iter()
        .map(|text| summary(&smil::read(text.as_bytes(), "films/dune.smil").unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            "films/dune_1080p.mp4 films/dune_720p.mp4 | en fr",
            "films/dune_1080p.mp4 films/dune_720p.mp4 films/dune_fra.mp4 | en",
            "films/dune_720p.mp4 films/described.m4a | en",
        ]
    );
    for path in DOCUMENT.split('`').filter(|code| code.starts_with("films/") && code.ends_with(".urlset")) {
        urlset::read(path).unwrap();
    }
}

/// Oracle: the table of names in the documentation.
#[test]
fn names_in_the_documentation() {
    let table = DOCUMENT.split("| Name | Taken as | Language |\n").nth(1).unwrap();
    let rows: Vec<&str> = table.lines().skip(1).take_while(|line| line.starts_with('|')).collect();
    assert_eq!(rows.len(), 34);
    for row in rows {
        let cells: Vec<String> = row.split('|').map(|cell| cell.trim().replace('`', "")).collect();
        let [_, name, expected, language, _] = cells.as_slice() else { panic!("{row}") };
        let set = folder::read("", &["film_1080p.mp4", name]).unwrap();
        let source = set.sources.iter().find(|source| source.key == *name);
        let captions = set.captions.iter().find(|captions| captions.key == *name);
        let (kind, labels) = match (source, captions) {
            (Some(source), None) => match &source.tracks {
                Some(tracks) if tracks[0].choice.kind() == TrackKind::Text => ("captions", &tracks[0].labels),
                Some(tracks) => ("sound", &tracks[0].labels),
                None => ("pictures and sound", &source.labels),
            },
            (None, Some(captions)) => ("captions", &captions.labels),
            other => panic!("{row}: {other:?}"),
        };
        let roles: String = labels.roles.iter().flat_map(|role| [", ", role.word()]).collect();
        assert_eq!(format!("{kind}{roles}"), *expected, "{row}");
        assert_eq!(labels.language.as_deref().unwrap_or_default(), language, "{row}");
    }
}

/// The schema, the documentation and the reader know the same fields and words.
#[test]
fn the_schema_names_the_same_fields() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    let properties = |pointer: &str| {
        let object = schema.pointer(pointer).and_then(|value| value.as_object()).unwrap();
        let mut names: Vec<_> = object.keys().cloned().collect();
        names.sort();
        names
    };
    for (pointer, known) in json::known_fields() {
        let mut known = known.to_vec();
        known.sort_unstable();
        assert_eq!(properties(pointer), known, "{pointer}");
    }
    let words = schema.pointer("/$defs/roles/items/enum").unwrap().as_array().unwrap();
    let words: Vec<_> = words.iter().map(|word| word.as_str().unwrap()).collect();
    assert_eq!(words.join(", "), super::Role::words());
    assert!(words.iter().all(|word| DOCUMENT.contains(&format!("`{word}`"))));
}

/// Whatever is read obeys the rules that its readers promise.
fn check(set: &Set) {
    let check_labels = |labels: &Labels| {
        assert!(labels.language.as_ref().is_none_or(|t| tag::canonical(t).as_ref() == Some(t)));
        assert!(labels.label.as_ref().is_none_or(|label| !label.chars().any(char::is_control)));
    };
    let check_key = |kind: Kind, key: &str| assert!(kind.is(key) && key::is_canonical(key), "{key}");
    let clips = set.programme.as_ref().map(|programme| programme.clips.as_slice()).unwrap_or_default();
    assert!(clips.len() <= limits::CLIPS);
    for clip in clips {
        check(&clip.set);
    }
    assert_eq!(set.sources.is_empty(), !clips.is_empty());
    assert!(set.sources.len() <= limits::SOURCES);
    assert!(set.captions.len() <= limits::CAPTIONS);
    for source in &set.sources {
        check_key(Kind::Source, &source.key);
        check_labels(&source.labels);
        assert_ne!(source.tracks.as_ref().map(Vec::len), Some(0));
        source.tracks.iter().flatten().for_each(|track| check_labels(&track.labels));
        assert_eq!(set.sources.iter().filter(|other| other.key == source.key).count(), 1);
    }
    for captions in &set.captions {
        check_key(Kind::Captions, &captions.key);
        check_labels(&captions.labels);
    }
    match set.thumbnails.as_ref().map(|thumbnails| &thumbnails.files) {
        Some(ThumbnailFiles::Folder(key)) => {
            assert!(key::is_canonical(key.strip_suffix('/').unwrap()), "{key}");
        }
        Some(ThumbnailFiles::Keys(keys)) => keys.iter().for_each(|key| check_key(Kind::Jpeg, key)),
        None => {}
    }
}

/// A clear refusal is short, and its place is in the text.
fn check_refusal(error: &Error, text: &[u8]) {
    let message = error.to_string();
    assert!(!message.is_empty() && message.len() < 4000, "{message}");
    assert!(!message.chars().any(char::is_control), "{message}");
    if let Error::Syntax { place, .. } | Error::Field { place, .. } = error {
        let lines = String::from_utf8_lossy(text).split('\n').count();
        assert!((1..=lines).contains(&place.line), "{message}");
    }
}

/// Numbers that look random and are the same each time (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        usize::try_from(mixed).unwrap() % end.max(1)
    }

    /// Damages a text: bytes changed, removed, repeated, moved, and pieces that mean something put in.
    fn damage(&mut self, text: &str, pieces: &[&str]) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let end = (at + self.below(40)).min(bytes.len());
            match self.below(7) {
                0 => bytes[at] = self.below(256).try_into().unwrap(),
                1 => drop(bytes.drain(at..end)),
                2 => bytes.truncate(at.max(1)),
                3 => {
                    let copy = bytes[at..end].repeat(1 + self.below(50));
                    bytes.splice(at..at, copy);
                }
                4 => {
                    let moved: Vec<u8> = bytes.drain(at..end).collect();
                    let to = self.below(bytes.len());
                    bytes.splice(to..to, moved);
                }
                _ => {
                    let piece = pieces[self.below(pieces.len())];
                    let end = if self.below(2) == 0 { at } else { end };
                    bytes.splice(at..end, piece.bytes());
                }
            }
            if bytes.is_empty() {
                bytes.push(b' ');
            }
        }
        bytes
    }
}

/// Reads so many damaged texts; how many of them could still be read.
fn read_damaged(
    count: usize,
    seeds: &[&str],
    pieces: &[&str],
    read: impl Fn(&[u8]) -> Result<Set, Error>,
) -> usize {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut good = 0;
    for round in 0..count {
        let text = random.damage(seeds[round % seeds.len()], pieces);
        let start = Instant::now();
        match read(&text) {
            Ok(set) => {
                check(&set);
                good += 1;
            }
            Err(error) => check_refusal(&error, &text),
        }
        assert!(start.elapsed() < Duration::from_secs(1), "{}", String::from_utf8_lossy(&text));
    }
    good
}

#[test]
fn damaged_json() {
    let pieces = [
        "null",
        "true",
        "[]",
        "{}",
        "\"\"",
        "-1",
        "1e999",
        "0.0001",
        "\"v1\"",
        "\"../\"",
        "/",
        "\\",
        "\\u0000",
        "\\ud800",
        "\"language\": \"xx\",",
        "\"default\": true,",
        ",",
        ":",
        "\"",
        "}",
        "]",
        "[",
        "{",
        "\"CC1\"",
        "é",
        "99999999999",
    ];
    let good = read_damaged(3000, &examples("json"), &pieces, |text| json::read(text, "films/dune.json"));
    // Some damage does not matter, most does.
    assert!((30..1500).contains(&good), "{good}");
}

#[test]
fn damaged_smil() {
    let pieces = [
        "<video src=\"a.mp4\"/>",
        "<!DOCTYPE a [<!ENTITY a \"b\">]>",
        "&a;",
        "&#0;",
        "&#x41;",
        "<![CDATA[",
        "<!--",
        "-->",
        "]]>",
        "<?a",
        "?>",
        "<switch>",
        "</switch>",
        "src=\"",
        "\"",
        "'",
        "mp4:",
        "../",
        "\\",
        "trackID",
        "true,",
        ",",
        "<param name=\"trackID\" value=\"1\"/>",
        "clipBegin=\"1\" ",
        "é",
        "<smil>",
    ];
    let good = read_damaged(3000, &examples("xml"), &pieces, |text| smil::read(text, "films/dune.smil"));
    assert!((30..2500).contains(&good), "{good}");
}

#[test]
fn damaged_lists_and_folders() {
    let pieces = [
        ",", ",,", "/", "..", "\\", ".mp4", ".vtt", "é", "\n", "_fr", ".urlset", "-", "_audio", "hi", "1080p",
    ];
    let lists = ["films/dune_,480,720,1080,.mp4.urlset", "f/a,.mp4,_720.mp4,.en.vtt,.fr.srt,.urlset"];
    let good = read_damaged(3000, &lists, &pieces, |text| urlset::read(&String::from_utf8_lossy(text)));
    assert!((30..2500).contains(&good), "{good}");
    let names = ["film_1080p.mp4,film_480.mp4,film_audio_pt-BR.mp4,film.en.hi.vtt,film.zh-Hant-TW.srt"];
    let read = |text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        folder::read("films/", &text.split(',').collect::<Vec<_>>())
    };
    let good = read_damaged(3000, &names, &pieces, read);
    assert!(good > 2000, "{good}");
}

/// The worst that fits into the limits is refused or read at once.
#[test]
fn large_files() {
    let filler = "a".repeat(1 << 19);
    let write = |n: u32| format!(" a{n}=''");
    let attributes: String = (0..60_000).map(write).collect();
    let smils = [
        format!("<smil><body><{filler}></body></smil>"),
        format!("<smil><body><video src='{filler}.mp4'/></body></smil>"),
        format!("<smil><body><video {attributes}/></body></smil>"),
        format!(
            "<smil><body><video src='a.mp4'>{}</video></body></smil>",
            "<param name='role' value=''/>".repeat(19_000)
        ),
        format!("<smil><body><video src='a.mp4' systemLanguage='{}'/></body></smil>", ",".repeat(1 << 19)),
        format!("<smil><body>{}</body></smil>", "<audio src='a.mp4'/>".repeat(19_000)),
        format!("<smil><head>{}</head></smil>", "&amp;".repeat(100_000)),
        format!("<smil><body><video src='{}'/></body></smil>", "&amp;".repeat(100_000)),
        "<".repeat(1 << 20),
        filler.clone(),
    ];
    for text in smils {
        let start = Instant::now();
        check_refusal(&smil::read(text.as_bytes(), "a.smil").unwrap_err(), text.as_bytes());
        assert!(start.elapsed() < Duration::from_secs(1), "{text:.80}");
    }
    let jsons = [
        format!("{{\"{filler}\":1}}"),
        format!("{{\"sources\":[{{\"path\":\"{filler}.mp4\"}}]}}"),
        format!("{{\"sources\":[{{\"path\":\"{}\"}}]}}", "\\u0041".repeat(100_000)),
        format!("{{\"segmentSeconds\":{},\"sources\":[{{\"path\":\"a.mp4\"}}]}}", "1".repeat(1 << 19)),
        format!("{{{}}}", vec!["\"a\":1"; 100_000].join(",")),
        format!("{{\"sequences\":{{{}}}}}", vec!["\"a\":1"; 19_000].join(",")),
        "[".repeat(1 << 20),
    ];
    for text in jsons {
        let start = Instant::now();
        check_refusal(&json::read(text.as_bytes(), "a.json").unwrap_err(), text.as_bytes());
        assert!(start.elapsed() < Duration::from_secs(1), "{text:.80}");
    }
}
