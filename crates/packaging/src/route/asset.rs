//! What a path is the path of, told by its ending alone.

/// File endings of sources, in lower case: MP4 as cameras and encoders write it, then as encoders for Smooth Streaming
/// do, then CMAF's track files.
const SOURCE_ENDINGS: [&str; 10] =
    [".mp4", ".m4v", ".mov", ".m4a", ".ismv", ".isma", ".ismt", ".cmfv", ".cmfa", ".cmft"];
/// The same in a message.
pub const SOURCE_ENDINGS_IN_WORDS: &str =
    ".mp4, .m4v, .mov, .m4a, .ismv, .isma, .ismt, .cmfv, .cmfa or .cmft";
/// File endings of captions, in lower case.
const CAPTION_ENDINGS: [&str; 6] = [".vtt", ".srt", ".ttml", ".dfxp", ".itt", ".xml"];
/// The same in a message.
pub const CAPTION_ENDINGS_IN_WORDS: &str = ".vtt, .srt, .ttml, .dfxp, .itt or .xml";
/// File endings of sets in SMIL, in lower case; the second is that of server manifests, as of IIS and Unified Origin.
const SMIL_ENDINGS: [&str; 2] = [".smil", ISM];
/// What clients of Smooth Streaming expect behind the name of what they play.
pub(super) const ISM: &str = ".ism";
/// The ending of a list of sources in the URL itself, as nginx-vod-module has it.
const LIST_ENDING: &str = ".urlset";

/// What an asset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssetKind {
    /// An MP4 file.
    Source,
    /// A file of captions.
    Captions,
    /// A JSON file that describes a set.
    Json,
    /// A SMIL file that describes a set.
    Smil,
    /// A list of sources in the URL.
    List,
    /// Any other path: a folder whose files are a set.
    Folder,
}

impl AssetKind {
    /// What a path is the path of.
    pub fn of(asset: &str) -> Self {
        let ends = |endings: &[&str]| endings.iter().any(|ending| ends_with(asset, ending));
        match () {
            () if ends(&SOURCE_ENDINGS) => Self::Source,
            () if ends(&CAPTION_ENDINGS) => Self::Captions,
            () if ends(&[".json"]) => Self::Json,
            () if ends(&SMIL_ENDINGS) => Self::Smil,
            () if asset.ends_with(LIST_ENDING) => Self::List,
            () => Self::Folder,
        }
    }

    /// Whether it has tracks of its own, which children's URLs name.
    pub fn has_tracks(self) -> bool {
        matches!(self, Self::Source | Self::Captions)
    }
}

/// Whether a file name ends as an MP4 source does.
pub fn is_source_name(name: &str) -> bool {
    AssetKind::of(name) == AssetKind::Source
}

/// Whether a file name ends as captions do.
pub fn is_captions_name(name: &str) -> bool {
    AssetKind::of(name) == AssetKind::Captions
}

/// Whether a decoded path can be that of an object: no element is empty, climbs, or hides a separator.
pub fn is_plain(path: &str) -> bool {
    let is_plain = |element: &str| {
        !element.is_empty()
            && !matches!(element, "." | "..")
            && !element.chars().any(|c| c == '\\' || c.is_control())
    };
    path.split('/').all(is_plain)
}

/// Whether a name ends so, in any case; the ending is in lower case.
pub(crate) fn ends_with(name: &str, ending: &str) -> bool {
    let start = name.len().checked_sub(ending.len());
    start.and_then(|start| name.get(start..)).is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_all_endings() {
        let listed =
            |words: &str| words.replace(" or ", ", ").split(", ").map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(listed(SOURCE_ENDINGS_IN_WORDS), SOURCE_ENDINGS);
        assert_eq!(listed(CAPTION_ENDINGS_IN_WORDS), CAPTION_ENDINGS);
    }

    #[test]
    fn endings_tell_sources() {
        for name in ["a.mp4", "a.MP4", "f/a.m4v", "a.Mov", "a.m4a", "a.ismv", "a.isma", "a.ISMT", "a.cmfv"] {
            assert_eq!(AssetKind::of(name), AssetKind::Source, "{name}");
        }
        for name in ["a.cmfx", "a.ismc", "a.m4s", "mp4", "a.mp4.txt"] {
            assert_eq!(AssetKind::of(name), AssetKind::Folder, "{name}");
        }
    }

    #[test]
    fn server_manifests() {
        for name in ["a.ism", "f/a.ISM", "a.smil", "a.mp4.ism"] {
            assert_eq!(AssetKind::of(name), AssetKind::Smil, "{name}");
        }
    }
}
