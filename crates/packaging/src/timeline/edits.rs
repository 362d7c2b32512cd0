//! The edit list as cuts on the presentation timeline (ISO/IEC 14496-12 §8.6.6).

use isobmff::{Edit, Timescale, Track};

use crate::Error;

/// Most media edits that are honoured in one track.
pub const MAX_MEDIA_EDITS: usize = 64;

/// A part of the media and where it is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// Presentation time of its start, in ticks of the movie.
    pub(super) starts_at: u64,
    /// Composition time of its start, in ticks of the source track.
    pub(super) media_time: u64,
    /// How long it lasts, in ticks of the movie; `None`: to the end of the media.
    pub(super) duration: Option<u64>,
}

/// The cuts of a track; one that shows everything from 0 if there is no edit list.
pub(super) fn cuts(track: &Track, movie: Timescale) -> Result<Vec<Cut>, Error> {
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
        let cut = Cut { starts_at, media_time, duration: Some(edit.duration).filter(|&d| d > 0) };
        match out.last_mut() {
            Some(last) if follows && continues(last, &cut, track.timescale, movie) => {
                last.duration = cut.duration.map(|_| clock - last.starts_at);
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
        out.push(Cut { starts_at: clock, media_time: 0, duration: None });
    }
    Ok(out)
}

/// Whether the second cut goes on in the media where the first ends, but for the rounding of the first
/// one's duration to ticks of the movie. Editors leave such seams where nothing was cut out.
fn continues(first: &Cut, second: &Cut, track: Timescale, movie: Timescale) -> bool {
    let Some(duration) = first.duration else { return false };
    let (track, movie) = (i128::from(track.get()), i128::from(movie.get()));
    let end = i128::from(first.media_time) * movie + i128::from(duration) * track;
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
