//! Apple Lossless: the box `alac` with `ALACSpecificConfig` (Apple Lossless Audio Codec, "Magic
//! Cookie").

use super::{
    audio::{AudioCodec, AudioFamily, known_rate},
    channels::Channels,
};
use crate::{Error, FourCc, sample_entry::SampleEntry};

/// CICP indices of the channel layouts, by number of channels: 8 are 7.1 with channels in front.
const LAYOUTS: [u8; 9] = [0, 1, 2, 3, 4, 5, 6, 11, 7];

pub(super) fn describe(entry: &SampleEntry) -> Result<AudioCodec, Error> {
    let cookie = entry.require(FourCc(*b"alac"))?;
    let mut fields = cookie.reader();
    fields.full_box()?;
    let frame_samples = fields.u32()?;
    fields.skip(5)?; // compatibleVersion, bitDepth, pb, mb, kb
    let count = fields.u8()?;
    fields.skip(2 + 4 + 4)?; // maxRun, maxFrameBytes, avgBitRate
    let rate = known_rate(entry, fields.u32()?, 0)?;
    let layout = LAYOUTS.get(usize::from(count)).copied().unwrap_or(0);
    let channels = Channels::of_count_as(count.into(), layout);
    let mut codec = AudioCodec::new(AudioFamily::Alac, entry.format.to_string(), channels, rate);
    codec.samples_per_frame = Some(frame_samples).filter(|&samples| samples != 0);
    Ok(codec)
}
