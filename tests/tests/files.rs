//! Whole tracks as one file: any range of it, its index, and what it costs.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use origin::index_store::MemoryIndexStore;
use origin::{Config, IndexStore, RequestReport, Source};
use tests::client::{asset_path, header};
use tests::download::{micros, quoted};
use tests::film::{Film, MoovPlace};
use tests::offer::{elements, resolve};
use tests::random::Random;
use tests::{Client, each, fixtures, fmp4};

type Store = Arc<MemoryIndexStore>;

fn cold<S: Source>(source: &Arc<S>, store: &Store) -> Client<Arc<S>, Store> {
    Client::with_indexes(Arc::clone(source), Arc::clone(store), Config::default())
}

fn indexed(seconds: u32) -> (Arc<Film>, Store) {
    let (film, store) = (Arc::new(Film::new(seconds, MoovPlace::Front)), Store::default());
    let client = cold(&film, &store);
    client.run(client.service.index("film.mp4")).unwrap();
    (film, store)
}

fn spent(response: &Response<Bytes>) -> &RequestReport {
    response.extensions().get::<RequestReport>().unwrap()
}

fn part<S: Source>(
    client: &Client<S, impl IndexStore>,
    path: &str,
    (from, to): (usize, usize),
) -> Response<Bytes> {
    client.send(Method::GET, path, &[("range", &format!("bytes={from}-{}", to - 1))])
}

/// Playlists of byte ranges that a multivariant playlist names.
fn playlists(client: &Client<impl Source, impl IndexStore>, master: &str) -> Vec<String> {
    let text = client.text(master);
    let named = text.split(['\n', '"']).filter(|word| word.ends_with("/bytes.m3u8"));
    named.map(|uri| resolve(master, uri)).collect()
}

/// Oracle: the segments of the usual playlist, one after the other behind the init segment and a `sidx` that is
/// read by its syntax table.
#[test]
fn the_file_is_init_segment_index_and_segments() {
    each(fixtures::playable().filter(|fixture| !fixture.is("huge/")), |fixture| {
        let client = Client::new(fixture.source());
        let master = format!("{}/segments/file/master.m3u8", asset_path(&fixture.key));
        if client.get(&master).status() == StatusCode::UNPROCESSABLE_ENTITY {
            return; // Captions alone.
        }
        for playlist in playlists(&client, &master) {
            let (usual, bytes) =
                (client.text(&playlist.replace("/bytes.", "/index.")), client.text(&playlist));
            let map = usual.lines().find(|line| line.starts_with("#EXT-X-MAP")).unwrap();
            let init = client.body(&resolve(&playlist, quoted(map, "URI").unwrap()));
            let names: Vec<_> = usual.lines().filter(|line| !line.starts_with('#')).collect();
            let segments: Vec<_> = names.iter().map(|name| client.body(&resolve(&playlist, name))).collect();
            let whole = client.body(&playlist.replace("bytes.m3u8", "file.mp4"));
            let index_bytes = 40 + 12 * segments.len();
            let (start, rest) = whole.split_at(init.len());
            let (index, media) = rest.split_at(index_bytes);
            assert_eq!(start, init);
            assert_eq!(media, segments.concat());
            follows_the_syntax(index, &segments);
            assert_ranges(&bytes, (init.len(), index_bytes), &segments);
            // Both playlists say the same times.
            let times = |text: &str| -> Vec<u64> {
                let decimals = text.lines().filter_map(|line| line.strip_prefix("#EXTINF:"));
                decimals.map(|line| micros(line.trim_end_matches(','))).collect()
            };
            assert_eq!(times(&usual), times(&bytes));
            let init = fmp4::init(&init);
            assert!(segments.iter().all(|bytes| !fmp4::segment(bytes, &init).samples.is_empty()));
        }
    });
}

/// ISO/IEC 14496-12 §8.16.3.2.
fn follows_the_syntax(index: &[u8], segments: &[Bytes]) {
    let number = |at: usize| u32::from_be_bytes(index[at..at + 4].try_into().unwrap());
    assert_eq!((number(0) as usize, &index[4..8]), (index.len(), &b"sidx"[..]));
    assert_eq!(u64::from_be_bytes(index[28..36].try_into().unwrap()), 0, "the first segment follows at once");
    assert_eq!(number(36) as usize, segments.len());
    for (place, segment) in segments.iter().enumerate() {
        assert_eq!(number(40 + 12 * place) as usize, segment.len());
        assert!(number(44 + 12 * place) > 0);
    }
}

