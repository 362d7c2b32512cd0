//! From places on the command line to an origin over them.

use std::path::Path;

use origin::s3::{S3IndexStore, S3Limits, S3Settings, connect};
use origin::{Config, Service};

use crate::args::{Place, S3Place};
use crate::failure::Failure;
use crate::library::Library;

/// The origin of the command line.
pub(crate) type Origin = Service<Library, Option<S3IndexStore>>;

/// The origin over a folder, a prefix in S3, or (without a place) the bundled sample.
pub(crate) async fn open_all(
    place: Option<&Place>,
    index: Option<&S3Place>,
    config: Config,
) -> Result<Origin, Failure> {
    match place {
        Some(Place::Path(folder)) if !folder.is_dir() => {
            Err(Failure::new(folder.display(), "this is no folder"))
        }
        Some(Place::Path(folder)) => over(Library::folder(folder), index, config),
        Some(Place::S3(place)) => over_s3(place, index, config).await,
        None => over(Library::sample(), index, config),
    }
}

/// The origin over the surroundings of one file, and the file's key in it.
pub(crate) async fn open_one(
    file: &Place,
    index: Option<&S3Place>,
    config: Config,
) -> Result<(Origin, String), Failure> {
    match file {
        Place::S3(S3Place { bucket, key }) => {
            let root = S3Place { bucket: bucket.clone(), key: String::new() };
            Ok((over_s3(&root, index, config).await?, key.clone()))
        }
        Place::Path(path) => {
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.ok_or_else(|| Failure::new(file, "this is no name of a file"))?.to_owned();
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            Ok((over(Library::folder(folder.unwrap_or(Path::new("."))), index, config)?, name))
        }
    }
}

fn over(library: Library, index: Option<&S3Place>, config: Config) -> Result<Origin, Failure> {
    if let Some(index) = index {
        return Err(Failure::new(index, "only the indexes of sources in S3 are kept in S3"));
    }
    Ok(Service::with_indexes(library, None, config))
}

async fn over_s3(place: &S3Place, index: Option<&S3Place>, config: Config) -> Result<Origin, Failure> {
    let settings = S3Settings {
        source_prefix: place.key.clone(),
        index_bucket: index.map(|index| index.bucket.clone()),
        index_prefix: index.map(|index| index.key.clone()).unwrap_or_default(),
        limits: S3Limits::patient(),
        ..S3Settings::new(place.bucket.clone())
    };
    let (source, store) = connect(settings).await.map_err(|error| Failure::new(place, error))?;
    Ok(Service::with_indexes(Library::S3(source), Some(store), config))
}
