//! Parameter sets in the sample entries of H.264 and H.265 (ISO/IEC 14496-15 §5.3.3.1, §8.3.3.1).

use crate::{
    Error, FourCc,
    read::{BoxRef, Reader},
    sample_entry::SampleEntry,
};

/// `nal_unit_type` of the video, sequence and picture parameter sets of H.265 (ISO/IEC 23008-2 Table 7-1).
const HEVC_SETS: [u8; 3] = [32, 33, 34];
/// Fields of `HEVCDecoderConfigurationRecord` before its arrays.
const HVCC_FIELDS_LEN: usize = 22;

/// The parameter sets that an entry holds, as NAL units without lengths or start codes: video, sequence and
/// picture parameter sets, in this order. Empty where samples have no such units or the sets are in the samples
/// alone.
pub fn parameter_sets(entry: &SampleEntry) -> Result<Vec<&[u8]>, Error> {
    match &entry.format.0 {
        b"avc1" | b"avc3" | b"dva1" | b"dvav" => avc(&entry.require(FourCc(*b"avcC"))?),
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => hevc(&entry.require(FourCc(*b"hvcC"))?),
        _ => Ok(Vec::new()),
    }
}

fn avc<'a>(record: &BoxRef<'a>) -> Result<Vec<&'a [u8]>, Error> {
    let mut fields = record.reader();
    fields.skip(5)?; // version, profile, compatibility, level, length size
    let mut out = Vec::new();
    let sequence_sets = fields.u8()? & 0x1f;
    read_units(&mut fields, sequence_sets.into(), |unit| out.push(unit))?;
    // Some writers end the record here.
    let picture_sets = fields.u8().unwrap_or(0);
    read_units(&mut fields, picture_sets.into(), |unit| out.push(unit))?;
    Ok(out)
}

fn hevc<'a>(record: &BoxRef<'a>) -> Result<Vec<&'a [u8]>, Error> {
    let mut fields = record.reader();
    fields.skip(HVCC_FIELDS_LEN)?;
    let mut found = Vec::new();
    for _ in 0..fields.u8()? {
        let kind = fields.u8()? & 0x3f;
        let count = fields.u16()?;
        read_units(&mut fields, count, |unit| found.push((kind, unit)))?;
    }
    let of = |kind: u8| found.iter().filter(move |(other, _)| *other == kind).map(|(_, unit)| *unit);
    Ok(HEVC_SETS.into_iter().flat_map(of).collect())
}

fn read_units<'a>(fields: &mut Reader<'a>, count: u16, mut keep: impl FnMut(&'a [u8])) -> Result<(), Error> {
    for _ in 0..count {
        let len = fields.u16()?;
        let unit = fields.take(len.into())?;
        if !unit.is_empty() {
            keep(unit);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_entry::tests::{boxed, parse, visual};

    fn entry(format: [u8; 4], kind: [u8; 4], record: &[u8]) -> SampleEntry {
        parse(visual(format, (64, 48), &boxed(kind, record)), *b"vide").unwrap()
    }

    /// Oracle: records laid out by hand from §5.3.3.1.2 and §8.3.3.1.2.
    #[test]
    fn sets_of_hand_made_records() {
        let record =
            [1, 0x64, 0, 0x1e, 0xff, 0xe1, 0, 4, 0x67, 0x64, 0, 0x1e, 2, 0, 2, 0x68, 1, 0, 2, 0x68, 2];
        let avc = entry(*b"avc1", *b"avcC", &record);
        let expected: [&[u8]; 3] = [&[0x67, 0x64, 0, 0x1e], &[0x68, 1], &[0x68, 2]];
        assert_eq!(parameter_sets(&avc).unwrap(), expected);
        // Picture, supplemental (39), sequence and video parameter sets.
        let mut arrays = vec![1; HVCC_FIELDS_LEN];
        arrays.push(4);
        for (kind, byte) in [(34, 0x44), (39, 0x4e), (33, 0x42), (0x80 | 32, 0x40)] {
            arrays.extend([kind, 0, 1, 0, 2, byte, 1]);
        }
        let hevc = entry(*b"hev1", *b"hvcC", &arrays);
        let expected: [&[u8]; 3] = [&[0x40, 1], &[0x42, 1], &[0x44, 1]];
        assert_eq!(parameter_sets(&hevc).unwrap(), expected);
    }

    #[test]
    fn cut_records_are_errors() {
        assert!(parameter_sets(&entry(*b"avc1", *b"avcC", &[1, 0x64, 0, 0x1e, 0xff, 0xe1, 0, 9])).is_err());
        assert!(parameter_sets(&entry(*b"hvc1", *b"hvcC", &[1; 10])).is_err());
        assert_eq!(parameter_sets(&entry(*b"vp09", *b"vpcC", &[1])), Ok(Vec::new()));
    }
}
