//! Progressive files: `ftyp` and `moov` in front of the media (ISO/IEC 14496-12 §8.6 and §8.7).

use crate::init::InitTrack;
use crate::trak::{EditBox, TrackBox, write_mvhd, write_trak};
use crate::write::BoxWriter;
use crate::{FourCc, FragmentSample, Timescale};

/// The tables of one track, filled sample by sample.
#[derive(Debug, Default)]
pub struct ProgressiveTables {
    /// (samples, ticks) of equal durations: `stts`.
    durations: Vec<(u32, u32)>,
    /// (samples, ticks) of equal composition offsets: `ctts`.
    offsets: Vec<(u32, u32)>,
    /// Numbers of sync samples, from 1: `stss`.
    sync: Vec<u32>,
    sizes: Vec<u32>,
    /// Samples of each chunk, and where its bytes begin behind the header.
    chunks: Vec<(u32, u64)>,
    ticks: u64,
}

/// One track of a progressive file.
#[derive(Debug)]
pub struct ProgressiveTrack<'a> {
    /// What it is; defaults and brands are those of fragments and not looked at.
    pub init: InitTrack<'a>,
    /// Decoding time of its first sample, in ticks.
    pub first_decode_time: u64,
    /// End of what is presented, in ticks from the presentation's start.
    pub end: u64,
    /// Its samples.
    pub tables: ProgressiveTables,
}

impl ProgressiveTables {
    /// Begins a chunk whose bytes lie here, counted from the first byte of the media.
    pub fn begin_chunk(&mut self, offset: u64) {
        self.chunks.push((0, offset));
    }

    /// The next sample of the chunk that was begun.
    pub fn push(&mut self, sample: FragmentSample) {
        count(&mut self.durations, sample.duration);
        count(&mut self.offsets, sample.composition_offset);
        self.sizes.push(sample.size);
        if sample.is_sync {
            self.sync.push(u32::try_from(self.sizes.len()).unwrap_or(u32::MAX));
        }
        if let Some((samples, _)) = self.chunks.last_mut() {
            *samples += 1;
        }
        self.ticks += u64::from(sample.duration);
    }

    /// How many samples there are.
    pub fn samples(&self) -> usize {
        self.sizes.len()
    }

    /// `media_at`: where the media begins in the file.
    fn write(&self, w: &mut BoxWriter, media_at: u64, is_long: bool) {
        write_runs(w, *b"stts", &self.durations);
        if self.offsets.iter().any(|&(_, offset)| offset != 0) {
            write_runs(w, *b"ctts", &self.offsets);
        }
        // Without `stss` every sample is a sync sample (§8.6.2).
        if self.sync.len() < self.sizes.len() {
            w.open_full(b"stss", 0, 0, |w| write_list(w, &self.sync));
        }
        self.write_chunk_runs(w);
        w.open_full(b"stsz", 0, 0, |w| {
            w.u32(0);
            write_list(w, &self.sizes);
        });
        w.open_full(if is_long { b"co64" } else { b"stco" }, 0, 0, |w| {
            w.u32(u32::try_from(self.chunks.len()).unwrap_or(u32::MAX));
            for &(_, offset) in &self.chunks {
                let at = media_at.saturating_add(offset);
                if is_long { w.u64(at) } else { w.u32(u32::try_from(at).unwrap_or(u32::MAX)) }
            }
        });
    }

    /// `stsc` (§8.7.4): a row where the number of samples of a chunk changes.
    fn write_chunk_runs(&self, w: &mut BoxWriter) {
        let mut rows: Vec<(u32, u32)> = Vec::new();
        for (number, &(samples, _)) in (1u32..).zip(&self.chunks) {
            if rows.last().is_none_or(|&(_, before)| before != samples) {
                rows.push((number, samples));
            }
        }
        w.open_full(b"stsc", 0, 0, |w| {
            w.u32(u32::try_from(rows.len()).unwrap_or(u32::MAX));
            for (number, samples) in rows {
                w.u32(number);
                w.u32(samples);
                w.u32(1);
            }
        });
    }
}

