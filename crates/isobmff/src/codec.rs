//! What a sample entry says about its codec: the names that manifests use, the properties that
//! players choose by, and what a decoder needs before the first picture or sound that counts.

mod aac;
mod ac3;
mod ac4;
mod alac;
mod audio;
mod av1;
mod avc;
mod channels;
mod colour;
mod descriptors;
mod dolby_vision;
mod dts;
mod elementary;
mod flac;
mod hevc;
mod mp3;
mod mpegh;
mod opus;
mod parameter_sets;
mod refusal;
mod silence;
mod smooth;
mod video;
mod vp9;
mod vui;
mod vvc;

pub use audio::{AudioCodec, AudioFamily};
pub use colour::Colour;
pub use dolby_vision::{DolbyVision, Supplemental};
pub use elementary::{AacHeader, aac_header};
pub(crate) use mp3::object_type as mp3_object_type;
pub use parameter_sets::parameter_sets;
pub use silence::silent_frame;
pub use smooth::{SmoothCodec, describe_smooth};
pub use video::{VideoCodec, VideoFamily, VideoRange};

use crate::{
    Error, FourCc,
    sample_entry::{EntryFields, SampleEntry},
};

/// The codec of a sample entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Codec {
    /// Pictures.
    Video(VideoCodec),
    /// Sound.
    Audio(AudioCodec),
    /// Captions and subtitles: the format of the entry, for instance `wvtt`.
    Text(FourCc),
}

/// Reads what the entry says.
///
/// Encrypted samples are refused, whatever they are. The error is `Unsupported` with a reason for formats that CMAF, HLS and DASH cannot carry, and
/// `Missing`, `Truncated` or `Invalid` where a box that the format needs is absent or wrong.
pub fn describe(entry: &SampleEntry) -> Result<Codec, Error> {
    if let Some(error) = refusal::encrypted(entry) {
        return Err(error);
    }
    match &entry.fields {
        EntryFields::Visual(fields) => video::describe(entry, *fields).map(Codec::Video),
        EntryFields::Audio(fields) => audio::describe(entry, *fields).map(Codec::Audio),
        EntryFields::Other => text(entry),
    }
}

/// ISO/IEC 14496-30 (`stpp`, `wvtt`), -12 §12.6 (`sbtt`, `stxt`), 3GPP TS 26.245 (`tx3g`), QuickTime
/// (`text`, `c608`, `c708`).
fn text(entry: &SampleEntry) -> Result<Codec, Error> {
    match &entry.format.0 {
        b"stpp" | b"wvtt" | b"sbtt" | b"stxt" | b"tx3g" | b"text" | b"c608" | b"c708" => {
            Ok(Codec::Text(entry.format))
        }
        _ => Err(refusal::unsupported(entry)),
    }
}

#[cfg(test)]
mod tests;
