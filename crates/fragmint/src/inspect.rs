//! What a file holds and how it is packaged, as text or JSON.

mod text;

use std::io::Write as _;

use isobmff::codec::VideoRange;
use origin::{Error as OriginError, Gathered};
use packaging::manifest::hls;
use packaging::presentation::video::SwitchingSet;
use packaging::presentation::{ImageTrack, Presentation, Rendition, audio, video};
use packaging::route::{Images, Options};
use packaging::{LeftOut, TrackCodec};
use serde::Serialize;

use crate::args::InspectArguments;
use crate::failure::Failure;
use crate::open::open_one;

/// The report on a presentation: a source, a set or a folder.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    asset: String,
    /// Of the only source; `null` if there are several.
    version: Option<String>,
    duration_seconds: f64,
    target_duration_seconds: u64,
    tracks: Vec<TrackReport>,
    closed_captions: Vec<String>,
    previews: Option<PreviewReport>,
    /// Renditions that a player may switch between without a seam, by their names.
    switching_sets: Vec<Vec<String>>,
    players: PlayersReport,
    notes: Vec<String>,
}

/// One track.
#[derive(Debug, Serialize)]
struct TrackReport {
    /// `track_ID` in its source.
    id: Option<u32>,
    /// Name in manifests.
    name: Option<String>,
    source: String,
    kind: &'static str,
    codecs: Option<String>,
    language: Option<String>,
    label: Option<String>,
    roles: Vec<&'static str>,
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
struct PreviewReport {
    sheets: u32,
    tile: (u32, u32),
    layout: (u32, u32),
    seconds: f64,
    /// The WebVTT file that says where each picture is, seen from the manifests.
    vtt: String,
}

/// What players of each family are offered.
#[derive(Debug, Serialize)]
struct PlayersReport {
    hls: Vec<String>,
    dash: Vec<String>,
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
    let (service, key) = open_one(&arguments.file, None, arguments.packaging.config()).await?;
    let failed = |error| Failure::new(&arguments.file, error);
    let gathered = service.gather(&key).await.map_err(failed)?;
    let report = Report::new(&key, &gathered, true).map_err(failed)?;
    let text = if arguments.json {
        serde_json::to_string_pretty(&report).map_err(|error| Failure::new("the report", error))? + "\n"
    } else {
        report.to_text()
    };
    // A reader that has seen enough closes the pipe; that is no failure.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
}

impl Report {
    /// The report on a presentation; with the tables of segments if wanted.
    pub(crate) fn new(key: &str, gathered: &Gathered, with_segments: bool) -> Result<Self, OriginError> {
        let presentation = gathered.presentation(0)?;
        let target = presentation.target_duration_secs();
        let (end, scale) = presentation.end();
        let members = gathered.members();
        let source = |member: usize| members.get(member).map(|member| member.key.clone()).unwrap_or_default();
        let delivered = presentation.renditions().map(|rendition| {
            TrackReport::delivered(rendition, (source(rendition.member), target), with_segments)
        });
        let left_out = members.iter().flat_map(|member| {
            let tracks = &member.loaded.asset.left_out;
            tracks.iter().map(|left_out| TrackReport::left_out(member.key.clone(), left_out))
        });
        let mut notes = presentation.notes();
        notes.extend(gathered.missing().iter().map(|missing| format!("left out: {missing}")));
        let names = |set: SwitchingSet<'_, '_>| set.members.iter().map(|member| member.id.clone()).collect();
        Ok(Self {
            asset: key.to_owned(),
            version: match members {
                [only] => Some(only.loaded.edition.to_string()),
                _ => None,
            },
            duration_seconds: seconds(end, scale.get()),
            target_duration_seconds: target,
            tracks: delivered.chain(left_out).collect(),
            closed_captions: presentation.closed_captions.iter().map(|c| c.channel.to_string()).collect(),
            previews: presentation.images.as_ref().map(PreviewReport::new),
            switching_sets: video::sets(&presentation.video).into_iter().map(names).collect(),
            players: PlayersReport::new(&presentation),
            notes,
        })
    }
}

impl PreviewReport {
    fn new(images: &ImageTrack) -> Self {
        Self {
            sheets: images.sheets.get(),
            tile: images.tile_size(),
            layout: (images.grid.0.get(), images.grid.1.get()),
            seconds: f64::from(images.interval_millis.get()) / 1000.0,
            vtt: images.url(Images::WebVtt),
        }
    }
}

impl PlayersReport {
    /// From the manifests themselves: what they say is what players see.
    fn new(presentation: &Presentation<'_>) -> Self {
        let attribute = |line: &str, name: &str| {
            let (_, rest) = line.split_once(&format!("{name}="))?;
            let quoted = rest.strip_prefix('"').and_then(|rest| rest.split('"').next());
            Some(quoted.unwrap_or_else(|| rest.split(',').next().unwrap_or_default()).to_owned())
        };
        let hls = hls::multivariant(presentation, &Options::default()).unwrap_or_default();
        let of_line = |line: &str| {
            let all = |names: &[&str]| {
                let values =
                    names.iter().filter_map(|name| Some(format!("{name}={}", attribute(line, name)?)));
                values.collect::<Vec<_>>().join(" ")
            };
            if line.starts_with("#EXT-X-STREAM-INF:") {
                let names =
                    ["BANDWIDTH", "RESOLUTION", "FRAME-RATE", "VIDEO-RANGE", "CODECS", "SCORE", "AUDIO"];
                Some(format!("variant   {}", all(&names)))
            } else if line.starts_with("#EXT-X-MEDIA:") {
                let names = [
                    "TYPE",
                    "GROUP-ID",
                    "NAME",
                    "LANGUAGE",
                    "CHANNELS",
                    "DEFAULT",
                    "AUTOSELECT",
                    "FORCED",
                    "INSTREAM-ID",
                ];
                Some(format!("rendition {}", all(&names)))
            } else {
                line.starts_with("#EXT-X-IMAGE-STREAM-INF:").then(|| "previews".to_owned())
            }
        };
        Self { hls: hls.lines().filter_map(of_line).collect(), dash: dash_sets(presentation) }
    }
}

fn dash_sets(presentation: &Presentation<'_>) -> Vec<String> {
    let ids = |members: &[&Rendition<'_>]| {
        members.iter().map(|member| member.id.clone()).collect::<Vec<_>>().join(" ")
    };
    let language =
        |rendition: &Rendition<'_>| rendition.labels.language.clone().unwrap_or_else(|| "und".to_owned());
    let mut out = Vec::new();
    for set in video::sets(&presentation.video) {
        out.push(format!("video     {}", ids(&set.members)));
    }
    for choice in audio::choices(&presentation.audio) {
        if let Some(first) = choice.first() {
            out.push(format!("audio     {}  {} ({})", ids(&choice), first.name, language(first)));
        }
    }
    for rendition in &presentation.text {
        let form = presentation.dash_captions;
        out.push(format!(
            "text      {}  {} ({})  {form:?}",
            rendition.id,
            rendition.name,
            language(rendition)
        ));
    }
    if let Some(images) = &presentation.images {
        out.push(format!("image     {} sheets of {}x{}", images.sheets, images.grid.0, images.grid.1));
    }
    out
}

impl TrackReport {
    fn delivered(rendition: &Rendition<'_>, (source, target): (String, u64), with_segments: bool) -> Self {
        let track = rendition.track;
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
            TrackCodec::Video(video, picture) => {
                ("video", video.codecs.clone(), picture_detail(video, picture))
            }
            TrackCodec::Audio(audio) => (
                "audio",
                audio.codecs.clone(),
                format!("{} Hz, {} channels", audio.sample_rate, audio.channels),
            ),
            TrackCodec::Text(format) => ("text", format.name.clone(), "captions".to_owned()),
        };
        Self {
            id: Some(track.name.number),
            name: Some(rendition.id.clone()),
            source,
            kind,
            codecs: Some(codecs),
            language: rendition.labels.language.clone(),
            label: rendition.labels.label.clone(),
            roles: rendition.labels.roles.iter().map(|role| role.word()).collect(),
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

    fn left_out(source: String, track: &LeftOut) -> Self {
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
            name: None,
            source,
            kind,
            codecs: None,
            language: None,
            label: None,
            roles: Vec::new(),
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
