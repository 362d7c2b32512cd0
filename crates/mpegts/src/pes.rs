//! Headers of PES packets (ISO/IEC 13818-1 §2.4.3.6).

use crate::clock::wrapped;

/// Times of a PES packet, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamps {
    pub(crate) pts: i64,
    pub(crate) dts: i64,
}

impl Stamps {
    /// The decoding time is said only where it differs.
    fn has_dts(self) -> bool {
        self.pts != self.dts
    }

    /// Bytes of the header.
    pub(crate) fn header_bytes(self) -> u64 {
        if self.has_dts() { 19 } else { 14 }
    }

    /// Appends the header of a packet with so many bytes behind it. More than the length can say is left
    /// open, which only video may (§2.4.3.7, `PES_packet_length`).
    pub(crate) fn write_header(self, stream_id: u8, bytes: u64, out: &mut Vec<u8>) {
        let length = u16::try_from(bytes + self.header_bytes() - 6).unwrap_or(0);
        out.extend([0, 0, 1, stream_id]);
        out.extend(length.to_be_bytes());
        out.push(0x84); // '10', data_alignment_indicator
        let (flags, header_data) = if self.has_dts() { (0xc0, 10) } else { (0x80, 5) };
        out.extend([flags, header_data]);
        out.extend(stamp(if self.has_dts() { 3 } else { 2 }, self.pts));
        if self.has_dts() {
            out.extend(stamp(1, self.dts));
        }
    }
}

/// Most bytes behind a header of 14 that a length can say.
pub(crate) const LONGEST: u64 = 65_535 - 8;

/// Three groups of bits, each with a marker bit behind it (Table 2-21).
fn stamp(prefix: u8, ticks: i64) -> [u8; 5] {
    let time = wrapped(ticks);
    let byte = |shift: u32| u8::try_from(time >> shift & 0xff).unwrap_or(0);
    [prefix << 4 | byte(29) & 0x0e | 1, byte(22), byte(14) | 1, byte(7), byte(0) << 1 | 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: Table 2-21 by hand for 900,000 = 0xdbba0 (bits 000 000000000011011 011101110100000), and the last
    /// tick before the wrap.
    #[test]
    fn header_follows_the_syntax_table() {
        let mut out = Vec::new();
        Stamps { pts: 900_000, dts: 900_000 }.write_header(0xe0, 100, &mut out);
        assert_eq!(out, [0, 0, 1, 0xe0, 0, 108, 0x84, 0x80, 5, 0x21, 0x00, 0x37, 0x77, 0x41]);
        out.clear();
        Stamps { pts: 900_000, dts: -1 }.write_header(0xc0, 1, &mut out);
        assert_eq!(out[..9], [0, 0, 1, 0xc0, 0, 14, 0x84, 0xc0, 10]);
        assert_eq!(out[9..], [0x31, 0x00, 0x37, 0x77, 0x41, 0x1f, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(out.len() as u64, Stamps { pts: 0, dts: 1 }.header_bytes());
    }

    #[test]
    fn what_is_too_long_to_say_is_left_open() {
        let mut out = Vec::new();
        Stamps { pts: 0, dts: 0 }.write_header(0xe0, LONGEST, &mut out);
        Stamps { pts: 0, dts: 0 }.write_header(0xe0, LONGEST + 1, &mut out);
        assert_eq!((&out[4..6], &out[18..20]), (&[0xff, 0xff][..], &[0, 0][..]));
    }
}
