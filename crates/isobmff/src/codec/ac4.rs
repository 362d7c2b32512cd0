//! AC-4: `dac4` (ETSI TS 103 190-2 Annex E).

use super::{
    audio::{AudioCodec, AudioFamily, known_rate},
    channels::Channels,
};
use crate::{
    Error, FourCc,
    bits::BitReader,
    sample_entry::{AudioEntry, SampleEntry},
};

/// `presentation_version` of immersive stereo.
const IMMERSIVE_STEREO: u8 = 2;
/// Samples of a frame at 48 kHz by `frame_rate_index` (ETSI TS 103 190-1 Table 83); 0 where frames
/// differ in length or the index is reserved.
const FRAME_SAMPLES: [u32; 14] = [2002, 2000, 1920, 0, 1600, 1001, 1000, 960, 0, 800, 480, 0, 400, 2048];

pub(super) fn describe(entry: &SampleEntry, fields: AudioEntry) -> Result<AudioCodec, Error> {
    let dac4 = entry.require(FourCc(*b"dac4"))?;
    let stream = Stream::parse(dac4.payload)
        .ok_or_else(|| dac4.invalid("the record is cut or has no presentation"))?;
    let rate = known_rate(entry, stream.rate, fields.sample_rate)?;
    let channels = match stream.presentation.mask {
        Mask::Unknown => Channels::of_count(fields.channel_count),
        Mask::Objects => Channels::of_ac4_mask(None, fields.channel_count),
        Mask::Channels(mask) => Channels::of_ac4_mask(Some(mask), fields.channel_count),
    };
    let mut codec = AudioCodec::new(AudioFamily::Ac4, stream.codecs(entry.format), channels, rate);
    codec.ac4_ims = stream.presentation.version == IMMERSIVE_STEREO;
    codec.samples_per_frame = stream.frame_samples;
    Ok(codec)
}

/// What `ac4_dsi_v1` says (§E.6).
struct Stream {
    bitstream_version: u8,
    rate: u32,
    frame_samples: Option<u32>,
    /// The first presentation, which a player takes unless told otherwise.
    presentation: Presentation,
}

struct Presentation {
    version: u8,
    compatibility: u8,
    mask: Mask,
}

/// `presentation_channel_mask_v1`, if a presentation has one.
enum Mask {
    Unknown,
    Objects,
    Channels(u32),
}

impl Stream {
    fn parse(payload: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(payload);
        let dsi_version = bits.bits(3)?;
        let bitstream_version = bits.byte(7)?;
        let rate = if bits.flag()? { 48_000 } else { 44_100 }; // fs_index
        let frame_rate = bits.bits(4)? as usize;
        if bits.bits(9)? == 0 {
            return None; // n_presentations
        }
        if bitstream_version > 1 && bits.flag()? {
            bits.skip(16)?; // short_program_id
            let has_uuid = bits.flag()?;
            bits.skip(if has_uuid { 128 } else { 0 })?;
        }
        if dsi_version > 0 {
            bits.skip(2 + 32 + 32)?; // ac4_bitrate_dsi
            bits.align();
        }
        let frame_samples = FRAME_SAMPLES.get(frame_rate).copied().filter(|&n| n != 0 && rate == 48_000);
        let presentation = if dsi_version > 0 {
            Presentation::parse(&mut bits)?
        } else {
            Presentation { version: 0, compatibility: 0, mask: Mask::Unknown }
        };
        Some(Self { bitstream_version, rate, frame_samples, presentation })
    }

    /// Versions of bit stream and presentation, and the level (§E.13).
    fn codecs(&self, format: FourCc) -> String {
        let Presentation { version, compatibility, .. } = self.presentation;
        format!("{format}.{:02x}.{version:02x}.{compatibility:02x}", self.bitstream_version)
    }
}

