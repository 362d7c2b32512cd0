//! The same against `SeaweedFS`, which checks signatures and has its own reading of S3.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream;
use origin::index_store::Created;
use origin::s3::{S3Limits, S3Settings};
use origin::source::SourceError;
use origin::{IndexStore, Source};
use tests::{S3Endpoint, SeaweedFs};

use super::{Stores, film, is_film};

/// A server, and folders on it that no other test has.
struct Place {
    server: Arc<SeaweedFs>,
    stores: Stores,
    settings: S3Settings,
}

impl Place {
    fn new() -> Self {
        static PLACES: AtomicU32 = AtomicU32::new(0);
        let number = PLACES.fetch_add(1, Ordering::Relaxed);
        let server = SeaweedFs::shared();
        // A machine that runs all tests at once may be slow.
        let settings = S3Settings {
            source_prefix: format!("{number}/in/"),
            index_prefix: format!("{number}/v1"),
            limits: S3Limits::patient(),
            ..super::settings()
        };
        let stores = Stores::of(server.endpoint(), settings.clone());
        Self { server, stores, settings }
    }

    /// Puts a source where it will be looked for, by a client that is not the product's.
    fn put(&self, key: &str, bytes: &Bytes) {
        self.stores.run(async {
            let put = self.server.client().await.put_object().bucket(&self.settings.source_bucket);
            let put = put
                .key(format!("{}{key}", self.settings.source_prefix))
                .body(ByteStream::from(bytes.clone()));
            put.send().await.unwrap();
        });
    }
}

#[test]
fn sources_are_read_by_range() {
    let place = Place::new();
    let stores = &place.stores;
    let film = film(9 << 20);
    place.put("film.mp4", &film);
    stores.run(stores.source.warm());
    let object = stores.run(stores.source.head("film.mp4")).unwrap();
    assert_eq!((object.bytes, object.revision.clone()), (9 << 20, None));
    for range in [0..1, 1_000..5_000_000, 9_437_183..9_437_184, 0..9 << 20] {
        let read = stores.run(stores.source.read(&object, range.clone())).unwrap();
        let slice = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        assert!(read == film.slice(slice), "{range:?}");
    }
    assert_eq!(stores.source.requests(), 1 + 1 + 4, "nothing was asked twice");
    assert_eq!(stores.run(stores.source.head("other.mp4")), Err(SourceError::NotFound));
    place.put("film.mp4", &Bytes::from(vec![1; 9 << 20]));
    assert_eq!(stores.run(stores.source.read(&object, 0..10)), Err(SourceError::Changed));
}

#[test]
fn a_wrong_signature_is_a_failure() {
    let place = Place::new();
    place.put("film.mp4", &film(10));
    let object = place.stores.run(place.stores.source.head("film.mp4")).unwrap();
    let endpoint = S3Endpoint { secret_access_key: "guess".to_owned(), ..place.server.endpoint().clone() };
    let stranger = Stores::of(&endpoint, place.settings.clone());
    let read = stranger.run(stranger.source.read(&object, 0..10));
    let expected = "S3 answered with status 403 SignatureDoesNotMatch";
    assert_eq!(read, Err(SourceError::Failed(expected.to_owned())));
}

#[test]
fn keys_of_all_kinds() {
    let place = Place::new();
    let stores = &place.stores;
    let keys = ["a b+c.mp4", "100%.mp4", "50%25.mp4", "größe/日本語 🎬.mp4", "a&b=c,d;e@f:g!h'(i)*j.mp4"];
    for key in keys {
        place.put(key, &Bytes::from(key));
        let object = stores.run(stores.source.head(key)).unwrap();
        let bytes = stores.run(stores.source.read(&object, 0..object.bytes)).unwrap();
        assert_eq!(bytes, key.as_bytes(), "{key}");
        assert_eq!(stores.run(stores.indexes.create(key, Bytes::from(key))), Ok(Created::New));
        assert_eq!(stores.run(stores.indexes.read(key, 0..1_000)).unwrap(), key.as_bytes());
    }
    let mut sorted = keys.to_vec();
    sorted.sort_unstable();
    let listing = stores.run(stores.source.search(|_| true, "", 100)).unwrap();
    let listed: Vec<_> = listing.objects.iter().map(|object| object.key.as_str()).collect();
    assert_eq!((listed, listing.next), (sorted, None));
    for key in keys {
        assert_eq!(stores.run(stores.indexes.remove(key)), Ok(1), "{key}");
    }
}

