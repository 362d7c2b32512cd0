//! Frames of silence, with which a track that begins late or has a gap is filled.

use bytes::Bytes;

use super::{
    aac,
    audio::{AudioCodec, AudioFamily},
    mp3, opus,
};
use crate::{FourCc, bits::BitWriter, sample_entry::SampleEntry};

/// One frame of silence that this decoder takes in mid-stream, or `None` where none can be made.
///
/// `opus_duration` is the wanted duration of an Opus packet in samples at 48 kHz; 20 ms if absent.
pub fn silent_frame(entry: &SampleEntry, codec: &AudioCodec, opus_duration: Option<u32>) -> Option<Bytes> {
    match codec.family {
        AudioFamily::Aac => silent_aac(entry),
        AudioFamily::Opus => silent_opus(entry, opus_duration.unwrap_or(960)),
        AudioFamily::Mp3 => mp3::silent_frame(codec),
        _ => None,
    }
}

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

/// `raw_data_block()` (ISO/IEC 14496-3 §4.4.2.1) whose elements code no bands. The core frame alone
/// does for HE-AAC: without its extension the decoder has nothing to replicate.
fn silent_aac(entry: &SampleEntry) -> Option<Bytes> {
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

/// A CELT frame at full bandwidth whose first symbol, the silence flag, is set (RFC 6716 §4.3).
const SILENT_CELT_FRAME: [u8; 2] = [0xff, 0xfe];
/// `config` of CELT at full bandwidth with frames of 2.5 ms; the next three double it (RFC 6716 §3.1).
const CELT_FULL_BAND: u8 = 28;
/// Samples at 48 kHz of 2.5, 5, 10 and 20 ms.
const CELT_FRAMES: [u32; 4] = [120, 240, 480, 960];
/// Most frames of 20 ms in a packet (RFC 6716 §3.2.5: 120 ms).
const MAX_LONG_FRAMES: u32 = 6;

/// A packet of silence (RFC 6716 §3). With more streams than one, packets have another form.
fn silent_opus(entry: &SampleEntry, duration: u32) -> Option<Bytes> {
    let record = opus::Record::parse(&entry.child(FourCc(*b"dOps"))?).ok()?;
    if record.mapping_family != 0 {
        return None;
    }
    opus_packet(duration, record.channel_count == 2)
}

fn opus_packet(duration: u32, is_stereo: bool) -> Option<Bytes> {
    let stereo = u8::from(is_stereo) << 2;
    if let Some(size) = CELT_FRAMES.iter().position(|&frame| frame == duration) {
        let toc = (CELT_FULL_BAND + u8::try_from(size).ok()?) << 3 | stereo;
        return Some([&[toc], &SILENT_CELT_FRAME[..]].concat().into());
    }
    let frames = duration / 960;
    if !duration.is_multiple_of(960) || !(2..=MAX_LONG_FRAMES).contains(&frames) {
        return None;
    }
    // Code 3: as many frames as the next byte says, all of one size (RFC 6716 §3.2.5).
    let toc = (CELT_FULL_BAND + 3) << 3 | stereo | 3;
    let head = [toc, u8::try_from(frames).ok()?];
    Some([&head[..], &SILENT_CELT_FRAME.repeat(frames as usize)].concat().into())
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

    /// Oracle: RFC 6716 §3.1 Table 2; `fc ff fe` is the well-known stereo packet of 20 ms.
    #[test]
    fn opus_packets_follow_the_table() {
        let packet = |duration, stereo| opus_packet(duration, stereo).map(|packet| packet.to_vec());
        assert_eq!(packet(960, true), Some(vec![0xfc, 0xff, 0xfe]));
        assert_eq!(packet(960, false), Some(vec![0xf8, 0xff, 0xfe]));
        assert_eq!(packet(120, false), Some(vec![0xe0, 0xff, 0xfe]));
        assert_eq!(packet(1920, true), Some(vec![0xff, 2, 0xff, 0xfe, 0xff, 0xfe]));
        assert_eq!((packet(100, true), packet(6720, true), packet(0, true)), (None, None, None));
    }
}
