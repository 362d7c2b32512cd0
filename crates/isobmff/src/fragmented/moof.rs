//! What one `traf` says: its `tfhd`, `tfdt` and `trun` (ISO/IEC 14496-12 §8.8.7, §8.8.8, §8.8.12), and the `tfxd`
//! that Smooth Streaming has in place of `tfdt` ([MS-SSTR] §2.2.4.4).

use crate::read::{BoxRef, Reader};
use crate::{Error, FourCc};

const TFHD: FourCc = FourCc(*b"tfhd");
const TFDT: FourCc = FourCc(*b"tfdt");
const TRUN: FourCc = FourCc(*b"trun");
const UUID: FourCc = FourCc(*b"uuid");
/// The extended type of `tfxd`.
const TFXD: [u8; 16] =
    [0x6d, 0x1d, 0x9b, 0x05, 0x42, 0xd5, 0x44, 0xe6, 0x80, 0xe2, 0x14, 0x1d, 0xaf, 0xf7, 0x57, 0xb2];
const TREX: FourCc = FourCc(*b"trex");

/// What holds of a sample unless its fragment says otherwise (`trex`, §8.8.3; `tfhd` may override it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleDefaults {
    /// Number of the sample entry, from 1.
    pub description: u32,
    /// Ticks.
    pub duration: u32,
    /// Bytes.
    pub size: u32,
    /// Sample flags (§8.8.3.1).
    pub flags: u32,
}

impl Default for SampleDefaults {
    fn default() -> Self {
        Self { description: 1, duration: 0, size: 0, flags: 0 }
    }
}

impl SampleDefaults {
    /// Track number and defaults of each `trex` in `mvex`; at most `most`.
    pub(crate) fn parse_all(mvex: &BoxRef<'_>, most: usize) -> Result<Vec<(u32, Self)>, Error> {
        let mut out = Vec::new();
        for child in mvex.children() {
            let child = child?;
            if child.kind == TREX && out.len() < most {
                let mut fields = child.reader();
                fields.full_box()?;
                let track = fields.u32()?;
                out.push((track, Self::parse(&mut fields)?));
            }
        }
        Ok(out)
    }

    fn parse(fields: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self {
            description: fields.u32()?,
            duration: fields.u32()?,
            size: fields.u32()?,
            flags: fields.u32()?,
        })
    }
}

/// What data offsets count from (§8.8.7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DataBase {
    /// This byte of the file.
    Byte(u64),
    /// The start of the `moof`.
    Moof,
    /// The end of the data of the `traf` before; for the first one the start of the `moof`.
    Previous,
}

/// The decoding time of a fragment's first sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DecodeTime {
    /// In ticks of the track. The format knows none before 0; writers state such times modulo 2^64.
    pub(super) ticks: i64,
    /// The box that says so, and where it is.
    pub(super) stated_in: (FourCc, u64),
}

/// One `traf`.
#[derive(Debug)]
pub(super) struct TrackFragment<'a> {
    pub(super) track: u32,
    pub(super) base: DataBase,
    pub(super) defaults: SampleDefaults,
    /// Whether it stands for a time without samples, as long as the default duration.
    pub(super) is_empty: bool,
    /// Decoding time of its first sample, if it is stated.
    pub(super) decode_time: Option<DecodeTime>,
    traf: BoxRef<'a>,
}

impl<'a> TrackFragment<'a> {
    /// Reads the header; `trex` has the defaults of each track.
    pub(super) fn parse(traf: &BoxRef<'a>, trex: &[(u32, SampleDefaults)]) -> Result<Self, Error> {
        let tfhd = traf.require(TFHD)?;
        let mut fields = tfhd.reader();
        let (_, flags) = fields.full_box()?;
        let track = fields.u32()?;
        let mut defaults =
            trex.iter().find(|(id, _)| *id == track).map(|(_, defaults)| *defaults).unwrap_or_default();
        let base = match flags & 1 {
            1 => DataBase::Byte(fields.u64()?),
            _ if flags & 0x2_0000 != 0 => DataBase::Moof,
            _ => DataBase::Previous,
        };
        let mut overrides = [
            (0x2, &mut defaults.description),
            (0x8, &mut defaults.duration),
            (0x10, &mut defaults.size),
            (0x20, &mut defaults.flags),
        ];
        for (flag, field) in &mut overrides {
            if flags & *flag != 0 {
                **field = fields.u32()?;
            }
        }
        let decode_time = match traf.find(TFDT)? {
            Some(tfdt) => Some(DecodeTime::parse(&tfdt, 0)?),
            None => parse_tfxd(traf)?,
        };
        Ok(Self { track, base, defaults, is_empty: flags & 0x1_0000 != 0, decode_time, traf: *traf })
    }

    /// Its `trun` boxes.
    pub(super) fn runs(&self) -> impl Iterator<Item = Result<Run<'a>, Error>> {
        let defaults = self.defaults;
        let children = self.traf.children().filter(|child| child.as_ref().map_or(true, |c| c.kind == TRUN));
        children.map(move |child| Run::parse(&child?, defaults))
    }
}

