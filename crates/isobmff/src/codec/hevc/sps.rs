//! The sequence parameter set of H.265 (ISO/IEC 23008-2 §7.3.2.2).

use crate::{
    bits::{BitReader, without_emulation_prevention},
    codec::{avc::cropped, vui::Vui},
};

/// Most short-term reference picture sets (ISO/IEC 23008-2 §7.4.3.2.1).
const MAX_REFERENCE_SETS: u32 = 64;
/// Most pictures of a set, over `sps_max_dec_pic_buffering_minus1` (ISO/IEC 23008-2 §A.4.2).
const MAX_REFERENCE_PICTURES: u32 = 16;

/// What a sequence parameter set says.
#[derive(Clone, Copy)]
pub(super) struct Sps {
    pub size: Option<(u16, u16)>,
    pub vui: Vui,
}

impl Sps {
    /// Reads a NAL unit; `None` if it ends before the size.
    pub(super) fn parse(nal: &[u8]) -> Option<Self> {
        let payload = without_emulation_prevention(nal.get(2..)?);
        let mut bits = BitReader::new(&payload);
        bits.skip(4)?; // sps_video_parameter_set_id
        let sub_layers = bits.bits(3)?; // sps_max_sub_layers_minus1
        bits.flag()?; // sps_temporal_id_nesting_flag
        skip_profile_tier_level(&mut bits, sub_layers)?;
        bits.ue()?; // sps_seq_parameter_set_id
        let window = Window::read(&mut bits)?;
        let mut sps = Self { size: window.size(), vui: Vui::default() };
        // What comes before a cut is good all the same.
        let _ = sps.read_vui(&mut bits, sub_layers);
        Some(sps)
    }

    fn read_vui(&mut self, bits: &mut BitReader<'_>, sub_layers: u32) -> Option<()> {
        bits.ue()?; // bit_depth_luma_minus8
        bits.ue()?; // bit_depth_chroma_minus8
        let poc_bits = bits.ue()?.checked_add(4)?;
        skip_coding_tools(bits, sub_layers)?;
        skip_reference_sets(bits)?;
        if bits.flag()? {
            for _ in 0..bits.ue()? {
                bits.skip(poc_bits as usize + 1)?; // lt_ref_pic_poc_lsb_sps, used_by_curr_pic_lt_sps_flag
            }
        }
        bits.skip(2)?; // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
        if !bits.flag()? {
            return Some(());
        }
        self.vui.read(bits)?;
        if bits.flag()? {
            bits.ue()?; // chroma_sample_loc_type_top_field
            bits.ue()?; // chroma_sample_loc_type_bottom_field
        }
        bits.flag()?; // neutral_chroma_indication_flag
        self.vui.interlaced = bits.flag()?; // field_seq_flag
        Some(())
    }
}

/// `profile_tier_level(1, sub_layers)` (ISO/IEC 23008-2 §7.3.3).
fn skip_profile_tier_level(bits: &mut BitReader<'_>, sub_layers: u32) -> Option<()> {
    bits.skip(88 + 8)?;
    let mut skipped = 0;
    for _ in 0..sub_layers {
        skipped += if bits.flag()? { 88 } else { 0 };
        skipped += if bits.flag()? { 8 } else { 0 };
    }
    if sub_layers > 0 {
        bits.skip(2 * 8usize.saturating_sub(sub_layers as usize))?;
    }
    bits.skip(skipped)
}

/// The fields that make the size of a picture.
struct Window {
    /// Width and height before cropping.
    coded: (u32, u32),
    /// Left, right, top, bottom, in chroma samples.
    crop: [u32; 4],
    /// `SubWidthC`, `SubHeightC` (ISO/IEC 23008-2 Table 6-1).
    crop_unit: (u32, u32),
}

