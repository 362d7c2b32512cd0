//! Oracle: AWS's pages "Manifest filtering", "Manifest filtering query parameters", "Manifest filtering examples" and
//! "Manifest filtering error conditions" (MediaPackage User Guides, versions 1 and 2), every example that stands
//! there. What the examples leave is worked out by hand from the table in [`Film::new`].

use std::num::NonZeroU32;

use isobmff::codec::{AudioFamily, Colour, DolbyVision, VideoFamily};

use super::*;
use crate::index::Index;
use crate::presentation::{Home, ImageTrack, Member, Rendition};
use crate::route::Version;
use crate::set::{Labels, Set};
use crate::synthetic::{aac, package, pictures, video};
use crate::{Asset, Policy, SourceObject, TrackCodec};

/// One source for each rendition.
struct Film {
    sources: Vec<(Asset, Labels)>,
}

type Rate = (u64, u64);

impl Film {
    /// | id   | pictures                                 | id   | sound                          | id    | captions |
    /// | ---- | ---------------------------------------- | ---- | ------------------------------ | ----- | -------- |
    /// | 1-v1 | H.264 240p  29.97 (NTSC)  1 Mbit/s SDR   | 6-a2 | AAC-LC en 2 ch 44,100 Hz  64 k | 10-t1 | en-US    |
    /// | 2-v1 | H.264 720p  25            3 Mbit/s SDR   | 7-a2 | HE-AAC fr 2 ch 48,000 Hz  32 k | 11-t1 | hi       |
    /// | 3-v1 | H.265 1080p 23.976 (NTSC) 5 Mbit/s HLG   | 8-a2 | AC-3   de 6 ch 48,000 Hz 384 k |       |          |
    /// | 4-v1 | H.265 2160p 60           15 Mbit/s HDR10 | 9-a2 | E-AC-3 pt-BR 8 ch 48,000 Hz 640 k |    |          |
    /// | 5-v1 | AV1   1440p 50            8 Mbit/s DV 10.1 |    |                                |       |          |
    fn new() -> Self {
        let sdr = (1, None);
        let sources = vec![
            pictures_of(VideoFamily::Avc, (240, (30_000, 1001), 1), sdr),
            pictures_of(VideoFamily::Avc, (720, (25, 1), 3), sdr),
            pictures_of(VideoFamily::Hevc, (1080, (24_000, 1001), 5), (18, None)),
            pictures_of(VideoFamily::Hevc, (2160, (60, 1), 15), (16, None)),
            pictures_of(VideoFamily::Av1, (1440, (50, 1), 8), (16, Some((10, 1)))),
            sound_of("en", (AudioFamily::Aac, "mp4a.40.2"), (2, 44_100, 64)),
            sound_of("fr", (AudioFamily::Aac, "mp4a.40.5"), (2, 48_000, 32)),
            sound_of("de", (AudioFamily::Ac3, "ac-3"), (6, 48_000, 384)),
            sound_of("pt-BR", (AudioFamily::Eac3, "ec-3"), (8, 48_000, 640)),
            captions_of("en-US"),
            captions_of("hi"),
        ];
        Self { sources }
    }

    /// The ids that a query leaves, or the reason why there is no manifest.
    fn left(&self, query: &str) -> Result<String, String> {
        let images = ImageTrack {
            version: Version(1),
            sheets: NonZeroU32::MIN,
            sheet_size: (320, 180),
            grid: (NonZeroU32::MIN, NonZeroU32::MIN),
            interval_millis: NonZeroU32::MIN,
            largest_bytes: 1,
            end_millis: 0,
        };
        let members: Vec<_> = self.sources.iter().map(|(asset, labels)| member_of(asset, labels)).collect();
        let mut all = Presentation::new(&members, &Set::default(), Some(images)).unwrap();
        let Some(filter) = Filter::in_query(query).map_err(|error| error.to_string())? else {
            return Ok("no filter".to_owned());
        };
        filter.apply(&mut all).map_err(|error| error.to_string())?;
        let mut out: Vec<_> = all.renditions().map(|rendition| rendition.id.clone()).collect();
        let ids =
            |all: &[Rendition<'_>]| all.iter().map(|rendition| rendition.id.clone()).collect::<Vec<_>>();
        let of_all = ids(&all.trick_play) == ids(&all.video);
        if of_all && !all.video.is_empty() {
            out.push("iframes".to_owned());
        } else {
            out.extend(ids(&all.trick_play).iter().map(|id| id.replace("-v1", "-i")));
        }
        out.extend(all.images.map(|_| "images".to_owned()));
        Ok(out.join(" "))
    }

    fn without_captions(mut self) -> Self {
        self.sources.truncate(9);
        self
    }
}

fn member_of<'a>(asset: &'a Asset, labels: &Labels) -> Member<'a> {
    let home = Home { path: String::new(), edition: Version(0).into() };
    Member { asset, home, chosen: None, labels: labels.clone() }
}

