//! What a file holds and how it is packaged, as text or JSON.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use isobmff::codec::VideoRange;
use origin::source::DirectorySource;
use origin::{LoadedAsset, Service};
use packaging::{LeftOut, PackagedTrack, TrackCodec};
use serde::Serialize;

use crate::args::InspectArguments;
use crate::failure::Failure;

/// The report on one source.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    asset: String,
    version: String,
    duration_seconds: f64,
    target_duration_seconds: u64,
    tracks: Vec<TrackReport>,
}

#[derive(Debug, Serialize)]
struct TrackReport {
    id: Option<u32>,
    kind: &'static str,
    codecs: Option<String>,
    language: Option<String>,
    delivered: bool,
    left_out: Option<String>,
    detail: String,
    timescale: Option<u32>,
    media_time: Option<u32>,
    segments: usize,
    average_bandwidth: Option<u64>,
    peak_bandwidth: Option<u64>,
    edits: Vec<EditReport>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    segment_table: Vec<SegmentReport>,
}

#[derive(Debug, Serialize)]
struct EditReport {
    /// Ticks of the movie.
    duration: u64,
    /// Ticks of the track; `null`: an empty edit.
    media_time: Option<u64>,
}

#[derive(Debug, Serialize)]
struct SegmentReport {
    start: u64,
    end: u64,
    decode_time: u64,
    samples: u32,
    bytes: u64,
}

/// `fragmint inspect`.
pub(crate) async fn run(arguments: &InspectArguments) -> Result<(), Failure> {
    let (service, key) = open(&arguments.file, arguments.packaging.config())?;
    let loaded = service.load(&key).await.map_err(|error| Failure::new(arguments.file.display(), error))?;
    let report = Report::new(&key, &loaded, true);
    let text = if arguments.json {
        serde_json::to_string_pretty(&report).map_err(|error| Failure::new("the report", error))? + "\n"
    } else {
        report.to_text()
    };
    // A reader that has seen enough closes the pipe; that is no failure.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
}

/// The origin over the folder of one file, and the file's key in it.
pub(crate) fn open(
    file: &Path,
    config: origin::Config,
) -> Result<(Service<DirectorySource>, String), Failure> {
    let name = file.file_name().and_then(|name| name.to_str());
    let key = name.ok_or_else(|| Failure::new(file.display(), "this is no name of a file"))?.to_owned();
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((Service::new(DirectorySource::new(folder), config), key))
}

impl Report {
    /// The report on a source; with the table of segments if wanted.
    pub(crate) fn new(key: &str, loaded: &LoadedAsset, with_segments: bool) -> Self {
        let asset = &loaded.asset;
        let target = asset.target_duration_secs();
        let (end, scale) = asset.end();
        let delivered = asset.tracks.iter().map(|track| TrackReport::delivered(track, target, with_segments));
        Self {
            asset: key.to_owned(),
            version: loaded.version.to_string(),
            duration_seconds: seconds(end, scale.get()),
            target_duration_seconds: target,
            tracks: delivered.chain(asset.left_out.iter().map(TrackReport::left_out)).collect(),
        }
    }

    fn to_text(&self) -> String {
        let mut out = format!("{}\n  {:.3} s, version {}\n", self.asset, self.duration_seconds, self.version);
        for track in &self.tracks {
            track.write_text(&mut out);
        }
        out
    }
}

impl TrackReport {
    fn delivered(track: &PackagedTrack, target: u64, with_segments: bool) -> Self {
        let rates = track.bit_rates(target);
        let segments = &track.segmentation.segments;
        let row = |s: &packaging::Segment| SegmentReport {
            start: s.start,
            end: s.end,
            decode_time: s.decode_time,
            samples: s.samples,
            bytes: s.bytes,
        };
        let edit = |e: &isobmff::Edit| EditReport { duration: e.duration, media_time: e.media_time };
        let (kind, codecs, detail) = match &track.codec {
            TrackCodec::Video(video, picture) => ("video", &video.codecs, picture_detail(video, picture)),
            TrackCodec::Audio(audio) => {
                ("audio", &audio.codecs, format!("{} Hz, {} channels", audio.sample_rate, audio.channels))
            }
        };
        Self {
            id: Some(track.name.number),
            kind,
            codecs: Some(codecs.clone()),
            language: track.language.clone(),
            delivered: true,
            left_out: None,
            detail,
            timescale: Some(track.timescale.get()),
            media_time: Some(track.media_time),
            segments: segments.len(),
            average_bandwidth: Some(rates.average),
            peak_bandwidth: Some(rates.peak),
            edits: track.source_edits.iter().map(edit).collect(),
            segment_table: if with_segments { segments.iter().map(row).collect() } else { Vec::new() },
        }
    }

