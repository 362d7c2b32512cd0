//! What an operator sets: environment variables, read once, all mistakes reported together.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;

use origin::{Config, ProgramDateTime};
use packaging::route::Addressing;
use packaging::selection::{MAX_BITS_PER_SECOND, Selection, StreamOrder};
use packaging::{Policy, Priming};

use crate::log::Level;

const PREFIX: &str = "FRAGMINT_";
const SOURCE_BUCKET: &str = "FRAGMINT_SOURCE_BUCKET";
const SOURCE_PREFIX: &str = "FRAGMINT_SOURCE_PREFIX";
const INDEX_BUCKET: &str = "FRAGMINT_INDEX_BUCKET";
const INDEX_PREFIX: &str = "FRAGMINT_INDEX_PREFIX";
const SEGMENT_SECONDS: &str = "FRAGMINT_SEGMENT_SECONDS";
const PRIMING: &str = "FRAGMINT_PRIMING";
const SEGMENT_INDEX: &str = "FRAGMINT_SEGMENT_INDEX";
const MANIFEST_MAX_AGE: &str = "FRAGMINT_MANIFEST_MAX_AGE";
const READ_GAP_KIB: &str = "FRAGMINT_READ_GAP_KIB";
const MAX_SEGMENT_MIB: &str = "FRAGMINT_MAX_SEGMENT_MIB";
const CACHE_MIB: &str = "FRAGMINT_CACHE_MIB";
const COPY_TRACKS: &str = "FRAGMINT_COPY_TRACKS";
const DASH_SEGMENTS: &str = "FRAGMINT_DASH_SEGMENTS";
const PROGRAM_DATE_TIME: &str = "FRAGMINT_PROGRAM_DATE_TIME";
const NGINX_URLS: &str = "FRAGMINT_NGINX_URLS";
const MIN_VIDEO_RATE: &str = "FRAGMINT_MIN_VIDEO_BITS_PER_SECOND";
const MAX_VIDEO_RATE: &str = "FRAGMINT_MAX_VIDEO_BITS_PER_SECOND";
const STREAM_ORDER: &str = "FRAGMINT_STREAM_ORDER";
const AUDIO_ONLY_VARIANT: &str = "FRAGMINT_AUDIO_ONLY_VARIANT";
const LOG: &str = "FRAGMINT_LOG";
const METRICS_NAMESPACE: &str = "FRAGMINT_METRICS_NAMESPACE";

/// All variables there are.
pub const VARIABLES: [&str; 21] = [
    SOURCE_BUCKET,
    SOURCE_PREFIX,
    INDEX_BUCKET,
    INDEX_PREFIX,
    SEGMENT_SECONDS,
    PRIMING,
    SEGMENT_INDEX,
    MANIFEST_MAX_AGE,
    READ_GAP_KIB,
    MAX_SEGMENT_MIB,
    CACHE_MIB,
    COPY_TRACKS,
    DASH_SEGMENTS,
    PROGRAM_DATE_TIME,
    NGINX_URLS,
    MIN_VIDEO_RATE,
    MAX_VIDEO_RATE,
    STREAM_ORDER,
    AUDIO_ONLY_VARIANT,
    LOG,
    METRICS_NAMESPACE,
];

/// Lambda sets these; without them the runtime cannot start.
const RUNTIME_VARIABLES: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// Longest segment that a streamed response carries: Lambda ends it at 200 MB.
const MAX_SEGMENT_MIB_RANGE: RangeInclusive<u64> = 1..=190;

/// Settings of a function.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where sources are.
    pub source: Place,
    /// Where indexes are; none: they are made anew by every environment.
    pub index: Option<Place>,
    /// How sources are packaged and served.
    pub config: Config,
    /// Whether the indexer copies small tracks beside the index.
    pub copy_tracks: bool,
    /// What is logged.
    pub log: Level,
    /// Namespace of the metrics; none: no metrics.
    pub metrics: Option<String>,
    /// The function's name, for metrics.
    pub function: String,
}

/// A part of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The bucket's name.
    pub bucket: String,
    /// What all keys begin with; empty: all of the bucket.
    pub prefix: String,
}