fn parse_tfxd(traf: &BoxRef<'_>) -> Result<Option<DecodeTime>, Error> {
    for child in traf.children() {
        let child = child?;
        if child.kind == UUID && child.payload.starts_with(&TFXD) {
            return DecodeTime::parse(&child, TFXD.len()).map(Some);
        }
    }
    Ok(None)
}

impl DecodeTime {
    /// The time behind version and flags, which lie `skipped` bytes behind the header.
    fn parse(found: &BoxRef<'_>, skipped: usize) -> Result<Self, Error> {
        let mut fields = found.reader();
        fields.skip(skipped)?;
        let (version, _) = fields.full_box()?;
        let ticks = if version == 1 { fields.i64()? } else { fields.u32()?.into() };
        Ok(Self { ticks, stated_in: (found.kind, found.offset) })
    }
}

/// One `trun`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run<'a> {
    /// Where the box is.
    pub(super) offset: u64,
    /// From the base to the first byte; nothing: behind the run before.
    pub(super) data_offset: Option<i32>,
    /// How many samples.
    pub(super) count: u32,
    flags: u32,
    first_flags: Option<u32>,
    defaults: SampleDefaults,
    table: &'a [u8],
}

/// One sample of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RunSample {
    pub(super) duration: u32,
    pub(super) size: u32,
    pub(super) composition_offset: i32,
    pub(super) is_sync: bool,
}

const DATA_OFFSET: u32 = 0x1;
const FIRST_FLAGS: u32 = 0x4;
const DURATION: u32 = 0x100;
const SIZE: u32 = 0x200;
const FLAGS: u32 = 0x400;
const COMPOSITION: u32 = 0x800;

impl<'a> Run<'a> {
    fn parse(trun: &BoxRef<'a>, defaults: SampleDefaults) -> Result<Self, Error> {
        let mut fields = trun.reader();
        let (_, flags) = fields.full_box()?;
        let count = fields.u32()?;
        let data_offset = (flags & DATA_OFFSET != 0).then(|| fields.i32()).transpose()?;
        let first_flags = (flags & FIRST_FLAGS != 0).then(|| fields.u32()).transpose()?;
        let bytes = usize::try_from(count).ok().and_then(|count| count.checked_mul(entry_bytes(flags)));
        let table = fields.take(bytes.unwrap_or(usize::MAX))?;
        Ok(Self { offset: trun.offset, data_offset, count, flags, first_flags, defaults, table })
    }

    /// Whether each sample has bytes of its own in the box. If not, nothing but the count says how many
    /// there are.
    pub(super) fn is_listed(&self) -> bool {
        entry_bytes(self.flags) > 0
    }

    /// Bytes of all samples together.
    pub(super) fn data_bytes(&self) -> u64 {
        if self.flags & SIZE == 0 {
            return u64::from(self.count) * u64::from(self.defaults.size);
        }
        self.samples().map(|sample| u64::from(sample.size)).sum()
    }

    /// The earliest composition time if the first sample is decoded at `decode_time`, and where that of the next
    /// run is.
    pub(super) fn earliest(&self, decode_time: i64) -> (Option<i64>, i64) {
        if !self.is_listed() {
            let ticks = i64::from(self.count).saturating_mul(self.defaults.duration.into());
            return ((self.count > 0).then_some(decode_time), decode_time.saturating_add(ticks));
        }
        let mut clock = decode_time;
        let composed = self.samples().map(|sample| {
            let composed = clock.saturating_add(sample.composition_offset.into());
            clock = clock.saturating_add(sample.duration.into());
            composed
        });
        let earliest = composed.min();
        (earliest, clock)
    }

    /// Its samples in order.
    pub(super) fn samples(&self) -> impl Iterator<Item = RunSample> + use<'a> {
        let run = *self;
        let mut fields = Reader::new(TRUN, self.offset, self.table);
        let mut first_flags = self.first_flags;
        (0..self.count).map_while(move |_| {
            let mut field =
                |flag: u32, or: u32| if run.flags & flag == 0 { Some(or) } else { fields.u32().ok() };
            let duration = field(DURATION, run.defaults.duration)?;
            let size = field(SIZE, run.defaults.size)?;
            let flags = field(FLAGS, run.defaults.flags)?;
            // Unsigned in version 0. Read as signed all the same, like `ctts`: writers put negative offsets
            // into both versions, and none reaches 2^31.
            let composition_offset = field(COMPOSITION, 0)?.cast_signed();
            let flags = first_flags.take().unwrap_or(flags);
            Some(RunSample { duration, size, composition_offset, is_sync: is_sync(flags) })
        })
    }
}

fn entry_bytes(flags: u32) -> usize {
    [DURATION, SIZE, FLAGS, COMPOSITION].iter().filter(|&&flag| flags & flag != 0).count() * 4
}

/// `sample_is_non_sync_sample` (§8.8.3.1). Some writers leave it clear and only say that the sample depends
/// on others (`sample_depends_on` 1); ffmpeg and Chromium heed that too.
fn is_sync(flags: u32) -> bool {
    const NON_SYNC: u32 = 0x1_0000;
    let depends_on_others = flags >> 24 & 3 == 1;
    flags & NON_SYNC == 0 && !depends_on_others
}
