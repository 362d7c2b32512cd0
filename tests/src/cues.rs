//! Captions as other programs read them, in one form: what is shown from when to when.
//!
//! Sources are read by ffmpeg (WebVTT, SRT, tx3g) or by roxmltree (TTML); what the origin serves by the few rules
//! of the formats that it needs. Nothing here is of the product. Styles are left aside: texts and times count.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "captions that cannot be read fail the test"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use roxmltree::{Document, Node};

use crate::fmp4;

/// One caption; times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// When it appears.
    pub start: u64,
    /// When it goes.
    pub end: u64,
    /// Its lines, without styles.
    pub text: String,
}

/// What is shown: start, end, and all texts. Nothing is shown between the pieces. Equal pieces that touch are one, so
/// cues that were cut in pieces are whole again.
pub type Shown = Vec<(u64, u64, BTreeSet<String>)>;

/// What a list of cues shows up to `end`.
pub fn shown(cues: &[Cue], end: u64) -> Shown {
    let mut borders: Vec<_> = cues.iter().flat_map(|cue| [cue.start.min(end), cue.end.min(end)]).collect();
    borders.sort_unstable();
    borders.dedup();
    let mut out: Shown = Vec::new();
    for pair in borders.windows(2) {
        let is_on = |cue: &&Cue| cue.start <= pair[0] && cue.end >= pair[1];
        let texts: BTreeSet<_> = cues.iter().filter(is_on).map(|cue| cue.text.clone()).collect();
        match out.last_mut() {
            Some(last) if last.1 == pair[0] && last.2 == texts => last.1 = pair[1],
            _ if texts.is_empty() => {}
            _ => out.push((pair[0], pair[1], texts)),
        }
    }
    out
}

/// Fails unless both show the same texts, at times that differ by a millisecond at most.
pub fn assert_same(found: &Shown, expected: &Shown, what: &str) {
    let is_near = |a: u64, b: u64| a.abs_diff(b) <= 1;
    let is_same = found.len() == expected.len()
        && found.iter().zip(expected).all(|(a, b)| is_near(a.0, b.0) && is_near(a.1, b.1) && a.2 == b.2);
    assert!(is_same, "{what}:\nfound    {found:#?}\nexpected {expected:#?}");
}

/// The captions of a file as ffmpeg reads them: the first text track, or the whole file. `charset`: of a file of
/// text that is not in UTF-8. Style sheets of WebVTT, which ffmpeg 5 stops at, are taken out before.
pub fn by_ffmpeg(path: &Path, charset: Option<&str>) -> Vec<Cue> {
    let mut bytes = std::fs::read(path).unwrap();
    if let Some(text) = std::str::from_utf8(&bytes).ok().filter(|text| text.starts_with("WEBVTT")) {
        let blocks: Vec<_> = text.split("\n\n").filter(|block| !block.starts_with("STYLE")).collect();
        bytes = blocks.join("\n\n").into_bytes();
    }
    let copy =
        std::env::temp_dir().join(format!("fragmint-captions-{}-{:p}", std::process::id(), &raw const bytes));
    std::fs::write(&copy, bytes).unwrap();
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error"]);
    command.args(charset.iter().flat_map(|charset| ["-sub_charenc", charset]));
    let output = command.arg("-i").arg(&copy).args(["-map", "0:s:0", "-f", "srt", "-"]).output().unwrap();
    std::fs::remove_file(&copy).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    blocks(&String::from_utf8(output.stdout).unwrap())
}

/// The captions of a TTML document of paragraphs (W3C TTML2): `begin`, `end` and `dur` of `p` in clock time or in
/// `s` and `ms`, lines by `br`.
pub fn of_ttml(text: &str) -> Vec<Cue> {
    let document = Document::parse(text).unwrap_or_else(|error| panic!("{error} in {text}"));
    let paragraphs = document.descendants().filter(|node| node.tag_name().name() == "p");
    let cue = |p: Node<'_, '_>| {
        let time = |name: &str| p.attribute(name).map(time_expression);
        let start = time("begin").unwrap();
        let end = time("end").or_else(|| time("dur").map(|length| start + length)).unwrap();
        let texts = p.descendants().filter_map(|node| match node.tag_name().name() {
            "br" => Some("\n".to_owned()),
            "" => node.text().map(collapsed),
            _ => None,
        });
        Cue { start, end, text: texts.collect::<String>().trim().to_owned() }
    };
    paragraphs.map(cue).collect()
}

/// Runs of spaces are one (`xml:space` is `default`).
fn collapsed(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let c = if c.is_ascii_whitespace() { ' ' } else { c };
        if c != ' ' || !out.ends_with(' ') {
            out.push(c);
        }
    }
    out
}

/// A time expression in milliseconds.
fn time_expression(text: &str) -> u64 {
    let number = |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("{text} is no number"));
    match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(millis), _) => number(millis),
        (None, Some(seconds)) if !seconds.contains('.') => number(seconds) * 1000,
        (None, Some(seconds)) => clock(&format!("0:{seconds}")),
        (None, None) => clock(text),
    }
}

