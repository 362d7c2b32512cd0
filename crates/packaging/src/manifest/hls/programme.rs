//! Playlists of programmes: the segments of all clips, one after the other.

use std::fmt::Write;

use super::PLAYLIST_VERSION;
use super::extras::{with_extras, with_version};
use super::media::{child_of, map_form};
use super::multivariant::render;
use super::ts::{Inside, TS_VERSION, ts_child};
use crate::date::Date;
use crate::manifest::decimal::{Seconds, micros_up};
use crate::presentation::{Presentation, Rendition};
use crate::programme::Programme;
use crate::route::{
    Child, Container, InitForm, Playlist, PlaylistForm, ProgrammeList, RenditionId, TrackKind,
};
use crate::set::{CaptionForm, Cue, SpliceKind};

/// `EXT-X-GAP` needs 8 (RFC 8216bis §8).
const GAP_VERSION: u32 = 8;
/// What no segment is named by: nobody asks for it (§4.4.4.7).
const NO_SEGMENT: &str = "gap";

/// The segments of a clip in a playlist.
struct Part<'p, 'a> {
    rendition: &'p Rendition<'a>,
    map: Option<InitForm>,
    /// Path of the segment that starts at this time.
    url: Box<dyn Fn(u64) -> String + 'p>,
}

/// The multivariant playlist, which stands so many path elements below the set; `None` if nothing is offered. Of a
/// container that carries less, [`Programme::narrow_to_ts`] has left out what is not carried.
pub fn programme_multivariant(
    programme: &Programme<'_>,
    container: Container,
    below: usize,
) -> Option<String> {
    let is_offered = |offer: &Presentation<'_>| offer.has_media() || offer.is_filtered;
    let mut offer = programme.offer(below).filter(is_offered)?;
    let text = match container {
        Container::Fmp4 => render(&offer, PlaylistForm::Index, None),
        Container::Ts => {
            let inside: Vec<_> = inside(programme).iter().map(ToString::to_string).collect();
            let has_inside = |rendition: &&Rendition<'_>| inside.contains(&rendition.id);
            offer.sound_beside = offer.audio.iter().filter(has_inside).cloned().collect();
            render(&offer, PlaylistForm::Ts, Some(&Inside::settled(&offer)))
        }
        Container::Demuxed => render(&offer, PlaylistForm::Ts, None),
    };
    let text = if programme.has_gap() { with_version(&text, GAP_VERSION) } else { text };
    Some(with_extras(&text, (programme.said, &programme.place)))
}

/// The rows of sound that all pictures of all clips have inside.
fn inside(programme: &Programme<'_>) -> Vec<RenditionId> {
    let pictures: Vec<_> = programme.rows_of(TrackKind::Video).collect();
    let is_inside = |sound: &RenditionId| {
        !pictures.is_empty() && pictures.iter().all(|&row| muxed_parts(programme, [row, *sound]).is_some())
    };
    programme.rows_of(TrackKind::Audio).filter(is_inside).collect()
}

/// A playlist; `None` if there is none. The clips' segments are named as from so many path elements below the set as
/// the playlist lies.
pub fn programme(programme: &Programme<'_>, list: ProgrammeList, target_secs: Option<u64>) -> Option<String> {
    let parts = match list {
        ProgrammeList::Row(row) => row_parts(programme, row)?,
        ProgrammeList::Ts(row) => ts_parts(programme, row)?,
        ProgrammeList::Muxed(rows) => muxed_parts(programme, rows)?.into_iter().map(Some).collect(),
    };
    let version = if matches!(list, ProgrammeList::Row(_)) { PLAYLIST_VERSION } else { TS_VERSION };
    let target = programme.target_duration_secs().max(target_secs.unwrap_or(0));
    let mut out = format!(
        "#EXTM3U\n#EXT-X-VERSION:{version}\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-PLAYLIST-TYPE:VOD\n"
    );
    let said = programme.said;
    // Date ranges need a date to be placed by (§4.4.5.1).
    let date = said.date.or_else(|| (!said.cues.is_empty()).then_some(Date::EPOCH));
    if let Some(date) = date {
        said.cues.iter().for_each(|cue| write_cue(&mut out, cue, date));
    }
    for (at, (part, bounds)) in parts.iter().zip(programme.starts_micros().windows(2)).enumerate() {
        let &[start, end] = bounds else { continue };
        if at > 0 {
            out.push_str("#EXT-X-DISCONTINUITY\n");
        }
        if let Some(date) = date {
            let _ = writeln!(out, "#EXT-X-PROGRAM-DATE-TIME:{}", date.after_millis(start / 1000));
        }
        match part {
            Some(part) => part.write(&mut out, (end.saturating_sub(start), target)),
            None => write_gap(&mut out, end.saturating_sub(start), target),
        }
    }
    out.push_str("#EXT-X-ENDLIST\n");
    Some(if out.contains("#EXT-X-GAP\n") { with_version(&out, GAP_VERSION) } else { out })
}

/// What a playlist has of each clip.
type Parts<'p, 'a> = Vec<Option<Part<'p, 'a>>>;

