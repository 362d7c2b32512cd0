//! VP9: `vpcC` (VP Codec ISO Media File Format Binding).

use super::{
    colour::Colour,
    video::{Stream, VideoFamily},
    vui::Vui,
};
use crate::{
    Error, FourCc,
    read::BoxRef,
    sample_entry::{SampleEntry, VisualEntry},
};

/// What the optional part of `codecs` is taken to be where it is left out.
const DEFAULT_TAIL: &str = ".01.01.01.01.00";
/// Levels and the largest picture of each in luma samples (VP9 Levels, webmproject.org).
const LEVELS: [(u8, u32); 8] = [
    (10, 36_864),
    (11, 73_728),
    (20, 122_880),
    (21, 245_760),
    (30, 552_960),
    (31, 983_040),
    (40, 2_228_224),
    (50, 8_912_896),
];
const LARGEST_LEVEL: u8 = 60;

pub(super) fn describe(entry: &SampleEntry, fields: VisualEntry) -> Result<Stream, Error> {
    let mut record = Record::parse(&entry.require(FourCc(*b"vpcC"))?)?;
    if record.level == 0 {
        // Some writers do not know the level, and no player knows level 0.
        record.level = level_of(fields);
    }
    Ok(Stream {
        family: VideoFamily::Vp9,
        codecs: format!("{}.{}", entry.format, record.codecs()),
        size: None,
        vui: Vui { colour: Some(record.colour), ..Vui::default() },
        bit_depth: Some(record.bit_depth),
        nal_length_size: None,
        has_parameter_sets: false,
    })
}

/// `VPCodecConfigurationRecord`.
struct Record {
    profile: u8,
    level: u8,
    bit_depth: u8,
    chroma_subsampling: u8,
    colour: Colour,
}

impl Record {
    fn parse(vpcc: &BoxRef<'_>) -> Result<Self, Error> {
        let mut fields = vpcc.reader();
        let (version, _) = fields.full_box()?;
        if version != 1 {
            return Err(vpcc.invalid("the version is not 1"));
        }
        let (profile, level) = (fields.u8()?, fields.u8()?);
        let packed = fields.u8()?; // bitDepth 4, chromaSubsampling 3, videoFullRangeFlag 1
        Ok(Self {
            profile,
            level,
            bit_depth: packed >> 4,
            chroma_subsampling: packed >> 1 & 7,
            colour: Colour {
                primaries: fields.u8()?.into(),
                transfer: fields.u8()?.into(),
                matrix: fields.u8()?.into(),
                full_range: packed & 1 == 1,
            },
        })
    }

    /// Profile, level and bit depth, then all of the rest or nothing if it is the default.
    fn codecs(&self) -> String {
        let Colour { primaries, transfer, matrix, full_range } = self.colour;
        let tail = format!(
            ".{:02}.{primaries:02}.{transfer:02}.{matrix:02}.{:02}",
            self.chroma_subsampling,
            u8::from(full_range)
        );
        let tail = if tail == DEFAULT_TAIL { "" } else { &tail };
        format!("{:02}.{:02}.{:02}{tail}", self.profile, self.level, self.bit_depth)
    }
}

/// The lowest level that has room for the picture.
fn level_of(fields: VisualEntry) -> u8 {
    let samples = u32::from(fields.width) * u32::from(fields.height);
    LEVELS.iter().find(|(_, largest)| samples <= *largest).map_or(LARGEST_LEVEL, |(level, _)| *level)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codecs(payload: &[u8]) -> Result<String, Error> {
        let vpcc = BoxRef { kind: FourCc(*b"vpcC"), offset: 0, whole: payload, payload };
        Record::parse(&vpcc).map(|record| record.codecs())
    }

    /// Oracle: the first is in shaka-packager's tests, the others in the examples of the binding.
    #[test]
    fn codecs_of_known_records() {
        let known = [1, 0, 0, 0, 0x01, 0x14, 0xa2, 2, 3, 4, 0, 0];
        assert_eq!(codecs(&known).unwrap(), "01.20.10.01.02.03.04.00");
        let hdr = [1, 0, 0, 0, 2, 10, 0xa3, 9, 16, 9, 0, 0];
        assert_eq!(codecs(&hdr).unwrap(), "02.10.10.01.09.16.09.01");
        let default = [1, 0, 0, 0, 0, 41, 0x82, 1, 1, 1, 0, 0];
        assert_eq!(codecs(&default).unwrap(), "00.41.08");
        assert!(codecs(&known[..9]).is_err());
    }

    #[test]
    fn an_unknown_level_is_derived_from_the_picture() {
        assert_eq!(level_of(VisualEntry { width: 640, height: 360 }), 21);
        assert_eq!(level_of(VisualEntry { width: 1920, height: 1080 }), 40);
        assert_eq!(level_of(VisualEntry { width: 7680, height: 4320 }), 60);
    }
}
