//! The sequence header of AV1 (AV1 Bitstream & Decoding Process Specification §5.5).

use crate::{bits::BitReader, codec::colour::Colour};

/// `OBU_SEQUENCE_HEADER`.
const SEQUENCE_HEADER: u32 = 1;

/// What a sequence header says.
pub(super) struct SequenceHeader {
    pub size: Option<(u16, u16)>,
    pub colour: Colour,
}

impl SequenceHeader {
    /// The first sequence header among the OBUs of `av1C`.
    pub(super) fn find(obus: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(obus);
        while bits.remaining_bits() > 0 {
            bits.flag()?; // obu_forbidden_bit
            let kind = bits.bits(4)?;
            let (has_extension, has_size) = (bits.flag()?, bits.flag()?);
            bits.flag()?; // obu_reserved_1bit
            bits.skip(if has_extension { 8 } else { 0 })?;
            let len = if has_size { leb128(&mut bits)? } else { bits.rest().len() };
            let payload = bits.rest().get(..len)?;
            if kind == SEQUENCE_HEADER {
                return Self::parse(&mut BitReader::new(payload));
            }
            bits.skip(len.checked_mul(8)?)?;
        }
        None
    }

    fn parse(bits: &mut BitReader<'_>) -> Option<Self> {
        let profile = bits.bits(3)?;
        bits.flag()?; // still_picture
        let is_reduced = bits.flag()?; // reduced_still_picture_header
        if is_reduced {
            bits.skip(5)?; // seq_level_idx
        } else {
            skip_operating_points(bits)?;
        }
        let (width_bits, height_bits) = (bits.bits(4)? + 1, bits.bits(4)? + 1);
        let width = bits.short(width_bits)?.checked_add(1);
        let height = bits.short(height_bits)?.checked_add(1);
        skip_coding_tools(bits, is_reduced)?;
        Some(Self { size: width.zip(height), colour: colour_config(bits, profile)? })
    }
}

/// `leb128()` (§4.10.5).
fn leb128(bits: &mut BitReader<'_>) -> Option<usize> {
    let mut value = 0usize;
    for group in 0..5 {
        let has_more = bits.flag()?;
        value |= (bits.bits(7)? as usize).checked_shl(7 * group)?;
        if !has_more {
            return Some(value);
        }
    }
    None
}

/// From `timing_info_present_flag` to the last operating point.
fn skip_operating_points(bits: &mut BitReader<'_>) -> Option<()> {
    let mut delay_bits = None;
    if bits.flag()? {
        bits.skip(64)?; // num_units_in_display_tick, time_scale
        if bits.flag()? {
            skip_uvlc(bits)?; // num_ticks_per_picture_minus_1
        }
        if bits.flag()? {
            delay_bits = Some(bits.bits(5)? as usize + 1); // buffer_delay_length_minus_1
            bits.skip(32 + 5 + 5)?;
        }
    }
    let has_display_delay = bits.flag()?;
    for _ in 0..=bits.bits(5)? {
        bits.skip(12)?; // operating_point_idc
        if bits.bits(5)? > 7 {
            bits.flag()?; // seq_tier
        }
        if let Some(delay_bits) = delay_bits
            && bits.flag()?
        {
            bits.skip(2 * delay_bits + 1)?; // decoder and encoder buffer delay, low_delay_mode_flag
        }
        if has_display_delay && bits.flag()? {
            bits.skip(4)?; // initial_display_delay_minus_1
        }
    }
    Some(())
}

/// `uvlc()` (§4.10.3).
fn skip_uvlc(bits: &mut BitReader<'_>) -> Option<()> {
    let mut zeros = 0;
    while !bits.flag()? {
        zeros += 1;
    }
    bits.skip(if zeros < 32 { zeros } else { 0 })
}

/// From `frame_id_numbers_present_flag` to `enable_restoration`.
fn skip_coding_tools(bits: &mut BitReader<'_>, is_reduced: bool) -> Option<()> {
    if !is_reduced && bits.flag()? {
        bits.skip(4 + 3)?; // delta_frame_id_length_minus_2, additional_frame_id_length_minus_1
    }
    bits.skip(3)?; // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
    if !is_reduced {
        bits.skip(4)?; // interintra, masked compound, warped motion, dual filter
        let has_order_hint = bits.flag()?;
        bits.skip(if has_order_hint { 2 } else { 0 })?; // enable_jnt_comp, enable_ref_frame_mvs
        // seq_choose_screen_content_tools, else seq_force_screen_content_tools
        let may_have_screen_content = bits.flag()? || bits.flag()?;
        if may_have_screen_content && !bits.flag()? {
            bits.flag()?; // seq_force_integer_mv
        }
        bits.skip(if has_order_hint { 3 } else { 0 })?; // order_hint_bits_minus_1
    }
    bits.skip(3) // enable_superres, enable_cdef, enable_restoration
}

/// `color_config()` (§5.5.2), up to the range.
fn colour_config(bits: &mut BitReader<'_>, profile: u32) -> Option<Colour> {
    let high_bitdepth = bits.flag()?;
    if profile == 2 && high_bitdepth {
        bits.flag()?; // twelve_bit
    }
    let is_monochrome = profile != 1 && bits.flag()?;
    let mut colour = Colour::UNSPECIFIED;
    if bits.flag()? {
        colour.primaries = bits.short(8)?;
        colour.transfer = bits.short(8)?;
        colour.matrix = bits.short(8)?;
    }
    // BT.709 primaries, sRGB, identity: RGB, whose range is not written.
    let is_srgb = (colour.primaries, colour.transfer, colour.matrix) == (1, 13, 0);
    colour.full_range = (is_srgb && !is_monochrome) || bits.flag()?;
    Some(colour)
}