/// A segment of WebVTT in HLS: its header says how its times are to be taken (RFC 8216bis §3.1.4).
pub fn of_segment(text: &str) -> Vec<Cue> {
    let head: Vec<_> = text.lines().take_while(|line| !line.is_empty()).collect();
    assert_eq!(head.first(), Some(&"WEBVTT"), "{text}");
    let map = head.iter().find(|line| line.starts_with("X-TIMESTAMP-MAP=")).unwrap();
    let mut parts: Vec<_> = map.trim_start_matches("X-TIMESTAMP-MAP=").split(',').collect();
    parts.sort_unstable();
    assert_eq!(parts, ["LOCAL:00:00:00.000", "MPEGTS:0"]);
    of_web_vtt(text)
}

/// A WebVTT file.
pub fn of_web_vtt(text: &str) -> Vec<Cue> {
    assert!(text.starts_with("WEBVTT"), "{text}");
    blocks(text)
}

/// The samples of a track of WebVTT in MP4 (ISO/IEC 14496-30 §7).
pub fn of_wvtt<'a>(init: &[u8], segments: impl Iterator<Item = &'a [u8]>) -> Vec<Cue> {
    samples(init, "wvtt", segments, |start, end, bytes| {
        let cues = boxes(bytes).into_iter().filter(|(kind, _)| match kind.as_str() {
            "vttc" => true,
            "vtte" => false,
            other => panic!("{other} in a sample"),
        });
        let cue = |(_, cue): (String, &[u8])| {
            let payload = boxes(cue).into_iter().find(|(kind, _)| kind == "payl").unwrap().1.to_vec();
            Cue { start, end, text: plain(&String::from_utf8(payload).unwrap()) }
        };
        cues.map(cue).collect()
    })
}

/// The samples of a track of TTML in MP4 (§5): times are those of the track, and a document counts in its sample.
pub fn of_stpp<'a>(init: &[u8], segments: impl Iterator<Item = &'a [u8]>) -> Vec<Cue> {
    samples(init, "stpp", segments, |start, end, bytes| {
        let cues = of_ttml(std::str::from_utf8(bytes).unwrap()).into_iter();
        cues.map(|cue| Cue { start: cue.start.max(start), end: cue.end.min(end), ..cue }).collect()
    })
}

fn samples<'a>(
    init: &[u8],
    format: &str,
    segments: impl Iterator<Item = &'a [u8]>,
    read: impl Fn(u64, u64, &[u8]) -> Vec<Cue>,
) -> Vec<Cue> {
    let init = fmp4::init(init);
    assert_eq!((init.format.as_str(), init.timescale, init.media_time()), (format, 1000, 0));
    let mut until = None;
    let mut out = Vec::new();
    for segment in segments {
        let segment = fmp4::segment(segment, &init);
        assert!(until.is_none_or(|until| until == segment.decode_time), "segments touch");
        for sample in &segment.samples {
            let end = sample.decode_time + u64::from(sample.duration);
            out.extend(read(sample.decode_time, end, &sample.bytes));
        }
        until = Some(segment.decode_time + segment.duration());
    }
    out
}

fn boxes(mut bytes: &[u8]) -> Vec<(String, &[u8])> {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let size = u32::from_be_bytes(bytes[..4].try_into().unwrap()) as usize;
        out.push((String::from_utf8(bytes[4..8].to_vec()).unwrap(), &bytes[8..size]));
        bytes = &bytes[size..];
    }
    out
}

/// The cues of WebVTT or SRT: blocks between blank lines that have a line of times.
fn blocks(text: &str) -> Vec<Cue> {
    let text = text.replace("\r\n", "\n");
    let cue = |block: &str| {
        let lines: Vec<_> = block.lines().collect();
        let at = lines.iter().take(2).position(|line| line.contains("-->"))?;
        let (start, rest) = lines[at].split_once("-->").unwrap();
        let end = rest.split_whitespace().next().unwrap();
        Some(Cue { start: clock(start.trim()), end: clock(end), text: plain(&lines[at + 1..].join("\n")) })
    };
    text.split("\n\n").filter_map(cue).collect()
}

/// `h:m:s.mmm`, `h:m:s,mmm` or `m:s.mmm` in milliseconds.
fn clock(text: &str) -> u64 {
    let (whole, millis) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let number = |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("{text} is no number"));
    let seconds = whole.split(':').fold(0, |sum, part| sum * 60 + number(part));
    seconds * 1000 + number(&format!("{millis:0<3}"))
}

/// A text of WebVTT or SRT without tags and escapes.
pub fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut is_tag = false;
    for c in text.chars() {
        match c {
            '<' => is_tag = true,
            '>' if is_tag => is_tag = false,
            c if !is_tag => out.push(c),
            _ => {}
        }
    }
    let escapes =
        [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", "\u{a0}"), ("&lrm;", "\u{200e}"), ("&rlm;", "\u{200f}")];
    escapes
        .iter()
        .fold(out, |out, (escape, c)| out.replace(escape, c))
        .replace("&amp;", "&")
        .trim()
        .to_owned()
}
