//! AC-3 and E-AC-3: `dac3` and `dec3` (ETSI TS 102 366 Annex F).

use super::{
    audio::{AudioCodec, AudioFamily, faulty, known_rate},
    channels::Channels,
};
use crate::{
    Error, FourCc,
    bits::BitReader,
    sample_entry::{AudioEntry, SampleEntry},
};

const DAC3: FourCc = FourCc(*b"dac3");
const DEC3: FourCc = FourCc(*b"dec3");
/// Samples of a syncframe of six blocks (ETSI TS 102 366 §4.1).
const FRAME_SAMPLES: u32 = 1536;
/// `fscod` (ETSI TS 102 366 Table 4.1); the fourth is reserved.
pub(super) const RATES: [u32; 3] = [48_000, 44_100, 32_000];
/// The channel map of each `acmod` (ETSI TS 102 366 Tables 4.3 and E.1.4).
const ACMOD_MAPS: [u16; 8] = [0xa000, 0x4000, 0xa000, 0xe000, 0xa100, 0xe100, 0xb800, 0xf800];
/// The channel map of the low-frequency effects channel.
const LFE: u16 = 0x0001;
/// The channel map of each bit of `chan_loc`, from the lowest (ETSI TS 102 366 Table F.6.1).
const CHAN_LOC_MAPS: [u16; 9] = [0x0400, 0x0200, 0x0100, 0x0080, 0x0040, 0x0020, 0x0010, 0x0008, 0x0002];

pub(super) fn describe_ac3(entry: &SampleEntry, fields: AudioEntry) -> Result<AudioCodec, Error> {
    let dac3 = entry.require(DAC3)?;
    let record = Dac3::parse(dac3.payload).ok_or_else(|| dac3.invalid("the record is cut"))?;
    record.substream.codec(entry, AudioFamily::Ac3, fields)
}

pub(super) fn describe_eac3(entry: &SampleEntry, fields: AudioEntry) -> Result<AudioCodec, Error> {
    let payload = entry.require(DEC3)?.payload;
    let record = Dec3::parse(payload).ok_or_else(|| faulty(entry, DEC3, "the record is cut"))?;
    let mut codec = record.first.codec(entry, AudioFamily::Eac3, fields)?;
    codec.joc_complexity = record.joc_complexity;
    Ok(codec)
}

/// The record of an AC-3 stream, if it is there and whole.
pub(super) fn dac3(entry: &SampleEntry) -> Option<Dac3> {
    Dac3::parse(entry.child(DAC3)?.payload)
}

/// The record of an E-AC-3 stream, if it is there and whole.
pub(super) fn dec3(entry: &SampleEntry) -> Option<Dec3> {
    Dec3::parse(entry.child(DEC3)?.payload)
}

/// `AC3SpecificBox` (§F.4).
pub(super) struct Dac3 {
    pub substream: Substream,
    pub bit_rate_code: u8,
}

impl Dac3 {
    fn parse(payload: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(payload);
        let substream = Substream::parse(&mut bits, 0)?;
        Some(Self { substream, bit_rate_code: bits.byte(5)? })
    }
}

/// `EC3SpecificBox` (§F.6): the first independent substream with what depends on it, and the
/// complexity of joint object coding (ETSI TS 103 420 §8.3.2).
pub(super) struct Dec3 {
    pub first: Substream,
    /// `num_ind_sub`: independent substreams after the first.
    pub more_substreams: u32,
    joc_complexity: Option<u8>,
}

impl Dec3 {
    fn parse(payload: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(payload);
        bits.skip(13)?; // data_rate
        let more_substreams = bits.bits(3)?;
        let first = Substream::parse_independent(&mut bits)?;
        for _ in 0..more_substreams {
            Substream::parse_independent(&mut bits)?;
        }
        Some(Self { first, more_substreams, joc_complexity: joc_complexity(&mut bits) })
    }
}

/// What a record says about a substream, in the words of its syncframes.
pub(super) struct Substream {
    pub fscod: u8,
    pub bsid: u8,
    pub bsmod: u8,
    pub acmod: u8,
    pub lfeon: bool,
    /// `num_dep_sub`: the substreams that depend on this one.
    pub dependents: u32,
    /// `chan_loc`: their channels.
    locations: u32,
}