/// Everything of a progressive file that stands before its media, which has so many bytes. Edits are in ticks of
/// `movie_scale`.
pub fn write_progressive(
    tracks: &[ProgressiveTrack<'_>],
    movie_scale: Timescale,
    media_bytes: u64,
) -> Vec<u8> {
    // The length of the header does not depend on where the media begins, once the width of chunk offsets is
    // settled; a header has less than 2 GiB, as the tables are in memory.
    let is_long = media_bytes > u64::from(u32::MAX >> 1);
    let probe = header(tracks, movie_scale, (media_bytes, 0), is_long);
    header(tracks, movie_scale, (media_bytes, probe.len() as u64), is_long)
}

fn header(
    tracks: &[ProgressiveTrack<'_>],
    movie_scale: Timescale,
    (media_bytes, media_at): (u64, u64),
    is_long: bool,
) -> Vec<u8> {
    let mut w = BoxWriter::default();
    w.open(b"ftyp", |w| {
        w.fourcc(FourCc(*b"isom"));
        w.u32(0x200);
        for brand in [*b"isom", *b"iso6", *b"mp41"] {
            w.fourcc(FourCc(brand));
        }
    });
    let in_movie =
        |track: &ProgressiveTrack<'_>, ticks: u64| rescale_up(ticks, track.init.timescale, movie_scale);
    let longest = tracks.iter().map(|track| in_movie(track, track.end)).max().unwrap_or(0);
    w.open(b"moov", |w| {
        let next = u32::try_from(tracks.len()).unwrap_or(u32::MAX).saturating_add(1);
        write_mvhd(w, movie_scale, longest, next);
        for (id, track) in (1u32..).zip(tracks) {
            let edits = edits(track, |ticks| in_movie(track, ticks));
            let said = TrackBox {
                id,
                kind: track.init.kind,
                timescale: track.init.timescale,
                durations: (in_movie(track, track.end), track.tables.ticks),
                edits: &edits,
                entry: track.init.entry,
                language: track.init.language,
                language_tag: track.init.language_tag,
            };
            write_trak(w, &said, |w| track.tables.write(w, media_at, is_long));
        }
    });
    // A box of 4 GiB or more says its size in 64 bits (§4.2).
    match u32::try_from(media_bytes + 8) {
        Ok(size) if !is_long => {
            w.u32(size);
            w.raw(b"mdat");
        }
        _ => {
            w.u32(1);
            w.raw(b"mdat");
            w.u64(media_bytes + 16);
        }
    }
    w.into_bytes()
}

/// The edit that presents the first composition time where it belongs: decoding times of the file start at 0,
/// those of the track may not.
fn edits(track: &ProgressiveTrack<'_>, in_movie: impl Fn(u64) -> u64) -> Vec<EditBox> {
    let media_time = u64::from(track.init.media_time);
    let late = track.first_decode_time.saturating_sub(media_time);
    let hidden = media_time.saturating_sub(track.first_decode_time);
    let shown = EditBox { duration: in_movie(track.end.saturating_sub(late)), media_time: Some(hidden) };
    if late > 0 { vec![EditBox { duration: in_movie(late), media_time: None }, shown] } else { vec![shown] }
}

/// Ticks of another scale, rounded up: an edit that ends early would hide a sample.
fn rescale_up(ticks: u64, from: Timescale, to: Timescale) -> u64 {
    let scaled = (u128::from(ticks) * u128::from(to.get())).div_ceil(u128::from(from.get()));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn count(runs: &mut Vec<(u32, u32)>, value: u32) {
    match runs.last_mut() {
        Some((samples, known)) if *known == value => *samples += 1,
        _ => runs.push((1, value)),
    }
}

fn write_runs(w: &mut BoxWriter, kind: [u8; 4], runs: &[(u32, u32)]) {
    w.open_full(&kind, 0, 0, |w| {
        w.u32(u32::try_from(runs.len()).unwrap_or(u32::MAX));
        for &(samples, value) in runs {
            w.u32(samples);
            w.u32(value);
        }
    });
}

fn write_list(w: &mut BoxWriter, values: &[u32]) {
    w.u32(u32::try_from(values.len()).unwrap_or(u32::MAX));
    for &value in values {
        w.u32(value);
    }
}
