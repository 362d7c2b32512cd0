//! Video codecs: what all families have in common.

use super::{
    av1, avc, colour,
    colour::Colour,
    dolby_vision,
    dolby_vision::{DolbyVision, Supplemental},
    hevc, refusal, vp9,
    vui::Vui,
    vvc,
};
use crate::{
    Error, FourCc,
    sample_entry::{SampleEntry, VisualEntry},
};

/// What a visual sample entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoCodec {
    /// The video coding standard.
    pub family: VideoFamily,
    /// The `codecs` parameter (RFC 6381) for DASH and HLS; of the base layer where Dolby Vision is
    /// cross-compatible.
    pub codecs: String,
    /// What a player with Dolby Vision may use instead of `codecs`.
    pub supplemental: Option<Supplemental>,
    /// Width in pixels after cropping, before the pixel aspect ratio is applied.
    pub coded_width: u16,
    /// Height in pixels after cropping.
    pub coded_height: u16,
    /// Width to height of a pixel, in lowest terms; no zeros.
    pub pixel_aspect: (u32, u32),
    /// How code values are colours, as far as the file says.
    pub colour: Option<Colour>,
    /// The Dolby Vision configuration, if there is a valid one.
    pub dolby_vision: Option<DolbyVision>,
    /// Bits per luma sample.
    pub bit_depth: Option<u8>,
    /// The format that promises parameter sets in the sample entry alone, for an entry whose format
    /// does not promise it though they are all there: `avc1` for `avc3`, `hvc1` for `hev1`, and so on.
    pub out_of_band_format: Option<FourCc>,
    /// Bytes of the length before each NAL unit: 1, 2 or 4; `None` where samples have no NAL units.
    pub nal_length_size: Option<u8>,
    /// Whether the file says that its pictures are, or may be, coded as fields.
    pub interlaced: bool,
}

/// The video coding standards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VideoFamily {
    /// H.264, ISO/IEC 14496-10.
    Avc,
    /// H.265, ISO/IEC 23008-2.
    Hevc,
    /// H.266, ISO/IEC 23090-3.
    Vvc,
    /// AV1, of the Alliance for Open Media.
    Av1,
    /// VP9.
    Vp9,
}

/// The values of `VIDEO-RANGE` (RFC 8216bis §4.4.6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VideoRange {
    /// Standard dynamic range.
    Sdr,
    /// Hybrid log-gamma.
    Hlg,
    /// Perceptual quantizer.
    Pq,
}

impl VideoCodec {
    /// The dynamic range. `TransferCharacteristics` 16 is PQ and 18 is HLG (ISO/IEC 23091-2 §8.2);
    /// where they say neither, Dolby Vision's profile and compatibility may.
    pub fn video_range(&self) -> VideoRange {
        match self.colour.map(|colour| colour.transfer) {
            Some(16) => VideoRange::Pq,
            Some(18) => VideoRange::Hlg,
            _ => self.dolby_vision.map_or(VideoRange::Sdr, DolbyVision::video_range),
        }
    }

    /// `codecs` of the entry after its format was changed to `format`.
    pub fn codecs_as(&self, format: FourCc) -> String {
        with_format(&self.codecs, format)
    }

    /// `supplemental` of the entry after its format was changed to `format`.
    pub fn supplemental_as(&self, format: FourCc) -> Option<Supplemental> {
        let supplemental = self.supplemental.as_ref()?;
        let codecs = with_format(&supplemental.codecs, dolby_vision::format_beside(format)?);
        Some(Supplemental { codecs, brand: supplemental.brand })
    }
}

/// What the configuration of one family tells.
pub(super) struct Stream {
    pub family: VideoFamily,
    pub codecs: String,
    /// From the stream itself, where that is cheap to read.
    pub size: Option<(u16, u16)>,
    pub vui: Vui,
    pub bit_depth: Option<u8>,
    pub nal_length_size: Option<u8>,
    /// Whether the entry holds all parameter sets.
    pub has_parameter_sets: bool,
}