/// 4 s of pictures of this height, rate and bit rate in Mbit/s; transfer characteristics; Dolby Vision.
fn pictures_of(
    family: VideoFamily,
    (height, rate, megabits): (u16, Rate, u32),
    (transfer, dolby): (u16, Option<(u8, u8)>),
) -> (Asset, Labels) {
    let mut track = video().with_samples(pictures(100, 50));
    // 25 pictures a second.
    track.samples.iter_mut().for_each(|sample| sample.size = megabits * 1_000_000 / 8 / 25);
    let mut asset = package(vec![track]).asset;
    let TrackCodec::Video(codec, picture) = &mut asset.tracks[0].codec else { panic!("pictures") };
    codec.family = family;
    codec.colour = Some(Colour { primaries: 9, transfer, matrix: 9, full_range: false });
    codec.dolby_vision =
        dolby.map(|(profile, compatibility)| DolbyVision { profile, level: 6, compatibility });
    picture.displayed = (height * 16 / 9, height);
    picture.frame_rate = Some(rate);
    (asset, Labels::default())
}

/// 4 s of sound.
fn sound_of(
    language: &str,
    (family, codecs): (AudioFamily, &str),
    (channels, sample_rate, kilobits): (u16, u32, u32),
) -> (Asset, Labels) {
    let mut track = aac(188);
    track.samples.iter_mut().for_each(|sample| sample.size = kilobits * 1000 / 8 * 1024 / 48_000);
    let mut asset = package(vec![track]).asset;
    let TrackCodec::Audio(codec) = &mut asset.tracks[0].codec else { panic!("sound") };
    (codec.family, codec.codecs, codec.channels, codec.sample_rate) =
        (family, codecs.to_owned(), channels, sample_rate);
    (asset, Labels { language: Some(language.to_owned()), ..Labels::default() })
}

fn captions_of(language: &str) -> (Asset, Labels) {
    let text = b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n";
    let captions = captions::read(text, "a.vtt").unwrap();
    let object = SourceObject { bytes: text.len() as u64, etag: "e".to_owned(), revision: None };
    let asset = Index::of_captions(captions, "WebVTT", object, Policy::default()).unwrap().head.asset;
    (asset, Labels { language: Some(language.to_owned()), ..Labels::default() })
}

const ALL_VIDEO: &str = "1-v1 2-v1 3-v1 4-v1 5-v1";
const ALL_AUDIO: &str = "6-a2 7-a2 8-a2 9-a2";
const ALL_TEXT: &str = "10-t1 11-t1";
const TRICK: &str = "iframes images";

