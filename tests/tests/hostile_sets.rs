//! Damaged descriptions and captions through the whole service: a clear refusal or a right answer, no panic, no second
//! wasted, no memory from what a text claims.
//!
//! Every case follows from one number. `FRAGMINT_HOSTILE_SEED=n FRAGMINT_HOSTILE_CASES=1` repeats case `n` alone; more
//! cases make a longer search.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Response, StatusCode};
use origin::source::MemorySource;
use peak_alloc::PeakAlloc;
use serde_json::Value;
use tests::random::Random;
use tests::{Client, fixtures, offer};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const CASES: u64 = 2000;
const MOST_TIME: Duration = Duration::from_secs(2);
const MOST_BYTES: usize = 64 << 20;

/// Each text and the asset that it is damaged as a part of.
const TEXTS: [(&str, &str); 9] = [
    ("set.json", "set.json"),
    ("mapping.json", "mapping.json"),
    ("film.smil", "film.smil"),
    ("film.en.vtt", "set.json"),
    ("film.he.vtt", "film.he.vtt"),
    ("film.de.srt", "set.json"),
    ("film.ja.ttml", "set.json"),
    ("film.en.sdh.vtt", ""),
    ("style.ttml", "style.ttml"),
];

const MAPPING: &str = r#"{"sequences": [
  {"clips": [{"type": "source", "path": "/feature/film_90p.mp4", "tracks": "v1-a1"}], "language": "eng", "label": "English"},
  {"clips": [{"type": "source", "path": "/feature/film_46p.mp4", "tracks": "v1"}]},
  {"clips": [{"type": "source", "path": "/feature/film.de.srt"}], "language": "deu"}],
  "closedCaptions": [{"id": "CC1", "label": "English", "language": "eng"}], "segmentDuration": 4000}"#;

const STYLED: &str = r#"<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling"
  xmlns:ttp="http://www.w3.org/ns/ttml#parameter" ttp:frameRate="25" ttp:frameRateMultiplier="1000 1001" ttp:tickRate="90000">
  <head><styling><style xml:id="a" tts:color="red"/><style xml:id="b" style="a" tts:fontStyle="italic"/></styling>
  <layout><region xml:id="r" tts:origin="10% 80%" tts:extent="80% 10%"/></layout></head>
  <body begin="1s"><div region="r" begin="00:00:01:12"><p style="b" begin="90000t" end="10s">a<span tts:color="lime">b</span></p>
  <p begin="5f" dur="2s"><set tts:color="blue" begin="1s"/>c<br/>d</p></div></body></tt>"#;

/// Pieces of these formats where they may do harm.
const PIECES: [&str; 30] = [
    "<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>",
    "&c;&c;&c;&c;",
    "&#xFFFFFFFF;",
    "<!--",
    "<![CDATA[",
    "<p begin=\"0s\" end=\"99999999h\">x</p>",
    "<p begin=\"2s\" end=\"1s\">y</p>",
    "<span><span><span><span>",
    "xmlns:a=\"urn:a\"",
    " 99999999:59:59.999 ",
    " 00:00:00.000 --> 1193046:28:15.999\n",
    " --> ",
    "\n\n",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "<i><b><u><c.a.b.c><v Somebody><lang x><ruby><rt>",
    "{\\an8}{\\pos(1,1)}",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":",
    "\"\\ud800\"",
    "1e400",
    "-0",
    "18446744073709551616",
    "\"../../../../etc/passwd.mp4\"",
    "\"/feature/set.json\"",
    "\"film_180p.mp4\", \"tracks\": [\"v1\", \"v1\", \"video\", \"a9\"]",
    "src=\"mp4:http://127.0.0.1/film.mp4\"",
    "STYLE\n::cue { color: red }\n\nREGION\nid:a width:0% lines:99999999999\n\n",
    "line:-99999999999999999999 position:1e9% size:101% align:none region:a",
];

/// One test in this file: the counts of memory are the whole program's.
#[test]
fn damaged_texts_do_no_harm() {
    let variable = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let first = variable("FRAGMINT_HOSTILE_SEED").unwrap_or(0);
    let cases = variable("FRAGMINT_HOSTILE_CASES").unwrap_or(CASES);
    let files = files();
    for (name, asset) in TEXTS {
        assert_eq!(play(&files, name, &text(&files, name), asset), Ok(true), "{name}, not damaged");
    }
    let (mut played, mut harm) = (0, Vec::new());
    for seed in first..first + cases {
        let mut random = Random::new(seed);
        let (name, asset) = TEXTS[random.below(TEXTS.len())];
        let damaged = damaged(&text(&files, name), &mut random);
        match trial(&files, name, &damaged, asset) {
            Ok(is_played) => played += u64::from(is_played),
            Err(what) => harm.push(format!("seed {seed} ({name}): {what}")),
        }
        assert!(harm.len() < 20, "{harm:#?}");
    }
    assert!(harm.is_empty(), "{harm:#?}");
    // If nearly all are refused, or none, the damage misses the code that it is meant for.
    assert!(
        cases < 1000 || (cases / 10..cases * 19 / 20).contains(&played),
        "{played} of {cases} are played"
    );
}

/// The feature, each file by its name in the folder.
fn files() -> Vec<(String, Bytes)> {
    let root = fixtures::named("feature/film_46p.mp4").root.join("feature");
    let mut out = Vec::new();
    for folder in ["", "sheets"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                out.push((name, std::fs::read(&path).unwrap().into()));
            }
        }
    }
    out.push(("mapping.json".to_owned(), MAPPING.into()));
    out.push(("style.ttml".to_owned(), STYLED.into()));
    out.sort();
    out
}

