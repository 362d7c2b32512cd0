//! Four ways to name the same files.

use std::collections::BTreeSet;

use http::StatusCode;
use origin::source::MemorySource;
use serde_json::json;
use tests::client::header;
use tests::{Client, fixtures, offer};

use crate::{CAPTIONS, FILM, SOURCES, Shelf, paths};

const FOLDER: &str = "/feature/master.m3u8";
const JSON: &str = "/feature/same.json/master.m3u8";
const SMIL: &str = "/feature/film.smil/master.m3u8";
/// A list says nothing of its MP4s, so it cannot tell the description from the other English sound.
const LIST: &str = "/feature/film,_180p.mp4,_90p.mp4,_46p.mp4,_audio_fr.mp4,.de.srt,.en.sdh.vtt,.en.vtt,\
    .fr.forced.vtt,.he.vtt,.ja.ttml,.urlset/master.m3u8";
/// The same in JSON.
const LISTED: &str = "/feature/listed.json/master.m3u8";

fn client() -> Client<MemorySource> {
    let mut sources = paths(&SOURCES);
    sources[3]["roles"] = json!(["description"]);
    let mut captions = paths(&CAPTIONS);
    for (at, language) in ["de", "en", "en", "fr", "he", "ja"].iter().enumerate() {
        captions[at]["language"] = json!(language);
    }
    captions[1]["roles"] = json!(["caption"]);
    captions[3]["forced"] = json!(true);
    let set = json!({ "sources": sources, "captions": captions });
    let mut listed = set.clone();
    listed["sources"].as_array_mut().unwrap().remove(3);
    Shelf::new().with_json("feature/same.json", &set).with_json("feature/listed.json", &listed).client()
}

/// What viewers get is the same; names of things and their order may differ.
#[derive(Debug)]
struct Offered {
    /// Playlists of pictures with all that is said of them but their groups, which have names.
    variants: BTreeSet<String>,
    renditions: BTreeSet<String>,
    files: BTreeSet<String>,
    sets: BTreeSet<String>,
}

fn offered(client: &Client<MemorySource>, path: &str) -> Offered {
    let master = offer::master(client, path);
    let variants = master.variants.iter().map(|v| {
        let uri = offer::resolve(path, &v.uri);
        format!("{uri} {:?} {:?} {} {:?}", v.codecs, v.resolution, v.bandwidth, v.frame_rate)
    });
    let renditions = master.alternatives.iter().map(|media| {
        let uri = offer::resolve(path, media.uri.as_deref().unwrap());
        let said = (&media.language, media.default, media.autoselect, media.forced, &media.characteristics);
        format!("{uri} {} {said:?} {:?}", media.media_type, media.channels)
    });
    let lists = offer::lists(client, path);
    let files = lists.iter().flat_map(|list| list.init.iter().chain(&list.segments)).cloned();
    let mpd = path.replace("master.m3u8", "manifest.mpd");
    let sets = offer::sets(client, &mpd).into_iter().map(|set| {
        let roles: BTreeSet<_> = set.roles.iter().collect();
        let members: BTreeSet<_> = set
            .representations
            .iter()
            .map(|r| format!("{} {:?} {:?}", r.codecs, r.init, r.segments))
            .collect();
        format!("{} {} {roles:?} {:?} {members:?}", set.kind, set.language, set.accessibility)
    });
    Offered {
        variants: variants.collect(),
        renditions: renditions.collect(),
        files: files.collect(),
        sets: sets.collect(),
    }
}

#[test]
fn all_ways_come_to_the_same() {
    let client = client();
    let by_folder = offered(&client, FOLDER);
    assert_eq!((by_folder.variants.len(), by_folder.sets.len()), (3, 1 + 3 + 6));
    // Each of three sounds, one of them in two qualities, is in the groups of both; captions are six.
    assert_eq!(by_folder.renditions.len(), 4 + 6);
    for other in [JSON, SMIL] {
        is_same(&by_folder, &offered(&client, other), other);
    }
    is_same(&offered(&client, LISTED), &offered(&client, LIST), LIST);
}