impl Substream {
    /// Both records have the same fields, but for some bits before `bsmod`.
    fn parse(bits: &mut BitReader<'_>, before_bsmod: usize) -> Option<Self> {
        let (fscod, bsid) = (bits.byte(2)?, bits.byte(5)?);
        bits.skip(before_bsmod)?;
        let (bsmod, acmod, lfeon) = (bits.byte(3)?, bits.byte(3)?, bits.flag()?);
        Some(Self { fscod, bsid, bsmod, acmod, lfeon, dependents: 0, locations: 0 })
    }

    fn parse_independent(bits: &mut BitReader<'_>) -> Option<Self> {
        let mut substream = Self::parse(bits, 1 + 1)?; // reserved, asvc
        bits.skip(3)?;
        substream.dependents = bits.bits(4)?;
        if substream.dependents > 0 {
            substream.locations = bits.bits(9)?;
        } else {
            // The last byte of a record may lack this reserved bit.
            let _ = bits.flag();
        }
        Some(substream)
    }

    fn codec(
        &self,
        entry: &SampleEntry,
        family: AudioFamily,
        fields: AudioEntry,
    ) -> Result<AudioCodec, Error> {
        let channels = Channels::of_eac3_map(self.channel_map());
        let rate = known_rate(entry, self.rate(), fields.sample_rate)?;
        let mut codec = AudioCodec::new(family, entry.format.to_string(), channels, rate);
        codec.samples_per_frame = Some(FRAME_SAMPLES);
        Ok(codec)
    }

    /// The bit streams 9 and 10 are AC-3 at half and quarter rate. 0 if reserved.
    fn rate(&self) -> u32 {
        let rate = RATES.get(usize::from(self.fscod)).copied().unwrap_or(0);
        rate >> if matches!(self.bsid, 9 | 10) { self.bsid - 8 } else { 0 }
    }

    /// With what depends on it.
    pub(super) fn channel_map(&self) -> u16 {
        let speakers = ACMOD_MAPS.get(usize::from(self.acmod)).copied().unwrap_or(0);
        let located = CHAN_LOC_MAPS.iter().enumerate().filter(|(bit, _)| self.locations >> bit & 1 == 1);
        located.fold(speakers | if self.lfeon { LFE } else { 0 }, |map, (_, location)| map | location)
    }
}

fn joc_complexity(bits: &mut BitReader<'_>) -> Option<u8> {
    bits.align();
    bits.skip(7)?;
    if bits.flag()? { bits.byte(8) } else { None } // flag_ec3_extension_type_a
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: shaka-packager's tests.
    #[test]
    fn channels_of_known_ac3_records() {
        let count = |payload: &[u8]| {
            Channels::of_eac3_map(Dac3::parse(payload).unwrap().substream.channel_map()).count
        };
        assert_eq!(count(&[0x10, 0x3d, 0xc0]), 6);
        assert_eq!(count(&[0x10, 0x11, 0xc0]), 2);
        assert!(Dac3::parse(&[0x10, 0x3d]).is_none());
    }

    /// Oracle: shaka-packager's tests; the last two are Dolby's own scheme and Atmos.
    #[test]
    fn channels_of_known_eac3_records() {
        let known = [
            (&[0, 0, 0, 0x0f, 0, 2, 0x10][..], 0xf801, 6, "6", None),
            (&[0, 0, 0, 4, 0], 0xa000, 2, "2", None),
            (&[0, 0, 0, 7, 7, 3], 0xe603, 9, "E603", None),
            (&[0x14, 0, 0x20, 0x0f, 0, 1, 0x10], 0xf801, 6, "6", Some(16)),
        ];
        for (payload, map, count, value, joc) in known {
            let record = Dec3::parse(payload).unwrap();
            let channels = Channels::of_eac3_map(record.first.channel_map());
            let found = (record.first.channel_map(), channels.count, record.joc_complexity);
            assert_eq!(found, (map, count, joc));
            assert_eq!(channels.dash.1, value);
        }
    }
}
