//! FLAC: `dfLa` (Encapsulation of FLAC in ISO Base Media File Format §3.3.2) and STREAMINFO
//! (RFC 9639 §8.2).

use super::{
    audio::{AudioCodec, AudioFamily, faulty, known_rate},
    channels::Channels,
};
use crate::{Error, FourCc, bits::BitReader, sample_entry::SampleEntry};

const DFLA: FourCc = FourCc(*b"dfLa");
const STREAMINFO: u32 = 0;

pub(super) fn describe(entry: &SampleEntry) -> Result<AudioCodec, Error> {
    let dfla = entry.require(DFLA)?;
    let mut fields = dfla.reader();
    fields.full_box()?;
    let info = StreamInfo::parse(fields.rest())
        .ok_or_else(|| faulty(entry, DFLA, "it does not begin with a whole STREAMINFO"))?;
    // Four channels are two in front and two behind (RFC 9639 §9.1.3).
    let channels = match info.channels {
        4 => Channels::of_count_as(4, 10),
        count => Channels::of_count(count),
    };
    let rate = known_rate(entry, info.sample_rate, 0)?;
    let mut codec = AudioCodec::new(AudioFamily::Flac, entry.format.to_string(), channels, rate);
    codec.samples_per_frame = info.fixed_block_samples();
    Ok(codec)
}

/// STREAMINFO, if it is there and whole.
pub(super) fn stream_info(entry: &SampleEntry) -> Option<StreamInfo> {
    let dfla = entry.child(DFLA)?;
    let mut fields = dfla.reader();
    fields.full_box().ok()?;
    StreamInfo::parse(fields.rest())
}

pub(super) struct StreamInfo {
    /// Smallest and largest.
    block_samples: (u32, u32),
    sample_rate: u32,
    pub channels: u16,
    /// Bits per sample.
    pub sample_bits: usize,
}

impl StreamInfo {
    fn parse(blocks: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(blocks);
        bits.flag()?; // last block
        if bits.bits(7)? != STREAMINFO {
            return None;
        }
        bits.skip(24)?; // length
        let block_samples = (bits.bits(16)?, bits.bits(16)?);
        bits.skip(24 + 24)?; // frame sizes
        let (sample_rate, channels) = (bits.bits(20)?, bits.short(3)? + 1);
        let sample_bits = usize::from(bits.byte(5)?) + 1;
        bits.skip(36 + 128)?; // length, MD5
        Some(Self { block_samples, sample_rate, channels, sample_bits })
    }

    /// Samples of every block but the last, if that is known.
    pub(super) fn fixed_block_samples(&self) -> Option<u32> {
        let (smallest, largest) = self.block_samples;
        Some(largest).filter(|_| smallest == largest)
    }
}
