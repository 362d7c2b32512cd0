//! What a cold presentation costs, in round trips to a store that takes 50 ms for each answer.

use std::sync::Arc;
use std::time::Duration;

use http::{Request, StatusCode};
use origin::index_store::MemoryIndexStore;
use origin::source::MemorySource;
use origin::{Config, Service};
use serde_json::{Value, json};
use tests::client::header;
use tests::slow::Slow;
use tests::{fixtures, offer};
use tokio::time::Instant;

const LATENCY: Duration = Duration::from_millis(50);
const CAPTIONS: [(&str, &str); 4] =
    [("en", "film.en.vtt"), ("de", "film.de.srt"), ("he", "film.he.vtt"), ("ja", "film.ja.ttml")];

type Store = Arc<Slow<MemoryIndexStore>>;
type Shop = Arc<Slow<MemorySource>>;

/// Six sizes, four languages, four captions: as a folder and as a set. That there are but three films matters to
/// no one: each copy is a source of its own.
fn shop() -> Shop {
    let root = &fixtures::named(crate::FILM).root;
    let bytes = |name: &str| std::fs::read(root.join("feature").join(name)).unwrap();
    let mut source = MemorySource::default();
    let (mut sources, mut captions) = (Vec::new(), Vec::new());
    let sizes = ["film_180p.mp4", "film_90p.mp4", "film_46p.mp4"];
    for (name, from) in (1..=6).map(|size| format!("film_{}p.mp4", size * 120)).zip(sizes.iter().cycle()) {
        source.insert(&format!("big/{name}"), bytes(from));
        sources.push(json!({ "path": format!("big/{name}") }));
    }
    for language in ["fr", "de", "es", "it"] {
        let name = format!("big/film_audio_{language}.mp4");
        source.insert(&name, bytes("film_audio_fr.mp4"));
        sources.push(json!({ "path": name, "language": language }));
    }
    for (language, file) in CAPTIONS {
        source.insert(&format!("big/{file}"), bytes(file));
        captions.push(json!({ "path": format!("big/{file}"), "language": language }));
    }
    for sheet in ["sheet-01.jpg", "sheet-02.jpg"] {
        source.insert(&format!("sheets/{sheet}"), bytes(&format!("sheets/{sheet}")));
    }
    let mut set = json!({ "sources": sources, "captions": captions });
    source.insert("set.json", set.to_string());
    set["thumbnails"] = json!({ "path": "sheets/", "columns": 3, "rows": 2, "interval": 1 });
    source.insert("previews.json", set.to_string());
    Arc::new(Slow::new(source, LATENCY))
}

/// A process that has just started answers; the clock stands still but for waiting.
async fn cold(shop: &Shop, store: &Store, path: &str) -> (u32, u64, String, Value) {
    let service = Service::with_indexes(Arc::clone(shop), Arc::clone(store), Config::default());
    shop.take();
    store.take();
    let started = Instant::now();
    let response = service.handle(&Request::get(path).body(()).unwrap()).await;
    let round_trips = started.elapsed().as_nanos().div_ceil(LATENCY.as_nanos());
    let (head, body) = response.into_parts();
    let body = String::from_utf8_lossy(&body.into_bytes()).into_owned();
    assert_eq!(head.status, StatusCode::OK, "{path}: {body}");
    assert_eq!(header(&head.headers, "fragmint-left-out"), "");
    let counts = json!({ "source": shop.take(), "indexes": store.take() });
    (u32::try_from(round_trips).unwrap(), body.len() as u64, body, counts)
}

#[test]
fn a_cold_manifest_is_three_round_trips() {
    let (shop, store) = (shop(), Store::new(Slow::new(MemoryIndexStore::default(), LATENCY)));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        // The first makes the indexes.
        cold(&shop, &store, "/set.json/master.m3u8").await;
        for asset in ["set.json", "previews.json", "big"] {
            for manifest in ["master.m3u8", "manifest.mpd"] {
                let (round_trips, _, text, counts) =
                    cold(&shop, &store, &format!("/{asset}/{manifest}")).await;
                assert!(
                    (1..=3).contains(&round_trips),
                    "/{asset}/{manifest}: {round_trips} round trips, {counts}"
                );
                assert_eq!(counts["indexes"], 14, "one read for each source");
                assert!(text.contains("big/film_720p.mp4") || text.contains("film_720p.mp4"));
            }
        }
    });
}

/// Each segment of captions is one read of the index and none of the file.
#[test]
fn a_cold_segment_of_captions_is_one_read() {
    let (shop, store) = (shop(), Store::new(Slow::new(MemoryIndexStore::default(), LATENCY)));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (_, _, master, _) = cold(&shop, &store, "/set.json/master.m3u8").await;
        let found = m3u8_rs::parse_master_playlist_res(master.as_bytes()).unwrap();
        let captions = offer::of_kind(&found, &m3u8_rs::AlternativeMediaType::Subtitles);
        assert_eq!(captions.len(), 4);
        for media in captions {
            let playlist = offer::resolve("/set.json/master.m3u8", media.uri.as_ref().unwrap());
            let (_, _, text, counts) = cold(&shop, &store, &playlist).await;
            assert_eq!(counts, json!({ "source": 0, "indexes": 1 }), "{playlist}");
            let uri = text.lines().find(|line| !line.starts_with('#')).unwrap();
            for form in [".vtt", "-wvtt.m4s", "-stpp.m4s"] {
                let segment = offer::resolve(&playlist, &uri.replace(".vtt", form));
                let (round_trips, _, _, counts) = cold(&shop, &store, &segment).await;
                assert_eq!((round_trips, counts), (1, json!({ "source": 0, "indexes": 1 })), "{segment}");
            }
        }
    });
}
