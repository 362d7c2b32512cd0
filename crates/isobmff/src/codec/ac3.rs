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

/// Samples of a syncframe of six blocks (ETSI TS 102 366 §4.1).
const FRAME_SAMPLES: u32 = 1536;
/// `fscod` (ETSI TS 102 366 Table 4.1); the fourth is reserved.
const RATES: [u32; 3] = [48_000, 44_100, 32_000];
/// The channel map of each `acmod` (ETSI TS 102 366 Tables 4.3 and E.1.4).
const ACMOD_MAPS: [u16; 8] = [0xa000, 0x4000, 0xa000, 0xe000, 0xa100, 0xe100, 0xb800, 0xf800];
/// The channel map of the low-frequency effects channel.
const LFE: u16 = 0x0001;
/// The channel map of each bit of `chan_loc`, from the lowest (ETSI TS 102 366 Table F.6.1).
const CHAN_LOC_MAPS: [u16; 9] = [0x0400, 0x0200, 0x0100, 0x0080, 0x0040, 0x0020, 0x0010, 0x0008, 0x0002];

pub(super) fn describe_ac3(entry: &SampleEntry, fields: AudioEntry) -> Result<AudioCodec, Error> {
    let dac3 = entry.require(FourCc(*b"dac3"))?;
    let stream = Stream::parse_dac3(dac3.payload).ok_or_else(|| dac3.invalid("the record is cut"))?;
    stream.codec(entry, AudioFamily::Ac3, fields)
}

pub(super) fn describe_eac3(entry: &SampleEntry, fields: AudioEntry) -> Result<AudioCodec, Error> {
    let kind = FourCc(*b"dec3");
    let payload = entry.require(kind)?.payload;
    let (stream, joc_complexity) =
        parse_dec3(payload).ok_or_else(|| faulty(entry, kind, "the record is cut"))?;
    let mut codec = stream.codec(entry, AudioFamily::Eac3, fields)?;
    codec.joc_complexity = joc_complexity;
    Ok(codec)
}

/// What a record says about a stream.
struct Stream {
    rate: u32,
    channel_map: u16,
}

impl Stream {
    /// `AC3SpecificBox` (§F.4).
    fn parse_dac3(payload: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(payload);
        let rate = sampling_rate(&mut bits)?;
        bits.skip(3)?; // bsmod
        let channel_map = channel_map(&mut bits)?;
        bits.skip(5)?; // bit_rate_code
        Some(Self { rate, channel_map })
    }

    fn codec(
        self,
        entry: &SampleEntry,
        family: AudioFamily,
        fields: AudioEntry,
    ) -> Result<AudioCodec, Error> {
        let channels = Channels::of_eac3_map(self.channel_map);
        let rate = known_rate(entry, self.rate, fields.sample_rate)?;
        let mut codec = AudioCodec::new(family, entry.format.to_string(), channels, rate);
        codec.samples_per_frame = Some(FRAME_SAMPLES);
        Ok(codec)
    }
}

/// `EC3SpecificBox` (§F.6): the first independent substream with what depends on it, and the
/// complexity of joint object coding (ETSI TS 103 420 §8.3.2).
fn parse_dec3(payload: &[u8]) -> Option<(Stream, Option<u8>)> {
    let mut bits = BitReader::new(payload);
    bits.skip(13)?; // data_rate
    let more_substreams = bits.bits(3)?; // num_ind_sub
    let first = independent_substream(&mut bits)?;
    for _ in 0..more_substreams {
        independent_substream(&mut bits)?;
    }
    Some((first, joc_complexity(&mut bits)))
}

fn independent_substream(bits: &mut BitReader<'_>) -> Option<Stream> {
    let rate = sampling_rate(bits)?;
    bits.skip(1 + 1 + 3)?; // reserved, asvc, bsmod
    let mut channel_map = channel_map(bits)?;
    bits.skip(3)?;
    let dependents = bits.bits(4)?; // num_dep_sub
    if dependents > 0 {
        let locations = bits.bits(9)?; // chan_loc
        for (bit, map) in CHAN_LOC_MAPS.iter().enumerate() {
            channel_map |= if locations >> bit & 1 == 1 { *map } else { 0 };
        }
    } else {
        // The last byte of a record may lack this reserved bit.
        let _ = bits.flag();
    }
    Some(Stream { rate, channel_map })
}

fn joc_complexity(bits: &mut BitReader<'_>) -> Option<u8> {
    bits.align();
    bits.skip(7)?;
    if bits.flag()? { bits.byte(8) } else { None } // flag_ec3_extension_type_a
}

/// `fscod` and `bsid`: the bit streams 9 and 10 are AC-3 at half and quarter rate. 0 if reserved.
fn sampling_rate(bits: &mut BitReader<'_>) -> Option<u32> {
    let fscod = bits.bits(2)? as usize;
    let bsid = bits.bits(5)?;
    let rate = RATES.get(fscod).copied().unwrap_or(0);
    Some(rate >> if matches!(bsid, 9 | 10) { bsid - 8 } else { 0 })
}

/// `acmod` and `lfeon`.
fn channel_map(bits: &mut BitReader<'_>) -> Option<u16> {
    let speakers = ACMOD_MAPS.get(bits.bits(3)? as usize).copied()?;
    Some(speakers | if bits.flag()? { LFE } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: shaka-packager's tests.
    #[test]
    fn channels_of_known_ac3_records() {
        let count =
            |payload: &[u8]| Channels::of_eac3_map(Stream::parse_dac3(payload).unwrap().channel_map).count;
        assert_eq!(count(&[0x10, 0x3d, 0xc0]), 6);
        assert_eq!(count(&[0x10, 0x11, 0xc0]), 2);
        assert!(Stream::parse_dac3(&[0x10, 0x3d]).is_none());
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
            let (stream, complexity) = parse_dec3(payload).unwrap();
            let channels = Channels::of_eac3_map(stream.channel_map);
            assert_eq!((stream.channel_map, channels.count, complexity), (map, count, joc));
            assert_eq!(channels.dash.1, value);
        }
    }
}
