//! What differs in HLS with MPEG-TS: which tracks it carries, bit rates, playlists, and sound inside the
//! pictures' stream.

use std::fmt::Write;
use std::num::NonZeroU32;

use super::KeyFrameForm;
use super::media::write_date;
use crate::manifest::decimal::{Seconds, micros_up};
use crate::presentation::audio::{AudioGroup, default_of, is_same_group};
use crate::presentation::{Presentation, Rendition};
use crate::route::{Child, Muxed, Playlist, PlaylistForm, TrackKind};
use crate::ts::{muxed_rates, transport_rates, ts_key_frame_bytes};
use crate::{Asset, BitRates, Error, PackagedTrack};

/// Durations that are no whole seconds need 3 (RFC 8216bis §8).
pub(super) const TS_VERSION: u32 = 3;

/// Key frames alone in MPEG-TS, which holds its own parameter sets.
pub const TS_KEY_FRAMES: KeyFrameForm = KeyFrameForm {
    playlist: PlaylistForm::TsIFrames,
    has_map: false,
    child: Child::TsKeyFrame,
    bytes: ts_key_frame_bytes,
};

/// Bit rates of a track in playlists of this form.
pub(super) fn rates_in(track: &PackagedTrack, media: PlaylistForm, target: u64) -> BitRates {
    match (media, track.name.kind) {
        (PlaylistForm::Ts, TrackKind::Video | TrackKind::Audio) => transport_rates(track, target),
        _ => track.bit_rates(target),
    }
}

/// What of a presentation MPEG-TS and packed audio carry. An error with the reasons if that is nothing.
pub(super) fn carried<'a>(presentation: &Presentation<'a>) -> Result<Presentation<'a>, Error> {
    let mut carried = presentation.clone();
    for renditions in
        [&mut carried.video, &mut carried.audio, &mut carried.trick_play, &mut carried.sound_beside]
    {
        renditions.retain(|rendition| rendition.track.transport_codec().is_ok());
    }
    if carried.has_media() {
        return Ok(carried);
    }
    Err(Error::NoTransport(not_in_ts(presentation).join("; ")))
}

/// Pictures and sound that MPEG-TS and packed audio cannot carry, with the reasons, for people.
pub fn not_in_ts(presentation: &Presentation<'_>) -> Vec<String> {
    let media = presentation.video.iter().chain(&presentation.audio);
    let reasons = media.filter_map(|rendition| {
        let reason = rendition.track.transport_codec().err()?;
        Some(format!("{}: {reason}", rendition.id))
    });
    reasons.collect()
}

/// The media playlist of one track in MPEG-TS, packed audio, or WebVTT beside them; `None`: it cannot be
/// carried. `end_millis`: as for [`super::media`].
pub fn ts_media(
    asset: &Asset,
    track: &PackagedTrack,
    playlist: Playlist,
    end_millis: Option<NonZeroU32>,
) -> Option<String> {
    let child = ts_child(track)?;
    Some(list((asset, track), playlist, end_millis, &|start| child(start).to_string()))
}

/// What the segment of a track that starts at a time is in MPEG-TS or beside it; `None`: it cannot be carried.
pub(super) fn ts_child(track: &PackagedTrack) -> Option<Box<dyn Fn(u64) -> Child>> {
    if track.name.kind == TrackKind::Text {
        return Some(Box::new(Child::TsCaptions));
    }
    track.transport_codec().ok()?;
    Some(match track.packed_form() {
        Some(form) => Box::new(move |start| Child::PackedAudio(start, form)),
        None => Box::new(Child::TsSegment),
    })
}

/// The media playlist of pictures with sound in one stream; `None`: it cannot be carried.
pub fn muxed_media(
    asset: &Asset,
    pictures: &PackagedTrack,
    sound: &PackagedTrack,
    playlist: Playlist,
) -> Option<String> {
    let is_carried = pictures.transport_codec().is_ok() && sound.transport_codec().is_ok();
    is_carried.then(|| list((asset, pictures), playlist, None, &|start| Muxed::Segment(start).to_string()))
}

