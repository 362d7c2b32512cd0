//! Reading single bits of configuration records and parameter sets.
//!
//! Every read is bounded: past the end it gives `None`, and the caller decides whether that is a
//! fault or merely the end of what a record says.

/// Reads bits, most significant first.
#[derive(Debug, Clone)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    at_bit: usize,
}

impl<'a> BitReader<'a> {
    /// A reader at the first bit of `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at_bit: 0 }
    }

    /// How many bits have not been read.
    pub(crate) fn remaining_bits(&self) -> usize {
        self.bytes.len().saturating_mul(8).saturating_sub(self.at_bit)
    }

    /// The next bit.
    pub(crate) fn flag(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at_bit / 8)?;
        let bit = byte >> (7 - self.at_bit % 8) & 1;
        self.at_bit += 1;
        Some(bit == 1)
    }

    /// The next `count` bits as a number; `None` for more than 32.
    pub(crate) fn bits(&mut self, count: u32) -> Option<u32> {
        if count > 32 {
            return None;
        }
        (0..count).try_fold(0, |value: u32, _| Some(value << 1 | u32::from(self.flag()?)))
    }

    /// The next `count` bits as a byte; `None` for more than 8.
    pub(crate) fn byte(&mut self, count: u32) -> Option<u8> {
        self.bits(count)?.try_into().ok()
    }

    /// The next `count` bits as a 16-bit number; `None` for more than 16.
    pub(crate) fn short(&mut self, count: u32) -> Option<u16> {
        self.bits(count)?.try_into().ok()
    }

    /// Leaves out `count` bits.
    pub(crate) fn skip(&mut self, count: usize) -> Option<()> {
        if count > self.remaining_bits() {
            return None;
        }
        self.at_bit += count;
        Some(())
    }

    /// Goes on at the next whole byte.
    pub(crate) fn align(&mut self) {
        self.at_bit = self.at_bit.next_multiple_of(8);
    }

    /// The bytes after the current one, or from it if none of its bits has been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at_bit.div_ceil(8)..).unwrap_or_default()
    }

    /// `ue(v)`: an unsigned Exp-Golomb code (ISO/IEC 14496-10 §9.1).
    pub(crate) fn ue(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
        }
        if zeros > 31 {
            return None;
        }
        Some((1u32 << zeros) - 1 + self.bits(zeros)?)
    }

    /// `se(v)`: a signed Exp-Golomb code (ISO/IEC 14496-10 §9.1.1).
    pub(crate) fn se(&mut self) -> Option<i32> {
        let code = self.ue()?;
        let magnitude = i32::try_from(code.div_ceil(2)).ok()?;
        Some(if code % 2 == 1 { magnitude } else { -magnitude })
    }
}

/// Writes bits, most significant first.
#[derive(Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    free_bits: u32,
}

impl BitWriter {
    /// Appends the lowest `count` bits of `value`.
    pub(crate) fn bits(&mut self, count: u32, value: u32) {
        for shift in (0..count).rev() {
            self.bit(value >> shift & 1 == 1);
        }
    }

    /// Appends one bit.
    pub(crate) fn bit(&mut self, set: bool) {
        if self.free_bits == 0 {
            self.bytes.push(0);
            self.free_bits = 8;
        }
        self.free_bits -= 1;
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(set) << self.free_bits;
        }
    }

    /// All that was written; the last byte is filled up with zero bits.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// The raw byte sequence payload of a NAL unit: its emulation prevention bytes are left out
/// (ISO/IEC 14496-10 §7.4.1, ISO/IEC 23008-2 §7.4.2).
pub fn without_emulation_prevention(nal: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(nal.len());
    let mut zeros = 0;
    for &byte in nal {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        payload.push(byte);
    }
    payload
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: ISO/IEC 14496-10 Tables 9-2 and 9-3: `1`, `010`, `011`, `00100` are 0, 1, 2, 3, and
    /// signed 0, 1, -1, 2.
    #[test]
    fn exp_golomb_codes_follow_the_table() {
        let bytes = [0b1010_0110, 0b0100_0000];
        let mut unsigned = BitReader::new(&bytes);
        let mut signed = BitReader::new(&bytes);
        assert_eq!([(); 4].map(|()| unsigned.ue()), [Some(0), Some(1), Some(2), Some(3)]);
        assert_eq!([(); 4].map(|()| signed.se()), [Some(0), Some(1), Some(-1), Some(2)]);
    }

    #[test]
    fn nothing_is_read_past_the_end() {
        let mut bits = BitReader::new(&[0xff]);
        assert_eq!((bits.bits(9), bits.remaining_bits()), (None, 0));
        assert_eq!(BitReader::new(&[0; 8]).ue(), None);
        assert_eq!(BitReader::new(&[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff]).ue(), None);
        assert_eq!(BitReader::new(&[1]).skip(9), None);
    }

    #[test]
    fn bits_are_written_from_the_left() {
        let mut writer = BitWriter::default();
        writer.bits(3, 0b101);
        writer.bits(8, 0xff);
        assert_eq!(writer.into_bytes(), [0b1011_1111, 0b1110_0000]);
    }

    #[test]
    fn only_a_three_after_two_zeros_is_emulation_prevention() {
        assert_eq!(without_emulation_prevention(&[0, 0, 3, 1, 0, 3, 0, 0, 3]), [0, 0, 1, 0, 3, 0, 0]);
    }
}
