//! Stored indexes: what requests cost with them, and that none goes wrong without them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};
use origin::index_store::{Created, IndexStore, MemoryIndexStore};
use origin::source::MemorySource;
use origin::{Config, IndexUse, RequestReport, Service, Source};
use tests::client::asset_path;
use tests::film::{Film, MoovPlace};
use tests::{Client, Download, each, fixtures};

const HOUR: u32 = 3600;
const MASTER: &str = "/film.mp4/master.m3u8";
const MPD: &str = "/film.mp4/manifest.mpd";

type Store = Arc<MemoryIndexStore>;

/// A process that has just started, over the same sources and stored indexes as others.
fn cold<S: Source>(source: &Arc<S>, store: &Store) -> Client<Arc<S>, Store> {
    Client::with_indexes(Arc::clone(source), Arc::clone(store), Config::default())
}

fn indexed(film: Film) -> (Arc<Film>, Store) {
    let (film, store) = (Arc::new(film), Store::default());
    let client = cold(&film, &store);
    assert_eq!(client.run(client.service.index("film.mp4")).unwrap().created, Created::New);
    (film, store)
}

fn report(response: &Response<Bytes>) -> RequestReport {
    assert_eq!(response.status(), StatusCode::OK, "{}", String::from_utf8_lossy(response.body()));
    response.extensions().get::<RequestReport>().unwrap().clone()
}

/// Paths of a film's playlists and of a segment in the middle of each, of pictures and of sound.
struct Paths {
    video_playlist: String,
    video: String,
    sound: String,
}

impl Paths {
    fn of<S: Source>(client: &Client<S, impl IndexStore>) -> Self {
        let master = client.text(MASTER);
        let playlist = |letter: char| {
            let names = |part: &&str| part.contains(&format!("/{letter}")) && part.ends_with("index.m3u8");
            format!("/film.mp4/{}", master.split(['\n', '"']).find(names).unwrap())
        };
        let middle = |playlist: &str| {
            let text = client.text(playlist);
            let segments: Vec<_> = text.lines().filter(|line| line.contains(".m4s")).collect();
            playlist.replace("index.m3u8", segments[segments.len() / 2])
        };
        let video_playlist = playlist('v');
        Self { video: middle(&video_playlist), sound: middle(&playlist('a')), video_playlist }
    }
}

/// Bytes read for each byte served.
#[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
fn amplification(response: &Response<Bytes>) -> f64 {
    let spent = report(response);
    (spent.bytes + spent.index_bytes) as f64 / response.body().len() as f64
}

/// The bars of a film of two hours, and of one of ten: the same counts, and hardly more bytes.
#[test]
fn a_cold_segment_costs_two_reads_however_long_the_film_is() {
    let mut index_bytes = Vec::new();
    for hours in [2, 10] {
        let (film, store) = indexed(Film::new(hours * HOUR, MoovPlace::Front));
        let paths = Paths::of(&cold(&film, &store));
        let response = cold(&film, &store).get(&paths.video);
        let spent = report(&response);
        assert_eq!((spent.lookups, spent.index_reads, spent.reads), (0, 1, 1), "{spent:?}");
        assert_eq!(spent.index, IndexUse::Stored);
        assert!(spent.index_bytes <= 32 << 10, "{spent:?}");
        let read_per_served = amplification(&response);
        eprintln!(
            "{hours} h: {} B of index, {read_per_served:.3} bytes read per byte served",
            spent.index_bytes
        );
        assert!(read_per_served <= 1.06, "{spent:?} for {}", response.body().len());
        let sound = report(&cold(&film, &store).get(&paths.sound));
        assert_eq!((sound.lookups, sound.index_reads), (0, 1), "{sound:?}");
        assert!(sound.index_bytes <= 32 << 10, "{sound:?}");
        index_bytes.push(spent.index_bytes);
    }
    assert!(index_bytes[0].abs_diff(index_bytes[1]) * 20 <= index_bytes[0], "{index_bytes:?}");
}

#[test]
fn a_warm_segment_is_one_read() {
    let (film, store) = indexed(Film::new(HOUR, MoovPlace::Front));
    let client = cold(&film, &store);
    let paths = Paths::of(&client);
    client.body(&paths.video);
    let again = report(&client.get(&paths.video));
    assert_eq!((again.lookups, again.index_reads, again.reads), (0, 0, 1));
    assert_eq!(again.index, IndexUse::Memory);
}

