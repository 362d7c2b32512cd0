//! H.266: `vvcC` (ISO/IEC 14496-15 §11.2.4.2).

use super::{
    avc,
    video::{Stream, VideoFamily},
    vui::Vui,
};
use crate::{Error, FourCc, bits::BitReader, read::BoxRef, sample_entry::SampleEntry};

/// The alphabet of base 32 (RFC 4648 §6).
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

pub(super) fn describe(entry: &SampleEntry) -> Result<Stream, Error> {
    let vvcc = entry.require(FourCc(*b"vvcC"))?;
    let mut fields = vvcc.reader();
    fields.full_box()?;
    let nal_length_size = avc::nal_length_size(&vvcc, fields.rest().first().copied().unwrap_or(0) >> 1)?;
    let profile = Profile::parse(fields.rest()).ok_or_else(|| no_profile(&vvcc))?;
    Ok(Stream {
        family: VideoFamily::Vvc,
        codecs: format!("{}.{}", entry.format, profile.codecs()),
        size: None,
        vui: Vui::default(),
        bit_depth: Some(profile.bit_depth),
        nal_length_size: Some(nal_length_size),
        has_parameter_sets: false,
    })
}

fn no_profile(vvcc: &BoxRef<'_>) -> Error {
    vvcc.invalid("the record ends before the profile, or has none")
}

/// The profile, tier and level in `VvcDecoderConfigurationRecord`.
struct Profile {
    /// `general_profile_idc`.
    number: u8,
    is_high_tier: bool,
    level: u8,
    /// `ptl_frame_only_constraint_flag`, `ptl_multi_layer_enabled_flag`, `general_constraint_info`.
    constraints: Vec<u8>,
    bit_depth: u8,
    output_layer_set: u16,
    sub_layers: u8,
}

impl Profile {
    fn parse(record: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(record);
        bits.skip(7)?; // reserved, LengthSizeMinusOne
        if !bits.flag()? {
            return None; // ptl_present_flag
        }
        let output_layer_set = bits.short(9)?;
        let sub_layers = bits.byte(3)?;
        bits.skip(4)?; // constant_frame_rate, chroma_format_idc
        let bit_depth = bits.byte(3)? + 8;
        bits.skip(5)?;
        bits.skip(2)?;
        let constraint_bytes = bits.bits(6)?;
        let number = bits.byte(7)?;
        let is_high_tier = bits.flag()?;
        let level = bits.byte(8)?;
        let constraints = (0..constraint_bytes).map(|_| bits.byte(8)).collect::<Option<Vec<_>>>()?;
        Some(Self { number, is_high_tier, level, constraints, bit_depth, output_layer_set, sub_layers })
    }

    /// Profile, tier and level, constraints, output layer set (ISO/IEC 14496-15 Annex E.8).
    fn codecs(&self) -> String {
        let tier = if self.is_high_tier { 'H' } else { 'L' };
        let mut codecs = format!("{}.{tier}{}", self.number, self.level);
        let used = self.constraints.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        if let Some(constraints) = self.constraints.get(..used).filter(|used| !used.is_empty()) {
            codecs.push_str(".C");
            codecs.push_str(&base32(constraints));
        }
        // Output layer set 0 with all its sub-layers is what a player assumes.
        if self.output_layer_set != 0 {
            let layers = format!(".O{}+{}", self.output_layer_set, self.sub_layers.saturating_sub(1));
            codecs.push_str(&layers);
        }
        codecs
    }
}

/// Base 32 without padding; the last digit is filled up with zero bits.
fn base32(bytes: &[u8]) -> String {
    let padded = [bytes, &[0]].concat();
    let mut bits = BitReader::new(&padded);
    let digits = bytes.len().saturating_mul(8).div_ceil(5);
    let values = std::iter::from_fn(|| bits.byte(5)).take(digits);
    values.filter_map(|value| BASE32.get(usize::from(value))).copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: a record laid out by hand; `CQA` for the byte 0x80 is in the DASH-IF codec list.
    #[test]
    fn codecs_have_the_constraints_in_base_32() {
        #[rustfmt::skip]
        let record = [
            0b1111_1111,              // reserved, LengthSizeMinusOne 3, ptl_present_flag
            0, 0b0001_0001,           // ols_idx 0, num_sublayers 1, constant_frame_rate 0, chroma 1
            0b0101_1111,              // bit_depth_minus8 2, reserved
            0b0000_0001,              // reserved, num_bytes_constraint_info 1
            0b0000_0010, 67,          // general_profile_idc 1, tier 0, level
            0b1000_0000,              // frame only
        ];
        let profile = Profile::parse(&record).unwrap();
        assert_eq!((profile.codecs().as_str(), profile.bit_depth), ("1.L67.CQA", 10));
        assert!(Profile::parse(&record[..7]).is_none());
    }

    /// Oracle: RFC 4648 §10.
    #[test]
    fn base_32_of_the_rfc() {
        assert_eq!([&b"f"[..], b"fo", b"foo", b"foobar"].map(base32), ["MY", "MZXQ", "MZXW6", "MZXW6YTBOI"]);
    }
}
