//! What a presentation's manifests offer, with all references resolved.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a manifest that cannot be followed fails the test")]

use m3u8_rs::{AlternativeMedia, AlternativeMediaType, MasterPlaylist, MediaPlaylist};
use origin::{IndexStore, Source};
use roxmltree::{Document, Node};

use crate::client::Client;
use crate::download::{is_trick_mode, timeline};

/// Resolves a relative reference against the path of the document that it is in (RFC 3986 §5.2).
pub fn resolve(base: &str, reference: &str) -> String {
    assert!(base.starts_with('/') && !reference.starts_with('/'), "{reference} in {base}");
    // A colon in the first element would make a scheme of it (§4.2).
    assert!(!reference.split('/').next().unwrap().contains(':'), "{reference} is absolute");
    let merged = format!("{}/{reference}", base.rsplit_once('/').unwrap().0);
    let mut out: Vec<&str> = Vec::new();
    for segment in merged.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(out.pop().unwrap_or_else(|| panic!("{reference} climbs out of {base}"))),
            segment => out.push(segment),
        }
    }
    format!("/{}", out.join("/"))
}

/// A media playlist and where everything of it is.
#[derive(Debug)]
pub struct List {
    /// Its path.
    pub path: String,
    /// What m3u8-rs says of it.
    pub playlist: MediaPlaylist,
    /// Path of the init segment.
    pub init: Option<String>,
    /// Paths of the segments.
    pub segments: Vec<String>,
}

/// An adaptation set.
#[derive(Debug)]
pub struct AdaptationSet {
    /// `contentType`.
    pub kind: String,
    /// `lang`.
    pub language: String,
    /// `Label`.
    pub label: String,
    /// Values of `Role` in the role scheme of DASH.
    pub roles: Vec<String>,
    /// Scheme and value of each `Accessibility`.
    pub accessibility: Vec<(String, String)>,
    /// Its representations.
    pub representations: Vec<Representation>,
}

/// A representation with a timeline of segments.
#[derive(Debug)]
pub struct Representation {
    /// `id`.
    pub id: String,
    /// `codecs`.
    pub codecs: String,
    /// Path of the init segment.
    pub init: Option<String>,
    /// Start, duration and path of each segment.
    pub segments: Vec<(u64, u64, String)>,
    /// Path that `BaseURL` names.
    pub file: Option<String>,
}

/// The multivariant playlist at a path, without I-frame playlists.
pub fn master(client: &Client<impl Source, impl IndexStore>, path: &str) -> MasterPlaylist {
    let text = client.text(path);
    let mut master = m3u8_rs::parse_master_playlist_res(text.as_bytes())
        .unwrap_or_else(|error| panic!("{error:?} in {text}"));
    master.variants.retain(|variant| !variant.is_i_frame);
    master
}

/// All media playlists that a multivariant playlist names, each once: variants, then renditions.
pub fn lists(client: &Client<impl Source, impl IndexStore>, path: &str) -> Vec<List> {
    let master = master(client, path);
    let named = master.variants.iter().map(|variant| variant.uri.clone());
    let named = named.chain(master.alternatives.iter().filter_map(|media| media.uri.clone()));
    let mut paths: Vec<_> = named.map(|uri| resolve(path, &uri)).collect();
    let mut known = std::collections::HashSet::new();
    paths.retain(|path| known.insert(path.clone()));
    paths.iter().map(|path| list(client, path)).collect()
}

/// The media playlist at a path.
pub fn list(client: &Client<impl Source, impl IndexStore>, path: &str) -> List {
    let playlist = m3u8_rs::parse_media_playlist_res(&client.body(path)).unwrap();
    let init = playlist.segments.first().unwrap().map.as_ref().map(|map| resolve(path, &map.uri));
    let segments = playlist.segments.iter().map(|segment| resolve(path, &segment.uri)).collect();
    List { path: path.to_owned(), playlist, init, segments }
}

/// Renditions of one kind.
pub fn of_kind<'a>(master: &'a MasterPlaylist, kind: &AlternativeMediaType) -> Vec<&'a AlternativeMedia> {
    master.alternatives.iter().filter(|media| media.media_type == *kind).collect()
}

/// The adaptation sets of the MPD at a path, but for those of pictures to look at while
/// seeking and those of trick mode.
pub fn sets(client: &Client<impl Source, impl IndexStore>, path: &str) -> Vec<AdaptationSet> {
    let text = client.text(path);
    let document = Document::parse(&text).unwrap();
    let sets = elements(document.root(), "AdaptationSet").into_iter();
    sets.filter(|set| set.attribute("contentType") != Some("image") && !is_trick_mode(*set))
        .map(|set| adaptation_set(set, path))
        .collect()
}

/// The elements of this name below a node.
pub fn elements<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Vec<Node<'a, 'i>> {
    node.descendants().filter(|found| found.tag_name().name() == name).collect()
}

fn adaptation_set(node: Node<'_, '_>, path: &str) -> AdaptationSet {
    let attribute = |node: Node<'_, '_>, name: &str| node.attribute(name).unwrap_or_default().to_owned();
    let own =
        |name: &str| node.children().filter(|child| child.tag_name().name() == name).collect::<Vec<_>>();
    let roles = own("Role").into_iter().map(|role| {
        assert_eq!(role.attribute("schemeIdUri"), Some("urn:mpeg:dash:role:2011"));
        attribute(role, "value")
    });
    let accessibility = own("Accessibility")
        .into_iter()
        .map(|node| (attribute(node, "schemeIdUri"), attribute(node, "value")));
    AdaptationSet {
        kind: attribute(node, "contentType"),
        language: attribute(node, "lang"),
        label: own("Label").first().and_then(Node::text).unwrap_or_default().to_owned(),
        roles: roles.collect(),
        accessibility: accessibility.collect(),
        representations: own("Representation").into_iter().map(|node| representation(node, path)).collect(),
    }
}

fn representation(node: Node<'_, '_>, path: &str) -> Representation {
    let attribute = |name: &str| node.attribute(name).unwrap_or_default().to_owned();
    let template = elements(node, "SegmentTemplate").into_iter().next();
    let fill = |template: Node<'_, '_>, name: &str, time: u64| {
        let url = template.attribute(name).unwrap().replace("$Time$", &time.to_string()).replace("$$", "$");
        resolve(path, &url)
    };
    let segments = |template: Node<'_, '_>| {
        timeline(template)
            .into_iter()
            .map(move |(t, d)| (t, d, fill(template, "media", t)))
            .collect::<Vec<_>>()
    };
    Representation {
        id: attribute("id"),
        codecs: attribute("codecs"),
        init: template.map(|template| fill(template, "initialization", 0)),
        segments: template.map(segments).unwrap_or_default(),
        file: elements(node, "BaseURL").first().and_then(Node::text).map(|file| resolve(path, file)),
    }
}
