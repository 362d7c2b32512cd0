//! Manifests as other programs read them: two HLS parsers, the rules of the DASH schema (and the schema
//! itself if `FRAGMINT_DASH_XSD` names it), and what ffprobe says of the source.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use std::collections::HashSet;
use std::io::Write;
use std::process::{Command, Stdio};

use m3u8_rs::{AlternativeMediaType, ClosedCaptionGroupId, MasterPlaylist, MediaPlaylistType};
use quick_m3u8::tag::KnownTag;
use quick_m3u8::tag::hls::Tag;
use quick_m3u8::{HlsLine, Reader, config::ParsingOptionsBuilder};
use roxmltree::{Document, Node};
use serde_json::Value;
use tests::download::micros;
use tests::download::track_of;
use tests::fixtures;
use tests::{Client, Download, Fixture, Rendition, each};

fn download(fixture: &Fixture) -> Download {
    Download::of(&Client::new(fixture.source()), &fixture.key)
}

#[test]
fn multivariant_playlists_are_understood() {
    each(fixtures::playable(), |fixture| {
        let download = download(fixture);
        let found = m3u8_rs::parse_master_playlist_res(download.multivariant.as_bytes()).unwrap();
        assert!(found.version.unwrap() <= 7);
        assert!(found.unknown_tags.is_empty());
        groups_are_defined(&found);
        variants_match_the_source(fixture, &found);
        typed_by_quick_m3u8(&download.multivariant);
    });
}

/// Each AUDIO names a group; each group has one default, names that differ, and a URI (RFC 8216bis
/// §4.4.6.1.1).
fn groups_are_defined(playlist: &MasterPlaylist) {
    assert!(!playlist.variants.is_empty());
    for variant in &playlist.variants {
        let Some(group) = &variant.audio else { continue };
        let members: Vec<_> = playlist.alternatives.iter().filter(|media| media.group_id == *group).collect();
        assert!(!members.is_empty(), "{group} is not defined");
        assert!(
            members
                .iter()
                .all(|media| media.media_type == AlternativeMediaType::Audio && media.uri.is_some())
        );
        assert_eq!(members.iter().filter(|media| media.default).count(), 1);
        assert!(members.iter().all(|media| media.autoselect || !media.default));
        let names: HashSet<_> = members.iter().map(|media| &media.name).collect();
        assert_eq!(names.len(), members.len());
    }
}

/// What ffprobe says of a file's streams.
fn probe(fixture: &Fixture) -> Vec<Value> {
    let mut command = Command::new("ffprobe");
    let output =
        command.args(["-v", "error", "-show_streams", "-of", "json"]).arg(fixture.path()).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    report["streams"].as_array().unwrap().clone()
}

