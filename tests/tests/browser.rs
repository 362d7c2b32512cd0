//! Real players in a real browser play what the origin serves, to the end and after a seek.
//!
//! Each fixture is played by one HLS player and one DASH player in turn; the plain one by all. What Chromium
//! does not take (HEVC, Dolby, ALAC, MP3 in MP4) is not asked of it. The tools come from
//! `scripts/install-test-tools.sh`.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::net::SocketAddr;

use serde_json::{Value, json};
use tests::client::asset_path;
use tests::cues::{self, Cue};
use tests::{Fixture, fixtures, play, serve};

const HLS_PLAYERS: [&str; 3] = ["hlsjs", "videojs", "shaka"];
const DASH_PLAYERS: [&str; 2] = ["dashjs", "shaka"];

/// Beginnings of the names of fixtures that Chromium cannot decode.
const NOT_IN_CHROMIUM: [&str; 8] = ["ac3", "alac", "eac3", "hdr10", "hev1", "hlg", "mp3", "open-gop-hevc"];
/// Sound without pictures.
const SOUND: [&str; 9] = [
    "aac-51",
    "aac-in-mov",
    "aac-only",
    "empty-stss",
    "feature/film_audio",
    "flac-only",
    "opus-only",
    "presentation/film_audio",
    "stz2",
];
/// Pictures without sound.
const SILENT: [&str; 7] = [
    "avc3",
    "feature/more/stpp",
    "feature/more/unaligned",
    "fragmented-smooth",
    "ladder/",
    "presentation/film_90p",
    "video-only",
];
/// Chromium cannot seek in AVC whose key frames are recovery points: not in the source file either.
const NO_SEEK: [&str; 1] = ["open-gop-avc"];

/// The plain case, played by every player.
const PLAIN: &str = "avc-aac.mp4";
/// Two sizes to switch between, played by every player.
const LEVELS: &str = "two-levels.mp4";
/// Longer than a case may take where a player keeps its own rate.
const LONG: &str = "long.mp4";
/// All fixtures last longer than this, in seconds.
const SEEK: f64 = 2.5;
/// Batches that run side by side.
const BATCHES: usize = 3;

#[test]
fn players_play_everything() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let address = runtime.block_on(serve(&fixtures::named(PLAIN).root));
    play_all(&cases(address));
}

/// Plays cases in some batches side by side.
fn play_all(cases: &[Value]) {
    let batches = cases.len().div_ceil(BATCHES);
    let failed: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = cases.chunks(batches).map(|batch| scope.spawn(|| play::batch(batch))).collect();
        running.into_iter().flat_map(|batch| batch.join().unwrap()).collect()
    });
    // Players look at the clock: what fails beside others has a second chance alone.
    let again: Vec<_> = failed.into_iter().map(|(case, _)| case).collect();
    let failures: Vec<_> = if again.is_empty() { Vec::new() } else { play::batch(&again) };
    let failures: Vec<_> = failures.into_iter().map(|(_, fault)| fault).collect();
    assert!(failures.is_empty(), "{} of {} fail:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn cases(address: SocketAddr) -> Vec<Value> {
    let mut out = Vec::new();
    let is_played = |fixture: &&Fixture| is_any(fixture, &NOT_IN_CHROMIUM).is_none() && fixture.key != LONG;
    for (index, fixture) in fixtures::playable().filter(is_played).enumerate() {
        let manifests = [(&HLS_PLAYERS[..], "master.m3u8"), (&DASH_PLAYERS[..], "manifest.mpd")];
        for (players, manifest) in manifests {
            let turn = index % players.len();
            for (place, player) in players.iter().enumerate() {
                let has_levels = fixture.key == LEVELS;
                if place == turn || has_levels || fixture.key == PLAIN {
                    let url = format!("http://{address}{}/{manifest}", asset_path(&fixture.key));
                    let seek = (!has_levels && is_any(fixture, &NO_SEEK).is_none()).then_some(SEEK);
                    let rate = if has_levels { 1 } else { 4 };
                    out.push(json!({
                        "player": player, "url": url, "expect": expected(fixture), "seek": seek, "rate": rate,
                        "switch": has_levels,
                    }));
                }
            }
        }
    }
    out
}

