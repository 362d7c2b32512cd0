//! The segment index (`sidx`, ISO/IEC 14496-12 §8.16.3).

use crate::Timescale;
use crate::write::BoxWriter;

/// What an index says of one subsegment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubsegmentReference {
    /// Bytes from the first box of the subsegment to the first of the next; 31 bits.
    pub bytes: u32,
    /// Presented length in ticks.
    pub duration: u32,
    /// Type of the stream access point at its start (Annex I), 1 to 6.
    pub sap_type: u8,
}

/// Bytes of an index with this many references.
pub const fn sidx_bytes(references: u64) -> u64 {
    40 + 12 * references
}

/// Writes an index whose first subsegment follows at once.
///
/// Always version 1: 32-bit times overflow after 13 h at 90 kHz. `earliest` is the presentation time of
/// the first subsegment in ticks, after the edit list.
pub fn write_sidx(
    w: &mut BoxWriter,
    track_id: u32,
    timescale: Timescale,
    earliest: u64,
    references: &[SubsegmentReference],
) {
    w.open_full(b"sidx", 1, 0, |w| {
        w.u32(track_id);
        w.u32(timescale.get());
        w.u64(earliest);
        w.u64(0);
        w.u16(0);
        w.u16(u16::try_from(references.len()).unwrap_or(u16::MAX));
        for reference in references {
            w.u32(reference.bytes & 0x7fff_ffff);
            w.u32(reference.duration);
            // starts_with_SAP, SAP_type, SAP_delta_time 0
            w.u32(0x8000_0000 | u32::from(reference.sap_type & 7) << 28);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: bytes laid out by hand from the syntax table of §8.16.3.2.
    #[test]
    fn one_reference() {
        let mut w = BoxWriter::default();
        let reference = SubsegmentReference { bytes: 0x0001_0203, duration: 0x0405, sap_type: 1 };
        write_sidx(&mut w, 1, Timescale::new(48_000).unwrap(), 0x1_0000_0000, &[reference]);
        #[rustfmt::skip]
        let expected = [
            0, 0, 0, 52, b's', b'i', b'd', b'x', 1, 0, 0, 0,
            0, 0, 0, 1, 0, 0, 0xbb, 0x80,
            0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 1,
            0, 1, 2, 3, 0, 0, 4, 5, 0x90, 0, 0, 0,
        ];
        let bytes = w.into_bytes();
        assert_eq!(bytes, expected);
        assert_eq!(bytes.len() as u64, sidx_bytes(1));
    }
}
