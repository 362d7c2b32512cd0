//! Four-character codes: the names of boxes, handlers, brands and sample entries.

use std::fmt;

/// A four-character code (ISO/IEC 14496-12 §4.2), kept as the bytes of the file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FourCc(pub [u8; 4]);

impl fmt::Display for FourCc {
    /// Writes printable ASCII as it is and anything else as `\xNN`, so that hostile codes cannot
    /// smuggle control characters into logs or error bodies.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&byte| match byte {
            b' '..=b'~' => write!(f, "{}", char::from(byte)),
            _ => write!(f, "\\x{byte:02x}"),
        })
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unprintable_bytes_are_escaped() {
        assert_eq!(FourCc(*b"moov").to_string(), "moov");
        assert_eq!(FourCc([0xa9, b'n', b'a', 0]).to_string(), "\\xa9na\\x00");
    }
}
