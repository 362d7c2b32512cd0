//! Raw data blocks of AAC (ISO/IEC 14496-3 §4.4.2.1) that code no bands.

use bytes::Bytes;

use crate::{bits::BitWriter, codec::aac, sample_entry::SampleEntry};

/// The syntactic elements of a raw data block (ISO/IEC 14496-3 Table 4.85).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    Single = 0,
    Pair = 1,
    LowFrequency = 3,
    End = 7,
}

/// The elements of each channel configuration (ISO/IEC 14496-3 Table 1.19).
fn elements(channel_configuration: u8) -> &'static [Element] {
    use Element::{LowFrequency, Pair, Single};
    match channel_configuration {
        1 => &[Single],
        2 => &[Pair],
        3 => &[Single, Pair],
        4 => &[Single, Pair, Single],
        5 => &[Single, Pair, Pair],
        6 => &[Single, Pair, Pair, LowFrequency],
        7 | 12 => &[Single, Pair, Pair, Pair, LowFrequency],
        11 => &[Single, Pair, Pair, Single, LowFrequency],
        _ => &[],
    }
}

/// The core frame alone does for HE-AAC: without its extension the decoder has nothing to replicate.
pub(super) fn frame(entry: &SampleEntry) -> Option<Bytes> {
    let config = aac::config_of(entry)?;
    // Error-resilient and low-delay object types have other blocks.
    if !matches!(config.object_type, 1..=4) {
        return None;
    }
    raw_data_block(elements(config.channel_configuration))
}

fn raw_data_block(elements: &[Element]) -> Option<Bytes> {
    if elements.is_empty() {
        return None;
    }
    let mut bits = BitWriter::default();
    for (position, &element) in elements.iter().enumerate() {
        let same_before = elements.iter().take(position).filter(|&&before| before == element).count();
        bits.bits(3, element as u32); // id_syn_ele
        bits.bits(4, u32::try_from(same_before).ok()?); // element_instance_tag
        if element == Element::Pair {
            bits.bit(true); // common_window
            write_ics_info(&mut bits);
            bits.bits(2, 0); // ms_mask_present
            write_channel_stream(&mut bits, true);
            write_channel_stream(&mut bits, true);
        } else {
            write_channel_stream(&mut bits, false);
        }
    }
    bits.bits(3, Element::End as u32);
    Some(bits.into_bytes().into())
}

/// `individual_channel_stream()` (ISO/IEC 14496-3 §4.4.2.7) without bands: neither sections nor
/// scale factors nor coefficients follow.
fn write_channel_stream(bits: &mut BitWriter, has_common_window: bool) {
    bits.bits(8, 0); // global_gain
    if !has_common_window {
        write_ics_info(bits);
    }
    bits.bits(3, 0); // pulse_data_present, tns_data_present, gain_control_data_present
}

/// `ics_info()` (ISO/IEC 14496-3 §4.4.2.6).
fn write_ics_info(bits: &mut BitWriter) {
    bits.bit(false); // ics_reserved_bit
    bits.bits(2, 0); // window_sequence: ONLY_LONG_SEQUENCE
    bits.bit(false); // window_shape
    bits.bits(6, 0); // max_sfb
    bits.bit(false); // predictor_data_present
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: the bits of ISO/IEC 14496-3 §4.4.2.1 written down by hand.
    #[test]
    fn aac_frames_follow_the_syntax() {
        // SCE: 000 0000, gain 00000000, ics_info 0 00 0 000000 0, flags 000; END 111
        let mono = [0, 0, 0, 0b0000_0111];
        assert_eq!(raw_data_block(elements(1)).unwrap()[..], mono);
        // CPE: 001 0000 1, ics_info 0 00 0 000000 0, ms 00, twice (gain 00000000, flags 000); END 111
        let stereo = [0b0010_0001, 0, 0, 0, 0, 0b0001_1100];
        assert_eq!(raw_data_block(elements(2)).unwrap()[..], stereo);
        assert_eq!(raw_data_block(elements(0)), None);
    }

    /// Oracle: the same bits put together by a script from the syntax tables; ffmpeg decodes each of
    /// them, as ADTS and in MP4, to zeros in the right number of channels.
    #[test]
    fn aac_frames_of_more_channels() {
        let hex = |configuration| format!("{:x}", raw_data_block(elements(configuration)).unwrap());
        assert_eq!(hex(3), "000000010800000000e0");
        assert_eq!(hex(4), "00000001080000000002000007");
        assert_eq!(hex(5), "00000001080000000023000000001c");
        assert_eq!(hex(6), "00000001080000000023000000000c000000e0");
        assert_eq!(hex(7), "000000010800000000230000000004a0000000018000001c");
        assert_eq!(hex(11), "00000001080000000023000000000040000060000007");
        assert_eq!(hex(12), hex(7));
    }
}
