//! Words that encoders and people put at the end of file names.

/// Codecs, delivery, quality, and what media servers have between language and ending: they say nothing that is
/// asked here, and stand beside what does.
const NEUTRAL: [&str; 57] = [
    "h264", "x264", "avc", "avc1", "h265", "x265", "hevc", "hvc1", "hev1", "av1", "vp9", "aac", "heaac",
    "ac3", "eac3", "ec3", "ddp", "atmos", "opus", "flac", "mp3", "stereo", "mono", "surround", "51", "71",
    "hls", "dash", "cmaf", "mss", "abr", "ott", "web", "mobile", "fmp4", "frag", "video", "sdr", "hdr",
    "hdr10", "hlg", "dv", "10bit", "8bit", "sd", "hd", "fhd", "uhd", "hq", "lq", "high", "medium", "low",
    "auto", "ts", "default", "full",
];

/// Languages by their English names.
const LANGUAGES: [(&str, &str); 34] = [
    ("english", "en"),
    ("french", "fr"),
    ("german", "de"),
    ("spanish", "es"),
    ("castilian", "es"),
    ("italian", "it"),
    ("portuguese", "pt"),
    ("brazilian", "pt-BR"),
    ("dutch", "nl"),
    ("flemish", "nl-BE"),
    ("danish", "da"),
    ("swedish", "sv"),
    ("norwegian", "no"),
    ("finnish", "fi"),
    ("icelandic", "is"),
    ("polish", "pl"),
    ("czech", "cs"),
    ("slovak", "sk"),
    ("hungarian", "hu"),
    ("romanian", "ro"),
    ("bulgarian", "bg"),
    ("greek", "el"),
    ("turkish", "tr"),
    ("russian", "ru"),
    ("ukrainian", "uk"),
    ("hebrew", "he"),
    ("arabic", "ar"),
    ("persian", "fa"),
    ("hindi", "hi"),
    ("thai", "th"),
    ("vietnamese", "vi"),
    ("japanese", "ja"),
    ("korean", "ko"),
    ("chinese", "zh"),
];

/// Languages with a three-letter code and no shorter one that names of files have (ISO 639-3).
const LONG_CODES: [&str; 22] = [
    "fil", "yue", "cmn", "gsw", "haw", "nds", "ast", "fur", "lld", "hsb", "dsb", "szl", "vec", "nap", "scn",
    "ckb", "tzm", "mai", "bho", "ceb", "apc", "arz",
];

/// What a word at the end of a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Neutral,
    /// Lines of the picture, or a number that may be that or a rate.
    Number(u32),
    /// Thousands of bits per second.
    Rate(u32),
    /// The file is sound.
    Audio,
    /// Sound that describes the pictures.
    Description,
    /// The same, if the file is sound.
    MaybeDescription,
    Commentary,
    Dub,
    /// The file is captions.
    Captions,
    /// Captions for those who do not hear.
    Sdh,
    Forced,
}

impl Word {
    /// What a word says, in lower case; `None` if it says nothing known.
    pub(super) fn parse(word: &str) -> Option<Self> {
        if NEUTRAL.contains(&word) {
            return Some(Self::Neutral);
        }
        match word {
            "4k" => Some(Self::Number(2160)),
            "8k" => Some(Self::Number(4320)),
            "audio" | "sound" | "track" => Some(Self::Audio),
            "description" | "descriptive" | "described" | "audiodescription" | "dvs" => {
                Some(Self::Description)
            }
            "ad" => Some(Self::MaybeDescription),
            "commentary" => Some(Self::Commentary),
            "dub" | "dubbed" => Some(Self::Dub),
            "caption" | "captions" | "subtitle" | "subtitles" | "subs" | "sub" => Some(Self::Captions),
            "sdh" | "cc" => Some(Self::Sdh),
            "forced" | "foreign" => Some(Self::Forced),
            _ => parse_measure(word),
        }
    }
}

/// `1080p`, `1080p50`, `1920x1080`, `5000k`, `5000kbps`, `5m`, `30fps`, `720`.
fn parse_measure(word: &str) -> Option<Word> {
    let end = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (digits, unit) = word.split_at_checked(end)?;
    let number: u32 = digits.parse().ok()?;
    match unit {
        "" => Some(Word::Number(number)),
        "k" | "kb" | "kbps" | "kbit" => Some(Word::Rate(number)),
        "m" | "mb" | "mbps" | "mbit" => Some(Word::Rate(number.saturating_mul(1000))),
        "fps" | "hz" | "khz" | "ch" => Some(Word::Neutral),
        _ => {
            let rest = unit.get(1..).filter(|rest| rest.bytes().all(|b| b.is_ascii_digit()))?;
            match unit.as_bytes().first()? {
                b'p' | b'i' => Some(Word::Number(number)),
                b'x' => rest.parse().ok().map(Word::Number),
                _ => None,
            }
        }
    }
}

/// The tag of a language by its English name.
pub(super) fn language_by_name(word: &str) -> Option<&'static str> {
    LANGUAGES.iter().find(|(name, _)| *name == word).map(|(_, tag)| *tag)
}

/// Whether a three-letter code without a shorter one is known.
pub(super) fn is_long_code(code: &str) -> bool {
    LONG_CODES.contains(&code)
}
