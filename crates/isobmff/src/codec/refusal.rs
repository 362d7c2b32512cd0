//! Why a sample entry cannot be packaged, in words.

use crate::{Error, FourCc, read::BoxRef, sample_entry::SampleEntry};

/// The entry's format has no place in CMAF, HLS or DASH, or none here.
pub(super) fn unsupported(entry: &SampleEntry) -> Error {
    Error::Unsupported { kind: entry.format, offset: entry.offset, reason: reason(entry.format.0) }
}

/// Why the samples cannot be read, if they are encrypted: the format says so (ISO/IEC 14496-12 §8.12), or a
/// `sinf` in an entry that kept its format.
pub(super) fn encrypted(entry: &SampleEntry) -> Option<Error> {
    let is_named =
        matches!(&entry.format.0, b"encv" | b"enca" | b"enct" | b"encs" | b"encm" | b"drms" | b"drmi");
    let sinf = entry.child(FourCc(*b"sinf"));
    (is_named || sinf.is_some()).then(|| {
        let schm = sinf.and_then(|sinf| sinf.find(FourCc(*b"schm")).ok().flatten());
        let reason = scheme_reason(schm.and_then(|schm| scheme(&schm)));
        Error::Unsupported { kind: entry.format, offset: entry.offset, reason }
    })
}

/// `scheme_type` (ISO/IEC 14496-12 §8.12.5).
fn scheme(schm: &BoxRef<'_>) -> Option<[u8; 4]> {
    let mut fields = schm.reader();
    fields.full_box().ok()?;
    fields.fourcc().ok().map(|scheme| scheme.0)
}

/// The schemes of ISO/IEC 23001-7, and those of others that are met.
fn scheme_reason(scheme: Option<[u8; 4]>) -> &'static str {
    match scheme.as_ref() {
        Some(b"cenc") => "the track is encrypted (scheme `cenc`); encrypted sources are not packaged",
        Some(b"cbcs") => "the track is encrypted (scheme `cbcs`); encrypted sources are not packaged",
        Some(b"cens") => "the track is encrypted (scheme `cens`); encrypted sources are not packaged",
        Some(b"cbc1") => "the track is encrypted (scheme `cbc1`); encrypted sources are not packaged",
        Some(b"piff") => "the track is encrypted (scheme `piff`); encrypted sources are not packaged",
        Some(b"itun") => {
            "the track is encrypted (scheme `itun`, FairPlay); encrypted sources are not packaged"
        }
        Some(_) => {
            "the track is encrypted (in a scheme that is not known); encrypted sources are not packaged"
        }
        None => "the track is encrypted (its entry names no scheme); encrypted sources are not packaged",
    }
}

fn reason(format: [u8; 4]) -> &'static str {
    match &format {
        [0, 0, 0, 0] => "the sample entry names no format",
        b"mp4v" => "MPEG-4 Part 2 video has no place in HLS, DASH or CMAF",
        b"s263" | b"h263" | b"H263" => "H.263 video has no place in HLS, DASH or CMAF",
        b"m1v " | b"mpg1" | b"m2v1" | b"mpg2" | b"xd51" | b"xd54" | b"xd55" | b"hdv2" | b"hdv3" | b"mx3p"
        | b"mx5p" => "MPEG-1 and MPEG-2 video have no place in CMAF",
        b"mjpg" | b"mjpa" | b"mjpb" | b"jpeg" | b"png " | b"mjp2" => "the pictures are coded one by one",
        b"apcn" | b"apch" | b"apcs" | b"apco" | b"ap4h" | b"ap4x" => "ProRes is a production format",
        b"AVdn" | b"AVdh" => "DNxHD and DNxHR are production formats",
        b"vp08" => "VP8 has no place in CMAF",
        b"raw " | b"twos" | b"sowt" | b"lpcm" | b"in24" | b"in32" | b"fl32" | b"fl64" | b"NONE" | b"ipcm"
        | b"fpcm" => "the audio is uncompressed",
        b"alaw" | b"ulaw" | b"ima4" | b"ms\0\x02" | b"ms\0\x11" => {
            "the audio is PCM in a telephone's or early coding"
        }
        b"samr" | b"sawb" | b"sawp" => "AMR speech has no place in HLS, DASH or CMAF",
        b"sqcp" | b"sevc" | b"ssmv" => "this speech codec has no place in HLS, DASH or CMAF",
        b"mlpa" => "Dolby TrueHD has no place in HLS, DASH or CMAF",
        b"tmcd" => "the track is a time code",
        b"mebx" | b"mett" | b"metx" | b"urim" => "the track is timed metadata",
        b"rtp " | b"srtp" => "the track is a hint track",
        _ => "the format is not known",
    }
}
