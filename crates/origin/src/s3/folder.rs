//! The objects of a folder.

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;

use super::bucket::{Bucket, believe};
use super::range_read::unquoted;
use crate::source::{MAX_LISTED, Object, SourceError};

/// All objects directly in a folder, in order of their keys' bytes; the folder's key ends with `/`.
pub(super) async fn objects_in(bucket: &Bucket, folder: &str) -> Result<Vec<Object>, SourceError> {
    // An empty key is no key, but may be a folder.
    let prefix = bucket.key(folder.trim_end_matches('/')).ok_or(SourceError::NotFound)? + "/";
    let mut out = Vec::new();
    // Folders in it come in the same pages, and may fill the first ones.
    let mut seen = 0;
    let mut token: Option<String> = None;
    loop {
        let request = bucket.client.list_objects_v2().bucket(&bucket.name).prefix(&prefix).delimiter("/");
        let request = request.set_continuation_token(token.take());
        let page: ListObjectsV2Output = bucket.ask(bucket.limits, || request.clone().send(), believe).await?;
        out.extend(page.contents().iter().filter_map(|object| listed(bucket, object)));
        let entries = page.contents().len() + page.common_prefixes().len();
        seen += entries;
        if seen > MAX_LISTED {
            return Err(SourceError::TooMany);
        }
        // A server that goes on without saying where would keep us here.
        match (page.is_truncated(), page.next_continuation_token()) {
            (Some(true), Some(next)) if entries > 0 => token = Some(next.to_owned()),
            _ => return Ok(out),
        }
    }
}

/// Listings know nothing of versions: such an object is read by its tag.
fn listed(bucket: &Bucket, object: &aws_sdk_s3::types::Object) -> Option<Object> {
    let key = bucket.name_of(object.key()?)?;
    let bytes = u64::try_from(object.size()?).ok()?;
    // Consoles make empty objects to stand for folders.
    let is_file = !key.is_empty() && !key.ends_with('/');
    let etag = unquoted(object.e_tag().unwrap_or_default()).to_owned();
    is_file.then(|| Object { key: key.to_owned(), bytes, etag, revision: None })
}
