//! Which tracks MPEG-TS carries, and as what.

use isobmff::codec::{AudioCodec, AudioFamily, VideoCodec, VideoFamily, aac_header, parameter_sets};
use isobmff::{SampleEntry, UNITY_MATRIX};
use mpegts::{Adts, Codec};

use crate::route::PackedForm;
use crate::{PackagedTrack, TrackCodec};

/// Longest parameter sets: each page holds them, and each key frame repeats them.
const MAX_PARAMETER_SETS: usize = 4096;

/// What the track is in MPEG-TS; the error says why it cannot be carried.
pub(crate) fn codec_of(entry: &SampleEntry, codec: &TrackCodec) -> Result<Codec, String> {
    match codec {
        TrackCodec::Video(_, picture) if picture.matrix != UNITY_MATRIX => {
            Err("MPEG-TS cannot say that its pictures are shown rotated".to_owned())
        }
        TrackCodec::Video(video, _) => pictures(entry, video),
        TrackCodec::Audio(audio) => sound(entry, audio),
        TrackCodec::Text(_) => Err("captions have segments of their own".to_owned()),
    }
}

fn pictures(entry: &SampleEntry, video: &VideoCodec) -> Result<Codec, String> {
    let make = match video.family {
        VideoFamily::Avc => Codec::Avc,
        VideoFamily::Hevc => Codec::Hevc,
        VideoFamily::Vvc | VideoFamily::Av1 | VideoFamily::Vp9 => {
            return Err(format!("HLS has no MPEG-TS with {}", video.codecs));
        }
    };
    // No name in a program map tells players to show it otherwise than as plain HEVC, in wrong colours.
    if video.codecs.starts_with("dv") {
        return Err(format!("HLS has no MPEG-TS with {}", video.codecs));
    }
    match video.nal_length_size {
        Some(4) => {}
        size => {
            let size = size.unwrap_or(0);
            return Err(format!(
                "its NAL units have lengths of {size} bytes; with 4 alone the length of MPEG-TS is known beforehand"
            ));
        }
    }
    let sets = parameter_sets(entry).map_err(|error| error.to_string())?;
    let sets: Vec<_> = sets.into_iter().map(<[u8]>::to_vec).collect();
    if sets.iter().map(Vec::len).sum::<usize>() > MAX_PARAMETER_SETS {
        return Err(format!("its parameter sets have more than {MAX_PARAMETER_SETS} bytes"));
    }
    Ok(make(sets))
}

fn sound(entry: &SampleEntry, audio: &AudioCodec) -> Result<Codec, String> {
    match audio.family {
        AudioFamily::Aac => {
            let header = aac_header(entry).map_err(|reason| format!("{}: {reason}", audio.codecs))?;
            Ok(Codec::Aac(Adts {
                object_type: header.object_type,
                frequency_index: header.frequency_index,
                channel_configuration: header.channel_configuration,
            }))
        }
        AudioFamily::Ac3 => Ok(Codec::Ac3 { rate: audio.sample_rate }),
        AudioFamily::Eac3 => Ok(Codec::Eac3 { rate: audio.sample_rate }),
        AudioFamily::Mp3 => Ok(Codec::Mp3 { rate: audio.sample_rate }),
        AudioFamily::Usac
        | AudioFamily::Ac4
        | AudioFamily::Opus
        | AudioFamily::Flac
        | AudioFamily::Alac
        | AudioFamily::Dts
        | AudioFamily::MpegH => Err(format!("HLS has no MPEG-TS or packed audio with {}", audio.codecs)),
    }
}

/// How packed audio of a codec is named; `None` for pictures.
pub(crate) fn packed_form(codec: &Codec) -> Option<PackedForm> {
    match codec {
        Codec::Aac(_) => Some(PackedForm::Aac),
        Codec::Ac3 { .. } => Some(PackedForm::Ac3),
        Codec::Eac3 { .. } => Some(PackedForm::Ec3),
        Codec::Mp3 { .. } => Some(PackedForm::Mp3),
        Codec::Avc(_) | Codec::Hevc(_) | Codec::TimedId3 => None,
    }
}

impl PackagedTrack {
    /// How its segments are named where it is packed audio; `None`: it is MPEG-TS, as pictures are, and sound whose
    /// frames do not all begin where those before them end.
    pub fn packed_form(&self) -> Option<PackedForm> {
        let codec = self.transport_codec().ok().filter(|_| self.is_isochronous)?;
        packed_form(&codec)
    }

    /// What the track is in MPEG-TS or packed audio; the error says for people why it cannot be carried.
    pub fn transport_codec(&self) -> Result<Codec, String> {
        match &self.entry {
            Some(entry) => codec_of(entry, &self.codec),
            None => Err("captions have segments of their own".to_owned()),
        }
    }
}