#[test]
fn a_cold_manifest_costs_two_requests_to_the_store() {
    for hours in [2, 10] {
        let (film, store) = indexed(Film::new(hours * HOUR, MoovPlace::Front));
        let paths = Paths::of(&cold(&film, &store));
        for path in [MASTER, MPD] {
            let spent = report(&cold(&film, &store).get(path));
            assert_eq!((spent.lookups, spent.index_reads, spent.reads), (1, 1, 0), "{path}: {spent:?}");
            assert!(spent.index_bytes <= 256 << 10);
        }
        let spent = report(&cold(&film, &store).get(&paths.video_playlist));
        assert_eq!((spent.lookups, spent.index_reads, spent.reads), (0, 1, 0), "{spent:?}");
    }
}

/// `moov` at the end costs no more than in front once there is an index, and five reads at most before: the look-up,
/// three for `moov`, one for the first pictures.
#[test]
fn it_does_not_matter_where_moov_is() {
    let counts = |place: MoovPlace| {
        let (film, store) = (Arc::new(Film::new(2 * HOUR, place)), Store::default());
        let first = report(&cold(&film, &store).get(MASTER));
        assert_eq!(first.index, IndexUse::Built);
        assert!(first.lookups + first.reads <= 5, "{first:?}");
        let paths = Paths::of(&cold(&film, &store));
        [MASTER, MPD, &paths.video, &paths.sound].map(|path| {
            let spent = report(&cold(&film, &store).get(path));
            (spent.lookups, spent.index_reads, spent.reads)
        })
    };
    assert_eq!(counts(MoovPlace::Front), counts(MoovPlace::End));
}

#[test]
fn many_who_find_no_index_store_one() {
    let film = Arc::new(Film::new(60, MoovPlace::Front));
    let store = Store::default();
    let service = || Service::with_indexes(Arc::clone(&film), Arc::clone(&store), Config::default());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let service = service();
            runtime.spawn(async move { service.index("film.mp4").await.unwrap() })
        })
        .collect();
    let outcomes: Vec<_> = tasks.into_iter().map(|task| runtime.block_on(task).unwrap()).collect();
    assert_eq!(outcomes.iter().filter(|indexed| indexed.created == Created::New).count(), 1);
    assert_eq!(outcomes.iter().map(|indexed| &indexed.name).collect::<HashSet<_>>().len(), 1);
    assert_eq!(store.objects().len(), 1);
}

/// Whatever is wrong with a stored index, every answer is right and the store is repaired.
#[test]
fn damaged_indexes_are_made_anew() {
    let (film, store) = indexed(Film::new(150, MoovPlace::Front));
    let (name, good) = store.objects().into_iter().next().unwrap();
    let paths = Paths::of(&cold(&film, &store));
    let expected = [MASTER, &paths.video, &paths.sound].map(|path| cold(&film, &store).body(path));
    let flipped = |at: usize| {
        let mut bytes = good.to_vec();
        bytes[at] ^= 1;
        Bytes::from(bytes)
    };
    let page = good.len() / 2;
    let damaged = [
        Bytes::new(),
        Bytes::from_static(b"not an index"),
        good.slice(..10),
        good.slice(..100),
        good.slice(..page),
        flipped(0),
        // The format's number: an older or newer version of the program wrote it.
        flipped(4),
        flipped(8),
        flipped(40),
    ];
    let in_a_page = [flipped(page), flipped(good.len() - 2000)];
    for (bytes, is_whole_damage) in
        damaged.iter().map(|b| (b, true)).chain(in_a_page.iter().map(|b| (b, false)))
    {
        let writer = cold(&film, &store);
        writer.run(store.replace(&name, bytes.clone())).unwrap();
        let answers = [MASTER, &paths.video, &paths.sound].map(|path| cold(&film, &store).body(path));
        assert_eq!(answers, expected);
        // One page of many may be damaged for long before somebody asks for it.
        if is_whole_damage {
            assert_eq!(store.objects()[&name], good, "the store is repaired");
        }
    }
}