#[test]
fn every_example_that_gives_a_manifest() {
    let film = Film::new();
    let rows = [
        // Query parameters, "Query syntax": plain in version 1, escaped in version 2.
        (
            "audio_sample_rate:0-44100;video_bitrate:0-2147483647;video_codec:h265;audio_language:fr,en-US,de",
            "3-v1 4-v1",
            "",
            ALL_TEXT,
            TRICK,
        ),
        (
            "audio_sample_rate%3A0-44100%3Bvideo_bitrate%3A0-2147483647%3Bvideo_codec%3Ah265%3Baudio_language%3Afr%2Cen-US%2Cde",
            "3-v1 4-v1",
            "",
            ALL_TEXT,
            TRICK,
        ),
        // "Query value formats".
        ("video_bitrate:8000000", "", ALL_AUDIO, ALL_TEXT, "images"),
        ("video_height%3A240-360%2C720-1080", "1-v1 2-v1 3-v1", ALL_AUDIO, ALL_TEXT, TRICK),
        ("video_height%3A240-360%2C720-1080%2C1440%2C2160", ALL_VIDEO, ALL_AUDIO, ALL_TEXT, TRICK),
        ("video_framerate:25.000", "2-v1", ALL_AUDIO, ALL_TEXT, TRICK),
        // "Query parameters", in the order of the table.
        ("audio_bitrate:0-2147483647", ALL_VIDEO, ALL_AUDIO, ALL_TEXT, TRICK),
        ("audio_channels:1-8", ALL_VIDEO, ALL_AUDIO, ALL_TEXT, TRICK),
        ("audio_codec:AACL,AC-3", ALL_VIDEO, "6-a2 8-a2", ALL_TEXT, TRICK),
        ("audio_language:fr,en-US,de", ALL_VIDEO, "7-a2 8-a2", ALL_TEXT, TRICK),
        ("audio_sample_rate:0-44100", ALL_VIDEO, "6-a2", ALL_TEXT, TRICK),
        ("subtitle_language:en-US, hi", ALL_VIDEO, ALL_AUDIO, ALL_TEXT, TRICK),
        ("trickplay_height:200-1200", ALL_VIDEO, ALL_AUDIO, ALL_TEXT, "1-i 2-i 3-i"),
        ("trickplay_type:iframe", ALL_VIDEO, ALL_AUDIO, ALL_TEXT, "iframes"),
        ("video_bitrate:0-2147483647", ALL_VIDEO, ALL_AUDIO, ALL_TEXT, TRICK),
        ("video_codec:h264", "1-v1 2-v1", ALL_AUDIO, ALL_TEXT, TRICK),
        ("video_dynamic_range:hdr10", "4-v1 5-v1", ALL_AUDIO, ALL_TEXT, TRICK),
        ("video_framerate:23.976-30", "1-v1 2-v1 3-v1", ALL_AUDIO, ALL_TEXT, TRICK),
        ("video_height:720-1080", "2-v1 3-v1", ALL_AUDIO, ALL_TEXT, TRICK),
        // "Manifest filtering examples".
        ("audio_sample_rate%3A0-44100%3Bvideo_codec%3Ah264", "1-v1 2-v1", "6-a2", ALL_TEXT, TRICK),
        ("audio_sample_rate:0-44100;video_codec:h264", "1-v1 2-v1", "6-a2", ALL_TEXT, TRICK),
        ("video_bitrate:0-9000000", "1-v1 2-v1 3-v1 5-v1", ALL_AUDIO, ALL_TEXT, TRICK),
        // "Error conditions" that are none: a word of a free list, and captions alone.
        ("audio_language:dahlia", ALL_VIDEO, "", ALL_TEXT, TRICK),
        ("audio_sample_rate:0-1;video_bitrate=0-1", "", "", ALL_TEXT, "images"),
    ];
    for (filter, video, audio, text, trick) in rows {
        let expected: Vec<_> =
            [video, audio, text, trick].into_iter().filter(|part| !part.is_empty()).collect();
        let found = film.left(&format!("aws.manifestfilter={filter}"));
        assert_eq!(found, Ok(expected.join(" ")), "{filter}");
    }
}

#[test]
fn every_example_that_gives_an_error() {
    let film = Film::new().without_captions();
    let long = format!("audio_language:abcdef{}", "a".repeat(1024));
    let rows = [
        (
            "audio_sample_rate:0-48000;aws.manifestfilter=audio_sample_rate:0-48000",
            "aws.manifestfilter is there more than once",
        ),
        ("donut_type:rhododendron", "there is no parameter `donut_type`"),
        ("audio_sample_rate:300-0", "audio_sample_rate: the range 300-0 ends before it starts"),
        ("audio_sample_rate:0-2147483648", "audio_sample_rate: 2147483648 is more than 2147483647"),
        (
            "audio_sample_rate:is:0-44100",
            "`audio_sample_rate:is:0-44100` is not a parameter, a colon and its values",
        ),
        (&long, "aws.manifestfilter has more than 1024 characters"),
        (
            "audio_sample_rate:0-48000;aws.manifestfilter=video_bitrate:0-1",
            "aws.manifestfilter is there more than once",
        ),
        ("audio_sample_rate:0-1;video_bitrate=0-1", "no rendition meets the filter"),
    ];
    for (filter, expected) in rows {
        let found = film.left(&format!("aws.manifestfilter={filter}"));
        assert_eq!(found, Err(expected.to_owned()), "{filter}");
    }
}

