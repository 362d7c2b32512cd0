//! Files below a folder.

use std::fs::{File, Metadata};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use bytes::Bytes;

use super::{MAX_LISTED, Object, Source, SourceError};

/// Files below one folder. The tag of a file is made of its length and its time of modification.
#[derive(Debug, Clone)]
pub struct DirectorySource {
    root: PathBuf,
}

impl DirectorySource {
    /// Serves what lies below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.root
    }

    /// Keys have no `..` and no separators but `/`: routes see to that.
    fn path(&self, key: &str) -> PathBuf {
        key.split('/').fold(self.root.clone(), |path, element| path.join(element))
    }
}

impl Source for DirectorySource {
    async fn head(&self, key: &str) -> Result<Object, SourceError> {
        let (path, key) = (self.path(key), key.to_owned());
        blocking(move || describe(key, &std::fs::metadata(path)?)).await
    }

    async fn read(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        let (path, object) = (self.path(&object.key), object.clone());
        blocking(move || {
            let file = File::open(path)?;
            if describe(object.key.clone(), &file.metadata()?)? != object {
                return Err(SourceError::Changed.into());
            }
            read_at(&file, &range).map(Bytes::from)
        })
        .await
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>, SourceError> {
        let (path, folder) = (self.path(folder.trim_end_matches('/')), folder.to_owned());
        blocking(move || match std::fs::read_dir(path) {
            Ok(entries) => objects(entries, &folder),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Ok(Vec::new())
            }
            Err(error) => Err(error.into()),
        })
        .await
    }
}

/// The files of a folder; hidden ones and those that cannot be described are passed over.
fn objects(entries: std::fs::ReadDir, folder: &str) -> Result<Vec<Object>, Failure> {
    let mut out = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        let metadata = std::fs::metadata(entry.path());
        out.extend(metadata.ok().and_then(|metadata| describe(format!("{folder}{name}"), &metadata).ok()));
        if out.len() > MAX_LISTED {
            return Err(SourceError::TooMany.into());
        }
    }
    out.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    Ok(out)
}

fn describe(key: String, metadata: &Metadata) -> Result<Object, Failure> {
    if !metadata.is_file() {
        return Err(SourceError::NotFound.into());
    }
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let etag = format!("{:x}-{:x}", metadata.len(), modified.as_nanos());
    Ok(Object { key, bytes: metadata.len(), etag, revision: None })
}

#[cfg(unix)]
fn read_at(file: &File, range: &Range<u64>) -> Result<Vec<u8>, Failure> {
    use std::os::unix::fs::FileExt;
    let mut bytes = buffer(range)?;
    file.read_exact_at(&mut bytes, range.start)?;
    Ok(bytes)
}

#[cfg(not(unix))]
fn read_at(mut file: &File, range: &Range<u64>) -> Result<Vec<u8>, Failure> {
    use std::io::{Read, Seek, SeekFrom};
    let mut bytes = buffer(range)?;
    file.seek(SeekFrom::Start(range.start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Callers ask for ranges that lie within the file and below their own limits.
fn buffer(range: &Range<u64>) -> Result<Vec<u8>, Failure> {
    let len = usize::try_from(range.end.saturating_sub(range.start))
        .map_err(|_| SourceError::Failed("the range does not fit into memory".to_owned()))?;
    Ok(vec![0; len])
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, SourceError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|failure| failure.0),
        Err(_) => Err(SourceError::Failed("the read was interrupted".to_owned())),
    }
}

/// Lets `?` turn I/O errors into source errors without a path in them.
struct Failure(SourceError);

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{InvalidFilename, NotADirectory, NotFound, PermissionDenied, UnexpectedEof};
        Self(match error.kind() {
            NotFound | PermissionDenied | NotADirectory | InvalidFilename => SourceError::NotFound,
            UnexpectedEof => SourceError::Changed,
            kind => SourceError::Failed(kind.to_string()),
        })
    }
}
