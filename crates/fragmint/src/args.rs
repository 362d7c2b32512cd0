//! Arguments of the command line.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use origin::{Config, ProgramDateTime};
use packaging::route::Addressing;
use packaging::selection::{MAX_BITS_PER_SECOND, Selection, StreamOrder};
use packaging::{Policy, Priming};

/// Packages MP4 files as HLS and DASH on request, without writing anything to disk.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "\
Examples:
  fragmint                                 serve the bundled sample at http://127.0.0.1:8080/
  fragmint serve films                     serve every MP4 below the folder `films`
  fragmint serve films --listen 0.0.0.0:80 --segment-seconds 4
  fragmint inspect films/a.mp4             tracks, codecs, edits, segments, and what is left out
  fragmint export films/a.mp4 out          write manifests and segments as plain files
  fragmint serve s3://bucket/films --index s3://bucket/index
  fragmint index s3://bucket/films/ --index s3://bucket/index   make the indexes of all films

Every *.mp4, *.m4v, *.mov, *.m4a, *.ism[vat] and *.cmf[vat] is playable at
  /<path>/master.m3u8 (HLS), /<path>/manifest.mpd (DASH) and /<path>/Manifest (Smooth Streaming)."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve a folder (or the bundled sample) over HTTP, with a player page at `/`.
    Serve(ServeArguments),
    /// Show what a file holds and how it is packaged.
    Inspect(InspectArguments),
    /// Write the manifests and segments of a file as static files.
    Export(ExportArguments),
    /// Make the index of sources, store it, and print what it holds.
    Index(IndexArguments),
}

impl Default for Command {
    fn default() -> Self {
        Self::Serve(ServeArguments {
            place: None,
            index: None,
            listen: default_address(),
            players: None,
            nginx_urls: false,
            dash_segments: Addressing::Time,
            program_date_time: ProgramDateTime::Off,
            selection: SelectionArguments::default(),
            packaging: PackagingArguments::default(),
        })
    }
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Folder with MP4 files, or `s3://BUCKET/PREFIX`; without it the bundled sample is served.
    pub(crate) place: Option<Place>,
    /// Keep the indexes of sources in S3 here, shared with all others who do.
    #[arg(long, value_name = "s3://BUCKET/PREFIX")]
    pub(crate) index: Option<S3Place>,
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = default_address())]
    pub(crate) listen: SocketAddr,
    /// Folder with hls.js, dashjs and shaka-player as npm installs them
    /// [default: `crates/fragmint/web/node_modules` or `web/node_modules`].
    #[arg(long, value_name = "DIR")]
    pub(crate) players: Option<PathBuf>,
    /// How segments are named in DASH where the path does not say it: `time` or `number` with a timeline,
    /// `duration` by number without one, `file` as byte ranges of whole tracks.
    #[arg(long, value_name = "HOW", default_value = "time", value_parser = parse_addressing)]
    pub(crate) dash_segments: Addressing,
    /// Where the dates of HLS media playlists (EXT-X-PROGRAM-DATE-TIME) come from if a set says none: `off` for no
    /// dates; `source` for the creation time of the MP4, where there is one and one source.
    #[arg(long, value_name = "WHERE", default_value = "off", value_parser = parse_dates)]
    pub(crate) program_date_time: ProgramDateTime,
    /// Understand the URL layout of nginx-vod-module below `/hls/`, `/dash/` and `/mss/`.
    #[arg(long)]
    pub(crate) nginx_urls: bool,
    #[command(flatten)]
    pub(crate) selection: SelectionArguments,
    #[command(flatten)]
    pub(crate) packaging: PackagingArguments,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// The MP4 file, or `s3://BUCKET/KEY`.
    pub(crate) file: Place,
    /// Print JSON instead of text.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) packaging: PackagingArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// The MP4 file, or `s3://BUCKET/KEY`.
    pub(crate) file: Place,
    /// Folder to write to; it is made if it is not there.
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) packaging: PackagingArguments,
}

#[derive(Debug, Args)]
pub(crate) struct IndexArguments {
    /// MP4 files, or `s3://BUCKET/KEY`; with a `/` at the end, all sources below.
    #[arg(required = true)]
    pub(crate) sources: Vec<Place>,
    /// Store the indexes here; without it they are made and described only.
    #[arg(long, value_name = "s3://BUCKET/PREFIX")]
    pub(crate) index: Option<S3Place>,
    /// Also copy the small tracks, so that sound is read without the pictures between.
    #[arg(long, requires = "index", conflicts_with = "remove")]
    pub(crate) copy: bool,
    /// Remove the indexes and copies of these sources.
    #[arg(long, requires = "index")]
    pub(crate) remove: bool,
    #[command(flatten)]
    pub(crate) packaging: PackagingArguments,
}

/// Where sources are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// On this machine.
    Path(PathBuf),
    /// In S3.
    S3(S3Place),
}

