//! Real players in a real browser play what the origin serves, to the end and after a seek.
//!
//! Each fixture is played by one HLS player and one DASH player in turn; the plain one by all. What Chromium
//! does not take (HEVC, Dolby, ALAC, MP3 in MP4) is not asked of it. The tools come from
//! `scripts/install-test-tools.sh`.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tests::client::asset_path;
use tests::{Fixture, fixtures, play, serve};

const HLS_PLAYERS: [&str; 3] = ["hlsjs", "videojs", "shaka"];
const DASH_PLAYERS: [&str; 2] = ["dashjs", "shaka"];

/// Beginnings of the names of fixtures that Chromium cannot decode.
const NOT_IN_CHROMIUM: [&str; 8] = ["ac3", "alac", "eac3", "hdr10", "hev1", "hlg", "mp3", "open-gop-hevc"];
/// Sound without pictures.
const SOUND: [&str; 8] = [
    "aac-51",
    "aac-in-mov",
    "aac-only",
    "empty-stss",
    "flac-only",
    "opus-only",
    "presentation/film_audio",
    "stz2",
];
/// Pictures without sound.
const SILENT: [&str; 4] = ["avc3", "ladder/", "presentation/film_90p", "video-only"];
/// Chromium cannot seek in AVC whose key frames are recovery points: not in the source file either.
const NO_SEEK: [&str; 1] = ["open-gop-avc"];

/// The plain case, played by every player.
const PLAIN: &str = "avc-aac.mp4";
/// Two sizes to switch between, played by every player.
const LEVELS: &str = "two-levels.mp4";
/// All fixtures last longer than this, in seconds.
const SEEK: f64 = 2.5;
/// Batches that run side by side.
const BATCHES: usize = 3;

#[test]
fn players_play_everything() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let address = runtime.block_on(serve(&fixtures::named(PLAIN).root));
    let cases = cases(address);
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
    for (index, fixture) in
        fixtures::playable().filter(|fixture| is_any(fixture, &NOT_IN_CHROMIUM).is_none()).enumerate()
    {
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