/// A server manifest is played by its own name. Clients of Smooth Streaming put `.ism` behind a folder's name too,
/// which then counts unless there is such a file.
#[test]
fn server_manifests() {
    let text = std::fs::read(fixtures::named(FILM).root.join("feature/film.smil")).unwrap();
    let small = "<smil><body><switch><video src='feature/film_46p.mp4'/></switch></body></smil>";
    let shelf = || Shelf::new().with("feature/own.ism", text.clone());
    let client = shelf().client();
    is_same(&offered(&client, SMIL), &offered(&client, "/feature/own.ism/master.m3u8"), "own.ism");
    let manifest = client.text("/feature/own.ism/Manifest");
    assert_eq!(manifest, client.text("/feature/film.smil/Manifest"));
    let fragment = first_fragment(&manifest);
    let body = client.body(&format!("/feature/own.ism/{fragment}"));
    assert_eq!(client.body(&format!("/feature/film.smil/{fragment}")), body);

    let of_folder = client.text("/feature/Manifest");
    assert_eq!(client.text("/feature.ism/Manifest"), of_folder);
    let fragment = first_fragment(&of_folder);
    let body = client.body(&format!("/feature/{fragment}"));
    assert_eq!(client.body(&format!("/feature.ism/{fragment}")), body);
    for path in ["/feature.ism/master.m3u8", "/none.ism/Manifest", "/feature/film_90p.mp4.ism/master.m3u8"] {
        assert_eq!(client.get(path).status(), StatusCode::NOT_FOUND, "{path}");
    }
    let client = shelf().with("feature.ism", small).client();
    let single = client.text("/feature/film_46p.mp4/Manifest");
    assert_eq!(client.text("/feature.ism/Manifest"), single);
}

/// The address of the first fragment of a client manifest, relative to it.
fn first_fragment(manifest: &str) -> String {
    let xml = roxmltree::Document::parse(manifest).unwrap();
    let of = |name: &str| xml.descendants().find(|node| node.has_tag_name(name)).unwrap();
    let start = of("c").attribute("t").unwrap_or("0");
    let url = of("StreamIndex").attribute("Url").unwrap().replace("{start time}", start);
    url.replace("{bitrate}", of("QualityLevel").attribute("Bitrate").unwrap())
}

fn is_same(one: &Offered, other: &Offered, what: &str) {
    let parts =
        |all: &Offered| [all.variants.clone(), all.renditions.clone(), all.files.clone(), all.sets.clone()];
    for (one, other) in parts(one).iter().zip(&parts(other)) {
        let apart: Vec<_> = one.symmetric_difference(other).collect();
        assert!(apart.is_empty(), "{what}: {apart:#?}");
    }
}

/// Caches hold one object for a segment, whoever names it.
#[test]
fn segments_are_those_of_the_single_files() {
    let client = client();
    for path in [FOLDER, JSON, SMIL, LIST] {
        let lists = offer::lists(&client, path);
        for name in SOURCES.iter().filter(|name| path != LIST || !name.contains("_ad.")) {
            let own = offer::lists(&client, &format!("/feature/{name}/master.m3u8"));
            let is_shared = |list: &offer::List| {
                lists.iter().any(|other| (&other.init, &other.segments) == (&list.init, &list.segments))
            };
            // The smallest size has the same sound as the one before: there it is left out.
            let shared = own.iter().filter(|list| is_shared(list)).count();
            let expected = if *name == "film_46p.mp4" { 1 } else { own.len() };
            assert_eq!(shared, expected, "{name} in {path}");
            // Segments of 6 s have one target duration, so the playlists are the same objects too.
            let playlists: Vec<_> = lists.iter().map(|list| &list.path).collect();
            let shared = own.iter().filter(|list| playlists.contains(&&list.path)).count();
            assert_eq!(shared, expected, "playlists of {name} in {path}");
        }
        for list in &lists {
            for file in list.init.iter().chain(&list.segments) {
                client.body(file);
            }
        }
    }
}

