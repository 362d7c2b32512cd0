//! Paths in descriptions of sets, and the keys of objects that they name.
//!
//! Whatever is named must be an asset that a URL can name (see [`crate::route`]): nothing can point out of the
//! root.

use crate::route::asset::{ends_with, is_plain};
use crate::route::{CAPTION_ENDINGS_IN_WORDS, SOURCE_ENDINGS_IN_WORDS, is_captions_name, is_source_name};

use super::error::shown;

/// Longest key of an object in S3, in bytes.
const MAX_KEY_BYTES: usize = 1024;
/// File endings of pictures, in lower case.
const JPEG_ENDINGS: [&str; 2] = [".jpg", ".jpeg"];

/// What a path must name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An MP4 file.
    Source,
    /// A caption file.
    Captions,
    /// A JPEG file.
    Jpeg,
}

impl Kind {
    /// Whether a name ends as such files do.
    pub(super) fn is(self, name: &str) -> bool {
        match self {
            Self::Source => is_source_name(name),
            Self::Captions => is_captions_name(name),
            Self::Jpeg => JPEG_ENDINGS.iter().any(|ending| ends_with(name, ending)),
        }
    }

    fn endings(self) -> String {
        match self {
            Self::Source => format!("an MP4 file ({SOURCE_ENDINGS_IN_WORDS})"),
            Self::Captions => format!("a caption file ({CAPTION_ENDINGS_IN_WORDS})"),
            Self::Jpeg => "a JPEG file (.jpg, .jpeg)".to_owned(),
        }
    }
}

/// The folder of a key, with `/` at its end unless it is the root.
pub(super) fn folder_of(key: &str) -> &str {
    let end = key.rfind('/').map_or(0, |at| at + 1);
    key.get(..end).unwrap_or_default()
}

/// The key of the file that a path in a set names; the reason if it names none.
pub(super) fn file(folder: &str, path: &str, kind: Kind) -> Result<String, String> {
    if !kind.is(path) {
        return Err(format!("{} does not name {}", shown(path), kind.endings()));
    }
    resolve(folder, path)
}

/// The key that a path names, seen from a folder; from the root if it starts with `/`. A path that ends with
/// `/` names a folder.
pub(super) fn resolve(folder: &str, path: &str) -> Result<String, String> {
    let shown = || shown(path);
    if path.is_empty() {
        return Err("the path is empty".to_owned());
    }
    if path.contains("://") {
        return Err(format!("{} is a URL; files are named by their paths", shown()));
    }
    let (base, rest) = path.strip_prefix('/').map_or((folder, path), |rest| ("", rest));
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let mut elements: Vec<&str> = base.split('/').filter(|element| !element.is_empty()).collect();
    for element in rest.split('/') {
        match element {
            "" => return Err(format!("{} has an empty element", shown())),
            "." => {}
            ".." => {
                elements.pop().ok_or_else(|| format!("{} climbs above the root", shown()))?;
            }
            _ if is_plain(element) => elements.push(element),
            _ => return Err(format!("{} has a backslash or a control character", shown())),
        }
    }
    let mut key = elements.join("/");
    if path.ends_with('/') && !key.is_empty() {
        key.push('/');
    }
    let fits = !key.is_empty() && key.len() <= MAX_KEY_BYTES;
    fits.then_some(key).ok_or_else(|| format!("{} is no key of 1 to {MAX_KEY_BYTES} bytes", shown()))
}

/// Whether a key is one that URLs can name, with nothing left to resolve.
pub(super) fn is_canonical(key: &str) -> bool {
    key.len() <= MAX_KEY_BYTES && is_plain(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::route::{Options, Route, Target};

    /// Oracle: RFC 3986 §5.2.4 by hand.
    #[test]
    fn paths() {
        let rows = [
            ("films/", "a.mp4", Ok("films/a.mp4")),
            ("", "a.mp4", Ok("a.mp4")),
            ("films/dune/", "../a.mp4", Ok("films/a.mp4")),
            ("films/dune/", "../../a.mp4", Ok("a.mp4")),
            ("films/dune/", "./x/./a.mp4", Ok("films/dune/x/a.mp4")),
            ("films/", "/a/b.MP4", Ok("a/b.MP4")),
            ("films/", "a%20b.mp4", Ok("films/a%20b.mp4")),
            ("films/", "thumbs/", Ok("films/thumbs/")),
            ("films/", "../../a.mp4", Err("climbs above")),
            ("films/", "/../a.mp4", Err("climbs above")),
            ("films/", "..", Err("no key of")),
            ("films/", "a//b.mp4", Err("empty element")),
            ("films/", "//host/b.mp4", Err("empty element")),
            ("films/", "s3://bucket/b.mp4", Err("is a URL")),
            ("films/", "a\\b.mp4", Err("backslash")),
            ("films/", "a\u{7}b.mp4", Err("control")),
            ("films/", "", Err("is empty")),
        ];
        for (folder, path, expected) in rows {
            match (resolve(folder, path), expected) {
                (Ok(key), Ok(expected)) => assert_eq!(key, expected, "{path}"),
                (Err(reason), Err(part)) => assert!(reason.contains(part), "{path}: {reason}"),
                (found, _) => panic!("{path}: {found:?}"),
            }
        }
    }

    #[test]
    fn endings() {
        assert!(Kind::Source.is("a.M4A") && !Kind::Source.is("a.mkv") && !Kind::Source.is("mp4"));
        assert!(Kind::Captions.is("a.Srt") && !Kind::Captions.is("a.sub"));
        assert!(Kind::Jpeg.is("a.jpeg") && !Kind::Jpeg.is("a.png"));
    }

    #[test]
    fn keys_are_bounded() {
        assert!(resolve("", &"a".repeat(1024)).is_ok());
        assert!(resolve("a/", &"a".repeat(1023)).is_err());
    }

    proptest! {
        /// Oracle: the grammar of URLs, which refuses what is no asset.
        #[test]
        fn every_key_is_an_asset(folder in "([a-z]{1,3}/){0,3}", path in "([a./ \\\\é]{0,4}/){0,4}[a.]{0,3}\\.mp4") {
            if let Ok(key) = file(&folder, &path, Kind::Source) {
                let route = Route { asset: key, target: Target::Mpd(Options::default()) };
                prop_assert_eq!(Route::parse(&route.to_string()), Some(route));
            }
        }
    }
}
