//! Packets of 188 bytes and their adaptation fields (ISO/IEC 13818-1 §2.4.3.2, §2.4.3.4).

use crate::clock::wrapped;

/// Bytes of a packet.
pub const PACKET_BYTES: u64 = 188;
/// Bytes behind its header.
pub(crate) const BODY_BYTES: u64 = 184;
const SYNC_BYTE: u8 = 0x47;

/// What an adaptation field says beside stuffing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Adaptation {
    pub(crate) is_discontinuous: bool,
    pub(crate) is_random_access: bool,
    /// The program clock reference, in ticks of 90 kHz.
    pub(crate) clock: Option<i64>,
}

impl Adaptation {
    /// Bytes of the field with its length; 0: there is none.
    pub(crate) fn bytes(self) -> u64 {
        match (self.clock, self.is_discontinuous || self.is_random_access) {
            (Some(_), _) => 8,
            (None, true) => 2,
            (None, false) => 0,
        }
    }

    fn write(self, stuffing: usize, out: &mut Vec<u8>) {
        let own = usize::try_from(self.bytes()).unwrap_or(0);
        let whole = own + stuffing;
        if whole == 0 {
            return;
        }
        out.push(u8::try_from(whole - 1).unwrap_or(183));
        if whole == 1 {
            return;
        }
        let flag = |is: bool, bit: u8| if is { bit } else { 0 };
        out.push(
            flag(self.is_discontinuous, 0x80)
                | flag(self.is_random_access, 0x40)
                | flag(self.clock.is_some(), 0x10),
        );
        if let Some(clock) = self.clock {
            // 33 bits of base, 6 reserved, 9 bits of extension, which is 0
            let [_, _, bytes @ ..] = (wrapped(clock) << 15 | 0x7e00).to_be_bytes();
            out.extend(bytes);
        }
        // Of a field that is there for stuffing alone, the flags are the first byte.
        let written = if own == 0 { 2 } else { own };
        out.extend(std::iter::repeat_n(0xff, whole - written));
    }
}

/// The packets of one PID.
#[derive(Debug)]
pub(crate) struct PidWriter {
    pid: u16,
    counter: u8,
}

impl PidWriter {
    pub(crate) fn new(pid: u16) -> Self {
        Self { pid, counter: 0 }
    }

    /// Appends a packet with up to as many bytes as the field leaves; the rest is stuffed. `is_start`: the
    /// bytes begin a section or a PES packet.
    pub(crate) fn write(&mut self, is_start: bool, field: Adaptation, bytes: &[u8], out: &mut Vec<u8>) {
        let room = usize::try_from(BODY_BYTES - field.bytes()).unwrap_or(0);
        let bytes = bytes.get(..room).unwrap_or(bytes);
        let stuffing = room - bytes.len();
        let [high, low] = self.pid.to_be_bytes();
        let has_field = field.bytes() > 0 || stuffing > 0;
        // adaptation_field_control: 1 bytes alone, 2 field alone, 3 both
        let control = if has_field { 0x20 } else { 0 } | if bytes.is_empty() { 0 } else { 0x10 };
        // Packets without a payload do not count (§2.4.3.3).
        let counter = if bytes.is_empty() { self.counter.wrapping_sub(1) } else { self.counter } & 15;
        out.extend([SYNC_BYTE, if is_start { 0x40 } else { 0 } | high, low, control | counter]);
        field.write(stuffing, out);
        out.extend_from_slice(bytes);
        self.counter = if bytes.is_empty() { self.counter } else { self.counter.wrapping_add(1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(field: Adaptation, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        PidWriter::new(0x100).write(true, field, bytes, &mut out);
        assert_eq!(out.len() as u64, PACKET_BYTES);
        out
    }

    /// Oracle: §2.4.3.2 and §2.4.3.4 by hand.
    #[test]
    fn stuffing_of_every_length() {
        let plain = Adaptation::default();
        assert_eq!(packet(plain, &[7; 184])[..5], [0x47, 0x41, 0, 0x10, 7]);
        assert_eq!(packet(plain, &[7; 183])[..6], [0x47, 0x41, 0, 0x30, 0, 7]);
        assert_eq!(packet(plain, &[7; 182])[..7], [0x47, 0x41, 0, 0x30, 1, 0, 7]);
        assert_eq!(packet(plain, &[7; 181])[..8], [0x47, 0x41, 0, 0x30, 2, 0, 0xff, 7]);
        assert_eq!(packet(plain, &[7])[..7], [0x47, 0x41, 0, 0x30, 182, 0, 0xff]);
    }

    /// 900,000 in 33 bits, one place to the left of a byte border: 0x0006ddd0 and a 0, then 111111 and 9 zeros.
    #[test]
    fn flags_and_clock() {
        let field = Adaptation { is_discontinuous: true, is_random_access: true, clock: Some(900_000) };
        let expected = [0x47, 0x41, 0, 0x30, 7, 0xd0, 0, 0x06, 0xdd, 0xd0, 0x7e, 0, 7];
        assert_eq!(packet(field, &[7; 176])[..13], expected);
        let field = Adaptation { is_random_access: true, ..Adaptation::default() };
        assert_eq!(packet(field, &[7; 182])[..7], [0x47, 0x41, 0, 0x30, 1, 0x40, 7]);
    }

    #[test]
    fn packets_without_payload_do_not_count() {
        let (mut out, mut pid) = (Vec::new(), PidWriter::new(0x101));
        let clock = Adaptation { clock: Some(0), ..Adaptation::default() };
        pid.write(true, Adaptation::default(), &[1; 200], &mut out);
        pid.write(false, clock, &[], &mut out);
        pid.write(false, Adaptation::default(), &[1; 200], &mut out);
        let controls: Vec<_> = out.chunks(188).map(|packet| packet[3]).collect();
        assert_eq!(controls, [0x10, 0x20, 0x11]);
        assert_eq!(out[188 + 4], 183);
    }
}