impl Window {
    /// From `chroma_format_idc` to the conformance window.
    fn read(bits: &mut BitReader<'_>) -> Option<Self> {
        let crop_unit = match bits.ue()? {
            1 => (2, 2),
            2 => (2, 1),
            3 => {
                bits.flag()?; // separate_colour_plane_flag
                (1, 1)
            }
            _ => (1, 1),
        };
        let coded = (bits.ue()?, bits.ue()?);
        let crop = if bits.flag()? { [bits.ue()?, bits.ue()?, bits.ue()?, bits.ue()?] } else { [0; 4] };
        Some(Self { coded, crop, crop_unit })
    }

    /// Size in pixels after cropping.
    fn size(&self) -> Option<(u16, u16)> {
        let [left, right, top, bottom] = self.crop;
        let width = cropped(self.coded.0, self.crop_unit.0, (left, right))?;
        let height = cropped(self.coded.1, self.crop_unit.1, (top, bottom))?;
        Some((width, height))
    }
}

/// From `sps_sub_layer_ordering_info_present_flag` to the fields of PCM.
fn skip_coding_tools(bits: &mut BitReader<'_>, sub_layers: u32) -> Option<()> {
    let orderings = if bits.flag()? { sub_layers + 1 } else { 1 };
    for _ in 0..3 * orderings + 6 {
        bits.ue()?; // buffering, reordering, latency; then block sizes and hierarchy depths
    }
    if bits.flag()? && bits.flag()? {
        skip_scaling_lists(bits)?;
    }
    bits.skip(2)?; // amp_enabled_flag, sample_adaptive_offset_enabled_flag
    if bits.flag()? {
        bits.skip(8)?; // pcm_sample_bit_depth_luma_minus1, …_chroma_minus1
        bits.ue()?;
        bits.ue()?;
        bits.flag()?;
    }
    Some(())
}

/// `scaling_list_data()` (ISO/IEC 23008-2 §7.3.4).
fn skip_scaling_lists(bits: &mut BitReader<'_>) -> Option<()> {
    for size in 0..4u32 {
        for _ in 0..if size == 3 { 2 } else { 6 } {
            if !bits.flag()? {
                bits.ue()?; // scaling_list_pred_matrix_id_delta
                continue;
            }
            if size > 1 {
                bits.se()?; // scaling_list_dc_coef_minus8
            }
            for _ in 0..64.min(1 << (4 + (size << 1))) {
                bits.se()?; // scaling_list_delta_coef
            }
        }
    }
    Some(())
}

/// All `st_ref_pic_set(i)` (ISO/IEC 23008-2 §7.3.7).
fn skip_reference_sets(bits: &mut BitReader<'_>) -> Option<()> {
    let sets = bits.ue()?;
    if sets > MAX_REFERENCE_SETS {
        return None;
    }
    let mut pictures = 0; // NumDeltaPocs of the set before
    for set in 0..sets {
        pictures =
            if set != 0 && bits.flag()? { predicted_set(bits, pictures)? } else { explicit_set(bits)? };
    }
    Some(())
}

/// A set that is derived from the one before; gives its number of pictures.
fn predicted_set(bits: &mut BitReader<'_>, pictures_before: u32) -> Option<u32> {
    bits.flag()?; // delta_rps_sign
    bits.ue()?; // abs_delta_rps_minus1
    let mut pictures = 0;
    for _ in 0..=pictures_before {
        let is_used = bits.flag()?; // used_by_curr_pic_flag
        // use_delta_flag, 1 if absent
        pictures += u32::from(is_used || bits.flag()?);
    }
    Some(pictures)
}

/// A set that is written out; gives its number of pictures.
fn explicit_set(bits: &mut BitReader<'_>) -> Option<u32> {
    let (negative, positive) = (bits.ue()?, bits.ue()?);
    if negative > MAX_REFERENCE_PICTURES || positive > MAX_REFERENCE_PICTURES {
        return None;
    }
    for _ in 0..negative + positive {
        bits.ue()?; // delta_poc_s0_minus1 or delta_poc_s1_minus1
        bits.flag()?; // used_by_curr_pic_s0_flag or …_s1_flag
    }
    Some(negative + positive)
}
