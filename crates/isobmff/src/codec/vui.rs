//! Video usability information: the fields that H.264 and H.265 have in common
//! (ISO/IEC 14496-10 Annex E, ISO/IEC 23008-2 Annex E).

use super::colour::Colour;
use crate::bits::BitReader;

/// `aspect_ratio_idc` 1 to 16 (ISO/IEC 14496-10 Table E-1).
const SAMPLE_ASPECT_RATIOS: [(u32, u32); 16] = [
    (1, 1),
    (12, 11),
    (10, 11),
    (16, 11),
    (40, 33),
    (24, 11),
    (20, 11),
    (32, 11),
    (80, 33),
    (18, 11),
    (15, 11),
    (64, 33),
    (160, 99),
    (4, 3),
    (3, 2),
    (2, 1),
];
/// `aspect_ratio_idc` of a ratio in the next two fields.
const EXTENDED_SAR: u32 = 255;

/// What a stream says about its presentation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Vui {
    pub pixel_aspect: Option<(u32, u32)>,
    pub colour: Option<Colour>,
    pub interlaced: bool,
}

impl Vui {
    /// Reads `vui_parameters()` up to the colours, the first fields in both standards.
    pub(super) fn read(&mut self, bits: &mut BitReader<'_>) -> Option<()> {
        if bits.flag()? {
            self.pixel_aspect = match bits.bits(8)? {
                EXTENDED_SAR => Some((bits.bits(16)?, bits.bits(16)?)),
                index => index.checked_sub(1).and_then(|i| SAMPLE_ASPECT_RATIOS.get(i as usize)).copied(),
            };
        }
        if bits.flag()? {
            bits.flag()?; // overscan_appropriate_flag
        }
        if bits.flag()? {
            bits.skip(3)?; // video_format
            let full_range = bits.flag()?;
            let mut colour = Colour { full_range, ..Colour::UNSPECIFIED };
            if bits.flag()? {
                colour.primaries = bits.short(8)?;
                colour.transfer = bits.short(8)?;
                colour.matrix = bits.short(8)?;
            }
            self.colour = Some(colour);
        }
        Some(())
    }
}