/// URLs that name no page cost two reads of the index at most, and never make an index.
#[test]
fn wrong_locators_are_cheap() {
    let (film, store) = indexed(Film::new(150, MoovPlace::Front));
    let before = store.objects();
    let paths = Paths::of(&cold(&film, &store));
    let elements: Vec<_> = paths.video.split('/').collect();
    let [base, stride, span] = elements[3].split('-').skip(1).collect::<Vec<_>>()[..] else { panic!() };
    let number = |hex: &str| u64::from_str_radix(hex, 16).unwrap();
    let (base, stride, span) = (number(base), number(stride), number(span));
    let start = number_of(&paths.video);
    let wrong = [
        (base + 1, stride, span, start),
        (base + stride, stride, span, start),
        (base, stride + 1, span, start),
        (base, stride, span + 1, start),
        (base, stride, span, start + 1),
        (base, stride, span, start + 1_000_000_000_000),
        (1 << 40, stride, span, start),
        (0, 1, 1, start),
        (0, 1 << 27, span, start),
    ];
    for (base, stride, span, start) in wrong {
        let path = format!("/film.mp4/{}/v1-{base:x}-{stride:x}-{span:x}/{start}.m4s", elements[2]);
        let response = cold(&film, &store).get(&path);
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        let spent = response.extensions().get::<RequestReport>().unwrap();
        assert!(spent.lookups + spent.index_reads + spent.reads <= 2, "{path}: {spent:?}");
        assert!(spent.index_bytes <= 200 << 10, "{path}: {spent:?}");
        // A process that knows the head needs to read nothing.
        let warm = cold(&film, &store);
        warm.body(MASTER);
        let again = warm.get(&path);
        let spent = again.extensions().get::<RequestReport>().unwrap();
        assert_eq!((again.status(), spent.index_reads), (StatusCode::NOT_FOUND, 0), "{path}: {spent:?}");
        for child in ["index.m3u8", "init.mp4"] {
            let path = format!("/film.mp4/{}/v1-{base:x}-{stride:x}-{span:x}/{child}", elements[2]);
            let is_right = path == paths.video_playlist.replace("index.m3u8", child);
            let status = if is_right { StatusCode::OK } else { StatusCode::NOT_FOUND };
            assert_eq!(cold(&film, &store).get(&path).status(), status, "{path}");
        }
    }
    assert_eq!(store.objects(), before);
}

fn number_of(segment: &str) -> u64 {
    segment.rsplit('/').next().unwrap().strip_suffix(".m4s").unwrap().parse().unwrap()
}

/// Deleting all indexes loses nothing, in the middle of play as well.
#[test]
fn lost_indexes_are_made_anew() {
    let (film, store) = indexed(Film::new(150, MoovPlace::Front));
    let paths = Paths::of(&cold(&film, &store));
    let before = store.objects();
    for path in [&paths.video, &paths.sound, &paths.video_playlist] {
        let expected = cold(&film, &store).body(path);
        let client = cold(&film, &store);
        assert_eq!(client.run(client.service.forget("film.mp4")).unwrap(), 1);
        assert!(store.objects().is_empty());
        let response = cold(&film, &store).get(path);
        assert_eq!(report(&response).index, IndexUse::Built);
        assert_eq!(*response.body(), expected);
        assert_eq!(store.objects(), before);
    }
}

/// With a copy of the small tracks, sound is read once and nothing else with it; the answers are the same.
#[test]
fn copied_tracks_are_read_without_the_pictures_between() {
    let (film, store) = indexed(Film::new(400, MoovPlace::Front));
    let paths = Paths::of(&cold(&film, &store));
    let plain = cold(&film, &store).get(&paths.sound);
    assert!(amplification(&plain) > 10.0, "{}", amplification(&plain));
    let index = store.objects().into_values().next().unwrap();
    let client = cold(&film, &store);
    let copied = client.run(client.service.copy_small_tracks("film.mp4")).unwrap();
    let objects = store.objects();
    assert_eq!(objects.len(), 2);
    assert_eq!(copied, objects.values().map(|bytes| bytes.len() as u64).sum::<u64>() - index.len() as u64);
    assert_eq!(client.run(client.service.copy_small_tracks("film.mp4")).unwrap(), 0, "once is enough");

    assert_eq!(Paths::of(&cold(&film, &store)).sound, paths.sound, "URLs stay");
    let response = cold(&film, &store).get(&paths.sound);
    assert_eq!(response.body(), plain.body());
    assert_eq!((report(&response).index_reads, report(&response).reads), (1, 1));
    assert!(amplification(&response) <= 1.05, "{}", amplification(&response));

    // The copy goes, the index stays.
    let name = objects.keys().find(|name| name.contains(".fmc")).unwrap();
    client.run(store.remove(name)).unwrap();
    let response = cold(&film, &store).get(&paths.sound);
    assert_eq!(response.body(), plain.body());
    assert_eq!(store.objects().into_values().collect::<Vec<_>>(), [index], "the plain index is back");
}

