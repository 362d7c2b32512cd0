//! Colours: `colr` and what streams say, as code points of ISO/IEC 23091-2.

use crate::{FourCc, sample_entry::SampleEntry};

/// `ColourPrimaries`, `TransferCharacteristics` and `MatrixCoefficients` alike: unspecified.
const UNSPECIFIED: u16 = 2;

/// How code values are colours (ISO/IEC 23091-2 §8); 2 is *unspecified*.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    /// `ColourPrimaries`.
    pub primaries: u16,
    /// `TransferCharacteristics`.
    pub transfer: u16,
    /// `MatrixCoefficients`.
    pub matrix: u16,
    /// `VideoFullRangeFlag`.
    pub full_range: bool,
}

impl Colour {
    /// Nothing is known.
    pub(super) const UNSPECIFIED: Self =
        Self { primaries: UNSPECIFIED, transfer: UNSPECIFIED, matrix: UNSPECIFIED, full_range: false };
}

/// What `colr` says.
#[derive(Debug, Clone, Copy)]
pub(super) struct ColourBox {
    primaries: u16,
    transfer: u16,
    matrix: u16,
    full_range: Option<bool>,
}

/// The first `colr` with code points: `nclx` (ISO/IEC 14496-12 §12.1.5), or QuickTime's `nclc`, which
/// has no range. Some encoders end `nclx` before the range, so that the box is 18 bytes long.
pub(super) fn from_boxes(entry: &SampleEntry) -> Option<ColourBox> {
    entry.children().flatten().filter(|child| child.kind.0 == *b"colr").find_map(|colr| {
        let mut fields = colr.reader();
        let kind = fields.fourcc().ok()?;
        if kind != FourCc(*b"nclx") && kind != FourCc(*b"nclc") {
            return None;
        }
        Some(ColourBox {
            primaries: fields.u16().ok()?,
            transfer: fields.u16().ok()?,
            matrix: fields.u16().ok()?,
            full_range: fields.u8().ok().filter(|_| kind.0 == *b"nclx").map(|byte| byte & 0x80 != 0),
        })
    })
}

/// The container's word counts; what it leaves open, the stream may fill in.
pub(super) fn merge(in_box: Option<ColourBox>, in_stream: Option<Colour>) -> Option<Colour> {
    let Some(in_box) = in_box else { return in_stream };
    let stream = in_stream.unwrap_or(Colour::UNSPECIFIED);
    let or = |boxed: u16, stream: u16| if boxed == UNSPECIFIED { stream } else { boxed };
    Some(Colour {
        primaries: or(in_box.primaries, stream.primaries),
        transfer: or(in_box.transfer, stream.transfer),
        matrix: or(in_box.matrix, stream.matrix),
        full_range: in_box.full_range.unwrap_or(stream.full_range),
    })
}
