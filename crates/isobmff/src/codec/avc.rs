//! H.264: `avcC` (ISO/IEC 14496-15 §5.3.3.1) and the sequence parameter set in it.

use super::{
    video::{Stream, VideoFamily},
    vui::Vui,
};
use crate::{
    Error, FourCc,
    bits::{BitReader, without_emulation_prevention},
    read::{BoxRef, Reader},
    sample_entry::SampleEntry,
};

/// Profiles whose sequence parameter set names the chroma format (ISO/IEC 14496-10 §7.3.2.1.1).
const PROFILES_WITH_CHROMA: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

pub(super) fn describe(entry: &SampleEntry) -> Result<Stream, Error> {
    let record = Record::parse(&entry.require(FourCc(*b"avcC"))?)?;
    let [profile, compatibility, level] = record.profile;
    let sps = record.sps.and_then(Sps::parse);
    Ok(Stream {
        family: VideoFamily::Avc,
        codecs: format!("{}.{profile:02x}{compatibility:02x}{level:02x}", entry.format),
        size: sps.and_then(|sps| sps.size),
        vui: sps.map(|sps| sps.vui).unwrap_or_default(),
        bit_depth: sps.map(|sps| sps.bit_depth),
        nal_length_size: Some(record.nal_length_size),
        has_parameter_sets: record.sps.is_some() && record.has_pps,
    })
}

/// `AVCDecoderConfigurationRecord`.
struct Record<'a> {
    /// `AVCProfileIndication`, `profile_compatibility`, `AVCLevelIndication`.
    profile: [u8; 3],
    nal_length_size: u8,
    /// The first sequence parameter set, with its NAL unit header.
    sps: Option<&'a [u8]>,
    has_pps: bool,
}

impl<'a> Record<'a> {
    fn parse(avcc: &BoxRef<'a>) -> Result<Self, Error> {
        let mut fields = avcc.reader();
        if fields.u8()? != 1 {
            return Err(avcc.invalid("the version of the decoder configuration is not 1"));
        }
        let profile = fields.array()?;
        let nal_length_size = nal_length_size(avcc, fields.u8()?)?;
        let sps_count = fields.u8()? & 0x1f;
        let sps = parameter_sets(&mut fields, sps_count)?;
        // Some writers end the record here.
        let pps_count = fields.u8().unwrap_or(0);
        let pps = parameter_sets(&mut fields, pps_count)?;
        Ok(Self { profile, nal_length_size, sps, has_pps: pps.is_some() })
    }
}

/// `lengthSizeMinusOne` in the lowest bits; 2 is reserved (ISO/IEC 14496-15 §5.3.3.1.2, §8.3.3.1.3).
pub(super) fn nal_length_size(record: &BoxRef<'_>, byte: u8) -> Result<u8, Error> {
    match byte & 3 {
        2 => Err(record.invalid("NAL unit lengths of three bytes do not exist")),
        minus_one => Ok(minus_one + 1),
    }
}

/// Reads `count` parameter sets and gives the first that is not empty.
fn parameter_sets<'a>(fields: &mut Reader<'a>, count: u8) -> Result<Option<&'a [u8]>, Error> {
    let mut first = None;
    for _ in 0..count {
        let len = fields.u16()?;
        let set = fields.take(len.into())?;
        first = first.or(Some(set).filter(|set| !set.is_empty()));
    }
    Ok(first)
}

/// What a sequence parameter set says (ISO/IEC 14496-10 §7.3.2.1.1).
#[derive(Clone, Copy)]
struct Sps {
    size: Option<(u16, u16)>,
    bit_depth: u8,
    vui: Vui,
}

impl Sps {
    fn parse(nal: &[u8]) -> Option<Self> {
        let payload = without_emulation_prevention(nal.get(1..)?);
        let mut bits = BitReader::new(&payload);
        let profile = bits.bits(8)?;
        bits.skip(16)?; // constraint flags, level_idc
        bits.ue()?; // seq_parameter_set_id
        let (chroma, bit_depth) =
            if PROFILES_WITH_CHROMA.contains(&profile) { chroma_and_depth(&mut bits)? } else { (1, 8) };
        skip_frame_and_picture_order(&mut bits)?;
        let frame = Frame::read(&mut bits, chroma)?;
        let mut vui = Vui { interlaced: !frame.mbs_only, ..Vui::default() };
        if bits.flag()? {
            // What comes before a cut is good all the same.
            let _ = vui.read(&mut bits);
        }
        Some(Self { size: frame.size(), bit_depth, vui })
    }
}

