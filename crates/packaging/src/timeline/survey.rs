//! What each edit shows: one pass over a track's samples.

use std::ops::Range;

use isobmff::{Sample, SampleCursor, Timescale, Track};

use super::edits::{Clock, Cut, shown_cuts};
use super::{Media, Sound, Timeline};
use crate::{Clip, Error};

/// Largest decoding and media time in source ticks: 99 years at 90 kHz. Leaves room for the factor and
/// for edits in all later arithmetic.
const MAX_TICKS: u64 = 1 << 48;

/// Most pictures that are delivered for the sake of one edit: 40 minutes between sync samples.
const MAX_HIDDEN: usize = 1 << 16;
/// Most samples times edits that are looked at: 64 edits of a 9 h film.
const MAX_LOOKS: u64 = 1 << 26;

/// What was found out about a track.
#[derive(Debug)]
pub struct Survey {
    /// Ticks per second of the packaged track.
    pub timescale: Timescale,
    pub(super) factor: i64,
    pub(super) media: Media,
    pub(super) shown: Vec<Shown>,
    /// Presentation time of the first thing shown.
    pub starts_at: i64,
    /// The most common time between two samples, in packaged ticks, and the share of samples that have
    /// it in percent.
    pub usual_duration: (u32, u32),
}

/// The samples of one edit. Times in packaged ticks, but for those of [`First`].
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) at: SampleCursor,
    pub(super) samples: Range<u32>,
    pub(super) starts_at: i64,
    /// Presentation time = composition time + this.
    pub(super) present: i64,
    /// Source ticks of the first sample.
    pub(super) first_decode: i64,
    pub(super) first_offset: i32,
    /// Pictures that end before the edit, in display order.
    pub(super) hidden: Vec<u32>,
    /// The first picture that the edit shows, and its composition time in source ticks.
    pub(super) earliest: (u32, i64),
    /// The first audio frame with what the decoder needs before the edit, and without.
    pub(super) primed: First,
    pub(super) unprimed: First,
}

impl Shown {
    /// Presentation time of the first thing shown. Negative for a picture that the edit cuts in two with
    /// no other before it: browsers drop pictures from before 0 up to the next sync sample, so this one
    /// is shown whole and everything moves back by what the edit would have hidden of it.
    fn presentation_start(&self, media: Media, factor: i64) -> i64 {
        let earliest = self.earliest.1 * factor + self.present;
        let is_cut_in_two = media == Media::Video && self.hidden.is_empty() && earliest < self.starts_at;
        if is_cut_in_two { earliest } else { earliest.max(self.starts_at) }
    }
}

/// A sample that a span may begin with. Times in source ticks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct First {
    pub(super) at: SampleCursor,
    pub(super) index: u32,
    pub(super) decode: i64,
    pub(super) offset: i32,
}

impl First {
    fn new(sample: &Sample, at: SampleCursor) -> Self {
        Self {
            at,
            index: sample.index,
            decode: signed(sample.decode_time),
            offset: sample.composition_offset,
        }
    }
}

impl Survey {
    /// Reads the edit list and all samples of a track. `file_bytes` is the length of the file. With a clip, its
    /// begin is presented at 0.
    pub fn new(
        track: &Track,
        media: Media,
        movie: (Timescale, Option<Clip>),
        file_bytes: u64,
    ) -> Result<Self, Error> {
        if track.table.is_empty() {
            return Err(Error::Empty);
        }
        if media == Media::Video && track.table.has_no_sync_sample() {
            return Err(Error::NoSyncSample);
        }
        let (timescale, factor) = Timeline::scale(track, media);
        let (watches, clock, whole) = look(track, media, movie, file_bytes)?;
        let to_packaged = |ticks: i128| {
            let packaged = clock.rescale(ticks, timescale).filter(|&time| time < 1 << 60);
            packaged.ok_or(Error::TooLarge { sample: 0, what: "an edit's time" })
        };
        let mut shown = Vec::new();
        for watch in watches {
            let starts_at = to_packaged(watch.cut.starts_at)?;
            shown.extend(watch.finish(track, starts_at, factor)?);
        }
        let first = shown.first().ok_or(Error::NothingShown)?;
        Ok(Self {
            timescale,
            factor,
            media,
            starts_at: first.presentation_start(media, factor),
            usual_duration: whole.usual_duration(factor),
            shown,
        })
    }
}

