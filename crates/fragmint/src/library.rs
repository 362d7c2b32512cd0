//! What is served: a folder, a bucket or the bundled sample, and the list of it.

mod listing;

use std::ops::Range;
use std::path::Path;

use bytes::Bytes;
use origin::Source;
use origin::s3::S3Source;
use origin::source::{DirectorySource, MemorySource, Object, SourceError};

pub(crate) use self::listing::Listing;
use self::listing::{Listed, is_listed, walk};

const SAMPLE_NAME: &str = "fragmint.mp4";
const SAMPLE: &[u8] = include_bytes!("../sample/fragmint.mp4");

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

impl Library {
    pub(crate) fn folder(path: &Path) -> Self {
        Self::Folder(DirectorySource::new(path))
    }

    pub(crate) fn sample() -> Self {
        let mut memory = MemorySource::default();
        memory.insert(SAMPLE_NAME, Bytes::from_static(SAMPLE));
        Self::Sample(memory)
    }

    /// Sources, sets and folders whose path contains `search`, in order of their paths.
    pub(crate) async fn search(&self, search: &str, limit: usize) -> Result<Listing, SourceError> {
        let search = search.to_lowercase();
        let found = match self {
            Self::Folder(source) => {
                let root = source.folder().to_owned();
                let walked = tokio::task::spawn_blocking(move || walk(&root)).await;
                walked.map_err(|_| SourceError::Failed("the listing was interrupted".to_owned()))?
            }
            Self::Sample(_) => {
                vec![Listed::source(SAMPLE_NAME.to_owned(), SAMPLE.len() as u64, 0)]
            }
            Self::S3(source) => {
                let is_wanted = |key: &str| is_listed(key) && key.to_lowercase().contains(&search);
                let listing = source.search(is_wanted, "", limit.saturating_add(1)).await?;
                listing.objects.into_iter().filter_map(Listed::object).collect()
            }
        };
        Ok(Listing::of(found, &search, limit))
    }
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