fn list(
    (asset, track): (&Asset, &PackagedTrack),
    playlist: Playlist,
    end_millis: Option<NonZeroU32>,
    child: &dyn Fn(u64) -> String,
) -> String {
    let own = track.target_duration_secs_until(end_millis);
    let shared = playlist.target_secs.map(|target| u64::from(target.get()));
    let target = shared.unwrap_or_else(|| asset.target_duration_secs()).max(own);
    let mut out = format!(
        "#EXTM3U\n#EXT-X-VERSION:{TS_VERSION}\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-PLAYLIST-TYPE:VOD\n"
    );
    let (mut clock, mut printed) = (0, 0);
    let all = track.segments_until(end_millis);
    let within = playlist.window.map_or(0..all.len(), |window| window.of(&all, track.timescale));
    let listed = all.get(within).unwrap_or_default();
    write_date(&mut out, playlist, listed.first().map(|first| (first.start, track.timescale)));
    for segment in listed {
        clock += segment.duration;
        let end = micros_up(clock, track.timescale);
        let _ = writeln!(out, "#EXTINF:{},\n{}", Seconds(end - printed), child(segment.start));
        printed = end;
    }
    out.push_str("#EXT-X-ENDLIST\n");
    out
}

/// Which sound goes into one stream with pictures: of each group the default, if all pictures have it, or the
/// same, in their own source. Others have playlists of their own.
pub(super) struct Inside<'r, 'a> {
    presentation: &'r Presentation<'a>,
    /// Whether `sound_beside` already is what all pictures have inside, as in a programme.
    is_settled: bool,
}

/// A variant with sound inside.
pub(super) struct MuxedVariant {
    pub(super) url: String,
    pub(super) rates: BitRates,
    /// Peak and average of what a viewer may choose beside it.
    pub(super) beside: (u64, u64),
    /// Whether there is such a choice.
    pub(super) names_group: bool,
}

impl<'r, 'a> Inside<'r, 'a> {
    pub(super) fn new(presentation: &'r Presentation<'a>) -> Self {
        Self { presentation, is_settled: false }
    }

    /// The same where `sound_beside` is what all pictures have inside.
    pub(super) fn settled(presentation: &'r Presentation<'a>) -> Self {
        Self { presentation, is_settled: true }
    }

    /// Which member of a group is inside.
    pub(super) fn place(&self, group: &AudioGroup<'_, '_>) -> Option<usize> {
        let place = default_of(&group.members);
        let default = group.members.get(place)?;
        let pictures = &self.presentation.video;
        let is_everywhere = pictures.iter().all(|picture| self.beside(picture, default).is_some());
        (is_everywhere && !pictures.is_empty()).then_some(place)
    }

    /// Whether a group has nothing that is not inside.
    pub(super) fn has_all(&self, group: &AudioGroup<'_, '_>) -> bool {
        group.members.len() == 1 && self.place(group).is_some()
    }

    /// The variant of these pictures with the sound of this group inside.
    pub(super) fn variant(
        &self,
        picture: &Rendition<'_>,
        group: &AudioGroup<'_, '_>,
        target: u64,
    ) -> Option<MuxedVariant> {
        let place = self.place(group)?;
        let sound = self.beside(picture, group.members.get(place)?)?;
        let others = group.members.iter().enumerate().filter(|(at, _)| *at != place);
        let rates = others.map(|(_, other)| transport_rates(other.track, target));
        Some(MuxedVariant {
            url: picture.muxed_url(sound, target),
            rates: muxed_rates(picture.track, sound.track, target),
            beside: rates.fold((0, 0), |(peak, average), it| (it.peak.max(peak), it.average.max(average))),
            names_group: group.members.len() > 1,
        })
    }

    /// The sound in the source of these pictures that is this choice.
    pub(super) fn beside(&self, picture: &Rendition<'_>, sound: &Rendition<'_>) -> Option<&'r Rendition<'a>> {
        if self.is_settled {
            return self.presentation.sound_beside.iter().find(|other| other.id == sound.id);
        }
        let is_it = |other: &&Rendition<'a>| {
            let is_same = other.track.name == sound.track.name && other.member == sound.member;
            let is_like = other.is_same_choice(sound) && is_same_group(other, sound);
            other.member == picture.member && (is_same || is_like) && ends_with(other.track, picture.track)
        };
        self.presentation.sound_beside.iter().find(is_it)
    }
}

/// Whether sound ends with the pictures, or so soon after them that their last segment may hold it.
fn ends_with(sound: &PackagedTrack, pictures: &PackagedTrack) -> bool {
    let end = |track: &PackagedTrack, other: &PackagedTrack| {
        u128::from(track.segmentation.end()) * u128::from(other.timescale.get())
    };
    let second = u128::from(sound.timescale.get()) * u128::from(pictures.timescale.get());
    let rest = second * u128::from(pictures.target_duration_secs());
    end(sound, pictures) <= end(pictures, sound).saturating_add(rest)
}