/// The one pass: every sample is shown to the watch of every edit.
fn look(
    track: &Track,
    media: Media,
    movie: (Timescale, Option<Clip>),
    file_bytes: u64,
) -> Result<(Vec<Watch>, Clock, Whole), Error> {
    let (cuts, clock) = shown_cuts(track, movie)?;
    if cuts.is_empty() || cuts.iter().any(|cut| cut.media_time > MAX_TICKS) {
        return Err(Error::NothingShown);
    }
    if cuts.len() > 1 && cuts.len() as u64 * u64::from(track.table.len()) > MAX_LOOKS {
        return Err(Error::TooLarge { sample: 0, what: "the number of samples times edits" });
    }
    let watch = |cut| Watch::new(cut, track, (movie.0, clock), media);
    let mut watches = cuts.into_iter().map(watch).collect::<Vec<_>>();
    let mut whole = Whole::default();
    let mut samples = track.table.samples();
    loop {
        let at = samples.cursor();
        let Some(sample) = samples.next() else { break };
        let sample = sample?;
        whole.see(&sample, track, file_bytes)?;
        let is_sync = sample.is_sync || matches!(media, Media::Audio(Sound { always_sync: true, .. }));
        for watch in &mut watches {
            watch.see(&sample, at, is_sync);
            if watch.hidden.len() > MAX_HIDDEN {
                return Err(Error::TooLarge { sample: sample.index, what: "the distance to a sync sample" });
            }
        }
    }
    Ok((watches, clock, whole))
}

/// Facts about all samples.
#[derive(Default)]
struct Whole {
    /// Sample descriptions that are equal to the first one's, and that one itself.
    descriptions: Vec<u32>,
    samples: u32,
    durations: [(u32, u32); 4],
}

impl Whole {
    fn see(&mut self, sample: &Sample, track: &Track, file_bytes: u64) -> Result<(), Error> {
        let end = sample.offset.saturating_add(sample.size.into());
        if end > file_bytes {
            return Err(Error::BeyondFile { sample: sample.index, end, file_bytes });
        }
        if sample.decode_time > MAX_TICKS {
            return Err(Error::TooLarge { sample: sample.index, what: "the decoding time" });
        }
        if !self.descriptions.contains(&sample.description) {
            let is_same = |&first: &u32| same_entry(track, first, sample.description);
            if !self.descriptions.first().is_none_or(is_same) {
                return Err(Error::SeveralDescriptions { sample: sample.index });
            }
            self.descriptions.push(sample.description);
        }
        self.samples += 1;
        self.count(sample.duration);
        Ok(())
    }

    /// Keeps the four most common durations, roughly: a newcomer takes the place of a rare one.
    fn count(&mut self, duration: u32) {
        if let Some(entry) = self.durations.iter_mut().find(|(value, count)| *value == duration && *count > 0)
        {
            entry.1 += 1;
        } else if let Some(entry) = self.durations.iter_mut().min_by_key(|(_, count)| *count) {
            *entry = (duration, 1);
        }
    }

    fn usual_duration(&self, factor: i64) -> (u32, u32) {
        let (duration, count) =
            self.durations.iter().copied().max_by_key(|&(_, count)| count).unwrap_or((0, 0));
        let percent = u64::from(count) * 100 / u64::from(self.samples.max(1));
        let scaled = i64::from(duration).saturating_mul(factor);
        (u32::try_from(scaled).unwrap_or(u32::MAX), u32::try_from(percent).unwrap_or(0))
    }
}

/// Whether two sample descriptions are the same bytes, as where a file was joined from equal parts.
fn same_entry(track: &Track, first: u32, second: u32) -> bool {
    let entry = |number: u32| {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        Some(track.entries.get(index)?.as_ref().ok()?.bytes())
    };
    matches!((entry(first), entry(second)), (Some(a), Some(b)) if a == b)
}

/// Looks for the samples of one edit. Times in source ticks.
struct Watch {
    cut: Cut,
    media_time: i64,
    media_end: i64,
    /// A sample that shows for less than this at the end of the edit is left out.
    sliver: i64,
    preroll_frames: usize,
    preroll_ticks: i64,
    is_video: bool,
    /// The last sync samples before the first shown one.
    recent: std::collections::VecDeque<First>,
    first_shown: Option<u32>,
    start: Option<First>,
    unprimed: Option<First>,
    last_shown: u32,
    hidden: Vec<(i64, u32)>,
    earliest: Option<(i64, u32)>,
}

