//! AAC and its extensions: what `AudioSpecificConfig` means.

mod config;

pub(super) use self::config::{AudioSpecificConfig, GA_LOW_COMPLEXITY};
use super::{
    audio::{AudioCodec, AudioFamily, faulty, known_rate},
    channels::Channels,
    descriptors::Descriptor,
    mp3,
};
use crate::{
    Error, FourCc,
    sample_entry::{AudioEntry, SampleEntry},
};

const ESDS: FourCc = FourCc(*b"esds");
/// A frame's transform overlaps with the one before (ISO/IEC 14496-3 §4.6.11).
const PREROLL_FRAMES: u32 = 1;
/// Spectral band replication delays by one frame more.
const PREROLL_FRAMES_WITH_SBR: u32 = 2;
/// Up to this rate AAC may carry spectral band replication without saying so
/// (ISO/IEC 14496-3 §1.6.5.3).
const HIGHEST_IMPLICIT_SBR_RATE: u32 = 24_000;
const USAC: u8 = 42;
const LAYER_3: u8 = 34;

/// MPEG-4 audio.
pub(super) fn describe(
    entry: &SampleEntry,
    fields: AudioEntry,
    specific: &[u8],
) -> Result<AudioCodec, Error> {
    let config = AudioSpecificConfig::parse(specific)
        .ok_or_else(|| faulty(entry, ESDS, "the AudioSpecificConfig is missing, cut or contradictory"))?;
    match config.object_type {
        LAYER_3 => Ok(layer_3(&config, fields)),
        USAC => Ok(usac(&config, fields)),
        1..=4 | 17 | 23 | 39 => general_audio(entry, &config, fields),
        _ => Err(Error::Unsupported {
            kind: ESDS,
            offset: entry.child(ESDS).map_or(entry.offset, |esds| esds.offset),
            reason: "this audio object type of MPEG-4 has no place in HLS, DASH or CMAF",
        }),
    }
}

/// MPEG-2 AAC, whose configuration may be absent.
pub(super) fn describe_mpeg2(
    entry: &SampleEntry,
    fields: AudioEntry,
    specific: &[u8],
    object_type: u8,
) -> Result<AudioCodec, Error> {
    let config = AudioSpecificConfig::parse(specific)
        .unwrap_or_else(|| AudioSpecificConfig::plain(GA_LOW_COMPLEXITY, fields.sample_rate, 0));
    let mut codec = general_audio(entry, &config, fields)?;
    codec.codecs = format!("mp4a.{object_type:02X}");
    // Main, Low Complexity and SSR are 0x66 to 0x68 here and 1 to 3 in MPEG-4.
    codec.hls_codecs = format!("mp4a.40.{}", object_type.saturating_sub(0x65));
    Ok(codec)
}

/// AAC, with what its extensions add.
fn general_audio(
    entry: &SampleEntry,
    config: &AudioSpecificConfig,
    fields: AudioEntry,
) -> Result<AudioCodec, Error> {
    let core_rate = known_rate(entry, config.sample_rate, fields.sample_rate)?;
    let output_rate = config.extension_rate.unwrap_or(core_rate);
    let profile = match (config.has_ps, config.extension_rate) {
        (true, _) => 29,
        (false, Some(_)) => 5,
        (false, None) => config.object_type,
    };
    let channels = match config.channels.count {
        0 => Channels::of_count(fields.channel_count), // a reserved configuration
        1 if config.has_ps => Channels::of_count(2),   // parametric stereo makes two of one
        _ => config.channels.clone(),
    };
    let mut codec = AudioCodec::new(AudioFamily::Aac, format!("mp4a.40.{profile}"), channels, output_rate);
    let output_samples = u64::from(config.frame_samples) * u64::from(output_rate);
    codec.samples_per_frame = output_samples.checked_div(core_rate.into()).and_then(|n| n.try_into().ok());
    codec.preroll_frames =
        if config.extension_rate.is_some() { PREROLL_FRAMES_WITH_SBR } else { PREROLL_FRAMES };
    // Low-rate AAC may carry spectral band replication without a word in the configuration (ISO/IEC
    // 14496-3 §1.6.5.3). An entry with twice the rate of the core is all that some writers say about it.
    let is_silent_on_sbr = config.object_type == GA_LOW_COMPLEXITY
        && !config.says_whether_sbr
        && core_rate <= HIGHEST_IMPLICIT_SBR_RATE;
    if is_silent_on_sbr && fields.sample_rate == core_rate.saturating_mul(2) {
        codec = with_sbr(codec);
    }
    Ok(codec)
}

/// The same stream as HE-AAC: twice the rate, twice the samples.
fn with_sbr(codec: AudioCodec) -> AudioCodec {
    AudioCodec {
        codecs: String::from("mp4a.40.5"),
        hls_codecs: String::from("mp4a.40.5"),
        sample_rate: codec.sample_rate.saturating_mul(2),
        samples_per_frame: codec.samples_per_frame.map(|samples| samples.saturating_mul(2)),
        preroll_frames: PREROLL_FRAMES_WITH_SBR,
        ..codec
    }
}

/// MPEG-1 or MPEG-2 layer III under its number as MPEG-4 audio.
fn layer_3(config: &AudioSpecificConfig, mut fields: AudioEntry) -> AudioCodec {
    if config.sample_rate != 0 {
        fields.sample_rate = config.sample_rate;
    }
    fields.channel_count = config.channels.count;
    let mut codec = mp3::describe(fields, mp3::object_type(fields.sample_rate));
    codec.codecs.clone_from(&codec.hls_codecs);
    codec
}

/// Unified speech and audio coding; its rate and frame length are those of the output.
fn usac(config: &AudioSpecificConfig, fields: AudioEntry) -> AudioCodec {
    let rate = if config.sample_rate == 0 { fields.sample_rate } else { config.sample_rate };
    let codecs = format!("mp4a.40.{USAC}");
    let mut codec = AudioCodec::new(AudioFamily::Usac, codecs, config.channels.clone(), rate);
    codec.samples_per_frame = Some(config.frame_samples);
    codec.preroll_frames = PREROLL_FRAMES_WITH_SBR;
    codec
}

/// The configuration of an entry that has one.
pub(super) fn config_of(entry: &SampleEntry) -> Option<AudioSpecificConfig> {
    let descriptor = Descriptor::parse(&entry.child(ESDS)?).ok()?;
    AudioSpecificConfig::parse(descriptor.specific)
}
