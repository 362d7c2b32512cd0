//! Frames: what heads and pages stand in, so that damage and mix-ups are noticed.
//!
//! ```text
//! bytes  field
//!   4    magic
//!   2    format, little-endian
//!   2    zero
//!   4    length of the deflated content, little-endian
//!   8    first bytes of the SHA-256 of: what the frame is (text), then the deflated content
//!   …    the content, deflated (RFC 1951)
//! ```

use std::io::{Read, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use sha2::{Digest, Sha256};

use super::{INDEX_FORMAT, ReadError};

/// Bytes before the content.
pub(super) const FRAME_BYTES: usize = 20;
/// Most bytes of inflated content: 16 million samples of 16 bytes.
const MAX_CONTENT_BYTES: u64 = 1 << 28;

/// What a frame is: its magic, and which one of its kind. A frame that is read as another one is damaged.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameName<'a> {
    pub(super) magic: [u8; 4],
    pub(super) identity: &'a str,
}

/// Deflated content; `None` if it is too long for a frame.
pub(super) fn deflate(content: &[u8]) -> Option<Bytes> {
    if content.len() as u64 > MAX_CONTENT_BYTES {
        return None;
    }
    // Sizes of samples are noise to a search for repetitions; its lowest effort is as good as any.
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// Appends deflated content in its frame.
pub(super) fn write_frame(name: FrameName<'_>, deflated: &[u8], out: &mut Vec<u8>) {
    out.extend(name.magic);
    out.extend(INDEX_FORMAT.to_le_bytes());
    out.extend([0, 0]);
    out.extend(u32::try_from(deflated.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(checksum(name.identity, deflated));
    out.extend(deflated);
}

/// How many bytes a frame has in all, by its first bytes.
pub(super) fn frame_bytes(magic: [u8; 4], start: &[u8]) -> Result<u64, ReadError> {
    let fields = start.first_chunk::<FRAME_BYTES>().ok_or(ReadError::Damaged("it ends early"))?;
    let [a, b, c, d, low, high, _, _, l0, l1, l2, l3, ..] = *fields;
    if [a, b, c, d] != magic {
        return Err(ReadError::Damaged("its first bytes are others"));
    }
    match u16::from_le_bytes([low, high]) {
        INDEX_FORMAT => Ok(FRAME_BYTES as u64 + u64::from(u32::from_le_bytes([l0, l1, l2, l3]))),
        other => Err(ReadError::OtherFormat(other)),
    }
}

/// The content of the frame at the start of `bytes`; what follows it is ignored.
pub(super) fn read_frame(name: FrameName<'_>, bytes: &[u8]) -> Result<Vec<u8>, ReadError> {
    let end = usize::try_from(frame_bytes(name.magic, bytes)?).unwrap_or(usize::MAX);
    let (header, deflated) = bytes
        .get(..end)
        .and_then(|frame| frame.split_at_checked(FRAME_BYTES))
        .ok_or(ReadError::Damaged("it ends early"))?;
    if header.last_chunk::<8>() != Some(&checksum(name.identity, deflated)) {
        return Err(ReadError::Damaged("the checksum is another"));
    }
    let mut content = Vec::new();
    DeflateDecoder::new(deflated)
        .take(MAX_CONTENT_BYTES)
        .read_to_end(&mut content)
        .map_err(|_| ReadError::Damaged("it cannot be inflated"))?;
    Ok(content)
}

fn checksum(identity: &str, deflated: &[u8]) -> [u8; 8] {
    let digest = Sha256::new().chain_update(identity).chain_update(deflated).finalize();
    digest.first_chunk::<8>().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: FrameName<'_> = FrameName { magic: *b"TEST", identity: "a" };

    fn framed(content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write_frame(NAME, &deflate(content).unwrap(), &mut out);
        out
    }

    #[test]
    fn what_follows_is_ignored() {
        let mut bytes = framed(b"content");
        assert_eq!(frame_bytes(*b"TEST", &bytes), Ok(bytes.len() as u64));
        bytes.extend(b"padding");
        assert_eq!(read_frame(NAME, &bytes), Ok(b"content".to_vec()));
    }

    #[test]
    fn any_flipped_bit_is_noticed() {
        let bytes = framed(b"the content of a frame");
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            // The two bytes of zero say nothing.
            assert_eq!(read_frame(NAME, &damaged).is_err(), !(48..64).contains(&bit), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(read_frame(NAME, &bytes[..length]).is_err());
        }
    }

    #[test]
    fn a_frame_is_not_taken_for_another() {
        let other = FrameName { identity: "b", ..NAME };
        assert_eq!(read_frame(other, &framed(b"")), Err(ReadError::Damaged("the checksum is another")));
        let mut newer = framed(b"");
        newer[4] = 9;
        assert_eq!(read_frame(NAME, &newer), Err(ReadError::OtherFormat(9)));
    }
}
