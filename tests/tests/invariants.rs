//! What holds for any source, any segment duration, and with or without priming.
//!
//! The answers come from the delivered bytes, read by a reader of the tests' own, and are worked out again
//! by brute force.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::num::NonZeroU32;

use http::{Method, StatusCode};
use origin::source::DirectorySource;
use origin::{Config, Source};
use packaging::{Policy, Priming};
use proptest::prelude::*;
use tests::client::header;
use tests::download::track_of;
use tests::fixtures;
use tests::fmp4::{self, Init, Sample, Segment};
use tests::{Client, Download, Fixture, MediaSegment, Rendition, each};

/// A rendition, read.
struct Track<'a> {
    hls: &'a Rendition,
    dash: &'a Rendition,
    init: Init,
    segments: Vec<Segment>,
}

#[test]
fn hold_for_all_fixtures_by_default() {
    let seeds = [0.0, 0.1, 0.5, 0.77, 0.999];
    each(fixtures::playable(), |fixture| check(fixture, Policy::default(), &seeds));
}

#[test]
fn hold_for_the_corpus() {
    let corpus = fixtures::corpus();
    let playable = corpus.iter().filter(|fixture| {
        let client = Client::new(fixture.source());
        client.get(&format!("{}/master.m3u8", tests::client::asset_path(&fixture.key))).status()
            == StatusCode::OK
    });
    each(playable, |fixture| check(fixture, Policy::default(), &[0.3, 0.6]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hold_for_any_policy(
        fixture in prop::sample::select(fixtures::playable().collect::<Vec<_>>()),
        millis in 500u32..20_000,
        drops in any::<bool>(),
        segment_index in any::<bool>(),
        seeds in prop::collection::vec(0.0..1.0f64, 4),
    ) {
        let priming = if drops { Priming::Drop } else { Priming::Keep };
        let policy = Policy { segment_millis: NonZeroU32::new(millis).unwrap(), priming, segment_index, start_micros: None, clip: None };
        check(fixture, policy, &seeds);
    }
}

/// Packaging adds no more than this to 6 s segments: 8 bytes for each of 150 pictures, 4 for each of about
/// 282 sound frames, and the boxes around them.
#[test]
fn overhead_is_small() {
    let client = Client::new(fixtures::named("overhead-720p25.mp4").source());
    let download = Download::of(&client, "overhead-720p25.mp4");
    for rendition in &download.hls {
        let most = if rendition.is_video() { 1400 } else { 1300 };
        let init = fmp4::init(&rendition.init);
        for segment in &rendition.segments {
            let added = segment.bytes.len() - fmp4::segment(&segment.bytes, &init).media_bytes();
            assert!(added <= most, "{}: {added} bytes beside the media", segment.path);
        }
    }
}

fn check(fixture: &Fixture, policy: Policy, seeds: &[f64]) {
    let client = Client::with_config(fixture.source(), Config { policy, ..Config::default() });
    let download = Download::of(&client, &fixture.key);
    let tracks: Vec<_> = download.hls.iter().map(|hls| Track::new(hls, &download.dash)).collect();
    for track in &tracks {
        has_plain_edits(track);
        indexes_agree(track, policy);
        begins_at_zero(fixture, track);
        is_continuous(track);
        durations_agree(track);
        segments_begin_where_they_should(track, policy);
        lengths_agree(&client, track);
        ranges_are_slices(&client, track, seeds);
    }
    counts_agree(fixture, policy, &tracks);
    bandwidth_is_enough(&download, &tracks);
}

impl<'a> Track<'a> {
    fn new(hls: &'a Rendition, dash: &'a [Rendition]) -> Self {
        let dash = dash.iter().find(|dash| dash.name == hls.name).unwrap();
        let init = fmp4::init(&hls.init);
        let segments = hls.segments.iter().map(|segment| fmp4::segment(&segment.bytes, &init)).collect();
        Self { hls, dash, init, segments }
    }

    fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.segments.iter().flat_map(|segment| &segment.samples)
    }

    fn present(&self, sample: &Sample) -> i64 {
        sample.composition_time - self.init.media_time()
    }

    fn scale(&self) -> u64 {
        self.init.timescale.into()
    }
}

/// The only form of edit list that browsers must honour: one entry to the end, at rate 1.
fn has_plain_edits(track: &Track<'_>) {
    assert!(track.init.edits.len() <= 1);
    for &(duration, media_time, rate) in &track.init.edits {
        assert_eq!((duration, rate), (0, 0x1_0000));
        assert!(media_time > 0);
    }
    assert!(track.samples().all(|sample| sample.composition_time >= sample.decode_time.cast_signed()));
}

/// A `sidx` says of a segment what `S` does: when it is presented, not when it is decoded.
fn indexes_agree(track: &Track<'_>, policy: Policy) {
    for (segment, listed) in track.segments.iter().zip(&track.dash.segments) {
        assert_eq!(segment.index.is_some(), policy.segment_index);
        let Some(index) = segment.index else { continue };
        assert_eq!(index.timescale, track.init.timescale);
        assert_eq!(
            (index.earliest, u64::from(index.duration)),
            (listed.start, listed.duration),
            "{}",
            listed.path
        );
        assert!(index.sap_type == 1 || (track.hls.is_video() && (2..=3).contains(&index.sap_type)));
    }
}

/// Decoding begins at 0 in every track, and something is presented at 0.
fn begins_at_zero(fixture: &Fixture, track: &Track<'_>) {
    let first = &track.segments[0];
    if fixture.is_foreign && !track.hls.is_video() {
        return; // Sound without a silent frame may start late.
    }
    assert_eq!(first.decode_time, 0, "{}", track.hls.name);
    let covers_zero = |sample: &Sample| {
        let start = track.present(sample);
        start <= 0 && start + i64::from(sample.duration) > 0
    };
    assert!(first.samples.iter().any(covers_zero), "{}: nothing is presented at 0", track.hls.name);
}

fn is_continuous(track: &Track<'_>) {
    for (index, pair) in track.segments.windows(2).enumerate() {
        assert_eq!(
            pair[0].decode_time + pair[0].duration(),
            pair[1].decode_time,
            "{} {index}",
            track.hls.name
        );
        assert_eq!(pair[0].sequence + 1, pair[1].sequence);
    }
    for pair in track.samples().collect::<Vec<_>>().windows(2) {
        assert!(pair[0].decode_time < pair[1].decode_time, "{}: decoding stands still", track.hls.name);
    }
}

/// EXTINF adds up to the decoding times, less than a microsecond late; `S` to the presentation times.
fn durations_agree(track: &Track<'_>) {
    let scale = u128::from(track.scale());
    let origin = track.segments[0].decode_time;
    let mut printed = 0;
    for (segment, carried) in track.hls.segments.iter().zip(&track.segments) {
        printed += u128::from(segment.duration);
        let end = u128::from(carried.decode_time - origin + carried.duration()) * 1_000_000;
        let late = (printed * scale).checked_sub(end);
        assert!(late.is_some_and(|late| late < scale), "{}: {printed} µs for {end}/{scale}", segment.path);
    }
    let timeline = &track.dash.segments;
    for (index, pair) in timeline.windows(2).enumerate() {
        assert_eq!(pair[0].start + pair[0].duration, pair[1].start, "S {index}");
        let first = &track.segments[index + 1].samples[0];
        let (start, presented) = (pair[1].start.cast_signed(), track.present(first));
        // Some writers give the first frame of sound an offset of its own, so that it is due with the
        // second: what the segments carry and what `S` says then differ by that frame.
        let is_reordered = track.samples().any(|s| s.composition_time != s.decode_time.cast_signed());
        let is_there = match (track.hls.is_video(), is_reordered) {
            (true, _) => start <= presented,
            (false, true) => (start - presented).abs() <= track.init.media_time(),
            (false, false) => start == presented,
        };
        assert!(is_there, "{}: S at {start}, its first sample at {presented}", track.hls.name);
    }
}

/// A segment begins at the first sync sample at or after each grid line, worked out over all samples.
fn segments_begin_where_they_should(track: &Track<'_>, policy: Policy) {
    let scale = i128::from(track.init.timescale);
    let grid = i128::from(policy.segment_millis.get()) * scale;
    let samples: Vec<_> = track.samples().collect();
    let mut expected = vec![0];
    let mut line = None;
    for (index, sample) in samples.iter().enumerate() {
        let at = i128::from(track.present(sample)) * 1000;
        let reached = at.max(0) / grid;
        let is_new_line = at >= 0 && line.is_none_or(|line| reached > line);
        if index == 0 {
            line = Some(reached);
        } else if sample.is_sync() && is_new_line {
            expected.push(index);
            line = Some(reached);
        }
    }
    let tail = expected.last().map(|&at| &samples[at..]);
    if expected.len() > 1 && tail.is_some_and(|tail| is_short(track, tail, &expected, &samples)) {
        expected.pop();
    }
    let begins = track.segments.iter().scan(0, |at, segment| {
        let begin = *at;
        *at += segment.samples.len();
        Some(begin)
    });
    assert_eq!(begins.collect::<Vec<_>>(), expected, "{} {policy:?}", track.hls.name);
    if track.hls.is_video() {
        assert!(track.segments.iter().all(|segment| segment.samples[0].is_sync()));
    }
}

/// A tail that is not worth a segment: less than 0.1 s, or no more than one picture (hls.js stalls before
/// the end on a segment of one).
fn is_short(track: &Track<'_>, tail: &[&Sample], begins: &[usize], samples: &[&Sample]) -> bool {
    let sum = |part: &[&Sample]| part.iter().map(|sample| u64::from(sample.duration)).sum::<u64>();
    let before = &samples[begins[begins.len() - 2]..begins[begins.len() - 1]];
    let is_one_picture = track.hls.is_video() && sum(tail) * 2 < sum(before) / before.len() as u64 * 3;
    is_one_picture || sum(tail) * 10 < track.scale()
}

/// What is planned, promised by HEAD, and sent is one length.
fn lengths_agree<S: Source>(client: &Client<S>, track: &Track<'_>) {
    for segment in &track.hls.segments {
        let head = client.send(Method::HEAD, &segment.path, &[]);
        assert_eq!(head.status(), StatusCode::OK);
        assert_eq!(header(head.headers(), "content-length"), segment.bytes.len().to_string());
        assert!(head.body().is_empty());
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a random place"
)]
fn ranges_are_slices<S: Source>(client: &Client<S>, track: &Track<'_>, seeds: &[f64]) {
    for pair in seeds.windows(2) {
        let pick = |seed: f64, len: usize| (seed * len as f64) as usize;
        let segment = &track.hls.segments[pick(pair[0], track.hls.segments.len())];
        let (a, b) = (pick(pair[0], segment.bytes.len()), pick(pair[1], segment.bytes.len()));
        let (first, last) = (a.min(b), a.max(b));
        let response =
            client.send(Method::GET, &segment.path, &[("range", &format!("bytes={first}-{last}"))]);
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(response.body()[..], segment.bytes[first..=last]);
    }
}

/// Segments hold each sample of the plan once; what is planned is what is sent.
fn counts_agree(fixture: &Fixture, policy: Policy, tracks: &[Track<'_>]) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let service =
        origin::Service::new(DirectorySource::new(&fixture.root), Config { policy, ..Config::default() });
    let loaded = runtime.block_on(service.load(&fixture.key)).unwrap();
    for track in tracks {
        let planned =
            loaded.asset.tracks.iter().find(|planned| planned.name.to_string() == track.hls.name).unwrap();
        assert_eq!(planned.segmentation.samples(), track.samples().count() as u64);
        let bytes: Vec<_> = planned.segmentation.segments.iter().map(|segment| segment.bytes).collect();
        assert_eq!(
            bytes,
            track.hls.segments.iter().map(|segment| segment.bytes.len() as u64).collect::<Vec<_>>()
        );
    }
}

/// BANDWIDTH bounds every run of segments that lasts half to one and a half target durations
/// (RFC 8216bis §4.4.6.2), of the pictures and of the sound that goes with them.
fn bandwidth_is_enough(download: &Download, tracks: &[Track<'_>]) {
    let peak_of = |uri: &str| {
        let track = tracks.iter().find(|track| track.hls.name == track_of(uri)).unwrap();
        peak(&track.hls.segments, target_duration(&track.hls.playlist))
    };
    let lines: Vec<_> = download.multivariant.lines().collect();
    for pair in lines.windows(2).filter(|pair| pair[0].starts_with("#EXT-X-STREAM-INF:")) {
        let stated: f64 =
            pair[0].split("BANDWIDTH=").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
        let group = tests::download::quoted(pair[0], "AUDIO");
        let in_group = |line: &&&str| {
            line.starts_with("#EXT-X-MEDIA:") && tests::download::quoted(line, "GROUP-ID") == group
        };
        let uris = lines.iter().filter(in_group).filter_map(|line| tests::download::quoted(line, "URI"));
        let sound = uris.map(peak_of).fold(0.0, f64::max);
        let own = if group.is_some() && pair[1].contains("/a") { 0.0 } else { peak_of(pair[1]) };
        // EXTINF may be a microsecond shorter than the media.
        assert!(stated * 1.000_01 >= own + sound, "{stated} is less than {own} + {sound}");
    }
}

fn target_duration(playlist: &str) -> f64 {
    let line = playlist.lines().find_map(|line| line.strip_prefix("#EXT-X-TARGETDURATION:"));
    line.unwrap().parse().unwrap()
}

/// The largest rate in bits per second that counts; 0 if none does.
#[expect(clippy::cast_precision_loss, reason = "sums of small numbers")]
fn peak(segments: &[MediaSegment], target: f64) -> f64 {
    let mut most = 0.0f64;
    for first in 0..segments.len() {
        let (mut bytes, mut micros) = (0, 0);
        for segment in &segments[first..] {
            bytes += segment.bytes.len();
            micros += segment.duration;
            let secs = micros as f64 / 1e6;
            if secs >= target * 0.5 && secs <= target * 1.5 {
                most = most.max(bytes as f64 * 8.0 / secs);
            }
        }
    }
    most
}
