//! Arguments of the command line.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use origin::Config;
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

Every *.mp4, *.m4v, *.mov and *.m4a is playable at
  /<path>/master.m3u8 (HLS) and /<path>/manifest.mpd (DASH)."
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
}

impl Default for Command {
    fn default() -> Self {
        Self::Serve(ServeArguments {
            folder: None,
            listen: default_address(),
            players: None,
            packaging: PackagingArguments::default(),
        })
    }
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Folder with MP4 files; without it the bundled sample is served.
    pub(crate) folder: Option<PathBuf>,
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = default_address())]
    pub(crate) listen: SocketAddr,
    /// Folder with hls.js, dashjs and shaka-player as npm installs them
    /// [default: `crates/fragmint/web/node_modules` or `web/node_modules`].
    #[arg(long, value_name = "DIR")]
    pub(crate) players: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) packaging: PackagingArguments,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// The MP4 file.
    pub(crate) file: PathBuf,
    /// Print JSON instead of text.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) packaging: PackagingArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// The MP4 file.
    pub(crate) file: PathBuf,
    /// Folder to write to; it is made if it is not there.
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) packaging: PackagingArguments,
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
            },
            ..Config::default()
        }
    }
}

fn default_address() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

/// Milliseconds of a decimal number of seconds between 0.5 and 60.
fn parse_seconds(text: &str) -> Result<NonZeroU32, String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) || part.len() > 3 {
        return Err("a number of seconds with up to three decimals is wanted, such as 6 or 3.84".to_owned());
    }
    let millis = format!("{whole}{part:0<3}").parse::<u32>().ok();
    let within = millis.filter(|millis| (500..=60_000).contains(millis)).and_then(NonZeroU32::new);
    within.ok_or_else(|| "segments last from 0.5 to 60 seconds".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds() {
        assert_eq!(parse_seconds("6").map(NonZeroU32::get), Ok(6000));
        assert_eq!(parse_seconds("3.84").map(NonZeroU32::get), Ok(3840));
        assert_eq!(parse_seconds("0.5").map(NonZeroU32::get), Ok(500));
        for wrong in ["", "0", "-1", "61", "1.2345", "1e1", "a", ".5", "6s"] {
            assert!(parse_seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
