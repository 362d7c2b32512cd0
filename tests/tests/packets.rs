//! Every packet that a player is shown is the source's, at its time. Oracle: ffprobe on the source.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::collections::{HashMap, HashSet};

use http::StatusCode;
use sha2::{Digest, Sha256};
use tests::client::{asset_path, header};
use tests::ffprobe::{self, EditList, Packet, Stream};
use tests::fixtures::{self, UNPLAYABLE};
use tests::{Client, Download, Fixture, Rendition, each, fmp4};

/// A packaged sample: which packet of the source it is, and when it is presented.
struct Delivered {
    /// Index among the source's packets; `None` for a silent frame.
    packet: Option<usize>,
    /// Which run of source packets it belongs to, from 0.
    run: usize,
    /// Presentation time in ticks of the packaged track.
    pts: i64,
    is_sync: bool,
}

/// Start in seconds and media time in ticks of each edit.
type Edits = [(f64, i64)];

/// Edit lists whose times ffmpeg rounds to whole pictures and frames, as `make.sh` writes them: those of
/// the pictures and of the sound.
const EXACT_EDITS: [(&str, [&Edits; 2]); 3] = [
    // 3.5 s lies 1.5 s behind the key frame: 1024 + 1.5 * 12800 ticks. Sound: 1.58 s of 48 kHz.
    ("cut-inside-gop.mp4", [&[(0.0, 20_224)], &[(0.0, 75_840)]]),
    ("two-edits.mp4", [&[(0.0, 1024)], &[(0.0, 1024)]]),
    ("two-edits-gap.mp4", [&[(0.0, 1024), (4.0, 90_624)], &[(0.0, 1024), (4.0, 337_024)]]),
];

/// A file of Shaka Packager's tests whose sound ffprobe looks for in the wrong places, as §8.8.7.1 would have it;
/// isobmff's `offsets_that_can_only_count_from_the_moof_do` is about such files.
const MISREAD: &str = "bear-640x360-av_frag.mp4";

/// A packaged track beside the source's.
struct Track {
    name: String,
    scale: u32,
    samples: Vec<Delivered>,
    source: Stream,
    shown: Stream,
    exact_edits: Option<&'static Edits>,
}

#[test]
fn made_fixtures_are_delivered() {
    each(fixtures::playable(), check);
}

#[test]
fn corpus_is_delivered_or_refused() {
    each(&fixtures::corpus(), |fixture| {
        if is_playable(fixture) && !fixture.key.ends_with(MISREAD) {
            check(fixture);
        }
    });
}

#[test]
fn the_unplayable_are_these() {
    let refused: Vec<_> =
        fixtures::made().iter().filter(|fixture| !is_playable(fixture)).map(|f| f.key.as_str()).collect();
    assert_eq!(refused, UNPLAYABLE);
}

/// Whether there is a manifest; if not, the answer must say so clearly.
fn is_playable(fixture: &Fixture) -> bool {
    let client = Client::new(fixture.source());
    let response = client.get(&format!("{}/master.m3u8", asset_path(&fixture.key)));
    if response.status() == StatusCode::OK {
        return true;
    }
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{}", fixture.key);
    assert_eq!(header(response.headers(), "content-type"), "application/json");
    let error: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.len() > 20, "{message}");
    false
}

fn check(fixture: &Fixture) {
    let client = Client::new(fixture.source());
    let download = Download::of(&client, &fixture.key);
    same_urls(&download);
    let source = ffprobe::streams(&fixture.path(), EditList::Ignore);
    let shown = ffprobe::streams(&fixture.path(), EditList::Apply);
    let tracks: Vec<_> =
        download.hls.iter().map(|rendition| Track::new(fixture, rendition, (&source, &shown))).collect();
    let mut shifts = Vec::new();
    for track in &tracks {
        whole_and_in_order(fixture, track);
        shifts.push((track.name.as_str(), times(fixture, track)));
    }
    // Tracks move together: less than a millisecond between any two.
    for (name, shift) in &shifts {
        let apart = (shift - shifts[0].1).abs();
        assert!(apart < 0.001, "{name} is {apart} s off against {}: {shifts:?}", shifts[0].0);
    }
}

