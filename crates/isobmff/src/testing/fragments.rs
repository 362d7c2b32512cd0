//! Fragments laid out by hand, and all that a file in memory says of its samples.

use bytes::Bytes;

use super::{boxed, written};
use crate::fragmented::{Found, FragmentWalk, Fragments, SampleDefaults};
use crate::locate::{MovieLocator, Step};
use crate::write::BoxWriter;
use crate::{Error, Movie};

/// The movie of a whole file, with the samples of its fragments.
pub fn movie_of(file: &Bytes) -> Result<Movie, Error> {
    let part = |range: std::ops::Range<u64>| {
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(file.len());
        file.slice(place(range.start)..place(range.end))
    };
    let file_bytes = file.len() as u64;
    let mut locator = MovieLocator::new(file_bytes);
    let mut wanted = locator.wanted();
    let (moov, offset) = loop {
        match locator.feed(&part(wanted))? {
            Step::Fetch(next) => wanted = next,
            Step::Found { moov, offset } => break (moov, offset),
        }
    };
    let movie = Movie::parse(&moov, offset)?;
    if !movie.is_fragmented {
        return Ok(movie);
    }
    let mut fragments = Fragments::new(movie, file_bytes);
    let mut walk = FragmentWalk::new(offset + moov.len() as u64, file_bytes, file_bytes);
    while let Some(range) = walk.wanted() {
        walk.feed(range.start, &part(range.clone()), |found| match found {
            Found::Moof(fragment) => fragments.take(&fragment),
            Found::Emsg(event) => {
                fragments.take_event(&event);
                Ok(())
            }
            Found::Sidx(_) => Ok(()),
        })?;
    }
    Ok(fragments.finish())
}

/// The same `moov` with an `mvex` behind its other boxes.
pub fn with_mvex(moov: &[u8], trex: &[(u32, SampleDefaults)]) -> Vec<u8> {
    let all = trex.iter().flat_map(|&(track, defaults)| self::trex(track, defaults)).collect::<Vec<_>>();
    boxed(*b"moov", &[moov.get(8..).unwrap_or_default(), &boxed(*b"mvex", &all)].concat())
}

/// `trex` (§8.8.3).
pub fn trex(track: u32, defaults: SampleDefaults) -> Vec<u8> {
    written(|w| {
        w.open_full(b"trex", 0, 0, |w| {
            w.u32(track);
            w.u32(defaults.description);
            w.u32(defaults.duration);
            w.u32(defaults.size);
            w.u32(defaults.flags);
        });
    })
}

/// `moof` (§8.8.4) with these `traf` boxes.
pub fn moof(sequence: u32, trafs: &[Vec<u8>]) -> Vec<u8> {
    let mfhd = written(|w| w.open_full(b"mfhd", 0, 0, |w| w.u32(sequence)));
    boxed(*b"moof", &[mfhd, trafs.concat()].concat())
}

/// `tfhd` (§8.8.7); what is not given is left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tfhd {
    /// `track_ID`.
    pub track: u32,
    /// `base_data_offset`.
    pub base: Option<u64>,
    /// `sample_description_index`.
    pub description: Option<u32>,
    /// `default_sample_duration`.
    pub duration: Option<u32>,
    /// `default_sample_size`.
    pub size: Option<u32>,
    /// `default_sample_flags`.
    pub flags: Option<u32>,
    /// `duration-is-empty`.
    pub is_empty: bool,
    /// `default-base-is-moof`.
    pub is_base_moof: bool,
}

impl Tfhd {
    /// The box.
    pub fn bytes(&self) -> Vec<u8> {
        let fields = [(0x2, self.description), (0x8, self.duration), (0x10, self.size), (0x20, self.flags)];
        let base = u32::from(self.base.is_some());
        let given =
            fields.iter().filter(|(_, field)| field.is_some()).fold(base, |all, (flag, _)| all | flag);
        let flags = given | u32::from(self.is_empty) << 16 | u32::from(self.is_base_moof) << 17;
        written(|w| {
            w.open_full(b"tfhd", 0, flags, |w| {
                w.u32(self.track);
                if let Some(base) = self.base {
                    w.u64(base);
                }
                fields.iter().filter_map(|(_, field)| *field).for_each(|field| w.u32(field));
            });
        })
    }
}

