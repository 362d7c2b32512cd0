//! DTS: `ddts` (ETSI TS 102 114 Annex E) and `udts` (ETSI TS 103 491 Annex B).

use super::{
    audio::{AudioCodec, AudioFamily, known_rate},
    channels::Channels,
};
use crate::{
    Error, FourCc,
    bits::BitReader,
    sample_entry::{AudioEntry, SampleEntry},
};

/// Bits of `ChannelLayout` that stand for a pair (ETSI TS 102 114 Table E-5).
const PAIRS: u16 = 0xae66;
/// Layouts that CICP has: centre 1, left and right 2, surround 4, low frequencies 8.
const LAYOUT_TO_CICP: [(u16, u8); 6] = [(1, 1), (2, 2), (3, 3), (7, 5), (15, 6), (0x13, 4)];

pub(super) fn describe(entry: &SampleEntry, fields: AudioEntry) -> Result<AudioCodec, Error> {
    let record = match &entry.format.0 {
        b"dtsx" | b"dtsy" => uhd_record(entry)?,
        _ => core_record(entry)?,
    };
    let rate = known_rate(entry, record.rate, fields.sample_rate)?;
    let mut codec = AudioCodec::new(AudioFamily::Dts, entry.format.to_string(), record.channels, rate);
    codec.samples_per_frame = record.frame_samples;
    Ok(codec)
}

struct Record {
    channels: Channels,
    /// 0 if the record does not say.
    rate: u32,
    frame_samples: Option<u32>,
}

/// `DTSSpecificBox`.
fn core_record(entry: &SampleEntry) -> Result<Record, Error> {
    let ddts = entry.require(FourCc(*b"ddts"))?;
    let mut fields = ddts.reader();
    let rate = fields.u32()?;
    fields.skip(4 + 4 + 1)?; // maxBitrate, avgBitrate, pcmSampleDepth
    let mut bits = BitReader::new(fields.rest());
    let mut read = || {
        let frame_samples = 512 << bits.bits(2)?; // FrameDuration
        bits.skip(5 + 1 + 6 + 14 + 1 + 3)?; // up to RepresentationType
        Some((frame_samples, bits.short(16)?))
    };
    let (frame_samples, layout) = read().ok_or_else(|| ddts.invalid("the record is cut"))?;
    let count = layout.count_ones() + (layout & PAIRS).count_ones();
    let index = LAYOUT_TO_CICP.iter().find(|(known, _)| *known == layout).map(|(_, index)| *index);
    let channels = Channels::of_dts(u16::try_from(count).unwrap_or(0), index);
    Ok(Record { channels, rate, frame_samples: Some(frame_samples) })
}

/// `DTSUHDSpecificBox`.
fn uhd_record(entry: &SampleEntry) -> Result<Record, Error> {
    let udts = entry.require(FourCc(*b"udts"))?;
    let mask = uhd_mask(udts.payload).ok_or_else(|| udts.invalid("the record is cut"))?;
    Ok(Record { channels: Channels::of_dts_uhd_mask(mask), rate: 0, frame_samples: None })
}

fn uhd_mask(payload: &[u8]) -> Option<u32> {
    let mut bits = BitReader::new(payload);
    bits.skip(6 + 2 + 3 + 5)?; // profile, frame duration, payload, presentations
    bits.bits(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: shaka-packager's tests.
    #[test]
    fn masks_of_known_uhd_records() {
        assert_eq!(uhd_mask(&[1, 0x20, 0, 0, 0, 0x3f, 0x80, 0]), Some(0x3f));
        assert_eq!(uhd_mask(&[1, 0x20, 0x12, 0x34, 0x56, 0x78, 0x80, 0]), Some(0x1234_5678));
        assert_eq!(uhd_mask(&[1, 0x20, 0, 0, 0]), None);
        assert_eq!(Channels::of_dts_uhd_mask(0x3f).dash.1, "0000003F");
    }
}
