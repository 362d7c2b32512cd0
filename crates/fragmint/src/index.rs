//! `fragmint index`: makes indexes before any viewer comes, and says what is in them.

use std::fmt::Write as _;
use std::io::Write as _;

use origin::LoadedAsset;
use origin::index_store::Created;
use packaging::PackagedTrack;

use crate::args::{IndexArguments, Place};
use crate::failure::Failure;
use crate::open::{Origin, open_one};

/// Most sources of one listing.
const MOST_LISTED: usize = 200_000;

/// `fragmint index`.
pub(crate) async fn run(arguments: &IndexArguments) -> Result<(), Failure> {
    let mut failed = 0;
    for source in &arguments.sources {
        let config = arguments.packaging.config();
        let (origin, key) = open_one(source, arguments.index.as_ref(), config).await?;
        for key in keys(&origin, source, key).await? {
            let done = if arguments.remove {
                remove(&origin, &key).await
            } else {
                make(&origin, &key, arguments).await
            };
            match done {
                // A reader that has seen enough closes the pipe; that is no failure.
                Ok(text) => drop(std::io::stdout().write_all(text.as_bytes())),
                Err(failure) => {
                    eprintln!("fragmint: {failure}");
                    failed += 1;
                }
            }
        }
    }
    if failed > 0 { Err(Failure::new("index", format!("{failed} sources failed"))) } else { Ok(()) }
}

/// The source itself, or all below it.
async fn keys(origin: &Origin, place: &Place, key: String) -> Result<Vec<String>, Failure> {
    let is_folder = matches!(place, Place::S3(_)) && (key.is_empty() || key.ends_with('/'));
    if !is_folder {
        return Ok(vec![key]);
    }
    let listing =
        origin.source().search(&key, MOST_LISTED).await.map_err(|error| Failure::new(place, error))?;
    Ok(listing.sources().filter(|path| path.starts_with(&key)).map(str::to_owned).collect())
}

async fn remove(origin: &Origin, key: &str) -> Result<String, Failure> {
    let removed = origin.forget(key).await.map_err(|error| Failure::new(key, error))?;
    Ok(format!("{key}: {removed} objects removed\n"))
}

async fn make(origin: &Origin, key: &str, arguments: &IndexArguments) -> Result<String, Failure> {
    let fail = |error: origin::Error| Failure::new(key, error);
    let indexed = origin.index(key).await.map_err(fail)?;
    let loaded = origin.load(key).await.map_err(fail)?;
    let state = match (&arguments.index, indexed.created) {
        (None, _) => "not stored",
        (Some(_), Created::New) => "stored now",
        (Some(_), Created::Existed) => "was stored",
    };
    let mut text = format!("{key}\n  index {}, {} B, {state}\n", indexed.name, indexed.bytes);
    describe(&mut text, &loaded);
    if arguments.copy {
        let copied = origin.copy_small_tracks(key).await.map_err(fail)?;
        let _ = writeln!(text, "  {copied} B of small tracks copied");
    }
    Ok(text)
}

fn describe(out: &mut String, loaded: &LoadedAsset) {
    let head_bytes = loaded.asset.tracks.iter().map(|track| track.locator.base).min().unwrap_or(0);
    let _ = writeln!(out, "  head {head_bytes} B, source {} B", loaded.asset.source.bytes);
    for track in &loaded.asset.tracks {
        describe_track(out, track);
    }
    for left_out in &loaded.asset.left_out {
        let _ = writeln!(out, "  left out: {left_out}");
    }
}

fn describe_track(out: &mut String, track: &PackagedTrack) {
    let segments = &track.segmentation.segments;
    let pages = segments.last().map_or(0, |last| track.locator.page(last.start) + 1);
    let millis = u128::from(track.locator.span) * 1000 / u128::from(track.timescale.get());
    let _ = writeln!(
        out,
        "  {}: {} segments, {} samples in {pages} pages of {}.{:03} s and up to {} B from byte {}",
        track.name,
        segments.len(),
        track.segmentation.samples(),
        millis / 1000,
        millis % 1000,
        track.locator.stride,
        track.locator.base
    );
}
