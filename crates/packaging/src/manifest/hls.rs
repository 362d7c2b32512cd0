//! HLS playlists (RFC 8216bis). Attributes stand in one order, so that equal assets give equal bytes.

use std::fmt::Write;

use isobmff::codec::{AudioCodec, VideoCodec, VideoRange};

use super::decimal::{Seconds, Thousandths, micros_up};
use super::{audio_groups, audio_names};
use crate::picture::Picture;
use crate::route::{Child, Target, Version};
use crate::{Asset, PackagedTrack, TrackCodec};

/// `EXT-X-MAP` in a playlist that is not of I-frames only needs 6 (§8); nothing here needs more.
const PLAYLIST_VERSION: u32 = 6;

/// The multivariant playlist.
pub fn multivariant(asset: &Asset, version: Version) -> String {
    let mut out = format!("#EXTM3U\n#EXT-X-VERSION:{PLAYLIST_VERSION}\n");
    if asset.tracks.iter().all(|track| !track.segmentation.has_leading_pictures) {
        out.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
    }
    let target = asset.target_duration_secs();
    let audio: Vec<_> = asset.audio().collect();
    let groups: Vec<_> =
        audio_groups(&audio).into_iter().map(|(codec, members)| Group::new(codec, members, target)).collect();
    let has_video = asset.video().next().is_some();
    // A lone sound track without pictures is the variant itself.
    if has_video || audio.len() > 1 {
        write_audio(&mut out, &audio, &groups, version);
    }
    for track in asset.video() {
        if groups.is_empty() {
            write_variant(&mut out, &Variant::new(track, None, target), version);
        }
        for group in &groups {
            write_variant(&mut out, &Variant::new(track, Some(group), target), version);
        }
    }
    if !has_video {
        for group in &groups {
            let names_group = audio.len() > 1;
            if let Some(first) = group.members.first() {
                write_variant(&mut out, &Variant::sound(first, group, names_group), version);
            }
        }
    }
    out
}

/// Audio renditions of one codec and channel layout.
struct Group<'a> {
    id: String,
    codec: &'a AudioCodec,
    members: Vec<&'a PackagedTrack>,
    peak: u64,
    average: u64,
}

impl<'a> Group<'a> {
    fn new(codec: &'a AudioCodec, members: Vec<&'a PackagedTrack>, target_duration_secs: u64) -> Self {
        let rates = members.iter().map(|track| track.bit_rates(target_duration_secs));
        let (peak, average) = rates.fold((0, 0), |(p, a), r| (r.peak.max(p), r.average.max(a)));
        let joc = if codec.joc_complexity.is_some() { "-joc" } else { "" };
        let id = format!("{}-{}ch{joc}", codec.hls_codecs.to_ascii_lowercase(), codec.channels);
        Self { id, codec, members, peak, average }
    }
}

/// `EXT-X-MEDIA` (§4.4.6.1).
fn write_audio(out: &mut String, all: &[&PackagedTrack], groups: &[Group<'_>], version: Version) {
    let names = audio_names(all);
    let name_of = |track: &PackagedTrack| {
        all.iter().position(|other| other.name == track.name).and_then(|at| names.get(at))
    };
    for group in groups {
        for (index, track) in group.members.iter().enumerate() {
            let _ = write!(out, "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{}\"", group.id);
            if let Some(language) = &track.language {
                let _ = write!(out, ",LANGUAGE=\"{language}\"");
            }
            // Members that a player may choose by itself differ in language (§4.4.6.1.1).
            let is_first_of_language =
                group.members.iter().take(index).all(|other| other.language != track.language);
            let _ = writeln!(
                out,
                ",NAME=\"{}\",DEFAULT={},AUTOSELECT={},CHANNELS=\"{}\",URI=\"{}\"",
                name_of(track).map_or("Audio", String::as_str),
                yes_no(index == 0),
                yes_no(is_first_of_language),
                channels(group.codec),
                playlist(track, version),
            );
        }
    }
}

fn yes_no(is: bool) -> &'static str {
    if is { "YES" } else { "NO" }
}

/// `CHANNELS`: a count, and how spatial audio is coded.
fn channels(codec: &AudioCodec) -> String {
    match codec.joc_complexity {
        Some(complexity) => format!("{complexity}/JOC"),
        None if codec.ac4_ims => format!("{}/IMSA", codec.channels),
        None => codec.channels.to_string(),
    }
}

