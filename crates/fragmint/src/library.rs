//! What is served: a folder, a bucket or the bundled sample, and the list of it.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use origin::Source;
use origin::s3::{ListedObject, S3Source};
use origin::source::{DirectorySource, MemorySource, Object, SourceError};
use packaging::route::is_source_name;
use serde::Serialize;

const SAMPLE_NAME: &str = "fragmint.mp4";
const SAMPLE: &[u8] = include_bytes!("../sample/fragmint.mp4");
/// Deepest folder that is listed, and most files that are looked at for one listing.
const MAX_DEPTH: usize = 16;
const MAX_FILES: usize = 200_000;

/// Sources for the server.
#[derive(Debug)]
pub(crate) enum Library {
    /// Files below a folder.
    Folder(DirectorySource),
    /// The sample in this program.
    Sample(MemorySource),
    /// Objects in S3.
    S3(S3Source),
}

/// One source in a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Listed {
    path: String,
    bytes: u64,
    /// Seconds since 1970.
    modified: u64,
}

/// A part of the list of sources.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Listing {
    assets: Vec<Listed>,
    total: usize,
    truncated: bool,
}

impl Library {
    pub(crate) fn folder(path: &Path) -> Self {
        Self::Folder(DirectorySource::new(path))
    }

    pub(crate) fn sample() -> Self {
        let mut memory = MemorySource::default();
        memory.insert(SAMPLE_NAME, Bytes::from_static(SAMPLE));
        Self::Sample(memory)
    }

    /// Sources whose path contains `search`, in order of their paths.
    pub(crate) async fn search(&self, search: &str, limit: usize) -> Result<Listing, SourceError> {
        let search = search.to_lowercase();
        let found = match self {
            Self::Folder(source) => {
                let root = source.folder().to_owned();
                let walked = tokio::task::spawn_blocking(move || walk(&root)).await;
                walked.map_err(|_| SourceError::Failed("the listing was interrupted".to_owned()))?
            }
            Self::Sample(_) => {
                vec![Listed { path: SAMPLE_NAME.to_owned(), bytes: SAMPLE.len() as u64, modified: 0 }]
            }
            Self::S3(source) => {
                let is_wanted = |key: &str| is_source_name(key) && key.to_lowercase().contains(&search);
                let listing = source.search(is_wanted, "", limit.saturating_add(1)).await?;
                listing.objects.into_iter().map(Listed::from).collect()
            }
        };
        Ok(Listing::of(found, &search, limit))
    }
}

impl Listing {
    /// The paths of the sources.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.assets.iter().map(|listed| listed.path.as_str())
    }

    fn of(mut found: Vec<Listed>, search: &str, limit: usize) -> Self {
        found.retain(|listed| listed.path.to_lowercase().contains(search));
        found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let total = found.len();
        found.truncate(limit);
        Self { truncated: found.len() < total, total, assets: found }
    }
}

impl From<ListedObject> for Listed {
    fn from(object: ListedObject) -> Self {
        let modified = object.modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self { path: object.key, bytes: object.bytes, modified: modified.map_or(0, |time| time.as_secs()) }
    }
}

/// All sources below a folder. Hidden files and links to folders are passed over, so there are no loops.
fn walk(root: &Path) -> Vec<Listed> {
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
                Ok(kind) if !kind.is_dir() && is_source_name(name) => {
                    found.extend(describe(&entry.path(), path));
                }
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
    Some(Listed { path, bytes: metadata.len(), modified: modified.map_or(0, |time| time.as_secs()) })
}

impl Source for Library {
    fn root(&self) -> String {
        match self {
            Self::Folder(source) => source.root(),
            Self::Sample(source) => source.root(),
            Self::S3(source) => source.root(),
        }
    }

    async fn head(&self, key: &str) -> Result<Object, SourceError> {
        match self {
            Self::Folder(source) => source.head(key).await,
            Self::Sample(source) => source.head(key).await,
            Self::S3(source) => source.head(key).await,
        }
    }

    async fn read(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        match self {
            Self::Folder(source) => source.read(object, range).await,
            Self::Sample(source) => source.read(object, range).await,
            Self::S3(source) => source.read(object, range).await,
        }
    }

    async fn read_whole(&self, key: &str, most: u64) -> Result<(Object, Bytes), SourceError> {
        match self {
            Self::Folder(source) => source.read_whole(key, most).await,
            Self::Sample(source) => source.read_whole(key, most).await,
            Self::S3(source) => source.read_whole(key, most).await,
        }
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>, SourceError> {
        match self {
            Self::Folder(source) => Source::list(source, folder).await,
            Self::Sample(source) => Source::list(source, folder).await,
            Self::S3(source) => Source::list(source, folder).await,
        }
    }
}
