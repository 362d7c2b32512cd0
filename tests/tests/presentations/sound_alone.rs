//! Sound without the pictures as a variant. Oracle: m3u8-rs, and RFC 8216bis §4.4.6.2.

use m3u8_rs::{AlternativeMediaType, VariantStream};
use origin::Config;
use origin::source::MemorySource;
use packaging::selection::Selection;
use serde_json::{Value, json};
use tests::{Client, offer};

use crate::{Shelf, paths};

const FILES: [&str; 3] = ["film_90p.mp4", "film_180p.mp4", "film_46p.mp4"];

fn client(files: &[&str], said: Option<bool>, of_operator: Option<bool>) -> Client<MemorySource> {
    let mut set = json!({ "sources": paths(files) });
    if let Some(said) = said {
        set["audioOnlyVariant"] = Value::Bool(said);
    }
    let selection = Selection { audio_only_variant: of_operator, ..Selection::default() };
    let shelf = Shelf::new().with_json("feature/x.json", &set);
    Client::with_config(shelf.0, Config { selection, ..Config::default() })
}

/// The variants without pictures, which must stand behind all others.
fn alone(client: &Client<MemorySource>, manifest: &str) -> Vec<VariantStream> {
    let variants = offer::master(client, manifest).variants;
    let with_pictures = variants.iter().filter(|variant| variant.resolution.is_some()).count();
    let (pictures, alone) = variants.split_at(with_pictures);
    assert!(pictures.iter().all(|variant| variant.resolution.is_some()), "{variants:?}");
    let least = pictures.iter().map(|variant| variant.bandwidth).min();
    assert!(alone.iter().all(|variant| Some(variant.bandwidth) < least && variant.codecs.is_some()));
    alone.to_vec()
}

#[test]
fn a_set_or_the_operator_asks_for_it() {
    let count =
        |said, of_operator| alone(&client(&FILES, said, of_operator), "/feature/x.json/master.m3u8").len();
    assert_eq!((count(None, None), count(Some(true), None), count(None, Some(true))), (0, 1, 1));
    assert_eq!((count(Some(false), Some(true)), count(Some(true), Some(false))), (0, 1));
}

/// It plays what its group plays unasked (§4.4.6.2.1), in every form of HLS.
#[test]
fn it_is_the_default_of_its_group() {
    let files = ["film_180p.mp4", "film_90p.mp4", "film_audio_fr.mp4"];
    let client = client(&files, Some(true), None);
    for options in ["", "segments/file/", "container/demuxed/", "container/ts/", "tracks/1-v1,3-a1/"] {
        let manifest = format!("/feature/x.json/{options}master.m3u8");
        let master = offer::master(&client, &manifest);
        let alone = alone(&client, &manifest);
        let [variant] = &alone[..] else { panic!("{alone:?}") };
        assert_eq!(variant.codecs.as_deref(), Some("mp4a.40.2"), "{manifest}");
        let playlist = offer::resolve(&manifest, &variant.uri);
        let groups = offer::of_kind(&master, &AlternativeMediaType::Audio);
        let own = groups.iter().find(|it| Some(&it.group_id) == variant.audio.as_ref() && it.default);
        // Sound inside the pictures has no playlist of its own in its group, but this one.
        let is_inside = options == "container/ts/";
        assert_eq!(
            own.and_then(|it| it.uri.as_ref()),
            Some(&variant.uri).filter(|_| !is_inside),
            "{manifest}"
        );
        let lists = offer::lists(&client, &manifest);
        let list = lists.iter().find(|list| list.path == playlist).unwrap();
        for segment in &list.segments {
            assert!(!client.body(segment).is_empty(), "{segment}");
        }
    }
    // Without pictures there is nothing to do without.
    assert_eq!(offer::master(&client, "/feature/x.json/tracks/3-a1/master.m3u8").variants.len(), 1);
}

/// One group with one member that is inside: no group is written, so none may be named.
#[test]
fn sound_that_is_inside_names_no_group() {
    let client = client(&FILES, Some(true), None);
    let manifest = "/feature/x.json/container/ts/master.m3u8";
    assert!(offer::of_kind(&offer::master(&client, manifest), &AlternativeMediaType::Audio).is_empty());
    assert_eq!(alone(&client, manifest)[0].audio, None);
}

#[test]
fn programmes_have_it_too() {
    let clip = json!({ "sources": paths(&FILES), "clipFrom": 0, "clipTo": 4_000 });
    let set = json!({ "clips": [clip, clip], "audioOnlyVariant": true });
    let client = Shelf::new().with_json("feature/x.json", &set).client();
    for options in ["", "container/demuxed/", "container/ts/"] {
        let manifest = format!("/feature/x.json/{options}master.m3u8");
        let alone = alone(&client, &manifest);
        assert_eq!(alone.len(), 1, "{manifest}");
        let list = client.text(&offer::resolve(&manifest, &alone[0].uri));
        assert_eq!(list.matches("#EXT-X-DISCONTINUITY\n").count(), 1, "{list}");
    }
}
