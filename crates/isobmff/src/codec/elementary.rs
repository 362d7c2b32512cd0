//! What a stream of AAC outside of MP4 must say that a sample entry holds: the header of its frames.

use super::aac::config_of;
use crate::sample_entry::SampleEntry;

/// Fields of an `AudioSpecificConfig` that the header of an AAC frame has (ISO/IEC 14496-3 §1.A.2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AacHeader {
    /// `audioObjectType` of the core coder, 1 to 4.
    pub object_type: u8,
    /// `samplingFrequencyIndex` of the core coder, up to 12.
    pub frequency_index: u8,
    /// `channelConfiguration`, 1 to 7.
    pub channel_configuration: u8,
}

/// The header of the frames of an entry of AAC; the error is why it cannot be written.
pub fn aac_header(entry: &SampleEntry) -> Result<AacHeader, &'static str> {
    let config = config_of(entry).ok_or("its configuration is missing")?;
    if !(1..=4).contains(&config.object_type) {
        return Err("its audio object type has no place in ADTS");
    }
    if config.frame_samples != 1024 {
        return Err("frames of 960 samples have no place in ADTS");
    }
    if !(1..=7).contains(&config.channel_configuration) {
        return Err("ADTS cannot say its channels");
    }
    let frequency_index = config.frequency_index().ok_or("ADTS cannot say its sampling rate")?;
    Ok(AacHeader {
        object_type: config.object_type,
        frequency_index,
        channel_configuration: config.channel_configuration,
    })
}
