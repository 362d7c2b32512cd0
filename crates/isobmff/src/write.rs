//! Writing boxes: sizes are patched in by the writer, so no box can be left unclosed or miscounted.

use crate::FourCc;

/// Appends boxes to a buffer in memory. Media data is never written here.
#[derive(Debug, Default)]
pub struct BoxWriter {
    bytes: Vec<u8>,
}

impl BoxWriter {
    /// A box (ISO/IEC 14496-12 §4.2) with what `fill` writes as its payload.
    pub fn open(&mut self, kind: &[u8; 4], fill: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        self.u32(0);
        self.bytes.extend(kind);
        fill(self);
        // Everything written here is bounded by a segment's sample count and by the caps of the reader,
        // hence far below 4 GiB.
        let size = u32::try_from(self.bytes.len() - start).unwrap_or(u32::MAX);
        if let Some(field) = self.bytes.get_mut(start..start + 4) {
            field.copy_from_slice(&size.to_be_bytes());
        }
    }

    /// A full box (§4.2.2).
    pub fn open_full(&mut self, kind: &[u8; 4], version: u8, flags: u32, fill: impl FnOnce(&mut Self)) {
        self.open(kind, |w| {
            w.u32(u32::from(version) << 24 | flags & 0x00ff_ffff);
            fill(w);
        });
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// A big-endian 16-bit integer.
    pub fn u16(&mut self, value: u16) {
        self.bytes.extend(value.to_be_bytes());
    }

    /// A big-endian 32-bit integer.
    pub fn u32(&mut self, value: u32) {
        self.bytes.extend(value.to_be_bytes());
    }

    /// A big-endian 64-bit integer.
    pub fn u64(&mut self, value: u64) {
        self.bytes.extend(value.to_be_bytes());
    }

    /// A four-character code.
    pub fn fourcc(&mut self, code: FourCc) {
        self.bytes.extend(code.0);
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// `count` zero bytes.
    pub fn zeros(&mut self, count: usize) {
        self.bytes.resize(self.bytes.len() + count, 0);
    }

    /// How much has been written.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What has been written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: bytes laid out by hand from §4.2.
    #[test]
    fn nested_sizes() {
        let mut w = BoxWriter::default();
        w.open(b"moof", |w| w.open_full(b"mfhd", 0, 0, |w| w.u32(7)));
        let expected = [
            0, 0, 0, 24, b'm', b'o', b'o', b'f', 0, 0, 0, 16, b'm', b'f', b'h', b'd', 0, 0, 0, 0, 0, 0, 0, 7,
        ];
        assert_eq!(w.into_bytes(), expected);
    }
}
