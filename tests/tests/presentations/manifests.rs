//! Rules of HLS and DASH that matter where several files come together, and what the set says of each.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use m3u8_rs::{AlternativeMedia, AlternativeMediaType, ClosedCaptionGroupId, InstreamId};
use origin::source::MemorySource;
use quick_m3u8::{HlsLine, Reader, config::ParsingOptionsBuilder};
use serde_json::json;
use tests::offer::{self, AdaptationSet};
use tests::{Client, ffprobe, fixtures};

use crate::{SOURCES, Shelf, paths};

const ASSETS: [&str; 6] = [
    "feature",
    "feature/set.json",
    "feature/film.smil",
    "presentation",
    "presentation/set.json",
    "feature/film_,180p,90p,.mp4.urlset",
];

/// EXT-X-MEDIA (RFC 8216bis §4.4.6.1) and EXT-X-STREAM-INF (§4.4.6.2).
#[test]
fn groups_of_renditions_follow_the_rules() {
    let client = Shelf::new().client();
    for asset in ASSETS {
        let path = format!("/{asset}/master.m3u8");
        let master = offer::master(&client, &path);
        let mut groups: BTreeMap<(String, &str), Vec<&AlternativeMedia>> = BTreeMap::new();
        for media in &master.alternatives {
            groups.entry((media.media_type.to_string(), &media.group_id)).or_default().push(media);
        }
        for ((kind, group), members) in &groups {
            is_a_group(members, &format!("{kind} {group} of {asset}"));
        }
        let names = |kind: &str| {
            let of_kind = groups.iter().filter(|((other, _), _)| other == kind);
            of_kind
                .map(|(_, members)| members.iter().map(|m| &m.name).collect::<BTreeSet<_>>())
                .collect::<HashSet<_>>()
        };
        // Groups of the same kind of sound have the same members (§4.4.6.1.1).
        assert!(names("AUDIO").len() <= 1, "{asset}");
        for variant in &master.variants {
            let used = [("AUDIO", &variant.audio), ("SUBTITLES", &variant.subtitles)];
            for (kind, group) in used {
                let is_defined =
                    group.as_ref().is_some_and(|group| groups.contains_key(&(kind.to_owned(), group)));
                let is_there = groups.keys().any(|(other, _)| other == kind);
                assert_eq!(is_defined, is_there, "{kind} {group:?} of {asset}");
            }
            match &variant.closed_captions {
                Some(ClosedCaptionGroupId::GroupId(group)) => {
                    assert!(groups.contains_key(&("CLOSED-CAPTIONS".to_owned(), group)));
                }
                none => assert_eq!(none, &Some(ClosedCaptionGroupId::None)),
            }
            let codecs: BTreeSet<_> =
                variant.codecs.as_deref().unwrap().split(',').map(|c| &c[..4]).collect();
            assert_eq!(codecs, BTreeSet::from(["avc1", "mp4a"]), "{asset}");
        }
        let uris: Vec<_> = master.variants.iter().map(|variant| &variant.uri).collect();
        assert_eq!(uris.iter().collect::<HashSet<_>>().len(), uris.len(), "{asset}");
    }
}

fn is_a_group(members: &[&AlternativeMedia], what: &str) {
    let names: HashSet<_> = members.iter().map(|media| &media.name).collect();
    assert_eq!(names.len(), members.len(), "names of {what}");
    assert!(members.iter().filter(|media| media.default).count() <= 1, "{what}");
    let mut chosen = HashSet::new();
    for media in members {
        assert!(!media.default || media.autoselect, "{what}: {}", media.name);
        if media.media_type == AlternativeMediaType::ClosedCaptions {
            assert!(media.uri.is_none() && media.instream_id.is_some(), "{what}");
            continue;
        }
        assert!(media.uri.is_some() && media.instream_id.is_none(), "{what}");
        // What players may choose by themselves can be told apart.
        let apart = (&media.language, &media.characteristics, media.forced);
        assert!(!media.autoselect || chosen.insert(apart), "{what}: {} can be mistaken", media.name);
        let is_audio = media.media_type == AlternativeMediaType::Audio;
        assert_eq!(media.channels.is_some(), is_audio);
        assert!(!media.forced || media.media_type == AlternativeMediaType::Subtitles);
    }
}