#[test]
fn lists_go_on_where_they_ended() {
    let place = Place::new();
    let stores = &place.stores;
    let keys: Vec<_> = (0..12).map(|number| format!("{}/{number:02}.mp4", number % 3)).collect();
    for key in &keys {
        place.put(key, &Bytes::from(key.clone()));
    }
    let (mut found, mut after) = (Vec::new(), Some(String::new()));
    while let Some(from) = after {
        let page = stores.run(stores.source.search(is_film, &from, 5)).unwrap();
        found.extend(page.objects.into_iter().map(|object| (object.key, object.bytes)));
        after = page.next;
    }
    let mut expected: Vec<_> = keys.iter().map(|key| (key.clone(), key.len() as u64)).collect();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn of_eight_creators_one_wins() {
    let place = Place::new();
    let stores = &place.stores;
    for round in 0..10 {
        let name = format!("film.mp4/{round}");
        let bodies: Vec<_> = (0..8).map(|number| Bytes::from(format!("creator {number}"))).collect();
        let creations = bodies.iter().map(|body| stores.indexes.create(&name, body.clone()));
        let created = stores.run(join_all(creations));
        let winners: Vec<_> = (0..8).filter(|&at| created[at] == Ok(Created::New)).collect();
        assert_eq!(winners.len(), 1, "{created:?}");
        assert_eq!(created.iter().filter(|created| **created == Ok(Created::Existed)).count(), 7);
        let kept = stores.run(stores.indexes.read(&name, 0..100)).unwrap();
        assert_eq!(kept, bodies[winners[0]]);
    }
}

#[test]
fn indexes_are_read_in_part_and_replaced() {
    let place = Place::new();
    let indexes = &place.stores.indexes;
    let run = |range| place.stores.run(indexes.read("film.mp4/head", range));
    assert_eq!(run(0..10), Err(SourceError::NotFound));
    assert_eq!(place.stores.run(indexes.create("film.mp4/head", film(1_000))), Ok(Created::New));
    assert_eq!(run(0..10_000), Ok(film(1_000)));
    assert_eq!(run(990..2_000), Ok(film(1_000).slice(990..)));
    assert_eq!(run(1_000..2_000), Ok(Bytes::new()));
    assert_eq!(place.stores.run(indexes.replace("film.mp4/head", film(10))), Ok(()));
    assert_eq!(run(0..10_000), Ok(film(10)));
}

#[test]
fn large_objects_are_written_by_parts_and_removed() {
    let place = Place::new();
    let Stores { runtime, indexes, .. } = &place.stores;
    let pieces = [film(8 << 20), film(8 << 20), film(12_345)];
    let parts = stream::iter(pieces.clone().map(Ok));
    runtime.block_on(indexes.replace_by_parts("film.mp4/tracks", parts)).unwrap();
    let whole = Bytes::from(pieces.concat());
    let read = runtime.block_on(indexes.read("film.mp4/tracks", 8_388_600..16_777_300)).unwrap();
    assert!(read == whole.slice(8_388_600..16_777_300));
    runtime.block_on(indexes.replace("film.mp4/head", film(1))).unwrap();
    runtime.block_on(indexes.replace("film.mp42/head", film(1))).unwrap();
    assert_eq!(runtime.block_on(indexes.remove("film.mp4/")), Ok(2));
    assert_eq!(runtime.block_on(indexes.read("film.mp4/tracks", 0..1)), Err(SourceError::NotFound));
    assert_eq!(runtime.block_on(indexes.read("film.mp42/head", 0..1)), Ok(film(1)));
}
