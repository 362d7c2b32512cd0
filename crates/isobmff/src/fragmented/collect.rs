//! From the fragments of a file to the samples of its tracks.

use crate::read::BoxRef;
use crate::{Error, FourCc, Movie, Track, TrackFault};

use super::events::{Earliest, Events};
use super::moof::{DataBase, TrackFragment};
use super::track::{Budget, Part, TrackSamples};

/// Most fragments of a file: a film of ten hours in fragments of a picture or 50 ms of sound.
const MAX_FRAGMENTS: u32 = 1 << 21;
/// Most bytes of all `moof` boxes together.
const MAX_FRAGMENT_BYTES: u64 = 256 << 20;

const TRAF: FourCc = FourCc(*b"traf");
const TRUN: FourCc = FourCc(*b"trun");

/// A movie whose fragments are being read.
#[derive(Debug)]
pub struct Fragments {
    movie: Movie,
    file_bytes: u64,
    /// One for each track of the movie.
    tracks: Vec<TrackSamples>,
    count: u32,
    bytes: u64,
    budget: Budget,
    events: Events,
}

impl Fragments {
    /// The fragments of a movie in a file of so many bytes.
    pub fn new(movie: Movie, file_bytes: u64) -> Self {
        let tracks = movie.tracks.iter().map(|_| TrackSamples::default()).collect();
        Self {
            movie,
            file_bytes,
            tracks,
            count: 0,
            bytes: 0,
            budget: Budget::default(),
            events: Events::default(),
        }
    }

    /// Takes the next `emsg` of the file, an event of the fragment that follows. What cannot be read, and more than
    /// there may be, is left out.
    pub fn take_event(&mut self, emsg: &BoxRef<'_>) {
        self.events.take(emsg);
    }

    /// Takes the next `moof` of the file.
    ///
    /// An error says that the box cannot be read, or that there are too many. What is wrong with the samples
    /// of one track spoils that track alone.
    pub fn take(&mut self, moof: &BoxRef<'_>) -> Result<(), Error> {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(moof.whole.len() as u64);
        let limit = |what, limit| Error::Limit { kind: moof.kind, offset: moof.offset, what, limit };
        if self.count > MAX_FRAGMENTS {
            return Err(limit("number of fragments", MAX_FRAGMENTS.into()));
        }
        if self.bytes > MAX_FRAGMENT_BYTES {
            return Err(limit("bytes of all fragment headers", MAX_FRAGMENT_BYTES));
        }
        if self.events.wait() {
            let earliest = self.earliest(moof);
            self.events.begin_fragment(earliest);
        }
        let mut data_end = moof.offset;
        for child in moof.children() {
            let child = child?;
            if child.kind == TRAF {
                data_end = self.take_track(&child, moof.offset, data_end)?;
            }
        }
        Ok(())
    }

    /// The movie, with all samples in its tables.
    pub fn finish(self) -> Movie {
        let mut movie = self.movie;
        for (track, samples) in movie.tracks.iter_mut().zip(self.tracks) {
            let Ok(known) = track else { continue };
            match samples.finish() {
                Ok(None) => {}
                Ok(Some(table)) => known.table = table,
                Err(error) => {
                    *track = Err(TrackFault { id: Some(known.id), handler: Some(known.handler), error });
                }
            }
        }
        movie.is_fragmented = false;
        let spare_secs = bring_near(&mut movie);
        movie.events = self.events.finish(i64::try_from(spare_secs).unwrap_or(i64::MAX));
        movie
    }

    /// The earliest composition time of all samples of a fragment; `None` if none is known.
    fn earliest(&self, moof: &BoxRef<'_>) -> Option<Earliest> {
        let mut out = None;
        for traf in moof.children().flatten().filter(|child| child.kind == TRAF) {
            let Ok(fragment) = TrackFragment::parse(&traf, &self.movie.sample_defaults) else { continue };
            let known = self.movie.tracks.iter().zip(&self.tracks);
            let mut known = known.filter_map(|(track, samples)| Some((track.as_ref().ok()?, samples)));
            let Some((track, samples)) = known.find(|(track, _)| track.id == fragment.track) else {
                continue;
            };
            let stated = fragment.decode_time.map(|time| time.ticks);
            let Some(mut clock) = stated.or_else(|| samples.end_time(track)) else { continue };
            for run in fragment.runs().flatten() {
                let (composed, end) = run.earliest(clock);
                clock = end;
                if let Some(composed) = composed {
                    out = Earliest::or(composed, (track.id, track.timescale), out);
                }
            }
        }
        out
    }

