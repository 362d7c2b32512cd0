//! Program specific information: one program of a few streams (ISO/IEC 13818-1 §2.4.4).

use crate::codec::Codec;
use crate::packet::{Adaptation, PidWriter};

const PAT_PID: u16 = 0;
const PMT_PID: u16 = 0x1000;
/// PID of the first stream, which also carries the clock; the others follow.
pub(crate) const FIRST_PID: u16 = 0x100;
/// Packets of both tables.
pub(crate) const PACKETS: u64 = 2;

/// Appends both tables, each in a packet of its own.
pub(crate) fn write<'a>(codecs: impl Iterator<Item = &'a Codec> + Clone, out: &mut Vec<u8>) {
    for (pid, section) in [(PAT_PID, program_association()), (PMT_PID, program_map(codecs))] {
        // pointer_field, then the section; what follows is 0xff (§2.4.4.2)
        let mut bytes = [&[0][..], &section].concat();
        let field = Adaptation { is_discontinuous: true, ..Adaptation::default() };
        bytes.resize(182, 0xff);
        PidWriter::new(pid).write(true, field, &bytes, out);
    }
}

/// `program_association_section()` (§2.4.4.3): program 1.
fn program_association() -> Vec<u8> {
    let [high, low] = PMT_PID.to_be_bytes();
    section(0, &[0, 1, 0xe0 | high, low])
}

/// `TS_program_map_section()` (§2.4.4.8).
fn program_map<'a>(codecs: impl Iterator<Item = &'a Codec> + Clone) -> Vec<u8> {
    let [high, low] = FIRST_PID.to_be_bytes();
    let mut body = vec![0xe0 | high, low];
    append_descriptors(&codecs.clone().flat_map(Codec::program_descriptors).collect::<Vec<_>>(), &mut body);
    for (pid, codec) in (FIRST_PID..).zip(codecs) {
        let [high, low] = pid.to_be_bytes();
        body.extend([codec.stream_type(), 0xe0 | high, low]);
        append_descriptors(&codec.stream_descriptors(), &mut body);
    }
    section(2, &body)
}

fn append_descriptors(descriptors: &[u8], out: &mut Vec<u8>) {
    let [high, low] = u16::try_from(descriptors.len()).unwrap_or(0).to_be_bytes();
    out.extend([0xf0 | high, low]);
    out.extend_from_slice(descriptors);
}

/// A section of this table with the number 1, version 0, alone and current, with its check sum.
fn section(table: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(5 + body.len() + 4).unwrap_or(0);
    let [high, low] = length.to_be_bytes();
    let mut out = [&[table, 0xb0 | high, low, 0, 1, 0xc1, 0, 0][..], body].concat();
    out.extend(crc32(&out).to_be_bytes());
    out
}

/// Annex A: polynomial 0x04c11db7, all bits set at first, not reflected.
fn crc32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte) << 24, |crc, _| {
            crc << 1 ^ if crc >> 31 == 1 { 0x04c1_1db7 } else { 0 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Adts;

    /// Oracle: the check value of CRC-32/MPEG-2 in the catalogue of parametrised CRC algorithms.
    #[test]
    fn check_sum() {
        assert_eq!(crc32(b"123456789"), 0x0376_e6e7);
    }

    /// Oracle: the tables that ffmpeg writes for H.264 and AAC.
    #[test]
    fn tables_as_others_write_them() {
        let pat = [0, 0xb0, 0x0d, 0, 1, 0xc1, 0, 0, 0, 1, 0xf0, 0, 0x2a, 0xb1, 0x04, 0xb2];
        assert_eq!(program_association(), pat);
        let aac = Codec::Aac(Adts { object_type: 2, frequency_index: 3, channel_configuration: 2 });
        let pmt = [
            0x02, 0xb0, 0x17, 0, 1, 0xc1, 0, 0, 0xe1, 0, 0xf0, 0, 0x1b, 0xe1, 0, 0xf0, 0, 0x0f, 0xe1, 1,
            0xf0, 0, 0x2f, 0x44, 0xb9, 0x9b,
        ];
        assert_eq!(program_map([&Codec::Avc(Vec::new()), &aac].into_iter()), pmt);
    }

    #[test]
    fn a_packet_each() {
        let mut out = Vec::new();
        write([&Codec::Hevc(Vec::new()), &Codec::TimedId3].into_iter(), &mut out);
        assert_eq!(out.len(), 2 * 188);
        assert_eq!(out[..7], [0x47, 0x40, 0, 0x30, 1, 0x80, 0]);
        assert_eq!(out[188..195], [0x47, 0x50, 0, 0x30, 1, 0x80, 0]);
    }
}
