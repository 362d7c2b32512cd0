//! Byte streams of NAL units (ISO/IEC 14496-10 and 23008-2, Annex B) from samples with lengths before each.

use crate::codec::Codec;

/// Bytes of the length before a NAL unit, and of the start code in its place.
const LENGTH: usize = 4;
const START_CODE: [u8; LENGTH] = [0, 0, 0, 1];
/// One without `zero_byte`, which only the first NAL unit of an access unit and parameter sets need (Annex B
/// §B.1.2): enough for the last one, a slice. Each byte of 15,000 counts where the container takes 3 %.
const SHORT_CODE: [u8; LENGTH - 1] = [0, 0, 1];

/// The standard that says what NAL units are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NalFamily {
    Avc,
    Hevc,
}

impl NalFamily {
    /// An access unit delimiter for pictures of any kind (ISO/IEC 14496-10 §7.3.2.4, 23008-2 §7.3.2.5), which
    /// must begin each access unit (13818-1 §2.14.1, §2.17.1).
    fn delimiter(self) -> &'static [u8] {
        match self {
            Self::Avc => &[0x09, 0xf0],
            Self::Hevc => &[0x46, 0x01, 0x50],
        }
    }

    fn is_delimiter(self, nal: &[u8]) -> bool {
        nal.first().is_some_and(|&first| match self {
            Self::Avc => first & 0x1f == 9,
            Self::Hevc => first >> 1 & 0x3f == 35,
        })
    }
}

/// Most bytes of a picture in a byte stream, `None` for a codec without NAL units. Fewer only if it begins
/// with a delimiter of its own. The last NAL unit alone has a short start code, so that their number does not
/// matter, which is known only from the media.
pub(crate) fn stream_bytes(codec: &Codec, bytes: u32, is_sync: bool) -> Option<u64> {
    let delimiter = LENGTH + codec.nal_family()?.delimiter().len();
    let sets = codec.parameter_sets().iter().map(|set| LENGTH + set.len()).sum::<usize>();
    let saved = if bytes == 0 { 0 } else { LENGTH - SHORT_CODE.len() };
    Some(u64::from(bytes) + (delimiter - saved) as u64 + if is_sync { sets as u64 } else { 0 })
}

/// Appends a picture: delimiter, parameter sets at sync samples, NAL units. The error is where the length
/// stands that leads out of the picture.
pub(crate) fn write(codec: &Codec, sample: &[u8], is_sync: bool, out: &mut Vec<u8>) -> Result<(), usize> {
    let Some(family) = codec.nal_family() else { return Ok(()) };
    let mut rest = NalUnits { bytes: sample, at: 0 }.peekable();
    let first = rest.next_if(|nal| nal.as_ref().is_ok_and(|nal| family.is_delimiter(nal))).transpose()?;
    append(&START_CODE, first.unwrap_or(family.delimiter()), out);
    if is_sync {
        codec.parameter_sets().iter().for_each(|set| append(&START_CODE, set, out));
    }
    while let Some(nal) = rest.next().transpose()? {
        append(if rest.peek().is_some() { &START_CODE } else { &SHORT_CODE }, nal, out);
    }
    Ok(())
}

/// A NAL unit of no bytes is none: its length becomes `trailing_zero_8bits` of the one before.
fn append(start_code: &[u8], nal: &[u8], out: &mut Vec<u8>) {
    if nal.is_empty() {
        out.extend(start_code.iter().map(|_| 0));
    } else {
        out.extend_from_slice(start_code);
    }
    out.extend_from_slice(nal);
}

struct NalUnits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for NalUnits<'a> {
    type Item = Result<&'a [u8], usize>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let nal = rest.split_first_chunk::<LENGTH>().and_then(|(length, rest)| {
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            rest.get(..length)
        });
        let Some(nal) = nal else {
            let at = std::mem::replace(&mut self.at, self.bytes.len());
            return Some(Err(at));
        };
        self.at += LENGTH + nal.len();
        Some(Ok(nal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(sample: &[u8], is_sync: bool) -> Result<Vec<u8>, usize> {
        let codec = Codec::Avc(vec![vec![0x67, 1], vec![0x68]]);
        let mut out = Vec::new();
        write(&codec, sample, is_sync, &mut out)?;
        let planned = stream_bytes(&codec, u32::try_from(sample.len()).unwrap(), is_sync).unwrap();
        assert!(out.len() as u64 == planned || sample.get(4) == Some(&9));
        Ok(out)
    }

    /// By hand from ISO/IEC 14496-10 §7.4.1.2.3: delimiter, SPS, PPS, slice.
    #[test]
    fn sync_samples_get_delimiter_and_parameter_sets() {
        let idr = [0, 0, 0, 2, 0x65, 0x88];
        let expected = [0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 0, 0, 1, 0x65, 0x88];
        assert_eq!(written(&idr, true).unwrap(), expected);
        assert_eq!(written(&idr, false).unwrap(), [0, 0, 0, 1, 9, 0xf0, 0, 0, 1, 0x65, 0x88]);
    }

    #[test]
    fn a_delimiter_that_is_there_stays_the_only_one() {
        let sample = [0, 0, 0, 2, 9, 0x10, 0, 0, 0, 1, 0x41];
        assert_eq!(written(&sample, false).unwrap(), [0, 0, 0, 1, 9, 0x10, 0, 0, 1, 0x41]);
    }

    #[test]
    fn empty_units_are_zeros_between_others() {
        let sample = [0, 0, 0, 0, 0, 0, 0, 1, 0x41];
        assert_eq!(written(&sample, false).unwrap(), [0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 0, 0, 0, 1, 0x41]);
        assert_eq!(written(&[], false).unwrap(), [0, 0, 0, 1, 9, 0xf0]);
    }

    /// Slices before the last, and parameter sets in the sample, keep `zero_byte`.
    #[test]
    fn the_last_start_code_is_short() {
        let sample = [0, 0, 0, 1, 0x67, 0, 0, 0, 1, 0x65, 0, 0, 0, 1, 0x65];
        let expected = [0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x67, 0, 0, 0, 1, 0x65, 0, 0, 1, 0x65];
        assert_eq!(written(&sample, false).unwrap(), expected);
    }

    #[test]
    fn lengths_that_lead_out_are_refused() {
        assert_eq!(written(&[0, 0, 0, 3, 0x65, 0x88], false), Err(0));
        assert_eq!(written(&[0xff; 9], true), Err(0));
        assert_eq!(written(&[0, 0, 0, 1, 0x65, 0, 0], false), Err(5));
    }
}
