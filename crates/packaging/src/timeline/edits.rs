//! The edit list as cuts on the presentation timeline (ISO/IEC 14496-12 §8.6.6).

use isobmff::{Edit, Timescale, Track};

use crate::{Clip, Error};

/// Most media edits that are honoured in one track.
pub const MAX_MEDIA_EDITS: usize = 64;

/// A part of the media and where it is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// Presentation time of its start, in ticks of the clock.
    pub(super) starts_at: i128,
    /// Composition time of its start, in ticks of the source track.
    pub(super) media_time: u64,
    /// How long it lasts, in ticks of the clock; `None`: to the end of the media.
    pub(super) duration: Option<i128>,
}

/// Ticks per second that cuts are timed in: the movie's, or so many more that the ends of a clip are whole ticks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock(i128);

impl Clock {
    /// A time in ticks of a track, to the nearest.
    pub(super) fn rescale(self, ticks: i128, target: Timescale) -> Option<i64> {
        let scaled = ticks.checked_mul(i128::from(target.get()) * 2)?.checked_add(self.0)?;
        i64::try_from(scaled.div_euclid(self.0 * 2)).ok()
    }

    /// As [`Self::rescale`], but rounded up.
    pub(super) fn rescale_up(self, ticks: i128, target: Timescale) -> Option<i64> {
        let scaled = ticks.checked_mul(i128::from(target.get()))?;
        i64::try_from(-(-scaled).div_euclid(self.0)).ok()
    }
}

/// The cuts of a track, and the clock of their times. What a clip leaves of each starts as much earlier as the
/// clip begins late; nothing may be left.
pub(super) fn shown_cuts(
    track: &Track,
    (movie, clip): (Timescale, Option<Clip>),
) -> Result<(Vec<Cut>, Clock), Error> {
    let cuts = cuts(track, movie)?;
    let Some(clip) = clip else { return Ok((cuts, Clock(movie.get().into()))) };
    let clock = Clock(i128::from(movie.get()) * MICROS_PER_SECOND);
    let cuts = cuts.into_iter().filter_map(|cut| clipped(cut, track.timescale, (movie, clip)));
    Ok((cuts.collect(), clock))
}

const MICROS_PER_SECOND: i128 = 1_000_000;

/// What a clip leaves of a cut, in ticks of a millionth of the movie's.
fn clipped(cut: Cut, track: Timescale, (movie, clip): (Timescale, Clip)) -> Option<Cut> {
    let movie = i128::from(movie.get());
    let (from, to) = (i128::from(clip.from_micros) * movie, i128::from(clip.to_micros) * movie);
    let starts_at = cut.starts_at * MICROS_PER_SECOND;
    let ends_at = cut.duration.map_or(to, |duration| to.min(starts_at + duration * MICROS_PER_SECOND));
    let begins = starts_at.max(from);
    let skipped = Clock(movie * MICROS_PER_SECOND).rescale(begins - starts_at, track)?;
    (begins < ends_at).then_some(Cut {
        starts_at: begins - from,
        media_time: cut.media_time.checked_add(u64::try_from(skipped).ok()?)?,
        duration: Some(ends_at - begins),
    })
}

/// The cuts of a track; one that shows everything from 0 if there is no edit list.
fn cuts(track: &Track, movie: Timescale) -> Result<Vec<Cut>, Error> {
    let mut out: Vec<Cut> = Vec::new();
    let mut clock = 0u64;
    let mut follows = false;
    for (index, edit) in track.edits.iter().enumerate() {
        let starts_at = clock;
        clock = clock.saturating_add(edit.duration);
        let Some(media_time) = edit.media_time else {
            follows = false;
            continue;
        };
        if edit.rate != Edit::RATE_ONE {
            return Err(Error::EditRate { number: index + 1, rate: edit.rate });
        }
        let duration = Some(i128::from(edit.duration)).filter(|&duration| duration > 0);
        let cut = Cut { starts_at: starts_at.into(), media_time, duration };
        match out.last_mut() {
            Some(last) if follows && continues(last, &cut, track.timescale, movie) => {
                last.duration = cut.duration.map(|_| i128::from(clock) - last.starts_at);
            }
            _ => out.push(cut),
        }
        follows = cut.duration.is_some();
        if cut.duration.is_none() {
            break;
        }
    }
    if out.len() > MAX_MEDIA_EDITS {
        return Err(Error::TooManyEdits(out.len()));
    }
    if out.is_empty() {
        // Nothing but empty edits, which the format forbids; readers take them as a delay.
        out.push(Cut { starts_at: clock.into(), media_time: 0, duration: None });
    }
    Ok(out)
}

/// Whether the second cut goes on in the media where the first ends, but for the rounding of the first
/// one's duration to ticks of the movie. Editors leave such seams where nothing was cut out.
fn continues(first: &Cut, second: &Cut, track: Timescale, movie: Timescale) -> bool {
    let Some(duration) = first.duration else { return false };
    let (track, movie) = (i128::from(track.get()), i128::from(movie.get()));
    let end = i128::from(first.media_time) * movie + duration * track;
    let gap = i128::from(second.media_time) * movie - end;
    gap.abs() <= track + movie
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(value: u32) -> Timescale {
        Timescale::new(value).unwrap()
    }

    #[test]
    fn seams_are_closed() {
        let cut = |starts_at, media_time, duration| Cut { starts_at, media_time, duration };
        let first = cut(0, 0, Some(1001));
        // 1001 ms at 90 kHz is 90090 ticks; one movie tick is 90.
        assert!(continues(&first, &cut(1001, 90_090, None), scale(90_000), scale(1000)));
        assert!(continues(&first, &cut(1001, 90_000, None), scale(90_000), scale(1000)));
        assert!(!continues(&first, &cut(1001, 80_000, None), scale(90_000), scale(1000)));
    }
}