/// `tfdt` (§8.8.12).
pub fn tfdt(version: u8, time: u64) -> Vec<u8> {
    written(|w| w.open_full(b"tfdt", version, 0, |w| super::wide(w, version, time)))
}

/// `tfxd` of Smooth Streaming ([MS-SSTR] §2.2.4.4), version 1.
pub fn tfxd(time: u64, duration: u64) -> Vec<u8> {
    const TYPE: u128 = 0x6d1d_9b05_42d5_44e6_80e2_141d_aff7_57b2;
    let fields = [&TYPE.to_be_bytes()[..], &[1, 0, 0, 0], &time.to_be_bytes(), &duration.to_be_bytes()];
    boxed(*b"uuid", &fields.concat())
}

/// `trun` (§8.8.8); each row has the fields that the flags name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trun {
    /// 0 or 1.
    pub version: u8,
    /// Which fields each row has: 0x100 duration, 0x200 size, 0x400 flags, 0x800 composition offset.
    pub row_flags: u32,
    /// `data_offset`.
    pub data_offset: Option<i32>,
    /// `first_sample_flags`.
    pub first_flags: Option<u32>,
    /// One for each sample.
    pub rows: Vec<Vec<u32>>,
}

impl Trun {
    /// The box.
    pub fn bytes(&self) -> Vec<u8> {
        let first = u32::from(self.first_flags.is_some()) << 2;
        let flags = self.row_flags | u32::from(self.data_offset.is_some()) | first;
        written(|w| {
            w.open_full(b"trun", self.version, flags, |w| {
                w.u32(u32::try_from(self.rows.len()).unwrap_or(u32::MAX));
                if let Some(offset) = self.data_offset {
                    w.u32(offset.cast_unsigned());
                }
                if let Some(flags) = self.first_flags {
                    w.u32(flags);
                }
                self.rows.iter().flatten().for_each(|&field| w.u32(field));
            });
        })
    }
}

/// `sidx` (§8.16.3) whose parts of these sizes begin `first_offset` bytes behind it.
pub fn sidx(version: u8, first_offset: u64, sizes: &[u32]) -> Vec<u8> {
    written(|w| {
        w.open_full(b"sidx", version, 0, |w| {
            w.u32(1);
            w.u32(1000);
            super::wide(w, version, 0);
            super::wide(w, version, first_offset);
            w.u16(0);
            w.u16(u16::try_from(sizes.len()).unwrap_or(u16::MAX));
            for &size in sizes {
                w.u32(size);
                w.u32(1000);
                w.u32(0x9000_0000);
            }
        });
    })
}

/// `mfra` (§8.8.9) with one `tfra` that names these places, and `mfro`.
pub fn mfra(version: u8, places: &[u64]) -> Vec<u8> {
    let tfra = written(|w| {
        w.open_full(b"tfra", version, 0, |w| {
            w.u32(1);
            // Numbers of `traf`, `trun` and sample in 1, 2 and 4 bytes.
            w.u32(0b00_01_11);
            w.u32(u32::try_from(places.len()).unwrap_or(u32::MAX));
            for &place in places {
                super::wide(w, version, 0);
                super::wide(w, version, place);
                w.raw(&[1, 0, 1, 0, 0, 0, 1]);
            }
        });
    });
    let size = u32::try_from(8 + tfra.len() + 16).unwrap_or(u32::MAX);
    let mfro = written(|w: &mut BoxWriter| w.open_full(b"mfro", 0, 0, |w| w.u32(size)));
    boxed(*b"mfra", &[tfra, mfro].concat())
}
