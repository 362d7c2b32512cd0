//! `AudioSpecificConfig` (ISO/IEC 14496-3 §1.6.2.1).

use crate::{bits::BitReader, codec::channels::Channels};

/// `audioObjectType` of AAC Low Complexity.
pub(in crate::codec) const GA_LOW_COMPLEXITY: u8 = 2;
/// `audioObjectType` of spectral band replication and of parametric stereo.
const SBR: u8 = 5;
const PS: u8 = 29;
/// `syncExtensionType` before an extension that older decoders do not see.
const SYNC_SBR: u32 = 0x2b7;
const SYNC_PS: u32 = 0x548;
/// `samplingFrequencyIndex` (ISO/IEC 14496-3 Table 1.18).
const RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
/// `usacSamplingFrequencyIndex` from 15 on (ISO/IEC 23003-3 Table 67).
const USAC_RATES: [u32; 13] =
    [57_600, 51_200, 40_000, 38_400, 34_150, 28_800, 25_600, 20_000, 19_200, 17_075, 14_400, 12_800, 9_600];
/// An index that says: the next 24 bits are the rate.
const ESCAPED_RATE: usize = 15;
const USAC_ESCAPED_RATE: usize = 31;
/// Output samples of a frame by `coreSbrFrameLengthIndex` (ISO/IEC 23003-3 Table 70).
const USAC_FRAME_SAMPLES: [u32; 5] = [768, 1024, 2048, 2048, 4096];

/// What `AudioSpecificConfig` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::codec) struct AudioSpecificConfig {
    /// Of the core coder: 2 for HE-AAC.
    pub object_type: u8,
    /// Of the core coder, or of the output for USAC.
    pub sample_rate: u32,
    /// `channelConfiguration`; 0: the channels are listed.
    pub channel_configuration: u8,
    pub channels: Channels,
    /// Output rate of spectral band replication, if that is announced.
    pub extension_rate: Option<u32>,
    pub has_ps: bool,
    /// Whether the presence or the absence of spectral band replication is announced.
    pub says_whether_sbr: bool,
    /// Samples of a frame of the core coder, or of the output for USAC.
    pub frame_samples: u32,
}

impl AudioSpecificConfig {
    /// A configuration without extensions.
    pub(in crate::codec) fn plain(object_type: u8, sample_rate: u32, channel_configuration: u8) -> Self {
        Self {
            object_type,
            sample_rate,
            channel_configuration,
            channels: channels(channel_configuration),
            extension_rate: None,
            has_ps: false,
            says_whether_sbr: false,
            frame_samples: 1024,
        }
    }

    pub(in crate::codec) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(bytes);
        let announced = object_type(&mut bits)?;
        let sample_rate = sampling_frequency(&mut bits)?;
        let channel_configuration = bits.byte(4)?;
        let mut config = Self::plain(announced, sample_rate, channel_configuration);
        config.has_ps = announced == PS;
        if announced == SBR || announced == PS {
            config.says_whether_sbr = true;
            config.extension_rate = Some(sampling_frequency(&mut bits)?).filter(|&rate| rate != 0);
            config.object_type = object_type(&mut bits)?;
        }
        config.read_specific(&mut bits)?;
        if !config.says_whether_sbr {
            // A rest that is no extension is no fault.
            let _ = config.read_extension(&mut bits);
        }
        Some(config)
    }

    /// `samplingFrequencyIndex` of the core coder; `None` for a rate that has none.
    pub(in crate::codec) fn frequency_index(&self) -> Option<u8> {
        let index = RATES.iter().position(|&rate| rate == self.sample_rate)?;
        u8::try_from(index).ok()
    }

    fn read_specific(&mut self, bits: &mut BitReader<'_>) -> Option<()> {
        match self.object_type {
            1..=4 | 6 | 7 | 17 | 19..=23 => self.read_general_audio(bits),
            // ELDSpecificConfig (§4.6.20): frameLengthFlag first
            39 => {
                self.frame_samples = if bits.flag()? { 480 } else { 512 };
                Some(())
            }
            42 => self.read_usac(bits),
            _ => Some(()),
        }
    }

    /// `GASpecificConfig()` (§4.4.1).
    fn read_general_audio(&mut self, bits: &mut BitReader<'_>) -> Option<()> {
        let is_short = bits.flag()?; // frameLengthFlag
        self.frame_samples = match (self.object_type, is_short) {
            (23, false) => 512, // low delay
            (23, true) => 480,
            (_, false) => 1024,
            (_, true) => 960,
        };
        if bits.flag()? {
            bits.skip(14)?; // coreCoderDelay
        }
        let has_extension = bits.flag()?;
        if self.channel_configuration == 0 {
            self.channels = program_config_channels(bits)?;
        }
        if matches!(self.object_type, 6 | 20) {
            bits.skip(3)?; // layerNr
        }
        if has_extension {
            match self.object_type {
                22 => bits.skip(5 + 11)?,           // numOfSubFrame, layer_length
                17 | 19 | 20 | 23 => bits.skip(3)?, // resilience flags
                _ => {}
            }
            bits.flag()?; // extensionFlag3
        }
        if matches!(self.object_type, 17 | 19..=23) {
            bits.skip(2)?; // epConfig
        }
        Some(())
    }

    /// `UsacConfig()` (ISO/IEC 23003-3 §5.2).
    fn read_usac(&mut self, bits: &mut BitReader<'_>) -> Option<()> {
        self.says_whether_sbr = true;
        self.sample_rate = match bits.bits(5)? as usize {
            USAC_ESCAPED_RATE => bits.bits(24)?,
            index @ 0..13 => RATES.get(index).copied()?,
            index => USAC_RATES.get(index.checked_sub(15)?).copied()?,
        };
        self.frame_samples = USAC_FRAME_SAMPLES.get(bits.bits(3)? as usize).copied()?;
        self.channels = match bits.byte(5)? {
            0 => {
                let count = escaped_value(bits)?;
                Channels::of_count_as(u16::try_from(count).ok()?, 0)
            }
            index => Channels::of_cicp(index)?,
        };
        Some(())
    }

    /// The backward compatible announcement of SBR and PS at the end.
    fn read_extension(&mut self, bits: &mut BitReader<'_>) -> Option<()> {
        if bits.remaining_bits() < 16 || bits.bits(11)? != SYNC_SBR || object_type(bits)? != SBR {
            return None;
        }
        let has_sbr = bits.flag()?;
        if has_sbr {
            self.extension_rate = Some(sampling_frequency(bits)?).filter(|&rate| rate != 0);
        }
        self.says_whether_sbr = true;
        if has_sbr && bits.remaining_bits() >= 12 && bits.bits(11)? == SYNC_PS {
            self.has_ps = bits.flag()?;
        }
        Some(())
    }
}

