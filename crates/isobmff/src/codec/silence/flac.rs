//! Frames of FLAC (RFC 9639 §9) with the constant zero in each channel.

use bytes::Bytes;

use super::crc16;
use crate::{codec::flac, sample_entry::SampleEntry};

/// The smallest block and the smallest sample there may be (RFC 9639 §8.2).
const MIN_BLOCK_SAMPLES: u32 = 16;
const MIN_SAMPLE_BITS: usize = 4;

/// Of the stream's block size; where that varies, no frame fits.
pub(super) fn frame(entry: &SampleEntry) -> Option<Bytes> {
    let info = flac::stream_info(entry)?;
    let block_samples = info.fixed_block_samples().filter(|&samples| samples >= MIN_BLOCK_SAMPLES)?;
    frame_of(block_samples, info.channels.into(), info.sample_bits)
}

fn frame_of(block_samples: u32, channels: usize, sample_bits: usize) -> Option<Bytes> {
    if sample_bits < MIN_SAMPLE_BITS {
        return None;
    }
    let block = u16::try_from(block_samples.checked_sub(1)?).ok()?.to_be_bytes();
    let assignment = u8::try_from(channels.checked_sub(1)?).ok()? << 4;
    // Sync code with fixed block size; block size in 16 bits, sampling rate of STREAMINFO; channels,
    // sample size of STREAMINFO; coded number 0 (RFC 9639 §9.1).
    let mut frame = vec![0xff, 0xf8, 7 << 4, assignment, 0];
    frame.extend(block);
    frame.push(crc8(&frame));
    // A constant subframe has a header of zeros, as is its one sample (RFC 9639 §9.2).
    let subframes_len = (channels * (8 + sample_bits)).div_ceil(8);
    frame.resize(frame.len() + subframes_len, 0);
    frame.extend(crc16(&frame).to_be_bytes());
    Some(frame.into())
}

/// The polynomial is `x^8 + x^2 + x + 1` (RFC 9639 §9.1.8).
fn crc8(bytes: &[u8]) -> u8 {
    let shifted = |crc: u8, _| if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 7 };
    bytes.iter().fold(0, |crc, &byte| (0..8).fold(crc ^ byte, shifted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        codec::silence::remainder,
        sample_entry::tests::{audio, boxed, parse},
    };

    /// Oracle: RFC 9639 §9.1 and §9.2 by hand; the checksums by long division.
    #[test]
    fn frames_follow_the_syntax() {
        // 11111111111110 0 0, block size 0111, rate 0000, channels 0001 (two), size 000, 0; number 0
        let header = [0xff, 0xf8, 0x70, 0x10, 0, 0x0f, 0xff];
        // twice: 0 000000 0, sample of 16 bits
        let subframes = [0; 6];
        let check = u8::try_from(remainder(&header, 0x107, 8)).unwrap();
        let checked = [&header[..], &[check], &subframes].concat();
        let frame = frame_of(4096, 2, 16).unwrap();
        assert_eq!(frame[..14], checked);
        assert_eq!(frame[14..], u16::try_from(remainder(&checked, 0x1_8005, 16)).unwrap().to_be_bytes());
    }

    /// Oracle: 6 channels of 8 + 20 bits are 168 bits; 8 + 12 bits in one channel are 2½ bytes.
    #[test]
    fn subframes_fill_whole_bytes() {
        let len = |channels, bits| frame_of(4096, channels, bits).map(|frame| frame.len());
        assert_eq!((len(6, 20), len(1, 12), len(1, 4)), (Some(8 + 21 + 2), Some(8 + 3 + 2), Some(12)));
        assert_eq!((len(1, 3), len(0, 16), frame_of(65_537, 1, 16)), (None, None, None));
    }
    /// Oracle: STREAMINFO (RFC 9639 §8.2) by hand: block sizes; 44.1 kHz, stereo, 16 bits.
    #[test]
    fn only_a_fixed_block_size_has_a_frame() {
        let frame_len = |smallest: u16, largest: u16| {
            let sizes = [smallest.to_be_bytes(), largest.to_be_bytes()].concat();
            let format = [0x0a, 0xc4, 0x42, 0xf0];
            let info = [&[0; 4][..], &[0x80, 0, 0, 34], &sizes, &[0; 6], &format, &[0; 20]].concat();
            let entry = parse(audio(*b"fLaC", 0, &boxed(*b"dfLa", &info)), *b"soun").unwrap();
            frame(&entry).map(|frame| frame.len())
        };
        assert_eq!((frame_len(4096, 4096), frame_len(16, 16)), (Some(16), Some(16)));
        assert_eq!((frame_len(1152, 4096), frame_len(0, 0)), (None, None));
    }
}
