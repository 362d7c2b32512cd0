//! Audio codecs: what all families have in common.

use super::{ac3, ac4, alac, channels::Channels, descriptors, dts, flac, mp3, mpegh, opus, refusal};
use crate::{
    Error, FourCc,
    sample_entry::{AudioEntry, SampleEntry},
};

/// What an audio sample entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioCodec {
    /// The audio coding standard.
    pub family: AudioFamily,
    /// The `codecs` parameter (RFC 6381) for DASH.
    pub codecs: String,
    /// The same for HLS, which has its own names for MP3 and MPEG-2 AAC.
    pub hls_codecs: String,
    /// Samples per second as they come out of the decoder, after spectral band replication.
    pub sample_rate: u32,
    /// Channels as they come out of the decoder, after parametric stereo.
    pub channels: u16,
    /// `AudioChannelConfiguration` in DASH: scheme and value.
    pub dash_channels: (&'static str, String),
    /// Complexity index of Dolby Atmos as joint object coding (ETSI TS 103 420).
    pub joc_complexity: Option<u8>,
    /// Whether an AC-4 stream is an immersive stereo one.
    pub ac4_ims: bool,
    /// Samples that come out of each frame, at `sample_rate`; `None` where they may vary.
    pub samples_per_frame: Option<u32>,
    /// How many frames before the first one heard the decoder needs.
    pub preroll_frames: u32,
    /// How many milliseconds before the first sample heard the decoder needs.
    pub preroll_ms: u32,
    /// Samples at 48 kHz that an Opus decoder leaves out at the start.
    pub pre_skip: Option<u16>,
}

/// The audio coding standards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudioFamily {
    /// AAC with all its extensions but USAC, ISO/IEC 14496-3.
    Aac,
    /// xHE-AAC, ISO/IEC 23003-3.
    Usac,
    /// Dolby Digital, ETSI TS 102 366.
    Ac3,
    /// Dolby Digital Plus, ETSI TS 102 366 Annex E.
    Eac3,
    /// Dolby AC-4, ETSI TS 103 190.
    Ac4,
    /// MPEG-1 or MPEG-2 audio layer III.
    Mp3,
    /// Opus, RFC 6716.
    Opus,
    /// FLAC, RFC 9639.
    Flac,
    /// Apple Lossless.
    Alac,
    /// DTS, ETSI TS 102 114 and TS 103 491.
    Dts,
    /// MPEG-H 3D Audio, ISO/IEC 23008-3.
    MpegH,
}

impl AudioCodec {
    /// A codec with one name, channels, a rate, and none of the rarer properties.
    pub(super) fn new(family: AudioFamily, codecs: String, channels: Channels, sample_rate: u32) -> Self {
        Self {
            family,
            hls_codecs: codecs.clone(),
            codecs,
            sample_rate,
            channels: channels.count,
            dash_channels: channels.dash,
            joc_complexity: None,
            ac4_ims: false,
            samples_per_frame: None,
            preroll_frames: 0,
            preroll_ms: 0,
            pre_skip: None,
        }
    }
}

pub(super) fn describe(entry: &SampleEntry, fields: AudioEntry) -> Result<AudioCodec, Error> {
    match &entry.format.0 {
        b"mp4a" => descriptors::describe(entry, fields),
        b".mp3" | b"ms\0\x55" => Ok(mp3::describe(fields, mp3::object_type(fields.sample_rate))),
        b"ac-3" => ac3::describe_ac3(entry, fields),
        b"ec-3" => ac3::describe_eac3(entry, fields),
        b"ac-4" => ac4::describe(entry, fields),
        b"Opus" => opus::describe(entry),
        b"fLaC" => flac::describe(entry),
        b"alac" => alac::describe(entry),
        b"dtsc" | b"dtsh" | b"dtsl" | b"dtse" | b"dtsx" | b"dtsy" => dts::describe(entry, fields),
        b"mha1" | b"mha2" | b"mhm1" | b"mhm2" => mpegh::describe(entry, fields),
        _ => Err(refusal::unsupported(entry)),
    }
}

/// The first of two rates that is known.
pub(super) fn known_rate(entry: &SampleEntry, first: u32, second: u32) -> Result<u32, Error> {
    [first, second].into_iter().find(|&rate| rate != 0).ok_or(Error::Invalid {
        kind: entry.format,
        offset: entry.offset,
        reason: "the sampling rate is not known",
    })
}

/// A record that ends early or contradicts itself.
pub(super) fn faulty(entry: &SampleEntry, kind: FourCc, reason: &'static str) -> Error {
    let offset = entry.child(kind).map_or(entry.offset, |found| found.offset);
    Error::Invalid { kind, offset, reason }
}