fn assert_ranges(playlist: &str, (init, index): (usize, usize), segments: &[Bytes]) {
    assert!(
        playlist.contains(&format!("#EXT-X-MAP:URI=\"file.mp4\",BYTERANGE=\"{init}@0\"\n")),
        "{playlist}"
    );
    let ranges = playlist.lines().filter_map(|line| line.strip_prefix("#EXT-X-BYTERANGE:"));
    let mut at = init + index;
    let mut count = 0;
    for (range, segment) in ranges.zip(segments) {
        assert_eq!(range, format!("{}@{at}", segment.len()));
        at += segment.len();
        count += 1;
    }
    assert_eq!(count, segments.len());
}

/// Random ranges of 64 KiB in any order equal the whole, and each costs at most two reads of media from a
/// cold process.
#[test]
fn random_ranges_equal_the_whole() {
    const LENGTH: usize = 64 << 10;
    let (film, store) = indexed(600);
    let warm = cold(&film, &store);
    for playlist in playlists(&warm, "/film.mp4/segments/file/master.m3u8") {
        let path = playlist.replace("bytes.m3u8", "file.mp4");
        let whole = warm.body(&path);
        let mut random = Random::new(5);
        for _ in 0..150 {
            let from = random.below(whole.len());
            let to = (from + LENGTH).min(whole.len());
            let response = part(&cold(&film, &store), &path, (from, to));
            assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
            assert_eq!(response.body(), &whole[from..to]);
            let spent = spent(&response);
            assert!(spent.reads <= 2 && spent.lookups == 0, "{path} {from}: {spent:?}");
            // The head, and a page or two.
            assert!(spent.index_reads <= 3, "{path} {from}: {spent:?}");
        }
    }
}

/// Headers, conditions and limits, without a read of media where none is needed.
#[test]
fn http() {
    let (film, store) = indexed(130);
    let warm = cold(&film, &store);
    let path =
        playlists(&warm, "/film.mp4/segments/file/master.m3u8").remove(1).replace("bytes.m3u8", "file.mp4");
    let whole = warm.body(&path);
    let head = cold(&film, &store).send(Method::HEAD, &path, &[]);
    assert_eq!((head.status(), spent(&head).reads), (StatusCode::OK, 0));
    assert_eq!(header(head.headers(), "content-length"), whole.len().to_string());
    assert_eq!(header(head.headers(), "accept-ranges"), "bytes");
    let etag = header(head.headers(), "etag").to_owned();
    let again = cold(&film, &store).send(Method::GET, &path, &[("if-none-match", &etag)]);
    assert_eq!((again.status(), spent(&again).reads), (StatusCode::NOT_MODIFIED, 0));
    let response = part(&warm, &path, (10, 20));
    assert_eq!(header(response.headers(), "content-range"), format!("bytes 10-19/{}", whole.len()));
    let beyond = part(&warm, &path, (whole.len(), whole.len() + 1));
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);

    // More than one response holds: the whole is refused, a range is answered as far as it goes.
    let config = Config { max_segment_bytes: 1 << 20, ..Config::default() };
    let small = Client::with_indexes(Arc::clone(&film), Arc::clone(&store), config);
    assert!(whole.len() > 1 << 20, "{}", whole.len());
    let refused = small.get(&path);
    assert_eq!(
        (refused.status(), header(refused.headers(), "accept-ranges")),
        (StatusCode::UNPROCESSABLE_ENTITY, "bytes")
    );
    assert!(String::from_utf8_lossy(refused.body()).contains("Range"), "{:?}", refused.body());
    assert_eq!(small.send(Method::HEAD, &path, &[]).status(), StatusCode::OK);
    let mut joined = Vec::new();
    while joined.len() < whole.len() {
        let response = small.send(Method::GET, &path, &[("range", &format!("bytes={}-", joined.len()))]);
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
        assert!(!response.body().is_empty() && response.body().len() <= 1 << 20);
        joined.extend_from_slice(response.body());
    }
    assert_eq!(joined, whole);
}

/// A lost copy of small tracks costs a detour, never a wrong byte.
#[test]
fn a_copy_that_is_lost() {
    let (film, store) = indexed(400);
    let warm = cold(&film, &store);
    let playlists = playlists(&warm, "/film.mp4/segments/file/master.m3u8");
    let path = playlists.iter().find(|path| path.contains("/a")).unwrap().replace("bytes.m3u8", "file.mp4");
    let expected = warm.body(&path);
    assert!(warm.run(warm.service.copy_small_tracks("film.mp4")).unwrap() > 0);
    assert_eq!(cold(&film, &store).body(&path), expected);
    let name = store.objects().into_keys().find(|name| name.contains(".fmc")).unwrap();
    warm.run(store.remove(&name)).unwrap();
    assert_eq!(cold(&film, &store).body(&path), expected);
}