/// A set elsewhere in the bucket, with names that need escapes, and a list whose files differ in their folders.
#[test]
fn references_climb_and_escape() {
    let film = fixtures::named("feature/film_90p.mp4").bytes();
    let name = "a b/50% & more/fünf: #1?.mp4";
    let set = json!({ "sources": [{ "path": format!("../{name}") }, { "path": "/feature/film_46p.mp4" }] });
    let client = Shelf::new().with(name, film).with_json("deep/set.json", &set).client();
    let lists = offer::lists(&client, "/deep/set.json/master.m3u8");
    let files: Vec<_> = lists.iter().flat_map(|list| list.init.iter().chain(&list.segments)).collect();
    assert!(
        files.iter().any(|file| file.starts_with("/a%20b/50%25%20%26%20more/f%C3%BCnf:%20%231%3F.mp4/")),
        "{files:?}"
    );
    assert!(files.iter().any(|file| file.starts_with("/feature/film_46p.mp4/")));
    for file in files {
        client.body(file);
    }
    let sets = offer::sets(&client, "/deep/set.json/manifest.mpd");
    let dash: Vec<_> = sets.iter().flat_map(|set| &set.representations).flat_map(|r| &r.segments).collect();
    assert!(dash.len() >= 4);
    for (_, _, file) in dash {
        client.body(file);
    }
    let list = client.get("/,feature/film_90p,presentation/film_90p,.mp4.urlset/master.m3u8");
    assert_eq!(list.status(), StatusCode::OK, "{:?}", list.body());
    assert_eq!(header(list.headers(), "fragmint-left-out"), "");
}

/// The cut of a set is a part of its URLs: those of the single files stay what they are.
#[test]
fn a_set_has_its_own_cut() {
    let client = client();
    let plain = offer::lists(&client, "/feature/film_180p.mp4/master.m3u8");
    let own = offer::lists(&client, "/feature/set.json/master.m3u8");
    let pictures = |lists: &[offer::List]| {
        lists
            .iter()
            .find(|list| list.path.contains("film_180p.mp4") && list.path.contains("/v1-"))
            .unwrap()
            .segments
            .clone()
    };
    let (six, two) = (pictures(&plain), pictures(&own));
    assert_eq!((six.len(), two.len()), (2, 5));
    let edition = |path: &str| path.split('/').nth(3).unwrap().to_owned();
    assert!(edition(&two[0]).ends_with("-2000") && !edition(&six[0]).contains('-'), "{two:?} {six:?}");
    six.iter().chain(&two).for_each(|path| drop(client.body(path)));
    // What a service that always cuts so serves is the same, byte for byte.
    let other = Shelf::new().client_cut_at(2000);
    let usual = pictures(&offer::lists(&other, "/feature/film_180p.mp4/master.m3u8"));
    assert_eq!(usual.len(), two.len());
    for (usual, own) in usual.iter().zip(&two) {
        assert!(other.body(usual) == client.body(own), "{own}");
    }
    // A version belongs to a cut: whoever does not know it looks it up and finds another.
    let version = edition(&six[0]);
    let wrong = [
        two[0].replace("-2000/", "-4000/"),
        two[0].replace("-2000/", "/"),
        six[0].replace(&version, &format!("{version}-2000")),
    ];
    for path in wrong {
        let response = self::client().get(&path);
        assert_eq!(response.status(), StatusCode::GONE, "{path}");
    }
    for cut in ["-02000/", "-1/", "-99999999/", "-2000-2000/"] {
        let path = two[0].replace("-2000/", cut);
        assert_eq!(client.get(&path).status(), StatusCode::NOT_FOUND, "{path}");
    }
}