/// Everything that is wrong with the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(pub Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl Settings {
    /// Reads the settings from names and values of variables.
    pub fn from_environment(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, Mistakes> {
        Reader::new(variables).read(|_| {})
    }

    /// As [`Settings::from_environment`], for the function that has to have a bucket for indexes. It keeps
    /// nothing in memory: an index that is known here may have been removed from the bucket since.
    pub fn of_indexer(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, Mistakes> {
        let mut settings = Reader::new(variables).read(|reader| {
            if reader.value(INDEX_BUCKET).is_none() {
                reader.mistake(format!("{INDEX_BUCKET} is not set: the bucket that indexes are written to"));
            }
        })?;
        settings.config.cache_bytes = 0;
        Ok(settings)
    }
}

/// Reads values and collects what is wrong with them.
struct Reader {
    variables: Vec<(String, String)>,
    mistakes: Vec<String>,
}

impl Reader {
    fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { variables: variables.into_iter().collect(), mistakes: Vec::new() }
    }

    fn read(mut self, check: impl FnOnce(&mut Self)) -> Result<Settings, Mistakes> {
        self.refuse_unknown();
        let settings = self.settings();
        check(&mut self);
        if self.mistakes.is_empty() { Ok(settings) } else { Err(Mistakes(self.mistakes)) }
    }

    fn settings(&mut self) -> Settings {
        for name in RUNTIME_VARIABLES {
            if self.value(name).is_none() {
                self.mistake(format!(
                    "{name} is not set: this program runs in AWS Lambda or `cargo lambda watch`"
                ));
            }
        }
        let bucket = self.value(SOURCE_BUCKET).map(str::to_owned);
        if bucket.is_none() {
            self.mistake(format!("{SOURCE_BUCKET} is not set: the bucket that holds the sources"));
        }
        let source = Place { bucket: bucket.unwrap_or_default(), prefix: self.prefix(SOURCE_PREFIX, "") };
        let index_prefix = self.prefix(INDEX_PREFIX, "index/");
        let index_bucket = self.value(INDEX_BUCKET).map(str::to_owned);
        let index = index_bucket.map(|bucket| Place { bucket, prefix: index_prefix });
        self.keep_apart(&source, index.as_ref());
        Settings {
            source,
            index,
            config: self.config(),
            copy_tracks: self.choice(COPY_TRACKS, false, &[("true", true), ("false", false)]),
            log: self.choice(
                LOG,
                Level::Info,
                &[
                    ("error", Level::Error),
                    ("warn", Level::Warn),
                    ("info", Level::Info),
                    ("debug", Level::Debug),
                ],
            ),
            metrics: self.namespace(),
            function: self.value("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default().to_owned(),
        }
    }

    fn config(&mut self) -> Config {
        let policy = Policy {
            segment_millis: self.segment_millis(),
            priming: self.choice(PRIMING, Priming::Keep, &[("keep", Priming::Keep), ("drop", Priming::Drop)]),
            segment_index: self.choice(SEGMENT_INDEX, false, &[("true", true), ("false", false)]),
            start_micros: None,
            clip: None,
        };
        let year_secs = 365 * 86_400;
        let max_age = self.number(MANIFEST_MAX_AGE, 60, 0..=year_secs);
        Config {
            policy,
            manifest_max_age_secs: u32::try_from(max_age).unwrap_or(u32::MAX),
            read_gap_bytes: self.number(READ_GAP_KIB, 64, 0..=16_384) << 10,
            max_segment_bytes: self.number(MAX_SEGMENT_MIB, 64, MAX_SEGMENT_MIB_RANGE) << 20,
            cache_bytes: self.number(CACHE_MIB, 64, 0..=8192) << 20,
            dash_segments: self.choice(
                DASH_SEGMENTS,
                Addressing::Time,
                &Addressing::ALL.map(|addressing| (addressing.word(), addressing)),
            ),
            program_date_time: self.choice(PROGRAM_DATE_TIME, ProgramDateTime::Off, &ProgramDateTime::WORDS),
            nginx_urls: self.choice(NGINX_URLS, false, &[("true", true), ("false", false)]),
            selection: self.selection(),
        }
    }

    /// What is offered of the pictures. 0 is no bound, because SAM's numbers cannot be left empty.
    fn selection(&mut self) -> Selection {
        let bound = |rate: u64| Some(rate).filter(|&rate| rate > 0);
        let orders = StreamOrder::ALL.map(|order| (order.word(), Some(order)));
        let selection = Selection {
            min_video_bits_per_second: bound(self.number(MIN_VIDEO_RATE, 0, 0..=MAX_BITS_PER_SECOND)),
            max_video_bits_per_second: bound(self.number(MAX_VIDEO_RATE, 0, 0..=MAX_BITS_PER_SECOND)),
            stream_order: self.choice(STREAM_ORDER, None, &orders),
            audio_only_variant: self.choice(
                AUDIO_ONLY_VARIANT,
                None,
                &[("true", Some(true)), ("false", None)],
            ),
        };
        if !selection.is_sound() {
            self.mistake(format!("{MIN_VIDEO_RATE} is more than {MAX_VIDEO_RATE}"));
        }
        selection
    }

    /// A variable that is set and not empty: SAM cannot leave one out, but can leave it empty.
    fn value(&self, name: &str) -> Option<&str> {
        self.stated(name).filter(|value| !value.is_empty())
    }

    fn stated(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn mistake(&mut self, mistake: String) {
        self.mistakes.push(mistake);
    }

    fn refuse_unknown(&mut self) {
        let is_unknown = |name: &&String| name.starts_with(PREFIX) && !VARIABLES.contains(&name.as_str());
        let mut unknown: Vec<_> =
            self.variables.iter().map(|(name, _)| name).filter(is_unknown).cloned().collect();
        unknown.sort();
        for name in unknown {
            self.mistake(format!("{name} is not a setting"));
        }
    }

    fn number(&mut self, name: &str, default: u64, within: RangeInclusive<u64>) -> u64 {
        let Some(text) = self.value(name) else { return default };
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| text.parse().ok()).flatten().filter(|number| within.contains(number));
        number.unwrap_or_else(|| {
            let (low, high) = (within.start(), within.end());
            self.mistake(format!(
                "{name} is `{}`, not a whole number from {low} to {high}",
                self.shown(name)
            ));
            default
        })
    }

    /// One of some words.
    fn choice<T: Copy>(&mut self, name: &str, default: T, words: &[(&str, T)]) -> T {
        let Some(text) = self.value(name) else { return default };
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
            return *meaning;
        }
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        self.mistake(format!("{name} is `{}`, not one of {}", self.shown(name), known.join(", ")));
        default
    }

    fn segment_millis(&mut self) -> NonZeroU32 {
        let default = Policy::default().segment_millis;
        let Some(text) = self.value(SEGMENT_SECONDS) else { return default };
        Policy::parse_seconds(text).unwrap_or_else(|| {
            self.mistake(format!(
                "{SEGMENT_SECONDS} is `{}`, not a number from 0.5 to 60 with up to three decimals",
                self.shown(SEGMENT_SECONDS)
            ));
            default
        })
    }

    /// A prefix of keys. It gets a slash at its end, so that `films` does not let `films-secret/` in.
    fn prefix(&mut self, name: &str, default: &str) -> String {
        let mut prefix = self.stated(name).unwrap_or(default).to_owned();
        if prefix.starts_with('/') || prefix.contains("//") || prefix.chars().any(char::is_control) {
            self.mistake(format!("{name} is `{}`, not like `folder/`", self.shown(name)));
        }
        if !prefix.is_empty() && !prefix.ends_with('/') {
            prefix.push('/');
        }
        prefix
    }

    /// Sources in a bucket's part for indexes would be lost when indexes are removed.
    fn keep_apart(&mut self, source: &Place, index: Option<&Place>) {
        let is_over =
            |index: &Place| index.bucket == source.bucket && source.prefix.starts_with(&index.prefix);
        if index.is_some_and(is_over) {
            self.mistake(format!(
                "{INDEX_PREFIX} covers sources: indexes need a bucket or a prefix of their own"
            ));
        }
    }

    /// Unset is the default, empty is none (CloudWatch `PutMetricData`, `Namespace`).
    fn namespace(&mut self) -> Option<String> {
        let namespace = self.stated(METRICS_NAMESPACE).unwrap_or("Fragmint").to_owned();
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/#: ".contains(&byte);
        let is_reserved = namespace.starts_with("AWS/") || namespace.starts_with(':');
        if namespace.len() > 255 || is_reserved || !namespace.bytes().all(is_allowed) {
            self.mistake(format!(
                "{METRICS_NAMESPACE} is `{}`, not a namespace of CloudWatch",
                self.shown(METRICS_NAMESPACE)
            ));
        }
        (!namespace.is_empty()).then_some(namespace)
    }

    /// A value as a message shows it.
    fn shown(&self, name: &str) -> String {
        self.stated(name).unwrap_or_default().chars().take(64).collect()
    }
}

#[cfg(test)]
mod tests;