/// What the MPD says of the file: ranges of the init segment and of the index, the codecs of that init segment,
/// captions as whole files, no trick mode.
#[test]
fn dash_on_demand() {
    each(fixtures::playable().filter(|fixture| !fixture.is("huge/")), |fixture| {
        let client = Client::new(fixture.source());
        let path = format!("{}/segments/file/manifest.mpd", asset_path(&fixture.key));
        let text = client.text(&path);
        let document = roxmltree::Document::parse(&text).unwrap();
        assert!(document.root_element().attribute("profiles").unwrap().contains("isoff-on-demand:2011"));
        assert!(elements(document.root(), "SegmentTemplate").is_empty(), "{text}");
        for base in elements(document.root(), "SegmentBase") {
            let url = elements(base.parent().unwrap(), "BaseURL")[0].text().unwrap();
            let whole = client.body(&resolve(&path, url));
            let range = |node: roxmltree::Node<'_, '_>, name: &str| {
                let (from, to) = node.attribute(name).unwrap().split_once('-').unwrap();
                whole.slice(from.parse::<usize>().unwrap()..=to.parse::<usize>().unwrap())
            };
            let index = range(base, "indexRange");
            assert_eq!(&index[4..8], b"sidx");
            assert_eq!(u32::from_be_bytes(index[..4].try_into().unwrap()) as usize, index.len());
            let init = range(elements(base, "Initialization")[0], "range");
            assert!(init.windows(4).any(|name| name == b"moov"));
            let codecs = base.parent().unwrap().attribute("codecs").unwrap();
            let entry = codecs.split('.').next().unwrap().as_bytes();
            // MP3 and the like have no entry of their own name.
            assert!(entry.len() != 4 || init.windows(4).any(|name| name == entry), "{codecs}");
        }
    });
}

/// Segments by number are those by time, whether a timeline lists them or one duration stands for all.
#[test]
fn dash_by_number() {
    each(fixtures::playable().filter(|fixture| !fixture.is("huge/")), |fixture| {
        let client = Client::new(fixture.source());
        let mpd = |form: &str| format!("{}/{form}manifest.mpd", asset_path(&fixture.key));
        let usual = client.text(&mpd(""));
        let usual = roxmltree::Document::parse(&usual).unwrap();
        for form in ["segments/number/", "segments/duration/"] {
            let response = client.get(&mpd(form));
            if response.status() == StatusCode::UNPROCESSABLE_ENTITY {
                let text = String::from_utf8_lossy(response.body()).into_owned();
                assert!(
                    form.contains("duration") && text.contains("starts more than half a segment"),
                    "{text}"
                );
                continue;
            }
            let text = String::from_utf8(response.body().to_vec()).unwrap();
            let document = roxmltree::Document::parse(&text).unwrap();
            let templates = |document: &roxmltree::Document<'_>| {
                elements(document.root(), "SegmentTemplate")
                    .iter()
                    .map(|node| (node.attribute("media").unwrap().to_owned(), node.id()))
                    .filter(|(media, _)| !media.ends_with("-i.m4s"))
                    .collect::<Vec<_>>()
            };
            for ((by_time, list), (by_number, own)) in templates(&usual).into_iter().zip(templates(&document))
            {
                let list = tests::download::timeline(usual.get_node(list).unwrap());
                let own = document.get_node(own).unwrap();
                assert_eq!(own.attribute("startNumber"), Some("1"));
                if form.contains("duration") {
                    assert_eq!(own.attribute("endNumber").unwrap(), list.len().to_string());
                    nominal_times(own, &list);
                } else {
                    assert_eq!(tests::download::timeline(own), list);
                }
                for (number, (start, _)) in (1..).zip(&list).take(3) {
                    let time = resolve(&mpd(""), &by_time.replace("$Time$", &start.to_string()));
                    let number = resolve(&mpd(form), &by_number.replace("$Number$", &format!("{number}")));
                    assert_eq!(client.body(&number), client.body(&time), "{number}");
                }
                let beyond = by_number.replace("$Number$", &(list.len() + 1).to_string());
                assert_eq!(client.get(&resolve(&mpd(form), &beyond)).status(), StatusCode::NOT_FOUND);
            }
        }
    });
}

/// No segment starts more than half a duration away from its place.
fn nominal_times(template: roxmltree::Node<'_, '_>, list: &[(u64, u64)]) {
    let duration: u64 = template.attribute("duration").unwrap().parse().unwrap();
    for (number, (start, _)) in (0..).zip(list) {
        assert!(
            start.abs_diff(number * duration) * 2 <= duration,
            "{start} is not number {number} of {duration}"
        );
    }
}