    fn left_out(track: &LeftOut) -> Self {
        let kind = match track.handler.map(|handler| handler.0) {
            Some(handler) => match &handler {
                b"vide" => "video",
                b"soun" => "audio",
                b"text" | b"sbtl" | b"subt" | b"clcp" => "text",
                _ => "other",
            },
            None => "other",
        };
        Self {
            id: track.number,
            kind,
            codecs: None,
            language: None,
            delivered: false,
            left_out: Some(track.reason.clone()),
            detail: track.handler.map(|handler| format!("handler {handler}")).unwrap_or_default(),
            timescale: None,
            media_time: None,
            segments: 0,
            average_bandwidth: None,
            peak_bandwidth: None,
            edits: Vec::new(),
            segment_table: Vec::new(),
        }
    }

    fn write_text(&self, out: &mut String) {
        let number = self.id.map_or_else(|| "?".to_owned(), |id| id.to_string());
        if let Some(reason) = &self.left_out {
            let _ = writeln!(out, "\ntrack {number}  {}  LEFT OUT: {reason}", self.kind);
            return;
        }
        let codecs = self.codecs.as_deref().unwrap_or_default();
        let language = self.language.as_deref().unwrap_or("no language");
        let _ = writeln!(out, "\ntrack {number}  {}  {codecs}  {}  {language}", self.kind, self.detail);
        if let (Some(average), Some(peak)) = (self.average_bandwidth, self.peak_bandwidth) {
            let _ = writeln!(out, "  {average} bit/s on average, {peak} at the peak");
        }
        let scale = self.timescale.unwrap_or(1);
        let _ = writeln!(
            out,
            "  {scale} ticks a second, presentation starts at media time {}",
            self.media_time.unwrap_or(0)
        );
        for edit in &self.edits {
            let from =
                edit.media_time.map_or_else(|| "nothing".to_owned(), |time| format!("media from {time}"));
            let _ = writeln!(out, "  edit: {from} for {} movie ticks", edit.duration);
        }
        let _ = writeln!(
            out,
            "  {:>7} {:>12} {:>12} {:>8} {:>10}",
            "segment", "start", "seconds", "samples", "bytes"
        );
        for (index, segment) in self.segment_table.iter().enumerate() {
            let length = seconds(segment.end - segment.start, scale);
            let start = seconds(segment.start, scale);
            let _ = writeln!(
                out,
                "  {index:>7} {start:>12.3} {length:>12.3} {:>8} {:>10}",
                segment.samples, segment.bytes
            );
        }
    }
}

fn picture_detail(video: &isobmff::codec::VideoCodec, picture: &packaging::Picture) -> String {
    let range = match video.video_range() {
        VideoRange::Sdr => "SDR",
        VideoRange::Hlg => "HLG",
        VideoRange::Pq => "PQ",
    };
    let (width, height) = picture.displayed;
    let rate = picture.frame_rate.map(|(pictures, secs)| {
        let thousandths = pictures * 1000 / secs.max(1);
        format!(" {}.{:03} fps", thousandths / 1000, thousandths % 1000)
    });
    let fields = if video.interlaced { " interlaced" } else { "" };
    format!("{width}x{height}{}{fields} {range}", rate.unwrap_or_default())
}

/// For people and scripts that show it; nothing is computed from it.
#[expect(clippy::cast_precision_loss, reason = "a display value")]
fn seconds(ticks: u64, timescale: u32) -> f64 {
    ticks as f64 / f64::from(timescale.max(1))
}
