//! nginx-vod's URL layout: the same bytes as this program's own URLs give, and nothing of it unless it is wanted.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use http::StatusCode;
use origin::source::DirectorySource;
use origin::{Config, Source};
use tests::client::header;
use tests::offer::resolve;
use tests::{Client, fixtures};

fn client(key: &str) -> Client<DirectorySource> {
    let config = Config { nginx_urls: true, ..Config::default() };
    Client::with_config(fixtures::named(key).source(), config)
}

/// The template of a representation in a DASH manifest: the folder of its children, and the starts of its segments.
fn template(client: &Client<impl Source>, manifest: &str, id: &str) -> (String, Vec<u64>) {
    let text = client.text(manifest);
    let (_, rest) = text.split_once(&format!("<Representation id=\"{id}\"")).unwrap();
    let value = |tag: &str, name: &str| -> Option<String> {
        let (_, value) = tag.split_once(&format!(" {name}=\""))?;
        value.split_once('"').map(|(value, _)| value.to_owned())
    };
    let media = value(rest, "media").unwrap();
    let (folder, _) = media.rsplit_once('/').unwrap();
    let (timeline, _) = rest.split_once("</SegmentTimeline>").unwrap();
    let (mut starts, mut at) = (Vec::new(), 0);
    for tag in timeline.split("<S ").skip(1).map(|tag| format!(" {tag}")) {
        let number = |name: &str| value(&tag, name).map(|value| value.parse::<u64>().unwrap());
        for _ in 0..=number("r").unwrap_or(0) {
            starts.push(at);
            at += number("d").unwrap();
        }
    }
    (resolve(manifest, &format!("{folder}/")), starts)
}

#[test]
fn off_unless_it_is_wanted() {
    let client = Client::new(fixtures::named("avc-aac.mp4").source());
    for path in ["/dash/avc-aac.mp4/manifest.mpd", "/hls/avc-aac.mp4/index.m3u8", "/mss/avc-aac.mp4/manifest"]
    {
        assert_eq!(client.get(path).status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn manifests_are_the_same() {
    let client = client("avc-aac.mp4");
    assert_eq!(client.text("/dash/avc-aac.mp4/manifest.mpd"), client.text("/avc-aac.mp4/manifest.mpd"));
    assert_eq!(client.text("/mss/avc-aac.mp4/manifest"), client.text("/avc-aac.mp4/Manifest"));
    // Their children are relative, and the prefix is no part of their names.
    let own = client.text("/avc-aac.mp4/container/ts/master.m3u8");
    assert_eq!(client.text("/hls/avc-aac.mp4/master.m3u8"), own.replace("../../", ""));
}

#[test]
fn segments_are_the_same_but_short_lived() {
    let client = client("avc-aac.mp4");
    let (video, starts) = template(&client, "/dash/avc-aac.mp4/manifest.mpd", "v1");
    assert!(video.starts_with("/dash/avc-aac.mp4/") && starts.len() > 1);
    let (sound, sound_starts) = template(&client, "/avc-aac.mp4/manifest.mpd", "a2");
    let table = [
        ("/dash/avc-aac.mp4/init-v1.mp4", format!("{video}init.mp4")),
        ("/dash/avc-aac.mp4/fragment-1-v1.m4s", format!("{video}{}.m4s", starts.first().unwrap())),
        ("/dash/avc-aac.mp4/fragment-2-f1-v1.m4s", format!("{video}{}.m4s", starts.get(1).unwrap())),
        ("/hls/avc-aac.mp4/seg-2-v1.m4s", format!("{video}{}.m4s", starts.get(1).unwrap())),
        ("/hls/avc-aac.mp4/init-a1.mp4", format!("{sound}init.mp4")),
        ("/hls/avc-aac.mp4/seg-2-a1.m4s", format!("{sound}{}.m4s", sound_starts.get(1).unwrap())),
    ];
    for (path, own) in table {
        let (compatible, own) = (client.get(path), client.get(&own));
        assert_eq!((compatible.status(), own.status()), (StatusCode::OK, StatusCode::OK), "{path}");
        assert!(compatible.body() == own.body(), "{path}");
        assert_eq!(header(compatible.headers(), "cache-control"), "public, max-age=60", "{path}");
        assert!(header(own.headers(), "cache-control").contains("immutable"));
        assert_eq!(header(compatible.headers(), "content-type"), header(own.headers(), "content-type"));
    }
    for missing in
        ["fragment-999-v1.m4s", "fragment-1-v2.m4s", "fragment-1-f2-v1.m4s", "fragment-1-v1-a1.m4s"]
    {
        let status = client.get(&format!("/dash/avc-aac.mp4/{missing}")).status();
        assert_eq!(status, StatusCode::NOT_FOUND, "{missing}");
    }
}

/// nginx-vod's default: pictures and sound in one MPEG-TS; of one of them alone, what HLS has for that here.
#[test]
fn transport_streams() {
    let client = client("avc-aac.mp4");
    let playlist = |path: &str| -> Vec<String> {
        let text = client.text(path);
        text.lines().filter(|line| !line.starts_with('#')).map(|line| resolve(path, line)).collect()
    };
    for (tracks, ending) in [("-v1-a1", ".ts"), ("-v1", ".ts"), ("-a1", ".aac"), ("", ".ts")] {
        let own = playlist(&format!("/hls/avc-aac.mp4/index{tracks}.m3u8"));
        assert!(own.len() > 1 && own.iter().all(|path| path.ends_with(ending)), "{own:?}");
        for (number, path) in (1..).zip(own) {
            let compatible = client.body(&format!("/hls/avc-aac.mp4/seg-{number}{tracks}.ts"));
            assert!(compatible == client.body(&path), "{path}");
        }
    }
}

/// A playlist that is asked for by another path names its children so that they are found from there.
#[test]
fn playlists_lead_to_their_segments() {
    let client = client("avc-aac.mp4");
    for path in ["/hls/avc-aac.mp4/iframes-v1.m3u8", "/hls/avc-aac.mp4/tracks/v1/iframes.m3u8"] {
        let playlist = client.get(path);
        assert_eq!(header(playlist.headers(), "cache-control"), "public, max-age=60");
        let text = String::from_utf8(playlist.body().to_vec()).unwrap();
        let map = text.lines().find_map(|line| line.strip_prefix("#EXT-X-MAP:URI=\"")).unwrap();
        let map = map.trim_end_matches('"');
        let uris: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(!uris.is_empty());
        for uri in uris.into_iter().chain([map]) {
            let own = resolve(path, uri);
            assert!(own.starts_with("/hls/avc-aac.mp4/"), "{own}");
            assert_eq!(client.get(&own).status(), StatusCode::OK, "{own}");
        }
    }
}

/// Files of a list are counted as they stand in it.
#[test]
fn lists() {
    let client = client("avc-aac.mp4");
    let list = "/dash/,avc-aac,two-audio,.mp4.urlset";
    for (number, key) in [(1, "avc-aac.mp4"), (2, "two-audio.mp4")] {
        let (video, starts) = template(&client, &format!("/{key}/manifest.mpd"), "v1");
        let own = client.body(&format!("{video}{}.m4s", starts.first().unwrap()));
        assert!(client.body(&format!("{list}/fragment-1-f{number}-v1.m4s")) == own, "{key}");
    }
}
