//! Packets of Opus (RFC 6716 §3) whose frames are flagged as silence.

use bytes::Bytes;

use crate::{FourCc, codec::opus, sample_entry::SampleEntry};

/// A CELT frame at full bandwidth whose first symbol, the silence flag, is set (RFC 6716 §4.3).
const SILENT_CELT_FRAME: [u8; 2] = [0xff, 0xfe];
/// `config` of CELT at full bandwidth with frames of 2.5 ms; the next three double it (RFC 6716 §3.1).
const CELT_FULL_BAND: u8 = 28;
/// Samples at 48 kHz of 2.5, 5, 10 and 20 ms.
const CELT_FRAMES: [u32; 4] = [120, 240, 480, 960];
/// Most frames of 20 ms in a packet (RFC 6716 §3.2.5: 120 ms).
const MAX_LONG_FRAMES: u32 = 6;

/// Of this duration. With more streams than one, packets have another form.
pub(super) fn frame(entry: &SampleEntry, duration: u32) -> Option<Bytes> {
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
