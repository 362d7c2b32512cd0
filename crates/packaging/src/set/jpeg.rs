//! The size of a JPEG picture (ITU-T T.81 annex B), from its first bytes.

/// Start of image (table B.1).
const SOI: [u8; 2] = [0xff, 0xd8];

/// Width and height in pixels, from the frame header; `None` if the bytes are no JPEG, or end before it.
///
/// The frame header stands behind the application segments, of which Exif and colour profiles can have
/// 64 KiB each.
pub fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(&SOI)?;
    loop {
        let (marker, after) = next_marker(rest)?;
        match marker {
            // TEM and restart markers stand alone (B.1.1.3); so does a stray SOI.
            0x01 | 0xd0..=0xd8 => rest = after,
            // End of image, or the entropy-coded data: no frame header will come.
            0xd9 | 0xda => return None,
            // SOF0 to SOF15, without DHT, JPG and DAC, whose codes lie among theirs.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => return frame_size(after),
            _ => {
                let length: usize = be16(after)?.into();
                // The length counts itself (B.1.1.4).
                rest = after.get(length.max(2)..)?;
            }
        }
    }
}

/// The code of the next marker, and what follows it. Any number of fill bytes may stand before (B.1.1.2).
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let rest = bytes.strip_prefix(&[0xff])?;
    let fill = rest.iter().take_while(|byte| **byte == 0xff).count();
    let (code, after) = rest.get(fill..)?.split_first()?;
    Some((*code, after))
}

/// Width and height of a frame header after its marker (B.2.2): length, precision, lines, samples per line.
fn frame_size(header: &[u8]) -> Option<(u32, u32)> {
    let height = be16(header.get(3..)?)?;
    let width = be16(header.get(5..)?)?;
    // No lines: their number comes after the first scan (DNL), which nobody writes.
    (width > 0 && height > 0).then(|| (width.into(), height.into()))
}

fn be16(bytes: &[u8]) -> Option<u16> {
    bytes.first_chunk().map(|pair| u16::from_be_bytes(*pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes laid out by hand from tables B.1 to B.3: SOI, APP0, fill byte, DQT, SOF2 of 320 x 180.
    const PICTURE: [u8; 38] = [
        0xff, 0xd8, // SOI
        0xff, 0xe0, 0, 16, b'J', b'F', b'I', b'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, // APP0
        0xff, 0xff, 0xdb, 0, 3, 0, // a fill byte, DQT
        0xff, 0xc2, 0, 17, 8, 0, 180, 1, 64, 3, 1, 0x22, // SOF2
    ];

    #[test]
    fn the_frame_header_tells() {
        assert_eq!(size(&PICTURE), Some((320, 180)));
        for end in 0..PICTURE.len() - 3 {
            assert_eq!(size(&PICTURE[..end]), None, "{end}");
        }
    }

    #[test]
    fn what_is_no_picture() {
        let header = |marker: u8| [0xff, 0xd8, 0xff, marker, 0, 11, 8, 0, 2, 0, 2, 1, 1, 0x11, 0];
        assert_eq!(size(&header(0xc0)), Some((2, 2)));
        for marker in [0xc4, 0xc8, 0xcc, 0xd9, 0xda, 0xe1] {
            assert_eq!(size(&header(marker)), None, "{marker:x}");
        }
        assert_eq!(size(b"\x89PNG\r\n\x1a\n"), None);
        assert_eq!(size(&vec![0xff; 100_000]), None);
        assert_eq!(size(&[0xff, 0xd8, 0xff, 0xe1, 0, 0, 0xff, 0xe1, 0, 0]), None);
        let no_lines = [0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 0, 0, 2, 1, 1, 0x11, 0];
        assert_eq!(size(&no_lines), None);
    }
}