/// A bucket and a key or prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct S3Place {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("s3://") { text.parse().map(Self::S3) } else { Ok(Self::Path(text.into())) }
    }
}

impl FromStr for S3Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("s3://").ok_or("a place in S3 begins with s3://")?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err("the name of the bucket is missing".to_owned());
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::S3(place) => place.fmt(f),
        }
    }
}

impl fmt::Display for S3Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// How sources are packaged; the same for every command.
#[derive(Debug, Args)]
pub(crate) struct PackagingArguments {
    /// Distance of the grid lines at which segments are cut, in seconds, down to milliseconds.
    #[arg(long, value_name = "SECONDS", default_value = "6", value_parser = parse_seconds)]
    segment_seconds: NonZeroU32,
    /// What becomes of sound before the start that only primes the decoder: `keep` loses nothing and is
    /// exact wherever edit lists are honoured; `drop` is for clients that ignore them.
    #[arg(long, value_enum, default_value_t = PrimingArgument::Keep)]
    priming: PrimingArgument,
    /// Write a segment index (`sidx`) into each segment, for clients that look for one.
    #[arg(long)]
    segment_index: bool,
}

/// What is offered of the pictures; a set may say otherwise.
#[derive(Debug, Default, Args)]
pub(crate) struct SelectionArguments {
    /// Leave out pictures with fewer bits per second on average.
    #[arg(long, value_name = "RATE", value_parser = value_parser!(u64).range(..=MAX_BITS_PER_SECOND))]
    min_video_bits_per_second: Option<u64>,
    /// Leave out pictures with more bits per second on average.
    #[arg(long, value_name = "RATE", value_parser = value_parser!(u64).range(..=MAX_BITS_PER_SECOND))]
    max_video_bits_per_second: Option<u64>,
    /// Order of the pictures: `ORIGINAL` (as in the set), `VIDEO_BITRATE_ASCENDING` or
    /// `VIDEO_BITRATE_DESCENDING` [default: the one to start with, then from the lowest].
    #[arg(long, value_name = "ORDER", value_parser = parse_order)]
    stream_order: Option<StreamOrder>,
    /// Let HLS players on a slow network go on with sound alone: one more variant.
    #[arg(long)]
    audio_only_variant: bool,
}

impl SelectionArguments {
    /// The selection, if it can leave anything.
    pub(crate) fn selection(&self) -> Option<Selection> {
        let selection = Selection {
            min_video_bits_per_second: self.min_video_bits_per_second,
            max_video_bits_per_second: self.max_video_bits_per_second,
            stream_order: self.stream_order,
            audio_only_variant: self.audio_only_variant.then_some(true),
        };
        selection.is_sound().then_some(selection)
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PrimingArgument {
    Keep,
    Drop,
}

impl Default for PackagingArguments {
    fn default() -> Self {
        Self {
            segment_seconds: Policy::default().segment_millis,
            priming: PrimingArgument::Keep,
            segment_index: false,
        }
    }
}

impl PackagingArguments {
    pub(crate) fn config(&self) -> Config {
        let priming = match self.priming {
            PrimingArgument::Keep => Priming::Keep,
            PrimingArgument::Drop => Priming::Drop,
        };
        Config {
            policy: Policy {
                segment_millis: self.segment_seconds,
                priming,
                segment_index: self.segment_index,
                start_micros: None,
                clip: None,
            },
            ..Config::default()
        }
    }
}

fn parse_addressing(text: &str) -> Result<Addressing, String> {
    Addressing::parse(text).ok_or_else(|| "one of time, number, duration, file is wanted".to_owned())
}

fn parse_dates(text: &str) -> Result<ProgramDateTime, String> {
    ProgramDateTime::parse(text).ok_or_else(|| "one of off, source is wanted".to_owned())
}

fn parse_order(text: &str) -> Result<StreamOrder, String> {
    StreamOrder::parse(text).ok_or_else(|| {
        let words = StreamOrder::ALL.map(StreamOrder::word).join(", ");
        format!("one of {words} is wanted")
    })
}

fn default_address() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn parse_seconds(text: &str) -> Result<NonZeroU32, &'static str> {
    Policy::parse_seconds(text)
        .ok_or("a number from 0.5 to 60 with up to three decimals is wanted, such as 6 or 3.84")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let s3 = |bucket: &str, key: &str| S3Place { bucket: bucket.to_owned(), key: key.to_owned() };
        assert_eq!("s3://b/a/c.mp4".parse(), Ok(Place::S3(s3("b", "a/c.mp4"))));
        assert_eq!("s3://b".parse(), Ok(Place::S3(s3("b", ""))));
        assert_eq!("films/a.mp4".parse(), Ok(Place::Path("films/a.mp4".into())));
        assert!("s3:///a.mp4".parse::<Place>().is_err());
        assert!("films".parse::<S3Place>().is_err());
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
