//! MPEG-H 3D Audio: `mhaC` (ISO/IEC 23008-3 §20.5).

use super::{
    audio::{AudioCodec, AudioFamily, known_rate},
    channels::Channels,
};
use crate::{
    Error, FourCc,
    sample_entry::{AudioEntry, SampleEntry},
};

const MHAC: FourCc = FourCc(*b"mhaC");
/// Samples of a frame of the core coder (ISO/IEC 23008-3 §4.8).
const FRAME_SAMPLES: u32 = 1024;

pub(super) fn describe(entry: &SampleEntry, fields: AudioEntry) -> Result<AudioCodec, Error> {
    // Streams with configuration in the samples (`mhm1`, `mhm2`) need no record.
    let is_optional = matches!(&entry.format.0, b"mhm1" | b"mhm2");
    let record = match entry.require(MHAC) {
        Ok(mhac) => {
            let mut record = mhac.reader();
            record.skip(1)?; // configurationVersion
            Some((record.u8()?, record.u8()?)) // profile and level, referenceChannelLayout
        }
        Err(Error::Missing { .. }) if is_optional => None,
        Err(error) => return Err(error),
    };
    let layout = record.and_then(|(_, layout)| Channels::of_cicp(layout));
    let codecs = match record {
        Some((level, _)) => format!("{}.0x{level:02X}", entry.format),
        None => entry.format.to_string(),
    };
    let channels = layout.unwrap_or_else(|| Channels::of_count(fields.channel_count));
    let rate = known_rate(entry, fields.sample_rate, 0)?;
    let mut codec = AudioCodec::new(AudioFamily::MpegH, codecs, channels, rate);
    codec.samples_per_frame = Some(FRAME_SAMPLES);
    Ok(codec)
}
