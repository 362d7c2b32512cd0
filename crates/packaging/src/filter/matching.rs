//! Which renditions meet a filter.

use isobmff::Language;
use isobmff::codec::{AudioCodec, AudioFamily, VideoCodec, VideoFamily, VideoRange};

use super::Filter;
use super::clause::{Parameter, Values};
use crate::picture::Picture;
use crate::presentation::{ImageTrack, Rendition};
use crate::{TrackCodec, language};

impl Filter {
    /// Whether key frames of these pictures are offered.
    pub(super) fn takes_iframes(&self, rendition: &Rendition<'_>) -> bool {
        rendition
            .video()
            .is_none_or(|(_, picture)| self.takes_trick_play("iframe", picture.displayed.1.into()))
    }

    /// Whether these preview pictures are offered.
    pub(super) fn takes_images(&self, images: &ImageTrack) -> bool {
        self.takes_trick_play("image", images.tile_size().1.into())
    }

    fn takes_trick_play(&self, word: &str, height: u64) -> bool {
        self.clauses.iter().all(|clause| match clause.parameter {
            Parameter::TrickplayType => clause.values.has_word(word),
            Parameter::TrickplayHeight => clause.values.has_number(height),
            _ => true,
        })
    }

    /// Whether a rendition meets all clauses on its kind.
    pub(super) fn takes(&self, rendition: &Rendition<'_>) -> bool {
        self.clauses.iter().all(|clause| match (&rendition.track.codec, clause.parameter.kind()) {
            (TrackCodec::Video(codec, picture), Subject::Video) => {
                clause.values.has_video(clause.parameter, rendition, (codec, picture))
            }
            (TrackCodec::Audio(codec), Subject::Audio) => {
                clause.values.has_audio(clause.parameter, rendition, codec)
            }
            (TrackCodec::Text(_), Subject::Text) => clause.values.has_language(rendition),
            _ => true,
        })
    }
}

/// What a parameter is about.
enum Subject {
    Video,
    Audio,
    Text,
    TrickPlay,
}

impl Parameter {
    fn kind(self) -> Subject {
        match self {
            Self::AudioBitrate
            | Self::AudioChannels
            | Self::AudioCodec
            | Self::AudioLanguage
            | Self::AudioSampleRate => Subject::Audio,
            Self::SubtitleLanguage => Subject::Text,
            Self::TrickplayHeight | Self::TrickplayType => Subject::TrickPlay,
            Self::VideoBitrate
            | Self::VideoCodec
            | Self::VideoDynamicRange
            | Self::VideoFramerate
            | Self::VideoHeight => Subject::Video,
        }
    }
}

impl Values {
    fn has_video(
        &self,
        parameter: Parameter,
        rendition: &Rendition<'_>,
        (codec, picture): (&VideoCodec, &Picture),
    ) -> bool {
        match parameter {
            Parameter::VideoBitrate => self.has_number(rendition.average),
            Parameter::VideoCodec => video_word(codec.family).is_some_and(|word| self.has_word(word)),
            Parameter::VideoDynamicRange => {
                range_words(codec).into_iter().flatten().any(|word| self.has_word(word))
            }
            Parameter::VideoFramerate => picture.frame_rate.is_some_and(|rate| self.has_rate(rate)),
            Parameter::VideoHeight => self.has_number(picture.displayed.1.into()),
            _ => true,
        }
    }

    fn has_audio(&self, parameter: Parameter, rendition: &Rendition<'_>, codec: &AudioCodec) -> bool {
        match parameter {
            Parameter::AudioBitrate => self.has_number(rendition.average),
            Parameter::AudioChannels => self.has_number(codec.channels.into()),
            Parameter::AudioCodec => audio_word(codec).is_some_and(|word| self.has_word(word)),
            Parameter::AudioLanguage => self.has_language(rendition),
            Parameter::AudioSampleRate => self.has_number(codec.sample_rate.into()),
            _ => true,
        }
    }

    /// Tags are as manifests say them, which have the two-letter code where there is one; sources have three letters.
    fn has_language(&self, rendition: &Rendition<'_>) -> bool {
        let Some(tag) = rendition.labels.language.as_ref().map(|tag| tag.to_lowercase()) else {
            return false;
        };
        let is_long = |word: &String| {
            let letters = <[u8; 3]>::try_from(word.as_bytes()).map(Language::Iso);
            letters.is_ok_and(|letters| language::tag(&letters) == Some(tag.clone()))
        };
        self.has_word(&tag) || matches!(self, Self::Words(words) if words.iter().any(is_long))
    }

    fn has_word(&self, word: &str) -> bool {
        matches!(self, Self::Words(words) if words.iter().any(|known| known == word))
    }

    fn has_number(&self, number: u64) -> bool {
        matches!(self, Self::Ranges(ranges) if ranges.iter().any(|&(from, to)| (from..=to).contains(&number)))
    }

    /// Frame rates differ in the fourth decimal from what three can say, so half a thousandth is no difference.
    fn has_rate(&self, (pictures, seconds): (u64, u64)) -> bool {
        let Self::Ranges(ranges) = self else { return false };
        let rate = u128::from(pictures) * 2000;
        let bound = |half_thousandths: u64| u128::from(half_thousandths) * u128::from(seconds);
        ranges
            .iter()
            .any(|&(from, to)| bound((from * 2).saturating_sub(1)) <= rate && rate <= bound(to * 2 + 1))
    }
}

fn video_word(family: VideoFamily) -> Option<&'static str> {
    match family {
        VideoFamily::Avc => Some("h264"),
        VideoFamily::Hevc => Some("h265"),
        VideoFamily::Av1 => Some("av1"),
        VideoFamily::Vvc | VideoFamily::Vp9 => None,
    }
}

/// MPEG-4 object types (ISO/IEC 14496-3 Table 1.17): 2 is Low Complexity, 5 and 29 are High Efficiency. 0x67 is
/// Low Complexity of MPEG-2.
fn audio_word(codec: &AudioCodec) -> Option<&'static str> {
    match (codec.family, codec.codecs.as_str()) {
        (AudioFamily::Aac, "mp4a.40.2" | "mp4a.67") => Some("aacl"),
        (AudioFamily::Aac, "mp4a.40.5" | "mp4a.40.29") => Some("aach"),
        (AudioFamily::Ac3, _) => Some("ac-3"),
        (AudioFamily::Eac3, _) => Some("ec-3"),
        _ => None,
    }
}

/// Dolby Vision is also what its base layer is to others. Without compatibility it has none.
fn range_words(codec: &VideoCodec) -> [Option<&'static str>; 2] {
    let dolby = codec.dolby_vision.as_ref();
    let base = match codec.video_range() {
        VideoRange::Sdr => "sdr",
        VideoRange::Hlg => "hlg",
        VideoRange::Pq => "hdr10",
    };
    let has_base = dolby.is_none_or(|dolby| dolby.compatibility != 0);
    [dolby.map(|_| "dv"), has_base.then_some(base)]
}
