//! Media playlists.

use std::fmt::Write;
use std::num::NonZeroU32;

use isobmff::Timescale;

use super::PLAYLIST_VERSION;
use crate::manifest::decimal::{Seconds, micros_up};
use crate::route::{Child, InitForm, Playlist, PlaylistForm};
use crate::set::CaptionForm;
use crate::{Asset, PackagedTrack, TrackCodec};

/// The media playlist of one track of an asset.
///
/// `end_millis`: where the presentation ends that a file of captions belongs to.
pub fn media(
    asset: &Asset,
    track: &PackagedTrack,
    playlist: Playlist,
    end_millis: Option<NonZeroU32>,
) -> String {
    let own = track.target_duration_secs_until(end_millis);
    // All playlists of a presentation share the longest (§4.4.3.1); less than the own would be wrong. A set may
    // leave out the track that has the longest of its source.
    let shared = playlist.target_secs.map(|target| u64::from(target.get()));
    let target = shared.unwrap_or_else(|| asset.target_duration_secs()).max(own);
    let mut out = format!(
        "#EXTM3U\n#EXT-X-VERSION:{PLAYLIST_VERSION}\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-PLAYLIST-TYPE:VOD\n"
    );
    if let Some(form) = map_form(track, playlist) {
        let _ = writeln!(out, "#EXT-X-MAP:URI=\"{}\"", Child::Init(form));
    }
    let scale = track.timescale;
    let (mut clock, mut printed) = (0, 0);
    let segments = track.segments_until(end_millis);
    let within = playlist.window.map_or(0..segments.len(), |window| window.of(&segments, scale));
    let listed = segments.get(within).unwrap_or_default();
    write_date(&mut out, playlist, listed.first().map(|first| (first.start, scale)));
    for segment in listed {
        clock += segment.duration;
        let end = micros_up(clock, scale);
        let child = child_of(track, playlist.form, segment.start);
        let _ = writeln!(out, "#EXTINF:{},\n{child}", Seconds(end - printed));
        printed = end;
    }
    out.push_str("#EXT-X-ENDLIST\n");
    out
}

/// The date of what is listed first, which starts at this time: it counts for all that follows (§4.4.4.6).
pub(super) fn write_date(out: &mut String, playlist: Playlist, first: Option<(u64, Timescale)>) {
    if let Some((date, (start, scale))) = playlist.date.zip(first) {
        let millis = u128::from(start) * 1000 / u128::from(scale.get());
        let date = date.after_millis(u64::try_from(millis).unwrap_or(u64::MAX));
        let _ = writeln!(out, "#EXT-X-PROGRAM-DATE-TIME:{date}");
    }
}

/// The segment that starts at this time.
pub(super) fn child_of(track: &PackagedTrack, form: PlaylistForm, start: u64) -> Child {
    match (&track.codec, form == PlaylistForm::Imsc1) {
        (TrackCodec::Text(_), true) => Child::Captions(start, CaptionForm::Stpp),
        (TrackCodec::Text(_), false) => Child::Captions(start, CaptionForm::WebVtt),
        (TrackCodec::Video(..) | TrackCodec::Audio(_), _) => Child::Segment(start),
    }
}

/// The init segment that goes with the playlist; WebVTT segments have none.
pub(super) fn map_form(track: &PackagedTrack, playlist: Playlist) -> Option<InitForm> {
    let is_text = matches!(track.codec, TrackCodec::Text(_));
    (!is_text || playlist.form == PlaylistForm::Imsc1).then(|| track.hls_form())
}