    /// Takes a `traf`; returns where the data ends, until now `data_end`.
    fn take_track(&mut self, traf: &BoxRef<'_>, moof_at: u64, data_end: u64) -> Result<u64, Error> {
        let fragment = TrackFragment::parse(traf, &self.movie.sample_defaults)?;
        let base = match fragment.base {
            DataBase::Byte(byte) => byte,
            DataBase::Moof => moof_at,
            DataBase::Previous if counts_from_moof(&fragment, moof_at, data_end)? => moof_at,
            DataBase::Previous => data_end,
        };
        let known = self.movie.tracks.iter().zip(&mut self.tracks);
        let mut known = known
            .filter_map(|(track, samples)| Some((track.as_ref().ok()?, samples)))
            .find(|(track, _)| track.id == fragment.track);
        let mut decode_time = fragment.decode_time;
        let mut at = base;
        let mut end = data_end;
        for run in fragment.runs() {
            let run = run?;
            let start = match run.data_offset {
                Some(offset) => base.checked_add_signed(offset.into()),
                None => Some(at),
            };
            let run_end = start.and_then(|start| start.checked_add(run.data_bytes()));
            let (Some(start), Some(run_end)) = (start, run_end) else {
                let reason = "its samples lie outside of any file";
                return Err(Error::Invalid { kind: TRUN, offset: run.offset, reason });
            };
            (at, end) = (run_end, run_end);
            if let Some((track, samples)) = known.as_mut().filter(|_| run.count > 0) {
                let description = fragment.defaults.description;
                let decode_time = decode_time.take();
                let file_bytes = self.file_bytes;
                let part = Part { run, start, description, decode_time, fragment: self.count, file_bytes };
                samples.take(track, &part, &mut self.budget);
            }
        }
        if let Some((track, samples)) = known.filter(|_| fragment.is_empty) {
            samples.pause(track, fragment.defaults.duration, &mut self.budget);
        }
        Ok(end)
    }
}

/// Some writers count the offsets of all tracks from the `moof` and do not say so (early Shaka Packager). Then
/// the first offset leads to the end of the data so far or beyond; where offsets count from there, as §8.8.7.1
/// has it, that would leave a hole as large as the fragment until there.
fn counts_from_moof(fragment: &TrackFragment<'_>, moof_at: u64, data_end: u64) -> Result<bool, Error> {
    let Some(run) = fragment.runs().next().transpose()? else { return Ok(false) };
    let from_moof = run.data_offset.and_then(|offset| moof_at.checked_add_signed(offset.into()));
    Ok(data_end > moof_at && from_moof.is_some_and(|start| start >= data_end))
}

/// Recordings of live programmes count from 1970 or earlier, some in units of 100 ns. Whole seconds that all tracks
/// have before their first sample are taken away from such times, which leaves all distances as they are. Returns
/// how many.
fn bring_near(movie: &mut Movie) -> u64 {
    const FAR_TICKS: u64 = 1 << 40;
    let tracks = || movie.tracks.iter().flatten().filter(|track| !track.table.is_empty());
    if tracks().all(|track| track.table.start() < FAR_TICKS) {
        return 0;
    }
    let seconds = |ticks: u64, track: &Track| ticks / u64::from(track.timescale.get());
    let common = tracks().map(|track| seconds(track.table.start(), track)).min().unwrap_or(0);
    // Edits hide what comes before their media times: nothing may come to lie there that did not.
    let edits = tracks().flat_map(|track| track.edits.iter().map(move |edit| (edit.media_time, track)));
    let hidden = edits.map(|(time, track)| seconds(time.unwrap_or(0), track) + 1).max().unwrap_or(0);
    let spare = common.saturating_sub(hidden);
    for track in movie.tracks.iter_mut().flatten().filter(|track| !track.table.is_empty()) {
        track.table.start_earlier(spare * u64::from(track.timescale.get()));
    }
    spare
}
