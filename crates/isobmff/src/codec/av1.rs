//! AV1: `av1C` (AV1 Codec ISO Media File Format Binding §2.3) and the sequence header in it.

mod sequence_header;

use self::sequence_header::SequenceHeader;
use super::{
    colour,
    colour::{Colour, ColourBox},
    video::{Stream, VideoFamily},
    vui::Vui,
};
use crate::{Error, FourCc, bits::BitReader, sample_entry::SampleEntry};

/// What the optional part of `codecs` is taken to be where it is left out.
const DEFAULT_TAIL: &str = ".0.110.01.01.01.0";

pub(super) fn describe(entry: &SampleEntry, in_box: Option<ColourBox>) -> Result<Stream, Error> {
    let av1c = entry.require(FourCc(*b"av1C"))?;
    let record = Record::parse(av1c.payload)
        .ok_or_else(|| av1c.invalid("no AV1 codec configuration record of version 1"))?;
    let header = SequenceHeader::find(av1c.payload.get(4..).unwrap_or_default());
    let colour = header.as_ref().map(|header| header.colour);
    Ok(Stream {
        family: VideoFamily::Av1,
        codecs: format!("{}.{}", entry.format, record.codecs(colour::merge(in_box, colour))),
        size: header.as_ref().and_then(|header| header.size),
        vui: Vui { colour, ..Vui::default() },
        bit_depth: Some(record.bit_depth()),
        nal_length_size: None,
        has_parameter_sets: false,
    })
}

/// `AV1CodecConfigurationRecord`.
#[expect(clippy::struct_excessive_bools, reason = "the flags of the record")]
struct Record {
    profile: u8,
    level: u8,
    is_high_tier: bool,
    high_bitdepth: bool,
    twelve_bit: bool,
    monochrome: bool,
    /// `chroma_subsampling_x`, `chroma_subsampling_y`.
    subsampling: (bool, bool),
    sample_position: u8,
}

impl Record {
    fn parse(payload: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(payload);
        if bits.bits(8)? != 0x81 {
            return None; // marker, version
        }
        Some(Self {
            profile: bits.byte(3)?,
            level: bits.byte(5)?,
            is_high_tier: bits.flag()?,
            high_bitdepth: bits.flag()?,
            twelve_bit: bits.flag()?,
            monochrome: bits.flag()?,
            subsampling: (bits.flag()?, bits.flag()?),
            sample_position: bits.byte(2)?,
        })
    }

    fn bit_depth(&self) -> u8 {
        match (self.high_bitdepth, self.twelve_bit) {
            (true, true) => 12,
            (true, false) => 10,
            (false, _) => 8,
        }
    }

    /// Profile, level and tier, bit depth, then all of the rest or nothing (AV1 Codec ISO Media File
    /// Format Binding §5): nothing if it is the default, or if the colours are not known.
    fn codecs(&self, colour: Option<Colour>) -> String {
        let tier = if self.is_high_tier { 'H' } else { 'M' };
        let head = format!("{}.{:02}{tier}.{:02}", self.profile, self.level, self.bit_depth());
        match colour.map(|colour| self.tail(colour)) {
            Some(tail) if tail != DEFAULT_TAIL => head + &tail,
            _ => head,
        }
    }

    fn tail(&self, colour: Colour) -> String {
        let (x, y) = self.subsampling;
        // The third digit is the sample position, which only 4:2:0 has.
        let position = if x && y { self.sample_position } else { 0 };
        format!(
            ".{}.{}{}{position}.{:02}.{:02}.{:02}.{}",
            u8::from(self.monochrome),
            u8::from(x),
            u8::from(y),
            colour.primaries,
            colour.transfer,
            colour.matrix,
            u8::from(colour.full_range),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codecs(record: &[u8], colour: Option<(u16, u16, u16, bool)>) -> String {
        let colour = colour.map(|(primaries, transfer, matrix, full_range)| Colour {
            primaries,
            transfer,
            matrix,
            full_range,
        });
        Record::parse(record).unwrap().codecs(colour)
    }

    /// Oracle: the tests of shaka-packager (first six) and mp4ff (last four).
    #[test]
    fn codecs_of_known_records() {
        let main = [0x81, 0x04, 0x4e, 0];
        assert_eq!(codecs(&main, None), "0.04M.10");
        assert_eq!(codecs(&main, Some((10, 8, 4, true))), "0.04M.10.0.112.10.08.04.1");
        assert_eq!(codecs(&main, Some((9, 18, 9, true))), "0.04M.10.0.112.09.18.09.1");
        let high = [0x81, 0x35, 0xf4, 0];
        assert_eq!(codecs(&high, None), "1.21H.12");
        assert_eq!(codecs(&high, Some((1, 1, 1, false))), "1.21H.12.1.010.01.01.01.0");
        assert_eq!(codecs(&[0x81, 0x04, 0x4c, 0], Some((1, 1, 1, false))), "0.04M.10");
        assert_eq!(codecs(&[0x81, 0x00, 0x0c, 0], Some((2, 2, 2, false))), "0.00M.08.0.110.02.02.02.0");
        assert_eq!(codecs(&[0x81, 0x08, 0x1c, 0], Some((2, 2, 2, true))), "0.08M.08.1.110.02.02.02.1");
        assert_eq!(codecs(&[0x81, 0x28, 0xc0, 0], Some((1, 1, 1, false))), "1.08H.10.0.000.01.01.01.0");
    }

    #[test]
    fn a_record_without_marker_or_of_another_version_is_refused() {
        assert!(Record::parse(&[0x01, 0x04, 0x4e, 0]).is_none());
        assert!(Record::parse(&[0x82, 0x04, 0x4e, 0]).is_none());
        assert!(Record::parse(&[0x81, 0x04]).is_none());
    }
}