fn same_urls(download: &Download) {
    let urls = |rendition: &Rendition| rendition.segments.iter().map(|s| s.path.clone()).collect::<Vec<_>>();
    let named =
        |list: &[Rendition]| list.iter().map(|r| (r.name.clone(), urls(r))).collect::<HashMap<_, _>>();
    assert_eq!(named(&download.hls), named(&download.dash));
    assert_eq!(download.hls.len(), download.dash.len());
    for hls in &download.hls {
        let dash = download.dash.iter().find(|dash| dash.name == hls.name).unwrap();
        let (one, other) = (fmp4::init(&hls.init), fmp4::init(&dash.init));
        assert_eq!(one.edits, other.edits);
        assert_eq!((one.timescale, u64::from(one.timescale)), (other.timescale, dash.timescale));
        assert_eq!(one.defaults, other.defaults);
    }
}

impl Track {
    fn new(fixture: &Fixture, rendition: &Rendition, (source, shown): (&[Stream], &[Stream])) -> Self {
        let stream = |list: &[Stream]| list.iter().find(|s| s.number == rendition.number()).unwrap().clone();
        let (source, shown) = (stream(source), stream(shown));
        let init = fmp4::init(&rendition.init);
        let samples: Vec<_> = rendition
            .segments
            .iter()
            .flat_map(|segment| fmp4::segment(&segment.bytes, &init).samples)
            .collect();
        let hashes: Vec<_> = samples.iter().map(|sample| hash(&sample.bytes)).collect();
        let samples = align(&hashes, &source.packets)
            .into_iter()
            .zip(&samples)
            .map(|((packet, run), sample)| Delivered {
                packet,
                run,
                pts: sample.composition_time - init.media_time(),
                is_sync: sample.is_sync(),
            })
            .collect();
        let known = EXACT_EDITS.iter().find(|(key, _)| fixture.key == *key);
        let exact_edits = known.map(|(_, edits)| edits[usize::from(!rendition.is_video())]);
        Self { name: rendition.name.clone(), scale: init.timescale, samples, source, shown, exact_edits }
    }

    fn is_video(&self) -> bool {
        self.name.starts_with('v')
    }

    /// How much later than in the source a sample is presented, in seconds: once for each time that the
    /// source's edit list shows the packet. Exact for times below 2^53 ticks.
    #[expect(clippy::cast_precision_loss, reason = "fixtures are minutes long")]
    fn shift(&self, sample: &Delivered) -> Option<f64> {
        let packet = &self.source.packets[sample.packet?];
        let delivered = sample.pts as f64 / f64::from(self.scale);
        if let Some((start, media_time)) = self.exact_edits.and_then(|edits| edits.get(sample.run)) {
            return Some(
                delivered - start - (packet.pts - media_time) as f64 / f64::from(self.source.timescale),
            );
        }
        let same: Vec<_> = self.shown.packets.iter().filter(|shown| shown.pos == packet.pos).collect();
        let shown = same.get(sample.run).or(same.last())?;
        Some(delivered - shown.pts as f64 / f64::from(self.source.timescale))
    }
}

fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes).iter().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02x}").unwrap();
        out
    })
}

/// For each delivered packet its index in the source and the number of its run. A new run begins where
/// the source's order is left.
fn align(delivered: &[String], source: &[Packet]) -> Vec<(Option<usize>, usize)> {
    let known: HashSet<_> = source.iter().map(|packet| packet.hash.as_str()).collect();
    let mut next: Option<usize> = None;
    let mut runs = 0;
    let mut out = Vec::new();
    for (index, hash) in delivered.iter().enumerate() {
        if !known.contains(hash.as_str()) {
            out.push((None, runs));
            continue;
        }
        let follows = next.filter(|&at| source.get(at).is_some_and(|packet| packet.hash == *hash));
        let at = follows.unwrap_or_else(|| {
            runs += usize::from(next.is_some());
            longest_match(&delivered[index..], source)
        });
        out.push((Some(at), runs));
        next = Some(at + 1);
    }
    out
}

/// Where in the source the longest run of these packets starts.
fn longest_match(delivered: &[String], source: &[Packet]) -> usize {
    let length = |at: usize| delivered.iter().zip(&source[at..]).take_while(|(d, s)| **d == s.hash).count();
    let starts = (0..source.len()).filter(|&at| source[at].hash == delivered[0]);
    starts.max_by_key(|&at| (length(at), std::cmp::Reverse(at))).unwrap()
}

