//! MPEG audio layer III (ISO/IEC 11172-3, 13818-3), which has no configuration record.

use bytes::Bytes;

use super::{
    audio::{AudioCodec, AudioFamily},
    channels::Channels,
};
use crate::sample_entry::AudioEntry;

/// `objectTypeIndication` of MPEG-1 audio (ISO/IEC 14496-1 Table 5).
pub(super) const MPEG1_AUDIO: u8 = 0x6b;
/// `objectTypeIndication` of MPEG-2 audio.
pub(super) const MPEG2_AUDIO: u8 = 0x69;
/// Sampling rates of MPEG-1; those of MPEG-2 and 2.5 are a half and a quarter (ISO/IEC 11172-3
/// §2.4.2.3, 13818-3 §2.4.2.3).
const MPEG1_RATES: [u32; 3] = [44_100, 48_000, 32_000];
/// `ID` with the bit before it, which MPEG-2.5 clears, and the divisor of the rates.
const VERSIONS: [(u8, u32); 3] = [(0b11, 1), (0b10, 2), (0b00, 4)];

/// `objectTypeIndication` of MP3 at this rate: MPEG-1 begins at 32 kHz.
pub(crate) fn object_type(sample_rate: u32) -> u8 {
    if sample_rate < 32_000 { MPEG2_AUDIO } else { MPEG1_AUDIO }
}

/// A frame draws on the ones before it (the bit reservoir), and overlaps with one.
pub(super) fn describe(fields: AudioEntry, object_type: u8) -> AudioCodec {
    let channels = Channels::of_count(fields.channel_count);
    let codecs = format!("mp4a.{object_type:02X}");
    let mut codec = AudioCodec::new(AudioFamily::Mp3, codecs, channels, fields.sample_rate);
    codec.hls_codecs = String::from("mp4a.40.34");
    codec.samples_per_frame = Some(samples_per_frame(fields.sample_rate));
    codec.preroll_frames = 2;
    codec
}

fn samples_per_frame(sample_rate: u32) -> u32 {
    if sample_rate < 32_000 { 576 } else { 1152 }
}

/// A frame whose side information is zero: no part of the reservoir, no coefficients
/// (ISO/IEC 11172-3 §2.4.1.7).
pub(super) fn silent_frame(codec: &AudioCodec) -> Option<Bytes> {
    let mode = match codec.channels {
        1 => 0b1100_0000,
        2 => 0,
        _ => return None,
    };
    let (version, divisor, rate) = VERSIONS.iter().find_map(|&(version, divisor)| {
        let rate = MPEG1_RATES.iter().position(|rate| rate / divisor == codec.sample_rate)?;
        Some((version, divisor, u8::try_from(rate).ok()?))
    })?;
    // bitrate_index 5: 64 kbit/s in MPEG-1, 40 kbit/s in the others; room for any side information
    let bits_times_rate: u32 = if divisor == 1 { 144 * 64_000 } else { 72 * 40_000 };
    let len = bits_times_rate.checked_div(codec.sample_rate)? as usize;
    let mut frame = vec![0xff, 0xe0 | version << 3 | 0b01 << 1 | 1, 5 << 4 | rate << 2, mode];
    frame.resize(len, 0);
    Some(frame.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::BitReader;
    use crate::sample_entry::AudioLayout;

    const LAYER_3: u32 = 0b01;
    const SINGLE_CHANNEL: u32 = 0b11;

    fn codec(channel_count: u16, sample_rate: u32) -> AudioCodec {
        let fields = AudioEntry { channel_count, sample_size: 16, sample_rate, layout: AudioLayout::V0 };
        describe(fields, object_type(sample_rate))
    }

    /// Oracle: ISO/IEC 11172-3 §2.4.1.3; the lengths are 144 or 72 times bit rate over sampling rate.
    /// ffmpeg decodes such frames to zeros without complaint.
    #[test]
    fn frames_of_silence_have_the_right_header_and_length() {
        for (channels, rate, header, len) in [
            (2, 44_100, [0xff, 0xfb, 0x50, 0x00], 208),
            (1, 48_000, [0xff, 0xfb, 0x54, 0xc0], 192),
            (2, 24_000, [0xff, 0xf3, 0x54, 0x00], 120),
            (1, 8_000, [0xff, 0xe3, 0x58, 0xc0], 360),
        ] {
            let frame = silent_frame(&codec(channels, rate)).unwrap();
            assert_eq!((&frame[..4], frame.len()), (&header[..], len));
            assert_eq!(parse_header(&frame), Some((rate, channels)));
        }
        assert_eq!(silent_frame(&codec(6, 48_000)), None);
        assert_eq!(silent_frame(&codec(2, 96_000)), None);
    }

    /// Sampling rate and number of channels (ISO/IEC 11172-3 §2.4.1.3).
    fn parse_header(frame: &[u8]) -> Option<(u32, u16)> {
        let mut bits = BitReader::new(frame);
        if bits.bits(11)? != 0x7ff {
            return None; // syncword
        }
        let version = bits.byte(2)?;
        if bits.bits(2)? != LAYER_3 {
            return None;
        }
        bits.skip(1 + 4)?; // protection_bit, bitrate_index
        let rate = MPEG1_RATES.get(bits.bits(2)? as usize)?;
        bits.skip(1 + 1)?; // padding_bit, private_bit
        let channels = if bits.bits(2)? == SINGLE_CHANNEL { 1 } else { 2 };
        let (_, divisor) = VERSIONS.iter().find(|(known, _)| *known == version)?;
        Some((rate.checked_div(*divisor)?, channels))
    }
}
