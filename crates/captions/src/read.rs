//! Caption files of any kind.

use crate::limits::MAX_FILE_BYTES;
use crate::{Captions, Error, srt, text_encoding, ttml, webvtt};

/// The kinds of caption file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    WebVtt,
    Srt,
    Ttml,
}

/// Reads a caption file. What it is follows from what is in it, and only if that says nothing from the end of
/// its name (`.vtt`, `.srt`, `.ttml`, `.dfxp`, `.itt`, `.xml`). Its encoding is as [`text_encoding::decode`] says.
///
/// # Errors
/// [`Error::Limit`] above 16 MiB, 200,000 cues, 64 KiB in a cue and the other [limits](crate::limits);
/// [`Error::Invalid`] if it is none of these formats, or not well-formed.
pub fn read(bytes: &[u8], name: &str) -> Result<Captions, Error> {
    if bytes.len() > MAX_FILE_BYTES {
        let limit = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX);
        return Err(Error::Limit { format: "captions", what: "bytes in a file", limit });
    }
    let text = text_encoding::decode(bytes);
    match by_content(&text).or_else(|| by_name(name)) {
        Some(Format::WebVtt) => webvtt::read(text.trim_start()),
        Some(Format::Srt) => srt::read(&text),
        Some(Format::Ttml) => ttml::read(&text),
        None => {
            let reason = "it is neither WebVTT, SRT nor TTML".to_owned();
            Err(Error::Invalid { format: "captions", line: 1, reason })
        }
    }
}

fn by_content(text: &str) -> Option<Format> {
    let start = text.trim_start();
    if start.lines().next().is_some_and(webvtt::is_signature) {
        return Some(Format::WebVtt);
    }
    if start.starts_with("<?xml") || is_root(start) || start.starts_with("<!") {
        return Some(Format::Ttml);
    }
    srt::is_likely(text).then_some(Format::Srt)
}

/// Whether the text starts with the tag of a TTML document, `<tt …>` or `<x:tt …>`.
fn is_root(text: &str) -> bool {
    let Some(tag) = text.strip_prefix('<') else { return false };
    let name = tag.split(|character: char| character.is_whitespace() || "/>".contains(character)).next();
    name.is_some_and(|name| name.rsplit(':').next() == Some("tt"))
}

fn by_name(name: &str) -> Option<Format> {
    let (_, extension) = name.rsplit_once('.')?;
    match extension.to_ascii_lowercase().as_str() {
        "vtt" | "webvtt" => Some(Format::WebVtt),
        "srt" => Some(Format::Srt),
        "ttml" | "ttml2" | "dfxp" | "itt" | "xml" => Some(Format::Ttml),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEBVTT: &str = "WEBVTT\n\n00:01.000 --> 00:02.000\nx\n";
    const SRT: &str = "1\n00:00:01,000 --> 00:00:02,000\nx\n";
    const TTML: &str =
        "<tt xmlns='http://www.w3.org/ns/ttml'><body><div><p begin='1s' end='2s'>x</p></div></body></tt>";

    #[test]
    fn content_says_what_a_file_is_whatever_its_name() {
        for text in [WEBVTT, SRT, TTML] {
            for name in ["a.vtt", "a.srt", "a.ttml", "a", "a.txt"] {
                let captions = read(text.as_bytes(), name).unwrap();
                assert_eq!((captions.cues[0].start, captions.cues[0].end), (1_000, 2_000), "{name}");
                assert_eq!(captions.cues[0].plain_text(), "x");
            }
        }
        let sixteen = WEBVTT.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        assert_eq!(read(&sixteen, "a.vtt").unwrap().cues.len(), 1);
        let declared = format!("<?xml version='1.0'?>\n<!-- c -->\n{TTML}");
        assert_eq!(read(declared.as_bytes(), "a").unwrap().cues.len(), 1);
        assert_eq!(read(WEBVTT.trim_start_matches("WEBVTT").as_bytes(), "a.vtt").unwrap().cues.len(), 1);
    }

    #[test]
    fn where_content_says_nothing_the_name_does() {
        assert_eq!(read(b"", "a.srt").unwrap().cues, []);
        let format = |bytes: &[u8], name: &str| match read(bytes, name).unwrap_err() {
            Error::Invalid { format, .. } | Error::Limit { format, .. } | Error::Sample { format, .. } => {
                format
            }
        };
        assert_eq!(format(b"nothing", "a.VTT"), "WebVTT");
        assert_eq!(format(b"nothing", "a.srt"), "SRT");
        assert_eq!(format(b"nothing", "a.dfxp"), "TTML");
        assert_eq!(format(b"nothing", "a.txt"), "captions");
        assert_eq!(format(&vec![b'x'; MAX_FILE_BYTES + 1], "a.srt"), "captions");
    }
}
