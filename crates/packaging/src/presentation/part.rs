//! Parts of a presentation: where a clip begins exactly, and which segments lie in a window.

use std::ops::Range;

use isobmff::Timescale;

use super::rendition::ProgrammeRow;
use super::{Presentation, Rendition, names};
use crate::date::Date;
use crate::route::{
    Child, Muxed, Playlist, PlaylistForm, ProgrammeList, Reach, RenditionId, Target, Version, Window,
};
use crate::set::ClosedCaptions;
use crate::text::MILLISECONDS;
use crate::{Clip, KeyFrame, PackagedTrack, Segment};

/// A segment that begins so much after a window does begins with it: sound is cut between its own frames, and
/// lags behind the pictures by less than this. No segment is as short.
const SLACK_MILLIS: u32 = 100;

impl Presentation<'_> {
    /// What a clip shows of the sources' timeline, whose time `start_micros` is presented at 0. It begins with
    /// the key frame of the first pictures at or before its start, so that nothing before it is needed. `None`
    /// if nothing is left.
    pub fn clip(&self, reach: Reach, start_micros: i64) -> Option<Clip> {
        let (end, scale) = self.end();
        let micros = |millis: u32| u64::from(millis) * 1000;
        let end = micros_up(end, scale)?;
        let to = reach.to_millis.map_or(end, |to| micros(to).min(end));
        let from = micros(reach.from_millis.unwrap_or(0));
        if from >= to {
            return None;
        }
        let key_frame = self.video.first().and_then(|first| key_frame_before(first, from));
        let from = key_frame.unwrap_or(from);
        // The start was rounded: what is a microsecond late cuts off nothing, what is early shows a picture
        // that belongs before.
        let late = i64::from(start_micros != 0 && from > 0);
        let on_sources = |micros: u64| i64::try_from(micros).ok()?.checked_add(start_micros);
        Some(Clip { from_micros: on_sources(from)? + late, to_micros: on_sources(to)? + late })
    }

    /// The window of whole segments of the first pictures, or else of the first sound, that lie in this part, be
    /// it partly. `None` if none does.
    pub fn window(&self, reach: Reach) -> Option<Window> {
        let first = self.renditions().next()?;
        let (segments, scale) = (first.segments(), first.track.timescale);
        let (end, end_scale) = self.end();
        let Window { from_millis, to_millis } =
            reach.within(u32::try_from(millis_up(end, end_scale)).unwrap_or(u32::MAX))?;
        let begun = segments.iter().take_while(|segment| segment.start <= ticks(from_millis, scale)).count();
        let inside = segments.get(begun.saturating_sub(1)..)?;
        let inside = inside.split_at(inside.partition_point(|s| s.start < ticks(to_millis, scale))).0;
        let (first, last) = (inside.first()?, inside.last()?);
        // The last segment's end is where the longest rendition ends, not where this one does.
        let is_end = segments.last() == Some(last);
        let to = if is_end { millis_up(end, end_scale) } else { millis_up(last.end, scale) };
        // Rounded down, or players that cut at it would drop the first picture.
        let from = u64::try_from(u128::from(first.start) * 1000 / u128::from(scale.get())).ok()?;
        Some(Window { from_millis: u32::try_from(from).ok()?, to_millis: u32::try_from(to).ok()? })
            .filter(|window| window.from_millis < window.to_millis)
    }

    /// When on the timeline of its sources the first pictures of this clip end, in microseconds.
    pub fn pictures_end(&self, clip: Clip) -> Option<i64> {
        let first = self.video.first()?;
        let end = micros_up(first.track.segmentation.end(), first.track.timescale)?;
        clip.from_micros.checked_add(i64::try_from(end).ok()?)
    }

    /// How long it is offered: ticks and their scale.
    pub fn duration(&self) -> (u64, Timescale) {
        let in_window = |window: Window| (u64::from(window.to_millis - window.from_millis), MILLISECONDS);
        self.window.map_or_else(|| self.end(), in_window)
    }

    /// The same presentation, of which the segments in this window are offered.
    #[must_use]
    pub fn within(mut self, window: Option<Window>) -> Self {
        self.all_renditions().for_each(|rendition| rendition.window = window);
        self.window = window;
        self
    }

    /// The same presentation, whose HLS media playlists say that its time 0 has this date. Names of playlists have no
    /// place for one before 1970 or after 2999.
    #[must_use]
    pub fn dated(mut self, date: Option<Date>) -> Self {
        let date = date.filter(|date| date.millis().is_some());
        self.all_renditions().for_each(|rendition| rendition.date = date);
        self
    }
}