/// §4.4.3.1, §6.2.4: one target duration, and segments that begin within one of each other.
#[test]
fn playlists_of_a_presentation_go_together() {
    let client = Shelf::new().client();
    for asset in ASSETS {
        let lists = offer::lists(&client, &format!("/{asset}/master.m3u8"));
        let targets: HashSet<_> = lists.iter().map(|list| list.playlist.target_duration).collect();
        assert_eq!(targets.len(), 1, "{asset}");
        for list in &lists {
            assert!(list.playlist.end_list && list.playlist.unknown_tags.is_empty());
            let longest = list.playlist.segments.iter().map(|segment| segment.duration).fold(0.0, f32::max);
            let target: u16 = list.playlist.target_duration.try_into().unwrap();
            assert!(longest.round() <= f32::from(target), "{}", list.path);
            let whole: f32 = list.playlist.segments.iter().map(|segment| segment.duration).sum();
            let end = if asset.starts_with("presentation") { 6.0 } else { 10.0 };
            assert!((whole - end).abs() < 0.05, "{}: {whole}", list.path);
        }
    }
}

/// Every line is one that quick-m3u8 reads, or previews, which the RFC does not know.
#[test]
fn another_parser_reads_them_too() {
    let client = Shelf::new().client();
    for asset in ASSETS {
        let path = format!("/{asset}/master.m3u8");
        let lists = offer::lists(&client, &path);
        for path in lists.iter().map(|list| &list.path).chain([&path]) {
            let text = client.text(path);
            let options = ParsingOptionsBuilder::new().with_parsing_for_all_tags().build();
            let mut reader = Reader::from_str(&text, options);
            while let Some(line) = reader.read_line().unwrap_or_else(|error| panic!("{error:?} in {text}")) {
                match line {
                    HlsLine::Uri(_) | HlsLine::KnownTag(_) => {}
                    HlsLine::UnknownTag(tag) => assert_eq!(tag.name(), "-X-IMAGE-STREAM-INF"),
                    other => panic!("{other:?}"),
                }
            }
        }
    }
}

fn named<'a>(all: &[&'a AlternativeMedia], name: &str) -> &'a AlternativeMedia {
    all.iter().find(|media| media.name == name).unwrap_or_else(|| panic!("no {name}"))
}

/// `feature/set.json`, line by line.
#[test]
fn hls_says_what_the_set_says() {
    let client = Shelf::new().client();
    let master = offer::master(&client, "/feature/set.json/master.m3u8");
    let audio = offer::of_kind(&master, &AlternativeMediaType::Audio);
    let language = |media: &AlternativeMedia| media.language.clone().unwrap();
    let (english, french, described) =
        (named(&audio, "English"), named(&audio, "Français"), named(&audio, "Described"));
    assert_eq!([english, french, described].map(language), ["en", "fr", "en"]);
    assert_eq!([english, french, described].map(|media| media.default), [true, false, false]);
    assert_eq!(described.characteristics.as_deref(), Some("public.accessibility.describes-video"));
    assert_eq!((&english.characteristics, &french.characteristics), (&None, &None));

    let text = offer::of_kind(&master, &AlternativeMediaType::Subtitles);
    let names = ["English", "English SDH", "Deutsch", "עברית", "日本語", "Français (forced)"];
    assert_eq!(text.iter().map(|media| media.name.as_str()).collect::<Vec<_>>(), names);
    assert_eq!(names.map(|name| language(named(&text, name))), ["en", "en", "de", "he", "ja", "fr"]);
    assert_eq!(names.map(|name| named(&text, name).default), [true, false, false, false, false, false]);
    assert_eq!(names.map(|name| named(&text, name).forced), [false, false, false, false, false, true]);
    let sdh: BTreeSet<_> =
        named(&text, "English SDH").characteristics.as_deref().unwrap().split(',').collect();
    // What Apple's authoring specification wants of captions for those who do not hear.
    let both =
        ["public.accessibility.describes-music-and-sound", "public.accessibility.transcribes-spoken-dialog"];
    assert_eq!(sdh, BTreeSet::from(both));

    let inside = offer::of_kind(&master, &AlternativeMediaType::ClosedCaptions);
    assert_eq!(
        (inside.len(), inside[0].name.as_str(), &inside[0].instream_id),
        (1, "Inside", &Some(InstreamId::CC(1)))
    );
}

fn labelled<'a>(sets: &'a [AdaptationSet], kind: &str, label: &str) -> &'a AdaptationSet {
    let found = sets.iter().find(|set| set.kind == kind && set.label == label);
    found.unwrap_or_else(|| panic!("no {kind} {label}"))
}

