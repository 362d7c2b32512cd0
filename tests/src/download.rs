//! A whole presentation as a player would load it: once by way of HLS, once by way of DASH.
//!
//! The playlist reader here is a few string operations on purpose: it keeps the decimals of EXTINF.
#![expect(clippy::unwrap_used, reason = "a manifest that cannot be followed fails the test")]

use bytes::Bytes;
use origin::Source;

use crate::client::{Client, asset_path, join};

/// A presentation with all its bytes.
#[derive(Debug)]
pub struct Download {
    /// Text of the multivariant playlist.
    pub multivariant: String,
    /// Text of the MPD.
    pub mpd: String,
    /// What HLS offers.
    pub hls: Vec<Rendition>,
    /// What DASH offers.
    pub dash: Vec<Rendition>,
}

/// One track.
#[derive(Debug)]
pub struct Rendition {
    /// The track's element in URLs, such as `v1`.
    pub name: String,
    /// The media playlist; empty for DASH.
    pub playlist: String,
    /// `SegmentTemplate@timescale`; 0 for HLS.
    pub timescale: u64,
    /// Path of the init segment.
    pub init_path: String,
    /// The init segment.
    pub init: Bytes,
    /// The media segments in order.
    pub segments: Vec<MediaSegment>,
}

/// One media segment.
#[derive(Debug)]
pub struct MediaSegment {
    /// Its path.
    pub path: String,
    /// HLS: EXTINF in microseconds. DASH: `S@d` in ticks.
    pub duration: u64,
    /// DASH: `S@t`, stated or implied. HLS: 0.
    pub start: u64,
    /// The segment.
    pub bytes: Bytes,
}

impl Rendition {
    /// Whether it has pictures.
    pub fn is_video(&self) -> bool {
        self.name.starts_with('v')
    }

    /// `track_ID` in the source.
    pub fn number(&self) -> u32 {
        self.name[1..].parse().unwrap()
    }
}

impl Download {
    /// Loads everything that both manifests of an asset name.
    pub fn of<S: Source>(client: &Client<S>, key: &str) -> Self {
        let asset = asset_path(key);
        let (master, mpd) = (format!("{asset}/master.m3u8"), format!("{asset}/manifest.mpd"));
        let multivariant = client.text(&master);
        let playlists = playlist_uris(&multivariant);
        // Captions are made, not delivered: they have tests of their own.
        let media = playlists.iter().filter(|uri| !track_of(uri).starts_with('t'));
        let hls = media.map(|uri| hls_rendition(client, &join(&master, uri))).collect();
        let text = client.text(&mpd);
        let dash = dash_renditions(client, &text, &mpd);
        Self { multivariant, mpd: text, hls, dash }
    }
}

/// The value of a quoted attribute of a tag's line.
pub fn quoted<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let start = line.find(&format!("{name}=\""))? + name.len() + 2;
    line[start..].split('"').next()
}

/// The playlists that a multivariant playlist names, each once, in order.
pub fn playlist_uris(multivariant: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in multivariant.lines() {
        let uri = match line {
            line if line.starts_with("#EXT-X-MEDIA:") => quoted(line, "URI"),
            line if line.starts_with('#') || line.is_empty() => None,
            line => Some(line),
        };
        out.extend(uri.filter(|uri| !out.iter().any(|known| known == uri)).map(str::to_owned));
    }
    out
}

/// The track that a path of a playlist or segment names, such as `v1`.
pub fn track_of(path: &str) -> String {
    let element = path.rsplit('/').nth(1).unwrap();
    element.split('-').next().unwrap().to_owned()
}

fn hls_rendition<S: Source>(client: &Client<S>, path: &str) -> Rendition {
    let playlist = client.text(path);
    let mut init = None;
    let mut segments = Vec::new();
    let mut duration = 0;
    for line in playlist.lines() {
        if line.starts_with("#EXT-X-MAP:") {
            init = quoted(line, "URI").map(|uri| join(path, uri));
        } else if let Some(value) = line.strip_prefix("#EXTINF:") {
            duration = micros(value.split(',').next().unwrap());
        } else if !line.starts_with('#') && !line.is_empty() {
            let path = join(path, line);
            segments.push(MediaSegment { duration, start: 0, bytes: client.body(&path), path });
        }
    }
    let init_path = init.unwrap();
    let init = client.body(&init_path);
    Rendition { name: track_of(path), playlist, timescale: 0, init_path, init, segments }
}

/// A decimal number of seconds in microseconds, exactly.
pub fn micros(decimal: &str) -> u64 {
    let (whole, part) = decimal.split_once('.').unwrap_or((decimal, ""));
    assert!(part.len() <= 6, "{decimal} is finer than a microsecond");
    whole.parse::<u64>().unwrap() * 1_000_000 + format!("{part:0<6}").parse::<u64>().unwrap()
}

fn dash_renditions<S: Source>(client: &Client<S>, text: &str, path: &str) -> Vec<Rendition> {
    let document = roxmltree::Document::parse(text).unwrap();
    let representations = document
        .descendants()
        .filter(|node| node.has_tag_name(("urn:mpeg:dash:schema:mpd:2011", "Representation")));
    // Trick mode has tests of its own as well.
    let is_media = |node: &roxmltree::Node<'_, '_>| {
        let set = node.parent_element().unwrap();
        set.attribute("contentType") != Some("text") && !is_trick_mode(set)
    };
    representations.filter(is_media).map(|node| dash_rendition(client, node, path)).collect()
}

/// Whether an adaptation set holds key frames only.
pub(crate) fn is_trick_mode(set: roxmltree::Node<'_, '_>) -> bool {
    set.children()
        .any(|child| child.attribute("schemeIdUri") == Some("http://dashif.org/guidelines/trickmode"))
}

fn dash_rendition<S: Source>(client: &Client<S>, node: roxmltree::Node<'_, '_>, path: &str) -> Rendition {
    let id = node.attribute("id").unwrap();
    let template = node.children().find(|child| child.tag_name().name() == "SegmentTemplate").unwrap();
    let fill = |name: &str, time: u64| {
        let url = template.attribute(name).unwrap().replace("$RepresentationID$", id);
        join(path, &url.replace("$Time$", &time.to_string()))
    };
    let init_path = fill("initialization", 0);
    let segments = timeline(template)
        .into_iter()
        .map(|(start, duration)| {
            let path = fill("media", start);
            MediaSegment { duration, start, bytes: client.body(&path), path }
        })
        .collect();
    Rendition {
        name: id.to_owned(),
        playlist: String::new(),
        timescale: template.attribute("timescale").unwrap().parse().unwrap(),
        init: client.body(&init_path),
        init_path,
        segments,
    }
}

/// `SegmentTimeline` written out: start and duration of each segment (ISO/IEC 23009-1 §5.3.9.6).
pub fn timeline(template: roxmltree::Node<'_, '_>) -> Vec<(u64, u64)> {
    let number =
        |node: roxmltree::Node<'_, '_>, name| node.attribute(name).map(|value| value.parse::<u64>().unwrap());
    let mut out = Vec::new();
    let mut clock = 0;
    for s in template.descendants().filter(|node| node.tag_name().name() == "S") {
        clock = number(s, "t").unwrap_or(clock);
        let duration = number(s, "d").unwrap();
        for _ in 0..=number(s, "r").unwrap_or(0) {
            out.push((clock, duration));
            clock += duration;
        }
    }
    out
}
