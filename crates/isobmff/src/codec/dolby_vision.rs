//! Dolby Vision: `dvcC`, `dvvC`, `dvwC` (Dolby Vision Streams within the ISO base media file format).

use super::{colour::Colour, video::VideoRange};
use crate::{Error, FourCc, sample_entry::SampleEntry};

/// Boxes with a configuration record: profiles up to 7, 8 to 10, and above.
const RECORDS: [FourCc; 3] = [FourCc(*b"dvcC"), FourCc(*b"dvvC"), FourCc(*b"dvwC")];
/// `TransferCharacteristics` of BT.2020 with 10 bits, by which HLG is marked for older decoders.
const BT2020_10_BIT: u16 = 14;

/// What a Dolby Vision configuration record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DolbyVision {
    /// `dv_profile`.
    pub profile: u8,
    /// `dv_level`.
    pub level: u8,
    /// `dv_bl_signal_compatibility_id`: 0 none, 1 HDR10, 2 SDR, 4 HLG, 6 HDR10 of Ultra HD Blu-ray.
    pub compatibility: u8,
}

/// What a player with Dolby Vision may use instead of the base layer's `codecs`
/// (`SUPPLEMENTAL-CODECS` in RFC 8216bis §4.4.6.2, `scte214:supplementalCodecs` in DASH).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supplemental {
    /// For instance `dvh1.08.06`.
    pub codecs: String,
    /// The compatibility brand, for instance `db1p`.
    pub brand: FourCc,
}

impl DolbyVision {
    fn parse(payload: &[u8]) -> Option<Self> {
        let [1, _minor, profile_and_level, level_and_flags, rest @ ..] = payload else { return None };
        Some(Self {
            profile: profile_and_level >> 1,
            level: (profile_and_level & 1) << 5 | level_and_flags >> 3,
            compatibility: rest.first().map_or(0, |byte| byte >> 4),
        })
    }

    /// The `codecs` of an entry of this format, for instance `dvh1.05.06`.
    pub(super) fn codecs(self, format: FourCc) -> String {
        format!("{format}.{:02}.{:02}", self.profile, self.level)
    }

    /// The range that the profile or the compatibility of the base layer implies.
    pub(super) fn video_range(self) -> VideoRange {
        match (self.profile, self.compatibility) {
            (_, 1 | 6) | (5, _) | (10, 0) => VideoRange::Pq,
            (_, 4) => VideoRange::Hlg,
            _ => VideoRange::Sdr,
        }
    }

    /// The enhancement over an entry that is named after its base layer. Profiles 5 and 7 have none:
    /// one has no base layer of its own, the other two layers.
    pub(super) fn supplemental(self, format: FourCc, colour: Option<Colour>) -> Option<Supplemental> {
        let format = format_beside(format).filter(|_| matches!(self.profile, 8..=10))?;
        let is_marked_bt2020 = colour.is_some_and(|colour| colour.transfer == BT2020_10_BIT);
        let brand = match self.compatibility {
            1 => FourCc(*b"db1p"),
            2 => FourCc(*b"db2g"),
            4 if is_marked_bt2020 => FourCc(*b"db4g"),
            4 => FourCc(*b"db4h"),
            _ => return None,
        };
        Some(Supplemental { codecs: self.codecs(format), brand })
    }
}

/// The configuration of the entry. A faulty one matters only to an entry that is named after Dolby
/// Vision; any other can be played without.
pub(super) fn describe(entry: &SampleEntry) -> Result<Option<DolbyVision>, Error> {
    let record = RECORDS.iter().find_map(|&kind| entry.child(kind));
    let found = record.and_then(|record| DolbyVision::parse(record.payload));
    if found.is_some() || !is_named_by(entry.format) {
        return Ok(found);
    }
    Err(match record {
        Some(record) => record.invalid("no Dolby Vision configuration record of version 1"),
        None => Error::Missing { kind: FourCc(*b"dvcC"), parent: entry.format, offset: entry.offset },
    })
}

/// Whether the format says that its samples are Dolby Vision.
pub(super) fn is_named_by(format: FourCc) -> bool {
    matches!(&format.0, b"dvh1" | b"dvhe" | b"dva1" | b"dvav" | b"dav1")
}

/// Dolby Vision's name for an entry that is named after its base layer.
pub(super) fn format_beside(format: FourCc) -> Option<FourCc> {
    match &format.0 {
        b"hvc1" => Some(FourCc(*b"dvh1")),
        b"hev1" => Some(FourCc(*b"dvhe")),
        b"avc1" => Some(FourCc(*b"dva1")),
        b"avc3" => Some(FourCc(*b"dvav")),
        b"av01" => Some(FourCc(*b"dav1")),
        _ => None,
    }
}
