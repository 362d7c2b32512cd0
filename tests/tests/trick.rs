//! Trick play: each key frame of each fixture, alone, and what it costs.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::collections::HashMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use http::StatusCode;
use isobmff::testing::{SourceMovie, SourceSample, SourceTrack, avc1};
use origin::RequestReport;
use origin::index_store::MemoryIndexStore;
use origin::source::MemorySource;
use origin::{Config, IndexStore, Source};
use sha2::{Digest, Sha256};
use tests::client::asset_path;
use tests::download::{micros, quoted};
use tests::ffprobe::{self, EditList};
use tests::film::{Film, MoovPlace};
use tests::offer::resolve;
use tests::{Client, each, fixtures, fmp4};

/// An entry of an I-frame playlist.
struct Entry {
    path: String,
    micros: u64,
}

/// An I-frame playlist: the path of the init segment, and the entries.
fn entries(client: &Client<impl Source, impl IndexStore>, path: &str) -> (String, Vec<Entry>) {
    let text = client.text(path);
    assert!(text.contains("#EXT-X-I-FRAMES-ONLY\n"), "{text}");
    let map = text.lines().find(|line| line.starts_with("#EXT-X-MAP")).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let timed = lines.windows(2).filter_map(|pair| Some((pair[0].strip_prefix("#EXTINF:")?, pair[1])));
    let entry = |(duration, uri): (&str, &str)| Entry {
        path: resolve(path, uri),
        micros: micros(duration.trim_end_matches(',')),
    };
    (resolve(path, quoted(map, "URI").unwrap()), timed.map(entry).collect())
}

/// Paths of the I-frame playlists of an asset, and the bandwidth that is said of each.
fn playlists(client: &Client<impl Source, impl IndexStore>, master: &str) -> Vec<(String, u64)> {
    let text = client.text(master);
    let lines = text.lines().filter(|line| line.starts_with("#EXT-X-I-FRAME-STREAM-INF:"));
    let bandwidth = |line: &str| line.split("BANDWIDTH=").nth(1).unwrap().split(',').next().unwrap().parse();
    lines.map(|line| (resolve(master, quoted(line, "URI").unwrap()), bandwidth(line).unwrap())).collect()
}

/// How many pictures ffmpeg makes of these bytes, and of which type.
fn decoded(bytes: &[u8]) -> String {
    let mut child = Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "frame=pict_type", "-of", "csv=p=0", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // ffprobe may have read all it needs and be gone.
    let _ = child.stdin.take().unwrap().write_all(bytes);
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().trim_matches(',').to_owned()
}

/// Oracle: ffprobe's packets of the source, by the hash of their bytes, and its decoder.
#[test]
fn every_entry_is_a_key_frame_that_decodes_alone() {
    each(fixtures::playable().filter(|fixture| !fixture.is("huge/")), |fixture| {
        let client = Client::new(fixture.source());
        let master = format!("{}/master.m3u8", asset_path(&fixture.key));
        let response = client.get(&master);
        if response.status() == StatusCode::UNPROCESSABLE_ENTITY {
            return; // Captions alone.
        }
        let keys: HashMap<_, _> = ffprobe::streams(&fixture.path(), EditList::Ignore)
            .into_iter()
            .flat_map(|stream| stream.packets)
            .filter(|packet| packet.is_key)
            .map(|packet| (packet.hash, packet.pts))
            .collect();
        for (playlist, bandwidth) in playlists(&client, &master) {
            let (init_path, entries) = entries(&client, &playlist);
            let init = client.body(&init_path);
            let read = fmp4::init(&init);
            let mut last: Option<i64> = None;
            for (number, entry) in entries.iter().enumerate() {
                let bytes = client.body(&entry.path);
                let segment = fmp4::segment(&bytes, &read);
                let [sample] = &segment.samples[..] else { panic!("{}: one sample", entry.path) };
                let hash = format!("{:x}", Sha256::digest(&sample.bytes));
                let pts = *keys.get(&hash).unwrap_or_else(|| panic!("{} is no key frame", entry.path));
                assert!(last.is_none_or(|last| last < pts), "{} comes again", entry.path);
                last = Some(pts);
                assert!(
                    bandwidth * entry.micros.max(10_000) >= bytes.len() as u64 * 8 * 999_990,
                    "{bandwidth}"
                );
                if number < 2 || number + 1 == entries.len() {
                    let whole = [&init[..], &bytes[..]].concat();
                    assert_eq!(decoded(&whole), "I", "{}", entry.path);
                }
            }
        }
    });
}

