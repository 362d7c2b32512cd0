//! Writes a source's manifests and segments as static files, through the same handler that serves them.

use std::path::Path;

use http::{Method, Request};
use indicatif::{ProgressBar, ProgressStyle};
use origin::LoadedAsset;
use packaging::route::{
    Child, InitForm, Options, Playlist, Route, SOURCE_ENDINGS_IN_WORDS, Target, is_source_name,
};
use packaging::set::CaptionForm;
use packaging::{PackagedTrack, TrackCodec};

use crate::args::ExportArguments;
use crate::failure::Failure;
use crate::open::{Origin, open_one};

/// `fragmint export`.
pub(crate) async fn run(arguments: &ExportArguments) -> Result<(), Failure> {
    let (service, key) = open_one(&arguments.file, None, arguments.packaging.config()).await?;
    if !is_source_name(&key) {
        return Err(Failure::new(&arguments.file, format!("sources end in {SOURCE_ENDINGS_IN_WORDS}")));
    }
    let loaded = service.load(&key).await.map_err(|error| Failure::new(&arguments.file, error))?;
    let targets = targets(&loaded);
    let bar = ProgressBar::new(targets.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} files {msg} {eta}") {
        bar.set_style(style);
    }
    let mut bytes = 0;
    for target in targets {
        bytes += write(&service, &key, target, &arguments.folder).await?;
        bar.inc(1);
        bar.set_message(format!("{:.1} MB", megabytes(bytes)));
    }
    bar.finish_and_clear();
    eprintln!(
        "{}: master.m3u8, manifest.mpd and {} segments, {:.1} MB",
        arguments.folder.display(),
        segments(&loaded),
        megabytes(bytes)
    );
    for left_out in &loaded.asset.left_out {
        eprintln!("left out: {left_out}");
    }
    Ok(())
}

/// Everything that the manifests refer to, and the manifests last: an export that was interrupted does not
/// look whole.
fn targets(loaded: &LoadedAsset) -> Vec<Target> {
    let mut out = Vec::new();
    for track in &loaded.asset.tracks {
        out.extend(
            children(track).into_iter().map(|child| Target::Child(loaded.edition, track.path(), child)),
        );
    }
    out.extend([Target::Multivariant(Options::default()), Target::Mpd(Options::default())]);
    out
}

fn children(track: &PackagedTrack) -> Vec<Child> {
    let forms = [InitForm::Source, InitForm::OutOfBand, InitForm::Stpp];
    let inits = forms.into_iter().filter(|&form| track.format(form).is_some()).map(Child::Init);
    let segments = track.segmentation.segments.iter().flat_map(|segment| match track.codec {
        // The forms that the manifests of a single file refer to.
        TrackCodec::Text(_) => {
            [CaptionForm::WebVtt, CaptionForm::Stpp].map(|form| Child::Captions(segment.start, form)).to_vec()
        }
        TrackCodec::Video(..) | TrackCodec::Audio(_) => vec![Child::Segment(segment.start)],
    });
    inits.chain(segments).chain([Child::Playlist(Playlist::default())]).collect()
}

fn segments(loaded: &LoadedAsset) -> usize {
    loaded.asset.tracks.iter().map(|track| track.segmentation.segments.len()).sum()
}

async fn write(service: &Origin, key: &str, target: Target, folder: &Path) -> Result<u64, Failure> {
    let route = Route { asset: key.to_owned(), target };
    let request = Request::builder().method(Method::GET).uri(route.to_string()).body(());
    let request = request.map_err(|error| Failure::new(&route, error))?;
    let response = service.handle(&request).await;
    let status = response.status();
    let body = response.into_body().into_bytes();
    if !status.is_success() {
        return Err(Failure::new(route, String::from_utf8_lossy(&body)));
    }
    let file = folder.join(route.target.to_string());
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent).map_err(|error| Failure::new(parent.display(), error))?;
    }
    std::fs::write(&file, &body).map_err(|error| Failure::new(file.display(), error))?;
    Ok(body.len() as u64)
}

/// For the progress bar only.
#[expect(clippy::cast_precision_loss, reason = "a display value")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