fn text(files: &[(String, Bytes)], name: &str) -> Bytes {
    files.iter().find(|(other, _)| other == name).unwrap().1.clone()
}

/// Whether a damaged text is played, or what harm it did.
fn trial(files: &[(String, Bytes)], name: &str, damaged: &Bytes, asset: &str) -> Result<bool, String> {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let started = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| play(files, name, damaged, asset)));
    let (elapsed, bytes) = (started.elapsed(), MEMORY.peak_usage().saturating_sub(before));
    let is_played = outcome.map_err(|_| "a panic".to_owned())??;
    if elapsed > MOST_TIME {
        return Err(format!("{elapsed:?}"));
    }
    if bytes > MOST_BYTES {
        return Err(format!("{bytes} bytes of memory"));
    }
    Ok(is_played)
}

/// Asks for everything that a player would ask for, but for media: `false` if the asset is refused, an error if an
/// answer is neither right nor a refusal.
fn play(files: &[(String, Bytes)], name: &str, text: &Bytes, asset: &str) -> Result<bool, String> {
    let mut source = MemorySource::default();
    for (other, bytes) in files {
        source.insert(&format!("feature/{other}"), if other == name { text.clone() } else { bytes.clone() });
    }
    let client = Client::new(source);
    let asset = format!("/feature/{asset}").trim_end_matches('/').to_owned();
    let (master, mpd) = (format!("{asset}/master.m3u8"), format!("{asset}/manifest.mpd"));
    let by_hls = accepted(&master, &client.get(&master))?;
    let by_dash = accepted(&mpd, &client.get(&mpd))?;
    if by_dash {
        for set in offer::sets(&client, &mpd).iter().filter(|set| set.kind == "text") {
            for representation in &set.representations {
                let segments = representation.segments.iter().map(|(_, _, path)| path);
                follow(&client, representation.init.iter().chain(&representation.file).chain(few(segments)))?;
            }
        }
    }
    if by_hls {
        let found = offer::master(&client, &master);
        for media in offer::of_kind(&found, &m3u8_rs::AlternativeMediaType::Subtitles) {
            let list = offer::list(&client, &offer::resolve(&master, media.uri.as_ref().unwrap()));
            follow(&client, list.init.iter().chain(few(list.segments.iter())))?;
        }
    }
    Ok(by_dash)
}

/// The first, and then about thirty: what is wrong in one of thousands is wrong in others.
fn few<'a>(paths: impl Iterator<Item = &'a String>) -> impl Iterator<Item = &'a String> {
    let all: Vec<_> = paths.collect();
    let step = all.len() / 30 + 1;
    all.into_iter().step_by(step)
}

fn follow<'a>(client: &Client<MemorySource>, paths: impl Iterator<Item = &'a String>) -> Result<(), String> {
    for path in paths {
        let response = client.get(path);
        if response.status() != StatusCode::OK {
            return Err(format!("{path}: {} {:?}", response.status(), response.body()));
        }
        let is_web_vtt = response.headers()["content-type"].as_bytes().starts_with(b"text/vtt");
        if is_web_vtt && !response.body().starts_with(b"WEBVTT") {
            return Err(format!("{path} is no WebVTT"));
        }
    }
    Ok(())
}

/// Whether an answer is a success; an error if it is neither that nor a refusal that says why.
fn accepted(path: &str, response: &Response<Bytes>) -> Result<bool, String> {
    if response.status() == StatusCode::OK {
        return Ok(true);
    }
    let message = serde_json::from_slice::<Value>(response.body()).unwrap()["error"]["message"].clone();
    let is_clear =
        response.status().is_client_error() && message.as_str().is_some_and(|text| text.len() > 10);
    // Whoever writes a description must not fill a log with it.
    let is_short = response.body().len() < 4096;
    if is_clear && is_short { Ok(false) } else { Err(format!("{path}: {} {message}", response.status())) }
}

/// The text with one to four kinds of damage.
fn damaged(text: &Bytes, random: &mut Random) -> Bytes {
    let mut out = text.to_vec();
    for _ in 0..=random.below(3) {
        if out.is_empty() {
            break;
        }
        let at = random.below(out.len());
        match random.below(8) {
            0 => out[at] ^= 1 << random.below(8),
            1 => out[at] = *b"\"'<>{}[],:&;-0 \n\\\xff".get(random.below(18)).unwrap(),
            2 => drop(out.drain(at..(at + random.below(40)).min(out.len()))),
            3 => out.truncate(at),
            4 => number(&mut out, at, random),
            5 => repeat(&mut out, at, random),
            _ => drop(out.splice(at..at, PIECES[random.below(PIECES.len())].bytes())),
        }
    }
    out.into()
}

/// Another number in the place of the next one.
fn number(out: &mut Vec<u8>, from: usize, random: &mut Random) {
    let Some(start) = out[from..].iter().position(u8::is_ascii_digit).map(|at| from + at) else { return };
    let length = out[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let numbers = [
        "0",
        "1",
        "59",
        "60",
        "999",
        "4294967295",
        "4294967296",
        "99999999999999999999",
        "-1",
        "1e9",
        "0.0005",
    ];
    out.splice(start..start + length, numbers[random.below(numbers.len())].bytes());
}

/// A stretch of lines many times over.
fn repeat(out: &mut Vec<u8>, at: usize, random: &mut Random) {
    let end = (at + 1 + random.below(200)).min(out.len());
    let copies = out[at..end].repeat(1 << random.below(10));
    out.splice(end..end, copies);
}