#[test]
fn values_and_their_bounds() {
    let film = Film::new();
    let video = |filter: &str| {
        let left = film.left(&format!("aws.manifestfilter={filter}")).unwrap();
        left.split(' ').filter_map(|id| id.strip_suffix("-v1")).collect::<Vec<_>>().join("")
    };
    let rows = [
        ("video_height:720", "2"),
        ("video_height:721-1079", ""),
        ("video_height:0-240,2160-2147483647", "14"),
        ("VIDEO_HEIGHT:720;Video_Codec:H264", "2"),
        ("video_height:720-1080;video_codec:h265,av1", "3"),
        ("video_codec:AV1", "5"),
        ("video_dynamic_range:sdr", "12"),
        ("video_dynamic_range:hlg", "3"),
        ("video_dynamic_range:DV", "5"),
        ("video_framerate:29.97", "1"),
        ("video_framerate:29.97-29.97", "1"),
        ("video_framerate:29.969", ""),
        ("video_framerate:50-60,23.976", "345"),
        ("video_framerate: 25 ", "2"),
        ("audio_language:eng", "12345"),
        ("video_bitrate:4000000-6000000", "3"),
    ];
    for (filter, expected) in rows {
        assert_eq!(video(filter), expected, "{filter}");
    }
}

#[test]
fn sound_and_captions_by_their_values() {
    let film = Film::new();
    let left = |filter: &str, kind: &str| {
        let left = film.left(&format!("aws.manifestfilter={filter}")).unwrap();
        left.split(' ').filter(|id| id.contains(kind)).collect::<Vec<_>>().join(" ")
    };
    let sound = [
        ("audio_codec:aach", "7-a2"),
        ("audio_codec:ec-3", "9-a2"),
        ("audio_channels:6", "8-a2"),
        ("audio_channels:3-32767", "8-a2 9-a2"),
        ("audio_bitrate:0-100000", "6-a2 7-a2"),
        ("audio_language:PT-br", "9-a2"),
        // No other region or script is meant: AWS compares whole tags.
        ("audio_language:pt", ""),
        // As sources write it.
        ("audio_language:eng,ger", "6-a2 8-a2"),
        ("subtitle_language:hi", ALL_AUDIO),
    ];
    for (filter, expected) in sound {
        assert_eq!(left(filter, "-a"), expected, "{filter}");
    }
    let text = [
        ("subtitle_language:HI", "11-t1"),
        ("subtitle_language:none", ""),
        ("subtitle_language:hin", "11-t1"),
        ("audio_language:hi", ALL_TEXT),
    ];
    for (filter, expected) in text {
        assert_eq!(left(filter, "-t"), expected, "{filter}");
    }
}

#[test]
fn trick_play() {
    let film = Film::new();
    let rows = [
        ("trickplay_type:image", "images"),
        ("trickplay_type:none", ""),
        ("trickplay_type:image,iframe", TRICK),
        ("trickplay_type:IFrame", "iframes"),
        ("trickplay_height:720", "2-i"),
        ("trickplay_height:1440-2160;trickplay_type:iframe", "4-i 5-i"),
        ("trickplay_type:none,image", "images"),
        ("trickplay_height:180", "images"),
        ("trickplay_height:1-2", ""),
        ("trickplay_height:720-1080;trickplay_type:image", ""),
    ];
    let all = format!("{ALL_VIDEO} {ALL_AUDIO} {ALL_TEXT}");
    for (filter, expected) in rows {
        let expected = format!("{all} {expected}");
        assert_eq!(
            film.left(&format!("aws.manifestfilter={filter}")),
            Ok(expected.trim_end().to_owned()),
            "{filter}"
        );
    }
}

