//! Packed audio (RFC 8216bis §3.1.3): frames as they are, behind a tag that says when the first is heard.

use crate::Error;
use crate::clock::wrapped;
use crate::codec::Codec;

/// `PRIV` of this owner holds the time (RFC 8216bis §3.1.3.1).
const OWNER: &[u8; 45] = b"com.apple.streaming.transportStreamTimestamp\0";
/// Header of a tag and of a frame (ID3v2.4 "Main Structure" §3.1, §4).
const HEADER_BYTES: u8 = 10;
/// Owner and time.
const PRIVATE_BYTES: u8 = 45 + 8;

/// A segment of packed audio whose length is known.
#[derive(Debug)]
pub struct Packed {
    codec: Codec,
    sizes: Vec<u32>,
    pts: i64,
    content_length: u64,
}

impl Packed {
    /// Plans a segment of frames of these sizes of which the first is heard at `pts`, in 90 kHz.
    pub fn plan(codec: Codec, sizes: Vec<u32>, pts: i64) -> Result<Self, Error> {
        let mut content_length = u64::from(2 * HEADER_BYTES + PRIVATE_BYTES);
        for (unit, &bytes) in sizes.iter().enumerate() {
            let long = Error::LongFrame { unit, bytes: bytes.into() };
            content_length += codec.frame_bytes(bytes).ok_or(long)?;
        }
        Ok(Self { codec, sizes, pts, content_length })
    }

    /// Bytes of the segment.
    pub fn content_length(&self) -> u64 {
        self.content_length
    }

    /// The segment. `media`: all frames, one behind the other.
    pub fn write(&self, media: &[u8]) -> Result<Vec<u8>, Error> {
        let planned = self.sizes.iter().map(|&size| u64::from(size)).sum::<u64>();
        let other = Error::MediaLength { got: media.len() as u64, planned };
        if media.len() as u64 != planned {
            return Err(other);
        }
        let mut out = Vec::with_capacity(usize::try_from(self.content_length).map_err(|_| other.clone())?);
        write_tag(self.pts, &mut out);
        let mut rest = media;
        for &size in &self.sizes {
            let at = usize::try_from(size).map_err(|_| other.clone())?;
            let (frame, later) = rest.split_at_checked(at).ok_or_else(|| other.clone())?;
            self.codec.write_frame(frame, &mut out);
            rest = later;
        }
        Ok(out)
    }
}

/// Lengths have seven bits in each byte, and those here are less than 128.
fn write_tag(pts: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"ID3");
    out.extend([4, 0, 0, 0, 0, 0, HEADER_BYTES + PRIVATE_BYTES]);
    out.extend_from_slice(b"PRIV");
    out.extend([0, 0, 0, PRIVATE_BYTES, 0, 0]);
    out.extend_from_slice(OWNER);
    out.extend(wrapped(pts).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Adts;

    const AAC: Codec = Codec::Aac(Adts { object_type: 2, frequency_index: 3, channel_configuration: 2 });

    /// Oracle: ID3v2.4 "Main Structure" §3.1 and "Native Frames" §4.27, by hand.
    #[test]
    fn the_tag_says_the_time() {
        let packed = Packed::plan(Codec::Ac3, vec![3, 1], 900_000).unwrap();
        let out = packed.write(b"abcd").unwrap();
        assert_eq!(out.len() as u64, packed.content_length());
        assert_eq!(out[..24], *b"ID3\x04\0\0\0\0\0\x3fPRIV\0\0\0\x35\0\0com.");
        assert_eq!(out[20..65], *b"com.apple.streaming.transportStreamTimestamp\0");
        assert_eq!(out[65..], *b"\0\0\0\0\0\x0d\xbb\xa0abcd");
    }

    #[test]
    fn frames_of_aac_get_headers() {
        let packed = Packed::plan(AAC, vec![3, 1], -1).unwrap();
        let out = packed.write(b"abcd").unwrap();
        assert_eq!(out.len() as u64, packed.content_length());
        assert_eq!(out[65..73], ((1u64 << 33) - 1).to_be_bytes());
        assert_eq!((&out[80..83], &out[90..]), (&b"abc"[..], &b"d"[..]));
    }

    #[test]
    fn another_length_is_refused() {
        let packed = Packed::plan(AAC, vec![3, 1], 0).unwrap();
        assert_eq!(packed.write(b"abc"), Err(Error::MediaLength { got: 3, planned: 4 }));
        assert!(matches!(Packed::plan(AAC, vec![1, 8185], 0), Err(Error::LongFrame { unit: 1, .. })));
    }
}
