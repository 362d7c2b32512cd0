//! What an elementary stream is, and how a program map says it (ISO/IEC 13818-1 §2.4.4.9, Table 2-34).

use serde::{Deserialize, Serialize};

use crate::annexb::NalFamily;
use crate::clock::TICKS_PER_SECOND;

/// What an elementary stream needs beside the samples of an MP4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Codec {
    /// H.264 with lengths of four bytes before NAL units; its parameter sets, each without a length.
    Avc(Vec<Vec<u8>>),
    /// H.265, the same.
    Hevc(Vec<Vec<u8>>),
    /// AAC without headers.
    Aac(Adts),
    /// AC-3.
    Ac3 {
        /// Samples per second.
        rate: u32,
    },
    /// E-AC-3, six blocks in a frame.
    Eac3 {
        /// Samples per second.
        rate: u32,
    },
    /// MPEG audio layer III.
    Mp3 {
        /// Samples per second.
        rate: u32,
    },
    /// Tags of ID3 ("Timed Metadata for HTTP Live Streaming").
    TimedId3,
}

/// Fields of the header of an AAC frame (ISO/IEC 14496-3 §1.A.2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adts {
    /// `audioObjectType` of the core coder, 1 to 4.
    pub object_type: u8,
    /// `samplingFrequencyIndex` of the core coder, up to 12.
    pub frequency_index: u8,
    /// `channelConfiguration`, 1 to 7.
    pub channel_configuration: u8,
}

impl Adts {
    /// Bytes of the header.
    pub(crate) const BYTES: u64 = 7;
    /// `aac_frame_length` has 13 bits.
    const LONGEST: u64 = (1 << 13) - 1;

    /// The header of a frame of so many bytes without it. No CRC, one raw data block.
    pub(crate) fn header(self, bytes: usize) -> [u8; 7] {
        let length = u16::try_from(bytes.saturating_add(7)).unwrap_or(u16::MAX) & 0x1fff;
        let [high, low] = length.to_be_bytes();
        let channels = self.channel_configuration;
        [
            0xff, // syncword
            0xf1, // syncword, ID of MPEG-4, layer 0, protection_absent
            self.object_type.saturating_sub(1) << 6 | (self.frequency_index & 15) << 2 | channels >> 2 & 1,
            (channels & 3) << 6 | high >> 3,
            high << 5 | low >> 3,
            low << 5 | 0x1f, // adts_buffer_fullness 0x7ff: variable rate
            0xfc,            // number_of_raw_data_blocks_in_frame 0
        ]
    }
}