#[test]
fn what_is_wrong_is_said() {
    let film = Film::new();
    let rows = [
        ("video_codec", "`video_codec` is not a parameter, a colon and its values"),
        ("video_codec:", "`video_codec:` is not a parameter, a colon and its values"),
        ("video_codec:h264;", "`` is not a parameter, a colon and its values"),
        ("video_codec:h264,", "`video_codec:h264,` is not a parameter, a colon and its values"),
        ("audio_language:a=b", "`audio_language:a=b` is not a parameter, a colon and its values"),
        (":1", "there is no parameter ``"),
        ("video_codec:h264;VIDEO_CODEC:h265", "the parameter video_codec is there more than once"),
        ("video_codec:theora", "video_codec: `theora` is not one of h264, h265, av1"),
        ("audio_codec:aac", "audio_codec: `aac` is not one of aacl, aach, ac-3, ec-3"),
        ("trickplay_type:all", "trickplay_type: `all` is not one of iframe, image, none"),
        ("video_dynamic_range:hdr", "video_dynamic_range: `hdr` is not one of sdr, hlg, hdr10, dv"),
        ("video_height:720p", "video_height: `720p` is not a whole number or a range such as 1-10"),
        ("video_height:-720", "video_height: `` is not a whole number or a range such as 1-10"),
        ("video_height:720-", "video_height: `` is not a whole number or a range such as 1-10"),
        ("video_height:1-2-3", "video_height: `2-3` is not a whole number or a range such as 1-10"),
        ("video_height:1.5", "video_height: `1.5` is not a whole number or a range such as 1-10"),
        ("video_height:%2B1", "video_height: `+1` is not a whole number or a range such as 1-10"),
        (
            "video_height:99999999999999999999999",
            "video_height: 99999999999999999999999 is more than 2147483647",
        ),
        (
            "video_framerate:23.9761",
            "video_framerate: `23.9761` is not a number of up to 3 decimals or a range such as 23.976-30",
        ),
        (
            "video_framerate:25.",
            "video_framerate: `25.` is not a number of up to 3 decimals or a range such as 23.976-30",
        ),
        ("video_framerate:30-23.976", "video_framerate: the range 30-23.976 ends before it starts"),
        ("audio_language:%ff", "aws.manifestfilter is not UTF-8"),
        (
            "video_codec:h264&aws.manifestfilter=video_codec:h264",
            "aws.manifestfilter is there more than once",
        ),
        ("&AWS.ManifestFilter=", "aws.manifestfilter is there more than once"),
    ];
    for (filter, expected) in rows {
        assert_eq!(film.left(&format!("aws.manifestfilter={filter}")), Err(expected.to_owned()), "{filter}");
    }
}

/// 1,024 characters are taken, however many bytes they have and however they are escaped.
#[test]
fn the_longest_filter() {
    let filter =
        |chars: usize, char: &str| format!("aws.manifestfilter=audio_language:{}", char.repeat(chars - 15));
    for char in ["x", "%78", "%C3%A9"] {
        assert!(matches!(Filter::in_query(&filter(1024, char)), Ok(Some(_))), "{char}");
        assert_eq!(Filter::in_query(&filter(1025, char)), Err(Error::TooLong), "{char}");
    }
}

#[test]
fn queries_without_a_filter() {
    for query in [
        "",
        "x=1",
        "aws.manifestfilter",
        "aws.manifestfilter=",
        "aws.manifestfilter=%20",
        "aws.manifestfilters=x:1",
        "x=aws.manifestfilter=y:1",
    ] {
        assert_eq!(Filter::in_query(query), Ok(None), "{query}");
    }
    for (query, is_there) in [
        ("", false),
        ("x=aws.manifestfilter", false),
        ("aws.manifestfilter", true),
        ("x=1&aws.manifestfilter=y", true),
        ("AWS%2eManifestFilter=y", true),
    ] {
        assert_eq!(is_in(query), is_there, "{query}");
    }
}