impl PackagedTrack {
    /// Its key frames that are presented in the segments of this window; `None`: all.
    pub fn key_frames_within(&self, window: Option<Window>) -> &[KeyFrame] {
        let segments = &self.segmentation.segments;
        let Some(window) = window else { return &self.key_frames };
        let within = segments.get(window.of(segments, self.timescale)).unwrap_or_default();
        let (Some(first), Some(last)) = (within.first(), within.last()) else { return &[] };
        let place = |time: u64| self.key_frames.partition_point(|key_frame| key_frame.start < time);
        self.key_frames.get(place(first.start)..place(last.end)).unwrap_or_default()
    }
}

impl<'a> Presentation<'a> {
    /// Every rendition wherever it is listed.
    fn all_renditions(&mut self) -> impl Iterator<Item = &mut Rendition<'a>> {
        let media = self.video.iter_mut().chain(&mut self.audio).chain(&mut self.text);
        media.chain(&mut self.trick_play).chain(&mut self.sound_beside)
    }

    /// Other renditions offered in the same forms; no previews and no trick play.
    pub(crate) fn with_renditions(
        &self,
        video: Vec<Rendition<'a>>,
        mut audio: Vec<Rendition<'a>>,
        mut text: Vec<Rendition<'a>>,
        closed_captions: Vec<ClosedCaptions>,
    ) -> Self {
        names::give_audio(&mut audio);
        names::give_text(&mut text);
        Self {
            video,
            audio,
            text,
            closed_captions,
            images: None,
            trick_play: Vec::new(),
            hls_captions: self.hls_captions,
            dash_captions: self.dash_captions,
            window: None,
            is_filtered: self.is_filtered,
            has_audio_only_variant: self.has_audio_only_variant,
            sound_beside: Vec::new(),
            smooth_version: self.smooth_version,
        }
    }
}

impl Rendition<'_> {
    /// Its key frames in this presentation.
    pub fn key_frames(&self) -> &[KeyFrame] {
        self.track.key_frames_within(self.window)
    }

    /// Path of its playlist of key frames in this form, relative to the manifest.
    pub(crate) fn iframes_url(&self, form: PlaylistForm) -> String {
        self.url(Child::Playlist(Playlist { form, target_secs: None, window: self.window, date: self.date }))
    }

    /// The same, for a row of a programme, which a manifest names so many path elements below the set.
    pub(crate) fn listed_in(self, below: usize, (version, row): (Version, RenditionId)) -> Self {
        Self { programme: Some(ProgrammeRow { below, version, row }), id: row.to_string(), ..self }
    }

    /// Path of the segment of these pictures that starts at this time, with this sound of the same source in one
    /// stream, relative to the manifest.
    pub(crate) fn muxed_segment_url(&self, sound: &Self, start: u64) -> String {
        let tracks = [self.track.path(), sound.track.path()];
        format!("{}{}", self.home.path, Target::Muxed(self.home.edition, tracks, Muxed::Segment(start)))
    }

    /// The media time that is presented at 0, in ticks of the track: not 0 where a window begins later.
    pub(crate) fn time_offset(&self) -> u64 {
        self.window.map_or(0, |window| ticks(window.from_millis, self.track.timescale))
    }
}

impl ProgrammeRow {
    /// Path of a playlist of the programme, relative to the manifest.
    pub(super) fn url(&self, list: ProgrammeList) -> String {
        format!("{}{}", "../".repeat(self.below), Target::Programme(self.version, list, None))
    }
}

impl Window {
    /// Which segments lie in it: from the last that has begun when it begins, to the last that begins before it
    /// ends.
    pub(crate) fn of(self, segments: &[Segment], scale: Timescale) -> Range<usize> {
        let begun = |millis: u32| {
            let latest = ticks(millis.saturating_add(SLACK_MILLIS), scale);
            segments.partition_point(|segment| segment.start <= latest)
        };
        let first = begun(self.from_millis).saturating_sub(1);
        let end = ticks(self.to_millis.saturating_sub(SLACK_MILLIS), scale);
        let last = segments.partition_point(|segment| segment.start < end);
        first..last.max(first + 1).min(segments.len())
    }
}

/// When the last key frame is presented that is presented no later than this, in microseconds, rounded up.
fn key_frame_before(rendition: &Rendition<'_>, micros: u64) -> Option<u64> {
    let (frames, scale) = (&rendition.track.key_frames, rendition.track.timescale);
    let before = frames.partition_point(|frame| micros_up(frame.start, scale).is_some_and(|it| it <= micros));
    micros_up(frames.get(before.checked_sub(1)?)?.start, scale)
}

fn micros_up(ticks: u64, scale: Timescale) -> Option<u64> {
    u64::try_from((u128::from(ticks) * 1_000_000).div_ceil(scale.get().into())).ok()
}

fn millis_up(ticks: u64, scale: Timescale) -> u64 {
    u64::try_from((u128::from(ticks) * 1000).div_ceil(scale.get().into())).unwrap_or(u64::MAX)
}

/// Rounded down.
fn ticks(millis: u32, scale: Timescale) -> u64 {
    u64::from(millis) * u64::from(scale.get()) / 1000
}