impl Watch {
    fn new(cut: Cut, track: &Track, (movie, clock): (Timescale, Clock), media: Media) -> Self {
        let media_time = signed(cut.media_time);
        let length = cut.duration.and_then(|d| clock.rescale_up(d, track.timescale));
        let (preroll_frames, preroll_millis) = match media {
            Media::Video => (0, 0),
            Media::Audio(sound) => (sound.preroll_frames, sound.preroll_millis),
        };
        let ticks = i64::from(track.timescale.get());
        Self {
            cut,
            media_time,
            media_end: length.and_then(|d| media_time.checked_add(d)).unwrap_or(i64::MAX),
            sliver: (ticks / 500).min(ticks / i64::from(movie.get()) + 1),
            preroll_frames: usize::try_from(preroll_frames).unwrap_or(0),
            preroll_ticks: i64::from(preroll_millis) * ticks / 1000,
            is_video: media == Media::Video,
            recent: std::collections::VecDeque::new(),
            first_shown: None,
            start: None,
            unprimed: None,
            last_shown: 0,
            hidden: Vec::new(),
            earliest: None,
        }
    }

    fn see(&mut self, sample: &Sample, at: SampleCursor, is_sync: bool) {
        let composed = signed(sample.decode_time) + i64::from(sample.composition_offset);
        let end = composed + i64::from(sample.duration);
        if self.first_shown.is_none() && is_sync {
            self.remember(First::new(sample, at), composed);
        }
        let is_hidden = end <= self.media_time && !(sample.duration == 0 && composed == self.media_time);
        if is_hidden {
            self.hide(sample, composed);
            return;
        }
        let sliver = self.sliver.min(i64::from(sample.duration) / 2);
        if self.media_end.saturating_sub(composed) <= sliver {
            return;
        }
        if self.recent.is_empty() && self.start.is_none() {
            // Nothing decodes before the first sync sample.
            return;
        }
        if self.first_shown.is_none() {
            self.first_shown = Some(sample.index);
            self.start = self.recent.get(self.spare_preroll(composed)).copied();
            self.unprimed = Some(First::new(sample, at));
            let start = self.start.map_or(0, |start| start.index);
            self.hidden.retain(|&(_, index)| index >= start);
        }
        self.last_shown = sample.index;
        if self.earliest.is_none_or(|(time, _)| composed < time) {
            self.earliest = Some((composed, sample.index));
        }
    }

    /// Keeps as many places before the edit as the decoder's pre-roll needs, and the one to start at.
    fn remember(&mut self, first: First, composed: i64) {
        self.recent.push_back(first);
        let is_needed = |later: Option<&First>, frames: usize| {
            frames <= self.preroll_frames + 1
                || later.is_some_and(|next| {
                    next.decode + i64::from(next.offset) > self.media_time - self.preroll_ticks
                }) && self.preroll_ticks > 0
        };
        while self.recent.len() > 1 && !is_needed(self.recent.get(1), self.recent.len()) {
            self.recent.pop_front();
        }
        if self.is_video && composed <= self.media_time {
            self.hidden.retain(|&(_, index)| index >= first.index);
        }
    }

    /// A frame that the edit cuts in two primes the decoder as well: where more than one is needed before
    /// the edit, it is one of them.
    fn spare_preroll(&self, first_composed: i64) -> usize {
        let is_cut_in_two = first_composed < self.media_time;
        usize::from(is_cut_in_two && self.preroll_frames > 1 && self.recent.len() > self.preroll_frames)
    }

    fn hide(&mut self, sample: &Sample, composed: i64) {
        if self.is_video {
            self.hidden.push((composed, sample.index));
        }
    }

    fn finish(mut self, track: &Track, starts_at: i64, factor: i64) -> Result<Option<Shown>, Error> {
        let (Some(start), Some(unprimed), Some((composed, index))) =
            (self.start, self.unprimed, self.earliest)
        else {
            return if track.table.has_no_sync_sample() { Err(Error::NoSyncSample) } else { Ok(None) };
        };
        self.hidden.retain(|&(_, hidden)| hidden <= self.last_shown);
        self.hidden.sort_unstable();
        Ok(Some(Shown {
            at: start.at,
            samples: start.index..self.last_shown + 1,
            starts_at,
            present: starts_at - self.media_time * factor,
            first_decode: start.decode,
            first_offset: start.offset,
            hidden: self.hidden.into_iter().map(|(_, index)| index).collect(),
            earliest: (index, composed),
            primed: start,
            unprimed,
        }))
    }
}

/// Times beyond 2^63 ticks are refused elsewhere; until then they count as the largest.
fn signed(ticks: u64) -> i64 {
    i64::try_from(ticks).unwrap_or(i64::MAX)
}
