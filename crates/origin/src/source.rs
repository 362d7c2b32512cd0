//! Where sources come from.

mod directory;
mod memory;

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

pub use directory::DirectorySource;
pub use memory::MemorySource;

/// A store of objects that are read by range.
pub trait Source: Send + Sync + 'static {
    /// What comes before a key to name the object among those of all stores: its index is named after both.
    fn root(&self) -> String {
        String::new()
    }

    /// Looks an object up. `key` is a relative path as [`packaging::route::Route`] accepts it.
    fn head(&self, key: &str) -> impl Future<Output = Result<Object, SourceError>> + Send;

    /// Reads exactly these bytes of exactly this version of an object, or fails.
    fn read(
        &self,
        object: &Object,
        range: Range<u64>,
    ) -> impl Future<Output = Result<Bytes, SourceError>> + Send;

    /// Looks an object up and reads it, up to `most` bytes: in one request where the store can.
    fn read_whole(
        &self,
        key: &str,
        most: u64,
    ) -> impl Future<Output = Result<(Object, Bytes), SourceError>> + Send {
        async move {
            let object = self.head(key).await?;
            let bytes = self.read(&object, 0..object.bytes.min(most)).await?;
            Ok((object, bytes))
        }
    }

    /// All objects directly in a folder, up to [`MAX_LISTED`], in order of their keys; the folder's key ends
    /// with `/`. Empty if there is no such folder.
    fn list(&self, folder: &str) -> impl Future<Output = Result<Vec<Object>, SourceError>> + Send;
}

/// Most objects of a folder that is listed.
pub const MAX_LISTED: usize = 5000;

impl<S: Source> Source for Arc<S> {
    fn root(&self) -> String {
        (**self).root()
    }

    async fn head(&self, key: &str) -> Result<Object, SourceError> {
        (**self).head(key).await
    }

    async fn read(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        (**self).read(object, range).await
    }

    async fn read_whole(&self, key: &str, most: u64) -> Result<(Object, Bytes), SourceError> {
        (**self).read_whole(key, most).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>, SourceError> {
        (**self).list(folder).await
    }
}

/// A version of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its name in the store.
    pub key: String,
    /// Its length.
    pub bytes: u64,
    /// Identifies its content: another content has another tag.
    pub etag: String,
    /// Names this state of the object where the store keeps old ones (S3: the version ID). Reads then go on
    /// after the object has been replaced.
    pub revision: Option<String>,
}

/// Why an object could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// There is no such object.
    #[error("there is no such source")]
    NotFound,
    /// The store refuses: S3 does so too for what is not there, to whoever may not list the bucket. Clients
    /// are told the same as of [`Self::NotFound`], so that nobody learns which keys exist.
    #[error("there is no such source")]
    Denied,
    /// The object has been replaced since it was looked up.
    #[error("the source was replaced while it was read")]
    Changed,
    /// The folder is too full to be listed.
    #[error("the folder holds more than {MAX_LISTED} objects: describe the set in a JSON file")]
    TooMany,
    /// The store asks to come back later.
    #[error("the store of sources is busy")]
    Busy,
    /// The store failed.
    #[error("the source could not be read: {0}")]
    Failed(String),
}
