//! What a set says beside its media: tags that multivariant playlists take.

use std::fmt::Write;

use crate::presentation::attribute_text;
use crate::route::encoded;
use crate::set::{SetProgramme, Steering};

/// `EXT-X-DEFINE` needs 8 (RFC 8216bis §8).
const DEFINE_VERSION: u32 = 8;

/// A multivariant playlist with what the set says; `asset` is the set's path.
pub fn with_extras(text: &str, (said, asset): (&SetProgramme, &str)) -> String {
    let text = match &said.steering {
        Some(steering) => steered(text, steering, asset),
        None => text.to_owned(),
    };
    let text = if said.defines.is_empty() { text } else { with_version(&text, DEFINE_VERSION) };
    // Behind the first two lines, `EXTM3U` and the version.
    let head = text.match_indices('\n').nth(1).map_or(text.len(), |(at, _)| at + 1);
    let (head, rest) = text.split_at(head);
    let mut out = head.to_owned();
    for (name, value) in &said.defines {
        let _ = writeln!(out, "#EXT-X-DEFINE:NAME=\"{name}\",VALUE=\"{value}\"");
    }
    if let Some(start) = said.start {
        let sign = if start.offset_millis < 0 { "-" } else { "" };
        let millis = start.offset_millis.unsigned_abs();
        let _ = write!(out, "#EXT-X-START:TIME-OFFSET={sign}{}.{:03}", millis / 1000, millis % 1000);
        out.push_str(if start.is_precise { ",PRECISE=YES\n" } else { "\n" });
    }
    for data in &said.session_data {
        let (id, value) = (attribute_text(&data.id), attribute_text(&data.value));
        let _ = write!(out, "#EXT-X-SESSION-DATA:DATA-ID=\"{id}\",VALUE=\"{value}\"");
        if let Some(language) = &data.language {
            let _ = write!(out, ",LANGUAGE=\"{language}\"");
        }
        out.push('\n');
    }
    if let Some(Steering { server, default, .. }) = &said.steering {
        let _ = writeln!(out, "#EXT-X-CONTENT-STEERING:SERVER-URI=\"{server}\",PATHWAY-ID=\"{default}\"");
    }
    out + rest
}

/// A playlist that says at least this version.
pub(super) fn with_version(text: &str, version: u32) -> String {
    let say = |line: &str| match line.strip_prefix("#EXT-X-VERSION:").and_then(|old| old.parse::<u32>().ok())
    {
        Some(old) => format!("#EXT-X-VERSION:{}\n", old.max(version)),
        None => format!("{line}\n"),
    };
    text.lines().map(say).collect()
}

/// Every variant and rendition once for each pathway, with URLs below the pathway's and groups of its own
/// (§7.2, §4.4.6.2).
fn steered(text: &str, steering: &Steering, asset: &str) -> String {
    let mut out = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let is_variant = line.starts_with("#EXT-X-STREAM-INF:");
        let is_listed = ["#EXT-X-MEDIA:", "#EXT-X-I-FRAME-STREAM-INF:", "#EXT-X-IMAGE-STREAM-INF:"];
        if !is_variant && !is_listed.iter().any(|tag| line.starts_with(tag)) {
            let _ = writeln!(out, "{line}");
            continue;
        }
        let uri = if is_variant { lines.next() } else { None };
        for (id, base) in &steering.pathways {
            let mut tag = line.to_owned();
            for group in ["GROUP-ID", "AUDIO", "SUBTITLES", "CLOSED-CAPTIONS"] {
                tag = with_attribute(&tag, group, |value| format!("{value}.{id}"));
            }
            tag = with_attribute(&tag, "URI", |uri| absolute(base, asset, uri));
            if !line.starts_with("#EXT-X-MEDIA:") {
                let _ = write!(tag, ",PATHWAY-ID=\"{id}\"");
            }
            let _ = writeln!(out, "{tag}");
            if let Some(uri) = uri {
                let _ = writeln!(out, "{}", absolute(base, asset, uri));
            }
        }
    }
    out
}

/// A tag of ours with the value of a quoted attribute changed.
fn with_attribute(tag: &str, name: &str, change: impl FnOnce(&str) -> String) -> String {
    let starts = [format!(":{name}=\""), format!(",{name}=\"")];
    let found = starts.iter().find_map(|start| Some(tag.find(start.as_str())? + start.len()));
    let parts = found.and_then(|at| {
        let (before, rest) = tag.split_at_checked(at)?;
        let (value, after) = rest.split_once('"')?;
        Some(format!("{before}{}\"{after}", change(value)))
    });
    parts.unwrap_or_else(|| tag.to_owned())
}

/// The URL below a root of what a manifest of `asset` names `uri`.
fn absolute(base: &str, asset: &str, uri: &str) -> String {
    let mut folders: Vec<_> = asset.split('/').map(encoded).collect();
    let mut rest = uri.strip_prefix("./").unwrap_or(uri);
    while let Some(after) = rest.strip_prefix("../") {
        folders.pop();
        rest = after;
    }
    folders.push(rest.to_owned());
    format!("{base}{}", folders.join("/"))
}
