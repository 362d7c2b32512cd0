//! Playlists of programmes: the segments of all clips, one after the other.

use std::fmt::Write;

use super::extras::{with_extras, with_version};
use super::media::{child_of, map_form};
use super::{PLAYLIST_VERSION, multivariant};
use crate::date::Date;
use crate::manifest::decimal::{Seconds, micros_up};
use crate::presentation::{Presentation, Rendition};
use crate::programme::Programme;
use crate::route::{Child, Options, Playlist, PlaylistForm, RenditionId, TrackKind};
use crate::set::{CaptionForm, Cue, SpliceKind};

/// `EXT-X-GAP` needs 8 (RFC 8216bis §8).
const GAP_VERSION: u32 = 8;
/// What no segment is named by: nobody asks for it (§4.4.4.7).
const NO_SEGMENT: &str = "gap";

/// The multivariant playlist, which stands so many path elements below the set; `None` if nothing is offered.
pub fn programme_multivariant(programme: &Programme<'_>, below: usize) -> Option<String> {
    let offer = programme.offer(below).filter(Presentation::has_media)?;
    let has_gap = programme.has_gap();
    let text = multivariant(&offer, &Options::default()).ok()?;
    let text = if has_gap { with_version(&text, GAP_VERSION) } else { text };
    Some(with_extras(&text, (programme.said, &programme.asset)))
}

/// The playlist of a row; `None` if there is none. The clips' segments are named as from two path elements below the
/// set.
pub fn programme(programme: &Programme<'_>, row: RenditionId, target_secs: Option<u64>) -> Option<String> {
    let row = programme.row(row)?;
    let target = programme.target_duration_secs().max(target_secs.unwrap_or(0));
    let mut out = format!(
        "#EXTM3U\n#EXT-X-VERSION:{PLAYLIST_VERSION}\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-PLAYLIST-TYPE:VOD\n"
    );
    let said = programme.said;
    // Date ranges need a date to be placed by (§4.4.5.1).
    let date = said.date.or_else(|| (!said.cues.is_empty()).then_some(Date::EPOCH));
    if let Some(date) = date {
        said.cues.iter().for_each(|cue| write_cue(&mut out, cue, date));
    }
    let starts = programme.starts_micros();
    for (at, ((clip, rendition), bounds)) in
        programme.clips.iter().zip(&row).zip(starts.windows(2)).enumerate()
    {
        let &[start, end] = bounds else { continue };
        if at > 0 {
            out.push_str("#EXT-X-DISCONTINUITY\n");
        }
        if let Some(date) = date {
            let _ = writeln!(out, "#EXT-X-PROGRAM-DATE-TIME:{}", date.after_millis(start / 1000));
        }
        match rendition {
            Some(rendition) => {
                let length = end.saturating_sub(start);
                write_segments(&mut out, rendition, clip.presentation.hls_captions, (length, target));
            }
            None => write_gap(&mut out, end.saturating_sub(start), target),
        }
    }
    out.push_str("#EXT-X-ENDLIST\n");
    Some(if out.contains("#EXT-X-GAP\n") { with_version(&out, GAP_VERSION) } else { out })
}

/// The segments of a clip that lasts so long, in microseconds. Playlists of all rows say the same for each clip, or
/// players would let one lag behind the others: what primes sound, which is hidden, does not count, and the last
/// segment bears what is left of a frame. Where much is left, as where sound ends early, there is a gap.
fn write_segments(
    out: &mut String,
    rendition: &Rendition<'_>,
    captions: CaptionForm,
    (length, target): (u64, u64),
) {
    const SLACK_MICROS: u64 = 100_000;
    let is_imsc1 = captions != CaptionForm::WebVtt && rendition.track.name.kind == TrackKind::Text;
    let form = if is_imsc1 { PlaylistForm::Imsc1 } else { PlaylistForm::Index };
    let playlist = Playlist { form, ..Playlist::default() };
    if let Some(form) = map_form(rendition.track, playlist) {
        let _ = writeln!(out, "#EXT-X-MAP:URI=\"{}\"", rendition.url(Child::Init(form)));
    }
    let segments = rendition.segments();
    let mut printed = 0;
    for (at, segment) in segments.iter().enumerate() {
        let mut end = micros_up(segment.end, rendition.track.timescale);
        if at + 1 == segments.len() && end.abs_diff(length) <= SLACK_MICROS {
            end = length.max(printed);
        }
        let child = child_of(rendition.track, form, segment.start);
        let _ = writeln!(out, "#EXTINF:{},\n{}", Seconds(end.saturating_sub(printed)), rendition.url(child));
        printed = end;
    }
    write_gap(out, length.saturating_sub(printed), target);
}

/// Nothing for as long as the clip lasts.
fn write_gap(out: &mut String, micros: u64, target: u64) {
    let longest = target.saturating_mul(1_000_000).max(1);
    let mut left = micros;
    while left > 0 {
        let length = left.min(longest);
        let _ = writeln!(out, "#EXT-X-GAP\n#EXTINF:{},\n{NO_SEGMENT}", Seconds(length));
        left -= length;
    }
}

/// `EXT-X-DATERANGE` (§4.4.5.1), with messages of SCTE 35 in hexadecimal (§4.4.5.1.1).
fn write_cue(out: &mut String, cue: &Cue, date: Date) {
    let _ = write!(out, "#EXT-X-DATERANGE:ID=\"{}\"", cue.id);
    if let Some(class) = &cue.class {
        let _ = write!(out, ",CLASS=\"{class}\"");
    }
    let _ = write!(out, ",START-DATE=\"{}\"", date.after_millis(cue.start_millis));
    if let Some(duration) = cue.duration_millis {
        let _ = write!(out, ",DURATION={}.{:03}", duration / 1000, duration % 1000);
    }
    if let Some(splice) = &cue.scte35 {
        let name = match splice.kind {
            SpliceKind::Out => "SCTE35-OUT",
            SpliceKind::In => "SCTE35-IN",
            SpliceKind::Command => "SCTE35-CMD",
        };
        let _ = write!(out, ",{name}=0x");
        splice.bytes.iter().for_each(|byte| {
            let _ = write!(out, "{byte:02X}");
        });
    }
    out.push('\n');
}
