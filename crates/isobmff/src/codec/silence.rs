//! Frames of silence, with which a track that begins late or has a gap is filled.

mod aac;
mod ac3;
mod flac;
mod opus;

use bytes::Bytes;

use super::{
    audio::{AudioCodec, AudioFamily},
    mp3,
};
use crate::sample_entry::SampleEntry;

/// One frame of silence that this decoder takes in mid-stream, or `None` where none can be made.
///
/// `opus_duration` is the wanted duration of an Opus packet in samples at 48 kHz; 20 ms if absent.
pub fn silent_frame(entry: &SampleEntry, codec: &AudioCodec, opus_duration: Option<u32>) -> Option<Bytes> {
    match codec.family {
        AudioFamily::Aac => aac::frame(entry),
        AudioFamily::Opus => opus::frame(entry, opus_duration.unwrap_or(960)),
        AudioFamily::Mp3 => mp3::silent_frame(codec),
        AudioFamily::Flac => flac::frame(entry),
        AudioFamily::Ac3 => ac3::ac3_frame(entry),
        AudioFamily::Eac3 => ac3::eac3_frame(entry),
        AudioFamily::Usac | AudioFamily::Ac4 | AudioFamily::Alac | AudioFamily::Dts | AudioFamily::MpegH => {
            None
        }
    }
}

/// `x^16 + x^15 + x^2 + 1`, of FLAC (RFC 9639 §9.3) and AC-3 (ETSI TS 102 366 §6.10.1) alike.
const CRC16: u16 = 0x8005;

fn crc16(bytes: &[u8]) -> u16 {
    let shifted = |crc: u16, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ CRC16 };
    bytes.iter().fold(0, |crc, &byte| (0..8).fold(crc ^ u16::from(byte) << 8, shifted))
}

/// The remainder of a polynomial division, bit by bit: another way to the same checksums.
#[cfg(test)]
fn remainder(bytes: &[u8], polynomial: u32, degree: u32) -> u32 {
    let bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| u32::from(*byte) >> bit & 1));
    bits.chain((0..degree).map(|_| 0)).fold(0, |rest, bit| {
        let longer = rest << 1 | bit;
        if longer >> degree & 1 == 1 { longer ^ polynomial } else { longer }
    })
}