type Store = Arc<MemoryIndexStore>;

fn cold<S: Source>(source: &Arc<S>, store: &Store) -> Client<Arc<S>, Store> {
    Client::with_indexes(Arc::clone(source), Arc::clone(store), Config::default())
}

/// One read of the index and one of the media for each of 3600, one that is not there costs two of the index.
#[test]
fn a_cold_key_frame_costs_two_reads() {
    let (film, store) = (Arc::new(Film::new(7200, MoovPlace::Front)), Store::default());
    let client = cold(&film, &store);
    client.run(client.service.index("film.mp4")).unwrap();
    let (playlist, _) = playlists(&client, "/film.mp4/master.m3u8").remove(0);
    let (_, entries) = entries(&client, &playlist);
    assert_eq!(entries.len(), 3600);
    for entry in entries.iter().step_by(97) {
        let response = cold(&film, &store).get(&entry.path);
        let spent = response.extensions().get::<RequestReport>().unwrap();
        assert_eq!((spent.lookups, spent.index_reads, spent.reads), (0, 1, 1), "{}: {spent:?}", entry.path);
    }
    let before = store.objects();
    let wrong = entries[7].path.replace("-i.m4s", "1-i.m4s");
    let response = cold(&film, &store).get(&wrong);
    let spent = response.extensions().get::<RequestReport>().unwrap();
    assert_eq!((response.status(), spent.reads), (StatusCode::NOT_FOUND, 0));
    assert!(spent.index_reads <= 2, "{spent:?}");
    assert_eq!(store.objects(), before);
}

/// Groups of seven pictures, with two leading ones but for the first: the key frame that is shown at 60.00 s, on the second page's
/// time, is in the segment from 59.92 s on, on the first page.
#[test]
fn behind_the_end_of_its_page() {
    const DISPLAY: [i32; 7] = [2, 0, 1, 3, 4, 5, 6];
    let samples = (0..3500).map(|number| {
        let place = number % 7;
        let display = if number < 7 { i32::try_from(place).unwrap() } else { DISPLAY[place] };
        let offset = (display - i32::try_from(place).unwrap() + 2) * 512;
        let size = 100 + u32::try_from(number).unwrap();
        SourceSample { offset, is_sync: place == 0, ..SourceSample::sync(512, size) }
    });
    let track = SourceTrack::new(1, *b"vide", 12_800, avc1((640, 360), &[])).with_samples(samples);
    let movie = SourceMovie { timescale: 1000, tracks: vec![track.with_edits(&[(140_000, Some(1024))])] };
    let mut file = movie.moov().to_vec();
    let media = usize::try_from(movie.tracks[0].first_byte()).unwrap();
    let room = u32::try_from(media - 8 - file.len()).unwrap();
    file.extend([&room.to_be_bytes()[..], b"free"].concat());
    file.resize(usize::try_from(movie.file_bytes()).unwrap(), 0);
    file[media - 8..media - 4].copy_from_slice(&0u32.to_be_bytes());
    file[media - 4..media].copy_from_slice(b"mdat");
    let mut source = MemorySource::default();
    source.insert("film.mp4", file);
    let (source, store) = (Arc::new(source), Store::default());
    let client = cold(&source, &store);
    client.run(client.service.index("film.mp4")).unwrap();
    let (playlist, _) = playlists(&client, "/film.mp4/master.m3u8").remove(0);
    let (_, entries) = entries(&client, &playlist);
    let path = playlist.replace("iframes.m3u8", &format!("{}-i.m4s", 60 * 12_800));
    assert!(entries.iter().any(|entry| entry.path == path), "{path}");
    let segments = client.text(&playlist.replace("iframes", "index"));
    assert!(segments.contains(&format!("\n{}.m4s\n", (60 * 25 - 2) * 512)), "{segments}");
    let response = cold(&source, &store).get(&path);
    assert_eq!(response.status(), StatusCode::OK);
    let spent = response.extensions().get::<RequestReport>().unwrap();
    assert_eq!((spent.index_reads, spent.reads), (3, 1), "{spent:?}");
}