/// The other formats, in the players that know them.
#[test]
fn formats_play() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let address = runtime.block_on(serve(&fixtures::named(PLAIN).root));
    let manifests = [
        (&HLS_PLAYERS[..], "container/ts/master.m3u8"),
        (&HLS_PLAYERS[1..], "container/demuxed/master.m3u8"),
        (&HLS_PLAYERS[..1], "segments/file/master.m3u8"),
        (&HLS_PLAYERS[..1], "clipFrom/1500/clipTo/7000/master.m3u8"),
        (&DASH_PLAYERS[..], "segments/file/manifest.mpd"),
        (&DASH_PLAYERS[..1], "segments/number/manifest.mpd"),
        (&DASH_PLAYERS[1..], "segments/duration/manifest.mpd"),
        (&DASH_PLAYERS[..1], "profile/hbbtv/manifest.mpd"),
        (&DASH_PLAYERS[..1], "Manifest"),
    ];
    let mut cases = Vec::new();
    for (players, manifest) in manifests {
        for player in players {
            let url = format!("http://{address}{}/{manifest}", asset_path(PLAIN));
            cases.push(json!({ "player": player, "url": url, "expect": "av", "seek": SEEK, "rate": 4 }));
        }
    }
    play_all(&cases);
}

/// The ladder of `feature/set.json` in each player: down and up (DASH), French sound, and captions that come in a text of
/// another charset.
#[test]
fn renditions_are_chosen() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let film = fixtures::named("feature/film_180p.mp4");
    let address = runtime.block_on(serve(&film.root));
    let expected = cues::by_ffmpeg(&film.root.join("feature/film.de.srt"), Some("WINDOWS-1252"));
    let case = |player: &str, manifest: &str| {
        json!({
            "player": player, "url": format!("http://{address}/feature/set.json/{manifest}"), "expect": "av",
            // HLS players change sizes together with the sound and behind what is buffered: the film is too short.
            "switch": manifest == "manifest.mpd", "audio": "fr", "text": "de",
        })
    };
    let hls = HLS_PLAYERS.map(|player| case(player, "master.m3u8"));
    let dash = DASH_PLAYERS.map(|player| case(player, "manifest.mpd"));
    let cases: Vec<_> = hls.into_iter().chain(dash).collect();
    let check = |result: &Value| {
        if let Some(fault) = play::fault(result) {
            return Some(fault);
        }
        let place = format!("{} {}", result["player"], result["url"]);
        (result["audio"] != "fr").then(|| format!("{place}: sound in {}", result["audio"])).or_else(|| {
            let found = seen(result);
            let is_same = |(found, expected): (&Cue, &Cue)| {
                // dash.js draws TTML itself and leaves no text in its tracks.
                let is_text = result["player"] == "dashjs" || found.text == expected.text;
                is_text && found.start.abs_diff(expected.start) <= 1 && found.end.abs_diff(expected.end) <= 1
            };
            let is_right = found.len() == expected.len() && found.iter().zip(&expected).all(is_same);
            (!is_right).then(|| format!("{place}: captions {found:#?}"))
        })
    };
    let failed = |cases: &[Value]| -> Vec<(Value, String)> {
        let results = play::results(cases);
        cases
            .iter()
            .cloned()
            .zip(&results)
            .filter_map(|(case, result)| Some((case, check(result)?)))
            .collect()
    };
    let first: Vec<_> = std::thread::scope(|scope| {
        let batches = cases.chunks(cases.len().div_ceil(BATCHES));
        let running: Vec<_> = batches.map(|batch| scope.spawn(|| failed(batch))).collect();
        running.into_iter().flat_map(|batch| batch.join().unwrap()).map(|(case, _)| case).collect()
    });
    let failures = if first.is_empty() { Vec::new() } else { failed(&first) };
    let failures: Vec<_> = failures.into_iter().map(|(_, fault)| fault).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The captions that a player held, in order.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds from 0 on")]
fn seen(result: &Value) -> Vec<Cue> {
    let millis = |value: &Value| (value.as_f64().unwrap() * 1000.0).round() as u64;
    let cue = |cue: &Value| Cue {
        start: millis(&cue["start"]),
        end: millis(&cue["end"]),
        text: cues::plain(cue["text"].as_str().unwrap_or_default()),
    };
    let mut out: Vec<_> = result["cues"].as_array().unwrap().iter().map(cue).collect();
    out.sort_by_key(|cue| cue.start);
    // What was cut at the border of a segment is one again.
    out.dedup_by(|later, earlier| {
        let is_one = later.text == earlier.text && later.start <= earlier.end;
        earlier.end = if is_one { earlier.end.max(later.end) } else { earlier.end };
        is_one
    });
    out
}

fn is_any(fixture: &Fixture, beginnings: &[&'static str]) -> Option<&'static str> {
    beginnings.iter().copied().find(|beginning| fixture.is(beginning))
}

fn expected(fixture: &Fixture) -> &'static str {
    match (is_any(fixture, &SOUND), is_any(fixture, &SILENT)) {
        (Some(_), _) => "a",
        (None, Some(_)) => "v",
        (None, None) => "av",
    }
}