pub(super) fn describe(entry: &SampleEntry, fields: VisualEntry) -> Result<VideoCodec, Error> {
    let in_boxes = colour::from_boxes(entry);
    let stream = match &entry.format.0 {
        b"avc1" | b"avc3" | b"dva1" | b"dvav" => avc::describe(entry)?,
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => hevc::describe(entry)?,
        b"vvc1" | b"vvi1" => vvc::describe(entry)?,
        b"av01" | b"dav1" => av1::describe(entry, in_boxes)?,
        b"vp09" => vp9::describe(entry, fields)?,
        _ => return Err(refusal::unsupported(entry)),
    };
    let dolby_vision = dolby_vision::describe(entry)?;
    let colour = colour::merge(in_boxes, stream.vui.colour);
    let codecs = match dolby_vision {
        Some(dolby) if dolby_vision::is_named_by(entry.format) => dolby.codecs(entry.format),
        _ => stream.codecs,
    };
    let (coded_width, coded_height) = stream.size.unwrap_or((fields.width, fields.height));
    Ok(VideoCodec {
        family: stream.family,
        codecs,
        supplemental: dolby_vision.and_then(|dolby| dolby.supplemental(entry.format, colour)),
        coded_width,
        coded_height,
        pixel_aspect: pixel_aspect(entry, stream.vui.pixel_aspect),
        colour,
        dolby_vision,
        bit_depth: stream.bit_depth,
        out_of_band_format: out_of_band(entry.format).filter(|_| stream.has_parameter_sets),
        nal_length_size: stream.nal_length_size,
        interlaced: is_interlaced(entry).unwrap_or(stream.vui.interlaced),
    })
}

/// The counterpart that keeps parameter sets out of the samples (ISO/IEC 14496-15 §5.4.2.1, §8.4.1;
/// Dolby Vision Streams within ISO base media file format §2.2).
fn out_of_band(format: FourCc) -> Option<FourCc> {
    match &format.0 {
        b"avc3" => Some(FourCc(*b"avc1")),
        b"hev1" => Some(FourCc(*b"hvc1")),
        b"dvhe" => Some(FourCc(*b"dvh1")),
        b"dvav" => Some(FourCc(*b"dva1")),
        _ => None,
    }
}

/// `pasp` (ISO/IEC 14496-12 §12.1.4), else what the stream says, else square.
fn pixel_aspect(entry: &SampleEntry, in_stream: Option<(u32, u32)>) -> (u32, u32) {
    let in_box = entry.child(FourCc(*b"pasp")).and_then(|pasp| {
        let mut fields = pasp.reader();
        Some((fields.u32().ok()?, fields.u32().ok()?))
    });
    in_box.and_then(reduced).or(in_stream.and_then(reduced)).unwrap_or((1, 1))
}

/// In lowest terms; `None` if a part is zero.
fn reduced((width, height): (u32, u32)) -> Option<(u32, u32)> {
    let (mut divisor, mut rest) = (width, height);
    while rest != 0 {
        (divisor, rest) = (rest, divisor.checked_rem(rest)?);
    }
    Some((width.checked_div(divisor)?, height.checked_div(divisor)?)).filter(|&(w, h)| w != 0 && h != 0)
}

/// Whether QuickTime's `fiel` counts one field or two.
fn is_interlaced(entry: &SampleEntry) -> Option<bool> {
    match entry.child(FourCc(*b"fiel"))?.payload.first()? {
        1 => Some(false),
        2 => Some(true),
        _ => None,
    }
}

/// `codecs` with another sample entry name in front.
fn with_format(codecs: &str, format: FourCc) -> String {
    match codecs.split_once('.') {
        Some((_, parameters)) => format!("{format}.{parameters}"),
        None => format.to_string(),
    }
}