#[test]
fn dash_says_what_the_set_says() {
    const PURPOSE: &str = "urn:tva:metadata:cs:AudioPurposeCS:2007";
    let client = Shelf::new().client();
    let sets = offer::sets(&client, "/feature/set.json/manifest.mpd");
    let said = |kind: &str, label: &str| {
        let set = labelled(&sets, kind, label);
        let mut roles: Vec<_> = set.roles.iter().map(String::as_str).collect();
        roles.sort_unstable();
        let purposes: Vec<_> =
            set.accessibility.iter().map(|(scheme, value)| (scheme.as_str(), value.as_str())).collect();
        (set.language.as_str(), roles, purposes)
    };
    assert_eq!(said("audio", "English"), ("en", vec!["main"], vec![]));
    assert_eq!(said("audio", "Français"), ("fr", vec!["alternate", "dub"], vec![]));
    assert_eq!(said("audio", "Described"), ("en", vec!["alternate", "description"], vec![(PURPOSE, "1")]));
    assert_eq!(said("text", "English"), ("en", vec!["main", "subtitle"], vec![]));
    assert_eq!(said("text", "English SDH"), ("en", vec!["caption"], vec![(PURPOSE, "2")]));
    assert_eq!(said("text", "Français (forced)"), ("fr", vec!["forced-subtitle"], vec![]));
    assert_eq!(said("text", "עברית"), ("he", vec!["subtitle"], vec![]));
    // Two qualities of one sound are one set, and all of one kind.
    assert_eq!(labelled(&sets, "audio", "English").representations.len(), 2);
    let video = sets.iter().find(|set| set.kind == "video").unwrap();
    assert_eq!(video.accessibility, [("urn:scte:dash:cc:cea-608:2015".to_owned(), "CC1=eng".to_owned())]);
    let mut ids = HashSet::new();
    assert!(sets.iter().flat_map(|set| &set.representations).all(|r| ids.insert(&r.id)), "ids are unique");
}

/// Captions in the pictures are offered whether a set names them or not; ffprobe sees them too.
#[test]
fn captions_in_the_pictures() {
    let client = Shelf::new().client();
    let seen = |key: &str| ffprobe::has_closed_captions(&fixtures::named(key).path());
    assert!(seen("presentation/film_180p.mp4") && !seen("feature/film_180p.mp4"));
    let inside = |asset: &str| {
        let master = offer::master(&client, &format!("/{asset}/master.m3u8"));
        let found = offer::of_kind(&master, &AlternativeMediaType::ClosedCaptions);
        let is_named = master.variants.iter().all(|variant| {
            matches!(&variant.closed_captions, Some(ClosedCaptionGroupId::GroupId(_))) != found.is_empty()
        });
        assert!(is_named, "{asset}");
        found.iter().map(|media| (media.name.clone(), media.instream_id.clone())).collect::<Vec<_>>()
    };
    let cc1 = Some(InstreamId::CC(1));
    assert_eq!(inside("presentation/set.json"), [("Inside".to_owned(), cc1.clone())]);
    assert_eq!(inside("presentation").iter().map(|(_, id)| id.clone()).collect::<Vec<_>>(), [cc1]);
    assert_eq!(inside("feature"), []);
}

/// Two sounds of one language that nothing tells apart, as one file or as two.
#[test]
fn two_tracks_of_one_language() {
    let set = json!({ "sources": [
        { "path": "film_90p.mp4", "tracks": ["video"] },
        { "path": "film_audio_fr.mp4", "language": "fr", "label": "Paris" },
        { "path": "film_audio_en_ad.mp4", "language": "fr", "label": "Québec" },
        { "path": "film_46p.mp4", "tracks": [{ "track": "a2", "language": "und", "label": "Music", "roles": ["supplementary"] }] },
    ] });
    let client = Shelf::new().with_json("feature/two.json", &set).client();
    let master = offer::master(&client, "/feature/two.json/master.m3u8");
    let audio = offer::of_kind(&master, &AlternativeMediaType::Audio);
    let found: Vec<_> =
        audio.iter().map(|m| (m.name.as_str(), m.language.as_deref(), m.default, m.autoselect)).collect();
    assert_eq!(found[..2], [("Paris", Some("fr"), true, true), ("Québec", Some("fr"), false, false)]);
    assert_eq!((found[2].0, found[2].2), ("Music", false));
    is_a_group(&audio, "two.json");
    let sets = offer::sets(&client, "/feature/two.json/manifest.mpd");
    assert_eq!(labelled(&sets, "audio", "Québec").language, "fr");
    assert_eq!(sets.iter().filter(|set| set.kind == "audio").count(), 3);
}

/// Sound alone is a presentation too: each quality a variant.
#[test]
fn sound_alone() {
    let set = json!({ "sources": paths(&SOURCES[3..]) });
    let client = Shelf::new().with_json("feature/radio.json", &set).client();
    let master = offer::master(&client, "/feature/radio.json/master.m3u8");
    assert!(!master.variants.is_empty());
    assert!(
        master.variants.iter().all(|v| v.resolution.is_none() && v.codecs.as_deref() == Some("mp4a.40.2"))
    );
    assert_eq!(offer::of_kind(&master, &AlternativeMediaType::Audio).len(), 2);
    let sets: Client<MemorySource> = client;
    assert!(offer::sets(&sets, "/feature/radio.json/manifest.mpd").iter().all(|set| set.kind == "audio"));
}