/// One run of source packets for each part that the edit list shows; nothing shown is missing.
fn whole_and_in_order(fixture: &Fixture, track: &Track) {
    let expected_runs = if fixture.is("two-edits-gap") { 2 } else { 1 };
    let runs = track.samples.iter().map(|sample| sample.run + 1).max().unwrap();
    assert!(runs == expected_runs || fixture.is_foreign, "{}: {runs} runs", track.name);
    let inserted = track.samples.iter().filter(|sample| sample.packet.is_none()).count();
    let has_hole = fixture.is("late-audio") || fixture.is("hole-in-audio") || is_without_edits(fixture);
    let may_insert = !track.is_video() && (has_hole || fixture.is_foreign);
    assert_eq!(
        inserted > 0,
        may_insert && (inserted > 0 || !fixture.is_foreign),
        "{}: {inserted} inserted",
        track.name
    );
    for sample in &track.samples {
        let is_key = sample.packet.is_none_or(|packet| track.source.packets[packet].is_key);
        // ffmpeg takes more for key frames than `stss` lists, where it looks into the media.
        let is_right = sample.is_sync == is_key || (fixture.is_foreign && is_key);
        assert!(is_right, "{}: {:?} is a key frame: {is_key}", track.name, sample.packet);
    }
    let there: HashSet<_> =
        track.samples.iter().filter_map(|sample| Some(track.source.packets[sample.packet?].pos)).collect();
    // The file ends inside of its last packet, of which ffprobe reads what is there.
    let is_cut = |packet: &Packet| fixture.is("fragmented-cut") && packet.pos == LAST_OF_CUT;
    for packet in track.shown.packets.iter().filter(|packet| !packet.is_hidden && !is_cut(packet)) {
        assert!(there.contains(&packet.pos), "{}: the packet at {} s is missing", track.name, packet.pts);
    }
}

/// Fragments for which ffmpeg wrote no edit list: pictures start at 0.08 s, and the first frame of sound, which
/// only primes the decoder, at 0, followed by a hole of two frames.
fn is_without_edits(fixture: &Fixture) -> bool {
    let names =
        ["fragmented.mp4", "fragmented-sidx", "fragmented-cut", "fragmented-untimed", "fragmented-hybrid"];
    names.iter().any(|name| fixture.is(name))
}

/// Fixtures whose first picture comes after the first sound.
fn has_late_video(fixture: &Fixture) -> bool {
    let names = ["late-video", "fragmented-glued", "fragmented-recording"];
    names.iter().any(|name| fixture.is(name)) || is_without_edits(fixture)
}

/// Where the packet lies that `fragmented-cut.mp4` ends in.
const LAST_OF_CUT: u64 = 249_094;

/// The shift of all packets of a track, which must be one, but for pictures at the start of an edit.
fn times(fixture: &Fixture, track: &Track) -> f64 {
    let shift = track.samples.iter().rev().find_map(|sample| track.shift(sample)).unwrap();
    let half_tick = 0.5 / f64::from(track.scale);
    let is_moved =
        |sample: &&Delivered| track.shift(sample).is_none_or(|own| (own - shift).abs() > half_tick);
    let moved: Vec<_> =
        track.samples.iter().filter(|sample| sample.packet.is_some()).filter(is_moved).collect();
    if has_late_video(fixture) && track.is_video() {
        // The first picture is held from 0 on.
        assert_eq!(
            moved.iter().map(|sample| (sample.packet, sample.pts)).collect::<Vec<_>>(),
            [(Some(0), 0)]
        );
    } else if fixture.is("cut-inside-gop") && track.is_video() {
        squeezed(track, &moved);
    } else if !(fixture.is_foreign || fixture.is("two-edits-gap") && track.is_video()) {
        let list: Vec<_> = moved.iter().take(5).map(|s| (s.packet, s.pts, track.shift(s))).collect();
        assert!(list.is_empty(), "{}: {} are not at {shift}: {list:?}", track.name, moved.len());
    }
    shift
}

/// Hidden pictures follow each other in display order, one tick each from 0 on; the first picture that is
/// shown comes right behind.
fn squeezed(track: &Track, moved: &[&Delivered]) {
    let source_pts = |sample: &Delivered| track.source.packets[sample.packet.unwrap()].pts;
    let mut in_display_order: Vec<_> = moved.iter().collect();
    in_display_order.sort_by_key(|sample| source_pts(sample));
    let slots: Vec<_> = in_display_order.iter().map(|sample| sample.pts).collect();
    assert_eq!(slots, (0..i64::try_from(moved.len()).unwrap()).collect::<Vec<_>>());
    // The cut lies in the middle of a picture, which is the last to move.
    let media_time = track.exact_edits.unwrap()[0].1;
    let ends_before = |packet: &&Packet| packet.pts + packet.duration <= media_time;
    assert_eq!(slots.len(), track.source.packets.iter().filter(ends_before).count() + 1);
}
