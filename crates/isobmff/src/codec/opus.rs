//! Opus: `dOps` (Encapsulation of Opus in ISO Base Media File Format §4.3.2).

use super::{
    audio::{AudioCodec, AudioFamily},
    channels::Channels,
};
use crate::{Error, FourCc, read::BoxRef, sample_entry::SampleEntry};

/// The rate at which Opus decodes, whatever went in (RFC 6716 §2.1.3).
const DECODER_RATE: u32 = 48_000;
/// How long a decoder needs to converge (RFC 7845 §4.6).
const PREROLL_MS: u32 = 80;
/// Mapping families with the channels of Vorbis (RFC 7845 §5.1.1).
const FAMILIES_WITH_SPEAKERS: std::ops::RangeInclusive<u8> = 0..=1;

pub(super) fn describe(entry: &SampleEntry) -> Result<AudioCodec, Error> {
    let record = Record::parse(&entry.require(FourCc(*b"dOps"))?)?;
    let mut codec =
        AudioCodec::new(AudioFamily::Opus, entry.format.to_string(), record.channels(), DECODER_RATE);
    codec.pre_skip = Some(record.pre_skip);
    codec.preroll_ms = PREROLL_MS;
    Ok(codec)
}

/// `OpusSpecificBox`.
pub(super) struct Record {
    pub channel_count: u8,
    pre_skip: u16,
    pub mapping_family: u8,
}

impl Record {
    pub(super) fn parse(dops: &BoxRef<'_>) -> Result<Self, Error> {
        let mut fields = dops.reader();
        if fields.u8()? != 0 {
            return Err(dops.invalid("the version is not 0"));
        }
        let (channel_count, pre_skip) = (fields.u8()?, fields.u16()?);
        fields.skip(4 + 2)?; // InputSampleRate, OutputGain
        let mapping_family = fields.u8()?;
        if channel_count == 0 {
            return Err(dops.invalid("there are no channels"));
        }
        Ok(Self { channel_count, pre_skip, mapping_family })
    }

    /// Vorbis has two in front and two behind where MPEG-4 has three and one.
    fn channels(&self) -> Channels {
        let count = self.channel_count.into();
        match (FAMILIES_WITH_SPEAKERS.contains(&self.mapping_family), count) {
            (true, 4) => Channels::of_count_as(4, 10),
            (true, _) => Channels::of_count(count),
            (false, _) => Channels::of_count_as(count, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: the example of Encapsulation of Opus in ISO Base Media File Format.
    #[test]
    fn a_mono_record() {
        let payload = [0, 1, 0x01, 0x38, 0, 0, 0xbb, 0x80, 0, 0, 0];
        let dops = BoxRef { kind: FourCc(*b"dOps"), offset: 0, whole: &payload, payload: &payload };
        let record = Record::parse(&dops).unwrap();
        assert_eq!((record.channel_count, record.pre_skip, record.mapping_family), (1, 312, 0));
    }
}