impl Presentation {
    fn parse(bits: &mut BitReader<'_>) -> Option<Self> {
        let version = bits.byte(8)?; // presentation_version
        if bits.bits(8)? == 255 {
            bits.skip(16)?; // add_pres_bytes
        }
        let mut presentation = Self { version, compatibility: 0, mask: Mask::Unknown };
        if bits.bits(5)? == 6 {
            return Some(presentation); // presentation_config: nothing but metadata
        }
        presentation.compatibility = bits.byte(3)?; // mdcompat
        if bits.flag()? {
            bits.skip(5)?; // presentation_id
        }
        if matches!(version, 1 | IMMERSIVE_STEREO) {
            presentation.mask = read_mask(bits)?;
        }
        Some(presentation)
    }
}

/// The rest of `ac4_presentation_v1_dsi` (§E.10) up to the channel mask.
fn read_mask(bits: &mut BitReader<'_>) -> Option<Mask> {
    bits.skip(2 + 2 + 5 + 10)?; // frame rate multiply and fraction, emdf_version, key_id
    if !bits.flag()? {
        return Some(Mask::Objects); // b_presentation_channel_coded
    }
    if matches!(bits.bits(5)?, 11..=14) {
        bits.skip(1 + 2)?; // pres_b_4_back_channels_present, pres_top_channel_pairs
    }
    bits.bits(24).map(Mask::Channels)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: the records, masks and strings in shaka-packager's tests.
    #[test]
    fn channels_and_strings_of_known_records() {
        let surround: &[u8] = &[
            0x20, 0xa6, 0x01, 0x60, 0, 0, 0, 0x1f, 0xff, 0xff, 0xff, 0xe0, 0x01, 0x0e, 0xf9, 0, 0, 0x09, 0,
            0, 0x11, 0xca, 0x02, 0, 0, 0x11, 0xc0, 0x80,
        ];
        let stereo: &[u8] = &[
            0x20, 0xa4, 0x01, 0x40, 0, 0, 0, 0x1f, 0xff, 0xff, 0xff, 0xe0, 0x01, 0x12, 0xf8, 0, 0, 0x08,
            0x40, 0, 0, 0x4a, 0x02, 0, 0, 0x62, 0x13, 0x2b, 0x70, 0, 0x80,
        ];
        let immersive_stereo: &[u8] = &[
            0x20, 0xa4, 0x02, 0x40, 0, 0, 0, 0x1f, 0xff, 0xff, 0xff, 0xe0, 0x02, 0x12, 0xf8, 0x80, 0, 0,
            0x42, 0, 0, 0x02, 0x50, 0x10, 0, 0, 0x03, 0x10, 0x99, 0x5b, 0xa0, 0x40, 0x01, 0x12, 0xf8, 0x80,
            0, 0, 0x42, 0, 0, 0x02, 0x50, 0x10, 0, 0, 0x03, 0x10, 0x99, 0x5b, 0x80, 0x40,
        ];
        let immersive: &[u8] = &[
            0x20, 0xa0, 0x01, 0x60, 0, 0, 0, 0x1f, 0xff, 0xff, 0xff, 0xe0, 0x01, 0x15, 0x13, 0x80, 0, 0,
            0x58, 0x40, 0, 0x31, 0xfc, 0xa0, 0x20, 0, 0x31, 0xd4, 0x04, 0, 0, 0, 0x08, 0, 0xc0,
        ];
        let known = [
            (surround, 0x47, "ac-4.02.01.01", "6"),
            (stereo, 0x01, "ac-4.02.01.00", "2"),
            (immersive_stereo, 0x01, "ac-4.02.02.00", "2"),
            (immersive, 0xc7, "ac-4.02.01.03", "0000C7"),
        ];
        for (payload, expected, codecs, value) in known {
            let stream = Stream::parse(payload).unwrap();
            assert_eq!(stream.codecs(FourCc(*b"ac-4")), codecs);
            let Mask::Channels(mask) = stream.presentation.mask else { panic!("no channels: {codecs}") };
            assert_eq!((mask, Channels::of_ac4_mask(Some(mask), 2).dash.1.as_str()), (expected, value));
        }
    }
}