/// `GetAudioObjectType()`.
fn object_type(bits: &mut BitReader<'_>) -> Option<u8> {
    match bits.byte(5)? {
        31 => Some(32 + bits.byte(6)?),
        short => Some(short),
    }
}

/// `samplingFrequencyIndex` and what may follow; 0 for an index that is reserved.
fn sampling_frequency(bits: &mut BitReader<'_>) -> Option<u32> {
    match bits.bits(4)? as usize {
        ESCAPED_RATE => bits.bits(24),
        index => Some(RATES.get(index).copied().unwrap_or(0)),
    }
}

/// `channelConfiguration` (ISO/IEC 14496-3 Table 1.19), which CICP took over.
fn channels(configuration: u8) -> Channels {
    Channels::of_cicp(configuration).unwrap_or_else(|| Channels::of_count(0))
}

/// `program_config_element()` (§4.5.1.2), up to the list of channels.
fn program_config_channels(bits: &mut BitReader<'_>) -> Option<Channels> {
    bits.skip(4 + 2 + 4)?; // element_instance_tag, object_type, sampling_frequency_index
    let (front, side, back) = (bits.bits(4)?, bits.bits(4)?, bits.bits(4)?);
    let lfe = bits.byte(2)?;
    bits.skip(3 + 4)?; // num_assoc_data_elements, num_valid_cc_elements
    for mixdown_bits in [4, 4, 3] {
        if bits.flag()? {
            bits.skip(mixdown_bits)?; // mono, stereo, matrix
        }
    }
    let mut group = |elements: u32| -> Option<u8> {
        (0..elements).try_fold(0u8, |count, _| {
            let is_pair = bits.flag()?;
            bits.skip(4)?; // tag
            Some(count + 1 + u8::from(is_pair))
        })
    };
    let (front, side, back) = (group(front)?, group(side)?, group(back)?);
    let count = u16::from(front) + u16::from(side) + u16::from(back) + u16::from(lfe);
    // ISO/IEC 23091-3 Table 10, speakers in front, at the sides, behind, and for low frequencies
    let index = match (front, side, back, lfe) {
        (1, 0, 0, 0) => 1,
        (2, 0, 0, 0) => 2,
        (3, 0, 0, 0) => 3,
        (3, 0, 1, 0) => 4,
        (3, 0, 2, 0) | (3, 2, 0, 0) => 5,
        (3, 0, 2, 1) | (3, 2, 0, 1) => 6,
        (5, 0, 2, 1) | (5, 2, 0, 1) => 7,
        (2, 0, 1, 0) => 9,
        (2, 0, 2, 0) | (2, 2, 0, 0) => 10,
        (3, 0, 3, 1) | (3, 2, 1, 1) => 11,
        (3, 2, 2, 1) => 12,
        _ => 0,
    };
    Some(Channels::of_count_as(count, index)).filter(|_| count != 0)
}

/// `escapedValue(5, 8, 16)` (ISO/IEC 23003-3 §5.2).
fn escaped_value(bits: &mut BitReader<'_>) -> Option<u32> {
    let mut value = bits.bits(5)?;
    if value == 31 {
        let more = bits.bits(8)?;
        value += more;
        if more == 255 {
            value += bits.bits(16)?;
        }
    }
    Some(value)
}