/// Samples per second by `samplingFrequencyIndex` (ISO/IEC 14496-3 Table 1.18), and those of a frame.
const FREQUENCIES: [i64; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
const AAC_SAMPLES: i64 = 1024;
/// Six blocks of 256 (ETSI TS 102 366 §4.1).
const AC3_SAMPLES: i64 = 1536;
/// Two granules of 576 (ISO/IEC 11172-3 §2.4.2.1); MPEG-2 has one (13818-3), at less than this rate.
const MPEG1_SAMPLES: i64 = 1152;
const LOWEST_MPEG1_RATE: u32 = 32_000;

/// `stream_id` (§2.4.3.7, Table 2-22).
const VIDEO: u8 = 0xe0;
const AUDIO: u8 = 0xc0;
const PRIVATE_1: u8 = 0xbd;
/// `registration_descriptor` (§2.6.8) and those of metadata (§2.6.58, §2.6.60).
const REGISTRATION: u8 = 0x05;
const METADATA_POINTER: u8 = 0x25;
const METADATA: u8 = 0x26;

impl Codec {
    /// Whether it is pictures.
    pub fn is_video(&self) -> bool {
        self.nal_family().is_some()
    }

    pub(crate) fn nal_family(&self) -> Option<NalFamily> {
        match self {
            Self::Avc(_) => Some(NalFamily::Avc),
            Self::Hevc(_) => Some(NalFamily::Hevc),
            Self::Aac(_) | Self::Ac3 { .. } | Self::Eac3 { .. } | Self::Mp3 { .. } | Self::TimedId3 => None,
        }
    }

    pub(crate) fn parameter_sets(&self) -> &[Vec<u8>] {
        match self {
            Self::Avc(sets) | Self::Hevc(sets) => sets,
            Self::Aac(_) | Self::Ac3 { .. } | Self::Eac3 { .. } | Self::Mp3 { .. } | Self::TimedId3 => &[],
        }
    }

    /// Table 2-34; 0x81 and 0x87 are ATSC's (A/53 Part 3, A/52 Annex G), which HLS has taken over.
    pub(crate) fn stream_type(&self) -> u8 {
        match self {
            Self::Avc(_) => 0x1b,
            Self::Hevc(_) => 0x24,
            Self::Aac(_) => 0x0f,
            Self::Ac3 { .. } => 0x81,
            Self::Eac3 { .. } => 0x87,
            Self::Mp3 { rate: LOWEST_MPEG1_RATE.. } => 0x03,
            Self::Mp3 { .. } => 0x04,
            Self::TimedId3 => 0x15,
        }
    }

    pub(crate) fn stream_id(&self) -> u8 {
        match self {
            Self::Avc(_) | Self::Hevc(_) => VIDEO,
            Self::Aac(_) | Self::Mp3 { .. } => AUDIO,
            Self::Ac3 { .. } | Self::Eac3 { .. } | Self::TimedId3 => PRIVATE_1,
        }
    }

    /// `ES_info`: what decoders that know a private type by its registration look for.
    pub(crate) fn stream_descriptors(&self) -> Vec<u8> {
        match self {
            Self::Hevc(_) => registration(*b"HEVC"),
            Self::Ac3 { .. } => registration(*b"AC-3"),
            Self::Eac3 { .. } => registration(*b"EAC3"),
            // metadata_service_id 0, decoder_config_flags 0, DSM-CC_flag 0
            Self::TimedId3 => metadata(METADATA, &[0, 0x0f]),
            Self::Avc(_) | Self::Aac(_) | Self::Mp3 { .. } => Vec::new(),
        }
    }

    /// `program_info`: which program the metadata is of.
    pub(crate) fn program_descriptors(&self) -> Vec<u8> {
        match self {
            // metadata_service_id 0, no locator, MPEG_carriage_flags 0, program_number 1
            Self::TimedId3 => metadata(METADATA_POINTER, &[0, 0x1f, 0, 1]),
            _ => Vec::new(),
        }
    }

    /// Bytes of a frame of sound in a stream; `None`: its header cannot say so many.
    pub(crate) fn frame_bytes(&self, bytes: u32) -> Option<u64> {
        match self {
            Self::Aac(_) => Some(u64::from(bytes) + Adts::BYTES).filter(|&whole| whole <= Adts::LONGEST),
            _ => Some(bytes.into()),
        }
    }

    /// How long so many frames of sound last, in 90 kHz, to the nearest tick; `None` where the codec does not
    /// tell.
    pub(crate) fn frames_ticks(&self, frames: usize) -> Option<i64> {
        let (samples, rate) = self.frame()?;
        let ticks = i64::try_from(frames).ok()?.checked_mul(samples * i64::from(TICKS_PER_SECOND))?;
        ticks.checked_add(rate / 2)?.checked_div(rate)
    }

    /// Samples of a frame of sound, and how many there are per second.
    fn frame(&self) -> Option<(i64, i64)> {
        match self {
            Self::Aac(adts) => {
                Some((AAC_SAMPLES, FREQUENCIES.get(usize::from(adts.frequency_index)).copied()?))
            }
            Self::Ac3 { rate } | Self::Eac3 { rate } => Some((AC3_SAMPLES, (*rate).into())),
            Self::Mp3 { rate: rate @ LOWEST_MPEG1_RATE.. } => Some((MPEG1_SAMPLES, (*rate).into())),
            Self::Mp3 { rate } => Some((MPEG1_SAMPLES / 2, (*rate).into())),
            Self::Avc(_) | Self::Hevc(_) | Self::TimedId3 => None,
        }
    }

    /// Appends a frame of sound as it stands in a stream.
    pub(crate) fn write_frame(&self, frame: &[u8], out: &mut Vec<u8>) {
        if let Self::Aac(adts) = self {
            out.extend(adts.header(frame.len()));
        }
        out.extend_from_slice(frame);
    }
}

fn registration(identifier: [u8; 4]) -> Vec<u8> {
    [&[REGISTRATION, 4][..], &identifier].concat()
}

/// Application format and format are said by identifiers: both `ID3 `.
fn metadata(tag: u8, rest: &[u8]) -> Vec<u8> {
    let body = [&[0xff, 0xff][..], b"ID3 ", &[0xff], b"ID3 ", rest].concat();
    let length = u8::try_from(body.len()).unwrap_or(u8::MAX);
    [&[tag, length][..], &body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: ISO/IEC 14496-3 §1.A.2.2.1 by hand. LC, 44.1 kHz (index 4), stereo, 100 + 7 bytes:
    /// 01 0100 0 010 0 0 0 0 | 0000001101011 | 11111111111 | 00
    #[test]
    fn adts_header() {
        let adts = Adts { object_type: 2, frequency_index: 4, channel_configuration: 2 };
        assert_eq!(adts.header(100), [0xff, 0xf1, 0x50, 0x80, 0x0d, 0x7f, 0xfc]);
    }

    #[test]
    fn frames_that_no_header_can_say_are_refused() {
        let aac = Codec::Aac(Adts { object_type: 2, frequency_index: 3, channel_configuration: 1 });
        assert_eq!(aac.frame_bytes(8184), Some(8191));
        assert_eq!(aac.frame_bytes(8185), None);
        assert_eq!(Codec::Ac3 { rate: 48_000 }.frame_bytes(9000), Some(9000));
    }

    /// 43 frames of 1024 at 44.1 kHz: 44,032 / 44,100 s, 89,861.2 ticks. A frame of AC-3 at 48 kHz lasts 32 ms
    /// (ETSI TS 102 366 §4.1), one of MP3 at 32 kHz 36 ms, and at 24 kHz 24 ms.
    #[test]
    fn time_of_frames() {
        let aac = Codec::Aac(Adts { object_type: 2, frequency_index: 4, channel_configuration: 1 });
        assert_eq!((aac.frames_ticks(43), aac.frames_ticks(0)), (Some(89_861), Some(0)));
        assert_eq!(Codec::Ac3 { rate: 48_000 }.frames_ticks(1), Some(2880));
        assert_eq!(Codec::Eac3 { rate: 0 }.frames_ticks(1), None);
        assert_eq!(Codec::Mp3 { rate: 32_000 }.frames_ticks(1), Some(3240));
        assert_eq!(Codec::Mp3 { rate: 24_000 }.frames_ticks(1), Some(2160));
        assert_eq!(Codec::TimedId3.frames_ticks(1), None);
    }

    /// Oracle: the bytes in Apple's "Timed Metadata for HTTP Live Streaming", section 2.
    #[test]
    fn descriptors_of_timed_metadata() {
        let pointer = Codec::TimedId3.program_descriptors();
        assert_eq!(pointer, b"\x25\x0f\xff\xffID3 \xffID3 \x00\x1f\x00\x01");
        assert_eq!(Codec::TimedId3.stream_descriptors(), b"\x26\x0d\xff\xffID3 \xffID3 \x00\x0f");
    }
}
