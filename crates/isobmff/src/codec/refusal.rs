//! Why a sample entry cannot be packaged, in words.

use crate::{Error, sample_entry::SampleEntry};

/// The entry's format has no place in CMAF, HLS or DASH, or none here.
pub(super) fn unsupported(entry: &SampleEntry) -> Error {
    Error::Unsupported { kind: entry.format, offset: entry.offset, reason: reason(entry.format.0) }
}

fn reason(format: [u8; 4]) -> &'static str {
    match &format {
        b"encv" | b"enca" | b"enct" | b"encs" | b"drms" | b"drmi" => "the track is encrypted",
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