/// Bytes that are not the copy's are never sent as if they were, whatever their number.
#[test]
fn another_copy_is_no_copy() {
    let (film, store) = indexed(Film::new(130, MoovPlace::Front));
    let paths = Paths::of(&cold(&film, &store));
    let expected = cold(&film, &store).body(&paths.sound);
    for damage in ["other", "short", "empty"] {
        let client = cold(&film, &store);
        assert!(client.run(client.service.copy_small_tracks("film.mp4")).unwrap() > 0);
        let (name, copy) = store.objects().into_iter().find(|(name, _)| name.contains(".fmc")).unwrap();
        let bytes = match damage {
            "other" => copy.iter().map(|byte| !byte).collect(),
            "short" => copy.slice(..copy.len() - 1),
            _ => Bytes::new(),
        };
        // Warm: the page that refers to the copy is in memory.
        let warm = cold(&film, &store);
        assert_eq!(warm.body(&paths.sound), expected);
        warm.run(store.replace(&name, bytes)).unwrap();
        assert_eq!(warm.body(&paths.sound), expected, "{damage}");
        assert_eq!(cold(&film, &store).body(&paths.sound), expected, "{damage}");
    }
}

/// Many who find the same loss at once repair it once.
#[test]
fn one_repairs_for_all() {
    let (film, store) = indexed(Film::new(130, MoovPlace::Front));
    let paths = Paths::of(&cold(&film, &store));
    let client = cold(&film, &store);
    client.run(client.service.copy_small_tracks("film.mp4")).unwrap();
    let name = store.objects().into_keys().find(|name| name.contains(".fmc")).unwrap();
    let service = Arc::new(Service::with_indexes(Arc::clone(&film), Arc::clone(&store), Config::default()));
    client.run(store.remove(&name)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (service, path) = (Arc::clone(&service), paths.sound.clone());
            runtime.spawn(async move {
                let request = http::Request::get(path).body(()).unwrap();
                let response = service.handle(&request).await;
                assert_eq!(response.status(), StatusCode::OK);
                response.extensions().get::<RequestReport>().unwrap().index
            })
        })
        .collect();
    let uses: Vec<_> = tasks.into_iter().map(|task| runtime.block_on(task).unwrap()).collect();
    assert_eq!(uses.iter().filter(|&&index| index == IndexUse::Built).count(), 1, "{uses:?}");
}

/// Every segment of every fixture is the same from a cold process, from a warm one, and from a copy.
#[test]
fn answers_do_not_depend_on_where_the_index_is() {
    each(fixtures::playable(), |fixture| {
        let mut memory = MemorySource::default();
        memory.insert(&fixture.key, fixture.bytes());
        let (source, store) = (Arc::new(memory), Store::default());
        let expected = Download::of(&Client::new(Arc::clone(&source)), &fixture.key);
        let own = cold(&source, &store);
        own.run(own.service.index(&fixture.key)).unwrap();
        let stored = || {
            let bytes = |path: &str| cold(&source, &store).body(path);
            assert_eq!(bytes(&format!("{}/manifest.mpd", asset_path(&fixture.key))), expected.mpd);
            for rendition in &expected.hls {
                assert_eq!(bytes(&rendition.init_path), rendition.init);
                for segment in &rendition.segments {
                    assert_eq!(bytes(&segment.path), segment.bytes, "{}", segment.path);
                }
            }
        };
        stored();
        if own.run(own.service.copy_small_tracks(&fixture.key)).unwrap() > 0 {
            assert_eq!(store.objects().len(), 2);
            stored();
        }
    });
}
