//! Reads what a set is: its description, or the folder that it is.

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use packaging::presentation::ImageTrack;
use packaging::route::{AssetKind, Version};
use packaging::set::{
    self, Set, SetSource, ThumbnailFiles, Thumbnails, folder, jpeg, json, smil, thumbnails, urlset,
};
use sha2::{Digest, Sha256};
use std::num::NonZeroU32;

use crate::error::Error;
use crate::fetch::read_source;
use crate::meter::Meter;
use crate::source::{Object, Source, SourceError};

/// Largest description of a set.
const MAX_DESCRIPTION_BYTES: u64 = 1 << 20;
/// Largest sheet of previews.
const MAX_SHEET_BYTES: u64 = 16 << 20;
/// Where a JPEG says its size: before that come profiles and previews of its own.
const JPEG_HEAD_BYTES: u64 = 64 << 10;
/// Look-ups under way at once.
const PARALLEL_LOOKUPS: usize = 16;

/// What an asset is: a set of sources, or the set of one.
pub(crate) struct Described {
    pub(crate) set: Set,
    /// Identifies the description.
    pub(crate) stamp: String,
    /// Whether somebody wrote down what belongs to it: then what is not there is a fault.
    pub(crate) is_explicit: bool,
}

/// Reads what an asset is.
pub(crate) async fn describe<S: Source>(source: &S, asset: &str, meter: &Meter) -> Result<Described, Error> {
    match AssetKind::of(asset) {
        AssetKind::Source => {
            let single = SetSource { key: asset.to_owned(), ..SetSource::default() };
            Ok(explicit(Set { sources: vec![single], ..Set::default() }, String::new()))
        }
        AssetKind::Captions => {
            let single = set::SetCaptions { key: asset.to_owned(), ..set::SetCaptions::default() };
            Ok(explicit(Set { captions: vec![single], ..Set::default() }, String::new()))
        }
        AssetKind::Json => {
            let (object, text) = read_description(source, asset, meter).await?;
            Ok(explicit(json::read(&text, asset)?, object.etag))
        }
        AssetKind::Smil => {
            let (object, text) = read_description(source, asset, meter).await?;
            Ok(explicit(smil::read(&text, asset)?, object.etag))
        }
        AssetKind::List => Ok(explicit(urlset::read(asset)?, String::new())),
        AssetKind::Folder => {
            meter.count_lookup();
            let listed = source.list(&format!("{asset}/")).await?;
            let names: Vec<_> = listed.iter().filter_map(|object| object.key.rsplit('/').next()).collect();
            if names.is_empty() {
                return Err(SourceError::NotFound.into());
            }
            Ok(Described { set: folder::read(asset, &names)?, stamp: String::new(), is_explicit: false })
        }
    }
}

fn explicit(set: Set, stamp: String) -> Described {
    Described { set, stamp, is_explicit: true }
}

async fn read_description<S: Source>(source: &S, key: &str, meter: &Meter) -> Result<(Object, Bytes), Error> {
    let (object, bytes) = source.read_whole(key, MAX_DESCRIPTION_BYTES).await?;
    meter.count_read(bytes.len() as u64);
    if object.bytes > MAX_DESCRIPTION_BYTES {
        let (what, bytes) = ("description of the set", object.bytes);
        return Err(Error::TooLong { what, bytes, limit: MAX_DESCRIPTION_BYTES });
    }
    Ok((object, bytes))
}

/// The sheets of the previews of a set, in order, and the version that URLs carry.
pub(crate) struct Sheets {
    pub(crate) objects: Vec<Object>,
    pub(crate) version: Version,
}

impl Sheets {
    /// Looks them up; `None` if the set has none. A description that changes makes another version.
    pub(crate) async fn of<S: Source>(
        source: &S,
        described: &Described,
        meter: &Meter,
    ) -> Result<Option<Self>, Error> {
        let Some(thumbnails) = &described.set.thumbnails else { return Ok(None) };
        let objects = match &thumbnails.files {
            ThumbnailFiles::Folder(folder) => in_folder(source, folder, meter).await?,
            ThumbnailFiles::Keys(keys) => {
                let lookups = stream::iter(keys.clone()).map(|key| async move {
                    meter.count_lookup();
                    source.head(&key).await.map_err(|error| of_member(&key, error.into()))
                });
                lookups.buffered(PARALLEL_LOOKUPS).try_collect().await?
            }
        };
        let mut digest = Sha256::new().chain_update(&described.stamp);
        for Object { key, etag, .. } in &objects {
            digest = digest.chain_update([0]).chain_update(key).chain_update([0]).chain_update(etag);
        }
        let first = digest.finalize().first_chunk::<8>().copied().unwrap_or_default();
        Ok(Some(Self { objects, version: Version(u64::from_be_bytes(first)) }))
    }

    /// What manifests say of them, but for the end of what they are of.
    pub(crate) async fn track<S: Source>(
        &self,
        source: &S,
        thumbnails: &Thumbnails,
        meter: &Meter,
    ) -> Result<ImageTrack, Error> {
        let none = || of_member("thumbnails", SourceError::NotFound.into());
        let first = self.objects.first().ok_or_else(none)?;
        let head = read_source(source, first, 0..JPEG_HEAD_BYTES.min(first.bytes), meter).await;
        let size = jpeg::size(&head.map_err(|error| of_member(&first.key, error.into()))?);
        Ok(ImageTrack {
            version: self.version,
            sheets: u32::try_from(self.objects.len()).ok().and_then(NonZeroU32::new).ok_or_else(none)?,
            sheet_size: size
                .ok_or_else(|| of_member(&first.key, Error::NotFound("it is no JPEG picture")))?,
            grid: (thumbnails.columns, thumbnails.rows),
            interval_millis: thumbnails.interval_millis,
            largest_bytes: self.objects.iter().map(|object| object.bytes).max().unwrap_or(0),
            end_millis: 0,
        })
    }

    /// A sheet, counted from 1.
    pub(crate) fn sheet(&self, number: NonZeroU32) -> Result<&Object, Error> {
        let at = usize::try_from(number.get() - 1).unwrap_or(usize::MAX);
        let object = self.objects.get(at).ok_or(Error::NotFound("there is no such preview"))?;
        if object.bytes > MAX_SHEET_BYTES {
            let (what, bytes) = ("preview", object.bytes);
            return Err(Error::TooLong { what, bytes, limit: MAX_SHEET_BYTES });
        }
        Ok(object)
    }
}

async fn in_folder<S: Source>(source: &S, folder: &str, meter: &Meter) -> Result<Vec<Object>, Error> {
    meter.count_lookup();
    let listed = source.list(folder).await.map_err(|error| of_member(folder, error.into()))?;
    let names: Vec<_> = listed.iter().filter_map(|object| object.key.rsplit('/').next()).collect();
    let order = thumbnails::order(&names);
    let of_name = |name: &String| listed.iter().find(|object| object.key.rsplit('/').next() == Some(name));
    Ok(order.iter().filter_map(of_name).cloned().collect())
}

/// An error of one of the objects of a set.
pub(crate) fn of_member(key: &str, error: Error) -> Error {
    Error::Member { key: key.to_owned(), error: Box::new(error) }
}