/// From `chroma_format_idc` to the scaling lists: `ChromaArrayType` and the bit depth of luma.
fn chroma_and_depth(bits: &mut BitReader<'_>) -> Option<(u32, u8)> {
    let chroma_format = bits.ue()?;
    let is_separate = chroma_format == 3 && bits.flag()?;
    let bit_depth = u8::try_from(bits.ue()?).ok()?.checked_add(8)?;
    bits.ue()?; // bit_depth_chroma_minus8
    bits.flag()?; // qpprime_y_zero_transform_bypass_flag
    if bits.flag()? {
        let lists = if chroma_format == 3 { 12 } else { 8 };
        for list in 0..lists {
            if bits.flag()? {
                skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some((if is_separate { 0 } else { chroma_format }, bit_depth))
}

/// `scaling_list()` (ISO/IEC 14496-10 §7.3.2.1.1.1).
fn skip_scaling_list(bits: &mut BitReader<'_>, len: u32) -> Option<()> {
    let (mut last, mut next) = (8i32, 8i32);
    for _ in 0..len {
        if next != 0 {
            next = last.checked_add(bits.se()?)?.rem_euclid(256);
        }
        if next != 0 {
            last = next;
        }
    }
    Some(())
}

/// From `log2_max_frame_num_minus4` to `gaps_in_frame_num_value_allowed_flag`.
fn skip_frame_and_picture_order(bits: &mut BitReader<'_>) -> Option<()> {
    bits.ue()?; // log2_max_frame_num_minus4
    match bits.ue()? {
        0 => drop(bits.ue()?), // log2_max_pic_order_cnt_lsb_minus4
        1 => {
            bits.flag()?; // delta_pic_order_always_zero_flag
            bits.se()?; // offset_for_non_ref_pic
            bits.se()?; // offset_for_top_to_bottom_field
            for _ in 0..bits.ue()? {
                bits.se()?; // offset_for_ref_frame
            }
        }
        _ => {}
    }
    bits.ue()?; // max_num_ref_frames
    bits.flag().map(drop)
}

/// The fields that make the size of a frame.
struct Frame {
    width_mbs: u32,
    height_map_units: u32,
    mbs_only: bool,
    /// Left, right, top, bottom, in crop units.
    crop: [u32; 4],
    chroma: u32,
}

impl Frame {
    fn read(bits: &mut BitReader<'_>, chroma: u32) -> Option<Self> {
        let width_mbs = bits.ue()?.checked_add(1)?;
        let height_map_units = bits.ue()?.checked_add(1)?;
        let mbs_only = bits.flag()?;
        if !mbs_only {
            bits.flag()?; // mb_adaptive_frame_field_flag
        }
        bits.flag()?; // direct_8x8_inference_flag
        let crop = if bits.flag()? { [bits.ue()?, bits.ue()?, bits.ue()?, bits.ue()?] } else { [0; 4] };
        Some(Self { width_mbs, height_map_units, mbs_only, crop, chroma })
    }

    /// Size in pixels after cropping (ISO/IEC 14496-10 §7.4.2.1.1, equations 7-19 to 7-22).
    fn size(&self) -> Option<(u16, u16)> {
        let fields = if self.mbs_only { 1 } else { 2 };
        let unit_x = if matches!(self.chroma, 1 | 2) { 2 } else { 1 };
        let unit_y = if self.chroma == 1 { 2 * fields } else { fields };
        let [left, right, top, bottom] = self.crop;
        let width = cropped(self.width_mbs.checked_mul(16)?, unit_x, (left, right))?;
        let height = cropped(self.height_map_units.checked_mul(16 * fields)?, unit_y, (top, bottom))?;
        Some((width, height))
    }
}

/// `length` less `unit` times both crops; `None` if nothing is left.
pub(super) fn cropped(length: u32, unit: u32, (before, after): (u32, u32)) -> Option<u16> {
    let crop = before.checked_add(after)?.checked_mul(unit)?;
    u16::try_from(length.checked_sub(crop)?).ok().filter(|&rest| rest != 0)
}