fn playlist(track: &PackagedTrack, version: Version) -> Target {
    Target::Child(version, track.path(), Child::Playlist)
}

/// One `EXT-X-STREAM-INF`.
struct Variant<'a> {
    track: &'a PackagedTrack,
    peak: u64,
    average: u64,
    codecs: Vec<String>,
    supplemental: Option<String>,
    picture: Option<(&'a VideoCodec, &'a Picture)>,
    audio_group: Option<&'a str>,
}

impl<'a> Variant<'a> {
    fn new(track: &'a PackagedTrack, group: Option<&'a Group<'_>>, target_duration_secs: u64) -> Self {
        let own = track.bit_rates(target_duration_secs);
        let (video, picture) = match &track.codec {
            TrackCodec::Video(video, picture) => (Some(video), Some((video, picture))),
            TrackCodec::Audio(_) => (None, None),
        };
        let format = track.format(track.hls_form());
        let own_codecs = video.zip(format).map(|(video, format)| video.codecs_as(format));
        let supplemental = video.zip(format).and_then(|(video, format)| {
            let found = video.supplemental_as(format)?;
            Some(format!("{}/{}", found.codecs, found.brand))
        });
        Self {
            track,
            // The peak of a variant is the sum of the peaks of what plays together (§4.4.6.2).
            peak: own.peak + group.map_or(0, |group| group.peak),
            average: own.average + group.map_or(0, |group| group.average),
            codecs: own_codecs.into_iter().chain(group.map(|group| group.codec.hls_codecs.clone())).collect(),
            supplemental,
            picture,
            audio_group: group.map(|group| group.id.as_str()),
        }
    }

    fn sound(track: &'a PackagedTrack, group: &'a Group<'_>, names_group: bool) -> Self {
        Self {
            track,
            peak: group.peak,
            average: group.average,
            codecs: vec![group.codec.hls_codecs.clone()],
            supplemental: None,
            picture: None,
            audio_group: names_group.then_some(group.id.as_str()),
        }
    }
}

/// `EXT-X-STREAM-INF` (§4.4.6.2) and the playlist's URI.
fn write_variant(out: &mut String, variant: &Variant<'_>, version: Version) {
    let _ = write!(
        out,
        "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{}\"",
        variant.peak.max(1),
        variant.average.max(1),
        variant.codecs.join(",")
    );
    if let Some(supplemental) = &variant.supplemental {
        let _ = write!(out, ",SUPPLEMENTAL-CODECS=\"{supplemental}\"");
    }
    if let Some((video, picture)) = variant.picture {
        let _ = write!(out, ",RESOLUTION={}x{}", picture.displayed.0, picture.displayed.1);
        if let Some((numerator, denominator)) = picture.frame_rate {
            let _ = write!(out, ",FRAME-RATE={}", Thousandths(numerator, denominator));
        }
        let range = match video.video_range() {
            VideoRange::Sdr => "SDR",
            VideoRange::Hlg => "HLG",
            VideoRange::Pq => "PQ",
        };
        let _ = write!(out, ",VIDEO-RANGE={range}");
    }
    if let Some(group) = variant.audio_group {
        let _ = write!(out, ",AUDIO=\"{group}\"");
    }
    if variant.picture.is_some() {
        out.push_str(",CLOSED-CAPTIONS=NONE");
    }
    let _ = writeln!(out, "\n{}", playlist(variant.track, version));
}

/// The media playlist of one track.
pub fn media(asset: &Asset, track: &PackagedTrack) -> String {
    let mut out = format!(
        "#EXTM3U\n#EXT-X-VERSION:{PLAYLIST_VERSION}\n#EXT-X-TARGETDURATION:{}\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP:URI=\"{}\"\n",
        asset.target_duration_secs(),
        Child::Init(track.hls_form()),
    );
    let scale = track.timescale;
    let mut clock = 0;
    let mut printed = 0;
    for segment in &track.segmentation.segments {
        clock += segment.duration;
        let end = micros_up(clock, scale);
        let _ = writeln!(out, "#EXTINF:{},\n{}", Seconds(end - printed), Child::Segment(segment.start));
        printed = end;
    }
    out.push_str("#EXT-X-ENDLIST\n");
    out
}