fn row_parts<'p, 'a>(programme: &'p Programme<'a>, row: RenditionId) -> Option<Parts<'p, 'a>> {
    let row = programme.row(row)?;
    let part = |(rendition, captions): (&'p Rendition<'a>, CaptionForm)| {
        let is_imsc1 = captions != CaptionForm::WebVtt && rendition.track.name.kind == TrackKind::Text;
        let form = if is_imsc1 { PlaylistForm::Imsc1 } else { PlaylistForm::Index };
        let map = map_form(rendition.track, Playlist { form, ..Playlist::default() });
        let url = move |start| rendition.url(child_of(rendition.track, form, start));
        Part { rendition, map, url: Box::new(url) }
    };
    let captions = programme.clips.iter().map(|clip| clip.presentation.hls_captions);
    Some(
        row.into_iter()
            .zip(captions)
            .map(|(rendition, captions)| Some(part((rendition?, captions))))
            .collect(),
    )
}

/// `None`: some clip's rendition cannot be carried.
fn ts_parts<'p, 'a>(programme: &'p Programme<'a>, row: RenditionId) -> Option<Parts<'p, 'a>> {
    let part = |rendition: Option<&'p Rendition<'a>>| {
        let Some(rendition) = rendition else { return Some(None) };
        let child = ts_child(rendition.track)?;
        let url = move |start| rendition.url(child(start));
        Some(Some(Part { rendition, map: None, url: Box::new(url) }))
    };
    programme.row(row)?.into_iter().map(part).collect()
}

/// `None`: the pictures of some clip have no such sound in their own source, or cannot be carried with it.
fn muxed_parts<'p, 'a>(
    programme: &'p Programme<'a>,
    [pictures, sound]: [RenditionId; 2],
) -> Option<Vec<Part<'p, 'a>>> {
    let rows = programme.row(pictures)?.into_iter().zip(programme.row(sound)?);
    let part = |((pictures, sound), clip): ((Option<&'p Rendition<'a>>, Option<_>), _)| {
        let (rendition, presentation): (_, &'p Presentation<'a>) = (pictures?, clip);
        let sound = Inside::new(presentation).beside(rendition, sound?)?;
        let is_carried = [rendition, sound].iter().all(|it| it.track.transport_codec().is_ok());
        let url = move |start| rendition.muxed_segment_url(sound, start);
        is_carried.then(|| Part { rendition, map: None, url: Box::new(url) })
    };
    rows.zip(programme.clips.iter().map(|clip| &clip.presentation)).map(part).collect()
}

impl Part<'_, '_> {
    /// The segments of a clip that lasts so long, in microseconds. Playlists of all rows say the same for each clip,
    /// or players would let one lag behind the others: what primes sound, which is hidden, does not count, and the
    /// last segment bears what is left of a frame. Where much is left, as where sound ends early, there is a gap.
    fn write(&self, out: &mut String, (length, target): (u64, u64)) {
        const SLACK_MICROS: u64 = 100_000;
        let rendition = self.rendition;
        if let Some(form) = self.map {
            let _ = writeln!(out, "#EXT-X-MAP:URI=\"{}\"", rendition.url(Child::Init(form)));
        }
        let segments = rendition.segments();
        let mut printed = 0;
        for (at, segment) in segments.iter().enumerate() {
            // Captions in a file may go on when its pictures and sound have ended.
            let mut end = micros_up(segment.end, rendition.track.timescale).min(length);
            if at + 1 == segments.len() && length - end <= SLACK_MICROS {
                end = length;
            }
            if end == printed {
                break;
            }
            let url = (self.url)(segment.start);
            let _ = writeln!(out, "#EXTINF:{},\n{url}", Seconds(end - printed));
            printed = end;
        }
        write_gap(out, length.saturating_sub(printed), target);
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Index;
    use crate::programme::Clip;
    use crate::route::{TrackName, Version};
    use crate::selection::Selection;
    use crate::set::SetProgramme;
    use crate::synthetic::{package, pictures, video};
    use crate::{Asset, Policy, SourceObject};

    /// 8 s of pictures with captions in the same file, the last of which is shown until 21 s.
    fn film() -> Asset {
        let text = b"WEBVTT\n\n00:01.000 --> 00:02.000\na\n\n00:07.000 --> 00:21.000\nb\n";
        let object = SourceObject { bytes: 1, etag: "e".to_owned(), revision: None };
        let captions = captions::read(text, "a.vtt").unwrap();
        let mut captions =
            Index::of_captions(captions, "tx3g", object, Policy::default()).unwrap().head.asset;
        let mut asset = package(vec![video().with_samples(pictures(200, 50))]).asset;
        asset.tracks.append(&mut captions.tracks);
        asset
    }

    /// RFC 8216bis §6.2.4: renditions have the same discontinuities at the same times.
    #[test]
    fn captions_end_with_their_clip() {
        let film = film();
        let clip = || Clip {
            presentation: Presentation::of(&film, Version(0).into()).unwrap(),
            asset: "film.mp4".to_owned(),
        };
        let said = SetProgramme::default();
        let made = Programme::new(vec![clip(), clip()], &said, String::new(), Selection::default()).unwrap();
        for kind in [TrackKind::Video, TrackKind::Text] {
            let row = RenditionId { member: None, name: TrackName { kind, number: 1 } };
            let text = programme(&made, ProgrammeList::Row(row), None).unwrap();
            let of_clips = text.split("#EXT-X-DISCONTINUITY\n").map(|clip| {
                let lengths = clip.lines().filter_map(|line| line.strip_prefix("#EXTINF:"));
                lengths.map(|length| length.trim_end_matches(',').to_owned()).collect::<Vec<_>>()
            });
            let of_clips: Vec<_> = of_clips.collect();
            assert_eq!(of_clips, [["6.000000", "2.000000"], ["6.000000", "2.000000"]], "{text}");
        }
    }
}
