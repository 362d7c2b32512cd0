//! The grammar of one clause: a parameter and the values that it takes.

use super::{Error, PARAMETER};

/// Largest number that is compared.
pub(super) const MAX_NUMBER: u64 = 2_147_483_647;
/// Decimals of a frame rate.
const DECIMALS: usize = 3;
/// Characters of a wrong text that an error shows.
const SHOWN_CHARS: usize = 64;

/// A parameter with its values; a rendition meets it by meeting one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    pub(super) parameter: Parameter,
    pub(super) values: Values,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameter {
    AudioBitrate,
    AudioChannels,
    AudioCodec,
    AudioLanguage,
    AudioSampleRate,
    SubtitleLanguage,
    TrickplayHeight,
    TrickplayType,
    VideoBitrate,
    VideoCodec,
    VideoDynamicRange,
    VideoFramerate,
    VideoHeight,
}

/// The values of a clause; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Values {
    /// First and last of each range; a single number is both. Frame rates count thousandths.
    Ranges(Vec<(u64, u64)>),
    /// In lower case.
    Words(Vec<String>),
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Whole numbers and ranges.
    Whole,
    /// The same with up to three decimals.
    Thousandths,
    /// Some of these words.
    OneOf(&'static [&'static str]),
    /// Any words.
    Free,
}

impl Parameter {
    const ALL: [(&'static str, Self, Kind); 13] = [
        ("audio_bitrate", Self::AudioBitrate, Kind::Whole),
        ("audio_channels", Self::AudioChannels, Kind::Whole),
        ("audio_codec", Self::AudioCodec, Kind::OneOf(&["aacl", "aach", "ac-3", "ec-3"])),
        ("audio_language", Self::AudioLanguage, Kind::Free),
        ("audio_sample_rate", Self::AudioSampleRate, Kind::Whole),
        ("subtitle_language", Self::SubtitleLanguage, Kind::Free),
        ("trickplay_height", Self::TrickplayHeight, Kind::Whole),
        ("trickplay_type", Self::TrickplayType, Kind::OneOf(&["iframe", "image", "none"])),
        ("video_bitrate", Self::VideoBitrate, Kind::Whole),
        ("video_codec", Self::VideoCodec, Kind::OneOf(&["h264", "h265", "av1"])),
        ("video_dynamic_range", Self::VideoDynamicRange, Kind::OneOf(&["sdr", "hlg", "hdr10", "dv"])),
        ("video_framerate", Self::VideoFramerate, Kind::Thousandths),
        ("video_height", Self::VideoHeight, Kind::Whole),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, known, _)| *known == self).map_or(PARAMETER, |(name, ..)| name)
    }
}

impl Clause {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let Some((name, values)) = text.split_once([':', '=']) else { return Err(malformed(text)) };
        let name = name.trim().to_ascii_lowercase();
        if name == PARAMETER {
            return Err(Error::Repeated);
        }
        let known = Parameter::ALL.into_iter().find(|(known, ..)| *known == name);
        let (name, parameter, kind) = known.ok_or_else(|| Error::UnknownParameter(shown(&name)))?;
        let values = values.split(',').map(|value| value.trim().to_lowercase());
        let values: Vec<_> = values.collect();
        // A second colon, or nothing where a value should be.
        if values.iter().any(|value| value.is_empty() || value.contains([':', '='])) {
            return Err(malformed(text));
        }
        Ok(Self { parameter, values: kind.read(name, values)? })
    }
}

impl Kind {
    fn read(self, parameter: &'static str, values: Vec<String>) -> Result<Values, Error> {
        if let Some(decimals) = self.decimals() {
            let ranges: Result<_, _> = values.iter().map(|value| range(parameter, value, decimals)).collect();
            return ranges.map(Values::Ranges);
        }
        if let Self::OneOf(words) = self
            && let Some(value) = values.iter().find(|value| !words.contains(&value.as_str()))
        {
            let wanted = format!("one of {}", words.join(", "));
            return Err(Error::Value { parameter, value: shown(value), wanted });
        }
        Ok(Values::Words(values))
    }

    /// Decimals of its numbers; `None`: it takes words.
    fn decimals(self) -> Option<usize> {
        match self {
            Self::Whole => Some(0),
            Self::Thousandths => Some(DECIMALS),
            Self::OneOf(_) | Self::Free => None,
        }
    }
}

/// A number, or two with a dash between.
fn range(parameter: &'static str, value: &str, decimals: usize) -> Result<(u64, u64), Error> {
    let number = |text: &str| number(parameter, text.trim(), decimals);
    let Some((from, to)) = value.split_once('-') else { return number(value).map(|number| (number, number)) };
    let (from, to) = (number(from)?, number(to)?);
    if from > to {
        return Err(Error::Range { parameter, value: shown(value) });
    }
    Ok((from, to))
}

/// A number of at most so many decimals, in units of the last of them.
fn number(parameter: &'static str, text: &str, decimals: usize) -> Result<u64, Error> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let ends_well = !text.ends_with('.') && part.len() <= decimals;
    if whole.is_empty() || !is_digits(whole) || !is_digits(part) || !ends_well {
        let wanted = if decimals == 0 {
            "a whole number or a range such as 1-10".to_owned()
        } else {
            format!("a number of up to {decimals} decimals or a range such as 23.976-30")
        };
        return Err(Error::Value { parameter, value: shown(text), wanted });
    }
    // What does not fit 64 bits is too large as well.
    let unit = 10_u64.pow(u32::try_from(decimals).unwrap_or(0));
    let number = format!("{whole}{part:0<decimals$}").parse().unwrap_or(u64::MAX);
    if number > MAX_NUMBER * unit {
        return Err(Error::TooLarge { parameter, value: shown(text) });
    }
    Ok(number)
}

fn malformed(text: &str) -> Error {
    Error::Malformed(shown(text))
}

/// The beginning of a text, as an error shows it.
fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).collect()
}
