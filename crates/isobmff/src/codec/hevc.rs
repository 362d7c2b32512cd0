//! H.265: `hvcC` (ISO/IEC 14496-15 §8.3.3.1).

mod sps;

use self::sps::Sps;
use super::{
    avc,
    video::{Stream, VideoFamily},
};
use crate::{Error, FourCc, read::BoxRef, sample_entry::SampleEntry};

/// `nal_unit_type` of the parameter sets (ISO/IEC 23008-2 Table 7-1).
const VPS: u8 = 32;
const SPS: u8 = 33;
const PPS: u8 = 34;

pub(super) fn describe(entry: &SampleEntry) -> Result<Stream, Error> {
    let record = Record::parse(&entry.require(FourCc(*b"hvcC"))?)?;
    let sps = record.sps.and_then(Sps::parse);
    let mut vui = sps.map(|sps| sps.vui).unwrap_or_default();
    vui.interlaced |= record.profile.is_interlaced();
    Ok(Stream {
        family: VideoFamily::Hevc,
        codecs: format!("{}.{}", entry.format, record.profile.codecs()),
        size: sps.and_then(|sps| sps.size),
        vui,
        bit_depth: Some(record.bit_depth),
        nal_length_size: Some(record.nal_length_size),
        has_parameter_sets: record.has_vps && record.sps.is_some() && record.has_pps,
    })
}

/// `HEVCDecoderConfigurationRecord`.
struct Record<'a> {
    profile: ProfileTierLevel,
    bit_depth: u8,
    nal_length_size: u8,
    has_vps: bool,
    /// The first sequence parameter set, with its NAL unit header.
    sps: Option<&'a [u8]>,
    has_pps: bool,
}

impl<'a> Record<'a> {
    fn parse(hvcc: &BoxRef<'a>) -> Result<Self, Error> {
        let mut fields = hvcc.reader();
        // Drafts of the standard had version 0 and the same fields.
        if fields.u8()? > 1 {
            return Err(hvcc.invalid("the version of the decoder configuration is not 1"));
        }
        let profile = ProfileTierLevel(fields.array()?);
        fields.skip(4)?; // min_spatial_segmentation_idc, parallelismType, chroma_format_idc
        let bit_depth = (fields.u8()? & 7) + 8;
        fields.skip(3)?; // bit_depth_chroma_minus8, avgFrameRate
        let nal_length_size = avc::nal_length_size(hvcc, fields.u8()?)?;
        let mut record =
            Self { profile, bit_depth, nal_length_size, has_vps: false, sps: None, has_pps: false };
        for _ in 0..fields.u8()? {
            let kind = fields.u8()? & 0x3f;
            for _ in 0..fields.u16()? {
                let len = fields.u16()?;
                record.keep(kind, fields.take(len.into())?);
            }
        }
        Ok(record)
    }

    fn keep(&mut self, kind: u8, nal: &'a [u8]) {
        match kind {
            VPS => self.has_vps = true,
            SPS => self.sps = self.sps.or(Some(nal)),
            PPS => self.has_pps = true,
            _ => {}
        }
    }
}

/// The first twelve bytes of `profile_tier_level()` (ISO/IEC 23008-2 §7.3.3), which `hvcC` repeats.
#[derive(Clone, Copy)]
struct ProfileTierLevel([u8; 12]);

impl ProfileTierLevel {
    /// Profile, compatibility, tier and level, constraints (ISO/IEC 14496-15 Annex E.3).
    fn codecs(self) -> String {
        let [profile, c0, c1, c2, c3, constraints @ .., level] = self.0;
        // general_profile_space: none, A, B, C
        let space = [None, Some('A'), Some('B'), Some('C')];
        let space = space.get(usize::from(profile >> 6)).copied().flatten();
        let space = space.map(String::from).unwrap_or_default();
        // The compatibility flags count from the lowest bit here.
        let compatibility = u32::from_be_bytes([c0, c1, c2, c3]).reverse_bits();
        let tier = if profile & 0x20 == 0 { 'L' } else { 'H' };
        let mut codecs = format!("{space}{}.{compatibility:X}.{tier}{level}", profile & 0x1f);
        let used = constraints.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        codecs.extend(constraints.iter().take(used).map(|byte| format!(".{byte:X}")));
        codecs
    }

    /// `general_interlaced_source_flag` without `general_progressive_source_flag`.
    fn is_interlaced(self) -> bool {
        let [_, _, _, _, _, flags, ..] = self.0;
        flags & 0xc0 == 0x40
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: two sequence parameter sets and their strings as mp4ff's tests have them.
    #[test]
    fn codecs_of_a_profile_in_a_parameter_set() {
        let start = |bytes: [u8; 12]| ProfileTierLevel(bytes).codecs();
        // After the NAL unit header and four bits of ids, emulation prevention taken out.
        let high = [1, 0x60, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 0x7b];
        let main = [1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 0x78];
        assert_eq!(start(high), "1.6.L123.B0");
        assert_eq!(start(main), "1.6.L120.90");
    }

    /// Oracle: the compatibility words, reversed by hand; constraint bytes without trailing zeros.
    #[test]
    fn compatibility_is_reversed_and_constraints_are_trimmed() {
        let with = |word: u8, constraint: u8| {
            ProfileTierLevel([0x62, word, 0, 0, 0, constraint, 0, 8, 0, 0, 0, 150]).codecs()
        };
        assert_eq!(with(0x20, 0x90), "A2.4.H150.90.0.8");
        assert_eq!(with(0x60, 0), "A2.6.H150.0.0.8");
        assert_eq!(with(0x08, 0xb0), "A2.10.H150.B0.0.8");
        assert_eq!(ProfileTierLevel([2, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 150]).codecs(), "2.4.L150");
    }
}