fn variants_match_the_source(fixture: &Fixture, playlist: &MasterPlaylist) {
    let streams = probe(fixture);
    let of_kind = |kind: &str| streams.iter().filter(|s| s["codec_type"] == kind).collect::<Vec<_>>();
    let sound = of_kind("audio");
    let pictures =
        streams.iter().filter(|s| s["codec_type"] == "video" && s["disposition"]["attached_pic"] == 0);
    let iframes = playlist.variants.iter().filter(|variant| variant.is_i_frame);
    // Where `stss` is empty there is no key frame.
    let has_key_frames = pictures.count() > 0 && !fixture.is("empty-stss");
    assert_eq!(iframes.clone().count() > 0, has_key_frames, "I-frames for pictures");
    for variant in iframes {
        let number: u32 = track_of(&variant.uri)[1..].parse().unwrap();
        let own = streams.iter().find(|s| s["id"] == format!("{number:#x}")).unwrap();
        assert!(is_codec_of(variant.codecs.as_deref().unwrap(), own), "{variant:?}");
        assert!(variant.average_bandwidth.unwrap() <= variant.bandwidth && variant.resolution.is_some());
        assert!(variant.frame_rate.is_none() && variant.audio.is_none(), "RFC 8216bis §4.4.6.3");
    }
    for variant in playlist.variants.iter().filter(|variant| !variant.is_i_frame) {
        let codecs: Vec<_> = variant.codecs.as_deref().unwrap().split(',').collect();
        let number: u32 = track_of(&variant.uri)[1..].parse().unwrap();
        let own = streams.iter().find(|s| s["id"] == format!("{number:#x}")).unwrap();
        assert!(is_codec_of(codecs[0], own), "{codecs:?} for {own}");
        assert!(variant.average_bandwidth.unwrap() <= variant.bandwidth, "{variant:?}");
        if own["codec_type"] == "audio" {
            assert_eq!((codecs.len(), variant.resolution.is_some()), (1, false));
            continue;
        }
        assert_eq!(codecs.len(), 1 + usize::from(!sound.is_empty()));
        assert!(codecs.get(1).is_none_or(|codec| is_codec_of(codec, sound[0])), "{codecs:?}");
        let is_captioned = fixture.is("presentation/film_");
        let is_none = variant.closed_captions == Some(ClosedCaptionGroupId::None);
        assert_eq!(is_none, !is_captioned, "{:?}", variant.closed_captions);
        picture_matches(variant, own);
    }
    let channels = |media: &m3u8_rs::AlternativeMedia| media.channels.clone().unwrap();
    let is_sound = |media: &&m3u8_rs::AlternativeMedia| media.media_type == AlternativeMediaType::Audio;
    for media in playlist.alternatives.iter().filter(is_sound) {
        assert_eq!(channels(media), sound[0]["channels"].to_string());
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of pictures")]
fn picture_matches(variant: &m3u8_rs::VariantStream, stream: &Value) {
    let ratio = |name: &str, by: char| {
        let (a, b) = stream[name].as_str().and_then(|text| text.split_once(by)).unwrap_or(("1", "1"));
        a.parse::<f64>().unwrap() / b.parse::<f64>().unwrap()
    };
    let size = |name: &str| stream[name].as_f64().unwrap();
    let width = (size("width") * ratio("sample_aspect_ratio", ':')).round();
    let side_data = stream["side_data_list"].as_array().cloned().unwrap_or_default();
    let is_turned =
        side_data.iter().any(|data| data["rotation"].as_i64().is_some_and(|angle| angle % 180 != 0));
    let (width, height) = if is_turned { (size("height"), width) } else { (width, size("height")) };
    let found = variant.resolution.as_ref().unwrap();
    assert_eq!((found.width, found.height), (width as u64, height as u64));
    let rate = variant.frame_rate.unwrap();
    assert!((rate - ratio("avg_frame_rate", '/')).abs() < 0.001, "{rate} {}", stream["avg_frame_rate"]);
    let range = match stream["color_transfer"].as_str() {
        Some("smpte2084") => "PQ",
        Some("arib-std-b67") => "HLG",
        _ => "SDR",
    };
    assert_eq!(variant.other_attributes.as_ref().unwrap()["VIDEO-RANGE"].to_string(), range);
}

/// Whether a CODECS entry is that of ffprobe's stream, as far as ffprobe knows.
fn is_codec_of(codec: &str, stream: &Value) -> bool {
    let level = stream["level"].as_i64().unwrap_or(0);
    match stream["codec_name"].as_str().unwrap() {
        // High is profile 100; the constraints are not known.
        "h264" => {
            (codec.starts_with("avc1.64") || codec.starts_with("avc3.64"))
                && codec.ends_with(&format!("{level:02x}"))
        }
        "hevc" if stream["profile"] == "Main 10" => codec.starts_with(&format!("hvc1.2.4.L{level}.")),
        "hevc" => {
            codec[4..].starts_with(&format!(".1.6.L{level}.")) && ["hvc1", "hev1"].contains(&&codec[..4])
        }
        "av1" => codec.starts_with(&format!("av01.0.{level:02}M.08")),
        "vp9" => codec.starts_with("vp09.00.") && codec.contains(".08"),
        "aac" => codec == "mp4a.40.2",
        "ac3" => codec == "ac-3",
        "eac3" => codec == "ec-3",
        "opus" => codec == "Opus",
        "flac" => codec == "fLaC",
        "alac" => codec == "alac",
        "mp3" => ["mp4a.40.34", "mp4a.6B"].contains(&codec),
        other => panic!("{other} has no rule here"),
    }
}

/// Every line is a tag that the other parser knows, with a value that it can read.
fn typed_by_quick_m3u8(playlist: &str) -> Vec<&'static str> {
    let options = ParsingOptionsBuilder::new().with_parsing_for_all_tags().build();
    let mut reader = Reader::from_str(playlist, options);
    let mut out = Vec::new();
    while let Some(line) = reader.read_line().unwrap_or_else(|error| panic!("{error:?} in {playlist}")) {
        out.push(match line {
            HlsLine::Uri(_) => "uri",
            HlsLine::KnownTag(KnownTag::Hls(tag)) => kind_of(&tag),
            other => panic!("{other:?}"),
        });
    }
    out
}

fn kind_of(tag: &Tag<'_>) -> &'static str {
    match tag {
        Tag::M3u(_) => "m3u",
        Tag::Version(version) => {
            assert_eq!(version.version(), 6);
            "version"
        }
        Tag::IndependentSegments(_) => "independent",
        Tag::Targetduration(_) => "target",
        Tag::PlaylistType(_) => "type",
        Tag::Endlist(_) => "end",
        Tag::Inf(inf) => {
            assert!(inf.duration() > 0.0);
            "inf"
        }
        Tag::Map(map) => {
            assert!(map.uri().starts_with("init"));
            "map"
        }
        Tag::Media(media) => {
            let kind = format!("{:?}", media.media_type()).to_lowercase();
            assert_eq!(media.channels().is_some(), kind.contains("audio"));
            // Captions inside the pictures have no playlist of their own (RFC 8216bis, `INSTREAM-ID` of §4.4.6.1).
            assert_eq!(media.uri().is_none(), kind.contains("closed"));
            "media"
        }
        Tag::StreamInf(variant) => {
            assert!(variant.bandwidth() > 0 && variant.codecs().is_some());
            "variant"
        }
        Tag::IFrameStreamInf(iframes) => {
            assert!(iframes.bandwidth() > 0 && iframes.codecs().is_some());
            assert!(iframes.uri().ends_with("/iframes.m3u8"));
            "iframes"
        }
        other => panic!("{other:?} is not expected"),
    }
}

#[test]
fn media_playlists_are_understood() {
    each(fixtures::playable(), |fixture| {
        let download = download(fixture);
        let targets: HashSet<_> = download.hls.iter().map(media_playlist).collect();
        assert_eq!(targets.len(), 1, "all playlists have one target duration (RFC 8216bis §6.2.4)");
    });
}

/// Checks one media playlist; returns its target duration.
fn media_playlist(rendition: &Rendition) -> u64 {
    let found = m3u8_rs::parse_media_playlist_res(rendition.playlist.as_bytes()).unwrap();
    assert_eq!(found.version, Some(6));
    assert!(found.end_list);
    assert_eq!(found.playlist_type, Some(MediaPlaylistType::Vod));
    assert!(found.unknown_tags.is_empty());
    assert_eq!(found.segments.len(), rendition.segments.len());
    let map = found.segments[0].map.as_ref().unwrap();
    assert!(without_locators(&rendition.init_path).ends_with(&format!("/{}/{}", rendition.name, map.uri)));
    for (theirs, ours) in found.segments.iter().zip(&rendition.segments) {
        assert!(ours.path.ends_with(&theirs.uri));
        // EXTINF rounded to the nearest second is at most the target duration (§4.4.3.1).
        assert!((ours.duration + 500_000) / 1_000_000 <= found.target_duration);
        assert!(!theirs.discontinuity && theirs.byte_range.is_none());
    }
    let mut expected = vec!["m3u", "version", "target", "type", "map"];
    expected.extend(rendition.segments.iter().flat_map(|_| ["inf", "uri"]));
    expected.push("end");
    assert_eq!(typed_by_quick_m3u8(&rendition.playlist), expected);
    found.target_duration
}

/// INDEPENDENT-SEGMENTS and SAP types promise no more than open groups of pictures keep.
#[test]
fn open_groups_of_pictures_promise_less() {
    for (key, is_closed) in [("open-gop-hevc.mp4", false), ("avc-aac.mp4", true), ("hdr10.mp4", true)] {
        let download = download(fixtures::named(key));
        assert_eq!(download.multivariant.contains("#EXT-X-INDEPENDENT-SEGMENTS"), is_closed, "{key}");
        let video = download.mpd.lines().find(|line| line.contains("contentType=\"video\"")).unwrap();
        assert_eq!(video.contains("startWithSAP=\"1\""), is_closed, "{video}");
    }
}

/// Written by hand. Sound: 1024 ticks of 48 kHz a frame, 1024 ticks of priming. The first frame at or after
/// 6 s is number 283 of the file: 283 * 1024 / 48000 = 6.037333… s of media, from 282 * 1024 = 288768 on. In
/// all there are 8 s and the priming: 8.021333… s. Decimals are rounded up to the microsecond in the sum.
#[test]
fn playlists_as_written_by_hand() {
    let download = download(fixtures::named("two-audio.mp4"));
    let version = download.hls[0].init_path.split('/').nth(2).unwrap();
    let media = |number: u32, (language, name): (&str, &str), is_default: &str| {
        format!(
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"mp4a.40.2-2ch\",LANGUAGE=\"{language}\",NAME=\"{name}\",\
             DEFAULT={is_default},AUTOSELECT=YES,CHANNELS=\"2\",URI=\"{version}/a{number}/index.m3u8\"\n"
        )
    };
    let expected = format!(
        "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-INDEPENDENT-SEGMENTS\n{}{}\
         #EXT-X-STREAM-INF:BANDWIDTH=*,AVERAGE-BANDWIDTH=*,CODECS=\"avc1.64000c,mp4a.40.2\",RESOLUTION=320x180,\
         FRAME-RATE=25.000,VIDEO-RANGE=SDR,AUDIO=\"mp4a.40.2-2ch\",CLOSED-CAPTIONS=NONE\n{version}/v1/index.m3u8\n\
         #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=*,AVERAGE-BANDWIDTH=*,CODECS=\"avc1.64000c\",RESOLUTION=320x180,\
         VIDEO-RANGE=SDR,URI=\"{version}/v1/iframes.m3u8\"\n",
        media(2, ("en", "English"), "YES"),
        media(3, ("fr", "Français"), "NO")
    );
    assert_eq!(without_locators(&without_bandwidth(&download.multivariant)), expected);
    let sound = download.hls.iter().find(|rendition| rendition.name == "a3").unwrap();
    let expected = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n\
        #EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:6.037334,\n0.m4s\n#EXTINF:1.984000,\n288768.m4s\n#EXT-X-ENDLIST\n";
    assert_eq!(sound.playlist, expected);
}

/// `v1/…` for `v1-b0-1f-2000/…`: where pages lie follows from their size.
fn without_locators(text: &str) -> String {
    let element = |part: &str| match part.split('-').collect::<Vec<_>>().as_slice() {
        [track, _, _, _] if track.starts_with(['v', 'a']) => (*track).to_owned(),
        _ => part.to_owned(),
    };
    text.split('/').map(element).collect::<Vec<_>>().join("/")
}

fn without_bandwidth(playlist: &str) -> String {
    let digits = |c: char| c.is_ascii_digit();
    playlist
        .split("BANDWIDTH=")
        .map(|part| part.trim_start_matches(digits))
        .collect::<Vec<_>>()
        .join("BANDWIDTH=*")
}

/// What ends 30 or 40 ms behind a grid line gets no segment for it: one frame, one picture.
#[test]
fn short_tails() {
    let download = download(fixtures::named("short-tail.mp4"));
    let durations = |name: &str| {
        let rendition = download.hls.iter().find(|rendition| rendition.name == name).unwrap();
        rendition.segments.iter().map(|segment| segment.duration).collect::<Vec<_>>()
    };
    assert_eq!(durations("v1"), [micros("6"), micros("6.04")]);
    assert_eq!(durations("a2").len(), 2);
}

#[test]
fn mpds_follow_the_schema() {
    each(fixtures::playable(), |fixture| {
        let download = download(fixture);
        let document = Document::parse(&download.mpd).unwrap();
        mpd(document.root_element());
        latest_end(document.root_element(), &download);
        by_schema(&download.mpd);
    });
}

/// Children in the order of the schema (ISO/IEC 23009-1 Annex B), for what is written here.
const SET_ORDER: [&str; 8] = [
    "AudioChannelConfiguration",
    "EssentialProperty",
    "SupplementalProperty",
    "Label",
    "Accessibility",
    "Role",
    "SegmentTemplate",
    "Representation",
];

fn mpd(root: Node<'_, '_>) {
    assert_eq!(root.tag_name().namespace(), Some("urn:mpeg:dash:schema:mpd:2011"));
    assert_eq!(root.attribute("type"), Some("static"));
    for name in ["profiles", "minBufferTime", "mediaPresentationDuration"] {
        assert!(root.attribute(name).is_some(), "MPD@{name}");
    }
    let mut ids = HashSet::new();
    for set in elements(root, "AdaptationSet") {
        in_order(set);
        let kind = set.attribute("contentType").unwrap();
        let mime_type = if kind == "text" { "application/mp4".to_owned() } else { format!("{kind}/mp4") };
        assert_eq!(set.attribute("mimeType"), Some(mime_type.as_str()));
        assert!(set.attribute("id").unwrap().parse::<u32>().is_ok());
        let representations = elements(set, "Representation");
        assert!(!representations.is_empty());
        for node in representations {
            in_order(node);
            assert!(ids.insert(node.attribute("id").unwrap().to_owned()), "ids are unique in a period");
            assert!(node.attribute("bandwidth").unwrap().parse::<u32>().unwrap() > 0);
            assert!(node.attribute("codecs").is_some());
            let is_trick_mode = !elements(set, "EssentialProperty").is_empty();
            let needed: &[&str] = match kind {
                "video" if is_trick_mode => &["width", "height", "maxPlayoutRate", "codingDependency"],
                "video" => &["width", "height", "frameRate"],
                "audio" => &["audioSamplingRate"],
                _ => &[],
            };
            assert!(needed.iter().all(|name| node.has_attribute(*name)), "{needed:?}");
            assert_eq!(elements(node, "AudioChannelConfiguration").len(), usize::from(kind == "audio"));
        }
    }
    let roles: Vec<_> = elements(root, "Role").iter().filter_map(|role| role.attribute("value")).collect();
    assert!(roles.contains(&"main"));
}

fn elements<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Vec<Node<'a, 'i>> {
    node.descendants().filter(|found| found.tag_name().name() == name).collect()
}

fn in_order(node: Node<'_, '_>) {
    let place = |child: Node<'_, '_>| {
        let name = child.tag_name().name();
        SET_ORDER
            .iter()
            .position(|known| *known == name)
            .unwrap_or_else(|| panic!("{name} in {}", node.tag_name().name()))
    };
    let places: Vec<_> = node.children().filter(Node::is_element).map(place).collect();
    assert!(places.is_sorted(), "{places:?}");
}

/// `mediaPresentationDuration` is the end of the longest track, less than a microsecond late.
fn latest_end(root: Node<'_, '_>, download: &Download) {
    let text = root.attribute("mediaPresentationDuration").unwrap();
    let stated = micros(text.strip_prefix("PT").unwrap().strip_suffix('S').unwrap());
    let end = |rendition: &Rendition| {
        let last = rendition.segments.last().unwrap();
        ((last.start + last.duration) * 1_000_000).div_ceil(rendition.timescale)
    };
    assert_eq!(Some(stated), download.dash.iter().map(end).max());
}

/// The schema's own word, if we have the schema.
fn by_schema(mpd: &str) {
    let Some(schema) = std::env::var_os("FRAGMINT_DASH_XSD") else { return };
    let mut command = Command::new("xmllint");
    command
        .args(["--nonet", "--noout", "--schema"])
        .arg(schema)
        .arg("-")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(mpd.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
