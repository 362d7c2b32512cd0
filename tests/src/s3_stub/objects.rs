//! Buckets, objects, their versions, and uploads under way.

use std::collections::BTreeMap;

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// As many keys as S3 puts on one page.
const PAGE_SIZE: usize = 1000;

/// One state of an object.
#[derive(Debug, Clone)]
pub(super) struct Version {
    /// The version ID in buckets that keep versions.
    pub(super) id: Option<String>,
    /// With quotes.
    pub(super) etag: String,
    pub(super) bytes: Bytes,
    /// A deletion, which hides older versions.
    is_marker: bool,
}

#[derive(Debug, Default)]
struct Bucket {
    keeps_versions: bool,
    /// Versions by key, the current one last.
    objects: BTreeMap<String, Vec<Version>>,
}

#[derive(Debug)]
struct Upload {
    bucket: String,
    key: String,
    parts: BTreeMap<u32, Version>,
}

/// All that the server keeps.
#[derive(Debug)]
pub(super) struct Objects {
    buckets: BTreeMap<String, Bucket>,
    uploads: BTreeMap<String, Upload>,
    /// For version and upload IDs.
    next_id: u64,
    pub(super) page_size: usize,
}

impl Default for Objects {
    fn default() -> Self {
        Self { buckets: BTreeMap::new(), uploads: BTreeMap::new(), next_id: 1, page_size: PAGE_SIZE }
    }
}

/// Why nothing was done: the status and S3's word for it.
pub(super) type Refusal = (u16, &'static str);

impl Objects {
    pub(super) fn add_bucket(&mut self, name: &str) {
        self.buckets.entry(name.to_owned()).or_default();
    }

    pub(super) fn has_bucket(&self, name: &str) -> bool {
        self.buckets.contains_key(name)
    }

    pub(super) fn keep_versions(&mut self, bucket: &str) {
        if let Some(bucket) = self.buckets.get_mut(bucket) {
            bucket.keeps_versions = true;
        }
    }

    /// The current version, or the one with this ID.
    pub(super) fn find(&self, bucket: &str, key: &str, version: Option<&str>) -> Result<Version, Refusal> {
        let bucket = self.buckets.get(bucket).ok_or((404, "NoSuchBucket"))?;
        let versions = bucket.objects.get(key).map(Vec::as_slice).unwrap_or_default();
        let found = match version {
            None => versions.last().filter(|found| !found.is_marker),
            Some(id) => {
                let found = versions.iter().find(|found| found.id.as_deref() == Some(id));
                return found.cloned().ok_or((404, "NoSuchVersion"));
            }
        };
        found.cloned().ok_or((404, "NoSuchKey"))
    }

    /// Writes an object, unless there has to be none and is one.
    pub(super) fn put(
        &mut self,
        bucket: &str,
        key: &str,
        bytes: Bytes,
        only_new: bool,
    ) -> Result<Version, Refusal> {
        let etag = format!("\"{}\"", hash(&bytes));
        self.write(bucket, key, Version { id: None, etag, bytes, is_marker: false }, only_new)
    }

    fn write(
        &mut self,
        bucket: &str,
        key: &str,
        mut version: Version,
        only_new: bool,
    ) -> Result<Version, Refusal> {
        let id = self.id();
        let bucket = self.buckets.get_mut(bucket).ok_or((404, "NoSuchBucket"))?;
        let versions = bucket.objects.entry(key.to_owned()).or_default();
        if only_new && versions.last().is_some_and(|last| !last.is_marker) {
            return Err((412, "PreconditionFailed"));
        }
        if bucket.keeps_versions {
            version.id = Some(id);
        } else {
            versions.clear();
        }
        versions.push(version.clone());
        Ok(version)
    }

    pub(super) fn delete(&mut self, bucket: &str, key: &str) {
        let id = self.id();
        let Some(bucket) = self.buckets.get_mut(bucket) else { return };
        if !bucket.keeps_versions {
            bucket.objects.remove(key);
            return;
        }
        let marker = Version { id: Some(id), etag: String::new(), bytes: Bytes::new(), is_marker: true };
        bucket.objects.entry(key.to_owned()).or_default().push(marker);
    }

    pub(super) fn delete_version(&mut self, bucket: &str, key: &str, version: &str) {
        let versions = self.buckets.get_mut(bucket).and_then(|bucket| bucket.objects.get_mut(key));
        if let Some(versions) = versions {
            versions.retain(|kept| kept.id.as_deref() != Some(version));
        }
    }

    /// Current versions by key.
    pub(super) fn listed(&self, bucket: &str) -> impl Iterator<Item = (&str, &Version)> {
        let objects = self.buckets.get(bucket).into_iter().flat_map(|bucket| &bucket.objects);
        objects
            .filter_map(|(key, versions)| Some((key.as_str(), versions.last()?)))
            .filter(|(_, version)| !version.is_marker)
    }

    pub(super) fn current(&self, bucket: &str) -> BTreeMap<String, Bytes> {
        self.listed(bucket).map(|(key, version)| (key.to_owned(), version.bytes.clone())).collect()
    }

    pub(super) fn open_uploads(&self) -> usize {
        self.uploads.len()
    }

    pub(super) fn begin_upload(&mut self, bucket: &str, key: &str) -> String {
        let id = self.id();
        let upload = Upload { bucket: bucket.to_owned(), key: key.to_owned(), parts: BTreeMap::new() };
        self.uploads.insert(id.clone(), upload);
        id
    }

    /// Adds a part; its tag.
    pub(super) fn add_part(&mut self, id: &str, number: u32, bytes: Bytes) -> Result<String, Refusal> {
        let upload = self.uploads.get_mut(id).ok_or((404, "NoSuchUpload"))?;
        let etag = format!("\"{}\"", hash(&bytes));
        upload.parts.insert(number, Version { id: None, etag: etag.clone(), bytes, is_marker: false });
        Ok(etag)
    }

    /// Puts the parts together that the client names with their tags.
    pub(super) fn complete_upload(&mut self, id: &str, named: &[(u32, String)]) -> Result<Version, Refusal> {
        let upload = self.uploads.get(id).ok_or((404, "NoSuchUpload"))?;
        let mut whole = Vec::new();
        for (number, etag) in named {
            let part = upload.parts.get(number).filter(|part| part.etag == *etag);
            whole.extend_from_slice(&part.ok_or((400, "InvalidPart"))?.bytes);
        }
        let etag = format!("\"{}-{}\"", hash(&whole), named.len());
        let (bucket, key) = (upload.bucket.clone(), upload.key.clone());
        self.uploads.remove(id);
        let version = Version { id: None, etag, bytes: whole.into(), is_marker: false };
        self.write(&bucket, &key, version, false)
    }

    pub(super) fn give_up_upload(&mut self, id: &str) -> Result<(), Refusal> {
        self.uploads.remove(id).map(drop).ok_or((404, "NoSuchUpload"))
    }

    fn id(&mut self) -> String {
        self.next_id += 1;
        format!("id{:08}", self.next_id)
    }
}

fn hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    format!("{:032x}", u128::from_be_bytes(digest.first_chunk().copied().unwrap_or_default()))
}
