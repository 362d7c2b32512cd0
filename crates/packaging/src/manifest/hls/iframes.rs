//! I-frame playlists (RFC 8216bis §4.4.3.6) and what the multivariant playlist says of them (§4.4.6.3).
//!
//! Each entry is a resource of its own that holds one key frame, so that no bytes are fetched beside it.

use std::fmt::Write;

use isobmff::Timescale;

use super::PLAYLIST_VERSION;
use super::media::write_date;
use super::variant::{video_codecs, write_range, write_resolution};
use crate::manifest::decimal::{Seconds, micros_up};
use crate::presentation::video::{scores, variants};
use crate::presentation::{Presentation, Rendition};
use crate::route::{Child, Playlist, PlaylistForm};
use crate::{KeyFrame, PackagedTrack};

/// What holds the key frames of a playlist.
#[derive(Debug, Clone, Copy)]
pub struct KeyFrameForm {
    /// Which playlist names them.
    pub playlist: PlaylistForm,
    /// Whether they need the init segment.
    pub has_map: bool,
    /// The child that is the key frame presented at a time in ticks.
    pub child: fn(u64) -> Child,
    /// Bytes of that child.
    pub bytes: fn(&PackagedTrack, &KeyFrame) -> u64,
}

/// Fragments of the track's own init segment.
pub const FMP4_KEY_FRAMES: KeyFrameForm = KeyFrameForm {
    playlist: PlaylistForm::IFrames,
    has_map: true,
    child: Child::KeyFrame,
    bytes: PackagedTrack::key_frame_bytes,
};

/// The I-frame playlist of a track; `None` if it has no key frames in the part that is listed.
pub fn iframes(track: &PackagedTrack, playlist: Playlist, form: KeyFrameForm) -> Option<String> {
    let key_frames = track.key_frames_within(playlist.window);
    let first = key_frames.first()?;
    let scale = track.timescale;
    let time = |ticks: u64| micros_up(ticks - first.start, scale);
    let length = |key_frame: &KeyFrame| time(key_frame.end) - time(key_frame.start);
    let longest = key_frames.iter().map(length).max().unwrap_or(0);
    // Playlists of I-frames need not have the target duration of the others (§6.2.4).
    let target = ((longest + 500_000) / 1_000_000).max(1);
    let mut out = format!(
        "#EXTM3U\n#EXT-X-VERSION:{PLAYLIST_VERSION}\n#EXT-X-TARGETDURATION:{target}\n\
         #EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-I-FRAMES-ONLY\n"
    );
    if form.has_map {
        let _ = writeln!(out, "#EXT-X-MAP:URI=\"{}\"", Child::Init(track.hls_form()));
    }
    write_date(&mut out, playlist, Some((first.start, scale)));
    for key_frame in key_frames {
        let child = (form.child)(key_frame.start);
        let _ = writeln!(out, "#EXTINF:{},\n{child}", Seconds(length(key_frame)));
    }
    out.push_str("#EXT-X-ENDLIST\n");
    Some(out)
}

/// `EXT-X-I-FRAME-STREAM-INF` of all renditions of trick play.
pub(super) fn write_iframe_variants(out: &mut String, presentation: &Presentation<'_>, form: KeyFrameForm) {
    let pictures = variants(&presentation.trick_play);
    let scores = scores(&pictures);
    for (at, rendition) in pictures.iter().enumerate() {
        let score = scores.as_ref().and_then(|scores| scores.get(at)).copied();
        write_variant(out, rendition, score, form);
    }
}

fn write_variant(out: &mut String, rendition: &Rendition<'_>, score: Option<u32>, form: KeyFrameForm) {
    let (Some((video, picture)), Some(rates)) = (rendition.video(), KeyFrameRates::of(rendition, form.bytes))
    else {
        return;
    };
    let (codecs, supplemental) = video_codecs(rendition);
    let _ = write!(
        out,
        "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{}\"",
        rates.peak,
        rates.average,
        codecs.unwrap_or_default()
    );
    if let Some(score) = score {
        let _ = write!(out, ",SCORE={score}");
    }
    if let Some(supplemental) = supplemental {
        let _ = write!(out, ",SUPPLEMENTAL-CODECS=\"{supplemental}\"");
    }
    write_resolution(out, picture);
    write_range(out, video);
    let _ = writeln!(out, ",URI=\"{}\"", rendition.iframes_url(form.playlist));
}

/// What trick play at normal speed takes, in bits per second, rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyFrameRates {
    /// All bytes over the whole duration.
    pub(crate) average: u64,
    /// The largest rate of any key frame while it is shown, a short one too: entries are as long as a segment
    /// may be, and a player may begin at any. What stands for less than a hundredth of a second counts as if
    /// for that.
    pub(crate) peak: u64,
}

impl KeyFrameRates {
    /// `None` if there are no key frames.
    pub(crate) fn of(rendition: &Rendition<'_>, bytes: fn(&PackagedTrack, &KeyFrame) -> u64) -> Option<Self> {
        let (track, all) = (rendition.track, rendition.key_frames());
        let (first, last) = (all.first()?, all.last()?);
        let sizes = || all.iter().map(|key_frame| bytes(track, key_frame));
        let briefest = u64::from(track.timescale.get()).div_ceil(100);
        let rates = all.iter().zip(sizes());
        let peak = rates.map(|(key, bytes)| rate(bytes, key.duration().max(briefest), track.timescale)).max();
        Some(Self { average: rate(sizes().sum(), last.end - first.start, track.timescale), peak: peak? })
    }
}

fn rate(bytes: u64, ticks: u64, scale: Timescale) -> u64 {
    let bits = u128::from(bytes) * 8 * u128::from(scale.get());
    u64::try_from(bits.div_ceil(u128::from(ticks.max(1)))).unwrap_or(u64::MAX)
}
