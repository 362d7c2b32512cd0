//! What there is to play: sources, descriptions of sets, and folders whose files may be a set.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use origin::s3::ListedObject;
use packaging::route::AssetKind;
use serde::Serialize;

/// Deepest folder that is listed, and most files that are looked at for one listing.
const MAX_DEPTH: usize = 16;
const MAX_FILES: usize = 200_000;
/// A folder needs so many sources to be offered as one presentation; with more, it is refused as one.
const SOURCES_OF_A_SET: std::ops::RangeInclusive<usize> = 2..=64;

/// One asset in a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Listed {
    path: String,
    kind: Kind,
    /// Of a folder: of the sources that lie directly in it.
    bytes: u64,
    /// Seconds since 1970.
    modified: u64,
}

/// What an asset in a listing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// An MP4 file.
    Source,
    /// A file that may describe a set.
    Set,
    /// Several sources in one folder. The path ends with `/`.
    Folder,
}

/// A part of the list of assets.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Listing {
    assets: Vec<Listed>,
    total: usize,
    truncated: bool,
}

impl Listing {
    /// Those of `files`, and of the folders that they make up, whose path contains `search` in lower case.
    pub(super) fn of(files: Vec<Listed>, search: &str, limit: usize) -> Self {
        let mut found = folders(&files);
        found.extend(files);
        found.retain(|listed| listed.path.to_lowercase().contains(search));
        found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let total = found.len();
        found.truncate(limit);
        Self { truncated: found.len() < total, total, assets: found }
    }

    /// The paths of the sources.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &str> {
        let sources = self.assets.iter().filter(|listed| listed.kind == Kind::Source);
        sources.map(|listed| listed.path.as_str())
    }
}

impl Listed {
    /// A source; also one that is no file.
    pub(super) fn source(path: String, bytes: u64, modified: u64) -> Self {
        Self { path, kind: Kind::Source, bytes, modified }
    }

    /// A file, if it is one to be listed.
    fn file(path: String, bytes: u64, modified: u64) -> Option<Self> {
        Kind::of_file(&path).map(|kind| Self { path, kind, bytes, modified })
    }

    /// An object in S3, if it is one to be listed.
    pub(super) fn object(object: ListedObject) -> Option<Self> {
        let modified = object.modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self::file(object.key, object.bytes, modified.map_or(0, |time| time.as_secs()))
    }
}

/// Whether a file of this name is listed.
pub(super) fn is_listed(name: &str) -> bool {
    Kind::of_file(name).is_some()
}

impl Kind {
    /// By the name alone: what is no set says so when it is asked for.
    fn of_file(name: &str) -> Option<Self> {
        match AssetKind::of(name) {
            AssetKind::Source => Some(Self::Source),
            AssetKind::Json | AssetKind::Smil => Some(Self::Set),
            AssetKind::Captions | AssetKind::List | AssetKind::Folder => None,
        }
    }
}

/// The folders that hold several sources. The topmost one has no path to be asked for.
fn folders(files: &[Listed]) -> Vec<Listed> {
    let mut found: BTreeMap<&str, (usize, u64, u64)> = BTreeMap::new();
    for file in files.iter().filter(|file| file.kind == Kind::Source) {
        let Some((folder, _)) = file.path.rsplit_once('/') else { continue };
        let (sources, bytes, modified) = found.entry(folder).or_default();
        *sources += 1;
        *bytes = bytes.saturating_add(file.bytes);
        *modified = file.modified.max(*modified);
    }
    let sets = found.into_iter().filter(|(_, (sources, ..))| SOURCES_OF_A_SET.contains(sources));
    let listed = sets.map(|(folder, (_, bytes, modified))| Listed {
        path: format!("{folder}/"),
        kind: Kind::Folder,
        bytes,
        modified,
    });
    listed.collect()
}

/// All files to be listed below a folder. Hidden files and links to folders are passed over, so there are no
/// loops.
pub(super) fn walk(root: &Path) -> Vec<Listed> {
    let mut found = Vec::new();
    let mut folders: Vec<(PathBuf, String, usize)> = vec![(root.to_owned(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
            let path = format!("{prefix}{name}");
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < MAX_DEPTH => {
                    folders.push((entry.path(), format!("{path}/"), depth + 1));
                }
                Ok(kind) if !kind.is_dir() && is_listed(name) => found.extend(describe(&entry.path(), path)),
                _ => {}
            }
            if found.len() >= MAX_FILES {
                return found;
            }
        }
    }
    found
}

fn describe(file: &Path, path: String) -> Option<Listed> {
    let metadata = std::fs::metadata(file).ok().filter(std::fs::Metadata::is_file)?;
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Listed::file(path, metadata.len(), modified.map_or(0, |time| time.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(search: &str, limit: usize) -> Listing {
        let sizes = [
            ("a.mp4", 1),
            ("b.MOV", 2),
            ("sets/dune.json", 3),
            ("sets/dune.smil", 3),
            ("sets/dune.vtt", 3),
            ("two/x_480.mp4", 40),
            ("two/x_720.mp4", 70),
            ("two/deep/only.m4a", 5),
        ];
        let files = sizes.into_iter().filter_map(|(path, bytes)| Listed::file(path.to_owned(), bytes, bytes));
        Listing::of(files.collect(), search, limit)
    }

    fn paths(listing: &Listing) -> Vec<(&str, Kind)> {
        listing.assets.iter().map(|listed| (listed.path.as_str(), listed.kind)).collect()
    }

    #[test]
    fn sets_and_folders_are_offered() {
        let expected = [
            ("a.mp4", Kind::Source),
            ("b.MOV", Kind::Source),
            ("sets/dune.json", Kind::Set),
            ("sets/dune.smil", Kind::Set),
            ("two/", Kind::Folder),
            ("two/deep/only.m4a", Kind::Source),
            ("two/x_480.mp4", Kind::Source),
            ("two/x_720.mp4", Kind::Source),
        ];
        assert_eq!(paths(&listing("", 100)), expected);
        let two = listing("two/", 1);
        let folder = Listed { path: "two/".to_owned(), kind: Kind::Folder, bytes: 110, modified: 70 };
        assert_eq!(two, Listing { assets: vec![folder], total: 4, truncated: true });
    }

    #[test]
    fn a_folder_has_two_to_64_sources() {
        let of = |count: usize| {
            let files = (0..count).map(|number| Listed::source(format!("f/{number}.mp4"), 1, 0));
            paths(&Listing::of(files.collect(), "", 1000)).contains(&("f/", Kind::Folder))
        };
        assert_eq!([1, 2, 64, 65].map(of), [false, true, true, false]);
    }

    #[test]
    fn only_sources_are_sources() {
        let all = listing("", 100);
        let expected = ["a.mp4", "b.MOV", "two/deep/only.m4a", "two/x_480.mp4", "two/x_720.mp4"];
        assert_eq!(all.sources().collect::<Vec<_>>(), expected);
    }
}
